"""The 8B/10B code: its defining properties, and words that IEEE 802.3 tables 36-1 and 36-2 list."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msapemu._framing import ERR_OCTET, decode_8b10b, encode_8b10b, kernel, kernel_names, select_kernels

# K28.0 to K28.7, K23.7, K27.7, K29.7, K30.7
CONTROLS = bytes.fromhex("1C3C5C7C9CBCDCFCF7FBFDFE")
CHARACTERS = [(octet, 0) for octet in range(256)] + [(octet, 1) for octet in CONTROLS]

# octet, control, symbol at negative and at positive running disparity: abcdei fghj
LISTED = [
    (0x00, 0, "1001110100", "0110001011"),  # D0.0
    (0x4A, 0, "0101010101", "0101010101"),  # D10.2
    (0xB5, 0, "1010101010", "1010101010"),  # D21.5
    (0x50, 0, "0110110101", "1001000101"),  # D16.2
    (0xC5, 0, "1010010110", "1010010110"),  # D5.6
    (0x42, 0, "1011010101", "0100100101"),  # D2.2
    (0xEB, 0, "1101001110", "1101001000"),  # D11.7
    (0xF1, 0, "1000110111", "1000110001"),  # D17.7
    (0xE7, 0, "1110001110", "0001110001"),  # D7.7
    (0x67, 0, "1110001100", "0001110011"),  # D7.3
    (0xFF, 0, "1010110001", "0101001110"),  # D31.7
    (0x1C, 1, "0011110100", "1100001011"),  # K28.0
    (0x3C, 1, "0011111001", "1100000110"),
    (0x5C, 1, "0011110101", "1100001010"),
    (0x7C, 1, "0011110011", "1100001100"),
    (0x9C, 1, "0011110010", "1100001101"),
    (0xBC, 1, "0011111010", "1100000101"),  # K28.5
    (0xDC, 1, "0011110110", "1100001001"),
    (0xFC, 1, "0011111000", "1100000111"),
    (0xF7, 1, "1110101000", "0001010111"),  # K23.7
    (0xFB, 1, "1101101000", "0010010111"),
    (0xFD, 1, "1011101000", "0100010111"),
    (0xFE, 1, "0111101000", "1000010111"),
]


def symbol(octet: int, control: int, positive: bool) -> tuple[int, bool]:
    (bits,), after = encode_8b10b(bytes([octet]), bytes([control]), positive)
    return bits, after


@pytest.mark.parametrize(("octet", "control", "negative", "positive"), LISTED)
def test_listed_words(octet: int, control: int, negative: str, positive: str) -> None:
    assert f"{symbol(octet, control, False)[0]:010b}" == negative
    assert f"{symbol(octet, control, True)[0]:010b}" == positive


def test_disparity_is_bounded() -> None:
    """A symbol has four, five or six ones; unequal ones change the running disparity, and only towards the other."""
    for (octet, control), positive in itertools.product(CHARACTERS, (False, True)):
        bits, after = symbol(octet, control, positive)
        disparity = 2 * bits.bit_count() - 10
        assert disparity in ((-2, 0) if positive else (0, 2))
        assert after == (positive if disparity == 0 else not positive)
        # and inside, behind six bits, it is bounded too
        assert 2 * (bits >> 4).bit_count() - 6 in ((-2, 0) if positive else (0, 2))


def test_a_symbol_means_one_character() -> None:
    for positive in (False, True):
        made = {symbol(*character, positive)[0]: character for character in CHARACTERS}
        assert len(made) == len(CHARACTERS) == 268
        for bits in range(1024):
            octets, control, _ = decode_8b10b([bits], positive)
            assert (octets[0], control[0]) == made.get(bits, (ERR_OCTET, 1))


def test_runs_are_of_five_at_most_and_the_comma_stands_alone() -> None:
    """Over every pair of characters: no run of six, and 0011111 or 1100000 only inside K28.1, K28.5, K28.7.

    K28.7 is left out as the first of a pair: with it a comma can come across the border, as the standard says.
    """
    for first, second, positive in itertools.product(CHARACTERS, CHARACTERS, (False, True)):
        a, after = symbol(*first, positive)
        b, _ = symbol(*second, after)
        text = f"{a:010b}{b:010b}"
        assert "000000" not in text and "111111" not in text
        if first == (0xFC, 1):
            continue
        places = {at for comma in ("0011111", "1100000") for at in range(14) if text.startswith(comma, at)}
        allowed = {at for at, one in ((0, first), (10, second)) if one in ((0x3C, 1), (0xBC, 1), (0xFC, 1))}
        assert places == allowed


@given(st.lists(st.sampled_from(CHARACTERS), max_size=200), st.booleans())
def test_there_and_back(characters: list[tuple[int, int]], positive: bool) -> None:
    octets, control = bytes(c[0] for c in characters), bytes(c[1] for c in characters)
    symbols, after = encode_8b10b(octets, control, positive)
    assert decode_8b10b(symbols, positive) == (octets, control, after)


def test_wrong_disparity_is_an_error() -> None:
    """Every symbol that turns the disparity is an error at the other one; the next symbols are right again."""
    for octet, control in CHARACTERS:
        bits, after = symbol(octet, control, False)
        if not after:
            continue
        following = symbol(0x4A, 0, True)[0]
        octets, flags, _ = decode_8b10b([bits, following], positive=True)
        assert (octets[0], flags[0]) == (ERR_OCTET, 1)
        assert (octets[1], flags[1]) == (0x4A, 0)


def test_every_single_bit_error_shows_by_the_end() -> None:
    """One wrong bit makes an illegal symbol, another character, or a disparity error further on; never nothing."""
    chance = random.Random(1)
    data = chance.randbytes(40)
    symbols, _ = encode_8b10b(data)
    for place, bit in itertools.product(range(len(symbols)), range(10)):
        wrong = list(symbols)
        wrong[place] ^= 1 << bit
        octets, control, _ = decode_8b10b(wrong)
        assert octets != data or any(control)


def test_10b_err_is_no_code_and_leaves_the_disparity() -> None:
    for positive in (False, True):
        bits, after = symbol(ERR_OCTET, 1, positive)
        assert f"{bits:010b}" == ("1100001110" if positive else "0011110001")
        assert after == positive
        assert decode_8b10b([bits], positive)[:2] == (bytes([ERR_OCTET]), b"\x01")


@pytest.mark.parametrize("variant", kernel_names())
def test_turns(variant: str) -> None:
    """The kernel that knows how data turns the disparity, against the code itself."""
    select_kernels(variant)
    try:
        chance = random.Random(2)
        for octet in range(256):
            assert kernel("turns", bytes([octet])) == encode_8b10b(bytes([octet]))[1]
        for length in (*range(1, 140), 1000, 1518):
            octets = chance.randbytes(length)
            assert kernel("turns", octets) == encode_8b10b(octets)[1]
    finally:
        select_kernels()
