"""8B/10B symbols to and from a transparent-mapped group: where they begin, disparity, loss of synchronization."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ref import gbe, gfp, gfp_t
from tests.ref.eightb10b import ERR, Character, Decoder, Encoder, data
from tests.wire.characters import ref, transparent
from tests.wire.lines import mac_frame


def packed(symbols: list[int], lead: str = "") -> bytes:
    """The bits of the symbols behind `lead`, in octets; ones fill the last."""
    bits = lead + "".join(f"{symbol:010b}" for symbol in symbols)
    bits += "1" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big") if bits else b""


def unpacked(octets: bytes) -> list[int]:
    bits = "".join(f"{octet:08b}" for octet in octets)
    return [int(bits[at : at + 10], 2) for at in range(0, len(bits) - 9, 10)]


def through(symbols: bytes, **options: object) -> list[Character]:
    """What of the symbols arrives at the far end."""
    near, far = transparent(superblocks=1, **options), transparent(superblocks=1, **options)
    far.take(near.fill(64))
    near.send_symbols(symbols)
    far.take(near.fill(100 + len(symbols) * 2, frames=0))
    return ref(*far.receive_characters())


@given(st.binary(max_size=100), st.text("01", max_size=25), st.sampled_from([-1, 1]))
@settings(max_examples=60)
def test_symbols_are_found_at_any_bit(octets: bytes, lead: str, disparity: int) -> None:
    """Three commas tell; the third one is the first character that is given."""
    if "0011111" in lead or "1100000" in lead:
        lead = ""
    encoder = Encoder(disparity)
    characters = [*gbe.I2 * 3, *data(octets)]
    received = through(packed(encoder.encode(characters), lead), client="gbe")
    # what was before may look like a comma and be taken for one; the bits of the last octet may look like something
    wanted = [*gbe.I2, *data(octets)]
    if received[: len(wanted)] != wanted:
        bits = lead + "".join(f"{s:010b}" for s in Encoder(disparity).encode(characters))
        first = min(bits.find(comma) for comma in ("0011111", "1100000") if comma in bits)
        assert first < len(lead)


def test_a_bad_symbol_is_an_error_and_no_loss() -> None:
    symbols = Encoder().encode(gbe.I2 * 3 + data(bytes(range(60))))
    symbols[20] = 0
    received = through(packed(symbols), client="fc")
    meant = (gbe.I2 * 3 + data(bytes(range(60))))[4:]
    assert received[:16] == meant[:16]
    assert received[16] == ERR
    assert received[20:64] == meant[20:64]


def test_four_bad_symbols_are_a_loss_that_is_told() -> None:
    near, far = transparent(client="fc", superblocks=1), transparent(client="fc")
    (there,) = far.channels
    far.take(near.fill(64))
    good = packed(Encoder().encode([*gbe.I2 * 4, *data(bytes(range(32)))]))
    assert near.send_symbols(good)
    far.take(near.fill(200, frames=1), frames=1)
    assert there.csf is None
    assert not near.send_symbols(bytes(20))
    for _ in range(10):
        far.take(near.fill(200, frames=1), frames=1)
    assert there.csf == "sync"
    assert near.send_symbols(good)
    for _ in range(10):
        far.take(near.fill(200, frames=1), frames=1)
    assert there.csf is None


def test_bad_symbols_far_apart_lose_nothing() -> None:
    """Four good ones in a row make good one bad one."""
    encoder = Encoder()
    near = transparent(client="fc")
    assert near.send_symbols(packed(encoder.encode(gbe.I2 * 4)))
    for _ in range(50):
        symbols = encoder.encode(gbe.I2 * 4)
        symbols[3] = 0
        assert near.send_symbols(packed(symbols))


def test_symbols_that_come_out() -> None:
    chance = random.Random(1)
    characters = [Character(chance.randrange(12), True) if chance.random() < 0.1 else Character(chance.randrange(256))
                  for _ in range(512)]  # fmt: skip
    group = transparent(client="fc")
    encoder = gfp.LineEncoder()
    frames = gfp_t.frames(characters, 8, upi=3)
    group.take(b"".join(map(encoder.encode, [gfp.IDLE, gfp.IDLE, *frames])))
    octets = group.receive_symbols(100) + group.receive_symbols()
    assert unpacked(octets) == Encoder().encode(characters)
    assert Decoder().decode(unpacked(octets)) == characters


@pytest.mark.parametrize("first", [b"\x00", b"\x01", b"\x0f"])
def test_idles_that_come_out_are_legal(first: bytes) -> None:
    """Whatever the disparity is at the far end, every idle that leaves there brings it to negative."""
    group = transparent(client="gbe")
    broken = [*data(first), *gbe.I2 * 20, *data(first), *gbe.I1, *gbe.I1, *gbe.I2 * 8]
    encoder = gfp.LineEncoder()
    group.take(b"".join(map(encoder.encode, [gfp.IDLE, gfp.IDLE, *gfp_t.frames(broken, 1)])))
    symbols = unpacked(group.receive_symbols())
    decoder = Decoder()
    for symbol in symbols:
        (character,) = decoder.decode([symbol])
        assert character != ERR
        if character in (gbe.D5_6, gbe.D16_2):
            assert decoder.disparity == -1


def test_ethernet_from_symbols_to_symbols() -> None:
    """Frames of the second PCS and code through both, full rate, with the far port's clock."""
    frames = [mac_frame(n, 60 + 13 * n) for n in range(60)]
    pcs, encoder, decoder, receiver = gbe.Transmitter(), Encoder(), Decoder(), gbe.Receiver()
    characters = pcs.idle(16) + [c for frame in frames for c in pcs.frame(gfp.ethernet_payload(frame))]
    characters += pcs.idle(10000)
    near = transparent(client="gbe", superblocks=95, characters=1 << 18)
    far = transparent(client="gbe", characters=1 << 18)
    symbols = packed(encoder.encode(characters + pcs.idle(20000)))
    far.take(near.fill(64))
    near.send_symbols(symbols)
    out = b""
    for _ in range(6):
        far.take(near.fill(16380, frames=1), frames=1)
        out += far.receive_symbols(15625)
    received = decoder.decode(unpacked(out))
    assert ERR not in received
    receiver.feed(received)
    assert [frame[:-4] for frame in receiver.frames] == frames
    assert receiver.errored == 0
