"""E1 and E3 of core and second implementation: the same octets of VC-12 and VC-3, any justification both ways."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msapemu._framing import E1, E3
from tests.ref import e1, e3, vc3, vc12
from tests.ref.bits import BitSource, bits_of, octets_of

seeds = st.integers(0, 2**32 - 1)
POH12, POH3 = bytes([0xA1, 0xB2, 0xC3, 0xD4]), bytes(range(0x31, 0x3A))


def vc12_of(poh: bytes = POH12) -> bytearray:
    """A VC-12 with its overhead and rubbish behind it."""
    vc = bytearray(b"\x55" * vc12.SIZE)
    vc[:: vc12.SIZE // 4] = poh
    return vc


def vc3_of(poh: bytes = POH3) -> bytearray:
    """A VC-3 with its overhead and rubbish behind it."""
    vc = bytearray(b"\x55" * vc3.SIZE)
    vc[:: vc3.COLUMNS] = poh
    return vc


@given(seed=seeds)
@settings(max_examples=10)
def test_the_same_vc12s(seed: int) -> None:
    """1024 bits in each; ones when they are used up; the O bits."""
    rng = Random(seed)
    octets, frames = rng.randbytes(rng.randint(0, 600)), 6
    port = E1("async", target_octets=0)
    port.o_bits = rng.randrange(256)
    assert port.push(octets) == len(octets)
    source, expected = BitSource(octets), b""
    for _ in range(frames):
        vc = vc12_of()
        e1.put_stream(vc, source.take(1024), False, True, port.o_bits)
        expected += vc
    assert port.build(POH12, frames) == expected


@given(seed=seeds)
@settings(max_examples=5)
def test_the_same_byte_synchronous_vc12s(seed: int) -> None:
    octets = Random(seed).randbytes(32 * 9)
    port = E1("byte", target_octets=0)
    assert port.push(octets) == len(octets)
    expected = b""
    for number in range(3):
        vc, run = vc12_of(), octets[128 * number :][:128].ljust(128, b"\xff")
        e1.put_byte(vc, [run[i : i + 32] for i in range(0, 128, 32)])
        expected += vc
    assert port.build(POH12, 3) == expected
    port.parse(expected)
    assert port.pop() == octets.ljust(128 * 3, b"\xff")


@given(seed=seeds)
@settings(max_examples=5)
def test_the_same_vc3s(seed: int) -> None:
    octets = Random(seed).randbytes(1300)
    port = E3(target_octets=0)
    assert port.push(octets) == len(octets)
    source, expected = BitSource(octets), b""
    for _ in range(3):
        vc = vc3_of()
        e3.put_stream(vc, source.take(3 * 1432))
        expected += vc
    assert port.build(POH3, 3) == expected


@given(seed=seeds)
@settings(max_examples=10)
def test_the_core_takes_any_justification(seed: int) -> None:
    """Also with one of three wrong C bits of an E1, two of five of an E3."""
    rng = Random(seed)
    source, sent, port = BitSource(rng.randbytes(1200)), [], E1("async")
    for _ in range(8):
        choice = rng.random() < 0.5, rng.random() < 0.5
        bits = source.take(len(e1.stream_places(*choice)))
        vc = vc12_of(rng.randbytes(4))
        e1.put_stream(vc, bits, *choice, rng.randrange(256))
        vc[rng.choice(e1.C_OCTETS)] ^= 0x80
        vc[rng.choice(e1.C_OCTETS)] ^= 0x40
        sent += bits
        port.parse(bytes(vc))
        assert port.o_bits_received == e1.overhead_bits(bytes(vc))
    assert port.pop() == octets_of(sent)[: len(sent) // 8]
    source, sent, big = BitSource(rng.randbytes(1700)), [], E3()
    for _ in range(3):
        choices = [(rng.random() < 0.5, rng.random() < 0.5) for _ in range(3)]
        bits = source.take(len(e3.stream_places(choices)))
        vc = vc3_of(rng.randbytes(9))
        e3.put_stream(vc, bits, choices)
        for number in range(3):
            for mask in (0b10, 0b01):
                for row, column in rng.sample(e3.C_OCTETS, 2):
                    vc[vc3.index(3 * number + row, column)] ^= mask
        sent += bits
        big.parse(bytes(vc))
    assert big.pop() == octets_of(sent)[: len(sent) // 8]


@pytest.mark.parametrize("octets_a_frame", [127.9, 128, 128.1])
def test_the_reference_takes_what_the_core_justifies(octets_a_frame: float) -> None:
    """An E1 far off its rate, more than two at the edges of theirs: each bit comes out, each justification counts."""
    rng, port = Random(int(octets_a_frame * 100)), E1("async", target_octets=300)
    sent, given_octets, vcs = b"", 0.0, b""
    for _ in range(300):
        given_octets += octets_a_frame
        piece = rng.randbytes(int(given_octets) - len(sent))
        assert port.push(piece) == len(piece)
        sent += piece
        vcs += port.build(POH12, 1)
    taken = [e1.take_async(vcs[i : i + 140]) for i in range(0, len(vcs), 140)]
    bits = "".join(str(bit) for run in taken for bit in run)
    of_sent = "".join(map(str, bits_of(sent)))
    start = bits.index(of_sent[:100])
    length = min(len(bits) - start, len(of_sent))
    assert set(bits[:start]) <= {"1"} and bits[start : start + length] == of_sent[:length]
    assert length > len(of_sent) - 8 * 600
    sizes = [len(run) for run in taken]
    counted = port.counters()
    assert (counted["tx_positive"], counted["tx_negative"]) == (sizes.count(1023), sizes.count(1025))
    assert len(set(sizes)) > 1


@pytest.mark.parametrize("octets_a_frame", [536.9, 537, 537.1])
def test_the_reference_takes_what_the_core_justifies_of_an_e3(octets_a_frame: float) -> None:
    rng, port = Random(int(octets_a_frame * 10)), E3(target_octets=1200)
    sent, given_octets, vcs = b"", 0.0, b""
    for _ in range(60):
        given_octets += octets_a_frame
        piece = rng.randbytes(int(given_octets) - len(sent))
        assert port.push(piece) == len(piece)
        sent += piece
        vcs += port.build(POH3, 1)
    taken = [e3.take_async(vcs[i : i + 765]) for i in range(0, len(vcs), 765)]
    bits = "".join(str(bit) for run in taken for bit in run)
    of_sent = "".join(map(str, bits_of(sent)))
    start = bits.index(of_sent[:100])
    length = min(len(bits) - start, len(of_sent))
    assert set(bits[:start]) <= {"1"} and bits[start : start + length] == of_sent[:length]
    assert length > len(of_sent) - 8 * 2400
    counted = port.counters()
    assert counted["tx_negative"] - counted["tx_positive"] == sum(len(run) - 3 * 1432 for run in taken)
    assert len({len(run) for run in taken}) > 1
