"""The section layers of an STM-N: overhead and parities around the pointers and payload of its AU-4s."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from . import trace
from .bip import bit_errors
from .stmn import StmN

Octets = Callable[[int, bytearray], None]  # (number, octets to spoil in place)


class SectionSource:
    """Pointers and payload -> frames of the line, numbered from 0."""

    def __init__(
        self,
        n: int,
        *,
        j0: str | bytes = "msapemu",
        s1: int = 0x0B,
        soh: Mapping[str, Callable[[int], int]] | None = None,
        on_frame: Octets | None = None,
    ) -> None:
        """`soh`: octet name -> its value by frame number; `on_frame` may spoil the finished frame."""
        self.stm = StmN(n)
        self.number = 0  # of the next frame
        self._j0, self._s1 = trace.octets_of(j0), s1
        self._soh, self._on_frame = dict(soh or {}), on_frame
        self._previous: tuple[bytes, bytes] | None = None

    def frame(self, pointers: bytes, payload: bytes) -> bytes:
        """The next frame as on the line, scrambled."""
        number = self.number
        overhead = {"J0": self._j0[number % len(self._j0)], "S1": self._s1}
        overhead |= {name: value(number) for name, value in self._soh.items()}
        plain = self.stm.build(overhead, pointers, payload, self._previous)
        line = self.stm.scramble(plain)
        self._previous = (plain, line)
        if self._on_frame:
            spoiled = bytearray(line)
            self._on_frame(number, spoiled)
            line = bytes(spoiled)
        self.number += 1
        return line


class SectionSink:
    """Aligned frames of the line -> pointers and payload; what the overhead says, and the parities."""

    def __init__(self, n: int) -> None:
        self.stm = StmN(n)
        self.framing_errors = self.b1_errors = self.b2_errors = self.ms_rei = 0
        self.soh: list[dict[str, int]] = []  # named octets of every frame
        self._previous: tuple[bytes, bytes] | None = None

    def feed(self, line: bytes) -> tuple[bytes, bytes]:
        """The 9N octets of row 4 and the 2349N payload octets of the next frame."""
        stm = self.stm
        plain = stm.scramble(line)
        self.framing_errors += not stm.framed(plain)
        overhead = stm.overhead_of(plain)
        if self._previous is not None:
            previous_plain, previous_line = self._previous
            self.b1_errors += (overhead["B1"] ^ stm.b1_of(previous_line)).bit_count()
            self.b2_errors += bit_errors(plain[stm.b2_slice], stm.b2_of(previous_plain))
        self._previous = (plain, line)
        self.ms_rei += stm.m1_of(overhead["M1"])
        self.soh.append(overhead)
        return stm.pointers_of(plain), stm.payload_of(plain)

    @property
    def j0(self) -> bytes:
        """J0 of every frame."""
        return bytes(octets["J0"] for octets in self.soh)

    @property
    def ms_rdi(self) -> bool:
        """K2 bits 6-8 of the last frame are 110."""
        return bool(self.soh) and self.soh[-1]["K2"] & 0b111 == 0b110
