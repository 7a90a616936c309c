"""E2 and E3 multiplexes (G.742, G.751): 60 lines of 8448 kbit/s, a millisecond of each a round; octets are those of the
lines. Both ways together have to stay far below half a millisecond: that is half a core for 60 directions.

16 E3, which are as many E1, beside them; and what a receiver costs whose signal is AIS or noise.
"""

from __future__ import annotations

import random

import pytest

from msapemu._framing import PdhLine

LINES = {"e2": 60, "e3": 16}
TICK = 8  # frames of 125 us
E1 = TICK * 32


class Lines:
    """Pairs of lines whose E1s are full of bits."""

    def __init__(self, rate: str) -> None:
        noise = random.Random(1)
        made = {"queue_octets": 1 << 14, "target_octets": 512}
        self.near = [PdhLine(rate, **made) for _ in range(LINES[rate])]
        self.far = [PdhLine(rate, **made) for _ in range(LINES[rate])]
        self.lump = noise.randbytes(E1)
        self.octets = TICK * self.near[0].octets
        self.signals: list[bytes] = []
        self._to = [bearer for line in self.near for bearer in line.bearers]
        self._from = [bearer for line in self.far for bearer in line.bearers]
        for _ in range(4):
            self.feed()
        for _ in range(4):
            self.feed()
            self.build()
            self.take()

    def feed(self) -> None:
        for bearer in self._to:
            bearer.push(self.lump)

    def build(self) -> None:
        self.signals = [line.build(TICK) for line in self.near]

    def next(self) -> None:
        self.feed()
        self.build()
        for bearer in self._from:
            bearer.pop()

    def take(self) -> None:
        for line, signal in zip(self.far, self.signals, strict=True):
            line.parse(signal)


@pytest.mark.parametrize("order", LINES)
class TestMultiplex:
    def test_source(self, rate, order):
        lines = Lines(order)
        rate(lines.build, len(lines.near) * lines.octets, setup=lines.feed)
        assert lines.near[0].level("e1.1")["tx_underflows"] == 0

    def test_sink(self, rate, order):
        lines = Lines(order)
        rate(lines.take, len(lines.near) * lines.octets, setup=lines.next)
        assert lines.far[0].level(order)["losses"] == 0
        assert lines.far[0].level("e1.1")["rx_overflows"] == 0

    @pytest.mark.parametrize("signal", ["ais", "noise"])
    def test_sink_without_frames(self, rate, order, signal):
        lines = Lines(order)
        noise = random.Random(2)

        def bring() -> None:
            lines.next()
            lines.signals = [
                b"\xff" * lines.octets if signal == "ais" else noise.randbytes(lines.octets) for _ in lines.near
            ]

        rate(lines.take, len(lines.near) * lines.octets, setup=bring)
        assert ("MUX-AIS" if signal == "ais" else "MUX-LOF") in lines.far[0].defects
