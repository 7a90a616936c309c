"""`msapemu graph` and `msapemu schema`: a lab as a picture, the lab file as a schema."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from msapemu.cli.options import LabFile


class Picture(StrEnum):
    """In which language."""

    MERMAID = "mermaid"
    DOT = "dot"


def graph(
    topo: LabFile,
    format: Annotated[Picture, typer.Option("--format", "-f", help="language")] = Picture.MERMAID,
) -> None:
    """Print the lab of FILE as a graph, for Mermaid or Graphviz."""
    from msapemu.lab import graph as pictures
    from msapemu.lab.resolve import load_network

    draw = pictures.mermaid if format is Picture.MERMAID else pictures.dot
    typer.echo(draw(load_network(topo)), nl=False)


def schema() -> None:
    """Print the JSON Schema of the lab file (as in docs/lab.schema.json)."""
    from msapemu.lab.schema import schema_text

    typer.echo(schema_text(), nl=False)
