"""`topology.nodes.NODE.clock`: at least one free clock in every island of linked shelves, the others timed on the way
to the nearest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msapemu.ctl.config import Clock
from msapemu.lab import model
from msapemu.lab.document import Problem, Where
from msapemu.lab.model import Lab
from msapemu.lab.network import Link
from msapemu.lab.resolve.shelves import Shelves
from msapemu.node.names import PortName


def resolve_clocks(
    lab: Lab, shelves: Shelves, links: Sequence[Link], problems: list[Problem]
) -> Mapping[str, Clock]:
    """Every shelf's clock. Shelves that say nothing are line-timed on the port nearest to a free one; where no
    shelf of an island says `free`, its first in the file is."""
    links = [link for link in links if link.satop is None]  # SAToP carries no frame numbers
    nodes = lab.topology.nodes
    given = {name: node.clock for name, node in nodes.items() if node.clock is not None}
    found = len(problems)
    for name, clock in given.items():
        _check(name, clock, shelves, links, problems)
    if len(problems) > found:
        return {}
    references: dict[str, PortName | None] = {}
    for island in _islands(list(nodes), links):
        free = [name for name in island if name in given and given[name].mode == "free"]
        candidates = [name for name in island if name not in given]
        if not free and not candidates:
            what = f"no free clock: {', '.join(island)} are all line-timed on each other"
            problems.append(Problem(_where(island[0]), what))
            continue
        masters = free or candidates[:1]
        nearest = _nearest(masters, links)
        for name in island:
            own = given.get(name)
            if name in masters:
                references[name] = None
            elif own is not None and own.reference is not None:
                slot, _, port = own.reference.partition("/")
                references[name] = PortName(name, int(slot), int(port))
            else:
                references[name] = nearest[name]
    if len(problems) == found:
        _no_loops(references, links, given, problems)
    return {name: _clock(given.get(name), references[name]) for name in nodes if name in references}


def _where(name: str) -> Where:
    return ("topology", "nodes", name, "clock")


def _check(
    name: str, clock: model.Clock, shelves: Shelves, links: Sequence[Link], problems: list[Problem]
) -> None:
    where = _where(name)
    plugged = {end for link in links for end in link.ends}
    if clock.mode == "free":
        if clock.reference is not None:
            problems.append(Problem((*where, "reference"), "a free clock has no reference"))
        return
    if clock.ppm:
        problems.append(Problem((*where, "ppm"), "only a free clock is off by ppm; a line-timed one follows"))
    if clock.reference is None:
        if not any(end.shelf == name for end in plugged):
            problems.append(Problem(where, "line-timed, but no link is plugged into this shelf"))
        return
    slot, _, number = clock.reference.partition("/")
    port = PortName(name, int(slot), int(number))
    if shelves.holds(port, "line", (*where, "reference"), problems) and port not in plugged:
        problems.append(Problem((*where, "reference"), f"{port}: no link is plugged into this port"))


def _islands(names: Sequence[str], links: Sequence[Link]) -> list[list[str]]:
    """The shelves that are linked with each other, in the order of the file."""
    islands = []
    seen: set[str] = set()
    for name in names:
        if name not in seen:
            reached = {name, *_nearest([name], links)}
            seen |= reached
            islands.append([other for other in names if other in reached])
    return islands


def _nearest(masters: Sequence[str], links: Sequence[Link]) -> dict[str, PortName]:
    """For every shelf that links reach from `masters`: its port on the shortest way back, the first link
    winning."""
    ports: dict[str, PortName] = {}
    reached, edge = set(masters), list(masters)
    while edge:
        further = []
        for shelf in edge:
            for link in links:
                for near, far in (link.ends, link.ends[::-1]):
                    if near.shelf == shelf and far.shelf not in reached:
                        reached.add(far.shelf)
                        ports[far.shelf] = far
                        further.append(far.shelf)
        edge = further
    return ports


def _no_loops(
    references: Mapping[str, PortName | None],
    links: Sequence[Link],
    given: Mapping[str, model.Clock],
    problems: list[Problem],
) -> None:
    """Following the references from any shelf must end at a free one."""
    far = {end: link.far(end).shelf for link in links for end in link.ends}
    told: set[str] = set()
    for name in references:
        path = [name]
        while (reference := references[path[-1]]) is not None:
            following = far[reference]
            if following in path:
                loop = path[path.index(following) :]
                if not told & set(loop):
                    blamed = next(one for one in loop if one in given)
                    what = f"a timing loop: {' <- '.join([*loop, following])}"
                    problems.append(Problem(_where(blamed), what))
                told |= set(loop)
                break
            path.append(following)


def _clock(given: model.Clock | None, reference: PortName | None) -> Clock:
    tick = given.tick if given else Clock().tick_us
    if reference is not None:
        return Clock(mode="line", reference=reference.local, tick_us=tick)
    return Clock(mode="free", ppm=given.ppm if given else 0.0, tick_us=tick)
