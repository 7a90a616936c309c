"""Random groups over the AU-4s of one or more lines: what to build, and what a reader must find."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from . import gfp, pointer, tug, vcat
from .client import WHOLE, Shared
from .content import Content
from .multi import MultiBuilder, MultiParser
from .tug import Part
from .vcat import Group, Path

FRAMES = {"vc12": 4, "vc3": 1, "vc4": 1}  # STM-N frames of a VC
LONGEST_DELAY = {"vc12": 512, "vc3": 2048, "vc4": 2048}  # 256 ms in VCs


class Place(NamedTuple):
    """Where a member is: line from 0, AU-4 from 1, TU or `WHOLE`."""

    line: int
    au: int
    part: Part


@dataclass
class Layout:
    """A group and where its members are, by member number; STM-N lines of the same N."""

    kind: str
    n: int
    lines: int
    places: list[Place]
    au_pointers: dict[tuple[int, int], int]  # by line and AU-4
    tu_pointers: dict[tuple[int, int], dict[Part, int]]
    delays: dict[Place, int] = field(default_factory=dict)  # VCs that a member is late
    ais: set[Place] = field(default_factory=set)  # members that are all ones, pointer and all, from the next VC-4 on

    def contents(self, group: Group, line: int) -> list[Content]:
        """What the AU-4s of a line carry."""
        contents = []
        for au in range(1, self.n + 1):
            here = {place.part: number for number, place in enumerate(self.places) if place[:2] == (line, au)}
            mapping = "unequipped" if not here else "vc4" if WHOLE in here else "tug"
            contents.append(
                Content(
                    mapping,
                    [Shared(group, here)] if here else [],
                    au_pointer=self.au_pointers[line, au],
                    tu_pointers=self.tu_pointers[line, au],
                    au_ais=self._au_ais(line, au),
                    tu_ais=self._tu_ais(line, au),
                    delays={place.part: vcs for place, vcs in self.delays.items() if place[:2] == (line, au)},
                )
            )
        return contents

    def _au_ais(self, line: int, au: int) -> Callable[[int], bool]:
        return lambda frame: Place(line, au, WHOLE) in self.ais

    def _tu_ais(self, line: int, au: int) -> Callable[[Part, int], bool]:
        return lambda part, number: Place(line, au, part) in self.ais

    def builders(self, group: Group) -> list[MultiBuilder]:
        """One a line."""
        return [MultiBuilder(self.n, self.contents(group, line)) for line in range(self.lines)]

    def parsers(self) -> list[MultiParser]:
        """One a line, for files in their start state."""
        tus = sorted({place.part for place in self.places if not isinstance(place.part, int)})
        return [MultiParser(self.n, [1] * self.n, whole_file=True, tus=tus) for _ in range(self.lines)]

    def paths(self, parsers: Sequence[MultiParser]) -> list[Path]:
        """Of the members, by number."""
        aus = [(parsers[place.line].au[place.au], place.part) for place in self.places]
        return [au.vc4 if part == WHOLE else au.path(part) for au, part in aus]

    @property
    def latest(self) -> int:
        """VCs that the latest member is late."""
        return max(self.delays.values(), default=0)

    @property
    def spread(self) -> int:
        """VCs between the earliest and the latest member."""
        delays = [self.delays.get(place, 0) for place in self.places]
        return max(delays) - min(delays)


def every_place(kind: str, n: int, lines: int) -> list[Place]:
    """All places for such a member."""
    parts: dict[str, Sequence[Part]] = {"vc12": tug.ALL_TUS, "vc3": (1, 2, 3), "vc4": (WHOLE,)}
    return [Place(line, au, part) for line in range(lines) for au in range(1, n + 1) for part in parts[kind]]


def layout(
    rng: Random, kind: str, count: int, *, n: int = 1, lines: int = 1, longest_delay: int = 0, alike: bool = False
) -> Layout:
    """`count` members in any places, any pointers, delays up to `longest_delay` VCs.

    `alike`: the pointers of all AU-4s of a line are the same.
    """
    places = rng.sample(every_place(kind, n, lines), count)
    aus = [(line, au) for line in range(lines) for au in range(1, n + 1)]
    au_pointers = {place: rng.choice([0, 522, 782, rng.randrange(783)]) for place in aus}
    tu_pointers: dict[tuple[int, int], dict[Part, int]] = {}
    for place in aus:
        tu_pointers[place] = {tu: rng.randrange(pointer.TU12_OFFSETS) for tu in tug.ALL_TUS}
        tu_pointers[place] |= {k: rng.randrange(pointer.TU3_OFFSETS) for k in (1, 2, 3)}
    if alike:
        au_pointers = {(line, au): au_pointers[line, 1] for line, au in aus}
    delays = {place: rng.choice([0, longest_delay, rng.randint(0, longest_delay)]) for place in places}
    return Layout(kind, n, lines, places, au_pointers, tu_pointers, delays)


def lead_idles(kind: str, count: int, vcs: int) -> int:
    """GFP idle frames that so many VCs of a group hold."""
    return vcat.PAYLOAD[kind] * count * vcs // len(gfp.IDLE)
