"""Virtual concatenation, with and without LCAS words: octets of one stream <-> VCs of several members
(STANDARDS 7, 8 and section 0).

A VC's number counts 125 us (VC-3, VC-4), 500 us (VC-12) or 2 ms (the CRC-4 multiframe of an E1, which `e1vcat` makes
a VC of) from number 0, the first of the line, in which the octets begin; the multiframes say it modulo 512 ms (8.192 s
of an E1). The octets of one number are dealt one at a time over the members that carry, in the order of their SQ. A
member that is late has the same numbers later.

Control packet p is the one with the count p (MFI2 inside it, or the frame count): H4s of numbers 16p-8 to 16p+7, K4s
of 32p to 32p+31. Its CRC ends with the H4 of number 16p+7, or the K4 of 32p+31, and what it says of the membership
holds for the numbers behind that, as many as a packet has: 16p+8 to 16p+23, or 32p+32 to 32p+63. The octets of
members that do not carry are zeros, which a receiver must not ask for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple, Protocol

from . import gfp, h4, lcas, vc3, vc4, vc12
from .lcas import CARRYING, Ctrl, Packet, Received
from .stream import Vc

E1, E3 = "e1", "e3"  # PDH members: a CRC-4 multiframe, a G.832 frame, with an octet like H4 (STANDARDS 10)
PAYLOAD = {"vc12": vc12.PAYLOAD, "vc3": vc3.PAYLOAD, "vc4": vc4.PAYLOAD, E1: 495, E3: 529}
MOST = {"vc12": 64, "vc3": 256, "vc4": 256, E1: 16, E3: 8}
IDLE_SQ = {"vc12": lcas.LO_IDLE_SQ, "vc3": lcas.HO_IDLE_SQ, "vc4": lcas.HO_IDLE_SQ, E1: 15, E3: 7}  # the highest
GID_PERIOD = 32767

Packets = Callable[[int, int], Packet]  # (member, packet number) -> its packet


def packet_length(kind: str) -> int:
    """VCs of a control packet."""
    return vc12.K4_FRAMES if kind == "vc12" else lcas.HO_FRAMES


def packet_of(kind: str, number: int) -> tuple[int, int]:
    """Control packet in which the H4 or K4 of a VC stands, and its place there."""
    return divmod(number, vc12.K4_FRAMES) if kind == "vc12" else divmod(number + 8, lcas.HO_FRAMES)


def governing(kind: str, number: int) -> int:
    """Control packet that says which members carry the octets of a VC number: the last that ends before it."""
    return packet_of(kind, number)[0] - 1


def count_of(kind: str, packet: int) -> int:
    """MFI2 or frame count in a control packet."""
    return packet % (vc12.FRAME_COUNTS if kind == "vc12" else h4.MULTIFRAMES)


def block_of(kind: str, packet: int, of_packet_end: bool = False) -> int:
    """Which eight members its MST octet is of."""
    count = count_of(kind, packet)
    if kind == "vc12":
        return lcas.lo_block(count)
    return lcas.ho_block(count, of_packet_end) % max(1, MOST[kind] // 8)


def steady(kind: str, count: int, *, gid_seed: int = 0x7FFF, of_packet_end: bool = False) -> Packets:
    """Of a group that never changes and hears nothing: member n has SQ n, NORM, the last EOS; RS-Ack 0; MST OK for
    all of the members, FAIL for all others.
    """
    gid = list(islice(lcas.gid_bits(gid_seed), GID_PERIOD))

    def packet(member: int, number: int) -> Packet:
        ctrl = Ctrl.EOS if member == count - 1 else Ctrl.NORM
        mst = lcas.mst_octet(block_of(kind, number, of_packet_end), [False] * count)
        return Packet(count_of(kind, number), member, ctrl, gid[number % GID_PERIOD], 0, mst)

    return packet


_ho_octets, _lo_bits = lru_cache(1000)(lcas.ho_octets), lru_cache(1000)(lcas.lo_bits)


class Group:
    """The source of a VCG."""

    def __init__(self, kind: str, count: int, source: gfp.OctetSource, packets: Packets | None = None) -> None:
        """`kind`: "vc12", "vc3", "vc4"; `count`: of its members; `packets`: None without LCAS."""
        if not 1 <= count <= MOST[kind]:
            raise ValueError(f"no group of {count} {kind}")
        self.kind, self.count, self.source, self.packets = kind, count, source, packets
        self._rounds: list[dict[int, bytes]] = []
        self._packets: dict[tuple[int, int], Packet] = {}

    def packet(self, member: int, number: int) -> Packet:
        """A member's control packet by number; each is asked for once."""
        assert self.packets is not None
        if (member, number) not in self._packets:
            self._packets[member, number] = self.packets(member, number)
        return self._packets[member, number]

    def carrying(self, number: int) -> list[int]:
        """The members that carry the octets of a VC number, in the order of their SQ."""
        if self.packets is None:
            return list(range(self.count))
        packets = {member: self.packet(member, governing(self.kind, number)) for member in range(self.count)}
        members = [member for member, packet in packets.items() if packet.ctrl in CARRYING]
        return sorted(members, key=lambda member: packets[member].sq)

    def payload(self, member: int, number: int) -> bytes:
        """Payload octets of a member's VC; zeros before number 0."""
        size = PAYLOAD[self.kind]
        while len(self._rounds) <= number:
            carrying = self.carrying(len(self._rounds))
            octets = self.source.take(size * len(carrying))
            self._rounds.append({one: octets[turn :: len(carrying)] for turn, one in enumerate(carrying)})
        return self._rounds[number].get(member, bytes(size)) if number >= 0 else bytes(size)

    def h4(self, member: int, number: int) -> int:
        """H4 of a member's VC-3 or VC-4."""
        if self.packets is None:
            return h4.h4_octet(number, member)
        packet, place = packet_of(self.kind, number)
        return _ho_octets(self.packet(member, packet))[place]

    def k4(self, member: int, number: int) -> int:
        """K4 of a member's VC-12."""
        octet = vc12.k4_octet(number, vc12.EXTENDED_LABEL_GFP, member)
        if self.packets is None:
            return octet
        packet, place = packet_of(self.kind, number)
        return octet & 0b10111111 | _lo_bits(self.packet(member, packet))[place] << 6


