"""VC-4 and VC-4-Xc: 261X columns by 9 rows, path overhead in column 1 (STANDARDS 2 and 3)."""

from __future__ import annotations

COLUMNS = 261
ROWS = 9
SIZE = COLUMNS * ROWS
PAYLOAD = (COLUMNS - 1) * ROWS
OVERHEAD = ("J1", "B3", "C2", "G1", "F2", "H4", "F3", "K3", "N1")
C2_UNEQUIPPED, C2_TUG, C2_GFP = 0x00, 0x02, 0x1B


def place(name: str, width: int = 1) -> int:
    """Index of a path overhead octet in the row-major VC-4 (`width` 1) or VC-4-Xc (`width` X)."""
    return OVERHEAD.index(name) * COLUMNS * width


def g1(rei: int, rdi: bool) -> int:
    """G1: bits 1-4 REI, bit 5 RDI, bits 6-8 zero."""
    return rei << 4 | rdi << 3


ERDI = {"payload": 0b010, "server": 0b101, "connectivity": 0b110}  # G1 bits 5-7 and K4 bits 5-7
ERDI_NONE = 0b001  # of 000, 001 and 011, all three of which mean none


def g1_enhanced(rei: int, defect: str | None) -> int:
    """G1 with enhanced RDI: bits 1-4 REI, bits 5-7 the kind of the defect, bit 8 zero (STANDARDS 3)."""
    return rei << 4 | (ERDI[defect] if defect else ERDI_NONE) << 1


def erdi_of(code: int) -> str | None:
    """Kind of the remote defect that three bits tell; "rdi" when a one-bit RDI was sent."""
    if code in (0b100, 0b111):
        return "rdi"
    return {value: name for name, value in ERDI.items()}.get(code)


def rei_of(octet: int) -> int:
    """REI in G1: 0..8; 9..15 read as 0."""
    return octet >> 4 if octet >> 4 <= 8 else 0


def rdi_of(octet: int) -> bool:
    """One-bit RDI in G1: bits 5-7 = 100 or 111 (STANDARDS 3)."""
    return octet >> 1 & 0b111 in (0b100, 0b111)


def build(overhead: dict[str, int], payload: bytes, width: int = 1) -> bytes:
    """A VC-4 from its path overhead (absent octets 00) and its 2340 payload octets, row by row.

    Of a VC-4-Xc, with 2340X payload octets, columns 2 to X are fixed stuff 00 (STANDARDS 2).
    """
    if len(payload) != PAYLOAD * width:
        raise ValueError(f"this container holds {PAYLOAD * width} octets")
    columns, stuff = (COLUMNS - 1) * width, bytes(width - 1)
    rows = [payload[row * columns : (row + 1) * columns] for row in range(ROWS)]
    heads = [bytes([overhead.get(name, 0)]) + stuff for name in OVERHEAD]
    return b"".join(head + row for head, row in zip(heads, rows, strict=True))


def overhead_of(vc4: bytes, width: int = 1) -> dict[str, int]:
    """The path overhead octets by name."""
    return {name: vc4[place(name, width)] for name in OVERHEAD}


def payload_of(vc4: bytes, width: int = 1) -> bytes:
    """The payload octets, row by row; also of a VC-4 that new data cut short."""
    row = COLUMNS * width
    return b"".join(vc4[start + width : start + row] for start in range(0, len(vc4), row))
