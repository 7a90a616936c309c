"""A tributary on its way through a container, in virtual time: what the tests of E1 and E3 share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from msapemu._framing import E1, E3


def bits(octets: bytes) -> str:
    return "".join(f"{octet:08b}" for octet in octets)


@dataclass
class Run:
    """A port whose clock is `ppm` off the container's pushes its octets, `lump` frame times of them at once."""

    source: E1 | E3
    sink: E1 | E3
    bits: int  # of a frame, nominal
    ppm: float
    lump: int = 1
    seed: int = 1
    late: float = 0  # how late a lump may come, in frame times
    spoil: Callable[[bytearray], None] = lambda frames: None  # what happens to the frames on the way
    sent: bytearray = field(default_factory=bytearray)
    received: bytearray = field(default_factory=bytearray)
    lowest: int = 1 << 30  # octets in the queue after a frame
    highest: int = 0
    due: float = 0  # octets that the port's clock has given

    def __post_init__(self) -> None:
        self.chance = Random(self.seed)

    def run(self, frames: int) -> None:
        for _ in range(frames // self.lump):
            self.due += self.lump * self.bits * (1 + self.ppm * 1e-6) / 8
            octets = int(self.due - self.chance.random() * self.late * self.bits / 8) - len(self.sent)
            lump = self.chance.randbytes(max(octets, 0))
            assert self.source.push(lump) == len(lump), self
            self.sent += lump
            frames = bytearray(self.source.build(frames=self.lump))
            self.spoil(frames)
            self.sink.parse(frames)
            self.received += self.sink.pop()
            self.lowest = min(self.lowest, self.source.waiting)
            self.highest = max(self.highest, self.source.waiting)

    def settle(self, frames: int) -> dict[str, int]:
        """Run that long; from here on count anew: the counters so far."""
        self.run(frames)
        self.lowest, self.highest = 1 << 30, 0
        return self.source.counters()

    def since(self, before: dict[str, int]) -> dict[str, int]:
        return {name: value - before[name] for name, value in self.source.counters().items()}

    def assert_bit_exact(self) -> None:
        """AIS until the queue was full enough, then every bit once."""
        ais = self.source.counters()["tx_ais"]
        assert ais % 8 == 0
        assert self.received[: ais // 8] == b"\xff" * (ais // 8)
        arrived = self.received[ais // 8 :]
        assert len(arrived) > len(self.sent) - 2 * self.source.waiting - self.bits // 4
        assert arrived == self.sent[: len(arrived)], f"seed {self.seed}"
        assert self.source.counters()["tx_underflows"] == self.sink.counters()["rx_overflows"] == 0
