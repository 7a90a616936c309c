"""Datagrams to frames, and loss of signal, without a socket (dataplane/links.pxd, reassembly.pxd, datagram.pxd)."""

from __future__ import annotations

import errno
import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msapemu.dataplane.loop import FrameRing, LinkProbe, emit_datagram

FRAME, CHUNK = 2430, 1215
FRAMES, HOLD, CLOSING = 0, 1, 2
NOTHING, SESSION, RETURNED, CLOSED, REFUSED, SILENT = range(6)
MS = 1_000_000
OURS, LINE = 0xFEED, 1 << 16 | 1


def octets(frame: int, rate: int = 1) -> bytes:
    """The contents of frame number `frame`: never two alike, never all zero."""
    return random.Random(frame).randbytes(FRAME * rate)


def chunk(frame: int, n: int, session: int = OURS, rate: int = 1) -> bytes:
    part = octets(frame, rate)[n * CHUNK :][:CHUNK]
    return emit_datagram(FRAMES, session, LINE, frame, n * CHUNK, part, rate=f"stm{rate}")


def both(frame: int, session: int = OURS) -> list[bytes]:
    return [chunk(frame, 0, session), chunk(frame, 1, session)]


def feed(link: LinkProbe, *datagrams: bytes) -> list[int]:
    changes = []
    for datagram in datagrams:
        taken, change = link.take(datagram)
        assert taken
        changes.append(change)
    return [change for change in changes if change != NOTHING]


def started(first: int = 100, frames: int = 64) -> LinkProbe:
    link = LinkProbe(frames)
    assert feed(link, *both(first)) == [SESSION]
    assert link.frames() == octets(first)
    return link


def test_golden_header() -> None:
    """The octets of a datagram as the format's table has them."""
    datagram = emit_datagram(
        FRAMES,
        session=0x01020304,
        line=0x0005_0006,
        frame=0x1122334455667788 >> 2,
        offset=CHUNK,
        octets=b"\xf6" * CHUNK,
        time_ns=0x99AABBCC,
        rate="stm16",
        oscillator=0xA1A2A3A4,
        virtual_ns=0x1155667788,
    )
    assert datagram[:48].hex(" ") == (
        "4d 53 41 50 02 00 00 10 01 02 03 04 00 05 00 06 "
        "04 48 8c d1 15 59 9d e2 04 bf 04 bf a1 a2 a3 a4 "
        "00 00 00 00 99 aa bb cc 00 00 00 11 55 66 77 88"
    )
    assert len(datagram) == 1263


def test_in_order() -> None:
    link = started()
    for frame in range(101, 400):
        assert feed(link, *both(frame)) == []
        assert link.frames() == octets(frame)
    counters = link.counters()
    assert counters["rx_datagrams"] == 600
    assert counters["lost_frames"] == counters["late_datagrams"] == counters["foreign_datagrams"] == 0
    assert link.reached == 400
    assert not link.los


def test_a_session_that_starts_in_the_middle_of_a_frame_waits_for_the_next() -> None:
    link = LinkProbe()
    feed(link, chunk(7, 1), *both(8))
    assert link.frames() == octets(8)
    assert link.counters()["lost_frames"] == 0


@given(st.permutations(range(16)), st.integers(0, 2**61))
def test_reordering_within_a_tick_changes_nothing(order: list[int], first: int) -> None:
    link = LinkProbe()
    feed(link, *both(first))
    assert link.frames() == octets(first)
    datagrams = [d for frame in range(first + 1, first + 9) for d in both(frame)]
    feed(link, *(datagrams[n] for n in order))
    assert link.frames() == b"".join(octets(frame) for frame in range(first + 1, first + 9))
    assert link.counters()["lost_frames"] == 0


@pytest.mark.parametrize("rate", [4, 16])
def test_frames_of_faster_lines_come_in_more_chunks(rate: int) -> None:
    link = LinkProbe(rate=f"stm{rate}")
    frames = range(50, 60)
    datagrams = [chunk(frame, n, rate=rate) for frame in frames for n in range(2 * rate)]
    first, rest = datagrams[: 2 * rate], datagrams[2 * rate :]
    feed(link, *first)
    random.Random(rate).shuffle(rest)
    feed(link, *rest[:-1])
    missing = struct.unpack_from(">Q", rest[-1], 16)[0]
    assert link.frames() == b"".join(octets(frame, rate) for frame in range(50, missing))
    feed(link, rest[-1])
    assert link.frames() == b"".join(octets(frame, rate) for frame in range(missing, 60))
    counters = link.counters()
    assert counters["rx_datagrams"] == 20 * rate
    assert counters["lost_frames"] == counters["foreign_datagrams"] == 0


