"""The H4 multiframe of virtually concatenated VC-3s (STANDARDS 7)."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

FRAMES = 16  # MFI1 counts them
MULTIFRAMES = 256  # MFI2 counts them
RANGE = FRAMES * MULTIFRAMES  # 4096 VC-3s = 512 ms


def h4_octet(number: int, sq: int) -> int:
    """H4 of VC-3 number `number`, from 0: bits 5-8 MFI1; bits 1-4 MFI2 in 0 and 1, SQ in 14 and 15, else 0."""
    mfi1, mfi2 = number % FRAMES, number // FRAMES % MULTIFRAMES
    nibbles = {0: mfi2 >> 4, 1: mfi2 & 0xF, 14: sq >> 4, 15: sq & 0xF}
    return nibbles.get(mfi1, 0) << 4 | mfi1


class H4Multiframe(NamedTuple):
    """What a run of H4 octets says: `number` is that of its first VC-3, modulo 4096 (512 ms)."""

    number: int
    sq: int


def find_h4_multiframe(h4: bytes) -> H4Multiframe | None:
    """Find the multiframe in the H4 octets of consecutive VC-3s; None when no whole one is there.

    The phase is that of most MFI1, MFI2 and SQ are those of most multiframes.
    """
    phases = Counter((i - (octet & 0xF)) % FRAMES for i, octet in enumerate(h4))
    if not phases or phases.most_common(1)[0][1] < FRAMES:
        return None
    phase = phases.most_common(1)[0][0]
    bases: Counter[int] = Counter()
    sequence_numbers: Counter[int] = Counter()
    for start in range(phase, len(h4) - FRAMES + 1, FRAMES):
        nibbles = [octet >> 4 for octet in h4[start : start + FRAMES]]
        bases[((nibbles[0] << 4 | nibbles[1]) * FRAMES - start) % RANGE] += 1
        sequence_numbers[nibbles[14] << 4 | nibbles[15]] += 1
    if not bases:
        return None
    return H4Multiframe(bases.most_common(1)[0][0], sequence_numbers.most_common(1)[0][0])
