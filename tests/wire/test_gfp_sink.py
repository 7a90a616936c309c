"""The GFP-F sink on streams of the second implementation: what is delivered, counted, discarded."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msapemu._framing import GROUP_COUNTERS, Group
from tests.ref import gfp
from tests.wire.lines import flip, mac_frame

IDLES = [gfp.IDLE] * 2  # bring SYNC
NOT_COUNTED = ("defects", "syncs", "unaligned_octets", "differential_delay_us", "rx_client_octets")
COUNTED = tuple(name for name in GROUP_COUNTERS if not name.startswith("tx_") and name not in NOT_COUNTED)


def on_line(plain: list[bytes]) -> bytes:
    encoder = gfp.LineEncoder()
    return b"".join(map(encoder.encode, plain))


def ethernet(frame: bytes, **options: object) -> bytes:
    return gfp.build(gfp.ethernet_payload(frame), **options)  # type: ignore[arg-type]


def counted(group: Group, *, but: tuple[str, ...] = ("rx_idle_frames",)) -> dict[str, int]:
    """The sink's counters that are not zero."""
    counters = group.counters()
    return {key: counters[key] for key in COUNTED if counters[key] and key not in but}


mac_frames = st.lists(st.binary(min_size=14, max_size=120), max_size=6)


@given(mac_frames, st.booleans(), st.none() | st.integers(0, 255), st.data())
@settings(max_examples=60)
def test_streams_in_any_pieces(frames: list[bytes], with_pfcs: bool, cid: int | None, data: st.DataObject) -> None:
    """Whole, octet by octet, in random pieces: the same frames and the same counts."""
    plain = list(IDLES)
    for frame in frames:
        plain += [ethernet(frame, with_pfcs=with_pfcs, cid=cid), *[gfp.IDLE] * data.draw(st.integers(0, 3))]
    line = on_line(plain)
    pieces: list[bytes] = []
    at = 0
    while at < len(line):
        step = data.draw(st.integers(1, len(line)))
        pieces.append(line[at : at + step])
        at += step
    results = []
    for feed in ([line], [line[i : i + 1] for i in range(len(line))], pieces):
        group = Group(cid=cid)
        for piece in feed:
            group.take(piece)
        assert group.receive() == frames
        assert group.in_sync
        results.append(group.counters())
    assert results[0] == results[1] == results[2]
    assert results[0]["rx_client_octets"] == sum(map(len, frames))
    assert results[0]["rx_idle_frames"] == plain.count(gfp.IDLE) - 1  # the first one brought PRESYNC


@given(st.lists(st.binary(min_size=1, max_size=60), max_size=5), st.integers(2, 255), st.booleans())
@settings(max_examples=20)
def test_raw_information(fields: list[bytes], upi: int, with_pfcs: bool) -> None:
    group = Group(upi=upi)
    group.take(on_line(IDLES + [gfp.build(f, upi=upi, with_pfcs=with_pfcs) for f in fields]))
    assert group.receive() == fields


def test_without_scrambler() -> None:
    group = Group(scramble=False)
    plain = [*IDLES, ethernet(mac_frame(1)), ethernet(mac_frame(2))]
    group.take(b"".join(gfp.mask_core(frame[:4]) + frame[4:] for frame in plain))
    assert group.receive() == [mac_frame(1), mac_frame(2)]


@given(st.lists(st.binary(max_size=400), max_size=8))
@settings(max_examples=100)
def test_random_octets_do_no_harm(pieces: list[bytes]) -> None:
    """Whatever came before, good frames come through once idles have brought SYNC."""
    group = Group()
    for piece in pieces:
        group.take(piece)
    group.receive()
    # a false header may have announced up to 65535 octets
    group.take(gfp.mask_core(gfp.IDLE) * 40000)
    group.take(on_line([*IDLES, ethernet(mac_frame(1)), ethernet(mac_frame(2))]))
    assert group.receive()[-1] == mac_frame(2)


@pytest.mark.parametrize("cut", range(1, 140, 6))
def test_a_reader_that_joins_midstream_loses_its_first_client_frame(cut: int) -> None:
    """Its descrambler has not seen the 43 bits before that frame: a type header error, and no more."""
    frames = [mac_frame(n) for n in range(6)]
    plain = [part for frame in frames for part in (ethernet(frame), *[gfp.IDLE] * 3)]
    one = len(ethernet(frames[0])) + 12
    group = Group()
    group.take(on_line(plain)[cut:])
    begun = cut // one + (cut % one > 0)
    # joined in the idles: frame `begun` comes when PRESYNC has passed
    assert group.receive() == frames[begun + 1 :]
    assert counted(group) == {"rx_client_frames": 5 - begun, "type_hec_errors": 1}


# -- what is not for this client


def area(octets: str) -> bytes:
    """A frame with any payload area."""
    payload = bytes.fromhex(octets)
    return gfp.with_hec(len(payload).to_bytes(2, "big")) + payload


