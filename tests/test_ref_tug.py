"""TU-3, VC-3, H4 groups and mixtures of TUG-3s of the second implementation: octet by octet, then against itself."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.ref import bip, e1, e3, h4, moves, paths, pointer, trace, tug, tug3, vc3, vc4, vc12
from tests.ref.bits import bits_of
from tests.ref.line import Client, Content, MultiBuilder, Parser
from tests.ref.tu3 import Tu3Sink, Tu3Source
from tests.ref.tug import Part

seeds = st.integers(0, 2**32 - 1)
no_shrinking = [Phase.explicit, Phase.reuse, Phase.generate]


def build(content: Content, frames: int) -> list[bytes]:
    return MultiBuilder(1, [content]).frames(frames)


def parse(content: Content, frames: int, **options: object) -> Parser:
    return Parser(whole_file=True, **options).feed_all(build(content, frames))


# -- TUG-3 and TU-3, octet by octet


def test_tug3_columns() -> None:
    """Columns 4, 7, ... 259 of TUG-3 1, and so on; 2 and 3 are left over (STANDARDS 4)."""
    seen = [column for k in (1, 2, 3) for column in tug3.vc4_columns(k)]
    assert sorted(seen) == list(range(4, 262))
    assert tug3.vc4_columns(2)[:3] == [5, 8, 11] and tug3.vc4_columns(3)[-1] == 261
    for k, ell, m in tug.ALL_TUS:
        assert [tug3.vc4_columns(k)[c - 1] for c in tug3.columns_of((ell, m))] == tug.columns((k, ell, m))


@pytest.mark.parametrize("value", [0, 84, 85, 594, 595, 764])
@pytest.mark.parametrize("k", [1, 2, 3])
def test_tu3_in_the_vc4(k: int, value: int) -> None:
    """H1 H2 H3 in rows 1-3 of column 1, stuff below, offset 0 in row 3 column 2 of the TUG-3 (STANDARDS 4)."""

    def walk(number: int) -> bytes:
        return bytes((number * 101 + i * 7) % 251 + 1 for i in range(vc3.PAYLOAD))

    source = paths.Vc3Source(walk, j1=b"\x4a", c2=0x05, values={"F2": lambda n: 0xF2, "N1": lambda n: n})
    first = vc3.build({"J1": 0x4A, "B3": 0, "C2": 0x05, "F2": 0xF2, "N1": 0}, walk(0))
    content = Content("tug", tributaries={k: source}, tu_pointers={k: value}, au_pointer=0)
    vc4s = [vc.octets for vc in parse(content, 5).vc4s]
    grids = [[octets[row * 261 : (row + 1) * 261] for row in range(9)] for octets in vc4s]
    columns = [4 + (k - 1) + 3 * (x - 1) for x in range(1, 87)]
    for grid in grids:
        column_1 = [grid[row][columns[0] - 1] for row in range(9)]
        assert column_1 == [0x68 | value >> 8, value & 0xFF, 0, 0, 0, 0, 0, 0, 0]
        assert not any(grid[row][column - 1] for row in range(9) for column in (2, 3))
    start = 2 * 85 + value - (765 if value >= 595 else 0)  # VC-3 number 0 begins in VC-4 number 0
    for i in range(vc3.SIZE):
        frame, at = divmod(start + i, 765)
        row, x = divmod(at, 85)
        assert grids[frame][row][columns[1 + x] - 1] == first[i], i
    for i in range(start):
        row, x = divmod(i, 85)
        assert grids[0][row][columns[1 + x] - 1] == 0


def test_the_other_tug3s_keep_their_npi() -> None:
    content = Content("tug", tributaries={2: paths.unequipped3})
    (first, *_) = parse(content, 3).vc4s
    rows = [first.octets[row * 261 :][:261] for row in range(9)]
    assert [[row[column - 1] for row in rows] for column in (4, 6)] == [[0x9B, 0xE0] + [0] * 7] * 2
    assert [row[4] for row in rows] == [0x68, 0] + [0] * 7
    assert [tug3.has_npi(tug3.tug3_from(vc4.payload_of(first.octets), k)) for k in (1, 2, 3)] == [True, False, True]


def test_tu3_justification() -> None:
    """Increment: I bits inverted, stuff behind H3. Decrement: D bits inverted, data in H3. One octet each."""
    count = iter(range(10**6))
    plan: pointer.Moves = {1: "inc", 6: "dec", 11: ("ndf", 400)}
    source = Tu3Source(lambda: bytes(next(count) % 256 for _ in range(765)), 300, plan)
    tug3s = [source.frame() for _ in range(13)]
    words = [octets[0] << 8 | octets[86] for octets in tug3s]
    assert words[:3] == [0x692C, 0x692C ^ 0x2AA, 0x692D]
    assert words[5:8] == [0x692D, 0x692D ^ 0x155, 0x692C]
    assert words[10:] == [0x692C, 0x9990, 0x6990]
    stuff, data = tug3s[1][3 * 86 - 86 :][:3], tug3s[6][2 * 86 :][:3]
    assert stuff[0:2] == b"\0\0" and tug3s[1][2 * 86 + 2] == (tug3s[1][86 + 85] + 1) % 256
    assert data[0] == (tug3s[6][86 + 85] + 1) % 256 and data[1] == (data[0] + 1) % 256
    sink = Tu3Sink()
    sink.preset(tug3s[0])
    for frame, octets in enumerate(tug3s):
        sink.feed(octets, frame)
    counted = sink.pointer
    assert (counted.increments, counted.decrements, counted.new_data, counted.value) == (1, 1, 1, 400)
    whole = [vc.octets for vc in sink.collector.received]
    assert b"".join(whole[:11]) == bytes(i % 256 for i in range(11 * 765))
    assert all(octets[0] == octets[256] for octets in whole)


def test_h4_of_a_group() -> None:
    """MFI1 in bits 5-8; MFI2 in frames 0 and 1, SQ in 14 and 15, all other nibbles zero (STANDARDS 7)."""
    octets = bytes(h4.h4_octet(16 * 0xA5 + i, 0xC3) for i in range(16))
    assert octets == bytes.fromhex("A0 51 02 03 04 05 06 07 08 09 0A 0B 0C 0D CE 3F")
    assert h4.h4_octet(4096 + 16, 2) == 0x00 and h4.h4_octet(17, 2) == 0x11 and h4.h4_octet(-1, 2) == 0x2F


@given(first=st.integers(0, 4095), sq=st.integers(0, 255), count=st.integers(31, 70))
def test_h4_multiframe_is_found_at_any_phase(first: int, sq: int, count: int) -> None:
    octets = bytes(h4.h4_octet(first + i, sq) for i in range(count))
    assert h4.find_h4_multiframe(octets) == (first, sq)


def test_no_h4_multiframe_in_nothing() -> None:
    assert h4.find_h4_multiframe(b"") is None and h4.find_h4_multiframe(bytes(100)) is None
    assert h4.find_h4_multiframe(bytes(h4.h4_octet(i, 1) for i in range(15))) is None


# -- sequences


def test_sequences() -> None:
    assert moves.sequence("inc", 5, 0, 765, 16) == {5: "inc", 10: "inc", 15: "inc"}
    assert moves.sequence("alternate", 4, 0, 765, 13) == {4: "inc", 8: "dec", 12: "inc"}
    assert moves.sequence("ndf", 9, 760, 765, 20) == {9: ("ndf", 2), 18: ("ndf", 9)}
    plan = moves.sequence("87-3", 4, 0, 140, 4 * 180)
    assert len(plan) == 2 * 87 and 4 * 87 in plan and not {4 * 88, 4 * 89, 4 * 90} & set(plan) and 4 * 91 in plan
    with pytest.raises(ValueError, match="unknown"):
        moves.sequence("up", 4, 0, 140, 20)


@pytest.mark.parametrize("kind", moves.KINDS)
@pytest.mark.parametrize("part", [2, (1, 3, 2)])
def test_sequences_are_followed(kind: str, part: Part) -> None:
    """Each kind over the wrap of the pointer; nothing is lost but by new data backwards."""
    offsets, start = (765, 762) if part == 2 else (140, 138)
    if kind == "dec":
        start = 2
    last = 30
    plan = moves.sequence(kind, 4, start, offsets, last, jump=0 if kind == "ndf" else 7)
    frames = [bytes([n]) * (60 + n) for n in range(30)]
    client = Client(frames, members=[part], lead_idles=2, contiguous=True)
    parser = parse(Content("tug", [client], tu_pointers={part: start}, tu_moves={part: plan}), 40 if part == 2 else 150)
    interpreter = parser.path(part).pointer
    assert moves.moves_of(interpreter.words, start, offsets) == plan
    assert interpreter.increments + interpreter.decrements + interpreter.new_data == len(plan)
    received = parser.gfp([part], contiguous=True)
    assert received.counters.sync_losses == 0
    assert received.ethernet() == frames[: len(received.frames)] and len(received.frames) >= 20


def test_words_that_are_no_moves() -> None:
    with pytest.raises(ValueError, match="word 6805"):
        moves.moves_of([0x6804, 0x6805], 4, 140)


# -- mixtures


def random_moves(rng: Random, first: int, last: int, start: int, offsets: int) -> pointer.Moves:
    """Moves that lose nothing: new data only forwards."""
    plan: pointer.Moves = {}
    value, frame = start, rng.randint(first, first + 8)
    while frame <= last:
        kind = rng.choice(["inc", "dec", "ndf"])
        if kind == "ndf":
            value = rng.randint(value, offsets - 1)
            plan[frame] = ("ndf", value)
        else:
            value = (value + (1 if kind == "inc" else -1)) % offsets
            plan[frame] = kind
        frame += rng.randint(4, 12)
    return plan


@given(seed=seeds)
@settings(max_examples=5, phases=no_shrinking)
def test_mixture_round_trip(seed: int) -> None:
    """Any of TU-3 and TU-12s in each TUG-3; VC-3 and VC-12 groups, contiguous ones; all pointers move."""
    rng = Random(seed)
    tu3s = rng.sample([1, 2, 3], rng.randint(0, 3))
    in_tu12s = [tu for tu in tug.ALL_TUS if tu[0] not in tu3s]
    members12 = rng.sample(in_tu12s, min(len(in_tu12s), rng.randint(1, 5)))
    cuts: list[list[Part]] = []
    for members in (list[Part](tu3s), list[Part](members12)):
        cut = rng.randint(0, len(members))
        cuts += [part for part in (members[:cut], members[cut:]) if part]
    clients = []
    for members in cuts:
        frames = [rng.randbytes(rng.randint(14, 90)) for _ in range(rng.randint(0, 5))]
        contiguous = len(members) == 1 and rng.random() < 0.5
        client = Client(frames, members=members, lead_idles=rng.randint(2, 90), contiguous=contiguous)
        clients.append((client, frames))
    parts = [part for members in cuts for part in members]
    starts: dict[Part, int] = {part: rng.randrange(765 if isinstance(part, int) else 140) for part in parts}
    plans: dict[Part, pointer.Moves] = {
        part: random_moves(rng, 1, 140 if isinstance(part, int) else 36, start, 765 if isinstance(part, int) else 140)
        for part, start in starts.items()
    }
    delays: dict[Part, int] = {part: rng.randint(0, 9) for part in parts}
    au_pointer = rng.randrange(783)
    content = Content(
        "tug",
        [client for client, _ in clients],
        au_pointer=au_pointer,
        au_moves=random_moves(rng, 1, 140, au_pointer, 783),
        tu_pointers=starts,
        tu_moves=plans,
        delays=delays,
    )
    parser = parse(content, 4 * 44)
    assert set(parser.vc3) == set(tu3s)
    assert (parser.b1_errors, parser.b2_errors, parser.b3_errors, parser.h4_errors) == (0, 0, 0, 0)
    for client, frames in clients:
        assert parser.gfp(client.members, client.contiguous).ethernet() == frames
        late = [delays[part] for part in client.members]
        if not client.contiguous:
            assert parser.group_octets(client.members).differential_delay == max(late) - min(late)
    for part, plan in plans.items():
        path = parser.path(part)
        assert moves.moves_of(path.pointer.words, starts[part], 765 if isinstance(part, int) else 140) == plan
    for k in tu3s:
        path3 = parser.vc3[k]
        assert (path3.b3_errors, path3.rei, path3.rdi, path3.erdi) == (0, 0, False, None)
        assert trace.find(path3.j1) == "msapemu        "
        assert {octets["C2"] for octets in path3.poh} == {0x1B}
    assert sum(path.bip2_errors for path in parser.vc12.values()) == 0


def test_groups_are_found() -> None:
    """VC-3s by C2 and H4, VC-12s by label, K4; in SQ order."""
    clients = [Client(members=[3, 1]), Client(members=[(2, 4, 1), (2, 1, 1)])]
    parser = parse(Content("tug", clients), 4 * 40)
    assert (parser.members3(), parser.members()) == ([3, 1], [(2, 4, 1), (2, 1, 1)])
    with pytest.raises(ValueError, match="no multiframe"):
        parser.group_octets([(2, 2, 2)])


def test_a_contiguous_vc12_and_vc3() -> None:
    """Label 101 and extended label 0Dh as in a group, but bits 2 of K4 and all of H4 zero (DESIGN 6.2)."""
    clients = [Client(members=[1], contiguous=True), Client(members=[(2, 1, 1)], contiguous=True)]
    parser = parse(Content("tug", clients), 4 * 70)
    assert set(parser.vc3[1].channel("H4")) == {0}
    k4 = parser.vc12[2, 1, 1].channel("k4")
    assert {octet & 0x7F for octet in k4} == {0}
    expected = "01111111110" + "00001101" + "0" * 13
    assert "".join(str(octet >> 7) for octet in k4[:64]) == expected * 2
    assert {overhead.label for overhead in parser.vc12[2, 1, 1].overhead} == {0b101}
    with pytest.raises(ValueError, match="one member"):
        Client(members=[1, 2], contiguous=True)
    with pytest.raises(ValueError, match="no group"):
        Client(members=[1, (2, 1, 1)])
    with pytest.raises(ValueError, match="TU-3 and TU-12s"):
        Content("tug", [Client(members=[1]), Client(members=[(1, 1, 1)])])


def test_dealing_over_three_vc3s() -> None:
    """Octet i of the stream goes to member i mod X, in SQ order (STANDARDS 7)."""
    client = Client(members=[3, 1, 2])
    parts = [client.member_payload(sq, 0) for sq in range(3)]
    assert {len(part) for part in parts} == {756}
    idles = bytes(octet for turn in zip(*parts, strict=True) for octet in turn)
    assert idles == bytes.fromhex("B6AB31E0") * (756 * 3 // 4)


def test_b3_of_a_vc3() -> None:
    """Over the whole VC-3 before; errors are counted where they are (STANDARDS 1)."""

    def spoil(k: int, number: int, octets: bytearray) -> None:
        if number == 6:
            octets[400] ^= 0x81

    poh3 = {2: {"G1": lambda n: 0x38 if n == 3 else 0xF0, "N1": lambda n: n}}
    content = Content("tug", [Client(members=[2])], on_vc3=spoil, poh3=poh3)
    parser = parse(content, 20)
    path = parser.vc3[2]
    first, second = (vc.octets for vc in path.runs[0][:2])
    assert second[85] == bip.bip8(first) and first[85] == 0
    assert (path.b3_errors, path.rei, path.rdi) == (2, 3, False)
    assert path.channel("N1") == bytes(range(len(path.poh)))
    assert vc4.rdi_of(path.poh[3]["G1"])


# -- PDH through the line


def test_e1_and_e3_through_the_line() -> None:
    """Any justification, moving pointers: the bits come out as they went in."""
    rng = Random(11)
    e1s, e3s = rng.randbytes(1300), rng.randbytes(12000)
    framed = rng.randbytes(128 * 10)
    tributaries: dict[Part, paths.NextVc] = {
        (1, 1, 1): paths.e1_async(e1s, lambda number: (number % 3 == 0, number % 5 < 4), j2="E1"),
        (1, 1, 2): paths.e1_byte(framed),
        2: paths.e3_async(e3s, lambda number: [(number % 2 == 0, True), (False, True), (False, number % 3 > 0)]),
    }
    content = Content(
        "tug",
        tributaries=tributaries,
        tu_pointers={(1, 1, 1): 139, (1, 1, 2): 70, 2: 764},
        tu_moves={(1, 1, 1): {2: "inc", 6: "dec"}, 2: {3: "inc", 8: "dec", 13: ("ndf", 764)}},
    )
    parser = parse(content, 4 * 11 + 1)
    bits = [bit for vc in parser.vc12[1, 1, 1].longest_run for bit in e1.take_async(vc.octets)]
    assert len(bits) > 10000 and bits == (bits_of(e1s) + [1] * len(bits))[: len(bits)]
    octets = b"".join(frame for vc in parser.vc12[1, 1, 2].longest_run for frame in e1.take_byte(vc.octets))
    assert octets == framed.ljust(len(octets), b"\xff") and len(octets) >= 1280
    bits = [bit for vc in parser.vc3[2].longest_run for bit in e3.take_async(vc.octets)]
    assert len(bits) > 96000 and bits == (bits_of(e3s) + [1] * len(bits))[: len(bits)]
    assert [parser.vc12[1, 1, m].overhead[5].label for m in (1, 2, 3)] == [0b010, 0b100, 0]
    assert parser.vc3[2].poh[0]["C2"] == 0x04
    assert parser.vc12[1, 1, 1].j2[:11] == trace.build("E1")[:11] and parser.vc12[1, 1, 1].bip2_errors == 0


def test_unequipped_and_supervisory_vc12() -> None:
    """The unequipped and the supervisory-unequipped VC-12 (STANDARDS 3 and section 5)."""
    assert paths.unequipped12() == bytes(vc12.SIZE) and paths.unequipped3() == bytes(765)
    source = paths.supervisory12("SUPERVISED")
    previous = 0
    for number in range(20):
        octets = source()
        overhead, payload = vc12.parse(octets)
        assert overhead == (previous, 0, 0, 0, trace.build("SUPERVISED")[number % 16], 0, 0)
        assert not any(payload)
        previous = bip.bip2(octets)
