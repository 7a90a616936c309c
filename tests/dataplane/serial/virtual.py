"""Two protocols back to back in virtual time, over a line with a delay that loses frames."""

from __future__ import annotations

import heapq
import itertools
from random import Random

from msapemu.dataplane.serial.protocol import SerialProtocol

STEP_S = 0.1


class Pair:
    """`loss`: the part of frames that does not come, of either way; a frame takes `delay_s`."""

    def __init__(
        self, one: SerialProtocol, other: SerialProtocol, loss: float = 0, delay_s: float = 0.02, seed: int = 1
    ) -> None:
        self.ends = (one, other)
        self.now = 0.0
        self.loss = loss
        self.sent: tuple[list[bytes], list[bytes]] = ([], [])  # frames, by who sent them
        self.got: tuple[list[bytes], list[bytes]] = ([], [])  # packets, by who got them
        self.told: tuple[list[str], list[str]] = ([], [])
        self._delay_s = delay_s
        self._random = Random(seed)
        self._order = itertools.count()
        self._flying: list[tuple[float, int, int, bytes]] = []

    def begin(self) -> None:
        for end in self.ends:
            end.open(True, self.now)
            end.line(True, self.now)

    def line(self, there: bool) -> None:
        for end in self.ends:
            end.line(there, self.now)
        if not there:
            self._flying.clear()

    def send(self, number: int, packet: bytes) -> bool:
        """Whether the end took it."""
        frame = self.ends[number].encapsulated(packet)
        if frame is not None:
            self._launch(number, frame)
        return frame is not None

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:
            self._deliver()
            for number, protocol in enumerate(self.ends):
                protocol.turn(self.now)
                self._collect(number)
            self._deliver()
            self.now += STEP_S

    @property
    def up(self) -> tuple[bool, bool]:
        return self.ends[0].up, self.ends[1].up

    def _collect(self, number: int) -> None:
        for frame in self.ends[number].take_frames():
            self._launch(number, frame)
        self.told[number].extend(self.ends[number].take_told())

    def _launch(self, number: int, frame: bytes) -> None:
        self.sent[number].append(frame)
        if self._random.random() >= self.loss:
            heapq.heappush(self._flying, (self.now + self._delay_s, next(self._order), 1 - number, frame))

    def _deliver(self) -> None:
        while self._flying and self._flying[0][0] <= self.now + STEP_S:
            at, _, number, frame = heapq.heappop(self._flying)
            packet = self.ends[number].receive(frame, max(at, self.now))
            if packet is not None:
                self.got[number].append(packet)
            self._collect(number)


EXPERIMENTAL = b"\xfd"  # a protocol number that nobody else uses (RFC 3692)


def ipv4(number: int = 0, length: int = 40) -> bytes:
    head = b"\x45\0" + length.to_bytes(2, "big") + bytes(4) + b"\x40" + EXPERIMENTAL + bytes(2)
    return head + b"\x0a\0\0\1\x0a\0\0\2" + number.to_bytes(4, "big") + bytes(length - 24)


def ipv6(number: int = 0, length: int = 60) -> bytes:
    head = b"\x60\0\0\0" + (length - 40).to_bytes(2, "big") + EXPERIMENTAL + b"\x40"
    return (
        head
        + (b"\xfd" + bytes(14) + b"\1")
        + (b"\xfd" + bytes(14) + b"\2")
        + number.to_bytes(4, "big")
        + bytes(length - 44)
    )
