"""Who uses a stream of octets both ways: an overhead channel, or a V.35 port. A socket's octets go as they are, packets
of a TUN interface as PPP without its negotiation."""

from __future__ import annotations

import contextlib
import os
import select
import selectors
import socket
import stat
from collections import deque
from collections.abc import Callable
from pathlib import Path

from msapemu._framing import Hdlc, OctetChannel
from msapemu.ctl.errors import MsapemuError
from msapemu.ctl.messages import EndState
from msapemu.ctl.paths import socket_address
from msapemu.dataplane.tun import MTU, OpenedTun

RAW_FILL = 0xFF
CLIENTS = 16
FLAG = 0x7E

# PPP in HDLC-like framing (RFC 1662 3.1, without its negotiation): address, control, protocol (RFC 1332, RFC 5072)
ADDRESS_CONTROL = b"\xff\x03"
PROTOCOLS = {4: ADDRESS_CONTROL + b"\x00\x21", 6: ADDRESS_CONTROL + b"\x00\x57"}  # by the version of IP
PPP_HEADER = 4


class End:
    """A user. `fill` goes out when it has nothing, `ahead_ms` is how much of its octets wait to be sent."""

    ahead_ms = 40  # this may come so late and nobody sees it

    @property
    def fill(self) -> int:
        return RAW_FILL

    @property
    def state(self) -> str:
        raise NotImplementedError

    @property
    def active(self) -> bool:
        """Somebody is there."""
        raise NotImplementedError

    def line(self, there: bool, now: float) -> None:
        """What carries the octets is there, or is not (DCD). Raw octets tell that by themselves."""

    def serve(self, octets: OctetChannel, ahead: int, now: float) -> None:
        """Move octets both ways, until `ahead` wait to be sent. `now` in seconds."""
        raise NotImplementedError

    def count(self, state: EndState) -> None:
        """Put what this counts into `state`."""
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


class SocketEnd(End):
    """A listening Unix stream socket; octets as they are for one client at a time. What is not read is dropped."""

    def __init__(self, path: Path, place: str, selector: selectors.BaseSelector) -> None:
        self.path = path
        self._selector = selector
        # the client; and others, when those before them have closed but what they sent is not fetched yet
        self._clients: deque[socket.socket] = deque()
        self._fresh = False  # the client gets nothing that came before it
        self._dropped = 0
        self._socket = listen(path, place)
        selector.register(self._socket, selectors.EVENT_READ, self._accept)

    @property
    def state(self) -> str:
        return "connected" if self._clients else "listening"

    @property
    def active(self) -> bool:
        return bool(self._clients)

    def serve(self, octets: OctetChannel, ahead: int, now: float) -> None:
        if not self._clients:
            return
        client = self._clients[0]
        came = octets.read()
        if self._fresh:
            came, self._fresh = b"", False
        self._give(client, came)
        try:
            ended = not self._fetch(client, octets, ahead)
        except OSError:
            ended = True
        if ended and _closed(client):
            self._clients.popleft().close()
            self._fresh = True

    def count(self, state: EndState) -> None:
        state.rx_dropped += self._dropped

    def close(self) -> None:
        for client in self._clients:
            client.close()
        self._clients.clear()
        self._selector.unregister(self._socket)
        self._socket.close()
        self.path.unlink(missing_ok=True)

    def _give(self, client: socket.socket, came: bytes) -> None:
        sent = 0
        if came:
            with contextlib.suppress(OSError):  # it is full, or closed
                sent = client.send(came, socket.MSG_NOSIGNAL)
        self._dropped += len(came) - sent

    @staticmethod
    def _fetch(client: socket.socket, octets: OctetChannel, ahead: int) -> bool:
        """False when there will be no more."""
        room = ahead - octets.counters()["tx_waiting"]
        if room <= 0:
            return True
        try:
            given = client.recv(room)
        except BlockingIOError:
            return True
        octets.write(given)
        return bool(given)

    def _accept(self) -> None:
        try:
            client, _ = self._socket.accept()
        except OSError:
            return
        client.setblocking(False)
        if self._clients and (len(self._clients) == CLIENTS or not _closed(self._clients[-1])):
            client.close()
            return
        self._fresh = self._fresh or not self._clients
        self._clients.append(client)


