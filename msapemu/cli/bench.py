"""`msapemu bench core` and `msapemu bench link`."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from msapemu.cli.options import Format, LabName, OutputFormat, SomeLabFile, chosen_lab
from msapemu.ctl.errors import UsageError

bench = typer.Typer(name="bench", help="How fast the core is, and a deployed lab.", no_args_is_help=True)


def words(given: list[str]) -> list[str]:
    """Of an option that is given once or several times, each with one word or several: ["a", "b,c"] -> [a, b, c]."""
    return [word.strip() for text in given for word in text.split(",")]


def numbers(option: str, given: list[str]) -> list[int]:
    """The same of numbers."""
    try:
        return [int(word) for word in words(given)]
    except ValueError:
        raise UsageError(f"{option}: {','.join(given)!r} is not numbers, such as 64,1514") from None


def progress(text: str) -> None:
    """A line on the standard error that the next one overwrites; nothing where that is no terminal."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


@bench.command()
def core(
    mapping: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME,...", help="vc4, vc12-63v, vc12-63v-scattered, e1, gfp-t (all)", show_default=False),
    ] = None,
    size: Annotated[
        list[str] | None,
        typer.Option(metavar="N,...", help="octets of Ethernet frames, without FCS (64,1514)", show_default=False),
    ] = None,
    format: OutputFormat = Format.TABLE,
    kernels: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME,...", help="such as avx2, portable (the best)", show_default=False),
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.01, max=600, help="for each mapping and size")] = 1.0,
) -> None:
    """Measure the framing core on one CPU: Ethernet to STM-1 and back, a VC-12 cross-connection, E1 framers, GFP-T."""
    from dataclasses import asdict

    from msapemu.bench.core import MAPPINGS, SIZES, measure_all
    from msapemu.cli.tables import Row, emit

    mappings = words(mapping) if mapping else MAPPINGS
    sizes = numbers("--size", size) if size else SIZES
    rows: list[Row] = []
    try:
        for figure in measure_all(mappings, sizes, words(kernels or []), seconds, progress):
            rows.append({name: round(x, 3) if isinstance(x, float) else x for name, x in asdict(figure).items()})
    finally:
        progress("")
    emit({"core": rows}, format)


class Direction(StrEnum):
    """Who sends."""

    BOTH = "both"
    A_Z = "a-z"
    Z_A = "z-a"


@bench.command()
def link(
    topo: SomeLabFile = None,
    name: LabName = None,
    circuit: Annotated[str | None, typer.Option(metavar="NAME", help="which circuit (the only one)")] = None,
    sizes: Annotated[
        list[str] | None,
        typer.Option(metavar="N,...", help="octets with FCS (64,128,256,512,1024,1280,1518)", show_default=False),
    ] = None,
    tests: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME,...", help="throughput, latency, loss, back-to-back (all)", show_default=False),
    ] = None,
    loads: Annotated[
        list[str] | None,
        typer.Option(metavar="N,...", help="percents of theory for latency (10,50,90)", show_default=False),
    ] = None,
    direction: Annotated[Direction, typer.Option(help="both at once, or one")] = Direction.BOTH,
    duration: Annotated[
        float, typer.Option(metavar="SECONDS", min=0.1, max=3600, help="of a trial (RFC 2544 has 60)")
    ] = 2.0,
    tries: Annotated[int, typer.Option(min=1, max=100, help="at a load, before lost frames count")] = 2,
    resolution: Annotated[
        float, typer.Option(metavar="PERCENT", min=0.01, max=50, help="of theory, of the throughput")
    ] = 0.2,
    format: OutputFormat = Format.TABLE,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="write the tables as JSON, too")] = None,
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="draw them, into .svg or .png")] = None,
) -> None:
    """Measure a circuit of a lab that runs, as RFC 2544 says: throughput, latency, frame loss, back-to-back frames."""
    from msapemu.bench.link import plot as drawing
    from msapemu.bench.link.rfc2544 import LOADS, SIZES, Settings
    from msapemu.bench.link.run import TESTS, measure
    from msapemu.cli.tables import emit, json_text

    lab = chosen_lab(topo, name)
    if plot is not None:
        drawing.check(plot)
    if json is not None and not json.absolute().parent.is_dir():
        raise UsageError(f"--json: there is no folder {json.absolute().parent}")
    settings = Settings(duration, resolution / 100, tries, direction.value)
    shares = [percent / 100 for percent in numbers("--loads", loads)] if loads else LOADS
    try:
        report = measure(
            lab,
            circuit,
            numbers("--sizes", sizes) if sizes else SIZES,
            words(tests) if tests else TESTS,
            shares,
            settings,
            progress,
        )
    finally:
        progress("")
    about = {"lab": lab, **report.about()}
    if json is not None:
        json.write_text(json_text(report.tables, about) + "\n")
    if plot is not None:
        drawing.draw(report.place, report.tables, plot)
    emit(report.tables, format, about)
