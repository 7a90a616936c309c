"""GFP-F of the second implementation beyond its frames: management, channels, extension header, line switches."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ref import gfp
from tests.test_ref_tshark import write_pcap

DATA = gfp.Frame(gfp.PTI_DATA, gfp.UPI_ETHERNET, None, b"")


def managed(upi: int) -> gfp.Frame:
    return gfp.Frame(gfp.PTI_CLIENT_MANAGEMENT, upi, None, b"")


@pytest.mark.parametrize(
    ("built", "octets"),
    [
        (gfp.management(gfp.CSF_SIGNAL), "0004408480010bb9"),
        (gfp.management(gfp.CSF_CHARACTERS), "0004408480023bda"),
        (gfp.management(gfp.DCI), "0004408480032bfb"),
        (gfp.management(gfp.CSF_SIGNAL, cid=5), "00088108810138880500fff5"),
        (gfp.build(b"", upi=gfp.UPI_PPP), "0004408400022042"),
        (gfp.build(b"", upi=gfp.UPI_IPV4), "0004408400101231"),
        (gfp.build(bytes(28), upi=gfp.UPI_MPLS, with_pfcs=True)[:8], "002464e6100dd2de"),
    ],
)
def test_vectors(built: bytes, octets: str) -> None:
    """STANDARDS 6 test vectors, and 0: PLI 0024, type 100D."""
    assert built.hex() == octets


def test_clients_in_turn() -> None:
    frames = list(gfp.in_turn({7: [b"a", b"b", b"c"], 0: [b"d"], 255: [b"e", b"f"]}))
    deframer = gfp.GfpDeframer()
    got = deframer.feed(gfp.OctetSource(frames, 2).take(400))
    assert [(frame.cid, frame.payload) for frame in got] == [
        *[(0, b"d"), (7, b"a"), (255, b"e"), (7, b"b"), (255, b"f"), (7, b"c")]
    ]


@pytest.mark.parametrize("bit", range(32))
def test_a_wrong_bit_of_an_extension_header(bit: int) -> None:
    line = bytearray(gfp.OctetSource([gfp.build(b"frame", cid=200)], 2, scramble=False).take(60))
    line[16 + bit // 8] ^= 0x80 >> bit % 8
    deframer = gfp.GfpDeframer(scramble=False)
    assert deframer.feed(bytes(line)) == [gfp.Frame(0, 1, 200, b"frame")]
    assert (deframer.counters.extension_hec_corrected, deframer.counters.extension_hec_errors) == (1, 0)
    strict = gfp.GfpDeframer(scramble=False, correct_extension=False)
    assert strict.feed(bytes(line)) == [] and strict.counters.extension_hec_errors == 1


@given(st.integers(0, 31), st.integers(1, 31))
def test_two_wrong_bits_of_an_extension_header(one: int, further: int) -> None:
    line = bytearray(gfp.OctetSource([gfp.build(b"frame", cid=200)], 2, scramble=False).take(60))
    for bit in (one, (one + further) % 32):
        line[16 + bit // 8] ^= 0x80 >> bit % 8
    deframer = gfp.GfpDeframer(scramble=False)
    assert deframer.feed(bytes(line)) == [] and deframer.counters.extension_hec_errors == 1


def test_without_the_scrambler() -> None:
    assert gfp.LineEncoder(scramble=False).encode(gfp.management(1)).hex() == "b6af716480010bb9"
    longest = bytes(65535 - 4)
    source = gfp.OctetSource([gfp.build(longest)], 2, scramble=False)
    assert gfp.GfpDeframer(scramble=False).feed(source.take(66000)) == [gfp.Frame(0, 1, None, longest)]


@pytest.mark.parametrize("upi", [gfp.CSF_SIGNAL, gfp.CSF_CHARACTERS, gfp.FDI, gfp.RDI])
def test_client_signal(upi: int) -> None:
    """STANDARDS 6: ends by a client data frame (RDI does not), by DCI, or 3 s after the last."""
    client = gfp.ClientSignal()
    client.take(managed(upi), 1000)
    client.take(managed(upi), 2000)
    client.take(managed(0xE0), 2100)
    client.take(gfp.Frame(gfp.PTI_MANAGEMENT_COMMUNICATIONS, gfp.DCI, None, b""), 2100)
    assert client.defects(4999) == {upi} and client.defects(5000) == set()
    client.take(managed(upi), 6000)
    client.take(DATA, 6001)
    assert client.defects(6002) == ({upi} if upi == gfp.RDI else set())
    client.take(managed(upi), 7000)
    client.take(managed(gfp.DCI), 7001)
    assert client.defects(7002) == set()


def test_one_failure_of_a_client_at_a_time() -> None:
    client = gfp.ClientSignal()
    for upi in (gfp.RDI, gfp.CSF_SIGNAL, gfp.CSF_CHARACTERS):
        client.take(managed(upi), 0)
    assert client.defects(0) == {gfp.CSF_CHARACTERS, gfp.RDI}


@pytest.mark.tool("tshark")
@pytest.mark.skipif(shutil.which("tshark") is None, reason="needs the program tshark")
def test_tshark_reads_management_and_other_clients(tmp_path: Path) -> None:
    frames = [gfp.management(upi, cid, fcs) for upi in (1, 2, 3, 4, 5) for cid in (None, 9) for fcs in (False, True)]
    frames.append(gfp.build(bytes.fromhex("ff03002145000014000000004011000001020304 05060708"), upi=gfp.UPI_PPP))
    write_pcap(tmp_path / "gfp.pcap", 171, frames)
    wanted = ["pli", "chec.status", "thec.status", "ehec.status", "fcs_good", "pti", "upi", "cid"]
    options = [part for name in wanted for part in ("-e", f"gfp.{name}")]
    command = ["tshark", "-r", str(tmp_path / "gfp.pcap"), "-T", "fields", *options]
    rows = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(rows) == len(frames)
    for frame, row in zip(frames, rows, strict=True):
        pli, core, type_hec, extension_hec, fcs, pti, _, cid = row.split("\t")
        linear, pfi = frame[4] & 1, frame[4] >> 4 & 1
        assert int(pli, 0) == len(frame) - 4
        assert (core, type_hec, extension_hec, fcs) == ("1", "1", "1" if linear else "", "1" if pfi else "")
        assert int(pti, 0) == frame[4] >> 5 and cid == ("0x09" if linear else "")
