"""Packets of the second implementation that are lost, late, doubled or say that the E1 has failed, to pseudowires of
the core; and those of the core as time goes by.
"""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from msapemu._framing import Cesop, Satop
from tests.ref import e1frame, e1sync, pw
from tests.ref.e1frame import FRAME, bits_text
from tests.ref.pw import Packet

seeds = st.integers(0, 2**32 - 1)
no_shrinking = [Phase.explicit, Phase.reuse, Phase.generate]
TIMESLOTS = [[5], [1, 2, 30], list(range(1, 17)), list(range(1, 32))]


def random_frames(count: int, seed: int = 1, **options: object) -> list[bytes]:
    rng = Random(seed)
    return e1frame.build([rng.randbytes(31) for _ in range(count)], **options)  # type: ignore[arg-type]


# -- SAToP


@pytest.mark.parametrize("payload", [32, 100, 192, 256, 1024])
@pytest.mark.parametrize("rtp", [False, True])
def test_satop_packets_are_the_same(payload: int, rtp: bool) -> None:
    """Sequence numbers beyond FFFF, LEN of short ones, the RTP header but for the time with which it begins."""
    octets = Random(1).randbytes(FRAME * 512)
    end = Satop(payload, rtp=rtp, sequence=0xFFF8, ssrc=0x01020304)
    got = []
    for at in range(0, len(octets), FRAME):
        end.bearer.push(octets[at : at + FRAME])
        got += end.packets(1)
    assert len(got) >= len(octets) // payload - 2
    parsed = [pw.parse(one, rtp) for one in got]
    first = next(n for n, packet in enumerate(parsed) if packet and octets.startswith(packet.payload))
    sequence = (0xFFF8 + first) % 65536
    wanted = pw.satop(octets, sequence, payload)[: len(got) - first]
    for packet, own, one in zip(parsed[first:], wanted, got[first:], strict=True):
        assert packet is not None
        if rtp:
            assert packet.rtp is not None and packet.rtp.ssrc == 0x01020304 and packet.rtp.payload_type == 96
        assert pw.build(own._replace(rtp=packet.rtp, r=packet.r)) == one
    if rtp:
        times = [packet.rtp.timestamp for packet in parsed[first:] if packet and packet.rtp]
        steps = [(late - early) % 2**32 for early, late in pairwise(times)]
        ticks = payload // FRAME if payload % FRAME == 0 else None
        assert set(steps) == {ticks} or ticks is None  # a clock of 8 kHz


@settings(max_examples=25, phases=no_shrinking)
@given(seeds, st.sampled_from([192, 256]), st.booleans())
def test_satop_from_ref(seed: int, payload: int, rtp: bool) -> None:
    """Lost ones and those with L are ones; overtaking and doubling changes nothing."""
    rng = Random(seed)
    count = 200
    octets = rng.randbytes(payload * count)
    first = rng.randrange(65536)
    sent = pw.satop(octets, first, payload, ticks=payload // FRAME if rtp else None)
    come: list[tuple[float, Packet]] = []  # with the octet of time at which it comes
    for n, packet in enumerate(sent):
        fate = rng.random() if n > 10 else 0.5
        if fate < 0.1:
            continue
        if fate < 0.2:
            packet = packet._replace(l=1, payload=b"" if fate < 0.15 else packet.payload)
        late = rng.random() * 2 if n > 10 else 0.0
        come += [((n + late) * payload, packet)] * (2 if fate > 0.95 else 1)
    waiting = sorted(come, key=lambda one: one[0])
    end = Satop(payload, rtp=rtp, jitter_us=8000, loop_ms=0)
    got = bytearray()
    for clock in range(payload * count // FRAME + 40):
        while waiting and waiting[0][0] <= clock * FRAME:
            end.take(pw.build(waiting.pop(0)[1]))
        end.play(1)
        got += end.bearer.pop()
    wanted = pw.play_satop(pw.in_order([packet for _, packet in come], first, count), payload)
    at = bytes(got).find(octets[: 2 * payload])
    assert 0 <= at <= FRAME * 8 * 10  # 8 ms and a packet
    much = min(len(wanted), len(got) - at, payload * (count - 30))
    assert bytes(got[at : at + much]) == wanted[:much]


@pytest.mark.parametrize("size", [255, 257])
def test_satop_of_another_length(size: int) -> None:
    end = Satop(256)
    for packet in pw.satop(bytes(size * 50), 0, size):
        end.take(pw.build(packet))
        end.play(8)
    assert set(end.bearer.pop()) == {0xFF}
    assert end.counters()["malformed"] == 50


# -- CESoPSN


@settings(max_examples=15, phases=no_shrinking)
@given(seeds, st.sampled_from(TIMESLOTS))
def test_cesopsn_from_ref(seed: int, timeslots: list[int]) -> None:
    """The E1 that comes out has the timeslots as they were, idle code for lost packets and those without TDM."""
    rng = Random(seed)
    per_packet = 8
    frames = random_frames(1600, seed)
    first = rng.randrange(65536)
    sent = pw.cesopsn(frames, timeslots, first, per_packet)
    come = []
    for n, packet in enumerate(sent):
        fate = rng.random() if n > 60 else 1.0
        if fate < 0.1:
            continue
        come.append(packet._replace(l=1, payload=b"") if fate < 0.2 else packet)
    by_number = {(packet.sequence - first) % 65536: packet for packet in come}
    end = Cesop(timeslots, per_packet, idle=0xD5, jitter_us=4000, loop_ms=0)
    got = bytearray()
    for n in range(len(sent)):
        if n in by_number:
            end.take(pw.build(by_number[n]))
        for _ in range(per_packet):
            end.play(1)
            got += end.bearer.pop()
    reading = e1sync.read(bits_text(bytes(got)))
    assert reading.counts["crc_errors"] == 0 and "crc" in reading.at_end()
    played = [bytes(frame.octets[slot] for slot in timeslots) for frame in reading.frames if frame.bit > 200 * 256]
    wanted = pw.play_cesopsn(pw.in_order(come, first, len(sent)), len(timeslots), per_packet, idle=0xD5)
    if len(timeslots) == 1:
        octets, all_of_it = b"".join(played), b"".join(wanted)
        assert octets in all_of_it
    else:
        at = wanted.index(played[0])
        assert played == wanted[at : at + len(played)]
    others = [slot for slot in range(1, 32) if slot not in timeslots]
    assert all(frame.octets[slot] == 0xD5 for frame in reading.frames for slot in others)


def test_cesopsn_says_rdi_and_fault() -> None:
    """M = 10 for RDI of the E1, L for an E1 that has failed, its payload left away or not."""
    frames = random_frames(64)
    for suppress in (False, True):
        end = Cesop([1, 2, 3], 8, sequence=0, suppress=suppress)
        end.failed(False, rdi=True)
        (rdi,) = [pw.parse(one) for one in end.send(b"".join(frames[:8]))]
        assert rdi is not None and (rdi.l, rdi.m) == (0, pw.M_RDI)
        end.failed(True)
        (bad,) = [pw.parse(one) for one in end.send(b"".join(frames[8:16]))]
        assert bad is not None and (bad.l, bad.m) == (1, pw.M_DATA)
        assert len(bad.payload) == (0 if suppress else 24)
    far = Cesop([1, 2, 3], 8)
    for packet in pw.cesopsn(frames, [1, 2, 3], 0):
        far.take(pw.build(packet._replace(m=pw.M_RDI)))
        far.play(8)
    assert far.rdi
