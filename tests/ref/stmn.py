"""STM-N frame: section overhead, the columns of the AU-4s, parities, scrambling (STANDARDS 1 and 2)."""

from __future__ import annotations

from collections.abc import Sequence

from .bip import bip8, bip24n
from .scramble import KEYSTREAM_PERIOD, keystream

COLUMNS, SOH_COLUMNS, ROWS = 270, 9, 9  # of each AU-4's share of the frame
PAYLOAD_WIDTH = COLUMNS - SOH_COLUMNS
POINTER_ROW = 4
A1, A2 = 0xF6, 0x28
NATIONAL = 0xAA  # what follows J0 in row 1 is not scrambled, so kept rich in transitions

Place = tuple[int, int, int]  # S(a,b,c): row a, column N(b-1)+c

PLACES: dict[str, Place] = {  # what stands in one octet, but for M1
    "J0": (1, 7, 1),
    "B1": (2, 1, 1),
    "E1": (2, 4, 1),
    "F1": (2, 7, 1),
    "D1": (3, 1, 1),
    "D2": (3, 4, 1),
    "D3": (3, 7, 1),
    "K1": (5, 4, 1),
    "K2": (5, 7, 1),
    "D4": (6, 1, 1),
    "D5": (6, 4, 1),
    "D6": (6, 7, 1),
    "D7": (7, 1, 1),
    "D8": (7, 4, 1),
    "D9": (7, 7, 1),
    "D10": (8, 1, 1),
    "D11": (8, 4, 1),
    "D12": (8, 7, 1),
    "S1": (9, 1, 1),
    "E2": (9, 7, 1),
}
M1_PLACES: dict[int, Place] = {1: (9, 6, 1), 4: (9, 4, 3), 16: (9, 4, 3)}
MS_REI_MOST = {1: 24, 4: 96}  # a greater M1 reads as 0; in an STM-16 all of 0..255 count


def interleave(shares: Sequence[tuple[int, bytes]]) -> bytes:
    """Octets of AU-4s -> octets of the frame: column j of AU-4 k becomes column N(j-1)+k (STANDARDS 1).

    A share is that of one AU-4 (1, octets) or of an AU-4-Xc (X, octets), whose X AU-4s lie side by side.
    """
    n = sum(width for width, _ in shares)
    octets = bytearray(sum(len(share) for _, share in shares))
    k = 0
    for width, share in shares:
        for i in range(width):
            octets[k + i :: n] = share[i::width]
        k += width
    return bytes(octets)


