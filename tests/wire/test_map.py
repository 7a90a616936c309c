"""What a line carries, and its change while traffic runs."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from msapemu._framing import Group, Line, LineMap, member_name, parse_member
from tests.ref import tug, vc12
from tests.ref.line import Parser
from tests.ref.tug import Tu
from tests.wire.lines import ALL_TUS, FRAME, mac_frame, map_of, name


def test_columns_are_those_of_the_standard() -> None:
    """K.L.M and its first column 10 + (K-1) + 3 (L-1) + 21 (M-1) (STANDARDS 4)."""
    for tu in ALL_TUS:
        column = parse_member(name(tu))
        assert column == tug.columns(tu)[0] - 10
        assert member_name(column) == name(tu)


@pytest.mark.parametrize(
    "text", ["", "1", "1.1", "1.1.1.1", "0.1.1", "4.1.1", "1.0.1", "1.8.1", "1.1.0", "1.1.4", "a.b.c", "1..1", "-1.1.1"]
)
def test_no_members(text: str) -> None:
    with pytest.raises(ValueError, match="is no VC-12"):
        parse_member(text)
    if text != "1":  # that is a VC-3
        with pytest.raises(ValueError, match="is no VC-12"):
            LineMap("tug", [(Group(), [text])])


@pytest.mark.parametrize(
    ("kind", "members", "message"),
    [
        ("vc3", [], "no map kind 'vc3'"),
        ("unequipped", [()], "1 groups do not go with map kind 'unequipped'"),
        ("vc4", [], "0 groups do not go with map kind 'vc4'"),
        ("vc4", [(), ()], "2 groups do not go with map kind 'vc4'"),
        ("vc4", [["1.1.1"]], "a group in the VC-4 has no members"),
        ("tug", [()], "a group without members"),
        ("tug", [["1.1.1", "1.1.1"]], "VC-12 1.1.1 is used twice"),
        ("tug", [["1.1.1"], ["2.1.1", "1.1.1"]], "VC-12 1.1.1 is used twice"),
        ("tug", [[name(tu)] for tu in ALL_TUS] + [["1.1.1"]], "64 groups do not go"),
    ],
)
def test_wrong_maps(kind: str, members: list[Sequence[str]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LineMap(kind, [(Group(), of_group) for of_group in members])


def test_a_group_is_carried_once() -> None:
    group = Group()
    with pytest.raises(ValueError, match="a group is used twice"):
        LineMap("tug", [(group, ["1.1.1"]), (group, ["1.1.2"])])


def test_other_wrong_arguments() -> None:
    with pytest.raises(TypeError):
        LineMap("tug", [("group", ["1.1.1"])])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="is no VC-12"):
        LineMap("tug", [(Group(), [(1, 1, 1)])])  # type: ignore[list-item]
    with pytest.raises(TypeError):
        Line().apply(None)  # type: ignore[arg-type]


def test_a_map_keeps_what_it_was_given() -> None:
    group = Group()
    line_map = LineMap("tug", [(group, ["1.1.1", "3.7.3"])])
    assert (line_map.kind, line_map.groups) == ("tug", ((group, ("1.1.1", "3.7.3")),))
    line = Line()
    assert line.map.kind == "unequipped"
    line.apply(line_map)
    assert line.map is line_map


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"au_pointer": 783}, "AU-4 pointer 783 is not in 0..782"),
        ({"au_pointer": -1}, "AU-4 pointer -1"),
        ({"tu_pointers": 140}, "TU-12 pointer 140 is not in 0..139"),
        ({"tu_pointers": {"1.1.1": 140}}, "TU-12 pointer 140"),
        ({"tu_pointers": {"1.1.4": 1}}, "is no VC-12"),
        ({"s1": 256}, "s1 must be 0..255"),
    ],
)
def test_wrong_lines(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Line(**options)  # type: ignore[arg-type]


# -- changes while traffic runs

KEPT: list[Tu] = [(1, 1, 1), (2, 5, 3)]
LEFT: list[Tu] = [(1, 1, 2), (3, 7, 3)]


def two_groups() -> tuple[Group, Group, LineMap, LineMap]:
    kept, left = Group(), Group()
    members = [name(tu) for tu in KEPT]
    both = LineMap("tug", [(left, [name(tu) for tu in LEFT]), (kept, members)])
    return kept, left, both, LineMap("tug", [(kept, members)])


def frames_of(octets: bytes) -> list[bytes]:
    return [octets[at : at + FRAME] for at in range(0, len(octets), FRAME)]


@pytest.mark.parametrize("moment", [600, 603])
def test_a_group_goes_and_the_other_is_not_hurt(moment: int) -> None:
    """Its octets are those of a line without the change; its frames all arrive; the columns fall to unequipped."""
    frames = [mac_frame(n, 120) for n in range(100)]
    lines: list[bytes] = []
    for change in (False, True):
        kept, left, both, one = two_groups()
        source = Line(tu_pointers={name(KEPT[0]): 77, name(LEFT[0]): 33})
        source.apply(both)
        octets = source.build(560)
        for frame in frames:
            kept.send(frame)
            left.send(frame)
        octets += source.build(moment - 560)
        if change:
            source.apply(one)
        lines.append(octets + source.build(220))
    judges = [Parser(whole_file=True).feed_all(frames_of(line)) for line in lines]
    assert judges[0].gfp_octets(KEPT) == judges[1].gfp_octets(KEPT)
    assert judges[1].gfp(KEPT).ethernet() == frames
    assert judges[1].vc12[KEPT[0]].bip2_errors == 0
    for tu in LEFT:
        runs = [vc.octets for run in judges[1].vc12[tu].runs for vc in run]
        assert set(runs[moment // 4 + 1 :]) == {vc12.UNEQUIPPED}
        assert vc12.UNEQUIPPED not in runs[: moment // 4 - 1]
        assert judges[1].vc12[tu].pointer_value == (33 if tu == LEFT[0] else 0)
    sink = Line()
    other_kept, _, other_both, other_one = two_groups()
    sink.apply(other_both)
    sink.parse(lines[1][: 590 * FRAME])
    sink.apply(other_one)
    sink.parse(lines[1][590 * FRAME :])
    assert other_kept.receive() == frames
    assert other_kept.counters()["sync_losses"] == 0
    assert sink.events() == []


@pytest.mark.parametrize("moment", [501, 502])
def test_a_group_comes_and_the_other_is_not_hurt(moment: int) -> None:
    frames = [mac_frame(n, 120) for n in range(150)]
    kept, left, both, one = two_groups()
    source = Line()
    source.apply(one)
    octets = source.build(480)
    for frame in frames:
        kept.send(frame)
        left.send(frame)
    octets += source.build(moment - 480)
    source.apply(both)
    octets += source.build(700)
    judge = Parser(whole_file=True).feed_all(frames_of(octets))
    assert judge.gfp(KEPT).ethernet() == frames
    assert sum(path.bip2_errors for path in judge.vc12.values()) == 0
    sink = Line()
    other_kept, other_left, other_both, other_one = two_groups()
    sink.apply(other_one)
    sink.parse(octets[: (moment + 7) * FRAME])
    sink.apply(other_both)
    assert {event[2] for event in sink.events()} <= {"LP-UNEQ"}
    sink.parse(octets[(moment + 7) * FRAME :])
    assert other_kept.receive() == frames
    # it began before the sink was in step with it
    got = other_left.receive()
    assert got == frames[len(frames) - len(got) :]
    assert other_left.in_sync and sink.defects == ()


def test_members_change_and_the_group_goes_on() -> None:
    """Without LCAS that hurts, but only that group, and it comes back."""
    group, peer = Group(), Group()
    source, sink = Line(), Line()
    for members in (KEPT, KEPT[:1], [*LEFT, *KEPT]):
        source.apply(map_of(group, members))
        sink.apply(map_of(peer, members))
        sink.parse(source.build(700))
        assert peer.in_sync
        group.send(mac_frame(1))
        group.send(mac_frame(2))
        sink.parse(source.build(100))
        assert peer.receive()[-1] == mac_frame(2)
        assert peer.defects == ()


def test_from_one_kind_to_the_other() -> None:
    """Unequipped, VC-4, TUG, VC-4, unequipped: each is read once its pointers stand."""
    group, peer = Group(), Group()
    source, sink = Line(), Line()
    maps = [map_of(group), map_of(group, KEPT), map_of(group)]
    peers = [map_of(peer), map_of(peer, KEPT), map_of(peer)]
    for theirs, ours in zip(maps, peers, strict=True):
        source.apply(theirs)
        sink.apply(ours)
        sink.parse(source.build(700))
        group.send(mac_frame(1))
        group.send(mac_frame(2))
        sink.parse(source.build(100))
        assert peer.receive()[-1] == mac_frame(2)
        assert sink.defects + peer.defects == ()
    source.apply(LineMap("unequipped"))
    sink.parse(source.build(50))
    standing = sink.defects
    sink.apply(LineMap("unequipped"))
    assert (standing, sink.defects) == (("HP-UNEQ",), ())
    judge = Parser(whole_file=True).feed_all(frames_of(source.build(8)))
    assert {vc.octets for vc in judge.vc4s[1:]} == {bytes(2349)}


def test_applying_the_same_map_again_changes_nothing() -> None:
    frames = [mac_frame(n, 200) for n in range(40)]
    for members in ([], KEPT):
        group, peer = Group(), Group()
        source, sink = Line(), Line()
        source.apply(map_of(group, members))
        sink.apply(map_of(peer, members))
        sink.parse(source.build(600))
        for frame in frames:
            group.send(frame)
            sink.parse(source.build(1))
            source.apply(map_of(group, members))
            sink.apply(map_of(peer, members))
        sink.parse(source.build(100))
        assert peer.receive() == frames
        assert peer.counters()["sync_losses"] == 0


def test_a_group_that_leaves_takes_its_defects_along() -> None:
    group = Group()
    sink = Line()
    sink.apply(map_of(group))
    source = Line()
    other = Group()
    source.apply(map_of(other))
    sink.parse(source.build(20))
    line = bytearray(source.build(1))
    for at in range(300, FRAME):
        line[at] ^= 0x5A  # noise
    sink.parse(bytes(line))
    standing = group.defects
    sink.apply(LineMap("unequipped"))
    assert (standing, group.defects) == (("GFP-LFD",), ())
    assert [event[1:] for event in sink.events()] == [
        ("group.0", "GFP-LFD", "raise"),
        ("group.0", "GFP-LFD", "clear"),
    ]
