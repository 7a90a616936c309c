"""pcapng files (draft-ietf-opsawg-pcapng): sections of either byte order, each with interfaces of their own."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from msapemu.interop.erf import unpacked
from msapemu.interop.frame import NANOSECONDS, Frame
from msapemu.interop.octets import LONGEST_RECORD, Octets

SECTION = 0x0A0D0D0A  # reads the same in both byte orders
INTERFACE = 1
OLD_PACKET = 2
SIMPLE_PACKET = 3
ENHANCED_PACKET = 6

MAGIC = SECTION.to_bytes(4, "big")
BYTE_ORDER_MAGIC = 0x1A2B3C4D
SMALLEST_BLOCK = 12  # type, length, length again

OPTION_END = 0
OPTION_TIME_RESOLUTION = 9
OPTION_FCS_LENGTH = 13
OPTION_TIME_OFFSET = 14
POWER_OF_TWO = 0x80  # in the time resolution: of 2, else of 10
FINEST = 20  # 10^-20 s; 2^64 units of less are less than a second


@dataclass
class Interface:
    """What an interface description block says."""

    link_type: int
    snapshot: int
    units: int = 1_000_000  # of time, in a second
    offset: int = 0  # s
    fcs_octets: int | None = None


class _Section:
    """One section: its byte order and its interfaces."""

    def __init__(self, octets: Octets, order: str) -> None:
        self.octets = octets
        self.order = order
        self.interfaces: list[Interface] = []

    def unpack(self, layout: str, body: bytes, at: int, what: str) -> tuple[int, ...]:
        size = struct.calcsize("=" + layout)
        if len(body) < size:
            self.octets.fail(f"{what} is too short ({len(body)} of at least {size} octets)", at)
        return struct.unpack(self.order + layout, body[:size])

    def options(self, body: bytes, at: int) -> Iterator[tuple[int, bytes]]:
        while len(body) >= 4:
            code, length = struct.unpack(self.order + "HH", body[:4])
            if code == OPTION_END:
                return
            if 4 + length > len(body):
                self.octets.fail(f"option {code} is longer than its block", at)
            yield code, body[4 : 4 + length]
            body = body[4 + (length + 3 & ~3) :]

    def interface(self, body: bytes, at: int) -> None:
        link_type, _, snapshot = self.unpack("HHI", body, at, "an interface description block")
        found = Interface(link_type, snapshot)
        for code, value in self.options(body[8:], at):
            if code == OPTION_TIME_RESOLUTION and len(value) == 1:
                exponent = value[0] & ~POWER_OF_TWO
                if exponent > (64 if value[0] & POWER_OF_TWO else FINEST):
                    self.octets.fail(f"a time resolution of {value[0]:#04x} is not usable", at)
                found.units = 2**exponent if value[0] & POWER_OF_TWO else 10**exponent
            elif code == OPTION_FCS_LENGTH and len(value) == 1:
                found.fcs_octets = value[0]
            elif code == OPTION_TIME_OFFSET and len(value) == 8:
                (found.offset,) = struct.unpack(self.order + "q", value)
        self.interfaces.append(found)

    def frame(self, number: int, data: bytes, ticks: int, here: int, original: int, at: int) -> Frame:
        if number >= len(self.interfaces):
            self.octets.fail(f"a packet of interface {number}, which is not described before it", at)
        if here > len(data):
            self.octets.fail(f"a packet of {here} octets in a block with room for {len(data)}", at)
        of = self.interfaces[number]
        time = of.offset * NANOSECONDS + ticks * NANOSECONDS // of.units
        return Frame(of.link_type, data[:here], time, max(here, original), of.fcs_octets)

    def packet(self, kind: int, body: bytes, at: int) -> Frame:
        if kind == SIMPLE_PACKET:
            (original,) = self.unpack("I", body, at, "a simple packet block")
            if not self.interfaces:
                self.octets.fail("a packet of interface 0, which is not described before it", at)
            snapshot = self.interfaces[0].snapshot
            return self.frame(0, body[4:], 0, min(original, snapshot or original), original, at)
        layout = "IIIII" if kind == ENHANCED_PACKET else "HHIIII"
        found = self.unpack(layout, body, at, "a packet block")
        high, low, here, original = found[-4:]
        return self.frame(found[0], body[20:], high << 32 | low, here, original, at)


def read_pcapng(octets: Octets) -> Iterator[Frame]:
    """The frames of a pcapng file; blocks without a frame are passed over. UsageError with the octet of a fault."""
    if octets.peek(4) != MAGIC:
        octets.fail("no pcapng file (unknown magic number)")
    section: _Section | None = None
    while not octets.ended():
        at = octets.position
        if octets.peek(4) == MAGIC:
            section = _Section(octets, _byte_order(octets))
        assert section is not None  # the first block was a section header
        head = octets.take(8, "a block header")
        kind, length = struct.unpack(section.order + "II", head)
        if length < SMALLEST_BLOCK or length % 4 or length > LONGEST_RECORD:
            octets.fail(f"a block length of {length} octets", at + 4)
        body = octets.take(length - SMALLEST_BLOCK, "a block")
        (again,) = struct.unpack(section.order + "I", octets.take(4, "a block"))
        if again != length:
            octets.fail(f"a block length of {length} octets before, {again} after the block", at)
        if kind == INTERFACE:
            section.interface(body, at)
        elif kind in (ENHANCED_PACKET, SIMPLE_PACKET, OLD_PACKET):
            yield unpacked(octets, section.packet(kind, body, at), at)


def _byte_order(octets: Octets) -> str:
    """Of the section whose header is next."""
    at = octets.position
    start = octets.peek(12)
    if len(start) < 12:
        octets.take(12, "a section header block")
    for order in "<>":
        if struct.unpack(order + "I", start[8:12])[0] == BYTE_ORDER_MAGIC:
            return order
    octets.fail("a section header block without the byte-order magic", at + 8)


class PcapngWriter:
    """Writes a pcapng file of one section, little-endian, times in ns."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._interfaces = 0
        self._block(SECTION, struct.pack("<IHHq", BYTE_ORDER_MAGIC, 1, 0, -1))

    def _block(self, kind: int, body: bytes) -> None:
        body += bytes(-len(body) % 4)
        length = struct.pack("<I", len(body) + SMALLEST_BLOCK)
        self._stream.write(struct.pack("<I", kind) + length + body + length)

    def interface(self, link_type: int, fcs_octets: int | None = None) -> int:
        """Describes one more interface; gives its number."""
        options = struct.pack("<HHB3x", OPTION_TIME_RESOLUTION, 1, 9)
        if fcs_octets is not None:
            options += struct.pack("<HHB3x", OPTION_FCS_LENGTH, 1, fcs_octets)
        self._block(INTERFACE, struct.pack("<HHI", link_type, 0, 0) + options + bytes(4))
        self._interfaces += 1
        return self._interfaces - 1

    def write(self, interface: int, octets: bytes, time: int, original_length: int | None = None) -> None:
        """`time` in ns since 1970."""
        length = len(octets) if original_length is None else original_length
        head = struct.pack("<IIIII", interface, time >> 32, time & 0xFFFFFFFF, len(octets), length)
        self._block(ENHANCED_PACKET, head + octets)
