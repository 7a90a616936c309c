"""Virtual time: which frames of the peers belong to the own ones, whatever arrives when (dataplane/timeline.pxd)."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

import pytest

from msapemu.dataplane.loop import ClockProbe

MS = 1_000_000
S = 1_000_000_000
JITTER = 16


@dataclass
class Shelf:
    """A shelf as the loop drives it; `host_ppm`: its CLOCK_MONOTONIC against true time. Inputs in the order of
    `peers`, of which `reference` times it."""

    name: int
    ppm: float = 0.0
    reference: int = -1
    inputs: int = 1
    host_ppm: float = 0.0
    phase: int = 0
    sent: int = 0
    stopped_until: int = 0
    lost: set[int] = field(default_factory=set)
    arrivals: list[tuple[int, int, int, int, int]] = field(default_factory=list)
    seen: dict[int, list[tuple[int, int, float]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clock = ClockProbe(
            self.host(0),
            inputs=self.inputs,
            reference=self.reference,
            ppm=self.ppm,
            jitter=JITTER,
            oscillator=0x1000 + self.name,
        )

    def host(self, true_ns: int) -> int:
        return 7_000_000_000_000_000 * self.name + true_ns + round(true_ns * self.host_ppm * 1e-6)

    def tick(self, true_ns: int) -> int:
        for at, n, frame, virtual_ns, oscillator in self.arrivals:
            if at <= true_ns and n not in self.lost:
                self.clock.reach(n, frame, virtual_ns, oscillator)
        self.arrivals = [one for one in self.arrivals if one[0] > true_ns]
        at = self.clock.frame
        before, self.sent = self.sent, self.clock.look(self.host(true_ns))
        assert self.sent >= before
        for n in range(self.inputs):
            if (v := self.clock.virtual(n)) is not None:
                self.seen.setdefault(n, []).append((at, *v))
        return self.sent

    def lose(self, n: int) -> None:
        self.lost.add(n)
        self.clock.lose(n)

    def v(self, n: int, index: int) -> tuple[int, Fraction]:
        """Own frame and V."""
        at, frame, part = self.seen[n][index]
        return at, frame + Fraction(part)

    def slope(self, n: int, first: int = 0, last: int = -1) -> float:
        """V's frames an own frame between two looks."""
        (a, va), (b, vb) = self.v(n, first), self.v(n, last)
        return float((vb - va) / (b - a))


class Network:
    """Shelves and links (shelf, its input, shelf, its input); ticks of 1 ms; a datagram takes 20..300 us."""

    def __init__(self, seed: int, shelves: list[Shelf], links: list[tuple[int, int, int, int]]) -> None:
        self.noise = random.Random(seed)
        self.shelves = shelves
        self.links = [*links, *[(c, d, a, b) for a, b, c, d in links]]
        self.now = 0

    def run(self, ms: int, stalls: float = 0.0) -> None:
        """`stalls`: how likely it is that a shelf stops for up to 80 ms at a tick."""
        for _ in range(ms):
            self.now += MS
            for index, shelf in enumerate(self.shelves):
                now = self.now + shelf.phase + self.noise.randrange(200_000)
                if now < shelf.stopped_until:
                    continue
                if self.noise.random() < stalls:
                    shelf.stopped_until = now + self.noise.randrange(1, 80 * MS)
                    continue
                sent = shelf.tick(now)
                if sent:
                    virtual = shelf.clock.time(sent - 1), shelf.clock.oscillator
                    for here, _, there, n in self.links:
                        if here == index:
                            arrival = now + self.noise.randrange(20_000, 300_000)
                            self.shelves[there].arrivals.append((arrival, n, sent, *virtual))


def triangle(seed: int, **master: float) -> Network:
    """A free master, and two shelves timed by it with a line between them, on another host each."""
    master_shelf = Shelf(0, inputs=2, **master)  # type: ignore[arg-type]
    a = Shelf(1, reference=0, inputs=2, phase=300_000, host_ppm=30.0)
    b = Shelf(2, reference=0, inputs=2, phase=700_000, host_ppm=-30.0)
    return Network(seed, [master_shelf, a, b], [(0, 0, 1, 0), (0, 1, 2, 0), (1, 1, 2, 1)])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("stalls", [0.0, 0.002])
