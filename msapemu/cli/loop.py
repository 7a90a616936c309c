"""`msapemu loop`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from msapemu.cli.options import LabName, SomeLabFile, chosen_lab
from msapemu.ctl.errors import UsageError


class Kind(StrEnum):
    """What is looped."""

    LINE = "line"
    EQUIPMENT = "equipment"
    OFF = "off"


def loop(
    where: Annotated[
        str,
        typer.Argument(
            metavar="PORT|OBJECT",
            help="a line port or what it carries: co:1/1, co:1/1/au4.1, co:1/1/au4.1/tug3.2, co:1/1/au4.1/vc12.1.1.1",
            show_default=False,
        ),
    ],
    kind: Annotated[
        Kind,
        typer.Argument(
            help="line: send back what is received; equipment (of a port): receive what is sent; off",
            show_default=False,
        ),
    ],
    topo: SomeLabFile = None,
    name: LabName = None,
    time: Annotated[
        str | None, typer.Option("--for", metavar="TIME", help="take it away after this time, such as 60s")
    ] = None,
) -> None:
    """Set a loopback at a line port of a running lab, or at something that it carries, or take it away."""
    from msapemu.lab.loop import set_loop
    from msapemu.lab.units import microseconds

    seconds = None
    if time is not None:
        if kind is Kind.OFF:
            raise UsageError("--for goes with line and equipment only")
        try:
            seconds = microseconds(time) / 1e6
        except ValueError as error:
            raise UsageError(f"--for: {error}") from None
    set_loop(chosen_lab(topo, name), where, kind.value, seconds)
