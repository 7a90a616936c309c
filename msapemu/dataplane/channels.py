"""Streams of octets that users have: overhead channels (DCC, order wires, user channels) and V.35 ports.

The control thread serves them: every few milliseconds, as long as anybody uses one, it moves octets between the rings
of the core and the users. The loop never waits for it: when this comes late, fill octets go out.
"""

from __future__ import annotations

import selectors
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from msapemu._framing import Hdlc, Line, OctetChannel
from msapemu.ctl.config import V35, Channel, HdlcUdp, Pty, SerialTun, Shelf, Socket, Tun
from msapemu.ctl.messages import ChannelState, EndState, V35State
from msapemu.dataplane.check import channel_name, check
from msapemu.dataplane.ends import RAW_FILL, End, SocketEnd, TunEnd
from msapemu.dataplane.log import Log
from msapemu.dataplane.serial.make import make_protocol
from msapemu.dataplane.serial.pty_end import PtyEnd
from msapemu.dataplane.serial.tun_end import MOST_HEADER, SerialTunEnd
from msapemu.dataplane.serial.udp_end import LONGEST, HdlcUdpEnd
from msapemu.dataplane.tun import MTU, open_tun

CHANNEL_TURN_S = 0.005
V35_TURN_S = 0.002  # these have users who measure round trips
# Whatever it takes to serve them all, the control thread has most of its time for other things
SHARE = 0.2
LONGEST_TURN_S = 0.02
OCTETS_MS = {"dcc-r": 24, "dcc-m": 72}  # 192 and 576 kbit/s; every other channel has 64
TIMESLOT_OCTETS_MS = 8

User = Channel | V35
Event = Callable[[str, str, bool], None]  # the object, what, raised


@dataclass
class _Held:
    """A channel or port in use. `octets`: None until the plan is in force that has it."""

    end: End
    octets_ms: int
    octets: OctetChannel | None = None
    line: bool = False


