"""What each VC-4 of each line carries, as maps for the core: groups, connections and loopbacks put together.

A map has two halves, what is sent and what is received. They come from one `LineMap` where both directions are alike;
else (a loopback, a one-way connection) from two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from msapemu._framing import E1, Group, Line, LineMap
from msapemu.ctl.config import STM_N, Circuit, Shelf
from msapemu.ctl.e1 import E1Place
from msapemu.ctl.e1_uses import e1_uses, is_e1_connection
from msapemu.ctl.members import Member, received_in, received_members, sent_in
from msapemu.ctl.objects import Container, Tug3, parse_container, parse_object
from msapemu.ctl.timeslots import ALL_VC12
from msapemu.dataplane import loop

Source = tuple[Line, int, str]
Numbers = Mapping[Member, int]  # of a group's members
Mapped = list[tuple[Group, Any]]  # as `LineMap` takes them

UNEQUIPPED = LineMap("unequipped")


@dataclass(frozen=True)
class Carried:
    """What a VC-4(-Xc) of a line carries; `key`: two that are the same have the same."""

    key: tuple[object, ...]
    sent: LineMap
    received: LineMap


@dataclass
class Maps:
    """Of a whole shelf."""

    carried: dict[str, dict[int, Carried]]  # by line and VC-4 number, but for those that a VC-4-Xc takes up
    # client ports of the groups that are received, by line and VC-4 number, in the order of the groups in the map
    clients: dict[tuple[str, int], tuple[str, ...]]


@dataclass(slots=True)
class _Part:
    """What one way of a circuit has of one VC-4: numbers by member; "" is the VC-4 itself."""

    circuit: Circuit
    numbers: dict[str, int]

    @property
    def members(self) -> tuple[str, ...]:
        return tuple(member for member in self.numbers if member)

    def mapped(self, size: int) -> tuple[str, ...] | dict[str, int] | int:
        """As `LineMap` takes it; `size`: of the whole group."""
        if not self.circuit.is_group:
            return ()
        if "" in self.numbers:
            return self.numbers[""]
        if self.circuit.lcas is None and list(self.numbers.values()) == list(range(size)):
            return tuple(self.numbers)
        return self.numbers


@dataclass(slots=True)
class _Vc4:
    """All that is said of one VC-4."""

    width: int = 1
    sent: dict[str, _Part] = field(default_factory=dict)  # by client port of the group
    received: dict[str, _Part] = field(default_factory=dict)
    whole: Container | None = None  # sent in all of it
    looped: bool = False  # all of it is sent back
    members: dict[str, Container] = field(default_factory=dict)  # sent in its VC-3 and VC-12
    loops: list[str] = field(default_factory=list)  # VC-3 and VC-12 that are sent back
    e1s: dict[str, E1] = field(default_factory=dict)  # in its VC-12
    used: set[str] = field(default_factory=set)  # VC-3 and VC-12 that are sent on somewhere


def tied_lines(shelf: Shelf) -> frozenset[str]:
    """The lines of which something is sent on, those that bear E1s, and those of groups that come by several: these are
    parsed in step."""
    ports = {parse_container(one.source).port for one in shelf.connections if not is_e1_connection(one)}
    ports |= {place.port for place in e1_uses(shelf).places}
    for circuit in shelf.circuits:
        if circuit.over_pdh:
            lines = {member.port for member in received_members(circuit) if isinstance(member, E1Place)}
        else:
            lines = {container.port for container in received_in(circuit)}
        if len(lines) > 1:
            ports |= lines
    for one in shelf.loops:
        if one.kind == "line":
            where = parse_object(one.object)
            ports.add(where if isinstance(where, str) else where.port)
    return frozenset(ports)


def compile_maps(
    shelf: Shelf,
    lines: Mapping[str, Line],
    groups: Mapping[str, Group],
    numbers: Mapping[str, Numbers],
    before: Mapping[str, Mapping[int, Carried]],
    e1s: Mapping[Container, E1] | None = None,
) -> Maps:
    """The maps for `shelf`, which has been checked; those of `before` are kept where nothing differs. `groups` and the
    `numbers` of their members by client port; `e1s`: in VC-12s."""
    vc4s: dict[tuple[str, int], _Vc4] = {}

    def at(port: str, vc4: int) -> _Vc4:
        one = vc4s.get((port, vc4))
        if one is None:
            one = vc4s[port, vc4] = _Vc4()
        return one

    for circuit in shelf.circuits:
        for container in sent_in(circuit):
            one = at(container.port, container.vc4)
            one.width = container.width
            part = one.sent.setdefault(circuit.port, _Part(circuit, {}))
            part.numbers[container.member] = numbers[circuit.port][container]
        for container in received_in(circuit):
            one = at(container.port, container.vc4)
            one.width = container.width
            part = one.received.setdefault(circuit.port, _Part(circuit, {}))
            part.numbers[container.member] = numbers[circuit.port][container]
    for container, e1 in (e1s or {}).items():
        at(container.port, container.vc4).e1s[container.member] = e1
    for connection in shelf.connections:
        if is_e1_connection(connection):
            continue
        sink, source = parse_container(connection.sink), parse_container(connection.source)
        one, other = at(sink.port, sink.vc4), at(source.port, source.vc4)
        if sink.member:
            one.members[sink.member] = source
            other.used.add(source.member)
        else:
            one.whole = source
            one.width = other.width = sink.width
    whole_ports = _loops(shelf, at)
    carried: dict[str, dict[int, Carried]] = {}
    clients: dict[tuple[str, int], tuple[str, ...]] = {}
    for line in shelf.lines:
        if line.rate not in STM_N:
            continue
        old, new = before.get(line.port, {}), carried.setdefault(line.port, {})
        vc4 = 1
        while vc4 <= STM_N[line.rate]:
            one = vc4s.get((line.port, vc4)) or _Vc4()
            one.looped = one.looped or line.port in whole_ports
            new[vc4] = _carried(line.port, vc4, one, lines, groups, old.get(vc4))
            clients[line.port, vc4] = tuple(one.received)
            vc4 += one.width
    return Maps(carried, clients)


def _loops(shelf: Shelf, at: Callable[[str, int], _Vc4]) -> set[str]:
    """Enter the line loopbacks; gives the ports that send everything back."""
    ports = set()
    for one in shelf.loops:
        if one.kind != "line":
            continue
        where = parse_object(one.object)
        if isinstance(where, str):
            ports.add(where)
            continue
        vc4 = at(where.port, where.vc4)
        if isinstance(where, Tug3):
            vc4.loops += _tug3_members(vc4, where.number)
        elif where.member:
            vc4.loops.append(where.member)
        else:
            vc4.looped = True
            vc4.width = where.width
    return ports


def _tug3_members(vc4: _Vc4, number: str) -> list[str]:
    """What TUG-3 `number` is made of: its VC-3 when that is used, else its VC-12."""
    parts = (*vc4.sent.values(), *vc4.received.values())
    used = {*vc4.members, *vc4.used, *vc4.e1s, *(member for part in parts for member in part.members)}
    return [number] if number in used else [member for member in ALL_VC12 if member[0] == number]


def _carried(
    port: str,
    vc4: int,
    one: _Vc4,
    lines: Mapping[str, Line],
    groups: Mapping[str, Group],
    old: Carried | None,
) -> Carried:
    whole = Container(port, vc4, width=one.width) if one.looped else one.whole
    sources = {source.port for source in one.members.values()}
    if whole:
        sources.add(whole.port)
    key = (
        one.width,
        tuple((id(groups[client]), tuple(part.numbers.items())) for client, part in one.sent.items()),
        tuple((id(groups[client]), tuple(part.numbers.items())) for client, part in one.received.items()),
        whole,
        tuple(one.members.items()),
        tuple((member, id(e1)) for member, e1 in one.e1s.items()),
        tuple(one.loops),
        frozenset(one.used),
        id(lines[port]),
        tuple(id(lines[source]) for source in sorted(sources)),
    )
    if old is not None and old.key == key:
        return old
    sends = [(groups[client], part.mapped(len(sent_in(part.circuit)))) for client, part in one.sent.items()]
    hears = [(groups[client], part.mapped(len(received_in(part.circuit)))) for client, part in one.received.items()]
    send_whole = any("" in part.numbers for part in one.sent.values())
    hear_whole = any("" in part.numbers for part in one.received.values())
    sent = received = _whole(sends if send_whole else [], one.width)
    if hear_whole and not (send_whole and sends == hears):
        received = _whole(hears, one.width)
    if not send_whole or not hear_whole:
        tugs = [] if send_whole else sends, [] if hear_whole else hears
        if any(tugs) or one.members or one.used or one.loops or one.e1s:
            made = _tugs(port, vc4, one, *tugs, lines)
            sent, received = sent if send_whole else made[0], received if hear_whole else made[1]
    if whole is not None:
        sent = LineMap("cross", cross=(lines[whole.port], whole.vc4), width=one.width)
        if received.kind == "unequipped":
            received = sent
    return Carried(key, sent, received)


def _whole(mapped: Mapped, width: int) -> LineMap:
    """A VC-4 or VC-4-Xc of a group, or of nothing."""
    if mapped:
        return LineMap("vc4", mapped, width=width)
    return UNEQUIPPED if width == 1 else LineMap("unequipped", width=width)


def _tugs(
    port: str, vc4: int, one: _Vc4, sends: Mapped, hears: Mapped, lines: Mapping[str, Line]
) -> tuple[LineMap, LineMap]:
    """A VC-4 of three TUG-3."""
    begun = {*one.e1s, *(member for part in one.sent.values() for member in part.members)}
    ended = {*one.e1s, *(member for part in one.received.values() for member in part.members)}
    back = [member for member in one.loops if member not in begun and member not in one.members]
    cross: dict[str, Source] = {
        member: (lines[source.port], source.vc4, source.member) for member, source in one.members.items()
    }
    cross.update({member: (lines[port], vc4, member) for member in back})
    sent = LineMap("tug", sends, cross=cross, tributaries=one.e1s)
    # a TUG-3 is received as VC-3 when something uses that, and as VC-12 when something uses one of those
    heard = {*ended, *one.used, *one.loops}
    of_vc12 = {member[0] for member in heard if len(member) > 1}
    sent_vc3 = {member for member in (*begun, *cross) if len(member) == 1}
    heard_vc3 = {member for member in heard if len(member) == 1} | (sent_vc3 - of_vc12)
    received = sent
    if sends != hears or sent_vc3 != heard_vc3 or one.loops:
        received = LineMap("tug", hears, supervisory=sorted(heard_vc3 - ended), tributaries=one.e1s)
    if over := [member for member in one.loops if member not in back]:
        loop.cross_over(sent, {member: (lines[port], vc4, member) for member in over})
    return sent, received
