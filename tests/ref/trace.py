"""Trail trace identifiers of J0, J1 and J2 (STANDARDS 1, trail trace)."""

from __future__ import annotations

from .crc import crc7

LENGTH = 16
LONG = 64  # J1 only
END = b"\r\n"
UNUSED_J0 = b"\x01"  # a single octet 01, over and over


def build(text: str) -> bytes:
    """16-octet trace: marker 1 and CRC-7, then 15 T.50 characters, padded with spaces.

    The CRC-7 runs over the 16 octets with the C bits at 0 and the marker 1 present (octet 0 = 80h).
    """
    characters = text.encode("ascii").ljust(15, b" ")
    if len(characters) != 15:
        raise ValueError("a trail trace holds 15 characters")
    return bytes([0x80 | crc7(b"\x80" + characters)]) + characters


def build_long(text: str, pad: bytes = b" ") -> bytes:
    """64-octet trace of J1: 62 characters of free format, then CR LF; no CRC."""
    characters = text.encode("ascii").ljust(LONG - len(END), pad)
    if len(characters) != LONG - len(END):
        raise ValueError("a long trail trace holds 62 characters")
    return characters + END


def octets_of(trace: str | bytes) -> bytes:
    """A 16-octet trace of a text; octets are sent as they are, over and over."""
    return build(trace) if isinstance(trace, str) else trace


def check(trace: bytes) -> bool:
    """True if the 16 octets begin with the marker and their CRC-7 stands."""
    return len(trace) == LENGTH and trace[0] >> 7 == 1 and trace[0] & 0x7F == crc7(b"\x80" + trace[1:])


def find(octets: bytes) -> str | None:
    """Text of the first whole trace of 16 octets in a run (one a frame), or None. Trailing spaces stay."""
    for start in range(len(octets) - LENGTH + 1):
        if check(octets[start : start + LENGTH]):
            return octets[start + 1 : start + LENGTH].decode("ascii", "replace")
    return None


def find_long(octets: bytes) -> str | None:
    """Text of the first whole trace of 64 octets that ends with CR LF and comes twice, or None."""
    for start in range(len(octets) - 2 * LONG + 1):
        once, again = octets[start : start + LONG], octets[start + LONG : start + 2 * LONG]
        if once == again and once.endswith(END) and b"\r" not in once[: -len(END)]:
            return once[: -len(END)].decode("ascii", "replace")
    return None
