"""An Ethernet client: its frames as one stream of GFP octets, dealt over the members of a group."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from . import gfp, vc3, vc12
from .tug import Part


class Client:
    """The frames of one GFP stream, and the VC-12s or VC-3s that carry it, if any."""

    def __init__(
        self,
        frames: Iterable[bytes] = (),
        *,
        members: Sequence[Part] = (),
        gfp_frames: Iterable[bytes] | None = None,
        lead_idles: int = 0,
        pfcs: bool = False,
        cid: int | None = None,
        upi: int = gfp.UPI_ETHERNET,
        contiguous: bool = False,
    ) -> None:
        """
        frames       Ethernet frames without FCS, sent back to back after `lead_idles` idle frames, then idles
                     (a receiver needs two of these to be in SYNC when the first client frame comes)
        members      of its VC-12-Xv (K.L.M) or VC-3-Xv (TUG-3 numbers), SQ 0 first; none when it fills the VC-4
        gfp_frames   plain GFP frames to send instead of `frames`, `pfcs`, `cid`, `upi`
        contiguous   its one member is no group: neither H4 nor bit 2 of K4 say anything
        """
        if gfp_frames is None:
            payloads = (gfp.ethernet_payload(frame) for frame in frames)
            gfp_frames = (gfp.build(payload, upi=upi, with_pfcs=pfcs, cid=cid) for payload in payloads)
        self.source = gfp.OctetSource(gfp_frames, lead_idles)
        self.members = list(members)
        self.contiguous = contiguous
        if contiguous and len(self.members) != 1:
            raise ValueError("a contiguous client has one member")
        if len({isinstance(member, int) for member in self.members}) > 1:
            raise ValueError("no group of VC-12s and VC-3s")
        self._rounds: list[bytes] = []

    @property
    def member_size(self) -> int:
        """Payload octets of each of the members."""
        return vc3.PAYLOAD if self.members and isinstance(self.members[0], int) else vc12.PAYLOAD

    def member_payload(self, sq: int, number: int) -> bytes:
        """The 136 or 756 octets of member `sq` in its VC number `number`; zeros before number 0.

        GFP octets are dealt one at a time over the members in SQ order (STANDARDS 7).
        """
        if number < 0:
            return bytes(self.member_size)
        while len(self._rounds) <= number:
            self._rounds.append(self.source.take(self.member_size * len(self.members)))
        return self._rounds[number][sq :: len(self.members)]
