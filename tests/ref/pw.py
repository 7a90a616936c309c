"""Packets of pseudowires: SAToP of an E1 (RFC 4553), CESoPSN of timeslots, with and without CAS (RFC 5086), and what
they carry once they are received (STANDARDS 14).

What is built and parsed is the payload of UDP: RTP, when there is any, before the control word. Over MPLS it stands
behind it (`over_mpls`).

    control word   0000 L R M M  F F LEN(6)  SEQ(16)

LEN is the length of control word, RTP and payload together when that is less than 64, else 0.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

L, R, M = 0x08, 0x04, 0x03  # in the first octet
M_DATA, M_RDI, M_SIGNALLING = 0b00, 0b10, 0b11
SHORT = 64
CONTROL_WORD, RTP = 4, 12  # octets
SEQUENCES = 1 << 16
E1_PAYLOAD = 256
CAS_FRAMES = 16


class Rtp(NamedTuple):
    """A header of RFC 3550 without CSRC; its sequence number is that of the control word."""

    payload_type: int = 96
    timestamp: int = 0
    ssrc: int = 0

    def octets(self, sequence: int) -> bytes:
        return struct.pack("!BBHII", 0x80, self.payload_type, sequence, self.timestamp, self.ssrc)


class Packet(NamedTuple):
    """A packet as its header says; `m` is of CESoPSN, reserved in SAToP."""

    sequence: int
    payload: bytes
    l: int = 0
    r: int = 0
    m: int = 0
    fragment: int = 0
    rtp: Rtp | None = None


def control_word(packet: Packet) -> bytes:
    """Four octets."""
    length = CONTROL_WORD + (RTP if packet.rtp else 0) + len(packet.payload)
    first = (L if packet.l else 0) | (R if packet.r else 0) | packet.m
    second = packet.fragment << 6 | (length if length < SHORT else 0)
    return struct.pack("!BBH", first, second, packet.sequence)


def build(packet: Packet, over_mpls: bool = False) -> bytes:
    """The octets behind UDP, or behind the labels."""
    rtp = packet.rtp.octets(packet.sequence) if packet.rtp else b""
    word = control_word(packet)
    return (word + rtp if over_mpls else rtp + word) + packet.payload


def parse(octets: bytes, with_rtp: bool = False, over_mpls: bool = False) -> Packet | None:
    """What the octets say; None when they are none of a pseudowire. What LEN says is padding is left away."""
    rtp = None
    if with_rtp:
        at = CONTROL_WORD if over_mpls else 0
        header, octets = octets[at : at + RTP], octets[:at] + octets[at + RTP :]
        if len(header) < RTP or header[0] >> 6 != 2:
            return None
        _, payload_type, _, timestamp, ssrc = struct.unpack("!BBHII", header)
        rtp = Rtp(payload_type & 0x7F, timestamp, ssrc)
    if len(octets) < CONTROL_WORD or octets[0] >> 4:
        return None
    first, second, sequence = struct.unpack("!BBH", octets[:CONTROL_WORD])
    payload = octets[CONTROL_WORD:]
    if second & 0x3F:
        length = (second & 0x3F) - CONTROL_WORD - (RTP if with_rtp else 0)
        if not 0 <= length <= len(payload):
            return None
        payload = payload[:length]
    return Packet(sequence, payload, int(bool(first & L)), int(bool(first & R)), first & M, second >> 6, rtp)


# -- SAToP


def satop(octets: bytes, sequence: int, payload: int = E1_PAYLOAD, ticks: int | None = None) -> list[Packet]:
    """Octets of an E1, without alignment, in packets. `ticks`: of the RTP clock in a packet; None: no RTP."""
    packets = []
    for number, at in enumerate(range(0, len(octets) - payload + 1, payload)):
        rtp = None if ticks is None else Rtp(timestamp=number * ticks % 2**32)
        packets.append(Packet((sequence + number) % SEQUENCES, octets[at : at + payload], rtp=rtp))
    return packets


def is_satop(packet: Packet, payload: int = E1_PAYLOAD) -> bool:
    """Not malformed: of the right length, but for L, whose payload may be left away. (RSV and FRG are sent as 0 and
    ignored by who receives them.)
    """
    return len(packet.payload) == payload or bool(packet.l)


def in_order(packets: Iterable[Packet], first: int, count: int) -> list[Packet | None]:
    """As many packets from a sequence number on, None for those that are not there."""
    by_number = {packet.sequence: packet for packet in packets}
    return [by_number.get((first + n) % SEQUENCES) for n in range(count)]


def play_satop(packets: Sequence[Packet | None], payload: int = E1_PAYLOAD) -> bytes:
    """Octets of the E1: ones for a packet that is lost, or says AC fault."""
    ones = b"\xff" * payload
    return b"".join(packet.payload if packet and not packet.l else ones for packet in packets)


# -- CESoPSN


def nibbles(abcd: Mapping[int, int], timeslots: Sequence[int]) -> bytes:
    """The signalling of a trunk: four bits a timeslot, in their order; an odd number is padded with 0000."""
    values = [abcd[slot] for slot in timeslots] + [0] * (len(timeslots) % 2)
    return bytes(values[at] << 4 | values[at + 1] for at in range(0, len(values), 2))


def cesopsn(
    frames: Sequence[bytes],
    timeslots: Sequence[int],
    sequence: int,
    per_packet: int = 8,
    abcd: Sequence[Mapping[int, int]] | None = None,
) -> list[Packet]:
    """Timeslots of E1 frames, so many frames a packet. `abcd`: with CAS, the signalling of each packet of 16."""
    if abcd is not None and per_packet != CAS_FRAMES:
        raise ValueError("a packet with CAS has 16 frames")
    packets = []
    for number in range(len(frames) // per_packet):
        run = frames[number * per_packet : (number + 1) * per_packet]
        payload = b"".join(bytes(frame[slot] for slot in timeslots) for frame in run)
        if abcd is not None:
            payload += nibbles(abcd[number], timeslots)
        packets.append(Packet((sequence + number) % SEQUENCES, payload))
    return packets


def payload_size(timeslots: int, per_packet: int, cas: bool = False) -> int:
    """Octets: m x N, and a nibble a timeslot."""
    return timeslots * per_packet + ((timeslots + 1) // 2 if cas else 0)


def usual_frames(timeslots: int) -> int:
    """Frames a packet that everybody must support: 8 ms, 4 ms, 1 ms."""
    return 64 if timeslots == 1 else 32 if timeslots <= 4 else 8


def is_cesopsn(packet: Packet, size: int) -> bool:
    """With a meaning, whole, and of the right length, but for invalid TDM, whose payload may be left away."""
    if packet.fragment or (packet.l, packet.m) not in ((0, M_DATA), (0, M_RDI), (1, M_DATA)):
        return False  # signalling packets (0, 11) are of another kind
    return len(packet.payload) == size or bool(packet.l)


def play_cesopsn(packets: Sequence[Packet | None], timeslots: int, per_packet: int, idle: int = 0xFF) -> list[bytes]:
    """The timeslots of each frame: the idle code for a packet that is lost, or whose TDM is invalid."""
    frames = []
    for packet in packets:
        good = packet is not None and not packet.l
        octets = packet.payload if packet and good else bytes([idle]) * (timeslots * per_packet)
        frames += [octets[at : at + timeslots] for at in range(0, timeslots * per_packet, timeslots)]
    return frames


def signalling(packet: Packet, timeslots: Sequence[int]) -> dict[int, int]:
    """abcd by timeslot, behind the 16 frames of a packet with CAS."""
    octets = packet.payload[CAS_FRAMES * len(timeslots) :]
    values = [value for octet in octets for value in (octet >> 4, octet & 0xF)]
    return dict(zip(timeslots, values, strict=False))