def test_traced_to_one_master_v_moves_exactly_one_a_frame(seed: int, stalls: float) -> None:
    net = triangle(seed, ppm=4.6)
    net.run(20_000, stalls)
    for shelf in net.shelves:
        assert shelf.clock.steps == 0
        for n in range(2):
            # from when the master's time line has come through, seconds before the first window has passed
            lags = {(at - frame, part) for at, frame, part in shelf.seen[n][500:]}
            assert len(lags) == 1, (shelf.name, n, lags)
            assert shelf.clock.pace(n) == 1.0
            assert shelf.seen[n][-1][0] > 150_000


@pytest.mark.parametrize(("ppm", "other"), [(20.0, -20.0), (-20.0, 20.0), (4.6, -4.6), (0.0, 0.0), (0.001, 0.0)])
def test_two_oscillators_v_has_their_ratio(ppm: float, other: float) -> None:
    a, b = Shelf(1, ppm), Shelf(2, other, phase=500_000)
    net = Network(3, [a, b], [(0, 0, 1, 0)])
    net.run(2_000)
    first = len(a.seen[0]), len(b.seen[0])
    net.run(40_000, 0.001)
    ratio = (1 + other * 1e-6) / (1 + ppm * 1e-6)
    assert a.slope(0, first[0]) == pytest.approx(ratio, abs=1e-9)
    assert b.slope(0, first[1]) == pytest.approx(1 / ratio, abs=1e-9)
    assert a.clock.pace(0) == pytest.approx(ratio, abs=2e-9)
    assert a.clock.steps == b.clock.steps == 0


def test_between_looks_v_is_on_its_line_to_a_nanosecond() -> None:
    """Not only on the average: an elastic store sees every look."""
    a, b = Shelf(1, 20.0), Shelf(2, -20.0, phase=500_000)
    net = Network(4, [a, b], [(0, 0, 1, 0)])
    net.run(2_000)
    first = len(b.seen[0])
    net.run(5_000, 0.002)
    ratio = (1 + 20e-6) / (1 - 20e-6)
    at0, v0 = b.v(0, first)
    for index in range(first, len(b.seen[0])):
        at, v = b.v(0, index)
        assert abs(float(v - v0) - (at - at0) * ratio) < 4e-5


def test_a_shelf_timed_by_one_of_them_has_its_ratio_too() -> None:
    """a (free) - b (timed by a) - c (free)."""
    a, b, c = Shelf(1, 20.0), Shelf(2, reference=0, inputs=2, phase=300_000), Shelf(3, -20.0, phase=600_000)
    net = Network(5, [a, b, c], [(0, 0, 1, 0), (1, 1, 2, 0)])
    net.run(3_000)
    first = len(b.seen[1]), len(c.seen[0])
    net.run(30_000, 0.001)
    ratio = (1 + 20e-6) / (1 - 20e-6)
    assert c.slope(0, first[1]) == pytest.approx(ratio, abs=1e-9)
    assert b.slope(1, first[0]) == pytest.approx(1 / ratio, abs=1e-9)
    assert b.clock.pace(0) == 1.0
    assert b.clock.oscillator == a.clock.oscillator != c.clock.oscillator


def test_the_time_of_a_free_running_shelf_is_base_and_frames() -> None:
    shelf = Shelf(1, 37.5, inputs=0)
    base = shelf.clock.time(0)
    for n in range(1, 40_000):
        shelf.tick(n * MS + (80 * MS if n % 1000 == 0 else 0))
    period = 125_000 / (1 + Fraction("37.5") / 1_000_000)
    for frame in (1, 1000, 123_456, 310_000):
        assert abs(shelf.clock.time(frame) - base - frame * period) <= 1
    # a change of rate is a bend, not a step
    at = shelf.clock.frame
    before = shelf.clock.time(at)
    shelf.clock.set(shelf.host(40_000 * MS), -1, -100.0, JITTER)
    assert shelf.clock.time(at) == before
    assert shelf.clock.time(at + 8000) - before == pytest.approx(1e9 / (1 - 100e-6), abs=2)


def test_a_change_of_the_peers_rate_is_followed() -> None:
    a, b = Shelf(1, 20.0), Shelf(2, phase=500_000)
    net = Network(6, [a, b], [(0, 0, 1, 0)])
    net.run(5_000)
    a.clock.set(a.host(net.now), -1, -20.0, JITTER)
    net.run(1_000)
    first = len(b.seen[0])
    net.run(20_000)
    assert b.slope(0, first) == pytest.approx(1 - 20e-6, abs=1e-9)
    assert b.clock.pace(0) == pytest.approx(1 - 20e-6, abs=2e-9)
    assert b.clock.steps == 0


