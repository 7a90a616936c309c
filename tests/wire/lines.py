"""What the tests of the core share: names of VC-12s, a port that reads, frames to carry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msapemu._framing import Group, Line, LineMap
from tests.ref import stm1, tug
from tests.ref.tug import Tu

FRAME = 2430
ALL_TUS = tug.ALL_TUS
MAC = bytes.fromhex("ffffffffffff0200000000010800")
# STM-1 frames after which a VC-12 group is read for sure: H4, pointers, and three K4 multiframes of 128 frames
VC12_LEAD = 480

# What errored parities raise. They stand beside whatever else is wrong with a line, and for long: see test_degrade.py.
ERRORS = {f"{layer}-{kind}" for layer in ("MS", "HP", "LP") for kind in ("EXC", "DEG")}


def name(tu: Tu) -> str:
    """K.L.M as the core writes it."""
    return "{}.{}.{}".format(*tu)


def mac_frame(number: int, length: int = 60) -> bytes:
    """A MAC frame without FCS that no other number has."""
    return MAC + number.to_bytes(2, "big") + bytes((number * 7 + i) & 0xFF for i in range(length - 16))


def mapping_of(members: Sequence[Tu]) -> str:
    """The reference's mapping that goes with these members."""
    return "vc12" if members else "vc4"


def map_of(group: Group, members: Sequence[Tu] = ()) -> LineMap:
    """One group in the VC-4, or in those VC-12s."""
    return LineMap("tug" if members else "vc4", [(group, [name(tu) for tu in members])])


class Reader:
    """A port with one group on it, which takes line octets and keeps all defect events."""

    def __init__(self, members: Sequence[Tu] = (), *, group: Group | None = None, **line: Any) -> None:
        self.line = Line(**line)
        self.group = group or Group()
        self.line.apply(map_of(self.group, members))
        self.events: list[tuple[int, str, str, str]] = []

    def parse(self, octets: bytes | Iterable[bytes]) -> Reader:
        """Line octets, or frames of them."""
        for piece in [octets] if isinstance(octets, bytes) else octets:
            self.line.parse(piece)
            self.events += self.line.events()
        return self

    def changes(self, defect: str) -> list[str]:
        """What became of a defect: "raise" and "clear" in turn."""
        return [state for _, _, found, state in self.events if found == defect]

    def defects(self) -> set[str]:
        """The defects that stand, of all objects, but for those that errored parities raise."""
        standing: set[str] = set()
        for _, _, defect, state in self.events:
            (standing.add if state == "raise" else standing.discard)(defect)
        return standing - ERRORS


def frames_of(octets: bytes, n: int = 1) -> list[bytes]:
    """The frames of an STM-N line that begins with one."""
    return [octets[at : at + FRAME * n] for at in range(0, len(octets), FRAME * n)]


def plain_line(octets: bytes) -> list[bytes]:
    """The descrambled frames of a line that begins with one."""
    return [stm1.scramble(octets[i : i + FRAME]) for i in range(0, len(octets), FRAME)]


def flip(octets: bytes, *bits: int) -> bytes:
    """The octets with those bits (0 = first on the line) inverted."""
    out = bytearray(octets)
    for bit in bits:
        out[bit // 8] ^= 0x80 >> bit % 8
    return bytes(out)
