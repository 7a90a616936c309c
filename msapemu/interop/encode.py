"""Ethernet frames of a capture -> GFP-F -> VC-4, VC-4-Xc or VC-12-Xv -> STM-N, as a file of the line."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path

from msapemu._framing import Group, Line, LineMap
from msapemu.ctl.errors import UsageError
from msapemu.interop.clients import LONGEST_CLIENT_FRAME as LONGEST_CLIENT_FRAME
from msapemu.interop.clients import UPI_ETHERNET as UPI_ETHERNET
from msapemu.interop.clients import Encoded as Encoded
from msapemu.interop.clients import client_frames
from msapemu.interop.lead_in import LEAD_IN_VC4, LEAD_IN_VC12, TAIL_VC4, TAIL_VC12
from msapemu.interop.linefile import Write, line_writer
from msapemu.interop.octets import same_file
from msapemu.interop.options import EncodeOptions as EncodeOptions
from msapemu.interop.output import whole_file

QUEUE_OCTETS = 1 << 20
BLOCK_FRAMES = 64

VC4_OCTETS = 2340  # payload of a C-4 in 125 us
VC12_OCTETS = 34  # payload of a C-12 in 125 us


def encode(source: Path, target: Path, options: EncodeOptions) -> Encoded:
    """Write the line file `target`. Nothing is left there when it fails (UsageError says where and why)."""
    options.check()
    if same_file(source, target):
        raise UsageError(f"{target}: is the input file")
    with whole_file(target) as stream:
        return _Encoder(line_writer(target, stream, options.line), options).run(source)


class _Encoder:
    """One run: the line, its one group and what waits in front of it."""

    def __init__(self, write: Write, options: EncodeOptions) -> None:
        self._write = write
        self._options = options
        self._group = Group(
            payload_fcs=options.payload_fcs,
            scramble=options.scramble,
            upi=options.upi,
            cid=options.cid,
            queue_octets=QUEUE_OCTETS,
            longest=LONGEST_CLIENT_FRAME,
        )
        self._line = Line(
            rate=options.line,
            j0=options.j0,
            j1=options.j1,
            j2=options.j2,
            au_pointer=options.au_pointer,
            au_sequence=options.au_sequence,
            tu_pointers=options.tu_pointers,
        )
        vc4, width = options.place()
        if options.map == "vc4":
            map = LineMap("vc4", [(self._group, ())], width=width)
            self._lead_in, self._tail, self._octets_each = LEAD_IN_VC4, TAIL_VC4, VC4_OCTETS * width
        else:
            map = LineMap("tug", [(self._group, options.members)])
            self._lead_in, self._tail = LEAD_IN_VC12, TAIL_VC12
            self._octets_each = VC12_OCTETS * len(options.members)
        self._line.apply(map, vc4)
        self._waiting: deque[int] = deque()  # lengths of the frames that the group holds
        self.result = Encoded()

    def run(self, source: Path) -> Encoded:
        frames = client_frames(source, self._options.upi, self._options.fcs, self.result)
        send: Callable[[bytes], bool] = self._group.send
        if self._options.upi != UPI_ETHERNET:
            send = self._group.send_raw
        first = next(frames, None)
        if first is not None:
            self._build(self._lead_in)
            self._send(first, send)
            for frame in frames:
                self._send(frame, send)
            while self._waiting:
                self._build_waiting()
        self._idle_to_the_end()
        return self.result

    def _send(self, frame: bytes, send: Callable[[bytes], bool]) -> None:
        while not send(frame):
            self._build_waiting()
        self._waiting.append(len(frame))
        self.result.client_frames += 1

    def _build_waiting(self) -> None:
        """Build as many frames as the group surely fills: the client has no gap that the input does not have."""
        # the first one may be all but sent
        octets = sum(self._waiting) - self._waiting[0]
        self._build(min(BLOCK_FRAMES, max(1, octets // self._octets_each)))
        while len(self._waiting) > self._group.waiting:
            self._waiting.popleft()

    def _build(self, count: int) -> None:
        limit = self._options.frames
        if limit is not None and self.result.line_frames + count > limit:
            raise UsageError(f"--frames: {limit} frames are too few for the client frames and the lead-in")
        while count:
            block = min(count, BLOCK_FRAMES)
            self._write(self._line.build(block))
            self.result.line_frames += block
            count -= block

    def _idle_to_the_end(self) -> None:
        if self._options.frames is None:
            # without client frames too the line can be locked to
            self._build(self._tail if self.result.client_frames else self._lead_in + self._tail)
        else:
            self._build(self._options.frames - self.result.line_frames)
