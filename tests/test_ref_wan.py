"""LAPS, HDLC in timeslots and the headers of wide area links of the second implementation, against zlib and tshark."""

from __future__ import annotations

import re
import subprocess
import zlib
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ref import e1frame, hdlc, laps, n64, wan
from tests.test_ref_tshark import MAC_FRAME, write_pcap

frames = st.lists(st.binary(min_size=4, max_size=80), max_size=8)
awkward = st.lists(st.sampled_from([0x7E, 0x7D, 0x5E, 0x5D, 0xDD, 0xFF, 0x1F, 0x00]), min_size=4, max_size=60).map(
    bytes
)

IP = bytes.fromhex("4500001c000100004001 66dd 0a000001 0a000002 0800f7ff00000000".replace(" ", ""))


def tshark(path: Path, *arguments: str) -> list[list[str]]:
    command = ["tshark", "-r", str(path), "-T", "fields", *arguments]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [row.split("\t") for row in out.splitlines()]


# -- LAPS


def test_laps_octet_by_octet() -> None:
    """Flag, 04 03 FE01, MAC frame with FCS, FCS-32 with the least significant octet first, flag."""
    mac = bytes(range(0x70, 0xB0))
    octets = laps.stream([laps.ethernet(mac)])
    assert octets[0] == octets[-1] == 0x7E and octets.count(0x7E) == 2
    plain = re.sub(rb"\x7d(.)", lambda match: bytes([match[1][0] ^ 0x20]), octets[1:-1], flags=re.DOTALL)
    assert plain[:4] == bytes.fromhex("0403fe01")
    assert plain[4:-8] == mac
    assert plain[-8:-4] == zlib.crc32(mac).to_bytes(4, "little")
    assert plain[-4:] == zlib.crc32(plain[:-4]).to_bytes(4, "little")
    assert laps.mac_frame(laps.parse(octets).frames[0]) == mac
    assert laps.stuffed(b"\x7e\x7d\x20") == b"\x7d\x5e\x7d\x5d\x20"


@given(st.lists(st.one_of(st.binary(min_size=4, max_size=80), awkward), max_size=8), st.integers(1, 4))
def test_laps_there_and_back(sent: list[bytes], flags: int) -> None:
    assert laps.parse(b"\x00" + laps.stream(sent, flags)).frames == sent


def test_laps_faults() -> None:
    one = laps.between_flags(b"0403FE01")
    wrong = bytes([one[0] ^ 1]) + one[1:]
    filled = one[:3] + b"\x7d\xdd\x7d\xdd" + one[3:]
    pieces = [one, wrong, filled, one[:6] + b"\x7d", b"abc", one[:3] + b"\x7d\x00", b"\x7d\xdd", b"", one]
    found = laps.parse(b"\x7e" + b"\x7e".join(pieces) + b"\x7e")
    assert found.frames == [b"0403FE01"] * 3
    assert (found.fcs_errors, found.aborts, found.invalid) == (1, 1, 2)
    bad = bytearray(laps.ethernet(MAC_FRAME))
    bad[10] ^= 1
    assert laps.mac_frame(bytes(bad)) is None and laps.mac_frame(b"\x04\x03\xfe\x02") is None


# -- HDLC


@given(st.binary(min_size=2, max_size=60))
def test_fcs_32_of_hdlc(octets: bytes) -> None:
    bits = hdlc.frame_bits(octets)
    assert hdlc.frame_octets(hdlc.fcs(bits, 32)) == zlib.crc32(octets).to_bytes(4, "little")


@given(frames, st.sampled_from([16, 32]), st.integers(0, 7), st.integers(1, 5))
def test_hdlc_there_and_back(sent: list[bytes], width: int, shift: int, flags: int) -> None:
    found = hdlc.parse("1" * shift + hdlc.stream(sent, flags, width), 100, width)
    assert found.frames == sent
    assert (found.fcs_errors, found.aborts, found.invalid, found.too_long) == (0, 0, 0, 0)


@given(frames, st.sets(st.integers(1, 31), min_size=1), st.sampled_from([16, 32]), st.integers(0, 20))
def test_hdlc_in_timeslots(sent: list[bytes], slots: set[int], width: int, before: int) -> None:
    """Through an E1 with a CRC-4 multiframe; the octets of a timeslot stand in the frames with bit 1 first."""
    timeslots = sorted(slots)
    octets = n64.hdlc_octets(sent, 2, width, before)
    e1 = e1frame.build(n64.put(octets, timeslots))
    assert n64.take(e1, timeslots).startswith(octets)
    assert hdlc.parse(hdlc.stream_bits(n64.take(e1, timeslots)), 100, width).frames == sent
    assert all(frame[slot] == 0xFF for frame in e1 for slot in range(1, 32) if slot not in slots)