INFO = gfp.ethernet_payload(mac_frame(9))
DISCARDED = {
    "another UPI": (gfp.build(INFO, upi=2), "upi_mismatch"),
    "UPI 00": (gfp.build(INFO, upi=0), "upi_mismatch"),
    "reserved PTI": (gfp.build(INFO, pti=0b011), "pti_mismatch"),
    "linear, this end is null": (gfp.build(INFO, cid=1), "exi_mismatch"),
    "ring extension": (gfp.with_hec(b"\x00\x48") + gfp.with_hec(b"\x02\x01") + bytes(0x44), "exi_mismatch"),
    "ring extension with pFCS": (gfp.with_hec(b"\x00\x48") + gfp.with_hec(b"\x12\x01") + bytes(0x44), "exi_mismatch"),
    "shorter than a linear header": (gfp.with_hec(b"\x00\x06") + gfp.with_hec(b"\x01\x01") + bytes(2), "too_short"),
    "shorter than its pFCS": (gfp.with_hec(b"\x00\x07") + gfp.with_hec(b"\x10\x01") + bytes(3), "too_short"),
    "no information": (gfp.with_hec(b"\x00\x04") + gfp.with_hec(b"\x00\x01"), "too_short"),
    "runt": (gfp.build(bytes(17)), "too_short"),
    "reserved control frame 1": (gfp.with_hec(b"\x00\x01"), "reserved_control"),
    "reserved control frame 3": (gfp.with_hec(b"\x00\x03"), "reserved_control"),
}


@pytest.mark.parametrize("case", DISCARDED)
def test_discarded(case: str) -> None:
    """A good header, but not for this client; what follows is not hurt."""
    group = Group()
    frame, reason = DISCARDED[case]
    group.take(on_line([*IDLES, frame, ethernet(mac_frame(1))]))
    assert group.receive() == [mac_frame(1)]
    assert counted(group) == {"discarded": 1, reason: 1, "rx_client_frames": 1}


def test_channels() -> None:
    """Of a link with several CIDs each end takes its own; a null header is none of them."""
    group = Group(cid=5)
    line = [ethernet(mac_frame(n), cid=cid) for n, cid in enumerate([4, 5, None, 6, 5])]
    group.take(on_line(IDLES + line))
    assert group.receive() == [mac_frame(1), mac_frame(4)]
    assert counted(group) == {"discarded": 3, "cid_mismatch": 2, "exi_mismatch": 1, "rx_client_frames": 2}


def test_a_sink_of_any_channel() -> None:
    """Null header or any CID; a ring is still none of its own."""
    group = Group(cid="any")
    line = [ethernet(mac_frame(n), cid=cid) for n, cid in enumerate([4, None, 255])]
    group.take(on_line(IDLES + line + [DISCARDED["ring extension"][0], management(1, cid=9), management(3)]))
    assert group.receive() == [mac_frame(0), mac_frame(1), mac_frame(2)]
    assert counted(group) == {
        "discarded": 1,
        "exi_mismatch": 1,
        "rx_client_frames": 3,
        "rx_management_frames": 2,
        "rx_csf_frames": 1,
        "rx_dci_frames": 1,
    }


# -- errors


def errored(plain: bytes, at: int) -> bytes:
    """The frame with two wrong bits in octet `at`."""
    return plain[:at] + bytes([plain[at] ^ 0x81]) + plain[at + 1 :]


@pytest.mark.parametrize(
    ("frame", "counter"),
    [
        (errored(ethernet(mac_frame(9)), 4), "type_hec_errors"),
        (errored(ethernet(mac_frame(9)), 7), "type_hec_errors"),
        (errored(ethernet(mac_frame(9)), 20), "ethernet_fcs_errors"),
        (errored(ethernet(mac_frame(9)), 71), "ethernet_fcs_errors"),
        (errored(ethernet(mac_frame(9), with_pfcs=True), 20), "payload_fcs_errors"),
        (errored(ethernet(mac_frame(9), with_pfcs=True), 75), "payload_fcs_errors"),
        (gfp.build(INFO[:-1] + b"\0", with_pfcs=True), "ethernet_fcs_errors"),
    ],
)
def test_errored_payload_areas(frame: bytes, counter: str) -> None:
    """Errors made before scrambling: each is seen by the check that covers it, and only that frame is lost."""
    group = Group()
    group.take(on_line([*IDLES, frame, ethernet(mac_frame(1))]))
    assert group.receive() == [mac_frame(1)]
    assert counted(group) == {counter: 1, "rx_client_frames": 1}


def test_an_errored_extension_header() -> None:
    group = Group(cid=7)
    group.take(on_line([*IDLES, errored(ethernet(mac_frame(9), cid=7), 9), ethernet(mac_frame(1), cid=7)]))
    assert group.receive() == [mac_frame(1)]
    assert counted(group) == {"extension_hec_errors": 1, "rx_client_frames": 1}


