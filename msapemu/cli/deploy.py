"""`msapemu deploy`, `redeploy`, `destroy`, `validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msapemu.cli.options import Format, LabFile, LabName, OutputFormat, SomeLabFile, chosen_lab

if TYPE_CHECKING:
    from msapemu.cli.tables import Row


def deploy(topo: LabFile, format: OutputFormat = Format.TABLE) -> None:
    """Build the lab of FILE and start its shelves. When anything fails nothing is left."""
    from msapemu.cli.tables import emit
    from msapemu.lab.deploy import deploy as run

    record = run(topo)
    rows: list[Row] = [{"node": shelf.node, "done": "deployed"} for shelf in record.shelves]
    emit({"nodes": rows}, format, {"lab": record.lab})


def redeploy(topo: LabFile, format: OutputFormat = Format.TABLE) -> None:
    """Bring a running lab to what FILE says now; shelves whose part does not change are not disturbed."""
    from msapemu.cli.tables import emit
    from msapemu.lab.destroy import lab_name
    from msapemu.lab.redeploy import redeploy as run

    changes = run(topo)
    rows: list[Row] = [{"node": node, "done": what} for node, what in changes.shelves.items()]
    emit({"nodes": rows}, format, {"lab": lab_name(topo)})


def destroy(topo: SomeLabFile = None, name: LabName = None) -> None:
    """End a lab's shelves and remove all that it made, whatever state it is in."""
    import typer

    from msapemu.lab.destroy import destroy as run

    lab = chosen_lab(topo, name)
    typer.echo(f"{lab}: destroyed" if run(lab) else f"{lab}: no such lab is deployed, nothing to do")


def validate(topo: LabFile) -> None:
    """Say everything that is wrong with FILE, and touch nothing."""
    import typer

    from msapemu.lab.resolve import load_network

    network = load_network(topo)
    circuits = len(network.circuits) + len(network.pdh_circuits)
    parts = f"{len(network.shelves)} nodes, {len(network.links)} links, {circuits} circuits"
    typer.echo(f"{topo}: lab {network.name} is valid ({parts})")
