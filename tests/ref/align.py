"""Frame alignment of an STM-N in octets that start anywhere, at any bit (DESIGN 6.1)."""

from __future__ import annotations

from typing import NamedTuple

from .stmn import StmN


class Aligned(NamedTuple):
    """Bit at which the first frame begins, and the whole frames from there on."""

    bit: int
    frames: list[bytes]


def align(data: bytes, n: int = 1) -> Aligned | None:
    """The earliest 3N A1 and 3N A2 that stand again one frame later, as far as the data reach."""
    stm = StmN(n)
    fas, size = stm.fas, stm.size
    whole = int.from_bytes(data, "big")
    best: Aligned | None = None
    for shift in range(8):
        octets = (whole << shift & (1 << 8 * len(data)) - 1).to_bytes(len(data), "big")
        if shift:
            octets = octets[:-1]  # the last octet is no longer whole
        start = octets.find(fas)
        while start >= 0:
            following = octets[start + size : start + size + len(fas)]
            if fas.startswith(following) and start + size <= len(octets):
                frames = [octets[i : i + size] for i in range(start, len(octets) - size + 1, size)]
                if best is None or 8 * start + shift < best.bit:
                    best = Aligned(8 * start + shift, frames)
                break
            start = octets.find(fas, start + 1)
    return best
