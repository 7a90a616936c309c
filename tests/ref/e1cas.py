"""Channel associated signalling in TS16 of an E1, in multiframes of 16 frames (STANDARDS 9; G.704 5.1.3, G.732 5).

Frame 0: 0000 x y x x, y the alarm. Frame n, 1 to 15: abcd of TS n, abcd of TS n+16. These multiframes need not begin
with those of the CRC-4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

MULTIFRAME = 16
LOSS = 2  # wrong alignment signals one after the other
Y = 0b0100
SPARE = 0b1011  # the x bits, when nobody uses them
AIS_ZEROS = 3  # no more than that in each of two multiframes
TIMESLOTS = (*range(1, 16), *range(17, 32))


def ts16(number: int, abcd: Mapping[int, int], y: int = 0) -> int:
    """TS16 of frame `number` of a multiframe; `abcd` by timeslot, 1101 for those that are not there."""
    if number == 0:
        return SPARE | (Y if y else 0)
    return abcd.get(number, 0b1101) << 4 | abcd.get(number + 16, 0b1101)


def put(frames: Sequence[bytes], abcd: Mapping[int, int], y: int = 0, first: int = 0) -> list[bytes]:
    """Frames (32 octets) or their timeslots (31) with the signalling in TS16; `first`: number of the first frame."""
    out = []
    for number, frame in enumerate(frames, first):
        at = 16 if len(frame) == 32 else 15
        out.append(frame[:at] + bytes([ts16(number % MULTIFRAME, abcd, y)]) + frame[at + 1 :])
    return out


class Multiframe(NamedTuple):
    """A whole multiframe in alignment: the place of its first frame, the signalling by timeslot, the alarm bit."""

    at: int
    abcd: dict[int, int]
    y: int


@dataclass
class Signalling:
    """What TS16 has in it: multiframes; (frame, defect, begins) of CAS-LOM and CAS-AIS."""

    multiframes: list[Multiframe] = field(default_factory=list)
    events: list[tuple[int, str, bool]] = field(default_factory=list)


def _multiframe(at: int, octets: bytes) -> Multiframe:
    abcd = {n: octets[n] >> 4 for n in range(1, 16)} | {n + 16: octets[n] & 0xF for n in range(1, 16)}
    return Multiframe(at, abcd, int(bool(octets[0] & Y)))


def find(octets: bytes, start: int) -> int | None:
    """The first 0000 in bits 1-4 behind an octet that is not all zeros (G.732 5.2.3)."""
    for index in range(max(start, 1), len(octets)):
        if octets[index] >> 4 == 0 and octets[index - 1]:
            return index
    return None


def read(octets: bytes) -> Signalling:
    """TS16 of frames one after the other."""
    got = Signalling(events=[(0, "CAS-LOM", True)])
    got.events += _ais(octets)
    start: int | None = 0
    while start is not None and (at := find(octets, start)) is not None:
        got.events.append((at, "CAS-LOM", False))
        start = _in_alignment(octets, at, got)
        if start is not None:
            got.events.append((start, "CAS-LOM", True))
    got.events.sort(key=lambda event: event[0])
    return got


def _in_alignment(octets: bytes, at: int, got: Signalling) -> int | None:
    """Until two alignment signals are wrong, or a multiframe is all zeros; returns where to search anew."""
    wrong = 0
    for index in range(at, len(octets), MULTIFRAME):
        wrong = wrong + 1 if octets[index] >> 4 else 0
        if wrong == LOSS:
            return index + 1
        whole = octets[index : index + MULTIFRAME]
        if len(whole) < MULTIFRAME:
            break
        if not any(whole):
            return index + MULTIFRAME
        got.multiframes.append(_multiframe(index, whole))
    return None


def _ais(octets: bytes) -> list[tuple[int, str, bool]]:
    """At most 3 zeros in each of two multiframe periods; its end: more in each of two (G.775)."""
    events: list[tuple[int, str, bool]] = []
    now, run = False, 0
    for at in range(0, len(octets) - MULTIFRAME + 1, MULTIFRAME):
        zeros = 8 * MULTIFRAME - sum(octet.bit_count() for octet in octets[at : at + MULTIFRAME])
        run = run + 1 if (zeros <= AIS_ZEROS) != now else 0
        if run == 2:
            now, run = not now, 0
            events.append((at + MULTIFRAME, "CAS-AIS", now))
    return events
