"""GFP-T of core and second implementation: symbols, superblocks, the PCS of GbE, and characters over whole lines."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from msapemu._framing import (
    ERR_OCTET,
    PAD_OCTET,
    Group,
    Pcs,
    decode_8b10b,
    decode_superblocks,
    encode_8b10b,
    encode_superblocks,
    superblocks_least,
)
from tests.ref import gbe, gfp, gfp_t, vcat, vcatmix
from tests.ref.eightb10b import CONTROL_OCTETS, ERR, PAD, Character, Decoder, Encoder
from tests.ref.stmn import StmN
from tests.test_ref_core_vcat import LEAD, Port

seeds = st.integers(0, 2**32 - 1)
no_shrinking = [Phase.explicit, Phase.reuse, Phase.generate]
OCTETS = {ERR.value: ERR_OCTET, PAD.value: PAD_OCTET, **dict(enumerate(CONTROL_OCTETS))}  # by control code
CODES = {octet: code for code, octet in OCTETS.items()}


def core_form(characters: Iterable[Character]) -> tuple[bytes, bytes]:
    """Octets, and which of them are control characters."""
    found = list(characters)
    return bytes(OCTETS[c.value] if c.control else c.value for c in found), bytes(c.control for c in found)


def ref_form(octets: bytes, control: bytes) -> list[Character]:
    """Characters from what the core gives."""
    return [Character(CODES[o], True) if c else Character(o) for o, c in zip(octets, control, strict=True)]


def some_characters(rng: Random, count: int, *, pads: bool = False) -> list[Character]:
    """Data, and control characters one by one and in runs."""
    control = [Character(code, True) for code in range(12)] + [ERR] + [PAD] * pads
    share = rng.choice([0.0, 0.02, 0.2, 0.9])
    return [rng.choice(control) if rng.random() < share else Character(rng.randrange(256)) for _ in range(count)]


# -- 8B/10B


@given(seed=seeds, positive=st.booleans())
@settings(max_examples=30, deadline=None)
def test_symbols(seed: int, positive: bool) -> None:
    characters = some_characters(Random(seed), 300)
    encoder, decoder = Encoder(1 if positive else -1), Decoder(1 if positive else -1)
    symbols = encoder.encode(characters)
    assert encode_8b10b(*core_form(characters), positive) == (symbols, encoder.disparity == 1)
    octets, control, after = decode_8b10b(symbols, positive)
    assert ref_form(octets, control) == decoder.decode(symbols) == characters
    assert after == (decoder.disparity == 1)


@given(st.lists(st.integers(0, 1023), max_size=300), st.booleans())
def test_any_ten_bits(symbols: list[int], positive: bool) -> None:
    """Illegal codes and codes of the other disparity, one after the other."""
    decoder = Decoder(1 if positive else -1)
    octets, control, after = decode_8b10b(symbols, positive)
    assert ref_form(octets, control) == decoder.decode(symbols)
    assert after == (decoder.disparity == 1)


# -- superblocks


@given(seed=seeds, count=st.integers(0, 300))
@settings(max_examples=60, deadline=None)
def test_superblocks(seed: int, count: int) -> None:
    characters = some_characters(Random(seed), count)
    superblocks = b"".join(gfp_t.superblocks(characters))
    assert encode_superblocks(*core_form(characters)) == superblocks
    octets, control, corrected = decode_superblocks(superblocks)
    padded = characters + [PAD] * (-count % 64)
    assert ref_form(octets, control) == padded and corrected == [0] * (len(padded) // 64)


@given(seed=seeds)
@settings(max_examples=60, deadline=None)
def test_blocks_of_any_octets(seed: int) -> None:
    """Good CRCs over control octets that make sense or none."""
    rng = Random(seed)
    superblocks = b""
    for _ in range(8):
        octets = bytes(
            rng.choice([rng.randrange(256), rng.randrange(16), 0x80 | rng.randrange(128)]) for _ in range(65)
        )
        superblocks += octets + gfp_t.crc16(octets).to_bytes(2, "big")
    wanted = [
        c
        for start in range(0, len(superblocks), 67)
        for flag, eight in gfp_t.blocks_of(superblocks[start : start + 67])
        for c in gfp_t.decode_block(flag, eight)
    ]
    octets, control, corrected = decode_superblocks(superblocks)
    assert ref_form(octets, control) == wanted and corrected == [0] * 8


def spoiled(octets: bytes, places: Iterable[int]) -> bytes:
    value = int.from_bytes(octets, "big")
    for place in places:
        value ^= 1 << (8 * len(octets) - 1 - place)
    return value.to_bytes(len(octets), "big")


def test_corrections() -> None:
    """Every single bit and every pair 43 apart, and other errors: the same bits are put right, or none."""
    rng = Random(43)
    others = [tuple(rng.sample(range(536), rng.choice([2, 2, 3, 4]))) for _ in range(600)]
    good = gfp_t.superblocks(some_characters(rng, 64))[0]
    for places in [*gfp_t.PATTERNS, *others]:
        wrong = spoiled(good, places)
        right = gfp_t.correct(wrong)
        octets, control, corrected = decode_superblocks(wrong)
        assert corrected == [-1 if right is None else len(right.places)], places
        if right is None:
            assert ref_form(octets, control) == [ERR] * 64
        else:
            blocks = [c for block in gfp_t.blocks_of(right.octets) for c in gfp_t.decode_block(*block)]
            assert ref_form(octets, control) == blocks


def test_least_superblocks() -> None:
    """STANDARDS 6: G.7041's minima; the bare arithmetic for GbE gives one less than its 95."""
    assert [superblocks_least(client) for client in ("gbe", "fc", "ficon", "escon", "dvb-asi")] == [95, 13, 13, 1, 2]


