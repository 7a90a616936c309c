"""Places of E1s as the lab file names them: those of ctl/e1.py, also with their shelf, and which a line has."""

from __future__ import annotations

import re

from msapemu.ctl.config import E1S, RATE_NAMES, STM_N, Rate
from msapemu.ctl.e1 import E1Place, parse_place

_WITH_SHELF = re.compile(r"(?:(?P<shelf>[a-zA-Z0-9][a-zA-Z0-9_.-]*):)?(?P<place>[^:]+)")
PLACE_PATTERN = (
    r"^([a-zA-Z0-9][a-zA-Z0-9_.-]*:)?[1-9][0-9]?/[1-9][0-9]?"
    r"(/e1\.[1-9][0-9]?|/au4\.[1-9][0-9]?/vc12\.[1-3]\.[1-7]\.[1-3])?$"
)
SLOTS_PATTERN = r"^[0-9]{1,2}(-[0-9]{1,2})?(,[0-9]{1,2}(-[0-9]{1,2})?)*$"
_PLACE = re.compile(PLACE_PATTERN)


def is_place(text: str) -> bool:
    """Whether `text` has the form of an E1 place, with or without its shelf."""
    return _PLACE.fullmatch(text) is not None


def shelf_and_place(text: str) -> tuple[str, E1Place]:
    """The shelf ("" when that is not said) and the place; ValueError when it is none."""
    match = _WITH_SHELF.fullmatch(text)
    if match is None or not is_place(text):
        raise ValueError(f"{text!r} is no place of an E1 (such as 1/1, 1/2/e1.3, 1/1/au4.1/vc12.1.1.1)")
    return match["shelf"] or "", parse_place(match["place"])


def place_at(port: str, inner: str) -> E1Place:
    """The E1 of a line port: "" all of it, or such as "e1.3", "au4.1/vc12.1.1.1"."""
    return parse_place(f"{port}/{inner}" if inner else port)


def inner_of(place: E1Place) -> str:
    """The other way."""
    return str(place).removeprefix(place.port).removeprefix("/")


def inners(rate: Rate) -> tuple[str, ...]:
    """What a PDH line of that rate has: ("",) for an E1, "e1.1" and on for a multiplex, () for none."""
    count = E1S.get(rate, 0)
    return ("",) if rate == "e1" else tuple(f"e1.{number}" for number in range(1, count + 1))


def place_fault(rate: Rate, place: E1Place) -> str | None:
    """Why a line of that rate has no such E1; None: it has."""
    name = RATE_NAMES[rate]
    if rate in STM_N:
        if place.container is None:
            return f"is an {name}: name a VC-12 of it (such as {place.port}/au4.1/vc12.1.1.1)"
        return None if place.container.vc4 <= STM_N[rate] else f"is an {name}: it has VC-4 1..{STM_N[rate]}"
    known = inners(rate)
    if inner_of(place) in known:
        return None
    if not known:
        return "carries no E1s"
    return "is one E1" if known == ("",) else f"is an {name}: it has e1.1..e1.{len(known)}"
