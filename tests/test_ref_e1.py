"""The E1 frame of the second implementation: vectors of the CRC-4, both alignments, defects, CAS (STANDARDS 9)."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ref import e1cas, e1frame, e1sync
from tests.ref.e1frame import BITS, Overhead, bits_text
from tests.ref.e1sync import Event

seeds = st.integers(0, 2**32 - 1)
MS = 8  # frames


def random_slots(frames: int, seed: int = 1) -> list[bytes]:
    rng = Random(seed)
    return [rng.randbytes(31) for _ in range(frames)]


def signal(frames: list[bytes]) -> str:
    return bits_text(b"".join(frames))


# -- the frame


@pytest.mark.parametrize(
    ("slot", "smf_1", "smf_2"),
    [
        (lambda f, n: 0xFF, 0b1010, 0b1011),
        (lambda f, n: 0xD5, 0b1111, 0b1110),
        (lambda f, n: 0x00, 0b1011, 0b1010),
        (lambda f, n: n, 0b0000, 0b0001),
        (lambda f, n: (32 * f + n) % 256, 0b1100, 0b1101),
    ],
)
def test_crc_4_vectors(slot: Callable[[int, int], int], smf_1: int, smf_2: int) -> None:
    """Sa 11111, A 0, E 1 and 1; the CRC of an SMF stands in the next."""
    frames = e1frame.build([bytes(slot(f % 16, n) for n in range(1, 32)) for f in range(32)])
    assert [e1frame.smf_crc(frames[at : at + 8]) for at in (0, 8, 16, 24)] == [smf_1, smf_2] * 2
    assert [e1frame.c_bits(frames[at : at + 8]) for at in (0, 8, 16, 24)] == [0, smf_1, smf_2, smf_1]


def test_ts0() -> None:
    frames = e1frame.build([bytes(31)] * 16, overhead=Overhead(a=1, sa=0b10101, e=(0, 1)))
    assert [frame[0] & 0x7F for frame in frames[::2]] == [0x1B] * 8
    assert [frame[0] for frame in frames[1::2]] == [
        first << 7 | 0b1110101 for first in (0, 0, 1, 0, 1, 1, 0, 1)
    ]  # MFAS, E of SMF I, E of SMF II
    basic = e1frame.build([bytes(31)] * 4, crc=False)
    assert [frame[0] for frame in basic] == [0x9B, 0xDF, 0x9B, 0xDF]


def test_ssm_in_one_sa_bit() -> None:
    """The first of four bits in frame 1, and again in frame 9."""
    for bit in e1frame.SA_BITS:
        for ssm in range(16):
            frames = e1frame.build([bytes(31)] * 16, overhead=Overhead(sa=0b01010, ssm=ssm, ssm_bit=bit))
            assert e1frame.ssm_of(frames, bit) == (ssm, ssm)
            others = 0b11111 & ~(1 << (8 - bit))
            assert {frame[0] & others for frame in frames[1::2]} == {0b01010 & others}
    frames = e1frame.build([bytes(31)] * 16, overhead=Overhead(ssm=0b0010))
    assert [frame[0] >> 4 & 1 for frame in frames[1::2]] == [0, 0, 1, 0] * 2


@given(st.binary(max_size=40))
def test_crc_4_by_octets_and_by_bits(octets: bytes) -> None:
    assert e1frame.crc4(octets) == e1frame.crc4_bits(int(bit) for bit in bits_text(octets))


# -- alignment


@settings(max_examples=30)
@given(seeds, st.integers(0, 600), st.integers(0, 30))
def test_found_at_any_bit(seed: int, lead: int, cut: int) -> None:
    """Behind ones, from any frame of the multiframe on."""
    slots = random_slots(96, seed)
    frames = e1frame.build(slots)[cut:]
    reading = e1sync.read("1" * lead + signal(frames))
    assert "crc" in reading.at_end()
    got = [frame for frame in reading.frames if frame.number is not None]
    assert len(got) >= 16
    assert [frame.octets for frame in got] == frames[-len(got) :]
    assert [frame.number for frame in got] == [(96 - len(got) + n) % 16 for n in range(len(got))]
    assert reading.counts["crc_errors"] == 0 and reading.counts["blocks"] >= 1


def test_without_crc() -> None:
    frames = e1frame.build(random_slots(20), crc=False)
    reading = e1sync.read("1" + signal(frames), crc=False)
    assert [frame.octets for frame in reading.frames] == frames[2:]
    assert reading.of("LOF") == [Event(0, "LOF", True), Event(1 + 2 * BITS, "LOF", False)]
    assert all(frame.number is None for frame in reading.frames)


def wrong_fas(frames: list[bytes], *numbers: int) -> list[bytes]:
    return [bytes([f[0] ^ 0x08]) + f[1:] if n in numbers else f for n, f in enumerate(frames)]


def test_lost_after_three_wrong_fas() -> None:
    frames = e1frame.build([bytes([0x55]) * 31] * 40, crc=False)
    kept = e1sync.read(signal(wrong_fas(frames, 8, 10, 14, 16)), crc=False)
    assert kept.at_end() == {"no crc"} and kept.counts["fas_errors"] == 4
    lost = e1sync.read(signal(wrong_fas(frames, 8, 10, 12)), crc=False)
    assert lost.of("LOF") == [
        Event(0, "LOF", True),
        Event(2 * BITS, "LOF", False),
        Event(13 * BITS, "LOF", True),
        Event(16 * BITS, "LOF", False),  # frames 14, 15, 16
    ]


def test_not_found_without_bit_2() -> None:
    """A FAS in every frame, bit 2 = 0, is none."""
    frames = [bytes([0x1B]) + bytes(31)] * 40
    assert e1sync.read(signal(frames), crc=False).frames == []


def test_multiframe_needs_two_mfas() -> None:
    """One of two in each 8 ms is not enough, and without interworking the basic alignment is searched anew."""
    frames = e1frame.build(random_slots(50 * MS))

    def without(number: int, octets: bytes) -> bytes:
        return octets if number % 64 < 16 or number % 2 == 0 else bytes([octets[0] & 0x7F]) + octets[1:]

    text = signal([without(n, octets) for n, octets in enumerate(frames)])
    assert e1sync.find_multiframes(text, 0) is None
    reading = e1sync.read(text, interworking=False)
    assert "crc" not in reading.at_end()
    assert len([event for event in reading.of("LOF") if event.on]) >= 5
    assert e1sync.find_multiframes(signal(frames), 0) == (16 * BITS, 28 * BITS)


def imitated(frames: list[bytes], slot: int) -> list[bytes]:
    """With TS0 of another E1 without CRC in a timeslot."""
    return [f[:slot] + bytes([0x9B if n % 2 == 0 else 0xDF]) + f[slot + 1 :] for n, f in enumerate(frames)]


def test_annex_b_finds_the_right_alignment() -> None:
    """The primary alignment is a false one; the second search finds the multiframe within 400 ms."""
    frames = imitated(e1frame.build(random_slots(40 * MS)), 5)
    text = signal(frames)[16:]  # so that TS5 comes before TS0
    reading = e1sync.read(text)
    assert reading.of("LOF", "crc", "no crc")[1:] == [
        Event(5 * 8 - 16 + 2 * BITS, "LOF", False),
        Event(reading.of("crc")[0].bit, "crc", True),
    ]
    last = reading.frames[-1]
    assert (last.bit + 16) % BITS == 0 and last.octets == imitated(e1frame.build(random_slots(40 * MS)), 5)[-1]


def test_annex_b_far_end_without_crc() -> None:
    frames = e1frame.build(random_slots(450 * MS), crc=False)
    reading = e1sync.read(signal(frames))
    assert reading.of("no crc") == [Event(2 * BITS + 400 * MS * BITS, "no crc", True)]
    assert [frame.octets for frame in reading.frames] == frames[2:]  # the primary one is not disturbed
    assert reading.counts["crc_errors"] == 0


@pytest.mark.slow
def test_false_alignment_after_915_of_1000() -> None:
    """C bits that are wrong 915 times; 914 of 1000 change nothing."""
    frames = e1frame.build(random_slots(2100 * MS))

    def with_errors(count: int) -> str:
        return signal(
            [
                bytes([f[0] ^ 0x80]) + f[1:] if n % 8 == 0 and n // 8 % 1000 < count + 4 and n > 60 else f
                for n, f in enumerate(frames)
            ]
        )

    kept = e1sync.read(with_errors(700))
    assert "crc" in kept.at_end() and not kept.of("false alignment")
    lost = e1sync.read(with_errors(990))
    assert lost.of("false alignment")
    first = lost.of("false alignment")[0].bit
    before = sum(frame.bit < first and frame.number in (7, 15) for frame in lost.frames)
    assert before < 1000
    assert "crc" in lost.at_end()


# -- CRC errors, E and A bits


@settings(max_examples=20)
@given(seeds)
def test_crc_errors_are_counted_by_smf(seed: int) -> None:
    rng = Random(seed)
    frames = e1frame.build(random_slots(160, seed))
    hit = sorted(rng.sample(range(8, 18), rng.randrange(5)))  # SMFs
    for smf in hit:
        frame, octet = 8 * smf + rng.randrange(8), rng.randrange(1, 32)
        octets = bytearray(frames[frame])
        octets[octet] ^= 1 << rng.randrange(8)
        frames[frame] = bytes(octets)
    reading = e1sync.read(signal(frames))
    assert reading.counts["crc_errors"] == len(hit)


def test_e_bits() -> None:
    """One E bit per errored SMF, in frame 13 for SMF I, 15 for SMF II."""

    def overhead(number: int) -> Overhead:
        return Overhead(e=(int(number // 16 not in (5, 7)), int(number // 16 != 7)))

    frames = e1frame.build(random_slots(160), overhead=overhead)
    assert e1sync.read(signal(frames)).counts["rei"] == 3
    assert e1sync.to_send(False, False) == (1, (0, 0))
    assert e1sync.to_send(True, False) == (0, (0, 0))
    assert e1sync.to_send(True, True) == (0, (1, 1))


def test_rai_after_five() -> None:
    frames = e1frame.build(random_slots(80), crc=False, overhead=lambda n: Overhead(a=int(20 <= n < 40)))
    reading = e1sync.read(signal(frames), crc=False)
    assert reading.of("RAI") == [Event(30 * BITS, "RAI", True), Event(50 * BITS, "RAI", False)]
    short = e1frame.build(random_slots(80), crc=False, overhead=lambda n: Overhead(a=int(20 <= n < 28)))
    assert e1sync.read(signal(short), crc=False).of("RAI") == []


def test_ais_and_los() -> None:
    frames = e1frame.build(random_slots(40), crc=False)
    ones = [b"\xff" * 32] * 12
    reading = e1sync.read(signal(frames[:20] + ones + frames[20:]), crc=False)
    assert reading.of("AIS") == [Event(24 * BITS, "AIS", True), Event(36 * BITS, "AIS", False)]
    assert [event.on for event in reading.of("LOF")] == [True, False, True, False]
    assert reading.of("LOF")[2].bit == 25 * BITS
    gone = e1sync.read(signal(frames[:20]) + "-" * 2560 + signal(frames[20:]), crc=False)
    assert gone.of("LOS") == [Event(20 * BITS + 255, "LOS", True), Event(30 * BITS + 1, "LOS", False)]
    assert e1sync.los("-" * 254) == []
    assert e1sync.ais(("0" * 3 + "1" * 509) * 4) == []
    assert len(e1sync.ais(("0" * 2 + "1" * 510) * 4)) == 1


# -- CAS


def test_cas() -> None:
    """abcd of TS n and n+16 in frame n; the multiframe need not be the one of the CRC-4."""
    abcd = {slot: slot % 15 + 1 for slot in e1cas.TIMESLOTS}
    assert len(abcd) == 30
    frames = e1frame.build(e1cas.put(random_slots(160), abcd, first=5))
    got = e1cas.read(bytes(frame[16] for frame in frames))
    assert got.events == [(0, "CAS-LOM", True), (11, "CAS-LOM", False)]
    assert [one.at for one in got.multiframes] == list(range(11, 160 - 15, 16))
    assert all(one.abcd == abcd and one.y == 0 for one in got.multiframes)
    assert frames[11][16] == 0b00001011 and frames[12][16] == abcd[1] << 4 | abcd[17]
    alarm = e1cas.read(bytes(f[16] for f in e1cas.put([bytes(32)] * 40, abcd, y=1)))
    assert alarm.multiframes[0].y == 1


def test_cas_lost() -> None:
    abcd = dict.fromkeys(e1cas.TIMESLOTS, 5)
    octets = bytearray(f[16] for f in e1cas.put([bytes(32)] * 160, abcd))
    octets[32] = octets[64] = octets[80] = 0xF0
    got = e1cas.read(bytes(octets))
    assert got.events == [
        (0, "CAS-LOM", True),
        (16, "CAS-LOM", False),  # the first has nothing before it
        (81, "CAS-LOM", True),
        (96, "CAS-LOM", False),
    ]
    assert e1cas.read(bytes(octets[:16]) + bytes(64)).events[-1] == (32, "CAS-LOM", True)
    ais = e1cas.read(bytes(octets[:32]) + b"\xff" * 48 + bytes(octets[80:]))
    assert [event for event in ais.events if event[1] == "CAS-AIS"] == [(64, "CAS-AIS", True), (112, "CAS-AIS", False)]
