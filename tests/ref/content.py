"""What one AU-4 or AU-4-Xc carries: Ethernet frames -> GFP-F -> VC-4, VC-4-Xc or VC-12-Xv -> AU-4."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from . import gfp, trace, tug, vc4, vc12
from .au4 import Au4Source
from .bip import bip2, bip8
from .pointer import Moves
from .section import Octets
from .tug import Tu, Tu12Source

TuOctets = Callable[[Tu, int, bytearray], None]


class Client:
    """The frames of one GFP stream, and the VC-12s that carry it, if any."""

    def __init__(
        self,
        frames: Iterable[bytes] = (),
        *,
        members: Sequence[Tu] = (),
        gfp_frames: Iterable[bytes] | None = None,
        lead_idles: int = 0,
        pfcs: bool = False,
        cid: int | None = None,
        upi: int = gfp.UPI_ETHERNET,
    ) -> None:
        """
        frames       Ethernet frames without FCS, sent back to back after `lead_idles` idle frames, then idles
                     (a receiver needs two of these to be in SYNC when the first client frame comes)
        members      of its VC-12-Xv, SQ 0 first; none when it fills the VC-4
        gfp_frames   plain GFP frames to send instead of `frames`, `pfcs`, `cid`, `upi`
        """
        if gfp_frames is None:
            payloads = (gfp.ethernet_payload(frame) for frame in frames)
            gfp_frames = (gfp.build(payload, upi=upi, with_pfcs=pfcs, cid=cid) for payload in payloads)
        self.source = gfp.OctetSource(gfp_frames, lead_idles)
        self.members = list(members)
        self._rounds: list[bytes] = []

    def member_payload(self, sq: int, number: int) -> bytes:
        """The 136 octets of member `sq` in its VC-12 `number`; zeros before number 0.

        GFP octets are dealt one at a time over the members in SQ order (STANDARDS 7, LO).
        """
        if number < 0:
            return bytes(vc12.PAYLOAD)
        while len(self._rounds) <= number:
            self._rounds.append(self.source.take(vc12.PAYLOAD * len(self.members)))
        return self._rounds[number][sq :: len(self.members)]


class Content:
    """Pointer row and payload of one AU-4 or AU-4-Xc. `frame()` gives those of the next frame.

    VC-4 number 0 is the first whose J1 lies in frame 0, and holds V1; VC-12 number 0 of a TU is the first
    whose V5 lies in TU multiframe 0. J1, J2, K4 and the octet stream begin with them; zeros before them.
    """

    def __init__(
        self,
        mapping: str = "vc4",
        clients: Sequence[Client] = (),
        *,
        width: int = 1,
        au_pointer: int = 522,
        au_ss: int = 0b10,
        tu_pointers: Mapping[Tu, int] | int = 0,
        au_moves: Moves | None = None,
        tu_moves: Mapping[Tu, Moves] | None = None,
        delays: Mapping[Tu, int] | None = None,
        j1: str | bytes = "msapemu",
        j2: str | bytes | Mapping[Tu, str | bytes] = "msapemu",
        poh4: Mapping[str, Callable[[int], int]] | None = None,
        poh12: Callable[[Tu, int], dict[str, int]] | None = None,
        on_vc12: TuOctets | None = None,
        on_vc4: Octets | None = None,
    ) -> None:
        """
        mapping      "vc4" (GFP of one client in a VC-4 or VC-4-Xc), "vc12" (a VC-12-Xv for each client, other
                     VC-12s unequipped) or "unequipped" (a VC-4 of zeros, overhead and all)
        width        X of an AU-4-Xc, else 1
        tu_pointers  one value for all 63 TU-12s, or by TU (others 0)
        au_moves     frame number -> "inc", "dec" or ("ndf", value); tu_moves: TU -> TU multiframe -> the same
        delays       member -> VC-12 frames (500 us) it comes late: its numbers then begin below zero, with
                     payload zero, J2 and K4 counted backwards
        poh4         octet name -> its value by VC-4 number, e.g. poh4={"G1": lambda n: 0x08}
        poh12        (member, VC-12 number) -> keywords for vc12.build (rei, rdi, label, n2, k4, j2)
        on_...       gets the number and the finished octets, to spoil them; parities are of the good ones
        """
        if mapping not in ("vc4", "vc12", "unequipped"):
            raise ValueError(f"unknown mapping {mapping!r}")
        members = [tu for client in clients for tu in client.members]
        without = any(not client.members for client in clients)
        if (mapping == "vc12" and without) or len(set(members)) != len(members):
            raise ValueError("vc12 needs members, each once")
        if (mapping != "vc12" and members) or (mapping == "vc12" and width > 1):
            raise ValueError(f"no VC-12s in {mapping!r} of width {width}")
        if len(clients) > {"vc4": 1, "unequipped": 0}.get(mapping, len(clients)):
            raise ValueError(f"too many clients for {mapping!r}")
        self.mapping, self.width = mapping, width
        self.clients = list(clients) or ([Client()] if mapping == "vc4" else [])
        self._delays = dict(delays or {})
        self._j1 = trace.octets_of(j1)
        self._j2 = {tu: trace.octets_of(j2[tu] if isinstance(j2, Mapping) else j2) for tu in members}
        self._poh4, self._poh12 = dict(poh4 or {}), poh12
        self._on_vc12, self._on_vc4 = on_vc12, on_vc4
        self._number = self._b3 = 0
        self._au4 = Au4Source(self._next_vc4, au_pointer, au_moves, au_ss, width)
        self._tus: dict[Tu, Tu12Source] = {}
        if mapping == "vc12":
            vc12s = {tu: self._member(client, tu) for client in self.clients for tu in client.members}
            for tu in tug.ALL_TUS:
                value = tu_pointers.get(tu, 0) if isinstance(tu_pointers, Mapping) else tu_pointers
                source = vc12s.get(tu, lambda: vc12.UNEQUIPPED)
                self._tus[tu] = Tu12Source(source, value, (tu_moves or {}).get(tu))
        self._quarters: list[dict[Tu, bytes]] = []

    def _member(self, client: Client, tu: Tu) -> Callable[[], bytes]:
        """The VC-12s of a member, one a call."""
        sq, j2 = client.members.index(tu), self._j2[tu]
        number, parity = -self._delays.get(tu, 0), 0

        def next_vc12() -> bytes:
            nonlocal number, parity
            fields = {
                "j2": j2[number % len(j2)],
                "k4": vc12.k4_octet(number, vc12.EXTENDED_LABEL_GFP, sq),
                **(self._poh12(tu, number) if self._poh12 else {}),
            }
            octets = vc12.build(client.member_payload(sq, number), bip2=parity, **fields)
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
            return vc4.C2_GFP, 0x00, self.clients[0].source.take(vc4.PAYLOAD * self.width)
        if not self._quarters:
            multiframes = {tu: source.multiframe() for tu, source in self._tus.items()}
            self._quarters = [{tu: quarters[q] for tu, quarters in multiframes.items()} for q in range(4)]
        return vc4.C2_TUG, tug.h4_of(self._number % 4), tug.frame_payload(self._quarters.pop(0))

    def _built_vc4(self) -> bytes:
        if self.mapping == "unequipped":
            return bytes(vc4.SIZE * self.width)
        number = self._number
        c2, h4, payload = self._vc4_payload()
        overhead = {"J1": self._j1[number % len(self._j1)], "B3": self._b3, "C2": c2, "H4": h4}
        overhead |= {name: value(number) for name, value in self._poh4.items()}
        return vc4.build(overhead, payload, self.width)

    def _next_vc4(self) -> bytes:
        octets = self._built_vc4()
        self._b3 = bip8(octets)
        if self._on_vc4:
            spoiled = bytearray(octets)
            self._on_vc4(self._number, spoiled)
            octets = bytes(spoiled)
        self._number += 1
        return octets

    def frame(self) -> tuple[bytes, bytes]:
        """The 9X octets of row 4 and the 2349X payload octets of the next frame."""
        return self._au4.frame()
