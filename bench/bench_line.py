"""A whole STM-1 line: Ethernet frames to scrambled frames and back, every BIP made and checked, all counters on."""

from __future__ import annotations

import random

import pytest

from msapemu._framing import STM1_OCTETS, Group, Line, LineMap, member_name

FRAMES = 64
ALL = [member_name(column) for column in range(63)]
SHUFFLED = random.Random(1).sample(ALL, 63)
POINTERS = {member: random.Random(member).randrange(140) for member in ALL}
MAPPINGS = {
    "vc4": ("vc4", (), 0),
    "vc12-63v": ("tug", ALL, 0),
    "vc12-63v-scattered": ("tug", SHUFFLED, POINTERS),
    "vc12-5v": ("tug", ALL[:5], 0),
}


class Ends:
    """Two lines back to back, with a group each."""

    def __init__(self, mapping: str, size: int) -> None:
        kind, members, pointers = MAPPINGS[mapping]
        self.frame = random.Random(1).randbytes(size)
        self.a, self.z = Line(tu_pointers=pointers), Line()
        self.source, self.sink = Group(), Group()
        self.a.apply(LineMap(kind, [(self.source, members)]))
        self.z.apply(LineMap(kind, [(self.sink, members)]))
        self.octets = bytearray(FRAMES * STM1_OCTETS)
        for _ in range(1 + 640 // FRAMES):
            self.pass_on()

    def pass_on(self) -> None:
        self.a.build_into(self.octets)
        self.z.parse(self.octets)

    def refill(self) -> None:
        """Enough client frames that no octet of the next round is idle."""
        while self.source.waiting * len(self.frame) < 2 * len(self.octets) and self.source.send(self.frame):
            pass

    def arm_parse(self) -> None:
        self.refill()
        self.sink.receive()
        self.a.build_into(self.octets)


@pytest.mark.parametrize("size", [64, 1514])
@pytest.mark.parametrize("mapping", MAPPINGS)
class TestLine:
    def test_build(self, rate, mapping, size):
        ends = Ends(mapping, size)
        rate(lambda: ends.a.build_into(ends.octets), len(ends.octets), setup=ends.refill)

    def test_parse(self, rate, mapping, size):
        ends = Ends(mapping, size)
        rate(lambda: ends.z.parse(ends.octets), len(ends.octets), setup=ends.arm_parse)
        counters, line = ends.sink.counters(), ends.z.counters()
        assert counters["ethernet_fcs_errors"] == counters["rx_dropped"] == 0
        assert line["b1_errors"] == line["b2_errors"] == line["b3_errors"] == line["bip2_errors"] == 0
