"""Ethernet frames of a capture -> GFP -> E1s, on lines of their own or in an E2 or E3 -> files of the lines.

And into E3s in the frame of G.832. E1 bit streams of files go into the tributaries that are left.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from msapemu._framing import E1Bearer, Fabric, FramedE1, Group, PdhLine
from msapemu.ctl.errors import UsageError
from msapemu.interop.clients import LONGEST_CLIENT_FRAME, UPI_ETHERNET, Encoded, client_frames
from msapemu.interop.encode import QUEUE_OCTETS, Feeder, GroupFeed
from msapemu.interop.ethernet import Fcs
from msapemu.interop.lead_in import (
    E1_ALIGNMENT,
    E1_CONCATENATION,
    E1_LCAS,
    E1_MULTIFRAME,
    G832,
    GFP,
    MULTIPLEX,
    TAIL_PDH,
)
from msapemu.interop.octets import Octets, open_octets, same_file
from msapemu.interop.options import MOST_SEED, UPI_FREE
from msapemu.interop.output import whole_file
from msapemu.interop.pdh_rates import PDH_RATES, link_file

E1_OCTETS = 32  # of a frame
E1_TIMESLOTS = range(1, 32)
BLOCK_FRAMES = 64
E1_QUEUE = 1 << 14
# What a multiplex has of an E1 before it sends it: more than a frame of any order takes at once
AHEAD = 16
# Before a file begins the line has gone round, so that it is sent as to a far end that receives it: no RAI, E bits 1
WARM_UP = 640
WARM_UP_STEP = 16


@dataclass(frozen=True)
class PdhOptions:
    """What the line looks like; the defaults of `msapemu encode`."""

    line: str  # one of PDH_RATES
    links: int = 1  # E1s, or lines of G.832, of the group
    vcat: bool = True  # the concatenation octet of G.7043 is sent
    crc4: bool = True
    lcas: bool = False
    seed: int = 1
    payload_fcs: bool = False
    scramble: bool = True
    cid: int | None = None
    upi: int = UPI_ETHERNET
    e1: Mapping[int, Path] = field(default_factory=dict)  # by tributary
    frames: int | None = None  # of 125 us, in all
    fcs: Fcs = Fcs.AUTO

    def check(self, carried: bool) -> None:
        """UsageError, with the option's name, for what cannot be. `carried`: there are client frames."""
        rate = PDH_RATES[self.line]
        if not 1 <= self.links <= rate.most_links:
            raise UsageError(f"--links: {self.links} is not in 1..{rate.most_links}")
        if self.links > 1 and not self.vcat:
            raise UsageError(f"--no-vcat: {self.links} links need the concatenation octet")
        if self.lcas and not self.vcat:
            raise UsageError("--lcas: needs the concatenation octet, which --no-vcat leaves away")
        if not self.crc4 and self.line == "g832":
            raise UsageError("--no-crc4: an E3 of G.832 has no CRC-4")
        if not self.crc4 and self.vcat:
            raise UsageError("--no-crc4: needs --no-vcat, as the concatenation octet stands in a CRC-4 multiframe")
        if self.cid is not None and not 0 <= self.cid <= 255:
            raise UsageError(f"--cid: {self.cid} is not in 0..255")
        if self.upi not in UPI_FREE:
            raise UsageError(f"--upi: {self.upi} is not in 1..254")
        if not 0 <= self.seed <= MOST_SEED:
            raise UsageError(f"--seed: {self.seed} is not in 0..{MOST_SEED}")
        if self.frames is not None and self.frames < 1:
            raise UsageError(f"--frames: {self.frames} is less than 1")
        self._check_tributaries(carried)

    def _check_tributaries(self, carried: bool) -> None:
        rate = PDH_RATES[self.line]
        if self.e1 and rate.e1s < 2:
            raise UsageError(f"--e1: an {rate.name} has no tributaries")
        for number in self.e1:
            if number > rate.e1s:
                raise UsageError(f"--e1: an {rate.name} has no tributary {number}")
        if not carried and not self.e1:
            raise UsageError("nothing to carry: IN or --e1")
        if carried and rate.e1s > 1 and self.links + len(self.e1) > rate.e1s:
            raise UsageError(f"--links: {self.links} and {len(self.e1)} of --e1 are more than {rate.e1s} tributaries")

    @property
    def files(self) -> int:
        """Lines that are written."""
        return self.links if PDH_RATES[self.line].e1s <= 1 else 1

    @property
    def tributaries(self) -> list[int]:
        """Of an E2 or an E3, those of the group: the first ones that --e1 does not take."""
        free = [number for number in range(1, PDH_RATES[self.line].e1s + 1) if number not in self.e1]
        return free[: self.links]

    @property
    def lead_in(self) -> int:
        """Line frames before the first client frame."""
        if self.line == "g832":
            return G832 + (E1_LCAS if self.lcas else 0) + GFP
        aligned = E1_ALIGNMENT + E1_MULTIFRAME + (MULTIPLEX if PDH_RATES[self.line].e1s > 1 else 0)
        return aligned + (E1_CONCATENATION if self.vcat else 0) + (E1_LCAS if self.lcas else 0) + GFP


