"""The octet stream of virtual containers between a path layer and a pointer layer.

In both the AU-4 and the TU-12 a VC fills exactly the octets between two pointers of an unmoved frame, and a
justification happens after the pointer word that announces it. So with the stuff octets left out and the data
in H3 or V3 taken in, the VC always starts (old value x unit) octets after its pointer, and the following VC
one VC size later: only new data moves the start against the stream (STANDARDS 2 and 4).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class VcQueue:
    """Transmit side: VCs back to back, handed out in runs of octets."""

    def __init__(self, next_vc: Callable[[], bytes], lead: int) -> None:
        """`next_vc` makes the VCs in order; `lead` zero octets come before the first."""
        self._next_vc = next_vc
        self._pending = bytearray(lead)  # never more than what is left of the VC that has begun

    def take(self, count: int) -> bytes:
        """The next `count` octets of the stream."""
        while len(self._pending) < count:
            self._pending += self._next_vc()
        taken = bytes(self._pending[:count])
        del self._pending[:count]
        return taken

    def restart(self, distance: int) -> None:
        """New data flag: the next VC starts `distance` octets from here.

        The VC under way loses what no longer fits; a gap behind its end is filled with zeros.
        """
        self._pending = bytearray(self._pending[:distance].ljust(distance, b"\0"))


class Vc(NamedTuple):
    """A received VC: its octets, the owner's clock when it began, and whether it is whole."""

    octets: bytes
    started: int
    whole: bool


class VcCollector:
    """Receive side: cuts the stream into VCs."""

    def __init__(self, size: int) -> None:
        """`size`: octets of a VC (2349 of a VC-4, 140 of a VC-12)."""
        self.size = size
        self.clock = 0
        self.received: list[Vc] = []
        self._until: int | None = None  # octets to the next start; None: no pointer
        self._current: bytearray | None = None
        self._started = 0

    def start_in(self, distance: int) -> None:
        """The next VC starts `distance` octets from here, whatever was expected before."""
        self._until = distance

    def stop(self) -> None:
        """No valid pointer: forget the VC under way."""
        self._until = self._current = None

    def put(self, octets: bytes) -> None:
        """The next octets; a whole VC is `received` at once, a cut one when the next starts."""
        while octets and self._until is not None:
            if self._until == 0:
                if self._current is not None:
                    self._emit(whole=False)
                self._current, self._started, self._until = bytearray(), self.clock, self.size
            run, octets = octets[: self._until], octets[self._until :]
            self._until -= len(run)
            if self._current is not None:
                self._current += run[: self.size - len(self._current)]
                if len(self._current) == self.size:
                    self._emit(whole=True)

    def _emit(self, whole: bool) -> None:
        assert self._current is not None
        self.received.append(Vc(bytes(self._current), self._started, whole))
        self._current = None
