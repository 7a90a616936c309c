"""Ethernet frames of a capture -> GFP, HDLC, LAPS or PPP -> VC-4, VC-4-Xc, VC-4-Xv, VC-3-Xv or VC-12-Xv -> STM-N.

E1 and E3 bit streams go into VC-12s and VC-3s beside them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

from msapemu._framing import E1, E3, Group, Line, LineMap
from msapemu.ctl.errors import UsageError
from msapemu.interop.capture import read_frames
from msapemu.interop.clients import LONGEST_CLIENT_FRAME as LONGEST_CLIENT_FRAME
from msapemu.interop.clients import UPI_ETHERNET as UPI_ETHERNET
from msapemu.interop.clients import Encoded as Encoded
from msapemu.interop.clients import client_frames
from msapemu.interop.linefile import Write, line_writer
from msapemu.interop.octets import open_octets, same_file
from msapemu.interop.options import EncodeOptions as EncodeOptions
from msapemu.interop.output import whole_file
from msapemu.interop.tributaries import Feed, new_tributary

QUEUE_OCTETS = 1 << 20
BLOCK_FRAMES = 64


def encode(source: Path | None, target: Path, options: EncodeOptions) -> Encoded:
    """Write the line file `target`. Nothing is left there when it fails (UsageError says where and why).

    `source` may be missing when there are only tributaries.
    """
    options.check()
    if source is not None and options.map is None:
        if next(read_frames(source), None) is not None:
            raise UsageError(f"--map: is missing, and {source} has frames to carry")
        source = None
    if source is None and options.map is not None:
        raise UsageError("--map: needs IN")
    for path in (source, *options.e1.values(), *options.e3.values()):
        if path is not None and same_file(path, target):
            raise UsageError(f"{target}: is the input file")
    with whole_file(target) as stream, ExitStack() as inputs:
        return _Encoder(line_writer(target, stream, options.line), options, inputs).run(source)


class Feeder(Protocol):
    """Something that gives the line what it carries."""

    @property
    def pending(self) -> bool:
        """Whether there is anything that is not on the line."""

    @property
    def sure(self) -> int:
        """Line frames that can be built without a gap in it."""

    def fill(self) -> None:
        """Queue as much as there is room for."""


class GroupFeed:
    """The client frames in front of their group."""

    def __init__(self, frames: Iterator[bytes], group: Group, octets_each: int, upi: int) -> None:
        self.sent = 0
        self._frames = frames
        self._group = group
        self._send = group.send if upi == UPI_ETHERNET else group.send_raw
        self._octets_each = octets_each
        self._next = next(frames, None)
        self._waiting: deque[int] = deque()  # lengths of the frames that the group holds

    @property
    def pending(self) -> bool:
        while len(self._waiting) > self._group.waiting:
            self._waiting.popleft()
        return self._next is not None or bool(self._waiting)

    def fill(self) -> None:
        while self._next is not None and self._send(self._next):
            self._waiting.append(len(self._next))
            self.sent += 1
            self._next = next(self._frames, None)

    @property
    def sure(self) -> int:
        # the first one may be all but sent
        octets = sum(self._waiting) - self._waiting[0] if self._waiting else 0
        return max(1, octets // self._octets_each)


class _Encoder:
    """One run: the line, its group and its tributaries."""

    def __init__(self, write: Write, options: EncodeOptions, inputs: ExitStack) -> None:
        self._write = write
        self._options = options
        self._group = Group(
            adaptation=options.adaptation,
            fcs=options.hdlc_fcs,
            stuffing=options.stuffing,
            lan_fcs=options.lan_fcs,
            gfp=options.gfp,
            superblocks=options.superblocks,
            payload_fcs=options.payload_fcs,
            scramble=options.scramble,
            upi=options.upi,
            cid=options.cid,
            queue_octets=QUEUE_OCTETS,
            longest=LONGEST_CLIENT_FRAME,
            lcas="one-way" if options.lcas else False,
            seed=options.seed,
        )
        self._tributaries: dict[str, E1 | E3] = {}
        self._feeds: list[Feed] = []
        for member, path in {**options.e1, **options.e3}.items():
            tributary = new_tributary(member)
            self._feeds.append(Feed(inputs.enter_context(open_octets(path)), tributary))
            self._tributaries[member] = tributary
        self._line = Line(
            rate=options.line,
            j0=options.j0,
            j1=options.j1,
            j2=options.j2,
            au_pointer=options.au_pointer,
            au_sequence=options.au_sequence,
            tu_pointers=options.unit_pointers(),
            tu_sequence=options.tu_sequence,
            delays=options.unit_delays(),
        )
        for vc4, carried in self._maps().items():
            self._line.apply(carried, vc4)
        self._octets_each = options.octets_each
        self.result = Encoded()

    def _maps(self) -> dict[int, LineMap]:
        """By VC-4."""
        options = self._options
        group = options.group()
        if options.map == "vc4":
            if not options.virtual:
                place = options.place()
                return {place.vc4: LineMap("vc4", [(self._group, ())], width=place.width)}
            maps = {vc4: LineMap("vc4", [(self._group, number)]) for number, (vc4, _) in enumerate(group)}
        else:
            units: dict[int, dict[str, int]] = {}
            for number, (vc4, unit) in enumerate(group):
                units.setdefault(vc4, {})[unit] = number
            maps = {
                vc4: LineMap(
                    "tug",
                    [(self._group, here)],
                    contiguous=options.contiguous,
                    tributaries=self._tributaries if vc4 == options.vc4 else {},
                )
                for vc4, here in units.items()
            }
        if self._tributaries and options.vc4 not in maps:
            maps[options.vc4] = LineMap("tug", tributaries=self._tributaries)
        return maps

    def run(self, source: Path | None) -> Encoded:
        options = self._options
        clients = None
        if source is not None:
            frames = client_frames(source, options.upi, options.fcs, self.result)
            clients = GroupFeed(frames, self._group, self._octets_each, options.upi)
        feeders: list[Feeder] = [*([clients] if clients else []), *self._feeds]
        if any(feeder.pending for feeder in feeders):
            self._build(options.lead_in)
            self._carry(feeders)
            if clients:
                self.result.client_frames = clients.sent
            self._finish(options.tail)
        else:
            # without client frames too the line can be locked to
            self._finish(options.lead_in + options.tail)
        return self.result

    def _carry(self, feeders: Sequence[Feeder]) -> None:
        while any(feeder.pending for feeder in feeders):
            for feeder in feeders:
                feeder.fill()
            self._build(min([BLOCK_FRAMES, *(feeder.sure for feeder in feeders if feeder.pending)]))

    def _build(self, count: int) -> None:
        limit = self._options.frames
        if limit is not None and self.result.line_frames + count > limit:
            raise UsageError(f"--frames: {limit} frames are too few for what is to be carried and the lead-in")
        while count:
            block = min(count, BLOCK_FRAMES)
            self._write(self._line.build(block))
            self.result.line_frames += block
            count -= block

    def _finish(self, tail: int) -> None:
        limit = self._options.frames
        self._build(tail if limit is None else limit - self.result.line_frames)
