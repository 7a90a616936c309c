"""The frame check sequence of captured Ethernet frames: whether they have one, and whether it is right."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from enum import StrEnum
from itertools import chain, islice
from typing import NamedTuple

from msapemu.interop.frame import Frame

FCS_OCTETS = 4
HEADER_OCTETS = 14  # IEEE 802.3 3.1.1: destination, source, type or length
# A right FCS at the end of a frame that has none happens once in 2^32 frames; a capture of which every frame is
# damaged is no use. So one right FCS among these first frames tells that the capture has them.
LOOK_AT_FRAMES = 256


class Fcs(StrEnum):
    """Whether the Ethernet frames of a capture end with their FCS."""

    AUTO = "auto"
    YES = "yes"
    NO = "no"


class Checked(NamedTuple):
    """A frame without its FCS, and whether the FCS it had was right (None: it had none)."""

    frame: Frame
    octets: bytes
    good: bool | None


def fcs(octets: bytes) -> bytes:
    """IEEE 802.3 3.2.9: CRC-32, reflected, the low octet first."""
    return zlib.crc32(octets).to_bytes(FCS_OCTETS, "little")


def fcs_is_right(octets: bytes) -> bool:
    return len(octets) > FCS_OCTETS and fcs(octets[:-FCS_OCTETS]) == octets[-FCS_OCTETS:]


def without_fcs(frames: Iterator[Frame], mode: Fcs) -> Iterator[Checked]:
    """Takes the FCS off, and says whether it was right. With AUTO what the capture says counts, else a look."""
    first: list[Frame] = []
    if mode is Fcs.AUTO:
        first = list(islice(frames, LOOK_AT_FRAMES))
    looks_like = any(fcs_is_right(frame.octets) for frame in first)
    for frame in chain(first, frames):
        if mode is Fcs.AUTO:
            present = looks_like if frame.fcs_octets is None else frame.fcs_octets == FCS_OCTETS
        else:
            present = mode is Fcs.YES
        if present:
            yield Checked(frame, frame.octets[:-FCS_OCTETS], fcs_is_right(frame.octets))
        else:
            yield Checked(frame, frame.octets, None)
