"""VC-12-Xv at the sink: members at different delays, frame counts, sequence numbers (STANDARDS 5 and 7)."""

from __future__ import annotations

import random

import pytest

from msapemu._framing import Group, Line, LineMap
from tests.ref import pointer, vc12
from tests.ref.line import Builder, Parser, idles_of
from tests.ref.tug import Tu
from tests.wire import spoil
from tests.wire.lines import ALL_TUS, VC12_LEAD, Reader, mac_frame, name
from tests.wire.spoil import MEMBER, idle_line, with_changes

CYCLE = 1024  # VC-12 frames of 500 us until the frame count comes again


def late(*delays: int) -> dict[Tu, int]:
    """Delays in VC-12 frames of as many members."""
    return dict(zip(ALL_TUS[5:], delays, strict=False))


@pytest.mark.parametrize("delays", [(0, 0), (0, 1), (1, 0), (17, 0, 128), (40, 40)])
def test_differential_delay(delays: tuple[int, ...]) -> None:
    """0 to 64 ms are accepted and told; everything is delivered."""
    members = list(late(*delays))
    frames = [mac_frame(n, 100) for n in range(12)]
    lead = VC12_LEAD + 4 * max(delays)
    builder = Builder(
        frames,
        mapping="vc12",
        members=members,
        lead_idles=idles_of(lead, "vc12", len(members)),
        delays=late(*delays),
    )
    reader = Reader(members).parse(builder.frames(lead + 4 * max(delays) + 40))
    assert reader.group.receive() == frames
    assert reader.group.counters()["differential_delay_us"] == 500 * (max(delays) - min(delays))
    assert reader.events == []


def test_one_step_more_is_loss_of_alignment() -> None:
    """64.5 ms: VCAT-LOA, and nothing delivered."""
    for delay, defects in ((128, set()), (129, {"VCAT-LOA"})):
        members = ALL_TUS[:2]
        builder = Builder(mapping="vc12", members=members, delays={members[1]: delay})
        reader = Reader(members).parse(builder.frames(4 * (delay + 98)))
        assert reader.defects() == defects
        assert reader.group.in_sync == (not defects)
        assert reader.group.counters()["differential_delay_us"] == 500 * delay


def test_a_delay_that_grows_too_large_and_comes_back() -> None:
    """The frame count of one member runs ahead of the other's by 65 ms for a while."""
    ahead = range(6, 10)  # K4 multiframes
    members = [(1, 1, 1), MEMBER]

    def overhead(tu: Tu, number: int) -> dict[str, int]:
        shift = 130 if tu == MEMBER and number // 32 in ahead else 0
        return {"k4": vc12.k4_octet(number + shift, vc12.EXTENDED_LABEL_GFP, members.index(tu))}

    builder = Builder(mapping="vc12", members=members, poh12=overhead)
    reader = Reader(members).parse(builder.frames(128 * 13))
    assert reader.changes("VCAT-LOA") == ["raise", "clear"]
    assert reader.defects() == set() and reader.group.in_sync


