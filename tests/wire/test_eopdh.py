"""Groups over E1 (G.7043, G.8040) and over E3 (G.832), and a group in timeslots."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest

from msapemu._framing import Fabric, FramedE1, Group, PdhLine, defect_names


@dataclass
class Ends:
    """Two ends of a group over `n` lines, a and b; `late`: octets of delay of every line from a to b."""

    n: int
    rate: str = "e1"
    lcas: bool | str = False
    late: list[int] = field(default_factory=list)
    numbered: bool = True
    slots: tuple[int, ...] = ()
    settings: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.lines = [[PdhLine(self.rate) for _ in range(self.n)] for _ in "ab"]
        self.groups = [Group(lcas=self.lcas, **self.settings) for _ in "ab"]  # type: ignore[arg-type]
        self.framed = [
            [FramedE1(line.bearers[0]) for line in lines] if self.rate == "e1" else [] for lines in self.lines
        ]
        self.fabrics = [self.fabric(side, range(self.n)) for side in range(2)]
        for fabric in self.fabrics:
            fabric.apply()
        self.way = [b"\x55" * late for late in self.late or [0] * self.n]
        self.cut: set[int] = set()

    def fabric(self, side: int, members: range | list[int]) -> Fabric:
        group, e1s = self.groups[side], self.framed[side]
        if self.rate != "e1":
            lines = self.lines[side]
            return Fabric(lines=[(lines[i], group, i if self.numbered else None) for i in members])
        if self.slots:
            return Fabric(e1s, runs=[(e1s[0], group, self.slots)])
        return Fabric(e1s, members=[(e1s[i], group, i) for i in members])

    def run(self, frames: int, step: int = 8) -> None:
        for _ in range(frames // step):
            for fabric in self.fabrics:
                fabric.transmit(step)
            for i, (a, b) in enumerate(zip(*self.lines, strict=True)):
                there, back = a.build(step), b.build(step)
                self.way[i] += there
                there, self.way[i] = self.way[i][: len(there)], self.way[i][len(there) :]
                if i in self.cut:
                    b.silent(step)
                    a.silent(step)
                else:
                    b.parse(there)
                    a.parse(back)
            for fabric in self.fabrics:
                fabric.receive()

    def carries(self, frames: int, count: int = 60) -> bool:
        """Frames both ways come out as they went in."""
        numbers = random.Random(frames)
        sent = [[numbers.randbytes(numbers.randrange(60, 1500)) for _ in range(count)] for _ in "ab"]
        for group, some in zip(self.groups, sent, strict=True):
            for one in some:
                group.send(one)
        self.run(frames)
        return [list(group.receive()) for group in self.groups] == sent[::-1]

    def defects(self, side: int) -> tuple[str, ...]:
        return defect_names(self.groups[side].counters()["defects"])


@pytest.mark.parametrize("n", [1, 2, 5, 16])
@pytest.mark.parametrize("lcas", [False, True])
def test_over_e1s(n: int, lcas: bool) -> None:
    ends = Ends(n, lcas=lcas)
    ends.run(8 * 800)
    assert ends.carries(8 * 400)
    assert ends.defects(0) == ends.defects(1) == ()
    counters = ends.groups[1].counters()
    assert counters["core_hec_errors"] == counters["payload_fcs_errors"] == 0


@pytest.mark.parametrize("lcas", [False, True])
@pytest.mark.parametrize("most_ms", [1, 64, 250])
def test_differential_delay(lcas: bool, most_ms: int) -> None:
    late = [0, 32 * 8 * most_ms, 32 * 4 * most_ms + 13, 32 * 8 * most_ms - 5]
    ends = Ends(4, lcas=lcas, late=late, settings={"delay_limit_us": 256_000})
    ends.run(8 * 2400)
    assert ends.carries(8 * 1200)
    assert ends.defects(1) == ()
    assert abs(ends.groups[1].counters()["differential_delay_us"] - 1000 * most_ms) <= 2000


def test_more_delay_than_accepted() -> None:
    ends = Ends(2, late=[0, 32 * 8 * 200])
    ends.run(8 * 2400)
    assert ends.defects(1) == ("VCAT-LOA",)


def test_a_wrong_sequence() -> None:
    ends = Ends(2)
    ends.lines[1].reverse()
    ends.run(8 * 1500)
    assert ends.defects(1) == ("VCAT-SQM",)


def test_lcas_takes_members_in_and_out() -> None:
    """By the far end's answers; nothing is lost while members come and go, and a cut one is left out."""
    ends = Ends(4, lcas=True)
    ends.run(8 * 1500)
    assert [one["tx"]["state"] for one in ends.groups[0].members().values()] == ["NORM"] * 4
    for side in range(2):
        ends.groups[side].remove(2)
    assert ends.carries(8 * 1500)
    assert ends.groups[0].members()[2]["tx"]["state"] == "IDLE"
    for side in range(2):
        ends.groups[side].add(2)
    assert ends.carries(8 * 1500)
    assert ends.groups[0].members()[2]["tx"]["state"] == "NORM"
    ends.cut = {1}
    ends.run(8 * 1500)
    assert ends.groups[0].members()[1]["tx"]["state"] == "DNU"
    assert ends.carries(8 * 1500)
    ends.cut = set()
    ends.run(8 * 1500)
    assert ends.groups[0].members()[1]["tx"]["state"] == "NORM"
    assert ends.carries(8 * 800)


