"""STM-4 and STM-16 of core and second implementation: the same octets, and each reads the other's lines."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from msapemu._framing import Group, Line, LineMap
from tests.ref import mixture, pointer, trace
from tests.ref.line import Builder, Content, MultiBuilder, MultiParser, align, idles_of
from tests.ref.mixture import Share, Stream
from tests.ref.stmn import StmN
from tests.ref.tug import Tu

seeds = st.integers(0, 2**32 - 1)
no_shrinking = [Phase.explicit, Phase.reuse, Phase.generate]
KINDS = {"vc4": "vc4", "vc12": "tug", "unequipped": "unequipped"}
SEQUENCES = [("inc", 782), ("dec", 0), ("alternate", 522), ("87-3", 0), ("ndf", 300)]
VC12_LEAD = 480  # frames after which VC-12 groups are read for sure: H4, pointers, and three K4 multiframes


def name(tu: Tu) -> str:
    """K.L.M as the core writes it."""
    return "{}.{}.{}".format(*tu)


class Port:
    """A port of the core that carries the contents of a mixture."""

    def __init__(self, n: int, shares: list[Share], **line: object) -> None:
        self.line = Line(rate=f"stm{n}", **line)
        self.groups: list[tuple[Group, Share, Stream]] = []
        for share in shares:
            pairs = []
            for stream in share.streams:
                group = Group(payload_fcs=stream.pfcs, cid=stream.cid)
                self.groups.append((group, share, stream))
                pairs.append((group, [name(tu) for tu in stream.members]))
            self.line.apply(LineMap(KINDS[share.mapping], pairs, width=share.width), vc4=share.number)

    def send(self) -> None:
        """Give every group its frames."""
        for group, _, stream in self.groups:
            for frame in stream.frames:
                group.send(frame)

    def received(self) -> list[list[bytes]]:
        return [group.receive() for group, _, _ in self.groups]

    def sent(self) -> list[list[bytes]]:
        return [stream.frames for _, _, stream in self.groups]


def where(n: int, core: bytes, ref: bytes) -> list[tuple[int, int, int, int, int]]:
    """The first octets that differ: frame, row, column, the core's, the reference's."""
    found = [i for i, (a, b) in enumerate(zip(core, ref, strict=True)) if a != b][:8] if core != ref else []
    width = 270 * n
    return [(i // (9 * width), i // width % 9 + 1, i % width + 1, core[i], ref[i]) for i in found]


def leads(shares: list[Share], frames: int) -> list[list[int]]:
    """Idle frames of each stream in so many frames of the line."""
    return [[idles_of(frames, s.mapping, len(x.members), s.width) for x in s.streams] for s in shares]


def ref_builder(n: int, shares: list[Share], lead: int) -> MultiBuilder:
    return MultiBuilder(n, [s.content(idles) for s, idles in zip(shares, leads(shares, lead), strict=True)])


def alike(rng: Random, shares: list[Share]) -> tuple[int, dict[Tu, int]]:
    """The same pointers and J1 in all AU-4s, as a `Line` sends them."""
    au_pointer = rng.choice([0, 522, 782, rng.randint(0, 782)])
    for share in shares:
        share.au_pointer, share.tu_pointers, share.j1 = au_pointer, shares[0].tu_pointers, "msapemu"
    return au_pointer, shares[0].tu_pointers


# -- the same octets


@pytest.mark.parametrize(("n", "frames"), [(4, 16), (16, 9)])
@given(seed=seeds, lead=st.sampled_from([0, 4]))
@settings(max_examples=6, phases=no_shrinking)
def test_the_same_octets(n: int, frames: int, seed: int, lead: int) -> None:
    """Any mixture of VC-4, VC-4-4c, VC-4-16c, VC-12 groups and unequipped VC-4s."""
    rng = Random(seed)
    shares = mixture.mixture(rng, n, mappings=["vc4", "vc12", "unequipped"], at_once=0.25)
    au_pointer, tu_pointers = alike(rng, shares)
    port = Port(n, shares, au_pointer=au_pointer, tu_pointers={name(tu): v for tu, v in tu_pointers.items()})
    built = port.line.build(lead)
    port.send()
    built += port.line.build(frames - lead)
    assert where(n, built, ref_builder(n, shares, lead).line(frames)) == []


@pytest.mark.parametrize(("n", "widths"), [(4, [4]), (16, [16]), (16, [4] * 4), (16, [1] * 8 + [4] * 2)])
def test_the_same_octets_of_concatenations(n: int, widths: list[int]) -> None:
    rng = Random(n)
    numbers = [1 + sum(widths[:i]) for i in range(len(widths))]
    shares = [
        Share(number, width, "vc4", [mixture.stream(rng, [], 200)], 522, {})
        for number, width in zip(numbers, widths, strict=True)
    ]
    au_pointer, _ = alike(rng, shares)
    port = Port(n, shares, au_pointer=au_pointer)
    port.send()
    assert where(n, port.line.build(10), ref_builder(n, shares, 0).line(10)) == []


def test_the_same_octets_over_a_k4_multiframe() -> None:
    """Two groups in one VC-4 of an STM-4, 33 TU multiframes."""
    rng = Random(33)
    shares = [
        Share(number, 1, "vc12" if number == 3 else "unequipped", [], 522, {(1, 1, 1): 77, (3, 7, 3): 139})
        for number in range(1, 5)
    ]
    members: list[list[Tu]] = [[(1, 1, 1), (3, 7, 3)], [(2, 4, 2)]]
    shares[2].streams = [mixture.stream(rng, some, 40) for some in members]
    au_pointer, tu_pointers = alike(rng, shares)
    port = Port(4, shares, au_pointer=au_pointer, tu_pointers={name(tu): v for tu, v in tu_pointers.items()})
    port.send()
    assert where(4, port.line.build(132), ref_builder(4, shares, 0).line(132)) == []


def moves_in(words: list[int], value: int) -> pointer.Moves:
    """What a run of AU-4 pointer words that begins at `value` does (STANDARDS 2)."""
    moves: pointer.Moves = {}
    for frame, word in enumerate(words):
        if pointer.ndf_of(word):
            value = word & 0x3FF
            moves[frame] = ("ndf", value)
        elif word != pointer.encode(value):
            up = word == pointer.encode_increment(value)
            assert up or word == pointer.encode_decrement(value)
            value = (value + (1 if up else -1)) % pointer.AU4_OFFSETS
            moves[frame] = "inc" if up else "dec"
    return moves


@pytest.mark.parametrize(("kind", "value"), SEQUENCES)
@pytest.mark.parametrize("widths", [[1, 1, 1, 1], [4]])
def test_the_same_octets_of_a_pointer_that_moves(kind: str, value: int, widths: list[int]) -> None:
    """The moves that the pointer words of AU-4 number 1 tell, made by the reference in all AU-4s."""
    rng, frames = Random(value), 24
    members: list[list[Tu]] = [[], [(1, 1, 1), (2, 3, 2)], [], []]
    shares = [
        Share(k, width, "vc12" if part else "vc4", [mixture.stream(rng, part, 8)], value, {})
        for k, (width, part) in enumerate(zip(widths, members, strict=False), 1)
    ]
    port = Port(4, shares, au_pointer=value, au_sequence=(kind, 5))
    port.send()
    built, stm = port.line.build(frames), StmN(4)
    rows = [stm.pointers_of(stm.scramble(built[i : i + stm.size])) for i in range(0, len(built), stm.size)]
    moves = moves_in([row[0] << 8 | row[12] for row in rows], value)
    assert len(moves) >= 3
    for share in shares:
        share.au_moves = moves
    assert where(4, built, ref_builder(4, shares, 0).line(frames)) == []


# -- the core reads the reference's lines


def assert_read(port: Port, shares: list[Share]) -> None:
    """Pointers, their moves, labels, traces, parities and concatenation in the report, and all frames."""
    report = port.line.report()
    assert (report["b1_errors"], report["b2_errors"], port.line.defects) == (0, 0, ())
    for share in shares:
        au = report["au"][share.number - 1]
        value = mixture.value_after(share.au_moves, share.au_pointer, pointer.AU4_OFFSETS)
        counted = (au["increments"], au["decrements"], au["new_data"])
        assert (au["pointer"], *counted, au["b3_errors"]) == (value, *mixture.counts(share.au_moves), 0)
        assert au["c2"] == {"vc4": 0x1B, "vc12": 0x02, "unequipped": 0}[share.mapping]
        if share.mapping != "unequipped":
            assert au["j1"] == share.j1
        concatenated = [report["au"][share.number - 1 + i]["concatenated"] for i in range(share.width)]
        assert concatenated == [False] + [True] * (share.width - 1)
        for tu in (tu for stream in share.streams for tu in stream.members):
            vc12, plan = au["vc12"][name(tu)], share.tu_moves.get(tu, {})
            value = mixture.value_after(plan, share.tu_pointers[tu], pointer.TU12_OFFSETS)
            counted = (vc12["increments"], vc12["decrements"], vc12["new_data"])
            assert (vc12["pointer"], *counted, vc12["bip2_errors"]) == (value, *mixture.counts(plan), 0)
    assert port.received() == port.sent()


@pytest.mark.parametrize("n", [4, 16])
@given(seed=seeds)
@settings(max_examples=3, phases=no_shrinking)
def test_the_core_reads_vc4s_that_move(n: int, seed: int) -> None:
    """Every AU-4 has a pointer of its own, which moves: justification, new data forwards."""
    rng, lead, frames = Random(seed), 20, 70  # a J1 trace is accepted after 48
    shares = mixture.mixture(rng, n, mappings=["vc4", "unequipped"], at_once=0.25)
    for share in shares:
        mixture.set_moving(rng, share, lead, frames - 8)
    port = Port(n, shares)
    port.line.parse(ref_builder(n, shares, lead).line(frames))
    assert_read(port, shares)


@pytest.mark.parametrize(("n", "seed"), [(4, 1), (16, 2)])
def test_the_core_reads_vc12s_that_move(n: int, seed: int) -> None:
    """AU-4s of VC-12 groups, one of GFP in a VC-4, the others unequipped; AU and TU pointers justify."""
    rng, frames = Random(seed), VC12_LEAD + 80
    some = mixture.mixture(rng, 4, mappings=["vc12"], at_once=0)[:2]
    places = rng.sample(range(1, n + 1), 3)
    shares = [Share(k, 1, "unequipped", [], rng.randint(0, 782), {}) for k in range(1, n + 1)]
    for share, place in zip(some, places, strict=False):
        share.number, share.j1 = place, f"AU-4 no {place}"
        shares[place - 1] = share
    shares[places[2] - 1] = Share(places[2], 1, "vc4", [mixture.stream(rng, [], 8)], 300, {})
    for share in shares:
        mixture.set_moving(rng, share, VC12_LEAD, frames - 16, ("inc", "dec"))
    port = Port(n, shares)
    builder = ref_builder(n, shares, VC12_LEAD)
    for _ in range(frames):
        port.line.parse(builder.frame())
    assert_read(port, shares)


def test_new_data_forwards_costs_no_more_than_backwards() -> None:
    """Under a TUG structure. Backwards cuts one VC-4 short, forwards none (STANDARDS 2)."""
    lost = {}
    others = [Share(k, 1, "unequipped", [], 522, {}) for k in (2, 3, 4)]
    for value, new in ((500, 300), (300, 500)):
        frames = [number.to_bytes(2, "big") * 30 for number in range(60)]
        share = Share(1, 1, "vc12", [Stream(frames, [(1, 1, 3)], False, None)], value, {})
        share.au_moves = {VC12_LEAD + 30: ("ndf", new)}
        shares = [share, *others]
        port = Port(4, shares)
        port.line.parse(ref_builder(4, shares, VC12_LEAD).line(VC12_LEAD + 140))
        (got,) = port.received()
        assert set(got) <= set(frames)
        lost[value, new] = len(frames) - len(got)
    assert lost[500, 300] <= 12
    assert lost[300, 500] <= lost[500, 300]


# -- the reference reads the core's lines


@pytest.mark.parametrize("n", [4, 16])
def test_the_reference_reads_the_core(n: int) -> None:
    """From any bit of a line that has begun long ago."""
    rng = Random(n)
    shares = mixture.mixture(rng, n, mappings=["vc4", "unequipped"], at_once=0.5)
    port = Port(n, shares, au_pointer=99, j0="RS trace", j1="HP trace", s1=0x04)
    octets = port.line.build(6)[1234:]
    port.send()
    octets += port.line.build(30)
    shifted = (int.from_bytes(octets, "big") >> 3).to_bytes(len(octets), "big") + b"\0"
    found = align(shifted, n)
    assert found is not None and found.bit == 8 * (2430 * n - 1234) + 3
    parser = MultiParser(n).feed_all(found.frames)
    section = parser.section
    assert (section.framing_errors, section.b1_errors, section.b2_errors) == (0, 0, 0)
    assert trace.find(section.j0) == "RS trace       " and {octets["S1"] for octets in section.soh} == {0x04}
    for share, au in zip(shares, parser.au.values(), strict=True):
        assert (au.width, au.au_pointer, au.b3_errors, au.au4.concatenation_errors) == (share.width, 99, 0, 0)
        for stream in share.streams:
            assert au.gfp().ethernet() == stream.frames and trace.find(au.j1) == "HP trace       "


# -- what the far end is told


@pytest.mark.parametrize(("n", "errors", "told"), [(1, 24, 24), (4, 96, 96), (16, 255, 255), (16, 300, 255)])
def test_m1_tells_the_errors_of_b2(n: int, errors: int, told: int) -> None:
    """0..24 of an STM-1 in S(9,6,1), 0..96 and 0..255 of STM-4 and STM-16 in S(9,4,3) (STANDARDS 0, 1)."""
    stm = StmN(n)

    def spoil(number: int, frame: bytearray) -> None:
        if number == 5:
            for error in range(errors):  # every bit of B2 once
                frame[stm.index(7, 9 * n + 1 + error % (3 * n))] ^= 1 << error // (3 * n)

    port = Line(rate=f"stm{n}")
    sent = []
    for line in MultiBuilder(n, [Content("unequipped") for _ in range(n)], on_frame=spoil).frames(9):
        port.parse(line)
        sent.append(port.build(1))
    assert port.report()["b2_errors"] == errors
    parser = MultiParser(n).feed_all(sent)
    assert max(octets["M1"] for octets in parser.section.soh) == told
    # what is more than 255 may be told in the next frame, or not at all
    assert parser.section.ms_rei in (told, errors)


@pytest.mark.parametrize("n", [4, 16])
def test_g1_tells_the_errors_of_each_vc4_apart(n: int) -> None:
    """REI of B3 goes back in the VC-4 of the same number, of a VC-4-4c too (STANDARDS 3)."""
    shares = [Share(1, 4, "vc4", [Stream([], [], False, None)], 522, {})]
    shares += [Share(k, 1, "vc4", [Stream([], [], False, None)], 522, {}) for k in range(5, n + 1)]

    def spoiler(number: int) -> Content:
        def spoil(vc4: int, octets: bytearray) -> None:
            if vc4 == 9:
                octets[-1] ^= 0xFF >> number % 8

        return Content("vc4", width=4 if number == 1 else 1, on_vc4=spoil)

    port = Port(n, shares)
    builder = MultiBuilder(n, [spoiler(share.number) for share in shares])
    sent = []
    for _ in range(14):
        port.line.parse(builder.frame())
        sent.append(port.line.build(1))
    parser = MultiParser(n, whole_file=True).feed_all(sent)
    assert {k: au.hp_rei for k, au in parser.au.items()} == {s.number: 8 - s.number % 8 for s in shares}


def test_an_stm1_of_the_core_is_an_stm_n_of_one() -> None:
    line = Line(rate="stm1")
    line.apply(LineMap("vc4", [(Group(), ())]))
    assert line.build(5) == Builder().line(5)
