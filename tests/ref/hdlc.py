"""HDLC on strings of bits (ISO/IEC 13239): what stands between flags, without the zeros put in, with a good FCS-16.

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


def fcs(bits: str) -> str:
    """The 16 bits of the FCS in the order of sending: the complement of what is left of x^k (x^15 + ... + 1) plus
    x^16 times the frame, divided by x^16 + x^12 + x^5 + 1 (the coefficient of the highest power first)."""
    rest = [int(bit) for bit in bits] + [0] * 16
    for at in range(16):
        rest[at] ^= 1
    for at in range(len(bits)):
        if rest[at]:
            for power in (16, 12, 5, 0):
                rest[at + 16 - power] ^= 1
    return "".join(str(1 - bit) for bit in rest[-16:])


def between_flags(frame: bytes) -> str:
    """The frame with its FCS and the zeros that are put in."""
    bits = frame_bits(frame)
    return re.sub("11111", "111110", bits + fcs(bits))


def stream(frames: Iterable[bytes], flags: int = 1) -> str:
    """Frames with so many flags before each and one behind the last."""
    return "".join(FLAG * flags + between_flags(frame) for frame in frames) + FLAG


@dataclass
class Found:
    """What a stream has in it."""

    frames: list[bytes] = field(default_factory=list)
    fcs_errors: int = 0
    aborts: int = 0
    too_long: int = 0
    invalid: int = 0


def parse(bits: str, longest: int) -> Found:
    """Every piece that follows a flag, up to the next flag or abort. (Two flags may share a zero.)"""
    found = Found()
    for start in [match.start() + len(FLAG) for match in re.finditer(f"(?={FLAG})", bits)]:
        ones = re.compile("1{6,}").search(bits, start)
        if ones is None or (len(ones[0]) == 6 and ones.end() == len(bits)):
            # nothing ends it; but it may be too long already
            found.too_long += _octets(bits[start : ones.start() + 5 if ones else None]) > longest + 2
            continue
        # until the sixth one a flag or an abort is not known from a frame
        piece = bits[start : ones.start() + 5]
        if _octets(piece) > longest + 2:
            found.too_long += 1
        elif len(ones[0]) > 6:
            found.aborts += piece != "11111"
        elif piece not in ("11111", "011111"):  # flags beside each other
            _judge(_without_zeros(piece)[: -len("011111")], found)
    return found


def _without_zeros(bits: str) -> str:
    return re.sub("111110", "11111", bits)


def _octets(bits: str) -> int:
    """Whole ones."""
    return len(_without_zeros(bits)) // 8


def _judge(bits: str, found: Found) -> None:
    if len(bits) % 8 or len(bits) < 32:
        found.invalid += 1
    elif fcs(bits[:-16]) != bits[-16:]:
        found.fcs_errors += 1
    else:
        found.frames.append(frame_octets(bits[:-16]))