@pytest.mark.parametrize("bit", range(32))
def test_a_single_error_of_the_type_header_is_corrected(bit: int) -> None:
    """Made before scrambling, so that it stays single (STANDARDS 6)."""
    group = Group()
    group.take(on_line([*IDLES, flip(ethernet(mac_frame(1)), 32 + bit), ethernet(mac_frame(2))]))
    assert group.receive() == [mac_frame(1), mac_frame(2)]
    assert counted(group) == {"rx_client_frames": 2, "type_hec_corrected": 1}


@pytest.mark.parametrize("bit", range(32))
def test_a_single_error_of_the_extension_header_is_corrected(bit: int) -> None:
    group = Group(cid=0x5A)
    line = on_line([*IDLES, flip(ethernet(mac_frame(1), cid=0x5A), 64 + bit)])
    group.take(line)
    assert group.receive() == [mac_frame(1)]
    assert counted(group) == {"rx_client_frames": 1, "extension_hec_corrected": 1}
    group = Group(cid=0x5A, correct_extension=False)
    group.take(line)
    assert group.receive() == []
    assert counted(group) == {"extension_hec_errors": 1}


@given(st.binary(min_size=14, max_size=60), st.data())
@settings(max_examples=60)
def test_a_wrong_bit_never_delivers_a_wrong_frame(frame: bytes, data: st.DataObject) -> None:
    """One error of the line, anywhere: it comes out as it went in, or not at all."""
    line = on_line([*IDLES, ethernet(frame), gfp.IDLE, gfp.IDLE])
    group = Group()
    group.take(flip(line, data.draw(st.integers(64, 8 * len(line) - 1))))
    assert group.receive() in ([frame], [])


# -- client management frames


def management(upi: int, cid: int | None = None, pti: int = gfp.PTI_CLIENT_MANAGEMENT) -> bytes:
    return gfp.build(b"", pti=pti, upi=upi, cid=cid)


def test_management_frame_vector() -> None:
    """STANDARDS 6: CSF (loss of client signal) on the wire with x^43 state 0."""
    group = Group()
    group.take(bytes.fromhex("B6AB31E0 B6AB31E0 B6AF7164 80010BB9"))
    assert counted(group) == {"rx_management_frames": 1, "rx_csf_frames": 1}


KINDS = {1: "csf_frames", 2: "csf_frames", 3: "dci_frames", 4: "fdi_frames", 5: "rdi_frames", 0xE0: "other_management"}


@pytest.mark.parametrize("upi", KINDS)
def test_management_frames_are_counted(upi: int) -> None:
    group = Group()
    group.take(on_line([*IDLES, management(upi), ethernet(mac_frame(1))]))
    assert group.receive() == [mac_frame(1)]
    assert counted(group) == {"rx_management_frames": 1, f"rx_{KINDS[upi]}": 1, "rx_client_frames": 1}


def test_management_frames_of_another_channel() -> None:
    """They are discarded as its client frames are; management communications (PTI 101) are not for a client."""
    group = Group(cid=5)
    line = [management(1, cid=6), management(1), management(1, cid=5), management(9, cid=5, pti=0b101)]
    group.take(on_line(IDLES + line))
    assert counted(group) == {
        "rx_management_frames": 2,
        "rx_csf_frames": 1,
        "rx_other_management": 1,
        "discarded": 2,
        "cid_mismatch": 1,
        "exi_mismatch": 1,
    }


def test_a_full_client_queue() -> None:
    """Frames that find no room are counted; those before are not hurt."""
    frames = [mac_frame(n, 100) for n in range(20)]
    group = Group(queue_octets=1000)
    group.take(on_line(IDLES + [ethernet(frame) for frame in frames]))
    assert group.receive() == frames[:10]
    assert counted(group) == {"rx_client_frames": 10, "rx_dropped": 10}
    group.take(on_line([ethernet(frames[0])]))  # its descrambler has gone on: a type header error
    assert counted(group)["type_hec_errors"] == 1


@pytest.mark.parametrize("longest", [64, 65])
def test_a_frame_longer_than_the_client_takes(longest: int) -> None:
    group = Group(longest=longest)
    group.take(on_line([*IDLES, ethernet(mac_frame(1, 20000)), ethernet(mac_frame(2, 65)), ethernet(mac_frame(3))]))
    assert group.receive() == [mac_frame(2, 65), mac_frame(3)][65 - longest :]
    too_long = 66 - longest
    assert counted(group) == {"rx_client_frames": 3 - too_long, "discarded": too_long, "too_long": too_long}


def test_a_frame_that_no_empty_queue_can_hold() -> None:
    """The room is at least 4096 octets, and a frame may be as long as the client takes."""
    group = Group(queue_octets=1, longest=20000)
    group.take(on_line([*IDLES, ethernet(mac_frame(1, 20000)), ethernet(mac_frame(2))]))
    assert group.receive() == [mac_frame(1, 20000)]
    assert counted(group) == {"rx_client_frames": 1, "rx_dropped": 1}
