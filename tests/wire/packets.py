"""Packets of pseudowires as the RFCs define them, field by field, and a network between two ends in virtual time."""

from __future__ import annotations

import heapq
import itertools
import struct
from collections.abc import Callable
from random import Random

from msapemu._framing import Satop

L, R = 8, 4
FRAME_OCTETS = 32


def word(sequence: int, flags: int = 0, length: int = 0, fragment: int = 0) -> bytes:
    """A control word (RFC 4553 4.3.1, RFC 5086 4.3)."""
    return struct.pack("!BBH", flags, fragment << 6 | length, sequence & 0xFFFF)


def packet(sequence: int, payload: bytes, flags: int = 0, fragment: int = 0) -> bytes:
    length = 4 + len(payload)
    return word(sequence, flags, length if length < 64 else 0, fragment) + payload


def rtp(kind: int, sequence: int, timestamp: int, ssrc: int) -> bytes:
    """A fixed header (RFC 3550 5.1)."""
    return struct.pack("!BBHII", 0x80, kind, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc)


def bits(octets: bytes) -> str:
    return f"{int.from_bytes(octets, 'big'):0{8 * len(octets)}b}" if octets else ""


Network = Callable[[int, bytes], list[tuple[float, bytes]]]  # (ms, packet) -> (ms of arrival, packet) each


def straight(ms: int, packet: bytes) -> list[tuple[float, bytes]]:
    return [(ms, packet)]


class Path:
    """Two ends of a SAToP pseudowire, a clock each, and a network between them; 1 ms of the sink's time a step."""

    def __init__(self, source: Satop, sink: Satop, seed: int = 1) -> None:
        self.source, self.sink = source, sink
        self.chance = Random(seed)
        self.sent = bytearray()
        self.got = bytearray()
        self.ms = 0
        self._frames = 0.0
        self._flying: list[tuple[float, int, bytes]] = []
        self._number = itertools.count()

    def run(self, ms: int, ppm: float = 0.0, network: Network = straight, content: bytes | None = None) -> None:
        """`content`: an octet that is sent all the time, instead of random ones; b"": nothing is."""
        for _ in range(ms):
            self._frames += 8 * (1 + ppm * 1e-6)
            frames, self._frames = int(self._frames), self._frames % 1
            octets = self.chance.randbytes(FRAME_OCTETS * frames)
            if content is not None:
                octets = content * len(octets)
            assert self.source.bearer.push(octets) == len(octets)
            self.sent += octets
            for made in self.source.packets(frames):
                for when, one in network(self.ms, made):
                    heapq.heappush(self._flying, (when, next(self._number), one))
            while self._flying and self._flying[0][0] <= self.ms:
                self.sink.take(heapq.heappop(self._flying)[2])
            self.sink.play(8)
            self.got += self.sink.bearer.pop()
            self.ms += 1

    def exact(self) -> bool:
        """What came out is what went in, behind the ones of the start."""
        filled = self.sink.counters()["filled"]
        lead, rest = divmod(filled, 8)
        assert rest == 0 and set(self.got[:lead]) <= {0xFF}
        return bytes(self.sent).startswith(bytes(self.got[lead:]))
