"""LCAS between two ends, in virtual time (G.7042; STANDARDS 8, ANCHORS)."""

from __future__ import annotations

import pytest

from msapemu._framing import LCAS_SINK, LCAS_SOURCE, Group, Line, LineMap
from tests.wire.ends import TICK, Pair, Place, octets_a_frame
from tests.wire.lines import ALL_TUS, name

MS = 8  # frames
LO = [name(tu) for tu in ALL_TUS]
SHAPES: dict[str, tuple[dict[int, Place], tuple[str, ...]]] = {
    "VC-12-5v": ({n: (0, 1, LO[n]) for n in range(5)}, ("stm1",)),
    "VC-12-5v over two lines": ({n: (n % 2, 1, LO[n]) for n in range(5)}, ("stm1", "stm1")),
    "VC-12-4v over the VC-4s of an STM-4": ({n: (0, n + 1, LO[20 + n]) for n in range(4)}, ("stm4",)),
    "VC-3-3v": ({n: (0, 1, str(n + 1)) for n in range(3)}, ("stm1",)),
    "VC-4-3v over three lines": ({n: (n, 1, "") for n in range(3)}, ("stm1",) * 3),
    "VC-4-4v of an STM-4": ({n: (0, n + 1, "") for n in range(4)}, ("stm4",)),
}
of_every_shape = pytest.mark.parametrize("shape", SHAPES)


def pair_of(shape: str, load_of: int = 1, **options: object) -> Pair:
    """Both ends up, with traffic for all members but `load_of`."""
    places, rates = SHAPES[shape]
    pair = Pair(places, rates=rates, options=options).up()
    pair.load = 0.97 * (len(places) - load_of) * octets_a_frame(places[0])
    return pair.run(100 * MS)


def states(pair: Pair, side: str = "tx") -> list[str]:
    group = pair.west.group if side == "tx" else pair.east.group
    return [member[side]["state"] for _, member in sorted(group.members().items())]


def numbers(pair: Pair) -> list[int]:
    return [member["tx"]["sq"] for _, member in sorted(pair.west.group.members().items())]


# -- members that come and go


@of_every_shape
def test_all_members_come_up(shape: str) -> None:
    places, rates = SHAPES[shape]
    pair = Pair(places, rates=rates).up()
    pair.run(20 * MS)
    assert pair.now < 400 * MS
    for end in pair.ends:
        members = end.group.members()
        assert [member["tx"]["state"] for member in members.values()] == ["NORM"] * len(places)
        assert [member["rx"]["state"] for member in members.values()] == ["OK"] * len(places)
        assert sorted(member["tx"]["sq"] for member in members.values()) == list(range(len(places)))
        controls = {member["tx"]["sq"]: member["tx"]["ctrl"] for member in members.values()}
        assert [controls[sq] for sq in sorted(controls)] == ["NORM"] * (len(places) - 1) + ["EOS"]
        assert end.defects() == set()


@of_every_shape
@pytest.mark.parametrize("which", [0, 1, -1])
def test_add_and_remove_are_hitless(shape: str, which: int) -> None:
    """At full load of what is left: no frame lost, none later than any before by more than a tick."""
    pair = pair_of(shape)
    number = which % len(pair.west.places)
    before = max(pair.lateness(pair.now - 50 * MS))
    pair.west.group.remove(number)
    pair.until(lambda: states(pair)[number] == "IDLE")
    pair.run(100 * MS)
    assert pair.east.group.size[1] == pair.west.group.size[0] == len(pair.west.places) - 1
    assert pair.west.group.size[1] == len(pair.west.places)  # the other direction is of its own size
    pair.west.group.add(number)
    pair.up()
    pair.run(100 * MS).quiet()
    assert pair.lost() == 0
    assert max(pair.lateness()) <= before + TICK
    assert pair.east.group.counters()["sync_losses"] == 0
    assert numbers(pair)[number] == len(pair.west.places) - 1  # who comes back comes last


