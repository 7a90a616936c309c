"""`circuits` of Ethernet in SDH: over which links, and in which containers of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from msapemu.ctl.config import MOST_MEMBERS, VIA_NAMES, WIDTHS, Lcas, Via
from msapemu.ctl.timeslots import MEMBERS, LineSlots
from msapemu.lab import model
from msapemu.lab.document import Problem, Where
from msapemu.lab.network import Bundle, Circuit, Hop, Link
from msapemu.lab.resolve.ends import PDH_KEYS, CircuitEnds, form_of_ends, pairs_of, strange_keys
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
    via: Via
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
        return self.via in WIDTHS

    def vc4(self, index: int) -> int | None:
        """The VC-4 number asked for in a step: what the lab file says counts at the ends."""
        if self.whole and WIDTHS[self.via] == self.steps[index].link.n:
            return self.circuit.vc4 or 1
        asked = self.circuit.vc4 if index in (0, len(self.steps) - 1) else None
        return asked or (1 if self.steps[index].link.n == 1 else None)

    def named(self, index: int) -> tuple[Named, ...] | None:
        """The members asked for by name in a step."""
        return self.names if index in (0, len(self.steps) - 1) else None


@dataclass(slots=True)
class SdhCircuits:
    """Those that are carried in containers of STM-N lines."""

    wanted: list[tuple[model.Circuit, list[_Part]]] = field(default_factory=list)

    @property
    def _parts(self) -> list[_Part]:
        return [part for _, parts in self.wanted for part in parts]

    def place_named(self, slots: Mapping[Link, LineSlots], problems: list[Problem]) -> None:
        """What is asked for by name, or can be in one place only."""
        _place_whole(self._parts, slots, problems)
        _place_named(self._parts, slots, problems)

    def place_rest(self, slots: Mapping[Link, LineSlots], problems: list[Problem]) -> None:
        """In the order of the file, the first that is free."""
        _place_rest(self._parts, slots, problems)

    def resolved(self) -> list[Circuit]:
        """All that have a place on every link of their way."""
        return [
            _resolved(circuit, parts)
            for circuit, parts in self.wanted
            if all(len(part.places) == len(part.steps) for part in parts)
        ]


def want_sdh(
    circuits: Sequence[tuple[Where, model.Circuit]],
    shelves: Shelves,
    links: Sequence[Link],
    ends: CircuitEnds,
    problems: list[Problem],
) -> SdhCircuits:
    """Ends and links; `links`: those of STM-N."""
    found = SdhCircuits()
    for where, circuit in circuits:
        good = _form(circuit, where, problems)
        good &= ends.check(circuit, "client", where, problems)
        if good and (parts := _parts(circuit, where, shelves, links, problems)):
            found.wanted.append((circuit, parts))
    return found


def is_group(circuit: model.Circuit) -> bool:
    """Virtually concatenated. A VC-4 with LCAS is a group of one."""
    return circuit.via not in WIDTHS or circuit.members is not None or circuit.lcas


# --- what a circuit says ---


def _form(circuit: model.Circuit, where: Where, problems: list[Problem]) -> bool:
    found = len(problems)
    form_of_ends(circuit, where, problems)
    if circuit.via is None:
        problems.append(Problem((*where, "via"), "is missing"))
        return False
    strange_keys(circuit, PDH_KEYS, f"via {circuit.via}", where, problems)
    form_of_settings(circuit, where, problems, group=is_group(circuit))
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


def form_of_settings(circuit: model.Circuit, where: Where, problems: list[Problem], *, group: bool) -> None:
    """Keys that go with others only."""
    given = circuit.model_fields_set
    for needs, keys in (
        (circuit.lcas, ("hold_off", "wtr", "minimum", "mst_of_next")),
        (circuit.payload_fcs, ("fcs_reversed", "fcs_inverted")),
        (group, ("delay_limit",)),
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
    assert circuit.via is not None, "its form is good"
    parts = []
    first = pairs_of(circuit)[0]
    for port, members in _by_port(circuit):
        way = Way(first.a.shelf, first.z.shelf, circuit.path, circuit.line, port, where)
        steps = route(way, shelves, links, problems)
        if steps is None:
            return []
        if isinstance(members, int):
            parts.append(_Part(where, circuit, circuit.via, steps, members, None))
        else:
            names = tuple(_named(circuit, one) for one in members)
            parts.append(_Part(where, circuit, circuit.via, steps, len(names), names))
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
        via = one.via
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
    via = one.via
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
                    every = line.places(one.via)
                    vc4 = next((k for k in every if not any(line.owner(k, member) for member in loose)), None)
                    if vc4 is None:
                        what = f"no VC-4 of {_ends(step.link)} has all of them free: say which VC-4 with vc4:"
                        problems.append(Problem((*one.where, "members"), what))
                        continue
                elif loose and vc4 not in line.places(one.via):
                    continue
                places = [(number or vc4 or 1, member) for number, member in named]
                _take_named(one, index, places, line, problems)


def _take_named(
    one: _Part, index: int, places: list[Place], line: LineSlots, problems: list[Problem]
) -> None:
    link = one.steps[index].link
    for vc4, member in places:
        if vc4 not in line.places(one.via):
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
            if index in one.places or one.named(index) is not None or not line.places(one.via):
                continue
            found = _free_vc4s(one, index, line) if one.whole else _free_members(one, index, line)
            if isinstance(found, Problem):
                problems.append(found)
            elif found is not None:
                for vc4, member in found:
                    line.take(one.owner, vc4, member, WIDTHS.get(one.via, 1))
                one.places[index] = found


def _free_vc4s(one: _Part, index: int, line: LineSlots) -> list[Place] | Problem | None:
    """None: what was asked for is not there, and that has been said."""
    via, link = one.via, one.steps[index].link
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
    via, link, vc4 = one.via, one.steps[index].link, one.vc4(index)
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
    via = one.via
    number = f"VC-4 {vc4} of " if link.n > 1 else ""
    if free == 0 and (owner := line.whole_owner(vc4)):
        return Problem((*one.where, "via"), _taken(link, vc4, owner))
    what = f"{number}{_ends(link)} is full: {one.count} {VIA_NAMES[via]} wanted, {free} of {len(MEMBERS[via])} free"
    return Problem((*one.where, "members"), what)


# --- the result ---


def _resolved(circuit: model.Circuit, parts: Sequence[_Part]) -> Circuit:
    bundles = tuple(bundle for part in parts for bundle in _bundles(part))
    return Circuit(circuit.name, pairs_of(circuit), bundles, parts[0].via, is_group(circuit), settings_of(circuit))


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


def settings_of(circuit: model.Circuit) -> Mapping[str, Any]:
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
