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
    """One group: its kind (vc4, vc3, vc12) and the names of its members, in sequence order."""

    kind: str
    members: tuple[str, ...]
    contiguous: bool = False
    likely: bool = False  # the sequence numbers allow other groups, too: GFP must tell


@dataclass
class Vc4:
    """What a VC-4 or VC-4-Xc carries. `map` as LineMap takes it."""

    number: int  # of its first AU-4, from 1
    width: int = 1
    map: str = "unequipped"
    tu3: tuple[str, ...] = ()  # the TUG-3s that hold a TU-3
    groups: list[Carried] = field(default_factory=list)
    tributaries: tuple[str, ...] = ()  # the members that carry an E1 or an E3
    doubts: list[str] = field(default_factory=list)  # why there is no group although there is, or may be, a signal
    guesses: dict[str, str] = field(default_factory=dict)  # by kind: what is to be said unless GFP confirms the groups


class Wanted(NamedTuple):
    """What the user names in VC-4 number `vc4`."""

    vc4: int = 1
    members: tuple[str, ...] | None = None  # of the one group that is to be taken out
    tributaries: tuple[str, ...] = ()


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


def tu3s_of(au: Report) -> tuple[str, ...]:
    """The TUG-3s whose first column does not hold a null pointer indication but a pointer (G.707 7.2.3)."""
    return tuple(str(k) for k, holds in enumerate(au["tug3"], 1) if au["c2"] == C2_TUG and holds == "tu3")


def structure_of(report: Report, wanted: Wanted) -> list[Vc4]:
    """From the report of a line that looked into TUG-3s as they are."""
    au = report["au"]
    found: list[Vc4] = []
    for width in widths_of(au):
        number = found[-1].number + found[-1].width if found else 1
        here = au[number - 1]
        paths = {
            **{"vc12": report["vc12"], "vc3": report["vc3"]},
            **{kind: here[kind] for kind in ("vc12", "vc3") if kind in here},
        }
        vc4 = Vc4(number, width, tu3=tuple(paths["vc3"]))
        chosen = number <= wanted.vc4 < number + width
        if chosen and wanted.tributaries:
            _check_tributaries(vc4, here["c2"], wanted)
            # what the user says of a TUG-3 counts more than what stands in it
            paths = {
                "vc12": {name: path for name, path in paths["vc12"].items() if name[0] not in vc4.tu3},
                "vc3": {name: path for name, path in paths["vc3"].items() if name in vc4.tu3},
            }
        if wanted.members is None:
            _by_label(vc4, here["c2"], paths)
        elif chosen:
            _named(vc4, here["c2"], paths, wanted.members)
        elif here["c2"] == C2_TUG:
            vc4.map = "tug"
        found.append(vc4)
    return found


def vc4_numbers(number: int, width: int) -> tuple[str, ...]:
    """Names of what a VC-4-Xc takes up."""
    return tuple(str(number + i) for i in range(width))


def _by_label(vc4: Vc4, label: int, paths: Report) -> None:
    if label == C2_GFP:
        vc4.map = "vc4"
        vc4.groups = [Carried("vc4", vc4_numbers(vc4.number, vc4.width), vc4.width > 1)]
    elif label == C2_TUG and vc4.width == 1:
        vc4.map = "tug"
        _in_tug(vc4, paths)
    else:
        vc4.doubts = [f"C2 is {label:02X}h: no GFP in this VC-4"]


def _check_tributaries(vc4: Vc4, label: int, wanted: Wanted) -> None:
    if vc4.width > 1 or label != C2_TUG:
        raise UsageError(f"VC-4 {wanted.vc4} has no VC-12 and no VC-3 to take a tributary out of: C2 is {label:02X}h")
    vc4.tributaries = wanted.tributaries
    vc4.tu3 = _with_named(vc4.tu3, wanted.tributaries)


