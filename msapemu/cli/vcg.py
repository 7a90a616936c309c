"""`msapemu vcg`: the members of groups."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from msapemu.cli.options import Format, LabName, OutputFormat, SomeLabFile, chosen_lab

vcg = typer.Typer(name="vcg", help="Groups: their members' states, members added and removed.", no_args_is_help=True)

CircuitName = Annotated[str, typer.Argument(metavar="CIRCUIT", help="by its name in the lab file", show_default=False)]
MemberNames = Annotated[
    list[str],
    typer.Argument(
        metavar="MEMBER...",
        help="as at end a (1.1.4; K of a VC-3, N of a VC-4), or a container: co:1/2/au4.1/vc12.1.1.1",
        show_default=False,
    ),
]


class Direction(StrEnum):
    """Which of the ways of a circuit."""

    BOTH = "both"
    A_TO_Z = "a-z"
    Z_TO_A = "z-a"


Ways = Annotated[Direction, typer.Option("--direction", "-d", help="with LCAS: from end a to z, or z to a, only")]


@vcg.callback()
def _vcg() -> None:
    """Groups: their members' states, members added and removed."""


@vcg.command()
def show(
    circuit: Annotated[str | None, typer.Argument(metavar="[CIRCUIT]", show_default=False)] = None,
    member: Annotated[list[str] | None, typer.Argument(metavar="[MEMBER]...", show_default=False)] = None,
    topo: SomeLabFile = None,
    name: LabName = None,
    format: OutputFormat = Format.TABLE,
) -> None:
    """Show the groups of a running lab, and every member's state at both ends."""
    from msapemu.cli.tables import emit
    from msapemu.lab.vcg import show as look

    found = look(chosen_lab(topo, name), circuit, tuple(member or ()))
    emit({"groups": found.groups, "members": found.members}, format)


@vcg.command()
def add(
    circuit: CircuitName,
    member: MemberNames,
    topo: SomeLabFile = None,
    name: LabName = None,
    direction: Ways = Direction.BOTH,
) -> None:
    """Add members to a circuit that runs; with LCAS no frame is lost, and it waits until they carry traffic."""
    from msapemu.lab.vcg import add as add_members

    add_members(chosen_lab(topo, name), circuit, member, direction.value)


@vcg.command()
def remove(
    circuit: CircuitName,
    member: MemberNames,
    topo: SomeLabFile = None,
    name: LabName = None,
    direction: Ways = Direction.BOTH,
) -> None:
    """Take members from a circuit that runs; with LCAS no frame is lost."""
    from msapemu.lab.vcg import remove as remove_members

    remove_members(chosen_lab(topo, name), circuit, member, direction.value)
