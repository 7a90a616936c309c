"""Lab model -> Network: follows every reference, and says everything that cannot be.

One file for each part of the lab file. What is wrong in one part makes the parts that build on it silent
about it: a port of a shelf with an unknown card is not also an unknown port.
"""

from __future__ import annotations

from pathlib import Path

from msapemu.ctl.timeslots import LineSlots
from msapemu.lab.document import Document, Problem
from msapemu.lab.load import load
from msapemu.lab.model import Lab
from msapemu.lab.network import Network
from msapemu.lab.resolve.channels import resolve_channels
from msapemu.lab.resolve.circuits import resolve_circuits
from msapemu.lab.resolve.clients import resolve_clients
from msapemu.lab.resolve.clocks import resolve_clocks
from msapemu.lab.resolve.links import resolve_links
from msapemu.lab.resolve.shelves import resolve_shelves


def resolve(lab: Lab, document: Document) -> Network:
    """The network that the lab describes; LabFileError with every problem at once."""
    problems: list[Problem] = []
    shelves = resolve_shelves(lab, problems)
    links = resolve_links(lab, shelves, problems)
    clients = resolve_clients(lab, shelves, problems)
    channels = resolve_channels(lab, shelves, clients, problems)
    slots = {link: LineSlots(link.n) for link in links}
    circuits = resolve_circuits(lab, shelves, links, slots, problems)
    clocks = resolve_clocks(lab, shelves, links, problems)
    if problems:
        raise document.error(problems)
    return Network(lab.name, shelves.whole, clocks, tuple(links), tuple(clients), tuple(circuits), tuple(channels))


def load_network(path: Path) -> Network:
    """From a file; UsageError or LabFileError."""
    document, lab = load(path)
    return resolve(lab, document)
