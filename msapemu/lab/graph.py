"""A lab as a picture: Mermaid or DOT text."""

from __future__ import annotations

import json
from collections.abc import Iterator

from msapemu.ctl import impairments
from msapemu.lab.network import Circuit, Client, Link, Network, Pair
from msapemu.node.capacity import via_text


def mermaid(network: Network) -> str:
    """A flowchart: shelves, fibres (thick) with their ports, attachments, circuits (dotted)."""
    lines = ["flowchart LR"]
    shelf_ids = {name: f"s{index}" for index, name in enumerate(network.shelves)}
    client_ids = {client.port: f"c{index}" for index, client in enumerate(network.clients)}
    for name, ident in shelf_ids.items():
        lines.append(f'    {ident}["{name}"]')
    for client in network.clients:
        ident = client_ids[client.port]
        lines.append(f'    {ident}(["{_attachment(client)}"])')
        lines.append(f'    {ident} ---|"{client.port.local}"| {shelf_ids[client.port.shelf]}')
    for link in network.links:
        lines.append(f'    {shelf_ids[link.a.shelf]} ===|"{_fibre(link)}"| {shelf_ids[link.z.shelf]}')
    for circuit in network.circuits:
        for pair in circuit.pairs:
            lines.append(f'    {client_ids[pair.a]} -.-|"{_label(circuit, pair)}"| {client_ids[pair.z]}')
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
    for client in network.clients:
        port = _quoted(str(client.port))
        yield f"    {port} [shape=ellipse, label={_quoted(_attachment(client))}];"
        yield f"    {port} -- {_quoted(client.port.shelf)} [label={_quoted(client.port.local)}];"
    for link in network.links:
        ends = f"{_quoted(link.a.shelf)} -- {_quoted(link.z.shelf)}"
        yield f"    {ends} [penwidth=3, label={_quoted(_fibre(link))}];"
    for circuit in network.circuits:
        for pair in circuit.pairs:
            ends = f"{_quoted(str(pair.a))} -- {_quoted(str(pair.z))}"
            yield f"    {ends} [style=dotted, label={_quoted(_label(circuit, pair))}];"


def _attachment(client: Client) -> str:
    return f"{client.interface or client.tap} ({client.place})"


def _fibre(link: Link) -> str:
    text = f"STM-{link.n} {link.a.local} - {link.z.local}"
    there, back = (impairments.text(impair) for impair in (link.there, link.back))
    if there == back:
        return f"{text}, {there}" if there else text
    return f"{text}, there: {there or 'not impaired'}, back: {back or 'not impaired'}"


def _label(circuit: Circuit, pair: Pair) -> str:
    channel = "" if pair.cid is None else f" CID {pair.cid}"
    return f"{circuit.name}{channel}: {via_text(circuit.via, circuit.size)}, {circuit.capacity_bps / 1e6:.3f} Mbit/s"


def _quoted(text: str) -> str:
    return json.dumps(text)
