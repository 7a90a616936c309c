"""GFP-T of the second implementation: published and computed words, every correction, the PCS of GbE."""

from __future__ import annotations

from itertools import groupby
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ref import gbe, gfp, gfp_t
from tests.ref.eightb10b import ERR, PAD, Character, Decoder, Encoder, data
from tests.ref.gfp import ethernet_payload

K = [Character(code, True) for code in range(12)]
K28_5, K23_7, K27_7, K29_7, K30_7 = K[5], *K[8:]
B0 = [K28_5, gbe.D16_2] * 4
B1 = data(bytes.fromhex("1122334455667788"))
B2 = [K27_7, *data(b"\x55" * 6 + b"\xd5")]
B3 = [*data(b"\1\2\3"), K29_7, K23_7, K28_5, Character(0xC5), PAD]

octets = st.integers(0, 255).map(Character)
controls = st.sampled_from(K)
characters = st.one_of(octets, controls, st.sampled_from([ERR, PAD]))


# -- 64B/65B, superblocks


@pytest.mark.parametrize(
    ("block", "flag", "octets"),
    [
        (B0, 1, "85a5c56550505050"),
        (B1, 0, "1122334455667788"),
        (B2, 1, "09555555555555d5"),
        (B3, 1, "bac8d57d010203c5"),
        ([ERR, *data(bytes(7))], 1, "0c00000000000000"),
    ],
)
def test_block_vectors(block: list[Character], flag: int, octets: str) -> None:
    """STANDARDS 6 and vectors/misc.out."""
    assert gfp_t.encode_block(block) == (flag, bytes.fromhex(octets))
    assert gfp_t.decode_block(flag, bytes.fromhex(octets)) == block


@pytest.mark.parametrize(
    ("blocks", "flags_and_crc"),
    [
        ([B1] * 8, "00c72a"),
        ([B0] * 8, "ffd9d1"),
        ([B0, B1, B2, B3, B1, B1, B1, [ERR, *data(bytes(7))]], "b1916d"),
        ([[Character(0x80), *data(bytes(7))], *[data(bytes(8))] * 7], "009aa2"),  # G.7041 III.2
    ],
)
def test_superblock_vectors(blocks: list[list[Character]], flags_and_crc: str) -> None:
    """STANDARDS 6, 0 and vectors/misc.out."""
    octets = gfp_t.superblock([gfp_t.encode_block(block) for block in blocks])
    assert octets[64:].hex() == flags_and_crc
    assert [gfp_t.decode_block(flag, eight) for flag, eight in gfp_t.blocks_of(octets)] == blocks


def test_crc_vectors() -> None:
    """STANDARDS 6."""
    assert gfp_t.crc16(b"\xff" * 65) == 0x133C and gfp_t.crc16(bytes(range(65))) == 0x8D60
    assert gfp_t.crc16(b"\x80" + bytes(64)) == 0x9AA2


@given(st.lists(characters, min_size=8, max_size=8))
def test_any_block(block: list[Character]) -> None:
    assert gfp_t.decode_block(*gfp_t.encode_block(block)) == block


@pytest.mark.parametrize(
    ("octets", "block"),
    [
        ("9585a5c5e5d5b5f5", [ERR] * 8),  # the eighth says that more follow
        ("8595a5b5c5d5e5f5", [ERR] * 8),
        ("9505010203040506", [ERR] * 8),  # positions 1, 0
        ("8505010203040506", [ERR] * 8),  # positions 0, 0
        ("0e01020304050607", [ERR, *data(bytes(range(1, 8)))]),
        ("7f01020304050607", [*data(bytes(range(1, 8))), ERR]),
    ],
)
def test_blocks_that_cannot_be(octets: str, block: list[Character]) -> None:
    assert gfp_t.decode_block(1, bytes.fromhex(octets)) == block


def test_every_correction() -> None:
    """536 single bits, 493 pairs 43 apart: all syndromes are different, none is that of a good superblock."""
    octets = gfp_t.superblocks(B0 + B3)[0]
    assert len(gfp_t.PATTERNS) == 536 + 493
    for places in gfp_t.PATTERNS:
        wrong = int.from_bytes(octets, "big")
        for place in places:
            wrong ^= 1 << (535 - place)
        assert gfp_t.correct(wrong.to_bytes(67, "big")) == (octets, places)


