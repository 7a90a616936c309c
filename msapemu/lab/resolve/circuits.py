"""`circuits`: Ethernet between clients, over which links, and in which containers of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from msapemu.ctl.config import MOST_MEMBERS, VIA_NAMES, WIDTHS, Lcas
from msapemu.ctl.timeslots import MEMBERS, LineSlots
from msapemu.lab import model
from msapemu.lab.document import Problem, Where
from msapemu.lab.model import Lab
from msapemu.lab.network import Bundle, Circuit, Hop, Link, Pair
from msapemu.lab.resolve.connections import Connected
from msapemu.lab.resolve.routes import Step, Way, route
from msapemu.lab.resolve.shelves import Shelves
from msapemu.node.members import VC3S, VC12S, parse_member
from msapemu.node.names import PortName

Place = tuple[int, str]  # VC-4 number, and the member in it ("" the VC-4 itself)
Named = tuple[int | None, str]  # as the lab file says it: which VC-4, if it says so


@dataclass(slots=True)
class _Part:
    """Members of a circuit that go one way, or a container that is contiguous; `places` by step, as they are found, in
    sequence order."""

    where: Where
    circuit: model.Circuit
    steps: Sequence[Step]
    count: int
    names: tuple[Named, ...] | None
    places: dict[int, list[Place]] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        return f"circuit {self.circuit.name!r}"

    @property
    def whole(self) -> bool:
        """It takes up VC-4s."""
        return self.circuit.via in WIDTHS

    def vc4(self, index: int) -> int | None:
        """The VC-4 number asked for in a step: what the lab file says counts at the ends."""
        if self.whole and WIDTHS[self.circuit.via] == self.steps[index].link.n:
            return self.circuit.vc4 or 1
        asked = self.circuit.vc4 if index in (0, len(self.steps) - 1) else None
        return asked or (1 if self.steps[index].link.n == 1 else None)

    def named(self, index: int) -> tuple[Named, ...] | None:
        """The members asked for by name in a step."""
        return self.names if index in (0, len(self.steps) - 1) else None


def resolve_circuits(
    lab: Lab,
    shelves: Shelves,
    links: Sequence[Link],
    slots: Mapping[Link, LineSlots],
    connections: Sequence[Connected],
    problems: list[Problem],
) -> list[Circuit]:
    """Ends, links and containers. What is named is taken first; then, in the order of the file, the first that is free.
    So both ends, and every run, come to the same. What a connection sends has been taken, what it receives from is
    passed over."""
    attached = {client.port for client in lab.topology.clients}
    names: dict[str, int] = {}
    ports: dict[PortName, int] = {}
    wanted: list[tuple[model.Circuit, list[_Part]]] = []
    for index, circuit in enumerate(lab.circuits):
        where: Where = ("circuits", index)
        if circuit.name in names:
            what = f"{circuit.name!r} is used twice (also circuits[{names[circuit.name]}])"
            problems.append(Problem((*where, "name"), what))
        names.setdefault(circuit.name, index)
        good = _form(circuit, where, problems)
        for port, here in _ends_of(circuit, where):
            if not shelves.holds(port, "client", here, problems):
                good = False
            elif port not in attached:
                problems.append(Problem(here, f"{port}: nothing is attached to this port (topology.clients)"))
                good = False
            if port in ports:
                problems.append(Problem(here, f"{port} is used twice (also in circuits[{ports[port]}])"))
                good = False
            ports.setdefault(port, index)
        if good and (parts := _parts(circuit, where, shelves, links, problems)):
            wanted.append((circuit, parts))
    every = [part for _, parts in wanted for part in parts]
    _place_whole(every, slots, problems)
    _place_named(every, slots, problems)
    for one in connections:
        one.mark_source(slots)
    _place_rest(every, slots, problems)
    return [
        _resolved(circuit, parts)
        for circuit, parts in wanted
        if all(len(part.places) == len(part.steps) for part in parts)
    ]


def _ends_of(circuit: model.Circuit, where: Where) -> list[tuple[PortName, Where]]:
    """Its client ports, and where they stand."""
    found: list[tuple[PortName, Where]] = []
    for side in ("a", "z"):
        if (port := getattr(circuit, side)) is not None:
            found.append((port, (*where, side)))
        for number, channel in enumerate(circuit.channels):
            found.append((getattr(channel, side), (*where, "channels", number, side)))
    return found


def _pairs(circuit: model.Circuit) -> tuple[Pair, ...]:
    if circuit.a is not None and circuit.z is not None:
        return (Pair(circuit.a, circuit.z),)
    return tuple(Pair(channel.a, channel.z, channel.cid) for channel in circuit.channels)


def is_group(circuit: model.Circuit) -> bool:
    """Virtually concatenated. A VC-4 with LCAS is a group of one."""
    return circuit.via not in WIDTHS or circuit.members is not None or circuit.lcas


# --- what a circuit says ---


def _form(circuit: model.Circuit, where: Where, problems: list[Problem]) -> bool:
    found = len(problems)
    _form_of_ends(circuit, where, problems)
    _form_of_settings(circuit, where, problems)
    via, here = circuit.via, (*where, "members")
    if via in WIDTHS and via not in MOST_MEMBERS:
        if circuit.members is not None:
            problems.append(Problem(here, f"a circuit via {via} has no members (it is one {VIA_NAMES[via]})"))
        elif circuit.lcas:
            problems.append(Problem((*where, "lcas"), f"a circuit via {via} has no members that could come and go"))
    elif circuit.members is None:
        if via not in WIDTHS:
            most, form = (VC12S, "K.L.M") if via == "vc12" else (VC3S, "K")
            what = f"is missing: how many {VIA_NAMES[via]} (1..{most}), or a list of {form}"
            problems.append(Problem(here, what))
    else:
        total = 0
        for key, members in _by_port(circuit):
            place = here if key is None else (*here, str(key))
            if isinstance(members, int):
                total += members
            else:
                total += len(members)
                problems.extend(Problem(place, fault) for one in members if (fault := _member_fault(via, one)))
        if total > MOST_MEMBERS[via]:
            what = f"{total} is out of range (1..{MOST_MEMBERS[via]} {VIA_NAMES[via]})"
            problems.append(Problem(here, what))
        elif circuit.minimum > total:
            problems.append(Problem((*where, "minimum"), f"{circuit.minimum} is more than there are members: {total}"))
    return len(problems) == found


def _form_of_ends(circuit: model.Circuit, where: Where, problems: list[Problem]) -> None:
    pairs = _pairs(circuit)
    if not circuit.channels:
        problems.extend(
            Problem((*where, side), "is missing") for side in ("a", "z") if getattr(circuit, side) is None
        )
    elif circuit.a is not None or circuit.z is not None:
        problems.append(Problem((*where, "channels"), "a and z, and channels, exclude each other"))
        return
    for number, pair in enumerate(pairs):
        here = (*where, "channels", number) if pair.cid is not None else where
        if pair.a.shelf == pair.z.shelf:
            what = f"{pair.a} and {pair.z} are ports of one shelf: no line is between them"
            problems.append(Problem(here, what))
        elif (pair.a.shelf, pair.z.shelf) != (pairs[0].a.shelf, pairs[0].z.shelf):
            what = f"{pair.a} and {pair.z} are not at the shelves of the first channel, in its order"
            problems.append(Problem(here, what))
        if pair.cid is not None and pair.cid in [other.cid for other in pairs[:number]]:
            problems.append(Problem((*here, "cid"), f"{pair.cid} is used twice"))


def _form_of_settings(circuit: model.Circuit, where: Where, problems: list[Problem]) -> None:
    """Keys that go with others only."""
    given = circuit.model_fields_set
    for needs, keys in (
        (circuit.lcas, ("hold_off", "wtr", "minimum", "mst_of_next")),
        (circuit.payload_fcs, ("fcs_reversed", "fcs_inverted")),
        (is_group(circuit), ("delay_limit",)),
    ):
        if not needs:
            what = {"hold_off": "lcas", "fcs_reversed": "payload_fcs", "delay_limit": "members"}[keys[0]]
            problems.extend(Problem((*where, key), f"goes with {what} only") for key in keys if key in given)
    if circuit.gfp == "t" and circuit.channels:
        problems.append(Problem((*where, "gfp"), "GFP-T carries one client: channels are for GFP-F"))


def _member_fault(via: str, text: str) -> str | None:
    """Why a member that the lab file names is none of such a group."""
    vc4, name, kind = parse_member(text)
    if vc4 is not None:
        return None if kind == via else f"{text} is no {VIA_NAMES[via]}"
    if via == "vc12":
        return None if kind == "vc12" else f"{text!r} is no VC-12 (K.L.M, such as 1.1.1)"
    most = VC3S if via == "vc3" else model.MOST_VC4
    good = kind == "number" and 1 <= int(name) <= most
    return None if good else f"{text} is no {VIA_NAMES[via]} (1..{most})"


def _by_port(circuit: model.Circuit) -> list[tuple[PortName | None, int | tuple[str, ...]]]:
    """The members by the port that they leave by, where the lab file says that."""
    members = circuit.members
    if members is None:
        return [(None, 1)]  # contiguous, or a VC-4-1v
    return list(members.items()) if isinstance(members, dict) else [(None, members)]


def _parts(
    circuit: model.Circuit, where: Where, shelves: Shelves, links: Sequence[Link], problems: list[Problem]
) -> list[_Part]:
    """With their ways; [] when one has none."""
    parts = []
    first = _pairs(circuit)[0]
    for port, members in _by_port(circuit):
        way = Way(first.a.shelf, first.z.shelf, circuit.path, circuit.line, port, where)
        steps = route(way, shelves, links, problems)
        if steps is None:
            return []
        if isinstance(members, int):
            parts.append(_Part(where, circuit, steps, members, None))
        else:
            names = tuple(_named(circuit, one) for one in members)
            parts.append(_Part(where, circuit, steps, len(names), names))
    return parts


def _named(circuit: model.Circuit, text: str) -> Named:
    vc4, name, kind = parse_member(text)
    return (int(name), "") if vc4 is None and kind == "number" and circuit.via == "vc4" else (vc4, name)


# --- places ---


def _ends(link: Link) -> str:
    return f"the link {link.a} - {link.z}"


def _place_whole(parts: Sequence[_Part], slots: Mapping[Link, LineSlots], problems: list[Problem]) -> None:
    """VC-4 and VC-4-Xc whose number is known."""
    for one in parts:
        via = one.circuit.via
        for index, step in enumerate(one.steps):
            line = slots[step.link]
            if one.whole and not line.places(via):
                what = f"{_ends(step.link)} is an STM-{line.size}: it has no {VIA_NAMES[via]}"
                problems.append(Problem((*one.where, "via"), what))
                break
            named = one.named(index)
            if one.whole and named is not None:
                numbers, key = [vc4 for vc4, _ in named], (*one.where, "members")
            else:
                numbers, key = [one.vc4(index)], (*one.where, "vc4" if one.circuit.vc4 else "via")
            if one.count > 1 and one.whole and named is None:
                continue
            found = [(vc4, "") for vc4 in numbers if vc4 and _take_whole(one, step.link, vc4, line, key, problems)]
            if one.whole and len(found) == one.count:
                one.places[index] = found


def _take_whole(
    one: _Part, link: Link, vc4: int, line: LineSlots, key: Where, problems: list[Problem]
) -> bool:
    via = one.circuit.via
    if vc4 not in line.places(via):
        begin = ", ".join(map(str, line.places(via)))
        what = f"{vc4}: a {VIA_NAMES[via]} on {_ends(link)} (STM-{line.size}) begins at VC-4 {begin}"
        if via not in WIDTHS:
            what = f"{vc4} is out of range: {_ends(link)} has VC-4 1..{line.size}"
        problems.append(Problem(key, what))
        return False
    if not one.whole:
        return True
    if other := line.owner(vc4, width=WIDTHS[via]):
        problems.append(Problem(key, _taken(link, vc4, other)))
        return False
    line.take(one.owner, vc4, width=WIDTHS[via])
    return True


def _taken(link: Link, vc4: int, owner: str) -> str:
    if link.n == 1:
        return f"{_ends(link)} is full: {owner} has its VC-4"
    return f"{_ends(link)}: {owner} has VC-4 {vc4} already"


def _place_named(parts: Sequence[_Part], slots: Mapping[Link, LineSlots], problems: list[Problem]) -> None:
    """VC-3 and VC-12 given by name; those of a VC-4 that is named first."""
    for known in (True, False):
        for one in parts:
            if one.whole:
                continue
            for index, step in enumerate(one.steps):
                named, vc4, line = one.named(index), one.vc4(index), slots[step.link]
                if named is None:
                    continue
                loose = [member for number, member in named if number is None]
                if (vc4 is not None or not loose) is not known:
                    continue
                if vc4 is None and loose:
                    every = line.places(one.circuit.via)
                    vc4 = next((k for k in every if not any(line.owner(k, member) for member in loose)), None)
                    if vc4 is None:
                        what = f"no VC-4 of {_ends(step.link)} has all of them free: say which VC-4 with vc4:"
                        problems.append(Problem((*one.where, "members"), what))
                        continue
                elif loose and vc4 not in line.places(one.circuit.via):
                    continue
                places = [(number or vc4 or 1, member) for number, member in named]
                _take_named(one, index, places, line, problems)


def _take_named(
    one: _Part, index: int, places: list[Place], line: LineSlots, problems: list[Problem]
) -> None:
    link = one.steps[index].link
    for vc4, member in places:
        if vc4 not in line.places(one.circuit.via):
            what = f"au4.{vc4} is out of range: {_ends(link)} has VC-4 1..{line.size}"
            problems.append(Problem((*one.where, "members"), what))
            continue
        other = line.owner(vc4, member)
        if not other:
            line.take(one.owner, vc4, member)
        elif line.whole_owner(vc4):
            problems.append(Problem((*one.where, "via"), _taken(link, vc4, other)))
            return
        else:
            number = f"VC-4 {vc4} of " if link.n > 1 else ""
            what = f"{member} is used twice on {number}{_ends(link)} (also by {other})"
            problems.append(Problem((*one.where, "members"), what))
    one.places[index] = places


def _place_rest(parts: Sequence[_Part], slots: Mapping[Link, LineSlots], problems: list[Problem]) -> None:
    """What is the first that is free."""
    for one in parts:
        for index, step in enumerate(one.steps):
            line = slots[step.link]
            if index in one.places or one.named(index) is not None or not line.places(one.circuit.via):
                continue
            found = _free_vc4s(one, index, line) if one.whole else _free_members(one, index, line)
            if isinstance(found, Problem):
                problems.append(found)
            elif found is not None:
                for vc4, member in found:
                    line.take(one.owner, vc4, member, WIDTHS.get(one.circuit.via, 1))
                one.places[index] = found


def _free_vc4s(one: _Part, index: int, line: LineSlots) -> list[Place] | Problem | None:
    """None: what was asked for is not there, and that has been said."""
    via, link = one.circuit.via, one.steps[index].link
    free = [vc4 for vc4 in line.places(via) if not line.owner(vc4, width=WIDTHS[via])]
    if one.count == 1:
        if one.vc4(index) is not None:
            return None
        if not free:
            return Problem((*one.where, "via"), f"{_ends(link)} is full: no {VIA_NAMES[via]} is free")
    elif len(free) < one.count:
        what = f"is full: {one.count} {VIA_NAMES[via]} wanted, {len(free)} of {line.size} free"
        return Problem((*one.where, "members"), f"{_ends(link)} {what}")
    return [(vc4, "") for vc4 in free[: one.count]]


def _free_members(one: _Part, index: int, line: LineSlots) -> list[Place] | Problem | None:
    """In the VC-4 that is asked for, in the first that has so many, or else in as many as are needed."""
    via, link, vc4 = one.circuit.via, one.steps[index].link, one.vc4(index)
    if vc4 is not None:
        if vc4 not in line.places(via):
            return None
        free = tuple(line.free(vc4, via))
        if len(free) < one.count:
            return _full(one, link, vc4, len(free), line)
        return [(vc4, member) for member in free[: one.count]]
    if found := line.find(via, one.count):
        return [(found[0], member) for member in found[1]]
    places = [(vc4, member) for vc4 in line.places(via) for member in line.free(vc4, via)]
    if len(places) < one.count:
        what = f"is full: {one.count} {VIA_NAMES[via]} wanted, {len(places)} free"
        return Problem((*one.where, "members"), f"{_ends(link)} {what}")
    return places[: one.count]


def _full(one: _Part, link: Link, vc4: int, free: int, line: LineSlots) -> Problem:
    via = one.circuit.via
    number = f"VC-4 {vc4} of " if link.n > 1 else ""
    if free == 0 and (owner := line.whole_owner(vc4)):
        return Problem((*one.where, "via"), _taken(link, vc4, owner))
    what = f"{number}{_ends(link)} is full: {one.count} {VIA_NAMES[via]} wanted, {free} of {len(MEMBERS[via])} free"
    return Problem((*one.where, "members"), what)


# --- the result ---


def _resolved(circuit: model.Circuit, parts: Sequence[_Part]) -> Circuit:
    bundles = tuple(bundle for part in parts for bundle in _bundles(part))
    return Circuit(circuit.name, _pairs(circuit), bundles, circuit.via, is_group(circuit), _settings(circuit))


def _bundles(part: _Part) -> list[Bundle]:
    """Members that stay together in one VC-4 all the way are a bundle."""
    steps = range(len(part.steps))

    def vc4s(number: int) -> tuple[int, ...]:
        return tuple(part.places[index][number][0] for index in steps)

    bundles = []
    for numbers, members in groupby(range(part.count), vc4s):
        inside = list(members)
        hops = []
        for index, step in enumerate(part.steps):
            names = tuple(name for number in inside if (name := part.places[index][number][1]))
            hops.append(Hop(step.out, step.into, numbers[index], names))
        bundles.append(tuple(hops))
    return bundles


def _settings(circuit: model.Circuit) -> Mapping[str, Any]:
    """As `ctl.config.Circuit` has them."""
    lcas = Lcas(circuit.hold_off // 1000, circuit.wtr // 1000, circuit.minimum, circuit.mst_of_next)
    return {
        "gfp": circuit.gfp,
        "payload_fcs": circuit.payload_fcs,
        "scramble": circuit.scramble,
        "fault_propagation": circuit.fault_propagation,
        "lcas": lcas if circuit.lcas else None,
        "delay_limit_us": circuit.delay_limit,
        "fcs_reversed": circuit.fcs_reversed,
        "fcs_inverted": circuit.fcs_inverted,
        "csf_interval_ms": circuit.csf_interval // 1000,
    }
