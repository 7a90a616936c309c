"""A line file once through a receiver that has the groups of a structure on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from msapemu._framing import Group, Line, LineMap
from msapemu.interop.linefile import STM1_OCTETS, read_blocks
from msapemu.interop.structure import Structure

FRAME_NS = 125_000

Deliver = Callable[[bytes, int], None]  # an Ethernet frame without FCS, ns since the start of the line
Stop = Callable[[], bool]


class ClientFormat(NamedTuple):
    """What a GFP sink must know that no label on the line says."""

    scramble: bool = True


def nowhere(octets: bytes, time: int) -> None:
    """Delivers to nobody."""


class Pass:
    """The line, the groups on it and what happened."""

    def __init__(self, source: Path, structure: Structure, formats: Sequence[ClientFormat] = ()) -> None:
        self.source = source
        self.structure = structure
        self.formats = list(formats) or [ClientFormat()] * len(structure.groups)
        self.groups = [Group(scramble=one.scramble, cid="any") for one in self.formats]
        self.line = Line()
        self.line.apply(LineMap(structure.kind, list(zip(self.groups, structure.groups, strict=True))))
        self.events: list[tuple[int, str, str, str]] = []

    def run(self, deliver: Deliver = nowhere, stop: Stop | None = None) -> None:
        """Read the file, to its end or until `stop` says so, which is asked after every block."""
        position = 0
        for block in read_blocks(self.source):
            self.line.parse(block)
            self.events += self.line.events()
            time = position // STM1_OCTETS * FRAME_NS
            for group in self.groups:
                for frame in group.receive():
                    deliver(frame, time)
            if stop is not None and stop():
                return
            position += len(block)
