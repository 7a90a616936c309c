"""HDLC, LAPS and bridged PPP in timeslots, over E1s with LCAS, over E3 and in the fibre of a media converter."""

from __future__ import annotations

import re
from typing import Any

import pytest

from msapemu._framing import Fabric, FramedE1, Group, PdhLine
from tests.ref import hdlc as ref
from tests.wire import hdlc_model as model
from tests.wire.lines import mac_frame
from tests.wire.test_eopdh import Ends

ADAPTATIONS: list[dict[str, Any]] = [
    {"adaptation": "hdlc"},
    {"adaptation": "laps", "scramble": False},
    {"adaptation": "ppp", "lan_fcs": True},
    {"adaptation": "ppp", "fcs": 32, "stuffing": "octet"},
]
EVERY = pytest.mark.parametrize("settings", ADAPTATIONS, ids=lambda one: "-".join(map(str, one.values())))


@EVERY
@pytest.mark.parametrize("slots", [(1,), (3, 5, 7, 31), tuple(range(1, 32))], ids=len)
def test_in_timeslots(settings: dict[str, Any], slots: tuple[int, ...]) -> None:
    ends = Ends(1, slots=slots, settings=settings)
    ends.run(8 * 800)
    count = 5 if len(slots) == 1 else 40
    assert ends.carries(8 * 8000 * count // 40 // len(slots) + 4000, count)
    assert ends.defects(0) == ends.defects(1) == ()
    assert not any(ends.groups[1].counters()[name] for name in ("payload_fcs_errors", "aborts", "invalid"))


@EVERY
@pytest.mark.parametrize("lcas", [False, True])
def test_over_e1s(settings: dict[str, Any], lcas: bool) -> None:
    ends = Ends(3, lcas=lcas, late=[0, 1000, 13], settings=settings)
    ends.run(8 * 1200)
    assert ends.carries(8 * 400)
    assert ends.defects(0) == ends.defects(1) == ()


@EVERY
@pytest.mark.parametrize("rate", ["g832", "fe"])
def test_over_e3_and_fibre(settings: dict[str, Any], rate: str) -> None:
    ends = Ends(1, rate, numbered=False, settings=settings)
    ends.run(800)
    assert ends.carries(800)
    assert ends.defects(0) == ends.defects(1) == ()


@EVERY
def test_a_cut_line_comes_back(settings: dict[str, Any]) -> None:
    """Server failure: no carrier and nothing told of HDLC; afterwards all is well again."""
    ends = Ends(1, slots=tuple(range(1, 32)), settings=settings)
    ends.run(8 * 800)
    assert ends.groups[1].in_sync and ends.groups[1].channels[0].carrier
    ends.cut = {0}
    ends.run(8 * 100)
    assert not ends.groups[1].in_sync and not ends.groups[1].channels[0].carrier and ends.defects(1) == ()
    ends.cut = set()
    ends.run(8 * 1000)
    assert ends.groups[1].in_sync and ends.groups[1].channels[0].carrier
    assert ends.carries(8 * 400)


def test_flags_that_do_not_come_are_told() -> None:
    """The far end's timeslots are idle: HDLC-LFD of the group, once."""
    here, there = PdhLine("e1"), PdhLine("e1")
    e1, far = FramedE1(here.bearers[0]), FramedE1(there.bearers[0])
    group = Group(adaptation="ppp", longest=500)
    fabric, other = Fabric([e1], runs=[(e1, group, range(1, 9))]), Fabric([far])
    fabric.apply()
    other.apply()
    told = []
    for _ in range(300):
        fabric.transmit(8)
        other.transmit(8)
        here.parse(there.build(8))
        fabric.receive()
        told += [(name, raised) for _, what, name, raised in fabric.events() if what is group]
    assert told == [("HDLC-LFD", True)]
    assert not group.channels[0].carrier


def test_the_octets_of_timeslots_are_the_stream() -> None:
    """What the line has in timeslots 2..5, read by the second implementation."""
    line = PdhLine("e1")
    e1 = FramedE1(line.bearers[0])
    group = Group(adaptation="ppp", fcs=16)
    fabric = Fabric([e1], runs=[(e1, group, range(2, 6))])
    fabric.apply()
    frames = [mac_frame(n, 60 + 7 * n) for n in range(20)]
    for frame in frames:
        assert group.send(frame)
    octets = b""
    for _ in range(300):
        fabric.transmit(8)
        octets += line.build(8)
    stream = b"".join(octets[at + 2 : at + 6] for at in range(0, len(octets), 32))
    bits = ref.stream_bits(stream)
    pieces = re.split("(?:01111110)+", bits[bits.index(ref.FLAG) :])[1:-1]
    found = [ref.frame_octets(piece.replace("111110", "11111")) for piece in pieces]
    assert found == [
        whole + model.fcs_of(whole, 16) for frame in frames for whole in [b"\xff\x03\x00\x31\x00\x01" + frame]
    ]
