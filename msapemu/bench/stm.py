"""Set-ups over a whole STM-N: Ethernet frames to scrambled frames and back, and VC-12s through a cross-connection.
Every BIP and FCS is made and checked, and all counters are on."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from msapemu._framing import RATES, STM1_OCTETS, Group, Line, LineMap, member_name
from msapemu.bench.work import Stage, faults, refuse

STM1_BPS = 155_520_000
FRAMES = 64  # a round, 8 ms
SETTLE = 1024  # frames after the last defect has gone (LCAS takes 63 members into a group in one second)
SETTLED = 32768  # by then it has, or something is wrong
QUEUE_OCTETS = 1 << 23
ALL = tuple(member_name(column) for column in range(63))
_CHANCE = random.Random(1)
SHUFFLED = tuple(_CHANCE.sample(ALL, 63))
SCATTERED = dict(zip(ALL, _CHANCE.sample(range(140), 63), strict=True))


@dataclass(frozen=True)
class Carrying:
    """How Ethernet is carried: members by VC-4 number, as LineMap takes them (a number, or (): the VC-4 itself)."""

    members: Mapping[int, Mapping[str, int] | Sequence[str] | int]
    rate: str = "stm1"
    lcas: bool = False
    pointers: Mapping[str, int] | int = 0
    delays: Mapping[str, int] = field(default_factory=dict)


CARRYING = {
    "vc4": Carrying({1: ()}),
    "vc12-63v": Carrying({1: ALL}, lcas=True),
    "vc12-63v-scattered": Carrying({1: SHUFFLED}, lcas=True, pointers=SCATTERED),
}


class Ends:
    """Two lines back to back, a group at each. Frames of `size` octets (without FCS) go from `a` to `z`; the way back
    is idle. `build` is a's, `parse` z's."""

    def __init__(self, mapping: str, size: int, carrying: Carrying | None = None) -> None:
        how = carrying or CARRYING[mapping]
        self.mapping, self.size = mapping, size
        self.frame = random.Random(1).randbytes(size)
        self.a = Line(rate=how.rate, tu_pointers=how.pointers, delays=how.delays)
        self.z = Line(rate=how.rate)
        self.source, self.sink = (
            Group(lcas=how.lcas, queue_octets=QUEUE_OCTETS, delay_limit_us=256_000) for _ in range(2)
        )
        for line, group in ((self.a, self.source), (self.z, self.sink)):
            for vc4, members in how.members.items():
                kind = "vc4" if isinstance(members, int) or not members else "tug"
                line.apply(LineMap(kind, [(group, members)]), vc4)
        self.line_bps = float(STM1_BPS * RATES[how.rate])
        self.octets = FRAMES * STM1_OCTETS * RATES[how.rate]
        self.frames = FRAMES
        self.there, self.back = bytearray(self.octets), bytearray(self.octets)
        self._settle()
        self.line_before, self.sink_before = self.z.counters(), self.sink.counters()
        self.sent_before = self.source.counters()

    @property
    def stages(self) -> Mapping[str, Stage]:
        return {"build": self.build, "parse": self.parse}

    def build(self) -> None:
        self.a.build_into(self.there)

    def parse(self) -> None:
        self.z.parse(self.there)

    def arm(self) -> None:
        self._return()
        self.refill()
        self.sink.receive()

    def refill(self) -> None:
        """Enough client frames that no octet of the next round is idle."""
        while self.source.waiting * self.size < 2 * self.octets and self.source.send(self.frame):
            pass

    def _settle(self) -> None:
        frames = good = 0
        while good < SETTLE and frames < SETTLED:
            self.build()
            self.parse()
            self._return()
            frames += FRAMES
            good = 0 if self._defects() else good + FRAMES
        while not self.sink.receive() and frames < SETTLED:
            self.refill()
            self.build()
            self.parse()
            frames += FRAMES

    def _defects(self) -> list[str]:
        return [name for one in (self.a, self.z, self.source, self.sink) for name in one.defects]

    def _return(self) -> None:
        self.z.build_into(self.back)
        self.a.parse(self.back)

    def check(self) -> None:
        sent, received = self.source.counters(), self.sink.counters()
        found = faults(self.z.counters(), self.line_before) + faults(received, self.sink_before)
        found += self._defects()
        if idle := sent["tx_idle_frames"] - self.sent_before["tx_idle_frames"]:
            found.append(f"{idle} idle GFP frames")
        if received["rx_client_frames"] <= self.sink_before["rx_client_frames"]:
            found.append("no client frames")
        if any(frame != self.frame for frame in self.sink.receive()):
            found.append("wrong client frames")
        refuse(self, found)


class CrossConnect:
    """63 VC-12 received at random pointers in an STM-1, each sent on in a random other place: parse and build together.
    They carry a group, whose frames show at the far end that all is as it was."""

    def __init__(self, size: int, lines: int = 1) -> None:
        self.mapping, self.size = "vc12-63v", size
        chance = random.Random(2)
        places = [(number, name) for number in range(lines) for name in ALL]
        order = chance.sample(places, len(places))  # what is sent at places[i] was received at order[i]
        sent_at = dict(zip(order, places, strict=True))
        self.shelf = [Line() for _ in range(lines)]
        self.west, self.east, self.groups = [], [Line() for _ in range(lines)], []
        for number in range(lines):
            pointers = {name: chance.randrange(140) for name in ALL}
            self.west.append(Line(tu_pointers=pointers, au_pointer=chance.randrange(783)))
            here, there = (Group(queue_octets=QUEUE_OCTETS) for _ in range(2))
            self.west[number].apply(LineMap("tug", [(here, ALL)]))
            self.groups.append((here, there))
        back = {place: source for source, place in sent_at.items()}
        for number in range(lines):
            cross = {name: (self.shelf[back[number, name][0]], 1, back[number, name][1]) for name in ALL}
            self.shelf[number].apply(LineMap("tug", cross=cross))
            of_line = {}
            for group in range(lines):
                inside = {name: sq for sq, (n, name) in enumerate(sent_at[group, m] for m in ALL) if n == number}
                if inside:
                    of_line[group] = inside
            self.east[number].apply(LineMap("tug", [(self.groups[g][1], inside) for g, inside in of_line.items()]))
        self.line_bps = float(STM1_BPS * lines)
        self.frames = FRAMES * lines
        self.octets = self.frames * STM1_OCTETS
        self.frame = random.Random(1).randbytes(size)
        self.received = [bytearray(FRAMES * STM1_OCTETS) for _ in range(lines)]
        self.sent = [bytearray(FRAMES * STM1_OCTETS) for _ in range(lines)]
        for _ in range(4 * SETTLE // FRAMES):
            self.arm()
            self.before = self._counters()
            self.cross()

    @property
    def stages(self) -> Mapping[str, Stage]:
        return {"xc": self.cross}

    def cross(self) -> None:
        for line, octets in zip(self.shelf, self.received, strict=True):
            line.parse(octets)
        for line, octets in zip(self.shelf, self.sent, strict=True):
            line.build_into(octets)

    def arm(self) -> None:
        self._judge()
        for (source, _), line, octets in zip(self.groups, self.west, self.received, strict=True):
            while source.waiting * self.size < 2 * len(octets) and source.send(self.frame):
                pass
            line.build_into(octets)

    def _judge(self) -> None:
        """The far ends take what was sent."""
        for line, octets in zip(self.east, self.sent, strict=True):
            line.parse(octets)
        for _, sink in self.groups:
            sink.receive()

    def _counters(self) -> list[dict[str, int]]:
        lines = [line.counters() for line in (*self.shelf, *self.east)]
        return lines + [sink.counters() for _, sink in self.groups]

    def check(self) -> None:
        self._judge()
        now = self._counters()
        found = [text for one, before in zip(now, self.before, strict=True) for text in faults(one, before)]
        found += [name for line in (*self.shelf, *self.east) for name in line.defects]
        if any(one["rx_client_frames"] <= before["rx_client_frames"] for one, before in self._sinks(now)):
            found.append("no client frames")
        refuse(self, found)

    def _sinks(self, now: list[dict[str, int]]) -> list[tuple[dict[str, int], dict[str, int]]]:
        return list(zip(now, self.before, strict=True))[-len(self.groups) :]
