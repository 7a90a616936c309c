"""`topology.nodes`: shelves, slots and cards; and the look-up of a port by name for the other parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from msapemu.ctl.config import Rate
from msapemu.lab import model
from msapemu.lab.document import Problem, Where
from msapemu.lab.model import Lab
from msapemu.node.cards import Card, PortKind
from msapemu.node.kinds import KEYS, converter_slots, media_converter_slots, terminal_slots
from msapemu.node.names import PortName
from msapemu.node.shelf import SLOTS, Shelf, Slot


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

    def stm_ports(self) -> Iterator[PortName]:
        """All line ports of STM-N."""
        return (port for shelf in self.whole.values() for port in shelf.ports("line") if self.card(port).n)

    def kind(self, port: PortName) -> PortKind | None:
        """What the port is; None: there is none."""
        shelf = self.whole.get(port.shelf)
        return None if shelf is None or shelf.port_fault(port) else self.card(port).ports

    def rate(self, port: PortName) -> Rate:
        """The rate of a line port that a shelf holds."""
        return self.whole[port.shelf].slots[port.slot].rate or "stm1"


def resolve_shelves(lab: Lab, problems: list[Problem]) -> Shelves:
    """Unknown cards, slots and port counts out of range, and keys that nodes of a kind have not."""
    whole: dict[str, Shelf] = {}
    broken: set[tuple[str, int]] = set()
    for name, node in lab.topology.nodes.items():
        where: Where = ("topology", "nodes", name)
        good = _check_keys(node, where, problems)
        slots: dict[int, Slot] = {}
        if node.kind == "shelf":
            for number, slot in (node.slots or {}).items():
                try:
                    slots[number] = Slot.of(number, slot.card, slot.ports, slot.rate)
                except ValueError as error:
                    broken.add((name, number))
                    problems.append(Problem((*where, "slots", number), str(error)))
        elif good:
            try:
                slots = _slots_of_kind(node)
            except ValueError as error:
                problems.append(Problem(where, str(error)))
                good = False
        if not good:
            broken |= {(name, number) for number in range(1, SLOTS + 1) if number not in slots}
        whole[name] = Shelf(name, slots)
    return Shelves(whole, frozenset(broken))


def _check_keys(node: model.Node, where: Where, problems: list[Problem]) -> bool:
    given, found = node.model_fields_set, len(problems)
    for key in dict.fromkeys(key for keys in KEYS.values() for key in keys):
        if key in given and key not in KEYS[node.kind]:
            problems.append(Problem((*where, key), f"a node of kind {node.kind} has no such key"))
    if node.kind == "shelf" and node.slots is None:
        problems.append(Problem((*where, "slots"), "is missing"))
    return len(problems) == found


def _slots_of_kind(node: model.Node) -> dict[int, Slot]:
    if node.kind == "pdh-terminal":
        return terminal_slots(4 if node.e1 is None else node.e1, 1 if node.ports is None else node.ports)
    return converter_slots(node.client or "eth") if node.kind == "converter" else media_converter_slots()
