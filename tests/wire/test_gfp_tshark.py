"""What tshark reads in the core's GFP frames, with every check switched on (ORACLES: GFP-F, link type 171)."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from msapemu._framing import Group
from tests.ref import gfp, scramble
from tests.test_ref_tshark import tshark, write_pcap
from tests.wire.lines import mac_frame

pytestmark = pytest.mark.tool("tshark")

FIELDS = ["pli", "chec.status", "thec.status", "ehec.status", "fcs_good", "pti", "upi", "cid"]
LENGTHS = [16, 60, 61, 64, 128, 1500, 1514, 9618]


def records(octets: bytes, lengths: list[int]) -> list[bytes]:
    """Frames of a stream as tshark wants them: core headers unmasked, payload areas descrambled."""
    descrambler, at, out = scramble.X43Descrambler(), 0, []
    for length in lengths:
        out.append(gfp.mask_core(octets[at : at + 4]) + descrambler.process(octets[at + 4 : at + 4 + length]))
        at += 4 + length
    return out


@pytest.mark.parametrize("with_pfcs", [False, True])
@pytest.mark.parametrize("cid", [None, 0, 200])
def test_tshark_finds_no_fault_in_a_frame(tmp_path: Path, with_pfcs: bool, cid: int | None) -> None:
    """cHEC, tHEC, eHEC, payload FCS and Ethernet FCS of frames from 16 to 9618 octets."""
    group = Group(payload_fcs=with_pfcs, cid=cid)
    # local experimental EtherType: tshark shall not look for anything inside
    numbered = [mac_frame(n, length) for n, length in enumerate(LENGTHS)]
    frames = [frame[:12] + b"\x88\xb5" + frame[14:] for frame in numbered]
    for frame in frames:
        assert group.send(frame)
    areas = [len(frame) + 8 + 4 * with_pfcs + (4 if cid is not None else 0) for frame in frames]
    write_pcap(tmp_path / "gfp.pcap", 171, records(group.fill(sum(areas) + 4 * len(areas)), areas))
    wanted = [f"gfp.{field}" for field in FIELDS] + ["eth.fcs.status", "_ws.expert.message"]
    options = [part for field in wanted for part in ("-e", field)]
    out = tshark(tmp_path / "gfp.pcap", "-o", "eth.check_fcs:TRUE", "-T", "fields", *options)
    rows = [row.split("\t") for row in out.splitlines()]
    assert len(rows) == len(frames)
    for area, row in zip(areas, rows, strict=True):
        assert int(row[0], 0) == area
        assert row[1:3] == ["1", "1"]
        assert row[3] == ("1" if cid is not None else "")
        assert row[4] == ("1" if with_pfcs else "")
        assert [int(row[5], 0), int(row[6], 0)] == [0, 1]
        assert row[7] == (f"0x{cid:02x}" if cid is not None else "")
        assert row[8:] == ["1", ""]


def test_tshark_reads_another_payload(tmp_path: Path) -> None:
    """PPP under UPI 02: no FCS is made for it, the payload FCS is."""
    ppp = bytes.fromhex("FF030021") + bytes.fromhex("45000014000000004000000000000000") + bytes(4)
    group = Group(upi=2, payload_fcs=True)
    group.send_raw(ppp)
    area = len(ppp) + 8
    write_pcap(tmp_path / "gfp.pcap", 171, records(group.fill(area + 4), [area]))
    options = [part for field in FIELDS for part in ("-e", f"gfp.{field}")]
    (row,) = tshark(tmp_path / "gfp.pcap", "-T", "fields", *options).splitlines()
    columns = row.split("\t")
    assert columns[1:5] == ["1", "1", "", "1"] and int(columns[6], 0) == 2


def test_tshark_sees_the_idle(tmp_path: Path) -> None:
    write_pcap(tmp_path / "gfp.pcap", 171, [gfp.mask_core(Group().fill(4))])
    out = tshark(tmp_path / "gfp.pcap", "-T", "fields", "-e", "gfp.pli", "-e", "gfp.chec.status")
    assert [int(value, 0) for value in out.split()] == [0, 1]


def rows_of(pcap: Path, fields: list[str]) -> list[list[str]]:
    """The fields of each record, with every check switched on."""
    options = [part for field in fields for part in ("-e", field)]
    out = tshark(pcap, "-o", "eth.check_fcs:TRUE", "-T", "fields", *options)
    return [row.split("\t") for row in out.splitlines()]


@pytest.mark.parametrize("cid", [None, 5, 255])
def test_tshark_names_the_management_frames(tmp_path: Path, cid: int | None) -> None:
    names = [
        "Client Signal Fail (Loss of Client Signal)",
        "Client Signal Fail (Loss of Character Synchronisation)",
        "Forward Defect Indication (FDI)",
        "Defect Clear Indication (DCI)",
        "Reverse Defect Indication (RDI)",
    ]
    group = Group(cid=cid, rdi=True)
    area = 4 if cid is None else 8
    octets = b""
    for kind in ("signal", "sync", "forward", None):
        group.client_failed(kind)
        octets += group.fill(4 + area, 8)
    group.take(gfp.mask_core(gfp.IDLE) * 2)
    group.take(b"\x55" * 40)  # LFD
    octets += group.fill(4 + area, 8)
    pcap = tmp_path / "gfp.pcap"
    write_pcap(pcap, 171, records(octets, [area] * 5))
    fields = ["pli", "chec.status", "thec.status", "ehec.status", "pti", "pfi", "exi", "upi", "cid"]
    rows = rows_of(pcap, [f"gfp.{field}" for field in fields] + ["_ws.expert.message"])
    assert [int(row[7], 0) for row in rows] == [1, 2, 4, 3, 5]
    for row in rows:
        assert int(row[0], 0) == area
        assert row[1:4] == ["1", "1", "" if cid is None else "1"]
        assert [int(value, 0) for value in row[4:7]] == [4, 0, 0 if cid is None else 1]
        assert row[8:] == ["" if cid is None else f"0x{cid:02x}", ""]
    shown = [line for line in tshark(pcap, "-V").splitlines() if line.startswith("    Type Field")]
    assert all(line.endswith(f"UPI: {name}") for line, name in zip(shown, names, strict=True))


def test_tshark_reads_the_clients_of_a_group(tmp_path: Path) -> None:
    """Ethernet, PPP, MPLS, IPv4 and IPv6 by CID, with payload FCS."""
    upis = {0: 1, 1: 2, 9: 0x0D, 100: 0x10, 255: 0x11}
    group = Group(channels=[0], payload_fcs=True)
    for cid, upi in list(upis.items())[1:]:
        group.add_channel(cid, upi=upi)
    ip = bytes.fromhex("4500001400000000400066E70A0000010A000002")
    ip6 = bytes.fromhex("6000000000003B40") + bytes(31) + b"\1"
    contents = [b"", b"\xff\x03\x00\x21" + ip, b"\x00\x01\x01\x40" + ip, ip, ip6]
    ethernet = mac_frame(1)[:12] + b"\x88\xb5" + bytes(46)
    group.channels[0].send(ethernet)
    for client, content in zip(group.channels[1:], contents[1:], strict=True):
        client.send_raw(content)
    areas = [12 + len(content) for content in [ethernet + bytes(4), *contents[1:]]]
    pcap = tmp_path / "gfp.pcap"
    write_pcap(pcap, 171, records(group.fill(sum(areas) + 20), areas))
    fields = [f"gfp.{field}" for field in FIELDS] + ["frame.protocols"]
    rows = rows_of(pcap, fields)
    assert [(int(row[7], 0), int(row[6], 0)) for row in rows] == list(upis.items())
    assert all(row[1:5] == ["1"] * 4 for row in rows)
    inside = ["eth", "ppp", "mpls", "ip", "ipv6"]
    assert all(name in row[8].split(":") for row, name in zip(rows, inside, strict=True))


VECTORS = Path(__file__).resolve().parents[3] / "shared" / "vectors"
needs_vectors = pytest.mark.skipif(not VECTORS.is_dir(), reason="needs the computed vectors in ../shared/vectors")


def records_of(pcap: Path) -> list[bytes]:
    octets, at, out = pcap.read_bytes(), 24, []
    order = "<I" if octets[:4] == bytes.fromhex("D4C3B2A1") else ">I"
    while at < len(octets):
        (length,) = struct.unpack_from(order, octets, at + 8)
        out.append(octets[at + 16 : at + 16 + length])
        at += 16 + length
    return out


@needs_vectors
@pytest.mark.parametrize(("name", "verdicts"), [("gfpf", 6), ("g7041_app3", 1)])
def test_the_sink_and_tshark_judge_the_vectors_alike(name: str, verdicts: int) -> None:
    """Every record that is a frame, good or bad, as tshark judges it (in Appendix III there is no Ethernet)."""
    fields = ["pli", "chec.status", "thec.status", "fcs_good", "pti", "upi", "cid"]
    pcap = VECTORS / f"{name}.pcap"
    rows = rows_of(pcap, [f"gfp.{field}" for field in fields] + ["eth.fcs.status"])
    judged = set()
    for record, row in zip(records_of(pcap), rows, strict=True):
        pli = int(row[0], 0)
        end = 4 + (pli if pli >= 4 else 0)
        if row[1] != "1" or end > len(record) or (pli >= 4 and (row[5] == "" or record[4] & 15 > 1)):
            continue  # not a core header, cut short, of a PTI that tshark does not read on, or a ring
        upi = int(row[5] or "1", 0)
        group = Group(upi=upi, cid=int(row[6], 0) if row[6] else None)
        encoder = gfp.LineEncoder()
        for plain in (gfp.IDLE, gfp.IDLE, record[:end]):
            group.take(encoder.encode(plain))
        count = group.counters()
        if pli < 4:
            what = "rx_idle_frames" if pli == 0 else "reserved_control"
        elif row[2] != "1":
            what = "type_hec_errors"
        elif row[3] == "0":
            what = "payload_fcs_errors"
        elif row[7] == "0":
            what = "ethernet_fcs_errors"
        elif int(row[4], 0) == 0:
            what = "rx_client_frames"
        else:
            what = "rx_management_frames"
        assert count[what] == 1 + (what == "rx_idle_frames"), (what, record.hex())
        judged.add(what)
    assert len(judged) == verdicts


@needs_vectors
def test_the_source_makes_the_vectors() -> None:
    """The good frames of gfpf.pcap, octet for octet."""
    made = 0
    for record in records_of(VECTORS / "gfpf.pcap"):
        (frame,) = (gfp.GfpDeframer(scramble=False).feed(on_plain_line(record)) or [None])[:1]
        if frame is None or frame.pti not in (0, 4) or len(record) != 4 + int.from_bytes(record[:2], "big"):
            continue
        with_pfcs = bool(record[4] & 0x10)
        group = Group(upi=frame.upi, payload_fcs=with_pfcs, cid=frame.cid, scramble=False)
        if frame.pti == 4:
            if with_pfcs or frame.upi not in (1, 2):
                continue  # ours have no payload FCS, and DCI is sent after CSF only
            group.client_failed("signal" if frame.upi == 1 else "sync")
        else:
            ethernet = frame.upi == 1 and gfp.ethernet_payload(frame.payload[:-4]) == frame.payload
            if frame.upi == 1 and not ethernet:
                continue
            assert group.send(frame.payload[:-4]) if ethernet else group.send_raw(frame.payload)
        octets = group.fill(len(record), 1)
        assert gfp.mask_core(octets[:4]) + octets[4:] == record
        made += 1
    assert made >= 8


def on_plain_line(record: bytes) -> bytes:
    encoder = gfp.LineEncoder(scramble=False)
    return b"".join(map(encoder.encode, [gfp.IDLE, gfp.IDLE, record]))
