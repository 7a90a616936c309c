"""The frame of an E1: TS0 with its alignment signals, CRC-4, E, A and Sa bits, the SSM in one of these
(STANDARDS 9 and 0; G.704 2.3, G.706).

A frame is 32 octets, TS0 to TS31. Frames count from 0; those with an even number have the FAS in TS0. The CRC-4
multiframe is frames 0-15, its first half SMF I, its second SMF II.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from .crc import crc_bits

FRAME = 32  # octets
BITS = 8 * FRAME
SMF, MULTIFRAME = 8, 16  # frames
FAS = "0011011"  # bits 2-8 of TS0
MFAS = "001011"  # bit 1 of frames 1, 3, 5, 7, 9, 11
E_FRAMES = (13, 15)  # of SMF I and SMF II
SA_BITS = (4, 5, 6, 7, 8)


@dataclass(frozen=True)
class Overhead:
    """What TS0 says in one frame, besides its alignment signals and the CRC."""

    a: int = 0  # remote alarm indication
    sa: int = 0b11111  # Sa4 to Sa8, the first most significant
    e: tuple[int, int] = (1, 1)  # for SMF I and SMF II; 0: errored
    si: int = 1  # bit 1, without a CRC-4 multiframe
    ssm: int | None = None  # four bits in place of one Sa bit
    ssm_bit: int = 4  # which


USUAL = Overhead()


def bits_text(octets: bytes) -> str:
    """The octets as they are sent."""
    return "".join(f"{octet:08b}" for octet in octets)


def text_octets(bits: str) -> bytes:
    """Whole octets only."""
    return bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits) - 7, 8))


def crc4_bits(bits: Iterable[int]) -> int:
    """x^4+x+1, init 0, the first bit first."""
    return crc_bits(list(bits), 0b0011, 4)


_TABLE_4 = [crc4_bits(octet >> i & 1 for i in range(7, -1, -1)) for octet in range(256)]


def crc4(octets: bytes) -> int:
    """The same over octets, by the table that the bitwise engine made."""
    register = 0
    for octet in octets:
        register = _TABLE_4[register << 4 ^ octet]
    return register


def without_c_bits(smf: Sequence[bytes]) -> list[bytes]:
    """The eight frames with the C bits (bit 1 of frames 0, 2, 4, 6) zero."""
    return [bytes([frame[0] & 0x7F]) + frame[1:] if n % 2 == 0 else frame for n, frame in enumerate(smf)]


def smf_crc(smf: Sequence[bytes]) -> int:
    """CRC-4 of eight frames, which the next eight carry."""
    if len(smf) != SMF:
        raise ValueError(f"a sub-multiframe has {SMF} frames, not {len(smf)}")
    return crc4(b"".join(without_c_bits(smf)))


def c_bits(smf: Sequence[bytes]) -> int:
    """The CRC that eight frames carry: C1 to C4."""
    return int("".join(str(frame[0] >> 7) for frame in smf[::2]), 2)


def sa_bits(number: int, overhead: Overhead) -> str:
    """Sa4 to Sa8 of a frame; the SSM has its first bit in frames 1 and 9, its last in 7 and 15."""
    bits = list(f"{overhead.sa:05b}")
    if overhead.ssm is not None:
        bits[SA_BITS.index(overhead.ssm_bit)] = f"{overhead.ssm:04b}"[number // 2 % 4]
    return "".join(bits)


def ts0(number: int, overhead: Overhead, crc: int | None) -> int:
    """TS0 of a frame. `crc`: that of the SMF before; None: no CRC-4 multiframe."""
    place = number % MULTIFRAME
    if crc is None:
        first = str(overhead.si)
    elif place % 2 == 0:
        first = f"{crc:04b}"[place // 2 % 4]
    elif place in E_FRAMES:
        first = str(overhead.e[E_FRAMES.index(place)])
    else:
        first = MFAS[place // 2]
    rest = FAS if place % 2 == 0 else f"1{overhead.a}{sa_bits(place, overhead)}"
    return int(first + rest, 2)


def build(
    slots: Iterable[bytes],
    crc: bool = True,
    overhead: Overhead | Callable[[int], Overhead] = USUAL,
    before: int = 0,
) -> list[bytes]:
    """Frames from number 0 on of TS1 to TS31, 31 octets each.

    `crc`: with the CRC-4 multiframe. `overhead`: of all frames, or of each by its number. `before`: what the first SMF
    carries, the CRC of one that was not sent.
    """
    frames: list[bytes] = []
    check = before
    for number, octets in enumerate(slots):
        if len(octets) != FRAME - 1:
            raise ValueError(f"{FRAME - 1} timeslots, not {len(octets)}")
        if number and number % SMF == 0:
            check = smf_crc(frames[-SMF:])
        now = overhead(number) if callable(overhead) else overhead
        frames.append(bytes([ts0(number, now, check if crc else None)]) + octets)
    return frames


def ssm_of(multiframe: Sequence[bytes], bit: int = 4) -> tuple[int, int]:
    """The two SSMs in one Sa bit of the 16 frames of a multiframe."""
    text = "".join(str(frame[0] >> (8 - bit) & 1) for frame in multiframe[1::2])
    return int(text[:4], 2), int(text[4:], 2)
