"""Two ends of a group over fibres, in virtual time: what the tests of VCAT and LCAS share."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from msapemu._framing import Group, Line, LineMap
from tests.wire.lines import mac_frame

Place = tuple[int, int, str]  # line, VC-4 number, "K.L.M" or "K" or "" for the VC-4
FRAME = 2430
TICK = 8  # frames built at once


def octets_a_frame(place: Place) -> float:
    """Payload octets of a member in 125 us."""
    member = place[2]
    return 2340 if not member else 34 if "." in member else 756


@dataclass
class Fibre:
    """From a line to a line: late by so many frames, cut, or with errors."""

    source: Line
    sink: Line
    delay: int = 0
    cut: bool = False
    ber: float = 0.0
    chance: Random = field(default_factory=lambda: Random(1))
    under_way: deque[bytes] = field(default_factory=deque)

    def carry(self, octets: bytes, frames: int) -> None:
        each = len(octets) // frames
        for at in range(0, len(octets), each):
            self.under_way.append(octets[at : at + each])
        due = len(self.under_way) - self.delay
        if due < frames:  # it has become longer
            self.sink.silent(frames - max(due, 0))
        for _ in range(due):
            frame = self.under_way.popleft()
            if self.cut:
                self.sink.silent(1)
            else:
                self.sink.parse(self._spoiled(frame) if self.ber else frame)

    def _spoiled(self, frame: bytes) -> bytes:
        """A Poisson process: the distance to the next wrong bit is exponential."""
        out = bytearray(frame)
        at = self.chance.expovariate(self.ber)
        while at < 8 * len(out):
            out[int(at) // 8] ^= 0x80 >> int(at) % 8
            at += self.chance.expovariate(self.ber)
        return bytes(out)


class End:
    """A shelf: lines and one group with members in them."""

    def __init__(self, rates: Sequence[str], places: Mapping[int, Place], group: Group, **line: Any) -> None:
        self.lines = [Line(rate=rate, **line) for rate in rates]
        self.group = group
        self.places: dict[int, Place] = {}
        self.events: list[tuple[int, str, str, str]] = []
        self.put(places)

    def put(self, places: Mapping[int, Place]) -> None:
        """Have the group's members in these places from now on."""
        for k, line in enumerate(self.lines):
            for vc4 in range(1, {"stm1": 1, "stm4": 4, "stm16": 16}[line.rate] + 1):
                now = {n: member for n, (at, of, member) in places.items() if (at, of) == (k, vc4)}
                before = {n: member for n, (at, of, member) in self.places.items() if (at, of) == (k, vc4)}
                if now != before:
                    line.apply(self._map(now), vc4)
        self.places = dict(places)

    def _map(self, members: Mapping[int, str]) -> LineMap:
        if not members:
            return LineMap("unequipped")
        if "" in members.values():
            return LineMap("vc4", [(self.group, next(iter(members)))])
        return LineMap("tug", [(self.group, {member: number for number, member in members.items()})])

    def look(self) -> None:
        for line in self.lines:
            self.events += line.events()

    def defects(self) -> set[str]:
        return set(self.group.defects)


class Pair:
    """Two ends with a fibre each way between their lines, and traffic from west to east."""

    def __init__(
        self,
        places: Mapping[int, Place],
        *,
        rates: Sequence[str] = ("stm1",),
        options: Mapping[str, Any] | None = None,
        east_options: Mapping[str, Any] | None = None,
        east_places: Mapping[int, Place] | None = None,
        queue_octets: int = 1 << 20,
        **line: Any,
    ) -> None:
        options = {"lcas": True, **(options or {})}
        east_options = options if east_options is None else {"lcas": True, **east_options}
        self.west = End(rates, places, Group(queue_octets=queue_octets, **options), **line)
        self.east = End(rates, east_places or places, Group(queue_octets=1 << 22, **east_options), **line)
        self.ends = (self.west, self.east)
        self.there = [Fibre(a, b) for a, b in zip(self.west.lines, self.east.lines, strict=True)]
        self.back = [Fibre(b, a) for a, b in zip(self.west.lines, self.east.lines, strict=True)]
        self.now = 0  # frames
        self.sent: list[bytes] = []
        self.sent_at: list[int] = []
        self.received: list[bytes] = []
        self.received_at: list[int] = []
        self.load = 0.0  # octets a frame that are offered, GFP included
        self.length = 500
        self.credit = 0.0
        self.refused = 0

    def run(self, frames: int, watch: Callable[[], None] | None = None) -> Pair:
        """So much virtual time."""
        for _ in range(0, frames, TICK):
            self._offer()
            west = [line.build(TICK) for line in self.west.lines]
            east = [line.build(TICK) for line in self.east.lines]
            for fibre, octets in zip(self.there, west, strict=True):
                fibre.carry(octets, TICK)
            for fibre, octets in zip(self.back, east, strict=True):
                fibre.carry(octets, TICK)
            self.now += TICK
            for frame in self.east.group.receive():
                self.received.append(frame)
                self.received_at.append(self.now)
            self.west.look()
            self.east.look()
            if watch:
                watch()
        return self

    def _offer(self) -> None:
        self.credit = min(self.credit + self.load * TICK, 64 * self.length)
        while self.credit >= self.length + 12:
            frame = mac_frame(len(self.sent) & 0xFFFF, self.length)
            if not self.west.group.send(frame):
                self.refused += 1
                break
            self.credit -= self.length + 12
            self.sent.append(frame)
            self.sent_at.append(self.now)

    def until(self, what: Callable[[], bool], most: int = 16000) -> int:
        """Run until it is so; how many frames that took."""
        began = self.now
        while not what():
            assert self.now - began < most, f"not in {most} frames: {self.west.group.members()}"
            self.run(TICK)
        return self.now - began

    def up(self, size: int | None = None) -> Pair:
        """Until all members carry traffic both ways."""
        size = len(self.west.places) if size is None else size
        self.until(lambda: self.west.group.size == (size, size) and self.east.group.size == (size, size))
        return self

    def quiet(self, frames: int = 400) -> Pair:
        """Nothing more is offered; what is under way comes."""
        load, self.load, self.credit = self.load, 0.0, 0.0
        self.until(lambda: not self.west.group.waiting, 200_000)
        self.run(frames)
        self.load = load
        return self

    def lost(self) -> int:
        """Frames that did not come; all others came once, in order."""
        came = iter(self.received)
        n, following = 0, next(came, None)
        for frame in self.sent:
            if frame == following:
                n, following = n + 1, next(came, None)
        assert following is None, "a frame came that was not sent, or out of order"
        return len(self.sent) - n

    def lateness(self, since: int = 0) -> list[int]:
        """Frame times from sending to coming, of all frames that came; none before the last of them may be lost."""
        assert self.sent[: len(self.received)] == self.received
        return [b - a for a, b in zip(self.sent_at, self.received_at, strict=False) if a >= since]
