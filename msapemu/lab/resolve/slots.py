"""Timeslots of E1s: a circuit of n x 64 kbit/s shares the E1s that go its way with others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from msapemu.ctl.e1 import SIGNALLING, TIMESLOTS, E1Place, timeslots_text
from msapemu.lab import model
from msapemu.lab.document import Problem, Where
from msapemu.lab.network import Link
from msapemu.lab.resolve.bearers import Bearers, E1Want, full_text
from msapemu.lab.resolve.e1 import e1_way, links_for, places_named, shelves_of
from msapemu.lab.resolve.routes import Step, pools
from msapemu.lab.resolve.shelves import Shelves
from msapemu.lab.trails import Section, Trail

Named = tuple[bool, E1Place]  # whether at end a


@dataclass(slots=True)
class SharedE1:
    """An E1 that ends as frames in two shelves, and which circuit has which of its timeslots."""

    trail: Trail
    owners: dict[int, str]

    def free(self) -> tuple[int, ...]:
        return tuple(slot for slot, owner in self.owners.items() if not owner)

    def goes(self, steps: Sequence[Sequence[Step]]) -> bool:
        """Whether it takes this way, in either direction."""
        hops = [frozenset((hop.out, hop.into)) for hop in self.trail.hops]
        choices = [{frozenset((step.out, step.into)) for step in pool} for pool in steps]
        if len(hops) != len(choices):
            return False
        return any(all(hop in pool for hop, pool in zip(way, choices, strict=True)) for way in (hops, hops[::-1]))


@dataclass(slots=True)
class SharedE1s:
    """All of a lab, in the order in which they were wanted. `cas`: whether timeslot 16 of an E1 place of a shelf is for
    signalling."""

    cas: Callable[[str, str], bool]
    e1s: list[SharedE1] = field(default_factory=list)

    def add(self, trail: Trail) -> SharedE1:
        signalled = any(self.cas(*end) for end in (trail.a, trail.z))
        slots = [slot for slot in TIMESLOTS if not (signalled and slot == SIGNALLING)]
        self.e1s.append(SharedE1(trail, dict.fromkeys(slots, "")))
        return self.e1s[-1]


@dataclass(slots=True)
class SectionWant:
    """From where the circuit enters an E1 to where it leaves it. `count` timeslots, or those `named`; `place`: of the
    E1."""

    where: Where
    owner: str
    steps: Sequence[Sequence[Step]]
    count: int
    named: tuple[int, ...] | None
    place: Named | None
    shared: SharedE1 | None = None
    slots: tuple[int, ...] = ()
    failed: bool = False

    @property
    def enters(self) -> str:
        return self.steps[0][0].out.shelf

    @property
    def leaves(self) -> str:
        return self.steps[-1][0].into.shelf

    def find(self, bearers: Bearers, shared: SharedE1s, problems: list[Problem]) -> None:
        """The first E1 that goes its way and has room, else a new one."""
        if self.shared is not None or self.failed:
            return
        fits = [one for one in shared.e1s if one.goes(self.steps) and self._is_named(one)]
        for one in fits:
            if self._take(one):
                return
        self.failed = True
        if self.place is not None and fits:
            problems.append(self._full(fits[0]))
            return
        want = E1Want(self.where, self.owner, self.steps, self.place)
        if not want.place_named(bearers, problems):
            return
        if (full := want.place_rest(bearers)) is not None:
            problems.append(Problem(self.where, f"{full_text(full)}: no E1 is free"))
            return
        trail = want.trail()
        assert trail is not None, "every hop has its place"
        made = shared.add(trail)
        if self._take(made):
            self.failed = False
        else:
            problems.append(self._full(made))

    def _is_named(self, one: SharedE1) -> bool:
        if self.place is None:
            return True
        at_a, place = self.place
        return one.trail.place_at(self.enters if at_a else self.leaves) == str(place)

    def _take(self, one: SharedE1) -> bool:
        """When there is room."""
        free = one.free()
        slots = self.named if self.named is not None else free[: self.count]
        if len(slots) < self.count or not set(slots) <= set(free):
            return False
        self.shared, self.slots = one, slots
        one.owners.update(dict.fromkeys(slots, self.owner))
        return True

    def _full(self, one: SharedE1) -> Problem:
        place = f"{self.enters}:{one.trail.place_at(self.enters)}"
        key = (*self.where, "timeslots")
        for slot in self.named or ():
            if slot not in one.owners:
                return Problem(key, f"timeslot {slot} of {place} is for signalling")
            if one.owners[slot]:
                return Problem(key, f"timeslot {slot} of {place} is used twice (also by {one.owners[slot]})")
        free = timeslots_text(one.free()) or "none"
        return Problem(key, f"{place} is full: {self.count} timeslots wanted, free: {free}")

    def section(self) -> Section | None:
        if self.shared is None:
            return None
        return Section(self.enters, self.leaves, self.shared.trail, self.slots)


def want_sections(
    circuit: model.Circuit, where: Where, shelves: Shelves, links: Sequence[Link], problems: list[Problem]
) -> list[SectionWant] | None:
    """One from each shelf at which an E1 of the circuit begins to the next; None when there is a problem."""
    found = len(problems)
    if circuit.timeslots is None:
        what = f"is missing: how many ({TIMESLOTS[0]}..{TIMESLOTS[-1]}), or which, such as 1-4,6"
        problems.append(Problem((*where, "timeslots"), what))
    names = places_named(circuit, where, 1, problems)
    if len(problems) > found or circuit.timeslots is None:
        return None
    via = None if circuit.via == "n64" else circuit.via
    steps = pools(e1_way(circuit, where), shelves, links_for(links, via), problems)
    if steps is None or not _groomed(circuit, steps, where, problems):
        return None
    parts: list[list[Sequence[Step]]] = [[]]
    for pool in steps:
        parts[-1].append(pool)
        if pool[0].into.shelf in circuit.groom:
            parts.append([])
    named = None if isinstance(circuit.timeslots, int) else circuit.timeslots
    count = circuit.timeslots if isinstance(circuit.timeslots, int) else len(circuit.timeslots)
    wanted = []
    for number, part in enumerate(parts):
        place = next((one for one in names if number == (0 if one[0] else len(parts) - 1)), None)
        at_end = number in (0, len(parts) - 1)
        owner = f"circuit {circuit.name!r}"
        wanted.append(SectionWant(where, owner, part, count, named if at_end else None, place))
    return wanted


def _groomed(
    circuit: model.Circuit, steps: Sequence[Sequence[Step]], where: Where, problems: list[Problem]
) -> bool:
    """The shelves at which its E1s end are on the way."""
    between, found = [pool[0].into.shelf for pool in steps[:-1]], len(problems)
    a, z = shelves_of(circuit)
    for shelf in circuit.groom:
        if shelf not in between:
            way = ", ".join((a, *between, z))
            problems.append(Problem((*where, "groom"), f"{shelf} is not between the ends of the way {way}"))
    return len(problems) == found
