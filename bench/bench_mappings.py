"""E1 into VC-12s and E3 into VC-3s, and out again; octets are those of the E1 or E3. 64 frames a round.

"at any bit" has every fourth frame (E3: sub-frame) justified, so that frames begin at any bit of the queue's octets. An
E1 is 2000 frames a second: 63 of them, both ways, are 252 000.
"""

from __future__ import annotations

import random

import pytest

from msapemu._framing import E1, E3

FRAMES = 64
MAPPINGS = {"E1": (E1, 128, 1 << 15), "E3": (E3, 537, 1 << 17)}  # octets of a frame, and of a queue for some rounds


def _source(name, justified):
    """A source, and octets to feed it with: it stays far above its target, or has none."""
    kind, octets, queue = MAPPINGS[name]
    source = kind(queue_octets=queue, target_octets=octets if justified else 0)
    lump = random.Random(1).randbytes((FRAMES + 1) * octets)
    while justified and not source.counters()["tx_negative"]:
        source.push(lump[: source.room])
        source.build(frames=8)
    return source, lump


@pytest.mark.parametrize("justified", [False, True], ids=["nominal", "at any bit"])
@pytest.mark.parametrize("name", MAPPINGS)
class TestMapping:
    def test_source(self, rate, name, justified):
        source, lump = _source(name, justified)

        def feed():
            source.push(lump[: source.room])
            source.push(lump[: source.room])

        rate(lambda: source.build(frames=FRAMES), FRAMES * MAPPINGS[name][1], setup=feed)
        counters = source.counters()
        assert counters["tx_underflows"] == 0
        assert (counters["tx_negative"] > counters["tx_frames"] // 8) is justified

    def test_sink(self, rate, name, justified):
        source, lump = _source(name, justified)
        source.push(lump)
        kind, octets, queue = MAPPINGS[name]
        sink, frames = kind(queue_octets=queue, target_octets=0), source.build(frames=FRAMES)
        rate(lambda: sink.parse(frames), FRAMES * octets, setup=sink.pop)
        assert (sink.counters()["rx_negative"] > 0) is justified
