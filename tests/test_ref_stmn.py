"""STM-4 and STM-16 of the second implementation: octet by octet, against itself, and what tshark reads.

The definitions in this file are written out bit by bit on purpose: nothing here asks `tests.ref.stmn` what
`tests.ref.stmn` should do.
"""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.ref import mixture, pointer, stm1, trace, vc4
from tests.ref.line import AuParser, Builder, Client, Content, MultiBuilder, MultiParser, align
from tests.ref.stmn import StmN

seeds = st.integers(0, 2**32 - 1)
SOH = {  # row and column in an STM-4 and in an STM-16: S(a,b,c) is row a, column N(b-1)+c (STANDARDS 1)
    "J0": ((1, 25), (1, 97)),
    "B1": ((2, 1), (2, 1)),
    "E1": ((2, 13), (2, 49)),
    "F1": ((2, 25), (2, 97)),
    "D1": ((3, 1), (3, 1)),
    "D2": ((3, 13), (3, 49)),
    "D3": ((3, 25), (3, 97)),
    "K1": ((5, 13), (5, 49)),
    "K2": ((5, 25), (5, 97)),
    "D4": ((6, 1), (6, 1)),
    "D5": ((6, 13), (6, 49)),
    "D6": ((6, 25), (6, 97)),
    "D7": ((7, 1), (7, 1)),
    "D8": ((7, 13), (7, 49)),
    "D9": ((7, 25), (7, 97)),
    "D10": ((8, 1), (8, 1)),
    "D11": ((8, 13), (8, 49)),
    "D12": ((8, 25), (8, 97)),
    "S1": ((9, 1), (9, 1)),
    "M1": ((9, 15), (9, 51)),
    "E2": ((9, 25), (9, 97)),
}
FREE = [name for name in SOH if name not in ("J0", "B1", "S1")]
free_octets = {name: (lambda n, octet=0x40 + i: octet) for i, name in enumerate(FREE)}


def descramble(line: bytes, n: int) -> bytes:
    """1 + x^6 + x^7, all ones at octet 9N + 1 of row 1, bit by bit to the end of the frame (STANDARDS 1)."""
    register, plain = [1] * 7, bytearray(line[: 9 * n])
    for octet in line[9 * n :]:
        for bit in range(7, -1, -1):
            octet ^= register[6] << bit
            register = [register[5] ^ register[6], *register[:6]]
        plain.append(octet)
    return bytes(plain)


def rows_of(plain: bytes, n: int) -> list[bytes]:
    """Nine rows of 270N octets."""
    assert len(plain) == 9 * 270 * n
    return [plain[i : i + 270 * n] for i in range(0, len(plain), 270 * n)]


def unequipped(n: int, au_pointer: int = 522) -> list[Content]:
    return [Content("unequipped", au_pointer=au_pointer) for _ in range(n)]


# -- the frame


@pytest.mark.parametrize("n", [4, 16])
def test_every_overhead_octet_is_where_it_belongs(n: int) -> None:
    """All 81N octets of columns 1 to 9N: those with a meaning, and zeros for the others (STANDARDS 1)."""
    pointers = [(97 * k) % 783 for k in range(n)]
    contents = [Content("unequipped", au_pointer=value) for value in pointers]
    (line,) = MultiBuilder(n, contents, j0=b"\x77", s1=0x04, soh=free_octets).frames(1)
    expected = {(row, column): 0 for row in range(1, 10) for column in range(1, 9 * n + 1)}
    for column in range(1, 3 * n + 1):
        expected[1, column], expected[1, 3 * n + column] = 0xF6, 0x28
    for column in range(6 * n + 2, 9 * n + 1):
        expected[1, column] = 0xAA
    for name, places in SOH.items():
        octets = {"J0": 0x77, "S1": 0x04, "B1": 0} | {free: octet(0) for free, octet in free_octets.items()}
        expected[places[n == 16]] = octets[name]
    for k, value in enumerate(pointers, 1):
        expected[4, k], expected[4, 3 * n + k] = 0x68 | value >> 8, value & 0xFF
        expected[4, n + k] = expected[4, 2 * n + k] = 0x9B
        expected[4, 4 * n + k] = expected[4, 5 * n + k] = 0xFF
    rows = rows_of(descramble(line, n), n)
    assert {(r, c): rows[r - 1][c - 1] for r, c in expected} == expected
    assert not any(any(row[9 * n :]) for row in rows)


