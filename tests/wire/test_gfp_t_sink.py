"""The GFP-T sink on streams of the second implementation: characters, correction, what is counted and what is not."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msapemu._framing import Group
from tests.ref import gbe, gfp, gfp_t
from tests.ref.eightb10b import ERR, PAD, Character, data
from tests.wire.characters import on_line, ref, transparent
from tests.wire.lines import flip, mac_frame

CONTROL = [Character(code, True) for code in range(14)]
some_characters = st.lists(st.sampled_from(CONTROL) | st.integers(0, 255).map(Character), max_size=300)
UPI = {"gbe": 6, "fc": 3, "ficon": 4, "escon": 5, "dvb-asi": 9}
HEAD = 8  # idle frames before the first frame
AREA = HEAD + 8  # the first superblock


def counted(group: Group) -> dict[str, int]:
    return {name: value for name, value in (group.transparent_counters() | group.counters()).items() if value}


@given(some_characters, st.sampled_from(list(UPI)), st.integers(1, 5), st.booleans(), st.none() | st.just(7), st.data())
@settings(max_examples=60)
def test_characters_in_any_pieces(
    characters: list[Character], client: str, superblocks: int, with_pfcs: bool, cid: int | None, choose: st.DataObject
) -> None:
    frames = gfp_t.frames(characters, superblocks, upi=UPI[client], with_pfcs=with_pfcs, cid=cid)
    line = on_line([f for frame in frames for f in (frame, *[gfp.IDLE] * choose.draw(st.integers(0, 2)))])
    expected = [c for c in characters if c != PAD]
    results = []
    for size in (len(line) or 1, 1, choose.draw(st.integers(1, 200))):
        group = transparent(client=client, cid=cid)
        for at in range(0, len(line), size):
            group.take(line[at : at + size])
        assert ref(*group.receive_characters()) == expected
        results.append((group.counters(), group.transparent_counters()))
    assert results[0] == results[1] == results[2]
    common, counters = results[0]
    assert counters["rx_superblocks"] == superblocks * len(frames)
    assert counters["rx_characters"] == len(expected)
    assert counters["rx_pads"] == 64 * superblocks * len(frames) - len(expected)
    assert counters["rx_errors"] == expected.count(ERR)
    assert common["discarded"] == 0


@given(st.lists(st.binary(min_size=60, max_size=300), min_size=1, max_size=8), st.integers(1, 6), st.integers(1, 400))
@settings(max_examples=40)
def test_frames_of_the_second_pcs(frames: list[bytes], superblocks: int, size: int) -> None:
    pcs = gbe.Transmitter()
    characters = pcs.idle(4) + [c for frame in frames for c in pcs.frame(gfp.ethernet_payload(frame))]
    line = on_line(gfp_t.frames(characters, superblocks))
    group = transparent()
    for at in range(0, len(line), size):
        group.take(line[at : at + size])
    assert group.receive() == frames
    assert counted(group).keys() <= {
        "rx_superblocks", "rx_characters", "rx_pads", "rx_client_frames", "rx_client_octets", "rx_idle_frames", "syncs",
        "unaligned_octets",
    }  # fmt: skip


def stream(superblocks: int = 2, frames: int = 3) -> tuple[bytes, list[Character]]:
    chance = random.Random(1)
    characters = [
        chance.choice(CONTROL[:12]) if chance.random() < 0.2 else Character(chance.randrange(256))
        for _ in range(64 * superblocks * frames)
    ]
    return on_line(gfp_t.frames(characters, superblocks, upi=3)), characters


def test_every_error_of_the_line_in_a_superblock_is_corrected() -> None:
    """One wrong bit on the line is two behind the descrambler, 43 apart: in one superblock, in two, in two frames."""
    line, characters = stream()
    counts = {"rx_corrected": 0, "rx_corrected_pairs": 0}
    for bit in range(8 * AREA, 8 * (AREA + 134)):
        group = transparent(client="fc")
        group.take(flip(line, bit))
        found = counted(group)
        assert ref(*group.receive_characters()) == characters
        assert "rx_crc_errors" not in found
        place = bit - 8 * AREA
        if place % 536 < 536 - 43:
            assert found["rx_corrected_pairs"] == 1 and "rx_corrected" not in found
        elif place < 536:
            assert found["rx_corrected"] == 2 and "rx_corrected_pairs" not in found
        else:
            # the second one is in the next frame's header, which corrects it, or just behind it
            assert found["rx_corrected"] == 1 + (place - 2 * 536 + 43 >= 32)
            assert found.get("type_hec_corrected", 0) == (place - 2 * 536 + 43 < 32)
        for name in counts:
            counts[name] += found.get(name, 0)
    assert counts == {"rx_corrected_pairs": 2 * 493, "rx_corrected": 2 * 43 + 32 + 2 * 11}


def test_without_scrambler_one_error_is_one() -> None:
    chance = random.Random(3)
    characters = data(chance.randbytes(128))
    (frame,) = gfp_t.frames(characters, 2, upi=3)
    for bit in range(8 * AREA, 8 * (AREA + 134), 7):
        group = transparent(client="fc", scramble=False)
        group.take(flip(b"".join(gfp.mask_core(f[:4]) + f[4:] for f in (gfp.IDLE, gfp.IDLE, frame)), bit))
        assert ref(*group.receive_characters()) == characters
        assert counted(group)["rx_corrected"] == 1


def test_what_cannot_be_corrected_is_64_errors() -> None:
    line, characters = stream()
    for correct in (True, False):
        group = transparent(client="fc", correct=correct)
        bits = (8 * AREA + 3, 8 * AREA + 10, 8 * AREA + 200) if correct else (8 * AREA + 3,)
        group.take(flip(line, *bits))
        assert ref(*group.receive_characters()) == [ERR] * 64 + characters[64:]
        found = counted(group)
        assert found["rx_crc_errors"] == 1 and found["rx_errors"] == 64
        assert found["rx_superblocks"] == 5


def test_a_lost_superblock_costs_the_frames_in_it() -> None:
    """64 errors in an Ethernet client's stream: frames that are dropped and counted, and the next ones are good."""
    frames = [mac_frame(n, 200) for n in range(10)]
    pcs = gbe.Transmitter()
    characters = pcs.idle(4) + [c for frame in frames for c in pcs.frame(gfp.ethernet_payload(frame))]
    plain = gfp_t.frames(characters, 5)
    octets = bytearray(plain[2])
    for at in (8 + 67 * 2, 8 + 67 * 2 + 3, 8 + 67 * 2 + 9):
        octets[at] ^= 0x41
    group = transparent()
    group.take(on_line([*plain[:2], bytes(octets), *plain[3:]]))
    received = group.receive()
    assert len(received) in (8, 9)
    assert [frame for frame in frames if frame in received] == received
    found = counted(group)
    assert found["rx_crc_errors"] == 1 and found["rx_errors"] == 64
    assert found["pcs_propagated"] + found.get("pcs_carriers", 0) == 10 - len(received)


