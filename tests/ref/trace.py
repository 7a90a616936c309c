"""Trail trace identifiers of J0, J1 and J2 (STANDARDS 1, trail trace)."""

from __future__ import annotations

from .crc import crc7

LENGTH = 16


def build(text: str) -> bytes:
    """16-octet trace: marker 1 and CRC-7, then 15 T.50 characters, padded with spaces.

    The CRC-7 runs over the 16 octets with the C bits at 0 and the marker 1 present (octet 0 = 80h).
    """
    characters = text.encode("ascii").ljust(15, b" ")
    if len(characters) != 15:
        raise ValueError("a trail trace holds 15 characters")
    return bytes([0x80 | crc7(b"\x80" + characters)]) + characters


def octets_of(trace: str | bytes) -> bytes:
    """A 16-octet trace of a text; octets are sent as they are, over and over."""
    return build(trace) if isinstance(trace, str) else trace


def check(trace: bytes) -> bool:
    """True if the 16 octets begin with the marker and their CRC-7 stands."""
    return len(trace) == LENGTH and trace[0] >> 7 == 1 and trace[0] & 0x7F == crc7(b"\x80" + trace[1:])


def find(octets: bytes) -> str | None:
    """Text of the first whole trace in a run of trace octets (one a frame), or None. Trailing spaces stay."""
    for start in range(len(octets) - LENGTH + 1):
        if check(octets[start : start + LENGTH]):
            return octets[start + 1 : start + LENGTH].decode("ascii", "replace")
    return None
