"""A TUN interface as a router's serial interface: its packets in the frames of a line protocol, in HDLC."""

from __future__ import annotations

import os
from collections.abc import Callable

from msapemu._framing import Hdlc, OctetChannel
from msapemu.ctl.messages import EndState, V35State
from msapemu.dataplane.ends import FLAG, RAW_FILL, End
from msapemu.dataplane.serial.protocol import SerialProtocol
from msapemu.dataplane.tun import MTU, OpenedTun

MOST_HEADER = 16  # octets that a protocol puts before a packet, at most
WATCH_S = 0.1  # so often it is looked whether the interface is up


class SerialTunEnd(End):
    """The interface that is up says RTS: flags between frames. One that is down rests, which is all ones on the line.
    It has carrier as long as the line protocol is up. `tell` hears of that and of other news, `gone` of the end of it.

    A frame is written whole, so that a pause of ours is a pause between frames."""

    ahead_ms = 6

    def __init__(
        self,
        tun: OpenedTun,
        protocol: SerialProtocol,
        hdlc: Hdlc,
        tell: Callable[[bool | None, str], None],
        gone: Callable[[], None],
    ) -> None:
        self.tun = tun
        self._protocol = protocol
        self._hdlc = hdlc
        self._tell, self._tell_gone = tell, gone
        self._here = True
        self._rts = False
        self._was_up = False
        self._watch_due = 0.0
        self._refused = 0  # packets that the interface did not take
        self.fill = RAW_FILL
        tun.carry(False)

    @property
    def state(self) -> str:
        return "attached" if self._here else "gone"

    @property
    def active(self) -> bool:
        return self._here

    def line(self, there: bool, now: float) -> None:
        self._protocol.line(there, now)

    def serve(self, octets: OctetChannel, ahead: int, now: float) -> None:
        if not self._here:
            return
        if now >= self._watch_due:
            self._watch(octets, now)
        protocol, hdlc = self._protocol, self._hdlc
        hdlc.take(octets.read())
        for frame in hdlc.receive():
            if packet := protocol.receive(frame, now):
                self._give(packet)
        protocol.turn(now)
        self._news()
        room = ahead - octets.counters()["tx_waiting"]
        for frame in protocol.take_frames():
            hdlc.send(frame)
            room -= octets.write(hdlc.fill())
        while room > 0 and (packet := self._fetch()):
            if (framed := protocol.encapsulated(packet)) is not None:
                hdlc.send(framed)
                room -= octets.write(hdlc.fill())
        if room > 0 and self._rts:
            octets.write(hdlc.fill(room))

    def count(self, state: EndState) -> None:
        count = self._hdlc.counters()
        came = self._protocol.counters
        state.tx_frames, state.rx_frames = count["tx_frames"], count["rx_frames"]
        # after a pause of ours the fill begins within a flag: a few bits between two flags are no error
        state.errors = sum(count[name] for name in ("fcs_errors", "aborts", "too_long")) + came.malformed + came.unknown
        state.rx_dropped += self._refused
        if isinstance(state, V35State):
            state.protocol = "up" if self._protocol.up else "down"
            state.detail = self._protocol.detail

    def close(self) -> None:
        self.tun.close()

    def _watch(self, octets: OctetChannel, now: float) -> None:
        """RTS: whether the interface is up."""
        self._watch_due = now + WATCH_S
        try:
            rts = self.tun.is_up()
        except OSError:
            self._goes()
            return
        if rts is not self._rts:
            self._rts = rts
            self.fill = octets.fill = FLAG if rts else RAW_FILL
            self._protocol.open(rts, now)

    def _news(self) -> None:
        up = self._protocol.up
        if up is not self._was_up:
            self._was_up = up
            self.tun.carry(up)
            self._tell(up, f"line protocol {'up' if up else 'down'} ({self._protocol.detail})")
        for text in self._protocol.take_told():
            self._tell(None, text)

    def _give(self, packet: bytes) -> None:
        try:
            os.write(self.tun.fd, packet)
        except OSError:  # the interface is down, or this is no packet
            self._refused += 1

    def _fetch(self) -> bytes:
        """A packet; none: b""."""
        try:
            return os.read(self.tun.fd, MTU + 1)
        except BlockingIOError:
            return b""
        except OSError:
            self._goes()
            return b""

    def _goes(self) -> None:
        if self._here:
            self._here = False
            self._tell_gone()
