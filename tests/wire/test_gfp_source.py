"""The GFP-F source: octets as the second implementation makes them (G.7041, STANDARDS 6)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msapemu._framing import Group
from tests.ref import gfp
from tests.wire.lines import MAC, mac_frame


@given(
    st.lists(st.binary(min_size=14, max_size=200), max_size=8),
    st.booleans(),
    st.none() | st.integers(0, 255),
    st.booleans(),
    st.data(),
)
@settings(max_examples=60)
def test_ethernet_octet_by_octet(
    frames: list[bytes], with_pfcs: bool, cid: int | None, scramble: bool, data: st.DataObject
) -> None:
    """Frames queued while the stream runs, taken in pieces of any size."""
    group = Group(payload_fcs=with_pfcs, cid=cid, scramble=scramble)
    lead = data.draw(st.integers(0, 3))
    got = group.fill(4 * lead)
    for frame in frames:
        assert group.send(frame)
    assert group.waiting == len(frames)
    plain = [gfp.build(gfp.ethernet_payload(f), with_pfcs=with_pfcs, cid=cid) for f in frames]
    expected = on_line([gfp.IDLE] * lead + plain + [gfp.IDLE] * 3, scramble)
    while len(got) < len(expected):
        got += group.fill(min(data.draw(st.integers(1, 300)), len(expected) - len(got)))
    assert got == expected
    counters = group.counters()
    assert group.waiting == 0
    assert counters["tx_client_frames"] == len(frames)
    assert counters["tx_client_octets"] == sum(map(len, frames))
    assert counters["tx_idle_frames"] == lead + 3


def on_line(plain: list[bytes], scramble: bool = True) -> bytes:
    if not scramble:
        return b"".join(gfp.mask_core(frame[:4]) + frame[4:] for frame in plain)
    encoder = gfp.LineEncoder()
    return b"".join(map(encoder.encode, plain))


@given(
    st.lists(st.binary(min_size=1, max_size=80), max_size=6),
    st.integers(0, 255).filter(lambda upi: upi != 1),
    st.booleans(),
    st.none() | st.integers(0, 255),
)
@settings(max_examples=30)
def test_raw_information_under_another_upi(fields: list[bytes], upi: int, with_pfcs: bool, cid: int | None) -> None:
    """No FCS is made; PPP for example is UPI 2."""
    group = Group(upi=upi, payload_fcs=with_pfcs, cid=cid)
    for field in fields:
        assert group.send_raw(field)
    expected = on_line([gfp.build(f, upi=upi, with_pfcs=with_pfcs, cid=cid) for f in fields] + [gfp.IDLE])
    assert group.fill(len(expected)) == expected


@pytest.mark.parametrize(
    ("length", "options", "head"),
    [
        (0x44 - 8, {}, "B6 EF 39 A0 00 01 10 21"),  # PLI 0044, cHEC 0840, type 0001
        (0x48 - 12, {"payload_fcs": True}, "B6 E3 F8 2C 10 01 13 52"),
        (0x4C - 16, {"payload_fcs": True, "cid": 0x80}, "B6 E7 B8 A8 11 01 20 63 80 00 1B 98"),
        (0x24 - 8, {}, "B6 8F 55 06 00 01 10 21"),
        # the worked examples of G.7041 Appendix III (STANDARDS 0): PLI 0048 -> C9CC, 0101 -> 2310, CID 8000 -> 1B98
        (0x48 - 12, {"cid": 0x80}, "B6 E3 F8 2C 01 01 23 10 80 00 1B 98"),
    ],
)
def test_header_vectors(length: int, options: dict[str, object], head: str) -> None:
    """STANDARDS 6: core headers masked with B6AB31E0, type and extension headers with their HECs."""
    group = Group(scramble=False, **options)  # type: ignore[arg-type]
    group.send(MAC + bytes(length - 14))
    assert group.fill(length + 40).startswith(bytes.fromhex(head))


def test_another_worked_example() -> None:
    """G.7041 Appendix III (STANDARDS 0): PLI 0024 -> 64E6, type 100D -> D2DE: MPLS with payload FCS."""
    group = Group(upi=0x0D, payload_fcs=True, scramble=False)
    group.send_raw(bytes(0x24 - 8))
    assert gfp.mask_core(group.fill(4)) + group.fill(4) == bytes.fromhex("0024 64E6 100D D2DE")


def test_idle_vector() -> None:
    """STANDARDS 6: B6 AB 31 E0, also in odd pieces."""
    group = Group()
    assert b"".join(group.fill(n) for n in (1, 2, 3, 5, 9)) == bytes.fromhex("B6AB31E0") * 5


def test_whole_frame_vector() -> None:
    """STANDARDS 6, the worked Ethernet frame with payload FCS (Ethernet FCS 1EB95687, pFCS D2277CCF)."""
    group = Group(payload_fcs=True, scramble=False)
    group.send(MAC + bytes(range(46)))
    octets = group.fill(76)
    assert octets[8:68] == MAC + bytes(range(46))
    assert octets[68:] == bytes.fromhex("1EB95687D2277CCF")


def odd_fcs(frame: bytes, reversed_: bool, inverted: bool) -> bytes:
    """A frame of the second implementation with its payload FCS in the form of some boxes (ADR 0003): each octet's
    bits in the opposite order; without the complement at the end."""
    fcs = frame[-4:]
    if inverted:
        fcs = bytes(octet ^ 0xFF for octet in fcs)
    if reversed_:
        fcs = bytes(int(f"{octet:08b}"[::-1], 2) for octet in fcs)
    return frame[:-4] + fcs


@pytest.mark.parametrize("fcs_reversed", [False, True])
@pytest.mark.parametrize("fcs_inverted", [False, True])
def test_forms_of_the_payload_fcs(fcs_reversed: bool, fcs_inverted: bool) -> None:
    """Both ways; an end with another setting sees nothing but FCS errors."""
    forms = [(a, b) for a in (False, True) for b in (False, True)]
    sent = [mac_frame(n, 60 + n) for n in range(40)]
    form = {"fcs_reversed": fcs_reversed, "fcs_inverted": fcs_inverted}
    group = Group(payload_fcs=True, scramble=False, **form)
    for frame in sent:
        group.send(frame)
    plain = [odd_fcs(gfp.build(gfp.ethernet_payload(f), with_pfcs=True), fcs_reversed, fcs_inverted) for f in sent]
    line = on_line(plain, scramble=False)
    assert group.fill(len(line)) == line
    for a, b in forms:
        sink = Group(scramble=False, fcs_reversed=a, fcs_inverted=b)
        sink.take(gfp.mask_core(gfp.IDLE) * 2 + line)
        same = (a, b) == (fcs_reversed, fcs_inverted)
        assert sink.receive() == (sent if same else [])
        assert sink.counters()["payload_fcs_errors"] == (0 if same else len(sent))


@pytest.mark.parametrize("others", [{}, {"payload_fcs": True}, {"cid": 1}, {"payload_fcs": True, "cid": 1}])
@pytest.mark.parametrize("upi", [1, 2])
def test_the_longest_frames(others: dict[str, object], upi: int) -> None:
    """PLI is 16 bits: 65535 octets less the payload header, the payload FCS and, of Ethernet, the FCS."""
    options = {**others, "upi": upi}
    length = 65535 - 4 - 4 * len(others) - 4 * (upi == 1)
    group = Group(longest=length, queue_octets=1 << 18, **options)  # type: ignore[arg-type]
    send = group.send if upi == 1 else group.send_raw
    frame = mac_frame(1, length)
    assert send(frame)
    with pytest.raises(ValueError, match=f"{length + 1} octets is longer"):
        send(frame + b"\0")
    stream = group.fill(65535 + 4)
    assert stream.startswith(gfp.mask_core(gfp.with_hec(b"\xff\xff")))
    peer = Group(longest=length, queue_octets=1 << 18, **options)  # type: ignore[arg-type]
    peer.take(gfp.mask_core(gfp.IDLE) * 2 + stream)
    assert peer.receive() == [frame]
    with pytest.raises(ValueError, match=f"longest must be 1..{length}$"):
        Group(longest=length + 1, **options)  # type: ignore[arg-type]


def test_a_full_queue_says_so() -> None:
    group = Group(queue_octets=1000)
    accepted = 0
    while group.send(mac_frame(accepted, 100)):
        accepted += 1
    assert accepted == 10  # the limit is on client octets
    group.fill(100 + 16)  # the first frame is wholly on the line
    assert group.waiting == 9
    assert group.send(mac_frame(10, 100)) and not group.send(mac_frame(11, 100))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"upi": 256}, "upi must be"),
        ({"upi": -1}, "upi must be"),
        ({"cid": 256}, "cid must be"),
        ({"cid": -1}, "cid must be"),
        ({"cid": -2}, "cid must be"),
        ({"longest": 0}, "longest must be"),
        ({"longest": 65528}, "longest must be"),
        ({"csf_interval": 99}, "csf_interval must be"),
        ({"csf_interval": 1001}, "csf_interval must be"),
        ({"channels": [256]}, "cid must be"),
        ({"channels": [3, 4, 3]}, "channel 3 is used twice"),
        ({"channels": [3], "cid": 3}, "either cid or channels"),
        ({"channels": range(65)}, "at most 64 channels"),
    ],
)
def test_wrong_groups(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Group(**options)  # type: ignore[arg-type]


def test_wrong_frames() -> None:
    with pytest.raises(ValueError, match="13 octets are no Ethernet frame"):
        Group().send(bytes(13))
    with pytest.raises(ValueError, match="empty information"):
        Group(upi=2).send_raw(b"")
    with pytest.raises(ValueError, match="use send_raw"):
        Group(upi=2).send(bytes(14))
    with pytest.raises(ValueError, match="use send"):
        Group().send_raw(bytes(14))
    with pytest.raises(TypeError):
        Group().send(None)  # type: ignore[arg-type]