def test_holdover_goes_on_in_the_masters_time_and_comes_back_without_a_step() -> None:
    net = triangle(7, ppm=50.0)
    _, a, b = net.shelves
    net.run(20_000)
    times = [(b.clock.frame, b.clock.time(b.clock.frame))]
    first = len(b.seen[1])
    b.lose(0)
    for _ in range(5):
        net.run(1_000)
        times.append((b.clock.frame, b.clock.time(b.clock.frame)))
    assert b.clock.holdover
    assert b.clock.oscillator == net.shelves[0].clock.oscillator
    held = len(b.seen[1])
    assert {at - frame for at, frame, _ in b.seen[1][first:held]} == {b.seen[1][first][0] - b.seen[1][first][1]}
    b.lost.clear()
    for _ in range(5):
        net.run(1_000)
        times.append((b.clock.frame, b.clock.time(b.clock.frame)))
    assert not b.clock.holdover
    period = 125_000 / (1 + Fraction(50, 1_000_000))
    for (frame, time), (later, then) in pairwise(times):
        assert later > frame
        assert abs(then - time - (later - frame) * period) < 100
    assert b.clock.pace(1) == pytest.approx(1.0, abs=100e-6)
    assert b.clock.steps == a.clock.steps == 0


def test_before_the_reference_has_come_the_own_oscillator_counts() -> None:
    shelf = Shelf(1, reference=0)
    shelf.tick(MS)
    assert shelf.clock.oscillator == 0x1001
    for n in range(2, 50):
        shelf.clock.reach(0, 8 * n, 10**15 + 125_000 * 8 * n, 0x55)
        before = shelf.clock.time(shelf.clock.frame)
        shelf.tick(n * MS)
        assert 0 <= shelf.clock.time(shelf.clock.frame) - before < 20 * MS
    assert shelf.clock.oscillator == 0x55


@pytest.mark.parametrize("ppm", [60.0, -60.0])
def test_another_hosts_clock_is_followed_slowly(ppm: float) -> None:
    """In virtual time the two are alike, in true time they are not: V is slewed, by no more than a pointer follows."""
    a, b = Shelf(1, host_ppm=ppm), Shelf(2, phase=500_000)
    net = Network(8, [a, b], [(0, 0, 1, 0)])
    net.run(2_000)
    first = len(b.seen[0])
    net.run(150_000)
    assert b.clock.steps == a.clock.steps == 0
    # the last minute, when the lag stands at the edge of its band
    assert b.slope(0, -60_000) == pytest.approx(1 + ppm * 1e-6, abs=10e-6)
    for index in range(first, len(b.seen[0]) - 100, 100):
        assert abs(b.slope(0, index, index + 100) - 1) < 110e-6


def test_a_peer_that_lost_time_for_good_is_set_anew_and_that_is_told() -> None:
    a, b = Shelf(1), Shelf(2, phase=500_000)
    net = Network(9, [a, b], [(0, 0, 1, 0)])
    net.run(3_000)
    a.stopped_until = net.now + 3 * S  # two seconds more than it makes up for
    net.run(8_000)
    assert a.clock.skipped > 0
    assert 1 <= a.clock.steps <= 3  # b has not waited for it: to b it is a line that comes back
    for shelf in (a, b):
        lag = shelf.seen[0][-1][0] - shelf.seen[0][-1][1]
        assert {at - frame for at, frame, _ in shelf.seen[0][-1000:]} == {lag}


@pytest.mark.parametrize("seed", range(5))
def test_v_never_goes_back_but_when_it_is_set_anew(seed: int) -> None:
    rng = random.Random(100 + seed)
    shelves = [
        Shelf(1, rng.uniform(-100, 100)),
        Shelf(2, reference=0, inputs=2, phase=rng.randrange(MS), host_ppm=rng.uniform(-50, 50)),
        Shelf(3, rng.uniform(-100, 100), phase=rng.randrange(MS), host_ppm=rng.uniform(-50, 50)),
    ]
    net = Network(seed, shelves, [(0, 0, 1, 0), (1, 1, 2, 0)])
    steps = 0
    for _ in range(10):
        net.run(1_000, 0.001)
        if rng.random() < 0.3:
            one = rng.choice(shelves)
            one.clock.set(one.host(net.now), one.reference, rng.uniform(-100, 100), JITTER)
    for shelf in shelves:
        for n, seen in shelf.seen.items():
            back = sum(
                frame2 + part2 < frame1 + part1 - 1e-4
                for (_, frame1, part1), (_, frame2, part2) in pairwise(seen)
            )
            assert back <= shelf.clock.steps, (seed, shelf.name, n)
        steps += shelf.clock.steps
    assert steps <= 6, seed