def deinterleave(octets: bytes, widths: Sequence[int]) -> list[bytes]:
    """The way back: the octets of each AU-4 or AU-4-Xc."""
    n, k, shares = sum(widths), 0, []
    for width in widths:
        share = bytearray(len(octets) // n * width)
        for i in range(width):
            share[i::width] = octets[k + i :: n]
        shares.append(bytes(share))
        k += width
    return shares


class StmN:
    """The frame of an STM-N: 9 rows of 270N columns, row by row; rows and columns count from 1."""

    def __init__(self, n: int) -> None:
        if n not in M1_PLACES:
            raise ValueError(f"no STM-{n} here")
        self.n = n
        self.columns, self.soh_columns = COLUMNS * n, SOH_COLUMNS * n
        self.payload_width = PAYLOAD_WIDTH * n
        self.size = ROWS * self.columns
        self.places = {name: self._column(where) for name, where in (PLACES | {"M1": M1_PLACES[n]}).items()}
        self.clear_octets = 9 * n  # not scrambled: the overhead of row 1
        self.fas = bytes([A1] * (3 * n) + [A2] * (3 * n))
        repeated = keystream(KEYSTREAM_PERIOD) * (self.size // KEYSTREAM_PERIOD + 1)
        self._mask = int.from_bytes(repeated[: self.size - self.clear_octets], "big")

    def _column(self, where: Place) -> tuple[int, int]:
        """Row and column of S(a,b,c)."""
        a, b, c = where
        return a, self.n * (b - 1) + c

    def index(self, row: int, column: int) -> int:
        """Index of an octet in the frame."""
        return (row - 1) * self.columns + column - 1

    def scramble(self, frame: bytes) -> bytes:
        """Scramble or descramble: the same xor both ways; the first 9N octets stay clear (STANDARDS 1)."""
        return (int.from_bytes(frame, "big") ^ self._mask).to_bytes(self.size, "big")

    def build(
        self, overhead: dict[str, int], pointers: bytes, payload: bytes, previous: tuple[bytes, bytes] | None
    ) -> bytes:
        """The frame before scrambling.

        `pointers`: the 9N octets of row 4; `payload`: the 261N x 9 octets right of the overhead, row by row.
        `previous`: the frame before this one, as built and as scrambled, for B1 and B2; None for the first
        frame, whose parities are zero.
        """
        frame = bytearray(self.size)
        frame[: self.clear_octets] = self.fas + bytes([NATIONAL] * (3 * self.n))
        for name, octet in overhead.items():
            frame[self.index(*self.places[name])] = octet
        frame[self._row(POINTER_ROW, 1, self.soh_columns)] = pointers
        for row in range(1, ROWS + 1):
            part = payload[(row - 1) * self.payload_width : row * self.payload_width]
            frame[self._row(row, self.soh_columns + 1, self.columns)] = part
        if previous is not None:
            plain, scrambled = previous
            frame[self.index(*self.places["B1"])] = self.b1_of(scrambled)
            frame[self.b2_slice] = self.b2_of(plain)
        return bytes(frame)

    def _row(self, row: int, first: int, last: int) -> slice:
        """Columns `first` to `last` of a row."""
        return slice(self.index(row, first), self.index(row, last) + 1)

    @property
    def b2_slice(self) -> slice:
        """Where B2 lies: S(5,1,1) to S(5,3,N), row 5 columns 1 to 3N (STANDARDS 1)."""
        return self._row(5, 1, 3 * self.n)

    def b1_of(self, scrambled: bytes) -> int:
        """B1: BIP-8 over the whole frame after scrambling (STANDARDS 1, BIP)."""
        return bip8(scrambled)

    def b2_of(self, plain: bytes) -> bytes:
        """B2: BIP-24N of the frame before scrambling without rows 1-3 of the overhead (STANDARDS 1, BIP)."""
        covered = b"".join(plain[self._row(row, self.soh_columns + 1, self.columns)] for row in (1, 2, 3))
        return bip24n(covered + plain[self.index(4, 1) :], self.n)

    def ms_ais_of(self, plain: bytes) -> bytes:
        """All ones but for rows 1 to 3 of the overhead (STANDARDS 1, MS-AIS)."""
        frame = bytearray(b"\xff" * self.size)
        for row in (1, 2, 3):
            rsoh = self._row(row, 1, self.soh_columns)
            frame[rsoh] = plain[rsoh]
        return bytes(frame)

    def overhead_of(self, plain: bytes) -> dict[str, int]:
        """The named overhead octets of a descrambled frame."""
        return {name: plain[self.index(*where)] for name, where in self.places.items()}

    def pointers_of(self, plain: bytes) -> bytes:
        """The 9N octets of row 4."""
        return plain[self._row(POINTER_ROW, 1, self.soh_columns)]

    def payload_of(self, plain: bytes) -> bytes:
        """The 261N x 9 octets right of the overhead, row by row."""
        rows = range(1, ROWS + 1)
        return b"".join(plain[self._row(row, self.soh_columns + 1, self.columns)] for row in rows)

    def framed(self, frame: bytes) -> bool:
        """True if the frame begins with 3N A1 and 3N A2."""
        return frame.startswith(self.fas)

    def m1_of(self, octet: int) -> int:
        """MS-REI: bits 2-8 up to 24 (STM-1) or 96 (STM-4), more reads as 0; STM-16 0..255 (STANDARDS 1)."""
        most = MS_REI_MOST.get(self.n)
        if most is None:
            return octet
        return octet & 0x7F if octet & 0x7F <= most else 0
