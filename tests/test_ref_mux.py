"""G.742, G.751 and G.832 of the second implementation, bit by bit against STANDARDS 0."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ref import e2, e3mux, g832, gfp, vcat
from tests.ref.e2 import E2, Multiplex
from tests.ref.e3mux import E3

seeds = st.integers(0, 2**32 - 1)


def random_bits(rng: Random, count: int) -> str:
    return f"{rng.getrandbits(count):0{count}b}"


def text_of(frames: list[bytes]) -> str:
    return "".join(f"{octet:08b}" for octet in b"".join(frames))


@pytest.mark.parametrize(
    ("mux", "frame", "bits", "kbit_s", "tributary_kbit_s", "ratio"),
    [(E2, 848, 205, e2.KBIT_S, 2048, 0.424), (E3, 1536, 377, e3mux.KBIT_S, 8448, 0.436)],
)
def test_numbers(mux: Multiplex, frame: int, bits: int, kbit_s: int, tributary_kbit_s: int, ratio: float) -> None:
    """205 + 1 and 377 + 1 bits of a tributary in 848 and 1536; the nominal justification ratio."""
    assert (mux.frame_bits, mux.bits) == (frame, bits)
    assert bits + 1 - tributary_kbit_s * frame / kbit_s == pytest.approx(ratio, abs=0.001)


@pytest.mark.parametrize("mux", [E2, E3])
def test_bit_by_bit(mux: Multiplex) -> None:
    """Tributary j all ones, the others zeros, first without stuff, then with."""
    size = mux.set_bits
    for tributary in range(4):
        for stuff in (False, True):
            bits = ["0" * (mux.bits + (not stuff))] * 4
            bits[tributary] = bits[tributary].replace("0", "1")
            frame = mux.frame(bits, rai=1, national=0, stuff_bit="0")
            sets = [frame[at : at + size] for at in range(0, mux.frame_bits, size)]
            turn = "".join("1" if j == tributary else "0" for j in range(4))
            assert sets[0] == "1111010000" + "10" + turn * ((size - 12) // 4)
            c = "1111" if stuff else "0000"
            assert sets[1] == sets[2] == c + turn * ((size - 4) // 4)
            assert sets[3] == c + ("0000" if stuff else turn) + turn * ((size - 8) // 4)


@settings(max_examples=30)
@given(seeds, st.sampled_from([E2, E3]), st.integers(0, 2000))
def test_there_and_back(seed: int, mux: Multiplex, skew: int) -> None:
    """Any decisions, found at any bit."""
    rng = Random(seed)
    stuffed = [tuple(rng.random() < 0.4 for _ in range(4)) for _ in range(12)]
    tributaries = [random_bits(rng, 12 * (mux.bits + 1)) for _ in range(4)]
    rai, national = rng.randrange(2), rng.randrange(2)
    (run,) = mux.parse(
        random_bits(rng, skew + 1).replace("1111010000", "0" * 10) + mux.build(tributaries, stuffed, rai, national)
    )
    assert run.stuffed == stuffed[2:]
    assert (run.rai, run.national, run.fas_errors) == ([rai] * 10, [national] * 10, 0)
    for tributary, text in enumerate(run.tributaries):
        gone = sum(mux.bits + (not decisions[tributary]) for decisions in stuffed[:2])
        assert text == tributaries[tributary][gone : gone + len(text)]


@pytest.mark.parametrize("mux", [E2, E3])
def test_two_of_three(mux: Multiplex) -> None:
    """One wrong C bit changes nothing."""
    rng = Random(4)
    stuffed = [tuple(rng.random() < 0.5 for _ in range(4)) for _ in range(40)]
    tributaries = [random_bits(rng, 40 * (mux.bits + 1)) for _ in range(4)]
    good = mux.build(tributaries, stuffed)
    bits = list(good)
    for frame in range(40):
        for tributary in range(4):
            at = frame * mux.frame_bits + rng.randrange(1, 4) * mux.set_bits + tributary
            bits[at] = "10"[int(bits[at])]
    assert mux.parse("".join(bits))[0].tributaries == mux.parse(good)[0].tributaries


@pytest.mark.parametrize("mux", [E2, E3])
def test_alignment_lost_and_found(mux: Multiplex) -> None:
    """Lost with the fourth wrong FAS, found with the third right one."""
    signal = list(mux.build(["1" * 40 * (mux.bits + 1)] * 4, [[False] * 4] * 40))
    for frame in (10, 11, 12, 20, 21, 22, 23):
        signal[frame * mux.frame_bits + 4] = "1"
    first, second = mux.parse("".join(signal))
    assert (first.start, first.end, first.lost) == (2 * mux.frame_bits, 24 * mux.frame_bits, True)
    assert (second.start, second.lost, first.fas_errors) == (26 * mux.frame_bits, False, 7)
    assert e2.rai([0, 1, 1, 1, 1, 0, 1]) is False
    assert e2.rai([0, 1, 1, 1, 1, 1, 0, 0]) is True


def test_16_e1s() -> None:
    rng = Random(8)
    e1s = [random_bits(rng, 206 * 20) for _ in range(16)]
    stuffed = [[rng.random() < 0.42 for _ in range(4)] for _ in range(20)]
    got = e3mux.parse_16(e3mux.build_16(e1s, stuffed, [[rng.random() < 0.43 for _ in range(4)] for _ in range(44)]))
    assert len(got) == 16
    for sent, received in zip(e1s, got, strict=True):
        assert len(received) > 205 * 12 and received in sent


# -- G.832


def test_g832_octet_by_octet() -> None:
    payload = bytes(n % 251 for n in range(530))
    frame = g832.frame(payload, 0xE1, g832.Overhead(1, 2, 3, 4))
    assert len(frame) == 537 and len(g832.PAYLOAD_PLACES) == 530
    assert frame[:2] == b"\xf6\x28" and frame[2:60] == payload[:58]
    rows = [frame[at : at + 60] for at in range(0, 360, 60)] + [frame[at : at + 59] for at in range(360, 537, 59)]
    assert [len(row) for row in rows] == [60] * 6 + [59] * 3
    assert [row[0] for row in rows[1:6]] == [0xE1, 1, 2, 3, 4]
    assert b"".join([rows[0][2:], *(row[1:] for row in rows[1:6]), *rows[6:]]) == payload
    assert g832.payload_of(frame) == payload
    assert g832.overhead_of(frame) == (1, 2, 3, 4)


@settings(max_examples=20)
@given(seeds, st.integers(0, 5000))
def test_g832_there_and_back(seed: int, skew: int) -> None:
    rng = Random(seed)
    payloads = [rng.randbytes(530) for _ in range(8)]
    frames = g832.build(payloads, lambda n: g832.Overhead(ma=n))
    wrong = bytearray(frames[5])
    wrong[rng.randrange(2, 60)] ^= 0x81
    frames[5] = bytes(wrong)
    reading = g832.parse("1" * skew + text_of(frames))
    assert (reading.bit, reading.frames) == (skew, frames)
    assert reading.wrong_bits == [0] * 6 + [2, 0]


@pytest.mark.parametrize("with_lcas", [False, True])
def test_g832_group(with_lcas: bool) -> None:
    payloads = [bytes([n]) * (60 + 40 * n) for n in range(20)]
    source = gfp.OctetSource([gfp.build(payload) for payload in payloads], lead_idles=40 * 529)
    group = vcat.Group(vcat.E3, 3, source, vcat.steady(vcat.E3, 3) if with_lcas else None)
    frames = g832.build_group(group, 140, [0, 3, 1])
    assert [run[20][2] & 0xF for run in frames] == [4, 1, 3]
    paths = [g832.E3Path("1" * skew + text_of(run)) for skew, run in zip((0, 5, 100), frames, strict=True)]
    octets = vcat.read(paths).octets if with_lcas else vcat.join(paths).octets
    assert [frame.payload for frame in vcat.frames_of(octets)] == payloads
