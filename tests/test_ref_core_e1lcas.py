"""LCAS of G.7043 between the core at one end and the second implementation at the other, over E1s both ways."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from tests.ref import e1frame, e1vcat, gfp, lcas, vcat
from tests.ref.e1frame import FRAME, MULTIFRAME, SMF
from tests.ref.lcas import Ctrl
from tests.ref.lcas_machine import End, Sink, Source
from tests.ref.stream import Vc
from tests.test_ref_core_e1vcat import Port

QUIET = 24  # steps of 32 ms: MST of all members, RS-Ack, the way there and back


class Sent(e1vcat.E1Path):
    """A member as the core sent it, from its first multiframe on."""

    def __init__(self) -> None:
        self.longest_run: list[Vc] = []

    def numbering(self) -> tuple[int, int] | None:
        return (0, 0) if self.longest_run else None


class Loop:
    """Both ends begin with multiframe 0. A step is a control packet: 16 multiframes, the first one 8."""

    def __init__(self, count: int, seed: int = 1) -> None:
        self.rng = Random(seed)
        self.count = count
        self.port = Port(count, lcas=True)
        for number in range(count):
            self.port.group.remove(number)
        self.end = End(vcat.E1, count, count)
        self.group = vcat.Group(vcat.E1, count, gfp.OctetSource(self._frames()), self.end.packets)
        self.paths = [Sent() for _ in range(count)]
        self.traffic = False
        self.cut: set[int] = set()  # of which the core gets ones
        self.failed: set[int] = set()  # of which nothing is read
        self.from_ref: list[bytes] = []
        self.from_core: list[bytes] = []
        self.at_core: list[bytes] = []
        self._checks = [0] * count
        self._number = 0

    def _frames(self) -> Iterator[bytes]:
        while True:
            if not self.traffic:
                yield gfp.IDLE
                continue
            self.from_ref.append(self.rng.randbytes(self.rng.randint(60, 300)))
            yield gfp.build(gfp.ethernet_payload(self.from_ref[-1]))

    def run(self, steps: int) -> None:
        for _ in range(steps):
            self.end.step(self._heard(), self.failed)
            last = 16 * (len(self.end.history) - 1) + 7
            for number in range(self._number, last + 1):
                self._multiframe(number)
            self._number = last + 1

    def _heard(self) -> dict[int, lcas.Received]:
        if self._number < 16 + 8:
            return {}
        words = {n: bytes(vc.octets[0] for vc in path.longest_run[-16:]) for n, path in enumerate(self.paths)}
        return {n: lcas.ho_received(octets) for n, octets in words.items()}

    def _multiframe(self, number: int) -> None:
        while self.traffic and self.port.group.waiting < 60:
            self.from_core.append(self.rng.randbytes(self.rng.randint(60, 300)))
            assert self.port.group.send(self.from_core[-1])
        come = []
        for member in range(self.count):
            octets = bytes([self.group.h4(member, number)]) + self.group.payload(member, number)
            frames = e1frame.build(e1vcat.slots_of(octets), before=self._checks[member])
            self._checks[member] = e1frame.smf_crc(frames[SMF:])
            come.append([b"\xff" * FRAME] * MULTIFRAME if member in self.cut else frames)
        sent = [bytearray() for _ in self.port.lines]
        for frame in range(MULTIFRAME):
            self.port.fabric.transmit()
            for line, own, run in zip(self.port.lines, come, sent, strict=True):
                run += line.build()[1:]
                line.parse(own[frame])
            self.port.fabric.receive()
            self.at_core += self.port.group.receive()
        for path, run in zip(self.paths, sent, strict=True):
            path.longest_run.append(Vc(bytes(run), number, True))

    # -- what holds

    def settled(self, core: set[int], ref: set[int]) -> None:
        """These carry: of those that the core sends, and of those that it gets."""
        members = self.port.group.members()
        assert {n for n in members if members[n]["tx"]["state"] == "NORM"} == core
        assert {n for n, sender in enumerate(self.end.senders) if sender.state is Source.NORM} == ref
        assert {n for n in members if members[n]["rx"]["state"] == "OK"} == ref
        assert {n for n, one in enumerate(self.end.listeners) if one.state is Sink.OK} == core
        for number, packet in enumerate(self.end.history[-1]):
            if number not in self.cut:
                assert (members[number]["rx"]["ctrl"], members[number]["rx"]["sq"]) == (
                    Ctrl(packet.ctrl).name,
                    packet.sq,
                )
        for number, listener in enumerate(self.end.listeners):
            if number not in self.failed:
                heard = listener.packet
                assert heard is not None
                name = Ctrl(heard.ctrl).name
                assert (members[number]["tx"]["ctrl"], members[number]["tx"]["sq"]) == (name, heard.sq)
        assert self.port.group.size == (len(core), len(ref))

    def at_ref(self) -> list[bytes]:
        return [frame.payload[:-4] for frame in vcat.frames_of(vcat.read(self.paths).octets)]

    def up(self, numbers: set[int]) -> None:
        self.run(10)
        for number in numbers:
            self.port.group.add(number)
        self.end.add(*numbers)
        self.run(QUIET)
        self.settled(numbers, numbers)
        self.traffic = True
        self.run(2)


@pytest.mark.parametrize("count", [1, 3, 16])
def test_a_group_comes_up(count: int) -> None:
    """Of members beyond the eighth too, whose status comes in every second packet; not a frame is lost."""
    loop = Loop(count)
    loop.up(set(range(count)))
    loop.run(2)
    assert len(loop.at_core) > 20 and loop.at_core == loop.from_ref[: len(loop.at_core)]
    got = loop.at_ref()
    assert len(got) > 20 and got == loop.from_core[: len(got)]


def test_additions_and_removals_are_hitless() -> None:
    """Other members each way, removed in the middle and at the end, and added again."""
    loop = Loop(5)
    loop.up({0, 1, 2})
    loop.port.group.remove(1)
    loop.end.remove(2)
    loop.run(QUIET)
    loop.settled({0, 2}, {0, 1})
    loop.port.group.add(3)
    loop.port.group.add(1)
    loop.end.add(4)
    loop.run(QUIET)
    loop.settled({0, 1, 2, 3}, {0, 1, 4})
    got = loop.at_ref()
    assert loop.at_core == loop.from_ref[: len(loop.at_core)] and got == loop.from_core[: len(got)]
    assert len(loop.at_core) > 500 and len(got) > 500


def test_a_member_fails_and_comes_back() -> None:
    """AIS on the one with EOS towards the core; DNU comes back, and the rest goes on."""
    loop = Loop(3)
    loop.up({0, 1, 2})
    loop.cut = {2}
    loop.run(QUIET)
    loop.settled({0, 1, 2}, {0, 1})
    assert loop.end.history[-1][2].ctrl is Ctrl.DNU and loop.end.history[-1][1].ctrl is Ctrl.EOS
    loop.failed = {0}
    loop.run(QUIET)
    assert loop.port.group.members()[0]["tx"]["ctrl"] == "DNU"
    loop.settled({1, 2}, {0, 1})
    loop.cut, loop.failed = set(), set()
    loop.run(QUIET)
    loop.settled({0, 1, 2}, {0, 1, 2})
    for sent, got in ((loop.from_ref, loop.at_core), (loop.from_core, loop.at_ref())):
        at = sent.index(got[-1])
        assert got[-50:] == sent[at - 49 : at + 1]
