"""What `encode` is to make, and what of it cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from msapemu._framing import RATES, SEQUENCES
from msapemu.ctl.errors import UsageError
from msapemu.interop.clients import UPI_ETHERNET
from msapemu.interop.ethernet import Fcs
from msapemu.interop.rates import line_name

UPI_FREE = range(1, 255)  # 0 and 255 are not available
TRACE_CHARACTERS = 15  # G.707 9.2.2.2: 16 octets, the first is the CRC-7
MOVES_APART = 4  # G.783 Annex A: at least three frames without a move between two
WIDTHS = (16, 4)  # X of a VC-4-Xc, the widest first

Sequence = tuple[str, int]  # kind, every how many frames or TU multiframes


class Place(NamedTuple):
    """Where on the line the group is: the number of the VC-4, and X of a VC-4-Xc."""

    vc4: int
    width: int = 1


@dataclass(frozen=True)
class EncodeOptions:
    """What the line looks like and how the frames travel on it; the defaults of `msapemu encode`."""

    map: Literal["vc4", "vc12"]
    members: tuple[str, ...] = ()  # of a VC-12-Xv, in sequence order; the VC-4s that a VC-4-Xc takes up
    line: str = "stm1"
    vc4: int = 1  # that carries the group, or is its first; all others are unequipped
    contiguous: bool = False
    payload_fcs: bool = False
    scramble: bool = True
    cid: int | None = None  # linear extension header; None: null extension header
    upi: int = UPI_ETHERNET
    au_pointer: int = 522
    au_sequence: Sequence | None = None
    tu_pointers: Mapping[str, int] | int = 0
    j0: str = "msapemu"
    j1: str = "msapemu"
    j2: str = "msapemu"
    frames: int | None = None  # of the line in all; None: until the tail after the last client frame
    fcs: Fcs = Fcs.AUTO

    def check(self) -> None:
        """UsageError, with the option's name, for what cannot be."""
        if self.line not in RATES:
            raise UsageError(f"--line: {self.line!r} is none of {', '.join(RATES)}")
        self.place()
        if self.map == "vc12" and not self.members:
            raise UsageError("--map vc12: needs --members")
        _check_sequence("--au-sequence", self.au_sequence, "frames")
        if self.cid is not None and not 0 <= self.cid <= 255:
            raise UsageError(f"--cid: {self.cid} is not in 0..255")
        if self.upi not in UPI_FREE:
            raise UsageError(f"--upi: {self.upi} is not in 1..254")
        if self.frames is not None and self.frames < 1:
            raise UsageError(f"--frames: {self.frames} is less than 1")
        for option, text in (("--j0", self.j0), ("--j1", self.j1), ("--j2", self.j2)):
            if len(text) > TRACE_CHARACTERS or not all(" " <= character <= "~" for character in text):
                raise UsageError(f"{option}: {text!r} is not up to {TRACE_CHARACTERS} printable ASCII characters")

    def place(self) -> Place:
        """UsageError when the line has none such."""
        n = RATES[self.line]
        if not 1 <= self.vc4 <= n:
            raise UsageError(f"--vc4: an {line_name(self.line)} has no VC-4 {self.vc4}")
        if self.map != "vc4":
            return Place(self.vc4)
        if self.members and not self.contiguous:
            raise UsageError(
                "--members: a plain VC-4 has none, VC-4-Xv is not supported, --contiguous makes a VC-4-Xc"
            )
        if self.members:
            return self._named(n)
        if not self.contiguous or n == 1:
            return Place(self.vc4)
        for width in WIDTHS:
            if width <= n and (self.vc4 - 1) % width == 0:
                return Place(self.vc4, width)
        raise UsageError(f"--vc4: no VC-4-4c begins at {self.vc4}")

    def _named(self, n: int) -> Place:
        numbers = [int(member) for member in self.members]
        first, width = numbers[0], len(numbers)
        if width not in (1, *WIDTHS) or numbers != list(range(first, first + width)) or (first - 1) % width:
            raise UsageError(f"--members: {', '.join(self.members)} make no VC-4-4c or VC-4-16c")
        if numbers[-1] > n:
            raise UsageError(f"--members: an {line_name(self.line)} has no VC-4 {numbers[-1]}")
        if self.vc4 not in (1, first):
            raise UsageError(f"--vc4: is {self.vc4}, but --members begins with {first}")
        return Place(first, width)


def _check_sequence(option: str, sequence: Sequence | None, unit: str) -> None:
    if sequence is None:
        return
    kind, every = sequence
    if kind not in SEQUENCES:
        raise UsageError(f"{option}: {kind!r} is none of {', '.join(SEQUENCES)}")
    if every < MOVES_APART:
        raise UsageError(f"{option}: a pointer moves at most every {MOVES_APART} {unit}, not every {every}")
