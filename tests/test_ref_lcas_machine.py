"""The LCAS machine of the second implementation: every arrow, two ends over a link, what holds after quiet."""

from __future__ import annotations

from collections.abc import Collection
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.ref import lcas, lcas_machine
from tests.ref.lcas import Ctrl, Packet, Received
from tests.ref.lcas_machine import SINK, SOURCE, End, Sink, Source

no_shrinking = [Phase.explicit, Phase.reuse, Phase.generate]
QUIET = 500  # steps after which everything has settled: MST of all members, the timeout, the delay


class Way:
    """One direction: packets of all members, some steps late, some of them cut or spoiled."""

    def __init__(self, sender: End, listener: End, late: int) -> None:
        self.sender, self.listener = sender, listener
        self.cut: set[int] = set()
        self.spoiled: set[int] = set()
        self._on_the_way: list[list[Packet] | None] = [None] * late

    def put(self, packets: list[Packet]) -> None:
        self._on_the_way.append(packets)

    def step(self) -> list[Packet]:
        """The far end takes what arrives; gives its own packets."""
        packets = self._on_the_way.pop(0) if self._on_the_way else None
        come = {index: Received(packet, index not in self.spoiled, False) for index, packet in enumerate(packets or [])}
        return self.listener.step(come, self.cut)


class Pair:
    """Two ends, a the one with the commands."""

    def __init__(self, kind: str, to_b: int, to_a: int, late: int = 1, **options: int) -> None:
        self.a, self.b = End(kind, to_b, to_a, **options), End(kind, to_a, to_b, gid_seed=77, **options)
        self.there, self.back = Way(self.a, self.b, late), Way(self.b, self.a, late)
        self.there.put(self.a.step())
        self.back.put(self.b.step())

    def run(self, steps: int) -> None:
        for _ in range(steps):
            answer, following = self.there.step(), self.back.step()
            self.back.put(answer)
            self.there.put(following)

    def settled(self) -> None:
        """What must hold when nothing has changed for long."""
        for way in (self.there, self.back):
            source, sink = way.sender, way.listener
            sent = source.history[-1]
            assert source.waiting is None
            good = [i for i, one in enumerate(source.senders) if one.wanted and i not in way.cut]
            assert [i for i, one in enumerate(source.senders) if one.state is Source.NORM] == good
            for index, (member, listener) in enumerate(zip(source.senders, sink.listeners, strict=True)):
                if not member.wanted:
                    assert (sent[index].ctrl, sent[index].sq) == (Ctrl.IDLE, 63 if source.kind == "vc12" else 255)
                    assert index in way.cut or listener.state is Sink.IDLE
                elif index in way.cut:
                    assert member.state in (Source.DNU, Source.ADD) and listener.state is not Sink.OK
                else:
                    assert listener.state is Sink.OK and listener.packet
                    assert listener.packet[1:3] == sent[index][1:3]
            active = source.in_state(Source.NORM, Source.DNU)
            assert [one.sq for one in active] == list(range(len(active)))
            ctrls = [sent[source.senders.index(one)].ctrl for one in source.in_state(Source.NORM)]
            assert ctrls == [Ctrl.NORM] * (len(ctrls) - 1) + [Ctrl.EOS] * bool(ctrls)
            in_order = [source.senders.index(one) for one in source.in_state(Source.NORM)]
            assert [index for index in sink.carrying if index not in way.cut] == in_order


def sent(end: End) -> list[tuple[str, int]]:
    """Control field and SQ of each member's last packet."""
    return [(packet.ctrl.name, packet.sq) for packet in end.history[-1]]


# -- one step after the other


def status(*good: int, mfi: int = 1, rs_ack: int = 0) -> dict[int, Received]:
    """A packet of the far end: MST OK for these SQs below 8."""
    mst = 0xFF & ~sum(0x80 >> sq for sq in good)
    return {0: Received(Packet(mfi, 0, Ctrl.EOS, 0, rs_ack, mst), True, False)}


