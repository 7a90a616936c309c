"""Names of the 63 VC-12 of a VC-4: K.L.M = TUG-3, TUG-2, TU-12 (G.707 9.1, figure 9-7)."""

from __future__ import annotations

import re
from collections.abc import Iterable

TUG3S, TUG2S, TU12S = 3, 7, 3
VC12S = TUG3S * TUG2S * TU12S  # 63

ALL_VC12: tuple[str, ...] = tuple(
    f"{tug3}.{tug2}.{tu12}"
    for tug3 in range(1, TUG3S + 1)
    for tug2 in range(1, TUG2S + 1)
    for tu12 in range(1, TU12S + 1)
)
_KNOWN = frozenset(ALL_VC12)


def member_fault(text: str) -> str | None:
    """What is wrong with `text` as the name of a VC-12; None: nothing."""
    if text in _KNOWN:
        return None
    if re.fullmatch(r"\d+\.\d+\.\d+", text):
        return f"{text} is out of range (K.L.M with K 1..{TUG3S}, L 1..{TUG2S}, M 1..{TU12S})"
    return f"{text!r} is no VC-12 (K.L.M, such as 1.1.1)"


def first_free(count: int, used: Iterable[str]) -> tuple[str, ...]:
    """The first `count` VC-12 not in `used`, in the order of K, L, M; fewer when there are no more."""
    taken = set(used)
    return tuple(member for member in ALL_VC12 if member not in taken)[:count]