def _with_named(tu3: tuple[str, ...], members: tuple[str, ...]) -> tuple[str, ...]:
    """The TUG-3s that hold a TU-3, when these members are known to be there."""
    vc3 = {member for member in members if "." not in member}
    vc12 = {member[0] for member in members if "." in member}
    if both := vc3 & vc12:
        raise UsageError(f"TUG-3 {both.pop()} cannot hold a VC-3 and a VC-12")
    return tuple(sorted(set(tu3) - vc12 | vc3))


def _named(vc4: Vc4, label: int, paths: Report, members: tuple[str, ...]) -> None:
    kind = "vc12" if "." in members[0] else "vc4" if label == C2_GFP or vc4.width > 1 else "vc3"
    if kind == "vc4":
        if members != vc4_numbers(vc4.number, vc4.width):
            raise UsageError(f"--members: {', '.join(members)} are not what the line has at VC-4 {vc4.number}")
        vc4.map = "vc4"
        vc4.groups = [Carried("vc4", members, vc4.width > 1)]
        return
    if vc4.width > 1:
        raise UsageError(f"--members: VC-4 {vc4.number} is a VC-4-{vc4.width}c and has no VC-12")
    if not all(member in ("1", "2", "3") or "." in member for member in members):
        raise UsageError(f"--members: {', '.join(members)} are no VC-3s (1..3)")
    if twice := set(members) & set(vc4.tributaries):
        raise UsageError(f"--members: {twice.pop()} carries a tributary")
    path = paths[kind].get(members[0])
    contiguous = len(members) == 1 and path is not None and _carries_gfp(kind, path) and path["sq"] is None
    vc4.map = "tug"
    vc4.tu3 = _with_named(vc4.tu3, (*members, *vc4.tributaries))
    vc4.groups = [Carried(kind, members, contiguous)]


def _carries_gfp(kind: str, path: Report) -> bool:
    if kind == "vc3":
        return bool(path["c2"] == C2_GFP)
    return path["label"] == V5_EXTENDED and bool(path["extended_label"] == EXTENDED_GFP)


def _in_tug(vc4: Vc4, paths: Report) -> None:
    for kind in ("vc12", "vc3"):
        _virtual_concatenation(vc4, kind, paths[kind])
    if not vc4.groups and not vc4.doubts and not vc4.tributaries:
        vc4.doubts = ["no VC-12 carries GFP" if not vc4.tu3 else "no VC-12 and no VC-3 carries GFP"]


def _virtual_concatenation(vc4: Vc4, kind: str, paths: Report) -> None:
    """Groups by the sequence numbers: one whose numbers are 0..X-1, or any number of groups of one VC.

    Where the numbers begin anew in the order of the VCs, there each time may begin a group. A VC without a sequence
    number is a group, too.
    """
    carrying = {
        name: path["sq"]
        for name, path in paths.items()
        if _carries_gfp(kind, path) and name not in vc4.tributaries
    }
    vc4.groups += [Carried(kind, (name,), contiguous=True) for name, sq in carrying.items() if sq is None]
    numbered = [(name, sq) for name, sq in carrying.items() if sq is not None]
    in_order = sorted((sq, name) for name, sq in numbered)
    if not in_order:
        return
    if [sq for sq, _ in in_order] == list(range(len(in_order))):
        vc4.groups.append(Carried(kind, tuple(name for _, name in in_order)))
        return
    runs: list[list[str]] = []
    regular = True
    for name, sq in numbered:
        if sq == 0:
            runs.append([])
        regular = regular and bool(runs) and len(runs[-1]) == sq
        if runs:
            runs[-1].append(name)
    likely = any(len(run) > 1 for run in runs)
    if regular:
        vc4.groups += [Carried(kind, tuple(run), likely=likely) for run in runs]
        if not likely:
            return
    told = ", ".join(f"{name} has {sq}" for sq, name in in_order)
    doubt = f"the sequence numbers do not tell one group ({told}): name it with --members"
    if regular:
        vc4.guesses[kind] = doubt
    else:
        vc4.doubts.append(doubt)
