"""`topology.nodes`: shelves, slots and cards; and the look-up of a port by name for the other parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from msapemu.lab.document import Problem, Where
from msapemu.lab.model import Lab
from msapemu.node.cards import Card, PortKind
from msapemu.node.names import PortName
from msapemu.node.shelf import Shelf, Slot


@dataclass(frozen=True, slots=True)
class Shelves:
    """The shelves that are whole, and the slots in which something is wrong already."""

    whole: Mapping[str, Shelf]
    broken: frozenset[tuple[str, int]]

    def holds(self, port: PortName, kind: PortKind, where: Where, problems: list[Problem]) -> bool:
        """Whether `port` is a port of that kind. When not, that is a problem at `where` (unless it is one
        elsewhere)."""
        shelf = self.whole.get(port.shelf)
        if shelf is None:
            known = ", ".join(self.whole)
            problems.append(Problem(where, f"{port}: there is no node {port.shelf!r} (nodes: {known})"))
            return False
        if (port.shelf, port.slot) in self.broken:
            return False
        if fault := shelf.port_fault(port, kind):
            problems.append(Problem(where, fault))
            return False
        return True

    def card(self, port: PortName) -> Card:
        """The card of a port that a shelf holds."""
        return self.whole[port.shelf].slots[port.slot].card


def resolve_shelves(lab: Lab, problems: list[Problem]) -> Shelves:
    """Unknown cards, slots and port counts out of range."""
    whole: dict[str, Shelf] = {}
    broken: set[tuple[str, int]] = set()
    for name, node in lab.topology.nodes.items():
        slots: dict[int, Slot] = {}
        for number, slot in node.slots.items():
            try:
                slots[number] = Slot.of(number, slot.card, slot.ports)
            except ValueError as error:
                broken.add((name, number))
                problems.append(Problem(("topology", "nodes", name, "slots", number), str(error)))
        whole[name] = Shelf(name, slots)
    return Shelves(whole, frozenset(broken))
