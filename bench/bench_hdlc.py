"""HDLC alone: frames into a stream and back, bits and octets stuffed, FCS made and checked; a core carries a direction.

The adaptations of a group beside it, so that what the queues cost shows.
"""

from __future__ import annotations

import random

import pytest

from msapemu._framing import Group, Hdlc

FRAMES = [random.Random(number).randbytes(1500) for number in range(100)]
OCTETS = sum(map(len, FRAMES))
ADAPTATIONS = {
    "hdlc": {"adaptation": "hdlc"},
    "ppp": {"adaptation": "ppp", "fcs": 32, "lan_fcs": True},
    "laps": {"adaptation": "laps"},
}


@pytest.mark.parametrize("fcs", [None, 16, 32])
@pytest.mark.parametrize("stuffing", ["bit", "octet"])
class TestHdlc:
    def test_send(self, rate, stuffing, fcs):
        hdlc = Hdlc(fcs=fcs, stuffing=stuffing)

        def send():
            for frame in FRAMES:
                hdlc.send(frame)

        rate(send, OCTETS, setup=hdlc.fill)

    def test_take(self, rate, stuffing, fcs):
        hdlc = Hdlc(fcs=fcs, stuffing=stuffing)
        for frame in FRAMES:
            hdlc.send(frame)
        stream = hdlc.fill() + hdlc.fill(2)
        rate(lambda: hdlc.take(stream), OCTETS, setup=hdlc.receive)
        assert hdlc.counters()["fcs_errors"] == 0


def test_flags(rate):
    """A line at rest, at another offset than that of octets."""
    hdlc = Hdlc()
    hdlc.send(b"\xff\xff")
    hdlc.fill()
    stream = hdlc.fill(OCTETS)
    rate(lambda: hdlc.take(stream), OCTETS)


@pytest.mark.parametrize("adaptation", ADAPTATIONS)
class TestGroup:
    def test_fill(self, rate, adaptation):
        group = Group(**ADAPTATIONS[adaptation])
        rate(lambda: group.fill(OCTETS), OCTETS, setup=lambda: _refill(group))

    def test_take(self, rate, adaptation):
        group = Group(**ADAPTATIONS[adaptation])
        stream = bytearray(OCTETS)

        def arm():
            _refill(group)
            group.receive()
            stream[:] = group.fill(OCTETS)

        rate(lambda: group.take(stream), OCTETS, setup=arm)
        assert group.counters()["payload_fcs_errors"] == 0


def _refill(group):
    while group.waiting < 2 * len(FRAMES) and group.send(FRAMES[group.waiting % len(FRAMES)]):
        pass
