"""`circuits` of V.35: n x 64 kbit/s in timeslots of E1s."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from msapemu.lab import model
from msapemu.lab.document import Problem, Where
from msapemu.lab.network import Link
from msapemu.lab.resolve.bearers import Bearers
from msapemu.lab.resolve.e1 import check_via
from msapemu.lab.resolve.ends import ANY_KEYS, CircuitEnds, form_of_ends, strange_keys
from msapemu.lab.resolve.shelves import Shelves
from msapemu.lab.resolve.slots import SectionWant, SharedE1s, want_sections
from msapemu.lab.trails import V35Circuit
from msapemu.node.names import PortName


@dataclass(slots=True)
class V35Want:
    """`sections` from end a to end z."""

    name: str
    a: PortName
    z: PortName
    sections: list[SectionWant]

    @property
    def comes_first(self) -> bool:
        """Timeslots that are named are taken before others."""
        return any(section.named is not None for section in self.sections)

    def place_named(self, bearers: Bearers, shared: SharedE1s, problems: list[Problem]) -> None:
        for section in self.sections:
            if section.place is not None:
                section.find(bearers, shared, problems)

    def place_rest(self, bearers: Bearers, shared: SharedE1s, problems: list[Problem]) -> None:
        for section in self.sections:
            section.find(bearers, shared, problems)

    def resolved(self) -> V35Circuit | None:
        found = [section for want in self.sections if (section := want.section()) is not None]
        if len(found) < len(self.sections):
            return None
        return V35Circuit(self.name, self.a, self.z, tuple(found))


def want_v35(
    circuit: model.Circuit,
    where: Where,
    shelves: Shelves,
    links: Sequence[Link],
    ends: CircuitEnds,
    problems: list[Problem],
) -> V35Want | None:
    """None when there is a problem."""
    found = len(problems)
    form_of_ends(circuit, where, problems)
    known = {*ANY_KEYS, "timeslots", "groom"}
    strange_keys(circuit, set(type(circuit).model_fields) - known, "of V.35", where, problems)
    check_via(circuit, "a V.35", where, problems)
    ends.check(circuit, "v35", where, problems)
    if len(problems) > found or circuit.a is None or circuit.z is None:
        return None
    sections = want_sections(circuit, where, shelves, links, problems)
    return None if sections is None else V35Want(circuit.name, circuit.a, circuit.z, sections)
