"""The section layers of an STM-N: overhead and parities around the pointers and payload of its AU-4s."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from . import trace
from .bip import bit_errors
from .stmn import StmN

DCC_R = ("D1", "D2", "D3")
DCC_M = tuple(f"D{number}" for number in range(4, 13))
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
        ms_ais: Callable[[int], bool] | None = None,
        on_frame: Octets | None = None,
    ) -> None:
        """`soh`: octet name -> its value by frame number; `on_frame` may spoil the finished frame.

        `ms_ais`: frame number -> all ones but for rows 1 to 3 of the overhead, whose parity B1 is that of the
        line as sent; B2 goes on over what lies under the ones.
        """
        self.stm = StmN(n)
        self.number = 0  # of the next frame
        self._j0, self._s1 = trace.octets_of(j0), s1
        self._soh, self._ms_ais, self._on_frame = dict(soh or {}), ms_ais, on_frame
        self._previous: tuple[bytes, bytes] | None = None

    def frame(self, pointers: bytes, payload: bytes) -> bytes:
        """The next frame as on the line, scrambled."""
        number = self.number
        overhead = {"J0": self._j0[number % len(self._j0)], "S1": self._s1}
        overhead |= {name: value(number) for name, value in self._soh.items()}
        plain = self.stm.build(overhead, pointers, payload, self._previous)
        sent = self.stm.ms_ais_of(plain) if self._ms_ais and self._ms_ais(number) else plain
        line = self.stm.scramble(sent)
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

    def channel(self, *names: str) -> bytes:
        """The octets of these names, in turn, of every frame: J0, E1, ..., or D1 to D3."""
        return bytes(octets[name] for octets in self.soh for name in names)

    @property
    def j0(self) -> bytes:
        """J0 of every frame."""
        return self.channel("J0")

    @property
    def dcc_r(self) -> bytes:
        """D1 to D3 of every frame: 192 kbit/s."""
        return self.channel(*DCC_R)

    @property
    def dcc_m(self) -> bytes:
        """D4 to D12 of every frame: 576 kbit/s."""
        return self.channel(*DCC_M)

    @property
    def ssm(self) -> int:
        """S1 bits 5-8 of the last frame."""
        return self.soh[-1]["S1"] & 0xF if self.soh else 0

    @property
    def ms_ais(self) -> bool:
        """K2 bits 6-8 of the last frame are 111."""
        return bool(self.soh) and self.soh[-1]["K2"] & 0b111 == 0b111

    @property
    def ms_rdi(self) -> bool:
        """K2 bits 6-8 of the last frame are 110."""
        return bool(self.soh) and self.soh[-1]["K2"] & 0b111 == 0b110
