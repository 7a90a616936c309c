"""`circuits` of Ethernet in PDH: over E1s, over E3s of G.832, in timeslots of an E1, over a fibre of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msapemu.ctl.config import MOST_MEMBERS, VIA_NAMES
from msapemu.lab import model
from msapemu.lab.document import Problem, Where
from msapemu.lab.network import Link
from msapemu.lab.resolve.bearers import Bearers, E1Want, full_text
from msapemu.lab.resolve.circuits import form_of_settings, settings_of
from msapemu.lab.resolve.e1 import e1_way, links_for, places_named, shelves_of
from msapemu.lab.resolve.ends import CircuitEnds, form_of_ends, pairs_of, strange_keys
from msapemu.lab.resolve.routes import Step, Way, pools
from msapemu.lab.resolve.shelves import Shelves
from msapemu.lab.resolve.slots import SectionWant, SharedE1s, want_sections
from msapemu.lab.trails import EopCircuit

_OF_GFP = ("gfp", "payload_fcs", "fcs_reversed", "fcs_inverted", "csf_interval", "scramble", "channels", "lcas")
_OF_GROUPS = ("members", "delay_limit", "lcas", "hold_off", "wtr", "minimum", "vcat")
_OF_SLOTS = ("timeslots", "groom")


@dataclass(slots=True)
class EopWant:
    """`e1s` or `sections`, or `lines`: whole links, of which `pool` are to choose from."""

    circuit: model.Circuit
    where: Where
    e1s: list[E1Want] = field(default_factory=list)
    sections: list[SectionWant] = field(default_factory=list)
    pool: Sequence[Step] = ()
    named: tuple[str, ...] = ()
    count: int = 0
    lines: list[Step] = field(default_factory=list)

    @property
    def comes_first(self) -> bool:
        """Timeslots that are named are taken before others."""
        return any(section.named is not None for section in self.sections)

    @property
    def _owner(self) -> str:
        return f"circuit {self.circuit.name!r}"

    def place_named(self, bearers: Bearers, shared: SharedE1s, problems: list[Problem]) -> None:
        for e1 in self.e1s:
            e1.place_named(bearers, problems)
        for section in self.sections:
            if section.place is not None:
                section.find(bearers, shared, problems)
        for port in self.named:
            step = next((one for one in self.pool if port in (str(one.out), str(one.into), one.out.local)), None)
            if step is None:
                what = f"{port}: no link of {self.circuit.via} between the ends is plugged into this port"
                problems.append(Problem((*self.where, "members"), what))
            else:
                self._take_line(step, bearers, problems)

    def _take_line(self, step: Step, bearers: Bearers, problems: list[Problem]) -> None:
        if other := bearers.owner(step.link, ""):
            what = f"{step.out} is used twice (also by {other})"
            problems.append(Problem((*self.where, "members" if self.named else "via"), what))
            return
        bearers.take(self._owner, step.link, "")
        self.lines.append(step)

    def place_rest(self, bearers: Bearers, shared: SharedE1s, problems: list[Problem]) -> None:
        for number, e1 in enumerate(self.e1s):
            if (full := e1.place_rest(bearers)) is not None:
                what = f"{full_text(full)}: {len(self.e1s)} E1 wanted, {number} free"
                problems.append(Problem((*self.where, "members"), what))
                break
        for section in self.sections:
            section.find(bearers, shared, problems)
        if not self.named and self.pool:
            free = [step for step in self.pool if not bearers.owner(step.link, "")]
            if len(free) < self.count:
                what = f"{self.count} links of {self.circuit.via} wanted, {len(free)} free"
                problems.append(Problem((*self.where, "members" if self.count > 1 else "via"), what))
            else:
                for step in free[: self.count]:
                    self._take_line(step, bearers, problems)

    def resolved(self) -> EopCircuit | None:
        trails = [trail for want in self.e1s if (trail := want.trail()) is not None]
        sections = [section for want in self.sections if (section := want.section()) is not None]
        if (len(trails), len(sections), len(self.lines)) != (len(self.e1s), len(self.sections), self.count):
            return None
        assert self.circuit.via is not None, "a circuit of Ethernet has one"
        lines = tuple((step.out, step.into) for step in self.lines)
        settings = _settings(self.circuit)
        pairs = pairs_of(self.circuit)
        return EopCircuit(self.circuit.name, pairs, self.circuit.via, settings, tuple(trails), tuple(sections), lines)


def _settings(circuit: model.Circuit) -> Mapping[str, Any]:
    vcat = circuit.via != "e1" or (circuit.vcat and circuit.adaptation == "gfp")
    return {**settings_of(circuit), "adaptation": circuit.adaptation, "vcat": vcat}


def want_eop(
    circuit: model.Circuit,
    where: Where,
    shelves: Shelves,
    links: Sequence[Link],
    ends: CircuitEnds,
    problems: list[Problem],
) -> EopWant | None:
    """None when there is a problem."""
    found = len(problems)
    _check_form(circuit, where, problems)
    ends.check(circuit, "client", where, problems)
    if len(problems) > found:
        return None
    if circuit.via == "n64":
        sections = want_sections(circuit, where, shelves, links, problems)
        return None if sections is None else EopWant(circuit, where, sections=sections)
    if circuit.via == "e1":
        return _want_e1s(circuit, where, shelves, links, problems)
    return _want_lines(circuit, where, shelves, links, problems)


def _check_form(circuit: model.Circuit, where: Where, problems: list[Problem]) -> None:
    via, found = circuit.via, len(problems)
    form_of_ends(circuit, where, problems)
    strange: set[str] = {"vc4"}
    if via != "n64":
        strange |= set(_OF_SLOTS)
    if via != "e1":
        strange.add("vcat")
    if via in ("n64", "fe"):
        strange |= {key for key in _OF_GROUPS if key != "members"}
    strange_keys(circuit, strange, f"via {via}", where, problems)
    if circuit.adaptation != "gfp":
        strange_keys(circuit, set(_OF_GFP) | {"vcat"}, f"with adaptation {circuit.adaptation}", where, problems)
        if via in ("g832", "fe"):
            what = f"{circuit.adaptation} goes via e1 or n64"
            problems.append(Problem((*where, "adaptation"), what))
    if circuit.gfp == "t":
        problems.append(Problem((*where, "gfp"), "GFP-T is for VC-4: Ethernet in PDH goes as GFP-F"))
    if len(problems) == found:
        form_of_settings(circuit, where, problems, group=via in ("e1", "g832"))
    if via not in ("e1", "g832"):
        return
    size = _size(circuit)
    if size > MOST_MEMBERS[via]:
        what = f"{size} is out of range (1..{MOST_MEMBERS[via]} {VIA_NAMES[via]})"
        problems.append(Problem((*where, "members"), what))
    elif circuit.minimum > size:
        problems.append(Problem((*where, "minimum"), f"{circuit.minimum} is more than there are members: {size}"))
    if via == "e1" and not circuit.vcat and (size > 1 or circuit.lcas):
        problems.append(Problem((*where, "vcat"), "several members, and lcas, need the octet of virtual concatenation"))
    if circuit.adaptation != "gfp" and size > 1:
        what = f"{circuit.adaptation} goes over one E1, not {size}"
        problems.append(Problem((*where, "adaptation"), what))


def _size(circuit: model.Circuit) -> int:
    if circuit.members is None:
        return 1
    return circuit.members if isinstance(circuit.members, int) else len(circuit.members)


def _want_e1s(
    circuit: model.Circuit, where: Where, shelves: Shelves, links: Sequence[Link], problems: list[Problem]
) -> EopWant | None:
    found = len(problems)
    names = places_named(circuit, where, MOST_MEMBERS["e1"], problems)
    if len(problems) > found:
        return None
    steps = pools(e1_way(circuit, where), shelves, links_for(links, None), problems)
    if steps is None:
        return None
    owner = f"circuit {circuit.name!r}"
    if names:
        return EopWant(circuit, where, [E1Want(where, owner, steps, name) for name in names])
    return EopWant(circuit, where, [E1Want(where, owner, steps) for _ in range(_size(circuit))])


def _want_lines(
    circuit: model.Circuit, where: Where, shelves: Shelves, links: Sequence[Link], problems: list[Problem]
) -> EopWant | None:
    """Nothing passes these on: the links join the two shelves."""
    members, here = circuit.members, (*where, "members")
    if isinstance(members, dict):
        problems.append(Problem(here, "must be a number, or a list of line ports (such as 1/1)"))
        return None
    a, z = shelves_of(circuit)
    good = [link for link in links if link.rate == circuit.via and {link.a.shelf, link.z.shelf} == {a, z}]
    way = Way(a, z, circuit.path, circuit.line, None, where, f" of {circuit.via}")
    steps = pools(way, shelves, good, problems)
    if steps is None:
        return None
    if circuit.via == "fe" and _size(circuit) > 1:
        problems.append(Problem(here, "a circuit via fe has one fibre"))
        return None
    named = () if members is None or isinstance(members, int) else members
    return EopWant(circuit, where, pool=steps[0], named=named, count=_size(circuit))
