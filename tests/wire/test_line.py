"""The whole line against the second implementation: octets sent, octets read, and nonsense survived."""

from __future__ import annotations

import random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from msapemu._framing import GROUP_COUNTERS, LINE_COUNTERS, Group, Line, LineMap
from tests.ref import pointer
from tests.ref.line import Builder, Parser, idles_of
from tests.ref.tug import Tu
from tests.wire.lines import ALL_TUS, ERRORS, FRAME, VC12_LEAD, Reader, mac_frame, map_of, mapping_of, name

# lines are slow to build: a failing one is shown as it was found
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)

au_pointers = st.sampled_from([0, 86, 87, 521, 522, 782]) | st.integers(0, 782)
tu_values = st.sampled_from([0, 34, 35, 69, 70, 104, 105, 139]) | st.integers(0, 139)
all_tu_pointers = st.fixed_dictionaries({tu: tu_values for tu in ALL_TUS}) | tu_values.map(
    lambda value: dict.fromkeys(ALL_TUS, value)
)
some_members = st.sampled_from([0, 1, 2, 5, 63]).flatmap(
    lambda n: st.permutations(ALL_TUS).map(lambda order: list(order[:n]))
)
texts = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=15)
mac_frames = st.lists(st.binary(min_size=14, max_size=150), max_size=5)


def named(values: dict[Tu, int]) -> dict[str, int]:
    return {name(tu): value for tu, value in values.items()}


