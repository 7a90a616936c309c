"""`msapemu node run`: one shelf in the foreground, as a container or a lab starts it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from msapemu.ctl.errors import UsageError

node = typer.Typer(name="node", help="Single shelves.", no_args_is_help=True)


@node.callback()
def _node() -> None:
    """Single shelves."""


@node.command()
def run(
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="the shelf's configuration (JSON)")
    ] = None,
    topo: Annotated[
        Path | None,
        typer.Option("--topo", "-t", metavar="FILE", envvar="MSAPEMU_TOPO", help="or: the lab file ..."),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--node", metavar="NODE", help="... and which of its nodes")
    ] = None,
    link: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PORT=LOCAL,PEER",
            help="with -t: plug a line port into a UDP link, such as 1/1=0.0.0.0:5001,192.0.2.7:5001",
        ),
    ] = None,
) -> None:
    """Run one shelf until SIGTERM or Ctrl-C; its exit status is ours."""
    if config is not None:
        if name is not None or link:
            raise UsageError("--config says it all: --node and --link go with -t")
        from msapemu.ctl.config import load
        from msapemu.dataplane.shelf import run as run_shelf

        raise typer.Exit(run_shelf(load(config), config.absolute().parent))
    if topo is None or name is None:
        raise UsageError("which shelf? --config FILE, or -t FILE and --node NODE")
    from msapemu.dataplane.shelf import run as run_shelf
    from msapemu.lab.single import single_shelf

    with single_shelf(topo, name, link or []) as (shelf, folder):
        status = run_shelf(shelf, folder)
    raise typer.Exit(status)