@pytest.mark.parametrize("rate", [4, 16])
def test_one_missing_chunk_is_zeros_and_the_rest_of_the_frame_stays(rate: int) -> None:
    link = LinkProbe(rate=f"stm{rate}")
    feed(link, *[chunk(7, n, rate=rate) for n in range(2 * rate) if n != 5])
    feed(link, *[chunk(8, n, rate=rate) for n in range(2 * rate)])
    link.hear(250 * MS, False)
    whole = octets(7, rate)
    assert link.frames() == whole[: 5 * CHUNK] + bytes(CHUNK) + whole[6 * CHUNK :] + octets(8, rate)
    assert link.counters()["lost_frames"] == 1


@pytest.mark.parametrize(("here", "there"), [(1, 4), (4, 1), (16, 4)])
def test_datagrams_of_another_rate_are_foreign(here: int, there: int) -> None:
    link = LinkProbe(rate=f"stm{here}")
    assert feed(link, chunk(100, 0, rate=there), chunk(100, 1, rate=there)) == []
    assert link.counters()["foreign_datagrams"] == 2
    assert link.los


def test_duplicates_are_counted_and_dropped() -> None:
    link = started()
    feed(link, chunk(101, 0), chunk(101, 0), chunk(101, 1), chunk(101, 1))
    assert link.frames() == octets(101)
    feed(link, *both(101))
    assert link.frames() == b""
    assert link.counters()["late_datagrams"] == 4


def test_missing_octets_become_zeros_so_that_the_count_stays_right() -> None:
    link = started()
    feed(link, chunk(101, 0), *both(103), *both(104))
    link.close_hole(1 * MS, 1 * MS)
    assert link.frames() == b""  # a datagram may still be on its way
    link.close_hole(2 * MS, 1 * MS)
    zeros = bytes(FRAME)
    expected = octets(101)[:CHUNK] + zeros[CHUNK:] + zeros + octets(103) + octets(104)
    assert link.frames() == expected
    assert link.counters()["lost_frames"] == 2
    feed(link, chunk(101, 1))
    assert link.frames() == b""
    assert link.counters()["late_datagrams"] == 1


def test_a_hole_that_is_overtaken_is_not_waited_for() -> None:
    link = started()
    for frame in range(102, 111):
        feed(link, *both(frame))
    link.close_hole(1, 10**12)
    assert link.frames() == bytes(FRAME) + b"".join(octets(frame) for frame in range(102, 111))


def test_the_end_of_a_train_that_is_lost_shows_with_the_next_hold() -> None:
    link = started()
    feed(link, *both(101), emit_datagram(HOLD, OURS, LINE, 110, 0, b""))
    assert link.frames() == octets(101)
    link.close_hole(1 * MS, 1 * MS)
    assert link.frames() == 8 * bytes(FRAME)
    assert link.counters()["lost_frames"] == 8
    feed(link, *both(110))
    assert link.frames() == octets(110)


def test_further_ahead_than_the_ring_is_long() -> None:
    link = started(frames=16)
    feed(link, *both(102))
    datagram = chunk(118, 0)
    for _ in range(3):
        taken, _change = link.take(datagram)
        if taken:
            break
        link.make_room()
        link.frames()
    assert taken
    feed(link, chunk(118, 1))
    assert link.next <= 118
    link.close_hole(0, 0)
    assert link.frames().endswith(octets(118))
    assert link.next == 119
    assert link.counters()["lost_frames"] == 1 + (117 - 103 + 1)


def test_a_hole_of_hours_is_not_filled_with_zeros() -> None:
    link = started()
    feed(link, *both(10**9))
    assert link.frames() == octets(10**9)
    assert link.counters()["lost_frames"] == 10**9 - 101


def test_a_peer_that_starts_again_is_taken_afresh() -> None:
    link = started(first=5000)
    assert feed(link, *both(0, session=0xBEEF)) == [SESSION]
    assert link.frames() == octets(0)
    assert link.reached == 1
    counters = link.counters()
    assert counters["sessions"] == 2
    assert counters["lost_frames"] == counters["los"] == 0


def test_a_closing_peer_is_loss_of_signal_at_once_and_its_stragglers_do_not_revive_it() -> None:
    link = started()
    feed(link, *both(101))
    assert feed(link, emit_datagram(CLOSING, OURS, LINE, 102, 0, b"")) == [CLOSED]
    assert link.los
    assert link.frames() == octets(101)  # what came before it is parsed
    assert feed(link, emit_datagram(CLOSING, OURS, LINE, 102, 0, b""), *both(101), *both(102)) == []
    assert link.los
    assert feed(link, *both(0, session=3)) == [SESSION]
    assert not link.los


def test_a_stranger_cannot_close_the_line() -> None:
    link = started()
    assert feed(link, emit_datagram(CLOSING, OURS + 1, LINE, 0, 0, b"")) == []
    assert not link.los


@pytest.mark.parametrize("error", [errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN])
def test_nobody_there_is_loss_of_signal_at_once(error: int) -> None:
    link = started()
    assert link.hear(MS, False, error) == REFUSED
    assert link.los
    assert link.hear(MS, False, error) == NOTHING
    assert link.counters()["los"] == 1


