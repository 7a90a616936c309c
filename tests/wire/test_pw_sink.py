"""The sink of a SAToP pseudowire in virtual time: clocks that differ, and a network that loses, delays, doubles and
overtakes."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from msapemu._framing import Satop
from tests.wire.packets import L, Network, Path, R, packet, straight, word

ONES = b"\xff"


def jittery(most_ms: float, seed: int = 5) -> Network:
    chance = Random(seed)
    return lambda ms, one: [(ms + chance.random() * most_ms, one)]


def without(lost: Callable[[int], bool]) -> Network:
    """Some do not arrive, by sequence number."""
    return lambda ms, one: [] if lost(int.from_bytes(one[2:4], "big")) else [(ms, one)]


def steady(**settings: int) -> Path:
    """A path on which all is well for 100 ms."""
    path = Path(Satop(sequence=0), Satop(**settings))
    path.run(100)
    assert path.exact() and path.sink.defects == ()
    return path


# --- clocks


@pytest.mark.parametrize("ppm", [-50, 50])
@pytest.mark.parametrize("payload", [256, 100])
def test_the_far_clock_comes_through(ppm: int, payload: int) -> None:
    """Three minutes of it, with jitter of 3.9 ms in a buffer of 4 ms; no bit is lost or put in."""
    path = Path(Satop(payload, sequence=65000), Satop(payload, jitter_us=4000))
    path.run(180_000, ppm, jittery(3.9))
    count = path.sink.counters()
    assert path.exact()
    assert [count[name] for name in ("lost", "late", "underruns", "overruns", "restarts")] == [0, 0, 0, 0, 1]
    assert count["reordered"] > 1000
    assert abs(path.sink.rate_ppm - ppm) < 5


def test_without_the_loop_the_own_clock_is_the_senders() -> None:
    path = Path(Satop(), Satop(loop_ms=0))
    path.run(1000)
    path.run(5000, 1000)
    assert path.exact() and path.sink.rate_ppm == 0
    assert path.sink.counters()["delay_us"] >= 9000  # 1 ms a second
    path.run(12_000, -1000)
    assert path.sink.counters()["underruns"] > 0


def test_a_late_loop_is_no_fast_sender() -> None:
    """The own shelf stops for 100 ms: the packets of that time wait, and nothing else happens."""
    path = steady()
    stalled = path.chance.randbytes(32 * 800)
    for at in range(0, len(stalled), 256):
        path.source.bearer.push(stalled[at : at + 256])
        for one in path.source.packets(8):
            path.sink.take(one)
    path.sent += stalled
    for late in range(800 - 64, -1, -64):
        path.sink.play(min(64, 800), late)
        path.got += path.sink.bearer.pop()
    path.sink.play(800 % 64, 0)
    path.got += path.sink.bearer.pop()
    path.run(1000)
    assert path.exact()
    assert path.sink.counters()["overruns"] == 0


# --- a bad network


def test_lost_packets_are_ones() -> None:
    path = steady()
    path.run(100, network=without(lambda sequence: sequence % 10 == 3))
    count = path.sink.counters()
    assert count["lost"] == 10
    lead = 4 * 256
    wanted = bytearray(path.sent[: len(path.got) - lead])
    for number in range(100, len(wanted) // 256):
        if number % 10 == 3:
            wanted[256 * number : 256 * number + 256] = ONES * 256
    assert path.got[lead:] == wanted


def test_order_and_duplicates_do_not_matter() -> None:
    path = steady()
    chance = Random(3)

    def network(ms: int, one: bytes) -> list[tuple[float, bytes]]:
        return [(ms + chance.choice((0, 1, 2, 3)), one) for _ in range(chance.choice((1, 2, 3)))]

    path.run(2000, network=network)
    count = path.sink.counters()
    assert path.exact()
    assert count["duplicates"] + count["late"] > 1000
    assert count["restarts"] == 1 and count["lost"] == 0


def test_what_comes_too_late_is_lost() -> None:
    path = steady()
    path.run(100, network=lambda ms, one: [(ms + 20 * (one[3] % 16 == 5), one)])
    path.run(30)
    count = path.sink.counters()
    assert count["lost"] == count["late"] > 4
    assert count["restarts"] == 1


def test_another_way_with_another_delay() -> None:
    """All packets come 30 ms later from now on: the buffer begins anew. Then 30 ms sooner: too much is left out."""
    path = steady()
    path.run(300, network=lambda ms, one: [(ms + 30, one)])
    assert path.sink.counters()["restarts"] == 2
    path.run(100, network=lambda ms, one: [(ms + 30, one)])
    before = path.sink.counters()
    path.run(200)
    count = path.sink.counters()
    assert count["overruns"] == before["overruns"] + 1
    assert count["overrun_packets"] >= 20
    assert count["delay_us"] <= 10_000
    path.run(100)
    assert path.sink.counters()["lost"] == count["lost"]


def test_the_sender_begins_anew() -> None:
    path = steady()
    path.source = Satop(sequence=40_000)
    path.run(100)
    count = path.sink.counters()
    assert count["early"] + count["late"] == 21 and count["restarts"] == 2
    assert path.sink.defects == ()


def test_a_sender_that_stalls() -> None:
    """80 ms of packets come at once, too late. Nothing begins anew: those behind them are in their place."""
    path = steady()
    path.run(80, network=lambda ms, one: [(180, one)])
    path.run(100)
    count = path.sink.counters()
    assert count["restarts"] == 1 and count["overruns"] == 0
    assert 74 <= count["lost"] == count["late"] <= 80
    assert bytes(path.sent)[: -4 * 256].endswith(bytes(path.got[-90 * 256 :]))


def test_a_cut_and_back() -> None:
    """Loss of packets: ones, LOPS after ten packets, R in what is sent, the failure after 2.5 s; back after two good
    packets, and the failure after 10 s."""
    path = steady()
    sink, cut = path.sink, without(lambda sequence: True)
    path.run(4 + 9, network=cut)
    assert sink.defects == ()
    path.run(1, network=cut)
    assert sink.defects == ("LOPS",)
    assert set(path.got[-256:]) == {0xFF}
    sink.bearer.push(bytes(256))
    assert [one[0] for one in sink.packets(8)] == [R]
    path.run(2499, network=cut)
    assert sink.counters()["failure"] == 0
    path.run(1, network=cut)
    assert sink.counters()["failure"] == 1
    path.run(5)
    assert sink.defects == ("LOPS",)  # the buffer fills, and one packet has been played
    path.run(1)
    assert sink.defects == ()
    sink.bearer.push(bytes(256))
    assert [one[0] for one in sink.packets(8)] == [0]
    path.run(9998)
    assert sink.counters()["failure"] == 1
    path.run(2)
    assert sink.counters()["failure"] == 0


def test_a_short_cut_keeps_the_place() -> None:
    """Half a second without packets: as many bits are filled in as were lost, so frame alignment stays."""
    path = steady()
    path.run(500, network=without(lambda sequence: True))
    path.run(100)
    count = path.sink.counters()
    assert (count["lost"], count["restarts"], count["underruns"]) == (500, 1, 1)
    tail = bytes(path.got[-50 * 256 :])
    assert bytes(path.sent)[: -4 * 256].endswith(tail)


def test_nothing_ever_came() -> None:
    sink = Satop()
    sink.play(8 * 9)
    assert sink.defects == ()
    sink.play(8)
    assert sink.defects == ("LOPS",)
    assert set(sink.bearer.pop()) == {0xFF}
    sink.take(packet(7, bytes(256)))
    sink.play(80_000)
    assert sink.counters()["restarts"] == 1 and sink.counters()["packets"] == 1


# --- L and R


@pytest.mark.parametrize("suppress", [False, True])
def test_an_e1_that_has_failed_is_ones_at_the_far_end(suppress: bool) -> None:
    path = Path(Satop(sequence=0, suppress=suppress), Satop())
    path.run(100)
    path.run(100, content=ONES)
    assert path.sink.defects == ("PW-AC",)
    assert set(path.got[-256 * 50 :]) == {0xFF}
    assert path.sink.counters()["faults"] > 80
    path.run(100)
    assert path.sink.defects == ()
    path.run(100, content=b"")  # nothing at all is sent
    assert path.sink.defects == ("PW-AC",) and path.sink.counters()["lost"] == 0
    assert path.source.counters()["tx_faults"] > 150
    path.run(100)
    assert path.sink.defects == ()


def test_ais_goes_bit_for_bit() -> None:
    """Where ones begin and end within a packet, nothing of it is left out."""
    path = Path(Satop(sequence=0), Satop())
    path.run(20)
    for lump in (b"\xff" * 131 + b"\x7f" * 125, b"\xff" * 256, b"\xff" * 256, b"\xff" * 255 + b"\xfe", b"\x01" * 256):
        path.source.bearer.push(lump)
        path.sent += lump
        for one in path.source.packets(8):
            path.sink.take(one)
        path.sink.play(8)
        path.got += path.sink.bearer.pop()
    path.run(20)
    assert path.source.counters()["tx_faults"] > 0
    # packets with L are ones that were not received: they count as filled in
    assert bytes(path.sent).startswith(bytes(path.got[4 * 256 :]))


def test_r_is_told_by_the_newest_packet() -> None:
    sink = Satop()
    sink.take(packet(1, bytes(256)))
    sink.take(packet(3, bytes(256), R))
    assert sink.defects == ("PW-REMOTE",)
    sink.take(packet(2, bytes(256)))  # an older one
    assert sink.defects == ("PW-REMOTE",)
    sink.take(packet(4, bytes(256)))
    assert sink.defects == ()
    assert sink.counters()["losses"] == 1


def test_payload_of_a_packet_with_l_is_not_played() -> None:
    sink = Satop(jitter_us=0, loop_ms=0)
    for number in range(3):
        sink.take(packet(number, bytes(256), L))
    sink.take(word(3, L, 4))
    sink.take(word(4, L))  # its length is left open
    for _ in range(5):
        sink.play(8)
    assert set(sink.bearer.pop()) == {0xFF}
    assert sink.counters()["faults"] == 5 and sink.counters()["malformed"] == 0


# --- starting


def test_the_first_packets_in_any_order() -> None:
    sink = Satop(jitter_us=3000, loop_ms=0)
    octets = [bytes([n]) * 256 for n in range(4)]
    for number in (65535, 1, 0, 2):
        sink.take(packet(number, octets[(number + 1) % 65536]))
    for _ in range(4):
        sink.play(8)
    assert sink.bearer.pop() == b"".join(octets)


def test_wrong_use() -> None:
    for settings in ({"payload": 31}, {"payload": 1441}, {"jitter_us": 500_001}, {"payload_type": 95}):
        with pytest.raises(ValueError, match=r"must be|dynamic"):
            Satop(**settings)
    assert straight(3, b"x") == [(3, b"x")]
