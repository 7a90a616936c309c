"""Lab model -> Network: follows every reference, and says everything that cannot be.

One file for each part of the lab file. What is wrong in one part makes the parts that build on it silent
about it: a port of a shelf with an unknown card is not also an unknown port.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from msapemu.ctl.timeslots import BothWays, LineSlots
from msapemu.lab import model
from msapemu.lab.document import Document, Problem, Where
from msapemu.lab.load import load
from msapemu.lab.model import Lab
from msapemu.lab.network import Circuit, Link, Network
from msapemu.lab.resolve.bearers import Bearers
from msapemu.lab.resolve.channels import resolve_channels
from msapemu.lab.resolve.circuits import want_sdh
from msapemu.lab.resolve.clients import resolve_clients
from msapemu.lab.resolve.clocks import resolve_clocks
from msapemu.lab.resolve.connections import (
    Connected,
    E1Connected,
    check_shelves,
    resolve_connections,
    resolve_loopbacks,
)
from msapemu.lab.resolve.ends import CircuitEnds, CircuitKind, kind_of
from msapemu.lab.resolve.framings import Framings, resolve_framings
from msapemu.lab.resolve.links import resolve_links
from msapemu.lab.resolve.pdh import want_pdh
from msapemu.lab.resolve.shelves import Shelves, resolve_shelves
from msapemu.lab.resolve.slots import SharedE1s
from msapemu.lab.resolve.timeslots import SlotsConnected, resolve_timeslots
from msapemu.lab.trails import PdhCircuit
from msapemu.node.names import PortName


def resolve(lab: Lab, document: Document) -> Network:
    """The network that the lab describes; LabFileError with every problem at once."""
    problems: list[Problem] = []
    shelves = resolve_shelves(lab, problems)
    links = resolve_links(lab, shelves, problems)
    attached = resolve_clients(lab, shelves, links, problems)
    channels = resolve_channels(lab, shelves, attached.taken, problems)
    framings = resolve_framings(lab, shelves, problems)
    sdh_links = [link for link in links if link.n]
    sent = {port: LineSlots(shelves.card(port).n) for port in shelves.stm_ports()}
    slots: dict[Link, LineSlots] = {link: BothWays(sent[link.a], sent[link.z]) for link in sdh_links}
    connections = resolve_connections(lab, shelves, sent, problems)
    connected = resolve_timeslots(lab, shelves, problems)
    named = [*connections, *connected]
    circuits, pdh_circuits = _circuits(lab, shelves, links, slots, named, attached.ports, framings, problems)
    loops = resolve_loopbacks(lab, shelves, problems)
    clocks = resolve_clocks(lab, shelves, links, problems)
    if problems:
        raise document.error(problems)
    network = Network(
        lab.name,
        shelves.whole,
        clocks,
        tuple(links),
        tuple(attached.clients),
        tuple(circuits),
        tuple(channels),
        {name: tuple(one.connection for one in connections if one.shelf == name) for name in shelves.whole},
        loops,
        tuple(pdh_circuits),
        tuple(attached.e1),
        tuple(attached.v35),
        framings,
        {name: tuple(one.connection for one in connected if one.shelf == name) for name in shelves.whole},
    )
    if problems := check_shelves(network):
        raise document.error(problems)
    return network


def _circuits(
    lab: Lab,
    shelves: Shelves,
    links: Sequence[Link],
    slots: Mapping[Link, LineSlots],
    connections: Sequence[Connected | E1Connected | SlotsConnected],
    attached: Collection[PortName],
    framings: Framings,
    problems: list[Problem],
) -> tuple[list[Circuit], list[PdhCircuit]]:
    """What is named is taken first; then, in the order of the file, the first that is free, in SDH before PDH. So both
    ends, and every run, come to the same. What a connection sends has been taken, what it receives from is passed
    over."""
    ends = CircuitEnds(shelves, attached)
    ends.named(lab.circuits, problems)
    wheres: list[tuple[Where, model.Circuit, CircuitKind]] = [
        (("circuits", index), circuit, kind_of(circuit, shelves)) for index, circuit in enumerate(lab.circuits)
    ]
    of_sdh = [(where, circuit) for where, circuit, kind in wheres if kind == "sdh"]
    of_pdh = [one for one in wheres if one[2] != "sdh"]
    shared = SharedE1s(lambda shelf, place: any(one.place == place and one.cas for one in framings[shelf]))
    sdh = want_sdh(of_sdh, shelves, [link for link in links if link.n], ends, problems)
    pdh = want_pdh(of_pdh, shelves, links, ends, shared, problems)
    bearers = Bearers(links, slots)
    sdh.place_named(slots, problems)
    pdh.place_named(bearers, problems)
    for one in connections:
        one.mark_source(slots, bearers)
    sdh.place_rest(slots, problems)
    pdh.place_rest(bearers, problems)
    return sdh.resolved(), pdh.resolved()


def load_network(path: Path) -> Network:
    """From a file; UsageError or LabFileError."""
    document, lab = load(path)
    return resolve(lab, document)
