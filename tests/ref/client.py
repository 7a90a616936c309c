"""An Ethernet client: its frames as one stream of GFP octets, dealt over the members of a group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from . import gfp, vcat
from .tug import Part

WHOLE = 0  # in place of a TU: the VC-4 itself is a member


def kind_of(part: Part) -> str:
    """What a member is: "vc12", "vc3" or "vc4"."""
    return "vc12" if not isinstance(part, int) else "vc3" if part else "vc4"


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
        lcas: bool = False,
    ) -> None:
        """
        frames       Ethernet frames without FCS, sent back to back after `lead_idles` idle frames, then idles
                     (a receiver needs two of these to be in SYNC when the first client frame comes)
        members      of its VC-12-Xv (K.L.M) or VC-3-Xv (TUG-3 numbers), SQ 0 first; none when it fills the VC-4.
                     (For a VC-4-Xv, and a group in more VC-4s than one: `Shared`.)
        gfp_frames   plain GFP frames to send instead of `frames`, `pfcs`, `cid`, `upi`
        contiguous   its one member is no group: neither H4 nor bit 2 of K4 say anything
        lcas         the control packets of a group that never changes and hears nothing (`vcat.steady`)
        """
        if gfp_frames is None:
            payloads = (gfp.ethernet_payload(frame) for frame in frames)
            gfp_frames = (gfp.build(payload, upi=upi, with_pfcs=pfcs, cid=cid) for payload in payloads)
        self.source = gfp.OctetSource(gfp_frames, lead_idles)
        self.members = list(members)
        self.contiguous = contiguous
        if contiguous and len(self.members) != 1:
            raise ValueError("a contiguous client has one member")
        kinds = {kind_of(member) for member in self.members}
        if len(kinds) > 1:
            raise ValueError("no group of VC-12s and VC-3s")
        self.group: vcat.Group | None = None
        if kinds:
            (kind,), count = kinds, len(self.members)
            self.group = vcat.Group(kind, count, self.source, vcat.steady(kind, count) if lcas else None)
        self.numbers = {member: number for number, member in enumerate(self.members)}

    def member_payload(self, number: int, of_vc: int) -> bytes:
        """The octets of member `number`, from 0, in one of its VCs; zeros before VC number 0."""
        assert self.group is not None
        return self.group.payload(number, of_vc)


class Shared(Client):
    """The members of a group that are in one VC-4: of a VC-4-Xv that VC-4, of others VC-3s or VC-12s."""

    def __init__(self, group: vcat.Group, members: Mapping[Part, int]) -> None:
        """`members`: place -> number in the group, from 0; the place of a VC-4 is `WHOLE`."""
        if {kind_of(part) for part in members} != {group.kind}:
            raise ValueError(f"not all of these are {group.kind}")
        self.source, self.group, self.contiguous = group.source, group, False
        self.members, self.numbers = list(members), dict(members)
