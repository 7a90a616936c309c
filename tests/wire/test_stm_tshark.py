"""What tshark reads in the core's STM-1 frames (ORACLES: ERF type 24, descrambled).

It computes no BIP, and finds J1 only for a pointer below 522.
"""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from msapemu._framing import Group, Line, trace_octets
from tests.ref import pointer, stm1
from tests.test_ref_tshark import tshark, write_pcap
from tests.wire.lines import map_of, plain_line

pytestmark = pytest.mark.tool("tshark")

ZERO = ("e1", "f1", "k1", "k2", *(f"d{n}" for n in range(1, 13)))


def write_erf(path: Path, frames: list[bytes]) -> None:
    """Descrambled frames as ERF records of type 24 (STM-N, raw) in a pcap of link type 197."""
    heads = [struct.pack("<Q", n) + struct.pack(">BBHHH", 24, 4, 2446, 0, 2430) for n in range(len(frames))]
    write_pcap(path, 197, [head + frame for head, frame in zip(heads, frames, strict=True)])


@pytest.mark.parametrize("value", [0, 77, 521])
@pytest.mark.parametrize("members", [[], [(1, 1, 1)]], ids=["vc4", "vc12"])
def test_tshark_finds_the_overhead(tmp_path: Path, value: int, members: list[tuple[int, int, int]]) -> None:
    line = Line(j0="section", j1="path", au_pointer=value, s1=0x04)
    line.apply(map_of(Group(), members))
    octets = line.build(16)
    frames = plain_line(octets)
    write_erf(tmp_path / "stm1.pcap", frames)
    wanted = ["a1", "a2", "j0", "b1", "b2", "h1", "h2", "au", "s1", "m1", "j1", *ZERO]
    options = [part for field in wanted for part in ("-e", f"sdh.{field}")]
    rows = tshark(tmp_path / "stm1.pcap", "-T", "fields", *options).splitlines()
    assert len(rows) == 16
    previous: tuple[bytes, bytes] | None = None
    for number, (frame, row) in enumerate(zip(frames, rows, strict=True)):
        got = dict(zip(wanted, row.split("\t"), strict=True))
        assert (got["a1"], got["a2"]) == ("f6f6f6", "282828")
        assert int(got["j0"], 0) == trace_octets("section")[number]
        assert int(got["j1"], 0) == trace_octets("path")[number]
        assert int(got["h1"], 0) << 8 | int(got["h2"], 0) == pointer.encode(value)
        assert (int(got["au"]), int(got["s1"], 0), int(got["m1"], 0)) == (value, 0x04, 0)
        assert {int(got[name], 0) for name in ZERO} == {0}
        # B1 and B2 where tshark finds them, of the frame before
        b1, b2 = (stm1.b1_of(previous[1]), stm1.b2_of(previous[0])) if previous else (0, bytes(3))
        assert (int(got["b1"], 0), got["b2"]) == (b1, b2.hex())
        previous = (frame, octets[2430 * number : 2430 * (number + 1)])


def test_tshark_reads_remote_indications(tmp_path: Path) -> None:
    """M1 and K2 of a port whose own receiver sees errors and MS-AIS."""
    line, far = Line(), Line()
    for n in range(20):
        frame = bytearray(far.build(1))
        if n == 10:
            frame[1500] ^= 0x81
        line.parse(bytes(frame))
    far.parse(b"")
    write_erf(tmp_path / "rei.pcap", plain_line(line.build(2)))
    out = tshark(tmp_path / "rei.pcap", "-T", "fields", "-e", "sdh.m1", "-e", "sdh.k2").split()
    assert [int(value, 0) for value in out] == [2, 0, 0, 0]
    line.silent(1)
    write_erf(tmp_path / "rdi.pcap", plain_line(line.build(1)))
    assert int(tshark(tmp_path / "rdi.pcap", "-T", "fields", "-e", "sdh.k2"), 0) == 0b110
