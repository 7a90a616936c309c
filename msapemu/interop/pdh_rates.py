"""Lines of the plesiochronous hierarchy in files, and what their names say."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from msapemu._framing import PDH_OCTETS


class PdhRate(NamedTuple):
    """A line: its file's suffix, its E1s, the octets of a group in 125 us in each of its members."""

    name: str  # for messages
    suffix: str
    e1s: int
    most_links: int  # E1s, or lines, of a group
    octets: int


# A member E1 has 31 timeslots; of G.832's 530 payload octets a concatenated one has 529 (G.7043).
PDH_RATES = {
    "e1": PdhRate("E1", ".e1", 1, 16, 31),
    "e2": PdhRate("E2", ".e2", 4, 4, 31),
    "e3": PdhRate("E3", ".e3", 16, 16, 31),
    "g832": PdhRate("E3 (G.832)", ".e3", 0, 8, 530),
}
SUFFIXES = {rate.suffix for rate in PDH_RATES.values()}


def is_pdh(path: Path) -> bool:
    """Whether the name says that it is such a line."""
    return path.suffix.lower() in SUFFIXES


def pdh_octets(rate: str) -> int:
    """Of the line in 125 us."""
    return PDH_OCTETS[rate]


def link_file(target: Path, number: int, links: int) -> Path:
    """Link `number` (from 1) of so many: OUT.1.e1 ... OUT.N.e1 of OUT.e1."""
    return target if links == 1 else target.with_name(f"{target.stem}.{number}{target.suffix}")
