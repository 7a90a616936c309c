"""The whole receive chain: aligned STM-1 frames -> overhead, parities, VC-12s and VC-3s, the GFP octets of a group.

`AuParser` is its part from the AU-4 on, which an STM-N has more than once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from . import gfp, tug, tug3, vc3, vc4, vc12
from .au4 import Au4Sink
from .bip import bip8
from .crc import eth_fcs
from .received import LowerPath, Vc3Path, Vc4Path, Vc12Path
from .section import SectionSink
from .stream import Vc
from .tug import ALL_TUS, Part, Tu
from .vcat import GroupOctets, join


class AuParser:
    """Feed the pointer row and the payload of an AU-4 or, with `width` X, of an AU-4-Xc; read the attributes.

    `whole_file`: the first frame is frame 0 of a file in its start state, so the first pointers (which must
    not be moving) are taken at once and nothing is lost; otherwise three equal pointers are awaited.
    `tus`: the TU-12s to read. `tu3s`: the TUG-3s with a TU-3; None: those without an NPI in the first VC-4.
    `v1_h4`: the last two bits of H4 in a VC-4 that holds V1.
    """

    def __init__(
        self,
        width: int = 1,
        *,
        whole_file: bool = False,
        tus: Sequence[Tu] = ALL_TUS,
        tu3s: Iterable[int] | None = None,
        v1_h4: int = 0b01,
    ) -> None:
        self.width, self.whole_file, self._v1_h4 = width, whole_file, v1_h4
        self.tu3s = None if tu3s is None else set(tu3s)
        self.vc3: dict[int, Vc3Path] = {}
        self.frames = self.b3_errors = self.hp_rei = 0
        self.poh4: list[dict[str, int]] = []  # path overhead of every whole VC-4
        self.vc4s: list[Vc] = []
        self.au4 = Au4Sink(width)
        self.h4_errors = 0
        self.vc12: dict[Tu, Vc12Path] = {tu: Vc12Path() for tu in tus}
        self._b3: int | None = None
        self._quarter: int | None = None  # of the next VC-4; None until an H4 is seen
        self._slip: int | None = None  # how far the last H4 was off
        self._multiframe = 0
        self._held: list[tuple[int, bytes]] = []

    # -- overhead, by name

    @property
    def au_pointer(self) -> int | None:
        """The present AU-4 pointer."""
        return self.au4.pointer.value

    @property
    def j1(self) -> bytes:
        """J1 of every whole VC-4."""
        return bytes(octets["J1"] for octets in self.poh4)

    @property
    def hp_rdi(self) -> bool:
        """RDI of the last VC-4."""
        return bool(self.poh4) and vc4.rdi_of(self.poh4[-1]["G1"])

    @property
    def hp_erdi(self) -> str | None:
        """Kind of the remote defect that the last G1 tells."""
        return vc4.erdi_of(self.poh4[-1]["G1"] >> 1 & 0b111) if self.poh4 else None

    def channel(self, name: str) -> bytes:
        """An octet of the path overhead of every whole VC-4."""
        return bytes(octets[name] for octets in self.poh4)

    # -- frames in

    def feed_au(self, pointers: bytes, payload: bytes) -> None:
        """The 9X octets of row 4 and the 2349X payload octets of a frame."""
        if self.whole_file and self.frames == 0:
            self.au4.preset(pointers)
        self.au4.feed(pointers, payload, self.frames)
        self.frames += 1
        for vc in self.au4.collector.received:
            self._vc4(vc)
        self.au4.collector.received.clear()
        if self.au4.pointer.value is None:
            self._b3 = None

    def _vc4(self, vc: Vc) -> None:
        self.vc4s.append(vc)
        b3_at = vc4.place("B3", self.width)
        cut_before_b3 = len(vc.octets) <= b3_at
        if self._b3 is not None and not cut_before_b3:
            self.b3_errors += (self._b3 ^ vc.octets[b3_at]).bit_count()
        self._b3 = bip8(vc.octets) if vc.whole else None
        h4 = None
        if vc.whole:
            overhead = vc4.overhead_of(vc.octets, self.width)
            self.poh4.append(overhead)
            self.hp_rei += vc4.rei_of(overhead["G1"])
            h4 = overhead["H4"]
        if self.poh4 and self.poh4[-1]["C2"] == vc4.C2_TUG:
            self._tug_structure(vc4.payload_of(vc.octets).ljust(vc4.PAYLOAD, b"\0"), h4)

    def _tug_structure(self, payload: bytes, h4: int | None) -> None:
        """TU-3s and TU-12s. `h4` is None in a VC-4 that new data cut short: it keeps its place in the multiframe."""
        self._feed_tu3s(payload)
        self._follow_h4(h4)
        if self._quarter is None:
            return
        quarter, self._quarter = self._quarter, (self._quarter + 1) % 4
        self._held.append((quarter, payload))
        if self.whole_file and self._multiframe == 0 and quarter == 0:
            return  # start of a file: the octets after V1 wait until V2 tells the pointer
        if self.whole_file and self._multiframe == 0 and quarter == 1:
            self._preset_tus()
        for held_quarter, held_payload in self._held:
            for tu, path in self._in_tu12s():
                path.feed(held_quarter, tug.quarter_from(held_payload, tu), self._multiframe)
        self._held.clear()
        self._multiframe += quarter == 3

    def _in_tu12s(self) -> list[tuple[Tu, Vc12Path]]:
        return [(tu, path) for tu, path in self.vc12.items() if tu[0] not in self.vc3]

    def _feed_tu3s(self, payload: bytes) -> None:
        if self.tu3s is None:
            self.tu3s = {k for k in (1, 2, 3) if not tug3.has_npi(tug3.tug3_from(payload, k))}
        for k in sorted(self.tu3s):
            octets = tug3.tug3_from(payload, k)
            if k not in self.vc3:
                self.vc3[k] = Vc3Path()
                if self.whole_file and len(self.vc4s) == 1:
                    self.vc3[k].sink.preset(octets)
            self.vc3[k].feed(octets, len(self.vc4s) - 1)

    def _follow_h4(self, h4: int | None) -> None:
        """The H4 phase runs on its own; two wrong H4s in a row that agree with each other move it."""
        if h4 is None:
            return
        quarter = ((h4 & 0b11) - self._v1_h4) % 4
        if self._quarter is None:
            self._quarter = quarter
        if quarter == self._quarter:
            self._slip = None
            return
        self.h4_errors += 1
        slip = (quarter - self._quarter) % 4
        if slip == self._slip:
            self._quarter, self._slip = quarter, None
        else:
            self._slip = slip

    def _preset_tus(self) -> None:
        if len(self._held) != 2:
            return  # the file does not begin with V1: not in its start state
        (_, with_v1), (_, with_v2) = self._held
        for tu, path in self._in_tu12s():
            path.sink.preset(tug.quarter_from(with_v1, tu)[0] << 8 | tug.quarter_from(with_v2, tu)[0])

    # -- groups

    def path(self, part: Part) -> LowerPath:
        """What a TU-12 K.L.M or the TU-3 K delivers."""
        return self.vc3[part] if isinstance(part, int) else self.vc12[part]

    @property
    def vc4(self) -> Vc4Path:
        """The VC-4 as a member of a VC-4-Xv; there must have been no AIS or LOP."""
        return Vc4Path(self.vc4s)

    def members(self) -> list[Tu]:
        """The virtually concatenated VC-12s that carry GFP, in SQ order."""
        found: list[tuple[int, Tu]] = []
        for tu, path in self.vc12.items():
            if path.overhead and path.overhead[-1].label == vc12.LABEL_EXTENDED:
                k4 = path.k4
                if k4 and k4.extended_label == vc12.EXTENDED_LABEL_GFP:
                    found.append((k4.sq, tu))
        return [tu for _, tu in sorted(found)]

    def members3(self) -> list[int]:
        """The virtually concatenated VC-3s that carry GFP, in SQ order."""
        found: list[tuple[int, int]] = []
        for k, path in self.vc3.items():
            if path.poh and path.poh[-1]["C2"] == vc3.C2_GFP and path.h4:
                found.append((path.h4.sq, k))
        return [k for _, k in sorted(found)]

    def vc4_octets(self) -> bytes:
        """The payload octets of every VC-4: the octet stream of GFP in a plain VC-4."""
        return b"".join(vc4.payload_of(vc.octets, self.width) for vc in self.vc4s)

    def group_octets(self, members: Sequence[Part]) -> GroupOctets:
        """The octet stream of a VC-12-Xv or VC-3-Xv, `members` in SQ order, aligned by their K4 or H4 multiframes.

        It reaches over the VC numbers that all members have; ValueError when one has no multiframe.
        """
        try:
            return join([self.path(part) for part in members])
        except ValueError as error:
            raise ValueError(f"{error} of {members}") from None

    def gfp_octets(self, members: Sequence[Part] | None = None, contiguous: bool = False) -> bytes:
        """Octet stream of the group of `members`, or of the plain VC-4 when there are none.

        `contiguous`: of the one member as it comes, without a multiframe.
        """
        if contiguous and members:
            return b"".join(self.path(members[0]).payloads())
        return self.group_octets(members).octets if members else self.vc4_octets()

    def gfp(self, members: Sequence[Part] | None = None, contiguous: bool = False) -> Received:
        """Frames and counters of that octet stream."""
        deframer = gfp.GfpDeframer()
        frames = deframer.feed(self.gfp_octets(members, contiguous))
        return Received(frames, deframer.counters)


class Parser(AuParser):
    """Feed aligned frames of an STM-1; read the attributes, those of the sections in `section` too."""

    def __init__(
        self,
        *,
        whole_file: bool = False,
        tus: Sequence[Tu] = ALL_TUS,
        tu3s: Iterable[int] | None = None,
        v1_h4: int = 0b01,
    ) -> None:
        super().__init__(whole_file=whole_file, tus=tus, tu3s=tu3s, v1_h4=v1_h4)
        self.section = SectionSink(1)

    @property
    def framing_errors(self) -> int:
        """Frames that do not begin with A1 A2."""
        return self.section.framing_errors

    @property
    def b1_errors(self) -> int:
        """Bits of B1 that differ."""
        return self.section.b1_errors

    @property
    def b2_errors(self) -> int:
        """Bits of B2 that differ."""
        return self.section.b2_errors

    @property
    def ms_rei(self) -> int:
        """Sum of all M1."""
        return self.section.ms_rei

    @property
    def soh(self) -> list[dict[str, int]]:
        """Named octets of every frame."""
        return self.section.soh

    @property
    def j0(self) -> bytes:
        """J0 of every frame."""
        return self.section.j0

    @property
    def ms_rdi(self) -> bool:
        """K2 bits 6-8 of the last frame are 110."""
        return self.section.ms_rdi

    def feed(self, line: bytes) -> None:
        """One aligned frame of the line."""
        self.feed_au(*self.section.feed(line))

    def feed_all(self, frames: Iterable[bytes]) -> Parser:
        """All the frames; returns the parser itself."""
        for frame in frames:
            self.feed(frame)
        return self


class Received(NamedTuple):
    """GFP frames without fault, and what the deframer counted."""

    frames: list[gfp.Frame]
    counters: gfp.Counters

    def payloads(self) -> list[bytes]:
        """Payload information of the client frames."""
        return [frame.payload for frame in self.frames if frame.pti == gfp.PTI_DATA]

    def ethernet(self) -> list[bytes]:
        """MAC frames whose FCS is right, without it."""
        data = [f.payload for f in self.frames if f.pti == gfp.PTI_DATA and f.upi == gfp.UPI_ETHERNET]
        return [octets[:-4] for octets in data if octets[-4:] == eth_fcs(octets[:-4])]
