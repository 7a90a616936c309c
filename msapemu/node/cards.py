"""The cards a slot can hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from msapemu.ctl.config import RATE_NAMES, STM_N, Rate

PortKind = Literal["line", "client", "e1", "v35"]
PDH_RATES: tuple[Rate, ...] = ("e2", "e3", "g832", "e1", "fe")
PORT_NAMES: dict[PortKind, str] = {"line": "a line", "client": "a client", "e1": "an E1", "v35": "a V.35"}

@dataclass(frozen=True, slots=True)
class Card:
    """A kind of card: what its ports are and how many there can be. A port of kind "e1" is a line when a link is
    plugged in, else a client; "client" is one of Ethernet, with `pdh` for circuits that are carried in PDH."""

    kind: str
    ports: PortKind
    most_ports: int
    default_ports: int
    what: str
    rate: Rate | None = None  # of its lines, of `rates` the usual one
    rates: tuple[Rate, ...] = ()  # the choice that there is
    pdh: bool = False

    @property
    def n(self) -> int:
        """Of STM-N; 0 for any other."""
        return STM_N.get(self.rate, 0) if self.rate else 0

    def takes(self, kind: PortKind) -> bool:
        """Whether its ports may be used as such."""
        return self.ports == kind or (self.ports == "e1" and kind == "line")


CARDS: dict[str, Card] = {
    card.kind: card
    for card in (
        Card("stm1", "line", 4, 2, "STM-1 line, 155.520 Mbit/s, one VC-4 or 63 VC-12 a port", "stm1"),
        Card("stm4", "line", 4, 2, "STM-4 line, 622.080 Mbit/s, 4 VC-4 or one VC-4-4c a port", "stm4"),
        Card("stm16", "line", 2, 1, "STM-16 line, 2488.320 Mbit/s, 16 VC-4, 4 VC-4-4c or one VC-4-16c a port", "stm16"),
        Card("eth", "client", 8, 4, "Ethernet client"),
        Card("e1", "e1", 16, 8, "E1, 2.048 Mbit/s: a line where a link is plugged in, else a client port", "e1"),
        Card("v35", "v35", 8, 4, "V.35 client, n x 64 kbit/s"),
        Card("eop", "client", 8, 4, "Ethernet client, carried in PDH", pdh=True),
        Card("pdh", "line", 16, 4, "PDH fibre: 4 or 16 E1, G.832, E1 or Ethernet", "e2", rates=PDH_RATES),
    )
}


def rate_text(rate: Rate) -> str:
    """With its article: "an STM-1", "an E2 (G.742)"."""
    return f"{'a' if rate == 'fe' else 'an'} {RATE_NAMES[rate]}"


def most_ports() -> int:
    """Of any card there is."""
    return max(card.most_ports for card in CARDS.values())