def pdh_encode(source: Path | None, target: Path, options: PdhOptions) -> Encoded:
    """Write the line file `target`, or those of the links. Nothing is left there when it fails (UsageError)."""
    options.check(source is not None)
    targets = [link_file(target, number + 1, options.files) for number in range(options.files)]
    for path in (source, *options.e1.values()):
        if path is not None and any(same_file(path, one) for one in targets):
            raise UsageError(f"{path}: is the input file")
    with ExitStack() as stack:
        streams = [stack.enter_context(whole_file(path)) for path in targets]
        return _Encoder(streams, options, stack).run(source)


class _E1File:
    """The bits of a file on their way into a tributary: as many as it takes at its nominal rate."""

    sure = BLOCK_FRAMES

    def __init__(self, octets: Octets, bearer: E1Bearer) -> None:
        if octets.ended():
            raise UsageError(f"{octets.path}: the file is empty")
        self._octets = octets
        self._bearer = bearer
        self._ahead = AHEAD
        self._waiting = 0  # frames' worth of bits that are not on the line

    @property
    def pending(self) -> bool:
        return not self._octets.ended() or self._waiting > 0

    def fill(self) -> None:
        """What is wanted is given by `give`, when it is known how much that is."""

    def give(self, frames: int) -> None:
        octets = self._octets.some((frames + self._ahead) * E1_OCTETS)
        self._ahead = 0
        self._bearer.push(octets)
        self._waiting = max(0, self._waiting + -(-len(octets) // E1_OCTETS) - frames)


class _Encoder:
    """One run: the lines, the group, the tributaries."""

    def __init__(self, streams: list[BinaryIO], options: PdhOptions, inputs: ExitStack) -> None:
        self._streams = streams
        self._options = options
        rate = PDH_RATES[options.line]
        self._lines = [PdhLine(options.line, queue_octets=E1_QUEUE) for _ in streams]
        self._group = Group(
            payload_fcs=options.payload_fcs,
            scramble=options.scramble,
            upi=options.upi,
            cid=options.cid,
            queue_octets=QUEUE_OCTETS,
            longest=LONGEST_CLIENT_FRAME,
            lcas="one-way" if options.lcas else False,
            seed=options.seed,
        )
        bearers = [bearer for line in self._lines for bearer in line.bearers]
        if rate.e1s > 1:
            self._files = [
                _E1File(inputs.enter_context(open_octets(path)), bearers[number - 1])
                for number, path in options.e1.items()
            ]
            bearers = [bearers[number - 1] for number in options.tributaries]
        else:
            self._files = []
        self._e1s = [FramedE1(bearer, "crc4" if options.crc4 else "basic") for bearer in bearers]
        self._fabric = Fabric(self._e1s)
        self.result = Encoded()

    def _warm_up(self) -> None:
        """The lines go round without clients."""
        self._fabric.apply()
        if PDH_RATES[self._options.line].e1s > 1:
            self._fabric.transmit(AHEAD)
        for _ in range(WARM_UP // WARM_UP_STEP):
            self._fabric.transmit(WARM_UP_STEP)
            for line in self._lines:
                line.parse(line.build(WARM_UP_STEP))
            self._fabric.receive()

    def _connect(self) -> None:
        """The group is on the lines from here on."""
        before, options = self._fabric, self._options
        if options.line == "g832":
            placed = enumerate(self._lines)
            self._fabric = Fabric(lines=[(line, self._group, n if options.vcat else None) for n, line in placed])
        elif options.vcat:
            self._fabric = Fabric(self._e1s, members=[(e1, self._group, n) for n, e1 in enumerate(self._e1s)])
        else:
            self._fabric = Fabric(self._e1s, runs=[(self._e1s[0], self._group, E1_TIMESLOTS)])
        self._fabric.apply(before)

    def run(self, source: Path | None) -> Encoded:
        options = self._options
        if source is None:
            self._e1s = []
            self._fabric = Fabric()
        self._warm_up()
        feeders: list[Feeder] = list(self._files)
        clients = None
        if source is not None:
            self._connect()
            frames = client_frames(source, options.upi, options.fcs, self.result)
            octets_each = options.links * PDH_RATES[options.line].octets
            clients = GroupFeed(frames, self._group, octets_each, options.upi)
            feeders.append(clients)
        self._build(options.lead_in, files=False)
        while any(feeder.pending for feeder in feeders):
            for feeder in feeders:
                feeder.fill()
            self._build(min([BLOCK_FRAMES, *(feeder.sure for feeder in feeders if feeder.pending)]))
        if clients is not None:
            self.result.client_frames = clients.sent
        limit = options.frames
        self._build(TAIL_PDH if limit is None else limit - self.result.line_frames)
        return self.result

    def _build(self, count: int, files: bool = True) -> None:
        limit = self._options.frames
        if limit is not None and self.result.line_frames + count > limit:
            raise UsageError(f"--frames: {limit} frames are too few for what is to be carried and the lead-in")
        while count > 0:
            block = min(count, BLOCK_FRAMES)
            self._fabric.transmit(block)
            if files:
                for file in self._files:
                    file.give(block)
            for line, stream in zip(self._lines, self._streams, strict=True):
                stream.write(line.build(block))
            self.result.line_frames += block
            count -= block