# -- receive side


class Path(Protocol):
    """What a member delivers: VC-12s, VC-3s or VC-4s in a run without a gap."""

    kind: str
    mfi_range: int  # VCs until the count of the multiframe comes again: 512 ms

    @property
    def longest_run(self) -> list[Vc]:
        """The VCs."""

    def payloads(self) -> list[bytes]:
        """The payload octets of each."""

    def numbering(self) -> tuple[int, int] | None:
        """Number of the first VC modulo `mfi_range`, and SQ; None when no multiframe is there."""

    def word(self, vc: Vc) -> int:
        """H4, or bit 2 of K4, of one of them."""


def numbering_of(words: bytes) -> tuple[int, int] | None:
    """Number of the first of concatenation octets of PDH members modulo 4096, and SQ, by the first 16 that count
    right; None when there are none.
    """
    for at in range(len(words) - 15):
        run = words[at : at + 16]
        if [octet & 0xF for octet in run] == list(range(16)):
            return (16 * (run[0] & 0xF0 | run[1] >> 4) - at) % h4.RANGE, run[15] >> 4
    return None


class GroupOctets(NamedTuple):
    """Octets of a group and the spread of its members' delays in VCs (500 us, 125 us of a VC-3 or VC-4)."""

    octets: bytes
    differential_delay: int


class Aligned(NamedTuple):
    """Number of the first VC of each member on one common count, and how late each member is."""

    first: list[int]
    delays: list[int]


def align(paths: Sequence[Path]) -> Aligned:
    """By the multiframes. ValueError, with the index, when a member has none.

    Delays are only known modulo 512 ms: each is taken within 256 ms of that of the first member.
    """
    first: list[int] = []
    delays: list[int] = []
    for index, path in enumerate(paths):
        numbering = path.numbering()
        if numbering is None:
            raise ValueError(f"no multiframe in {index}")
        started, half = path.longest_run[0].started, path.mfi_range // 2
        delay = started - numbering[0]
        delays.append(delays[0] + (delay - delays[0] + half) % path.mfi_range - half if delays else delay)
        first.append(started - delays[-1])
    return Aligned(first, delays)


