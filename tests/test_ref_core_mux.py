"""G.742 and G.751 of core and second implementation: each reads what the other builds, and the frames of the core are,
bit for bit, those that its decisions and its tributaries make.
"""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from msapemu._framing import PDH_OCTETS, PdhLine
from tests.ref import e3mux
from tests.ref.e1frame import bits_text, text_octets
from tests.ref.e2 import E2, Multiplex, Run
from tests.ref.e3mux import E3

seeds = st.integers(0, 2**32 - 1)
no_shrinking = [Phase.explicit, Phase.reuse, Phase.generate]
RATES = {"e2": (E2, 4), "e3": (E3, 16)}
E1_OCTETS = 32  # in 125 us
AHEAD = 128  # octets that wait, so that nothing runs dry
DECISIONS = {"e2": 0.424, "e3": 0.436}  # nominal part of the frames with a stuff bit


def core_signal(line: PdhLine, e1s: list[bytes], times: int) -> str:
    """So many times 125 us, of E1s that come as they go."""
    for bearer, octets in zip(line.bearers, e1s, strict=True):
        assert bearer.push(octets[:AHEAD]) == AHEAD
    out = bytearray()
    for at in range(AHEAD, AHEAD + E1_OCTETS * times, E1_OCTETS):
        for bearer, octets in zip(line.bearers, e1s, strict=True):
            bearer.push(octets[at : at + E1_OCTETS])
        out += line.build(1)
    return bits_text(bytes(out))


def again(mux: Multiplex, run: Run) -> list[str]:
    """The frames that the decisions and the bits of a run make, with stuff of zeros and of ones."""
    return [mux.build(run.tributaries, run.stuffed, run.rai[0], run.national[0], bit) for bit in "01"]


def random_e1s(count: int, octets: int, seed: int = 1) -> list[bytes]:
    rng = Random(seed)
    return [rng.randbytes(octets) for _ in range(count)]


def parts_of(received: str, sent: bytes, least: int) -> bool:
    """All that came, but what a queue had not yet, is a piece of what was sent."""
    return len(received) >= least and received in bits_text(sent)


# -- core to second implementation


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("national", [False, True])
def test_core_to_ref(rate: str, national: bool) -> None:
    """Every E1 whole, the frames bit for bit, nominal justification."""
    mux, count = RATES[rate]
    e1s = random_e1s(count, AHEAD + E1_OCTETS * 300)
    signal = core_signal(PdhLine(rate, national=national), e1s, 300)
    (run,) = mux.parse(signal)
    assert (run.start, run.fas_errors, set(run.rai)) == (2 * mux.frame_bits, 0, {0})
    assert set(run.national) == {int(national)}
    assert signal[run.start : run.end] in again(mux, run)
    for tributary in range(4):
        ratio = sum(decisions[tributary] for decisions in run.stuffed) / len(run.stuffed)
        assert ratio == pytest.approx(DECISIONS[rate], abs=0.01)
    received = run.tributaries if rate == "e2" else e3mux.parse_16(signal)
    for text, sent in zip(received, e1s, strict=True):
        assert parts_of(text, sent, 256 * 280)


def test_both_levels_of_an_e3() -> None:
    """The frames of the four E2s too, each with its own clock."""
    e1s = random_e1s(16, AHEAD + E1_OCTETS * 300)
    signal = core_signal(PdhLine("e3", e2_ppm=(-30, -10, 10, 30)), e1s, 300)
    (outer,) = E3.parse(signal)
    ratios = []
    for tributary, bits in enumerate(outer.tributaries):
        (inner,) = E2.parse(bits)
        assert inner.fas_errors == 0 and bits[inner.start : inner.end] in again(E2, inner)
        ratios.append(sum(decisions[tributary] for decisions in outer.stuffed))
    assert ratios == sorted(ratios, reverse=True) and ratios[0] > ratios[-1]  # the slower clock is stuffed more


# -- second implementation to core


def fed(line: PdhLine, signal: str) -> list[bytes]:
    """The E1s that come out of a signal, time by time."""
    got = [bytearray() for _ in line.bearers]
    octets = text_octets(signal)
    size = PDH_OCTETS[line.rate]
    for at in range(0, len(octets) - size + 1, size):
        line.parse(octets[at : at + size])
        for part, bearer in zip(got, line.bearers, strict=True):
            part += bearer.pop()
    return [bytes(part) for part in got]


def random_decisions(rng: Random, frames: int, ratio: float) -> list[list[bool]]:
    return [[rng.random() < ratio for _ in range(4)] for _ in range(frames)]


def matches(received: bytes, sent: str, least: int) -> bool:
    """It ends as a piece of what was sent, from the alignment on; before that may be ones."""
    text = bits_text(received)
    tail = text[len(text) - least :]
    at = sent.find(tail)
    return len(text) >= least and at >= 0


