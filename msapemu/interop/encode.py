"""Ethernet frames of a capture -> GFP-F -> VC-4 or VC-12-Xv -> STM-1, as a raw line file."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from msapemu._framing import Group, Line, LineMap
from msapemu.ctl.errors import UsageError
from msapemu.interop.capture import read_frames
from msapemu.interop.ethernet import HEADER_OCTETS, Fcs, without_fcs
from msapemu.interop.frame import ETHERNET, IPV4, IPV6, MPLS, PPP, PPP_HDLC, Frame, link_name
from msapemu.interop.lead_in import LEAD_IN_VC4, LEAD_IN_VC12, TAIL_VC4, TAIL_VC12
from msapemu.interop.octets import same_file
from msapemu.interop.output import whole_file

UPI_ETHERNET = 1  # G.7041 table 6-3
# What may be sent under which UPI; under one that is not here whatever the capture holds, as it is.
LINK_TYPES_OF_UPI = {UPI_ETHERNET: (ETHERNET,), 2: (PPP, PPP_HDLC), 13: (MPLS,), 16: (IPV4,), 17: (IPV6,)}
UPI_FREE = range(1, 255)  # 0 and 255 are not available

TRACE_CHARACTERS = 15  # G.707 9.2.2.2: 16 octets, the first is the CRC-7
# G.7041 6.1.1.1: the payload area is at most 65535 octets: type 4, extension 4, client, Ethernet FCS 4, payload FCS 4
LONGEST_CLIENT_FRAME = 65535 - 4 - 4 - 4 - 4
QUEUE_OCTETS = 1 << 20
BLOCK_FRAMES = 64

VC4_OCTETS = 2340  # payload of a C-4 in 125 us
VC12_OCTETS = 34  # payload of a C-12 in 125 us


@dataclass(frozen=True)
class EncodeOptions:
    """What the line looks like and how the frames travel on it; the defaults of `msapemu encode`."""

    map: Literal["vc4", "vc12"]
    members: tuple[str, ...] = ()  # of a VC-12-Xv, in sequence order
    payload_fcs: bool = False
    scramble: bool = True
    cid: int | None = None  # linear extension header; None: null extension header
    upi: int = UPI_ETHERNET
    au_pointer: int = 522
    tu_pointers: Mapping[str, int] | int = 0
    j0: str = "msapemu"
    j1: str = "msapemu"
    j2: str = "msapemu"
    frames: int | None = None  # STM-1 frames in all; None: until the tail after the last client frame
    fcs: Fcs = Fcs.AUTO

    def check(self) -> None:
        """UsageError, with the option's name, for what cannot be."""
        if self.map == "vc12" and not self.members:
            raise UsageError("--map vc12: needs --members")
        if self.map == "vc4" and self.members:
            raise UsageError("--members: a plain VC-4 has none")
        if self.cid is not None and not 0 <= self.cid <= 255:
            raise UsageError(f"--cid: {self.cid} is not in 0..255")
        if self.upi not in UPI_FREE:
            raise UsageError(f"--upi: {self.upi} is not in 1..254")
        if self.frames is not None and self.frames < 1:
            raise UsageError(f"--frames: {self.frames} is less than 1")
        for option, text in (("--j0", self.j0), ("--j1", self.j1), ("--j2", self.j2)):
            if len(text) > TRACE_CHARACTERS or not all(" " <= character <= "~" for character in text):
                raise UsageError(f"{option}: {text!r} is not up to {TRACE_CHARACTERS} printable ASCII characters")


@dataclass
class Encoded:
    """What became of a capture."""

    client_frames: int = 0
    errored_frames: int = 0  # left out: their FCS was wrong
    line_frames: int = 0


def encode(source: Path, target: Path, options: EncodeOptions) -> Encoded:
    """Write the line file `target`. Nothing is left there when it fails (UsageError says where and why)."""
    options.check()
    if same_file(source, target):
        raise UsageError(f"{target}: is the input file")
    with whole_file(target) as stream:
        return _Encoder(stream, options).run(source)


def client_frames(source: Path, options: EncodeOptions, result: Encoded) -> Iterator[bytes]:
    """What to send of the capture, checked frame by frame."""
    checked = without_fcs(_of_link_type(read_frames(source), source, options.upi), options.fcs)
    if options.upi != UPI_ETHERNET:
        yield from _raw(source, options, result)
        return
    for number, (frame, octets, good) in enumerate(checked, 1):
        _check_whole(source, number, frame)
        if good is False:
            result.errored_frames += 1
            continue
        if len(octets) < HEADER_OCTETS:
            raise UsageError(f"{source}: frame {number}: {len(octets)} octets are no Ethernet frame")
        yield _check_length(source, number, octets)


def _raw(source: Path, options: EncodeOptions, result: Encoded) -> Iterator[bytes]:
    for number, frame in enumerate(_of_link_type(read_frames(source), source, options.upi), 1):
        _check_whole(source, number, frame)
        if not frame.octets:
            raise UsageError(f"{source}: frame {number}: is empty")
        yield _check_length(source, number, frame.octets)


def _of_link_type(frames: Iterator[Frame], source: Path, upi: int) -> Iterator[Frame]:
    wanted = LINK_TYPES_OF_UPI.get(upi)
    for number, frame in enumerate(frames, 1):
        if wanted is not None and frame.link_type not in wanted:
            hint = " (--upi maps other clients)" if upi == UPI_ETHERNET else ""
            names = " or ".join(link_name(one) for one in wanted)
            raise UsageError(f"{source}: frame {number}: is {link_name(frame.link_type)}, not {names}{hint}")
        yield frame


def _check_whole(source: Path, number: int, frame: Frame) -> None:
    if len(frame.octets) < frame.original_length:
        found, whole = len(frame.octets), frame.original_length
        raise UsageError(f"{source}: frame {number}: was cut when it was captured ({found} of {whole} octets)")


def _check_length(source: Path, number: int, octets: bytes) -> bytes:
    if len(octets) > LONGEST_CLIENT_FRAME:
        raise UsageError(
            f"{source}: frame {number}: {len(octets)} octets are more than GFP carries ({LONGEST_CLIENT_FRAME})"
        )
    return octets


class _Encoder:
    """One run: the line, its one group and what waits in front of it."""

    def __init__(self, stream: BinaryIO, options: EncodeOptions) -> None:
        self._stream = stream
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
            j0=options.j0,
            j1=options.j1,
            j2=options.j2,
            au_pointer=options.au_pointer,
            tu_pointers=options.tu_pointers,
        )
        if options.map == "vc4":
            self._line.apply(LineMap("vc4", [(self._group, ())]))
            self._lead_in, self._tail, self._octets_each = LEAD_IN_VC4, TAIL_VC4, VC4_OCTETS
        else:
            self._line.apply(LineMap("tug", [(self._group, options.members)]))
            self._lead_in, self._tail = LEAD_IN_VC12, TAIL_VC12
            self._octets_each = VC12_OCTETS * len(options.members)
        self._waiting: deque[int] = deque()  # lengths of the frames that the group holds
        self.result = Encoded()

    def run(self, source: Path) -> Encoded:
        frames = client_frames(source, self._options, self.result)
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
            self._stream.write(self._line.build(block))
            self.result.line_frames += block
            count -= block

    def _idle_to_the_end(self) -> None:
        if self._options.frames is None:
            # without client frames too the line can be locked to
            self._build(self._tail if self.result.client_frames else self._lead_in + self._tail)
        else:
            self._build(self._options.frames - self.result.line_frames)