def test_payload_fcs_is_counted_and_no_more() -> None:
    """Superblocks have a CRC of their own, and are gone before the payload FCS comes."""
    characters = data(bytes(range(128)))
    (frame,) = gfp_t.frames(characters, 2, upi=3, with_pfcs=True)
    group = transparent(client="fc", payload_fcs=True)
    group.take(on_line([frame[:-1] + bytes([frame[-1] ^ 1]), frame]))
    assert ref(*group.receive_characters()) == characters * 2
    assert counted(group)["payload_fcs_errors"] == 1


@pytest.mark.parametrize(
    ("frame", "counter"),
    [
        (gfp.build(bytes(67), upi=6), "upi_mismatch"),
        (gfp.build(bytes(67), upi=3, cid=4), "exi_mismatch"),
        (gfp.build(bytes(66), upi=3), "too_short"),
        (gfp.build(bytes(68), upi=3), "too_short"),
        (gfp.build(b"", upi=3), "too_short"),
        (gfp.build(bytes(67), upi=3, pti=2), "pti_mismatch"),
    ],
)
def test_what_is_not_ours(frame: bytes, counter: str) -> None:
    group = transparent(client="fc")
    good, characters = gfp_t.frames(data(b"\x77" * 64), 1, upi=3), data(b"\x77" * 64)
    group.take(on_line([frame, *good]))
    assert ref(*group.receive_characters()) == characters
    assert counted(group)[counter] == 1
    assert counted(group)["discarded"] == 1


def test_a_bad_type_header() -> None:
    group = transparent(client="fc")
    good = gfp_t.frames(data(b"\x77" * 64), 1, upi=3)[0]
    bad = bytearray(good)
    bad[4] ^= 0x03
    group.take(on_line([bytes(bad), good]))
    assert ref(*group.receive_characters()) == data(b"\x77" * 64)
    assert counted(group)["type_hec_errors"] == 1


def test_linear_headers_are_corrected_before_superblocks_are_taken() -> None:
    characters = data(bytes(range(64)))
    frame = gfp_t.frames(characters, 1, upi=3, cid=7)[0]
    for bit in range(32, 96):
        group = transparent(client="fc", cid=7)
        group.take(on_line([flip(frame, bit)]))
        assert ref(*group.receive_characters()) == characters
        found = counted(group)
        assert found.get("type_hec_corrected", 0) == (bit < 64)
        assert found.get("extension_hec_corrected", 0) == (bit >= 64)


def test_loss_of_delineation_breaks_the_frame_under_way() -> None:
    frames = [mac_frame(n, 400) for n in range(8)]
    pcs = gbe.Transmitter()
    characters = pcs.idle(4) + [c for frame in frames for c in pcs.frame(gfp.ethernet_payload(frame))]
    plain = gfp_t.frames(characters, 2)
    line = on_line(plain)
    where = 8 + (len(plain[0])) * 5
    group = transparent()
    group.take(line[:where] + bytes(5) + line[where:])
    received = group.receive()
    assert 4 <= len(received) <= 7 and all(frame in frames for frame in received)
    assert counted(group)["sync_losses"] == 1
    assert not group.transparent_counters()["rx_crc_errors"]


