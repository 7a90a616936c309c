"""One end of a group with LCAS on whole lines: the machine's packets go out in H4 or K4, those that come in are read.

A step is a control packet long. In step n the frames are built whose H4s or K4s are those of packet n: so the first
step of a group with H4 is 8 frames, all others 16, or 128 with K4.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from . import gfp, vcat, vcatmix
from .lcas import Received
from .lcas_machine import End
from .stmn import StmN
from .vcatmix import Layout


class LineEnd:
    """An end whose members have the same places in both directions."""

    def __init__(self, what: Layout, frames: Iterable[bytes], **options: Any) -> None:
        """`frames`: GFP frames to send, back to back; `options`: of `End`."""
        count = len(what.places)
        self.what, self.kind = what, what.kind
        self.end = End(what.kind, count, count, **options)
        self.source = gfp.OctetSource(frames)
        self.group = vcat.Group(what.kind, count, self.source, self.end.packets)
        self.builders = what.builders(self.group)
        self.parsers = what.parsers()
        self.failed: set[int] = set()  # members of which nothing is read
        self.end.step()
        self._first: list[int] | None = None  # numbers of the members' first VCs
        self._next = 0  # packet that the machine gets next

    @property
    def frames(self) -> int:
        """Frames of the next step."""
        if self.kind != "vc12" and len(self.end.history) == 1:
            return 8
        return vcat.packet_length(self.kind) * vcatmix.FRAMES[self.kind]

    def build(self) -> list[bytes]:
        """The frames of a step, of each line."""
        return [builder.line(self.frames) for builder in self.builders]

    def parse(self, octets: Iterable[bytes]) -> None:
        """The frames of a step that have come, of each line; ends the step."""
        size = StmN(self.what.n).size
        for parser, run in zip(self.parsers, octets, strict=True):
            parser.feed_all(run[i : i + size] for i in range(0, len(run), size))
        self.end.step(self._received(), self.failed)

    def _received(self) -> dict[int, Received]:
        """The packets of one time of all members; none when they have not all come."""
        paths, length = self.what.paths(self.parsers), vcat.packet_length(self.kind)
        if self._first is None:
            if any(path.numbering() is None for path in paths):
                return {}
            self._first = vcat.align(paths).first
            self._next = max(vcat.packet_of(self.kind, first + length - 1)[0] for first in self._first)
        begin = self._next * length - (0 if self.kind == "vc12" else 8)
        received: dict[int, Received] = {}
        for index, (path, first) in enumerate(zip(paths, self._first, strict=True)):
            run = path.longest_run[begin - first : begin - first + length]
            if len(run) < length and index not in self.failed:
                return {}
            if len(run) == length:
                received[index] = vcat.packet_in(path, run)
        self._next += 1
        return received

    def read(self) -> vcat.Reading:
        """All that has come."""
        return vcat.read(self.what.paths(self.parsers))

    def lose(self, members: Collection[int]) -> None:
        """From the next step on nothing is read of these members alone."""
        self.failed = set(members)