def test_add_one_after_another() -> None:
    """STANDARDS 8: ADD; OK -> the new one sends EOS, the old one NORM, in the same packets; then RS-Ack."""
    end = End("vc4", 3, 1)
    end.step()
    assert sent(end) == [("IDLE", 255)] * 3
    end.add(1)
    end.step(status())
    assert sent(end) == [("IDLE", 255), ("ADD", 0), ("IDLE", 255)]
    end.step(status(0))
    assert sent(end) == [("IDLE", 255), ("EOS", 0), ("IDLE", 255)]
    end.add(0)
    end.step(status(0, 1))  # not acknowledged: what it says of SQ 1 is not looked at
    assert sent(end) == [("ADD", 1), ("EOS", 0), ("IDLE", 255)]
    end.step(status(0, 1))
    assert sent(end)[0] == ("ADD", 1)
    end.step(status(0, rs_ack=1))
    assert sent(end)[0] == ("ADD", 1)
    end.step(status(0, 1, rs_ack=1))
    assert sent(end) == [("EOS", 1), ("NORM", 0), ("IDLE", 255)]


def three() -> End:
    """Three members in NORM, acknowledged by RS-Ack 1."""
    end = End("vc4", 3, 1)
    end.add(0, 1, 2)
    end.step(status())
    end.step(status(0, 1, 2))
    end.step(status(0, 1, 2, rs_ack=1))
    assert sent(end) == [("NORM", 0), ("NORM", 1), ("EOS", 2)] and end.waiting is None
    return end


def test_the_first_that_is_ok_gets_the_lowest_number() -> None:
    end = End("vc4", 3, 1)
    end.add(0, 1, 2)
    end.step(status())
    assert sent(end) == [("ADD", 0), ("ADD", 1), ("ADD", 2)]
    end.step(status(1))
    assert sent(end) == [("ADD", 1), ("EOS", 0), ("ADD", 2)]


def test_fail_and_recover() -> None:
    """DNU keeps its SQ; EOS goes to the one before and comes back; none is acknowledged."""
    end = three()
    end.step(status(0, 1, rs_ack=1))
    assert sent(end) == [("NORM", 0), ("EOS", 1), ("DNU", 2)]
    end.step(status(1, rs_ack=1))
    assert sent(end) == [("DNU", 0), ("EOS", 1), ("DNU", 2)]
    end.step(status(rs_ack=1))
    assert sent(end) == [("DNU", 0), ("DNU", 1), ("DNU", 2)]
    end.step(status(0, 1, 2, rs_ack=1))
    assert sent(end) == [("NORM", 0), ("NORM", 1), ("EOS", 2)] and end.waiting is None


def test_remove_from_the_middle_and_the_end() -> None:
    end = three()
    end.remove(1)
    end.step(status(0, 1, 2, rs_ack=1))
    assert sent(end) == [("NORM", 0), ("IDLE", 255), ("EOS", 1)]
    assert end.senders[1].state is Source.REMOVE
    end.remove(2)
    end.step(status(0, rs_ack=1))  # SQ 1 is that of two members, before and now
    assert sent(end) == [("NORM", 0), ("IDLE", 255), ("EOS", 1)]
    end.step(status(0, 1, rs_ack=0))
    assert sent(end) == [("EOS", 0), ("IDLE", 255), ("IDLE", 255)]
    assert end.senders[1].state is Source.IDLE


def test_the_timeout() -> None:
    end = three()
    end.remove(0)
    end.step(status(0, 1, 2, rs_ack=1))
    for _ in range(end.ack_timeout - 1):
        end.step(status(rs_ack=1))
        assert sent(end) == [("IDLE", 255), ("NORM", 0), ("EOS", 1)]
    end.step(status(1, rs_ack=1))
    assert sent(end) == [("IDLE", 255), ("DNU", 0), ("EOS", 1)]


def test_member_status_of_other_blocks() -> None:
    """Of SQ 8 to 15 speaks the next packet: MFI2 2, or frame count 1."""
    end = End("vc4", 9, 1)
    end.add(*range(9))
    end.step()
    end.step(status(0, mfi=2))
    assert [name for name, _ in sent(end)] == ["ADD"] * 8 + ["EOS"]
    low = End("vc12", 9, 1)
    low.add(*range(9))
    low.step()
    low.step(status(0, mfi=17))
    assert [name for name, _ in sent(low)] == ["ADD"] * 8 + ["EOS"]


