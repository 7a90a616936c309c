"""The GFP-T source: headers, superblocks, rate adaptation, and that frames give what their characters give."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msapemu._framing import Group, Pcs, superblocks_least
from tests.ref import gbe, gfp, gfp_t
from tests.ref.eightb10b import ERR, PAD, Character, data
from tests.wire.characters import carried, core, line_frames, on_line, ref, transparent
from tests.wire.lines import mac_frame

CONTROL = [Character(code, True) for code in (*range(12), ERR.value)]
some_characters = st.lists(st.sampled_from(CONTROL) | st.integers(0, 255).map(Character), max_size=400)


@pytest.mark.parametrize(
    ("client", "upi", "superblocks"),
    [("ethernet", 6, 95), ("gbe", 6, 95), ("fc", 3, 13), ("ficon", 4, 13), ("escon", 5, 1), ("dvb-asi", 9, 2)],
)
def test_defaults(client: str, upi: int, superblocks: int) -> None:
    """UPI and number of superblocks of each client (STANDARDS 6), at the length that goes with them."""
    group = transparent(client=client)
    if client != "ethernet":
        group.send_characters(bytes(64))
    (frame,) = line_frames(group.fill(8 + 67 * superblocks))
    assert len(frame) == 8 + 67 * superblocks
    assert frame[4:8] == gfp.with_hec(bytes([0, upi]))


@given(
    some_characters,
    st.sampled_from(["gbe", "fc", "ficon", "escon", "dvb-asi"]),
    st.integers(1, 5),
    st.booleans(),
    st.none() | st.integers(0, 255),
)
@settings(max_examples=60)
def test_frames_are_those_of_the_second_implementation(
    characters: list[Character], client: str, superblocks: int, with_pfcs: bool, cid: int | None
) -> None:
    group = transparent(client=client, superblocks=superblocks, payload_fcs=with_pfcs, cid=cid)
    upi = {"gbe": 6, "fc": 3, "ficon": 4, "escon": 5, "dvb-asi": 9}[client]
    assert group.send_characters(*core(characters)) == len(characters)
    expected = gfp_t.frames(characters, superblocks, upi=upi, with_pfcs=with_pfcs, cid=cid)
    frames = line_frames(group.fill(sum(map(len, expected)) + 8))
    assert frames == [*expected, gfp.IDLE, gfp.IDLE]
    assert group.counters()["tx_idle_frames"] == 2
    counters = group.transparent_counters()
    assert counters["tx_characters"] == len(characters)
    assert counters["tx_superblocks"] == superblocks * len(expected)
    assert counters["tx_pads"] == 64 * superblocks * len(expected) - len(characters)
    assert counters["tx_errors"] == characters.count(ERR)


@given(some_characters, st.data())
@settings(max_examples=40)
def test_pieces_do_not_matter(characters: list[Character], choose: st.DataObject) -> None:
    whole, pieces = (transparent(client="fc", superblocks=3, payload_fcs=True) for _ in range(2))
    for group in (whole, pieces):
        group.send_characters(*core(characters))
    octets = b""
    for _ in range(30):
        octets += pieces.fill(choose.draw(st.integers(0, 90)))
    assert octets == whole.fill(len(octets))


@given(st.lists(st.binary(min_size=14, max_size=300), max_size=12), st.integers(1, 4), st.data())
@settings(max_examples=60)
def test_frames_give_what_their_characters_give(
    frames: list[bytes], superblocks: int, choose: st.DataObject
) -> None:
    """A group that makes superblocks straight from queued frames, and one that gets the PCS's characters."""
    straight = transparent(superblocks=superblocks)
    by_characters = transparent(client="gbe", superblocks=superblocks)
    pcs = Pcs(short_gaps=True)
    queue = list(frames)
    made = 0
    for _ in range(20):
        while queue and choose.draw(st.booleans()):
            frame = queue.pop(0)
            assert straight.send(frame) and pcs.send(frame)
        for _ in range(choose.draw(st.integers(0, 12))):
            assert by_characters.send_characters(*pcs.fill(64)) == 64
            octets = 67 if made % superblocks else 8 + 67
            assert straight.fill(octets) == by_characters.fill(octets)
            made += 1


