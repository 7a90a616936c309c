"""Which VCs are one group: by their sequence numbers and, with LCAS, by the group identification of their packets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from msapemu.interop.members import Member, names_of

MOST_MEMBERS = {"vc12": 63, "vc3": 48, "vc4": 16, "e1": 16, "g832": 8}
IN_SEQUENCE = ("ADD", "NORM", "EOS", "DNU")  # CTRL of members with a sequence number of their own
# Packets whose group identification is the same before a member without a number is taken to be of that group
SURELY_SAME = 8

Gids = tuple[int, Sequence[int | None]]  # as Line.gids gives it


class Carried(NamedTuple):
    """One group: its kind (vc4, vc3, vc12, e1, g832) and its members, in sequence order."""

    kind: str
    members: tuple[Member, ...]
    contiguous: bool = False
    lcas: bool = False
    virtual: bool = True  # H4 or K4 of its members count
    adaptation: str = "gfp"  # by its signal label: "gfp", "laps", or "ppp", which may be HDLC without PPP

    @property
    def names(self) -> list[str]:
        return names_of(self.members)


class Counted(NamedTuple):
    """A VC with a sequence number; `ctrl` and `gids` of its LCAS packets."""

    member: Member
    sq: int
    ctrl: str | None = None
    gids: Gids | None = None


class Found(NamedTuple):
    """Groups; with a doubt they are only likely, and without one of them there is only the doubt."""

    groups: list[Carried]
    vc4s: set[int]  # in which the VCs are
    doubt: str | None = None


def groups_by_numbers(kind: str, counted: Sequence[Counted]) -> list[Found]:
    """The groups of the VCs of a kind, which are in the order of the line."""
    plain = [one for one in counted if one.ctrl is None]
    return [*_without_lcas(kind, plain), *_with_lcas(kind, [one for one in counted if one.ctrl is not None])]


def _in_sequence(counted: Sequence[Counted]) -> list[Counted]:
    return sorted(counted, key=lambda one: (one.sq, one.member.vc4, one.member.unit))


def _is_whole(kind: str, counted: Sequence[Counted]) -> bool:
    """The numbers are those of one group."""
    numbers = sorted(one.sq for one in counted)
    return numbers == list(range(len(numbers))) and len(numbers) <= MOST_MEMBERS[kind]


def _group(kind: str, counted: Sequence[Counted], lcas: bool = False) -> Carried:
    return Carried(kind, tuple(one.member for one in counted), lcas=lcas)


def _vc4s(counted: Sequence[Counted]) -> set[int]:
    return {one.member.vc4 for one in counted}


def _doubt(counted: Sequence[Counted]) -> str:
    in_order = _in_sequence(counted)
    names = names_of([one.member for one in in_order])
    told = ", ".join(f"{name} has {one.sq}" for name, one in zip(names, in_order, strict=True))
    return f"the sequence numbers do not tell one group ({told}): name it with --members"


def _without_lcas(kind: str, counted: list[Counted]) -> list[Found]:
    """A group for each VC-4 whose VCs have the numbers 0..X-1; the other VC-4s together if they can be."""
    if not counted:
        return []
    if kind == "vc4":
        return [_numbered(kind, counted)]
    by_vc4 = {vc4: [one for one in counted if one.member.vc4 == vc4] for vc4 in sorted(_vc4s(counted))}
    short = {vc4: here for vc4, here in by_vc4.items() if not _is_whole(kind, here)}
    if short and len(by_vc4) > 1 and _is_whole(kind, counted):
        return [Found([_group(kind, _in_sequence(counted))], _vc4s(counted))]
    together = [one for here in short.values() for one in here]
    if together and not _is_whole(kind, together):
        # what has a number 0 in a VC-4 may be the beginning of what has none in the others
        begins = [here for vc4, here in by_vc4.items() if vc4 not in short and _is_whole(kind, [*here, *together])]
        together += begins[0] if len(begins) == 1 else []
    if len(_vc4s(together)) > 1 and _is_whole(kind, together):
        whole = {vc4: here for vc4, here in by_vc4.items() if vc4 not in _vc4s(together)}
        return [
            *(Found([_group(kind, _in_sequence(here))], {vc4}) for vc4, here in whole.items()),
            Found([_group(kind, _in_sequence(together))], _vc4s(together), _doubt(together)),
        ]
    return [_numbered(kind, here) for here in by_vc4.values()]


def _numbered(kind: str, counted: Sequence[Counted]) -> Found:
    """One group whose numbers are 0..X-1, or any number of groups: where the numbers begin anew in the order of the
    VCs, there each time may begin one.
    """
    vc4s = _vc4s(counted)
    if _is_whole(kind, counted):
        return Found([_group(kind, _in_sequence(counted))], vc4s)
    runs: list[list[Counted]] = []
    for one in counted:
        if one.sq == 0:
            runs.append([])
        if not runs or len(runs[-1]) != one.sq or one.sq >= MOST_MEMBERS[kind]:
            return Found([], vc4s, _doubt(counted))
        runs[-1].append(one)
    likely = any(len(run) > 1 for run in runs)
    return Found([_group(kind, run) for run in runs], vc4s, _doubt(counted) if likely else None)


# ---------------------------------------------------------------- LCAS


def _with_lcas(kind: str, counted: list[Counted]) -> list[Found]:
    """VCs whose packets have the same group identification all along, and different numbers, are one group."""
    groups: list[list[Counted]] = []
    # those of which no more is known than their numbers come last
    for one in sorted(counted, key=lambda one: one.gids is None):
        if one.ctrl not in IN_SEQUENCE:
            continue
        for group in groups:
            if all(_common(one, other) >= 0 and one.sq != other.sq for other in group):
                group.append(one)
                break
        else:
            groups.append([one])
    idle: dict[int, list[Counted]] = {}
    for one in counted:
        if one.ctrl in IN_SEQUENCE:
            continue
        fits = [number for number, group in enumerate(groups) if _common(one, group[0]) >= SURELY_SAME]
        if len(fits) == 1:
            idle.setdefault(fits[0], []).append(one)
    found = []
    for number, group in enumerate(groups):
        if not _is_whole(kind, group):
            found.append(Found([], _vc4s(group), _doubt(group)))
            continue
        members = [*_in_sequence(group), *idle.get(number, [])][: MOST_MEMBERS[kind]]
        found.append(Found([_group(kind, members, lcas=True)], _vc4s(group)))
    return found


def _common(one: Counted, other: Counted) -> int:
    """Packets in which both have the same group identification; -1: in some they have not."""
    if one.gids is None or other.gids is None:
        return 0
    counts = len(one.gids[1])
    ahead = (one.gids[0] - other.gids[0]) % counts
    found = -1
    # half of what the counts tell apart: either may be the one that is late
    if ahead <= counts // 2:
        found = max(found, _alike(one.gids[1][ahead:], other.gids[1]))
    if ahead >= counts // 2:
        found = max(found, _alike(one.gids[1], other.gids[1][counts - ahead :]))
    return found


def _alike(newer: Sequence[int | None], older: Sequence[int | None]) -> int:
    pairs = [(a, b) for a, b in zip(newer, older, strict=False) if a is not None and b is not None]
    return len(pairs) if all(a == b for a, b in pairs) else -1
