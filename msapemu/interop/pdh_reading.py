"""A line of the plesiochronous hierarchy, or E1s of several, once through receivers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from msapemu._framing import E1Bearer, Fabric, FramedE1, Group, PdhLine
from msapemu.interop.grouping import Carried
from msapemu.interop.octets import Octets, open_octets
from msapemu.interop.passes import Client, ClientFormat, Deliver, group_sink, nowhere
from msapemu.interop.pdh_encode import E1_TIMESLOTS
from msapemu.interop.pdh_rates import pdh_octets
from msapemu.interop.rates import FRAME_NS

BLOCK_FRAMES = 64  # of 125 us: 8 ms
QUEUE_OCTETS = 1 << 14
FRAME_OCTETS = 32
FAS, FAS_BITS = 0x1B, 0x7F  # TS0 of every other frame
FRAMES_SURE = 8  # with a FAS, of a block


class PdhGroup(NamedTuple):
    """A group: its members' places among the E1s (or lines of G.832), in sequence order."""

    carried: Carried
    places: tuple[int, ...]


class Delays(NamedTuple):
    """Between the members of a group, as last measured while all of them came."""

    differential_us: int
    late_us: dict[str, int]  # by member


class PdhReading:
    """The files (one of an E2 or E3; several of E1s or of G.832) through new receivers, with groups."""

    def __init__(
        self,
        paths: Sequence[Path],
        rate: str,
        groups: Sequence[PdhGroup] = (),
        formats: Sequence[ClientFormat] = (),
        framings: Sequence[str] = (),
        look: bool = False,
    ) -> None:
        """`framings` of the E1s; `look`: every member has a group of its own, so that its octets are read."""
        self.rate = rate
        self._looks = look
        self.frames = 0
        self.events: list[tuple[int, str, str, str]] = []
        self._paths = paths
        self.lines = [PdhLine(rate, queue_octets=QUEUE_OCTETS) for _ in paths]
        self.bearers: list[E1Bearer] = [bearer for line in self.lines for bearer in line.bearers]
        framings = list(framings) or ["crc4"] * len(self.bearers)
        self.e1s = [FramedE1(bearer, framing) for bearer, framing in zip(self.bearers, framings, strict=True)]
        self.framed = [False] * len(self.e1s)  # frames were surely there
        self.said: list[dict[str, Any] | None] = [None] * len(self.e1s or self.lines)  # by concatenation octets, last
        self.formats = list(formats) or [ClientFormat()] * len(groups)
        self.clients = [
            Client(one.carried, group_sink(one.carried, form)) for one, form in zip(groups, self.formats, strict=True)
        ]
        self.delays = [Delays(0, {}) for _ in self.clients]
        members: list[tuple[int, Group, int]] = []
        runs: list[tuple[int, Group]] = []
        for one, client in zip(groups, self.clients, strict=True):
            if one.carried.virtual:
                members += [(place, client.group, number) for number, place in enumerate(one.places)]
            else:
                runs.append((one.places[0], client.group))
        if look:
            members = [(place, Group(), 0) for place in range(len(self.e1s or self.lines))]
        if self.e1s:
            self._fabric = Fabric(
                self.e1s,
                members=[(self.e1s[place], group, number) for place, group, number in members],
                runs=[(self.e1s[place], group, E1_TIMESLOTS) for place, group in runs],
            )
        else:
            placed = [*members, *((place, group, None) for place, group in runs)]
            self._fabric = Fabric(lines=[(self.lines[place], group, number) for place, group, number in placed])
        self._names = {id(e1): name for e1, name in zip(self.e1s, self.names, strict=False)}
        self._names |= {id(client.group): f"group.{n}" for n, client in enumerate(self.clients, 1)}

    @property
    def names(self) -> list[str]:
        """Of the members: E1s of a multiplex by their place, files by their names."""
        if len(self.bearers) > len(self.lines):
            return [f"e1.{number + 1}" for number in range(len(self.bearers))]
        return [path.name for path in self._paths]

    def run(self, deliver: Deliver = nowhere) -> None:
        self._fabric.apply()
        for whole in self._blocks():
            self._fabric.receive()
            self._fabric.transmit(BLOCK_FRAMES)  # to nowhere: its time goes by what it sends
            self._tell()
            if self._looks:
                self._look()
            if whole:
                self.delays = [self._delays_of(client) for client in self.clients]
            for client in self.clients:
                for frame in client.group.receive():
                    deliver(frame, self.frames * FRAME_NS)
            self.frames += BLOCK_FRAMES

    @staticmethod
    def _delays_of(client: Client) -> Delays:
        members = client.group.members() if client.carried.virtual else {}
        late = {name: members[n]["rx"]["delay_us"] for n, name in enumerate(client.carried.names) if members}
        return Delays(client.group.counters()["differential_delay_us"], late)

    def drain(self, take: Callable[[int, bytes], None]) -> None:
        """The bits of the E1s, instead of what is in them."""
        for _ in self._blocks():
            for number, bearer in enumerate(self.bearers):
                take(number, bearer.pop())

    def _blocks(self) -> Iterator[bool]:
        """The lines, as long as there are octets of one; whether there are of all."""
        octets_each = pdh_octets(self.rate)
        with _Files(self._paths) as files:
            while any(not file.ended() for file in files):
                whole = True
                for line, file in zip(self.lines, files, strict=True):
                    block = file.some(BLOCK_FRAMES * octets_each)
                    whole &= len(block) == BLOCK_FRAMES * octets_each
                    # what the file's end has of an E1 frame is none
                    line.parse(block[: len(block) - len(block) % 32] if self.rate == "e1" else block)
                yield whole

    def _look(self) -> None:
        """Whether there are frames in what came last; chance makes an alignment in noise now and then, but no more."""
        for number, e1 in enumerate(self.e1s):
            first = e1.rows(BLOCK_FRAMES)[::FRAME_OCTETS]
            self.framed[number] |= sum(octet & FAS_BITS == FAS for octet in first) >= FRAMES_SURE
        told = [e1.member() for e1 in self.e1s] or [line.level("g832")["member"] for line in self._octet_lines()]
        for number, one in enumerate(told):
            if one is not None and one["known"] and one["sq"] is not None:
                self.said[number] = one

    def _octet_lines(self) -> list[PdhLine]:
        return self.lines if self.rate == "g832" else []

    def _tell(self) -> None:
        for line, path in zip(self.lines, self._paths, strict=True):
            for frame, place, defect, raised in line.events():
                name = place or (path.name if len(self.lines) > 1 else self.rate)
                self.events.append((frame, name, defect, "raise" if raised else "clear"))
        for _, one, defect, raised in self._fabric.events():
            # of a group that only looks there is no news
            if name := self._names.get(id(one), ""):
                self.events.append((self.frames, name, defect, "raise" if raised else "clear"))


class _Files:
    """Files that are open together."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self._stack = ExitStack()

    def __enter__(self) -> list[Octets]:
        return [self._stack.enter_context(open_octets(path)) for path in self._paths]

    def __exit__(self, *_: object) -> None:
        self._stack.close()
