"""Pseudowires with any datagrams, and with any network: what holds whatever comes."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from msapemu._framing import Cesop, Satop
from tests.wire.packets import Path, packet

WORDS = st.integers(0, 2**16 - 1)


@given(
    st.lists(
        st.binary(max_size=300) | st.builds(packet, WORDS, st.binary(max_size=300), st.integers(0, 255)), max_size=40
    )
)
def test_any_datagrams(datagrams: list[bytes]) -> None:
    """Each is counted once as something; time goes on at its pace."""
    for sink in (Satop(64), Cesop((1, 2), 4), Cesop((1, 2), 4, cas=True), Cesop((1,), 8, signalling=True, rtp=True)):
        for one in datagrams:
            sink.take(one)
            sink.play(3)
        count = sink.counters()
        assert sum(count[name] for name in ("packets", "malformed", "strays", "reserved")) == len(datagrams)
        frames = 3 * len(datagrams)
        assert abs(len(sink.bearer.pop()) - 32 * frames) <= frames
        assert count["packets"] >= count["late"] + count["early"] + count["duplicates"] + count["signals"]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32), st.floats(0, 3.9), st.floats(0, 0.2), st.floats(0, 0.5), st.floats(-50, 50))
def test_any_network_within_the_buffer(seed: int, jitter: float, losses: float, doubles: float, ppm: float) -> None:
    """Jitter up to the buffer, losses and duplicates: what is not lost comes out bit for bit, what is lost is ones."""
    chance = Random(seed)
    gone: set[int] = set()

    def network(ms: int, one: bytes) -> list[tuple[float, bytes]]:
        if ms >= 10 and chance.random() < losses:
            gone.add(int.from_bytes(one[2:4], "big"))
            return []
        copies = 2 if chance.random() < doubles else 1
        return [(ms + chance.random() * jitter, one) for _ in range(copies)]

    path = Path(Satop(sequence=0), Satop(jitter_us=4000), seed)
    path.run(500, ppm, network)
    count = path.sink.counters()
    assert count["restarts"] == 1 and count["overruns"] == count["early"] == 0
    wanted = bytearray(path.sent)
    for number in gone:
        wanted[256 * number : 256 * number + 256] = b"\xff" * 256
    lead = (count["filled"] - 2048 * count["lost"]) // 8
    assert set(path.got[:lead]) <= {0xFF}
    assert wanted.startswith(path.got[lead:])


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.sets(st.integers(1, 31), min_size=1), st.integers(1, 16))
def test_any_timeslots(seed: int, slots: set[int], frames: int) -> None:
    order = Random(seed).sample(sorted(slots), len(slots))
    source, sink = Cesop(order, frames, seed=seed), Cesop(order, frames, jitter_us=0, loop_ms=0)
    octets = Random(seed).randbytes(32 * 3 * frames)
    for one in source.send(octets):
        sink.take(one)
    for _ in range(3 * frames):
        sink.play(1)
    got = sink.bearer.pop()
    assert len(got) == len(octets)
    for at in range(0, len(got), 32):
        for slot in range(1, 32):
            assert got[at + slot] == (octets[at + slot] if slot in slots else 0xFF)
