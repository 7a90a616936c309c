"""`msapemu impair`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from msapemu.cli.options import Format, LabName, OutputFormat, SomeLabFile, chosen_lab
from msapemu.ctl.errors import UsageError

Several = list[str] | None


def impair(
    ports: Annotated[
        list[str], typer.Argument(metavar="PORT...", help="line ports, such as co:1/1", show_default=False)
    ],
    topo: SomeLabFile = None,
    name: LabName = None,
    both: Annotated[bool, typer.Option("--both", "-b", help="the other ends of their links too")] = False,
    clear: Annotated[bool, typer.Option("--clear", help="take away all there is, first")] = False,
    cut: Annotated[
        bool | None, typer.Option("--cut/--no-cut", help="no signal comes through", show_default=False)
    ] = None,
    delay: Annotated[str | None, typer.Option(metavar="TIME", help="one-way delay, such as 5ms")] = None,
    ber: Annotated[float | None, typer.Option(metavar="RATIO", help="bit error ratio of the line")] = None,
    burst: Annotated[int | None, typer.Option(metavar="BITS", help="that each bit error of the line hits")] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="of the errors")] = None,
    ppm: Annotated[float | None, typer.Option(metavar="PPM", help="frequency offset, made by frame slips")] = None,
    alarms: Annotated[
        Several, typer.Option("--alarm", "-a", metavar="NAME[,KEY=VALUE]...", help="such as MS-AIS; TU-AIS,tu=1.1.1")
    ] = None,
    errors: Annotated[
        Several, typer.Option("--errors", "-e", metavar="LAYER:RATE[,KEY=VALUE]...", help="such as b3:1e-6; b2:10")
    ] = None,
    force: Annotated[
        Several, typer.Option("--force", metavar="OCTET=VALUE[,KEY=VALUE]...", help="such as S1=0x0f; C2=0,au=1")
    ] = None,
    slip: Annotated[
        Several, typer.Option("--slip", metavar="FRAMES", help="come twice, or (negative) not at all")
    ] = None,
    lose: Annotated[Several, typer.Option("--lose", metavar="OCTETS", help="of a frame are lost")] = None,
    format: OutputFormat = Format.TABLE,
) -> None:
    """Change what the signal that PORT receives goes through, in a lab that runs; without a change, show it.

    What is given comes on top of what there is. docs/impairments.md has the alarms, layers, octets and keys.
    """
    from msapemu.cli.tables import emit
    from msapemu.ctl.impair_text import Entry, read
    from msapemu.lab.impair import Change
    from msapemu.lab.impair import impair as change_links
    from msapemu.lab.units import microseconds
    from msapemu.node.names import PortName

    lab = chosen_lab(topo, name)
    settings: dict[str, Any] = {"cut": cut, "ber": ber, "burst": burst, "seed": seed, "ppm": ppm}
    given = {"alarms": alarms, "errors": errors, "force": force, "slip": slip, "lose": lose}
    entries: dict[str, tuple[Entry, ...]] = {}
    try:
        where = [PortName.parse(port) for port in ports]
        if delay is not None:
            settings["delay_us"] = microseconds(delay)
        for what, texts in given.items():
            if texts:
                entries[what] = tuple(read(what, text) for text in texts)
    except ValueError as error:
        raise UsageError(str(error)) from None
    change = Change(clear, {key: value for key, value in settings.items() if value is not None}, entries)
    emit({"lines": change_links(lab, where, change, both)}, format)
