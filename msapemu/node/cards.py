"""The cards a slot can hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PortKind = Literal["line", "client"]


@dataclass(frozen=True, slots=True)
class Card:
    """A kind of card: what its ports are and how many there can be."""

    kind: str
    ports: PortKind
    most_ports: int
    default_ports: int
    what: str


CARDS: dict[str, Card] = {
    card.kind: card
    for card in (
        Card("stm1", "line", 4, 2, "STM-1 line, 155.520 Mbit/s, one VC-4 or 63 VC-12 a port"),
        Card("eth", "client", 8, 4, "Ethernet client"),
    )
}


def most_ports() -> int:
    """Of any card there is."""
    return max(card.most_ports for card in CARDS.values())
