"""The E1 frame (G.704, G.706): vectors, alignment under errors and imitations, interworking, alarms."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msapemu._framing import FramedE1, PdhLine, crc4_of, p12_arrows

from .e1s import Listener, Pair, crc4_bitwise, framed, send, shifted

# STANDARDS 9: octets of TS1..31 -> CRC-4 of SMF I and SMF II (Sa 11111, A 0, E 1 1)
VECTORS = {
    "ones": (lambda n: b"\xff" * 31, 0b1010, 0b1011),
    "D5": (lambda n: b"\xd5" * 31, 0b1111, 0b1110),
    "zeros": (lambda n: bytes(31), 0b1011, 0b1010),
    "number of the timeslot": (lambda n: bytes(range(1, 32)), 0b0000, 0b0001),
    "counting": (lambda n: bytes((32 * (n % 16) + k) % 256 for k in range(1, 32)), 0b1100, 0b1101),
}


def noise(seed: int):
    """Timeslots of frame n at random."""
    numbers = random.Random(seed)
    return lambda n: numbers.randbytes(31)


def test_the_state_machine_is_the_table() -> None:
    arrows = p12_arrows()
    events = ("FOUND", "LOST", "MFAS", "TIMEOUT", "FALSE", "MOVED")
    stays = {state: dict.fromkeys(events, state) for state in arrows}
    wanted = {
        "HUNT": stays["HUNT"] | {"FOUND": "SEARCH"},
        "BASIC": stays["BASIC"] | {"LOST": "HUNT"},
        "SEARCH": stays["SEARCH"] | {"LOST": "HUNT", "MFAS": "MULTIFRAME", "TIMEOUT": "BASIC"},
        "MULTIFRAME": stays["MULTIFRAME"] | {"LOST": "HUNT", "FALSE": "HUNT", "MOVED": "SEARCH"},
    }
    assert arrows == wanted
    assert p12_arrows("basic")["HUNT"]["FOUND"] == "BASIC"
    assert p12_arrows("crc4", False)["SEARCH"]["TIMEOUT"] == "HUNT"


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=256, max_size=256))
def test_crc4_against_the_bitwise_model(octets: bytes) -> None:
    assert crc4_of(octets) == crc4_bitwise([octet >> (7 - i) & 1 for octet in octets for i in range(8)])


@pytest.mark.parametrize("name", VECTORS)
def test_crc4_vectors(name: str) -> None:
    """Those of the sheet come out of the bitwise framer, and the core takes its frames for right."""
    payload, first, second = VECTORS[name]
    octets = framed(payload, 160)
    bits = [octets[32 * n] >> 7 for n in range(160)]
    told = [bits[n] << 3 | bits[n + 2] << 2 | bits[n + 4] << 1 | bits[n + 6] for n in range(16, 160, 8)]
    assert told == [second if k % 2 == 0 else first for k in range(18)]
    listener = Listener()
    listener.take(octets)
    counters = listener.e1.counters()
    assert listener.e1.state == "MULTIFRAME"
    assert counters["crc_blocks"] >= 13
    assert counters["crc_errors"] == 0
    assert listener.e1.rows(4) == octets[-4 * 32 :]


def test_what_is_sent_is_what_the_bitwise_framer_makes() -> None:
    line = PdhLine("e1")
    end = FramedE1(line.bearers[0], idle=0xD5)
    wanted = framed(lambda n: b"\xd5" * 31, 64, e=(0, 0), alarm=1)  # it hears nothing: A = 1, E = 0
    assert send(end, line, 64) == wanted


@pytest.mark.parametrize("framing", ["crc4", "basic"])
def test_alignment_at_any_bit(framing: str) -> None:
    octets = framed(noise(1), 96)
    for bits in range(0, 512, 7):
        listener = Listener(framing)
        listener.take(shifted(octets, bits)[: 80 * 32])
        assert listener.e1.state == ("MULTIFRAME" if framing == "crc4" else "BASIC")
        rows = listener.e1.rows(8)
        assert rows in octets
        assert octets.index(rows) % 32 == 0


def test_alignment_under_errors() -> None:
    """BER 1e-3, random timeslots, any start: in frame within 2 ms in 99.9 % of 5000 tries."""
    random_octets = np.random.default_rng(17)
    good = np.unpackbits(np.frombuffer(framed(noise(2), 4096), np.uint8))
    tries, late = 5000, 0
    for _ in range(tries):
        start = int(random_octets.integers(0, 8 * 32 * 3900))
        bits = good[start : start + 8 * 32 * 16].copy()
        bits ^= (random_octets.random(bits.size) < 1e-3).astype(np.uint8)
        listener = Listener("basic")
        listener.take(np.packbits(bits).tobytes())
        # what comes next, without errors, shows where it is aligned
        after = good[start + bits.size : start + bits.size + 8 * 32 * 3]
        listener.take(np.packbits(after).tobytes())
        row = np.unpackbits(np.frombuffer(listener.e1.rows(1), np.uint8))
        at = (-start) % 256
        whole = [after[at + 256 * k : at + 256 * (k + 1)] for k in range(3)]
        late += not any(np.array_equal(row, one) for one in whole)
    print(f"not in frame within 2 ms: {late} of {tries}")
    assert late <= tries // 1000


@pytest.mark.parametrize("slot", [1, 2, 5, 15, 16, 30, 31])
def test_a_timeslot_that_imitates_the_fas(slot: int) -> None:
    """With CRC-4 the true alignment is found whatever imitates it, from any start."""
    numbers = random.Random(slot)

    def payload(n: int) -> bytes:
        row = bytearray(numbers.randbytes(31))
        row[slot - 1] = 0x1B if n % 2 == 0 else 0x5F
        return bytes(row)

    octets = framed(payload, 640)
    for start in (0, 100, 8 * slot - 1, 8 * slot, 8 * slot + 1, 256 + 8 * slot, 300, 511):
        listener = Listener()
        listener.take(shifted(octets, start)[: 600 * 32])
        assert listener.e1.state == "MULTIFRAME"
        assert listener.e1.rows(2) in octets
        assert octets.index(listener.e1.rows(2)) % 32 == 0
        assert listener.e1.counters()["crc_errors"] == 0


def test_an_imitation_goes_on_to_a_peer_without_crc4() -> None:
    """Annex B takes 400 ms to say so, and stays where it found frames first."""
    octets = framed(noise(3), 32)
    basic = bytearray(b"".join(octets[:64] for _ in range(1700)))
    for at in range(0, len(basic), 32):
        basic[at] |= 0x80
    listener = Listener()
    listener.take(bytes(basic[: 3190 * 32]))
    assert listener.e1.state == "SEARCH"
    assert listener.e1.defects == ("P12-LOM",)
    listener.take(bytes(basic[3190 * 32 : 3250 * 32]))
    assert listener.e1.state == "BASIC"
    assert listener.e1.defects == ()


@pytest.mark.parametrize(("a", "b"), [("crc4", "crc4"), ("crc4", "basic"), ("basic", "crc4"), ("basic", "basic")])
def test_interworking(a: str, b: str) -> None:
    pair = Pair(a, b)
    pair.run(80)
    # traffic passes at once in all pairings, before annex B has decided
    assert pair.a.rows(2)[1:32] == pair.b.rows(2)[1:32] == b"\xff" * 31
    pair.run(8 * 500)
    both = "MULTIFRAME" if a == b == "crc4" else "BASIC"
    assert (pair.a.state, pair.b.state) == (both, both)
    assert pair.a.defects == pair.b.defects == ()
    assert not pair.a.far_end_deaf
    if a == "crc4" and b == "basic":
        # CRC-4 goes on being sent, with E = 0 and A = 0
        sent = pair.b.rows(16)
        assert all(sent[32 * n] & 0x20 == 0 for n in range(16) if sent[32 * n] & 0x40)


def test_without_annex_b_the_alarm_stays() -> None:
    pair = Pair("crc4", "basic", annex_a=False)
    pair.run(8 * 1000)
    assert pair.a.defects == ("P12-LOM",)
    assert pair.b.defects == ("P12-RAI",)
    assert pair.a.rows(1) == b"\xff" * 32


def test_a_far_end_that_receives_no_multiframe() -> None:
    """E bits that stay 0 for five seconds (G.706 B.2.3)."""
    listener = Listener()
    listener.take(framed(lambda n: b"\xd5" * 31, 160, e=(0, 0)) * 260, 8192)
    assert listener.e1.state == "MULTIFRAME"
    assert listener.e1.far_end_deaf


def spoiled(octets: bytes, frames: list[int], mask: int) -> bytes:
    out = bytearray(octets)
    for n in frames:
        out[32 * n] ^= mask
    return bytes(out)


def test_lost_after_three_wrong_fas() -> None:
    octets = framed(noise(4), 320)
    two = Listener()
    two.take(spoiled(octets, [100, 102], 0x01)[: 200 * 32])
    assert two.e1.counters()["losses"] == 0
    assert two.e1.counters()["fas_errors"] == 2
    three = Listener()
    three.take(spoiled(octets, [100, 102, 104], 0x01)[: 105 * 32], 32)
    assert three.e1.state == "HUNT"
    assert three.e1.counters()["losses"] == 1
    assert "P12-LOF" in three.e1.defects
    three.take(octets[105 * 32 :])
    assert three.e1.state == "MULTIFRAME"
    assert three.e1.defects == ()


@pytest.mark.parametrize(("errors", "false"), [(914, 0), (915, 1)])
def test_false_alignment_by_crc(errors: int, false: int) -> None:
    """915 errored blocks of 1000 begin a new search."""
    multiframe = framed(lambda n: b"\x5a" * 31, 32)[16 * 32 :]  # the second one, and all that follow, are alike
    listener = Listener()
    listener.take(multiframe * 10)
    before = listener.e1.counters()["crc_blocks"]
    bad = bytearray(multiframe * 500)
    for block in range(errors):
        bad[32 * (8 * block + 3) + 7] ^= 0x10
    # the window of 1000 began with the first block that was checked; a block is told of by the next one
    listener.take(bytes(bad[: 32 * 8 * (1000 - before + 1)]), 8192)
    counters = listener.e1.counters()
    assert counters["crc_errors"] == errors
    assert counters["false_alignments"] == false


def test_a_slip_by_half_a_multiframe_is_seen() -> None:
    """Sub-multiframes stay whole, so that CRC-4 is right; the multiframe alignment signal is not."""
    octets = framed(lambda n: b"\x5a" * 31, 320)
    listener = Listener()
    listener.take(octets[: 160 * 32])
    listener.take(octets[168 * 32 :])
    assert listener.e1.state == "MULTIFRAME"
    assert listener.e1.counters()["losses"] == 0
    assert listener.e1.defects == ()
    before = listener.e1.counters()["e_bits"]
    listener.take(octets[16 * 32 : 176 * 32])   # goes on in step: E bits are where they are looked for
    assert listener.e1.counters()["e_bits"] == before


def test_errored_blocks_go_back_as_e_bits() -> None:
    pair = Pair()
    pair.run(160)
    before = pair.a.counters()["e_bits"]
    hit = {40 * 8 + 3, 60 * 8 + 5, 61 * 8 + 1}

    def spoil(octets: bytes, frame: int) -> bytes:
        out = bytearray(octets)
        for k in range(8):
            if frame + k in hit:
                out[32 * k + 9] ^= 1
        return bytes(out)

    pair.spoil = spoil
    pair.run(8 * 120)
    assert pair.b.counters()["crc_errors"] == 3
    assert pair.a.counters()["e_bits"] - before == 3


def test_alarms_set_and_clear() -> None:
    pair = Pair()
    pair.run(160)
    for fabric in pair.fabrics:
        fabric.events()
    pair.a.alarm = True
    pair.run(8 * 4)
    assert pair.b.defects == ("P12-RAI",)
    pair.a.alarm = False
    pair.run(8 * 4)
    assert pair.b.defects == ()
    pair.a.ais = True
    pair.run(8 * 4)
    assert pair.b.defects == ("P12-AIS",)
    pair.run(8 * 4)
    assert pair.a.defects == ("P12-RAI",)
    assert pair.b.rows(1) == b"\xff" * 32
    pair.a.ais = False
    pair.run(8 * 10)
    assert pair.a.defects == pair.b.defects == ()
    told = [(defect, raised) for _, _, defect, raised in pair.fabrics[1].events()]
    assert told == [("P12-RAI", True), ("P12-RAI", False), ("P12-AIS", True), ("P12-AIS", False)]


def test_ais_by_its_zeros() -> None:
    """Two zeros in 512 bits are AIS, three are none, twice each (G.775)."""
    two = bytearray(b"\xff" * 64)
    two[10] = 0xFE
    two[50] = 0x7F
    three = bytearray(two)
    three[30] = 0xFB
    listener = Listener("unframed")
    listener.take(bytes(two))
    assert listener.e1.defects == ()
    listener.take(bytes(two))
    assert listener.e1.defects == ("P12-AIS",)
    listener.take(bytes(three) + bytes(two))
    assert listener.e1.defects == ("P12-AIS",)
    listener.take(bytes(three) * 2)
    assert listener.e1.defects == ()


def test_no_signal() -> None:
    listener = Listener()
    octets = framed(noise(5), 160)
    listener.take(octets)
    listener.line.silent(40)
    listener.fabric.receive()
    assert listener.e1.defects == ("P12-LOS",)
    listener.take(octets)
    assert listener.e1.defects == ()
    assert listener.e1.state == "MULTIFRAME"


def test_ssm_and_sa_bits() -> None:
    line = PdhLine("e1")
    sender = FramedE1(line.bearers[0], sa=0b10101, ssm=0b0010, ssm_bit=5)
    listener = Listener(ssm_bit=5)
    octets = send(sender, line, 160)
    listener.take(octets)
    counters = listener.e1.counters()
    assert counters["ssm"] == 0b0010
    # frames 1 3 5 7 carry the nibble in Sa5, highest bit first; the other Sa bits are as set
    told = [octets[32 * n] & 0x1F for n in (1, 3, 5, 7, 9, 11, 13, 15)]
    assert told == [0b10101, 0b10101, 0b11101, 0b10101] * 2


def test_random_octets_do_no_harm() -> None:
    numbers = random.Random(6)
    listener = Listener(cas=True, ssm_bit=4)
    listener.take(numbers.randbytes(32 * 20000), 8192)
    assert listener.e1.counters()["frames"] > 19000


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 511), st.integers(1, 80), st.booleans()), max_size=8))
def test_any_mixture_of_signals(parts: list[tuple[int, int, bool]]) -> None:
    """Whatever comes before, a good signal is found after it."""
    octets = framed(lambda n: bytes((n * 37 + k * 11) % 256 for k in range(31)), 160)
    listener = Listener()
    for bits, frames, good in parts:
        listener.take(shifted(octets, bits)[: 32 * frames] if good else bytes([bits & 0xFF]) * 32 * frames)
    listener.take(octets * 3)
    assert listener.e1.state == "MULTIFRAME"
    assert listener.e1.defects == ()
