"""A lab as a picture: Mermaid or DOT text."""

from __future__ import annotations

import json
from collections.abc import Iterator

from msapemu.ctl import impairments
from msapemu.ctl.config import RATE_NAMES
from msapemu.lab.inspect_pdh import end_text
from msapemu.lab.network import Circuit, Link, Network, Pair
from msapemu.lab.trails import EopCircuit
from msapemu.node.capacity import via_text
from msapemu.node.names import PortName


def mermaid(network: Network) -> str:
    """A flowchart: shelves, fibres (thick) with their ports, attachments, circuits (dotted)."""
    lines = ["flowchart LR"]
    shelf_ids = {name: f"s{index}" for index, name in enumerate(network.shelves)}
    attached = _attached(network)
    client_ids = {port: f"c{index}" for index, port in enumerate(attached)}
    for name, ident in shelf_ids.items():
        lines.append(f'    {ident}["{name}"]')
    for port, text in attached.items():
        ident = client_ids[port]
        lines.append(f'    {ident}(["{text}"])')
        lines.append(f'    {ident} ---|"{port.local}"| {shelf_ids[port.shelf]}')
    for link in network.links:
        lines.append(f'    {shelf_ids[link.a.shelf]} ===|"{_fibre(link)}"| {shelf_ids[link.z.shelf]}')
    for pair, label in _joined(network):
        lines.append(f'    {client_ids[pair.a]} -.-|"{label}"| {client_ids[pair.z]}')
    return "\n".join(lines) + "\n"


def dot(network: Network) -> str:
    """A Graphviz graph of the same."""
    return (
        "\n".join(["graph " + _quoted(network.name) + " {", "    rankdir=LR;", *_dot_lines(network), "}"])
        + "\n"
    )


def _dot_lines(network: Network) -> Iterator[str]:
    for name in network.shelves:
        yield f"    {_quoted(name)} [shape=box];"
    for port, text in _attached(network).items():
        name = _quoted(str(port))
        yield f"    {name} [shape=ellipse, label={_quoted(text)}];"
        yield f"    {name} -- {_quoted(port.shelf)} [label={_quoted(port.local)}];"
    for link in network.links:
        ends = f"{_quoted(link.a.shelf)} -- {_quoted(link.z.shelf)}"
        yield f"    {ends} [penwidth=3, label={_quoted(_fibre(link))}];"
    for pair, label in _joined(network):
        ends = f"{_quoted(str(pair.a))} -- {_quoted(str(pair.z))}"
        yield f"    {ends} [style=dotted, label={_quoted(label)}];"


def _attached(network: Network) -> dict[PortName, str]:
    """What is at each client port."""
    found = {client.port: f"{client.interface or client.tap} ({client.place})" for client in network.clients}
    found |= {user.port: f"E1 {end_text(user.end)}" for user in network.e1_users}
    for user in network.v35_users:
        tun = user.interface
        found[user.port] = f"V.35 {end_text(user.end)}" if tun is None else f"{tun.tap} ({tun.place})"
    return found


def _joined(network: Network) -> Iterator[tuple[Pair, str]]:
    """Pairs of client ports, and by which circuit."""
    of_ethernet: list[Circuit | EopCircuit] = [*network.circuits, *network.eop_circuits]
    for circuit in of_ethernet:
        yield from ((pair, _label(circuit, pair)) for pair in circuit.pairs)
    for one in network.e1_circuits:
        yield Pair(one.a, one.z), f"{one.name}: E1"
    for line in network.v35_circuits:
        yield Pair(line.a, line.z), f"{line.name}: {via_text('n64', line.timeslots)}"


def _fibre(link: Link) -> str:
    text = f"{RATE_NAMES[link.rate]}{', SAToP' if link.satop else ''} {link.a.local} - {link.z.local}"
    there, back = (impairments.text(impair) for impair in (link.there, link.back))
    if there == back:
        return f"{text}, {there}" if there else text
    return f"{text}, there: {there or 'not impaired'}, back: {back or 'not impaired'}"


def _label(circuit: Circuit | EopCircuit, pair: Pair) -> str:
    channel = "" if pair.cid is None else f" CID {pair.cid}"
    size = circuit.size if isinstance(circuit, Circuit) or circuit.via == "n64" or circuit.settings["vcat"] else 0
    return f"{circuit.name}{channel}: {via_text(circuit.via, size)}, {circuit.capacity_bps / 1e6:.3f} Mbit/s"


def _quoted(text: str) -> str:
    return json.dumps(text)
