"""What tshark reads in the core's GFP-T frames: headers and payload FCS (ORACLES: link type 170)."""

from __future__ import annotations

from pathlib import Path

import pytest

from msapemu._framing import GFP_T_CLIENTS
from tests.test_ref_tshark import tshark, write_pcap
from tests.wire.characters import line_frames, transparent

pytestmark = pytest.mark.tool("tshark")

NAMES = {3: "Transparent Fibre Channel", 4: "Transparent FICON", 5: "Transparent ESCON", 6: "Transparent Gbit Ethernet"}
FIELDS = ["pli", "chec.status", "thec.status", "ehec.status", "fcs_good", "pti", "upi", "cid"]


def read(path: Path, frames: list[bytes]) -> list[list[str]]:
    write_pcap(path, 170, frames)
    wanted = [f"gfp.{field}" for field in FIELDS] + ["_ws.expert.message"]
    options = [part for field in wanted for part in ("-e", field)]
    return [row.split("\t") for row in tshark(path, "-T", "fields", *options).splitlines()]


@pytest.mark.parametrize("client", GFP_T_CLIENTS)
@pytest.mark.parametrize("with_pfcs", [False, True])
@pytest.mark.parametrize("cid", [None, 0, 200])
def test_tshark_finds_no_fault_in_a_frame(tmp_path: Path, client: str, with_pfcs: bool, cid: int | None) -> None:
    group = transparent(client=client, payload_fcs=with_pfcs, cid=cid)
    if client == "ethernet":
        group.send(bytes(12) + b"\x08\x00" + bytes(1000))
    else:
        group.send_characters(bytes(range(256)) * 64, b"\0" * 16384)
    frames = [frame for frame in line_frames(group.fill(30000)) if len(frame) > 4]
    assert len(frames) > 1
    rows = read(tmp_path / "gfp-t.pcap", frames)
    assert len(rows) == len(frames)
    upi = {"ethernet": 6, "gbe": 6, "fc": 3, "ficon": 4, "escon": 5, "dvb-asi": 9}[client]
    for frame, row in zip(frames, rows, strict=True):
        assert int(row[0], 0) == len(frame) - 4
        assert (len(frame) - 8 - (4 if cid is not None else 0) - 4 * with_pfcs) % 67 == 0
        assert row[1:5] == ["1", "1", "1" if cid is not None else "", "1" if with_pfcs else ""]
        assert [int(row[5], 0), int(row[6], 0)] == [0, upi]
        assert row[7] == (f"0x{cid:02x}" if cid is not None else "")
        # all that it has to say is that it looks no further
        assert row[8] in ("", f"Payload type 0x{upi:02x} ({NAMES.get(upi)}) unsupported")


def test_tshark_reads_the_failure_of_a_client(tmp_path: Path) -> None:
    """CSF of a transparent-mapped client: loss of character synchronization."""
    group = transparent(client="fc")
    group.client_failed("sync")
    frames = [frame for frame in line_frames(group.fill(100, frames=1)) if len(frame) > 4]
    assert frames == [bytes.fromhex("0004408480023BDA")]
    (row,) = read(tmp_path / "csf.pcap", frames)
    assert [int(row[5], 0), int(row[6], 0)] == [4, 2]
    assert row[1:3] == ["1", "1"] and row[8] == ""
