"""What tshark makes of the frames in our streams, with every check switched on, and real captures carried through HDLC.

The streams are taken apart by tests/ref/hdlc.py (bits) and by splitting at flags (octets), never by the core.
"""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest

from msapemu._framing import Group, Hdlc
from tests.interop.samples import CAPTURES
from tests.ref import hdlc as ref
from tests.test_ref_tshark import tshark, write_pcap
from tests.wire import hdlc_model as model
from tests.wire.lines import mac_frame
from tests.wire.test_hdlc import Osmocore, osmocore

PPP, PPP_HDLC, C_HDLC, USER0 = 9, 50, 104, 147
needs_captures = pytest.mark.skipif(not CAPTURES.is_dir(), reason="needs the public captures in ../shared/captures")
LENGTHS = (60, 61, 64, 128, 1500, 1514, 9618)
# local experimental EtherType: tshark shall not look for anything inside
FRAMES = [frame[:12] + b"\x88\xb5" + frame[14:] for n, length in enumerate(LENGTHS) for frame in [mac_frame(n, length)]]


def between_flags(bits: str) -> list[bytes]:
    """The frames of a stream of bits, with their FCS."""
    pieces = [piece.replace("111110", "11111") for piece in re.split("(?:01111110)+", bits)[1:-1]]
    assert not any(len(piece) % 8 for piece in pieces)
    return [ref.frame_octets(piece) for piece in pieces]


def stream_of(group: Group) -> bytes:
    stream = group.fill(5)
    for frame in FRAMES:
        assert group.send(frame)
    while group.waiting:
        stream += group.fill(77)
    return stream + group.fill(2)


def rows(pcap: Path, fields: list[str], *options: str) -> list[list[str]]:
    wanted = [part for field in fields for part in ("-e", field)]
    out = tshark(pcap, "-o", "eth.check_fcs:TRUE", *options, "-T", "fields", *wanted)
    return [row.split("\t") for row in out.splitlines()]


@pytest.mark.tool("tshark")
@pytest.mark.parametrize("link_type", [PPP, PPP_HDLC])
@pytest.mark.parametrize("lan_fcs", [False, True])
@pytest.mark.parametrize("fcs", [16, 32])
def test_bridged_ppp(tmp_path: Path, fcs: int, lan_fcs: bool, link_type: int) -> None:
    """PPP FCS, BCP flags and MAC type, the Ethernet frame and its FCS: no fault, no expert word."""
    octets = stream_of(Group(adaptation="ppp", fcs=fcs, lan_fcs=lan_fcs))
    found = between_flags(ref.stream_bits(octets))
    assert len(found) == len(FRAMES)
    write_pcap(tmp_path / "ppp.pcap", link_type, found)
    fields = ["ppp.fcs.status", "ppp.protocol", "bcp_bpdu.flags.fcs_present", "bcp_bpdu.flags.zeropad", "bcp_bpdu.pads"]
    fields += ["bcp_bpdu.mac_type", "eth.type", "eth.fcs.status", "_ws.expert.message"]
    for row in rows(tmp_path / "ppp.pcap", fields, "-o", f"ppp.fcs_type:{fcs}-Bit"):
        assert [row[0], int(row[1], 16)] == ["1", 0x31]
        assert [row[2] in ("1", "True"), row[3] in ("1", "True"), int(row[4])] == [lan_fcs, False, 0]
        assert [int(row[5], 0), int(row[6], 16)] == [1, 0x88B5]
        assert row[7] == ("1" if lan_fcs else "")
        assert row[8] == ""


@pytest.mark.tool("tshark")
@pytest.mark.parametrize("wrong", [False, True])
def test_octet_stuffed_stream(tmp_path: Path, wrong: bool) -> None:
    """RFC 1662: tshark takes flags and escapes out of the stream by itself (ppp_raw_hdlc)."""
    octets = stream_of(Group(adaptation="ppp", fcs=32, stuffing="octet"))
    if wrong:
        octets = octets.replace(b"\x88\xb5", b"\x88\xb4", 1)
    write_pcap(tmp_path / "raw.pcap", USER0, [octets])
    user = 'uat:user_dlts:"User 0 (DLT=147)","ppp_raw_hdlc","0","","0",""'
    out = tshark(tmp_path / "raw.pcap", "-o", user, "-o", "ppp.fcs_type:32-Bit", "-T", "fields", "-e", "ppp.fcs.status")
    assert out.strip().split(",") == ["0" if wrong else "1"] + ["1"] * (len(FRAMES) - 1)


