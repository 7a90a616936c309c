"""`topology.links`: fibres between line ports."""

from __future__ import annotations

from msapemu.ctl import impairments
from msapemu.lab.document import Problem, Where
from msapemu.lab.model import Lab
from msapemu.lab.network import Link
from msapemu.lab.resolve.shelves import Shelves
from msapemu.node.cards import rate_text
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
            rate = shelves.rate(a)
            there, back = link.impair.towards(True), link.impair.towards(False)
            for impair in (there, back):
                if found := impairments.rate_fault(impair, rate):
                    problems.append(Problem((*where[:-1], "impair"), found))
                    break
            if link.satop is not None and rate != "e1":
                what = f"is for E1 links, and {a} is {rate_text(rate)} port"
                problems.append(Problem((*where[:-1], "satop"), what))
            elif link.satop is not None and any(impairments.text(one) for one in (there, back)):
                problems.append(Problem((*where[:-1], "impair"), "a link over SAToP is not impaired"))
            links.append(Link(a, z, rate, there, back, link.silence_limit, link.satop))
    return links


def _one_rate(a: PortName, z: PortName, shelves: Shelves, where: Where, problems: list[Problem]) -> bool:
    one, other = shelves.rate(a), shelves.rate(z)
    if one == other:
        return True
    what = f"{a} is {rate_text(one)} port (card {shelves.card(a).kind}), "
    what += f"{z} {rate_text(other)} port (card {shelves.card(z).kind})"
    problems.append(Problem(where, f"{what}: a link joins two ports of one rate"))
    return False
