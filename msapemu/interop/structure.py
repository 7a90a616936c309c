"""What a line carries, told from its labels: the groups that `decode` takes out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

C2_TUG = 0x02  # G.707 table 9-11
C2_GFP = 0x1B
V5_EXTENDED = 5  # G.707 table 9-12
EXTENDED_GFP = 0x0D  # G.707 table 9-13

KIND_OF_C2 = {C2_TUG: "tug", C2_GFP: "vc4"}


class Structure(NamedTuple):
    """`kind` as LineMap takes it. Each group: the VC-12 in sequence order, () for the whole VC-4."""

    kind: str
    groups: list[tuple[str, ...]]
    doubt: str | None = None  # why there is no group although there is GFP


def structure_of(report: Mapping[str, Any], members: tuple[str, ...] | None) -> Structure:
    """From a line's report; `members` when the user names the group."""
    if members:
        return Structure("tug", [members])
    label: int = report["au"][0]["c2"]
    kind = KIND_OF_C2.get(label, "unequipped")
    if kind == "vc4":
        return Structure(kind, [()])
    if kind == "unequipped":
        return Structure(kind, [], f"C2 is {label:02X}h: no GFP in this VC-4")
    return _virtual_concatenation(report["vc12"])


def _virtual_concatenation(vc12: Mapping[str, Mapping[str, Any]]) -> Structure:
    """Groups by the sequence numbers: one whose numbers are 0..X-1, or any number of groups of one VC-12."""
    carrying = sorted(
        (path["sq"], name)
        for name, path in vc12.items()
        if path["label"] == V5_EXTENDED and path["extended_label"] == EXTENDED_GFP and path["sq"] is not None
    )
    if not carrying:
        return Structure("tug", [], "no VC-12 carries GFP")
    numbers = [sq for sq, _ in carrying]
    if numbers == list(range(len(numbers))):
        return Structure("tug", [tuple(name for _, name in carrying)])
    if not any(numbers):
        return Structure("tug", [(name,) for _, name in carrying])
    found = ", ".join(f"{name} has {sq}" for sq, name in carrying)
    return Structure("tug", [], f"the sequence numbers do not tell one group ({found}): name it with --members")