def test_an_old_error_does_not_outweigh_what_is_heard() -> None:
    link = started()
    assert link.hear(MS, True, errno.ECONNREFUSED) == NOTHING
    assert link.hear(MS, False, errno.EMSGSIZE) == NOTHING
    assert not link.los


def test_silence_counts_up_to_the_limit_and_starts_again_with_each_datagram() -> None:
    link = started()
    for _ in range(249):
        assert link.hear(MS, False) == NOTHING
    feed(link, *both(101))
    assert link.hear(MS, True) == NOTHING
    for _ in range(249):
        assert link.hear(MS, False) == NOTHING
    assert link.hear(MS, False) == SILENT
    assert link.los


def test_a_peer_that_waits_is_not_silent() -> None:
    link = started()
    for _ in range(1000):
        feed(link, emit_datagram(HOLD, OURS, LINE, 101, 0, b""))
        assert link.hear(MS, True) == NOTHING
    assert not link.los


def test_a_hold_is_no_signal() -> None:
    link = LinkProbe()
    assert feed(link, emit_datagram(HOLD, OURS, LINE, 101, 0, b"")) == []
    assert link.los
    link = started()
    link.hear(250 * MS, False)
    assert feed(link, emit_datagram(HOLD, OURS, LINE, 500, 0, b"")) == []
    assert link.los


def test_the_signal_comes_back_where_the_peer_is_now() -> None:
    link = started()
    feed(link, chunk(101, 0))
    link.hear(250 * MS, False)
    assert link.frames() == octets(101)[:CHUNK] + bytes(CHUNK)
    assert feed(link, *both(3000)) == [RETURNED]
    assert link.frames() == octets(3000)
    assert link.counters()["lost_frames"] == 1  # what was sent while there was no signal is no loss of ours
    assert link.counters()["los"] == 1


def _with(datagram: bytes, at: int, what: bytes) -> bytes:
    return datagram[:at] + what + datagram[at + len(what) :]


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"MSAP",
        chunk(101, 0)[:47],
        chunk(101, 0)[:-1],
        chunk(101, 0) + b"\0",
        _with(chunk(101, 0), 0, b"MSAQ"),
        _with(chunk(101, 0), 4, b"\1"),
        _with(chunk(101, 0), 5, b"\3"),
        _with(chunk(101, 0), 6, b"\0\4"),
        _with(chunk(101, 0), 6, b"\0\2"),
        _with(chunk(101, 0), 8, bytes(4)),
        _with(chunk(101, 0), 16, b"\xff"),
        _with(chunk(101, 0), 24, struct.pack(">H", 1)),
        _with(chunk(101, 0), 24, struct.pack(">H", FRAME)),
        _with(chunk(101, 0), 28, bytes(4)),
        _with(chunk(101, 0), 40, b"\xff"),
        emit_datagram(FRAMES, OURS, LINE, 101, 0, b"x" * 1214),
        emit_datagram(HOLD, OURS, LINE, 101, 0, b"x"),
    ],
    ids=[
        *("empty", "magic-only", "short-header", "short", "long", "magic", "version", "kind", "line-type"),
        *("line-type-2", "session-0", "number", "offset", "offset-beyond", "oscillator-0", "time", "count"),
        "hold-with-octets",
    ],
)
def test_foreign_datagrams_are_counted_and_dropped(datagram: bytes) -> None:
    link = started()
    assert feed(link, datagram) == []
    assert link.counters()["foreign_datagrams"] == 1
    feed(link, *both(101))
    assert link.frames() == octets(101)


@given(st.lists(st.binary(max_size=1300), max_size=20), st.randoms(use_true_random=False))
def test_no_octets_upset_it(garbage: list[bytes], rng: random.Random) -> None:
    """Random and mutated datagrams: no crash, the ring keeps its bounds, whole frames only come out."""
    link = LinkProbe(16)
    for n, noise in enumerate(garbage):
        mutated = bytearray(chunk(n, n & 1))
        for _ in range(rng.randrange(4)):
            mutated[rng.randrange(48)] = rng.randrange(256)
        for datagram in (noise, bytes(mutated), chunk(n, 0)):
            for _ in range(200):
                taken, _change = link.take(datagram)
                if taken:
                    break
                link.make_room()
                assert len(link.frames()) % FRAME == 0
            assert taken
            assert link.waiting <= 16


@pytest.mark.parametrize("frames", [128, 16])
def test_moving_to_another_ring_keeps_what_waits(frames: int) -> None:
    link = started(first=60)
    for frame in (61, 62, 64, 65):
        feed(link, *both(frame))
    link.move(FrameRing(frames))
    assert link.frames() == octets(61) + octets(62)
    feed(link, *both(63))
    assert link.frames() == octets(63) + octets(64) + octets(65)
    assert link.counters()["lost_frames"] == 0