@pytest.mark.parametrize("n", [4, 16])
def test_what_follows_j0_is_sent_clear_and_the_rest_scrambled(n: int) -> None:
    """The first 9N octets are not scrambled; the keystream of an STM-4 ends on 1A 5D CC AB (STANDARDS 1)."""
    (line,) = MultiBuilder(n, unequipped(n)).frames(1)
    assert line[6 * n + 1 : 9 * n] == b"\xaa" * (3 * n - 1)
    assert line[9 * n : 9 * n + 8] == bytes.fromhex("FE 04 18 51 E4 59 D4 FA")  # over zeros
    if n == 4:
        assert line[-4:] == bytes.fromhex("1A 5D CC AB")
    stm = StmN(n)
    assert stm.scramble(stm.scramble(line)) == line and stm.scramble(line) == descramble(line, n)


@pytest.mark.parametrize(
    ("n", "widths"),
    [(1, [1]), (4, [1] * 4), (4, [4]), (16, [1] * 16), (16, [1] * 4 + [4] + [1] * 4 + [4]), (16, [16])],
)
def test_every_octet_of_every_vc4_is_where_it_belongs(n: int, widths: list[int]) -> None:
    """Octet i of a VC-4-Xc lies i octets after the 3X x pointer octets that follow H3, in its own columns.

    Column j of AU-4 k is column N(j-1)+k; the X AU-4s of an AU-4-Xc stand side by side (STANDARDS 1 and 2).
    """
    rng = Random(n)
    sent: dict[int, list[bytes]] = {}

    def spoiler(k: int) -> Callable[[int, bytearray], None]:
        def spoil(number: int, octets: bytearray) -> None:
            octets[:] = rng.randbytes(len(octets))
            sent.setdefault(k, []).append(bytes(octets))

        return spoil

    pointers = [rng.choice([0, 86, 87, 521, 522, 782, rng.randint(0, 782)]) for _ in widths]
    numbers = [1 + sum(widths[:i]) for i in range(len(widths))]
    contents = [
        Content("unequipped", width=width, au_pointer=value, on_vc4=spoiler(k))
        for k, width, value in zip(numbers, widths, pointers, strict=True)
    ]
    plain = [descramble(line, n) for line in MultiBuilder(n, contents).frames(2)]
    rows = [row for frame in plain for row in rows_of(frame, n)]
    for k, width, value in zip(numbers, widths, pointers, strict=True):
        got, steps = bytearray(), 261 * 9
        # pointers 522 and more begin in rows 1 to 3 of the frame after their own: of frame 0 that is frame -1
        start = 261 * 3 + 3 * value if value < 522 else 3 * value - 261 * 6
        for step in range(start, start + steps):
            row, j = divmod(step, 261)
            got += rows[row][n * (9 + j) + k - 1 : n * (9 + j) + k - 1 + width]
        assert bytes(got) == sent[k][0]


def test_an_stm1_is_an_stm_n() -> None:
    """`Builder` and `MultiBuilder(1)` are one; their octets are held in `test_ref.py`."""
    frames = [bytes([i]) * 60 for i in range(9)]
    one = MultiBuilder(1, [Content("vc4", [Client(frames, lead_idles=7)], au_pointer=33)])
    assert one.frames(5) == Builder(frames, lead_idles=7, au_pointer=33).frames(5)
    assert StmN(1).places["M1"] == (9, 6) and stm1.SIZE == 2430


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="STM-3"):
        StmN(3)
    for widths in ([1] * 3, [1, 4], [1, 1, 4, 1, 1, 4, 4], [2, 2]):
        with pytest.raises(ValueError):
            MultiBuilder(16 if sum(widths) > 5 else 4, [Content(width=width) for width in widths])
    with pytest.raises(ValueError, match="width 4"):
        Content("vc12", [Client(members=[(1, 1, 1)])], width=4)


# -- pointers


def au_row(line: bytes, n: int, k: int) -> bytes:
    """H1 Y Y H2 1* 1* H3 H3 H3 of AU-4 number k, and the three payload octets after them."""
    row = rows_of(StmN(n).scramble(line), n)[3]
    return bytes(row[n * j + k - 1] for j in range(12))


