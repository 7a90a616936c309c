"""The whole transmit chain: Ethernet frames -> GFP-F -> VC-4 or VC-12-Xv -> STM-1 (DESIGN 6.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from . import gfp, vc4, vc12
from .client import Client
from .content import Content, TuOctets
from .multi import MultiBuilder
from .pointer import Moves
from .section import Octets
from .tug import Part, Tu


class Builder(MultiBuilder):
    """STM-1 frames, numbered from 0, of one mapping: a `MultiBuilder` of one AU-4 with one client."""

    def __init__(
        self,
        frames: Iterable[bytes] = (),
        *,
        mapping: str = "vc4",
        members: Sequence[Part] = (),
        gfp_frames: Iterable[bytes] | None = None,
        lead_idles: int = 0,
        pfcs: bool = False,
        cid: int | None = None,
        upi: int = gfp.UPI_ETHERNET,
        au_pointer: int = 522,
        au_ss: int = 0b10,
        tu_pointers: Mapping[Part, int] | int = 0,
        au_moves: Moves | None = None,
        tu_moves: Mapping[Part, Moves] | None = None,
        delays: Mapping[Part, int] | None = None,
        j0: str | bytes = "msapemu",
        j1: str | bytes = "msapemu",
        j2: str | bytes | Mapping[Part, str | bytes] = "msapemu",
        s1: int = 0x0B,
        soh: Mapping[str, Callable[[int], int]] | None = None,
        poh4: Mapping[str, Callable[[int], int]] | None = None,
        poh12: Callable[[Tu, int], dict[str, int]] | None = None,
        on_vc12: TuOctets | None = None,
        on_vc4: Octets | None = None,
        on_frame: Octets | None = None,
    ) -> None:
        """Everything is optional and explained in `Client`, `Content` and `SectionSource`."""
        client = Client(
            frames,
            members=members if mapping == "vc12" else (),
            gfp_frames=gfp_frames,
            lead_idles=lead_idles,
            pfcs=pfcs,
            cid=cid,
            upi=upi,
        )
        content = Content(
            mapping,
            [client],
            au_pointer=au_pointer,
            au_ss=au_ss,
            tu_pointers=tu_pointers,
            au_moves=au_moves,
            tu_moves=tu_moves,
            delays=delays,
            j1=j1,
            j2=j2,
            poh4=poh4,
            poh12=poh12,
            on_vc12=on_vc12,
            on_vc4=on_vc4,
        )
        super().__init__(1, [content], j0=j0, s1=s1, soh=soh, on_frame=on_frame)
        self.source, self.mapping, self.members = client.source, mapping, list(members)


def idles_of(frames: int, mapping: str, members: int = 1, width: int = 1) -> int:
    """GFP idle frames that a client gets into `frames` STM-N frames (rounded down): for `lead_idles`."""
    octets = frames * (vc4.PAYLOAD * width if mapping == "vc4" else vc12.PAYLOAD * members // 4)
    return octets // len(gfp.IDLE)
