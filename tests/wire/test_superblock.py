"""64B/65B blocks and superblocks: published and computed vectors, and every error that can be put right."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msapemu._framing import (
    ERR_OCTET,
    PAD_OCTET,
    decode_superblocks,
    encode_superblocks,
    kernel_names,
    select_kernels,
)

CONTROLS = bytes.fromhex("1C3C5C7C9CBCDCFCF7FBFDFE") + bytes([ERR_OCTET, PAD_OCTET])  # codes 0 to D
BITS = 536
POLYNOMIAL = 0x1941F


def long_division(octets: bytes) -> int:
    """The remainder of the octets times x^16, bit by bit."""
    remainder = 0
    for bit in f"{int.from_bytes(octets, 'big'):0{8 * len(octets)}b}" + "0" * 16:
        remainder = remainder << 1 | int(bit)
        if remainder >> 16:
            remainder ^= POLYNOMIAL
    return remainder


@pytest.fixture(params=kernel_names(), autouse=True)
def variant(request: pytest.FixtureRequest):
    select_kernels(request.param)
    yield request.param
    select_kernels()


def characters(text: str) -> tuple[bytes, bytes]:
    """"K28.5 D16.2 55 PAD" -> octets and flags; two hex digits are data."""
    octets, control = bytearray(), bytearray()
    for word in text.split():
        if word in ("PAD", "ERR"):
            octets.append(PAD_OCTET if word == "PAD" else ERR_OCTET)
        elif "." in word:
            x, y = word[1:].split(".")
            octets.append(int(y) << 5 | int(x))
        else:
            octets.append(int(word, 16))
        control.append(word[0] in "KPE")
    return bytes(octets), bytes(control)


IDLE = "K28.5 D16.2 " * 4
DATA = "11 22 33 44 55 66 77 88 "
START = "K27.7 55 55 55 55 55 55 D5 "
END = "01 02 03 K29.7 K23.7 K28.5 C5 PAD "


@pytest.mark.parametrize(
    ("text", "flag", "octets"),
    [
        (IDLE, 1, "85A5C565 50505050"),
        (START, 1, "09555555 555555D5"),
        (END, 1, "BAC8D57D 010203C5"),
        (DATA, 0, "11223344 55667788"),
        ("K28.0 K28.1 K28.2 K28.3 K28.4 K28.5 K28.6 K28.7", 1, "8091A2B3 C4D5E677"),
        ("K23.7 K27.7 K29.7 K30.7 ERR PAD 00 FF", 1, "8899AABB CC5D00FF"),
        ("00 00 00 00 00 00 00 K30.7", 1, "7B000000 00000000"),
    ],
)
def test_blocks(text: str, flag: int, octets: str) -> None:
    superblock = encode_superblocks(*characters(text + " " + DATA * 7))
    assert superblock[:8] == bytes.fromhex(octets)
    assert superblock[64] == flag << 7
    assert decode_superblocks(superblock) == (*characters(text + " " + DATA * 7), [0])


@pytest.mark.parametrize(
    ("text", "flags", "crc"),
    [
        (DATA * 8, 0x00, 0xC72A),
        (IDLE * 8, 0xFF, 0xD9D1),
        (IDLE + DATA + START + END + DATA * 3 + "ERR 00 00 00 00 00 00 00", 0xB1, 0x916D),
    ],
)
def test_superblocks(text: str, flags: int, crc: int) -> None:
    superblock = encode_superblocks(*characters(text))
    assert superblock[64] == flags
    assert int.from_bytes(superblock[65:], "big") == crc == long_division(superblock[:65])
    octets, control, corrected = decode_superblocks(superblock)
    assert (octets, control) == characters(text) and corrected == [0]


@pytest.mark.parametrize(
    ("octets", "crc"),
    [("80" + "00" * 64, 0x9AA2), ("FF" * 65, 0x133C), (bytes(range(65)).hex(), 0x8D60)],
    ids=["G.7041 III.2", "ones", "counting"],
)
def test_crc_of_65_octets(octets: str, crc: int) -> None:
    """As the sink sees it: no error with this CRC, and one with every other one that has a bit more or less."""
    data = bytes.fromhex(octets)
    assert long_division(data) == crc
    assert decode_superblocks(data + crc.to_bytes(2, "big"))[2] == [0]
    for bit in range(16):
        assert decode_superblocks(data + (crc ^ 1 << bit).to_bytes(2, "big"))[2] == [1]


def test_crc_of_random_superblocks() -> None:
    chance = random.Random(3)
    sealed = encode_superblocks(chance.randbytes(64 * 50))
    for at in range(0, len(sealed), 67):
        assert int.from_bytes(sealed[at + 65 : at + 67], "big") == long_division(sealed[at : at + 65])


def flipped(superblock: bytes, *bits: int) -> bytes:
    word = int.from_bytes(superblock, "big")
    for bit in bits:
        word ^= 1 << (BITS - 1 - bit)
    return word.to_bytes(67, "big")


GOOD = encode_superblocks(*characters(IDLE + DATA + START + END + DATA * 4))
MEANT = decode_superblocks(GOOD)[:2]


def test_every_single_error_is_corrected() -> None:
    for bit in range(BITS):
        assert decode_superblocks(flipped(GOOD, bit)) == (*MEANT, [1])


def test_every_pair_43_apart_is_corrected() -> None:
    for bit in range(BITS - 43):
        assert decode_superblocks(flipped(GOOD, bit, bit + 43)) == (*MEANT, [2])


def test_pairs_across_superblocks_are_two_singles() -> None:
    two = int.from_bytes(GOOD + GOOD, "big")
    for bit in range(BITS - 43, BITS):
        wrong = two ^ 1 << (2 * BITS - 1 - bit) ^ 1 << (2 * BITS - 1 - bit - 43)
        octets, control, corrected = decode_superblocks(wrong.to_bytes(134, "big"))
        assert corrected == [1, 1]
        assert (octets, control) == (MEANT[0] * 2, MEANT[1] * 2)


def test_without_correction_every_error_is_only_found() -> None:
    for bit in range(BITS):
        octets, control, corrected = decode_superblocks(flipped(GOOD, bit), correct=False)
        assert corrected == [-1]
        assert octets == bytes([ERR_OCTET]) * 64 and control == bytes([1]) * 64


def test_three_errors_never_go_unseen() -> None:
    """None of 20 000 random triples passes as good; nearly all are found, the rest taken for one or two errors."""
    chance = random.Random(4)
    found = 0
    for _ in range(20000):
        (bits,) = decode_superblocks(flipped(GOOD, *chance.sample(range(BITS), 3)))[2]
        assert bits != 0
        found += bits < 0
    # 1029 of 65536 syndromes accuse somebody; those of triples are spread over the odd half or over all
    assert found > 20000 * (1 - 2 * 1029 / 65536) - 300


def test_two_errors_are_never_taken_for_none() -> None:
    chance = random.Random(5)
    for _ in range(5000):
        a, b = chance.sample(range(BITS), 2)
        (bits,) = decode_superblocks(flipped(GOOD, a, b))[2]
        assert bits == 2 if abs(a - b) == 43 else bits != 0


any_characters = st.lists(
    st.tuples(st.integers(0, 255), st.just(0)) | st.tuples(st.sampled_from(list(CONTROLS)), st.just(1)), max_size=200
)


@given(any_characters)
@settings(max_examples=100)
def test_there_and_back(some: list[tuple[int, int]]) -> None:
    octets, control = bytes(c[0] for c in some), bytes(c[1] for c in some)
    superblocks = encode_superblocks(octets, control)
    assert len(superblocks) == 67 * ((len(some) + 63) // 64)
    missing = -len(some) % 64
    expected = (octets + bytes([PAD_OCTET]) * missing, control + b"\1" * missing)
    assert decode_superblocks(superblocks) == (*expected, [0] * (len(superblocks) // 67))


@given(st.binary(min_size=8, max_size=8))
@settings(max_examples=300)
def test_a_block_means_one_row_of_characters_or_none(block: bytes) -> None:
    """What is read from any eight octets is what gives these octets back; else it is 10B_ERR."""
    data = block + bytes(56) + b"\x80"
    octets, control, corrected = decode_superblocks(data + long_division(data).to_bytes(2, "big"))
    assert corrected == [0]
    if bytes([ERR_OCTET, 1]) in map(bytes, zip(octets[:8], control[:8], strict=True)):
        return
    assert encode_superblocks(octets, control)[:8] == block


@pytest.mark.parametrize(
    "block",
    ["9515000000000000", "D5C5000000000000", "8595A5B5C5D5E5F5"],
    ids=["position twice", "position falls", "last one missing"],
)
def test_blocks_that_are_none(block: str) -> None:
    data = bytes.fromhex(block) + bytes(56) + b"\x80"
    octets, control, _ = decode_superblocks(data + long_division(data).to_bytes(2, "big"))
    assert octets[:8] == bytes([ERR_OCTET]) * 8 and control[:8] == b"\1" * 8
    assert control[8:] == bytes(56)


def test_spare_codes_are_errors() -> None:
    data = bytes.fromhex("8E5F112233445566") + bytes(56) + b"\x80"
    octets, control, _ = decode_superblocks(data + long_division(data).to_bytes(2, "big"))
    assert octets[:8] == bytes.fromhex("FF 11 22 33 44 FF 55 66") and control[:8] == b"\1\0\0\0\0\1\0\0"


def test_all_kernels_do_the_same() -> None:
    """Whatever the octets are: control octets that are none, blocks that are none."""
    chance = random.Random(6)
    for n in range(400):
        octets = chance.randbytes(64)
        control = bytes(chance.random() < n / 400 for _ in range(64))
        data = chance.choice((octets, bytes(octet & 0x7F if chance.randrange(4) else octet for octet in octets)))
        data += bytes([chance.randrange(256)])
        received = data + long_division(data).to_bytes(2, "big")
        results = set()
        for name in kernel_names():
            select_kernels(name)
            decoded = decode_superblocks(received)
            results.add((encode_superblocks(octets, control), decoded[0], decoded[1]))
        assert len(results) == 1
