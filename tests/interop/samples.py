"""Ethernet frames and files that several tests use."""

from __future__ import annotations

import os
import random
import struct
import zlib
from collections.abc import Iterable
from pathlib import Path

import pytest

# Frames after which `decode` reads VC-12 groups for sure: pointers, and three K4 multiframes. `encode` waits longer,
# for receivers that want more.
VC12_LEAD = 480

REPOSITORY = Path(__file__).resolve().parents[2]
# Public captures that lie outside the project; it ships none of them.
CAPTURES = Path(os.environ.get("MSAPEMU_CAPTURES", REPOSITORY.parent / "shared" / "captures"))


def public_capture(name: str) -> Path:
    """A capture beside the repository; the test is skipped where it is absent."""
    path = CAPTURES / name
    if not path.exists():
        pytest.skip(f"the public capture {name} is not here")
    return path


def ethernet(length: int, seed: int = 0, vlan: int | None = None) -> bytes:
    """A frame of `length` octets without FCS: addresses, a VLAN tag when asked for, type IPv4, random octets."""
    random_octets = random.Random(seed)
    head = bytes.fromhex("020000000001 020000000002".replace(" ", ""))
    if vlan is not None:
        head += struct.pack(">HH", 0x8100, vlan)
    head += b"\x08\x00"
    return head + random_octets.randbytes(length - len(head))


def with_fcs(frame: bytes) -> bytes:
    return frame + zlib.crc32(frame).to_bytes(4, "little")


def pcap_file(
    path: Path, frames: Iterable[bytes], link_type: int = 1, order: str = "<", magic: int = 0xA1B2C3D4
) -> Path:
    """A pcap file laid down by hand, one frame every millisecond."""
    octets = struct.pack(order + "IHHIIII", magic, 2, 4, 0, 0, 262144, link_type)
    for number, frame in enumerate(frames):
        octets += struct.pack(order + "IIII", 1 + number // 1000, number % 1000 * 1000, len(frame), len(frame)) + frame
    path.write_bytes(octets)
    return path