def test_errors_that_stay() -> None:
    """Adjacent pairs are no line error's: most of them are no pattern's syndrome, and none goes unseen."""
    octets = gfp_t.superblocks(B1 * 8)[0]
    pairs = [(i, i + 1) for i in range(535)]
    results = [gfp_t.correct(bits_flipped(octets, pair)) for pair in pairs]
    assert results.count(None) > 500 and all(got is None or got.octets != octets for got in results)


def bits_flipped(octets: bytes, places: tuple[int, ...]) -> bytes:
    value = int.from_bytes(octets, "big")
    for place in places:
        value ^= 1 << (8 * len(octets) - 1 - place)
    return value.to_bytes(len(octets), "big")


# -- frames


@given(st.lists(characters, max_size=400), st.integers(1, 3), st.booleans(), st.none() | st.integers(0, 255))
@settings(max_examples=50)
def test_frames_round_trip(sent: list[Character], count: int, with_pfcs: bool, cid: int | None) -> None:
    frames = gfp_t.frames(sent, count, with_pfcs=with_pfcs, cid=cid)
    plis = {int.from_bytes(frame[:2], "big") for frame in frames}
    assert plis <= {4 + 4 * (cid is not None) + 67 * count + 4 * with_pfcs}  # STANDARDS 6: payload area
    deframer, sink = gfp.GfpDeframer(), gfp_t.Sink()
    got = deframer.feed(gfp.OctetSource(frames, 2).take(sum(map(len, frames)) + 8))
    assert [(frame.upi, frame.cid) for frame in got] == [(gfp_t.UPI_GBE, cid)] * len(frames)
    received = [c for frame in got for c in sink.feed(frame.payload)]
    assert received == [c for c in sent if c != PAD]
    assert (sink.corrected, sink.errors, sink.discarded) == (0, 0, 0)
    assert sink.superblocks == count * len(frames) and sink.pads + len(received) == 64 * sink.superblocks


@pytest.mark.parametrize("seed", range(6))
def test_each_line_error_is_put_right(seed: int) -> None:
    """A wrong bit of the line comes twice, 43 bits apart, also across superblocks and frames."""
    rng = Random(seed)
    sent = data(rng.randbytes(64 * 6))
    line = gfp.OctetSource(gfp_t.frames(sent, 3), 2).take(8 + 2 * (8 + 3 * 67) + 60)
    first = 8 * (8 + 8)
    places = rng.sample(range(first, first + 8 * 3 * 67), 50) + list(range(first + 8 * 67 - 45, first + 8 * 67 + 3))
    for place in places:
        deframer, sink = gfp.GfpDeframer(), gfp_t.Sink()
        got = deframer.feed(bits_flipped(line, (place,)))
        assert [c for frame in got for c in sink.feed(frame.payload)] == sent, f"seed {seed}, bit {place}"
        assert sink.corrected in (1, 2) and sink.errors == 0


def test_superblocks_that_stay_wrong() -> None:
    octets = gfp_t.superblocks(B1 * 8)[0]
    wrong = bits_flipped(octets, (0, 1))
    sink = gfp_t.Sink()
    assert gfp_t.correct(wrong) is None
    assert sink.feed(octets + wrong + octets) == B1 * 8 + [ERR] * 64 + B1 * 8
    assert sink.feed(octets[:-1]) == [] and sink.feed(b"") == []
    assert (sink.superblocks, sink.errors, sink.corrected, sink.discarded) == (3, 1, 0, 2)
    strict = gfp_t.Sink(correction=False)
    assert strict.feed(bits_flipped(octets, (7,))) == [ERR] * 64 and strict.errors == 1


