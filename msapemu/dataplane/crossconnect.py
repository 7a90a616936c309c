"""What each VC-4 of each line carries, as maps for the core: groups, connections and loopbacks put together.

A map has two halves, what is sent and what is received. They come from one `LineMap` where both directions are alike;
else (a loopback, a one-way connection) from two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from msapemu._framing import Group, Line, LineMap
from msapemu.ctl.config import STM_N, WIDTHS, Circuit, Shelf
from msapemu.ctl.objects import Container, Tug3, parse_container, parse_object
from msapemu.ctl.timeslots import ALL_VC12
from msapemu.dataplane import loop

Source = tuple[Line, int, str]

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
    clients: dict[tuple[str, int], tuple[str, ...]]  # by line and VC-4 number, in the order of the groups in the map


@dataclass(slots=True)
class _Vc4:
    """All that is said of one VC-4."""

    width: int = 1
    circuits: list[Circuit] = field(default_factory=list)
    whole: Container | None = None  # sent in all of it
    looped: bool = False  # all of it is sent back
    members: dict[str, Container] = field(default_factory=dict)  # sent in its VC-3 and VC-12
    loops: list[str] = field(default_factory=list)  # VC-3 and VC-12 that are sent back
    used: set[str] = field(default_factory=set)  # VC-3 and VC-12 that are sent on somewhere


def tied_lines(shelf: Shelf) -> frozenset[str]:
    """The lines of which something is sent on."""
    ports = {parse_container(connection.source).port for connection in shelf.connections}
    for one in shelf.loops:
        if one.kind == "line":
            where = parse_object(one.object)
            ports.add(where if isinstance(where, str) else where.port)
    return frozenset(ports)


def compile_maps(
    shelf: Shelf,
    lines: Mapping[str, Line],
    groups: Mapping[str, Group],
    before: Mapping[str, Mapping[int, Carried]],
) -> Maps:
    """The maps for `shelf`, which has been checked; those of `before` are kept where nothing differs. `groups` by
    client port."""
    vc4s: dict[tuple[str, int], _Vc4] = {}

    def at(port: str, vc4: int) -> _Vc4:
        one = vc4s.get((port, vc4))
        if one is None:
            one = vc4s[port, vc4] = _Vc4()
        return one

    for circuit in shelf.circuits:
        one = at(circuit.line, circuit.vc4)
        one.circuits.append(circuit)
        one.width = WIDTHS.get(circuit.via, 1)
    for connection in shelf.connections:
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
        old, new = before.get(line.port, {}), carried.setdefault(line.port, {})
        vc4 = 1
        while vc4 <= STM_N[line.rate]:
            one = vc4s.get((line.port, vc4)) or _Vc4()
            one.looped = one.looped or line.port in whole_ports
            new[vc4] = _carried(line.port, vc4, one, lines, groups, old.get(vc4))
            clients[line.port, vc4] = tuple(circuit.client for circuit in one.circuits)
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
    used = {*vc4.members, *vc4.used, *(member for circuit in vc4.circuits for member in circuit.members)}
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
        tuple((id(groups[circuit.client]), circuit.via, circuit.members) for circuit in one.circuits),
        whole,
        tuple(one.members.items()),
        tuple(one.loops),
        frozenset(one.used),
        id(lines[port]),
        tuple(id(lines[source]) for source in sorted(sources)),
    )
    if old is not None and old.key == key:
        return old
    mapped = [(groups[circuit.client], circuit.members) for circuit in one.circuits]
    if one.circuits and one.circuits[0].via in WIDTHS:
        received = LineMap("vc4", mapped, width=one.width)
        sent = received
    elif mapped or one.members or one.used or one.loops:
        sent, received = _tugs(port, vc4, one, mapped, lines)
    else:
        sent = received = UNEQUIPPED if one.width == 1 else LineMap("unequipped", width=one.width)
    if whole is not None:
        sent = LineMap("cross", cross=(lines[whole.port], whole.vc4), width=one.width)
        if received.kind == "unequipped":
            received = sent
    return Carried(key, sent, received)


def _tugs(
    port: str, vc4: int, one: _Vc4, mapped: list[tuple[Group, tuple[str, ...]]], lines: Mapping[str, Line]
) -> tuple[LineMap, LineMap]:
    """A VC-4 of three TUG-3."""
    ended = {member for _, members in mapped for member in members}
    back = [member for member in one.loops if member not in ended and member not in one.members]
    cross: dict[str, Source] = {
        member: (lines[source.port], source.vc4, source.member) for member, source in one.members.items()
    }
    cross.update({member: (lines[port], vc4, member) for member in back})
    sent = LineMap("tug", mapped, cross=cross)
    # a TUG-3 is received as VC-3 when something uses that, and as VC-12 when something uses one of those
    heard = {*ended, *one.used, *one.loops}
    of_vc12 = {member[0] for member in heard if len(member) > 1}
    sent_vc3 = {member for member in (*ended, *cross) if len(member) == 1}
    heard_vc3 = {member for member in heard if len(member) == 1} | (sent_vc3 - of_vc12)
    received = sent
    if sent_vc3 != heard_vc3 or one.loops:
        received = LineMap("tug", mapped, supervisory=sorted(heard_vc3 - ended))
    if over := [member for member in one.loops if member not in back]:
        loop.cross_over(sent, {member: (lines[port], vc4, member) for member in over})
    return sent, received
