"""The bits of E1s: where frames begin in them, and into files."""

from __future__ import annotations

import re
from typing import BinaryIO

# G.706 4.1.2: FAS (bit 1 is Si), in the next frame bit 2 is 1, and so on: three FAS and what stands between
FRAMES = re.compile(r"(?=.0011011.{249}1.{254}.0011011.{249}1.{254}.0011011)", re.S)
FRAME_BITS = 256
OCTETS_SEARCHED = 1 << 16


def as_text(octets: bytes) -> str:
    return f"{int.from_bytes(octets, 'big'):0{8 * len(octets)}b}" if octets else ""


def frames_begin(octets: bytes) -> int | None:
    """The bit with which the first frame begins, in the first OCTETS_SEARCHED; None: no frames are found."""
    text = as_text(octets[:OCTETS_SEARCHED])
    found = FRAMES.search(text)
    if found is None:
        return None
    at = found.start()
    # the frame before may have been whole
    return at - FRAME_BITS if at >= FRAME_BITS and text[at - FRAME_BITS + 1] == "1" else at


class BitDrain:
    """A tributary on its way into a file: from its first frame on, or, unframed, from its first octet that is not ones.

    To its last octet that is not: what comes after the bits of an E1 is AIS.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.octets = 0
        self._stream = stream
        self._start = b""  # until it is known where to begin
        self._shift: int | None = None
        self._rest = b""  # the octet of which some bits are written
        self._ones = 0

    def take(self, octets: bytes) -> None:
        if self._shift is not None:
            self._write(octets)
            return
        self._start = (self._start or octets.lstrip(b"\xff")) if not self._start else self._start + octets
        if len(self._start) >= OCTETS_SEARCHED:
            self._begin()

    def finish(self) -> None:
        """The end of the line."""
        if self._shift is None:
            self._begin()

    def _begin(self) -> None:
        begins = frames_begin(self._start) or 0
        self._shift = begins % 8
        self._rest = b""
        self._write(self._start[begins // 8 :])

    def _write(self, octets: bytes) -> None:
        if self._shift:
            both = self._rest + octets
            self._rest = both[-1:]
            if len(both) < 2:
                return
            word = int.from_bytes(both, "big") >> (8 - self._shift)
            count = len(both) - 1
            octets = (word & ((1 << 8 * count) - 1)).to_bytes(count, "big")
        body = octets.rstrip(b"\xff")
        if body:
            self._stream.write(b"\xff" * self._ones + body)
            self.octets += self._ones + len(body)
            self._ones = 0
        self._ones += len(octets) - len(body)
