"""E1 in VC-12 and E3 in VC-3 of the second implementation, octet by octet against the tables of STANDARDS 5."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ref import e1, e3, vc3, vc12
from tests.ref.bits import BitSource, bits_of, octets_of

seeds = st.integers(0, 2**32 - 1)
POH12, POH3 = (0, 35, 70, 105), [85 * row for row in range(9)]


def test_bits_and_octets() -> None:
    assert bits_of(b"\xa5\x01") == [1, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]
    assert octets_of([1, 0, 1, 0, 0, 1, 0, 1, 1]) == b"\xa5\x80"
    assert (bits_of(b""), octets_of([])) == ([], b"")
    source = BitSource(b"\x0f")
    assert (source.take(5), source.take(5), source.taken) == ([0, 0, 0, 0, 1], [1] * 5, 10)


def vc12_of(fill: int = 0) -> bytearray:
    return bytearray([fill]) * vc12.SIZE


@pytest.mark.parametrize(
    ("s1", "s2", "c", "octet_106", "octet_107"),
    [
        (None, None, 0b11, 0b11000000, 0b01111111),
        (None, 1, 0b10, 0b10000000, 0b11111111),
        (None, 0, 0b10, 0b10000000, 0b01111111),
        (1, None, 0b01, 0b01000001, 0b01111111),
        (1, 1, 0b00, 0b00000001, 0b11111111),
        (0, 0, 0b00, 0b00000000, 0b01111111),
    ],
)
def test_async_e1_octet_by_octet(s1: int | None, s2: int | None, c: int, octet_106: int, octet_107: int) -> None:
    """Data 2-33, 37-68, 72-103, 108-138; C1 C2 O O O O R R in 36 and 71; S1 in 106, S2 in 107 (STANDARDS 5)."""
    vc = vc12_of(0x55)
    e1.put_async(vc, [1] * 1023, s1, s2, overhead=0b1010_0110)
    for octet, value in enumerate(vc):
        if octet in POH12:
            assert value == 0x55, octet
        elif octet in (1, 34, 69, 104, 139):
            assert value == 0, octet
        elif octet == 36:
            assert value == c << 6 | 0b1010 << 2
        elif octet == 71:
            assert value == c << 6 | 0b0110 << 2
        elif octet == 106:
            assert value == octet_106
        elif octet == 107:
            assert value == octet_107
        else:
            assert value == 0xFF, octet
    assert e1.overhead_bits(vc) == 0b1010_0110


def test_async_e1_in_order() -> None:
    """The octets as they stand in the line, S1 the bit before octet 107, S2 its first (STANDARDS 5)."""
    octets = bytes(Random(5).randbytes(128))  # 1024 bits
    both = octets + b"\x80"
    vc = vc12_of()
    e1.put_stream(vc, bits_of(octets), False, True)  # the nominal case: 128 octets stay octets
    assert vc[2:34] + vc[37:69] + vc[72:104] + vc[107:139] == octets
    assert (vc[36], vc[71], vc[106]) == (0x80, 0x80, 0x80)
    assert e1.take_async(vc) == bits_of(octets)
    e1.put_stream(vc, bits_of(both)[:1025], True, True)
    assert vc[2:34] + vc[37:69] + vc[72:104] == octets[:96]
    assert vc[106] == octets[96] >> 7  # the bit that follows is S1
    assert e1.take_async(vc) == bits_of(both)[:1025]
    e1.put_stream(vc, bits_of(octets)[:1023], False, False)
    assert vc[107] == octets[96] >> 1  # seven data bits behind a stuff bit
    assert e1.take_async(vc) == bits_of(octets)[:1023]
    with pytest.raises(ValueError, match="1023 bits"):
        e1.put_stream(vc, bits_of(octets), False, False)
    with pytest.raises(ValueError, match="1023 data bits"):
        e1.put_async(vc, [0], None, None)


@given(seed=seeds)
@settings(max_examples=15)
def test_async_e1_with_one_wrong_c_bit(seed: int) -> None:
    """Two of three C bits decide; a stream of any justification comes out as it went in."""
    rng = Random(seed)
    source, sent, got = BitSource(rng.randbytes(600)), [], []
    for _ in range(4):
        choice = rng.random() < 0.5, rng.random() < 0.5
        bits = source.take(len(e1.stream_places(*choice)))
        vc = vc12_of(rng.randrange(256))
        e1.put_stream(vc, bits, *choice)
        vc[rng.choice((36, 71, 106))] ^= 0x80
        vc[rng.choice((36, 71, 106))] ^= 0x40
        assert e1.justification(vc) == choice
        sent += bits
        got += e1.take_async(vc)
    assert got == sent == BitSource(Random(seed).randbytes(600)).take(len(sent))


def test_byte_synchronous_e1() -> None:
    """Each quarter: overhead, R, 32 octets of one E1 frame, R (STANDARDS 5)."""
    frames = [bytes(64 * n + i & 0xFF for i in range(32)) for n in range(4)]
    vc = vc12_of(0x55)
    e1.put_byte(vc, frames)
    assert bytes(vc) == b"".join(b"\x55\0" + frame + b"\0" for frame in frames)
    assert e1.take_byte(vc) == frames
    with pytest.raises(ValueError, match="32 octets"):
        e1.put_byte(vc, [b"short"] * 4)


def test_the_totals_of_e3() -> None:
    """Of each subframe: 1431 I, 2 S, 10 C, and 573 R of 2016 bits (STANDARDS 5)."""
    assert len(e3.FIXED) == 22 and 24000 * (1431 + 1) == 34_368_000
    seen: list[int] = []
    for number, sub in enumerate(e3.PLACES):
        assert (len(sub.i), len(sub.c1), len(sub.c2)) == (1431, 5, 5)
        used = [*sub.i, *sub.c1, *sub.c2, sub.s1, sub.s2]
        assert len(set(used)) == len(used) == 2016 - 573
        assert {place // 8 // 85 // 3 for place in used} == {number}
        seen += used
    assert len(set(seen)) == 3 * 1443 and not any(place // 8 % 85 == 0 for place in seen)


def test_async_e3_octet_by_octet() -> None:
    """Every octet of the nine rows, with S1 and S2 data, stuff, and the nominal half-half."""
    vc = bytearray(b"\x55") * vc3.SIZE
    e3.put_async(vc, [1] * 3 * 1431, [1, None, None], [1, None, 0])
    c = {1: 0b00, 2: 0b11, 3: 0b10}
    a = {1: 0b1, 2: 0b0, 3: 0b0}
    b = {1: 0b11111111, 2: 0b01111111, 3: 0b01111111}
    for row in range(9):
        subframe, line = row // 3 + 1, row % 3 + 1
        octets = dict(enumerate(vc[85 * row : 85 * (row + 1)], 1))
        assert octets.pop(1) == 0x55
        for column in (2, 6, 10, 14, 18, 19, 23, 27, 31, 35, 39, 44, 48, 52, 56, 60, 61, 65, 69, 73, 77, 81):
            assert octets.pop(column) == 0
        assert octets.pop(43) == c[subframe]
        if line < 3:
            assert octets.pop(85) == c[subframe]
        else:
            assert (octets.pop(82), octets.pop(83), octets.pop(84)) == (0, a[subframe], b[subframe])
        assert set(octets.values()) == {0xFF}


def test_async_e3_in_order() -> None:
    """Row by row; the nominal subframe carries 179 whole octets."""
    octets = Random(3).randbytes(3 * 179)
    vc = bytearray(vc3.SIZE)
    e3.put_stream(vc, bits_of(octets))
    found = b""
    for number in range(3):
        for row in (1, 2, 3):
            stuff = {1, *e3.FIXED, 43, *([85] if row < 3 else [82, 83])}
            found += bytes(vc[vc3.index(3 * number + row, k)] for k in range(1, 86) if k not in stuff)
    assert found == octets == octets_of(e3.take_async(vc))
    with pytest.raises(ValueError, match="4299 bits"):
        e3.put_stream(vc, bits_of(octets), [(True, True)] * 3)
    with pytest.raises(ValueError, match="4293 data bits"):
        e3.put_async(vc, [0], [None] * 3, [None] * 3)


@given(seed=seeds)
@settings(max_examples=10)
def test_async_e3_with_two_wrong_c_bits(seed: int) -> None:
    """Three of five C bits decide; a stream of any justification comes out as it went in."""
    rng = Random(seed)
    source, sent, got = BitSource(rng.randbytes(1700)), [], []
    for _ in range(3):
        choices = [(rng.random() < 0.5, rng.random() < 0.5) for _ in range(3)]
        bits = source.take(len(e3.stream_places(choices)))
        vc = bytearray(rng.randbytes(vc3.SIZE))
        overhead = bytes(vc[i] for i in POH3)
        e3.put_stream(vc, bits, choices)
        assert bytes(vc[i] for i in POH3) == overhead
        for number in range(3):
            for mask in (0b10, 0b01):
                for row, column in rng.sample(e3.C_OCTETS, 2):
                    vc[vc3.index(3 * number + row, column)] ^= mask
        assert e3.justification(vc) == choices
        sent += bits
        got += e3.take_async(vc)
    assert got == sent
