"""Which links a circuit runs over, from its end a to its end z."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from msapemu.lab.document import Problem, Where
from msapemu.lab.network import Link
from msapemu.lab.resolve.shelves import Shelves
from msapemu.node.names import PortName


@dataclass(frozen=True, slots=True)
class Step:
    """A link, and the ports by which it is entered and left."""

    link: Link
    out: PortName
    into: PortName


@dataclass(frozen=True, slots=True)
class Way:
    """What a lab file says of the way of a circuit, or of some of its members: from shelf `a` to shelf `z`, over the
    shelves of `path`, the links of `lines`, and the link of port `first` where there are members by port. `which`: what
    the links must be, for people."""

    a: str
    z: str
    path: Sequence[str] | None
    lines: Sequence[PortName]
    first: PortName | None
    where: Where
    which: str = ""


def route(way: Way, shelves: Shelves, links: Sequence[Link], problems: list[Problem]) -> list[Step] | None:
    """The steps in order; None when there is a problem."""
    where = way.where
    if not _lines_are_good(way, shelves, links, problems):
        return None
    if way.path is not None and not _path_is_good(way, way.path, shelves, problems):
        return None
    path = _fewest_links(way, links) if way.path is None else way.path
    if path is None:
        if way.first is None:
            what = _not_joined(way)
            problems.append(Problem(where, what))
        else:
            what = f"{way.first}: no way from {way.a} to {way.z} goes over this link"
            problems.append(Problem((*where, "members"), what))
        return None
    chosen = [*way.lines, *([way.first] if way.first else [])]
    steps = [_step(here, there, links, chosen, where, problems) for here, there in pairwise(path)]
    good = [step for step in steps if step is not None]
    if len(good) < len(steps):
        return None
    key = "members" if way.first else "line"  # with members by port, `line` is for the steps that need it
    for port in chosen if way.first is None else [way.first]:
        if not any(port in step.link.ends for step in good):
            what = f"{port}: this link does not join {_chain(path)}"
            problems.append(Problem((*where, key), what))
            return None
    return good


def pools(way: Way, shelves: Shelves, links: Sequence[Link], problems: list[Problem]) -> list[list[Step]] | None:
    """The same where several links that join two shelves are all to choose from: for each step of the path all there
    are, or those of `lines`."""
    if not _lines_are_good(way, shelves, links, problems):
        return None
    if way.path is not None and not _path_is_good(way, way.path, shelves, problems):
        return None
    path = shortest(way.a, way.z, links) if way.path is None else way.path
    if path is None:
        problems.append(Problem(way.where, _not_joined(way)))
        return None
    found = []
    for here, there in pairwise(path):
        between = [link for link in links if {link.a.shelf, link.z.shelf} == {here, there}]
        if not between:
            problems.append(Problem((*way.where, "path"), f"no link{way.which} joins {here} and {there}"))
            return None
        named = [link for link in between if any(port in link.ends for port in way.lines)]
        found.append([Step(link, link.end_at(here), link.end_at(there)) for link in named or between])
    for port in way.lines:
        if not any(port in step.link.ends for steps in found for step in steps):
            what = f"{port}: this link does not join {_chain(path)}"
            problems.append(Problem((*way.where, "line"), what))
            return None
    return found


def _not_joined(way: Way) -> str:
    return f"no link{way.which} joins {way.a} and {way.z}, directly or over other shelves"


def _fewest_links(way: Way, links: Sequence[Link]) -> list[str] | None:
    """By the link of `first` where that is at either end, and from there on the shortest way."""
    link = next((one for one in links if way.first in one.ends), None)
    if link is not None and way.a in (link.a.shelf, link.z.shelf):
        far = link.far(link.end_at(way.a)).shelf
        rest = shortest(far, way.z, [one for one in links if way.a not in (one.a.shelf, one.z.shelf)])
        return None if rest is None else [way.a, *rest]
    if link is not None and way.z in (link.a.shelf, link.z.shelf):
        near = link.far(link.end_at(way.z)).shelf
        rest = shortest(way.a, near, [one for one in links if way.z not in (one.a.shelf, one.z.shelf)])
        return None if rest is None else [*rest, way.z]
    return shortest(way.a, way.z, links)


def shortest(a: str, z: str, links: Sequence[Link]) -> list[str] | None:
    """The shelves of a path of the fewest links, the first links of the file winning."""
    before: dict[str, str] = {a: a}
    edge = [a]
    while edge and z not in before:
        further = []
        for shelf in edge:
            for link in links:
                for near, far in (link.ends, link.ends[::-1]):
                    if near.shelf == shelf and far.shelf not in before:
                        before[far.shelf] = shelf
                        further.append(far.shelf)
        edge = further
    if z not in before:
        return None
    path = [z]
    while path[-1] != a:
        path.append(before[path[-1]])
    return path[::-1]


def _chain(path: Sequence[str]) -> str:
    return " and ".join(path) if len(path) == 2 else ", ".join(path)


def _lines_are_good(way: Way, shelves: Shelves, links: Sequence[Link], problems: list[Problem]) -> bool:
    """Every port named is that of a link."""
    found = len(problems)
    named = [(port, "line") for port in way.lines] + ([(way.first, "members")] if way.first else [])
    for port, key in named:
        here = (*way.where, key)
        if shelves.holds(port, "line", here, problems) and not any(port in link.ends for link in links):
            problems.append(Problem(here, f"{port}: no link{way.which} is plugged into this port"))
    return len(problems) == found


def _path_is_good(way: Way, path: Sequence[str], shelves: Shelves, problems: list[Problem]) -> bool:
    found, where = len(problems), (*way.where, "path")
    for index, shelf in enumerate(path):
        if shelf not in shelves.whole:
            known = ", ".join(shelves.whole)
            problems.append(Problem((*where, index), f"there is no node {shelf!r} (nodes: {known})"))
        elif shelf in path[:index]:
            problems.append(Problem((*where, index), f"{shelf} stands twice: a path goes through a shelf once"))
    if not problems[found:] and (path[0], path[-1]) != (way.a, way.z):
        what = f"must begin with {way.a} and end with {way.z}, the shelves of a and z"
        problems.append(Problem(where, what))
    return len(problems) == found


def _step(
    here: str,
    there: str,
    links: Sequence[Link],
    chosen: Sequence[PortName],
    where: Where,
    problems: list[Problem],
) -> Step | None:
    """From one shelf to the next."""
    between = [link for link in links if {link.a.shelf, link.z.shelf} == {here, there}]
    both = f"{here} and {there}"
    if not between:
        problems.append(Problem((*where, "path"), f"no link joins {both}"))
        return None
    named = [link for link in between if any(port in link.ends for port in chosen)]
    if len(named) == 1 or len(between) == 1:
        link = (named or between)[0]
        return Step(link, link.end_at(here), link.end_at(there))
    choice = ", ".join(str(link.end_at(here)) for link in between)
    problems.append(Problem(where, f"several links join {both}: say which with line: (one of {choice})"))
    return None
