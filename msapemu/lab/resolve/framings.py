"""`framings` of a node: how the E1s that end in it are framed, where not as usual."""

from __future__ import annotations

from collections.abc import Mapping

from msapemu.ctl.config import E1Framing
from msapemu.lab.document import Problem, Where
from msapemu.lab.model import Lab
from msapemu.lab.model_pdh import Framing
from msapemu.lab.resolve.shelves import Shelves
from msapemu.node.e1_places import place_fault, shelf_and_place
from msapemu.node.names import PortName

Framings = Mapping[str, tuple[E1Framing, ...]]


def resolve_framings(lab: Lab, shelves: Shelves, problems: list[Problem]) -> Framings:
    """By shelf; at places that are none."""
    return {
        name: tuple(
            E1Framing(place, **dict(framing))
            for place, framing in node.framings.items()
            if _is_good(name, place, framing, shelves, problems)
        )
        for name, node in lab.topology.nodes.items()
    }


def _is_good(
    shelf: str, place: str, framing: Framing, shelves: Shelves, problems: list[Problem]
) -> bool:
    where: Where = ("topology", "nodes", shelf, "framings", place)
    found = len(problems)
    named, at = shelf_and_place(place)
    if named:
        problems.append(Problem(where, f"name it without the node: {at}"))
        return False
    port = PortName.parse(f"{shelf}:{at.port}")
    if not shelves.holds(port, "line", where, problems):
        return False
    if fault := place_fault(shelves.rate(port), at):
        problems.append(Problem(where, f"{port} {fault}"))
    if framing.framing == "unframed":
        given = [key for key in type(framing).model_fields if key in framing.model_fields_set - {"framing"}]
        problems.extend(Problem((*where, key), "an E1 that is not framed has no such key") for key in given)
    elif framing.framing == "basic":
        for key in ("interworking", "ssm", "ssm_bit"):
            if key in framing.model_fields_set:
                problems.append(Problem((*where, key), "goes with framing crc4 only"))
    elif framing.ssm is None and "ssm_bit" in framing.model_fields_set:
        problems.append(Problem((*where, "ssm_bit"), "goes with ssm only"))
    return len(problems) == found
