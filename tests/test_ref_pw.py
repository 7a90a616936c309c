"""Pseudowire packets of the second implementation against RFC 4553 and 5086 (STANDARDS 14), public vectors, tshark."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ref import e1cas, pw
from tests.ref.capture import records
from tests.ref.pw import Packet, Rtp
from tests.test_ref_tshark import write_pcap

VECTORS = Path(__file__).resolve().parents[2] / "shared" / "vectors"
needs_vectors = pytest.mark.skipif(not VECTORS.is_dir(), reason="needs the vectors in ../shared/vectors")
needs_tshark = pytest.mark.tool("tshark")
ETHERNET, MPLS, IP, UDP = 14, 4, 20, 8


def of_mpls(name: str) -> list[bytes]:
    return [record[ETHERNET + MPLS :] for record in records(VECTORS / name)]


def of_udp(name: str) -> list[bytes]:
    return [record[ETHERNET + IP + UDP :] for record in records(VECTORS / name)]


def in_udp(octets: bytes, port: int) -> bytes:
    udp = struct.pack("!HHHH", port, port, UDP + len(octets), 0) + octets
    ip = struct.pack("!BBHHHBBH", 0x45, 0, IP + len(udp), 0, 0, 64, 17, 0) + bytes([10, 0, 0, 1, 10, 0, 0, 2])
    return bytes.fromhex("0200000000010200000000020800") + ip + udp


def tshark(path: Path, port: int, dissector: str, *fields: str) -> list[list[str]]:
    wanted = [part for name in fields for part in ("-e", name)]
    command = ["tshark", "-r", str(path), "-d", f"udp.port=={port},{dissector}", "-T", "fields", *wanted]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [row.split("\t") for row in out.splitlines()]


# -- the control word


@pytest.mark.parametrize(
    ("packet", "word"),
    [
        (Packet(0x1234, bytes(256)), "00001234"),
        (Packet(0x1235, b"", l=1, r=1), "0c041235"),
        (Packet(2, bytes(248), m=pw.M_RDI), "02000002"),
        (Packet(3, b"", l=1), "08040003"),
        (Packet(4, bytes(248), m=pw.M_SIGNALLING), "03000004"),
        (Packet(5, bytes(59)), "003f0005"),  # 63 in all
        (Packet(6, bytes(60)), "00000006"),  # 64
        (Packet(7, bytes(47), rtp=Rtp()), "003f0007"),
    ],
)
def test_control_words(packet: Packet, word: str) -> None:
    """The examples of STANDARDS 14, and LEN around its limit."""
    assert pw.control_word(packet).hex() == word


@given(
    st.integers(0, 0xFFFF), st.binary(max_size=80), st.integers(0, 1), st.integers(0, 1), st.booleans(), st.booleans()
)
def test_there_and_back(sequence: int, payload: bytes, l: int, r: int, rtp: bool, mpls: bool) -> None:
    packet = Packet(sequence, payload, l, r, rtp=Rtp(97, sequence * 7, 0xDEADBEEF) if rtp else None)
    octets = pw.build(packet, over_mpls=mpls)
    assert pw.parse(octets, rtp, mpls) == packet
    if rtp:
        header = octets[4:16] if mpls else octets[:12]
        assert header[:4] == bytes([0x80, 97]) + sequence.to_bytes(2, "big")


def test_padding_is_left_away() -> None:
    octets = pw.build(Packet(1, bytes(8)))
    assert pw.parse(octets + bytes(30)) == Packet(1, bytes(8))
    assert pw.parse(octets[:-1]) is None and pw.parse(b"\x10" + octets[1:]) is None
    assert pw.parse(bytes(3)) is None and pw.parse(bytes(12), with_rtp=True) is None


# -- public vectors


@needs_vectors
def test_vectors_over_mpls() -> None:
    assert [pw.parse(octets) for octets in of_mpls("satop.pcap")] == [
        Packet(0x1234, bytes(256)),
        Packet(0x1235, b"", 1, 1),
        Packet(0x1236, bytes(256)),
    ]
    got = [pw.parse(octets) for octets in of_mpls("cesopsn.pcap")]
    assert [packet and (packet.sequence, packet.l, packet.m, len(packet.payload)) for packet in got] == [
        (1, 0, 0b00, 248),
        (2, 0, 0b10, 248),
        (3, 1, 0b00, 0),
        (4, 0, 0b11, 248),
    ]
    assert [pw.is_cesopsn(packet, 248) for packet in got if packet] == [True, True, True, False]
    for name in ("satop.pcap", "cesopsn.pcap"):
        for octets in of_mpls(name):
            packet = pw.parse(octets)
            assert packet is not None and pw.build(packet) == octets


@needs_vectors
def test_satop_vectors() -> None:
    """Good and bad packets, as their file has them: what is malformed for a payload of 256."""
    octets = of_udp("satop_udp.pcap")
    packets = [pw.parse(one) for one in octets]
    assert [packet is not None and pw.is_satop(packet) for packet in packets] == [
        True,  # 1
        True,  # R
        True,  # L, payload left away
        False,  # 192
        False,  # 1024
        False,  # 32
        False,  # LEN beyond the end
        True,  # something in RSV
        True,  # and in FRG
        False,  # 810
        False,  # RTP behind the control word
        False,  # nothing
        False,  # 32, padded
        False,  # RTP before the control word
        True,  # 0
    ]
    assert packets[1] and packets[1].r == 1
    assert packets[12] and len(packets[12].payload) == 32
    before = pw.parse(octets[13], with_rtp=True)
    assert before and pw.is_satop(before) and before.rtp == Rtp(96, 0x1000, 0xDEADBEEF)
    behind = pw.parse(octets[10], with_rtp=True, over_mpls=True)
    assert behind and pw.is_satop(behind) and behind.sequence == 11


@needs_vectors
@needs_tshark
def test_tshark_finds_the_same_malformed() -> None:
    """What it says is bad in the control word is bad here, but for RSV and FRG of SAToP, which are ignored."""
    for name, port, dissector in (
        ("satop_udp.pcap", 50000, "pwsatopcw"),
        ("cesopsn_udp.pcap", 50001, "pwcesopsn"),
    ):
        rows = tshark(VECTORS / name, port, dissector, "_ws.col.Info")
        for octets, (info,) in zip(of_udp(name), rows, strict=True):
            packet = pw.parse(octets)
            judged_bad = "CW:Bad" in info or "CW:Suspect" in info
            if packet is None:
                assert judged_bad, info
            elif dissector == "pwsatopcw":
                assert bool(packet.m or packet.fragment) == judged_bad, info
            elif (packet.l, packet.m) != (0, pw.M_SIGNALLING):
                assert pw.is_cesopsn(packet, len(packet.payload)) != judged_bad, info


# -- what is carried


def test_satop_carries_an_e1() -> None:
    octets = Random(1).randbytes(256 * 20)
    sent = pw.satop(octets, 0xFFF8, ticks=8)
    assert [packet.sequence for packet in sent] == [(0xFFF8 + n) % 65536 for n in range(20)]
    assert [packet.rtp and packet.rtp.timestamp for packet in sent] == [8 * n for n in range(20)]
    come = [sent[n] for n in (0, 2, 1, 3, *range(5, 20))]
    come[7] = come[7]._replace(l=1, payload=b"")
    played = pw.play_satop(pw.in_order(come, 0xFFF8, 20))
    wanted = bytearray(octets)
    for n in (4, 8):
        wanted[256 * n : 256 * n + 256] = b"\xff" * 256
    assert played == bytes(wanted)


@pytest.mark.parametrize("timeslots", [[5], [1, 2, 30], list(range(1, 32))])
def test_cesopsn_carries_timeslots(timeslots: list[int]) -> None:
    rng = Random(2)
    frames = [rng.randbytes(32) for _ in range(640)]
    per_packet = pw.usual_frames(len(timeslots))
    sent = pw.cesopsn(frames, timeslots, 0xFFFE, per_packet)
    assert {len(packet.payload) for packet in sent} == {pw.payload_size(len(timeslots), per_packet)}
    come = [packet for n, packet in enumerate(sent) if n != 3]
    played = pw.play_cesopsn(pw.in_order(come, 0xFFFE, len(sent)), len(timeslots), per_packet, idle=0xD5)
    for n, (frame, got) in enumerate(zip(frames, played, strict=True)):
        lost = n // per_packet == 3
        assert got == (bytes([0xD5] * len(timeslots)) if lost else bytes(frame[slot] for slot in timeslots))


@pytest.mark.parametrize("timeslots", [[5], [1, 2, 17], list(e1cas.TIMESLOTS)])
def test_cesopsn_with_cas(timeslots: list[int]) -> None:
    """A nibble a timeslot behind 16 frames, in the order of the timeslots, an odd number padded."""
    rng = Random(3)
    frames = [rng.randbytes(32) for _ in range(48)]
    abcd = [{slot: rng.randrange(1, 16) for slot in timeslots} for _ in range(3)]
    sent = pw.cesopsn(frames, timeslots, 0, pw.CAS_FRAMES, abcd)
    assert {len(packet.payload) for packet in sent} == {pw.payload_size(len(timeslots), 16, cas=True)}
    assert [pw.signalling(packet, timeslots) for packet in sent] == abcd
    assert pw.nibbles({1: 0xA, 2: 0xB, 17: 0xC}, [1, 2, 17]).hex() == "abc0"
    with pytest.raises(ValueError, match="16 frames"):
        pw.cesopsn(frames, timeslots, 0, 8, abcd)


# -- tshark


@needs_tshark
def test_tshark_reads_our_satop(tmp_path: Path) -> None:
    packets = [
        Packet(7, bytes(256)),
        Packet(8, Random(1).randbytes(256), r=1),
        Packet(9, b"", l=1),
        Packet(0xFFFF, bytes(range(256)), l=1, r=1),
        Packet(10, bytes(32)),
    ]
    path = tmp_path / "satop.pcap"
    write_pcap(path, 1, [in_udp(pw.build(packet), 49200) for packet in packets])
    names = ["bits03", "lbit", "rbit", "rsv", "frag", "length", "seqno"]
    rows = tshark(path, 49200, "pwsatopcw", *(f"pwsatop.cw.{name}" for name in names), "data.data", "_ws.col.Info")
    for packet, row in zip(packets, rows, strict=True):
        whole = len(packet.payload) + 4
        numbers = [int(value, 0) for value in row[1:7]]
        assert numbers == [packet.l, packet.r, 0, 0, whole if whole < 64 else 0, packet.sequence]
        assert row[7] == packet.payload.hex()
        assert "Bad" not in row[8]


@needs_tshark
def test_tshark_reads_our_cesopsn(tmp_path: Path) -> None:
    frames = [Random(n).randbytes(32) for n in range(16)]
    packets = pw.cesopsn(frames, range(1, 32), 65535)
    packets += [Packet(1, bytes(248), m=pw.M_RDI), Packet(2, b"", l=1), Packet(3, bytes(248), r=1)]
    path = tmp_path / "cesopsn.pcap"
    write_pcap(path, 1, [in_udp(pw.build(packet), 49201) for packet in packets])
    names = ["lm", "rbit", "frag", "length", "seqno"]
    rows = tshark(path, 49201, "pwcesopsn", *(f"pwcesopsn.cw.{name}" for name in names), "data.data", "_ws.col.Info")
    for packet, row in zip(packets, rows, strict=True):
        whole = len(packet.payload) + 4
        numbers = [int(value, 0) for value in row[:5]]
        assert numbers == [packet.l << 3 | packet.m, packet.r, 0, whole if whole < 64 else 0, packet.sequence]
        assert row[5] == packet.payload.hex()
        assert "Bad" not in row[6] and "Suspect" not in row[6]
