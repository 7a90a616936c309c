"""What one AU-4 or AU-4-Xc carries: Ethernet frames -> GFP-F -> VC-4, VC-4-Xc, VC-3-Xv or VC-12-Xv -> AU-4."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from . import paths, trace, tug, vc4
from .au4 import Au4Source
from .bip import bip8
from .client import WHOLE, Client
from .paths import NextVc, Vc3Source, Vc12Source
from .pointer import Moves
from .section import Octets
from .tug import Part, Tu
from .tugs import Ais, Tugs

TuOctets = Callable[[Tu, int, bytearray], None]
Tu3Octets = Callable[[int, int, bytearray], None]
OF_TUGS = ("vc12", "tug")  # names of the mapping that has TUG-3s


def of_part(values: str | bytes | Mapping[Part, str | bytes], part: Part) -> str | bytes:
    """One value for all, or that of the part."""
    return values[part] if isinstance(values, Mapping) else values


class Content:
    """Pointer row and payload of one AU-4 or AU-4-Xc. `frame()` gives those of the next frame.

    VC-4 number 0 is the first whose J1 lies in frame 0, and holds V1; VC-12 number 0 of a TU is the first
    whose V5 lies in TU multiframe 0, VC-3 number 0 the first whose J1 lies in VC-4 number 0. J1, J2, K4, H4
    and the octet stream begin with them; zeros before them.
    """

    def __init__(
        self,
        mapping: str = "vc4",
        clients: Sequence[Client] = (),
        *,
        width: int = 1,
        au_pointer: int = 522,
        au_ss: int = 0b10,
        tu_pointers: Mapping[Part, int] | int = 0,
        au_moves: Moves | None = None,
        tu_moves: Mapping[Part, Moves] | None = None,
        delays: Mapping[Part, int] | None = None,
        tributaries: Mapping[Part, NextVc] | None = None,
        au_ais: Callable[[int], bool] | None = None,
        tu_ais: Ais | None = None,
        j1: str | bytes = "msapemu",
        j1_vc3: str | bytes | Mapping[Part, str | bytes] | None = None,
        j2: str | bytes | Mapping[Part, str | bytes] = "msapemu",
        poh4: Mapping[str, Callable[[int], int]] | None = None,
        poh3: Mapping[int, paths.Values] | None = None,
        poh12: Callable[[Tu, int], dict[str, int]] | None = None,
        on_vc12: TuOctets | None = None,
        on_vc3: Tu3Octets | None = None,
        on_vc4: Octets | None = None,
    ) -> None:
        """
        mapping      "vc4" (GFP of one client in a VC-4, a VC-4-Xc or a member of a VC-4-Xv), "vc12" or "tug"
                     (TUG-3s: a VC-12-Xv or VC-3-Xv for each client, the `tributaries`, other VC-12s unequipped),
                     "unequipped" (a VC-4 of zeros, overhead and all) or "supervisory" (zeros, but a trace and parity)
        width        X of an AU-4-Xc, else 1
        tu_pointers  one value for all TUs, or by TU (others 0)
        au_moves     frame number -> "inc", "dec" or ("ndf", value); tu_moves: TU -> frame number (TU-3) or
                     TU multiframe (TU-12) -> the same
        delays       member -> VC frames (500 us, 125 us of a VC-3 or VC-4) it comes late: its numbers then begin
                     below zero, with payload zero, and J2, K4 or J1, H4 counted backwards
        tributaries  VC-12 or VC-3 -> where its VCs come from (see `paths`)
        au_ais       frame number -> all ones in the whole AU-4; tu_ais: (TU, VC-4 number) -> in the TU
        j1_vc3       of the VC-3 members, when not `j1`
        poh4         octet name -> its value by VC-4 number, e.g. poh4={"G1": lambda n: 0x08}
        poh3         VC-3 member -> octet name -> its value by VC-3 number
        poh12        (member, VC-12 number) -> keywords for vc12.build (rei, rdi, label, n2, k4, j2)
        on_...       gets the number and the finished octets, to spoil them; parities are of the good ones
        """
        if mapping not in ("vc4", "unequipped", "supervisory", *OF_TUGS):
            raise ValueError(f"unknown mapping {mapping!r}")
        members = [part for client in clients for part in client.members]
        without = any(not client.members for client in clients)
        tributaries = dict(tributaries or {})
        if (mapping in OF_TUGS and without) or len({*members, *tributaries}) != len(members) + len(tributaries):
            raise ValueError("vc12 needs members, each once")
        whole = mapping == "vc4" and width == 1 and members == [WHOLE]
        if mapping in OF_TUGS and (width > 1 or WHOLE in members):
            raise ValueError(f"{mapping!r} of width {width} has VC-12s and VC-3s")
        if mapping not in OF_TUGS and ((members and not whole) or tributaries):
            raise ValueError(f"no VC-12s or VC-3s in {mapping!r} of width {width}")
        if len(clients) > {"vc4": 1, "unequipped": 0, "supervisory": 0}.get(mapping, len(clients)):
            raise ValueError(f"too many clients for {mapping!r}")
        self.mapping, self.width = mapping, width
        self.clients = list(clients) or ([Client()] if mapping == "vc4" else [])
        self._delays = dict(delays or {})
        self._j1, self._j2 = trace.octets_of(j1), j2
        self._j1_vc3 = j1 if j1_vc3 is None else j1_vc3
        self._poh4, self._poh3, self._poh12 = dict(poh4 or {}), dict(poh3 or {}), poh12
        self._on_vc12, self._on_vc3, self._on_vc4 = on_vc12, on_vc3, on_vc4
        self._au_ais = au_ais
        self._number, self._b3, self._frame = -self._delays.get(WHOLE, 0), 0, 0
        self._au4 = Au4Source(self._next_vc4, au_pointer, au_moves, au_ss, width)
        if mapping in OF_TUGS:
            sources = {part: self._member(client, part) for client in self.clients for part in client.members}
            self._tugs = Tugs(sources | tributaries, pointers=tu_pointers, moves=tu_moves, ais=tu_ais)

    def _member(self, client: Client, part: Part) -> NextVc:
        """The VC-12s or VC-3s of a member, one a call."""
        member, group = client.numbers[part], client.group
        assert group is not None
        first = -self._delays.get(part, 0)

        def payload(number: int) -> bytes:
            return client.member_payload(member, number)

        if isinstance(part, int):
            on_vc3 = self._on_vc3
            return Vc3Source(
                payload,
                j1=of_part(self._j1_vc3, part),
                values={"H4": paths.h4_of(group, member, client.contiguous), **self._poh3.get(part, {})},
                first=first,
                on_vc=(lambda number, octets: on_vc3(part, number, octets)) if on_vc3 else None,
            )
        poh12, on_vc12 = self._poh12, self._on_vc12
        return Vc12Source(
            payload,
            j2=of_part(self._j2, part),
            k4=paths.k4_of(group, member, client.contiguous),
            fields=(lambda number: poh12(part, number)) if poh12 else None,
            first=first,
            on_vc=(lambda number, octets: on_vc12(part, number, octets)) if on_vc12 else None,
        )

    def _vc4_payload(self) -> tuple[int, int, bytes]:
        """C2, H4 and the payload of the next VC-4."""
        client = self.clients[0] if self.mapping == "vc4" else None
        if client and client.group:
            member, number = client.numbers[WHOLE], self._number
            return vc4.C2_GFP, client.group.h4(member, number), client.group.payload(member, number)
        if self.mapping == "vc4":
            return vc4.C2_GFP, 0x00, self.clients[0].source.take(vc4.PAYLOAD * self.width)
        if self.mapping == "supervisory":
            return vc4.C2_UNEQUIPPED, 0x00, bytes(vc4.PAYLOAD * self.width)
        return vc4.C2_TUG, tug.h4_of(self._number % 4), self._tugs.payload()

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
        pointers, payload = self._au4.frame()
        self._frame += 1
        if self._au_ais and self._au_ais(self._frame - 1):
            return b"\xff" * len(pointers), b"\xff" * len(payload)
        return pointers, payload
