"""`msapemu bench core` and `msapemu bench link`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from msapemu.cli.options import Format, OutputFormat
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
