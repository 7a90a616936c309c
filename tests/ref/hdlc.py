"""HDLC on strings of bits (ISO/IEC 13239): what stands between flags, without the zeros put in, with a good FCS-16
or FCS-32.

A stream of octets is a string of "0" and "1", the most significant bit of each octet first; a frame's octets have the
least significant bit first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

FLAG = "01111110"


def stream_bits(octets: bytes) -> str:
    return "".join(f"{octet:08b}" for octet in octets)


def stream_octets(bits: str) -> bytes:
    """`bits` of whole octets."""
    assert len(bits) % 8 == 0
    return bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))


def frame_bits(octets: bytes) -> str:
    return "".join(f"{octet:08b}"[::-1] for octet in octets)


def frame_octets(bits: str) -> bytes:
    return bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8))


_POWERS = {
    16: (16, 12, 5, 0),
    32: (32, 26, 23, 22, 16, 12, 11, 10, 8, 7, 5, 4, 2, 1, 0),
}  # of the generators


def fcs(bits: str, width: int = 16) -> str:
    """The 16 or 32 bits of the FCS in the order of sending: the complement of what is left of
    x^k (x^(width-1) + ... + 1) plus x^width times the frame, divided by the generator, that of 16 being
    x^16 + x^12 + x^5 + 1 (the coefficient of the highest power first)."""
    rest = [int(bit) for bit in bits] + [0] * width
    for at in range(width):
        rest[at] ^= 1
    for at in range(len(bits)):
        if rest[at]:
            for power in _POWERS[width]:
                rest[at + width - power] ^= 1
    return "".join(str(1 - bit) for bit in rest[-width:])


def between_flags(frame: bytes, width: int = 16) -> str:
    """The frame with its FCS and the zeros that are put in."""
    bits = frame_bits(frame)
    return re.sub("11111", "111110", bits + fcs(bits, width))


def stream(frames: Iterable[bytes], flags: int = 1, width: int = 16) -> str:
    """Frames with so many flags before each and one behind the last."""
    return "".join(FLAG * flags + between_flags(frame, width) for frame in frames) + FLAG


@dataclass
class Found:
    """What a stream has in it."""

    frames: list[bytes] = field(default_factory=list)
    fcs_errors: int = 0
    aborts: int = 0
    too_long: int = 0
    invalid: int = 0


def parse(bits: str, longest: int, width: int = 16) -> Found:
    """Every piece that follows a flag, up to the next flag or abort. (Two flags may share a zero.)"""
    found = Found()
    for start in [match.start() + len(FLAG) for match in re.finditer(f"(?={FLAG})", bits)]:
        ones = re.compile("1{6,}").search(bits, start)
        if ones is None or (len(ones[0]) == 6 and ones.end() == len(bits)):
            # nothing ends it; but it may be too long already
            found.too_long += _octets(bits[start : ones.start() + 5 if ones else None]) > longest + width // 8
            continue
        # until the sixth one a flag or an abort is not known from a frame
        piece = bits[start : ones.start() + 5]
        if _octets(piece) > longest + width // 8:
            found.too_long += 1
        elif len(ones[0]) > 6:
            found.aborts += piece != "11111"
        elif piece not in ("11111", "011111"):  # flags beside each other
            _judge(_without_zeros(piece)[: -len("011111")], found, width)
    return found


def _without_zeros(bits: str) -> str:
    return re.sub("111110", "11111", bits)


def _octets(bits: str) -> int:
    """Whole ones."""
    return len(_without_zeros(bits)) // 8


def _judge(bits: str, found: Found, width: int) -> None:
    if len(bits) % 8 or len(bits) < 16 + width:
        found.invalid += 1
    elif fcs(bits[:-width], width) != bits[-width:]:
        found.fcs_errors += 1
    else:
        found.frames.append(frame_octets(bits[:-width]))
