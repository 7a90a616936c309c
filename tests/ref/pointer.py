"""AU-4, TU-3 and TU-12 pointer words and their interpreter (STANDARDS 2, 4 and section 0 for SS)."""

from __future__ import annotations

from enum import Enum
from itertools import pairwise

AU4_OFFSETS = 783
TU3_OFFSETS = 765
TU12_OFFSETS = 140
SS_TU12 = SS_TU3 = 0b10
I_BITS = 0b1010101010  # bits 7 9 11 13 15 of the word
D_BITS = 0b0101010101  # bits 8 10 12 14 16
NDF_DISABLED = 0b0110
NDF_ENABLED = 0b1001
AIS = 0xFFFF


def encode(value: int, ss: int = 0b10, ndf: bool = False) -> int:
    """Pointer word NNNN SS IDIDIDIDID, 16 bits (STANDARDS 2)."""
    return (NDF_ENABLED if ndf else NDF_DISABLED) << 12 | ss << 10 | value


def encode_increment(value: int, ss: int = 0b10) -> int:
    """Word of a positive justification: the present value with its I bits inverted (STANDARDS 2)."""
    return encode(value, ss) ^ I_BITS


def encode_decrement(value: int, ss: int = 0b10) -> int:
    """Word of a negative justification: the present value with its D bits inverted (STANDARDS 2)."""
    return encode(value, ss) ^ D_BITS


def ndf_of(word: int) -> bool | None:
    """True: new data flag enabled (3 of 4 bits match 1001); False: disabled; None: invalid (STANDARDS 2)."""
    bits = word >> 12
    if (bits ^ NDF_ENABLED).bit_count() <= 1:
        return True
    if (bits ^ NDF_DISABLED).bit_count() <= 1:
        return False
    return None


class State(Enum):
    """States of the interpreter."""

    NORM = "NORM"
    AIS = "AIS"
    LOP = "LOP"


class Event(Enum):
    """What one pointer word asks of the layer that holds the stream."""

    NONE = "none"
    INCREMENT = "increment"
    DECREMENT = "decrement"
    NEW = "new"  # the VC starts at `Interpreter.value` from here on
    LOST = "lost"  # AIS or LOP entered, or still there


