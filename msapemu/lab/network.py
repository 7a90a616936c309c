"""A lab with every reference followed: what the lab file means, before anything is made of it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from msapemu.ctl.config import (
    PATH_CHANNELS,
    STM_N,
    WIDTHS,
    ChannelName,
    Clock,
    Connection,
    E1Framing,
    Impairment,
    Loop,
    Rate,
    Timeslots,
    Via,
)
from msapemu.ctl.objects import Container
from msapemu.lab.model_pdh import SatopLink
from msapemu.lab.pairs import Client as Client
from msapemu.lab.pairs import Pair as Pair
from msapemu.lab.trails import E1Circuit, E1User, EopCircuit, PdhCircuit, Trail, V35Circuit, V35User
from msapemu.node.capacity import group_bps
from msapemu.node.names import INTERFACE_LONGEST, PortName
from msapemu.node.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Link:
    """A fibre pair between two line ports of one rate at different shelves. `satop`: over SAToP (of an E1)."""

    a: PortName
    z: PortName
    rate: Rate
    there: Impairment  # what z receives
    back: Impairment  # what a receives
    silence_limit_us: int
    satop: SatopLink | None = None

    @property
    def n(self) -> int:
        """Of STM-N; 0 in PDH."""
        return STM_N.get(self.rate, 0)

    @property
    def ends(self) -> tuple[PortName, PortName]:
        return self.a, self.z

    def far(self, end: PortName) -> PortName:
        """The other end."""
        return self.z if end == self.a else self.a

    def impairment(self, end: PortName) -> Impairment:
        """What it does to the signal that arrives at that end."""
        return self.there if end == self.z else self.back

    def end_at(self, shelf: str) -> PortName:
        """The end at that shelf, which must be one of the two."""
        return self.a if self.a.shelf == shelf else self.z


@dataclass(frozen=True, slots=True)
class Channel:
    """Overhead octets of a line port for a user: at `interface` (a TUN), or else at `socket` (a path, or a name in the
    shelf's folder)."""

    line: PortName
    channel: ChannelName
    vc4: int
    interface: Client | None
    socket: str

    def __str__(self) -> str:
        path = f"/au4.{self.vc4}" if self.channel in PATH_CHANNELS else ""
        return f"{self.line}{path} {self.channel}"


@dataclass(frozen=True, slots=True)
class Hop:
    """A link of a circuit, from its end a to its end z: the line ports, and what is used of them in one VC-4. Members
    in sequence order."""

    out: PortName
    into: PortName
    vc4: int
    members: tuple[str, ...]

    def containers(self, via: Via, out: bool = False) -> list[Container]:
        """As they are called at the port that they come into, or, with `out`, at the one that they go out by."""
        port = self.out.local if out else self.into.local
        if via in WIDTHS:
            return [Container(port, self.vc4, width=WIDTHS[via])]
        return [Container(port, self.vc4, member) for member in self.members]


Bundle = tuple[Hop, ...]


@dataclass(frozen=True, slots=True)
class Circuit:
    """Ethernet between client ports of two shelves.

    A bundle is what goes one way in one VC-4 of each link; one that is contiguous (`is_group` False) has one bundle, a
    group has as many as it needs, in sequence order. `settings`: of the group, as `ctl.config.Circuit` has them."""

    name: str
    pairs: tuple[Pair, ...]
    bundles: tuple[Bundle, ...]
    via: Via
    is_group: bool
    settings: Mapping[str, Any]

    @property
    def a(self) -> PortName:
        """The client port at end a, or the first of several."""
        return self.pairs[0].a

    @property
    def z(self) -> PortName:
        return self.pairs[0].z

    @property
    def hops(self) -> Bundle:
        """Of the first bundle."""
        return self.bundles[0]

    @property
    def line_a(self) -> PortName:
        return self.hops[0].out

    @property
    def line_z(self) -> PortName:
        return self.hops[-1].into

    @property
    def members(self) -> tuple[str, ...]:
        """At end a: VC-12 and VC-3 by their names in their VC-4."""
        return tuple(member for bundle in self.bundles for member in bundle[0].members)

    @property
    def size(self) -> int:
        """Of the group; 0 without one."""
        if not self.is_group:
            return 0
        return sum(len(bundle[0].members) or 1 for bundle in self.bundles)

    @property
    def shelves(self) -> tuple[str, ...]:
        """That it goes through, from end a to end z, first those of the first bundle."""
        every = (hop.into.shelf for bundle in self.bundles for hop in bundle)
        between = dict.fromkeys(shelf for shelf in every if shelf not in (self.a.shelf, self.z.shelf))
        return (self.a.shelf, *between, self.z.shelf)

    def through(self, shelf: str) -> Iterator[tuple[Container, Container]]:
        """What is connected, both ways, in a shelf between its ends: towards a, and towards z."""
        for bundle in self.bundles:
            for before, after in pairwise(bundle):
                if before.into.shelf == shelf:
                    yield from zip(before.containers(self.via), after.containers(self.via, out=True), strict=True)

    def containers(self, a: bool) -> list[Container]:
        """At end a, or at end z, in sequence order."""
        if a:
            return [one for bundle in self.bundles for one in bundle[0].containers(self.via, out=True)]
        return [one for bundle in self.bundles for one in bundle[-1].containers(self.via)]

    @property
    def capacity_bps(self) -> int:
        return group_bps(self.via, self.size or 1)


@dataclass(frozen=True, slots=True)
class Network:
    """A whole lab. All names are known, all ports exist and are used once, all members are free."""

    name: str
    shelves: Mapping[str, Shelf]
    clocks: Mapping[str, Clock]
    links: tuple[Link, ...]
    clients: tuple[Client, ...]
    circuits: tuple[Circuit, ...]
    channels: tuple[Channel, ...] = ()
    connections: Mapping[str, tuple[Connection, ...]] = field(default_factory=dict)  # by shelf: those named
    loops: Mapping[str, tuple[Loop, ...]] = field(default_factory=dict)
    pdh_circuits: tuple[PdhCircuit, ...] = ()
    e1_users: tuple[E1User, ...] = ()
    v35_users: tuple[V35User, ...] = ()
    framings: Mapping[str, tuple[E1Framing, ...]] = field(default_factory=dict)  # by shelf: those that are given
    slots: Mapping[str, tuple[Timeslots, ...]] = field(default_factory=dict)  # by shelf: those named

    @property
    def eop_circuits(self) -> tuple[EopCircuit, ...]:
        return tuple(one for one in self.pdh_circuits if isinstance(one, EopCircuit))

    @property
    def e1_circuits(self) -> tuple[E1Circuit, ...]:
        return tuple(one for one in self.pdh_circuits if isinstance(one, E1Circuit))

    @property
    def v35_circuits(self) -> tuple[V35Circuit, ...]:
        return tuple(one for one in self.pdh_circuits if isinstance(one, V35Circuit))

    @property
    def trails(self) -> tuple[Trail, ...]:
        """Each once: several circuits may be in one E1."""
        return tuple(dict.fromkeys(trail for circuit in self.pdh_circuits for trail in circuit.trails))

    def timeslots_at(self, shelf: str) -> tuple[Timeslots, ...]:
        """All that a shelf cross-connects."""
        circuits: list[V35Circuit | EopCircuit] = [*self.v35_circuits, *self.eop_circuits]
        of_circuits = (one for circuit in circuits for one in circuit.timeslots_at(shelf))
        return (*self.slots.get(shelf, ()), *of_circuits)

    def connections_at(self, shelf: str) -> tuple[Connection, ...]:
        """All of a shelf: those named, and those of the circuits that go through it."""
        found = list(self.connections.get(shelf, ()))
        for trail in self.trails:
            found += trail.connections_at(shelf)
        for one in self.e1_circuits:
            found += one.connections_at(shelf)
        for circuit in self.circuits:
            for into, out in circuit.through(shelf):
                found += (Connection(str(out), str(into)), Connection(str(into), str(out)))
        return tuple(found)

    @property
    def interfaces(self) -> tuple[Client, ...]:
        """Of clients, of channels and of V.35 ports."""
        users: list[Channel | V35User] = [*self.channels, *self.v35_users]
        return (*self.clients, *(one.interface for one in users if one.interface is not None))

    def lines_of(self, shelf: str) -> Iterator[tuple[PortName, Link | None]]:
        """Every line port of the shelf with the link in it. An E1 port is one when a link is plugged in."""
        plugged = {end: link for link in self.links for end in link.ends}
        for port in self.shelves[shelf].ports("line"):
            if port in plugged or self.shelves[shelf].slots[port.slot].card.ports == "line":
                yield port, plugged.get(port)

    def e1_clients_of(self, shelf: str) -> Iterator[PortName]:
        """Every E1 port without a link."""
        plugged = {end for link in self.links for end in link.ends}
        return (port for port in self.shelves[shelf].ports("e1") if port not in plugged)


def glue_tap(interface: str) -> str:
    """Name of the TAP that stands behind an existing interface."""
    name = f"ms-{interface}"
    return name if len(name) <= INTERFACE_LONGEST else f"ms-{zlib.crc32(interface.encode()):08x}"