def test_ethernet_is_what_the_second_pcs_sends() -> None:
    """The characters of the group's frames, against a PCS that knows nothing of ours; both with one idle between."""
    frames = [mac_frame(n, 60 + 7 * n) for n in range(40)]
    group = transparent(superblocks=4)
    for frame in frames:
        assert group.send(frame)
    octets = group.fill(4 * 276 * 25)
    characters = carried(line_frames(octets))
    pcs = gbe.Transmitter(gap=4)
    expected = [c for frame in frames for c in pcs.frame(gfp.ethernet_payload(frame))]
    assert characters[: len(expected)] == expected
    rest = characters[len(expected) :]
    assert rest == (gbe.I2 * len(rest))[: len(rest)]
    receiver = gbe.Receiver().feed(characters)
    assert [received[:-4] for received in receiver.frames] == frames
    assert receiver.errored == receiver.false_carriers == 0


def drive(group: Group, octets: int, frames: int, busy: bool) -> tuple[bytes, dict[str, int], dict[str, int]]:
    """A container of so many octets a line frame, for so many of them."""
    out = b""
    for n in range(frames):
        while busy and group.waiting < 200 and group.send(mac_frame(n, 1514)):
            pass
        out += group.fill(octets, frames=1)
    return out, group.transparent_counters(), group.counters()


@pytest.mark.parametrize("ppm", [-100, 0, 100])
@pytest.mark.parametrize("busy", [False, True])
def test_full_rate_over_vc4_7v(ppm: float, busy: bool) -> None:
    """15625 characters a line frame and no others, whatever the clock; the rest of the group is PADs, if anything."""
    group = transparent(ppm=ppm)
    frames = 400
    _, counters, common = drive(group, 7 * 2340, frames, busy)
    brought = 15625 * (1 + ppm * 1e-6) * frames
    assert brought - 330 <= counters["tx_characters"] <= brought  # the first frames are short, which costs 200
    assert counters["tx_idles_dropped"] == 0
    assert common["tx_idle_frames"] < 10
    if busy:
        wire = 125e6 * (1 + ppm * 1e-6) / (8 + 1518 + 12)
        assert common["tx_client_frames"] == pytest.approx(wire * frames / 8000, abs=2)


@pytest.mark.parametrize("octets", [34 * 5, 2340, 6 * 2340])
def test_sub_rate_leaves_idle_out(octets: int) -> None:
    """No PADs, hardly any idle: the group carries frames with one idle between them."""
    group = transparent()
    frames = 3000 if octets < 1000 else 200
    out, counters, common = drive(group, octets, frames, True)
    assert counters["tx_pads"] == 0 and common["tx_idle_frames"] == 0
    far = transparent(client="gbe", characters=1 << 22)
    far.take(on_line([]) + out)
    characters, control = far.receive_characters()
    idles = sum(c == (0xBC, 1) for c in zip(characters, control, strict=True))
    sent_frames = common["tx_client_frames"]
    # but for the first calls, in which it does not show yet
    assert idles <= sent_frames + 600
    assert counters["tx_idles_dropped"] >= 8 * (sent_frames - 150)
    assert common["tx_client_frames"] * (1518 + 12) == pytest.approx(len(characters), rel=0.05)


def test_faster_groups_are_filled_with_pads_or_idle_frames() -> None:
    group = transparent(superblocks=10)
    _, counters, common = drive(group, 8 * 2340, 400, True)
    assert counters["tx_characters"] == pytest.approx(15625 * 400, abs=64)
    assert common["tx_idle_frames"] > 1000
    assert counters["tx_pads"] > 0


@pytest.mark.parametrize(
    ("octets", "superblocks"), [(34, 4), (34 * 5, 20), (756, 90), (2340, 95), (7 * 2340, 95)]
)
def test_frames_of_a_small_group_are_a_millisecond_long(octets: int, superblocks: int) -> None:
    """At first, when it is not known how large it is, they are short; then as long as they have to be."""
    group = transparent()
    out, _, _ = drive(group, octets, 80 if octets > 100 else 400, False)
    frames = line_frames(out)
    assert len(frames[0]) == 8 + 67 * 4
    assert {len(frame) for frame in frames[-2:]} == {8 + 67 * superblocks}
    fixed = transparent(superblocks=95)
    out, _, _ = drive(fixed, octets, 400, False)
    assert {len(frame) for frame in line_frames(out)} == {8 + 67 * 95}


