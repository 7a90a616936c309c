"""The E1s that links carry, and who has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from msapemu.ctl.e1 import E1Place
from msapemu.ctl.timeslots import LineSlots
from msapemu.lab.document import Problem, Where
from msapemu.lab.network import Link
from msapemu.lab.resolve.routes import Step
from msapemu.lab.trails import Trail, TrailHop
from msapemu.node.e1_places import inner_of, inners, place_at, place_fault
from msapemu.node.names import PortName


class Bearers:
    """`slots`: the containers of STM-N links. A PDH link without E1s is taken as a whole ("")."""

    def __init__(self, links: Sequence[Link], slots: Mapping[Link, LineSlots]) -> None:
        self._slots = slots
        self._pdh = {link: dict.fromkeys(inners(link.rate) or ("",), "") for link in links if not link.n}

    def owner(self, link: Link, inner: str) -> str:
        """Who has it; "": nobody."""
        if (vc12 := place_at("1/1", inner).container) is not None:
            return self._slots[link].owner(vc12.vc4, vc12.member)
        return self._pdh[link][inner]

    def take(self, owner: str, link: Link, inner: str) -> None:
        """It must be free."""
        if (vc12 := place_at("1/1", inner).container) is not None:
            self._slots[link].take(owner, vc12.vc4, vc12.member)
        else:
            self._pdh[link][inner] = owner

    def marked(self, owner: str, port: PortName, place: E1Place) -> None:
        """Give the E1 at a line port of a link to `owner` when it is free."""
        for link in (*self._pdh, *self._slots):
            if port in link.ends and not self.owner(link, inner_of(place)):
                self.take(owner, link, inner_of(place))

    def free(self, link: Link) -> Iterator[str]:
        """In order."""
        if not link.n:
            yield from (inner for inner, owner in self._pdh[link].items() if not owner)
            return
        line = self._slots[link]
        for vc4 in line.places("vc12"):
            for member in line.free(vc4, "vc12"):
                yield f"au4.{vc4}/vc12.{member}"


@dataclass(slots=True)
class E1Want:
    """An E1 that a circuit needs: for each step the links to choose from. `named`: in the first step (True) or in the
    last one it is to be at this place."""

    where: Where
    owner: str
    pools: Sequence[Sequence[Step]]
    named: tuple[bool, E1Place] | None = None
    hops: dict[int, TrailHop] = field(default_factory=dict)

    def place_named(self, bearers: Bearers, problems: list[Problem]) -> bool:
        """What is named, when it is there and free."""
        if self.named is None:
            return True
        at_a, place = self.named
        index, here = 0 if at_a else len(self.pools) - 1, (*self.where, "members")
        ends = [(step.out, step.into) if at_a else (step.into, step.out) for step in self.pools[index]]
        step = next(
            (step for step, (near, _) in zip(self.pools[index], ends, strict=True) if near.local == place.port), None
        )
        (near, far), *_ = ends
        if step is None:
            what = f"{near.shelf}:{place.port}: no link that carries E1s to {far.shelf} is plugged into this port"
            problems.append(Problem(here, what))
            return False
        if fault := place_fault(step.link.rate, place):
            problems.append(Problem(here, f"{near.shelf}:{place.port} {fault}"))
            return False
        if other := bearers.owner(step.link, inner_of(place)):
            problems.append(Problem(here, f"{near.shelf}:{place} is used twice (also by {other})"))
            return False
        self._take(bearers, index, step, inner_of(place))
        return True

    def place_rest(self, bearers: Bearers) -> list[Step] | None:
        """The first that is free on every other link; the links of a step where none is."""
        for index, steps in enumerate(self.pools):
            if index in self.hops:
                continue
            found = next(((step, inner) for step in steps for inner in bearers.free(step.link)), None)
            if found is None:
                return list(steps)
            self._take(bearers, index, *found)
        return None

    def _take(self, bearers: Bearers, index: int, step: Step, inner: str) -> None:
        bearers.take(self.owner, step.link, inner)
        self.hops[index] = TrailHop(step.out, step.into, inner)

    def trail(self) -> Trail | None:
        """None: it has no place everywhere."""
        if len(self.hops) < len(self.pools):
            return None
        return Trail(tuple(self.hops[index] for index in range(len(self.pools))))


def full_text(steps: Sequence[Step]) -> str:
    """Of the links of a step in which no E1 is free."""
    if len(steps) == 1:
        return f"the link {steps[0].link.a} - {steps[0].link.z} is full"
    return f"all {len(steps)} links between {steps[0].out.shelf} and {steps[0].into.shelf} are full"
