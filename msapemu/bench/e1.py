"""Set-up of E1 framers: TS0, multiframe and CRC-4 made and checked, of as many E1s as an STM-1 carries."""

from __future__ import annotations

import random
from collections.abc import Mapping

from msapemu._framing import Fabric, FramedE1, PdhLine
from msapemu.bench.work import Stage, faults, refuse

E1_BPS = 2_048_000
E1_OCTETS = 32
E1S = 63
FRAMES = 64  # a round: 8 ms
SETTLE = 64 * FRAMES


class E1Ends:
    """E1s back to back, framed at both ends: `build` is one end's framer, `parse` the other's."""

    mapping = "e1"
    size = E1_OCTETS

    def __init__(self, e1s: int = E1S) -> None:
        chance = random.Random(1)
        self.lines = [[PdhLine("e1") for _ in range(e1s)] for _ in "az"]
        self.framers = [[FramedE1(line.bearers[0], idle=chance.randrange(255)) for line in end] for end in self.lines]
        self.fabrics = [Fabric(framers) for framers in self.framers]
        for fabric in self.fabrics:
            fabric.apply()
        self.line_bps = float(E1_BPS)
        self.frames = e1s * FRAMES
        self.octets = self.frames * E1_OCTETS
        self.there: list[bytes] = []
        for _ in range(SETTLE // FRAMES):
            self.build()
            self.parse()
            self.arm()
        self.before = self._counters()

    @property
    def stages(self) -> Mapping[str, Stage]:
        return {"build": self.build, "parse": self.parse}

    def build(self) -> None:
        self.fabrics[0].transmit(FRAMES)
        self.there = [line.build(FRAMES) for line in self.lines[0]]

    def parse(self) -> None:
        for line, octets in zip(self.lines[1], self.there, strict=True):
            line.parse(octets)
        self.fabrics[1].receive()

    def arm(self) -> None:
        """The way back."""
        self.fabrics[1].transmit(FRAMES)
        for here, there in zip(*self.lines, strict=True):
            here.parse(there.build(FRAMES))
        self.fabrics[0].receive()

    def _counters(self) -> list[dict[str, int]]:
        return [framer.counters() for end in self.framers for framer in end]

    def check(self) -> None:
        found = [text for one, was in zip(self._counters(), self.before, strict=True) for text in faults(one, was)]
        found += [name for end in self.framers for framer in end for name in framer.defects]
        if {framer.state for end in self.framers for framer in end} != {"MULTIFRAME"}:
            found.append("an E1 without its multiframe")
        refuse(self, found)
