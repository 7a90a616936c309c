"""Frame alignment of an STM-1 in octets that start anywhere, at any bit (DESIGN 6.1)."""

from __future__ import annotations

from typing import NamedTuple

from .stm1 import A1, A2, SIZE

_FAS = bytes([A1] * 3 + [A2] * 3)


class Aligned(NamedTuple):
    """Bit at which the first frame begins, and the whole frames from there on."""

    bit: int
    frames: list[bytes]


def align(data: bytes) -> Aligned | None:
    """The earliest A1A1A1A2A2A2 that stands again one frame later, as far as the data reach."""
    whole = int.from_bytes(data, "big")
    best: Aligned | None = None
    for shift in range(8):
        octets = (whole << shift & (1 << 8 * len(data)) - 1).to_bytes(len(data), "big")
        if shift:
            octets = octets[:-1]  # the last octet is no longer whole
        start = octets.find(_FAS)
        while start >= 0:
            following = octets[start + SIZE : start + SIZE + 6]
            if _FAS.startswith(following) and start + SIZE <= len(octets):
                frames = [octets[i : i + SIZE] for i in range(start, len(octets) - SIZE + 1, SIZE)]
                if best is None or 8 * start + shift < best.bit:
                    best = Aligned(8 * start + shift, frames)
                break
            start = octets.find(_FAS, start + 1)
    return best
