"""The fast codec of HDLC, octet for octet against the model that goes bit by bit, with every FCS; octet stuffing."""

from __future__ import annotations

from random import Random

import fastcrc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from msapemu._framing import Hdlc
from tests.wire import hdlc_model as model
from tests.wire.test_hdlc import BITS_REVERSED, Osmocore, osmocore, random_frames

LONGEST = 40
FCS = (16, 32, None)
NAMES = ("fcs_errors", "aborts", "too_long", "invalid")
# what the words of the codec may trip over: runs of ones of every length at every place
RUNS = st.lists(st.tuples(st.integers(0, 20), st.integers(1, 3)), min_size=1, max_size=40)
DENSE = st.binary(min_size=2, max_size=LONGEST).map(lambda octets: bytes(octet | 0xDB for octet in octets))
FRAMES = st.lists(st.binary(min_size=2, max_size=LONGEST) | DENSE | st.just(b"\xff" * LONGEST), min_size=1, max_size=6)


def counts(hdlc: Hdlc) -> list[int]:
    count = hdlc.counters()
    return [count[name] for name in NAMES]


def bits_of(runs: list[tuple[int, int]]) -> list[int]:
    return [bit for ones, zeros in runs for bit in [1] * ones + [0] * zeros]


@pytest.mark.parametrize("fcs", FCS)
@given(frames=FRAMES, aborts=st.integers(0, 63))
def test_sent_octet_for_octet(fcs: int | None, frames: list[bytes], aborts: int) -> None:
    fast, plain = Hdlc(fcs=fcs), model.Sender(fcs)
    plain.mark(0x7E)
    stream = b""
    for number, frame in enumerate(frames):
        fast.send(frame, abort=bool(aborts >> number & 1))
        plain.frame(frame, bool(aborts >> number & 1))
        if number % 2:
            stream += fast.fill(number)
    stream += fast.fill()
    whole = len(plain.bits) // 8
    assert stream[:whole] == model.packed(plain.bits)[:whole]
    # in the last octet the next flag begins
    flag = [0x7E >> i & 1 for i in range(8)]
    assert stream == model.packed(plain.bits + flag)[: len(stream)]


