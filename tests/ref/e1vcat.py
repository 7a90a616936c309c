"""A group of E1s: octets of one stream <-> frames of 1 to 16 E1s with a CRC-4 multiframe (STANDARDS 10; G.8040,
G.7043).

What a VC is elsewhere is here the CRC-4 multiframe, 2 ms. Its first timeslot, TS1 of frame 0, has the concatenation
octet, whose nibbles are those of an H4: bits 5-8 MFI1, bits 1-4 the control packet, with SQs of four bits. All other
octets of TS1 to TS31 are payload, 495 of them. `vcat` deals and numbers.

An E1 alone may be without that octet: then all 496 are payload.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from . import e1frame, e1sync, vcat
from .e1frame import BITS, MULTIFRAME, Overhead
from .e1sync import Reading
from .stream import Vc

SLOTS = 31
OCTETS = MULTIFRAME * SLOTS  # of TS1 to TS31
PAYLOAD = OCTETS - 1
MFI_RANGE = 4096  # multiframes


def slots_of(octets: bytes) -> list[bytes]:
    """TS1 to TS31 of each frame."""
    return [octets[at : at + SLOTS] for at in range(0, len(octets), SLOTS)]


def member_slots(group: vcat.Group, member: int, multiframes: int, delay: int = 0) -> Iterator[bytes]:
    """TS1 to TS31 of the frames of a member that is late by `delay` multiframes."""
    for number in range(-delay, multiframes - delay):
        yield from slots_of(bytes([group.h4(member, number)]) + group.payload(member, number))


def build(
    group: vcat.Group,
    multiframes: int,
    delays: Sequence[int] = (),
    overhead: Overhead | Callable[[int], Overhead] = e1frame.USUAL,
) -> list[list[bytes]]:
    """The frames of each member."""
    late = delays or [0] * group.count
    return [
        e1frame.build(member_slots(group, member, multiframes, delay), overhead=overhead)
        for member, delay in enumerate(late)
    ]


class E1Path:
    """What a member delivers: its CRC-4 multiframes as VCs, the concatenation octet first."""

    kind = vcat.E1
    mfi_range = MFI_RANGE

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        runs: list[list[Vc]] = []
        following = -1
        frames = reading.frames
        for at in (i for i, frame in enumerate(frames) if frame.number == 0):
            run = frames[at : at + MULTIFRAME]
            if [frame.number for frame in run] != list(range(MULTIFRAME)):
                continue
            if run[0].bit != following:
                runs.append([])
            following = run[0].bit + MULTIFRAME * BITS
            octets = b"".join(frame.octets[1:] for frame in run)
            runs[-1].append(Vc(octets, run[0].bit // (MULTIFRAME * BITS), True))
        self.longest_run = max(runs, key=len, default=[])

    def payloads(self) -> list[bytes]:
        """The payload octets of each multiframe."""
        return [vc.octets[1:] for vc in self.longest_run]

    def word(self, vc: Vc) -> int:
        """The concatenation octet."""
        return vc.octets[0]

    def numbering(self) -> tuple[int, int] | None:
        """Number of the first multiframe modulo 4096, and SQ; None when the count is not there."""
        return vcat.numbering_of(bytes(self.word(vc) for vc in self.longest_run))


def path(signal: str) -> E1Path:
    """Of the bits of an E1."""
    return E1Path(e1sync.read(signal))


# -- one E1 without the octet


def build_alone(take: Callable[[int], bytes], multiframes: int) -> list[bytes]:
    """Frames of an E1 that carries octets in all of TS1 to TS31."""
    return e1frame.build(slots_of(take(OCTETS * multiframes)))


def read_alone(signal: str) -> bytes:
    """Octets of TS1 to TS31 from the first frame in CRC-4 multiframe alignment on."""
    return b"".join(frame.octets[1:] for frame in e1sync.read(signal).frames if frame.number is not None)
