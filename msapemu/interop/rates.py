"""STM-N line rates, and the frame scrambler that they share."""

from __future__ import annotations

from functools import cache

from msapemu._framing import RATES, STM1_OCTETS

FRAME_NS = 125_000  # G.707 6.2: 8000 frames a second at every rate

A1, A2 = 0xF6, 0x28  # G.707 9.2.2.1
CLEAR_OCTETS = 9  # times N: the overhead of row 1 is not scrambled (G.707 6.5)


def frame_octets(rate: str) -> int:
    """G.707 6.2: 9 rows of 270 N."""
    return STM1_OCTETS * RATES[rate]


RATE_OF_OCTETS = {frame_octets(rate): rate for rate in RATES}


def line_name(rate: str) -> str:
    """For messages: "STM-4"."""
    return f"STM-{RATES[rate]}"


def framing(rate: str) -> bytes:
    """With what a frame begins: 3 N octets A1, 3 N octets A2."""
    third = 3 * RATES[rate]
    return bytes([A1]) * third + bytes([A2]) * third


def keystream(octets: int) -> bytes:
    """G.707 6.5: 1 + x^6 + x^7 from all ones, the first bit is the most significant one."""
    state, bits = 0x7F, 0
    for _ in range(8 * octets):
        bits = bits << 1 | state >> 6
        state = (state << 1 | (state >> 6 ^ state >> 5) & 1) & 0x7F
    return bits.to_bytes(octets, "big")


PERIOD = 127  # octets: 2^7 - 1 bits are no whole number of octets, eight times as many are


@cache
def _mask(rate: str) -> int:
    length, clear = frame_octets(rate), CLEAR_OCTETS * RATES[rate]
    stream = keystream(PERIOD) * (length // PERIOD + 1)
    return int.from_bytes(bytes(clear) + stream[: length - clear], "big")


def scrambled(rate: str, frame: bytes) -> bytes:
    """A frame as on the line of one that is not scrambled, and the other way round."""
    return (int.from_bytes(frame, "big") ^ _mask(rate)).to_bytes(len(frame), "big")
