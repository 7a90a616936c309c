"""Overhead channels and their users: DCC, order wires and user channels at a TUN interface or a Unix socket.

The control thread serves them: every few milliseconds, as long as anybody uses one, it moves octets between the rings
of the core and the users. The loop never waits for it: when this comes late, a channel carries fill octets.
"""

from __future__ import annotations

import contextlib
import os
import select
import selectors
import socket
import stat
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from msapemu._framing import Hdlc, Line, OctetChannel
from msapemu.ctl.config import Channel, Shelf, Tun
from msapemu.ctl.errors import MsapemuError
from msapemu.ctl.messages import ChannelState
from msapemu.ctl.paths import socket_address
from msapemu.dataplane.check import channel_name, check
from msapemu.dataplane.log import Log
from msapemu.dataplane.tun import MTU, open_tun

TURN_S = 0.005
OCTETS_MS = {"dcc-r": 24, "dcc-m": 72}  # 192 and 576 kbit/s; every other channel has 64
RAW_FILL = 0xFF
CLIENTS = 16
FLAG = 0x7E

# PPP in HDLC-like framing (RFC 1662 3.1, without its negotiation): address, control, protocol (RFC 1332, RFC 5072)
ADDRESS_CONTROL = b"\xff\x03"
PROTOCOLS = {4: ADDRESS_CONTROL + b"\x00\x21", 6: ADDRESS_CONTROL + b"\x00\x57"}  # by the version of IP
PPP_HEADER = 4


class SocketEnd:
    """A listening Unix stream socket; octets as they are for one client at a time. What is not read is dropped."""

    fill = RAW_FILL
    ahead_ms = 40  # octets that wait to be sent: this may come so late and nobody sees it

    def __init__(self, path: Path, place: str, selector: selectors.BaseSelector) -> None:
        self.path = path
        self._selector = selector
        # the client; and others, when those before them have closed but what they sent is not fetched yet
        self._clients: deque[socket.socket] = deque()
        self._fresh = False  # the client gets nothing that came before it
        self._dropped = 0
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            _clear(path)
            os.fchmod(self._socket.fileno(), 0o600)
            with socket_address(path) as address:
                self._socket.bind(address)
            self._socket.listen(4)
        except OSError as error:
            self._socket.close()
            raise MsapemuError(f"{place}: {path}: {error.strerror}") from None
        selector.register(self._socket, selectors.EVENT_READ, self._accept)

    @property
    def state(self) -> str:
        return "connected" if self._clients else "listening"

    @property
    def active(self) -> bool:
        return bool(self._clients)

    def serve(self, octets: OctetChannel, ahead: int) -> None:
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

    def count(self, state: ChannelState) -> None:
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


class TunEnd:
    """A TUN interface whose packets go as PPP in HDLC frames. A frame is written whole, so that a pause of ours is a
    pause between frames."""

    fill = FLAG
    ahead_ms = 10

    def __init__(self, fd: int, gone: Callable[[], None]) -> None:
        self._fd = fd
        self._tell_gone = gone
        self._hdlc = Hdlc(MTU + PPP_HEADER)
        self._unknown = 0  # good frames that are no IP
        self._refused = 0  # packets that the interface did not take
        self.active = True

    @property
    def state(self) -> str:
        return "attached" if self.active else "gone"

    def serve(self, octets: OctetChannel, ahead: int) -> None:
        if not self.active:
            return
        self._hdlc.take(octets.read())
        for frame in self._hdlc.receive():
            self._give(frame)
        room = ahead - octets.counters()["tx_waiting"]
        while room > 0 and (packet := self._fetch()):
            if (header := PROTOCOLS.get(packet[0] >> 4)) is not None:
                self._hdlc.send(header + packet)
                room -= octets.write(self._hdlc.fill())
        if room > 0:
            octets.write(self._hdlc.fill(room))

    def count(self, state: ChannelState) -> None:
        count = self._hdlc.counters()
        state.tx_frames, state.rx_frames = count["tx_frames"], count["rx_frames"]
        # after a pause of ours the fill begins within a flag: a few bits between two flags are no error
        state.errors = sum(count[name] for name in ("fcs_errors", "aborts", "too_long")) + self._unknown
        state.rx_dropped += self._refused

    def close(self) -> None:
        os.close(self._fd)

    def _give(self, frame: bytes) -> None:
        packet = frame[PPP_HEADER:]
        if not packet or PROTOCOLS.get(packet[0] >> 4) != frame[:PPP_HEADER]:
            self._unknown += 1
            return
        try:
            os.write(self._fd, packet)
        except OSError:  # the interface is down, or this is no packet
            self._refused += 1

    def _fetch(self) -> bytes:
        """A packet; none: b""."""
        try:
            return os.read(self._fd, MTU + 1)
        except BlockingIOError:
            return b""
        except OSError:
            self.active = False
            self._tell_gone()
            return b""


