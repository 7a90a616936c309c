"""Readers and writers of pcap, pcapng and ERF, against files that Wireshark's tools and scapy wrote and read."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.l2 import Ether
from scapy.utils import RawPcapNgReader, RawPcapReader, wrpcap, wrpcapng

from msapemu.ctl.errors import UsageError
from msapemu.interop.capture import read_frames
from msapemu.interop.erf import RAW_LINK, ErfWriter
from msapemu.interop.frame import ERF, ETHERNET, GFP_F, PPP, Frame
from msapemu.interop.pcap import PcapWriter
from msapemu.interop.pcapng import PcapngWriter

from .samples import ethernet, pcap_file, public_capture, with_fcs

FRAMES = [ethernet(60, 1), ethernet(61, 2), ethernet(1514, 3, vlan=7), ethernet(9600, 4), ethernet(14, 5)]
SECOND = 1_000_000_000


def octets_of(path: Path) -> list[bytes]:
    return [frame.octets for frame in read_frames(path)]


def fault(path: Path) -> str:
    with pytest.raises(UsageError) as caught:
        list(read_frames(path))
    return str(caught.value)


# ------------------------------------------------------------------------------------------------ what others write


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("magic", "unit"), [(0xA1B2C3D4, 1000), (0xA1B23C4D, 1)])
def test_pcap_of_every_byte_order_and_resolution(tmp_path: Path, order: str, magic: int, unit: int) -> None:
    path = pcap_file(tmp_path / "a.pcap", FRAMES, order=order, magic=magic)
    found = list(read_frames(path))
    assert [frame.octets for frame in found] == FRAMES
    assert [frame.time for frame in found] == [SECOND + number * 1000 * unit for number in range(len(FRAMES))]
    assert {frame.link_type for frame in found} == {ETHERNET}
    assert [frame.original_length for frame in found] == [len(frame) for frame in FRAMES]


def test_scapy_pcap_and_pcapng(tmp_path: Path) -> None:
    wrpcap(str(tmp_path / "a.pcap"), FRAMES, linktype=1)
    assert octets_of(tmp_path / "a.pcap") == FRAMES
    wrpcapng(str(tmp_path / "a.pcapng"), [Ether(frame) for frame in FRAMES])
    assert octets_of(tmp_path / "a.pcapng") == FRAMES


@pytest.mark.tool("editcap")
@pytest.mark.parametrize("kind", ["pcap", "nsecpcap", "pcapng"])
def test_what_editcap_writes(tmp_path: Path, kind: str) -> None:
    path = pcap_file(tmp_path / "in.pcap", FRAMES)
    subprocess.run(["editcap", "-F", kind, path, tmp_path / "out"], check=True)
    assert list(read_frames(tmp_path / "out")) == list(read_frames(path))


@pytest.mark.tool("mergecap")
def test_pcapng_with_two_interfaces_of_two_link_types(tmp_path: Path) -> None:
    one = pcap_file(tmp_path / "1.pcap", FRAMES[:1])
    two = pcap_file(tmp_path / "2.pcap", [b"\xff\x03\x00\x21\x45"], link_type=PPP)
    subprocess.run(["mergecap", "-a", "-F", "pcapng", "-w", tmp_path / "out", one, two], check=True)
    assert [frame.link_type for frame in read_frames(tmp_path / "out")] == [ETHERNET, PPP]


@pytest.mark.tool("editcap")
def test_a_frame_cut_by_the_snapshot_length_tells_its_own_length(tmp_path: Path) -> None:
    path = pcap_file(tmp_path / "in.pcap", FRAMES)
    for kind in ("pcap", "pcapng"):
        subprocess.run(["editcap", "-s", "40", "-F", kind, path, tmp_path / kind], check=True)
        found = list(read_frames(tmp_path / kind))
        assert [len(frame.octets) for frame in found] == [40, 40, 40, 40, 14]
        assert [frame.original_length for frame in found] == [len(frame) for frame in FRAMES]


def test_the_public_erf_capture() -> None:
    found = list(read_frames(public_capture("erf-ethernet-example.erf")))
    assert len(found) == 19
    assert all(with_fcs(frame.octets[:-4]) == frame.octets for frame in found)


@pytest.mark.tool("tshark")
def test_the_public_erf_capture_as_tshark_reads_it() -> None:
    path = public_capture("erf-ethernet-example.erf")
    fields = ["frame.time_epoch", "frame.len", "eth.src"]
    command = ["tshark", "-r", path, "-T", "fields", *(part for field in fields for part in ("-e", field))]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    found = [
        f"{frame.time // SECOND}.{frame.time % SECOND:09d}\t{frame.original_length}\t{frame.octets[6:12].hex(':')}"
        for frame in read_frames(path)
    ]
    # its frame.len is the record's wire length; its clock is rounded to the nanosecond, ours cut
    assert [line.split("\t")[1:] for line in lines] == [line.split("\t")[1:] for line in found]
    for ours, theirs in zip(found, lines, strict=True):
        assert abs(float(ours.split("\t")[0]) - float(theirs.split("\t")[0])) < 2e-6


# ------------------------------------------------------------------------------------------------ laid down by hand


def erf(kind: int, body: bytes, wire: int, extensions: bytes = b"") -> bytes:
    length = 16 + len(extensions) + len(body)
    return struct.pack("<Q", 5 << 32) + struct.pack(">BBHHH", kind, 4, length, 0, wire) + extensions + body


def test_erf_with_extension_headers_padding_records_and_filling(tmp_path: Path) -> None:
    frame = with_fcs(ethernet(60))
    one, two = b"\x83" + bytes(7), b"\x04" + bytes(7)  # the first says that another follows
    records = [
        erf(0x82, b"\0\0" + frame + bytes(6), len(frame), one + two),
        erf(48, bytes(8), 0),
        erf(11, b"\0\0" + frame, len(frame)),
        erf(2, b"\0\0" + frame[:20], len(frame)),
        erf(RAW_LINK, bytes(2430), 2430),
    ]
    path = tmp_path / "a.erf"
    path.write_bytes(b"".join(records))
    found = list(read_frames(path))
    assert [frame_.octets for frame_ in found[:3]] == [frame, frame, frame[:20]]
    assert found[2].original_length == len(frame)
    assert found[3] == Frame(ERF, records[4], 5 * SECOND, 2446)


def test_erf_records_inside_pcap_are_unpacked(tmp_path: Path) -> None:
    frame = with_fcs(ethernet(70))
    path = pcap_file(tmp_path / "a.pcap", [erf(2, b"\0\0" + frame, len(frame))], link_type=ERF)
    assert list(read_frames(path)) == [Frame(ETHERNET, frame, 5 * SECOND, len(frame))]


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length


def section(order: str) -> bytes:
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def test_pcapng_with_sections_of_both_byte_orders_and_all_packet_blocks(tmp_path: Path) -> None:
    octets = b""
    for order, link in (("<", ETHERNET), (">", GFP_F)):
        options = struct.pack(order + "HHBxxx", 9, 1, 0x80 | 10)  # units of 2^-10 s
        options += struct.pack(order + "HHq", 14, 8, 100)  # times count from 100 s
        options += struct.pack(order + "HHBxxx", 13, 1, 4) + struct.pack(order + "HH", 0, 0)
        octets += section(order)
        octets += block(1, struct.pack(order + "HHI", link, 0, 0) + options, order)
        octets += block(0x80000001, bytes(8), order)  # a block that nobody knows
        octets += block(6, struct.pack(order + "IIIII", 0, 0, 1536, 5, 5) + b"hello\0\0\0", order)
        octets += block(3, struct.pack(order + "I", 5) + b"world\0\0\0", order)
        octets += block(2, struct.pack(order + "HHIIII", 0, 0, 0, 1024, 2, 9) + b"ab\0\0", order)
    path = tmp_path / "a.pcapng"
    path.write_bytes(octets)
    expected = [
        Frame(link, data, time, length, 4)
        for link in (ETHERNET, GFP_F)
        for data, time, length in (
            (b"hello", 101_500_000_000, 5),
            (b"world", 100 * SECOND, 5),
            (b"ab", 101 * SECOND, 9),
        )
    ]
    assert list(read_frames(path)) == expected


def test_pcap_that_tells_its_fcs(tmp_path: Path) -> None:
    path = pcap_file(tmp_path / "a.pcap", FRAMES[:1], link_type=1 | 1 << 26 | 2 << 28)
    assert [(frame.link_type, frame.fcs_octets) for frame in read_frames(path)] == [(1, 4)]


# ------------------------------------------------------------------------------------------------ what others read


def test_scapy_reads_what_we_write(tmp_path: Path) -> None:
    with open(tmp_path / "a.pcap", "wb") as stream:
        writer = PcapWriter(stream, ETHERNET)
        for number, frame in enumerate(FRAMES):
            writer.write(frame, 7 * SECOND + number * 1000)
    with RawPcapReader(str(tmp_path / "a.pcap")) as reader:
        found = [(data, meta.sec, meta.usec) for data, meta in reader]
    assert found == [(frame, 7, number) for number, frame in enumerate(FRAMES)]

    with open(tmp_path / "a.pcapng", "wb") as stream:
        ng = PcapngWriter(stream)
        port = ng.interface(ETHERNET)
        for frame in FRAMES:
            ng.write(port, frame, 7 * SECOND)
    with RawPcapNgReader(str(tmp_path / "a.pcapng")) as reader:
        assert [data for data, _ in reader] == FRAMES


@pytest.mark.tool("tshark")
def test_tshark_reads_what_we_write(tmp_path: Path) -> None:
    with open(tmp_path / "a.pcap", "wb") as stream:
        PcapWriter(stream, ETHERNET, nanoseconds=True).write(FRAMES[0], 1_600_000_000_123_456_789)
    with open(tmp_path / "a.pcapng", "wb") as stream:
        writer = PcapngWriter(stream)
        writer.interface(PPP)
        writer.write(writer.interface(ETHERNET, fcs_octets=4), with_fcs(FRAMES[0]), 1_600_000_000_123_456_789)
    with open(tmp_path / "a.erf", "wb") as stream:
        ErfWriter(stream).write(2, with_fcs(FRAMES[0]), 1_600_000_000_500_000_000)
    expected = {
        "a.pcap": f"1600000000.123456789\t{len(FRAMES[0])}\t02:00:00:00:00:02",
        "a.pcapng": f"1600000000.123456789\t{len(FRAMES[0]) + 4}\t02:00:00:00:00:02",
        "a.erf": f"1600000000.500000000\t{len(FRAMES[0]) + 4}\t02:00:00:00:00:02",
    }
    for name, line in expected.items():
        command = ["tshark", "-r", tmp_path / name, "-T", "fields"]
        command += ["-e", "frame.time_epoch", "-e", "frame.len", "-e", "eth.src"]
        found = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        assert found == line + "\n"


@given(st.lists(st.tuples(st.binary(max_size=80), st.integers(0, 2**32 * SECOND - 1)), max_size=5))
def test_written_and_read_again(tmp_path_factory: pytest.TempPathFactory, frames: list[tuple[bytes, int]]) -> None:
    folder = tmp_path_factory.mktemp("again")
    with open(folder / "a.pcap", "wb") as one, open(folder / "a.pcapng", "wb") as two:
        pcap, pcapng = PcapWriter(one, PPP, nanoseconds=True), PcapngWriter(two)
        interface = pcapng.interface(PPP)
        for data, time in frames:
            pcap.write(data, time)
            pcapng.write(interface, data, time)
    expected = [Frame(PPP, data, time, len(data)) for data, time in frames]
    assert list(read_frames(folder / "a.pcap")) == expected
    assert list(read_frames(folder / "a.pcapng")) == expected


# ------------------------------------------------------------------------------------------------ bad input


def test_files_that_are_no_capture(tmp_path: Path) -> None:
    path = tmp_path / "a"
    assert fault(path) == f"{path}: No such file or directory"
    assert fault(tmp_path) == f"{tmp_path}: is a directory"
    path.write_bytes(b"")
    assert fault(path) == f"{path}: octet 0: the file is empty"
    path.write_bytes(b"#!/bin/sh\necho no capture here\n")
    assert fault(path) == f"{path}: octet 0: neither a pcap nor a pcapng nor an ERF file"


def test_a_cut_pcap_names_the_octet(tmp_path: Path) -> None:
    path = pcap_file(tmp_path / "a.pcap", [bytes(100), bytes(100)])
    whole = path.read_bytes()
    path.write_bytes(whole[:10])
    assert fault(path) == f"{path}: octet 0: the file ends within the pcap file header (10 of 24 octets)"
    path.write_bytes(whole[:145])
    assert fault(path) == f"{path}: octet 140: the file ends within a record header (5 of 16 octets)"
    path.write_bytes(whole[:-1])
    assert fault(path) == f"{path}: octet 156: the file ends within a captured frame (99 of 100 octets)"


def test_a_length_that_cannot_be_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "a.pcap"
    head = struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    path.write_bytes(head + struct.pack("<IIII", 0, 0, 0xFFFFFFF0, 60))
    assert "octet 40: a captured frame of 4294967280 octets" in fault(path)
    path.write_bytes(head + struct.pack("<IIII", 0, 1_000_000, 60, 60) + bytes(60))
    assert "octet 24: a record header with a time fraction" in fault(path)
    path.write_bytes(struct.pack("<IHHIIII", 0xA1B2C3D4, 9, 4, 0, 0, 65535, 1))
    assert "octet 4: pcap version 9.4" in fault(path)


INTERFACE = block(1, struct.pack("<HHI", 1, 0, 0))
PACKET = struct.pack("<IIIII", 0, 0, 0, 4, 4) + b"abcd"


@pytest.mark.parametrize(
    ("octets", "what"),
    [
        (section("<")[:9], "octet 0: the file ends within a section header block"),
        (section("<")[:8] + bytes(20), "octet 8: a section header block without the byte-order magic"),
        (section("<") + INTERFACE[:-4] + b"\0\0\0\0", "octet 28: a block length of 20 octets before, 0 after"),
        (section("<") + struct.pack("<III", 1, 13, 0), "octet 32: a block length of 13 octets"),
        (section("<") + struct.pack("<II", 1, 0xFFFFFFF0), "octet 32: a block length of 4294967280 octets"),
        (section("<") + block(6, PACKET), "octet 28: a packet of interface 0, which is not described"),
        (section("<") + block(3, PACKET), "octet 28: a packet of interface 0, which is not described"),
        (section("<") + INTERFACE + block(6, PACKET[:12]), "octet 48: a packet block is too short"),
        (section("<") + INTERFACE + block(6, PACKET[:20]), "octet 48: a packet of 4 octets in a block with room"),
        (section("<") + block(1, b"\1\0\0\0"), "octet 28: an interface description block is too short"),
        (section("<") + block(1, bytes(8) + b"\x09\0\xff\0"), "octet 28: option 9 is longer than its block"),
        (section("<") + block(1, bytes(8) + b"\x09\0\1\0\x7f\0\0\0"), "octet 28: a time resolution of 0x7f"),
        (section("<") + INTERFACE[:10], "octet 36: the file ends within a block"),
    ],
)
def test_pcapng_faults_name_the_octet(tmp_path: Path, octets: bytes, what: str) -> None:
    path = tmp_path / "a.pcapng"
    path.write_bytes(octets)
    assert what in fault(path)


@pytest.mark.parametrize(
    ("octets", "what"),
    [
        (erf(2, b"\0\0" + bytes(60), 60) + bytes(9), "octet 78: the file ends within an ERF record (9 of 16"),
        (erf(2, b"\0\0" + bytes(60), 60)[:-3], "octet 16: the file ends within an ERF record (59 of 62"),
        (erf(2, b"\0\0" + bytes(60), 60) + bytes(16), "octet 78: no ERF record"),
        (erf(2, b"\0", 60), "octet 0: an ERF Ethernet record without room for a frame"),
        (erf(0x82, b"\x83" + bytes(8), 60), "octet 0: the extension headers of an ERF record go beyond its end"),
    ],
)
def test_erf_faults_name_the_octet(tmp_path: Path, octets: bytes, what: str) -> None:
    path = tmp_path / "a.erf"
    path.write_bytes(octets)
    assert what in fault(path)


def test_garbage_inside_a_pcap_of_erf_records(tmp_path: Path) -> None:
    path = pcap_file(tmp_path / "a.pcap", [b"no ERF record at all"], link_type=ERF)
    assert fault(path) == f"{path}: octet 40: a packet of link type ERF without an ERF record in it"


WHOLE = {
    "pcap": struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + struct.pack("<IIII", 1, 0, 60, 60) + bytes(60),
    "pcapng": section("<") + INTERFACE + block(6, PACKET) + section(">"),
    "erf": erf(0x82, b"\x03" + bytes(7) + b"\0\0" + bytes(60), 60) + erf(2, b"\0\0" + bytes(60), 60),
}


@settings(max_examples=200)
@given(
    st.sampled_from(sorted(WHOLE)),
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), max_size=4),
    st.integers(0, 300),
)
def test_damaged_files_give_frames_or_one_clear_message(
    tmp_path_factory: pytest.TempPathFactory, kind: str, changes: list[tuple[int, int]], length: int
) -> None:
    octets = bytearray(WHOLE[kind])
    for place, value in changes:
        octets[place % len(octets)] = value
    path = tmp_path_factory.mktemp("damaged") / "file"
    path.write_bytes(octets[:length])
    try:
        found = list(read_frames(path))
    except UsageError as error:
        assert str(error).startswith(f"{path}: octet ")
    else:
        assert sum(len(frame.octets) for frame in found) <= length
