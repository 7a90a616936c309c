"""The delineation machine (G.7041 6.3.1): HUNT, PRESYNC, SYNC, and the correction of core headers in SYNC."""

from __future__ import annotations

from itertools import combinations

import pytest

from msapemu._framing import Group
from tests.ref import gfp
from tests.wire.lines import flip, mac_frame

IDLE = gfp.mask_core(gfp.IDLE)
RESERVED = gfp.mask_core(gfp.with_hec(b"\x00\x02"))
AREA = bytes([0x55]) * 12
FRAME = gfp.mask_core(gfp.with_hec(len(AREA).to_bytes(2, "big"))) + AREA
SINGLE = flip(IDLE, 9)  # one wrong bit
DOUBLE = flip(IDLE, 9, 20)  # two: no single error looks like it
NOISE = bytes([0x55]) * 5

# (state, input) -> state
TABLE = [
    ("HUNT", NOISE, "HUNT"),
    ("HUNT", SINGLE, "HUNT"),  # no correction
    ("HUNT", DOUBLE, "HUNT"),
    ("HUNT", IDLE, "PRESYNC"),
    ("HUNT", RESERVED, "PRESYNC"),
    ("HUNT", FRAME, "PRESYNC"),
    ("HUNT", NOISE + IDLE, "PRESYNC"),  # octet by octet
    ("PRESYNC", NOISE, "HUNT"),
    ("PRESYNC", SINGLE, "HUNT"),  # no correction
    ("PRESYNC", DOUBLE, "HUNT"),
    ("PRESYNC", IDLE, "SYNC"),
    ("PRESYNC", RESERVED, "SYNC"),
    ("PRESYNC", FRAME, "SYNC"),
    ("PRESYNC", DOUBLE + IDLE, "PRESYNC"),
    ("SYNC", IDLE, "SYNC"),
    ("SYNC", RESERVED, "SYNC"),
    ("SYNC", FRAME, "SYNC"),
    ("SYNC", SINGLE, "SYNC"),  # corrected
    ("SYNC", DOUBLE, "HUNT"),
    ("SYNC", NOISE, "HUNT"),
    ("SYNC", DOUBLE + IDLE, "PRESYNC"),
]
INTO = {"HUNT": b"", "PRESYNC": IDLE, "SYNC": IDLE * 2}


@pytest.mark.parametrize(("state", "octets", "after"), TABLE)
@pytest.mark.parametrize("step", [1, 3, 1000])
def test_transitions(state: str, octets: bytes, after: str, step: int) -> None:
    group = Group()
    group.take(INTO[state])
    assert group.delineation == state
    for at in range(0, len(octets), step):
        group.take(octets[at : at + step])
    assert group.delineation == after
    assert group.in_sync == (after == "SYNC")
    lost = state == "SYNC" and octets in (DOUBLE, NOISE, DOUBLE + IDLE)
    counters = group.counters()
    assert (counters["sync_losses"], counters["core_hec_errors"]) == (lost, lost)
    assert counters["core_hec_corrected"] == (state == "SYNC" and octets == SINGLE)


def test_the_table_is_whole() -> None:
    """Every state, and every arrow between two of them that exists: SYNC is never reached from HUNT."""
    arrows = {(state, after) for state, _, after in TABLE}
    states = ("HUNT", "PRESYNC", "SYNC")
    assert arrows == {(a, b) for a in states for b in states} - {("HUNT", "SYNC")}


def test_the_frame_of_presync_is_passed_over() -> None:
    """Its header may be chance: what it announces is skipped, and not read as headers nor as a client frame."""
    group = Group()
    inside = gfp.mask_core(gfp.with_hec(b"\x00\x08")) + IDLE * 2
    group.take(inside[:8])
    states = [group.delineation]
    group.take(IDLE + IDLE)
    # the idle inside was no header
    assert [*states, group.delineation] == ["PRESYNC", "SYNC"]
    assert group.counters()["discarded"] == group.counters()["type_hec_errors"] == 0


def line_of(count: int = 5) -> tuple[list[bytes], bytes, int]:
    """Frames, their line in SYNC, and where the core header of frame 1 begins."""
    frames = [mac_frame(n) for n in range(count)]
    encoder = gfp.LineEncoder()
    coded = [encoder.encode(gfp.build(gfp.ethernet_payload(frame))) for frame in frames]
    return frames, IDLE * 2 + b"".join(coded), 8 + len(coded[0])


@pytest.mark.parametrize("bit", range(32))
def test_every_single_error_of_a_core_header_is_corrected(bit: int) -> None:
    frames, line, header = line_of()
    group = Group()
    group.take(flip(line, 8 * header + bit))
    assert group.receive() == frames
    counters = group.counters()
    assert (counters["core_hec_corrected"], counters["core_hec_errors"]) == (1, 0)


def test_no_double_error_of_a_core_header_is_corrected() -> None:
    """All 496 pairs: SYNC is lost once, nothing wrong is delivered, and the line is found again.

    Frame 1 has the error; frame 2 is the first one that is found; in frame 3 the descrambler, which stood
    still, is wrong for 43 bits; frame 4 is good.
    """
    frames, line, header = line_of(6)
    for first, second in combinations(range(32), 2):
        group = Group()
        group.take(flip(line, 8 * header + first, 8 * header + second))
        counters = group.counters()
        found = (counters["core_hec_corrected"], counters["core_hec_errors"], counters["sync_losses"])
        assert found == (0, 1, 1), (first, second)
        assert group.receive() == [frames[0], *frames[4:]], (first, second)


def test_a_wrong_header_in_hunt_hides_nothing() -> None:
    """The window slides by one octet: a good header right behind part of a bad one is found."""
    for junk in range(1, 5):
        group = Group()
        group.take(IDLE * 2 + bytes(junk) + IDLE * 2)
        assert group.delineation == "SYNC", junk