@osmocore
@pytest.mark.parametrize("lan_fcs", [False, True])
def test_libosmocore_reads_a_group(lan_fcs: bool) -> None:
    group = Group(adaptation="ppp", lan_fcs=lan_fcs)
    stream = group.fill(5)
    for frame in FRAMES[:-1]:
        assert group.send(frame)
    stream += group.fill(6000)
    header = bytes([0xFF, 0x03, 0, 0x31, 0x80 * lan_fcs, 1])
    found = Osmocore("rcv").decode(stream)
    assert [frame[: len(frame) - 4 * lan_fcs] for frame in found] == [header + frame for frame in FRAMES[:-1]]


def records(path: Path) -> list[bytes]:
    """Of a pcap file."""
    octets, at, out = path.read_bytes(), 24, []
    order = "<" if octets[0] in (0xD4, 0x4D) else ">"
    while at < len(octets):
        (n,) = struct.unpack_from(order + "I", octets, at + 8)
        out.append(octets[at + 16 : at + 16 + n])
        at += 16 + n
    return out


@needs_captures
@pytest.mark.parametrize("stuffing", ["bit", "octet"])
def test_a_real_negotiation_has_our_fcs(stuffing: str) -> None:
    """ppp_lcp_ipcp.pcap: 21 PPP frames with the FCS-16 that a real peer made; each begins with its direction."""
    theirs = [octets[1:] for octets in records(CAPTURES / "ppp_lcp_ipcp.pcap") if octets[1:3] == b"\xff\x03"]
    assert len(theirs) == 21
    hdlc, sink = Hdlc(stuffing=stuffing), Hdlc(stuffing=stuffing)
    for frame in theirs:
        hdlc.send(frame[:-2])
    stream = hdlc.fill()
    if stuffing == "bit":
        assert between_flags(ref.stream_bits(stream + hdlc.fill(1)) + "0")[: len(theirs)] == theirs
    else:
        assert model.pieces(stream) == theirs
    # and back, from a stream made of their frames by the definition
    bits = "".join(ref.FLAG + re.sub("11111", "111110", ref.frame_bits(frame)) for frame in theirs) + ref.FLAG
    octets = b"".join(b"\x7e" + model.escaped(frame) for frame in theirs) + b"\x7e"
    sink.take(octets if stuffing == "octet" else ref.stream_octets(bits + "1" * (-len(bits) % 8)))
    assert sink.receive() == [frame[:-2] for frame in theirs]


@needs_captures
@pytest.mark.tool("tshark")
@pytest.mark.parametrize("fcs", [16, 32])
@pytest.mark.parametrize(
    ("name", "link_type"),
    [("ppp_negotiation.cap", PPP_HDLC), ("pos_sdh_ppp.pcap", PPP), ("cisco_hdlc.cap", C_HDLC)],
)
def test_captures_with_an_fcs(tmp_path: Path, name: str, link_type: int, fcs: int) -> None:
    """Captured without FCS; in our stream they have one that tshark finds good."""
    frames = records(CAPTURES / name)
    hdlc, sink = Hdlc(fcs=fcs), Hdlc(fcs=fcs)
    for frame in frames:
        hdlc.send(frame)
    stream = hdlc.fill() + hdlc.fill(2)
    sink.take(stream)
    assert sink.receive() == frames
    found = between_flags(ref.stream_bits(stream))
    assert [frame[: -fcs // 8] for frame in found] == frames
    write_pcap(tmp_path / "out.pcap", link_type, found)
    protocol = "chdlc" if link_type == C_HDLC else "ppp"
    status = rows(tmp_path / "out.pcap", ["ppp.fcs.status"], "-o", f"{protocol}.fcs_type:{fcs}-Bit")
    assert status == [["1"]] * len(frames)
