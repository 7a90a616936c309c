"""What tshark reads in the core's GFP frames, with every check switched on (ORACLES: GFP-F, link type 171)."""

from __future__ import annotations

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