@pytest.mark.parametrize("size", [1, 2, 5, 63])
@pytest.mark.parametrize("shuffled", [False, True])
def test_sizes_and_orders(size: int, shuffled: bool) -> None:
    """Members at any place, in any order; 63 in column order are one run of octets a row."""
    columns = sorted(ALL_TUS, key=lambda tu: (tu[2], tu[1], tu[0]))[:size]
    if shuffled:
        random.Random(size).shuffle(columns)
    frames = [mac_frame(n, 64 + 7 * n) for n in range(15)]
    lead = VC12_LEAD
    builder = Builder(frames, mapping="vc12", members=columns, lead_idles=idles_of(lead, "vc12", size))
    reader = Reader(columns).parse(builder.frames(lead + 40 + 60 // size))
    assert reader.group.receive() == frames
    report = reader.line.report()["vc12"]
    assert [report[name(tu)]["sq"] for tu in columns] == list(range(size))
    assert reader.events == []


def test_the_frame_count_wraps() -> None:
    """Longer than 512 ms, with a differential delay: traffic across the wrap loses nothing."""
    members = ALL_TUS[:2]
    source = Line()
    group = Group()
    source.apply(LineMap("tug", [(group, [name(tu) for tu in members])]))
    line = source.build(4 * (CYCLE - 30))
    frames = [mac_frame(n, 500) for n in range(40)]
    assert all(group.send(frame) for frame in frames)
    line += source.build(4 * 80)
    # the second implementation says that the wrap is where the traffic is
    judge = Parser(whole_file=True, tus=members)
    judge.feed_all([line[at : at + 2430] for at in range(4 * (CYCLE - 40) * 2430, len(line), 2430)])
    assert judge.gfp(members).ethernet() == frames
    reader = Reader(members).parse(line)
    assert reader.group.receive() == frames
    assert reader.events == []


def test_frame_counts_that_wrap_at_different_times() -> None:
    """Member 1 is 60 ms late: for 60 ms one count is 31 and the other 0."""
    members = ALL_TUS[:2]
    base = CYCLE - 320  # number that the first VC-12s carry; traffic begins with VC-12 300

    def overhead(tu: Tu, number: int) -> dict[str, int]:
        return {"k4": vc12.k4_octet(number + base, vc12.EXTENDED_LABEL_GFP, members.index(tu))}

    frames = [mac_frame(n, 900) for n in range(80)]
    builder = Builder(
        frames,
        mapping="vc12",
        members=members,
        lead_idles=idles_of(4 * 300, "vc12", 2),
        delays={members[1]: 120},
        poh12=overhead,
    )
    reader = Reader(members).parse(builder.frames(4 * 700))
    assert reader.group.receive() == frames
    assert reader.events == []


def test_two_members_exchanged() -> None:
    """Wrong sequence numbers: SQM, and no octet of the mixture is delivered."""
    members = [(1, 1, 1), (1, 1, 2)]
    frames = [mac_frame(n) for n in range(30)]
    builder = Builder(frames, mapping="vc12", members=members, lead_idles=idles_of(VC12_LEAD, "vc12", 2))
    line = builder.frames(VC12_LEAD + 60)
    reader = Reader(members[::-1]).parse(line)
    assert reader.defects() == {"VCAT-SQM"}
    assert reader.group.receive() == []
    assert Reader(members).parse(line).group.receive() == frames


def test_a_member_lost_fails_the_group_until_it_comes_back() -> None:
    """TU-AIS on one member: the group is silent, then aligned anew, and later frames come."""
    members = [MEMBER, (3, 3, 3)]
    frames = [mac_frame(n, 300) for n in range(120)]
    builder = Builder(frames, mapping="vc12", members=members, lead_idles=idles_of(VC12_LEAD, "vc12", 2))
    changes = [c for n in range(140, 150) for c in spoil.tu_pointer(n, pointer.AIS)]
    line = with_changes(builder.frames(VC12_LEAD + 560), changes)
    reader = Reader(members).parse(line)
    assert [event[1:] for event in reader.events] == [
        ("au.1/vc12.2.3.1", "TU-AIS", "raise"),
        ("au.1/vc12.2.3.1", "TU-AIS", "clear"),
    ]
    got = reader.group.receive()
    assert set(got) < set(frames)
    # what came before, and from the second frame after the K4 multiframes are found again
    assert got[0] == frames[0] and got[-1] == frames[-1]
    assert reader.group.in_sync


def test_a_far_end_that_begins_anew() -> None:
    """The frame counts jump with no other sign: the new phase is taken when two multiframes agree on it."""
    members = ALL_TUS[:2]
    first = Builder(mapping="vc12", members=members).frames(4 * 160)
    frames = [mac_frame(n, 200) for n in range(20)]
    second = Builder(frames, mapping="vc12", members=members, lead_idles=idles_of(VC12_LEAD, "vc12", 2))
    reader = Reader(members).parse(first).parse(second.frames(VC12_LEAD + 100))
    got = reader.group.receive()
    assert got in (frames, frames[1:])  # the descrambler may have been at work meanwhile
    assert reader.defects() == set()


def test_new_data_in_one_member_costs_little() -> None:
    """A jump of one TU pointer cuts one VC-12; the members stay in step, traffic goes on at once."""
    members = [(1, 1, 1), (2, 2, 2)]
    frames = [mac_frame(n, 200) for n in range(60)]
    builder = Builder(
        frames,
        mapping="vc12",
        members=members,
        lead_idles=idles_of(VC12_LEAD, "vc12", 2),
        tu_pointers={(1, 1, 1): 100},
        tu_moves={(1, 1, 1): {VC12_LEAD // 4 + 8: ("ndf", 20)}},
    )
    reader = Reader(members).parse(builder.frames(VC12_LEAD + 240))
    got = reader.group.receive()
    assert set(got) < set(frames) and got[-1] == frames[-1]
    assert len(got) >= len(frames) - 10
    assert {event[2] for event in reader.events} <= {"GFP-LFD"} and reader.defects() == set()
    assert reader.line.report()["vc12"]["1.1.1"]["new_data"] == 1


def test_an_idle_line_is_idle() -> None:
    assert Reader((MEMBER,)).parse(idle_line((MEMBER,), 600)).group.receive() == []
