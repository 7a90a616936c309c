"""A shelf: slots with cards, cards with ports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from msapemu.ctl.config import Rate
from msapemu.node.cards import CARDS, PORT_NAMES, Card, PortKind
from msapemu.node.names import PortName, name_fault

SLOTS = 16


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot with its card; ValueError when there is no such card or it has not that many ports."""

    number: int
    card: Card
    ports: int
    rate: Rate | None = None  # of its lines

    def __post_init__(self) -> None:
        if not 1 <= self.number <= SLOTS:
            raise ValueError(f"slot {self.number} is out of range (1..{SLOTS})")
        if not 1 <= self.ports <= self.card.most_ports:
            raise ValueError(f"a card {self.card.kind} has 1..{self.card.most_ports} ports, not {self.ports}")

    @classmethod
    def of(cls, number: int, card: str, ports: int | None = None, rate: Rate | None = None) -> Slot:
        """The slot with a card of the kind named; `ports` None: as many as that kind comes with; `rate` None: the usual
        one. ValueError also for a rate that the card has not."""
        if card not in CARDS:
            raise ValueError(f"unknown card {card!r} (known: {', '.join(CARDS)})")
        kind = CARDS[card]
        if rate is not None and rate not in kind.rates:
            choice = f" ({', '.join(kind.rates)})" if kind.rates else ": its kind says it"
            raise ValueError(f"a card {card} has no rate {rate!r}{choice}")
        return cls(number, kind, kind.default_ports if ports is None else ports, rate or kind.rate)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A shelf by name; `slots` by number."""

    name: str
    slots: Mapping[int, Slot]

    def __post_init__(self) -> None:
        if fault := name_fault(self.name):
            raise ValueError(fault)
        if wrong := [number for number, slot in self.slots.items() if number != slot.number]:
            raise ValueError(f"slot {wrong[0]} stands at another number")

    def port_fault(self, port: PortName, kind: PortKind | None = None) -> str | None:
        """Why `port` is none of this shelf's (or not of `kind`); None: it is one."""
        slot = self.slots.get(port.slot)
        if slot is None:
            filled = ", ".join(map(str, sorted(self.slots))) or "none"
            return f"{port}: no card in slot {port.slot} of shelf {self.name} (slots with a card: {filled})"
        if port.port > slot.ports:
            return f"{port}: the card {slot.card.kind} in slot {port.slot} has ports 1..{slot.ports} only"
        if kind is not None and not slot.card.takes(kind):
            return f"{port} is {PORT_NAMES[slot.card.ports]} port (card {slot.card.kind}), not {PORT_NAMES[kind]} port"
        return None

    def ports(self, kind: PortKind | None = None) -> Iterator[PortName]:
        """All ports, or all that may be used as of a kind, in order."""
        for number in sorted(self.slots):
            slot = self.slots[number]
            if kind is None or slot.card.takes(kind):
                for port in range(1, slot.ports + 1):
                    yield PortName(self.name, number, port)
