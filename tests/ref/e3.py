"""E3 (34 368 kbit/s) in a VC-3, asynchronous with justification (STANDARDS 5).

All functions work on the 765 octets of a VC-3, row by row; its path overhead (column 1) is left alone. A
frame has three subframes of three rows, each with 1431 data bits and two justification opportunities.
"""

from __future__ import annotations

from collections.abc import Sequence

from . import vc3
from .bits import bits_of, octets_of

SUBFRAMES = 3
I_BITS = 1431  # of a subframe: 1431 to 1433 bits in 125/3 us, 1432 nominally
FIXED = (2, 6, 10, 14, 18, 19, 23, 27, 31, 35, 39, 44, 48, 52, 56, 60, 61, 65, 69, 73, 77, 81)  # columns of stuff
C_OCTETS = ((1, 43), (1, 85), (2, 43), (2, 85), (3, 43))  # row in the subframe, column: RRRRRRC1C2
A, B = (3, 83), (3, 84)  # RRRRRRRS1 and S2IIIIIII
STUFF = (3, 82)  # the one octet of stuff outside the fixed columns


class Subframe:
    """Where in the 6120 bits of the VC-3 the bits of a subframe (0 to 2) lie."""

    def __init__(self, number: int) -> None:
        def at(row: int, column: int, bit: int) -> int:
            return 8 * vc3.index(3 * number + row, column) + bit - 1

        self.s1, self.s2 = at(*A, 8), at(*B, 1)
        self.c1 = [at(*where, 7) for where in C_OCTETS]
        self.c2 = [at(*where, 8) for where in C_OCTETS]
        self.i: list[int] = []
        for row in (1, 2, 3):
            for column in range(2, vc3.COLUMNS + 1):
                if (row, column) == B:
                    self.i += [at(row, column, bit) for bit in range(2, 9)]
                elif column not in FIXED and (row, column) not in (*C_OCTETS, A, STUFF):
                    self.i += [at(row, column, bit) for bit in range(1, 9)]

        # the places of the bits of the E3 in their order, by what S1 and S2 are
        self.stream = {
            (s1, s2): sorted(self.i + [self.s1] * s1 + [self.s2] * s2) for s1 in (False, True) for s2 in (False, True)
        }


PLACES = [Subframe(number) for number in range(SUBFRAMES)]
Justification = tuple[bool, bool]  # are S1 and S2 data?
NOMINAL: Justification = (False, True)
BEFORE_S = sum(place < PLACES[0].s1 for place in PLACES[0].i)  # data bits of a subframe before S1 and S2


def _majority(bits: Sequence[int]) -> int:
    return int(2 * sum(bits) > len(bits))


def put_async(
    vc: bytearray, bits: Sequence[int], s1: Sequence[int | None], s2: Sequence[int | None]
) -> None:
    """Fill the VC-3 with 3 x 1431 data bits and those of the three S1 and three S2, None for stuff."""
    if len(bits) != SUBFRAMES * I_BITS:
        raise ValueError(f"{SUBFRAMES * I_BITS} data bits, not {len(bits)}")
    stream: list[int] = []
    for number in range(SUBFRAMES):
        data = [bit for bit in (s1[number], s2[number]) if bit is not None]
        of = bits[number * I_BITS : (number + 1) * I_BITS]
        stream += [*of[:BEFORE_S], *data, *of[BEFORE_S:]]
    put_stream(vc, stream, [(a is not None, b is not None) for a, b in zip(s1, s2, strict=True)])


def put_stream(vc: bytearray, bits: Sequence[int], choices: Sequence[Justification] = (NOMINAL,) * 3) -> None:
    """Fill the VC-3 with a run of the E3; `choices`: of each subframe, are S1 and S2 data?

    C = 00000: S is data; C = 11111: S is stuff. R bits and stuff are zero.
    """
    places = stream_places(choices)
    if len(bits) != len(places):
        raise ValueError(f"{len(places)} bits, not {len(bits)}")
    out = [0] * (8 * vc3.SIZE)
    for place, bit in zip(places, bits, strict=True):
        out[place] = bit
    for subframe, (s1_data, s2_data) in zip(PLACES, choices, strict=True):
        for place in subframe.c1:
            out[place] = int(not s1_data)
        for place in subframe.c2:
            out[place] = int(not s2_data)
    octets = octets_of(out)
    for row in range(1, vc3.ROWS + 1):
        first, last = vc3.index(row, 2), vc3.index(row, vc3.COLUMNS)
        vc[first : last + 1] = octets[first : last + 1]


def stream_places(choices: Sequence[Justification]) -> list[int]:
    """Where the bits of the E3 lie, in their order: 4293 to 4299 places."""
    return [place for sub, choice in zip(PLACES, choices, strict=True) for place in sub.stream[choice]]


def justification(vc: bytes) -> list[Justification]:
    """Of each subframe: are S1 and S2 data? Three of five C bits say so."""
    bits = bits_of(vc)
    c1 = [_majority([bits[place] for place in subframe.c1]) for subframe in PLACES]
    c2 = [_majority([bits[place] for place in subframe.c2]) for subframe in PLACES]
    return [(not a, not b) for a, b in zip(c1, c2, strict=True)]


def take_async(vc: bytes) -> list[int]:
    """The 4293 to 4299 bits of the E3 in the VC-3."""
    bits = bits_of(vc)
    return [bits[place] for place in stream_places(justification(vc))]