@pytest.mark.parametrize("n", [4, 16])
def test_each_au4_moves_its_own_pointer(n: int) -> None:
    """Vectors of STANDARDS 2 in one AU-4, with SS 10 and 00; its neighbours stand still."""
    k = n - 1
    with_ss = {2: "6A0A 68A0 6A0B 6A0B 6A0B 6A0B 6B5E 6A0A 6A0A 6A0A 9800 6800", 0: "620A 60A0 620B"}
    for ss, words in with_ss.items():
        contents = unequipped(n)
        moving: pointer.Moves = {1: "inc", 6: "dec", 10: ("ndf", 0)}
        contents[k - 1] = Content("vc4", au_moves=moving, au_ss=ss)
        lines = MultiBuilder(n, contents).frames(len(words.split()))
        y = "9B9B" if ss else "9393"
        for number, (line, word) in enumerate(zip(lines, words.split(), strict=True)):
            row = au_row(line, n, k)
            assert row[:6] == bytes.fromhex(word[:2] + y + word[2:] + "FFFF")
            assert (row[6:9] != bytes(3)) == (number == 6)  # H3 carries data
            assert (row[9:12] == bytes(3)) == (number == 1)  # stuff
            assert au_row(line, n, k - 1) == bytes.fromhex("6A9B9B0AFFFF 000000 000000")


@pytest.mark.parametrize("n", [4, 16])
def test_an_au4_4c_has_one_pointer(n: int) -> None:
    """H1 H2 of AU-4s 2 to 4 are 9B FF; 12 octets of H3 and stuff; pointers count 12 octets (STANDARDS 2)."""
    others = unequipped(n - 4)
    moving = Content("vc4", width=4, au_pointer=0, au_moves={2: "dec", 6: "inc", 10: ("ndf", 7)}, j1=b"\x5a")
    lines = MultiBuilder(n, [*others, moving]).frames(12)
    first = n - 3  # the last four AU-4s
    vc4s: list[list[bytes]] = []
    words = ["6800", "6800", "6955", "6B0E", "6B0E", "6B0E", "69A4", "6800", "6800", "6800", "9807", "6807"]
    for number, (line, word) in enumerate(zip(lines, words, strict=True)):
        rows = [au_row(line, n, first + i) for i in range(4)]
        vc4s.append([row[9:] for row in rows])
        assert rows[0][:6] == bytes.fromhex(word[:2] + "9B9B" + word[2:] + "FFFF")
        assert {row[:6] for row in rows[1:]} == {bytes.fromhex("9B9B9BFFFFFF")}
        assert [any(row[6:9]) for row in rows] == [number == 2] * 4
        # stuff after H3, and before the J1 that new data puts off by 7 x 12 octets
        assert [any(row[9:]) for row in rows] == [number not in (6, 10)] * 4
    # pointer 0: J1 in the first of the four, 00 in columns 2 to 4, then payload
    assert [row[0] for row in vc4s[0]] == [0x5A, 0, 0, 0]
    # 782, after the decrement: J1 in row 3 of the next frame, column 268 of its AU-4
    assert rows_of(StmN(n).scramble(lines[4]), n)[2][267 * n + first - 1] == 0x5A
    pointers = StmN(n).pointers_of(StmN(n).scramble(lines[0]))
    assert MultiParser(n).feed_all(lines).au.keys() == {*range(1, n - 3), first}
    assert (len(pointers), pointers[first - 1 : n]) == (9 * n, b"\x68\x9b\x9b\x9b")


def test_a_missing_concatenation_indication_is_counted() -> None:
    def spoil(number: int, frame: bytearray) -> None:
        if number == 3:
            plain = bytearray(StmN(4).scramble(bytes(frame)))
            plain[3 * 1080 + 2] ^= 0xF0  # H1 of AU-4 number 3
            frame[:] = StmN(4).scramble(bytes(plain))

    lines = MultiBuilder(4, [Content(width=4)], on_frame=spoil).frames(5)
    assert MultiParser(4, whole_file=True).feed_all(lines).au[1].au4.concatenation_errors == 1


