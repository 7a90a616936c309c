"""HDLC frames over UDP at a V.35 port, as router emulators have them on serial links: one a datagram, without flags,
stuffing and FCS."""

from __future__ import annotations

import socket

from msapemu._framing import Hdlc, OctetChannel
from msapemu.ctl.errors import MsapemuError
from msapemu.ctl.messages import EndState
from msapemu.dataplane.ends import End, HdlcStream

LONGEST = 4608  # octets of a frame: an MTU of 4470, as routers have on serial lines, and more than any header
LEAST = 2  # of a frame


class HdlcUdpEnd(End):
    """Datagrams from `local` to `peer`, and back; those of others are not taken."""

    ahead_ms = 6

    def __init__(self, local: tuple[str, int], peer: tuple[str, int], hdlc: Hdlc, place: str) -> None:
        self._stream = HdlcStream(hdlc)
        self._came = False
        self._refused = False
        self._dropped = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            self._socket.bind(local)
            self._socket.connect(peer)
        except OSError as error:
            self._socket.close()
            raise MsapemuError(f"{place}: UDP {local[0]}:{local[1]}: {error.strerror}") from None

    @property
    def fill(self) -> int:
        return self._stream.fill

    @property
    def state(self) -> str:
        return "refused" if self._refused else "connected" if self._came else "bound"

    @property
    def active(self) -> bool:
        return True

    def serve(self, octets: OctetChannel, ahead: int, now: float) -> None:
        for frame in self._stream.receive(octets):
            self._give(frame)
        self._stream.send(octets, ahead, self._next)

    def count(self, state: EndState) -> None:
        self._stream.count(state)
        state.rx_dropped += self._dropped

    def close(self) -> None:
        self._socket.close()

    def _give(self, frame: bytes) -> None:
        try:
            self._socket.send(frame)
        except OSError as error:
            self._refused = isinstance(error, ConnectionRefusedError)
            self._dropped += 1

    def _next(self) -> bytes | None:
        while frame := self._fetch():
            if LEAST <= len(frame) <= LONGEST:
                return frame
        return None

    def _fetch(self) -> bytes:
        """A frame; none: b""."""
        try:
            frame = self._socket.recv(LONGEST + 1)
        except BlockingIOError:
            return b""
        except OSError:  # nobody is there (ICMP)
            self._refused = True
            return b""
        self._came, self._refused = True, False
        return frame