@of_every_shape
def test_a_member_that_is_removed_and_comes_back_elsewhere(shape: str) -> None:
    """Its VC is taken away once it is idle at both ends, another becomes the member, nothing is lost."""
    pair = pair_of(shape)
    for group in (pair.west.group, pair.east.group):
        group.remove(0)
    pair.until(lambda: states(pair)[0] == "IDLE" and pair.east.group.members()[0]["tx"]["state"] == "IDLE")
    rest = {n: place for n, place in pair.west.places.items() if n != 0}
    places = dict(pair.west.places)
    for end in pair.ends:
        end.put(rest)
    pair.run(50 * MS)
    for end in pair.ends:
        end.group.add(0)
        end.put(places)
    pair.up()
    pair.run(50 * MS).quiet()
    assert pair.lost() == 0
    assert pair.east.group.counters()["sync_losses"] == 0


def test_all_leave_and_all_come_back() -> None:
    """Frames that wait meanwhile are sent then."""
    pair = pair_of("VC-4-4v of an STM-4", 2)
    for number in range(4):
        pair.west.group.remove(number)
    pair.until(lambda: states(pair) == ["IDLE"] * 4)
    pair.run(30 * MS)
    assert pair.west.group.size[0] == 0
    assert {"TLCT"} <= pair.west.defects() | {"TLCT"}
    assert "TLCR" not in pair.east.defects() or pair.east.group.size[1] == 0
    for number in range(4):
        pair.west.group.add(number)
    pair.up()
    pair.run(50 * MS).quiet()
    assert pair.lost() == 0


def test_many_changes_at_once() -> None:
    pair = pair_of("VC-12-5v", 3)
    for number in (4, 1, 2):
        pair.west.group.remove(number)
    pair.until(lambda: states(pair) == ["NORM", "IDLE", "IDLE", "NORM", "IDLE"], 20_000)
    assert numbers(pair)[0] == 0 and numbers(pair)[3] == 1
    for number in (4, 1, 2):
        pair.west.group.add(number)
    pair.up()
    pair.quiet()
    assert pair.lost() == 0


def test_a_member_that_is_wanted_again_before_it_has_gone() -> None:
    pair = pair_of("VC-12-5v")
    pair.west.group.remove(3)
    pair.until(lambda: states(pair)[3] == "REMOVE")
    pair.west.group.add(3)
    pair.until(lambda: states(pair)[3] == "ADD")
    pair.up()
    pair.quiet()
    assert pair.lost() == 0


# -- members that fail


@pytest.mark.parametrize(
    ("shape", "most"),
    [("VC-12-5v over two lines", 200 * MS), ("VC-4-3v over three lines", 100 * MS)],
)
@pytest.mark.parametrize("moment", range(0, 128, 17))
def test_a_failed_member_leaves_in_time_and_comes_back(shape: str, most: int, moment: int) -> None:
    """100 ms with VC-4s, 200 ms with VC-12s; then nothing is lost, nor when it comes back (ANCHORS)."""
    pair = pair_of(shape, 3 if "12" in shape else 2)
    pair.run(moment * TICK)
    pair.there[1].cut = True
    failed = [n for n, (line, _, _) in pair.west.places.items() if line == 1]
    left = len(pair.west.places) - len(failed)
    took = pair.until(lambda: pair.east.group.size[1] == left and pair.west.group.size[0] == left, most)
    assert took <= most
    pair.run(20 * MS)  # the frame that is cut short, and one more for the descrambler
    lost = pair.now
    pair.run(200 * MS)
    assert "PLCR" in pair.east.defects() and "PLCT" in pair.west.defects()
    pair.there[1].cut = False
    pair.up()
    pair.run(50 * MS).quiet()
    late = [frame for frame, at in zip(pair.sent, pair.sent_at, strict=True) if at >= lost]
    assert pair.received[-len(late) :] == late
    assert not {"PLCR", "GFP-LFD"} & pair.east.defects()
    pair.lost()  # all that came was sent, in order


