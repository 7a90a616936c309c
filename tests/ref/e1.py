"""E1 in a VC-12: asynchronous with justification, and byte-synchronous (STANDARDS 5).

All functions work on the 140 octets of a VC-12; its path overhead (octets 0, 35, 70, 105) is left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from . import vc12
from .bits import bits_of, octets_of

LABEL_ASYNC, LABEL_BYTE = 0b010, 0b100  # signal labels in V5
I_BITS = 1023  # and two justification opportunities: 1023 to 1025 bits in 500 us, 1024 nominally
C_OCTETS = (36, 71, 106)  # bits 1 and 2 are C1 and C2
BYTE_RUNS = (2, 37, 72, 107)  # where the four E1 frames begin when byte-synchronous
FRAME = 32  # octets of an E1 frame, TS0 to TS31


def _at(octet: int, bit: int) -> int:
    """Place in the 1120 bits of the VC-12; bits of an octet count from 1."""
    return 8 * octet + bit - 1


def _octets(first: int, last: int) -> list[int]:
    """The places of the bits of octets `first` to `last`."""
    return list(range(_at(first, 1), _at(last, 8) + 1))


S1, S2 = _at(106, 8), _at(107, 1)
C1 = [_at(octet, 1) for octet in C_OCTETS]
C2 = [_at(octet, 2) for octet in C_OCTETS]
O = [_at(octet, bit) for octet in C_OCTETS[:2] for bit in (3, 4, 5, 6)]
I = _octets(2, 33) + _octets(37, 68) + _octets(72, 103) + _octets(107, 107)[1:] + _octets(108, 138)

BEFORE_S = sum(place < S1 for place in I)  # data bits before S1 and S2


def _majority(bits: Sequence[int]) -> int:
    return int(2 * sum(bits) > len(bits))


def put_async(vc: bytearray, bits: Sequence[int], s1: int | None, s2: int | None, overhead: int = 0) -> None:
    """Fill the VC-12 with 1023 data bits and those of the justification opportunities, None for stuff.

    `overhead`: the eight O bits. R bits and stuff are zero.
    """
    if len(bits) != I_BITS:
        raise ValueError(f"{I_BITS} data bits, not {len(bits)}")
    data = [bit for bit in (s1, s2) if bit is not None]
    stream = [*bits[:BEFORE_S], *data, *bits[BEFORE_S:]]
    put_stream(vc, stream, s1 is not None, s2 is not None, overhead)


def put_stream(vc: bytearray, bits: Sequence[int], s1_data: bool, s2_data: bool, overhead: int = 0) -> None:
    """Fill the VC-12 with a run of the E1: S1 and S2, where they are data, lie in order between I bits.

    C = 000: S is data; C = 111: S is stuff.
    """
    places = stream_places(s1_data, s2_data)
    if len(bits) != len(places):
        raise ValueError(f"{len(places)} bits, not {len(bits)}")
    out = [0] * (8 * vc12.SIZE)
    for place, bit in zip(places, bits, strict=True):
        out[place] = bit
    for place in C1:
        out[place] = int(not s1_data)
    for place in C2:
        out[place] = int(not s2_data)
    for place, bit in zip(O, bits_of(bytes([overhead])), strict=True):
        out[place] = bit
    octets = octets_of(out)
    for place in vc12.PAYLOAD_PLACES:
        vc[place] = octets[place]


@cache
def stream_places(s1_data: bool, s2_data: bool) -> list[int]:
    """Where the bits of the E1 lie, in their order: 1023 to 1025 places."""
    return sorted(I + [S1] * s1_data + [S2] * s2_data)


def justification(vc: bytes) -> tuple[bool, bool]:
    """Are S1 and S2 data? Two of three C bits say so."""
    return _justification(bits_of(vc))


def _justification(bits: Sequence[int]) -> tuple[bool, bool]:
    c1, c2 = _majority([bits[place] for place in C1]), _majority([bits[place] for place in C2])
    return not c1, not c2


def take_async(vc: bytes) -> list[int]:
    """The 1023 to 1025 bits of the E1 in the VC-12."""
    bits = bits_of(vc)
    return [bits[place] for place in stream_places(*_justification(bits))]


def overhead_bits(vc: bytes) -> int:
    """The eight O bits as one octet."""
    bits = bits_of(vc)
    return octets_of([bits[place] for place in O])[0]


def put_byte(vc: bytearray, frames: Sequence[bytes]) -> None:
    """Fill the VC-12 byte-synchronously with four E1 frames, each behind an octet of overhead and an R octet."""
    for place in vc12.PAYLOAD_PLACES:
        vc[place] = 0
    for start, frame in zip(BYTE_RUNS, frames, strict=True):
        if len(frame) != FRAME:
            raise ValueError(f"an E1 frame has {FRAME} octets, not {len(frame)}")
        vc[start : start + FRAME] = frame


def take_byte(vc: bytes) -> list[bytes]:
    """The four E1 frames of a byte-synchronous VC-12."""
    return [bytes(vc[start : start + FRAME]) for start in BYTE_RUNS]