def one(ctrl: Ctrl, sq: int = 0, good: bool = True) -> dict[int, Received]:
    return {0: Received(Packet(1, sq, ctrl), good, False)}


def states(end: End, received: list[dict[int, Received]], failed: Collection[int] = ()) -> list[str]:
    seen = []
    for packets in received:
        end.step(packets, failed)
        seen.append(end.listeners[0].state.value)
    return seen


def test_sink_states() -> None:
    end = End("vc4", 1, 1, wrong_crcs=2)
    assert states(end, [{}, one(Ctrl.IDLE), one(Ctrl.ADD), one(Ctrl.NORM), one(Ctrl.DNU)]) == [
        "IDLE",
        "IDLE",
        *["OK"] * 3,
    ]
    assert states(end, [one(Ctrl.NORM)], [0]) == ["FAIL"]
    assert states(end, [one(Ctrl.DNU), one(Ctrl.IDLE)]) == ["OK", "IDLE"]
    assert states(end, [one(Ctrl.NORM), one(Ctrl.NORM, good=False), one(Ctrl.NORM, good=False)]) == ["OK", "OK", "FAIL"]
    end.listeners[0].provisioned = False
    assert states(end, [one(Ctrl.NORM)]) == ["IDLE"]


def test_hold_off_and_wait_to_restore() -> None:
    end = End("vc4", 1, 1, hold_off=2, wtr=3)
    assert states(end, [one(Ctrl.ADD)]) == ["OK"]
    assert states(end, [{}] * 3, [0]) == ["OK", "OK", "FAIL"]
    assert states(end, [one(Ctrl.DNU)] * 4) == ["FAIL", "FAIL", "FAIL", "OK"]
    assert states(end, [{}] * 2, [0]) == ["OK", "OK"]
    assert states(end, [one(Ctrl.NORM)]) == ["OK"]


def test_rs_ack_is_toggled_by_numbers_and_count() -> None:
    end = End("vc4", 1, 2)
    acks = []
    for first, second in [
        *[((Ctrl.ADD, 0), (Ctrl.IDLE, 255)), ((Ctrl.EOS, 0), (Ctrl.ADD, 1)), ((Ctrl.NORM, 0), (Ctrl.EOS, 1))],
        *[((Ctrl.EOS, 0), (Ctrl.DNU, 1)), ((Ctrl.NORM, 0), (Ctrl.EOS, 1)), ((Ctrl.IDLE, 255), (Ctrl.EOS, 0))],
    ]:
        packets = [Packet(1, sq, ctrl) for ctrl, sq in (first, second)]
        end.step({i: Received(packet, True, False) for i, packet in enumerate(packets)})
        acks.append(end.history[-1][0].rs_ack)
    assert acks == [0, 1, 0, 0, 0, 1]


def test_mst_and_gid_in_the_packets() -> None:
    end = End("vc12", 2, 3)
    end.add(0)
    for number in range(40):
        packets = end.step({1: Received(Packet(1, 9, Ctrl.NORM), True, False)})
        assert [packet.mst for packet in packets] == [0xBF if number % 8 == 1 else 0xFF] * 2
        assert packets[0].mfi == number % 32 and packets[1] == Packet(number % 32, 63, Ctrl.IDLE, 0, 1, packets[0].mst)
    assert lcas.is_gid([packets[0].gid for packets in end.history])
    high = End("vc4", 1, 1)
    for number in range(70):
        (packet,) = high.step({0: Received(Packet(1, 9, Ctrl.NORM), True, False)})
        assert packet.mst == (0xBF if number % 32 == 2 else 0xFF)  # frames 8 and 9 stand in multiframe `number` - 1


def test_a_far_end_without_lcas() -> None:
    """Its zeros say OK, RS-Ack never comes; its members carry by their SQ."""
    end = End("vc4", 2, 2, ack_timeout=10)
    end.add(0, 1)
    far = {i: Received(Packet(1, 1 - i, Ctrl.FIXED, mst=0), False, True) for i in (0, 1)}
    for _ in range(12):
        end.step(far)
    assert sent(end) == [("NORM", 0), ("EOS", 1)] and end.carrying == [1, 0]
    assert [listener.state for listener in end.listeners] == [Sink.OK] * 2


