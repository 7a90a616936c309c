"""A group's Ethernet client in HDLC frames: straight, LAPS, bridged PPP. What is sent is put together here from the
standards' octets, other people's FCS, and tests/ref; what is received likewise."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

import fastcrc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from msapemu._framing import ADAPTATIONS, Group, Line, LineMap
from tests.ref import hdlc as ref
from tests.ref import laps as ref_laps
from tests.ref import scramble, wan
from tests.wire import hdlc_model as model
from tests.wire.lines import mac_frame

FLAG = b"\x7e"
LAPS = bytes.fromhex("04 03 FE 01")
BRIDGED = bytes.fromhex("FF 03 00 31")
PLAIN = {"scramble": False}
EVERY = [
    {"adaptation": adaptation, **options, "scramble": scrambled}
    for adaptation, options in (
        ("hdlc", {}),
        ("hdlc", {"fcs": 32, "lan_fcs": True}),
        ("hdlc", {"stuffing": "octet"}),
        ("laps", {}),
        ("ppp", {}),
        ("ppp", {"fcs": 32, "lan_fcs": True}),
        ("ppp", {"fcs": 32, "stuffing": "octet"}),
    )
    for scrambled in (False, True)
]


def crc32(octets: bytes) -> bytes:
    """As an Ethernet FCS and an FCS-32 are sent."""
    return fastcrc.crc32.iso_hdlc(octets).to_bytes(4, "little")


def crc16(octets: bytes) -> bytes:
    return fastcrc.crc16.ibm_sdlc(octets).to_bytes(2, "little")


def octet_stream(*frames: bytes, fcs: Any = crc32) -> bytes:
    """Frames behind their headers, as octets."""
    return FLAG + b"".join(model.escaped(frame + fcs(frame)) + FLAG for frame in frames)


def received(stream: bytes, **options: Any) -> tuple[list[bytes], dict[str, int]]:
    """What a sink makes of it, and what it counts beside syncs."""
    group = Group(scramble=False, **options)
    group.take(stream)
    count = {name: value for name, value in group.counters().items() if value and name not in ("syncs", "defects")}
    return group.receive(), count


def counted(stream: bytes, **options: Any) -> dict[str, int]:
    frames, count = received(stream, **options)
    assert frames == []
    return count


# ---------------------------------------------------------------- what is sent


def sent(group: Group, *frames: bytes) -> bytes:
    """Flags, the frames, and one octet behind their flag."""
    stream = group.fill(3)
    for frame in frames:
        assert group.send(frame)
    while group.waiting:
        stream += group.fill(1)
    return stream + group.fill(1)


def test_laps_octet_for_octet() -> None:
    """X.86: address 04, control 03, SAPI FE01, the MAC frame with its FCS, FCS-32; 7E and 7D escaped."""
    frames = [mac_frame(1, 64), bytes([0x7E, 0x7D] * 40)]
    whole = octet_stream(*(LAPS + frame + crc32(frame) for frame in frames))
    assert sent(Group(adaptation="laps", scramble=False), *frames) == FLAG * 2 + whole + FLAG


@pytest.mark.parametrize("lan_fcs", [False, True])
def test_bridged_ppp_octet_for_octet(lan_fcs: bool) -> None:
    """RFC 3518 4.2: flags F (LAN FCS) and no pads, MAC type 1."""
    frame = mac_frame(2, 100)
    whole = BRIDGED + bytes([0x80 * lan_fcs, 1]) + frame + (crc32(frame) if lan_fcs else b"")
    group = Group(adaptation="ppp", fcs=32, stuffing="octet", lan_fcs=lan_fcs)
    assert sent(group, frame) == FLAG * 2 + octet_stream(whole) + FLAG


@pytest.mark.parametrize("lan_fcs", [False, True])
@pytest.mark.parametrize("adaptation", ["hdlc", "ppp"])
def test_bit_stuffed_bit_for_bit(adaptation: str, lan_fcs: bool) -> None:
    """FCS-16, by the second implementation."""
    frames = [mac_frame(3, 80), b"\xff" * 70, mac_frame(4, 61)]
    header = BRIDGED + bytes([0x80 * lan_fcs, 1]) if adaptation == "ppp" else b""
    whole = [header + frame + (crc32(frame) if lan_fcs else b"") for frame in frames]
    bits = ref.stream_bits(sent(Group(adaptation=adaptation, lan_fcs=lan_fcs), *frames))
    assert bits.startswith(ref.FLAG * 2 + ref.stream(whole))


def test_scrambled_over_all(size: int = 700) -> None:
    """x^43 + 1 over flags and frames, most significant bit first."""
    for options in ({"adaptation": "laps"}, {"adaptation": "ppp", "scramble": True}):
        plain, line = Group(**{**options, "scramble": False}), Group(**options)
        scrambler = scramble.X43Scrambler()
        for length in (60, 3000, 61):
            for group in (plain, line):
                assert group.send(mac_frame(length, length))
            assert line.fill(size) == scrambler.process(plain.fill(size))
    assert Group(adaptation="laps").fill(20)[6:] != FLAG * 14


# ---------------------------------------------------------------- there and back


@pytest.mark.parametrize("options", EVERY, ids=str)
def test_in_any_pieces_it_is_the_same_stream(options: Mapping[str, Any]) -> None:
    """Exactly n octets at any time, in mid-frame too; every frame comes, none wrong."""
    chance = Random(str(options))
    one, two, sink = Group(**options), Group(**options), Group(**options)
    frames = [chance.randbytes(chance.randrange(14, 200)) for _ in range(60)] + [b"\xff" * 9618, bytes(9618)]
    for frame in frames:
        assert one.send(frame) and two.send(frame)
    size = sum(len(frame) + 40 for frame in frames) * 5 // 4
    whole, pieces = one.fill(size), b""
    while len(pieces) < size:
        n = min(chance.choice((0, 1, 2, 7, 64, 1000, 2340)), size - len(pieces))
        octets = two.fill(n)
        assert len(octets) == n
        sink.take(octets)
        pieces += octets
    assert pieces == whole
    # the first frame is lost where the descrambler had to be filled first: these start alike
    assert sink.receive() == frames
    count = sink.counters()
    assert count["rx_client_frames"] == len(frames) == two.counters()["tx_client_frames"]
    assert count["rx_client_octets"] == sum(map(len, frames)) == two.counters()["tx_client_octets"]
    assert not any(count[name] for name in ("payload_fcs_errors", "discarded", "aborts", "invalid", "sync_losses"))
    assert sink.in_sync and sink.delineation == "SYNC" and sink.defects == ()


@given(st.integers(0, 7), st.lists(st.integers(14, 90), max_size=6))
def test_at_any_bit_offset(offset: int, lengths: list[int]) -> None:
    frames = [mac_frame(n, length) for n, length in enumerate(lengths)]
    bits = "1" * offset + ref.stream([BRIDGED + b"\x00\x01" + frame for frame in frames])
    got, count = received(ref.stream_octets(bits + "0" * (-len(bits) % 8)), adaptation="ppp")
    assert got == frames
    assert set(count) <= {"rx_client_frames", "rx_client_octets"}


# ---------------------------------------------------------------- what else may come


def ppp(body: str | bytes, frame: bytes, tail: bytes = b"") -> dict[str, Any]:
    body = bytes.fromhex(body) if isinstance(body, str) else body
    return {"stream": octet_stream(body + frame + tail), "adaptation": "ppp", "fcs": 32, "stuffing": "octet"}


FRAME = mac_frame(7, 70)
GOOD = {"rx_client_frames": 1, "rx_client_octets": 70}


@pytest.mark.parametrize(
    "header",
    ["FF 03 00 31 00 01", "FF 03 31 00 01", "00 31 00 01", "31 00 01"],
    ids=["whole", "protocol", "address", "both"],
)
def test_compressed_ppp_headers(header: str) -> None:
    """RFC 1661 6.5, 6.6: a peer may leave away address and control, and the first octet of the protocol."""
    assert received(**ppp(header, FRAME)) == ([FRAME], GOOD)


def test_ppp_flags_and_pads() -> None:
    for pads in (1, 15):
        assert received(**ppp(BRIDGED + bytes([pads, 1]), FRAME, bytes(range(pads)))) == ([FRAME], GOOD)
        assert received(**ppp(BRIDGED + bytes([0x80 | pads, 1]), FRAME + crc32(FRAME), bytes(pads))) == ([FRAME], GOOD)
    # RFC 1638: a LAN identification
    assert received(**ppp(BRIDGED + bytes([0x42, 1, 1, 2, 3, 4]), FRAME, b"ab")) == ([FRAME], GOOD)
    assert counted(**ppp(BRIDGED + bytes([0x40, 1, 1, 2, 3]), b"")) == {"discarded": 1, "too_short": 1}
    assert counted(**ppp(BRIDGED + bytes([0x8F, 1]), bytes(14))) == {"discarded": 1, "too_short": 1}
    assert counted(**ppp(BRIDGED + bytes([0x80, 1]), FRAME + crc32(FRAME)[::-1])) == {"ethernet_fcs_errors": 1}


@pytest.mark.parametrize("lan_fcs", [False, True])
def test_zeros_that_were_left_away(lan_fcs: bool) -> None:
    """RFC 3518 4.2, Z: the frame is filled to its shortest length; its FCS is that of the whole."""
    whole = FRAME[:30] + bytes(30)
    tail = crc32(whole) if lan_fcs else b""
    for left in (30, 40, 60):
        frames, count = received(**ppp(BRIDGED + bytes([0x20 | 0x80 * lan_fcs, 1]), whole[:left], tail))
        assert frames == [whole] and count == {"rx_client_frames": 1, "rx_client_octets": 60}
    # longer than what is taken
    assert counted(**ppp(BRIDGED + b"\x20\x01", FRAME[:30]), longest=59) == {"discarded": 1, "too_long": 1}


OTHERS = {
    "LCP": (BRIDGED[:2] + bytes.fromhex("C0 21 01 01 00 04"), "upi_mismatch"),
    "spanning tree": (BRIDGED[:2] + b"\x02\x01" + bytes(40), "upi_mismatch"),
    "token ring": (BRIDGED + b"\x00\x03" + FRAME, "exi_mismatch"),
    "no header": (BRIDGED[:3], "too_short"),
    "no flags": (BRIDGED + b"\x00", "too_short"),
    "more pads than octets": (BRIDGED + b"\x0f\x01" + bytes(14), "too_short"),
    "short": (BRIDGED + b"\x00\x01" + bytes(13), "too_short"),
    "long": (BRIDGED + b"\x00\x01" + bytes(201), "too_long"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_ppp_frames_that_are_not_for_the_client(name: str) -> None:
    octets, reason = OTHERS[name]
    assert counted(**ppp(octets, b""), longest=200) == {"discarded": 1, reason: 1}


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("04 03 FE 02", "upi_mismatch"),
        ("04 03 00 21", "upi_mismatch"),
        ("06 03 FE 01", "exi_mismatch"),
        ("04 13 FE 01", "exi_mismatch"),
        ("FF 03 00 31", "exi_mismatch"),
    ],
)
def test_laps_frames_that_are_not_for_the_client(header: str, reason: str) -> None:
    stream = octet_stream(bytes.fromhex(header) + FRAME + crc32(FRAME))
    assert counted(stream, adaptation="laps") == {"discarded": 1, reason: 1}
    assert counted(octet_stream(LAPS[:3]), adaptation="laps") == {"discarded": 1, "too_short": 1}


def test_rate_adaptation_of_laps() -> None:
    """X.86: 7D DD anywhere in a frame is no octet of it. Of PPP it is FD."""
    whole = LAPS + FRAME + crc32(FRAME)
    whole += crc32(whole)
    stream = FLAG + b"\x7d\xdd" + model.escaped(whole[:9]) + b"\x7d\xdd" * 3 + model.escaped(whole[9:]) + b"\x7d\xdd"
    assert received(stream + FLAG, adaptation="laps") == ([FRAME], GOOD)
    octets = BRIDGED + b"\x00\x01" + FRAME[:20] + b"\xfd" + FRAME[20:]
    stream = FLAG + model.escaped(octets + crc32(octets)).replace(b"\xfd", b"\x7d\xdd") + FLAG
    assert received(stream, adaptation="ppp", fcs=32, stuffing="octet")[0] == [octets[6:]]


def test_an_escape_that_laps_does_not_know() -> None:
    """X.86: the frame is invalid, whatever its FCS; the next one is not. PPP takes any."""
    stream = octet_stream(LAPS + FRAME + crc32(FRAME))
    spoiled = stream.replace(b"\x41", b"\x7d\x61", 1)
    assert spoiled != stream
    assert received(spoiled + stream, adaptation="laps") == ([FRAME], {**GOOD, "invalid": 1})
    stream = octet_stream(BRIDGED + b"\x00\x01" + FRAME).replace(b"\x41", b"\x7d\x61", 1)
    assert received(stream, adaptation="ppp", fcs=32, stuffing="octet") == ([FRAME], GOOD)


# ---------------------------------------------------------------- the second implementation

MAC_FRAMES = st.lists(
    st.binary(min_size=14, max_size=90)
    | st.lists(st.sampled_from([0x7E, 0x7D, 0x5E, 0xFF, 0]), min_size=14, max_size=80).map(bytes),
    max_size=6,
)


@given(MAC_FRAMES)
def test_the_second_implementation_reads_laps(frames: list[bytes]) -> None:
    found = ref_laps.parse(sent(Group(adaptation="laps", scramble=False), *frames))
    assert [ref_laps.mac_frame(frame) for frame in found.frames] == frames
    assert (found.fcs_errors, found.aborts, found.invalid) == (0, 0, 0)


@given(MAC_FRAMES, st.integers(1, 3), st.lists(st.tuples(st.integers(0, 999), st.integers(0, 255)), max_size=4))
def test_laps_of_the_second_implementation(frames: list[bytes], flags: int, errors: list[tuple[int, int]]) -> None:
    """With octets that came wrong: the same frames are found, and as many errors."""
    stream = bytearray(ref_laps.stream([ref_laps.ethernet(frame) for frame in frames], flags))
    for place, octet in errors:
        stream[place % len(stream)] = octet
    stream = bytearray(b"\x7e") + stream + b"\x7e"
    group = Group(adaptation="laps", scramble=False)
    group.take(bytes(stream))
    found, count = ref_laps.parse(bytes(stream)), group.counters()
    good = [frame for frame in map(ref_laps.mac_frame, found.frames) if frame is not None and len(frame) >= 14]
    assert group.receive() == good
    assert count["aborts"] == found.aborts
    # it calls those of less than four octets invalid, which here have no header
    wrong = count["payload_fcs_errors"] + count["invalid"] + count["discarded"] + count["ethernet_fcs_errors"]
    assert wrong == found.fcs_errors + found.invalid + len(found.frames) - len(good)


@pytest.mark.parametrize("width", [16, 32])
@given(frames=MAC_FRAMES, lan_fcs=st.booleans())
def test_the_second_implementation_reads_bridged_ppp(width: int, frames: list[bytes], lan_fcs: bool) -> None:
    bits = ref.stream_bits(sent(Group(adaptation="ppp", fcs=width, lan_fcs=lan_fcs), *frames))
    found = ref.parse(bits, 200, width)
    assert [wan.bridged_frame(frame) for frame in found.frames] == frames
    theirs = ref.stream([wan.bridged(frame, not lan_fcs) for frame in frames], 2, width)
    got, count = received(ref.stream_octets(theirs + "1" * (-len(theirs) % 8)), adaptation="ppp", fcs=width)
    assert got == frames and set(count) <= {"rx_client_frames", "rx_client_octets"}


@pytest.mark.parametrize("stuffing", ["bit", "octet"])
def test_errors_of_the_frame(stuffing: str) -> None:
    """FCS, abort, too short, too long; each leaves the next frame alone."""
    options = {"adaptation": "hdlc", "stuffing": stuffing, "longest": 100}
    group = Group(**options)
    stream = bytearray(sent(group, FRAME, FRAME))
    stream[20] ^= 1
    frames, count = received(bytes(stream), **options)
    assert (frames, count["payload_fcs_errors"]) == ([FRAME], 1)
    if stuffing == "octet":
        bad = FLAG + b"abc\x7d\x7e" + b"ab\x7e" + bytes(200)
        stream = bytearray(bad + octet_stream(FRAME, fcs=crc16))
        odd = 1  # too short
    else:
        bits = ref.FLAG + "0" * 9 + "1" * 9 + ref.FLAG + "0" * 31 + ref.FLAG + "0" * 1400 + ref.stream([FRAME])
        stream = bytearray(ref.stream_octets(bits + "0" * (-len(bits) % 8)))
        odd = 1  # no whole number of octets
    frames, count = received(bytes(stream), **options)
    assert frames == [FRAME]
    assert count == {**GOOD, "aborts": 1, "invalid": odd, "too_long": 1, "discarded": 1}


def test_a_full_queue_drops() -> None:
    group = Group(adaptation="hdlc", queue_octets=100)
    group.take(sent(Group(adaptation="hdlc"), FRAME, FRAME, FRAME))
    assert len(group.receive()) == 2 and group.counters()["rx_dropped"] == 1


# ---------------------------------------------------------------- defects and states


def lost_after(group: Group) -> int:
    """Octets without a flag until dLFD, by trying."""
    octets = 0
    while "HDLC-LFD" not in group.defects:
        group.take(bytes(10))
        octets += 10
    return octets


@pytest.mark.parametrize("adaptation", ADAPTATIONS[1:])
def test_loss_of_delineation(adaptation: str) -> None:
    """No flag for two of the longest frames; one flag ends it."""
    group = Group(adaptation=adaptation, longest=1000, scramble=False)
    assert not group.in_sync and group.delineation == "HUNT" and group.defects == ()
    limit = lost_after(group)
    assert 2 * 1000 < limit < 5000
    assert not group.channels[0].carrier and group.counters()["sync_losses"] == 0
    assert group.counters()["unaligned_octets"] == limit
    group.take(FLAG)
    assert group.in_sync and group.defects == () and group.channels[0].carrier
    assert group.counters()["syncs"] == 1
    assert lost_after(group) == limit
    assert not group.in_sync and group.counters()["sync_losses"] == 1
    group.take(FLAG * 2)
    assert group.in_sync and group.counters()["syncs"] == 2


@pytest.mark.parametrize(
    ("adaptation", "other", "options"),
    [("laps", "04 03 FE 02", {}), ("ppp", "FF 03 C0 21", {"fcs": 32, "stuffing": "octet"})],
)
def test_frames_of_another_protocol(adaptation: str, other: str, options: Mapping[str, Any]) -> None:
    """Five in a row, until a good one."""
    group, source = (Group(adaptation=adaptation, scramble=False, **options) for _ in range(2))
    wrong = octet_stream(bytes.fromhex(other) + bytes(60))
    for count in range(1, 7):
        group.take(wrong)
        assert group.defects == (("HDLC-UPM",) if count >= 5 else ())
    group.take(sent(source, FRAME))
    assert group.defects == () and group.receive() == [FRAME]


@pytest.mark.parametrize("options", EVERY, ids=str)
def test_a_failed_client_sends_flags(options: Mapping[str, Any]) -> None:
    """There is nothing that tells the far end. What was under way goes out, what waits is dropped."""
    group, sink = Group(**options), Group(**options)
    for n in range(3):
        assert group.send(mac_frame(n, 60))
    sink.take(group.fill(20))
    group.client_failed("signal")
    sink.take(group.fill(2000, 800))
    assert group.waiting == 0 and group.counters()["tx_dropped"] == 2
    assert sink.receive() == [mac_frame(0, 60)]
    assert group.counters()["tx_csf_frames"] == 0 and sink.channels[0].csf is None
    group.client_failed()
    group.fill(0, 8)
    assert group.send(FRAME)
    sink.take(group.fill(300, 8))
    assert sink.receive() == [FRAME] and sink.channels[0].carrier


@pytest.mark.parametrize(
    "options",
    [
        {"adaptation": "atm"},
        {"fcs": 16},
        {"stuffing": "bit"},
        {"lan_fcs": True},
        {"adaptation": "hdlc", "fcs": 8},
        {"adaptation": "hdlc", "stuffing": "none"},
        {"adaptation": "laps", "fcs": 16},
        {"adaptation": "laps", "stuffing": "bit"},
        {"adaptation": "laps", "lan_fcs": False},
        {"adaptation": "hdlc", "gfp": "t"},
        {"adaptation": "hdlc", "channels": (1, 2)},
        {"adaptation": "ppp", "cid": 3},
        {"adaptation": "ppp", "upi": 2},
        {"adaptation": "ppp", "payload_fcs": True},
        {"adaptation": "ppp", "rdi": True},
    ],
    ids=str,
)
def test_settings_that_do_not_go_together(options: Mapping[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"does not go with|no adaptation|LAPS"):
        Group(**options)


def test_a_frame_that_is_too_long_is_refused() -> None:
    group = Group(adaptation="hdlc", longest=100)
    assert group.adaptation == "hdlc" and group.client is None
    with pytest.raises(ValueError, match="longer than 100"):
        group.send(bytes(101))
    assert group.send(bytes(100))


# ---------------------------------------------------------------- in containers

C2 = {"gfp": 0x1B, "hdlc": 0x16, "laps": 0x18, "ppp": 0x16}
K4 = {"gfp": 0x0D, "hdlc": 0x0A, "laps": 0x0B, "ppp": 0x0A}


def map_for(kind: str, group: Group) -> LineMap:
    if kind == "vc4":
        return LineMap("vc4", [(group, ())])
    return LineMap("tug", [(group, ["1.1.1", "1.2.1", "3.7.3"] if kind == "vc12" else ["1", "3"])])


def run(kind: str, source: Group, sink: Group, frames: list[bytes]) -> tuple[Line, list[bytes]]:
    one, two = Line(), Line()
    one.apply(map_for(kind, source))
    two.apply(map_for(kind, sink))
    for _ in range(90):
        two.parse(one.build(8))
    sink.receive()
    for frame in frames:
        assert source.send(frame)
    while source.waiting:
        two.parse(one.build(8))
    two.parse(one.build(16))
    return two, sink.receive()


@pytest.mark.parametrize("kind", ["vc12", "vc3", "vc4"])
@pytest.mark.parametrize("adaptation", ADAPTATIONS)
def test_over_a_line_with_its_label(adaptation: str, kind: str) -> None:
    """G.707: C2 16h PPP, 18h LAPS; extended label 0Ah, 0Bh. Every frame comes."""
    frames = [mac_frame(n, 60 + 13 * n) for n in range(100)]
    line, got = run(kind, Group(adaptation=adaptation), Group(adaptation=adaptation), frames)
    assert got == frames
    assert {event[2] for event in line.events() if event[3] == "raise"} - {"OOF", "LOF"} <= {"LP-UNEQ", "HP-UNEQ"}
    if kind == "vc12":
        assert line.overhead(1, "1.2.1")["extended_label"] == K4[adaptation]
    else:
        assert line.overhead(1, "3" if kind == "vc3" else None)["c2"] == C2[adaptation]


@pytest.mark.parametrize("kind", ["vc12", "vc3", "vc4"])
def test_another_adaptation_is_a_payload_mismatch(kind: str) -> None:
    line, got = run(kind, Group(adaptation="laps"), Group(adaptation="ppp"), [FRAME])
    assert got == []
    raised = {event[2] for event in line.events() if event[3] == "raise"}
    assert ("HP-PLM" if kind == "vc4" else "LP-PLM") in raised


def test_server_failure_ends_what_was_known() -> None:
    one, two, source, sink = Line(), Line(), Group(adaptation="laps"), Group(adaptation="laps")
    one.apply(map_for("vc4", source))
    two.apply(map_for("vc4", sink))
    two.parse(one.build(40))
    assert sink.in_sync and sink.channels[0].carrier
    two.silent(100)
    assert not sink.in_sync and not sink.channels[0].carrier and sink.defects == ()
    two.parse(one.build(40))
    assert sink.in_sync and sink.channels[0].carrier and sink.counters()["syncs"] >= 2
