"""Every kernel variant of this machine against the bitwise definitions of the second implementation."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msapemu._framing import Line, kernel, kernel_names, select_kernels
from tests.ref import bip, crc, scramble, stm1

NOISE = random.Random(43).randbytes(9000)
OFFSETS = (0, 1, 3, 7, 13, 31)


@pytest.fixture(params=kernel_names(), autouse=True)
def variant(request: pytest.FixtureRequest) -> Iterator[str]:
    assert select_kernels(request.param) == request.param
    yield request.param
    select_kernels()  # what the module chooses at import


def at(offset: int, length: int) -> memoryview:
    """Octets that begin at an odd address."""
    return memoryview(NOISE)[offset : offset + length]


def test_the_portable_variant_is_everywhere() -> None:
    assert kernel_names()[-1] == "portable"
    with pytest.raises(ValueError, match="no kernels named 'none'"):
        select_kernels("none")


def test_the_tables_of_the_reference_are_the_bitwise_definition() -> None:
    for length in (0, 1, 17, 300):
        data = NOISE[:length]
        bitwise = crc.crc(data, 0x04C11DB7, 32, 0xFFFFFFFF, refin=True, refout=True, xorout=0xFFFFFFFF)
        assert crc.eth_fcs(data) == bitwise.to_bytes(4, "little")
        assert crc.pfcs(data) == crc.crc(data, 0x04C11DB7, 32, 0xFFFFFFFF, xorout=0xFFFFFFFF)


@pytest.mark.parametrize("offset", OFFSETS)
def test_crc32_at_every_length(offset: int) -> None:
    """Ethernet FCS and payload FCS at lengths 0 to 300, and a jumbo frame."""
    for length in [*range(301), 1518, 8999 - offset]:
        data = at(offset, length)
        assert kernel("crc32", data).to_bytes(4, "little") == crc.eth_fcs(bytes(data)), length
        assert kernel("crc32_msb", data) == crc.pfcs(bytes(data)), length


def test_crc32_vectors() -> None:
    """STANDARDS 6: pFCS; and the check value of CRC-32/ISO-HDLC."""
    assert kernel("crc32", b"123456789") == 0xCBF43926
    assert kernel("crc32_msb", b"123456789") == 0xFC891918
    assert kernel("crc32_msb", bytes(4)) == 0x38FB2284
    assert kernel("crc32_msb", bytes.fromhex("FF030021")) == 0x2910DC21


def test_hec16_of_every_word() -> None:
    for word in range(0, 65536, 7):
        octets = word.to_bytes(2, "big")
        assert kernel("hec16", octets) == crc.hec16(octets)
    assert kernel("hec16", b"\xff\xff") == 0x1D0F  # STANDARDS 6


@pytest.mark.parametrize("offset", OFFSETS)
def test_bip8_at_every_length(offset: int) -> None:
    for length in [*range(201), 2349, 2430]:
        data = at(offset, length)
        assert kernel("bip8", data) == bip.bip8(bytes(data)), length


@pytest.mark.parametrize("offset", OFFSETS)
def test_bip24_leaves_out_the_rsoh(offset: int) -> None:
    frame = at(offset, 2430)
    assert bytes(kernel("bip24", frame)) == stm1.b2_of(bytes(frame))


def test_bip24_of_each_single_octet() -> None:
    """An octet of the RSOH changes nothing, any other its own lane only."""
    for place in range(2430):
        frame = bytearray(2430)
        frame[place] = 0xA5
        row, column = divmod(place, 270)
        lanes = [0, 0, 0]
        if row >= 3 or column >= 9:
            lanes[column % 3] = 0xA5
        assert list(kernel("bip24", bytes(frame))) == lanes, place


@pytest.mark.parametrize("rows", [0, 1, 2, 63, 140])
def test_rows_of_64(rows: int) -> None:
    data = at(5, 64 * rows)
    assert bytes(kernel("rows64", data)) == bytes(bip.bip8(bytes(data[i::64])) for i in range(64))


@given(st.integers(0, 2**43 - 1), st.integers(0, 40), st.lists(st.integers(0, 70), min_size=1, max_size=6))
@settings(max_examples=40)
def test_x43_in_pieces(state: int, offset: int, lengths: list[int]) -> None:
    """x^43 + 1 from any state and address, in pieces of any length: the state goes on."""
    scrambler, there, back = scramble.X43Scrambler(state), state, state
    for length in lengths:
        data = at(offset, length)
        line, there = kernel("scramble43", data, there)
        assert line == scrambler.process(bytes(data))
        plain, back = kernel("descramble43", line, back)
        assert plain == data
        offset += length


@pytest.mark.parametrize(
    ("plain", "line"),
    [
        (b"\xff" * 16, "FF FF FF FF FF E0 00 00 00 00 03 FF FF FF FF FF"),
        (b"\x80" + bytes(15), "80 00 00 00 00 10 00 00 00 00 02 00 00 00 00 00"),
        (bytes(range(1, 17)), "01 02 03 04 05 06 27 48 69 8A AB C8 E4 03 3E 45"),
    ],
)
def test_x43_vectors(plain: bytes, line: str) -> None:
    """STANDARDS 6: x43, state 0."""
    assert kernel("scramble43", plain)[0] == bytes.fromhex(line)
    assert kernel("descramble43", bytes.fromhex(line))[0] == plain


@pytest.mark.parametrize("shift", range(1, 8))
def test_shift_of_a_bit_stream(shift: int) -> None:
    """Each octet out holds the low bits of the one before and the high bits of its own."""
    for length in [*range(2, 80), 2430]:
        data = at(shift, length)
        bits = "".join(f"{octet:08b}" for octet in data)[shift:]
        expected = bytes(int(bits[i : i + 8], 2) for i in range(0, 8 * (length - 1), 8))
        assert kernel("shift", data, shift=shift) == expected, length


def test_keystream_vector() -> None:
    """STANDARDS 1, scrambler: an unequipped VC-4 in frame 0 shows the keystream itself."""
    line = Line().build(1)
    first = "FE 04 18 51 E4 59 D4 FA 1C 49 B5 BD 8D 2E E6 55 FC 08 30 A3 C8 B3 A9 F4 38 93 6B 7B 1A 5D CC AB"
    assert line[9:41] == bytes.fromhex(first)
    assert line[-4:] == bytes.fromhex("E4 59 D4 FA")


def test_a_line_is_the_same_with_every_variant(variant: str) -> None:
    line = Line()
    octets = line.build(3)
    select_kernels("portable")
    assert Line().build(3) == octets


@pytest.mark.parametrize("n", [1, 4, 16])
def test_a_frame_in_one_pass(n: int) -> None:
    """Scrambled and descrambled; B1 of what is on the line, B2 of what is not scrambled."""
    plain = random.Random(n).randbytes(2430 * n)
    key = bytes(9 * n) + scramble.keystream(2421 * n)
    line = bytes(a ^ b for a, b in zip(plain, key, strict=True))
    parities = bip.bip8(line), kernel("bip24", plain)
    assert kernel("frame_send", plain) == (line, *parities)
    assert kernel("frame_receive", line) == (plain, *parities)


@pytest.mark.parametrize("size", [1, 5, 62, 63])
def test_rows_and_runs(size: int) -> None:
    """A group's octets in the columns of its members, in any order, and back."""
    for seed in range(4):
        columns = random.Random(seed).sample(range(63), size) if seed else list(range(size))
        of = [columns.index(c) if c in columns else 255 for c in range(64)]
        octets = NOISE[: 140 * size]
        rows = kernel("rows_deal", octets, of=of)
        assert rows == b"".join(
            bytes(octets[r * size + k] if k < size else 0 for k in of) for r in range(140)
        ), seed
        assert kernel("rows_gather", rows, of=columns) == octets, seed