def _closed(client: socket.socket) -> bool:
    """The far end has closed altogether; what it sent may be there still."""
    poll = select.poll()
    poll.register(client, 0)  # POLLHUP only
    return bool(poll.poll(0))


class HdlcStream:
    """HDLC frames in the octets of a channel, and flags between them."""

    def __init__(self, hdlc: Hdlc) -> None:
        self._hdlc = hdlc
        self._rest = b""  # of the last piece: a frame that is longer than the ring
        self.fill = FLAG

    def receive(self, octets: OctetChannel) -> list[bytes]:
        """The frames that have come."""
        self._hdlc.take(octets.read())
        return self._hdlc.receive()

    def send(self, octets: OctetChannel, ahead: int, next_frame: Callable[[], bytes | None]) -> None:
        """Frames, as long as fewer than `ahead` octets wait, then flags.

        Whole frames and in one piece, and the octet that is sent when this comes late goes on with the flag at the bit
        where it stands: so no pause of ours is inside a frame or a flag."""
        room = ahead - octets.counters()["tx_waiting"]
        if not self._rest and room > 0:
            hdlc = self._hdlc
            while hdlc.waiting_octets < room and (frame := next_frame()) is not None:
                hdlc.send(frame)
            self._rest = hdlc.fill(max(room, hdlc.waiting_octets + 1))
        if not self._rest:
            return
        flag = self._rest[-1]
        self._rest = self._rest[octets.write(self._rest) :]
        if not self._rest and self.fill != flag:
            self.fill = octets.fill = flag

    def count(self, state: EndState) -> None:
        """Frames, and what came and is none."""
        count = self._hdlc.counters()
        state.tx_frames, state.rx_frames = count["tx_frames"], count["rx_frames"]
        state.errors = sum(count[name] for name in ("fcs_errors", "aborts", "too_long", "invalid"))


class TunEnd(End):
    """A TUN interface whose packets go as PPP in HDLC frames."""

    ahead_ms = 10

    def __init__(self, tun: OpenedTun, gone: Callable[[], None]) -> None:
        self._tun = tun
        self._tell_gone = gone
        self._stream = HdlcStream(Hdlc(MTU + PPP_HEADER))
        self._unknown = 0  # good frames that are no IP
        self._refused = 0  # packets that the interface did not take
        self._here = True

    @property
    def fill(self) -> int:
        return self._stream.fill

    @property
    def state(self) -> str:
        return "attached" if self._here else "gone"

    @property
    def active(self) -> bool:
        return self._here

    def serve(self, octets: OctetChannel, ahead: int, now: float) -> None:
        if not self._here:
            return
        for frame in self._stream.receive(octets):
            self._give(frame)
        self._stream.send(octets, ahead, self._next)

    def count(self, state: EndState) -> None:
        self._stream.count(state)
        state.errors = (state.errors or 0) + self._unknown
        state.rx_dropped += self._refused

    def close(self) -> None:
        self._tun.close()

    def _give(self, frame: bytes) -> None:
        packet = frame[PPP_HEADER:]
        if not packet or PROTOCOLS.get(packet[0] >> 4) != frame[:PPP_HEADER]:
            self._unknown += 1
            return
        self._refused += not self._tun.write(packet)

    def _next(self) -> bytes | None:
        """A frame; None: no packet waits."""
        while packet := self._fetch():
            if (header := PROTOCOLS.get(packet[0] >> 4)) is not None:
                return header + packet
        return None

    def _fetch(self) -> bytes:
        """A packet; none: b""."""
        try:
            return self._tun.read()
        except OSError:
            self._here = False
            self._tell_gone()
            return b""


def listen(path: Path, place: str) -> socket.socket:
    """A Unix stream socket at `path` that waits for clients."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        _clear(path)
        os.fchmod(made.fileno(), 0o600)
        with socket_address(path) as address:
            made.bind(address)
        made.listen(4)
    except OSError as error:
        made.close()
        raise MsapemuError(f"{place}: {path}: {error.strerror}") from None
    return made


def _clear(path: Path) -> None:
    """Remove a socket that nobody listens at: a shelf that was killed left it."""
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            return
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as other:
        other.setblocking(False)
        try:
            with socket_address(path) as address:
                other.connect(address)
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
        except OSError:
            pass
