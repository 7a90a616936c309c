"""`connections` and `loopbacks` of a node: what a shelf sends on of what it receives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from msapemu.ctl.config import VIA_NAMES, Connection, Loop
from msapemu.ctl.e1 import E1Place
from msapemu.ctl.errors import UsageError
from msapemu.ctl.objects import Container, parse_object
from msapemu.ctl.occupancy import check_occupancy
from msapemu.ctl.timeslots import LineSlots
from msapemu.lab import model
from msapemu.lab.compile import compile_shelf
from msapemu.lab.document import Problem, Where
from msapemu.lab.model import Lab
from msapemu.lab.network import Link, Network
from msapemu.lab.resolve.bearers import Bearers
from msapemu.lab.resolve.shelves import Shelves
from msapemu.node.e1_places import place_fault
from msapemu.node.names import PortName


@dataclass(frozen=True, slots=True)
class Connected:
    """One way of a connection of a shelf."""

    shelf: str
    sink: Container
    source: Container

    @property
    def connection(self) -> Connection:
        return Connection(str(self.sink), str(self.source))

    def mark_source(self, slots: Mapping[Link, LineSlots], _: Bearers) -> None:
        """A circuit that may choose shall not choose what is sent on here."""
        for link, both in slots.items():
            for end in link.ends:
                if end.shelf == self.shelf and end.local == self.source.port:
                    both.marked(f"a connection of {self.shelf}", self.source.vc4, self.source.member, self.source.width)


@dataclass(frozen=True, slots=True)
class E1Connected:
    """One way of a connection of whole E1s."""

    shelf: str
    sink: E1Place
    source: E1Place

    @property
    def connection(self) -> Connection:
        return Connection(str(self.sink), str(self.source))

    def mark_source(self, _: Mapping[Link, LineSlots], bearers: Bearers) -> None:
        """Neither shall it choose an E1 that is connected here, in either direction."""
        for place in (self.sink, self.source):
            bearers.marked(f"a connection of {self.shelf}", PortName.parse(f"{self.shelf}:{place.port}"), place)


def resolve_connections(
    lab: Lab, shelves: Shelves, sent: Mapping[PortName, LineSlots], problems: list[Problem]
) -> list[Connected | E1Connected]:
    """Ports that are none, containers that do not go together, and sinks used twice. `sent`: what each line sends."""
    found: list[Connected | E1Connected] = []
    for name, node in lab.topology.nodes.items():
        for index, connection in enumerate(node.connections):
            where: Where = ("topology", "nodes", name, "connections", index)
            for sink, source, key in _ways(connection, where, problems):
                here = (*where, *key)
                if isinstance(sink, E1Place) or isinstance(source, E1Place):
                    found += _of_e1(name, sink, source, shelves, found, here, problems)
                    continue
                good = [_exists(name, one, shelves, sent, here, problems) for one in (sink, source)]
                if not all(good):
                    continue
                if sink.kind != source.kind:
                    what = f"{source} is a {VIA_NAMES[source.kind]}, {sink} a {VIA_NAMES[sink.kind]}"
                    problems.append(Problem(here, f"{what}: they do not go together"))
                    continue
                line = sent[_port(name, sink)]
                if other := line.owner(sink.vc4, sink.member, sink.width):
                    problems.append(Problem(here, f"{sink} is sent by {other} already"))
                    continue
                line.take(f"a connection of {name}", sink.vc4, sink.member, sink.width)
                found.append(Connected(name, sink, source))
    return found


def _ways(
    connection: model.Connection, where: Where, problems: list[Problem]
) -> Iterator[tuple[Container | E1Place, Container | E1Place, Where]]:
    """Sinks and sources, and the key in which each pair stands."""
    if connection.both is not None:
        if connection.sink is not None or connection.source is not None:
            problems.append(Problem(where, "both, and sink with source, exclude each other"))
            return
        one, other = connection.both
        yield one, other, ("both",)
        if one != other:
            yield other, one, ("both",)
        return
    if connection.sink is None or connection.source is None:
        problems.append(Problem(where, "needs both (two containers or E1s), or sink and source"))
        return
    yield connection.sink, connection.source, ()


def _of_e1(
    shelf: str,
    sink: Container | E1Place,
    source: Container | E1Place,
    shelves: Shelves,
    found: Sequence[Connected | E1Connected],
    where: Where,
    problems: list[Problem],
) -> list[E1Connected]:
    """An E1 as a whole from one place to another; [] when it cannot be."""
    known = len(problems)
    ends = []
    for one in (sink, source):
        place = one if isinstance(one, E1Place) else E1Place(one.port, container=one)
        ends.append(place)
        if place.container is not None and place.container.kind != "vc12":
            problems.append(Problem(where, f"{place} is a {VIA_NAMES[place.container.kind]}: an E1 is in a VC-12"))
            continue
        try:
            port = PortName.parse(f"{shelf}:{place.port}")
        except ValueError as error:
            problems.append(Problem(where, str(error)))
            continue
        if shelves.holds(port, "line", where, problems) and (fault := place_fault(shelves.rate(port), place)):
            problems.append(Problem(where, f"{port} {fault}"))
    if any(one.shelf == shelf and str(one.sink) == str(ends[0]) for one in found):
        problems.append(Problem(where, f"{ends[0]} is sent by a connection of {shelf} already"))
    return [E1Connected(shelf, *ends)] if len(problems) == known else []


def _port(shelf: str, container: Container) -> PortName:
    return PortName.parse(f"{shelf}:{container.port}")


def _exists(
    shelf: str,
    container: Container,
    shelves: Shelves,
    sent: Mapping[PortName, LineSlots],
    where: Where,
    problems: list[Problem],
) -> bool:
    try:
        port = _port(shelf, container)
    except ValueError as error:
        problems.append(Problem(where, str(error)))
        return False
    if not shelves.holds(port, "line", where, problems):
        return False
    if port not in sent:
        problems.append(Problem(where, f"{container}: {port} is no line of STM-N"))
        return False
    line = sent[port]
    if container.vc4 not in line.places(container.kind):
        places = ", ".join(map(str, line.places(container.kind))) or "nowhere"
        what = f"{container}: a {VIA_NAMES[container.kind]} of an STM-{line.size} begins at VC-4 {places}"
        if container.width == 1:
            what = f"{container}: an STM-{line.size} has VC-4 1..{line.size}"
        problems.append(Problem(where, what))
        return False
    return True


def resolve_loopbacks(lab: Lab, shelves: Shelves, problems: list[Problem]) -> dict[str, tuple[Loop, ...]]:
    """By shelf; at ports that are none, or twice at one place."""
    loops: dict[str, tuple[Loop, ...]] = {}
    for name, node in lab.topology.nodes.items():
        seen: dict[str, int] = {}
        for index, loopback in enumerate(node.loopbacks):
            where: Where = ("topology", "nodes", name, "loopbacks", index, "object")
            at = parse_object(loopback.object)
            try:
                port = PortName.parse(f"{name}:{at if isinstance(at, str) else at.port}")
                shelves.holds(port, "line", where, problems)
            except ValueError as error:
                problems.append(Problem(where, str(error)))
            if loopback.object in seen:
                what = f"{loopback.object} is looped twice (also in loopbacks[{seen[loopback.object]}])"
                problems.append(Problem(where, what))
            seen.setdefault(loopback.object, index)
        loops[name] = tuple(Loop(one.object, one.kind) for one in node.loopbacks)
    return loops


def check_shelves(network: Network) -> list[Problem]:
    """What only shows when circuits, connections and loopbacks of a shelf are put together."""
    problems = []
    for name in network.shelves:
        nowhere = {client.port: None for client in network.clients}
        try:
            check_occupancy(compile_shelf(network, name, {}, nowhere))
        except UsageError as error:
            what = str(error).removeprefix(f"{name}: ")
            problems.append(Problem(("topology", "nodes", name), what))
    return problems
