"""Lab model -> Network: follows every reference, and says everything that cannot be.

One file for each part of the lab file. What is wrong in one part makes the parts that build on it silent
about it: a port of a shelf with an unknown card is not also an unknown port.
"""

from __future__ import annotations

from pathlib import Path

from msapemu.ctl.timeslots import BothWays, LineSlots
from msapemu.lab.document import Document, Problem
from msapemu.lab.load import load
from msapemu.lab.model import Lab
from msapemu.lab.network import Link, Network
from msapemu.lab.resolve.channels import resolve_channels
from msapemu.lab.resolve.circuits import resolve_circuits
from msapemu.lab.resolve.clients import resolve_clients
from msapemu.lab.resolve.clocks import resolve_clocks
from msapemu.lab.resolve.connections import check_shelves, resolve_connections, resolve_loopbacks
from msapemu.lab.resolve.links import resolve_links
from msapemu.lab.resolve.shelves import resolve_shelves


def resolve(lab: Lab, document: Document) -> Network:
    """The network that the lab describes; LabFileError with every problem at once."""
    problems: list[Problem] = []
    shelves = resolve_shelves(lab, problems)
    links = resolve_links(lab, shelves, problems)
    clients = resolve_clients(lab, shelves, problems)
    channels = resolve_channels(lab, shelves, clients, problems)
    sent = {port: LineSlots(shelves.card(port).n) for shelf in shelves.whole.values() for port in shelf.ports("line")}
    slots: dict[Link, LineSlots] = {link: BothWays(sent[link.a], sent[link.z]) for link in links}
    connections = resolve_connections(lab, shelves, sent, problems)
    circuits = resolve_circuits(lab, shelves, links, slots, connections, problems)
    loops = resolve_loopbacks(lab, shelves, problems)
    clocks = resolve_clocks(lab, shelves, links, problems)
    if problems:
        raise document.error(problems)
    network = Network(
        lab.name,
        shelves.whole,
        clocks,
        tuple(links),
        tuple(clients),
        tuple(circuits),
        tuple(channels),
        {name: tuple(one.connection for one in connections if one.shelf == name) for name in shelves.whole},
        loops,
    )
    if problems := check_shelves(network):
        raise document.error(problems)
    return network


def load_network(path: Path) -> Network:
    """From a file; UsageError or LabFileError."""
    document, lab = load(path)
    return resolve(lab, document)
