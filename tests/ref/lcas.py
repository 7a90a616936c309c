"""Control packets of LCAS: in 16 H4 octets (HO), in 32 second bits of K4 (LO); the GID (STANDARDS 8 and 0).

Where they stand, and what they count (readings of STANDARDS 8):
    HO      frames MFI1 8..15 of one multiframe and 0..7 of the next. The MFI2 inside it, in frames 0 and 1, is that
            of the second. The MST octet, in frames 8 and 9, is of the eight members from 8 (m mod 32) on, m the
            MFI2 of the first (`ho_block`; the other reading, m the MFI2 inside the packet, by a switch).
    LO      the 32 K4s of one multiframe. Its frame count is that of its MST octet too: members from 8 (count mod 8).
    MST     the first bit is of the lowest member of the eight; 0 OK, 1 FAIL, and 1 for members that are not there.
            "Member" is the SQ under which the other end receives it: the source looks up its own SQ.
    GID     one bit for all packets of the same time, whatever member: a 2^15-1 sequence, x^15+x^14+1 (O.150).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import NamedTuple

from .bits import bits_of
from .crc import crc_bits

HO_FRAMES = 16
HO_FIRST = 8  # MFI1 of the first frame of a packet
HO_BLOCKS, LO_BLOCKS = 32, 8  # MST octets until each member had its bit
HO_IDLE_SQ, LO_IDLE_SQ = 255, 63
MST_ALL_FAIL = 0xFF


class Ctrl(IntEnum):
    """The control field."""

    FIXED = 0b0000
    ADD = 0b0001
    NORM = 0b0010
    EOS = 0b0011
    IDLE = 0b0101
    DNU = 0b1111


CARRYING = (Ctrl.NORM, Ctrl.EOS)
IN_SEQUENCE = (Ctrl.NORM, Ctrl.EOS, Ctrl.DNU)  # members whose SQ and number RS-Ack acknowledges


class Packet(NamedTuple):
    """A control packet; `mfi` is MFI2 (HO) or the frame count (LO), `mst` the octet as it stands."""

    mfi: int
    sq: int
    ctrl: int
    gid: int = 0
    rs_ack: int = 0
    mst: int = MST_ALL_FAIL


class Received(NamedTuple):
    """A packet as received. `good`: its CRC is right. `fixed`: CTRL and CRC zero, a source without LCAS."""

    packet: Packet
    good: bool
    fixed: bool


# -- HO


def crc8(nibbles: Sequence[int]) -> int:
    """x^8+x^2+x+1, init 0, over the nibbles in the order sent."""
    return crc_bits([nibble >> i & 1 for nibble in nibbles for i in (3, 2, 1, 0)], 0x07, 8)


def ho_nibbles(packet: Packet) -> list[int]:
    """Bits 1-4 of the H4s of frames 8..15, 0..7."""
    mst, sq, mfi2 = packet.mst, packet.sq, packet.mfi
    covered = [mst >> 4, mst & 0xF, packet.rs_ack, 0, 0, 0, sq >> 4, sq & 0xF]
    covered += [mfi2 >> 4, mfi2 & 0xF, packet.ctrl, packet.gid, 0, 0]
    check = crc8(covered)
    return [*covered, check >> 4, check & 0xF]


def ho_octets(packet: Packet) -> bytes:
    """The H4s of frames 8..15, 0..7."""
    return bytes(nibble << 4 | (HO_FIRST + i) % HO_FRAMES for i, nibble in enumerate(ho_nibbles(packet)))


def ho_received(h4: bytes) -> Received:
    """What 16 H4s of frames 8..15, 0..7 say."""
    n = [octet >> 4 for octet in h4]
    packet = Packet(n[8] << 4 | n[9], n[6] << 4 | n[7], n[10], n[11] & 1, n[2] & 1, n[0] << 4 | n[1])
    check = n[14] << 4 | n[15]
    return Received(packet, crc8(n[:14]) == check, packet.ctrl == Ctrl.FIXED and check == 0)


def ho_packets(h4: bytes) -> list[tuple[int, Received]]:
    """All whole packets in the H4s of consecutive VCs, with the index of each one's first H4, MFI1 being good."""
    starts = [i for i in range(len(h4) - HO_FRAMES + 1) if h4[i] & 0xF == HO_FIRST]
    return [(start, ho_received(h4[start : start + HO_FRAMES])) for start in starts]


def ho_block(count: int, of_packet_end: bool = False) -> int:
    """Which eight members the MST octet of a packet is of, `count` being the MFI2 inside it (see above)."""
    return (count if of_packet_end else count - 1) % HO_BLOCKS


# -- LO


def crc3(bits: Sequence[int]) -> int:
    """x^3+x+1, init 0."""
    return crc_bits(list(bits), 0b011, 3)


def lo_word(packet: Packet) -> int:
    """The second bits of the 32 K4s of a multiframe, the first most significant."""
    covered = packet.mfi << 24 | packet.sq << 18 | packet.ctrl << 14 | packet.gid << 13
    covered |= packet.rs_ack << 8 | packet.mst  # bits 17-20 are zero
    return covered << 3 | crc3([covered >> i & 1 for i in range(28, -1, -1)])


def lo_bits(packet: Packet) -> list[int]:
    """The same bit by bit."""
    return bits_of(lo_word(packet).to_bytes(4, "big"))


def lo_received(word: int) -> Received:
    """What the second bits of 32 K4s say."""
    packet = Packet(word >> 27, word >> 21 & 0x3F, word >> 17 & 0xF, word >> 16 & 1, word >> 11 & 1, word >> 3 & 0xFF)
    check = word & 0b111
    good = crc3([word >> i & 1 for i in range(31, 2, -1)]) == check
    return Received(packet, good, packet.ctrl == Ctrl.FIXED and check == 0)


def lo_block(count: int) -> int:
    """Which eight members the MST octet of a packet with this frame count is of."""
    return count % LO_BLOCKS


# -- MST and GID


def mst_octet(block: int, failed: Sequence[bool]) -> int:
    """MST octet of a block of eight, from FAIL by member; members beyond the list are FAIL."""
    bits = [failed[member] if member < len(failed) else True for member in range(8 * block, 8 * block + 8)]
    return int("".join(str(int(bit)) for bit in bits), 2)


def mst_of(octet: int, block: int) -> dict[int, bool]:
    """Member -> FAIL, of the eight that an MST octet tells."""
    return {8 * block + i: bool(octet >> (7 - i) & 1) for i in range(8)}


def gid_bits(seed: int = 0x7FFF) -> Iterator[int]:
    """The GID of each packet time; `seed`: the 15 bits before the first, not all zero, the oldest most significant."""
    register = [seed >> i & 1 for i in range(14, -1, -1)]
    if not any(register):
        raise ValueError("a GID sequence of zeros only")
    while True:
        bit = register[0] ^ register[1]  # 15 and 14 bits ago
        register = [*register[1:], bit]
        yield bit


def is_gid(bits: Sequence[int]) -> bool:
    """True when each of the bits, but the first 15, follows from those before it."""
    return any(bits) and all(bits[i] == bits[i - 15] ^ bits[i - 14] for i in range(15, len(bits)))
