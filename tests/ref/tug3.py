"""TUG-3s in a VC-4, and a TUG-3 of TU-12s: columns, stuff, null pointer indication (STANDARDS 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .vc4 import COLUMNS as VC4_COLUMNS
from .vc4 import PAYLOAD
from .vc4 import ROWS as ROWS

COLUMNS = 86
SIZE = COLUMNS * ROWS
NPI = (0x9B, 0xE0)  # null pointer indication 1001SS11 11100000 with SS = 10
_NPI_WORD, _SS_BITS = 0x9BE0, 0b11 << 10
_WIDTH = VC4_COLUMNS - 1  # the payload of a VC-4 leaves out column 1: VC-4 column c is its column c - 2 from 0

Tu12 = tuple[int, int]  # L.M in a TUG-3


def vc4_columns(k: int) -> list[int]:
    """The 86 VC-4 columns, counted from 1, of TUG-3 number K: columns 2 and 3 of the VC-4 are stuff."""
    return [4 + (k - 1) + 3 * (x - 1) for x in range(1, COLUMNS + 1)]


def columns_of(tu: Tu12) -> list[int]:
    """The four columns, counted from 1, of TU-12 L.M in its TUG-3: 1 and 2 are stuff, then seven TUG-2s
    interleaved, in each of them three TU-12s."""
    ell, m = tu
    return [3 + (ell - 1) + 7 * (m - 1) + 21 * (x - 1) for x in (1, 2, 3, 4)]


_IN_VC4 = {k: [slice(column - 2, PAYLOAD, _WIDTH) for column in vc4_columns(k)] for k in (1, 2, 3)}
_IN_TUG3 = {
    (ell, m): [slice(column - 1, SIZE, COLUMNS) for column in columns_of((ell, m))]
    for ell in range(1, 8)
    for m in (1, 2, 3)
}


def payload_of(tug3s: Sequence[bytes]) -> bytes:
    """The 2340 payload octets of a VC-4 of three TUG-3s, each 774 octets, row by row."""
    payload = bytearray(PAYLOAD)
    for k, tug3 in enumerate(tug3s, 1):
        for x, where in enumerate(_IN_VC4[k]):
            payload[where] = tug3[x::COLUMNS]
    return bytes(payload)


def tug3_from(payload: bytes, k: int) -> bytes:
    """The 774 octets of TUG-3 number K in the payload of a VC-4."""
    tug3 = bytearray(SIZE)
    for x, where in enumerate(_IN_VC4[k]):
        tug3[x::COLUMNS] = payload[where]
    return bytes(tug3)


def of_tu12s(quarters: Mapping[Tu12, bytes]) -> bytes:
    """A TUG-3 of TU-12s, 36 octets of each: the NPI in column 1 rows 1 and 2, all other stuff 00."""
    tug3 = bytearray(SIZE)
    tug3[0], tug3[COLUMNS] = NPI
    for tu, octets in quarters.items():
        for x, where in enumerate(_IN_TUG3[tu]):
            tug3[where] = octets[x::4]
    return bytes(tug3)


def has_npi(tug3: bytes) -> bool:
    """True for a TUG-3 of TU-12s: the null pointer indication, with any SS, stands for a TU-3 pointer."""
    return (tug3[0] << 8 | tug3[COLUMNS]) | _SS_BITS == _NPI_WORD | _SS_BITS