# -- headers


def test_bridged_ppp() -> None:
    """RFC 3518 4.2, with and without the FCS of the LAN, pads, padded with zeros, LAN ID."""
    assert wan.bridged(MAC_FRAME)[:6].hex() == "ff0300310001"
    assert wan.bridged(MAC_FRAME, with_fcs=True)[:6].hex() == "ff0300318001"
    for with_fcs in (False, True):
        assert wan.bridged_frame(wan.bridged(MAC_FRAME, with_fcs)) == MAC_FRAME
    body = bytes.fromhex("ff030031")
    assert wan.bridged_frame(body + b"\x03\x01" + MAC_FRAME + b"abc") == MAC_FRAME
    assert wan.bridged_frame(body + b"\x20\x01" + bytes(range(20))) == bytes(range(20)) + bytes(40)
    assert wan.bridged_frame(body + b"\x40\x01" + b"LAN0" + MAC_FRAME) == MAC_FRAME
    assert wan.bridged_frame(body + b"\x80\x01" + MAC_FRAME + b"abcd") is None
    assert wan.bridged_frame(body + b"\x00\x02" + MAC_FRAME) is None


@given(st.integers(0, 1023), st.tuples(*[st.integers(0, 1)] * 4))
def test_address_of_frame_relay(dlci: int, bits: tuple[int, int, int, int]) -> None:
    sent = wan.Address(dlci, *bits)
    assert wan.address(sent.octets()) == sent
    assert sent.octets()[0] & 1 == 0 and sent.octets()[1] & 1 == 1


@pytest.mark.tool("tshark")
def test_tshark_reads_ppp(tmp_path: Path) -> None:
    """Link type 50; a bridged MAC frame, and IPv4, with FCS-32."""
    sent = [wan.bridged(MAC_FRAME), wan.bridged(MAC_FRAME, with_fcs=True), wan.ppp(wan.PPP_IPV4, IP)]
    checked = [frame + hdlc.frame_octets(hdlc.fcs(hdlc.frame_bits(frame), 32)) for frame in sent]
    write_pcap(tmp_path / "ppp.pcap", 50, checked)
    options = [
        "-o",
        "ppp.fcs_type:32-Bit",
        "-e",
        "ppp.protocol",
        "-e",
        "eth.type",
        "-e",
        "ip.dst",
        "-e",
        "ppp.fcs.status",
    ]
    rows = tshark(tmp_path / "ppp.pcap", *options, "-e", "_ws.expert.message")
    assert [row[0] for row in rows] == ["0x0031", "0x0031", "0x0021"]
    assert [row[1] for row in rows] == ["0x0800", "0x0800", ""]
    assert rows[2][2] == "10.0.0.2"
    assert all("Bad" not in row[3] and "FCS" not in row[4] for row in rows)


@pytest.mark.tool("tshark")
def test_tshark_reads_cisco_hdlc(tmp_path: Path) -> None:
    write_pcap(tmp_path / "chdlc.pcap", 104, [wan.cisco(0x0800, IP), wan.cisco_keepalive(7, 6)])
    fields = ["chdlc.address", "chdlc.protocol", "ip.dst", "slarp.mysequence", "slarp.yoursequence"]
    rows = tshark(tmp_path / "chdlc.pcap", *[part for name in fields for part in ("-e", name)])
    assert [int(row[0], 0) for row in rows] == [0x0F, 0x8F]
    assert [int(row[1], 0) for row in rows] == [0x0800, 0x8035]
    assert rows[0][2] == "10.0.0.2" and rows[1][3:] == ["7", "6"]


@pytest.mark.tool("tshark")
def test_tshark_reads_frame_relay(tmp_path: Path) -> None:
    sent = [wan.frame_relay(100, IP), wan.frame_relay_bridged(991, MAC_FRAME)]
    write_pcap(tmp_path / "fr.pcap", 107, sent)
    fields = ["fr.dlci", "fr.nlpid", "ip.dst", "eth.type"]
    rows = tshark(tmp_path / "fr.pcap", *[part for name in fields for part in ("-e", name)])
    assert [row[0] for row in rows] == ["100", "991"]
    assert [int(row[1].split(",")[-1], 0) for row in rows] == [0xCC, 0x80]  # 00 is the pad before 80
    assert rows[0][2] == "10.0.0.2" and rows[1][3] == "0x0800"


def test_capacity() -> None:
    """Flags between frames, and as many octets as timeslots and frames have."""
    rng = Random(3)
    sent = [rng.randbytes(100) for _ in range(10)]
    for count in (1, 2, 31):
        assert len(n64.put(n64.hdlc_octets(sent), range(1, count + 1))) * count < 10 * 100 * 1.25 + 10 * 4 + 70
