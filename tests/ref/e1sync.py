"""What a receiver makes of the bits of an E1: alignments, defects, CRC-4 (STANDARDS 9, 11 and 0; G.706, G.775).

A signal is a string of "0" and "1", and "-" where there is no signal at all. `read` goes through the whole of it.

Readings where STANDARDS leaves it open:
    - A search goes on one bit behind the place where the last one failed. After a loss it begins behind the third
      wrong FAS.
    - The CRC-4 multiframe is looked for in the 64 frames from the basic alignment on, that is from the frame with the
      second FAS on. Two MFAS have to be there, a multiple of 16 frames apart.
    - Annex B: the second search begins 8 ms later, one bit behind the place where the first looked, and so on.
    - 1000 blocks count from the multiframe alignment on, and then anew each time.
    - The CRC of an SMF is judged at the end of the next SMF.
    - AIS is looked for in 512 bits, one after the other from the beginning of the signal on.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .e1frame import BITS, E_FRAMES, FAS, MFAS, MULTIFRAME, SMF, c_bits, smf_crc, text_octets

LOSS = 3  # wrong FAS one after the other
SEARCH_FRAMES = 64  # 8 ms for two MFAS
ANNEX_B_FRAMES = 3200  # 400 ms from the primary alignment on
BLOCKS, FALSE_BLOCKS = 1000, 915
RAI_FRAMES = 5  # with, or without, the A bit one after the other
LOS_BITS = 255
AIS_WINDOW, AIS_ZEROS, AIS_WINDOWS = 512, 2, 2  # no more zeros than that in as many windows


class Event(NamedTuple):
    """Something begins or ends, and the bit behind which this is known."""

    bit: int
    what: str
    on: bool


class Frame(NamedTuple):
    """A frame in alignment: where it begins, its number in the CRC-4 multiframe (None: only its parity is known)."""

    bit: int
    number: int | None
    has_fas: bool
    octets: bytes


@dataclass
class Reading:
    """What a signal has in it."""

    frames: list[Frame] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)  # fas_errors, crc_errors, blocks, rei

    def note(self, bit: int, what: str, on: bool = True) -> None:
        self.events.append(Event(bit, what, on))

    def of(self, *names: str) -> list[Event]:
        """The events with these names, in time."""
        return sorted(event for event in self.events if event.what in names)

    def at_end(self) -> set[str]:
        """What lasts when the signal ends."""
        state = {event.what: event.on for event in sorted(self.events, key=lambda event: event.bit)}
        return {what for what, on in state.items() if on}


# -- of the line


def los(signal: str) -> list[Event]:
    """Loss of signal: nothing for 255 pulse positions."""
    events = []
    for match in re.finditer(f"-{{{LOS_BITS},}}", signal):
        events.append(Event(match.start() + LOS_BITS, "LOS", True))
        if match.end() < len(signal):
            events.append(Event(match.end() + 1, "LOS", False))
    return events


def ais(signal: str) -> list[Event]:
    """AIS: at most 2 zeros in each of two times 512 bits; its end: at least 3 in each of two times (G.775 5.2)."""
    events: list[Event] = []
    now, run = False, 0
    for at in range(0, len(signal) - AIS_WINDOW + 1, AIS_WINDOW):
        ones = signal.count("1", at, at + AIS_WINDOW) >= AIS_WINDOW - AIS_ZEROS
        run = run + 1 if ones != now else 0
        if run == AIS_WINDOWS:
            now, run = ones, 0
            events.append(Event(at + AIS_WINDOW, "AIS", now))
    return events


# -- searches


def has_fas(signal: str, at: int) -> bool:
    """Is there a FAS in TS0 of a frame that begins here?"""
    return signal[at + 1 : at + 8] == FAS


def find_alignment(signal: str, start: int) -> int | None:
    """The first bit from `start` on with which a frame with FAS begins, behind it one with bit 2 = 1, and FAS again."""
    at = signal.find(FAS, start + 1) - 1
    while at >= 0:
        if at + 2 * BITS + 8 > len(signal):
            return None
        if signal[at + BITS + 1] == "1" and has_fas(signal, at + 2 * BITS):
            return at
        at = signal.find(FAS, at + 2) - 1
    return None


class Multiframes(NamedTuple):
    """Where a multiframe begins, and the bit behind which this is known."""

    start: int
    known: int


def find_multiframes(signal: str, at: int) -> Multiframes | None:
    """Two MFAS in the 64 frames from the one with FAS on that begins with bit `at`."""
    first = [signal[at + BITS * n] for n in range(1, SEARCH_FRAMES, 2) if at + BITS * n < len(signal)]
    text = "".join(first)
    seen: list[int] = []
    for match in re.finditer(f"(?={MFAS})", text):
        if any((match.start() - other) % (MULTIFRAME // 2) == 0 for other in seen):
            frames = 2 * match.start()
            return Multiframes(at + BITS * frames, at + BITS * (frames + 2 * len(MFAS)))
        seen.append(match.start())
    return None


class Outcome(NamedTuple):
    """Of the search for the multiframe: "crc", "no crc" or "false", the bit of its alignment, when it is known."""

    what: str
    at: int
    known: int


def search(signal: str, at: int, crc: bool, interworking: bool) -> Outcome | None:
    """From the basic alignment at bit `at` on; None: the signal ends before anything is known."""
    if not crc:
        return Outcome("no crc", at, at + 2 * BITS)
    limit, found = at + BITS * (2 + ANNEX_B_FRAMES), at
    while True:
        multiframes = find_multiframes(signal, found + 2 * BITS)
        if multiframes and (not interworking or multiframes.known <= limit):
            return Outcome("crc", *multiframes)
        over = found + BITS * (2 + SEARCH_FRAMES)
        if not interworking:
            return Outcome("false", at, over) if over <= len(signal) else None
        following = find_alignment(signal, over + 1) if over < limit else None
        if following is None or following >= limit:
            return Outcome("no crc", at, limit) if limit <= len(signal) else None
        found = following


# -- all of it


def read(signal: str, crc: bool = True, interworking: bool = True) -> Reading:
    """Everything, from the first bit to the last.

    `crc`: a CRC-4 multiframe is expected; `interworking`: Annex B, a far end may be without.
    """
    reading = Reading()
    reading.events += los(signal) + ais(signal)
    reading.note(0, "LOF")
    start = 0
    while (at := find_alignment(signal, start)) is not None:
        reading.note(at + 2 * BITS, "LOF", False)
        start = _in_alignment(signal, at, crc, interworking, reading)
    return reading


def _in_alignment(signal: str, at: int, crc: bool, interworking: bool, reading: Reading) -> int:
    """Until it is lost, or the signal ends; returns where to search anew."""
    outcome = search(signal, at, crc, interworking)
    walk = _Walk(signal, at + 2 * BITS, reading)
    if not walk.run(outcome.known if outcome else len(signal)):
        return walk.lost()
    if outcome is None:
        return len(signal)
    if outcome.what == "false":
        walk.lost()
        return outcome.known + 1
    reading.note(outcome.known, outcome.what)
    if outcome.what == "crc" and (outcome.at - at) % (2 * BITS):
        walk = _Walk(signal, outcome.known, reading)  # the primary alignment was a false one
    walk.first = outcome.at if outcome.what == "crc" else None
    kept = walk.run(len(signal))
    if kept:
        return len(signal)
    reading.note(walk.at, outcome.what, False)
    return walk.lost()


class _Walk:
    """Frame by frame, as long as the alignment is held."""

    def __init__(self, signal: str, at: int, reading: Reading) -> None:
        """`at`: where a frame with FAS begins."""
        self.signal, self.at, self.reading = signal, at, reading
        self.first: int | None = None  # bit where a multiframe begins
        self.false = False
        self._origin = at
        self._wrong = 0
        self._a_run, self._rai = 0, False
        self._smf: list[bytes] = []
        self._check: int | None = None  # CRC of the SMF before
        self._blocks = self._errored = 0

    def run(self, until: int) -> bool:
        """Frames that end up to bit `until`; False: the alignment is lost."""
        while self.at + BITS <= until:
            octets = text_octets(self.signal[self.at : self.at + BITS].replace("-", "1"))
            with_fas = (self.at - self._origin) // BITS % 2 == 0
            number = None if self.first is None else (self.at - self.first) // BITS % MULTIFRAME
            self.reading.frames.append(Frame(self.at, number, with_fas, octets))
            self.at += BITS
            if not (self._fas(octets) if with_fas else self._nfas(octets)):
                return False
            if number is not None and not self._multiframe(number, octets):
                return False
        return True

    def lost(self) -> int:
        """Ends what is said only in alignment; returns where to search anew."""
        if self._rai:
            self.reading.note(self.at, "RAI", False)
        self.reading.note(self.at, "LOF")
        return self.at + 1 if self.false else self.at - BITS + 8

    def _fas(self, octets: bytes) -> bool:
        good = f"{octets[0]:08b}"[1:] == FAS
        self._wrong = 0 if good else self._wrong + 1
        self.reading.counts["fas_errors"] += not good
        return self._wrong < LOSS

    def _nfas(self, octets: bytes) -> bool:
        a = bool(octets[0] & 0x20)
        self._a_run = self._a_run + 1 if a != self._rai else 0
        if self._a_run == RAI_FRAMES:
            self._rai, self._a_run = a, 0
            self.reading.note(self.at, "RAI", a)
        return True

    def _multiframe(self, number: int, octets: bytes) -> bool:
        if number in E_FRAMES:
            self.reading.counts["rei"] += not octets[0] >> 7
        if number % SMF == 0:
            self._smf = []
        elif not self._smf:
            return True  # the alignment was found in the middle of an SMF
        self._smf.append(octets)
        if len(self._smf) < SMF:
            return True
        check, self._check = self._check, smf_crc(self._smf)
        return check is None or self._block(check != c_bits(self._smf))

    def _block(self, errored: bool) -> bool:
        self.reading.counts["blocks"] += 1
        self.reading.counts["crc_errors"] += errored
        self._blocks += 1
        self._errored += errored
        if self._errored == FALSE_BLOCKS:
            self.false = True
            self.reading.note(self.at, "false alignment")
            return False
        if self._blocks == BLOCKS:
            self._blocks = self._errored = 0
        return True


def multiframes_of(frames: Sequence[Frame]) -> list[list[bytes]]:
    """The whole multiframes among frames, 16 each."""
    starts = [i for i, frame in enumerate(frames) if frame.number == 0]
    runs = [frames[i : i + MULTIFRAME] for i in starts]
    return [[f.octets for f in run] for run in runs if [f.number for f in run] == list(range(MULTIFRAME))]


def to_send(aligned: bool, multiframes: bool) -> tuple[int, tuple[int, int]]:
    """A, and E while no SMF is errored, that go back: A until basic alignment; E zero until both alignments stand."""
    return int(not aligned), (1, 1) if aligned and multiframes else (0, 0)
