"""Network -> what each shelf's data plane takes (`ctl.config.Shelf`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from msapemu.ctl.config import Channel, Circuit, Client, GroupChannel, Line, Shelf, Socket, Tun, Udp
from msapemu.ctl.members import member_text
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
        _circuit(circuit, circuit.a.shelf == name)
        for circuit in network.circuits
        if name in (circuit.a.shelf, circuit.z.shelf)
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


def _circuit(circuit: lab.Circuit, a: bool) -> Circuit:
    """As it is at end a, or at end z."""
    line, hop = (circuit.line_a, circuit.hops[0]) if a else (circuit.line_z, circuit.hops[-1])
    ends = [(pair.cid, (pair.a if a else pair.z).local) for pair in circuit.pairs]
    channels = tuple(GroupChannel(cid, client) for cid, client in ends if cid is not None)
    client = "" if channels else ends[0][1]
    end: Literal["a", "z"] = "a" if a else "z"
    made = Circuit(
        circuit.name, client, line.local, circuit.via, hop.vc4, channels=channels, end=end, **circuit.settings
    )
    if not circuit.is_group:
        return made
    members = tuple(member_text(made, container) for container in circuit.containers(a))
    return msgspec.structs.replace(made, members=members)


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
