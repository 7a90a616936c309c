"""STM-1 frame: section overhead, AU-4 pointer row, parities, scrambling (STANDARDS 1 and 2)."""

from __future__ import annotations

from .bip import bip8, bip24
from .scramble import keystream

SIZE = 2430
COLUMNS = 270
ROWS = 9
SOH_COLUMNS = 9
PAYLOAD_WIDTH = COLUMNS - SOH_COLUMNS
POINTER_ROW = 4
A1, A2 = 0xF6, 0x28
CLEAR_OCTETS = 9  # the first 9 octets of row 1 are not scrambled

PLACES: dict[str, tuple[int, int]] = {  # (row, column), counted from 1
    "J0": (1, 7),
    "B1": (2, 1),
    "E1": (2, 4),
    "F1": (2, 7),
    "D1": (3, 1),
    "D2": (3, 4),
    "D3": (3, 7),
    "K1": (5, 4),
    "K2": (5, 7),
    "D4": (6, 1),
    "D5": (6, 4),
    "D6": (6, 7),
    "D7": (7, 1),
    "D8": (7, 4),
    "D9": (7, 7),
    "D10": (8, 1),
    "D11": (8, 4),
    "D12": (8, 7),
    "S1": (9, 1),
    "M1": (9, 6),
    "E2": (9, 7),
}
B2_PLACE = (5, 1)
NATIONAL = {(1, 8): 0xAA, (1, 9): 0xAA}  # not scrambled, so kept rich in transitions


def index(row: int, column: int) -> int:
    """Index of an octet in the frame, row and column counted from 1."""
    return (row - 1) * COLUMNS + column - 1


_KEYSTREAM = int.from_bytes(bytes(CLEAR_OCTETS) + keystream(SIZE - CLEAR_OCTETS), "big")


def scramble(frame: bytes) -> bytes:
    """Scramble or descramble: the same xor both ways; the first 9 octets stay clear (STANDARDS 1)."""
    return (int.from_bytes(frame, "big") ^ _KEYSTREAM).to_bytes(SIZE, "big")


def pointer_row(word: int, h3: bytes = bytes(3)) -> bytes:
    """Row 4 columns 1-9: H1 Y Y H2 1* 1* H3 H3 H3; Y = 1001SS11 with the SS of the word (STANDARDS 1)."""
    y = 0b10010011 | (word >> 10 & 0b11) << 2
    return bytes([word >> 8, y, y, word & 0xFF, 0xFF, 0xFF]) + h3


def build(
    overhead: dict[str, int], pointers: bytes, payload: bytes, previous: tuple[bytes, bytes] | None
) -> bytes:
    """The frame before scrambling.

    `payload`: the 261 x 9 octets right of the overhead, row by row. `previous`: the frame before this one, as
    built and as scrambled, for B1 and B2; None for the first frame, whose parities are zero.
    """
    frame = bytearray(SIZE)
    frame[0:6] = bytes([A1] * 3 + [A2] * 3)
    for (row, column), octet in NATIONAL.items():
        frame[index(row, column)] = octet
    for name, octet in overhead.items():
        frame[index(*PLACES[name])] = octet
    frame[index(POINTER_ROW, 1) : index(POINTER_ROW, 10)] = pointers
    for row in range(1, ROWS + 1):
        start = index(row, SOH_COLUMNS + 1)
        frame[start : start + PAYLOAD_WIDTH] = payload[(row - 1) * PAYLOAD_WIDTH : row * PAYLOAD_WIDTH]
    if previous is not None:
        plain, scrambled = previous
        frame[index(*PLACES["B1"])] = b1_of(scrambled)
        frame[index(*B2_PLACE) : index(*B2_PLACE) + 3] = b2_of(plain)
    return bytes(frame)


def b1_of(scrambled: bytes) -> int:
    """B1: BIP-8 over the whole frame after scrambling (STANDARDS 1, BIP)."""
    return bip8(scrambled)


def b2_of(plain: bytes) -> bytes:
    """B2: BIP-24 over the frame before scrambling without rows 1-3 of columns 1-9 (STANDARDS 1, BIP)."""
    covered = b"".join(plain[index(row, SOH_COLUMNS + 1) : index(row + 1, 1)] for row in (1, 2, 3))
    return bip24(covered + plain[index(4, 1) :])


def overhead_of(plain: bytes) -> dict[str, int]:
    """The named overhead octets of a descrambled frame."""
    return {name: plain[index(*where)] for name, where in PLACES.items()}


def payload_of(plain: bytes) -> bytes:
    """The 261 x 9 octets right of the overhead, row by row."""
    return b"".join(plain[index(row, SOH_COLUMNS + 1) : index(row + 1, 1)] for row in range(1, ROWS + 1))


def framed(frame: bytes) -> bool:
    """True if the frame begins with A1 A1 A1 A2 A2 A2."""
    return frame[:6] == bytes([A1] * 3 + [A2] * 3)


def m1_of(octet: int) -> int:
    """MS-REI: bits 2-8 as 0..24, more reads as 0 (STANDARDS 1)."""
    return octet & 0x7F if octet & 0x7F <= 24 else 0
