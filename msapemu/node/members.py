"""Names of what a VC-4 is made of: 63 VC-12 K.L.M = TUG-3, TUG-2, TU-12 (G.707 9.1, figure 9-7), or VC-3 K = TUG-3."""

from __future__ import annotations

import re

from msapemu.ctl.timeslots import ALL_VC3, ALL_VC12
from msapemu.node.e1_places import PLACE_PATTERN, is_place

TUG3S, TUG2S, TU12S = 3, 7, 3
VC12S = TUG3S * TUG2S * TU12S  # 63
VC3S = TUG3S
_VC12 = frozenset(ALL_VC12)
_VC3 = frozenset(ALL_VC3)
_NUMBER = re.compile(r"[1-9][0-9]?")
_WITH_VC4 = re.compile(r"au4\.(?P<vc4>[1-9][0-9]?)(?:/vc12\.(?P<vc12>[1-3]\.[1-7]\.[1-3])|/vc3\.(?P<vc3>[1-3]))?")
MEMBER_PATTERN = (
    r"^(au4\.[1-9][0-9]?(/vc12\.[1-3]\.[1-7]\.[1-3]|/vc3\.[1-3])?|[1-9][0-9]?|[1-3]\.[1-7]\.[1-3])$|" + PLACE_PATTERN
)


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


def form_fault(text: str) -> str | None:
    """What is wrong with `text` as a member of a group in a lab file: K.L.M, K, the number of a VC-4, or any of them
    with its VC-4 (au4.2/vc12.1.1.1, au4.2/vc3.1, au4.2), or an E1 place; None: nothing."""
    if _WITH_VC4.fullmatch(text) or _NUMBER.fullmatch(text) or is_place(text):
        return None
    return member_fault(text)


def parse_member(text: str) -> tuple[int | None, str, str]:
    """A member of that form: its VC-4 if it says which, its name in it ("" the VC-4 itself), and its kind."""
    if match := _WITH_VC4.fullmatch(text):
        name = match["vc12"] or match["vc3"] or ""
        return int(match["vc4"]), name, "vc12" if match["vc12"] else "vc3" if match["vc3"] else "vc4"
    return None, text, "place" if "/" in text else "vc12" if "." in text else "number"
