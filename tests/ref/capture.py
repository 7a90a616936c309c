"""The records of a pcap, pcapng or ERF file, whatever is in them."""

from __future__ import annotations

import struct
from pathlib import Path

_ORDERS = {bytes.fromhex("d4c3b2a1"): "<", bytes.fromhex("a1b2c3d4"): ">"}  # by magic number
_ERF_ETHERNET, _ERF_PAD = 2, 2  # type, and octets between its header and the frame


_PCAPNG, _PACKET = bytes.fromhex("0a0d0d0a"), 6  # magic number; type of the block of a packet


def records(path: Path) -> list[bytes]:
    """Octets of each record; of ERF Ethernet records the frames, FCS and all."""
    octets = path.read_bytes()
    if octets[:4] in _ORDERS:
        return _pcap(octets, _ORDERS[octets[:4]])
    return _pcapng(octets) if octets[:4] == _PCAPNG else _erf(octets)


def _pcap(octets: bytes, order: str) -> list[bytes]:
    found, at = [], 24
    while at < len(octets):
        (length,) = struct.unpack(order + "I", octets[at + 8 : at + 12])
        found.append(octets[at + 16 : at + 16 + length])
        at += 16 + length
    return found


def _pcapng(octets: bytes) -> list[bytes]:
    order = "<" if octets[8:12] == bytes.fromhex("4d3c2b1a") else ">"
    found, at = [], 0
    while at < len(octets):
        kind, block = struct.unpack(order + "II", octets[at : at + 8])
        if kind == _PACKET:
            (length,) = struct.unpack(order + "I", octets[at + 20 : at + 24])
            found.append(octets[at + 28 : at + 28 + length])
        at += block
    return found


def _erf(octets: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(octets):
        kind, _, length, _, wire = struct.unpack(">BBHHH", octets[at + 8 : at + 16])
        if kind != _ERF_ETHERNET:
            raise ValueError(f"an ERF record of type {kind}")
        found.append(octets[at + 16 + _ERF_PAD :][:wire])
        at += length
    return found
