"""What a line carries, told from pointers, labels and sequence numbers: the maps and groups that `decode` takes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from msapemu.ctl.errors import UsageError

C2_UNEQUIPPED = 0x00  # G.707 table 9-11
C2_TUG = 0x02
C2_GFP = 0x1B
V5_EXTENDED = 5  # G.707 table 9-12
EXTENDED_GFP = 0x0D  # G.707 table 9-13

WIDTHS = (16, 4)  # X of an AU-4-Xc

Report = Mapping[str, Any]


class Carried(NamedTuple):
    """One group: its kind (vc4, vc12) and the names of its members, in sequence order."""

    kind: str
    members: tuple[str, ...]
    contiguous: bool = False


@dataclass
class Vc4:
    """What a VC-4 or VC-4-Xc carries. `map` as LineMap takes it."""

    number: int  # of its first AU-4, from 1
    width: int = 1
    map: str = "unequipped"
    groups: list[Carried] = field(default_factory=list)
    doubt: str | None = None  # why there is no group although there is, or may be, a signal
    likely: bool = False  # several groups could be formed so, or otherwise: GFP must tell


def widths_of(au: Sequence[Report]) -> list[int]:
    """Of the AU-4s and AU-4-Xcs, in order: an AU-4 with a concatenation indication belongs to the one before."""
    concatenated = [one.get("concatenated", False) for one in au]
    found: list[int] = []
    while (first := sum(found)) < len(au):
        width = 1
        for x in WIDTHS:
            if first % x == 0 and first + x <= len(au) and all(concatenated[first + 1 : first + x]):
                width = x
                break
        found.append(width)
    return found


def structure_of(report: Report, vc4: int = 1, members: tuple[str, ...] | None = None) -> list[Vc4]:
    """From the report of a line; with `members`, of VC-4 number `vc4`, that one group is all that is taken out."""
    au = report["au"]
    found: list[Vc4] = []
    for width in widths_of(au):
        number = found[-1].number + found[-1].width if found else 1
        here = au[number - 1]
        paths = here.get("vc12", report["vc12"])
        chosen = number <= vc4 < number + width
        if members is None:
            found.append(_vc4(number, width, here["c2"], paths))
        elif chosen:
            found.append(_named(number, width, here["c2"], members))
        else:
            found.append(Vc4(number, width))
    return found


def _vc4(number: int, width: int, label: int, vc12: Report) -> Vc4:
    found = Vc4(number, width)
    if label == C2_GFP:
        found.map = "vc4"
        found.groups = [Carried("vc4", vc4_numbers(number, width), width > 1)]
    elif label == C2_TUG and width == 1:
        found.map = "tug"
        _virtual_concatenation(found, vc12)
    else:
        found.doubt = f"C2 is {label:02X}h: no GFP in this VC-4"
    return found


def vc4_numbers(number: int, width: int) -> tuple[str, ...]:
    """Names of what a VC-4-Xc takes up."""
    return tuple(str(number + i) for i in range(width))


def _named(number: int, width: int, label: int, members: tuple[str, ...]) -> Vc4:
    if "." in members[0]:
        if width > 1:
            raise UsageError(f"--members: VC-4 {number} is a VC-4-{width}c and has no VC-12")
        return Vc4(number, 1, "tug", [Carried("vc12", members)])
    if members != vc4_numbers(number, width):
        raise UsageError(f"--members: {', '.join(members)} are not what the line has at VC-4 {number}")
    return Vc4(number, width, "vc4", [Carried("vc4", members, width > 1)])


def _virtual_concatenation(of: Vc4, vc12: Report) -> None:
    """Groups by the sequence numbers: one whose numbers are 0..X-1, or any number of groups of one VC-12.

    Where the numbers begin anew in the order of the VC-12, there each time may begin a group.
    """
    carrying = [
        (name, path["sq"])
        for name, path in vc12.items()
        if path["label"] == V5_EXTENDED and path["extended_label"] == EXTENDED_GFP and path["sq"] is not None
    ]
    if not carrying:
        of.doubt = "no VC-12 carries GFP"
        return
    in_order = sorted((sq, name) for name, sq in carrying)
    if [sq for sq, _ in in_order] == list(range(len(in_order))):
        of.groups = [Carried("vc12", tuple(name for _, name in in_order))]
        return
    runs: list[list[str]] = []
    regular = True
    for name, sq in carrying:
        if sq == 0:
            runs.append([])
        regular = regular and bool(runs) and len(runs[-1]) == sq
        if runs:
            runs[-1].append(name)
    told = ", ".join(f"{name} has {sq}" for sq, name in in_order)
    of.doubt = f"the sequence numbers do not tell one group ({told}): name it with --members"
    if regular:
        of.groups = [Carried("vc12", tuple(run)) for run in runs]
        of.likely = any(len(run) > 1 for run in runs)
        if not of.likely:
            of.doubt = None
