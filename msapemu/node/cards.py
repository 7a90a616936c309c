"""The cards a slot can hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from msapemu.ctl.config import STM_N, Rate

PortKind = Literal["line", "client"]


@dataclass(frozen=True, slots=True)
class Card:
    """A kind of card: what its ports are and how many there can be."""

    kind: str
    ports: PortKind
    most_ports: int
    default_ports: int
    what: str
    rate: Rate | None = None  # of a line card

    @property
    def n(self) -> int:
        """Of STM-N; 0 for a client card."""
        return STM_N[self.rate] if self.rate else 0


CARDS: dict[str, Card] = {
    card.kind: card
    for card in (
        Card("stm1", "line", 4, 2, "STM-1 line, 155.520 Mbit/s, one VC-4 or 63 VC-12 a port", "stm1"),
        Card("stm4", "line", 4, 2, "STM-4 line, 622.080 Mbit/s, 4 VC-4 or one VC-4-4c a port", "stm4"),
        Card("stm16", "line", 2, 1, "STM-16 line, 2488.320 Mbit/s, 16 VC-4, 4 VC-4-4c or one VC-4-16c a port", "stm16"),
        Card("eth", "client", 8, 4, "Ethernet client"),
    )
}


def most_ports() -> int:
    """Of any card there is."""
    return max(card.most_ports for card in CARDS.values())
