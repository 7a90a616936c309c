"""Network -> what each shelf's data plane takes (`ctl.config.Shelf`)."""

from __future__ import annotations

from collections.abc import Mapping

from msapemu.ctl.config import Circuit, Client, Impairment, Line, Shelf, Udp
from msapemu.lab.network import Link, Network
from msapemu.node.names import PortName


def compile_shelf(
    network: Network,
    name: str,
    links: Mapping[PortName, Udp],
    namespaces: Mapping[PortName, str | None],
) -> Shelf:
    """One shelf. `links`: the addresses of each line port that is plugged in (a port that is not in it has
    LOS); `namespaces`: the path of the namespace that each client port's interface is in, None for our
    own."""
    lines = tuple(_line(port, link, links.get(port)) for port, link in network.lines_of(name))
    clients = tuple(
        Client(client.port.local, client.tap, namespaces[client.port], client.mtu)
        for client in network.clients
        if client.port.shelf == name
    )
    circuits = tuple(
        Circuit(
            circuit.name,
            client.local,
            line.local,
            circuit.via,
            circuit.members,
            payload_fcs=circuit.payload_fcs,
            scramble=circuit.scramble,
        )
        for circuit in network.circuits
        for client, line in ((circuit.a, circuit.line_a), (circuit.z, circuit.line_z))
        if client.shelf == name
    )
    return Shelf(network.name, name, network.clocks[name], lines, clients, circuits)


def impairment(link: Link, port: PortName) -> Impairment:
    """What the shelf of `port` receives through the link: both directions alike, each with its own errors."""
    return Impairment(link.delay_us, link.ber, 2 * link.seed + (port == link.z))


def _line(port: PortName, link: Link | None, udp: Udp | None) -> Line:
    if link is None:
        return Line(port.local)
    return Line(port.local, udp, impairment(link, port), link.silence_limit_us)
