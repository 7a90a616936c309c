"""8B/10B: characters and the 10-bit symbols of a line, by its 5B/6B and 3B/4B tables (IEEE 802.3 clause 36).

A character has the value 0..255 of a data octet D.x.y, or, being a control character, the 4-bit code that GFP-T
gives it (STANDARDS 6): 0..7 K28.0..K28.7, 8 K23.7, 9 K27.7, A K29.7, B K30.7, C 10B_ERR, D 65B_PAD.

A symbol is its ten bits abcdei fghj, a first and most significant. The running disparity is -1 or 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Character(NamedTuple):
    """A data octet, or a control character by its code."""

    value: int
    control: bool = False


def data(octets: bytes) -> list[Character]:
    """The data characters of the octets."""
    return [Character(octet) for octet in octets]


CONTROL_OCTETS = bytes.fromhex("1C 3C 5C 7C 9C BC DC FC F7 FB FD FE")  # by code
K28_1, K28_5, K28_7 = (Character(code, True) for code in (1, 5, 7))
K23_7, K27_7, K29_7, K30_7 = (Character(code, True) for code in (8, 9, 0xA, 0xB))
ERR = Character(0xC, True)  # 10B_ERR: a symbol that is none
PAD = Character(0xD, True)  # 65B_PAD: no character

# fmt: off
_SIX = [  # abcdei of D0 to D31 when the disparity is -1
    "100111", "011101", "101101", "110001", "110101", "101001", "011001", "111000",
    "111001", "100101", "010101", "110100", "001101", "101100", "011100", "010111",
    "011011", "100011", "010011", "110010", "001011", "101010", "011010", "111010",
    "110011", "100110", "010110", "110110", "001110", "101110", "011110", "101011",
]
# fmt: on
_SIX_K28 = "001111"
_FOUR_K28 = ["0100", "1001", "0101", "0011", "0010", "1010", "0110", "1000"]  # behind it
_FOUR_K7 = "1000"  # of K23.7, K27.7, K29.7, K30.7
# fghj of y = 0 to 7 when the disparity is -1
_FOUR = ["1011", "1001", "0101", "1100", "1101", "1010", "0110", "1110"]
_FOUR_A7 = "0111"  # in place of 1110, where that would make five equal bits e i f g h
_A7_WHEN = {-1: (17, 18, 20), 1: (11, 13, 14)}  # disparity before the four -> x
_SIX_BALANCED, _FOUR_BALANCED = "111000", "1100"  # balanced, and yet of two forms
_FORBIDDEN = {-1: 0b001111_0001, 1: 0b110000_1110}  # what 10B_ERR is sent as: disparity neutral, and no symbol [M]


def _inverted(bits: str) -> str:
    return bits.translate(str.maketrans("01", "10"))


def _after(bits: str, disparity: int) -> int:
    """The disparity behind a sub-block of six or four bits, whether it is allowed or not (clause 36.2.4.4)."""
    ones, zeros = bits.count("1"), bits.count("0")
    if ones != zeros:
        return 1 if ones > zeros else -1
    return {"000111": 1, "111000": -1, "0011": 1, "1100": -1}.get(bits, disparity)


def _sub_block(bits: str, disparity: int, two_forms: bool) -> str:
    """Of the form for disparity -1, that for the disparity given."""
    unbalanced = bits.count("1") * 2 != len(bits)
    return _inverted(bits) if disparity == 1 and (unbalanced or two_forms) else bits


def _encode(character: Character, disparity: int) -> tuple[str, int]:
    octet = CONTROL_OCTETS[character.value] if character.control else character.value
    x, y = octet & 31, octet >> 5
    if character.control:  # of two forms, each the other turned round
        symbol = _SIX_K28 + _FOUR_K28[y] if x == 28 else _SIX[x] + _FOUR_K7
        symbol = _inverted(symbol) if disparity == 1 else symbol
        return symbol, _after(symbol[6:], _after(symbol[:6], disparity))
    six = _sub_block(_SIX[x], disparity, _SIX[x] == _SIX_BALANCED)
    middle = _after(six, disparity)
    base = _FOUR_A7 if y == 7 and x in _A7_WHEN[middle] else _FOUR[y]
    four = _sub_block(base, middle, base == _FOUR_BALANCED)
    return six + four, _after(four, middle)


_OF_DISPARITY: dict[int, dict[int, Character]] = {-1: {}, 1: {}}  # symbol -> character
_SYMBOLS: dict[tuple[Character, int], tuple[int, int]] = {}
for _character in data(bytes(range(256))) + [Character(code, True) for code in range(12)]:
    for _before in (-1, 1):
        _bits, _behind = _encode(_character, _before)
        assert int(_bits, 2) not in _OF_DISPARITY[_before]
        _OF_DISPARITY[_before][int(_bits, 2)] = _character
        _SYMBOLS[_character, _before] = (int(_bits, 2), _behind)


class Encoder:
    """Characters -> symbols; the running disparity goes on."""

    def __init__(self, disparity: int = -1) -> None:
        self.disparity = disparity

    def encode(self, characters: Iterable[Character]) -> list[int]:
        """The symbols; 10B_ERR becomes a symbol that is none."""
        symbols = []
        for character in characters:
            if character == ERR:
                symbols.append(_FORBIDDEN[self.disparity])
            else:
                symbol, self.disparity = _SYMBOLS[character, self.disparity]
                symbols.append(symbol)
        return symbols


class Decoder:
    """Symbols -> characters; the running disparity goes on."""

    def __init__(self, disparity: int = -1) -> None:
        self.disparity = disparity

    def decode(self, symbols: Iterable[int]) -> list[Character]:
        """10B_ERR for a symbol that is none, or not one of the disparity (STANDARDS 6)."""
        characters = []
        for symbol in symbols:
            characters.append(_OF_DISPARITY[self.disparity].get(symbol, ERR))
            bits = format(symbol, "010b")
            self.disparity = _after(bits[6:], _after(bits[:6], self.disparity))
        return characters
