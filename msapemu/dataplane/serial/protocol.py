"""What every protocol on a serial line shows to the end that speaks it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

IPV4, IPV6 = 4, 6  # the version in the first four bits of a packet


@dataclass
class ProtocolCounters:
    """Frames that came: with a packet, of the protocol itself, for something that nobody has here, and broken ones."""

    packets: int = 0
    control: int = 0
    unknown: int = 0
    malformed: int = 0
    refused: int = 0  # packets that were to be sent while they could not


class SerialProtocol:
    """One side of a protocol on a serial line. Frames are without flags and FCS, `now` are seconds of any clock.

    It runs while both its user wants it (`open`) and the line is there (`line`).
    """

    name: str

    def __init__(self) -> None:
        self.counters = ProtocolCounters()
        self._frames: deque[bytes] = deque()
        self._told: deque[str] = deque()
        self._opened = False
        self._line = False

    @property
    def up(self) -> bool:
        """The line protocol: packets get through."""
        raise NotImplementedError

    @property
    def detail(self) -> str:
        """Its state in a few words."""
        raise NotImplementedError

    def open(self, wanted: bool, now: float) -> None:
        """The user wants the line, or wants it no more."""
        if wanted != self._opened:
            self._opened = wanted
            self._run(self._opened and self._line, now)

    def line(self, there: bool, now: float) -> None:
        """The line is there (DCD), or is not."""
        if there != self._line:
            self._line = there
            self._run(self._opened and self._line, now)

    def receive(self, frame: bytes, now: float) -> bytes | None:
        """A frame that came: the packet in it, or None."""
        raise NotImplementedError

    def encapsulated(self, packet: bytes) -> bytes | None:
        """The frame for a packet; None, and counted, when it cannot be sent now."""
        raise NotImplementedError

    def turn(self, now: float) -> None:
        """Do what is due."""
        raise NotImplementedError

    def take_frames(self) -> Iterable[bytes]:
        """The protocol's own frames that are to be sent, each once."""
        while self._frames:
            yield self._frames.popleft()

    def take_told(self) -> Iterable[str]:
        """What a user may want to read in a log, each once."""
        while self._told:
            yield self._told.popleft()

    def _run(self, running: bool, now: float) -> None:
        """Begin, or end."""
        raise NotImplementedError


def version(packet: bytes) -> int:
    """Of IP; 0 of what is no packet."""
    return packet[0] >> 4 if packet else 0
