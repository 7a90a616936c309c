"""pcap files (draft-ietf-opsawg-pcap): one link type, times in microseconds or nanoseconds, either byte order."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from msapemu.interop.erf import unpacked
from msapemu.interop.frame import NANOSECONDS, Frame
from msapemu.interop.octets import Octets

# magic as it stands in the file -> byte order, nanoseconds in a unit of the time fraction
MAGIC = {
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\x3c\x4d": (">", 1),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
}
# magic, version 2.4, two reserved words, snapshot length, link type
HEADER = "IHHIIII"
RECORD = "IIII"  # seconds, fraction, octets here, octets on the wire
SNAPSHOT = 262144

# The upper bits of the link type word tell the FCS: bit 26 that they do, bits 28-31 how many 16-bit words.
LINK_MASK = 0xFFFF
FCS_KNOWN = 1 << 26
FCS_SHIFT = 28


def read_pcap(octets: Octets) -> Iterator[Frame]:
    """The frames of a pcap file. UsageError with the octet where it is not one."""
    magic = octets.peek(4)
    if magic not in MAGIC:
        octets.fail("no pcap file (unknown magic number)")
    order, unit = MAGIC[magic]
    header = octets.take(struct.calcsize("=" + HEADER), "the pcap file header")
    _, major, minor, _, _, _, word = struct.unpack(order + HEADER, header)
    if major != 2:
        octets.fail(f"pcap version {major}.{minor} is not known", 4)
    link_type = word & LINK_MASK
    fcs_octets = 2 * (word >> FCS_SHIFT) if word & FCS_KNOWN else None
    size = struct.calcsize("=" + RECORD)
    while not octets.ended():
        start = octets.position
        seconds, fraction, here, original = struct.unpack(order + RECORD, octets.take(size, "a record header"))
        if fraction * unit >= NANOSECONDS:
            octets.fail("a record header with a time fraction of a second or more", start)
        at = octets.position
        data = octets.take(here, "a captured frame")
        time = seconds * NANOSECONDS + fraction * unit
        yield unpacked(octets, Frame(link_type, data, time, max(here, original), fcs_octets), at)


class PcapWriter:
    """Writes a pcap file, big-endian; nanosecond times when asked for."""

    def __init__(self, stream: BinaryIO, link_type: int, nanoseconds: bool = False) -> None:
        self._stream = stream
        self._unit = 1 if nanoseconds else 1000
        magic = 0xA1B23C4D if nanoseconds else 0xA1B2C3D4
        stream.write(struct.pack(">" + HEADER, magic, 2, 4, 0, 0, SNAPSHOT, link_type))

    def write(self, octets: bytes, time: int, original_length: int | None = None) -> None:
        """`time` in ns since 1970."""
        seconds, rest = divmod(time, NANOSECONDS)
        length = len(octets) if original_length is None else original_length
        self._stream.write(struct.pack(">" + RECORD, seconds, rest // self._unit, len(octets), length))
        self._stream.write(octets)
