"""Rows -> a table for people, JSON or CSV."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msapemu.cli.options import Format

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

Value = str | int | float | None
Row = Mapping[str, Value]

PIPE_WIDTH = 240  # nothing is cut where there is no terminal


def emit(tables: Mapping[str, Sequence[Row]], form: Format, about: Mapping[str, Value] | None = None) -> None:
    """Print the tables. JSON: one object, `about` and each table under its name. CSV: one block a table, with
    a line of headings, an empty line between two."""
    if form is Format.JSON:
        print(json_text(tables, about))
    elif form is Format.CSV:
        _csv(tables)
    else:
        screen = console()
        for name, rows in tables.items():
            screen.print(rich_table(name, rows) if rows else f"{name}: none", highlight=False)


def json_text(tables: Mapping[str, Sequence[Row]], about: Mapping[str, Value] | None = None) -> str:
    """One object: `about`, and each table under its name."""
    return json.dumps({**(about or {}), **{name: list(rows) for name, rows in tables.items()}}, indent=2)


def _csv(tables: Mapping[str, Sequence[Row]]) -> None:
    first = True
    for rows in tables.values():
        if not rows:
            continue
        if not first:
            print()
        first = False
        writer = csv.DictWriter(sys.stdout, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def console() -> Console:
    """For tables and messages on the standard output."""
    from rich.console import Console

    return Console() if sys.stdout.isatty() else Console(width=PIPE_WIDTH)


def rich_table(title: str, rows: Sequence[Row]) -> Table:
    """Numbers to the right, what is not known as "-"."""
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for key in rows[0] if rows else ():
        number = all(not isinstance(row[key], str) for row in rows)
        table.add_column(key.replace("_", " "), justify="right" if number else "left")
    for row in rows:
        table.add_row(*("-" if value is None else str(value) for value in row.values()))
    return table
