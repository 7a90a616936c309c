"""VC-4: 261 columns by 9 rows, path overhead in column 1 (STANDARDS 2 and 3)."""

from __future__ import annotations

COLUMNS = 261
ROWS = 9
SIZE = COLUMNS * ROWS
PAYLOAD = (COLUMNS - 1) * ROWS
OVERHEAD = ("J1", "B3", "C2", "G1", "F2", "H4", "F3", "K3", "N1")
C2_UNEQUIPPED, C2_TUG, C2_GFP = 0x00, 0x02, 0x1B


def place(name: str) -> int:
    """Index of a path overhead octet in the row-major VC-4."""
    return OVERHEAD.index(name) * COLUMNS


def g1(rei: int, rdi: bool) -> int:
    """G1: bits 1-4 REI, bit 5 RDI, bits 6-8 zero."""
    return rei << 4 | rdi << 3


def rei_of(octet: int) -> int:
    """REI in G1: 0..8; 9..15 read as 0."""
    return octet >> 4 if octet >> 4 <= 8 else 0


def rdi_of(octet: int) -> bool:
    """One-bit RDI in G1: bits 5-7 = 100 or 111 (STANDARDS 3)."""
    return octet >> 1 & 0b111 in (0b100, 0b111)


def build(overhead: dict[str, int], payload: bytes) -> bytes:
    """A VC-4 from its path overhead (absent octets 00) and its 2340 payload octets, row by row."""
    if len(payload) != PAYLOAD:
        raise ValueError(f"a C-4 holds {PAYLOAD} octets")
    width = COLUMNS - 1
    rows = [payload[row * width : (row + 1) * width] for row in range(ROWS)]
    return b"".join(bytes([overhead.get(name, 0)]) + row for name, row in zip(OVERHEAD, rows, strict=True))


def overhead_of(vc4: bytes) -> dict[str, int]:
    """The path overhead octets by name."""
    return {name: vc4[place(name)] for name in OVERHEAD}


def payload_of(vc4: bytes) -> bytes:
    """The payload octets, row by row; also of a VC-4 that new data cut short."""
    return b"".join(vc4[start + 1 : start + COLUMNS] for start in range(0, len(vc4), COLUMNS))
