"""Lower order paths, receive side: what a TU-12 and a TU-3 deliver, parities and overhead on the way."""

from __future__ import annotations

from . import h4, vc3, vc4, vc12
from .bip import bip2, bip8
from .pointer import Interpreter
from .stream import Vc
from .tu3 import Tu3Sink
from .tug import Tu12Sink


class LowerPath:
    """The VCs of a TU in runs without a gap in time; a new run begins after AIS or LOP."""

    kind: str
    mfi_range: int  # VCs until the count of the multiframe comes again: 512 ms

    def __init__(self, sink: Tu12Sink | Tu3Sink) -> None:
        self.runs: list[list[Vc]] = []
        self.rei = 0
        self._sink = sink
        self._parity: int | None = None

    @property
    def pointer(self) -> Interpreter:
        """The pointer interpreter: its state, counts and the words it was fed."""
        return self._sink.pointer

    @property
    def pointer_value(self) -> int | None:
        """The present TU pointer."""
        return self.pointer.value

    def _collect(self) -> None:
        """What the sink has got since the last time."""
        collector = self._sink.collector
        for vc in collector.received:
            padded = Vc(vc.octets.ljust(collector.size, b"\0"), vc.started, vc.whole)  # keeps the dealing in step
            self._take(padded)
            if not self.runs:
                self.runs.append([])
            self.runs[-1].append(padded)
        collector.received.clear()
        if self.pointer_value is None:
            self._parity = None
            if self.runs and self.runs[-1]:
                self.runs.append([])

    def _take(self, vc: Vc) -> None:
        """Parity and overhead of a VC, padded when it is not whole."""
        raise NotImplementedError

    @property
    def longest_run(self) -> list[Vc]:
        """The longest run of VCs without a gap."""
        return max(self.runs, key=len, default=[])

    def payloads(self) -> list[bytes]:
        """The payload octets of each VC of the longest run."""
        raise NotImplementedError

    def numbering(self) -> tuple[int, int] | None:
        """Number of the first VC of the longest run, modulo `mfi_range`, and SQ; None when no multiframe is there."""
        raise NotImplementedError

    def word(self, vc: Vc) -> int:
        """H4, or bit 2 of K4, of a VC."""
        raise NotImplementedError


class Vc12Path(LowerPath):
    """What a TU-12 delivers."""

    kind = "vc12"
    mfi_range = vc12.K4_FRAMES * vc12.FRAME_COUNTS

    def __init__(self) -> None:
        self.sink = Tu12Sink()
        self.overhead: list[vc12.Overhead] = []
        self.bip2_errors = 0
        super().__init__(self.sink)

    def feed(self, quarter: int, octets: bytes, multiframe: int) -> None:
        """36 octets of the TU-12."""
        self.sink.feed(quarter, octets, multiframe)
        self._collect()

    def _take(self, vc: Vc) -> None:
        overhead, _ = vc12.parse(vc.octets)
        if self._parity is not None and any(vc.octets):  # all zero is unequipped, without a parity
            self.bip2_errors += (self._parity ^ overhead.bip2).bit_count()
        self.rei += overhead.rei
        self._parity = bip2(vc.octets) if vc.whole else None
        self.overhead.append(overhead)

    def payloads(self) -> list[bytes]:
        return [vc12.parse(vc.octets)[1] for vc in self.longest_run]

    def numbering(self) -> tuple[int, int] | None:
        return (self.k4.number, self.k4.sq) if self.k4 else None

    def word(self, vc: Vc) -> int:
        return vc.octets[vc12.K4] >> 6 & 1

    @property
    def k4(self) -> vc12.K4Multiframe | None:
        """The K4 multiframe of the longest run."""
        return vc12.find_k4_multiframe(self.channel("k4", self.longest_run))

    def channel(self, name: str, run: list[Vc] | None = None) -> bytes:
        """j2, n2 or k4 of every VC-12, or of a run of them."""
        overhead = self.overhead if run is None else [vc12.parse(vc.octets)[0] for vc in run]
        return bytes(getattr(octets, name) for octets in overhead)

    @property
    def j2(self) -> bytes:
        """J2 of every VC-12."""
        return self.channel("j2")


class Vc3Path(LowerPath):
    """What a TU-3 delivers."""

    kind = "vc3"
    mfi_range = h4.RANGE

    def __init__(self) -> None:
        self.sink = Tu3Sink()
        self.poh: list[dict[str, int]] = []  # path overhead of every whole VC-3
        self.b3_errors = 0
        super().__init__(self.sink)

    def feed(self, tug3: bytes, frame: int) -> None:
        """774 octets of the TUG-3."""
        self.sink.feed(tug3, frame)
        self._collect()

    def _take(self, vc: Vc) -> None:
        overhead = vc3.overhead_of(vc.octets)
        if self._parity is not None and any(vc.octets):
            self.b3_errors += (self._parity ^ overhead["B3"]).bit_count()
        self._parity = bip8(vc.octets) if vc.whole else None
        if vc.whole:
            self.rei += vc4.rei_of(overhead["G1"])
            self.poh.append(overhead)

    def payloads(self) -> list[bytes]:
        return [vc3.payload_of(vc.octets) for vc in self.longest_run]

    def numbering(self) -> tuple[int, int] | None:
        return (self.h4.number, self.h4.sq) if self.h4 else None

    def word(self, vc: Vc) -> int:
        return vc.octets[vc3.place("H4")]

    @property
    def h4(self) -> h4.H4Multiframe | None:
        """The H4 multiframe of the longest run."""
        return h4.find_h4_multiframe(bytes(map(self.word, self.longest_run)))

    def channel(self, name: str) -> bytes:
        """An octet of the path overhead of every whole VC-3."""
        return bytes(overhead[name] for overhead in self.poh)

    @property
    def j1(self) -> bytes:
        """J1 of every whole VC-3."""
        return self.channel("J1")

    @property
    def rdi(self) -> bool:
        """One-bit RDI of the last VC-3."""
        return bool(self.poh) and vc4.rdi_of(self.poh[-1]["G1"])

    @property
    def erdi(self) -> str | None:
        """Kind of the remote defect that the last G1 tells."""
        return vc4.erdi_of(self.poh[-1]["G1"] >> 1 & 0b111) if self.poh else None


class Vc4Path:
    """A VC-4 as the member of a VC-4-Xv."""

    kind = "vc4"
    mfi_range = h4.RANGE

    def __init__(self, run: list[Vc]) -> None:
        """`run`: its VC-4s, without a gap."""
        self.longest_run = [Vc(vc.octets.ljust(vc4.SIZE, b"\0"), vc.started, vc.whole) for vc in run]

    def payloads(self) -> list[bytes]:
        return [vc4.payload_of(vc.octets) for vc in self.longest_run]

    def word(self, vc: Vc) -> int:
        return vc.octets[vc4.place("H4")]

    def numbering(self) -> tuple[int, int] | None:
        found = h4.find_h4_multiframe(bytes(map(self.word, self.longest_run)))
        return (found.number, found.sq) if found else None