# -- the PCS of GbE


@given(seed=seeds, short=st.booleans())
@settings(max_examples=20, deadline=None)
def test_the_reference_reads_the_pcs(seed: int, short: bool) -> None:
    """Frames, and what clause 36 says of even places and disparity."""
    rng = Random(seed)
    frames = [rng.randbytes(rng.randint(60, 300)) for _ in range(rng.randint(1, 8))]
    pcs = Pcs(short_gaps=short)
    assert all(pcs.send(frame) for frame in frames)
    sent = ref_form(*pcs.fill(sum(map(len, frames)) + 40 * len(frames) + 40))
    receiver = gbe.Receiver().feed(sent)
    assert receiver.frames == [gfp.ethernet_payload(frame) for frame in frames]
    assert (receiver.errored, receiver.false_carriers) == (0, 0)
    assert all(place % 2 == 0 for place, c in enumerate(sent) if c in (gbe.K28_5, gbe.S))
    encoder = Encoder()
    for place, character in enumerate(sent[:-1]):
        if character == gbe.K28_5:
            assert sent[place + 1] == (gbe.D5_6 if encoder.disparity == 1 else gbe.D16_2), place
        encoder.encode([character])
    marks = "".join("S" if c == gbe.S else "T" if c == gbe.T else "." for c in sent).split("T")[1:-1]
    gaps = [len(mark.split("S")[0]) + 1 for mark in marks]  # octets between frames, on the average 12
    assert all(sum(gaps[: n + 1]) >= 12 * (n + 1) - 1 for n in range(len(gaps))) or short


@given(seed=seeds)
@settings(max_examples=20, deadline=None)
def test_the_pcs_reads_the_reference(seed: int) -> None:
    """Any gap and preamble; frames with /V/ or 10B_ERR in them are none."""
    rng = Random(seed)
    sender, wanted, sent = gbe.Transmitter(rng.randint(1, 20)), [], []
    sent += sender.idle(3)
    for _ in range(rng.randint(1, 8)):
        frame = rng.randbytes(rng.randint(60, 300))
        bad = rng.random() < 0.3
        errors = [rng.randrange(len(frame))] if bad else []
        characters = sender.frame(gfp.ethernet_payload(frame), preamble=rng.randint(2, 7), errors=errors)
        sent += [ERR if c == gbe.V and rng.random() < 0.5 else c for c in characters]
        wanted += [] if bad else [frame]
    sent += sender.idle(3)
    pcs = Pcs()
    octets, control = core_form(sent)
    cut = rng.randint(0, len(octets))
    pcs.take(octets[:cut], control[:cut])
    pcs.take(octets[cut:], control[cut:])
    assert pcs.receive() == wanted


# -- the stream of a group


@pytest.mark.parametrize("upi", [("gbe", 6), ("fc", 3), ("ficon", 4), ("escon", 5), ("dvb-asi", 9)])
@given(seed=seeds)
@settings(max_examples=4, phases=no_shrinking, deadline=None)
def test_the_reference_reads_characters(upi: tuple[str, int], seed: int) -> None:
    rng = Random(seed)
    client, number = upi
    count, pfcs, cid = rng.randint(1, 5), rng.random() < 0.5, rng.choice([None, 7])
    group = Group(gfp="t", client=client, superblocks=count, payload_fcs=pfcs, cid=cid)
    characters = some_characters(rng, 1000)
    line = group.fill(4 * 400)
    assert group.send_characters(*core_form(characters)) == len(characters)
    line += group.fill(6000)
    sink, got = gfp_t.Sink(), []
    for frame in gfp.GfpDeframer().feed(line):
        if frame.pti == gfp.PTI_DATA:
            assert (frame.upi, frame.cid, len(frame.payload)) == (number, cid, 67 * count)
            got += sink.feed(frame.payload)
    assert got == characters and (sink.errors, sink.corrected) == (0, 0)


