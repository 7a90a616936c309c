"""What tshark reads in the GFP frames and the STM-1 overhead of the second implementation."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from tests.ref import gfp, pointer, scramble, stm1
from tests.ref.line import Builder

pytestmark = pytest.mark.skipif(shutil.which("tshark") is None, reason="needs the program tshark")

MAC_FRAME = bytes.fromhex("ffffffffffff0200000000010800") + bytes(range(46))


def tshark(pcap: Path, *arguments: str) -> str:
    command = ["tshark", "-r", str(pcap), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def write_pcap(path: Path, link_type: int, records: list[bytes]) -> None:
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link_type))
        for number, record in enumerate(records):
            file.write(struct.pack("<IIII", number, 0, len(record), len(record)) + record)


def test_tshark_reads_our_gfp_frames(tmp_path: Path) -> None:
    """Link type 171; taken from the line, so masked and scrambled, and back."""
    payload = gfp.ethernet_payload(MAC_FRAME[:12] + b"\x88\xb5" + MAC_FRAME[14:])  # no IP inside
    built = [gfp.build(payload, with_pfcs=f, cid=c) for f in (False, True) for c in (None, 0, 200)]
    encoder = gfp.LineEncoder()
    line = b"".join(encoder.encode(frame) for frame in built)
    descrambler, at, records = scramble.X43Descrambler(), 0, []
    for frame in built:
        core, area = line[at : at + 4], line[at + 4 : at + len(frame)]
        records.append(gfp.mask_core(core) + descrambler.process(area))
        at += len(frame)
    assert records == built
    write_pcap(tmp_path / "gfp.pcap", 171, records)
    fields = ["pli", "chec.status", "thec.status", "ehec.status", "fcs_good", "pti", "upi", "cid"]
    wanted = [f"gfp.{name}" for name in fields] + ["eth.fcs.status", "_ws.expert.message"]
    options = [part for name in wanted for part in ("-e", name)]
    out = tshark(tmp_path / "gfp.pcap", "-o", "eth.check_fcs:TRUE", "-T", "fields", *options)
    rows = [row.split("\t") for row in out.splitlines()]
    assert len(rows) == len(built)
    for frame, row in zip(built, rows, strict=True):
        linear, pfi = frame[4] & 1, frame[4] >> 4 & 1
        assert int(row[0], 0) == len(frame) - 4
        assert row[1:3] == ["1", "1"] and row[3] == ("1" if linear else "")
        assert row[4] == ("1" if pfi else "")
        assert [int(x, 0) for x in row[5:7]] == [0, 1]
        assert row[7] == (f"0x{frame[8]:02x}" if linear else "")
        assert row[8:] == ["1", ""]


@pytest.mark.parametrize("value", [0, 77, 521])
def test_tshark_finds_our_section_overhead(tmp_path: Path, value: int) -> None:
    """ERF type 24, descrambled frames; it finds J1 only below pointer 522, and E2 in the wrong row."""
    names = ["E1", "F1", "K1", "K2", *(f"D{i}" for i in range(1, 13))]
    soh = {name: (lambda n, octet=0x40 + i: octet) for i, name in enumerate(names)}
    builder = Builder([MAC_FRAME] * 9, au_pointer=value, soh=soh | {"M1": lambda n: 17}, j1=b"\x5a")
    plain = [stm1.scramble(frame) for frame in builder.frames(3)]
    heads = [struct.pack("<Q", n) + struct.pack(">BBHHH", 24, 4, 2446, 0, 2430) for n in range(3)]
    write_pcap(tmp_path / "stm1.pcap", 197, [head + frame for head, frame in zip(heads, plain, strict=True)])
    wanted = ["a1", "a2", "j0", "b1", "b2", "h1", "h2", "au", "s1", "m1", *(n.lower() for n in names)]
    options = [part for name in wanted for part in ("-e", f"sdh.{name}")]
    rows = tshark(tmp_path / "stm1.pcap", "-T", "fields", *options).splitlines()
    for frame, row in zip(plain, rows, strict=True):
        got = dict(zip(wanted, row.split("\t"), strict=True))
        assert (got["a1"], got["a2"]) == ("f6f6f6", "282828")
        assert got["b2"] == frame[1080:1083].hex()
        assert (int(got["j0"], 0), int(got["b1"], 0)) == (frame[6], frame[270])
        assert int(got["h1"], 0) << 8 | int(got["h2"], 0) == pointer.encode(value)
        assert (int(got["au"]), int(got["s1"], 0), int(got["m1"], 0)) == (value, 0x0B, 17)
        assert [int(got[name.lower()], 0) for name in names] == [0x40 + i for i in range(len(names))]


@pytest.mark.parametrize("value", [0, 77, 521])
def test_tshark_finds_our_j1(tmp_path: Path, value: int) -> None:
    builder = Builder(au_pointer=value, j1=b"\x5a")
    plain = [stm1.scramble(frame) for frame in builder.frames(3)]
    heads = [struct.pack("<Q", n) + struct.pack(">BBHHH", 24, 4, 2446, 0, 2430) for n in range(3)]
    write_pcap(tmp_path / "stm1.pcap", 197, [head + frame for head, frame in zip(heads, plain, strict=True)])
    assert tshark(tmp_path / "stm1.pcap", "-T", "fields", "-e", "sdh.j1").split() == ["90"] * 3