@dataclass
class _Held:
    """A channel in use. `octets`: None until the plan is in force that has its line."""

    end: SocketEnd | TunEnd
    octets_ms: int
    octets: OctetChannel | None = None


class Channels:
    """All channels of a shelf; `directory` is where sockets without a folder of their own are."""

    def __init__(self, directory: Path, selector: selectors.BaseSelector, log: Log) -> None:
        self._directory = directory
        self._selector = selector
        self._log = log
        self._now: dict[Channel, _Held] = {}
        self._next: dict[Channel, _Held] | None = None
        self._due = 0.0

    @contextmanager
    def prepared(self, wanted: Shelf) -> Iterator[None]:
        """Open what `wanted` has anew; MsapemuError. In the block the shelf changes and calls `commit`; when it does
        not come to that, all is as before."""
        check(wanted)
        made: dict[Channel, _Held] = {}
        try:
            for channel in wanted.channels:
                made[channel] = self._now.get(channel) or self._open(channel, wanted.name)
            self._next = made
            yield
        finally:
            self._next = None
            _let_go(made, self._now)

    def commit(self, lines: Mapping[str, Line]) -> None:
        """The plan is in force: go by what was prepared. `lines` by port."""
        assert self._next is not None, "not prepared"
        _let_go(self._now, self._next)
        for held in self._now.values():
            if held.octets is not None:
                held.octets.fill = RAW_FILL
        self._now = self._next
        for channel, held in self._now.items():
            octets = lines[channel.line].channel(channel.channel, vc4=channel.vc4, fill=held.end.fill)
            if held.octets is not octets:
                octets.read()  # of somebody before
                held.octets = octets

    def patience(self) -> float | None:
        """Seconds until `serve` has something to do; None: nobody uses a channel."""
        if not any(held.end.active for held in self._now.values()):
            return None
        return max(0.0, self._due - time.monotonic())

    def serve(self) -> None:
        """Move octets, when it is time."""
        now = time.monotonic()
        if now < self._due:
            return
        self._due = now + TURN_S
        for held in self._now.values():
            if held.octets is not None:
                held.end.serve(held.octets, held.end.ahead_ms * held.octets_ms)

    def report(self) -> tuple[ChannelState, ...]:
        states = []
        for channel, held in self._now.items():
            count = held.octets.counters() if held.octets else {}
            state = ChannelState(channel, held.end.state, count.get("tx_octets", 0), count.get("rx_octets", 0))
            # of a channel that nobody uses all is dropped, and nobody minds
            state.rx_dropped = count.get("rx_dropped", 0) if held.end.active else 0
            held.end.count(state)
            states.append(state)
        return tuple(states)

    def close(self) -> None:
        """Let go of everything."""
        for held in self._now.values():
            held.end.close()
        self._now = {}

    def _open(self, channel: Channel, shelf: str) -> _Held:
        place = f"{shelf}/{channel_name(channel)}"
        octets_ms = OCTETS_MS.get(channel.channel, 8)
        for other, held in self._now.items():
            if other.end == channel.end:  # it moves to another channel
                return _Held(held.end, octets_ms)
        if isinstance(channel.end, Tun):
            fd, existed = open_tun(channel.end, place)
            name = channel.end.name
            self._log("info", f"{place}: tun {name} {'attached' if existed else 'made'}")
            return _Held(TunEnd(fd, lambda: self._log("warning", f"{place}: interface {name} has gone")), octets_ms)
        path = self._directory / channel.end.path
        end = SocketEnd(path, place, self._selector)
        self._log("info", f"{place}: listening at {path}")
        return _Held(end, octets_ms)


def _let_go(held: Mapping[Channel, _Held], kept: Mapping[Channel, _Held]) -> None:
    """Close the ends that are not among `kept`."""
    ends = [one.end for one in kept.values()]
    for one in held.values():
        if one.end not in ends:
            one.end.close()


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
