"""GFP-F alone: client frames into a container's octets and back, FCS made and checked."""

from __future__ import annotations

import random

import pytest

from msapemu._framing import Group

OCTETS = 64 * 2340


@pytest.mark.parametrize("payload_fcs", [False, True], ids=["", "pfcs"])
@pytest.mark.parametrize("size", [64, 1514])
class TestGfp:
    def test_source(self, rate, size, payload_fcs):
        group, frame = Group(payload_fcs=payload_fcs), random.Random(1).randbytes(size)
        rate(lambda: group.fill(OCTETS), OCTETS, setup=lambda: _refill(group, frame))

    def test_sink(self, rate, size, payload_fcs):
        group, frame = Group(payload_fcs=payload_fcs), random.Random(1).randbytes(size)
        group.take(group.fill(64))

        def arm():
            _refill(group, frame)
            group.receive()
            stream[:] = group.fill(OCTETS)

        stream = bytearray(OCTETS)
        rate(lambda: group.take(stream), OCTETS, setup=arm)
        assert group.counters()["ethernet_fcs_errors"] == 0


@pytest.mark.parametrize("channels", [1, 8, 64])
class TestChannels:
    """Several clients by channel, all with frames waiting; each other one sends long frames."""

    def test_source(self, rate, channels):
        group = Group(channels=range(channels))
        rate(lambda: group.fill(OCTETS), OCTETS, setup=lambda: _refill_all(group))

    def test_sink(self, rate, channels):
        group = Group(channels=range(channels))
        group.take(group.fill(64))
        stream = bytearray(OCTETS)

        def arm():
            _refill_all(group)
            for client in group.channels:
                client.receive()
            stream[:] = group.fill(OCTETS)

        rate(lambda: group.take(stream), OCTETS, setup=arm)
        assert group.counters()["ethernet_fcs_errors"] == 0


def _refill_all(group):
    for number, client in enumerate(group.channels):
        frame = random.Random(number).randbytes(1514 if number % 2 else 64)
        while client.waiting * len(frame) < 2 * OCTETS // len(group.channels) + 3000 and client.send(frame):
            pass


def _refill(group, frame):
    while group.waiting * len(frame) < 2 * OCTETS and group.send(frame):
        pass