@given(
    au_pointers,
    some_members,
    all_tu_pointers,
    mac_frames,
    st.booleans(),
    st.none() | st.integers(0, 255),
    texts,
    st.integers(0, 15),
    st.integers(0, 3),
)
@settings(max_examples=25, phases=UNSHRUNK)
def test_octets_are_those_of_the_reference(
    au_pointer: int,
    members: list[Tu],
    tu_pointers: dict[Tu, int],
    frames: list[bytes],
    with_pfcs: bool,
    cid: int | None,
    text: str,
    s1: int,
    pieces: int,
) -> None:
    """Every octet of the line, for any pointers, members, GFP options and traces."""
    lead, total = 8, 40 if members else 16
    builder = Builder(
        frames,
        mapping=mapping_of(members),
        members=members,
        lead_idles=idles_of(lead, mapping_of(members), len(members)),
        pfcs=with_pfcs,
        cid=cid,
        au_pointer=au_pointer,
        tu_pointers=tu_pointers,
        j0=text,
        j1=text[::-1],
        j2=text[1:],
        s1=s1,
    )
    line = Line(au_pointer=au_pointer, tu_pointers=named(tu_pointers), j0=text, j1=text[::-1], j2=text[1:], s1=s1)
    group = Group(payload_fcs=with_pfcs, cid=cid)
    line.apply(map_of(group, members))
    octets = line.build(lead)
    for frame in frames:
        group.send(frame)
    while len(octets) < total * FRAME:  # in batches of any size
        octets += line.build(min(pieces + 1, total - len(octets) // FRAME))
    for number, expected in enumerate(builder.frames(total)):
        got = octets[number * FRAME : (number + 1) * FRAME]
        wrong = [(at // 270 + 1, at % 270 + 1) for at in range(FRAME) if got[at] != expected[at]]
        assert not wrong, (number, wrong[:5])
    assert line.counters()["tx_frames"] == total


def test_octets_over_a_long_time() -> None:
    """J2 and K4 multiframes come round: 520 frames of a group of two, beside 61 unequipped VC-12s."""
    members = [(3, 1, 2), (1, 7, 1)]
    line = Line(tu_pointers=105)
    line.apply(map_of(Group(), members))
    assert line.build(520) == Builder(mapping="vc12", members=members, tu_pointers=105).line(520)


def test_a_tug_structure_without_groups() -> None:
    line = Line()
    line.apply(LineMap("tug", []))
    octets = line.build(12)
    judge = Parser(whole_file=True).feed_all([octets[at : at + FRAME] for at in range(0, len(octets), FRAME)])
    assert (judge.b1_errors, judge.b2_errors, judge.b3_errors) == (0, 0, 0)
    assert {overhead["C2"] for overhead in judge.poh4} == {0x02}
    assert all(not any(vc.octets) for path in judge.vc12.values() for run in path.runs for vc in run)


@st.composite
def moves(draw: st.DrawFn, last: int, first: int = 8) -> pointer.Moves:
    """Increments and decrements, at least 3 words apart."""
    plan: pointer.Moves = {}
    at = draw(st.integers(first, first + 30))
    while at < last:
        plan[at] = draw(st.sampled_from(["inc", "dec"]))
        at += draw(st.integers(4, 30))
    return plan


@given(au_pointers, st.data())
@settings(max_examples=12, phases=UNSHRUNK)
def test_the_core_reads_moving_pointers_in_a_vc4(au_pointer: int, data: st.DataObject) -> None:
    frames = [mac_frame(n, data.draw(st.integers(20, 400))) for n in range(20)]
    plan = data.draw(moves(75))
    builder = Builder(frames, lead_idles=idles_of(10, "vc4"), au_pointer=au_pointer, au_moves=plan)
    reader = Reader().parse(builder.frames(80))
    assert reader.group.receive() == frames
    assert_clean(reader)
    report = reader.line.report()["au"][0]
    kinds = list(plan.values())
    assert (report["increments"], report["decrements"]) == (kinds.count("inc"), kinds.count("dec"))
    assert report["pointer"] == (au_pointer + kinds.count("inc") - kinds.count("dec")) % 783


def assert_clean(reader: Reader) -> None:
    counters = reader.line.counters()
    assert reader.events == []
    assert [counters[f"{bip}_errors"] for bip in ("b1", "b2", "b3", "bip2")] == [0, 0, 0, 0]
    assert reader.group.counters()["sync_losses"] == reader.group.counters()["ethernet_fcs_errors"] == 0


@given(au_pointers, st.lists(st.sampled_from(ALL_TUS), min_size=1, max_size=4, unique=True), st.data())
@settings(max_examples=6, phases=UNSHRUNK)
def test_the_core_reads_moving_pointers_and_delays_in_vc12s(
    au_pointer: int, members: list[Tu], data: st.DataObject
) -> None:
    """AU and TU pointers move at the same time, members come at different delays: nothing is lost."""
    delays = {tu: data.draw(st.integers(0, 30)) for tu in members}
    pointers = {tu: data.draw(tu_values) for tu in members}
    total = VC12_LEAD + 400
    plans = {tu: data.draw(moves(total // 4 - 2)) for tu in members}
    frames = [mac_frame(n, 20 + 9 * n) for n in range(12)]
    builder = Builder(
        frames,
        mapping="vc12",
        members=members,
        lead_idles=idles_of(VC12_LEAD + 40, "vc12", len(members)),
        au_pointer=au_pointer,
        au_moves=data.draw(moves(total)),
        tu_pointers=pointers,
        tu_moves=plans,
        delays=delays,
    )
    reader = Reader(members).parse(builder.frames(total))
    assert reader.group.receive() == frames
    assert_clean(reader)
    # a VC-12 that moved over the end of a multiframe counts in the next one
    spread = reader.group.counters()["differential_delay_us"] // 500
    assert abs(spread - (max(delays.values()) - min(delays.values()))) <= 1
    report = reader.line.report()["vc12"]
    for tu, plan in plans.items():
        kinds = list(plan.values())
        assert (report[name(tu)]["increments"], report[name(tu)]["decrements"]) == (
            kinds.count("inc"),
            kinds.count("dec"),
        )


def test_new_data_of_the_au_costs_one_vc4() -> None:
    """The TU multiframe is not lost over it."""
    frames = [mac_frame(n, 100) for n in range(100)]
    members = [(1, 1, 1), (1, 1, 2), (2, 2, 2)]
    builder = Builder(
        frames,
        mapping="vc12",
        members=members,
        lead_idles=idles_of(VC12_LEAD, "vc12", 3),
        au_moves={VC12_LEAD + 30: ("ndf", 100)},
    )
    reader = Reader(members).parse(builder.frames(VC12_LEAD + 280))
    got = reader.group.receive()
    assert set(got) < set(frames) and got[-1] == frames[-1]
    assert len(got) >= len(frames) - 12
    assert reader.defects() == set()
    assert {event[2] for event in reader.events} <= {"GFP-LFD"}
    assert reader.line.report()["au"][0]["new_data"] == 1


@given(st.lists(st.integers(1, 6000), max_size=40))
@settings(max_examples=20)
def test_a_line_in_any_pieces(pieces: list[int]) -> None:
    """The same counters, events and frames, however the octets come."""
    octets = fixed_line()
    whole = Reader().parse(octets)
    split = Reader()
    at = 0
    for piece in [*pieces, len(octets)]:
        split.parse(octets[at : at + piece])
        at += piece
    assert split.line.counters() == whole.line.counters()
    assert split.line.report() == whole.line.report()
    assert split.events == whole.events
    assert split.group.receive() == whole.group.receive()


def fixed_line(cache: list[bytes] = []) -> bytes:  # noqa: B006
    """40 frames with an AIS and a framing loss in them."""
    if not cache:
        frames = Builder([mac_frame(n, 300) for n in range(60)], lead_idles=idles_of(6, "vc4")).frames(40)
        frames[20:26] = [bytes(FRAME)] * 6
        frames[30:34] = [b"\xff" * 6 + frame[6:] for frame in frames[30:34]]
        cache.append(b"".join(frames))
    return cache[0]


@pytest.mark.parametrize("members", [[], [(1, 1, 1)], ALL_TUS], ids=["vc4", "vc12", "63 vc12"])
@pytest.mark.parametrize("seed", range(4))
def test_nonsense_does_no_harm(members: list[Tu], seed: int) -> None:
    """Random octets inside good framing, and anywhere: never a crash, always a report, and a way back."""
    chance = random.Random(seed)
    source, group = Line(), Group()
    source.apply(map_of(group, members))
    reader = Reader(members)
    for _ in range(600):
        frame = bytearray(source.build(1))
        kind = chance.random()
        if kind < 0.2:
            frame[9:] = chance.randbytes(FRAME - 9)
        elif kind < 0.3:
            frame[:] = chance.randbytes(chance.randrange(2 * FRAME))
        elif kind < 0.6:
            for _ in range(chance.randrange(40)):
                frame[chance.randrange(FRAME)] = chance.randrange(256)
        reader.line.parse(bytes(frame))
        if kind > 0.99:
            reader.line.silent(chance.randrange(5))
    report = reader.line.report()
    assert report["frames"] <= 700 and set(report) >= {"aligned_at_bit", "oof", "lof", "au", "vc12"}
    reader.line.events()
    reader.group.receive()
    reader.parse(source.build(1400))
    group.send(mac_frame(1))
    group.send(mac_frame(2))
    reader.parse(source.build(100))
    assert set(reader.line.defects) <= ERRORS and reader.group.defects == ()
    assert reader.group.receive()[-1] == mac_frame(2)


def test_the_same_calls_give_the_same_octets() -> None:
    def made() -> tuple[bytes, dict[str, int], dict[str, int]]:
        line, group = Line(tu_pointers={"1.1.1": 5}), Group(payload_fcs=True)
        line.apply(map_of(group, [(1, 1, 1), (3, 3, 3)]))
        octets = b""
        for n in range(30):
            group.send(mac_frame(n, 60 + n))
            octets += line.build(n % 5)
            line.parse(octets[-5000:])
        return octets, line.counters(), group.counters()

    assert made() == made()


def test_frames_built_in_place() -> None:
    first, second = Line(), Line()
    room = bytearray(5 * FRAME)
    first.build_into(room)
    assert room == second.build(5)
    first.build_into(bytearray())
    with pytest.raises(ValueError, match="2431 octets are no whole number of frames"):
        first.build_into(bytearray(2431))
    assert first.build(0) == b""
    with pytest.raises(OverflowError):
        first.build(-1)


def test_a_full_queue_at_the_sink() -> None:
    """What the client does not take in time is dropped and counted; the line goes on."""
    frames = [mac_frame(n, 300) for n in range(20)]
    builder = Builder(frames, lead_idles=idles_of(6, "vc4"))
    reader = Reader(group=Group(queue_octets=1500)).parse(builder.frames(20))
    assert reader.group.receive() == frames[:5]
    counters = reader.group.counters()
    assert (counters["rx_client_frames"], counters["rx_dropped"]) == (5, 15)


def test_counters_by_name() -> None:
    assert tuple(Line().counters()) == LINE_COUNTERS
    assert tuple(Group().counters()) == GROUP_COUNTERS
    assert set(Line().counters().values()) == set(Group().counters().values()) == {0}


def test_a_report_of_nothing() -> None:
    report = Line().report()
    assert (report["frames"], report["aligned_at_bit"], report["j0"], report["vc12"]) == (0, None, None, {})


def test_accepted_overhead_octets() -> None:
    """K1, K2 and S1 count after three equal frames (STANDARDS 1, 12)."""
    soh = {"K1": lambda n: 0xC1 if n >= 8 else 0, "K2": lambda n: 0x10 if n >= 8 else 0}
    builder = Builder(soh=soh | {"S1": lambda n: 0xF4 if n >= 8 else 0x0B})
    line = Line()
    for frames, values in ((10, (0, 0, 0x0B)), (1, (0xC1, 0x10, 0x04))):
        line.parse(builder.line(frames))
        report = line.report()
        assert (report["k1"], report["k2"], report["s1"]) == values
