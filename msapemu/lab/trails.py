"""E1s from shelf to shelf, and the circuits that they carry: E1, V.35, and Ethernet in PDH."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from msapemu.ctl.config import Cesop, Connection, File, HdlcUdp, Pty, Satop, SerialTun, Socket, Timeslots, Via
from msapemu.ctl.e1 import timeslots_text
from msapemu.lab.pairs import Client, Pair
from msapemu.node.capacity import group_bps
from msapemu.node.e1_places import place_at
from msapemu.node.names import PortName


@dataclass(frozen=True, slots=True)
class E1User:
    """What is plugged into an E1 client port."""

    port: PortName
    end: Socket | File | Satop | Cesop


@dataclass(frozen=True, slots=True)
class V35User:
    """What is plugged into a V.35 port; of a SerialTun (its namespace as the lab file names it) `interface`."""

    port: PortName
    end: SerialTun | Socket | Pty | HdlcUdp
    interface: Client | None = None


@dataclass(frozen=True, slots=True)
class TrailHop:
    """A link of an E1: the ports by which it is entered and left, and what of it: "" all, or such as "e1.3",
    "au4.1/vc12.1.1.1"."""

    out: PortName
    into: PortName
    inner: str

    @property
    def sent(self) -> str:
        """The E1 place at the port that it goes out by."""
        return str(place_at(self.out.local, self.inner))

    @property
    def received(self) -> str:
        """And at the one that it comes into."""
        return str(place_at(self.into.local, self.inner))


@dataclass(frozen=True, slots=True)
class Trail:
    """An E1 from a shelf over links, and over shelves that pass it on as a whole, to another one."""

    hops: tuple[TrailHop, ...]

    @property
    def a(self) -> tuple[str, str]:
        """The shelf at which it begins, and its place there."""
        return self.hops[0].out.shelf, self.hops[0].sent

    @property
    def z(self) -> tuple[str, str]:
        """And that at which it ends."""
        return self.hops[-1].into.shelf, self.hops[-1].received

    def place_at(self, shelf: str) -> str:
        """Its place at the shelf, which is one of its two ends."""
        return self.a[1] if self.a[0] == shelf else self.z[1]

    @property
    def between(self) -> tuple[str, ...]:
        """The shelves that pass it on."""
        return tuple(hop.into.shelf for hop in self.hops[:-1])

    def connections_at(self, shelf: str) -> Iterator[Connection]:
        """By which it is passed on there, both ways."""
        for before, after in pairwise(self.hops):
            if before.into.shelf == shelf:
                yield from _both(after.sent, before.received)


def _both(one: str, other: str) -> tuple[Connection, Connection]:
    return Connection(one, other), Connection(other, one)


@dataclass(frozen=True, slots=True)
class E1Circuit:
    """An E1 as a whole between two E1 client ports."""

    name: str
    a: PortName
    z: PortName
    trail: Trail

    @property
    def shelves(self) -> tuple[str, ...]:
        return (self.a.shelf, *self.trail.between, self.z.shelf)

    @property
    def trails(self) -> tuple[Trail, ...]:
        return (self.trail,)

    def connections_at(self, shelf: str) -> Iterator[Connection]:
        """Of its ports."""
        for port in (self.a, self.z):
            if port.shelf == shelf:
                yield from _both(self.trail.place_at(shelf), port.local)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a circuit in timeslots: an E1, from the shelf at which it enters it to that at which it leaves it."""

    enters: str
    leaves: str
    trail: Trail
    slots: tuple[int, ...]

    def at(self, shelf: str) -> str:
        """Its timeslots there, as `ctl.config.Timeslots` names them."""
        return f"{self.trail.place_at(shelf)}:{timeslots_text(self.slots)}"


def _through(sections: tuple[Section, ...], shelf: str) -> Iterator[Timeslots]:
    """Cross-connected where one E1 ends and the next begins."""
    for before, after in pairwise(sections):
        if before.leaves == shelf:
            yield Timeslots(after.at(shelf), before.at(shelf))
            yield Timeslots(before.at(shelf), after.at(shelf))


def _shelves_of(sections: tuple[Section, ...]) -> Iterator[str]:
    for one in sections:
        yield from (one.enters, *one.trail.between, one.leaves)


@dataclass(frozen=True, slots=True)
class V35Circuit:
    """Timeslots between two V.35 ports."""

    name: str
    a: PortName
    z: PortName
    sections: tuple[Section, ...]

    @property
    def timeslots(self) -> int:
        return len(self.sections[0].slots)

    @property
    def trails(self) -> tuple[Trail, ...]:
        return tuple(section.trail for section in self.sections)

    @property
    def shelves(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(_shelves_of(self.sections)))

    def timeslots_at(self, shelf: str) -> Iterator[Timeslots]:
        """Connected there, both ways."""
        for port, section in ((self.a, self.sections[0]), (self.z, self.sections[-1])):
            if port.shelf == shelf:
                yield Timeslots(port.local, section.at(shelf))
                yield Timeslots(section.at(shelf), port.local)
        yield from _through(self.sections, shelf)


@dataclass(frozen=True, slots=True)
class EopCircuit:
    """Ethernet between client ports in PDH: in whole E1s (`e1s`), in timeslots (`sections`), or in the whole of PDH
    lines (`lines`, from end a to end z). `settings` as `ctl.config.Circuit` has them."""

    name: str
    pairs: tuple[Pair, ...]
    via: Via
    settings: Mapping[str, Any]
    e1s: tuple[Trail, ...] = ()
    sections: tuple[Section, ...] = ()
    lines: tuple[tuple[PortName, PortName], ...] = ()

    @property
    def a(self) -> PortName:
        """The client port at end a, or the first of several."""
        return self.pairs[0].a

    @property
    def z(self) -> PortName:
        return self.pairs[0].z

    @property
    def size(self) -> int:
        """Members; of timeslots how many."""
        if self.sections:
            return len(self.sections[0].slots)
        return len(self.e1s) or len(self.lines)

    @property
    def trails(self) -> tuple[Trail, ...]:
        return self.e1s or tuple(section.trail for section in self.sections)

    @property
    def shelves(self) -> tuple[str, ...]:
        between = [shelf for one in self.e1s for shelf in one.between]
        return tuple(dict.fromkeys((self.a.shelf, *between, *_shelves_of(self.sections), self.z.shelf)))

    @property
    def capacity_bps(self) -> int:
        return group_bps(self.via, self.size, vcat=bool(self.settings["vcat"]))

    def members(self, a: bool) -> tuple[str, ...]:
        """At end a, or at end z, as `ctl.config.Circuit` has them."""
        shelf = (self.a if a else self.z).shelf
        if self.sections:
            return (self.sections[0 if a else -1].at(shelf),)
        if self.lines:
            return tuple((out if a else into).local for out, into in self.lines)
        return tuple(trail.place_at(shelf) for trail in self.e1s)

    def timeslots_at(self, shelf: str) -> Iterator[Timeslots]:
        """Of the shelves between its E1s."""
        yield from _through(self.sections, shelf)


PdhCircuit = E1Circuit | V35Circuit | EopCircuit
