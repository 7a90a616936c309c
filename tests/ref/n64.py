"""n x 64 kbit/s: octets and HDLC in timeslots of an E1. The timeslots of a frame follow one another, then come those
of the next; of each octet bit 1, the most significant, is first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from . import hdlc


def take(frames: Iterable[bytes], timeslots: Sequence[int]) -> bytes:
    """The octets of the timeslots in E1 frames of 32 octets."""
    return b"".join(bytes(frame[slot] for slot in timeslots) for frame in frames)


def put(octets: bytes, timeslots: Sequence[int], idle: int = 0xFF) -> list[bytes]:
    """TS1 to TS31 of as many frames as the octets need; what is left of the last is filled with flags."""
    count = len(timeslots)
    octets += b"\x7e" * (-len(octets) % count)
    frames = []
    for at in range(0, len(octets), count):
        frame = bytearray([idle]) * 31
        for slot, octet in zip(timeslots, octets[at : at + count], strict=True):
            frame[slot - 1] = octet
        frames.append(bytes(frame))
    return frames


def hdlc_octets(frames: Iterable[bytes], flags: int = 2, width: int = 16, before: int = 0, behind: int = 32) -> bytes:
    """HDLC frames with flags between, before and behind them, in octets."""
    bits = hdlc.FLAG * before + hdlc.stream(frames, flags, width) + hdlc.FLAG * behind
    return hdlc.stream_octets(bits[: len(bits) // 8 * 8])