# -- two ends


@pytest.mark.parametrize(("kind", "count"), [("vc12", 1), ("vc12", 63), ("vc3", 5), ("vc4", 16)])
def test_two_ends_come_up(kind: str, count: int) -> None:
    pair = Pair(kind, count, 3, late=2)
    pair.a.add(*range(count))
    pair.b.add(0, 2)
    pair.run(QUIET)
    pair.settled()


def commands(pair: Pair, rng: Random, cuts: bool) -> None:
    """One thing happens."""
    way = rng.choice([pair.there, pair.back])
    member = rng.randrange(len(way.sender.senders))
    what = rng.choice(["add", "add", "remove", "cut", "mend", "noise"] if cuts else ["add", "add", "remove"])
    if what == "add":
        way.sender.add(member)
    elif what == "remove":
        way.sender.remove(member)
    elif what == "cut":
        way.cut.add(member)
    elif what == "mend":
        way.cut.discard(member)
        way.spoiled.clear()
    else:
        way.spoiled.add(member)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=60, phases=no_shrinking, deadline=None)
def test_after_quiet_both_ends_agree(seed: int) -> None:
    rng = Random(seed)
    kind = rng.choice(["vc12", "vc3"])
    options = {"hold_off": rng.choice([0, 3]), "wtr": rng.choice([0, 20])}
    pair = Pair(kind, rng.randint(1, 6), rng.randint(1, 6), late=rng.randint(0, 8), **options)
    for _ in range(rng.randint(1, 25)):
        commands(pair, rng, cuts=True)
        pair.run(rng.choice([0, 1, rng.randint(2, 9), rng.randint(10, 100)]))
    for way in (pair.there, pair.back):
        way.spoiled.clear()
        if len(way.cut) == len(way.sender.senders):
            way.cut.clear()  # without one member that is read nothing is said
    pair.run(QUIET)
    pair.settled()


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=60, phases=no_shrinking, deadline=None)
def test_nothing_is_put_into_members_that_are_not_ok(seed: int) -> None:
    """Additions and removals alone are hitless: what a packet lets carry is OK at the sink when it comes."""
    rng = Random(seed)
    pair = Pair(rng.choice(["vc12", "vc3"]), rng.randint(1, 6), rng.randint(1, 6), late=rng.randint(0, 8))
    for _ in range(20):
        commands(pair, rng, cuts=False)
        for _ in range(rng.choice([0, 1, rng.randint(2, 9), rng.randint(10, 100)])):
            pair.run(1)
            for way in (pair.there, pair.back):
                assert all(way.listener.listeners[i].state is Sink.OK for i in way.listener.carrying)
    pair.run(QUIET)
    pair.settled()


@pytest.mark.parametrize("wait", range(1, 12))
def test_a_status_that_was_another_members(wait: int) -> None:
    """A member leaves while its OK is on the way; the next, which cannot be read, gets the same SQ."""
    pair = Pair("vc12", 3, 1, late=3)
    pair.a.add(0)
    pair.b.add(0)
    pair.run(QUIET)
    pair.a.add(1)
    pair.run(wait)
    still = pair.a.senders[1].state is Source.ADD
    pair.a.remove(1)
    pair.run(1)
    pair.there.cut.add(2)
    pair.a.add(2)
    for _ in range(QUIET):
        pair.run(1)
        assert not still or pair.a.senders[2].state is Source.ADD


def test_every_arrow_is_taken() -> None:
    taken = set()
    for seed in range(12):
        rng = Random(seed)
        pair = Pair("vc3", 3, 3, late=1)
        for _ in range(120):
            commands(pair, rng, cuts=True)
            rng.choice(pair.a.listeners).provisioned = rng.random() < 0.8
            pair.run(rng.randint(0, 12))
        taken |= pair.a.used | pair.b.used
    assert taken == set(SOURCE) | set(SINK)
    for (before, event), _ in [*SOURCE.items(), *SINK.items()]:
        assert isinstance(before, (Source, Sink)) and isinstance(event, lcas_machine.Event)