@settings(max_examples=10, phases=no_shrinking)
@given(seeds, st.sampled_from([0.1, 0.424, 0.9]))
def test_e2_to_core(seed: int, ratio: float) -> None:
    """Any decisions, any phase of the bits, wrong C bits, one of three."""
    rng = Random(seed)
    decisions = random_decisions(rng, 200, ratio)
    e1s = random_e1s(4, 206 * 200 // 8, seed)
    signal = list(E2.build([bits_text(octets) for octets in e1s], decisions, rng.randrange(2), rng.randrange(2)))
    for frame in range(10, 200):
        for tributary in range(4):
            at = frame * E2.frame_bits + rng.randrange(1, 4) * E2.set_bits + tributary
            signal[at] = "10"[int(signal[at])]
    line = PdhLine("e2")
    got = fed(line, "1" * rng.randrange(900) + "".join(signal))
    for received, sent in zip(got, e1s, strict=True):
        assert matches(received, bits_text(sent), 205 * 185)
    counters = line.level("e2")
    assert counters["fas_errors"] == 0 and counters["losses"] == 0


@settings(max_examples=6, phases=no_shrinking)
@given(seeds)
def test_e3_to_core(seed: int) -> None:
    rng = Random(seed)
    e1s = random_e1s(16, 206 * 120 // 8, seed)
    of_e2, of_e3 = random_decisions(rng, 120, 0.424), random_decisions(rng, 250, 0.436)
    signal = e3mux.build_16([bits_text(octets) for octets in e1s], of_e2, of_e3)
    line = PdhLine("e3")
    got = fed(line, "1" * rng.randrange(1600) + signal)
    for received, sent in zip(got, e1s, strict=True):
        assert matches(received, bits_text(sent), 205 * 100)


def test_order_of_the_e1s() -> None:
    """E1 4 (k - 1) + j is the j-th of the k-th E2."""
    e1s = [bytes([n + 1]) * (206 * 60 // 8) for n in range(16)]
    rng = Random(1)
    text = [bits_text(octets) for octets in e1s]
    signal = e3mux.build_16(text, random_decisions(rng, 60, 0.424), random_decisions(rng, 130, 0.436))
    got = fed(PdhLine("e3"), signal)
    for number, received in enumerate(got):
        assert matches(received, text[number], 205 * 40), number


# -- alignment and alarms


@pytest.mark.parametrize("rate", RATES)
def test_fas_errors_and_losses(rate: str) -> None:
    """Three wrong FAS one after the other change nothing, four do; three right ones bring it back."""
    mux, _ = RATES[rate]
    rng = Random(5)
    frames = 160
    tributaries = [f"{rng.getrandbits(frames * (mux.bits + 1)):0{frames * (mux.bits + 1)}b}" for _ in range(4)]
    signal = list(mux.build(tributaries, random_decisions(rng, frames, 0.43)))
    for frame in (20, 21, 22, 40, 60, 61, 62, 63, 100):
        at = frame * mux.frame_bits + rng.randrange(10)
        signal[at] = "10"[int(signal[at])]
    text = "".join(signal)
    runs = mux.parse(text)
    line = PdhLine(rate)
    fed(line, text)
    counters = line.level(rate)
    assert counters["losses"] == sum(run.lost for run in runs) == 1
    assert counters["fas_errors"] == sum(run.fas_errors for run in runs) == 9
    lof = [(frame, raised) for frame, level, what, raised in line.events() if what == "MUX-LOF" and not level]
    size = 8 * PDH_OCTETS[rate]
    assert [raised for _, raised in lof[-2:]] == [True, False]
    for (frame, _), bit in zip(lof[-2:], (runs[0].end, runs[1].start), strict=True):
        assert 0 <= frame - bit // size <= 3


@pytest.mark.parametrize("rate", RATES)
def test_rai(rate: str) -> None:
    """Bit 11, sent while the other direction is not in alignment, and known when it comes."""
    mux, _ = RATES[rate]
    rng = Random(5)
    tributaries = [f"{rng.getrandbits(100 * (mux.bits + 1)):0{100 * (mux.bits + 1)}b}" for _ in range(4)]
    decisions = random_decisions(rng, 100, 0.43)
    line = PdhLine(rate)
    fed(line, mux.build(tributaries, decisions, rai=1))
    assert "MUX-RAI" in line.level(rate)["defects"]
    (run,) = mux.parse(bits_text(line.build(20)))
    assert set(run.rai[2:]) == {0}
    fed(line, "1" * 40 * mux.frame_bits)
    (run,) = mux.parse(bits_text(line.build(20)))
    assert set(run.rai[2:]) == {1}
