"""VC-12s that are taken 63 at once (wire/bank.pxd) against the same taken one by one: nothing may differ.

One end sends; two receive, one of each kind, and answer it. What both tell after every run of frames (client frames,
counters, events with their times, what they send) is compared, whatever happens to the line and to the maps meanwhile.
"""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from msapemu._framing import E1, Group, Line, LineMap, member_name
from tests.wire.lines import FRAME, mac_frame

ALL = [member_name(column) for column in range(63)]
SEEDS = 40
STEPS = 24
LEAD = 1400  # frames in which groups come up and VC-12s come to rest


class Scenario:
    """What is sent: some groups in some VC-12s, with pointers and delays."""

    def __init__(self, seed: int) -> None:
        self.random = random = Random(seed)
        self.alike = random.random() < 0.6
        columns = random.sample(ALL, 63) if random.random() < 0.7 else list(ALL)
        self.groups: list[list[str]] = []
        while columns and len(self.groups) < 8:
            size = random.choice([63, 63, 21, 5, 5, 1])
            self.groups.append(columns[:size])
            columns = columns[size:]
            if random.random() < 0.3:
                break
        self.free = columns
        self.lcas = [random.choice([False, True, True]) for _ in self.groups]
        self.options = [{"lcas": lcas, "delay_limit_us": 8000, "queue_octets": 1 << 19} for lcas in self.lcas]
        self.sources = [Group(**options) for options in self.options]
        delays = {}
        if random.random() < 0.3:
            delays = {name: random.randrange(12) for name in random.sample(ALL, random.choice([1, 5, 40]))}
        moves: dict[str, Any] = {}
        if random.random() < 0.3:
            kind = random.choice(["inc", "dec", "alternate", "ndf", "87-3"])
            moves["tu_sequence"] = (kind, random.choice([4, 40, 300]))
        start = random.randrange(140)
        self.line = Line(
            tu_pointers=start if self.alike else {name: random.randrange(140) for name in ALL},
            au_pointer=random.randrange(783),
            delays=delays,
            **moves,
        )
        self.places = [dict(zip(members, range(63), strict=False)) for members in self.groups]
        self.line.apply(LineMap("tug", list(zip(self.sources, self.places, strict=True))))
        self.sent = 0

    def frames(self, count: int) -> bytes:
        for source in self.sources:
            while source.waiting < 40:
                source.send(mac_frame(self.sent % 65536, self.random.choice([60, 300, 1514])))
                self.sent += 1
        return self.line.build(count)


class End:
    """What is received: the same groups, and whatever else the maps say."""

    def __init__(self, scenario: Scenario, monitored: bool, **line: Any) -> None:
        self.line = Line(monitored=monitored, **line)
        self.other = Line()
        self.groups = [Group(**options) for options in scenario.options]
        self.e1 = E1()
        self.apply(scenario.places)

    def apply(self, places: list[dict[str, int]], cross: dict[str, str] | None = None, e1: str | None = None) -> None:
        self.line.apply(
            LineMap(
                "tug",
                [(group, place) for group, place in zip(self.groups, places, strict=True) if place],
                tributaries={e1: self.e1} if e1 else {},
            )
        )
        cross = {to: (self.line, 1, source) for to, source in (cross or {}).items()}
        self.other.apply(LineMap("tug", cross=cross))

    def told(self, frames: int) -> list[Any]:
        """All that can be seen without a look into it."""
        return [
            self.line.events(),
            [group.receive() for group in self.groups],
            [group.counters() for group in self.groups],
            [group.members() for group in self.groups],
            [group.defects for group in self.groups],
            self.line.counters(),
            self.line.build(frames),
            self.other.build(frames),
        ]

    def state(self) -> list[Any]:
        """What is known of every VC-12: told only now and then, since it ends their being taken together."""
        return [
            self.line.report(),
            [self.line.overhead(1, name) for name in ALL],
            [self.line.gids(1, name) for name in ALL],
        ]


