"""LAPS of X.86, Ethernet over SDH and PDH in octets between flags; and the octet-synchronous PPP that is so alike
(STANDARDS 0; RFC 1662 4).

    7E  04 03 FE 01  MAC frame with its FCS  FCS-32  7E

The FCS-32 is that of RFC 1662: least significant bits first, least significant octet first. Octets 7E and 7D between
flags are sent as 7D 5E and 7D 5D. 7D DD is for rate adaptation, nothing of the frame. 7D 7E aborts. x^43+1 is outside.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .crc import eth_fcs

FLAG, ESCAPE = 0x7E, 0x7D
FILL = 0xDD  # behind an escape: rate adaptation
HEADER = bytes.fromhex("0403fe01")
SHORTEST = 4  # octets before the FCS


def stuffed(octets: bytes) -> bytes:
    """What is sent for the octets of a frame."""
    return octets.replace(b"\x7d", b"\x7d\x5d").replace(b"\x7e", b"\x7d\x5e")


def between_flags(frame: bytes) -> bytes:
    """The frame, header and all, with its FCS-32."""
    return stuffed(frame + eth_fcs(frame))


def ethernet(mac_frame: bytes) -> bytes:
    """LAPS of a MAC frame given without FCS."""
    return HEADER + mac_frame + eth_fcs(mac_frame)


def stream(frames: Iterable[bytes], flags: int = 1) -> bytes:
    """Frames with so many flags before each and one behind the last."""
    return b"".join(bytes([FLAG]) * flags + between_flags(frame) for frame in frames) + bytes([FLAG])


@dataclass
class Found:
    """What a stream has in it."""

    frames: list[bytes] = field(default_factory=list)
    fcs_errors: int = 0
    aborts: int = 0
    invalid: int = 0  # too short, or an escape of nothing known


def parse(octets: bytes) -> Found:
    """What stands between two flags. (What is before the first or behind the last is nothing.)"""
    found = Found()
    for piece in octets.split(bytes([FLAG]))[1:-1]:
        if not piece.replace(bytes([ESCAPE, FILL]), b""):
            continue
        if piece[-1] == ESCAPE:
            found.aborts += 1
            continue
        plain = _plain(piece)
        if plain is None or len(plain) < SHORTEST + 4:
            found.invalid += 1
        elif eth_fcs(plain[:-4]) != plain[-4:]:
            found.fcs_errors += 1
        else:
            found.frames.append(plain[:-4])
    return found


def _plain(piece: bytes) -> bytes | None:
    out, octets = bytearray(), iter(piece)
    for octet in octets:
        if octet != ESCAPE:
            out.append(octet)
            continue
        following = next(octets)
        if following == FILL:
            continue
        if following not in (0x5E, 0x5D):
            return None
        out.append(following ^ 0x20)
    return bytes(out)


def mac_frame(frame: bytes) -> bytes | None:
    """The MAC frame without FCS of a LAPS frame; None when it is none, or its own FCS is wrong."""
    if not frame.startswith(HEADER) or eth_fcs(frame[4:-4]) != frame[-4:]:
        return None
    return frame[4:-4]