def test_hold_off_and_wait_to_restore() -> None:
    options = {"hold_off_ms": 300, "wtr_ms": 1000}
    pair = pair_of("VC-12-5v over two lines", 3, **options)
    pair.there[1].cut = True
    took = pair.until(lambda: states(pair, "rx")[1] == "FAIL")
    assert 300 * MS <= took <= 300 * MS + 60
    pair.until(lambda: states(pair)[1] == "DNU")
    pair.there[1].cut = False
    took = pair.until(lambda: states(pair, "rx")[1] == "OK")
    assert 1000 * MS <= took <= 1000 * MS + 200 * MS
    # a fault shorter than the hold-off changes nothing
    pair.up()
    pair.there[1].cut = True
    pair.run(200 * MS)
    pair.there[1].cut = False
    pair.run(250 * MS)
    assert pair.east.group.size[1] == pair.west.group.size[0] == 5
    assert set(states(pair)) == {"NORM"} and set(states(pair, "rx")) == {"OK"}


def test_all_members_fail_and_come_back() -> None:
    pair = pair_of("VC-4-3v over three lines")
    for fibre in pair.there:
        fibre.cut = True
    pair.run(200 * MS)
    assert "TLCR" in pair.east.defects()
    for fibre in pair.there:
        fibre.cut = False
    pair.up()
    pair.run(50 * MS).quiet()
    assert pair.east.defects() == pair.west.defects() == set()
    pair.lost()


def test_a_cut_of_both_directions_heals() -> None:
    pair = pair_of("VC-12-5v over two lines", 3)
    for fibre in (pair.there[1], pair.back[1]):
        fibre.cut = True
    pair.run(400 * MS)
    assert pair.west.group.size == pair.east.group.size == (3, 3)
    for fibre in (pair.there[1], pair.back[1]):
        fibre.cut = False
    pair.up()
    pair.quiet()
    pair.lost()


def test_a_member_that_fails_is_removed_for_good() -> None:
    pair = pair_of("VC-12-5v over two lines", 3)
    pair.there[1].cut = True
    pair.until(lambda: states(pair)[1] == "DNU" and states(pair)[3] == "DNU")
    pair.west.group.remove(1)
    pair.until(lambda: states(pair)[1] == "IDLE")
    pair.there[1].cut = False
    pair.until(lambda: states(pair)[3] == "NORM")
    pair.run(300 * MS).quiet()
    assert pair.west.group.size[0] == pair.east.group.size[1] == 4
    assert pair.east.defects() == {"PLCR"} or pair.east.defects() == set()
    assert sorted(numbers(pair)[n] for n in (0, 2, 3, 4)) == [0, 1, 2, 3]


# -- the machines


def test_tables_are_those_of_the_standard() -> None:
    """STANDARDS 8; REMOVE ends with the acknowledgement, since MST is told by SQ, which it has no longer."""
    assert LCAS_SOURCE == {
        # M_ADD, M_REMOVE, MST OK, MST FAIL, RS-Ack
        "IDLE": ("ADD", "IDLE", "IDLE", "IDLE", "IDLE"),
        "ADD": ("ADD", "IDLE", "NORM", "ADD", "ADD"),
        "NORM": ("NORM", "REMOVE", "NORM", "DNU", "NORM"),
        "DNU": ("DNU", "IDLE", "NORM", "DNU", "DNU"),
        "REMOVE": ("ADD", "REMOVE", "REMOVE", "REMOVE", "IDLE"),
    }
    assert all(row == ("IDLE", "FAIL", "OK") for row in LCAS_SINK.values())


