"""Pointer sequences (DESIGN 6.3a), and what a run of pointer words says."""

from __future__ import annotations

from collections.abc import Sequence

from . import pointer
from .pointer import Moves

KINDS = ("inc", "dec", "alternate", "87-3", "ndf")
OF_87_3 = 87  # moves of each 90; three are left out


def sequence(kind: str, every: int, start: int, offsets: int, last: int, *, jump: int = 7) -> Moves:
    """A move every `every` frames (AU-4, TU-3) or TU multiframes (TU-12), the first at `every`, up to `last`.

    alternate: up, down, up, ...; 87-3: 87 of 90 upwards; ndf: `jump` onwards.
    """
    plan: Moves = {}
    value = start
    for number, frame in enumerate(range(every, last + 1, every)):
        if kind == "ndf":
            value = (value + jump) % offsets
            plan[frame] = ("ndf", value)
        elif kind == "alternate":
            plan[frame] = "dec" if number % 2 else "inc"
        elif kind == "87-3":
            if number % 90 < OF_87_3:
                plan[frame] = "inc"
        elif kind in ("inc", "dec"):
            plan[frame] = kind
        else:
            raise ValueError(f"unknown sequence {kind!r}")
    return plan


def moves_of(words: Sequence[int], value: int, offsets: int) -> Moves:
    """The moves that a run of words, which begins at `value`, tells; ValueError for a word that is none."""
    plan: Moves = {}
    for frame, word in enumerate(words):
        ss = word >> 10 & 0b11
        if word == pointer.encode(value, ss):
            continue
        if pointer.ndf_of(word):
            value = word & 0x3FF
            plan[frame] = ("ndf", value)
        elif word == pointer.encode_increment(value, ss):
            value = (value + 1) % offsets
            plan[frame] = "inc"
        elif word == pointer.encode_decrement(value, ss):
            value = (value - 1) % offsets
            plan[frame] = "dec"
        else:
            raise ValueError(f"word {word:04X} in frame {frame} after value {value}")
    return plan
