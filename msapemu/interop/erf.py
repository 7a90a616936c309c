"""ERF files: Endace extensible records, one after the other, without a file header.

A record: time (64-bit fixed point seconds, little-endian), type, flags, record length, loss or colour, wire length
(big-endian); then extension headers of 8 octets while bit 7 of the type or of the header before is set; Ethernet has
an offset octet and a pad octet before the frame, and the frame carries its FCS.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from msapemu.interop.frame import ERF, ERF_ETHERNET, ERF_POS, ETHERNET, NANOSECONDS, Frame
from msapemu.interop.octets import Octets

HEADER = struct.Struct(">BBHHH")  # after the time
HEADER_OCTETS = 16
EXTENSION_OCTETS = 8
EXTENSION_FOLLOWS = 0x80
TYPE_MASK = 0x7F
HIGHEST_TYPE = 48
PAD = 48  # a record that only fills
RAW_LINK = 24  # a frame of the line: STM-N, descrambled
ETHERNET_TYPES = (2, 11, 16, 20)  # plain, and with colour, hash or steering in place of the loss counter
ETHERNET_PAD_OCTETS = 2
PORT_MASK = 0x03  # flags: the port of the card
VARYING_LENGTH = 0x04  # records as long as their frames
TRUNCATED = 0x08  # the card had no room for the whole frame

# Extension header of raw links: its type, 24 bits reserved, sequence number, rate, framing
EXTENSION_TYPE_MASK = 0x7F
EXTENSION_RAW_LINK = 5
SEQUENCE_NUMBERS = 1 << 16

FORMAT = "an ERF record"


def looks_like_erf(start: bytes) -> bool:
    """Whether a record could begin here. ERF has no magic number; this is what tells it from other files."""
    if len(start) < HEADER_OCTETS:
        return False
    kind, _, length, _, wire = HEADER.unpack(start[8:HEADER_OCTETS])
    smallest = HEADER_OCTETS + bool(kind & EXTENSION_FOLLOWS) * EXTENSION_OCTETS
    if not 1 <= kind & TYPE_MASK <= HIGHEST_TYPE or length < smallest:
        return False
    return bool(kind & TYPE_MASK == PAD or wire)


def read_erf(octets: Octets) -> Iterator[Frame]:
    """The frames of an ERF file: Ethernet records as Ethernet, all others as whole records of link type ERF."""
    while not octets.ended():
        at = octets.position
        head = octets.take(HEADER_OCTETS, FORMAT)
        if not looks_like_erf(head):
            octets.fail("no ERF record", at)
        (length,) = struct.unpack(">H", head[10:12])
        record = head + octets.take(length - HEADER_OCTETS, FORMAT)
        if record[8] & TYPE_MASK != PAD:
            yield frame_of_record(octets, record, at)


def _extensions(record: bytes) -> Iterator[bytes]:
    """The extension headers; the last may be short, in a record that ends there."""
    start, more = HEADER_OCTETS, record[8] & EXTENSION_FOLLOWS
    while more:
        extension = record[start : start + EXTENSION_OCTETS]
        yield extension
        more = len(extension) == EXTENSION_OCTETS and extension[0] & EXTENSION_FOLLOWS
        start += EXTENSION_OCTETS


def frame_of_record(octets: Octets, record: bytes, at: int) -> Frame:
    """The frame in a whole record, which stands at octet `at` of the file."""
    kind, _, _, _, wire = HEADER.unpack(record[8:HEADER_OCTETS])
    whole, fraction = divmod(int.from_bytes(record[:8], "little"), 1 << 32)
    time = whole * NANOSECONDS + (fraction * NANOSECONDS >> 32)
    start = HEADER_OCTETS + EXTENSION_OCTETS * len(list(_extensions(record)))
    if kind & EXTENSION_FOLLOWS and start > len(record):
        octets.fail("the extension headers of an ERF record go beyond its end", at)
    if kind & TYPE_MASK not in ETHERNET_TYPES:
        return Frame(ERF, record, time, max(len(record), start + wire))
    start += ETHERNET_PAD_OCTETS
    if start > len(record):
        octets.fail("an ERF Ethernet record without room for a frame", at)
    # a record may be longer than its frame (it is filled to a multiple of 8 octets) or shorter (snapshot)
    return Frame(ETHERNET, record[start : start + wire], time, wire)


class LineRecord(NamedTuple):
    """A frame of a line, and what its record says of it."""

    octets: bytes  # fewer than `wire` when the record was cut
    wire: int  # octets of the whole frame
    time: int  # ns since 1970
    port: int  # of the card
    lost: int  # records that the card lost since the one before
    sequence: int | None  # number of the frame, modulo SEQUENCE_NUMBERS, of cards that tell it
    cut: bool


def line_record(frame: Frame) -> LineRecord:
    """What is in a whole record of type RAW_LINK, as the readers give it."""
    record = frame.octets
    _, flags, _, lost, wire = HEADER.unpack(record[8:HEADER_OCTETS])
    extensions = list(_extensions(record))
    sequence = None
    for extension in extensions:
        if extension[0] & EXTENSION_TYPE_MASK == EXTENSION_RAW_LINK:
            sequence = int.from_bytes(extension[4:6], "big")
    start = HEADER_OCTETS + EXTENSION_OCTETS * len(extensions)
    octets = record[start : start + wire]
    return LineRecord(octets, wire, frame.time, flags & PORT_MASK, lost, sequence, bool(flags & TRUNCATED))


def unpacked(octets: Octets, frame: Frame, at: int) -> Frame:
    """A packet of pcap or pcapng, at octet `at`; when it is an ERF record, the frame inside."""
    if frame.link_type not in (ERF, ERF_ETHERNET, ERF_POS):
        return frame
    if not looks_like_erf(frame.octets):
        octets.fail("a packet of link type ERF without an ERF record in it", at)
    return frame_of_record(octets, frame.octets, at)


def erf_record(kind: int, octets: bytes, time: int, interface: int = 0) -> bytes:
    """A record of type `kind` around a whole frame; `time` in ns since 1970."""
    pad = bytes(ETHERNET_PAD_OCTETS) if kind in ETHERNET_TYPES else b""
    seconds, rest = divmod(time, NANOSECONDS)
    stamp = seconds << 32 | (rest << 32) // NANOSECONDS
    length = HEADER_OCTETS + len(pad) + len(octets)
    head = HEADER.pack(kind, VARYING_LENGTH | interface, length, 0, len(octets))
    return stamp.to_bytes(8, "little") + head + pad + octets


class ErfWriter:
    """Writes an ERF file. A frame of an STM-N line (type RAW_LINK) is written descrambled, as the format wants it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, kind: int, octets: bytes, time: int) -> None:
        """`time` in ns since 1970."""
        self._stream.write(erf_record(kind, octets, time))
