"""`msapemu exec`."""

from __future__ import annotations

from typing import Annotated

import typer

from msapemu.cli.options import LabName, SomeLabFile, chosen_lab
from msapemu.ctl.errors import UsageError


def execute(
    port: Annotated[
        str, typer.Argument(metavar="PORT", help="a client port, such as co:2/1", show_default=False)
    ],
    command: Annotated[list[str], typer.Argument(metavar="COMMAND", show_default=False)],
    topo: SomeLabFile = None,
    name: LabName = None,
) -> None:
    """Run COMMAND in the namespace or container that is attached to PORT."""
    from msapemu.lab.execute import execute as run
    from msapemu.node.names import PortName

    lab = chosen_lab(topo, name)
    try:
        where = PortName.parse(port)
    except ValueError as error:
        raise UsageError(str(error)) from None
    words = command[1:] if command[0] == "--" else command
    if not words:
        raise UsageError("which command?")
    run(lab, where, words)