def test_least_superblocks() -> None:
    """STANDARDS 6 and vectors/mapping_checks.out: GbE, FC, ESCON, DVB-ASI with +100 ppm and -4.6 ppm."""
    rates = [(125e6, 7 * 149.76e6), (106.25e6, 6 * 149.76e6), (20e6, 4 * 48.384e6), (27e6, 5 * 48.384e6)]
    least = [gfp_t.least_superblocks(c * (1 + 100e-6), s * (1 - 4.6e-6)) for c, s in rates]
    assert least == [94, 13, 1, 2]


# -- 8B/10B


def longest_run(bits: list[int]) -> int:
    return max(len(list(run)) for _, run in groupby(bits))


@pytest.mark.parametrize(
    ("character", "minus", "plus"),
    [
        (K28_5, "0011111010", "1100000101"),
        (K[1], "0011111001", "1100000110"),
        (K[7], "0011111000", "1100000111"),
        (K23_7, "1110101000", "0001010111"),
        (K27_7, "1101101000", "0010010111"),
        (K29_7, "1011101000", "0100010111"),
        (K30_7, "0111101000", "1000010111"),
        (gbe.D5_6, "1010010110", "1010010110"),
        (gbe.D16_2, "0110110101", "1001000101"),
        (gbe.D21_5, "1010101010", "1010101010"),
        (gbe.D2_2, "1011010101", "0100100101"),
        (Character(0x00), "1001110100", "0110001011"),
        (Character(0xF1), "1000110111", "1000110001"),  # D17.7
        (Character(0xEB), "1101001110", "1101001000"),  # D11.7
        (Character(0x07), "1110001011", "0001110100"),
    ],
)
def test_symbols(character: Character, minus: str, plus: str) -> None:
    """IEEE 802.3 table 36-1 and 36-2. (All 536 agree with the package encdec8b10b.)"""
    assert [format(Encoder(d).encode([character])[0], "010b") for d in (-1, 1)] == [minus, plus]


@given(st.lists(octets | controls, max_size=60), st.sampled_from([-1, 1]))
def test_symbols_round_trip(sent: list[Character], disparity: int) -> None:
    """Disparity stays at -1 or 1; no run is longer than five, but beside K28.7; all is read again."""
    encoder, decoder = Encoder(disparity), Decoder(disparity)
    symbols = encoder.encode(sent)
    assert decoder.decode(symbols) == sent and decoder.disparity == encoder.disparity
    bits = [symbol >> i & 1 for symbol in symbols for i in range(9, -1, -1)]
    assert disparity + 2 * sum(bits) - len(bits) == encoder.disparity
    if bits and K[7] not in sent:
        assert longest_run(bits) <= 5


def test_the_comma_stands_in_k28_1_5_7_only() -> None:
    for character, disparity in [(c, d) for c in data(bytes(range(256))) + K for d in (-1, 1)]:
        symbol = format(Encoder(disparity).encode([character])[0], "010b")
        comma = symbol[:7] in ("0011111", "1100000")
        assert comma == (character in (K[1], K28_5, K[7]))


def test_symbols_that_are_none() -> None:
    """10B_ERR goes out as no symbol and comes in as 10B_ERR, and the disparity goes on behind it."""
    for disparity in (-1, 1):
        sent = [*B0, ERR, *B1, ERR, ERR, *B2]
        assert Decoder(disparity).decode(Encoder(disparity).encode(sent)) == sent
    assert Decoder(-1).decode(Encoder(1).encode([K28_5])) == [ERR]  # the other disparity's
    known = {symbol for d in (-1, 1) for c in data(bytes(range(256))) + K for symbol in Encoder(d).encode([c])}
    assert all(Decoder(d).decode([s]) == [ERR] for d in (-1, 1) for s in range(1024) if s not in known)


# -- the PCS of GbE


mac_frames = st.lists(st.binary(min_size=14, max_size=90).map(ethernet_payload), max_size=5)


