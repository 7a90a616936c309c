"""The frame clock in virtual time: neither sockets nor sleeping (dataplane/clock.pxd, DESIGN 5a)."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msapemu.dataplane.loop import ClockProbe

MS = 1_000_000
S = 1_000_000_000
JITTER = 16


def free(ppm: float = 0.0, inputs: int = 0) -> ClockProbe:
    return ClockProbe(0, inputs=inputs, ppm=ppm, jitter=JITTER)


def timed(inputs: int = 1, **kwargs: float) -> ClockProbe:
    return ClockProbe(0, inputs=inputs, reference=0, jitter=JITTER, **kwargs)


@pytest.mark.parametrize("ppm", [0.0, 100.0, -100.0, 4.6])
def test_free_running_keeps_its_rate(ppm: float) -> None:
    clock = free(ppm)
    for n in range(1000):
        clock.look((n + 1) * S // 10)
    assert clock.frame == pytest.approx(800_000 * (1 + ppm * 1e-6), abs=1)
    assert clock.skipped == 0
    assert not clock.holdover


def test_a_change_of_rate_is_no_step() -> None:
    clock = free(0.0)
    for n in range(200):
        if n == 100:
            before = clock.look(10 * S)
            clock.set(10 * S, -1, 100.0, JITTER)
            assert clock.look(10 * S) == before
        clock.look((n + 1) * S // 10)
    assert clock.frame - before == pytest.approx(80_008, abs=1)


def test_line_timed_follows_the_reference_and_not_the_host() -> None:
    clock = timed()
    clock.reach(0, 1000)
    clock.look(0)
    base = clock.frame
    # the reference runs at half speed: so do we, whatever CLOCK_MONOTONIC says
    for n in range(1, 1001):
        clock.reach(0, 1000 + 4 * n)
        assert clock.look(n * MS) == base + 4 * n
    assert not clock.holdover


def test_reference_stops_we_stop_and_make_it_up_at_once() -> None:
    clock = timed()
    for n in range(1000):
        clock.reach(0, 8 * n)
        clock.look(n * MS)
    stood = clock.frame
    for n in range(1000, 1080):  # 80 ms without a datagram, still in service
        assert clock.look(n * MS) == stood
    clock.reach(0, 8 * 1080)
    assert clock.look(1080 * MS) == stood + 8 * 81
    assert clock.skipped == 0


def test_holdover_goes_on_at_the_last_rate_and_comes_back_without_a_step() -> None:
    reference = free(37.0)
    clock = timed()
    noise = random.Random(1)
    now = 0
    for n in range(20_000):
        now = n * MS + noise.randrange(300_000)  # ticks come up to 0.3 ms late
        clock.reach(0, 5_000_000 + reference.look(n * MS))
        clock.look(now)
    assert clock.ppm == pytest.approx(37.0, abs=15)
    held = clock.frame
    clock.lose(0)
    for n in range(20_000, 30_000):
        clock.look(n * MS)
    assert clock.holdover
    assert clock.frame - held == pytest.approx(80_000, abs=5)
    before = clock.look(30_000 * MS)
    # back with any numbers at all: ours go on
    clock.reach(0, 17)
    assert 0 <= clock.look(30_001 * MS) - before <= 17
    before = clock.frame
    clock.reach(0, 17 + 8)
    assert clock.look(30_002 * MS) == before + 8
    assert not clock.holdover


def test_silence_before_the_loss_is_made_up_in_holdover() -> None:
    """Timers run on virtual time: 250 ms in which we waited for the reference must not be missing afterwards."""
    clock = timed()
    for n in range(5_000):
        clock.reach(0, 8 * n)
        clock.look(n * MS)
    stood = clock.frame
    for n in range(5_000, 5_250):
        clock.look(n * MS)
    assert clock.frame == stood
    clock.lose(0)
    clock.look(5_250 * MS)
    assert clock.frame - stood == pytest.approx(8 * 251, abs=9)


def test_a_frame_waits_for_inputs_that_are_in_service_only() -> None:
    clock = free(inputs=2)
    clock.reach(0, 700)
    clock.look(100 * MS)  # anchored here: 800 frames due
    assert clock.frame == 800
    assert clock.look(101 * MS) == 808
    assert clock.look(103 * MS) == 800 + JITTER  # input 0 stands at what is our frame 800
    clock.reach(0, 710)
    assert clock.look(104 * MS) == 810 + JITTER
    clock.lose(0)
    assert clock.look(105 * MS) == 840


def test_two_oscillators_that_differ_hold_nobody_back() -> None:
    """+-100 ppm for two minutes: each goes at its own rate, since the offset between them is re-centred."""
    a, b = free(100.0, inputs=1), free(-100.0, inputs=1)
    sent_a = sent_b = 0
    longest = 0
    for n in range(120_000):
        now = n * MS
        a.reach(0, sent_b)
        sent_a = a.look(now)
        b.reach(0, sent_a)
        sent_b = b.look(now)
        longest = max(longest, a.due - a.frame, b.due - b.frame)
    assert longest == 0
    assert sent_a == pytest.approx(960_000 * (1 + 100e-6), abs=10)
    assert sent_b == pytest.approx(960_000 * (1 - 100e-6), abs=10)
    assert a.offset(0) == pytest.approx(960_000 * 200e-6, abs=20)


def test_a_stall_does_not_move_the_offset() -> None:
    clock = free(inputs=1)
    for n in range(3_000):
        clock.reach(0, 8 * n)
        clock.look(n * MS)
    offset = clock.offset(0)
    for n in range(3_000, 3_200):
        clock.look(n * MS)  # the peer is stopped for 200 ms
    assert clock.due - clock.frame > 1500
    for n in range(3_200, 8_000):
        clock.reach(0, 8 * n)
        clock.look(n * MS)
    assert clock.offset(0) == offset
    assert clock.frame == clock.due


def test_a_peer_that_lost_time_for_good_is_anchored_anew_within_two_seconds() -> None:
    clock = free(inputs=1)
    for n in range(2_000):
        clock.reach(0, 8 * n)
        clock.look(n * MS)
    for n in range(2_000, 5_000):
        clock.reach(0, 8 * n - 1000)  # 125 ms behind from here on
        clock.look(n * MS)
    assert clock.frame == clock.due
    assert clock.offset(0) >= 990


def test_an_input_that_lives_without_progress_is_not_waited_for_for_ever() -> None:
    clock = free(inputs=1)
    clock.reach(0, 8)
    clock.look(1 * MS)
    for n in range(2, 900):
        clock.look(n * MS)
    assert clock.frame == 8 + JITTER
    assert not clock.stuck(0)
    for n in range(900, 1100):
        clock.look(n * MS)
    assert clock.stuck(0)
    assert clock.frame == clock.due
    clock.reach(0, 16)
    clock.look(1101 * MS)
    assert not clock.stuck(0)
    assert clock.look(1102 * MS) == clock.due


def test_a_stuck_reference_means_holdover() -> None:
    clock = timed()
    for n in range(1_000):
        clock.reach(0, 8 * n)
        clock.look(n * MS)
    for n in range(1_000, 3_000):
        clock.look(n * MS)
    assert clock.holdover
    assert clock.frame > 8 * 2_900


def test_late_beyond_a_second_is_given_up() -> None:
    clock = free()
    clock.look(1 * S)
    clock.look(11 * S)
    assert clock.frame == 8_000 + 8_000
    assert clock.skipped == 72_000
    assert clock.look(12 * S) == 24_000


def test_a_reference_that_jumps_by_hours_is_given_up_too() -> None:
    clock = timed()
    clock.reach(0, 100)
    clock.look(MS)
    before = clock.frame
    clock.reach(0, 100_000_000)
    assert clock.look(2 * MS) == before + 8_000
    assert clock.skipped == pytest.approx(100_000_000 - 8_100, abs=10)
    clock.reach(0, 100_000_008)
    assert clock.look(3 * MS) == before + 8_008


@dataclass
class Shelf:
    """A shelf as the loop drives it: ticks of 1 ms, everything that has arrived is seen at a tick."""

    clock: ClockProbe
    phase: int
    stopped: tuple[int, int] = (0, 0)
    sent: int = 0
    arrivals: list[tuple[int, int]] = field(default_factory=list)  # (time, peer's frame)

    def tick(self, now: int) -> None:
        for at, frame in self.arrivals:
            if at <= now:
                self.clock.reach(0, frame)
        self.arrivals = [a for a in self.arrivals if a[0] > now]
        before, self.sent = self.sent, self.clock.look(now)
        assert self.sent >= before


def simulate(a: Shelf, b: Shelf, until_ms: int, noise: random.Random) -> None:
    """Both shelves tick; a datagram takes 20..200 us; a stopped shelf does nothing and then looks at once."""
    for n in range(until_ms):
        for shelf, peer in ((a, b), (b, a)):
            now = n * MS + shelf.phase + noise.randrange(100_000)
            if shelf.stopped[0] <= now < shelf.stopped[1]:
                continue
            shelf.tick(now)
            peer.arrivals.append((now + noise.randrange(20_000, 200_000), shelf.sent))


@pytest.mark.parametrize("stopped", ["a", "b", "both"])
def test_a_stall_of_either_shelf_makes_frames_late_and_loses_none(stopped: str) -> None:
    stall = (1000 * MS, 1080 * MS)
    a = Shelf(free(inputs=1), 0, stall if stopped != "b" else (0, 0))
    b = Shelf(timed(), 400_000, stall if stopped != "a" else (0, 0))
    simulate(a, b, 1400, random.Random(3))
    assert a.clock.due - a.sent == 0
    assert a.sent == pytest.approx(1400 * 8, abs=10)
    assert b.sent == pytest.approx(a.sent, abs=40)
    assert a.clock.skipped == b.clock.skipped == 0


def test_a_chain_of_noisy_shelves_is_never_held_for_long() -> None:
    a, b = Shelf(free(50.0, inputs=1), 0), Shelf(timed(ppm=-50.0), 700_000)
    simulate(a, b, 10_000, random.Random(5))
    assert a.sent == pytest.approx(80_000 * (1 + 50e-6), abs=10)
    assert b.clock.ppm == pytest.approx(50.0, abs=20)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3000), st.integers(0, 400)), max_size=60))
def test_never_back_and_never_ahead_of_an_input(steps: list[tuple[int, int, int]]) -> None:
    """Whatever comes: frames leave in order, and none leaves before the input in service has come so far."""
    clock = ClockProbe(0, inputs=2, reference=1, jitter=JITTER)
    now, frame, reached = 0, 0, [0, 0]
    for what, passed_us, frames in steps:
        now += passed_us * 1000
        if what < 2:
            reached[what] += frames
            clock.reach(what, reached[what])
        elif what == 2:
            clock.lose(frames % 2)
        sent = clock.look(now, passed_us * 1000)
        assert frame <= sent <= clock.due
        assert sent - frame <= 8_000
        frame = sent
