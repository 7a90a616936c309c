"""Pseudowires of the core against the second implementation: packets octet for octet, and what is played of them."""

from __future__ import annotations

from random import Random

import pytest

from msapemu._framing import Cesop, Pseudowire, Satop
from tests.ref import pw as ref


def played(end: Pseudowire, packets: list[bytes], frames: int) -> bytes:
    """All of them come at once, and time goes by."""
    for one in packets:
        end.take(one)
    out = b""
    for _ in range(frames):
        end.play(1)
        out += end.bearer.pop()
    return out


@pytest.mark.parametrize("payload", [32, 59, 60, 192, 256, 1024])
@pytest.mark.parametrize("rtp", [False, True])
def test_satop(payload: int, rtp: bool) -> None:
    octets = Random(payload).randbytes(4 * payload)
    ticks = payload // 32 if rtp else None  # 8 kHz
    wanted = [
        packet._replace(rtp=packet.rtp._replace(timestamp=number * payload // 32, ssrc=9) if packet.rtp else None)
        for number, packet in enumerate(ref.satop(octets, 65534, payload, ticks))
    ]
    source = Satop(payload, rtp=rtp, sequence=65534, ssrc=9)
    source.bearer.push(octets)
    made = source.packets(1)
    assert made == [ref.build(packet) for packet in wanted]
    assert [ref.parse(one, with_rtp=rtp) for one in made] == wanted
    sink = Satop(payload, rtp=rtp, jitter_us=0, loop_ms=0)
    assert played(sink, made[:2], 2 * payload // 32) == ref.play_satop(wanted[:2], payload)[: 2 * payload // 32 * 32]


def test_satop_with_losses_and_faults() -> None:
    """Packets in any order, some missing, some with L: what is played."""
    chance = Random(3)
    sent = ref.satop(chance.randbytes(256 * 200), 65500)
    sent = [
        packet._replace(l=1, payload=chance.choice((b"", packet.payload))) if chance.random() < 0.2 else packet
        for packet in sent
    ]
    kept = [packet for number, packet in enumerate(sent) if number < 6 or chance.random() < 0.8]
    sink, out = Satop(jitter_us=5000, loop_ms=0), b""
    due = [(((packet.sequence - 65500) % 65536) + chance.choice((0, 0, 1, 3, 5)), packet) for packet in kept]
    for ms in range(220):
        for packet in [packet for when, packet in due if when == ms]:
            sink.take(ref.build(packet))
        sink.play(8)
        out += sink.bearer.pop()
    places = ref.in_order(kept, 65500, 200)
    wanted = ref.play_satop(places)
    lead = next(n for n in range(0, 20 * 256, 256) if out[n : n + 256 * 100] == wanted[: 256 * 100])
    assert out[lead : lead + len(wanted)] == wanted
    assert sink.counters()["lost"] >= places.count(None)


def test_whether_a_packet_is_satop() -> None:
    chance = Random(4)
    for _ in range(2000):
        packet = ref.Packet(
            chance.randrange(65536),
            bytes(chance.choice((0, 16, 32, 33, 59, 60, 255, 256, 257))),
            l=chance.randrange(2),
            r=chance.randrange(2),
            m=chance.randrange(4),
            fragment=chance.randrange(4),
        )
        size = chance.choice((32, 60, 256))
        octets = ref.build(packet)
        octets = octets[: chance.choice((len(octets), len(octets), 3, 20))]
        read = ref.parse(octets)
        sink = Satop(size)
        sink.take(octets)
        assert sink.counters()["packets"] == (read is not None and ref.is_satop(read, size))


def frames_of(octets: bytes) -> list[bytes]:
    return [octets[at : at + 32] for at in range(0, len(octets), 32)]


@pytest.mark.parametrize("timeslots", [(1,), (7, 3, 31), tuple(range(1, 32))])
def test_cesopsn(timeslots: tuple[int, ...]) -> None:
    per_packet = ref.usual_frames(len(timeslots))
    octets = Random(5).randbytes(32 * per_packet * 3)
    wanted = ref.cesopsn(frames_of(octets), timeslots, 65535, per_packet)
    source = Cesop(timeslots, per_packet, sequence=65535)
    made = source.send(octets)
    assert source.payload == ref.payload_size(len(timeslots), per_packet)
    assert made == [ref.build(packet) for packet in wanted]
    wanted[1] = wanted[1]._replace(l=1, payload=b"")
    sink = Cesop(timeslots, per_packet, jitter_us=0, loop_ms=0, idle=0x7E)
    got = played(sink, [ref.build(packet) for packet in wanted], 3 * per_packet)
    assert [bytes(frame[slot] for slot in timeslots) for frame in frames_of(got)] == ref.play_cesopsn(
        wanted, len(timeslots), per_packet, 0x7E
    )


@pytest.mark.parametrize("timeslots", [(1, 2, 17), (31, 15, 1, 20)])
def test_cesopsn_with_cas(timeslots: tuple[int, ...]) -> None:
    chance = Random(6)
    octets, states = bytearray(chance.randbytes(32 * 48)), []
    for multiframe in range(3):
        abcd = {slot: chance.randrange(16) for slot in (*range(1, 16), *range(17, 32))}
        states.append(abcd)
        for frame in range(16):
            at = 32 * (16 * multiframe + frame) + 16
            octets[at] = abcd[frame] << 4 | abcd[frame + 16] if frame else 0x0B
    wanted = ref.cesopsn(frames_of(bytes(octets)), timeslots, 0, 16, states)
    source = Cesop(timeslots, 16, cas=True, sequence=0)
    assert source.send(octets) == [ref.build(packet) for packet in wanted]
    sink = Cesop(timeslots, 16, cas=True, jitter_us=0, loop_ms=0)
    for number, packet in enumerate(wanted):
        played(sink, [ref.build(packet)], 16)
        assert sink.abcd == ref.signalling(packet, timeslots) == {slot: states[number][slot] for slot in timeslots}


def test_whether_a_packet_is_cesopsn() -> None:
    chance = Random(7)
    for _ in range(2000):
        packet = ref.Packet(
            chance.randrange(65536),
            bytes(chance.choice((0, 16, 24, 25, 248))),
            l=chance.randrange(2),
            m=chance.randrange(3),
            fragment=chance.choice((0, 0, 0, 1, 2, 3)),
        )
        slots = chance.choice((3, 31))
        octets = ref.build(packet)
        sink = Cesop(range(1, slots + 1), 8)
        sink.take(octets)
        read = ref.parse(octets)
        assert read is not None
        assert sink.counters()["packets"] == ref.is_cesopsn(read, ref.payload_size(slots, 8))
