"""Network -> what each shelf's data plane takes (`ctl.config.Shelf`)."""

from __future__ import annotations

from collections.abc import Mapping

from msapemu.ctl.config import Channel, Circuit, Client, Line, Shelf, Socket, Tun, Udp
from msapemu.lab import network as lab
from msapemu.lab.kernel.netns import path_of
from msapemu.lab.network import Link, Network
from msapemu.node import shelf as node
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
    shelf = network.shelves[name]
    lines = tuple(_line(shelf, port, link, links.get(port)) for port, link in network.lines_of(name))
    clients = tuple(
        Client(client.port.local, client.tap, namespaces[client.port], client.mtu, behind=client.interface)
        for client in network.clients
        if client.port.shelf == name
    )
    circuits = tuple(
        Circuit(
            circuit.name,
            client.local,
            line.local,
            circuit.via,
            hop.vc4,
            hop.members,
            payload_fcs=circuit.payload_fcs,
            scramble=circuit.scramble,
            fault_propagation=circuit.fault_propagation,
        )
        for circuit in network.circuits
        for client, line, hop in (
            (circuit.a, circuit.line_a, circuit.hops[0]),
            (circuit.z, circuit.line_z, circuit.hops[-1]),
        )
        if client.shelf == name
    )
    channels = tuple(_channel(channel) for channel in network.channels if channel.line.shelf == name)
    return Shelf(
        network.name,
        name,
        network.clocks[name],
        lines,
        clients,
        circuits,
        network.connections_at(name),
        network.loops.get(name, ()),
        channels,
    )


def _channel(channel: lab.Channel) -> Channel:
    end: Tun | Socket = Socket(channel.socket)
    if (tun := channel.interface) is not None:
        end = Tun(tun.tap, str(path_of(tun.netns)) if tun.netns is not None else None)
    return Channel(channel.line.local, channel.channel, end, channel.vc4)


def _line(shelf: node.Shelf, port: PortName, link: Link | None, udp: Udp | None) -> Line:
    rate = shelf.slots[port.slot].card.rate or "stm1"
    if link is None:
        return Line(port.local, rate)
    return Line(port.local, rate, udp, link.impairment(port), link.silence_limit_us)