# -- parities


def busy(n: int) -> list[Content]:
    """Octets of every kind in every AU-4."""
    rng = Random(n)
    clients = [Client([rng.randbytes(300) for _ in range(99)]) for _ in range(n)]
    return [Content("vc4", [client], au_pointer=50 * k) for k, client in enumerate(clients)]


@pytest.mark.parametrize("n", [1, 4, 16])
def test_b1_bit_by_bit(n: int) -> None:
    """Bit i of B1: even parity of bits i of all octets of the frame before, scrambled (STANDARDS 1)."""
    before, line = MultiBuilder(n, busy(n)).frames(2)
    ones = [sum(octet >> bit & 1 for octet in before) for bit in range(7, -1, -1)]
    b1 = descramble(line, n)[270 * n]
    assert [int(bit) for bit in f"{b1:08b}"] == [count % 2 for count in ones]


@pytest.mark.parametrize("n", [1, 4, 16])
def test_b2_bit_by_bit(n: int) -> None:
    """Octet i, not counting rows 1-3 of the overhead, feeds octet i mod 3N of B2 (STANDARDS 1)."""
    before, line = (rows_of(descramble(line, n), n) for line in MultiBuilder(n, busy(n)).frames(2))
    ones = [0] * (24 * n)
    number = 0
    for row, octets in enumerate(before, 1):
        for column, octet in enumerate(octets, 1):
            if row <= 3 and column <= 9 * n:
                continue
            for bit in range(8):
                ones[8 * (number % (3 * n)) + bit] += octet >> (7 - bit) & 1
            number += 1
    assert number == 9 * 270 * n - 27 * n
    b2 = line[4][: 3 * n]
    assert [int(bit) for octet in b2 for bit in f"{octet:08b}"] == [count % 2 for count in ones]


@pytest.mark.parametrize(("n", "most", "mask"), [(1, 24, 0x7F), (4, 96, 0x7F), (16, 255, 0xFF)])
def test_m1_tells_as_many_errors_as_b2_can_find(n: int, most: int, mask: int) -> None:
    """STM-1 0..24 and STM-4 0..96 in bits 2-8, more reads as 0; STM-16 0..255 (STANDARDS 1 and 0)."""
    at = 8 * 270 * n + {1: 6, 4: 15, 16: 51}[n] - 1
    values = [0, 1, 24, 25, 96, 97, 127, 128, 129, 128 + 24, 128 + 25, 128 + 96, 128 + 97, 255]
    lines = MultiBuilder(n, unequipped(n), soh={"M1": lambda frame: values[frame]}).frames(len(values))
    total = 0
    parser = MultiParser(n)
    for m1, line in zip(values, lines, strict=True):
        assert line[at] ^ lines[0][at] == m1  # scrambled alike
        parser.feed(line)
        total += m1 & mask if m1 & mask <= most else 0
        assert parser.section.ms_rei == total
    read = [m1 & mask if m1 & mask <= most else 0 for m1 in range(256)]
    assert [StmN(n).m1_of(m1) for m1 in range(256)] == read


@pytest.mark.parametrize("n", [4, 16])
def test_errors_are_counted_where_they_are(n: int) -> None:
    """A line error in each lane of B2, in the overhead of rows 1-3, in one VC-4 among the others."""
    stm = StmN(n)

    def spoil(number: int, frame: bytearray) -> None:
        if number == 4:
            for lane in range(3 * n):
                # seen by all of B2; an even number for B1, three for each VC-4
                frame[stm.index(7, 9 * n + 3 * n * (lane + 5) + lane + 1)] ^= 0x81
        if number == 7:
            frame[stm.index(2, 9 * n)] ^= 0x10  # RSOH: B1 only
        if number == 9:
            frame[stm.index(6, 100 * n + 2)] ^= 0x01  # B1, B2, and B3 of AU-4 number 2

    parser = MultiParser(n, whole_file=True).feed_all(MultiBuilder(n, busy(n), on_frame=spoil).frames(12))
    assert (parser.section.b1_errors, parser.section.b2_errors) == (2, 2 * 3 * n + 1)
    assert {k: au.b3_errors for k, au in parser.au.items()} == {k: 2 + (k == 2) for k in range(1, n + 1)}