def test_every_arrow_is_reached() -> None:
    pair = Pair(*SHAPES["VC-12-5v over two lines"][:1], rates=("stm1", "stm1"))
    source: set[tuple[str, str]] = set()
    sink: set[tuple[str, str]] = set()
    last: dict[tuple[str, int], str] = {}

    def watch() -> None:
        for side, found, group in (("tx", source, pair.west.group), ("rx", sink, pair.east.group)):
            for number, member in group.members().items():
                state = member[side]["state"]
                before = last.get((side, number), "IDLE")
                if before != state:
                    found.add((before, state))
                last[side, number] = state

    def run(ms: int) -> None:
        pair.run(ms * MS, watch)

    run(300)  # all up
    pair.west.group.remove(0)
    run(20)
    pair.west.group.add(0)  # in REMOVE
    run(300)
    pair.west.group.remove(2)
    run(300)
    pair.there[0].cut = True
    pair.west.group.add(2)
    run(300)  # in ADD, never answered with OK; the others of the line in DNU
    pair.west.group.remove(2)
    pair.west.group.remove(4)
    run(300)
    pair.there[0].cut = False
    pair.west.group.add(2)
    pair.west.group.add(4)
    run(600)
    pair.there[0].cut = True
    run(300)
    pair.east.group.remove(0, rx=True)  # in FAIL
    pair.there[0].cut = False
    run(300)
    pair.east.group.remove(1, rx=True)  # in OK
    run(300)
    pair.east.group.add(1, rx=True)
    pair.east.group.add(0, rx=True)
    run(500)
    arrows = {(state, to) for state, row in LCAS_SOURCE.items() for to in row if to != state}
    assert source >= arrows, arrows - source
    assert sink >= {("IDLE", "OK"), ("OK", "FAIL"), ("FAIL", "OK"), ("FAIL", "IDLE"), ("OK", "IDLE"), ("IDLE", "FAIL")}
    assert pair.west.group.size == (5, 5)


# -- settings and alarms


def test_fewer_members_than_wanted_is_an_alarm() -> None:
    pair = pair_of("VC-12-5v over two lines", 3, minimum=4)
    assert "VCG-MIN" not in pair.east.defects()
    pair.there[1].cut = True
    pair.run(300 * MS)
    assert "VCG-MIN" in pair.east.defects()
    pair.there[1].cut = False
    pair.up()
    pair.run(20 * MS)
    assert "VCG-MIN" not in pair.east.defects()


def test_a_control_packet_with_another_group_is_told() -> None:
    """Members of two groups mixed up: GID differs, FOPR."""
    places = {n: (0, 1, LO[n]) for n in range(4)}
    pair = Pair(places, options={"seed": 5})
    stranger = Group(lcas=True, seed=77)
    crossed = LineMap("tug", [(pair.west.group, {LO[0]: 0, LO[1]: 1}), (stranger, {LO[2]: 2, LO[3]: 3})])
    pair.west.lines[0].apply(crossed)
    pair.run(1500 * MS)
    assert "FOPR" in pair.east.defects()


def test_answers_for_members_that_are_not_there_are_told() -> None:
    """The far end receives four members of somebody else, and answers for all of them: FOPT at the end that has two."""
    west, stranger, east = Line(), Line(), Line()
    group, other, far = Group(lcas=True), Group(lcas=True), Group(lcas=True)
    west.apply(LineMap("tug", [(group, {LO[0]: 0, LO[1]: 1})]))
    stranger.apply(LineMap("tug", [(other, {LO[n]: n for n in range(4)})]))
    east.apply(LineMap("tug", [(far, {LO[n]: n for n in range(4)})]))

    def run(ms: int, sender: Line) -> None:
        for _ in range(ms):
            octets = {line: line.build(TICK) for line in (west, stranger, east)}
            east.parse(octets[sender])
            west.parse(octets[east])
            stranger.parse(octets[east])

    run(1000, stranger)
    assert "FOPT" in group.defects and "FOPT" not in other.defects
    run(1000, west)
    assert "FOPT" not in group.defects


