"""Names of containers as the command line takes them, and what is said of them.

K.L.M is a VC-12 (TUG-3, TUG-2, TU-12: G.707 7.2.2), K a VC-3 (TUG-3), V:K.L.M and V:K one in VC-4 V; VC-4s go by
number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from msapemu.ctl.errors import UsageError

VC4 = re.compile(r"[1-9]|1[0-6]")
TRIBUTARY = VC4  # 1..16 too
VC12 = re.compile(rf"(?:(?:{VC4.pattern}):)?[1-3]\.[1-7]\.[1-3]")
VC3 = re.compile(rf"(?:(?:{VC4.pattern}):)?[1-3]")
FORMS = {
    "vc12": (VC12, "VC-12 (K.L.M with K 1..3, L 1..7, M 1..3)"),
    "vc3": (VC3, "VC-3 (K 1..3)"),
    "vc4": (VC4, "VC-4 (1..16)"),
}
AU_POINTER_MAX = 782  # G.707 8.1.1
TU3_POINTER_MAX = 764  # G.707 8.2.2
TU12_POINTER_MAX = 139  # G.707 8.3.2


class Member(NamedTuple):
    """A VC of a group: "K.L.M" or "K" in a VC-4, or "": the VC-4 itself."""

    vc4: int
    unit: str = ""

    @property
    def kind(self) -> str:
        """ "vc12", "vc3" or "vc4"."""
        return kind_of(self.unit) if self.unit else "vc4"

    def __str__(self) -> str:
        return f"{self.vc4}:{self.unit}" if self.unit else str(self.vc4)


def located(name: str, vc4: int) -> Member:
    """The VC-12 or VC-3 of this name; without a VC-4 in it, in number `vc4`."""
    number, _, unit = name.rpartition(":")
    return Member(int(number) if number else vc4, unit)


def names_of(members: Sequence[Member]) -> list[str]:
    """For reports: with the VC-4 when they are in several."""
    if len({member.vc4 for member in members}) > 1:
        return [str(member) for member in members]
    return [member.unit or str(member.vc4) for member in members]


def _name(text: str, option: str, *kinds: str) -> str:
    text = text.strip()
    if not any(FORMS[kind][0].fullmatch(text) for kind in kinds):
        raise UsageError(f"{option}: {text!r} is no {' or '.join(FORMS[kind][1] for kind in kinds)}")
    return text


def kind_of(member: str) -> str:
    """ "vc12" of "K.L.M", "vc3" of "K", in whatever VC-4."""
    return "vc12" if "." in member else "vc3"


def parse_members(text: str, kind: str = "vc12") -> tuple[str, ...]:
    """ "1.1.1,1.1.2" in sequence order. UsageError for a name that is none of that kind or stands twice."""
    members = tuple(_name(part, "--members", kind) for part in text.split(","))
    for number, member in enumerate(members):
        if member in members[:number]:
            raise UsageError(f"--members: {member} stands there twice")
    return members


def parse_any_members(text: str) -> tuple[str, ...]:
    """Members of one kind, whichever it is; a number may be that of a VC-4 or of a TUG-3."""
    if VC4.fullmatch(text.partition(",")[0].strip()) and ":" not in text:
        return parse_members(text, "vc4")
    return parse_members(text, "vc3" if ":" in text and "." not in text else "vc12")


def parse_au_pointer(value: int) -> int:
    if not 0 <= value <= AU_POINTER_MAX:
        raise UsageError(f"--au-pointer: {value} is not in 0..{AU_POINTER_MAX}")
    return value


def parse_sequence(text: str, option: str) -> tuple[str, int]:
    """ "inc:8": a kind of movement, and how often."""
    kind, colon, every = text.partition(":")
    if not colon or not re.fullmatch(r"\d{1,9}", every):
        raise UsageError(f"{option}: {text!r} is not KIND:N")
    return kind, int(every)


def _tu_pointer(text: str, most: int) -> int:
    text = text.strip()
    if not re.fullmatch(r"\d{1,9}", text) or int(text) > most:
        raise UsageError(f"--tu-pointer: {text!r} is not in 0..{most}")
    return int(text)


def parse_tu_pointers(text: str, kind: str = "vc12") -> dict[str, int] | int:
    """ "105" for all of that kind, or "1.1.1=105,2=764" for some."""
    most = {"vc12": TU12_POINTER_MAX, "vc3": TU3_POINTER_MAX}
    if "=" not in text:
        return _tu_pointer(text, most.get(kind, TU12_POINTER_MAX))
    return {
        member: _tu_pointer(value, most[kind_of(member)])
        for member, value in _assignments(text, "--tu-pointer", "N", "vc12", "vc3")
    }


def parse_delays(text: str) -> dict[str, int]:
    """ "1.1.1=500,2=125": microseconds by member; a number may be that of a VC-4 or of a TUG-3."""
    found: dict[str, int] = {}
    for member, value in _assignments(text, "--delay", "US", "vc12", "vc3", "vc4"):
        if not re.fullmatch(r"\d{1,9}", value):
            raise UsageError(f"--delay: {value!r} is no number of microseconds")
        found[member] = int(value)
    return found


def parse_tributaries(texts: Sequence[str]) -> dict[int, Path]:
    """ "K=FILE" for each option: E1s of an E2 or E3 by number."""
    found: dict[int, Path] = {}
    for text in texts:
        name, equals, file = text.partition("=")
        if not equals or not file:
            raise UsageError(f"--e1: {text!r} is not K=FILE")
        if not TRIBUTARY.fullmatch(name.strip()):
            raise UsageError(f"--e1: {name.strip()!r} is no tributary (1..16)")
        number = int(name)
        if number in found:
            raise UsageError(f"--e1: {number} stands there twice")
        found[number] = Path(file)
    return found


def parse_files(given: list[str], option: str, kind: str) -> dict[str, Path]:
    """ "1.1.1=a.e1", once for each option."""
    found: dict[str, Path] = {}
    for text in given:
        name, equals, file = text.partition("=")
        if not equals or not file:
            raise UsageError(f"{option}: {text!r} is not {'K.L.M' if kind == 'vc12' else 'K'}=FILE")
        member = _name(name, option, kind)
        if ":" in member:
            raise UsageError(f"{option}: {member}: --vc4 says in which VC-4")
        if member in found:
            raise UsageError(f"{option}: {member} stands there twice")
        found[member] = Path(file)
    return found


def _assignments(text: str, option: str, what: str, *kinds: str) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for part in text.split(","):
        name, equals, value = part.partition("=")
        if not equals:
            raise UsageError(f"{option}: {part!r} is not MEMBER={what}")
        member = _name(name, option, *kinds)
        if member in seen:
            raise UsageError(f"{option}: {member} stands there twice")
        seen.add(member)
        yield member, value.strip()