@pytest.mark.parametrize(("n", "width"), [(4, 4), (16, 4), (16, 16)])
def test_vc4_xc(n: int, width: int) -> None:
    """C2 1B, J1 and the others in column 1, 00 in columns 2 to X, B3 over all of them (STANDARDS 2 and 3)."""

    def spoil(number: int, octets: bytearray) -> None:
        if number == 3:
            octets[261 * width * 5 + width - 1] ^= 0x21  # fixed stuff of the last column
            octets[-1] ^= 0x04  # the last of the payload

    contents = [
        Content("vc4", [Client([bytes(60)] * 99)], width=width, on_vc4=spoil, poh4={"N1": lambda n: n})
        for _ in range(n // width)
    ]
    parser = MultiParser(n, whole_file=True).feed_all(MultiBuilder(n, contents).frames(7))
    assert list(parser.au) == list(range(1, n + 1, width))
    for au in parser.au.values():
        octets = [vc.octets for vc in au.vc4s]
        columns = [vc[i :: 261 * width] for vc in octets for i in range(width)]
        assert {len(vc) for vc in octets} == {9 * 261 * width}
        for number in (0, 1, 2, 4, 5):
            head = columns[number * width]
            assert head[0] == trace.build("msapemu")[number]
            assert head[2:] == bytes([0x1B, 0, 0, 0, 0, 0, number])
            assert not any(any(column) for column in columns[number * width + 1 : (number + 1) * width])
        parity = 0
        for octet in octets[1]:
            parity ^= octet
        assert octets[2][261 * width] == parity
        assert au.b3_errors == 3
        assert len(vc4.payload_of(octets[0], width)) == 9 * 260 * width


def test_an_unequipped_vc4_is_zero_under_a_valid_pointer() -> None:
    """All of it is zero, overhead and B3 too (STANDARDS 3)."""
    parser = MultiParser(4, whole_file=True)
    parser.feed_all(MultiBuilder(4, unequipped(4, 9)).frames(4))
    for au in parser.au.values():
        assert au.au_pointer == 9 and len(au.vc4s) == 3 and not any(any(vc.octets) for vc in au.vc4s)


# -- alignment


@pytest.mark.parametrize("n", [4, 16])
@given(noise=st.binary(max_size=300), shift=st.integers(0, 7), data=st.data())
@settings(max_examples=5, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_align_at_any_bit(n: int, noise: bytes, shift: int, data: st.DataObject) -> None:
    frames = MultiBuilder(n, unequipped(n)).frames(3)
    cut = data.draw(st.integers(0, 2430 * n - 1))
    bits = int.from_bytes(noise + b"".join(frames)[cut:] + b"\0", "big") >> shift
    found = align(bits.to_bytes(len(noise) + 3 * 2430 * n - cut + 1, "big"), n)
    assert found is not None
    assert found.bit == 8 * len(noise) + shift + (8 * (2430 * n - cut) if cut else 0)
    assert found.frames == frames[1 if cut else 0 :]


# -- the whole line


def assert_share_arrived(share: mixture.Share, au: AuParser) -> None:
    counted = au.au4.pointer
    assert (counted.increments, counted.decrements, counted.new_data) == mixture.counts(share.au_moves)
    assert au.au_pointer == mixture.value_after(share.au_moves, share.au_pointer, pointer.AU4_OFFSETS)
    assert (au.width, au.b3_errors, au.h4_errors, au.au4.concatenation_errors) == (share.width, 0, 0, 0)
    assert {octets["C2"] for octets in au.poh4} == {{"vc4": 0x1B, "vc12": 0x02}.get(share.mapping, 0)}
    if share.mapping == "unequipped":
        assert not any(any(vc.octets) for vc in au.vc4s)
        return
    assert trace.find(au.j1) == share.j1.ljust(15)
    for stream in share.streams:
        received = au.gfp(stream.members)
        assert received.ethernet() == stream.frames
        assert {frame.cid for frame in received.frames} <= {stream.cid}
        for tu in stream.members:
            counted = au.vc12[tu].sink.pointer
            plan = share.tu_moves.get(tu, {})
            assert (counted.increments, counted.decrements, counted.new_data) == mixture.counts(plan)
            assert au.vc12[tu].bip2_errors == 0


def assert_arrived(shares: list[mixture.Share], parser: MultiParser) -> None:
    section = parser.section
    assert (section.framing_errors, section.b1_errors, section.b2_errors) == (0, 0, 0)
    assert list(parser.au) == [share.number for share in shares]
    for share, au in zip(shares, parser.au.values(), strict=True):
        assert_share_arrived(share, au)


@given(seed=seeds)
@settings(max_examples=3, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_stm4_round_trip(seed: int) -> None:
    """Any mixture of VC-4, VC-4-4c, VC-12s and unequipped VC-4s, any pointers, all of them moving."""
    rng = Random(seed)
    shares = mixture.mixture(rng, 4, mappings=["vc4", "vc12", "unequipped"], at_once=0.2)
    with_vc12 = any(share.mapping == "vc12" for share in shares)
    frames = 4 * 38 if with_vc12 else 30  # K4 tells the number of a VC-12 once in 128 frames
    for share in shares:
        mixture.set_moving(rng, share, 1, frames - 8)
    contents = [share.content([rng.randint(2, 50) for _ in share.streams]) for share in shares]
    assert_arrived(shares, MultiParser(4, whole_file=True).feed_all(MultiBuilder(4, contents).frames(frames)))


@given(seed=seeds)
@settings(max_examples=3, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_stm16_round_trip(seed: int) -> None:
    rng = Random(seed)
    shares = mixture.mixture(rng, 16, mappings=["vc4", "unequipped"])
    for share in shares:
        mixture.set_moving(rng, share, 1, 14)
    contents = [share.content([rng.randint(2, 600) for _ in share.streams]) for share in shares]
    assert_arrived(shares, MultiParser(16, whole_file=True).feed_all(MultiBuilder(16, contents).frames(18)))


# -- tshark


@pytest.mark.tool("tshark")
@pytest.mark.parametrize(("n", "rate"), [(4, "OC-12"), (16, "OC-48")])
def test_tshark_finds_our_section_overhead(tmp_path: Path, n: int, rate: str) -> None:
    """ERF type 24, descrambled frames, all fields of the sdh dissector.

    All octets of a1, a2 and b2; one octet of each of the others: h1, h2, au and j1 are those of AU-4 number
    1, j1 for a pointer below 522 only. m1 and e2 are read where they belong by the version tried, 4.0.17;
    STANDARDS 1 warns of sources in which they are not. It computes no parity: b1 and b2 are only compared.
    """
    contents = [Content("vc4", au_pointer=77 + 30 * k, j1=bytes([0x50 + k])) for k in range(n)]
    lines = MultiBuilder(n, contents, j0=b"\x77", soh=free_octets).frames(3)
    plain = [descramble(line, n) for line in lines]
    head = struct.pack(">BBHHH", 24, 4, 16 + 2430 * n, 0, 2430 * n)
    with (tmp_path / "line.pcap").open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 197))
        for number, frame in enumerate(plain):
            record = struct.pack("<Q", number) + head + frame
            file.write(struct.pack("<IIII", number, 0, len(record), len(record)) + record)
    wanted = ["a1", "a2", "j0", "b1", "b2", "h1", "h2", "au", "s1", "j1", *(name.lower() for name in FREE)]
    command = ["tshark", "-r", str(tmp_path / "line.pcap"), "-o", f"sdh.data.rate:{rate}", "-T", "fields"]
    command += [part for name in wanted for part in ("-e", f"sdh.{name}")]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(out) == 3
    for row, frame in zip(out, plain, strict=True):
        got = dict(zip(wanted, row.split("\t"), strict=True))
        assert (got["a1"], got["a2"]) == ("f6" * 3 * n, "28" * 3 * n)
        assert got["b2"] == frame[4 * 270 * n :][: 3 * n].hex()
        assert (int(got["j0"], 0), int(got["b1"], 0)) == (0x77, frame[270 * n])
        assert (int(got["h1"], 0), int(got["h2"], 0), int(got["au"])) == (0x68, 77, 77)
        assert (int(got["s1"], 0), int(got["j1"])) == (0x0B, 0x50)
        assert [int(got[name.lower()], 0) for name in FREE] == [octet(0) for octet in free_octets.values()]
