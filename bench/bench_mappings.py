"""E1 into VC-12s and E3 into VC-3s, and out again; octets are those of the E1 or E3. 64 frames a round.

An E1 is 2000 frames a second: the E1 of 63 VC-12s, both ways, are 252 000 a second.
"""

from __future__ import annotations

import random

import pytest

from msapemu._framing import E1, E3

FRAMES = 64
QUEUE = 1 << 17


def _makers(bits):
    """A source that begins its frames at that bit of its queue's octets, and what feeds it."""
    return [
        pytest.param(lambda: E1(queue_octets=QUEUE, target_octets=0), 128, bits, id=f"E1, bit {bits}"),
        pytest.param(lambda: E3(queue_octets=QUEUE, target_octets=0), 537, bits, id=f"E3, bit {bits}"),
    ]


@pytest.mark.parametrize(("make", "octets", "bits"), [*_makers(0), *_makers(3)])
class TestMapping:
    def test_source(self, rate, make, octets, bits):
        source, lump = make(), random.Random(1).randbytes(FRAMES * octets)
        rate(lambda: source.build(frames=FRAMES), len(lump), setup=lambda: source.push(lump))

    def test_sink(self, rate, make, octets, bits):
        source, sink = make(), make()
        source.push(random.Random(1).randbytes(FRAMES * octets))
        frames = source.build(frames=FRAMES)
        rate(lambda: sink.parse(frames), FRAMES * octets, setup=sink.pop)
