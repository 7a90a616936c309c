"""`circuits` in PDH: of E1, of V.35, and of Ethernet. E1s that are named are placed first, then timeslots that are
named; then, in the order of the file, the first that is free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from msapemu.lab import model
from msapemu.lab.document import Problem, Where
from msapemu.lab.network import Link
from msapemu.lab.resolve.bearers import Bearers
from msapemu.lab.resolve.e1 import E1CircuitWant, want_e1
from msapemu.lab.resolve.ends import CircuitEnds, CircuitKind
from msapemu.lab.resolve.eop import EopWant, want_eop
from msapemu.lab.resolve.shelves import Shelves
from msapemu.lab.resolve.slots import SharedE1s
from msapemu.lab.resolve.v35 import V35Want, want_v35
from msapemu.lab.trails import PdhCircuit

Want = E1CircuitWant | EopWant | V35Want


@dataclass(slots=True)
class PdhCircuits:
    """Those that are wanted, in the order of the file."""

    shared: SharedE1s
    wanted: list[Want] = field(default_factory=list)

    def place_named(self, bearers: Bearers, problems: list[Problem]) -> None:
        """E1s that are named."""
        for want in self.wanted:
            want.place_named(bearers, self.shared, problems)

    def place_rest(self, bearers: Bearers, problems: list[Problem]) -> None:
        """All else."""
        for first in (True, False):
            for want in self.wanted:
                if want.comes_first is first:
                    want.place_rest(bearers, self.shared, problems)

    def resolved(self) -> list[PdhCircuit]:
        """All that have their places."""
        return [found for want in self.wanted if (found := want.resolved()) is not None]


def want_pdh(
    circuits: Sequence[tuple[Where, model.Circuit, CircuitKind]],
    shelves: Shelves,
    links: Sequence[Link],
    ends: CircuitEnds,
    shared: SharedE1s,
    problems: list[Problem],
) -> PdhCircuits:
    """Ends and links."""
    found = PdhCircuits(shared)
    for where, circuit, kind in circuits:
        want: Want | None
        if kind == "e1":
            want = want_e1(circuit, where, shelves, links, ends, problems)
        elif kind == "v35":
            want = want_v35(circuit, where, shelves, links, ends, problems)
        else:
            want = want_eop(circuit, where, shelves, links, ends, problems)
        if want is not None:
            found.wanted.append(want)
    return found
