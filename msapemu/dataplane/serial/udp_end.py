"""HDLC frames over UDP at a V.35 port, as router emulators have them on serial links: one a datagram, without flags,
stuffing and FCS."""

from __future__ import annotations

from msapemu._framing import Hdlc, OctetChannel
from msapemu.ctl.messages import EndState
from msapemu.dataplane.ends import End, HdlcStream
from msapemu.dataplane.udp import open_socket

LONGEST = 4608  # octets of a frame: an MTU of 4470, as routers have on serial lines, and more than any header
LEAST = 2  # of a frame


class HdlcUdpEnd(End):
    """Datagrams from `local` to `peer` ("address:port"), and back; those of others are not taken."""

    ahead_ms = 4  # two turns

    def __init__(self, local: str, peer: str, hdlc: Hdlc, place: str) -> None:
        self._stream = HdlcStream(hdlc)
        self._came = False
        self._refused = False
        self._dropped = 0
        self._socket = open_socket(local, peer, place, lambda sock: None)

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
