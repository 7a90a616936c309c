"""`topology.links`: fibres between line ports."""

from __future__ import annotations

from msapemu.ctl import impairments
from msapemu.lab.document import Problem, Where
from msapemu.lab.model import Lab
from msapemu.lab.network import Link
from msapemu.lab.resolve.shelves import Shelves
from msapemu.node.names import PortName


def resolve_links(lab: Lab, shelves: Shelves, problems: list[Problem]) -> list[Link]:
    """Endpoints that are no line ports, used twice, or on one shelf."""
    links: list[Link] = []
    used: dict[PortName, int] = {}
    for index, link in enumerate(lab.topology.links):
        where: Where = ("topology", "links", index, "endpoints")
        good = True
        for side, port in enumerate(link.endpoints):
            good &= shelves.holds(port, "line", (*where, side), problems)
            if port in used:
                problems.append(
                    Problem((*where, side), f"{port} is used twice (also in links[{used[port]}])")
                )
                good = False
            used.setdefault(port, index)
        a, z = link.endpoints
        if a.shelf == z.shelf and a != z:
            problems.append(Problem(where, f"{a} and {z}: a link joins two shelves, not one with itself"))
            good = False
        if good:
            good = _one_rate(a, z, shelves, where, problems)
        if good:
            n = shelves.card(a).n
            there, back = link.impair.towards(True), link.impair.towards(False)
            for impair in (there, back):
                if found := impairments.fault(impair, n):
                    problems.append(Problem((*where[:-1], "impair"), found))
                    break
            links.append(Link(a, z, n, there, back, link.silence_limit))
    return links


def _one_rate(a: PortName, z: PortName, shelves: Shelves, where: Where, problems: list[Problem]) -> bool:
    one, other = shelves.card(a), shelves.card(z)
    if one.n == other.n:
        return True
    what = f"{a} is an STM-{one.n} port (card {one.kind}), {z} an STM-{other.n} port (card {other.kind})"
    problems.append(Problem(where, f"{what}: a link joins two ports of one rate"))
    return False
