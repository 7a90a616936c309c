"""What tshark reads in the files that `encode` wrote: GFP frames cut out of the line, and the STM-1 overhead.

The line is taken apart by tests/ref, which shares no code with the core; tshark then checks every HEC and FCS itself.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from msapemu.interop.capture import read_frames
from msapemu.interop.encode import EncodeOptions, encode
from msapemu.interop.erf import RAW_LINK, ErfWriter, erf_record
from msapemu.interop.frame import ERF, GFP_F
from msapemu.interop.linefile import STM1_OCTETS, read_blocks
from msapemu.interop.pcap import PcapWriter
from msapemu.interop.pcapng import PcapngWriter
from tests.ref import gfp, stm1
from tests.ref.line import Parser, align
from tests.ref.scramble import X43Descrambler

from .samples import ethernet, pcap_file, public_capture

pytestmark = pytest.mark.tool("tshark")

FIVE = ("1.1.1", "1.1.2", "1.1.3", "1.2.1", "1.2.2")
OPTIONS = [
    EncodeOptions("vc4"),
    EncodeOptions("vc4", payload_fcs=True, cid=200, au_pointer=0),
    EncodeOptions("vc12", FIVE, payload_fcs=True, tu_pointers=105),
    EncodeOptions("vc12", ("3.7.3",), cid=3, au_pointer=782),
]


def tshark(path: Path, *fields: str, options: tuple[str, ...] = ()) -> list[list[str]]:
    """One row of field values a packet."""
    command = ["tshark", "-r", str(path), "-o", "eth.check_fcs:TRUE", *options, "-T", "fields"]
    command += [part for field in fields for part in ("-e", field)]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [line.split("\t") for line in found.splitlines()]


def plain_gfp_frames(octets: bytes) -> Iterator[bytes]:
    """Client frames with the core header unmasked and the payload area descrambled, as link type 171 wants them."""
    descrambler = X43Descrambler()
    at = 0
    while at + 4 <= len(octets):
        header = gfp.mask_core(octets[at : at + 4])
        length = int.from_bytes(header[:2], "big")
        area = octets[at + 4 : at + 4 + length]
        at += 4 + length
        if length and at <= len(octets):
            yield header + descrambler.process(area)


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: f"{options.map}-{options.cid}-{options.payload_fcs}")
def test_gfp_frames_cut_out_of_the_line(tmp_path: Path, options: EncodeOptions) -> None:
    plain = [ethernet(length, length) for length in range(60, 1515, 97)]
    # an experimental type: tshark does not look further
    sent = [frame[:12] + b"\x88\xb5" + frame[14:] for frame in plain]
    encode(pcap_file(tmp_path / "in.pcap", sent), tmp_path / "a.stm1", options)
    aligned = align((tmp_path / "a.stm1").read_bytes())
    assert aligned is not None and aligned.bit == 0
    members = [tuple(int(part) for part in member.split(".")) for member in options.members]
    parser = Parser(whole_file=True).feed_all(aligned.frames)
    frames = list(plain_gfp_frames(parser.gfp_octets(members)))
    assert len(frames) == len(sent)
    with open(tmp_path / "gfp.pcap", "wb") as stream:
        writer = PcapWriter(stream, GFP_F)
        for number, frame in enumerate(frames):
            writer.write(frame, number)
    rows = tshark(
        tmp_path / "gfp.pcap",
        *("gfp.pli", "gfp.chec.status", "gfp.thec.status", "gfp.ehec.status", "gfp.fcs_good", "gfp.pti", "gfp.upi"),
        *("gfp.cid", "eth.fcs.status", "frame.len", "_ws.expert.message"),
    )
    linear, pfcs = options.cid is not None, options.payload_fcs
    header = 4 + 4 * linear
    for frame, row in zip(sent, rows, strict=True):
        area = header + len(frame) + 4 + 4 * pfcs
        assert [int(row[0], 0), *row[1:3], row[3]] == [area, "1", "1", "1" if linear else ""]
        assert row[4] == ("1" if pfcs else "")
        assert [int(value, 0) for value in row[5:7]] == [0, 1]
        assert row[7] == (f"0x{options.cid:02x}" if linear else "")
        assert row[8:] == ["1", str(4 + area), ""]


def test_the_public_capture_through_the_line_as_tshark_reads_it(tmp_path: Path) -> None:
    source = public_capture("erf-ethernet-example.erf")
    encode(source, tmp_path / "a.stm1", EncodeOptions("vc12", FIVE))
    aligned = align((tmp_path / "a.stm1").read_bytes())
    assert aligned is not None
    parser = Parser(whole_file=True).feed_all(aligned.frames)
    members = [tuple(int(part) for part in member.split(".")) for member in FIVE]
    with open(tmp_path / "gfp.pcapng", "wb") as stream:
        writer = PcapngWriter(stream)
        interface = writer.interface(GFP_F)
        for number, frame in enumerate(plain_gfp_frames(parser.gfp_octets(members))):
            writer.write(interface, frame, number)
    fields = ("eth.src", "eth.dst", "ip.src", "ip.dst", "ip.id", "tcp.seq_raw", "udp.srcport", "eth.fcs.status")
    assert tshark(tmp_path / "gfp.pcapng", *fields) == tshark(source, *fields)


@pytest.mark.parametrize("container", ["erf", "pcap", "pcapng"])
def test_section_overhead_and_pointer(tmp_path: Path, container: str) -> None:
    source = pcap_file(tmp_path / "in.pcap", [ethernet(60)])
    encode(source, tmp_path / "a.stm1", EncodeOptions("vc4", au_pointer=98, j0="section", j1="path"))
    frames = [stm1.scramble(frame) for frame in read_blocks(tmp_path / "a.stm1", STM1_OCTETS)][:64]
    path = tmp_path / f"a.{container}"
    with open(path, "wb") as stream:
        erf = ErfWriter(stream) if container == "erf" else None
        pcap = PcapWriter(stream, ERF) if container == "pcap" else None
        pcapng = PcapngWriter(stream) if container == "pcapng" else None
        if pcapng:
            pcapng.interface(ERF)
        for number, frame in enumerate(frames):
            time = number * 125_000
            if erf:
                erf.write(RAW_LINK, frame, time)
            elif pcap:
                pcap.write(erf_record(RAW_LINK, frame, time), time)
            elif pcapng:
                pcapng.write(0, erf_record(RAW_LINK, frame, time), time)
    fields = ["a1", "a2", "j0", "b1", "h1", "h2", "au", "b2", "k1", "k2", "s1", "m1", "j1"]
    rows = tshark(path, *(f"sdh.{field}" for field in fields))
    assert len(rows) == len(frames)
    rows = [dict(zip(fields, row, strict=True)) for row in rows]
    for before, row in zip([None, *frames[:-1]], rows, strict=True):
        assert (row["a1"], row["a2"]) == ("f6f6f6", "282828")
        assert (row["h1"], row["h2"], int(row["au"], 0)) == ("0x68", "0x62", 98)
        assert (row["k1"], row["k2"], int(row["s1"], 0), int(row["m1"], 0)) == ("0x00", "0x00", 0x0B, 0)
        # it finds the octets; the second implementation computes what they should be
        b1 = stm1.b1_of(stm1.scramble(before)) if before else 0
        b2 = stm1.b2_of(before) if before else bytes(3)
        assert (int(row["b1"], 0), bytes.fromhex(row["b2"])) == (b1, b2)
    for name, text in (("j0", "section"), ("j1", "path")):
        octets = bytes(int(row[name], 0) for row in rows)
        assert octets[:16] * 4 == octets
        assert octets[0] & 0x80 and octets[1:16] == text.encode().ljust(15)
    # the writer's records are read by the reader too
    assert [frame.octets[16:] for frame in read_frames(path)] == frames
