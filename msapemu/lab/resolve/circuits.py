"""`circuits`: Ethernet between two clients, over which links, and in which containers of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from msapemu.ctl.config import VIA_NAMES, WIDTHS
from msapemu.ctl.timeslots import MEMBERS, LineSlots
from msapemu.lab import model
from msapemu.lab.document import Problem, Where
from msapemu.lab.model import Lab
from msapemu.lab.network import Circuit, Hop, Link
from msapemu.lab.resolve.connections import Connected
from msapemu.lab.resolve.routes import Step, route
from msapemu.lab.resolve.shelves import Shelves
from msapemu.node.members import VC3S, VC12S, is_vc3, member_fault
from msapemu.node.names import PortName

Places = Sequence[tuple[int, tuple[str, ...]]]  # VC-4 number and members, by hop


@dataclass(slots=True)
class _Wanted:
    """A circuit whose ends and links are known; `places` by step, as they are found."""

    where: Where
    circuit: model.Circuit
    steps: Sequence[Step]
    places: dict[int, tuple[int, tuple[str, ...]]] = field(default_factory=dict)

    def vc4(self, index: int) -> int | None:
        """The VC-4 number asked for in a step: what the lab file says counts at the ends."""
        if self.circuit.via in WIDTHS and WIDTHS[self.circuit.via] == self.steps[index].link.n:
            return self.circuit.vc4 or 1
        asked = self.circuit.vc4 if index in (0, len(self.steps) - 1) else None
        return asked or (1 if self.steps[index].link.n == 1 else None)

    def named(self, index: int) -> tuple[str, ...] | None:
        """The members asked for by name in a step."""
        members = self.circuit.members
        return members if isinstance(members, tuple) and index in (0, len(self.steps) - 1) else None

    @property
    def count(self) -> int:
        members = self.circuit.members
        return members if isinstance(members, int) else len(members or ())


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
    wanted: list[_Wanted] = []
    for index, circuit in enumerate(lab.circuits):
        where: Where = ("circuits", index)
        if circuit.name in names:
            what = f"{circuit.name!r} is used twice (also circuits[{names[circuit.name]}])"
            problems.append(Problem((*where, "name"), what))
        names.setdefault(circuit.name, index)
        good = _form(circuit, where, problems)
        for side, port in (("a", circuit.a), ("z", circuit.z)):
            here = (*where, side)
            if not shelves.holds(port, "client", here, problems):
                good = False
            elif port not in attached:
                problems.append(Problem(here, f"{port}: nothing is attached to this port (topology.clients)"))
                good = False
            if port in ports:
                problems.append(Problem(here, f"{port} is used twice (also in circuits[{ports[port]}])"))
                good = False
            ports.setdefault(port, index)
        if good and (steps := route(circuit, where, shelves, links, problems)):
            wanted.append(_Wanted(where, circuit, steps))
    _place_whole(wanted, slots, problems)
    _place_named(wanted, slots, problems)
    for one in connections:
        one.mark_source(slots)
    _place_rest(wanted, slots, problems)
    return [_resolved(one) for one in wanted if len(one.places) == len(one.steps)]


def _resolved(one: _Wanted) -> Circuit:
    circuit = one.circuit
    hops = tuple(Hop(step.out, step.into, *one.places[index]) for index, step in enumerate(one.steps))
    return Circuit(
        circuit.name,
        circuit.a,
        circuit.z,
        hops,
        circuit.via,
        circuit.payload_fcs,
        circuit.scramble,
        circuit.fault_propagation,
    )


def _form(circuit: model.Circuit, where: Where, problems: list[Problem]) -> bool:
    found = len(problems)
    via, members = circuit.via, circuit.members
    if circuit.a.shelf == circuit.z.shelf:
        problems.append(
            Problem(where, f"{circuit.a} and {circuit.z} are ports of one shelf: no line is between them")
        )
    here = (*where, "members")
    if via in WIDTHS:
        if members is not None:
            whole = "a whole" if via == "vc4" else "one"
            problems.append(Problem(here, f"a circuit via {via} has no members (it is {whole} {VIA_NAMES[via]})"))
    elif members is None:
        most, form = (VC12S, "K.L.M") if via == "vc12" else (VC3S, "K")
        problems.append(Problem(here, f"is missing: how many {VIA_NAMES[via]} (1..{most}), or a list of {form}"))
    elif isinstance(members, int):
        if members > len(MEMBERS[via]):
            problems.append(Problem(here, f"{members} is out of range (1..{len(MEMBERS[via])} {VIA_NAMES[via]})"))
    elif via == "vc12":
        problems.extend(Problem(here, fault) for one in members if (fault := member_fault(one)))
    else:
        problems.extend(Problem(here, f"{one} is no VC-3 (1..{VC3S})") for one in members if not is_vc3(one))
    return len(problems) == found


def _ends(link: Link) -> str:
    return f"the link {link.a} - {link.z}"


def _place_whole(wanted: Sequence[_Wanted], slots: Mapping[Link, LineSlots], problems: list[Problem]) -> None:
    """VC-4 and VC-4-Xc whose number is known."""
    for one in wanted:
        via = one.circuit.via
        for index, step in enumerate(one.steps):
            vc4 = one.vc4(index)
            line = slots[step.link]
            key = (*one.where, "vc4" if one.circuit.vc4 else "via")
            if via in WIDTHS and not line.places(via):
                what = f"{_ends(step.link)} is an STM-{line.size}: it has no {VIA_NAMES[via]}"
                problems.append(Problem((*one.where, "via"), what))
                break
            if vc4 is None:
                continue
            if vc4 not in line.places(via):
                begin = ", ".join(map(str, line.places(via)))
                what = f"{vc4}: a {VIA_NAMES[via]} on {_ends(step.link)} (STM-{line.size}) begins at VC-4 {begin}"
                if via not in WIDTHS:
                    what = f"{vc4} is out of range: {_ends(step.link)} has VC-4 1..{line.size}"
                problems.append(Problem(key, what))
            elif via in WIDTHS:
                if other := line.owner(vc4, width=WIDTHS[via]):
                    problems.append(Problem(key, _taken(step.link, vc4, other)))
                else:
                    line.take(f"circuit {one.circuit.name!r}", vc4, width=WIDTHS[via])
                    one.places[index] = (vc4, ())


def _taken(link: Link, vc4: int, owner: str) -> str:
    if link.n == 1:
        return f"{_ends(link)} is full: {owner} has its VC-4"
    return f"{_ends(link)}: {owner} has VC-4 {vc4} already"


def _place_named(wanted: Sequence[_Wanted], slots: Mapping[Link, LineSlots], problems: list[Problem]) -> None:
    """Members given by name; those of a VC-4 that is named first."""
    for known in (True, False):
        for one in wanted:
            for index, step in enumerate(one.steps):
                named, vc4, line = one.named(index), one.vc4(index), slots[step.link]
                if named is None or (vc4 is not None) is not known:
                    continue
                if vc4 is None:
                    every = line.places(one.circuit.via)
                    vc4 = next((k for k in every if not any(line.owner(k, member) for member in named)), None)
                    if vc4 is None:
                        what = f"no VC-4 of {_ends(step.link)} has all of them free: say which VC-4 with vc4:"
                        problems.append(Problem((*one.where, "members"), what))
                        continue
                elif vc4 not in line.places(one.circuit.via):
                    continue
                _take_named(one, index, vc4, named, line, problems)


def _take_named(
    one: _Wanted, index: int, vc4: int, named: tuple[str, ...], line: LineSlots, problems: list[Problem]
) -> None:
    link, owner = one.steps[index].link, f"circuit {one.circuit.name!r}"
    for member in named:
        other = line.owner(vc4, member)
        if not other:
            line.take(owner, vc4, member)
        elif line.whole_owner(vc4):
            problems.append(Problem((*one.where, "via"), _taken(link, vc4, other)))
            return
        else:
            number = f"VC-4 {vc4} of " if link.n > 1 else ""
            what = f"{member} is used twice on {number}{_ends(link)} (also by {other})"
            problems.append(Problem((*one.where, "members"), what))
    one.places[index] = (vc4, named)


def _place_rest(wanted: Sequence[_Wanted], slots: Mapping[Link, LineSlots], problems: list[Problem]) -> None:
    """What is the first that is free."""
    for one in wanted:
        via, owner = one.circuit.via, f"circuit {one.circuit.name!r}"
        for index, step in enumerate(one.steps):
            line, vc4 = slots[step.link], one.vc4(index)
            if index in one.places or one.named(index) is not None or not line.places(via):
                continue
            if via in WIDTHS:
                if vc4 is not None:
                    continue
                found = line.find(via)
                if found is None:
                    what = f"{_ends(step.link)} is full: no {VIA_NAMES[via]} is free"
                    problems.append(Problem((*one.where, "via"), what))
                    continue
                line.take(owner, found[0], width=WIDTHS[via])
            elif vc4 is not None:
                if vc4 not in line.places(via):
                    continue
                free = tuple(line.free(vc4, via))
                if len(free) < one.count:
                    problems.append(_full(one, step.link, vc4, len(free), line))
                found = vc4, free[: one.count]
            else:
                found = line.find(via, one.count)
                if found is None:
                    most = max(sum(1 for _ in line.free(k, via)) for k in line.places(via))
                    what = f"is full: {one.count} {VIA_NAMES[via]} wanted, at most {most} free in a VC-4"
                    problems.append(Problem((*one.where, "members"), f"{_ends(step.link)} {what}"))
                    continue
            for member in found[1]:
                line.take(owner, found[0], member)
            one.places[index] = found


def _full(one: _Wanted, link: Link, vc4: int, free: int, line: LineSlots) -> Problem:
    via = one.circuit.via
    number = f"VC-4 {vc4} of " if link.n > 1 else ""
    if free == 0 and (owner := line.whole_owner(vc4)):
        return Problem((*one.where, "via"), _taken(link, vc4, owner))
    what = f"{number}{_ends(link)} is full: {one.count} {VIA_NAMES[via]} wanted, {free} of {len(MEMBERS[via])} free"
    return Problem((*one.where, "members"), what)
