"""Random contents of an STM-N: what to build, and what a reader must find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from . import pointer, tug
from .client import Client
from .content import Content
from .pointer import Moves
from .tug import Part, Tu

KINDS = ("inc", "dec", "ndf")


@dataclass
class Stream:
    """One client: its Ethernet frames, the VC-12s that carry them, how GFP wraps them."""

    frames: list[bytes]
    members: list[Tu]
    pfcs: bool
    cid: int | None


@dataclass
class Share:
    """One AU-4 or AU-4-Xc."""

    number: int  # of its first AU-4, from 1
    width: int
    mapping: str
    streams: list[Stream]
    au_pointer: int
    tu_pointers: dict[Part, int]
    au_moves: Moves = field(default_factory=dict)
    tu_moves: dict[Part, Moves] = field(default_factory=dict)
    j1: str = "msapemu"

    def content(self, lead_idles: Sequence[int]) -> Content:
        """To be built, with so many idle frames ahead of each stream."""
        clients = [
            Client(s.frames, members=s.members, lead_idles=lead, pfcs=s.pfcs, cid=s.cid)
            for s, lead in zip(self.streams, lead_idles, strict=True)
        ]
        return Content(
            self.mapping,
            clients,
            width=self.width,
            au_pointer=self.au_pointer,
            tu_pointers=self.tu_pointers,
            au_moves=self.au_moves,
            tu_moves=self.tu_moves,
            j1=self.j1,
        )


def moves(
    rng: Random, first: int, last: int, start: int, offsets: int, kinds: Sequence[str] = KINDS
) -> Moves:
    """Moves in frames `first` to `last` that lose nothing: new data only forwards."""
    plan: Moves = {}
    value, frame = start, rng.randint(first, first + 12)
    while frame <= last:
        kind = rng.choice(kinds)
        if kind == "ndf":
            value = rng.randint(value, offsets - 1)
            plan[frame] = ("ndf", value)
        else:
            value = (value + (1 if kind == "inc" else -1)) % offsets
            plan[frame] = kind
        frame += rng.randint(4, 12)
    return plan


def counts(plan: Moves) -> tuple[int, int, int]:
    """Increments, decrements and new data of a plan of moves."""
    kinds = list(plan.values())
    return kinds.count("inc"), kinds.count("dec"), sum(isinstance(kind, tuple) for kind in kinds)


def value_after(plan: Moves, start: int, offsets: int) -> int:
    """The pointer when all moves are over."""
    value = start
    for _, move in sorted(plan.items()):
        value = move[1] if isinstance(move, tuple) else (value + (1 if move == "inc" else -1)) % offsets
    return value


def widths(rng: Random, n: int, at_once: float) -> list[int]:
    """An STM-N cut into AU-4s and AU-4-Xcs; whole with a chance of `at_once`."""
    if n == 1 or rng.random() < at_once:
        return [n]
    return [width for _ in range(4) for width in widths(rng, n // 4, at_once)]


def stream(rng: Random, members: list[Tu], most: int) -> Stream:
    """A few frames of any octets."""
    frames = [rng.randbytes(rng.randint(14, 300)) for _ in range(rng.randint(0, most))]
    return Stream(frames, members, rng.random() < 0.5, rng.choice([None, rng.randint(0, 255)]))


def mixture(
    rng: Random, n: int, *, mappings: Sequence[str], at_once: float = 0.3, frames: int = 8
) -> list[Share]:
    """Contents of a whole STM-N, without moves: some mapping in every AU-4 (no VC-12s in an AU-4-Xc)."""
    shares: list[Share] = []
    number = 1
    for width in widths(rng, n, at_once):
        mapping = rng.choice([m for m in mappings if width == 1 or m != "vc12"] or ["unequipped"])
        members = rng.sample(tug.ALL_TUS, rng.choice([1, 3, 8]))
        cut = rng.randint(1, len(members))
        of_groups = [part for part in (members[:cut], members[cut:]) if part]
        dealt: dict[str, list[list[Tu]]] = {"vc4": [[]], "vc12": of_groups, "unequipped": []}
        shares.append(
            Share(
                number,
                width,
                mapping,
                [stream(rng, part, frames) for part in dealt[mapping]],
                rng.choice([522, 0, 782, rng.randint(0, 782)]),
                {tu: rng.randint(0, 139) for tu in tug.ALL_TUS},
                j1=f"AU-4 no {number}",
            )
        )
        number += width
    return shares


def set_moving(rng: Random, share: Share, first: int, last: int, kinds: Sequence[str] = KINDS) -> None:
    """Give the pointers of the AU-4 and of its members moves between two frames, `first` 1 or more."""
    share.au_moves = moves(rng, first, last, share.au_pointer, pointer.AU4_OFFSETS, kinds)
    for tu in (tu for s in share.streams for tu in s.members):
        start = share.tu_pointers[tu]
        share.tu_moves[tu] = moves(rng, 1 + first // 4, last // 4, start, pointer.TU12_OFFSETS, kinds)
