"""Datagrams of PDH lines: many frames in one, or halves of one (dataplane/links.pxd, datagram.pxd, linetype.pxd)."""

from __future__ import annotations

import random
import struct

import pytest

from msapemu.ctl.config import PDH_OCTETS
from msapemu.dataplane.loop import LINE_TYPES, LinkProbe, datagram_length, emit_datagram

FRAMES, CLOSING = 0, 2
OURS, LINE = 0xFEED, 1 << 16 | 1
WHOLE = {"e1": 37, "e2": 9, "e3": 2, "g832": 2}  # frames in a datagram at most


def octets(rate: str, first: int, count: int = 1) -> bytes:
    return b"".join(random.Random(first + n).randbytes(PDH_OCTETS[rate]) for n in range(count))


def datagram(rate: str, first: int, count: int = 1, session: int = OURS) -> bytes:
    return emit_datagram(FRAMES, session, LINE, first, 0, octets(rate, first, count), rate=rate)


def started(rate: str, first: int = 100) -> LinkProbe:
    link = LinkProbe(64, rate=rate)
    assert link.take(datagram(rate, first)) == (True, 1)
    assert link.frames() == octets(rate, first)
    return link


def test_golden_header() -> None:
    """The octets of a datagram as the format's table has them: an E1, three frames."""
    made = datagram("e1", 0x0102_0304_0506, 3, session=0x0A0B0C0D)
    assert made[:28] == b"MSAP" + bytes.fromhex("02 00 0101 0a0b0c0d 00010001 0000010203040506 0000 0060")
    assert len(made) == 48 + 96


@pytest.mark.parametrize("rate", ["stm1", "stm4", "stm16", *PDH_OCTETS])
def test_a_datagram_fits_an_mtu_of_1500(rate: str) -> None:
    assert datagram_length(rate) <= 48 + 1215
    assert datagram_length(rate) == {
        **dict.fromkeys(("stm1", "stm4", "stm16"), 1263),
        "e1": 48 + 37 * 32,
        "e2": 48 + 9 * 132,
        "e3": 48 + 2 * 537,
        "g832": 48 + 2 * 537,
        "fe": 48 + 781,
    }[rate]  # fmt: skip


@pytest.mark.parametrize("rate", WHOLE)
def test_frames_of_one_datagram_come_out_in_order(rate: str) -> None:
    link, most = started(rate), WHOLE[rate]
    assert link.take(datagram(rate, 101, most)) == (True, 0)
    assert link.take(datagram(rate, 101 + most)) == (True, 0)
    assert link.reached == 102 + most
    assert link.frames() == octets(rate, 101, most + 1)
    assert link.counters()["lost_frames"] == 0


@pytest.mark.parametrize("rate", WHOLE)
def test_frames_that_were_given_up_are_late_and_the_others_are_of_use(rate: str) -> None:
    link = started(rate)
    link.take(datagram(rate, 102))
    assert link.frames() == b""  # 101 may still come
    link.take(datagram(rate, 101, 2))  # of which 102 is there already
    assert link.frames() == octets(rate, 101, 2)
    link.take(datagram(rate, 101, 2))
    assert link.frames() == b""
    assert link.counters()["late_datagrams"] == 1


def test_zeros_stand_in_for_what_is_lost() -> None:
    link = started("e1")
    link.take(datagram("e1", 104, 8))
    link.close_hole(1, 1)
    link.close_hole(3, 1)
    assert link.frames() == bytes(3 * 32) + octets("e1", 104, 8)
    assert link.counters()["lost_frames"] == 3


def test_a_datagram_that_does_not_fit_in_the_ring_waits_whole() -> None:
    link = started("e1")
    assert link.take(datagram("e1", 130, 36)) == (False, 0)
    assert link.waiting == 0
    link.take(datagram("e1", 101, 37))
    assert link.frames() == octets("e1", 101, 37)
    assert link.take(datagram("e1", 138, 28)) == (True, 0)


def test_a_media_converters_frame_goes_in_halves() -> None:
    link = LinkProbe(64, rate="fe")
    frame = octets("fe", 7)
    halves = [emit_datagram(FRAMES, OURS, LINE, 7, at, frame[at : at + 781], rate="fe") for at in (0, 781)]
    link.take(halves[0])
    assert link.frames() == b""
    link.take(halves[1])
    assert link.frames() == frame


@pytest.mark.parametrize("rate", LINE_TYPES)
def test_what_is_not_of_the_line_is_foreign(rate: str) -> None:
    link = LinkProbe(64, rate=rate)
    wrong = [datagram(other, 5) for other in PDH_OCTETS if other not in (rate, "fe")]
    wrong += [emit_datagram(FRAMES, OURS, LINE, 5, 0, bytes(1215), rate=n) for n in ("stm1", "stm4") if n != rate]
    if rate in WHOLE:
        size = PDH_OCTETS[rate]
        for length in (0, size - 1, size + 1, size * (WHOLE[rate] + 1)):
            wrong.append(emit_datagram(FRAMES, OURS, LINE, 5, 0, bytes(length), rate=rate))
        wrong.append(emit_datagram(FRAMES, OURS, LINE, 5, size, bytes(size), rate=rate))
    wrong.append(struct.pack("!4sBBH", b"MSAP", 3, 0, LINE_TYPES[rate]) + bytes(56))
    for one in wrong:
        assert link.take(one) == (True, 0)
    assert link.los
    assert link.counters()["foreign_datagrams"] == len(wrong)


def test_a_peer_that_closes() -> None:
    link = started("e2")
    assert link.take(emit_datagram(CLOSING, OURS, LINE, 101, 0, b"", rate="e2")) == (True, 3)
    assert link.los
