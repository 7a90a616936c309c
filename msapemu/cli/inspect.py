"""`msapemu inspect`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from msapemu.cli.options import Format, LabName, OutputFormat, SomeLabFile, chosen_lab
from msapemu.ctl.errors import UsageError

if TYPE_CHECKING:
    from msapemu.lab.inspect import Inspection, Row


class Part(StrEnum):
    """A table of the inspection."""

    NODES = "nodes"
    LINES = "lines"
    CIRCUITS = "circuits"
    CHANNELS = "channels"
    PDH = "pdh"
    E1 = "e1"
    E1_PORTS = "e1_ports"
    V35 = "v35"


OF_PDH = (Part.PDH, Part.E1, Part.E1_PORTS, Part.V35)


def inspect(
    topo: SomeLabFile = None,
    name: LabName = None,
    format: OutputFormat = Format.TABLE,
    only: Annotated[Part | None, typer.Option(help="this table alone")] = None,
    watch: Annotated[
        float | None, typer.Option(metavar="SECONDS", min=0.1, help="show the tables again and again")
    ] = None,
) -> None:
    """Show a lab's nodes, lines, circuits and what else there is; without -t and --name all labs that are deployed."""
    from msapemu.cli.tables import emit
    from msapemu.lab.inspect import inspect as look
    from msapemu.lab.inspect import inspect_all

    if topo is None and name is None:
        if watch is not None or only is not None:
            raise UsageError("which lab? -t FILE or --name LAB")
        emit({"labs": inspect_all()}, format)
        return
    lab = chosen_lab(topo, name)
    if watch is not None:
        if format is not Format.TABLE:
            raise UsageError("--watch goes with --format table only")
        _watch(lab, only, watch)
        return
    found = look(lab)
    tables = _tables(found, only) if format is not Format.JSON else _every_table(found, only)
    emit(tables, format, {"lab": found.lab, "file": found.file})


def _every_table(found: Inspection, only: Part | None) -> dict[str, list[Row]]:
    return {part.value: getattr(found, part.value) for part in Part if only in (None, part)}


def _tables(found: Inspection, only: Part | None) -> dict[str, list[Row]]:
    """Of PDH only what there is."""
    every = _every_table(found, only)
    return {name: rows for name, rows in every.items() if rows or only is not None or name not in OF_PDH}


def _watch(lab: str, only: Part | None, seconds: float) -> None:
    import time

    from rich.console import Group
    from rich.live import Live

    from msapemu.cli.tables import console, rich_table
    from msapemu.lab.inspect import inspect as look

    def picture() -> Group:
        return Group(*(rich_table(title, rows) for title, rows in _tables(look(lab), only).items()))

    screen = console()
    if not screen.is_terminal:
        while True:
            screen.print(picture())
            time.sleep(seconds)
    with Live(picture(), console=screen, auto_refresh=False) as live:
        while True:
            time.sleep(seconds)
            live.update(picture(), refresh=True)