@pytest.mark.parametrize("fcs", FCS)
@given(
    frames=FRAMES, offset=st.integers(0, 7), errors=st.lists(st.integers(0, 9999), max_size=6), cut=st.integers(1, 70)
)
def test_received_octet_for_octet(
    fcs: int | None, frames: list[bytes], offset: int, errors: list[int], cut: int
) -> None:
    """At every bit offset, with wrong bits, in pieces: the same frames and counts after every piece."""
    sender = model.Sender(fcs)
    sender.bits += [0] * offset
    sender.mark(0x7E)
    for frame in frames:
        sender.frame(frame)
    octets = bytearray(model.packed(sender.bits))
    for error in errors:
        octets[error // 8 % len(octets)] ^= 1 << error % 8
    _compare(bytes(octets), fcs, LONGEST - len(errors), cut)


@pytest.mark.parametrize("fcs", FCS)
@given(runs=RUNS, cut=st.integers(1, 30))
def test_any_runs_of_ones(fcs: int | None, runs: list[tuple[int, int]], cut: int) -> None:
    _compare(model.packed(bits_of(runs)), fcs, 6, cut)


def _compare(octets: bytes, fcs: int | None, longest: int, cut: int) -> None:
    fast, plain = Hdlc(longest, fcs=fcs), model.Receiver(longest, fcs)
    frames = []
    for at in range(0, len(octets), cut):
        fast.take(octets[at : at + cut])
        plain.take(octets[at : at + cut])
        frames += fast.receive()
        assert frames == plain.frames
        assert counts(fast) == [getattr(plain, name) for name in NAMES], at


@pytest.mark.parametrize("seed", range(3))
def test_long_streams(seed: int) -> None:
    """Frames of all lengths with flags between them, some shared, at all offsets by and by."""
    chance = Random(seed)
    frames = [chance.randbytes(chance.randrange(2, 300)) for _ in range(150)]
    fast, again = Hdlc(fcs=32), Hdlc(fcs=32)
    stream = b""
    for frame in frames:
        fast.send(frame)
        if chance.randrange(2):
            stream += fast.fill() + fast.fill(chance.randrange(40))
    stream += fast.fill() + fast.fill(20)
    plain = model.Receiver(1600, 32)
    plain.take(stream)
    while stream:
        n = chance.randrange(1, 100)
        again.take(stream[:n])
        stream = stream[n:]
    assert again.receive() == plain.frames == frames
    assert counts(again) == [0, 0, 0, 0]


@given(st.binary(min_size=2, max_size=80))
def test_fcs_32_is_the_one_that_others_know(frame: bytes) -> None:
    theirs = fastcrc.crc32.iso_hdlc(frame).to_bytes(4, "little")
    assert model.fcs_of(frame, 32) == theirs
    hdlc = Hdlc(fcs=32, stuffing="octet")
    hdlc.send(frame)
    assert hdlc.fill() == b"\x7e" + model.escaped(frame + theirs) + b"\x7e"


# --- octet stuffing

OCTETS = st.binary(min_size=2, max_size=LONGEST) | st.lists(
    st.sampled_from([0x7D, 0x7E, 0x5D, 0x5E, 0, 255]), min_size=2, max_size=LONGEST
).map(bytes)


@pytest.mark.parametrize("fcs", FCS)
@given(frames=st.lists(OCTETS, min_size=1, max_size=5), gap=st.integers(0, 20))
def test_octet_stuffing_is_that_of_the_definition(fcs: int | None, frames: list[bytes], gap: int) -> None:
    hdlc, sink = Hdlc(fcs=fcs, stuffing="octet"), Hdlc(LONGEST, fcs=fcs, stuffing="octet")
    stream = b""
    for frame in frames:
        hdlc.send(frame)
        stream += hdlc.fill() + hdlc.fill(gap)
    whole = [frame + model.fcs_of(frame, fcs) for frame in frames]
    assert stream == b"\x7e" + b"".join(model.escaped(octets) + b"\x7e" * (gap + 1) for octets in whole)
    assert [piece for piece in model.pieces(stream + b"\x7e") if piece] == whole
    for octet in stream:
        sink.take(bytes([octet]))
    assert sink.receive() == frames
    assert counts(sink) == [0, 0, 0, 0]


@given(st.lists(st.sampled_from([b"\x7e", b"\x7d", b"ab", b"c", b"\x7d\x5e", bytes(5), b"\x5e\x5d"]), max_size=40))
def test_any_octets(parts: list[bytes]) -> None:
    """What stands between two flags is a frame, an abort, too short, or too long."""
    stream = b"".join(parts)
    hdlc, pieces = Hdlc(9, fcs=None, stuffing="octet"), Hdlc(9, fcs=None, stuffing="octet")
    hdlc.take(b"\x7e" + stream + b"\x7e")
    pieces.take(b"\x7e")
    for octet in stream + b"\x7e":
        pieces.take(bytes([octet]))
    found = model.pieces(b"\x7e" + stream + b"\x7e")
    frames = hdlc.receive()
    assert frames == [piece for piece in found if piece is not None and 2 <= len(piece) <= 9]
    assert frames == pieces.receive() and hdlc.counters() == pieces.counters()
    count = hdlc.counters()
    assert count["invalid"] == sum(piece is not None and len(piece) == 1 for piece in found)
    long = sum(piece is not None and len(piece) > 9 for piece in found)
    assert long <= count["too_long"] and count["aborts"] + count["too_long"] == long + found.count(None)


def test_arguments() -> None:
    with pytest.raises(ValueError, match="fcs"):
        Hdlc(fcs=8)
    with pytest.raises(ValueError, match="stuffing"):
        Hdlc(stuffing="none")


def test_what_waits() -> None:
    hdlc = Hdlc()
    assert hdlc.waiting_octets == 0
    hdlc.send(bytes(10))
    assert hdlc.waiting_octets == 14
    assert len(hdlc.fill(10)) == 10 and hdlc.waiting_octets == 4


@osmocore
def test_libosmocore_reads_long_runs_of_ones() -> None:
    """Frames of nothing but ones, and of every octet many times over."""
    frames = [bytes([octet]) * (octet + 2) for octet in range(255, 0, -5)] + random_frames(9)
    hdlc = Hdlc()
    stream = hdlc.fill(4)
    for frame in frames:
        hdlc.send(frame)
    assert Osmocore("rcv").decode(stream + hdlc.fill() + hdlc.fill(4)) == frames
    assert BITS_REVERSED == 4