@pytest.mark.parametrize("client", ["gbe", "fc", "ficon", "escon", "dvb-asi"])
@given(seed=seeds)
@settings(max_examples=4, phases=no_shrinking, deadline=None)
def test_the_core_reads_characters(client: str, seed: int) -> None:
    """Also with wrong bits in the superblocks, which leave the same characters at both."""
    rng = Random(seed)
    count, pfcs, cid = rng.randint(1, 5), rng.random() < 0.3, rng.choice([None, 7])
    upi = {"gbe": 6, "fc": 3, "ficon": 4, "escon": 5, "dvb-asi": 9}[client]
    characters = some_characters(rng, 3000, pads=True)
    frames = gfp_t.frames(characters, count, upi=upi, with_pfcs=pfcs, cid=cid)
    head, line = len(frames[0]) - 67 * count - 4 * pfcs, gfp.OctetSource(frames, 2).take(8 + sum(map(len, frames)))
    if not pfcs:  # with it, a frame that has a wrong bit is not asked for
        for number in range(len(frames)):
            start = 8 * (8 + number * len(frames[0]) + head)
            places = rng.sample(range(start, start + 8 * 67 * count - 43), rng.choice([0, 0, 1, 2]))
            line = spoiled(line, places)
    sink = gfp_t.Sink()
    wanted = [c for frame in gfp.GfpDeframer().feed(line) for c in sink.feed(frame.payload)]
    group = Group(gfp="t", client=client, superblocks=count, payload_fcs=pfcs, cid=cid)
    got: list[Character] = []
    for start in range(0, len(line), 500):
        group.take(line[start : start + 500])
        got += ref_form(*group.receive_characters())
    assert got == wanted, f"seed {seed}"


# -- whole lines


@pytest.mark.parametrize(("kind", "count", "n"), [("vc12", 5, 1), ("vc3", 3, 1), ("vc4", 4, 4)])
@pytest.mark.parametrize("with_lcas", [False, True])
def test_gbe_over_lines(kind: str, count: int, n: int, with_lcas: bool) -> None:
    """Ethernet frames through PCS and GFP-T over a group with any pointers and delays, both ways."""
    rng = Random(count + with_lcas)
    what = vcatmix.layout(rng, kind, count, n=n, longest_delay=12, alike=True)
    frames = [rng.randbytes(rng.randint(60, 400)) for _ in range(12)]
    # the core to the reference
    port = Port(what, lcas="one-way" if with_lcas else False, gfp="t", superblocks=4)
    one = vcatmix.FRAMES[kind]
    built = port.build(one * (2 * vcat.packet_length(kind) + what.latest))
    assert all(port.group.send(frame) for frame in frames)
    built = [a + b for a, b in zip(built, port.build(one * (50 + what.latest)), strict=True)]
    parsers, size = what.parsers(), StmN(n).size
    for parser, octets in zip(parsers, built, strict=True):
        parser.feed_all(octets[i : i + size] for i in range(0, len(octets), size))
    paths = what.paths(parsers)
    sink, receiver = gfp_t.Sink(), gbe.Receiver()
    for frame in vcat.frames_of(vcat.read(paths).octets if with_lcas else vcat.join(paths).octets):
        if frame.pti == gfp.PTI_DATA:
            receiver.feed(sink.feed(frame.payload))
    assert receiver.frames == [gfp.ethernet_payload(frame) for frame in frames]
    assert (receiver.errored, sink.errors, sink.corrected) == (0, 0, 0)
    # the reference to the core
    sender = gbe.Transmitter()
    characters = sender.idle(4) + [c for frame in frames for c in sender.frame(gfp.ethernet_payload(frame))]
    lead = LEAD[kind] + what.latest
    source = gfp.OctetSource(gfp_t.frames(characters + sender.idle(9), 4), vcatmix.lead_idles(kind, count, lead))
    group = vcat.Group(kind, count, source, vcat.steady(kind, count) if with_lcas else None)
    port = Port(what, lcas=with_lcas, gfp="t", superblocks=4)
    assert port.parse([builder.line(one * (lead + 60)) for builder in what.builders(group)]) == frames
