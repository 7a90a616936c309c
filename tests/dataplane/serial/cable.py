"""Two V.35 ports and the line between them, in place of the core: octets go over as time passes."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Mapping

from msapemu.dataplane.tun import OpenedTun

OCTETS_S = 8000  # of a timeslot


class FakePort:
    """As an OctetChannel, with `room` for octets to send."""

    name = "v35"

    def __init__(self, room: int = 1 << 16) -> None:
        self.room = room
        self.fill = 0xFF
        self.tx, self.rx = bytearray(), bytearray()
        self.sent = self.filled = self.came = 0

    def write(self, octets: bytes) -> int:
        taken = min(len(octets), self.room - len(self.tx))
        self.tx += octets[:taken]
        return taken

    def read(self, most: int | None = None) -> bytes:
        came = bytes(self.rx[:most])
        del self.rx[: len(came)]
        return came

    def counters(self) -> Mapping[str, int]:
        return {
            "tx_octets": self.sent,
            "tx_fill": self.filled,
            "rx_octets": self.came,
            "rx_dropped": 0,
            "tx_waiting": len(self.tx),
            "rx_waiting": len(self.rx),
        }

    def send(self, octets: int) -> bytes:
        """What goes out on the line."""
        out = bytes(self.tx[:octets])
        del self.tx[: len(out)]
        self.sent += len(out)
        self.filled += octets - len(out)
        return out + bytes((self.fill,)) * (octets - len(out))

    def receive(self, octets: bytes) -> None:
        self.rx += octets
        self.came += len(octets)


class Cable:
    """`timeslots` between two ports. `spoil` may change what passes."""

    def __init__(self, timeslots: int) -> None:
        self.ports = FakePort(), FakePort()
        self.timeslots = timeslots
        self.up = True
        self.spoil: Callable[[bytes], bytes] = lambda octets: octets
        self._began = time.monotonic()
        self._done = 0

    def pump(self) -> None:
        """As much as is due by the clock."""
        due = int((time.monotonic() - self._began) * OCTETS_S) * self.timeslots
        self.move(due - self._done)
        self._done = due

    def move(self, octets: int) -> None:
        one, other = (port.send(octets) for port in self.ports)
        if not self.up:
            one = other = b"\xff" * octets  # what comes of a line that has failed
        self.ports[0].receive(self.spoil(other))
        self.ports[1].receive(self.spoil(one))


class Interface(OpenedTun):
    """In place of a TUN: datagrams for packets, as cheap as a read and a write get."""

    def __init__(self) -> None:
        self.user, self.ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.user.setblocking(False)
        self.ours.setblocking(False)
        self.fd = self.ours.fileno()
        self.carrier = False

    def is_up(self) -> bool:
        return True

    def carry(self, carrier: bool) -> None:
        self.carrier = carrier

    def got(self) -> list[bytes]:
        packets = []
        while True:
            try:
                packets.append(self.user.recv(2000))
            except BlockingIOError:
                return packets

    def close(self) -> None:
        self.user.close()
        self.ours.close()
