"""Groups: virtual concatenation and LCAS over a whole line, with and without differential delay."""

from __future__ import annotations

import random

import pytest

from msapemu._framing import STM1_OCTETS, Group, Line, LineMap, member_name

FRAMES = 64
ALL = [member_name(column) for column in range(63)]
# rate, members by VC-4 number (as LineMap takes them), LCAS, delays
GROUPS = {
    "vc12-63v": ("stm1", {1: dict(zip(ALL, range(63), strict=True))}, False, {}),
    "vc12-63v-lcas": ("stm1", {1: dict(zip(ALL, range(63), strict=True))}, True, {}),
    "vc12-63v-256ms": ("stm1", {1: dict(zip(ALL, range(63), strict=True))}, False, {ALL[1]: 510}),
    "vc3-3v-lcas": ("stm1", {1: {"1": 0, "2": 1, "3": 2}}, True, {}),
    "vc4-4v-lcas": ("stm4", {k + 1: k for k in range(4)}, True, {}),
    "vc4-7v": ("stm16", {k + 1: k for k in range(7)}, False, {}),
    "vc4-16v-lcas": ("stm16", {k + 1: k for k in range(16)}, True, {}),
}


class Ends:
    def __init__(self, name: str) -> None:
        rate, members, lcas, delays = GROUPS[name]
        settings = {"lcas": "one-way" if lcas else False, "delay_limit_us": 256_000, "queue_octets": 1 << 23}
        self.a, self.z = Line(rate=rate, delays=delays), Line(rate=rate)
        self.source, self.sink = Group(**settings), Group(**settings)
        for line, group in ((self.a, self.source), (self.z, self.sink)):
            for vc4, of_group in members.items():
                line.apply(LineMap("vc4" if isinstance(of_group, int) else "tug", [(group, of_group)]), vc4)
        self.frame = random.Random(1).randbytes(1514)
        self.octets = bytearray(FRAMES * STM1_OCTETS * {"stm1": 1, "stm4": 4, "stm16": 16}[rate])
        for _ in range(3000 // FRAMES):
            self.a.build_into(self.octets)
            self.z.parse(self.octets)
        assert self.sink.in_sync

    def refill(self) -> None:
        while self.source.waiting * len(self.frame) < 2 * len(self.octets) and self.source.send(self.frame):
            pass

    def arm_parse(self) -> None:
        self.refill()
        self.sink.receive()
        self.a.build_into(self.octets)


@pytest.mark.parametrize("name", GROUPS)
class TestGroups:
    def test_build(self, rate, name):
        ends = Ends(name)
        rate(lambda: ends.a.build_into(ends.octets), len(ends.octets), setup=ends.refill)

    def test_parse(self, rate, name):
        ends = Ends(name)
        rate(lambda: ends.z.parse(ends.octets), len(ends.octets), setup=ends.arm_parse)
        assert ends.sink.counters()["ethernet_fcs_errors"] == ends.sink.counters()["rx_dropped"] == 0