@pytest.mark.parametrize(
    ("client", "octets", "characters"),
    [("fc", 6 * 2340, 13281.25), ("ficon", 6 * 2340, 13281.25), ("escon", 4 * 756, 2500), ("dvb-asi", 5 * 756, 3375)],
)
@pytest.mark.parametrize("with_pfcs", [False, True])
def test_full_rate_of_the_others(client: str, octets: int, characters: float, with_pfcs: bool) -> None:
    """Into the smallest group each goes whole, at +100 ppm, and what the port brings is what goes out."""
    group = transparent(client=client, payload_fcs=with_pfcs, ppm=100, characters=1 << 17)
    frames, given_ = 800, 0
    for n in range(frames):
        want = int(characters * 1.0001 * (n + 1)) - given_
        assert group.send_characters(random.Random(n).randbytes(want)) == want
        given_ += want
        group.fill(octets, frames=1)
    counters = group.transparent_counters()
    assert given_ - counters["tx_characters"] <= 130
    assert counters["tx_dropped"] == 0


def test_the_least_number_of_superblocks() -> None:
    """G.7041's minima, which a plain calculation gives too, and that a payload FCS takes more."""
    assert [superblocks_least(c) for c in ("gbe", "fc", "escon", "dvb-asi")] == [95, 13, 1, 2]
    for client, hz, bps in (("gbe", 125e6, 1048.32e6), ("fc", 106.25e6, 898.56e6), ("escon", 20e6, 193.536e6)):
        for overhead in (8, 12, 16):
            least = gfp_t.least_superblocks(hz * 1.0001, bps, overhead)
            assert least <= superblocks_least(client, overhead) <= least * 1.02 + 1


def test_no_more_than_is_there() -> None:
    """Characters that a port is late with are not waited for: a frame under way is filled up with PADs."""
    group = transparent(client="escon", superblocks=3)
    group.send_characters(b"\x11" * 70)
    octets = group.fill(4 + 4 + 67 + 10)
    group.send_characters(b"\x22" * 5)
    octets += group.fill(67 * 2 - 10)
    group.send_characters(b"\x33" * 5)
    octets += group.fill(209)
    first, second = line_frames(octets)
    sink = gfp_t.Sink()
    assert sink.feed(first[8:]) == data(b"\x11" * 70 + b"\x22" * 5)
    assert sink.feed(second[8:]) == data(b"\x33" * 5)
    blocks = gfp_t.blocks_of(first[8 + 67 : 8 + 134])
    assert [c for block in blocks for c in gfp_t.decode_block(*block)] == [*data(b"\x11" * 6), *[PAD] * 58]


def test_a_full_ring_takes_no_more() -> None:
    group = transparent(client="fc", characters=128)
    assert group.send_characters(bytes(100)) == 100
    assert group.send_characters(bytes(100)) == 28
    group.fill(8 + 67)
    assert group.send_characters(bytes(100)) == 64


def test_what_is_no_character_is_an_error() -> None:
    group = transparent(client="fc", superblocks=1)
    group.send_characters(bytes([0x00, 0xBC, 0xFF, 0x1D]), b"\1\1\1\1")
    assert carried(line_frames(group.fill(75))) == [ERR, gbe.K28_5, ERR, ERR]


@pytest.mark.parametrize(
    "options",
    [
        {"gfp": "x"},
        {"gfp": "t", "client": "sdi"},
        {"gfp": "f", "client": "fc"},
        {"gfp": "t", "upi": 3},
        {"gfp": "t", "channels": (1, 2)},
        {"gfp": "t", "superblocks": 0},
        {"gfp": "t", "superblocks": 978},
        {"gfp": "t", "ppm": 1001},
        {"gfp": "t", "client": "fc", "characters": 63},
    ],
)
def test_what_cannot_be(options: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Group(**options)  # type: ignore[arg-type]


def test_what_a_group_does_not_do() -> None:
    with pytest.raises(ValueError, match="frame-mapped"):
        Group().transparent_counters()
    for group in (Group(), transparent()):
        for call in (group.receive_characters, group.receive_symbols):
            with pytest.raises(ValueError, match="characters"):
                call()
        with pytest.raises(ValueError, match="characters"):
            group.send_characters(b"\0")
        with pytest.raises(ValueError, match="characters"):
            group.send_symbols(b"\0")
    group = transparent(client="fc")
    with pytest.raises(ValueError):
        group.send(mac_frame(1))
    with pytest.raises(ValueError):
        group.send_characters(b"\0\0", b"\1")
    assert ref(*group.receive_characters()) == []
