"""Random contents of a VC-4 of TUG-3s: what to build, and what a reader must find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from . import gfp, mixture, paths, pointer, tug, vc3, vc12
from .client import Client
from .content import Content
from .mixture import KINDS
from .pointer import Moves
from .tug import Part


@dataclass
class Stream:
    """One client: its Ethernet frames, the VC-12s or VC-3s that carry them, how GFP wraps them."""

    frames: list[bytes]
    members: list[Part]
    pfcs: bool
    cid: int | None

    def client(self, lead: int, contiguous: bool) -> Client:
        """With idle frames in the VCs of the first `lead` frames of the line (a multiple of 4)."""
        in_vc3 = isinstance(self.members[0], int)
        octets = (vc3.PAYLOAD if in_vc3 else vc12.PAYLOAD // 4) * len(self.members) * lead
        return Client(
            self.frames,
            members=self.members,
            lead_idles=octets // len(gfp.IDLE),
            pfcs=self.pfcs,
            cid=self.cid,
            contiguous=contiguous,
        )


@dataclass
class Structure:
    """One VC-4 of three TUG-3s."""

    streams: list[Stream]
    contiguous: bool  # each stream has one member and that is no group
    pdh: dict[Part, tuple[str, bytes]]  # "async" or "byte" (E1), "e3", and what it carries
    supervisory: list[Part]
    tu_pointers: dict[Part, int]
    tu_moves: dict[Part, Moves] = field(default_factory=dict)
    delays: dict[Part, int] = field(default_factory=dict)
    au_pointer: int = 522
    au_moves: Moves = field(default_factory=dict)
    j1: str = "msapemu"
    j2: str = "msapemu"

    @property
    def parts(self) -> list[Part]:
        """All VCs that are not unequipped."""
        return [part for stream in self.streams for part in stream.members] + [*self.pdh, *self.supervisory]

    @property
    def tu3s(self) -> set[int]:
        """TUG-3s with a TU-3."""
        return {part for part in self.parts if isinstance(part, int)}

    def content(self, lead: int = 0) -> Content:
        """To be built, with idle frames in the first `lead` frames of the line."""
        make = {"async": self._e1_async, "byte": self._e1_byte, "e3": self._e3}
        tributaries = {part: make[kind](octets) for part, (kind, octets) in self.pdh.items()}
        for part in self.supervisory:
            tributaries[part] = paths.supervisory3(self.j1) if isinstance(part, int) else paths.supervisory12(self.j2)
        return Content(
            "tug",
            [stream.client(lead, self.contiguous) for stream in self.streams],
            au_pointer=self.au_pointer,
            au_moves=self.au_moves,
            tu_pointers=self.tu_pointers,
            tu_moves=self.tu_moves,
            delays=self.delays,
            tributaries=tributaries,
            j1=self.j1,
            j2=self.j2,
        )

    def _e1_async(self, octets: bytes) -> paths.NextVc:
        return paths.e1_async(octets, j2=self.j2)

    def _e1_byte(self, octets: bytes) -> paths.NextVc:
        return paths.e1_byte(octets, j2=self.j2)

    def _e3(self, octets: bytes) -> paths.NextVc:
        return paths.e3_async(octets, j1=self.j1)


def offsets_of(part: Part) -> int:
    """Pointer values of the TU."""
    return pointer.TU3_OFFSETS if isinstance(part, int) else pointer.TU12_OFFSETS


def _cut(rng: Random, members: list[Part], single: bool) -> list[list[Part]]:
    """Members dealt to one or two groups, or each alone."""
    if single:
        return [[member] for member in members]
    cut = rng.randint(0, len(members))
    return [some for some in (members[:cut], members[cut:]) if some]


def structure(rng: Random, *, frames: int = 6, e1_octets: int = 2000, e3_octets: int = 8000) -> Structure:
    """Any of TU-3 and TU-12s in each TUG-3; VC-3s and VC-12s of groups, E1, E3, supervisory-unequipped or empty."""
    uses: dict[str, list[Part]] = {"group": [], "pdh": [], "supervisory": []}
    for k in (1, 2, 3):
        if rng.random() < 0.5:
            uses[rng.choice(["group", "group", "pdh", "supervisory"])].append(k)
    in_tu12s = [tu for tu in tug.ALL_TUS if tu[0] not in [k for parts in uses.values() for k in parts]]
    groups12: list[Part] = []
    for tu in rng.sample(in_tu12s, min(len(in_tu12s), 9)):
        use = rng.choice(["group", "pdh", "supervisory", "none"])
        if use == "group":
            groups12.append(tu)
        elif use != "none":
            uses[use].append(tu)
    contiguous = rng.random() < 0.25
    rng.shuffle(uses["group"])
    cuts = _cut(rng, uses["group"], contiguous) + _cut(rng, groups12, contiguous)
    pdh: dict[Part, tuple[str, bytes]] = {}
    for part in uses["pdh"]:
        kind = "e3" if isinstance(part, int) else rng.choice(["async", "byte"])
        pdh[part] = (kind, rng.randbytes(e3_octets if kind == "e3" else e1_octets // 32 * 32))
    streams = []
    for members in cuts:
        some = [rng.randbytes(rng.randint(14, 120)) for _ in range(rng.randint(0, frames))]
        streams.append(Stream(some, members, rng.random() < 0.5, rng.choice([None, rng.randint(0, 255)])))
    return Structure(
        streams,
        contiguous,
        pdh,
        uses["supervisory"],
        {part: rng.randrange(offsets_of(part)) for part in [1, 2, 3, *tug.ALL_TUS]},
        au_pointer=rng.choice([0, 522, 782, rng.randrange(783)]),
    )


def set_moving(rng: Random, what: Structure, first: int, last: int, kinds: Sequence[str] = KINDS) -> None:
    """Give the pointers of the AU-4 and of its TUs moves between two frames of the line, `first` 1 or more."""
    what.au_moves = mixture.moves(rng, first, last, what.au_pointer, pointer.AU4_OFFSETS, kinds)
    for part in what.parts:
        one = 1 if isinstance(part, int) else 4
        what.tu_moves[part] = mixture.moves(
            rng, 1 + first // one, last // one, what.tu_pointers[part], offsets_of(part), kinds
        )
