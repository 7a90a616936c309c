"""Configuration options of PPP: type, length with these two octets, value (RFC 1661 6)."""

from __future__ import annotations

from typing import NamedTuple

OPTION_HEADER = 2
MOST_VALUE = 0xFF - OPTION_HEADER


class Option(NamedTuple):
    kind: int
    value: bytes = b""


def options_of(octets: bytes) -> list[Option] | None:
    """The options that `octets` are; None when they are none."""
    options = []
    at = 0
    while at < len(octets):
        if len(octets) - at < OPTION_HEADER:
            return None
        kind, length = octets[at], octets[at + 1]
        if not OPTION_HEADER <= length <= len(octets) - at:
            return None
        options.append(Option(kind, octets[at + OPTION_HEADER : at + length]))
        at += length
    return options


def options_octets(options: list[Option]) -> bytes:
    return b"".join(bytes((option.kind, OPTION_HEADER + len(option.value))) + option.value for option in options)
