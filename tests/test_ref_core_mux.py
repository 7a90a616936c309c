"""G.742 and G.751: the core and the second implementation, both ways, bit for bit."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msapemu._framing import PdhLine
from tests.ref.e2 import E2, TRIBUTARIES, Multiplex
from tests.ref.e3mux import E3, build_16, parse_16

seeds = st.integers(0, 2**32 - 1)
ROOM = 1 << 16


def bits(octets: bytes) -> str:
    return "".join(f"{octet:08b}" for octet in octets)


def octets(text: str) -> bytes:
    """The last octet is filled up with ones."""
    text += "1" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big")


def random_bits(rng: Random, count: int) -> str:
    return f"{rng.getrandbits(count):0{count}b}"


def with_errors(rng: Random, text: str, rate: float) -> str:
    out = list(text)
    for _ in range(int(rate * len(out))):
        place = rng.randrange(len(out))
        out[place] = "10"[int(out[place])]
    return "".join(out)


def received(rate: str, signal: str) -> tuple[PdhLine, list[str]]:
    line = PdhLine(rate, queue_octets=ROOM)
    line.parse(octets(signal))
    return line, [bits(bearer.pop()) for bearer in line.bearers]


def same(core: str, ref: str) -> None:
    """The core has ones, a whole number of octets, before; and less than an octet is not out yet."""
    at = core.find(ref[:150])
    assert at >= 0 and at % 8 == 0 and set(core[:at]) <= {"1"}
    assert core[at:] == ref[: len(core) - at]
    assert len(ref) - (len(core) - at) < 8


@settings(max_examples=20, deadline=None)
@given(seeds, st.booleans())
def test_the_core_sends_what_the_second_implementation_does(seed: int, national: bool) -> None:
    rng = Random(seed)
    line = PdhLine("e2", queue_octets=ROOM, national=national)
    if rai := rng.random() < 0.5:
        line.silent()
    e1s = [rng.randbytes(2000) for _ in line.bearers]
    for bearer, some in zip(line.bearers, e1s, strict=True):
        bearer.push(some)
    signal = bits(line.build(60))
    (run,) = E2.parse(signal)
    first = [[E2.frame_bits * n + place for place in (212, 424, 636)] for n in range(2)]
    stuffed = [tuple([signal[place + j] for place in at].count("1") >= 2 for j in range(TRIBUTARIES)) for at in first]
    again = E2.build([bits(one) for one in e1s], [*stuffed, *run.stuffed], int(rai), int(national))
    assert again == signal[: len(again)]
    assert len(signal) - len(again) < E2.frame_bits


@pytest.mark.parametrize(("rate", "mux"), [("e2", E2), ("e3", E3)])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_the_core_reads_any_justification_at_any_bit(rate: str, mux: Multiplex, data: st.DataObject) -> None:
    rng = Random(data.draw(seeds))
    skew = data.draw(st.integers(0, mux.frame_bits - 1))
    chance = data.draw(st.sampled_from([0.0, 0.2, 0.43, 0.8, 1.0]))
    frames = 40
    stuffed = [tuple(rng.random() < chance for _ in range(TRIBUTARIES)) for _ in range(frames)]
    if rate == "e2":
        e1s = [random_bits(rng, frames * (mux.bits + 1)) for _ in range(TRIBUTARIES)]
        signal = mux.build(e1s, stuffed)
    else:
        lower = [tuple(rng.random() < 0.4 for _ in range(TRIBUTARIES)) for _ in range(20)]
        e1s = [random_bits(rng, 20 * 206) for _ in range(16)]
        signal = build_16(e1s, lower, stuffed)
    signal = random_bits(rng, skew).replace("1111010000", "1111010001") + signal if skew else signal
    line, came = received(rate, signal)
    expected = E2.parse(signal)[0].tributaries if rate == "e2" else parse_16(signal)
    for one, other in zip(came, expected, strict=True):
        same(one, other)
    assert line.level(rate)["fas_errors"] == 0


@settings(max_examples=25, deadline=None)
@given(seeds, st.sampled_from([1e-4, 1e-3, 5e-3]))
def test_errors_do_the_same_to_both(seed: int, error_rate: float) -> None:
    """Wrong FAS are counted alike; bits of the tributaries come out alike as long as alignment stands."""
    rng = Random(seed)
    stuffed = [tuple(rng.random() < 0.43 for _ in range(TRIBUTARIES)) for _ in range(100)]
    e1s = [random_bits(rng, 100 * 206) for _ in range(TRIBUTARIES)]
    clean = E2.build(e1s, stuffed)
    start = 3 * E2.frame_bits
    signal = clean[:start] + with_errors(rng, clean[start:], error_rate)
    run = E2.parse(signal)[0]
    line, came = received("e2", signal[: run.end])
    if not run.lost:
        assert line.level("e2")["fas_errors"] == run.fas_errors
        for one, other in zip(came, run.tributaries, strict=True):
            same(one, other)


def test_e3_of_the_core_is_read_by_the_second_implementation() -> None:
    rng = Random(1)
    line = PdhLine("e3", queue_octets=ROOM, e2_ppm=(30, -30, 15, 0))
    e1s = [rng.randbytes(1200) for _ in line.bearers]
    for bearer, some in zip(line.bearers, e1s, strict=True):
        bearer.push(some)
    for one, some in zip(parse_16(bits(line.build(36))), e1s, strict=True):
        assert len(one) > 36 * 256 - 1500
        assert one in bits(some)
