"""Network -> what each shelf's data plane takes (`ctl.config.Shelf`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from msapemu.ctl.config import (
    V35,
    Channel,
    Circuit,
    Client,
    E1Client,
    GroupChannel,
    Line,
    Satop,
    SerialTun,
    Shelf,
    Socket,
    Tun,
    Udp,
)
from msapemu.ctl.impairments import NOT_IMPAIRED
from msapemu.ctl.members import member_text
from msapemu.lab import network as lab
from msapemu.lab.kernel.netns import path_of
from msapemu.lab.network import Link, Network, Pair
from msapemu.lab.trails import EopCircuit
from msapemu.node import shelf as node
from msapemu.node.names import PortName


def compile_shelf(
    network: Network,
    name: str,
    links: Mapping[PortName, Udp | Satop],
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
    circuits += tuple(
        _eop_circuit(one, one.a.shelf == name) for one in network.eop_circuits if name in (one.a.shelf, one.z.shelf)
    )
    channels = tuple(_channel(channel) for channel in network.channels if channel.line.shelf == name)
    plugged = {user.port: user.end for user in network.e1_users}
    e1_clients = tuple(E1Client(port.local, plugged.get(port)) for port in network.e1_clients_of(name))
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
        e1_clients,
        network.framings.get(name, ()),
        tuple(_v35(network, name)),
        network.timeslots_at(name),
    )


def _v35(network: Network, shelf: str) -> Iterator[V35]:
    """The V.35 ports that are in a circuit, which says of how many timeslots they are."""
    users = {user.port: user.end for user in network.v35_users}
    for circuit in network.v35_circuits:
        for port in (circuit.a, circuit.z):
            if port.shelf == shelf:
                end = users.get(port)
                if isinstance(end, SerialTun) and end.netns is not None:
                    end = msgspec.structs.replace(end, netns=str(path_of(end.netns)))
                yield V35(port.local, circuit.timeslots, end)


def _eop_circuit(circuit: EopCircuit, a: bool) -> Circuit:
    """Of Ethernet in PDH."""
    channels, client = _clients(circuit.pairs, a)
    end: Literal["a", "z"] = "a" if a else "z"
    return Circuit(
        circuit.name,
        client,
        "",
        circuit.via,
        members=circuit.members(a),
        channels=channels,
        end=end,
        **circuit.settings,
    )


def _clients(pairs: Sequence[Pair], a: bool) -> tuple[tuple[GroupChannel, ...], str]:
    """Of a circuit at an end: those of channels, or else the only one."""
    ends = [(pair.cid, (pair.a if a else pair.z).local) for pair in pairs]
    channels = tuple(GroupChannel(cid, client) for cid, client in ends if cid is not None)
    return channels, "" if channels else ends[0][1]


def _circuit(circuit: lab.Circuit, a: bool) -> Circuit:
    """As it is at end a, or at end z."""
    line, hop = (circuit.line_a, circuit.hops[0]) if a else (circuit.line_z, circuit.hops[-1])
    channels, client = _clients(circuit.pairs, a)
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


def _line(shelf: node.Shelf, port: PortName, link: Link | None, plugged: Udp | Satop | None) -> Line:
    rate = shelf.slots[port.slot].rate or "stm1"
    if link is None:
        return Line(port.local, rate)
    # a link over SAToP has no errors, and so no seed of them either
    impair = link.impairment(port) if link.satop is None else NOT_IMPAIRED
    return Line(port.local, rate, plugged, impair, link.silence_limit_us)
