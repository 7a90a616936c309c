"""Ten minutes of virtual time through the multiplexes, with all clocks off by as much as they may be: E1 50 ppm, E2 30
ppm, E3 20 ppm, each the one way and the other. Every bit of every E1 arrives."""

from __future__ import annotations

import random

import pytest

from msapemu._framing import E1Bearer, PdhLine

PERIOD = 1 << 18  # octets after which an E1 repeats itself
BATCH = 80  # frames of 125 us
MINUTES = 10

NOISE = random.Random(1).randbytes(PERIOD)


class Stream:
    """An E1 from one line to the other: sent at its own clock, compared as it comes."""

    def __init__(self, number: int, ppm: float, near: E1Bearer, far: E1Bearer) -> None:
        self.start = number * 4099  # where in the noise
        self.octets_a_frame = 32 * (1 + ppm / 1e6)
        self.sent = 0
        self.came = 0
        self.shift: int | None = None
        self._near, self._far = near, far

    def send(self, frames: float) -> None:
        """What is due by then."""
        due = int(frames * self.octets_a_frame) - self.sent
        at = (self.start + self.sent) % PERIOD
        part = NOISE[at : at + due]
        assert self._near.push(part + NOISE[: due - len(part)]) == due
        self.sent += due

    def take(self) -> None:
        octets = self._far.pop()
        if self.shift is None:
            self._lock(octets)
        else:
            self._compare(octets)

    def _lock(self, octets: bytes) -> None:
        """Once the ones are over, the bits are those of the noise from its start on, at some bit."""
        text = "".join(f"{octet:08b}" for octet in octets)
        at = (self.start + 200) % PERIOD
        mark = "".join(f"{octet:08b}" for octet in NOISE[at : at + 16])
        if (found := text.find(mark)) >= 0:
            self.shift = found % 8
            self._rest = octets[found // 8]
            self.came = 200
            self._compare(octets[found // 8 + 1 :])

    def _compare(self, octets: bytes) -> None:
        assert self.shift is not None
        at = (self.start + self.came) % PERIOD
        expected = NOISE[at : at + len(octets)]
        expected += NOISE[: len(octets) - len(expected)]
        if self.shift:
            both = bytes([self._rest]) + octets
            whole = int.from_bytes(both, "big") >> (8 - self.shift)
            aligned = (whole & ((1 << 8 * len(octets)) - 1)).to_bytes(len(octets), "big")
        else:
            aligned = bytes([self._rest]) + octets[:-1]
        assert aligned == expected, self.came
        self._rest = octets[-1]
        self.came += len(octets)


def run(rate: str, line_ppm: float, e2_ppm: tuple[float, ...], e1_ppm: list[float], seconds: int) -> None:
    near = PdhLine(rate, target_octets=3072, queue_octets=16384, e2_ppm=e2_ppm)
    far = PdhLine(rate, queue_octets=16384)
    streams = [
        Stream(n, e1_ppm[n % len(e1_ppm)], one, other)
        for n, (one, other) in enumerate(zip(near.bearers, far.bearers, strict=True))
    ]
    built = 0
    for batch in range(BATCH, 8000 * seconds + 1, BATCH):
        for stream in streams:
            stream.send(batch)
        due = int(batch * (1 + line_ppm / 1e6))
        far.parse(near.build(due - built))
        built = due
        for stream in streams:
            stream.take()
    for n, stream in enumerate(streams, 1):
        assert stream.sent - stream.came < 8192
        level = near.level(f"e1.{n}")
        assert level["tx_underflows"] == level["tx_overflows"] == 0
        assert far.level(f"e1.{n}")["rx_overflows"] == 0
    assert far.events() == []
    assert far.level(rate)["losses"] == far.level(rate)["fas_errors"] == 0


@pytest.mark.parametrize(
    ("e2", "minutes"), [(30, 0.05), (-30, 0.05), pytest.param(-30, MINUTES, marks=pytest.mark.slow)]
)
def test_e2(e2: float, minutes: float) -> None:
    run("e2", e2, (0, 0, 0, 0), [50, -50, 0, 20], int(60 * minutes))


@pytest.mark.parametrize(
    ("e3", "minutes"), [(20, 0.05), (-20, 0.05), pytest.param(20, MINUTES, marks=pytest.mark.slow)]
)
def test_e3(e3: float, minutes: float) -> None:
    run("e3", e3, (30, -30, 10, -10), [50, -50, 50, -50, 0], int(60 * minutes))