def test_a_full_ring_drops() -> None:
    group = transparent(client="fc", characters=128)
    line = on_line(gfp_t.frames(data(bytes(64 * 6)), 6, upi=3))
    group.take(line)
    assert len(group.receive_characters()[0]) == 128
    assert group.transparent_counters()["rx_dropped"] == 64 * 4


def test_configuration_takes_the_carrier_away() -> None:
    config = [*gbe.I2[:1], gbe.D21_5, *data(b"\x20\x40"), gbe.K28_5, gbe.D2_2, *data(b"\x20\x40")] * 16
    group = transparent()
    group.take(on_line(gfp_t.frames(gbe.I2 * 32, 1)))
    (channel,) = group.channels
    assert channel.carrier
    group.take(b"".join(map(gfp.LineEncoder().encode, [gfp.IDLE])))
    encoder = gfp.LineEncoder()
    group = transparent()
    (channel,) = group.channels
    group.take(b"".join(map(encoder.encode, [gfp.IDLE, gfp.IDLE, *gfp_t.frames(config, 1)])))
    assert not channel.carrier
    assert group.transparent_counters()["pcs_configurations"] == 32
    group.take(b"".join(map(encoder.encode, gfp_t.frames(gbe.I2 * 32, 1))))
    assert channel.carrier


# ------------------------------------------------------------------------------------------------- management


def test_client_failure_is_told_and_cleared() -> None:
    """CSF at once and every 100 ms, 10B_ERR to the end of the frame under way, DCI when the client is back."""
    near, far = transparent(superblocks=4), transparent()
    (there,) = far.channels
    far.take(near.fill(2340, frames=1))
    near.send(mac_frame(1, 600))
    far.take(near.fill(300, frames=1))
    near.client_failed("signal")
    for _ in range(1600):
        far.take(near.fill(680, frames=1), frames=1)
    assert there.csf == "signal" and not there.carrier
    assert near.counters()["tx_csf_frames"] == far.counters()["rx_csf_frames"] == 2
    assert far.receive() == []
    assert near.transparent_counters()["tx_errors"] % 64 == 0
    assert near.waiting == 0
    near.client_failed()
    near.send(mac_frame(2, 600))
    for _ in range(20):
        far.take(near.fill(680, frames=1), frames=1)
    assert there.csf is None and there.carrier
    assert far.receive() == [mac_frame(2, 600)]
    assert far.counters()["rx_dci_frames"] == 1


def test_a_failure_inside_a_frame_ends_it_in_errors() -> None:
    group = transparent(client="fc", superblocks=6)
    group.send_characters(bytes(1000))
    octets = group.fill(8 + 67 * 2)
    group.client_failed("signal")
    octets += group.fill(67 * 4 + 8)
    sink = transparent(client="fc")
    sink.take(on_line([])[:8] + octets)
    assert ref(*sink.receive_characters()) == data(bytes(128)) + [ERR] * 256
    (channel,) = sink.channels
    assert channel.csf == "signal"


# ------------------------------------------------------------------------------------------------- ports with a clock


def test_a_port_in_a_hurry_gets_idle_between_frames() -> None:
    """Gigabit Ethernet from a group that is slower: whole frames, idle that is legal, no character too few."""
    near, far = transparent(superblocks=3), transparent(client="gbe")
    far.take(near.fill(500, frames=1))
    far.receive_characters()
    frames = [mac_frame(n, 60 + 50 * n) for n in range(20)]
    queue = list(frames)
    receiver = gbe.Receiver()
    for _ in range(300):
        while queue and near.send(queue[0]):
            queue.pop(0)
        far.take(near.fill(136, frames=1))
        octets, control = far.receive_characters(1001)
        assert len(octets) == len(control) == 1001
        receiver.feed(ref(octets, control))
    assert [frame[:-4] for frame in receiver.frames] == frames
    assert receiver.errored == receiver.false_carriers == 0


def test_a_port_in_a_hurry_is_not_held_up_for_ever() -> None:
    """A stream without idle fills the ring and then comes out all the same."""
    group = transparent(client="gbe", characters=1024)
    encoder = gfp.LineEncoder()
    group.take(b"".join(map(encoder.encode, [gfp.IDLE, gfp.IDLE])))
    for _ in range(20):
        group.take(b"".join(map(encoder.encode, gfp_t.frames(data(bytes(64)), 1))))
    octets, _ = group.receive_characters(2000)
    assert octets.count(0) == 1024


def test_stuffing_of_dvb_asi() -> None:
    group = transparent(client="dvb-asi")
    group.take(on_line(gfp_t.frames(data(b"\x47" * 64), 1, upi=9)))
    octets, control = group.receive_characters(100)
    assert octets == b"\x47" * 64 + b"\xbc" * 36 and control == bytes(64) + b"\1" * 36
    assert group.receive_characters() == (b"", b"")


def test_no_stuffing_of_the_others() -> None:
    group = transparent(client="fc")
    group.take(on_line(gfp_t.frames(data(b"\x47" * 64), 1, upi=3)))
    assert group.receive_characters(100) == (b"\x47" * 64, bytes(64))
