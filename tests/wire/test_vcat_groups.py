"""Groups over several AU-4s and lines: differential delay up to its limit, measured, exceeded, changed (G.707 11)."""

from __future__ import annotations

import random

import pytest

from msapemu._framing import Group
from tests.wire.ends import Pair, Place, octets_a_frame
from tests.wire.lines import ALL_TUS, name

MS = 8
LO = [name(tu) for tu in ALL_TUS]
THREE: dict[str, dict[int, Place]] = {
    "VC-12": {n: (n, 1, LO[20 * n]) for n in range(3)},
    "VC-3": {n: (n, 1, str(n + 1)) for n in range(3)},
    "VC-4": {n: (n, 1, "") for n in range(3)},
}
of_every_kind = pytest.mark.parametrize("kind", THREE)


def pair_of(kind: str, *delays: int, lcas: bool = False, **options: object) -> Pair:
    """Three members, each on a line of its own, so late (in frames) from west to east."""
    pair = Pair(THREE[kind], rates=("stm1",) * 3, options={"lcas": lcas, **options})
    for fibre, delay in zip(pair.there, delays, strict=True):
        fibre.delay = delay
    pair.length = 700
    return pair


def carried(pair: Pair, ms: int = 60) -> Pair:
    """Everything that is sent comes."""
    members = [number for number, member in pair.east.group.members().items() if not member["rx"]["mnd"]]
    pair.load = 0.9 * len(members) * octets_a_frame(pair.west.places[0])
    sent = len(pair.sent)
    pair.run(ms * MS).quiet(3000)
    assert pair.received[-(len(pair.sent) - sent) :] == pair.sent[sent:]
    return pair


@of_every_kind
@pytest.mark.parametrize("lcas", [False, True])
@pytest.mark.parametrize("delays", [(0, 0, 0), (0, 8, 400), (2000, 4, 12), (100, 2040, 0)])
def test_delays_are_made_good_and_measured(kind: str, lcas: bool, delays: tuple[int, ...]) -> None:
    pair = pair_of(kind, *delays, lcas=lcas, delay_limit_us=256_000)
    pair.run(max(delays) + 100 * MS)
    if lcas:
        pair.up()
    carried(pair)
    members = pair.east.group.members()
    assert [members[n]["rx"]["delay_us"] for n in range(3)] == [125 * (d - min(delays)) for d in delays]
    assert pair.east.group.counters()["differential_delay_us"] == 125 * (max(delays) - min(delays))
    assert pair.east.defects() == set()


@of_every_kind
def test_one_step_more_than_the_limit(kind: str) -> None:
    """64 ms are made good, one frame more is VCAT-LOA; back within the limit, traffic goes on."""
    step = 4 if kind == "VC-12" else 1
    pair = pair_of(kind, 0, 512, 3 * step)
    pair.run(200 * MS)
    carried(pair)
    pair.there[1].delay = 512 + step
    pair.run(300 * MS)
    assert pair.east.defects() == {"VCAT-LOA"}
    assert pair.east.group.counters()["differential_delay_us"] == 64_000 + 125 * step
    pair.there[1].delay = 511 // step * step
    pair.run(300 * MS)
    assert pair.east.defects() == set()
    carried(pair)


@of_every_kind
def test_a_member_that_does_not_fit_is_left_out(kind: str) -> None:
    """With LCAS: VCAT-MND, and the others go on; it comes back when its delay fits."""
    pair = pair_of(kind, 0, 12, 8, lcas=True)
    pair.up()
    pair.there[2].delay = 560
    pair.until(lambda: pair.west.group.size[0] == 2)
    pair.run(300 * MS)
    assert "VCAT-MND" in pair.east.defects() and "VCAT-LOA" not in pair.east.defects()
    assert pair.east.group.members()[2]["rx"]["mnd"]
    carried(pair)
    pair.there[2].delay = 500
    pair.up()
    carried(pair)
    pair.run(100 * MS)
    assert pair.east.defects() == set()


@of_every_kind
@pytest.mark.parametrize("lcas", [False, True])
def test_a_delay_that_changes_while_it_runs(kind: str, lcas: bool) -> None:
    """To more, and to less: aligned anew by itself."""
    pair = pair_of(kind, 0, 100, 40, lcas=lcas)
    pair.run(200 * MS)
    for delay in (300, 0, 72):
        pair.there[1].delay = delay
        pair.run(400 * MS)
        if lcas:
            pair.up()
        carried(pair)
        late = pair.east.group.members()[1]["rx"]["delay_us"] - pair.east.group.members()[0]["rx"]["delay_us"]
        assert late == 125 * delay


def test_memory_of_the_largest_group() -> None:
    """63 members 256 ms apart: at most 8 MiB a group, and all of them used."""
    places: dict[int, Place] = {n: (n % 3, 1, LO[n]) for n in range(63)}
    pair = Pair(places, rates=("stm1",) * 3, options={"lcas": False, "delay_limit_us": 256_000})
    pair.there[1].delay = 2040
    pair.length = 1400
    pair.load = 0.95 * 63 * 34
    pair.run(400 * MS)
    pair.quiet(3000)
    assert pair.east.group.counters()["differential_delay_us"] == 255_000
    assert pair.received[-50:] == pair.sent[-50:]
    assert pair.east.group.memory <= 8 << 20
    assert Group(delay_limit_us=256_000).memory < 1024  # before it has members


@pytest.mark.parametrize("size", [2, 3, 7, 16])
def test_sizes_of_vc4_groups(size: int) -> None:
    """Members in any order of the VC-4s of an STM-16."""
    places = random.Random(size).sample(range(1, 17), size)
    pair = Pair({n: (0, vc4, "") for n, vc4 in enumerate(places)}, rates=("stm16",), options={"lcas": False})
    pair.length = 1514
    pair.run(100 * MS)
    pair.load = 0.95 * size * 2340
    pair.run(8 * MS).quiet()
    assert pair.lost() == 0
    assert pair.east.lines[0].report()["au"][places[-1] - 1]["sq"] == size - 1


def test_vc3_over_lines_beyond_one_vc4() -> None:
    """VC-3-8v: more than a VC-4 holds."""
    places: dict[int, Place] = {n: (n // 3, 1, str(n % 3 + 1)) for n in range(8)}
    pair = Pair(places, rates=("stm1",) * 3, au_pointer=100, tu_pointers=17).up()
    pair.length = 1514
    pair.load = 0.95 * 8 * 756
    pair.run(40 * MS).quiet()
    assert pair.lost() == 0


def test_a_line_that_is_gone_takes_its_members_along() -> None:
    """Without LCAS the group fails; with others in its place it goes on."""
    pair = pair_of("VC-4", 0, 0, 0)
    pair.run(100 * MS)
    carried(pair)
    for end in pair.ends:
        end.put({n: (n, 1, "") for n in range(2)})
    pair.run(100 * MS)
    assert sorted(pair.east.group.members()) == [0, 1]
    assert pair.west.group.size == (2, 2)
    carried(pair)
