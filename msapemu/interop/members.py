"""Names of containers as the command line takes them: K.L.M = TUG-3, TUG-2, TU-12 (G.707 7.2.2); VC-4s by number."""

from __future__ import annotations

import re

from msapemu.ctl.errors import UsageError

VC12 = re.compile(r"([1-3])\.([1-7])\.([1-3])")
VC4 = re.compile(r"[1-9]|1[0-6]")
AU_POINTER_MAX = 782  # G.707 8.1.1
TU12_POINTER_MAX = 139  # G.707 8.3.2


def _vc12(text: str, option: str) -> str:
    if not VC12.fullmatch(text):
        raise UsageError(f"{option}: {text!r} is no VC-12 (K.L.M with K 1..3, L 1..7, M 1..3)")
    return text


def _vc4(text: str, option: str) -> str:
    if not VC4.fullmatch(text):
        raise UsageError(f"{option}: {text!r} is no VC-4 (1..16)")
    return text


NAME_OF_KIND = {"vc12": _vc12, "vc4": _vc4}


def parse_members(text: str, kind: str = "vc12") -> tuple[str, ...]:
    """ "1.1.1,1.1.2" in sequence order. UsageError for a name that is none of that kind or stands twice."""
    members = tuple(NAME_OF_KIND[kind](part.strip(), "--members") for part in text.split(","))
    for number, member in enumerate(members):
        if member in members[:number]:
            raise UsageError(f"--members: {member} stands there twice")
    return members


def parse_any_members(text: str) -> tuple[str, ...]:
    """Members of one kind, whichever it is."""
    return parse_members(text, "vc4" if VC4.fullmatch(text.partition(",")[0].strip()) else "vc12")


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


def _tu_pointer(text: str) -> int:
    text = text.strip()
    if not re.fullmatch(r"\d{1,9}", text) or int(text) > TU12_POINTER_MAX:
        raise UsageError(f"--tu-pointer: {text!r} is not in 0..{TU12_POINTER_MAX}")
    return int(text)


def parse_tu_pointers(text: str) -> dict[str, int] | int:
    """ "105" for all, or "1.1.1=105,1.1.2=0" for some."""
    if "=" not in text:
        return _tu_pointer(text)
    found: dict[str, int] = {}
    for part in text.split(","):
        name, equals, value = part.partition("=")
        if not equals:
            raise UsageError(f"--tu-pointer: {part!r} is not K.L.M=N")
        member = _vc12(name.strip(), "--tu-pointer")
        if member in found:
            raise UsageError(f"--tu-pointer: {member} stands there twice")
        found[member] = _tu_pointer(value)
    return found
