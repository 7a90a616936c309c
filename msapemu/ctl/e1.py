"""Names of the places where an E1 is in a shelf, and of timeslots of it, as configurations and commands write them.

    1/1                      a line of rate E1, or an E1 client port
    1/2/e1.3                 E1 number 3 in the signal of a line of rate E2 or E3
    1/1/au4.1/vc12.1.1.1     an E1 that is asynchronously in this VC-12
    1/2/e1.3:1-4,6           timeslots 1, 2, 3, 4 and 6 of one of them
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from msapemu.ctl.objects import Container, parse_container

TIMESLOTS = range(1, 32)
SIGNALLING = 16  # the timeslot of channel associated signalling

_PORT = re.compile(r"[0-9]{1,5}/[0-9]{1,5}")
_TRIBUTARY = re.compile(r"([0-9]{1,5}/[0-9]{1,5})/e1\.([1-9][0-9]?)")


@dataclass(frozen=True, slots=True)
class E1Place:
    """The E1 of port `port` (`tributary` 0), its E1 number `tributary`, or that in a VC-12 `container` of it."""

    port: str
    tributary: int = 0
    container: Container | None = None

    def __str__(self) -> str:
        if self.container is not None:
            return str(self.container)
        return f"{self.port}/e1.{self.tributary}" if self.tributary else self.port


@dataclass(frozen=True, slots=True)
class E1Slots:
    """Timeslots of an E1; without any: a V.35 port, whose all are meant."""

    place: E1Place
    slots: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"{self.place}:{timeslots_text(self.slots)}" if self.slots else str(self.place)


@lru_cache(maxsize=65536)
def parse_place(text: str) -> E1Place:
    """The E1 place of that name; ValueError when it is none."""
    if _PORT.fullmatch(text):
        return E1Place(text)
    if match := _TRIBUTARY.fullmatch(text):
        return E1Place(match[1], int(match[2]))
    try:
        container = parse_container(text)
    except ValueError:
        container = None
    if container is None or container.kind != "vc12":
        raise ValueError(f"{text!r} is no place of an E1 (such as 1/1, 1/2/e1.3, 1/1/au4.1/vc12.1.1.1)")
    return E1Place(container.port, container=container)


def parse_timeslots(text: str) -> tuple[int, ...]:
    """Timeslots written "1-4,6", in that order; ValueError for what is not 1..31, or there twice."""
    slots: list[int] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if not all(one.isascii() and one.isdigit() for one in (first, last or "0" * (not dash))):
            raise ValueError(f"{text!r} are no timeslots (such as 1-4,6)")
        begin = int(first)
        end = int(last) if dash else begin
        if begin not in TIMESLOTS or end not in TIMESLOTS or end < begin:
            raise ValueError(f"timeslots {part} are not in 1..31")
        slots.extend(range(begin, end + 1))
    if len(set(slots)) < len(slots):
        raise ValueError(f"{text!r} names a timeslot twice")
    return tuple(slots)


def timeslots_text(slots: Iterable[int]) -> str:
    """The other way: as short as it can be."""
    runs: list[list[int]] = []
    for slot in slots:
        if runs and slot == runs[-1][1] + 1:
            runs[-1][1] = slot
        else:
            runs.append([slot, slot])
    return ",".join(f"{first}-{last}" if last > first else str(first) for first, last in runs)


@lru_cache(maxsize=65536)
def parse_slots(text: str) -> E1Slots:
    """What "PLACE:TIMESLOTS" names, or, without timeslots, a V.35 port; ValueError when it is neither."""
    place, colon, slots = text.partition(":")
    return E1Slots(parse_place(place), parse_timeslots(slots) if colon else ())
