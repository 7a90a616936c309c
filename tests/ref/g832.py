"""The frame of G.832 at 34 368 kbit/s: 537 octets in 125 us, 530 of them payload (STANDARDS 0, 10).

Nine rows; the first six begin with overhead, which makes them 60 octets long, the others have 59:

    FA1 FA2  58 payload octets       NR  59
    EM       59                      GC  59
    TR       59                          59
    MA       59                          59, 59

EM is the BIP-8 of the whole frame before. In a group the first payload octet is the concatenation octet: what a VC is
elsewhere is here a frame; `vcat` deals and numbers the 529 others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from . import vcat
from .stream import Vc

SIZE, PAYLOAD = 537, 530
FA1, FA2 = 0xF6, 0x28
FAS = bytes([FA1, FA2])
EM, TR, MA, NR, GC = 60, 120, 180, 240, 300  # octets from 0
OVERHEAD = (0, 1, EM, TR, MA, NR, GC)
PAYLOAD_PLACES = [at for at in range(SIZE) if at not in OVERHEAD]
MA_RDI, MA_REI = 0x80, 0x40
FOUND, LOSS = 3, 4
MFI_RANGE = 4096  # frames


class Overhead(NamedTuple):
    """What a frame says besides FA1, FA2 and EM."""

    tr: int = 0
    ma: int = 0
    nr: int = 0
    gc: int = 0


def bip8(octets: bytes) -> int:
    """Bit i is the even parity of bits i of all octets."""
    parity = 0
    for octet in octets:
        parity ^= octet
    return parity


def frame(payload: bytes, em: int, overhead: Overhead = Overhead()) -> bytes:  # noqa: B008 (a constant)
    """One frame."""
    if len(payload) != PAYLOAD:
        raise ValueError(f"{PAYLOAD} payload octets, not {len(payload)}")
    out = bytearray(SIZE)
    for place, octet in zip(PAYLOAD_PLACES, payload, strict=True):
        out[place] = octet
    for place, octet in zip(OVERHEAD, (FA1, FA2, em, *overhead), strict=True):
        out[place] = octet
    return bytes(out)


def build(
    payloads: Iterable[bytes], overhead: Callable[[int], Overhead] = lambda number: Overhead(), em: int = 0
) -> list[bytes]:
    """Frames from number 0 on; `em`: of the first, the parity of one that was not sent."""
    frames: list[bytes] = []
    for number, payload in enumerate(payloads):
        frames.append(frame(payload, em, overhead(number)))
        em = bip8(frames[-1])
    return frames


def payload_of(octets: bytes) -> bytes:
    """The payload of a frame."""
    return bytes(octets[place] for place in PAYLOAD_PLACES)


def overhead_of(octets: bytes) -> Overhead:
    """TR, MA, NR and GC of a frame."""
    return Overhead(octets[TR], octets[MA], octets[NR], octets[GC])


class Reading(NamedTuple):
    """Frames in alignment, the bit with which the first begins, and what EM says: wrong bits by frame, the first 0."""

    bit: int
    frames: list[bytes]
    wrong_bits: list[int]


def find(signal: str, start: int = 0) -> int | None:
    """The first bit from `start` on with which three frames begin, one after the other."""
    fas = "".join(f"{octet:08b}" for octet in FAS)
    at = signal.find(fas, start)
    while at >= 0:
        places = [at + 8 * SIZE * n for n in range(FOUND)]
        if places[-1] + len(fas) > len(signal):
            return None
        if all(signal.startswith(fas, place) for place in places):
            return at
        at = signal.find(fas, at + 1)
    return None


def parse(signal: str) -> Reading:
    """Of a string of "0" and "1" that begins anywhere: from the first alignment on, until four FAS are wrong."""
    bit = find(signal)
    if bit is None:
        return Reading(0, [], [])
    frames: list[bytes] = []
    wrong = 0
    for at in range(bit, len(signal) - 8 * SIZE + 1, 8 * SIZE):
        octets = bytes(int(signal[i : i + 8], 2) for i in range(at, at + 8 * SIZE, 8))
        wrong = 0 if octets.startswith(FAS) else wrong + 1
        frames.append(octets)
        if wrong == LOSS:
            break
    bits = [0] + [(bip8(frames[n - 1]) ^ frames[n][EM]).bit_count() for n in range(1, len(frames))]
    return Reading(bit, frames, bits)


# -- groups


def build_group(group: vcat.Group, frames: int, delays: Sequence[int] = ()) -> list[list[bytes]]:
    """The frames of each member of a group of kind "e3"; delays in frames."""
    late = delays or [0] * group.count
    return [
        build(bytes([group.h4(member, n)]) + group.payload(member, n) for n in range(-delay, frames - delay))
        for member, delay in enumerate(late)
    ]


class E3Path:
    """What a member delivers: its frames as VCs, the concatenation octet first."""

    kind = vcat.E3
    mfi_range = MFI_RANGE

    def __init__(self, signal: str) -> None:
        self.reading = parse(signal)
        first = self.reading.bit // (8 * SIZE)
        self.longest_run = [Vc(payload_of(octets), first + n, True) for n, octets in enumerate(self.reading.frames)]

    def payloads(self) -> list[bytes]:
        """The payload octets of each frame."""
        return [vc.octets[1:] for vc in self.longest_run]

    def word(self, vc: Vc) -> int:
        """The concatenation octet."""
        return vc.octets[0]

    def numbering(self) -> tuple[int, int] | None:
        """Number of the first frame modulo 4096, and SQ; None when the count is not there."""
        return vcat.numbering_of(bytes(self.word(vc) for vc in self.longest_run))
