"""Frame alignment: any bit offset, OOF, LOF, slips and noise (G.783, STANDARDS 11)."""

from __future__ import annotations

import random
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msapemu._framing import Line
from tests.ref.line import Builder, align
from tests.wire.lines import FRAME, Reader, flip, mac_frame

OOF_FRAMES, LOF_FRAMES = 5, 24


@cache
def frames(count: int = 80) -> tuple[bytes, ...]:
    """Frames of a VC-4 with client frames in it."""
    return tuple(Builder([mac_frame(n, 300) for n in range(20)], lead_idles=3000).frames(count))


def spoilt(frame: bytes) -> bytes:
    """One wrong bit in the A1 next to the border."""
    return flip(frame, 8 * 2)


def shifted(octets: bytes, bits: int) -> bytes:
    """The octets `bits` later, with zeros before and after."""
    return (int.from_bytes(octets + b"\0", "big") >> bits).to_bytes(len(octets) + 1, "big")


@pytest.mark.parametrize("bits", range(8))
@pytest.mark.parametrize("garbage", [0, 1, 5, 2429, 2431, 7000])
@pytest.mark.parametrize("piece", [10**9, 1, 977])
def test_any_bit_offset(bits: int, garbage: int, piece: int) -> None:
    """Garbage, then frames at any bit: aligned where the second implementation aligns them, nothing lost."""
    noise = random.Random(bits * 10000 + garbage).randbytes(garbage)
    wanted = frames(8 if piece == 1 else 20)
    octets = shifted(noise + b"".join(wanted), bits)
    line = Line()
    for at in range(0, len(octets), piece):
        line.parse(octets[at : at + piece])
    found = align(octets)
    assert found is not None
    assert line.report()["aligned_at_bit"] == found.bit == 8 * garbage + bits
    assert line.report()["frames"] == len(found.frames) == len(wanted)
    assert (line.report()["b1_errors"], line.report()["b2_errors"], line.report()["oof"]) == (0, 0, 0)


def test_no_alignment_in_noise() -> None:
    line = Line()
    line.parse(random.Random(1).randbytes(200_000))
    report = line.report()
    assert (report["aligned_at_bit"], report["frames"], report["oof"], report["lof"]) == (None, 0, 0, 1)
    assert line.defects == ("LOF",)


def test_a_pattern_that_does_not_come_again_is_no_frame() -> None:
    """A1 A1 A1 A2 A2 A2 in the noise before the first frame, too far away to be its neighbour."""
    noise = bytes(100) + bytes.fromhex("F6F6F6282828") + bytes(5000)
    reader = Reader().parse(noise + b"".join(frames(30)))
    assert reader.line.report()["aligned_at_bit"] == 8 * len(noise)
    assert reader.line.report()["frames"] == 30


@pytest.mark.parametrize("octet", [1, 2, 3, 4])
@pytest.mark.parametrize("errored", range(1, 8))
def test_oof_after_five_errored_framing_words(octet: int, errored: int) -> None:
    """Of the four octets about the A1/A2 border any one tells; 4 frames in a row are not enough."""
    line = [flip(f, 8 * octet) if 30 <= n < 30 + errored else f for n, f in enumerate(frames())]
    reader = Reader().parse(line)
    assert reader.line.report()["oof"] == (errored >= OOF_FRAMES)
    oof = [(frame, state) for frame, _, defect, state in reader.events if defect == "OOF"]
    if errored >= OOF_FRAMES:
        # cleared by the second good framing word
        assert oof == [(34, "raise"), (30 + errored + 1, "clear")]
    else:
        assert oof == []


@pytest.mark.parametrize("octet", [0, 5])
def test_octets_off_the_border_do_not_count_in_frame(octet: int) -> None:
    reader = Reader().parse([flip(f, 8 * octet) if n >= 30 else f for n, f in enumerate(frames())])
    assert reader.line.report()["oof"] == 0


def test_four_errored_in_a_row_again_and_again() -> None:
    reader = Reader().parse([spoilt(f) if n % 5 else f for n, f in enumerate(frames()) if n >= 2])
    assert reader.line.report()["oof"] == 0


def test_one_good_framing_word_is_no_alignment() -> None:
    good = {*range(20), 30, 40, 50, 51, *range(60, 80)}
    reader = Reader().parse([f if n in good else spoilt(f) for n, f in enumerate(frames())])
    oof = [(frame, state) for frame, _, defect, state in reader.events if defect == "OOF"]
    # 50 and 51 are two good ones; then 8 errored
    assert oof == [(24, "raise"), (51, "clear"), (56, "raise"), (61, "clear")]


@pytest.mark.parametrize("errored", [OOF_FRAMES + LOF_FRAMES - 2, OOF_FRAMES + LOF_FRAMES - 1])
@pytest.mark.parametrize("piece", [FRAME, 100, 10**9])
def test_lof_after_three_milliseconds_out_of_frame(errored: int, piece: int) -> None:
    """OOF begins with the fifth errored frame, and 24 frames later it is LOF: not 6 octets earlier."""
    line = b"".join(spoilt(f) if 30 <= n < 30 + errored else f for n, f in enumerate(frames(100)))
    reader = Reader().parse([line[at : at + piece] for at in range(0, len(line), piece)])
    lof = [(frame, state) for frame, _, defect, state in reader.events if defect == "LOF"]
    # in frame again 6 octets into the second good frame
    if errored - OOF_FRAMES + 1 < LOF_FRAMES:
        assert lof == [] and reader.line.report()["lof"] == 0
    else:
        good = 30 + errored
        assert lof == [(34 + LOF_FRAMES, "raise"), (good + LOF_FRAMES, "clear")]


