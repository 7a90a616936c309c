"""LCAS between the core at one end and the second implementation at the other, over whole lines both ways."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.ref import gfp, vcat, vcatmix
from tests.ref.lcas import Ctrl
from tests.ref.lcas_end import LineEnd
from tests.ref.lcas_machine import Sink, Source
from tests.ref.vcatmix import Layout
from tests.test_ref_core_vcat import Port

seeds = st.integers(0, 2**32 - 1)
no_shrinking = [Phase.explicit, Phase.reuse, Phase.generate]
QUIET = {"vc12": 40, "vc3": 75, "vc4": 75}  # steps: MST of all members, RS-Ack, the way there and back


class Loop:
    """The core and the second implementation, each with all of its members provisioned at the sink."""

    def __init__(self, kind: str, count: int, rng: Random, *, n: int = 1, delay: int = 0, **options: Any) -> None:
        what = vcatmix.layout(rng, kind, count, n=n, longest_delay=delay, alike=True)
        self.what: Layout = what
        self.rng = rng
        self.port = Port(what, lcas=True, **options)
        self.ref = LineEnd(what, self._frames(), of_packet_end=options.get("mst_of_next", False))
        self.wanted: set[int] = set(range(count))  # of the core's source
        for number in range(count):
            self.port.group.remove(number)
        self.wanted.clear()
        self.traffic = False
        self.from_ref: list[bytes] = []  # Ethernet frames sent
        self.from_core: list[bytes] = []
        self.at_core: list[bytes] = []  # and received

    def _frame(self) -> bytes:
        return self.rng.randbytes(self.rng.randint(60, 300))

    def _frames(self) -> Iterator[bytes]:
        while True:
            if not self.traffic:
                yield gfp.IDLE
                continue
            self.from_ref.append(self._frame())
            yield gfp.build(gfp.ethernet_payload(self.from_ref[-1]))

    # -- management

    def add(self, at_core: bool, number: int) -> None:
        if at_core:
            self.port.group.add(number)
            self.wanted.add(number)
        else:
            self.ref.end.add(number)

    def remove(self, at_core: bool, number: int) -> None:
        if at_core:
            self.port.group.remove(number)
            self.wanted.discard(number)
        else:
            self.ref.end.remove(number)

    def wanted_at_ref(self) -> set[int]:
        return {number for number, sender in enumerate(self.ref.end.senders) if sender.wanted}

    # -- time

    def run(self, steps: int) -> None:
        for _ in range(steps):
            frames = self.ref.frames
            while self.traffic and self.port.group.waiting < 40:
                self.from_core.append(self._frame())
                assert self.port.group.send(self.from_core[-1])
            from_ref, from_core = self.ref.build(), self.port.build(frames)
            self.at_core += self.port.parse(from_ref)
            self.ref.parse(from_core)

    def quiet(self) -> None:
        self.run(QUIET[self.what.kind])

    # -- what holds

    def settled(self, failed_at_core: frozenset[int] = frozenset()) -> None:
        """Both ends say the same of both directions."""
        members, end = self.port.group.members(), self.ref.end
        numbers = range(len(self.what.places))
        # core -> reference
        tx = {number: members[number]["tx"] for number in numbers}
        good = [number for number in numbers if number in self.wanted and number not in self.ref.failed]
        assert [number for number in numbers if tx[number]["state"] == "NORM"] == good, tx
        for number in numbers:
            listener = end.listeners[number]
            if number not in self.ref.failed:
                assert listener.packet is not None
                assert (Ctrl(listener.packet.ctrl).name, listener.packet.sq) == (tx[number]["ctrl"], tx[number]["sq"])
                assert listener.state is (Sink.OK if number in good else Sink.IDLE)
        active = sorted((tx[number]["sq"], number) for number in numbers if tx[number]["state"] in ("NORM", "DNU"))
        assert [sq for sq, _ in active] == list(range(len(active)))
        carrying = [number for _, number in active if number in good]
        assert [tx[number]["ctrl"] for number in carrying] == ["NORM"] * (len(carrying) - 1) + ["EOS"] * bool(carrying)
        assert [number for number in end.carrying if number not in self.ref.failed] == carrying
        # reference -> core
        rx = {number: members[number]["rx"] for number in numbers}
        good = [number for number in numbers if number in self.wanted_at_ref() and number not in failed_at_core]
        assert [number for number in numbers if end.senders[number].state is Source.NORM] == good
        for number, packet in enumerate(end.history[-1]):
            if number not in failed_at_core:
                assert (rx[number]["ctrl"], rx[number]["sq"]) == (packet.ctrl.name, packet.sq)
                assert (rx[number]["state"] == "OK") == (number in good), rx
            else:
                assert rx[number]["state"] != "OK"
        assert self.port.group.size == (len(carrying), len(good))

    def delivered(self, last: int | None = None) -> None:
        """All frames have come, or of those sent the `last` ones before what is under way."""
        reading = self.ref.read()
        at_ref = [frame.payload[:-4] for frame in vcat.frames_of(reading.octets)]
        for sent, got in ((self.from_ref, self.at_core), (self.from_core, at_ref)):
            if last is None:
                assert got and got == sent[: len(got)]
            else:
                at = sent.index(got[-1])
                assert got[-last:] == sent[at - last + 1 : at + 1]

    def up(self, *numbers: int) -> None:
        """Members in both directions, and traffic."""
        self.run(12)
        for number in numbers:
            self.add(True, number)
            self.add(False, number)
        self.quiet()
        self.settled()
        self.traffic = True
        self.run(3)


@pytest.mark.parametrize(
    ("kind", "count", "n", "delay"),
    [("vc12", 1, 1, 0), ("vc12", 12, 1, 10), ("vc3", 3, 1, 0), ("vc3", 2, 1, 40), ("vc3", 5, 4, 9), ("vc4", 4, 4, 20)],
)
def test_a_group_comes_up(kind: str, count: int, n: int, delay: int) -> None:
    loop = Loop(kind, count, Random(count), n=n, delay=delay)
    loop.up(*range(count))
    loop.run(4 if kind == "vc12" else 12)
    loop.delivered()


def test_the_other_reading_of_the_mst() -> None:
    """STANDARDS 0: which eight members an MST octet is of goes by the MFI2 that ends the packet."""
    loop = Loop("vc3", 3, Random(2), mst_of_next=True)
    loop.up(0, 1, 2)
    loop.remove(True, 1)
    loop.remove(False, 0)
    loop.quiet()
    loop.settled()
    loop.delivered()


@pytest.mark.parametrize(
    ("kind", "count", "hits"), [pytest.param("vc12", 4, 5, marks=pytest.mark.slow), ("vc3", 3, 10)]
)
@given(seed=seeds)
@settings(max_examples=2, phases=no_shrinking, deadline=None)
def test_additions_and_removals_are_hitless(kind: str, count: int, hits: int, seed: int) -> None:
    """Sizes of the two directions differ; not a frame is lost while one member stays."""
    rng = Random(seed)
    loop = Loop(kind, count, rng, delay=rng.choice([0, 12]))
    loop.up(0)
    for _ in range(hits):
        at_core = rng.random() < 0.5
        wanted = loop.wanted if at_core else loop.wanted_at_ref()
        number = rng.randrange(count)
        if number not in wanted:
            loop.add(at_core, number)
        elif len(wanted) > 1:
            loop.remove(at_core, number)
        loop.run(rng.choice([1, 2, rng.randint(3, 20), rng.randint(10, 60)]) // (3 if kind == "vc12" else 1))
    loop.quiet()
    loop.settled()
    loop.delivered()


@pytest.mark.parametrize(
    ("kind", "count", "n"), [("vc12", 3, 1), ("vc3", 3, 1), pytest.param("vc4", 3, 4, marks=pytest.mark.slow)]
)
def test_members_fail_and_come_back(kind: str, count: int, n: int) -> None:
    loop = Loop(kind, count, Random(7), n=n)
    loop.up(*range(count))
    cut = frozenset({count - 1})  # the one with EOS
    loop.what.ais = {loop.what.places[number] for number in cut}
    loop.quiet()
    loop.settled(cut)
    assert loop.ref.end.history[-1][count - 1].ctrl is Ctrl.DNU
    loop.ref.lose({0})
    loop.quiet()
    loop.settled(cut)
    assert loop.port.group.members()[0]["tx"]["ctrl"] == "DNU"
    loop.delivered(last=20)
    loop.remove(False, 0)  # renumbers the one that is cut
    loop.remove(True, 1)
    loop.quiet()
    loop.settled(cut)
    loop.what.ais = set()
    loop.ref.lose(set())
    loop.quiet()
    loop.settled()
    loop.delivered(last=20)


@pytest.mark.slow
@given(seed=seeds)
@settings(max_examples=3, phases=no_shrinking, deadline=None)
def test_after_quiet_both_ends_agree(seed: int) -> None:
    """Members are added, removed, cut and mended at both ends at any time."""
    rng = Random(seed)
    loop = Loop("vc3", 3, rng, delay=rng.choice([0, 7]))
    loop.up(*rng.sample(range(3), rng.randint(1, 3)))
    cut: set[int] = set()
    for _ in range(10):
        number, at_core = rng.randrange(3), rng.random() < 0.5
        what = rng.choice(["add", "remove", "cut", "cut", "mend"])
        if what == "add":
            loop.add(at_core, number)
        elif what == "remove":
            loop.remove(at_core, number)
        elif at_core:
            cut = cut | {number} if what == "cut" else cut - {number}
            loop.what.ais = {loop.what.places[n] for n in cut}
        else:
            loop.ref.lose(loop.ref.failed | {number} if what == "cut" else loop.ref.failed - {number})
        loop.run(rng.choice([0, 1, rng.randint(2, 9), rng.randint(10, 60)]))
    if len(cut) == 3:
        cut = set()  # without one member that is read nothing is said
        loop.what.ais = set()
    if len(loop.ref.failed) == 3:
        loop.ref.lose(set())
    for _ in range(3):
        loop.quiet()
    loop.settled(frozenset(cut))


def test_a_packet_with_a_wrong_crc_changes_nothing() -> None:
    """Every third packet of a member: what it sent before stands, not a frame is lost."""
    loop = Loop("vc3", 3, Random(5))
    loop.up(0, 1, 2)
    group = loop.ref.group
    right = group.h4

    def spoiled(member: int, number: int) -> int:
        packet, place = vcat.packet_of("vc3", number)
        return right(member, number) ^ (0x10 if member == 1 and packet % 3 == 0 and place == 10 else 0)

    group.h4 = spoiled  # type: ignore[method-assign]
    loop.run(24)
    loop.delivered()
    members = loop.port.group.members()
    assert [members[number]["rx"]["state"] for number in range(3)] == ["OK"] * 3
    assert [members[number]["rx"]["crc_errors"] > 5 for number in range(3)] == [False, True, False]
    group.h4 = right  # type: ignore[method-assign]
    loop.quiet()
    loop.settled()


@pytest.mark.parametrize(("kind", "count"), [("vc12", 3), ("vc3", 3)])
def test_the_core_has_lcas_and_the_reference_not(kind: str, count: int) -> None:
    """Its FIXED members carry by their SQ; its zeros say OK, and RS-Ack, which never comes, is not awaited for ever."""
    rng = Random(count)
    what = vcatmix.layout(rng, kind, count, longest_delay=9, alike=True)
    port, sent_to_core, sent_to_ref = Port(what, lcas=True), [], []
    for number in range(count):
        port.group.add(number)
    step = vcat.packet_length(kind) * vcatmix.FRAMES[kind]
    steps = 2 * QUIET[kind]
    sent_to_core = [rng.randbytes(rng.randint(60, 300)) for _ in range(60)]
    built = [gfp.build(gfp.ethernet_payload(frame)) for frame in sent_to_core]
    lead = vcatmix.lead_idles(kind, count, steps * vcat.packet_length(kind))
    group = vcat.Group(kind, count, gfp.OctetSource(built, lead))
    (builder,), (parser,), at_core = what.builders(group), what.parsers(), []
    for number in range(steps + 6):
        if number == steps:
            sent_to_ref = [rng.randbytes(rng.randint(60, 300)) for _ in range(60)]
            assert all(port.group.send(frame) for frame in sent_to_ref)
        from_ref, (from_core,) = builder.line(step), port.build(step)
        at_core += port.parse([from_ref])
        if number >= steps - 4:  # nobody needs what comes before
            parser.feed_all(from_core[i : i + 2430] for i in range(0, len(from_core), 2430))
    assert at_core == sent_to_core
    members = port.group.members()
    assert [members[number]["tx"]["state"] for number in range(count)] == ["NORM"] * count
    assert sorted(members[number]["tx"]["sq"] for number in range(count)) == list(range(count))
    octets = vcat.join(vcat.by_sq(dict(enumerate(what.paths([parser]))))).octets
    assert [frame.payload[:-4] for frame in vcat.frames_of(octets)] == sent_to_ref


@pytest.mark.parametrize(("kind", "count"), [("vc12", 3), ("vc3", 3)])
def test_the_reference_has_lcas_and_the_core_not(kind: str, count: int) -> None:
    """What the core sends says FIXED and OK; it reads the members once they all carry, by their SQ."""
    rng = Random(count)
    what = vcatmix.layout(rng, kind, count, longest_delay=9, alike=True)
    sent: list[bytes] = []
    traffic = False

    def frames() -> Iterator[bytes]:
        while True:
            if traffic:
                sent.append(rng.randbytes(rng.randint(60, 300)))
            yield gfp.build(gfp.ethernet_payload(sent[-1])) if traffic else gfp.IDLE

    port, ref, at_core = Port(what), LineEnd(what, frames()), []
    ref.end.add(*range(count))
    to_ref = [rng.randbytes(rng.randint(60, 300)) for _ in range(60)]
    for number in range(QUIET[kind] + 6):
        traffic = number >= QUIET[kind]
        if number == QUIET[kind]:
            assert all(port.group.send(frame) for frame in to_ref)
        from_ref, from_core = ref.build(), port.build(ref.frames)
        at_core += port.parse(from_ref)
        ref.parse(from_core)
    assert [sender.state for sender in ref.end.senders] == [Source.NORM] * count
    assert at_core and at_core == sent[: len(at_core)]
    assert [frame.payload[:-4] for frame in vcat.frames_of(ref.read().octets)] == to_ref
    assert {got.fixed for of_member in ref.read().packets for got in of_member.values()} == {True}
