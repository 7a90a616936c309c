"""A TUN interface as a router's serial interface: its packets in the frames of a line protocol, in HDLC."""

from __future__ import annotations

from collections.abc import Callable

from msapemu._framing import Hdlc, OctetChannel
from msapemu.ctl.messages import EndState, V35State
from msapemu.dataplane.ends import RAW_FILL, End, HdlcStream
from msapemu.dataplane.serial.protocol import SerialProtocol
from msapemu.dataplane.tun import OpenedTun

MOST_HEADER = 16  # octets that a protocol puts before a packet, at most
WATCH_S = 0.1  # so often it is looked whether the interface is up


class SerialTunEnd(End):
    """The interface that is up says RTS: flags between frames. One that is down rests, which is all ones on the line,
    when the protocol has had its last word. It has carrier as long as the line protocol is up. `tell` hears of that
    and of other news, `gone` of its end."""

    ahead_ms = 4  # two turns

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
        self._stream = HdlcStream(hdlc)
        self._tell, self._tell_gone = tell, gone
        self._here = True
        self._rts = False
        self._talking = False
        self._was_up = False
        self._watch_due = 0.0
        self._refused = 0  # packets that the interface did not take

    @property
    def fill(self) -> int:
        return self._stream.fill if self._talking else RAW_FILL

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
        protocol = self._protocol
        for frame in self._stream.receive(octets):
            if packet := protocol.receive(frame, now):
                self._refused += not self.tun.write(packet)
        protocol.turn(now)
        self._news()
        if self._talking:
            self._stream.send(octets, ahead, self._next)
        else:
            list(protocol.take_frames())  # what it would answer is not said

    def count(self, state: EndState) -> None:
        self._stream.count(state)
        came = self._protocol.counters
        state.errors = (state.errors or 0) + came.malformed + came.unknown
        state.rx_dropped += self._refused
        if isinstance(state, V35State):
            state.protocol = "up" if self._protocol.up else "down"
            state.detail = self._protocol.detail

    def close(self) -> None:
        self.tun.close()

    def _watch(self, octets: OctetChannel, now: float) -> None:
        """RTS: whether the interface is up."""
        self._watch_due = now + WATCH_S
        self.tun.carry(self._was_up)  # from the first turn on
        try:
            rts = self.tun.is_up()
        except OSError:
            self._goes()
            return
        self._talking = rts or self._rts  # until it is seen down again
        if rts is not self._rts:
            self._rts = rts
            self._protocol.open(rts, now)
        if octets.fill != self.fill:
            octets.fill = self.fill

    def _news(self) -> None:
        up = self._protocol.up
        if up is not self._was_up:
            self._was_up = up
            self.tun.carry(up)
            self._tell(up, f"line protocol {'up' if up else 'down'} ({self._protocol.detail})")
        for text in self._protocol.take_told():
            self._tell(None, text)

    def _next(self) -> bytes | None:
        """A frame: the protocol's own ones first."""
        for frame in self._protocol.take_frames():
            return frame
        while packet := self._fetch():
            if (framed := self._protocol.encapsulated(packet)) is not None:
                return framed
        return None

    def _fetch(self) -> bytes:
        """A packet; none: b""."""
        try:
            return self.tun.read()
        except OSError:
            self._goes()
            return b""

    def _goes(self) -> None:
        if self._here:
            self._here = False
            self._tell_gone()