def test_lof_is_cleared_after_three_milliseconds_in_frame() -> None:
    """24 frames from the second good framing word on; an interruption begins the 3 ms anew."""
    start = 30 + OOF_FRAMES + LOF_FRAMES
    whole = frames(150)
    for good, cleared in ((LOF_FRAMES - OOF_FRAMES + 1, False), (LOF_FRAMES - OOF_FRAMES + 2, True)):
        spoilt_from = start + good  # four errored frames more still are in frame
        bad = {*range(30, start), *range(spoilt_from, spoilt_from + 6)}
        reader = Reader().parse([spoilt(f) if n in bad else f for n, f in enumerate(whole)])
        lof = [frame for frame, _, defect, state in reader.events if (defect, state) == ("LOF", "clear")]
        assert (lof[0] == start + LOF_FRAMES) is cleared
        assert reader.changes("LOF") == ["raise", "clear"]
        assert reader.line.report()["lof"] == 1


def test_short_returns_do_not_reset_the_three_milliseconds() -> None:
    """OOF for 2 ms, in frame for 1 ms, OOF again: LOF when OOF has lasted 3 ms in all (STANDARDS 0, LOF)."""
    first = range(30, 30 + OOF_FRAMES + 15)  # 16 frames out of frame
    second = range(first.stop + 8, first.stop + 8 + OOF_FRAMES + 12)
    bad = {*first, *second}
    reader = Reader().parse([spoilt(f) if n in bad else f for n, f in enumerate(frames(140))])
    assert reader.changes("OOF") == ["raise", "clear"] * 2
    assert reader.changes("LOF") == ["raise", "clear"]
    # 24 frames in frame between them do reset it
    second = range(first.stop + 30, first.stop + 30 + OOF_FRAMES + 12)
    bad = {*first, *second}
    reader = Reader().parse([spoilt(f) if n in bad else f for n, f in enumerate(frames(140))])
    assert reader.changes("OOF") == ["raise", "clear"] * 2
    assert reader.changes("LOF") == []


@pytest.mark.parametrize("cut", [1, 3, 1000, 2429])
@pytest.mark.parametrize("insert", [False, True])
def test_slips_are_found_again(cut: int, insert: bool) -> None:
    """Octets lost or put in: OOF after five frames, then aligned at the new place."""
    whole = frames()
    at = 20 * FRAME + 1234
    line = b"".join(whole)
    line = line[:at] + (bytes(cut) if insert else b"") + line[at + (0 if insert else cut) :]
    reader = Reader().parse(line)
    assert reader.changes("OOF") == ["raise", "clear"]
    assert reader.changes("LOF") == []
    assert reader.line.report()["aligned_at_bit"] == 0
    assert reader.line.report()["frames"] >= len(whole) - OOF_FRAMES - 4
    assert reader.defects() == set()


@pytest.mark.parametrize("bits", [1, 4, 7])
def test_a_bit_slip_is_found_again(bits: int) -> None:
    line = b"".join(frames())
    at = 20 * FRAME
    slipped = line[:at] + shifted(line[at:], bits)
    reader = Reader().parse(slipped)
    assert reader.changes("OOF") == ["raise", "clear"]
    assert reader.line.report()["frames"] >= 80 - OOF_FRAMES - 3
    assert reader.defects() == set()


@given(st.integers(0, 30 * FRAME - 1), st.integers(0, 255))
@settings(max_examples=40)
def test_a_single_wrong_octet_never_costs_alignment(place: int, octet: int) -> None:
    line = bytearray(b"".join(frames(30)))
    line[place] = octet
    reader = Reader().parse(bytes(line))
    # two patterns in a row are wanted at the start: one of the first moves it by a frame, one of the second by two
    assert reader.line.report()["frames"] >= (28 if FRAME <= place < FRAME + 6 else 29)
    assert reader.line.report()["oof"] == 0
    assert reader.changes("OOF") == reader.changes("LOF") == []


def test_loss_of_signal() -> None:
    """LOS by `silent`: at once, alone, and gone with the first octets; time goes on meanwhile."""
    reader = Reader().parse(frames(30))
    reader.line.silent(100)
    reader.events += reader.line.events()
    assert reader.defects() == {"LOS"}
    assert reader.line.defects == ("LOS",)
    assert reader.events[-1] == (29, "line", "LOS", "raise")
    reader.line.silent(8000)
    reader.parse(b"".join(frames(30)))
    assert [event for event in reader.events if event[2] == "LOS"][1:] == [(29 + 8100, "line", "LOS", "clear")]
    assert reader.defects() == set()
    assert reader.line.report()["frames"] == 60
    assert reader.line.report()["lof"] == 0


def test_loss_of_signal_takes_the_place_of_oof_and_lof() -> None:
    reader = Reader().parse([*frames(20), bytes(60 * FRAME)])
    assert reader.defects() == {"OOF", "LOF"}
    reader.line.silent(1)
    reader.events += reader.line.events()
    assert reader.defects() == {"LOS"}