def spoiled(random: Random, octets: bytes, ber: float) -> bytes:
    out = bytearray(octets)
    at = random.expovariate(ber)
    while at < 8 * len(out):
        out[int(at) // 8] ^= 0x80 >> int(at) % 8
        at += random.expovariate(ber)
    return bytes(out)


def change(scenario: Scenario, ends: list[End]) -> None:
    """One thing that may happen between two frames."""
    random = scenario.random
    member = random.choice(ALL)
    what = random.choice(
        ["path", "path", "expect", "member", "members", "cross", "e1", "map", "silent", "look", "wanted", "pointers"]
    )
    number = random.randrange(len(scenario.groups))
    group = random.randrange(max(1, len(scenario.groups[number])))
    if what == "path":
        values: dict[str, Any] = random.choice(
            [
                {"j2": f"trace {random.randrange(9)}"},
                {"j2": bytes([random.randrange(128)])},
                {"label": random.randrange(8)},
                {"label": None},
                {"rfi": True},
                {"rfi": False},
                {"n2": random.randrange(256)},
                {"k4": random.randrange(64)},
            ]
        )
        for name in [member] if random.random() < 0.7 else ALL:
            scenario.line.set_path(1, name, **values)
    elif what == "expect":
        values = random.choice(
            [
                {"expect_j2": "msapemu"},
                {"expect_j2": "another"},
                {"expect_j2": None},
                {"e_rdi": True},
                {"expect_label": 2},
                {"expect_label": None},
                {"tim_ais": False},
                {"bursty": True},
            ]
        )
        for end in ends:
            end.line.set_path(1, member, **values)
    elif what in ("member", "wanted") and scenario.lcas[number]:
        many = range(random.choice([1, 1, 40]))
        for n in {(group + k) % len(scenario.groups[number]) for k in many}:
            if what == "member":
                (scenario.sources[number].remove if random.random() < 0.6 else scenario.sources[number].add)(n)
            else:
                add = random.random() < 0.6
                for end in ends:
                    (end.groups[number].add if add else end.groups[number].remove)(n, rx=True)
    elif what == "members":
        places = [dict(place) for place in scenario.places]
        for name in random.sample(sorted(places[number]), min(3, len(places[number]))):
            del places[number][name]
        for end in ends:
            end.apply(places)
    elif what == "cross":
        cross = dict(zip(random.sample(ALL, 63), random.sample(ALL, random.choice([1, 5, 63])), strict=False))
        for end in ends:
            end.apply(scenario.places, cross)
    elif what == "e1" and scenario.free:
        for end in ends:
            end.apply(scenario.places, None, scenario.free[0])
    elif what == "map":
        for end in ends:
            end.apply(scenario.places)
    elif what == "silent":
        frames = random.choice([1, 30])
        for end in ends:
            end.line.silent(frames)
    elif what == "look":
        assert ends[0].state() == ends[1].state()


def run(seed: int, ends: list[End], scenario: Scenario) -> None:
    random = scenario.random
    ber = random.choice([0, 0, 1e-6, 1e-5, 1e-4, 1e-3])
    octets = b""
    for step in range(STEPS):
        count = LEAD if step == 0 else random.choice([1, 3, 8, 40, 40, 200, 400])
        octets += scenario.frames(count)
        if step and ber and random.random() < 0.7:
            octets = spoiled(random, octets, ber)
        if step and random.random() < 0.05:
            octets = octets[random.randrange(3 * FRAME) :]
        cut = len(octets) if random.random() < 0.7 else random.randrange(len(octets) + 1)
        for end in ends:
            for at in range(0, cut, 700 * FRAME):
                end.line.parse(octets[at : min(cut, at + 700 * FRAME)])
        octets = octets[cut:]
        frames = random.choice([1, 8, 40])
        told = [end.told(frames) for end in ends]
        for first, other in zip(*told, strict=True):
            assert first == other, f"seed {seed}, step {step}"
        scenario.line.parse(told[0][-2])
        for _ in range(random.choice([0, 1, 1, 2])):
            change(scenario, ends)
    assert ends[0].state() == ends[1].state(), f"seed {seed}"


@pytest.mark.parametrize("seed", range(SEEDS))
def test_nothing_differs(seed: int) -> None:
    scenario = Scenario(seed)
    monitored = scenario.random.random() < 0.8
    run(seed, [End(scenario, monitored), End(scenario, monitored, one_by_one=True)], scenario)