def test_members_of_sixteen_have_their_status_in_two_packets() -> None:
    """MST of members 0..7 and 8..15 alternate (G.7043): the last of sixteen is failed, and no other."""
    ends = Ends(16, lcas=True)
    ends.run(8 * 2500)
    assert {one["tx"]["state"] for one in ends.groups[0].members().values()} == {"NORM"}
    ends.cut = {15}
    ends.run(8 * 1000)
    states = [one["tx"]["state"] for one in ends.groups[0].members().values()]
    assert sorted(states) == ["DNU"] + ["NORM"] * 15


def test_a_plan_that_adds_and_takes_away_members() -> None:
    ends = Ends(4, lcas=True)
    ends.run(8 * 1500)
    for side in range(2):
        made = ends.fabric(side, [0, 1, 2])
        made.apply(ends.fabrics[side])
        ends.fabrics[side] = made
    ends.run(8 * 1500)
    assert ends.carries(8 * 800)
    for side in range(2):
        made = ends.fabric(side, range(4))
        made.apply(ends.fabrics[side])
        ends.fabrics[side] = made
    ends.run(8 * 1500)
    assert ends.carries(8 * 800)
    assert [one["tx"]["state"] for one in ends.groups[0].members().values()] == ["NORM"] * 4


@pytest.mark.parametrize(
    ("rate", "n", "numbered", "lcas"),
    [
        ("g832", 1, False, False),
        ("g832", 1, True, False),
        ("g832", 3, True, False),
        ("g832", 8, True, True),
        ("fe", 1, False, False),
    ],
)
def test_over_lines_of_octets(rate: str, n: int, numbered: bool, lcas: bool) -> None:
    ends = Ends(n, rate, lcas, numbered=numbered, late=[1000 * i for i in range(n)])
    ends.run(8 * 500)
    assert ends.carries(8 * 200)
    assert ends.defects(0) == ends.defects(1) == ()
    ends.cut = set(range(n))
    ends.run(8 * 200)
    assert "LOS" in ends.lines[1][0].defects
    ends.cut = set()
    ends.run(8 * 500)
    assert ends.carries(8 * 200)


@pytest.mark.parametrize("slots", [tuple(range(1, 32)), (1,), (3, 7, 16, 31)])
def test_in_timeslots(slots: tuple[int, ...]) -> None:
    """n x 64 kbit/s, and a single E1 without the concatenation octet (G.8040)."""
    ends = Ends(1, slots=slots)
    ends.run(8 * 100)
    assert ends.carries(8 * 200 * (1 + 31 // len(slots)), count=4)
    assert ends.defects(1) == ()
    ends.cut = {0}
    ends.run(8 * 10)
    ends.cut = set()
    ends.run(8 * 100)
    assert ends.carries(8 * 200 * (1 + 31 // len(slots)), count=4)


def test_what_a_single_e1_carries_is_gfp_octets() -> None:
    """495 octets a multiframe, the concatenation octet in timeslot 1 of frame 0: idle frames stand about it."""
    ends = Ends(1, settings={"scramble": False})
    ends.run(8 * 100)
    ends.fabrics[0].transmit(16)
    # a multiframe begins where the octet of timeslot 0 has the FAS and its number is a multiple of 16
    octets = ends.lines[0][0].build(16)
    assert octets[0] & 0x7F == 0x1B
    payload = b"".join(octets[32 * n + (2 if n == 0 else 1) : 32 * n + 32] for n in range(16))
    assert len(payload) == 495
    idle = bytes.fromhex("b6ab31e0")
    assert payload in idle * 125 or any((idle * 126)[k : k + 495] == payload for k in range(4))


def test_wrong_use() -> None:
    line = PdhLine("e1")
    e1 = FramedE1(line.bearers[0])
    basic = FramedE1(line.bearers[0], "basic")
    with pytest.raises(ValueError, match="framed with CRC-4"):
        Fabric([basic], members=[(basic, Group(), 0)])
    with pytest.raises(ValueError, match=r"not in 0\.\.15"):
        Fabric([e1], members=[(e1, Group(), 16)])
    with pytest.raises(ValueError, match="taken twice"):
        group = Group()
        Fabric([e1], members=[(e1, group, 0), (e1, group, 1)])
    with pytest.raises(ValueError, match="not among"):
        Fabric([], members=[(e1, Group(), 0)])
    with pytest.raises(ValueError, match="no such group"):
        Fabric(lines=[(line, Group(), None)])
    with pytest.raises(ValueError, match="timeslots are different ones"):
        Fabric([e1], runs=[(e1, Group(), [1, 1])])
