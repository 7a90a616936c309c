"""Files of a line: raw octets as they are on the line, scrambled, from anywhere on; or its frames in a capture.

What a file is, its name says (.stm1 .stm4 .stm16, .erf .pcap .pcapng); under another name, its first octets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from msapemu._framing import RATES
from msapemu._framing import STM1_OCTETS as STM1_OCTETS
from msapemu.ctl.errors import UsageError
from msapemu.interop import erf, pcap, pcapng
from msapemu.interop.frame import ERF
from msapemu.interop.octets import open_octets
from msapemu.interop.rates import FRAME_NS, RATE_OF_OCTETS, frame_octets, scrambled
from msapemu.interop.records import BLOCK_FRAMES, CaptureSource, Records

RAW_SUFFIXES = {f".{rate}" for rate in RATES}
CAPTURE_SUFFIXES = {".erf", ".pcap", ".pcapng"}


class Source(Protocol):
    """A line to read, as often as it takes: what it carries is learnt first, and taken out then."""

    path: Path
    rate: str | None  # when the file tells; a capture does from its first frame on
    records: Records | None  # of a capture
    note: str | None  # what the user should know of the file

    def pieces(self) -> Iterator[bytes | int]:
        """Octets as on the line, or a number of frame times without any."""


def read_blocks(path: Path, octets_each: int = STM1_OCTETS * BLOCK_FRAMES) -> Iterator[bytes]:
    """The file in blocks; the last may be shorter."""
    with open_octets(path) as octets:
        while block := octets.some(octets_each):
            yield block


class RawSource:
    """The octets of the file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rate: str | None = None
        self.records: Records | None = None
        self.note: str | None = None

    def pieces(self) -> Iterator[bytes | int]:
        yield from read_blocks(self.path, frame_octets(self.rate or "stm1") * BLOCK_FRAMES)


def open_source(path: Path) -> Source:
    """The line in a file. UsageError when it cannot be read, or not more than once."""
    if path.exists() and not path.is_file():
        raise UsageError(f"{path}: not a regular file")
    suffix = path.suffix.lower()
    with open_octets(path) as octets:
        start = octets.peek(erf.HEADER_OCTETS)
        known = start[:4] in pcap.MAGIC or start[:4] == pcapng.MAGIC
        if suffix in (".pcap", ".pcapng") and start and not known:
            octets.fail("no pcap or pcapng file (unknown magic number)")
    if not start or suffix in RAW_SUFFIXES:
        return RawSource(path)
    return CaptureSource(path) if known or suffix == ".erf" or _begins_with_line(start) else RawSource(path)


def _begins_with_line(start: bytes) -> bool:
    """An ERF file of a line: it has no magic number, but few octets begin like a record with an STM-N frame."""
    return erf.looks_like_erf(start) and start[8] & erf.TYPE_MASK == erf.RAW_LINK and _wire(start) in RATE_OF_OCTETS


def _wire(start: bytes) -> int:
    return int.from_bytes(start[14:16], "big")


Write = Callable[[bytes], object]


def line_writer(path: Path, stream: BinaryIO, rate: str) -> Write:
    """Writes whole frames, given as they are on the line, to the file of that name, already open."""
    suffix = path.suffix.lower()
    if suffix not in CAPTURE_SUFFIXES:
        return stream.write
    return _Recorder(_record_writer(suffix, stream), rate)


def _record_writer(suffix: str, stream: BinaryIO) -> Callable[[bytes, int], object]:
    """Writes an ERF record with its time."""
    if suffix == ".pcap":
        return pcap.PcapWriter(stream, ERF, nanoseconds=True).write
    if suffix == ".pcapng":
        writer = pcapng.PcapngWriter(stream)
        interface = writer.interface(ERF)
        return lambda record, time: writer.write(interface, record, time)
    return lambda record, time: stream.write(record)


class _Recorder:
    """One record a frame, 125 us apart from the start of 1970 on."""

    def __init__(self, write: Callable[[bytes, int], object], rate: str) -> None:
        self._write = write
        self._rate = rate
        self._time = 0

    def __call__(self, octets: bytes) -> None:
        length = frame_octets(self._rate)
        for at in range(0, len(octets), length):
            frame = scrambled(self._rate, octets[at : at + length])
            self._write(erf.erf_record(erf.RAW_LINK, frame, self._time), self._time)
            self._time += FRAME_NS
