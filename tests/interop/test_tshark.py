"""What tshark reads in the files that `encode` wrote: GFP frames cut out of the line, and the STM-N overhead.

The line is taken apart by tests/ref, which shares no code with the core; tshark then checks every HEC and FCS itself.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from msapemu._framing import RATES
from msapemu.interop.encode import EncodeOptions, encode
from msapemu.interop.frame import GFP_F, GFP_T
from msapemu.interop.pcap import PcapWriter
from msapemu.interop.pcapng import PcapngWriter
from tests.ref import gfp
from tests.ref.line import Parser, align
from tests.ref.scramble import X43Descrambler
from tests.ref.stmn import StmN

from .samples import ethernet, pcap_file, public_capture

pytestmark = pytest.mark.tool("tshark")

FIVE = ("1.1.1", "1.1.2", "1.1.3", "1.2.1", "1.2.2")
OPTIONS = [
    EncodeOptions("vc4"),
    EncodeOptions("vc4", payload_fcs=True, cid=200, au_pointer=0),
    EncodeOptions("vc12", FIVE, payload_fcs=True, cid=3, au_pointer=782, tu_pointers=105),
    EncodeOptions("vc12", FIVE, cid=77, lcas=True, delays={"1.1.3": 9000}),
    EncodeOptions("vc3", ("3", "1"), lcas=True),
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
    members: list[Any] = [tuple(int(part) for part in member.split(".")) for member in options.members]
    if options.map == "vc3":
        members = [k for (k,) in members]
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


@pytest.mark.parametrize(("cid", "pfcs"), [(None, False), (9, True)])
def test_gfp_t_frames_cut_out_of_the_line(tmp_path: Path, cid: int | None, pfcs: bool) -> None:
    options = EncodeOptions("vc12", FIVE, gfp="t", lcas=True, cid=cid, payload_fcs=pfcs)
    encode(pcap_file(tmp_path / "in.pcap", [ethernet(1000)] * 5), tmp_path / "a.stm1", options)
    aligned = align((tmp_path / "a.stm1").read_bytes())
    assert aligned is not None
    parser = Parser(whole_file=True).feed_all(aligned.frames)
    octets = parser.gfp_octets([tuple(int(part) for part in member.split(".")) for member in FIVE])
    length = 4 + 4 + 4 * (cid is not None) + 16 * 67 + 4 * pfcs
    header = gfp.mask_core((length - 4).to_bytes(2, "big") + b"\0\0")[:2]
    frames = list(plain_gfp_frames(octets[octets.find(header) :]))[1:]  # behind the first the descrambler is right
    assert len(frames) > 20
    with open(tmp_path / "gfp.pcapng", "wb") as stream:
        writer = PcapngWriter(stream)
        interface = writer.interface(GFP_T)
        for number, frame in enumerate(frames):
            writer.write(interface, frame, number)
    names = ("gfp.pli", "gfp.chec.status", "gfp.thec.status", "gfp.ehec.status", "gfp.fcs_good", "gfp.upi", "gfp.cid")
    linear = ("1", f"0x{cid:02x}") if cid is not None else ("", "")
    for row in tshark(tmp_path / "gfp.pcapng", *names):
        assert int(row[0], 0) == length - 4 and int(row[5], 0) == 6
        assert row[1:5] == ["1", "1", linear[0], "1" if pfcs else ""] and row[6] == linear[1]


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


ZERO = ("e1", "f1", "k1", "k2", *(f"d{number}" for number in range(1, 13)))


@pytest.mark.parametrize("suffix", [".erf", ".pcap", ".pcapng"])
@pytest.mark.parametrize(("rate", "of_tshark"), [("stm1", "OC-3"), ("stm4", "OC-12"), ("stm16", "OC-48")])
def test_section_overhead_and_pointer(tmp_path: Path, rate: str, of_tshark: str, suffix: str) -> None:
    source = pcap_file(tmp_path / "in.pcap", [ethernet(60)])
    options = EncodeOptions("vc4", line=rate, au_pointer=98, j0="section", j1="path", frames=100)
    encode(source, tmp_path / f"a.{rate}", options)
    path = tmp_path / f"a{suffix}"
    encode(source, path, options)
    n = RATES[rate]
    stm, octets, length = StmN(n), (tmp_path / f"a.{rate}").read_bytes(), 2430 * n
    on_the_line = [octets[at : at + length] for at in range(0, len(octets), length)]
    fields = ["a1", "a2", "j0", "b1", "h1", "h2", "au", "b2", "s1", "m1", "j1", *ZERO]
    rows = tshark(
        path,
        *("frame.time_epoch", "frame.len"),
        *(f"sdh.{field}" for field in fields),
        options=("-o", f"sdh.data.rate:{of_tshark}"),
    )
    assert len(rows) == len(on_the_line) == 100
    before: bytes | None = None
    for number, (time, size, *values) in enumerate(rows):
        row = dict(zip(fields, values, strict=True))
        assert round(float(time) * 8000) == number and int(size) == length
        assert (row["a1"], row["a2"]) == ("f6" * 3 * n, "28" * 3 * n)
        assert (row["h1"], row["h2"], int(row["au"], 0)) == ("0x68", "0x62", 98)
        assert (int(row["s1"], 0), int(row["m1"], 0)) == (0x0B, 0)
        assert {int(row[name], 0) for name in ZERO} == {0}
        # it finds the octets; the second implementation computes what they should be
        b1 = stm.b1_of(before) if before else 0
        b2 = stm.b2_of(stm.scramble(before)) if before else bytes(3 * n)
        assert int(row["b1"], 0) == b1
        assert bytes.fromhex(row["b2"]) == b2
        before = on_the_line[number]
    for name, text in (("j0", "section"), ("j1", "path")):
        trace = bytes(int(row[2 + fields.index(name)], 0) for row in rows)
        assert trace == (trace[:16] * 7)[:100]
        assert trace[0] & 0x80 and trace[1:16] == text.encode().ljust(15)
