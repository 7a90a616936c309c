"""Cisco HDLC: an Ethernet type before each packet, and SLARP: keepalives, and asking for an address.

A keepalive has the number of this one (mineseq) and the last one that came (yourseq); the line protocol is down once
MISSED of them in a row were not answered.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from random import Random

from msapemu.dataplane.serial.protocol import IPV4, IPV6, SerialProtocol, version

UNICAST, MULTICAST = 0x0F, 0x8F
HEADER = 4  # address, control, type of two octets
SLARP = 0x8035
_TYPES = {IPV4: 0x0800, IPV6: 0x86DD}
_VERSIONS = {kind: one for one, kind in _TYPES.items()}
_HEADERS = {one: bytes((UNICAST, 0)) + kind.to_bytes(2, "big") for one, kind in _TYPES.items()}
_SLARP_HEADER = bytes((MULTICAST, 0)) + SLARP.to_bytes(2, "big")

REQUEST, REPLY, KEEPALIVE = 0, 1, 2
SLARP_OCTETS = 14  # code of four octets, two fields of four, and reliability
UPTIME_OCTETS = 4  # behind these, in a keepalive: milliseconds
RELIABILITY = b"\xff\xff"
KEEPALIVE_S = 10.0
MISSED = 3
FIRST, LAST = 1 << 31, 0xFFFFFFFF  # our first number is below this, and the last one there is


class CiscoHdlc(SerialProtocol):
    """One end. `local`: the address that a far end which asks for one is told, with its mask; without one we ask. Our
    numbers begin anywhere (`random`), so that a loop can be told from a far end that began with us."""

    name = "chdlc"

    def __init__(self, random: Random, local: IPv4Interface | None = None) -> None:
        super().__init__()
        self._random = random
        self.given: IPv4Interface | None = None  # by the far end: it has the other address of that net
        self._local = local
        self._due: float | None = None
        self._began = 0.0
        self._mine = self._yours = 0
        self._answered = 0  # the last of ours that the far end has seen
        self._up = False
        self._looped = False

    @property
    def up(self) -> bool:
        return self._up

    @property
    def detail(self) -> str:
        numbers = f"keepalive {self._mine}, answered {self._answered}, received {self._yours}"
        return f"looped, {numbers}" if self._looped else numbers

    def receive(self, frame: bytes, now: float) -> bytes | None:
        if len(frame) < HEADER or frame[0] not in (UNICAST, MULTICAST):
            self.counters.malformed += 1
            return None
        kind, packet = int.from_bytes(frame[2:4], "big"), frame[HEADER:]
        if kind == SLARP:
            self._slarp(packet, now)
        elif kind not in _VERSIONS:
            self.counters.unknown += 1
        elif version(packet) != _VERSIONS[kind]:
            self.counters.malformed += 1
        elif self._up:
            self.counters.packets += 1
            return packet
        return None

    def encapsulated(self, packet: bytes) -> bytes | None:
        header = _HEADERS.get(version(packet))
        if header is None or not self._up:
            self.counters.refused += 1
            return None
        return header + packet

    def turn(self, now: float) -> None:
        if self._due is None or now < self._due:
            return
        self._due = max(self._due, now - KEEPALIVE_S / 2) + KEEPALIVE_S  # a stall is not made up for
        if self._up and (self._mine - self._answered) % LAST >= MISSED:
            self._goes(False)
            self._told.append(f"{MISSED} keepalives in a row were not answered")
        self._mine = self._mine % LAST + 1  # 0: none
        uptime = int((now - self._began) * 1000) & 0xFFFFFFFF
        self._send(KEEPALIVE, self._mine, self._yours, RELIABILITY + uptime.to_bytes(UPTIME_OCTETS, "big"))

    def _run(self, running: bool, now: float) -> None:
        self._due = now if running else None
        self._began = now
        self._mine = self._answered = self._random.randrange(FIRST)
        self._yours = 0
        self._looped = False
        self._goes(False)

    def _goes(self, up: bool) -> None:
        if up and not self._up and self._local is None and self.given is None:
            self._send(REQUEST, 0, 0, RELIABILITY)
        self._up = up

    def _send(self, code: int, one: int, other: int, rest: bytes) -> None:
        fields = b"".join(field.to_bytes(4, "big") for field in (code, one, other))
        self._frames.append(_SLARP_HEADER + fields + rest)

    def _slarp(self, packet: bytes, now: float) -> None:
        if len(packet) < SLARP_OCTETS:
            self.counters.malformed += 1
            return
        self.counters.control += 1
        code, one, other = (int.from_bytes(packet[at : at + 4], "big") for at in (0, 4, 8))
        if self._due is None:
            return
        if code == REQUEST and self._local is not None:
            self._send(REPLY, int(self._local.ip), int(self._local.netmask), RELIABILITY)
        elif code == REPLY and one and self._local is None:
            self._address(one, other)
        elif code == KEEPALIVE:
            self._keepalive(one, other)

    def _keepalive(self, mine: int, yours: int) -> None:
        """Of the far end: its numbers."""
        self._looped = mine == self._mine
        self._yours = mine
        # our last one may be on its way still
        if yours and (self._mine - yours) % LAST <= 1:
            self._answered = yours
            self._goes(not self._looped)

    def _address(self, address: int, mask: int) -> None:
        """The far end has `address`; ours is the other one of its net."""
        try:
            net = IPv4Network((address, str(IPv4Address(mask))), strict=False)
        except ValueError:
            self.counters.malformed += 1
            return
        ours = [host for host in net.hosts() if int(host) != address] if net.prefixlen >= 30 else []
        if len(ours) == 1:
            self.given = IPv4Interface((ours[0], net.prefixlen))
            self._told.append(f"the far end gives us {self.given}")
