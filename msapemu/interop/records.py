"""Frames of a line in ERF records of type 24, in a file of their own or inside pcap and pcapng.

A record holds one STM-N frame, from its first A1 on, not scrambled. What the capturing card lost or cut is counted, and
the line that is made of the records keeps its time: frames that are missing are filled in while there are few.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from msapemu.ctl.errors import UsageError
from msapemu.interop import erf
from msapemu.interop.capture import read_frames
from msapemu.interop.frame import ERF, Frame
from msapemu.interop.octets import CutShort
from msapemu.interop.rates import FRAME_NS, RATE_OF_OCTETS, frame_octets, framing, scrambled

BLOCK_FRAMES = 8  # 1 ms: what is found in a block is given the time of its first frame

# Five labels of zero in a row make a path unequipped (G.783 6.2.4.2): more missing frames than this are a silence.
MOST_FILLED = 4
# Times tell what is missing only when they are those of frames, which most steps between records then show.
FRAME_TIME_TOLERANCE_NS = 25_000
STEPS_TO_TRUST = 8


@dataclass
class Records:
    """What became of the records of a capture."""

    read: int = 0  # frames of the line
    lost: int = 0  # frames that the capture says are missing
    truncated: int = 0  # cut when they were captured (the rest is taken as zeros), or by the end of the file
    other: int = 0  # no STM-N frames, of another length than the first, or of another port of the card


class _Missing:
    """How many frames are missing before a record: by its loss counter, its sequence number and its time."""

    def __init__(self) -> None:
        self._time = 0
        self._sequence: int | None = None
        self._steps = 0
        self._on_grid = 0

    def before(self, record: erf.LineRecord, first: bool) -> int:
        found = 0 if first else max(record.lost, self._by_sequence(record.sequence), self._by_time(record.time))
        self._time, self._sequence = record.time, record.sequence
        return found

    def _by_sequence(self, sequence: int | None) -> int:
        if sequence is None or self._sequence is None:
            return 0
        step = (sequence - self._sequence) % erf.SEQUENCE_NUMBERS
        # a card that leaves the field alone, or a record that came out of order
        return step - 1 if 0 < step < erf.SEQUENCE_NUMBERS // 2 else 0

    def _by_time(self, time: int) -> int:
        step = time - self._time
        frames = round(step / FRAME_NS)
        near = abs(step - frames * FRAME_NS) <= FRAME_TIME_TOLERANCE_NS
        trusted = self._steps >= STEPS_TO_TRUST and self._on_grid * 10 >= self._steps * 9
        self._steps += 1
        self._on_grid += near and frames == 1
        return frames - 1 if trusted and near and frames > 1 else 0


class CaptureSource:
    """The line in a capture. `rate` is that of its first frame; None as long as none was read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rate: str | None = None
        self.records: Records | None = None
        self.note: str | None = None

    def pieces(self) -> Iterator[bytes | int]:
        """Octets as on the line, or a number of frame times without any.

        UsageError for what is no capture, and for one that has records but no frame of a line.
        """
        self.records = records = Records()
        block: list[bytes] = []
        for piece in self._frames(records):
            if isinstance(piece, bytes):
                block.append(piece)
            if len(block) == BLOCK_FRAMES or isinstance(piece, int):
                yield b"".join(block)
                block = []
            if isinstance(piece, int):
                yield piece
        if records.other and not records.read:
            raise UsageError(
                f"{self.path}: no frame of a line in it (ERF type 24), only {records.other} other records"
            )
        if self.rate is not None and records.read:
            # the last frame is whole: the next one would begin
            yield b"".join([*block, framing(self.rate)])

    def _frames(self, records: Records) -> Iterator[bytes | int]:
        missing = _Missing()
        port: int | None = None
        for record in self._line_records(records):
            rate = RATE_OF_OCTETS.get(record.wire)
            if rate is None or (records.read and (rate != self.rate or record.port != port)):
                records.other += 1
                continue
            frames = missing.before(record, not records.read)
            self.rate, port = rate, record.port
            length = frame_octets(rate)
            records.lost += frames
            records.read += 1
            if frames > MOST_FILLED:
                yield frames
            else:
                empty = framing(rate).ljust(length, b"\0")
                yield from [scrambled(rate, empty)] * frames
            records.truncated += record.cut or len(record.octets) < length
            yield scrambled(rate, record.octets.ljust(length, b"\0"))

    def _line_records(self, records: Records) -> Iterator[erf.LineRecord]:
        try:
            for frame in read_frames(self.path):
                if _is_line(frame):
                    yield erf.line_record(frame)
                else:
                    records.other += 1
        except CutShort as fault:
            if not records.read:
                raise
            # the program or the disk that wrote it ended here
            records.truncated += 1
            self.note = str(fault)


def _is_line(frame: Frame) -> bool:
    return frame.link_type == ERF and frame.octets[8] & erf.TYPE_MASK == erf.RAW_LINK
