"""Options that several commands share, and what they mean together."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from msapemu.ctl.errors import UsageError


class Format(StrEnum):
    """How tables are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


LabFile = Annotated[
    Path,
    typer.Option(
        "--topo", "-t", metavar="FILE", envvar="MSAPEMU_TOPO", help="the lab file", show_default=False
    ),
]
SomeLabFile = Annotated[
    Path | None,
    typer.Option("--topo", "-t", metavar="FILE", envvar="MSAPEMU_TOPO", help="the lab, by its file"),
]
LabName = Annotated[
    str | None,
    typer.Option(
        "--name", metavar="LAB", envvar="MSAPEMU_NAME", help="the lab, by its name (goes before -t)"
    ),
]
OutputFormat = Annotated[
    Format, typer.Option("--format", "-f", envvar="MSAPEMU_FORMAT", help="of the output")
]


def chosen_lab(topo: Path | None, name: str | None) -> str:
    """The name of the lab that is meant; UsageError when none is, or the name is none."""
    from msapemu.lab.destroy import lab_name
    from msapemu.node.names import NAME_LONGEST, name_fault

    if name is not None:
        if fault := name_fault(name, 2 * NAME_LONGEST + 1):  # `node run -t` keeps LAB.NODE
            raise UsageError(f"--name: {fault}")
        return name
    if topo is None:
        raise UsageError("which lab? -t FILE or --name LAB")
    return lab_name(topo)
