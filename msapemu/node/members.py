"""Names of what a VC-4 is made of: 63 VC-12 K.L.M = TUG-3, TUG-2, TU-12 (G.707 9.1, figure 9-7), or VC-3 K = TUG-3."""

from __future__ import annotations

import re

from msapemu.ctl.timeslots import ALL_VC3, ALL_VC12

TUG3S, TUG2S, TU12S = 3, 7, 3
VC12S = TUG3S * TUG2S * TU12S  # 63
VC3S = TUG3S
_VC12 = frozenset(ALL_VC12)
_VC3 = frozenset(ALL_VC3)


def member_fault(text: str) -> str | None:
    """What is wrong with `text` as the name of a VC-12; None: nothing."""
    if text in _VC12:
        return None
    if re.fullmatch(r"\d+\.\d+\.\d+", text):
        return f"{text} is out of range (K.L.M with K 1..{TUG3S}, L 1..{TUG2S}, M 1..{TU12S})"
    return f"{text!r} is no VC-12 (K.L.M, such as 1.1.1)"


def is_vc3(text: str) -> bool:
    """Whether `text` names a VC-3."""
    return text in _VC3