@given(mac_frames, st.integers(1, 20), st.integers(2, 7))
def test_pcs_round_trip(frames: list[bytes], gap: int, preamble: int) -> None:
    """Also without some of the idles, and over symbols, whose even places hold the commas."""
    sender = gbe.Transmitter(gap)
    sent = sender.idle(3) + [c for frame in frames for c in sender.frame(frame, preamble=preamble)] + sender.idle(3)
    receiver = gbe.Receiver().feed(Decoder().decode(Encoder().encode(sent)))
    assert receiver.frames == frames and (receiver.errored, receiver.false_carriers) == (0, 0)
    assert all(place % 2 == 0 for place, c in enumerate(sent) if c in (K28_5, gbe.S))
    gaps = "".join("." if not c.control else "F" if c == gbe.S else "E" if c == gbe.T else "x" for c in sent)
    assert all(len(part.split("F")[0]) + 1 >= gap for part in gaps.split("E")[1:-1])


def test_idles() -> None:
    """Behind each frame the disparity is negative from the first /I/ on, and all idles then are /I2/."""
    for length in range(60, 70):
        sender = gbe.Transmitter()
        sent = sender.idle() + sender.frame(ethernet_payload(bytes(range(length)))) + sender.idle(2)
        encoder = Encoder()
        seen = []
        for place in range(0, len(sent), 2):
            before = encoder.disparity
            encoder.encode(sent[place : place + 2])
            if sent[place] == K28_5:
                assert encoder.disparity == -1
                seen.append((before, sent[place + 1]))
        assert all(second == (gbe.D5_6 if before == 1 else gbe.D16_2) for before, second in seen)
        assert all(before == -1 for before, _ in seen[2:])


def test_pcs_of_standards() -> None:
    """STANDARDS 6: the block K27.7 55*6 D5 is what a frame begins with."""
    sent = gbe.Transmitter().frame(ethernet_payload(bytes(60)))
    assert sent[:8] == B2
    assert sent[72:75] == [gbe.T, gbe.R, K28_5]


def test_faults_between_and_in_frames() -> None:
    good = ethernet_payload(bytes(range(60)))
    sender = gbe.Transmitter()
    frame = sender.frame(good)
    idle = gbe.I2 * 3

    def counted(sent: list[Character]) -> tuple[int, int, int]:
        receiver = gbe.Receiver().feed([*idle, *sent, *idle, *frame, *idle, *idle])
        return len(receiver.frames), receiver.errored, receiver.false_carriers

    start = frame[:50]
    assert counted([]) == (1, 0, 0)
    assert counted(sender.frame(good, errors=[7])) == (1, 1, 0)
    assert counted([*start[:20], ERR, *start[21:], *frame[50:]]) == (1, 1, 0)
    assert counted(start) == (1, 1, 0)  # idle comes early
    assert counted([*start, gbe.R, gbe.R, gbe.R]) == (1, 1, 0)
    assert counted([*start, gbe.T, *start[:3], *frame[50:]]) == (1, 1, 0)  # a /T/ without /R/
    assert counted([*frame[:-8], *[gbe.R] * 30]) == (2, 0, 0)  # carrier extension
    assert counted([ERR, ERR, gbe.V]) == (1, 0, 1)
    assert counted([gbe.S, *data(good), gbe.T, gbe.R]) == (1, 1, 0)  # no SFD
    assert counted([gbe.S, *data(b"\xd5" + good), gbe.T, gbe.R]) == (2, 0, 0)
    configuration = [K28_5, gbe.D21_5, *data(b"\x20\x40"), K28_5, gbe.D2_2, *data(b"\x20\x40")]
    receiver = gbe.Receiver().feed([*configuration, *idle, *configuration, *idle])
    assert receiver.configurations == [0x4020] * 4


def test_gbe_over_gfp_t() -> None:
    rng = Random(5)
    frames = [ethernet_payload(rng.randbytes(rng.randint(60, 1514))) for _ in range(12)]
    sender = gbe.Transmitter()
    sent = sender.idle(9) + [c for frame in frames for c in sender.frame(frame)]
    deframer, sink, receiver = gfp.GfpDeframer(), gfp_t.Sink(), gbe.Receiver()
    for got in deframer.feed(gfp.OctetSource(gfp_t.frames(sent + sender.idle(4), 5), 2).take(40000)):
        receiver.feed(sink.feed(got.payload))
    assert receiver.frames == frames and receiver.errored == 0
