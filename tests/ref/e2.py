"""The multiplex of G.742: four E1s in 8448 kbit/s with positive justification, bit by bit (STANDARDS 0).

A frame is four sets of the same length. Bits count from 1:

    set I       1-10 FAS, 11 remote alarm, 12 national; from 13 on tributaries
    set II III  1-4 C of the tributaries 1-4; from 5 on tributaries
    set IV      1-4 C of the tributaries 1-4; 5-8 the justification bits of the tributaries 1-4; from 9 on tributaries

The bits of the tributaries take turns. C_j1 to C_j3, one in each of sets II to IV: 111 says that the justification bit
of tributary j is stuff, 000 that it is a bit of the tributary; two of three decide. G.751 is the same with longer sets
(`e3mux`).

A signal is a string of "0" and "1".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

TRIBUTARIES = 4
SETS = 4
FAS = "1111010000"
FOUND, LOSS = 3, 4  # right FAS until it is in alignment, wrong ones until it is not
RAI_FRAMES = 5


@dataclass
class Run:
    """Frames in alignment, without a gap."""

    start: int  # bit
    tributaries: list[str] = field(default_factory=lambda: [""] * TRIBUTARIES)
    stuffed: list[tuple[bool, ...]] = field(default_factory=list)  # by frame
    rai: list[int] = field(default_factory=list)
    national: list[int] = field(default_factory=list)
    fas_errors: int = 0
    end: int = 0  # bit behind the last frame
    lost: bool = False


class Multiplex:
    """Of four tributaries, with sets of a length."""

    def __init__(self, set_bits: int) -> None:
        self.set_bits = set_bits
        self.frame_bits = SETS * set_bits
        first = [12, 4, 4, 8]  # bits of each set before the tributaries
        self._data = [n * set_bits + at for n in range(SETS) for at in range(first[n], set_bits)]
        self.bits = len(self._data) // TRIBUTARIES  # of a tributary in a frame, without the justification bit

    def _c(self, tributary: int) -> list[int]:
        """Where C_j1 to C_j3 are."""
        return [n * self.set_bits + tributary for n in (1, 2, 3)]

    def _justification(self, tributary: int) -> int:
        return 3 * self.set_bits + 4 + tributary

    def places(self, tributary: int, stuff: bool) -> list[int]:
        """Where the bits of a tributary are in a frame, in their order."""
        own = self._data[tributary::TRIBUTARIES]
        return own if stuff else sorted([*own, self._justification(tributary)])

    def frame(self, bits: Sequence[str], rai: int = 0, national: int = 1, stuff_bit: str = "1") -> str:
        """One frame; a tributary has `self.bits` bits, or one more where its justification bit is none of stuff."""
        out = [stuff_bit] * self.frame_bits
        out[:12] = f"{FAS}{rai}{national}"
        for tributary, text in enumerate(bits):
            stuff = len(text) == self.bits
            places = self.places(tributary, stuff)
            if len(text) != len(places):
                raise ValueError(f"{len(text)} bits of a tributary")
            for place in self._c(tributary):
                out[place] = str(int(stuff))
            for place, bit in zip(places, text, strict=True):
                out[place] = bit
        return "".join(out)

    def build(
        self,
        tributaries: Sequence[str],
        stuffed: Sequence[Sequence[bool]],
        rai: int = 0,
        national: int = 1,
        stuff_bit: str = "1",
    ) -> str:
        """As many frames as there are decisions; of each the four, True: stuff. Bits of tributaries that are not
        needed are left over.
        """
        at = [0] * TRIBUTARIES
        frames = []
        for decisions in stuffed:
            bits = []
            for tributary, stuff in enumerate(decisions):
                count = self.bits + (not stuff)
                bits.append(tributaries[tributary][at[tributary] : at[tributary] + count])
                at[tributary] += count
            frames.append(self.frame(bits, rai, national, stuff_bit))
        return "".join(frames)

    # -- receive side

    def find(self, signal: str, start: int = 0) -> int | None:
        """The first bit from `start` on with which three frames begin, one after the other."""
        at = signal.find(FAS, start)
        while at >= 0:
            places = [at + n * self.frame_bits for n in range(FOUND)]
            if places[-1] + len(FAS) > len(signal):
                return None
            if all(signal.startswith(FAS, place) for place in places):
                return at
            at = signal.find(FAS, at + 1)
        return None

    def parse(self, signal: str) -> list[Run]:
        """All frames in alignment; the first is the third of the three with which it was found."""
        runs: list[Run] = []
        start = 0
        while (found := self.find(signal, start)) is not None:
            run = self._run(signal, found + (FOUND - 1) * self.frame_bits)
            runs.append(run)
            start = run.end - self.frame_bits + len(FAS)
            if not run.lost:
                break
        return runs

    def _run(self, signal: str, at: int) -> Run:
        run, wrong = Run(at), 0
        parts: list[list[str]] = [[] for _ in range(TRIBUTARIES)]
        while at + self.frame_bits <= len(signal) and not run.lost:
            frame = signal[at : at + self.frame_bits]
            at += self.frame_bits
            wrong = 0 if frame.startswith(FAS) else wrong + 1
            run.fas_errors += wrong > 0
            run.lost = wrong == LOSS
            run.rai.append(int(frame[10]))
            run.national.append(int(frame[11]))
            decisions = tuple(sum(frame[p] == "1" for p in self._c(t)) >= 2 for t in range(TRIBUTARIES))
            run.stuffed.append(decisions)
            for tributary, stuff in enumerate(decisions):
                parts[tributary].append("".join(frame[place] for place in self.places(tributary, stuff)))
        run.end = at
        run.tributaries = ["".join(part) for part in parts]
        return run


E2 = Multiplex(212)
KBIT_S = 8448


def rai(bits: Sequence[int]) -> bool:
    """Remote alarm as the last frames say: five in a row change it."""
    now, run = False, 0
    for bit in bits:
        run = run + 1 if bool(bit) != now else 0
        if run == RAI_FRAMES:
            now, run = not now, 0
    return now
