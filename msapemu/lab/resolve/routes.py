"""Which links a circuit runs over, from its end a to its end z."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from msapemu.lab import model
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


def route(
    circuit: model.Circuit, where: Where, shelves: Shelves, links: Sequence[Link], problems: list[Problem]
) -> list[Step] | None:
    """The steps in order; None when there is a problem."""
    chosen = _chosen(circuit, where, shelves, links, problems)
    if chosen is None:
        return None
    if circuit.path is None:
        path = shortest(circuit.a.shelf, circuit.z.shelf, links)
        if path is None:
            what = f"no link joins {circuit.a.shelf} and {circuit.z.shelf}, directly or over other shelves"
            problems.append(Problem(where, what))
            return None
    else:
        path = circuit.path
        if not _path_is_good(circuit, path, (*where, "path"), shelves, problems):
            return None
    steps = [_step(here, there, links, chosen, where, problems) for here, there in pairwise(path)]
    good = [step for step in steps if step is not None]
    if len(good) < len(steps):
        return None
    if unused := [port for port in chosen if not any(port in step.link.ends for step in good)]:
        what = f"{unused[0]}: this link does not join {_chain(path)}"
        problems.append(Problem((*where, "line"), what))
        return None
    return good


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


def _chosen(
    circuit: model.Circuit, where: Where, shelves: Shelves, links: Sequence[Link], problems: list[Problem]
) -> list[PortName] | None:
    """The ports named with `line`."""
    good = True
    for port in circuit.line:
        here = (*where, "line")
        if not shelves.holds(port, "line", here, problems):
            good = False
        elif not any(port in link.ends for link in links):
            problems.append(Problem(here, f"{port}: no link is plugged into this port"))
            good = False
    return circuit.line if good else None


def _path_is_good(
    circuit: model.Circuit, path: Sequence[str], where: Where, shelves: Shelves, problems: list[Problem]
) -> bool:
    found = len(problems)
    for index, shelf in enumerate(path):
        if shelf not in shelves.whole:
            known = ", ".join(shelves.whole)
            problems.append(Problem((*where, index), f"there is no node {shelf!r} (nodes: {known})"))
        elif shelf in path[:index]:
            problems.append(Problem((*where, index), f"{shelf} stands twice: a path goes through a shelf once"))
    if not problems[found:] and (path[0], path[-1]) != (circuit.a.shelf, circuit.z.shelf):
        what = f"must begin with {circuit.a.shelf} and end with {circuit.z.shelf}, the shelves of a and z"
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
