"""What a line carries, told from pointers, labels and sequence numbers: the maps and groups that `decode` takes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from msapemu.ctl.errors import UsageError
from msapemu.interop.grouping import MOST_MEMBERS, Carried, Counted, Found, Gids, groups_by_numbers
from msapemu.interop.members import Member, located

C2_UNEQUIPPED = 0x00  # G.707 table 9-11
C2_TUG = 0x02
ADAPTATION_OF_C2 = {0x1B: "gfp", 0x16: "ppp", 0x18: "laps"}
V5_EXTENDED = 5  # G.707 table 9-12
ADAPTATION_OF_EXTENDED = {0x0D: "gfp", 0x0A: "ppp", 0x0B: "laps"}  # G.707 table 9-13

_KINDS = ("vc12", "vc3", "vc4")
WIDTHS = (16, 4)  # X of an AU-4-Xc

Report = Mapping[str, Any]


@dataclass
class Vc4:
    """What a VC-4 or VC-4-Xc carries. `map` as LineMap takes it."""

    number: int  # of its first AU-4, from 1
    width: int = 1
    map: str = "unequipped"
    tu3: tuple[str, ...] = ()  # the TUG-3s that hold a TU-3
    tributaries: tuple[str, ...] = ()  # the members that carry an E1 or an E3
    doubts: list[str] = field(default_factory=list)  # why there is no group although there is, or may be, a signal


class Guess(NamedTuple):
    """Groups that the sequence numbers allow beside others: unless GFP confirms them, `doubt` is to be said."""

    doubt: str
    vc4s: set[int]
    groups: list[Carried]


@dataclass
class Structure:
    """What a line carries."""

    vc4s: list[Vc4]
    groups: list[Carried] = field(default_factory=list)
    guesses: list[Guess] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)  # about VCs in more than one VC-4
    doubted: set[int] = field(default_factory=set)  # the VC-4s in which these are

    def doubt(self, vc4s: set[int], text: str) -> None:
        """Say so of one VC-4, or of several."""
        if len(vc4s) > 1:
            self.doubts.append(text)
            self.doubted |= vc4s
            return
        for one in self.vc4s:
            if one.number in vc4s:
                one.doubts.append(text)

    def drop(self, guess: Guess) -> None:
        """GFP does not confirm it."""
        self.groups = [one for one in self.groups if not any(one is other for other in guess.groups)]
        self.doubt(guess.vc4s, guess.doubt)


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


def counting_vc4s(report: Report) -> list[int]:
    """The VC-4s whose H4 may count as that of members of a VC-4-Xv."""
    au, found, first = report["au"], [], 1
    for width in widths_of(au):
        if width == 1 and au[first - 1]["c2"] in ADAPTATION_OF_C2:
            found.append(first)
        first += width
    return found


def paths_of(report: Report, vc4: int) -> dict[Member, dict[str, Any]]:
    """The VC-12s and VC-3s in a VC-4. Those of the one that was asked for stand at the top of the report."""
    au = report["au"][vc4 - 1]
    return {Member(vc4, name): path for kind in ("vc12", "vc3") for name, path in au.get(kind, report[kind]).items()}


def structure_of(report: Report, wanted: Wanted, gids: Mapping[Member, Gids]) -> Structure:
    """From the report of a line that looked into TUG-3s as they are, and at H4 of VC-4s that carry packets."""
    found = Structure([])
    paths: dict[Member, Report] = {}
    first = 1
    for width in widths_of(report["au"]):
        vc4 = Vc4(first, width)
        au = report["au"][first - 1]
        here = paths_of(report, first)
        vc4.tu3 = tuple(member.unit for member in here if member.kind == "vc3")
        if wanted.tributaries and first <= wanted.vc4 < first + width:
            _check_tributaries(vc4, au["c2"], wanted)
            # what the user says of a TUG-3 counts more than what stands in it
            here = {
                member: path for member, path in here.items() if (member.unit[0] in vc4.tu3) == (member.kind == "vc3")
            }
        if width == 1 and au["c2"] == C2_TUG:
            vc4.map = "tug"
            paths.update(here)
        elif au["c2"] in ADAPTATION_OF_C2:
            vc4.map = "vc4"
            paths[Member(first)] = au
        found.vc4s.append(vc4)
        first += width
    if wanted.members is not None:
        _take_named(found, report, paths, wanted, wanted.members)
    else:
        _take_all(found, report, paths, gids)
    return found


def vc4_numbers(number: int, width: int) -> tuple[Member, ...]:
    """What a VC-4-Xc takes up."""
    return tuple(Member(number + i) for i in range(width))


def _check_tributaries(vc4: Vc4, label: int, wanted: Wanted) -> None:
    if vc4.width > 1 or label != C2_TUG:
        raise UsageError(f"VC-4 {wanted.vc4} has no VC-12 and no VC-3 to take a tributary out of: C2 is {label:02X}h")
    vc4.tributaries = wanted.tributaries
    vc4.tu3 = _with_named(vc4.tu3, wanted.tributaries)


def _with_named(tu3: Sequence[str], units: Sequence[str]) -> tuple[str, ...]:
    """The TUG-3s that hold a TU-3, when these VCs are known to be there."""
    vc3 = {unit for unit in units if "." not in unit}
    vc12 = {unit[0] for unit in units if "." in unit}
    if both := vc3 & vc12:
        raise UsageError(f"TUG-3 {both.pop()} cannot hold a VC-3 and a VC-12")
    return tuple(sorted(set(tu3) - vc12 | vc3))


# ---------------------------------------------------------------- the one group that is named


def _take_named(
    found: Structure, report: Report, paths: Mapping[Member, Report], wanted: Wanted, names: tuple[str, ...]
) -> None:
    n = len(report["au"])
    # a name with a VC-4 in it says that numbers are those of TUG-3s
    if all(name.isdecimal() for name in names):
        members = tuple(_numbered(name, report, wanted.vc4) for name in names)
    else:
        members = tuple(located(name, wanted.vc4) for name in names)
    text = ", ".join(names)
    if beyond := [member for member in members if member.vc4 > n]:
        raise UsageError(f"--members: the line has no VC-4 {beyond[0].vc4}")
    if len(set(members)) < len(members):
        raise UsageError(f"--members: {text}: one stands there twice")
    kind = members[0].kind
    if len(members) > MOST_MEMBERS[kind]:
        raise UsageError(f"--members: {len(members)} are more than {MOST_MEMBERS[kind]}")
    for vc4 in found.vc4s:
        here = [member for member in members if vc4.number <= member.vc4 < vc4.number + vc4.width]
        if not here:
            vc4.map = "tug" if vc4.map == "tug" else "unequipped"
            continue
        if kind == "vc4":
            if vc4.map == "tug" or (vc4.width > 1 and members != vc4_numbers(vc4.number, vc4.width)):
                raise UsageError(f"--members: {text} are not what the line has at VC-4 {vc4.number}")
            vc4.map = "vc4"
            continue
        if vc4.width > 1:
            raise UsageError(f"--members: VC-4 {vc4.number} is a VC-4-{vc4.width}c and has no VC-12")
        if twice := {member.unit for member in here} & set(vc4.tributaries):
            raise UsageError(f"--members: {twice.pop()} carries a tributary")
        vc4.map = "tug"
        vc4.tu3 = _with_named(vc4.tu3, [*(member.unit for member in here), *vc4.tributaries])
    path = paths.get(members[0])
    width = next(vc4.width for vc4 in found.vc4s if vc4.number <= members[0].vc4 < vc4.number + vc4.width)
    adaptation = _adaptation(members[0], path) if path is not None else None
    plain = path is not None and adaptation is not None and path["sq"] is None
    virtual = width == 1 and not (len(members) == 1 and (plain or (kind == "vc4" and path is None)))
    lcas = virtual and any(paths[member]["lcas"] is not None for member in members if member in paths)
    contiguous = not virtual and (kind != "vc4" or width > 1)
    found.groups = [Carried(kind, members, contiguous, lcas, virtual, adaptation or "gfp")]


def _numbered(name: str, report: Report, vc4: int) -> Member:
    """The number of a TUG-3 of VC-4 `vc4` when that has some, else of a VC-4."""
    au = report["au"][vc4 - 1]
    if au.get("concatenated") or au["c2"] != C2_TUG:
        return Member(int(name))
    if name not in ("1", "2", "3"):
        raise UsageError(f"--members: {name} are no VC-3s (1..3)")
    return Member(vc4, name)


# ---------------------------------------------------------------- all groups that the line tells


def _adaptation(member: Member, path: Report) -> str | None:
    """What its signal label says that it carries; None: no packets."""
    if member.kind == "vc12":
        return ADAPTATION_OF_EXTENDED.get(path["extended_label"]) if path["label"] == V5_EXTENDED else None
    return ADAPTATION_OF_C2.get(path["c2"])


def _take_all(found: Structure, report: Report, paths: Mapping[Member, Report], gids: Mapping[Member, Gids]) -> None:
    carrying: dict[tuple[str, str], list[Counted]] = {}
    tributaries = {Member(vc4.number, unit) for vc4 in found.vc4s for unit in vc4.tributaries}
    widths = {vc4.number: vc4.width for vc4 in found.vc4s}
    for member, path in paths.items():
        adaptation = _adaptation(member, path)
        if adaptation is None or member in tributaries:
            continue
        width = widths[member.vc4]
        if path["sq"] is None or width > 1:
            whole = vc4_numbers(member.vc4, width) if member.kind == "vc4" else (member,)
            contiguous = member.kind != "vc4" or width > 1
            found.groups.append(Carried(member.kind, whole, contiguous, virtual=False, adaptation=adaptation))
        else:
            ctrl = path["lcas"]["ctrl"] if path["lcas"] else None
            counted = carrying.setdefault((member.kind, adaptation), [])
            counted.append(Counted(member, path["sq"], ctrl, gids.get(member)))
    for (kind, adaptation), members in sorted(carrying.items(), key=lambda one: _KINDS.index(one[0][0])):
        for told in groups_by_numbers(kind, members):
            groups = [one._replace(adaptation=adaptation) for one in told.groups]
            _take_told(found, told._replace(groups=groups))
    found.groups.sort(key=_place)
    taken = {member.vc4 for one in found.groups for member in one.members}
    for vc4 in found.vc4s:
        if vc4.map == "unequipped":
            vc4.doubts = [f"C2 is {report['au'][vc4.number - 1]['c2']:02X}h: no GFP in this VC-4"]
        elif vc4.map == "tug" and not (vc4.doubts or vc4.tributaries or vc4.number in found.doubted | taken):
            vc4.doubts = ["no VC-12 carries GFP" if not vc4.tu3 else "no VC-12 and no VC-3 carries GFP"]


def _take_told(found: Structure, told: Found) -> None:
    found.groups += told.groups
    if told.doubt is None:
        return
    if told.groups:
        found.guesses.append(Guess(told.doubt, told.vc4s, told.groups))
    else:
        found.doubt(told.vc4s, told.doubt)


def _place(one: Carried) -> tuple[int, int, int, bool]:
    """Where in the report: by VC-4, those in several after the others, VC-12s before VC-3s, contiguous ones first."""
    vc4s = {member.vc4 for member in one.members}
    several = len(vc4s) > 1 and one.kind != "vc4"
    return min(vc4s), several, _KINDS.index(one.kind), not one.contiguous
