"""E1 and E3 bit streams in raw files: into VCs, and out of them.

The bits of a file stand in the VC from the end of the lead-in on; before and after them the VC carries ones (AIS). So
what comes out of a VC is written from its first frame that is not all ones on, and to its last.
"""

from __future__ import annotations

from typing import BinaryIO

from msapemu._framing import E1, E3
from msapemu.ctl.errors import UsageError
from msapemu.interop.octets import Octets

V5_NONSPECIFIC = 1  # G.707 table 9-12
V5_ASYNCHRONOUS = 2
V5_BYTE_SYNCHRONOUS = 4
C2_NONSPECIFIC = 0x01  # G.707 table 9-11
C2_E3 = 0x04

# Octets that a tributary queues: more than what is built or read at once
E1_QUEUE = 1 << 14
E3_QUEUE = 1 << 18

# Octets of a frame. What is left out before the first is so many of those that come in a VC frame: in whole ones.
E1_FRAME = 32
E3_IN_VC3 = 537  # 4296 bits
G751_FRAME = 192  # 1536 bits
G832_FRAME = 537
G832_START = b"\xf6\x28"  # FA1 FA2


def carries_tributary(member: str, label: int) -> bool:
    """Whether a VC of this label may."""
    if "." in member:
        return label in (V5_NONSPECIFIC, V5_ASYNCHRONOUS, V5_BYTE_SYNCHRONOUS)
    return label in (C2_NONSPECIFIC, C2_E3)


def new_tributary(member: str, byte_synchronous: bool = False) -> E1 | E3:
    """For the VC-12 "K.L.M" or the VC-3 "K". Sends what it is given at once, and ones when there is nothing."""
    if "." in member:
        return E1("byte" if byte_synchronous else "async", queue_octets=E1_QUEUE, target_octets=0)
    return E3(queue_octets=E3_QUEUE, target_octets=0)


class Feed:
    """A file on its way into a VC."""

    def __init__(self, octets: Octets, tributary: E1 | E3) -> None:
        if octets.ended():
            raise UsageError(f"{octets.path}: the file is empty")
        self._octets = octets
        self._tributary = tributary

    @property
    def sure(self) -> int:
        """Line frames for which there are bits."""
        return max(1, self._tributary.waiting // (E1_FRAME if isinstance(self._tributary, E1) else E3_IN_VC3))

    @property
    def pending(self) -> bool:
        return not self._octets.ended() or self._tributary.waiting > 0

    def fill(self) -> None:
        """As much as there is room for."""
        room = self._tributary.room
        while room and (octets := self._octets.some(room)):
            room -= self._tributary.push(octets)


class Drain:
    """A VC on its way into a file."""

    def __init__(self, tributary: E1 | E3, stream: BinaryIO) -> None:
        self.octets = 0
        self._tributary = tributary
        self._stream = stream
        self._unit = E1_FRAME if isinstance(tributary, E1) else E3_IN_VC3
        self._started = False
        self._rest = b""  # less than a frame
        self._ones = 0  # octets of frames of ones that wait for one that is not

    def take(self) -> None:
        """What has come since the last call."""
        octets = self._rest + self._tributary.pop()
        whole = len(octets) - len(octets) % self._unit
        at = 0
        while at < whole:
            frame = octets[at : at + self._unit]
            at += self._unit
            if frame.count(0xFF) < len(frame):
                if not self._started:
                    self._started = True
                    if isinstance(self._tributary, E3) and not frame.startswith(G832_START):
                        # on by frames of G.751
                        at, whole = self._restart(octets, at - self._unit)
                        continue
                self._write(frame)
            elif self._started:
                self._ones += self._unit
        self._rest = octets[at:]

    def finish(self) -> None:
        """The end of the line: what came of a frame."""
        self.take()
        if self._started and self._rest.count(0xFF) < len(self._rest):
            self._write(self._rest)

    def _restart(self, octets: bytes, at: int) -> tuple[int, int]:
        self._unit = G751_FRAME
        return at, len(octets) - (len(octets) - at) % self._unit

    def _write(self, frame: bytes) -> None:
        self._stream.write(b"\xff" * self._ones + frame)
        self.octets += self._ones + len(frame)
        self._ones = 0