class Channels:
    """All channels and V.35 ports of a shelf; `directory` is where sockets without a folder of their own are. `event`
    hears of line protocols that go down (raised) and up."""

    def __init__(
        self,
        directory: Path,
        selector: selectors.BaseSelector,
        log: Log,
        event: Event = lambda name, what, raised: None,
    ) -> None:
        self._directory = directory
        self._selector = selector
        self._log = log
        self._event = event
        self._now: dict[User, _Held] = {}
        self._next: dict[User, _Held] | None = None
        self._is_up: Callable[[str], bool] = lambda port: True
        self._due = 0.0
        self._turn_s = CHANNEL_TURN_S

    @contextmanager
    def prepared(self, wanted: Shelf) -> Iterator[None]:
        """Open what `wanted` has anew; MsapemuError. In the block the shelf changes and calls `commit`; when it does
        not come to that, all is as before."""
        check(wanted)
        made: dict[User, _Held] = {}
        try:
            for channel in wanted.channels:
                made[channel] = self._now.get(channel) or self._open(channel, wanted.name)
            for port in wanted.v35:
                if port.end is not None:
                    made[port] = self._now.get(port) or self._open(port, wanted.name)
            self._next = made
            yield
        finally:
            self._next = None
            _let_go(made, self._now)

    def commit(
        self,
        lines: Mapping[str, Line],
        ports: Mapping[str, OctetChannel] | None = None,
        is_up: Callable[[str], bool] = lambda port: True,
    ) -> None:
        """The plan is in force: go by what was prepared. `lines` and V.35 `ports` by port; `is_up` tells whether the
        line of a V.35 port is there, and is asked every turn."""
        assert self._next is not None, "not prepared"
        _let_go(self._now, self._next)
        before = [held.octets for held in self._now.values() if held.octets is not None]
        self._now = self._next
        self._is_up = is_up
        for user, held in self._now.items():
            if isinstance(user, Channel):
                octets = lines[user.line].channel(user.channel, vc4=user.vc4, fill=held.end.fill)
            else:
                octets = (ports or {})[user.port]
                octets.fill = held.end.fill
            if held.octets is not octets:
                octets.read()  # of somebody before
                held.octets = octets
        used = [held.octets for held in self._now.values()]
        for octets in before:
            if octets not in used:
                octets.fill = RAW_FILL

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
        turn_ms = -int(-self._turn_s * 1000)
        for user, held in self._now.items():
            if held.octets is None:
                continue
            if isinstance(user, V35):
                held.line = self._is_up(user.port)
                held.end.line(held.line, now)
            # enough for two turns: one may come late
            held.end.serve(held.octets, max(held.end.ahead_ms, 2 * turn_ms) * held.octets_ms, now)
        fast = any(isinstance(user, V35) for user in self._now)
        least = V35_TURN_S if fast else CHANNEL_TURN_S
        self._turn_s = min(max(least, (time.monotonic() - now) / SHARE), LONGEST_TURN_S)
        self._due = now + self._turn_s

    def report(self) -> tuple[ChannelState, ...]:
        """Of the overhead channels."""
        states = []
        for user, held in self._now.items():
            if isinstance(user, Channel):
                state = ChannelState(held.end.state, channel=user)
                _count(state, held)
                states.append(state)
        return tuple(states)

    def report_v35(self) -> tuple[V35State, ...]:
        """Of the V.35 ports."""
        states = []
        for user, held in self._now.items():
            if isinstance(user, V35):
                state = V35State(held.end.state, port=user.port, line=held.line)
                _count(state, held)
                states.append(state)
        return tuple(states)

    def close(self) -> None:
        """Let go of everything."""
        for held in self._now.values():
            held.end.close()
        self._now = {}

    def _open(self, user: User, shelf: str) -> _Held:
        if isinstance(user, Channel):
            place, octets_ms = f"{shelf}/{channel_name(user)}", OCTETS_MS.get(user.channel, TIMESLOT_OCTETS_MS)
        else:
            place, octets_ms = f"{shelf}/{user.port}", TIMESLOT_OCTETS_MS * user.timeslots
        for other, held in self._now.items():
            if other.end == user.end:  # it moves to another channel
                return _Held(held.end, octets_ms)
        return _Held(self._make(user.end, place), octets_ms)

    def _make(self, end: Tun | SerialTun | Socket | Pty | HdlcUdp | None, place: str) -> End:
        assert end is not None, "nothing is plugged in"
        match end:
            case Tun():
                tun = open_tun(end, place)
                self._log("info", f"{place}: tun {end.name} {'attached' if tun.existed else 'made'}")
                return TunEnd(tun, self._gone(end.name, place))
            case SerialTun():
                return self._make_serial(end, place)
            case Socket():
                path = self._directory / end.path
                self._log("info", f"{place}: listening at {path}")
                return SocketEnd(path, place, self._selector)
            case Pty():
                path = self._directory / end.path
                self._log("info", f"{place}: pseudo-terminal at {path}")
                return PtyEnd(path, place)
            case HdlcUdp():
                self._log("info", f"{place}: HDLC over UDP, {end.local} <-> {end.peer}")
                return HdlcUdpEnd(end.local, end.peer, Hdlc(LONGEST), place)

    def _make_serial(self, end: SerialTun, place: str) -> SerialTunEnd:
        kept = [
            held.end
            for user, held in self._now.items()
            if isinstance(user.end, SerialTun) and (user.end.netns, user.end.name) == (end.netns, end.name)
        ]
        if kept:  # the same interface, and another protocol on it
            assert isinstance(kept[0], SerialTunEnd)
            tun = kept[0].tun.shared()
        else:
            tun = open_tun(end, place)
            self._log("info", f"{place}: tun {end.name} {'attached' if tun.existed else 'made'}, {end.encapsulation}")
        hdlc = Hdlc(MTU + MOST_HEADER, fcs=end.fcs)

        def tell(up: bool | None, text: str) -> None:
            self._log("info" if up is None else "event", f"{place}: {text}")
            if up is not None:
                self._event(place, "line-protocol", not up)

        return SerialTunEnd(tun, make_protocol(end), hdlc, tell, self._gone(end.name, place))

    def _gone(self, name: str, place: str) -> Callable[[], None]:
        return lambda: self._log("warning", f"{place}: interface {name} has gone")


def _count(state: EndState, held: _Held) -> None:
    if held.octets is not None:
        count = held.octets.counters()
        state.tx_octets, state.rx_octets = count["tx_octets"], count["rx_octets"]
        # of a channel that nobody uses all is dropped, and nobody minds
        state.rx_dropped = count["rx_dropped"] if held.end.active else 0
    held.end.count(state)


def _let_go(held: Mapping[User, _Held], kept: Mapping[User, _Held]) -> None:
    """Close the ends that are not among `kept`."""
    ends = [one.end for one in kept.values()]
    for one in held.values():
        if one.end not in ends:
            one.end.close()
