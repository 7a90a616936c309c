"""VC-3 as a TU-3 carries it: 85 columns by 9 rows, path overhead as in a VC-4 (STANDARDS 3 and 4)."""

from __future__ import annotations

from collections.abc import Mapping

from .vc4 import OVERHEAD

COLUMNS = 85
ROWS = 9
SIZE = COLUMNS * ROWS
PAYLOAD = (COLUMNS - 1) * ROWS  # C-3: 84 columns
C2_UNEQUIPPED, C2_ASYNC, C2_GFP = 0x00, 0x04, 0x1B
UNEQUIPPED = bytes(SIZE)


def index(row: int, column: int) -> int:
    """Index of an octet in the row-major VC-3; rows and columns count from 1."""
    return (row - 1) * COLUMNS + column - 1


def place(name: str) -> int:
    """Index of a path overhead octet: column 1, in the order J1 B3 C2 G1 F2 H4 F3 K3 N1."""
    return index(OVERHEAD.index(name) + 1, 1)


def build(overhead: Mapping[str, int], payload: bytes) -> bytes:
    """A VC-3 from its path overhead (absent octets 00) and its 756 payload octets, row by row."""
    if len(payload) != PAYLOAD:
        raise ValueError(f"a VC-3 holds {PAYLOAD} payload octets")
    width = COLUMNS - 1
    rows = [payload[row * width : (row + 1) * width] for row in range(ROWS)]
    return b"".join(bytes([overhead.get(name, 0)]) + row for name, row in zip(OVERHEAD, rows, strict=True))


def overhead_of(vc: bytes) -> dict[str, int]:
    """The path overhead octets by name."""
    return {name: vc[place(name)] for name in OVERHEAD}


def payload_of(vc: bytes) -> bytes:
    """The payload octets, row by row; also of a VC-3 that new data cut short."""
    return b"".join(vc[start + 1 : start + COLUMNS] for start in range(0, len(vc), COLUMNS))
