"""The whole transmit chain: Ethernet frames -> GFP-F -> VC-4 or VC-12-Xv -> STM-1 (DESIGN 6.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from . import gfp, stm1, tug, vc4, vc12
from .au4 import Au4Source
from .bip import bip2, bip8
from .pointer import Moves
from .trace import build as build_trace
from .tug import Tu, Tu12Source

Octets = Callable[[int, bytearray], None]  # (number, octets to spoil in place)
TuOctets = Callable[[Tu, int, bytearray], None]


def _trace(text: str | bytes) -> bytes:
    """A 16-octet trace of a text; octets are sent as they are, over and over."""
    return build_trace(text) if isinstance(text, str) else text


class _Group:
    """VC-12-Xv: GFP octets dealt one at a time over the members in SQ order (STANDARDS 7, LO)."""

    def __init__(self, source: gfp.OctetSource, size: int) -> None:
        self._source, self._size = source, size
        self._rounds: list[bytes] = []

    def payload(self, sq: int, number: int) -> bytes:
        """The 136 octets of member `sq` in its VC-12 `number`; zeros before number 0."""
        if number < 0:
            return bytes(vc12.PAYLOAD)
        while len(self._rounds) <= number:
            self._rounds.append(self._source.take(vc12.PAYLOAD * self._size))
        return self._rounds[number][sq :: self._size]


class Builder:
    """STM-1 frames, numbered from 0, of one mapping. `frame()` gives the next one.

    VC-4 number 0 is the first whose J1 lies in frame 0, and holds V1; VC-12 number 0 of a TU is the first
    whose V5 lies in TU multiframe 0. J0, J1, J2, K4 and the octet stream begin with them; zeros before them.
    """

    def __init__(
        self,
        frames: Iterable[bytes] = (),
        *,
        mapping: str = "vc4",
        members: Sequence[Tu] = (),
        gfp_frames: Iterable[bytes] | None = None,
        lead_idles: int = 0,
        pfcs: bool = False,
        cid: int | None = None,
        upi: int = gfp.UPI_ETHERNET,
        au_pointer: int = 522,
        au_ss: int = 0b10,
        tu_pointers: Mapping[Tu, int] | int = 0,
        au_moves: Moves | None = None,
        tu_moves: Mapping[Tu, Moves] | None = None,
        delays: Mapping[Tu, int] | None = None,
        j0: str | bytes = "msapemu",
        j1: str | bytes = "msapemu",
        j2: str | bytes | Mapping[Tu, str | bytes] = "msapemu",
        s1: int = 0x0B,
        soh: Mapping[str, Callable[[int], int]] | None = None,
        poh4: Mapping[str, Callable[[int], int]] | None = None,
        poh12: Callable[[Tu, int], dict[str, int]] | None = None,
        on_vc12: TuOctets | None = None,
        on_vc4: Octets | None = None,
        on_frame: Octets | None = None,
    ) -> None:
        """Everything is optional.

        frames       Ethernet frames without FCS, sent back to back after `lead_idles` idle frames, then idles
                     (a receiver needs two of these to be in SYNC when the first client frame comes)
        mapping      "vc4" (GFP in a plain VC-4) or "vc12" (GFP in VC-12-Xv over `members`, SQ 0 first)
        gfp_frames   plain GFP frames to send instead of `frames`, `pfcs`, `cid`, `upi`
        tu_pointers  one value for all 63 TU-12s, or by TU (others 0)
        au_moves     frame number -> "inc", "dec" or ("ndf", value); tu_moves: TU -> TU multiframe -> the same
        delays       member -> VC-12 frames (500 us) it comes late: its numbers then begin below zero, with
                     payload zero, J2 and K4 counted backwards
        soh, poh4    octet name -> its value by frame or VC-4 number, e.g. soh={"M1": lambda n: 3}
        poh12        (member, VC-12 number) -> keywords for vc12.build (rei, rdi, label, n2, k4, j2)
        on_...       gets the number and the finished octets, to spoil them; parities are of the good ones
        """
        if mapping not in ("vc4", "vc12"):
            raise ValueError(f"unknown mapping {mapping!r}")
        if (mapping == "vc12" and not members) or len(set(members)) != len(members):
            raise ValueError("vc12 needs members, each once")
        if gfp_frames is None:
            payloads = (gfp.ethernet_payload(frame) for frame in frames)
            gfp_frames = (gfp.build(payload, upi=upi, with_pfcs=pfcs, cid=cid) for payload in payloads)
        self.source = gfp.OctetSource(gfp_frames, lead_idles)
        self.mapping, self.members = mapping, list(members)
        self.number = 0  # of the next frame
        self._delays = dict(delays or {})
        self._j0, self._j1, self._s1 = _trace(j0), _trace(j1), s1
        self._j2 = {tu: _trace(j2[tu] if isinstance(j2, Mapping) else j2) for tu in self.members}
        self._soh, self._poh4, self._poh12 = dict(soh or {}), dict(poh4 or {}), poh12
        self._on_vc12, self._on_vc4, self._on_frame = on_vc12, on_vc4, on_frame
        self._previous: tuple[bytes, bytes] | None = None
        self._vc4_number = self._b3 = 0
        self._au4 = Au4Source(self._next_vc4, au_pointer, au_moves, au_ss)
        self._tus: dict[Tu, Tu12Source] = {}
        if mapping == "vc12":
            group = _Group(self.source, len(self.members))
            for tu in tug.ALL_TUS:
                value = tu_pointers.get(tu, 0) if isinstance(tu_pointers, Mapping) else tu_pointers
                vc12s = self._member(group, tu) if tu in self.members else lambda: vc12.UNEQUIPPED
                self._tus[tu] = Tu12Source(vc12s, value, (tu_moves or {}).get(tu))
        self._quarters: list[dict[Tu, bytes]] = []

    def _member(self, group: _Group, tu: Tu) -> Callable[[], bytes]:
        """The VC-12s of a member, one a call."""
        sq, trace = self.members.index(tu), self._j2[tu]
        number, parity = -self._delays.get(tu, 0), 0

        def next_vc12() -> bytes:
            nonlocal number, parity
            fields = {
                "j2": trace[number % len(trace)],
                "k4": vc12.k4_octet(number, vc12.EXTENDED_LABEL_GFP, sq),
                **(self._poh12(tu, number) if self._poh12 else {}),
            }
            octets = vc12.build(group.payload(sq, number), bip2=parity, **fields)
            parity = bip2(octets)
            if self._on_vc12:
                spoiled = bytearray(octets)
                self._on_vc12(tu, number, spoiled)
                octets = bytes(spoiled)
            number += 1
            return octets

        return next_vc12

    def _vc4_payload(self) -> tuple[int, int, bytes]:
        """C2, H4 and the payload of the next VC-4."""
        if self.mapping == "vc4":
            return vc4.C2_GFP, 0x00, self.source.take(vc4.PAYLOAD)
        if not self._quarters:
            multiframes = {tu: source.multiframe() for tu, source in self._tus.items()}
            self._quarters = [{tu: quarters[q] for tu, quarters in multiframes.items()} for q in range(4)]
        return vc4.C2_TUG, tug.h4_of(self._vc4_number % 4), tug.frame_payload(self._quarters.pop(0))

    def _next_vc4(self) -> bytes:
        number = self._vc4_number
        c2, h4, payload = self._vc4_payload()
        overhead = {"J1": self._j1[number % len(self._j1)], "B3": self._b3, "C2": c2, "H4": h4}
        overhead |= {name: value(number) for name, value in self._poh4.items()}
        octets = vc4.build(overhead, payload)
        self._b3 = bip8(octets)
        if self._on_vc4:
            spoiled = bytearray(octets)
            self._on_vc4(number, spoiled)
            octets = bytes(spoiled)
        self._vc4_number += 1
        return octets

    def frame(self) -> bytes:
        """The next frame as on the line: 2430 octets, scrambled."""
        number = self.number
        overhead = {"J0": self._j0[number % len(self._j0)], "S1": self._s1}
        overhead |= {name: value(number) for name, value in self._soh.items()}
        pointers, payload = self._au4.frame()
        plain = stm1.build(overhead, pointers, payload, self._previous)
        line = stm1.scramble(plain)
        self._previous = (plain, line)
        if self._on_frame:
            spoiled = bytearray(line)
            self._on_frame(number, spoiled)
            line = bytes(spoiled)
        self.number += 1
        return line

    def frames(self, count: int) -> list[bytes]:
        """The next `count` frames."""
        return [self.frame() for _ in range(count)]

    def line(self, count: int) -> bytes:
        """The next `count` frames as one run of octets, as in a `.stm1` file (DESIGN 6.1)."""
        return b"".join(self.frames(count))


def idles_of(frames: int, mapping: str, members: int = 1) -> int:
    """GFP idle frames that a group carries in `frames` STM-1 frames (rounded down): for `lead_idles`."""
    octets = frames * (vc4.PAYLOAD if mapping == "vc4" else vc12.PAYLOAD * members // 4)
    return octets // len(gfp.IDLE)
