"""Where a member of a running circuit goes: from its container at end a, over shelves that connect it, to end z."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from msapemu.ctl.config import STM_N, Circuit, Connection, Shelf
from msapemu.ctl.errors import UsageError
from msapemu.ctl.members import container_of, received_in, sent_in
from msapemu.ctl.objects import Container, parse_container
from msapemu.ctl.occupancy import check_occupancy
from msapemu.ctl.timeslots import BothWays

Onward = Callable[[str, Container], Container | None]  # where a container that comes into a shelf goes on

_WHOLE = re.compile(r"(?:(?P<shelf>[^:/]+)[:/])?(?P<container>[0-9]+/[0-9]+/au4.*)")


@dataclass(frozen=True, slots=True)
class Ends:
    """A circuit as its two shelves have it."""

    name: str
    a: str
    z: str
    at: Mapping[str, Circuit]


@dataclass(slots=True)
class Way:
    """A member's containers at both ends, and what is connected between them: by shelf, towards a and towards z."""

    a: Container
    z: Container
    through: list[tuple[str, Container, Container]] = field(default_factory=list)

    def at(self, ends: Ends, shelf: str) -> Container:
        return self.a if shelf == ends.a else self.z


def ends_of(lab: str, configs: Mapping[str, Shelf], name: str) -> Ends:
    """UsageError when the lab has no such circuit, or only one of its ends."""
    found = {shelf: one for shelf, config in configs.items() for one in config.circuits if one.name == name}
    if not found:
        known = sorted({one.name for config in configs.values() for one in config.circuits})
        raise UsageError(f"{name}: lab {lab} has no such circuit (circuits: {', '.join(known) or 'none'})")
    a = next((shelf for shelf, one in found.items() if one.end == "a"), None)
    z = next((shelf for shelf, one in found.items() if one.end == "z"), None)
    if a is None or z is None:
        raise UsageError(f"{name}: only one end of it is in lab {lab}")
    if found[a].over_pdh:
        raise UsageError(f"{name}: its members are changed in the lab file (msapemu redeploy)")
    if not found[a].is_group:
        raise UsageError(f"{name}: it is contiguous and has no members")
    return Ends(name, a, z, found)


def member_named(ends: Ends, text: str) -> tuple[str, Container]:
    """A member as commands name it, and at which end: short as at end a, or a container with or without its shelf."""
    match = _WHOLE.fullmatch(text)
    shelf = (match["shelf"] if match else None) or ends.a
    if shelf not in (ends.a, ends.z):
        raise UsageError(f"{text}: circuit {ends.name} does not end at {shelf} (it does at {ends.a} and {ends.z})")
    circuit = ends.at[shelf]
    try:
        container = container_of(circuit, match["container"] if match else text)
    except ValueError:
        container = None
    if container is None or container.kind != circuit.via:
        form = {"vc12": "K.L.M", "vc3": "K", "vc4": "N"}[circuit.via]
        raise UsageError(f"{text}: is no member of a circuit via {circuit.via} ({form}, or such as {_example(ends)})")
    return shelf, container


def _example(ends: Ends) -> str:
    circuit = ends.at[ends.a]
    inside = {"vc12": "/vc12.1.1.1", "vc3": "/vc3.1", "vc4": ""}[circuit.via]
    return f"{ends.a}:{circuit.line}/au4.{circuit.vc4}{inside}"


class Ways:
    """Finds them in the configurations of a lab's shelves."""

    def __init__(self, configs: Mapping[str, Shelf], ends: Ends) -> None:
        self._configs = configs
        self._ends = ends
        self._far: dict[tuple[str, str], tuple[str, str]] = {}
        by_address = {
            line.link.local: (name, line.port)
            for name, config in configs.items()
            for line in config.lines
            if line.link is not None
        }
        for name, config in configs.items():
            for line in config.lines:
                if line.link is not None and line.link.peer in by_address:
                    self._far[name, line.port] = by_address[line.link.peer]

    def of_member(self, shelf: str, container: Container) -> Way:
        """Of one that there is. UsageError when it ends nowhere."""
        return self._way(shelf, container, self._connected)

    def of_new(self, shelf: str, container: Container) -> Way:
        """Of one that there shall be: over the shelves by which other members that leave by this port go on, in the
        same container where that is free, else in the first. UsageError when it cannot go."""
        return self._way(shelf, container, self._free)

    def _way(self, shelf: str, container: Container, onward: Onward) -> Way:
        start, ends = shelf, self._ends
        goal = ends.z if shelf == ends.a else ends.a
        at = container
        through: list[tuple[str, Container, Container]] = []
        for _ in self._configs:
            far = self._far.get((shelf, at.port))
            if far is None:
                raise UsageError(f"{shelf}:{at}: no link of the lab is plugged into this port")
            shelf, at = far[0], Container(far[1], at.vc4, at.member, at.width)
            if shelf == goal:
                if start == ends.a:
                    return Way(container, at, through)
                return Way(at, container, [(one, out, into) for one, into, out in reversed(through)])
            if (out := onward(shelf, at)) is None:
                raise UsageError(f"{shelf}:{at}: nothing says where circuit {ends.name} goes on from here")
            through.append((shelf, at, out))
            at = out
        raise UsageError(f"{start}:{container}: goes round in a circle")

    def _connected(self, shelf: str, source: Container) -> Container | None:
        here, every = str(source), self._configs[shelf].connections
        onward = [one.sink for one in every if one.source == here] + [one.source for one in every if one.sink == here]
        return parse_container(onward[0]) if onward else None

    def _free(self, shelf: str, source: Container) -> Container | None:
        port = next((out for into, out in self._ports_through(shelf) if into == source.port), None)
        far = self._far.get((shelf, port)) if port else None
        if port is None or far is None:
            return None
        here, there = check_occupancy(self._configs[shelf])[port], check_occupancy(self._configs[far[0]])[far[1]]
        both = BothWays(here, there)
        if source.vc4 <= both.size and not both.owner(source.vc4, source.member):
            return Container(port, source.vc4, source.member)
        for vc4 in both.places(source.kind):
            if not source.member and not both.owner(vc4):
                return Container(port, vc4)
            for member in both.free(vc4, source.kind) if source.member else ():
                return Container(port, vc4, member)
        raise UsageError(f"{shelf}:{port}: is full: no {source.kind} is free for circuit {self._ends.name}")

    def _ports_through(self, shelf: str) -> Iterator[tuple[str, str]]:
        """By which ports the members that there are come and go, both ways."""
        for start in (self._ends.a, self._ends.z):
            circuit = self._ends.at[start]
            for container in {*sent_in(circuit), *received_in(circuit)}:
                try:
                    way = self.of_member(start, container)
                except UsageError:
                    continue  # one way only: the other end follows it
                for one, into, out in way.through:
                    if one == shelf:
                        yield from ((into.port, out.port), (out.port, into.port))


def connections(way: Way, shelf: str, to_z: bool, to_a: bool) -> list[Connection]:
    """Those that a member needs in a shelf between the ends."""
    found = []
    for one, into, out in way.through:
        if one == shelf:
            found += [Connection(str(out), str(into))] * to_z + [Connection(str(into), str(out))] * to_a
    return found


def fits(config: Shelf, container: Container) -> bool:
    """Whether the shelf's line has such a container at all."""
    rates = {line.port: line.rate for line in config.lines}
    return container.port in rates and container.vc4 <= STM_N[rates[container.port]]