def _dealt_back(parts: Sequence[bytes]) -> bytes:
    octets = bytearray(sum(map(len, parts)))
    for turn, part in enumerate(parts):
        octets[turn :: len(parts)] = part
    return bytes(octets)


def join(paths: Sequence[Path]) -> GroupOctets:
    """The octets of members given in the order of their SQ, over the numbers that all of them have.

    Whatever a control packet says is not asked for.
    """
    first, delays = align(paths)
    start = max(first)
    stop = min(at + len(path.longest_run) for at, path in zip(first, paths, strict=True))
    payloads = [path.payloads() for path in paths]
    turns = [
        _dealt_back([of_member[number - at] for at, of_member in zip(first, payloads, strict=True)])
        for number in range(start, stop)
    ]
    return GroupOctets(b"".join(turns), max(delays) - min(delays))


def packet_in(path: Path, run: Sequence[Vc]) -> Received:
    """The control packet in the VCs that hold one."""
    words = [path.word(vc) for vc in run]
    if path.kind == "vc12":
        return lcas.lo_received(int("".join(map(str, words)), 2))
    return lcas.ho_received(bytes(words))


def packets_in(path: Path, first: int) -> dict[int, Received]:
    """The control packets of a run of VCs, the first of which has the number `first`, by packet number."""
    run, length = path.longest_run, packet_length(path.kind)
    found: dict[int, Received] = {}
    for start in range(len(run) - length + 1):
        packet, place = packet_of(path.kind, first + start)
        if place == 0:
            found[packet] = packet_in(path, run[start : start + length])
    return found


class Reading(NamedTuple):
    """What a group with LCAS delivered: the octets, the delays, which members carried from which number on (by index,
    in the order of their SQ), and the packets of each member by packet number.
    """

    octets: bytes
    delays: list[int]
    carrying: list[tuple[int, tuple[int, ...]]]
    packets: list[dict[int, Received]]


def read(paths: Sequence[Path]) -> Reading:
    """The octets of the members that carry, by their control packets; a packet with a wrong CRC changes nothing.

    It begins with the first number that all members have and of which each has a packet that says what it carries.
    """
    first, delays = align(paths)
    kind = paths[0].kind
    packets = [packets_in(path, at) for path, at in zip(paths, first, strict=True)]
    good = [{p: got for p, got in of_member.items() if got.good or got.fixed} for of_member in packets]
    start = max(first)
    stop = min(at + len(path.longest_run) for at, path in zip(first, paths, strict=True))
    payloads = [path.payloads() for path in paths]
    state: list[Packet | None] = [None] * len(paths)
    turns: list[bytes] = []
    carrying: list[tuple[int, tuple[int, ...]]] = []
    for number in range(min(first), stop):
        packet = governing(kind, number)
        for index, of_member in enumerate(good):
            if packet in of_member:
                state[index] = of_member[packet].packet
        if number < start or None in state:
            continue
        now = [(one.sq, index) for index, one in enumerate(state) if one and one.ctrl in (*CARRYING, Ctrl.FIXED)]
        members = tuple(index for _, index in sorted(now))
        if not carrying or carrying[-1][1] != members:
            carrying.append((number, members))
        turns.append(_dealt_back([payloads[index][number - first[index]] for index in members]))
    return Reading(b"".join(turns), delays, carrying, packets)


def frames_of(octets: bytes) -> list[gfp.Frame]:
    """The GFP frames in the octets of a group."""
    return gfp.GfpDeframer().feed(octets)


def by_sq(paths: Mapping[object, Path]) -> list[Path]:
    """Those that have a multiframe, in the order of their SQ."""
    found = [
        (numbering[1], index, path) for index, path in enumerate(paths.values()) if (numbering := path.numbering())
    ]
    return [path for _, _, path in sorted(found, key=lambda item: item[:2])]