def test_sizes_are_independent() -> None:
    """Three members there, one back."""
    places, rates = SHAPES["VC-4-4v of an STM-4"]
    pair = Pair(places, rates=rates)
    for number in (1, 2, 3):
        pair.east.group.remove(number)
    pair.west.group.remove(3)
    pair.until(lambda: pair.west.group.size == (3, 1) and pair.east.group.size == (1, 3))
    pair.load = 0.97 * 3 * 2340
    pair.run(100 * MS).quiet()
    assert pair.lost() == 0


@pytest.mark.parametrize("shape", ["VC-12-5v over two lines", "VC-3-3v"])
@pytest.mark.parametrize("with_lcas", ["west", "east"])
def test_interworking_with_an_end_without_lcas(shape: str, with_lcas: str) -> None:
    """Both directions come up, and carry all that is sent."""
    places, rates = SHAPES[shape]
    lcas = {"lcas": True}, {"lcas": False}
    west, east = lcas if with_lcas == "west" else lcas[::-1]
    pair = Pair(places, rates=rates, options=west, east_options=east)
    n = len(places)
    pair.until(lambda: pair.west.group.size == (n, n) and pair.east.group.size == (n, n))
    pair.run(300 * MS)
    pair.load = 0.97 * n * octets_a_frame(places[0])
    pair.run(200 * MS).quiet()
    assert pair.lost() == 0
    assert not {"VCAT-SQM", "VCAT-LOM", "PLCR", "TLCR", "FOPR"} & (pair.east.defects() | pair.west.defects())


def test_an_errored_packet_of_an_end_without_lcas_changes_nothing() -> None:
    """It is no word of LCAS: the members go on carrying traffic."""
    places, rates = SHAPES["VC-4-4v of an STM-4"]
    pair = Pair(places, rates=rates, options={"lcas": False}, east_options={"lcas": True})
    pair.until(lambda: pair.east.group.size[1] == 4)
    pair.run(100 * MS)
    pair.there[0].ber = 2e-4
    sizes: set[int] = set()
    pair.run(600 * MS, lambda: sizes.add(pair.east.group.size[1]))
    assert sum(member["rx"]["crc_errors"] for member in pair.east.group.members().values()) > 4
    assert sizes == {4}


def test_the_other_reading_of_mst() -> None:
    """The status told by the MFI2 that ends the packet: two ends with the same setting understand each other."""
    places, rates = SHAPES["VC-4-4v of an STM-4"]
    pair = Pair(places, rates=rates, options={"mst_of_next": True}).up()
    pair.west.group.remove(2)
    pair.until(lambda: states(pair)[2] == "IDLE")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lcas": "perhaps"}, "lcas is True, False or 'one-way'"),
        ({"delay_limit_us": 256_001}, "differential delay of 256001 us is not in 0..256000"),
        ({"hold_off_ms": 10_001}, "hold-off of 10001 ms is not in 0..10000"),
        ({"wtr_ms": -1}, "wait-to-restore of -1 ms is not in 0..720000"),
        ({"minimum": 64}, "minimum of 64 members is not in 0..63"),
    ],
)
def test_wrong_settings(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Group(**options)  # type: ignore[arg-type]


def test_wrong_members() -> None:
    group = Group(lcas=True)
    for members, message in (
        ({"1.1.1": 63}, "member number 63 is not in 0..62"),
        ({"1": 48}, "member number 48 is not in 0..47"),
        ({"1.1.1": 1, "1.1.2": 1}, "a member's number is used twice"),
    ):
        with pytest.raises(ValueError, match=message):
            LineMap("tug", [(group, members)])  # type: ignore[list-item]
    with pytest.raises(ValueError, match=r"member number 16 is not in 0\.\.15"):
        LineMap("vc4", [(group, 16)])
    with pytest.raises(ValueError, match="a VC-4-Xc is no member of a group"):
        LineMap("vc4", [(group, 1)], width=4)
    with pytest.raises(ValueError, match="LCAS needs virtual concatenation"):
        LineMap("vc4", [(group, ())])
    with pytest.raises(ValueError, match="a group without LCAS has no members that come and go"):
        Group().remove(0)