class Interpreter:
    """Pointer interpreter (STANDARDS 2, interpreter states); all runs are of consecutive words."""

    def __init__(self, offsets: int, check_ss: bool) -> None:
        """`offsets`: number of valid values; `check_ss`: SS other than 10 makes the word invalid (TU-12)."""
        self.offsets = offsets
        self.check_ss = check_ss
        self.state = State.LOP  # nothing received yet
        self.value: int | None = None
        self.words: list[int] = []  # all that were fed
        self.increments = self.decrements = self.new_data = self.new_pointers = 0
        self._candidate: int | None = None
        self._equal = self._ais = self._flagged = self._invalid = 0

    def preset(self, word: int) -> bool:
        """Take a plausible word at once, for a reader that knows to stand at the start of a file."""
        if ndf_of(word) is not False or word & 0x3FF >= self.offsets:
            return False
        if self.check_ss and word >> 10 & 0b11 != 0b10:
            return False
        self.state, self.value = State.NORM, word & 0x3FF
        return True

    def feed(self, word: int) -> Event:
        """Interpret the pointer word of one frame (AU-4, TU-3) or TU multiframe (TU-12)."""
        self.words.append(word)
        ndf, ss, value = ndf_of(word), word >> 10 & 0b11, word & 0x3FF
        ss_good = ss == 0b10 or not self.check_ss
        is_ais = word == AIS
        normal = ndf is False and ss_good and value < self.offsets
        flagged = ndf is True and ss_good and value < self.offsets

        self._ais = self._ais + 1 if is_ais else 0
        self._flagged = self._flagged + 1 if flagged else 0
        if normal and not (self.state is State.NORM and value == self.value):
            self._equal = self._equal + 1 if value == self._candidate else 1
            self._candidate = value
        else:
            self._equal, self._candidate = 0, None

        if self.state is State.NORM:
            return self._in_norm(ndf, ss_good, value, is_ais, normal, flagged)
        return self._out_of_norm(value, is_ais, normal, flagged)

    def _in_norm(
        self, ndf: bool | None, ss_good: bool, value: int, is_ais: bool, normal: bool, flagged: bool
    ) -> Event:
        assert self.value is not None
        if self._ais == 3:
            return self._lose(State.AIS)
        if self._flagged == 8:
            return self._lose(State.LOP)
        if flagged:
            self.new_data += 1
            return self._take(value)
        if normal and value == self.value:
            self._invalid = 0
            return Event.NONE
        if self._equal == 3:
            self.new_pointers += 1
            return self._take(value)
        if ndf is False and ss_good:
            changed = value ^ self.value
            i_majority = (changed & I_BITS).bit_count() >= 3
            d_majority = (changed & D_BITS).bit_count() >= 3
            if i_majority and not d_majority:
                self.value = (self.value + 1) % self.offsets
                self.increments += 1
                self._invalid = 0
                return Event.INCREMENT
            if d_majority and not i_majority:
                self.value = (self.value - 1) % self.offsets
                self.decrements += 1
                self._invalid = 0
                return Event.DECREMENT
        if is_ais:
            self._invalid = 0
            return Event.NONE
        self._invalid += 1  # includes a valid value that is not the present one
        if self._invalid == 8:
            return self._lose(State.LOP)
        return Event.NONE

    def _out_of_norm(self, value: int, is_ais: bool, normal: bool, flagged: bool) -> Event:
        if self._equal == 3:
            return self._take(value)
        if self.state is State.AIS:
            if flagged:
                self.new_data += 1
                return self._take(value)
            self._invalid = 0 if is_ais or normal else self._invalid + 1
            if self._invalid == 8:
                return self._lose(State.LOP)
        elif self._ais == 3:
            return self._lose(State.AIS)
        return Event.LOST

    def _take(self, value: int) -> Event:
        self.state, self.value = State.NORM, value
        self._equal, self._candidate, self._invalid = 0, None, 0
        return Event.NEW

    def _lose(self, state: State) -> Event:
        self.state, self.value, self._invalid = state, None, 0
        return Event.LOST


Move = str | tuple[str, int]  # "inc", "dec" or ("ndf", new value)
Moves = dict[int, Move]  # frame (AU-4, TU-3) or TU multiframe (TU-12) number -> move


class Generator:
    """Pointer words of a transmitter that moves at given frames (AU-4, TU-3) or TU multiframes (TU-12)."""

    def __init__(self, value: int, offsets: int, moves: Moves | None = None, ss: int = 0b10) -> None:
        """`moves`: frame number -> move; at least 3 frames without a move lie between two (STANDARDS 2)."""
        if not 0 <= value < offsets:
            raise ValueError(f"pointer {value} outside 0..{offsets - 1}")
        self.moves = dict(moves or {})
        times = sorted(self.moves)
        if any(b - a <= 3 for a, b in pairwise(times)):
            raise ValueError("pointer moves need 3 frames without a move between them")
        self.value, self.offsets, self.ss = value, offsets, ss
        self._frame = 0

    def next(self) -> tuple[int, Event]:
        """The word of the next frame and what it means for the stream."""
        move = self.moves.get(self._frame)
        self._frame += 1
        before = self.value
        if move is None:
            return encode(before, self.ss), Event.NONE
        if move == "inc":
            self.value = (before + 1) % self.offsets
            return encode_increment(before, self.ss), Event.INCREMENT
        if move == "dec":
            self.value = (before - 1) % self.offsets
            return encode_decrement(before, self.ss), Event.DECREMENT
        if isinstance(move, tuple) and move[0] == "ndf" and 0 <= move[1] < self.offsets:
            self.value = move[1]
            return encode(self.value, self.ss, ndf=True), Event.NEW
        raise ValueError(f"unknown pointer move {move!r}")
