"""Ethernet frames through `msapemu encode` and `msapemu decode`: the same frames come out.

The way between is held against others elsewhere (test_encode, test_decode, test_tshark).
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.utils import wrpcap

from msapemu.interop.capture import read_frames
from msapemu.interop.decode import decode
from msapemu.interop.encode import EncodeOptions, encode

from .samples import ethernet, pcap_file, public_capture

FIVE = ("1.1.1", "1.1.2", "1.1.3", "1.2.1", "1.2.2")
EVERY = [f"{k}.{l}.{m}" for k in range(1, 4) for l in range(1, 8) for m in range(1, 4)]
BOTH = [EncodeOptions("vc4"), EncodeOptions("vc12", FIVE), EncodeOptions("vc12", FIVE, payload_fcs=True)]


def there_and_back(folder: Path, source: Path, options: EncodeOptions) -> list[bytes]:
    encode(source, folder / "a.stm1", options)
    done = decode(folder / "a.stm1", ethernet=folder / "a.pcap", report=folder / "a.json")
    report = json.loads((folder / "a.json").read_text())
    assert report == done.report
    counts = [report["b1_errors"], report["b2_errors"], report["au"][0]["b3_errors"], report["oof"], report["lof"]]
    assert counts == [0] * 5 and report["defects"] == []
    assert all(path["bip2_errors"] == 0 for path in report["vc12"].values())
    frames = [frame.octets for frame in read_frames(folder / "a.pcap")]
    assert report["groups"][0]["ethernet"] == {"frames": len(frames), "fcs_errors": 0}
    return frames


@pytest.mark.parametrize("options", BOTH, ids=lambda options: f"{options.map} pfcs={options.payload_fcs}")
def test_the_public_erf_capture(tmp_path: Path, options: EncodeOptions) -> None:
    source = public_capture("erf-ethernet-example.erf")
    sent = [frame.octets[:-4] for frame in read_frames(source)]
    assert len(sent) == 19
    assert there_and_back(tmp_path, source, options) == sent


@pytest.mark.parametrize("options", BOTH, ids=lambda options: f"{options.map} pfcs={options.payload_fcs}")
def test_every_length_and_jumbo_frames(tmp_path: Path, options: EncodeOptions) -> None:
    lengths = [*range(14, 130), *range(1500, 1519), 2000, 4096, 9000, 9599, 9600, 9618]
    sent = [ethernet(length, length, vlan=length % 4096 if length > 60 else None) for length in lengths]
    assert there_and_back(tmp_path, pcap_file(tmp_path / "in.pcap", sent), options) == sent


@pytest.mark.parametrize("options", BOTH, ids=lambda options: f"{options.map} pfcs={options.payload_fcs}")
def test_what_scapy_makes(tmp_path: Path, options: EncodeOptions) -> None:
    ether = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
    packets = [
        ether / ARP(psrc="10.0.0.1", pdst="10.0.0.2"),
        ether / Dot1Q(vlan=100, prio=5) / IP(dst="10.0.0.2") / UDP(dport=7) / b"hello",
        ether / Dot1Q(vlan=100) / Dot1Q(vlan=7) / IP(dst="10.0.0.2") / TCP(dport=80) / bytes(1400),
        ether / IP(dst="10.0.0.2") / UDP(dport=9) / bytes(9572),
        Ether(dst="ff:ff:ff:ff:ff:ff", src="02:00:00:00:00:01", type=0x88CC) / bytes(46),
    ]
    wrpcap(str(tmp_path / "in.pcap"), packets)
    assert there_and_back(tmp_path, tmp_path / "in.pcap", options) == [bytes(packet) for packet in packets]


@settings(max_examples=25)
@given(data=st.data())
def test_any_group_at_any_pointers(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("any")
    members = data.draw(st.lists(st.sampled_from(EVERY), max_size=63, unique=True))
    pointers = data.draw(
        st.integers(0, 139) | st.dictionaries(st.sampled_from(members or EVERY), st.integers(0, 139), min_size=1)
    )
    options = EncodeOptions(
        "vc12" if members else "vc4",
        tuple(members),
        au_pointer=data.draw(st.integers(0, 782)),
        tu_pointers=pointers,
        payload_fcs=data.draw(st.booleans()),
        scramble=data.draw(st.booleans()),
        cid=data.draw(st.sampled_from([None, None, 0, 3])),
    )
    lengths = data.draw(st.lists(st.integers(14, 1600), min_size=1, max_size=12))
    sent = [ethernet(length, number) for number, length in enumerate(lengths)]
    assert there_and_back(folder, pcap_file(folder / "in.pcap", sent), options) == sent


CHANNELS = [EncodeOptions("vc4", cid=255), EncodeOptions("vc12", FIVE, cid=77, scramble=False)]


@pytest.mark.parametrize("options", CHANNELS, ids=lambda options: options.map)
def test_a_channel_is_found(tmp_path: Path, options: EncodeOptions) -> None:
    sent = [ethernet(100 + number, number) for number in range(30)]
    assert there_and_back(tmp_path, pcap_file(tmp_path / "in.pcap", sent), options) == sent


def test_more_than_the_queues_hold(tmp_path: Path) -> None:
    sent = [ethernet(60 + number % 1455, number) for number in range(8000)]
    assert there_and_back(tmp_path, pcap_file(tmp_path / "in.pcap", sent), EncodeOptions("vc4")) == sent


def test_the_same_input_gives_the_same_file(tmp_path: Path) -> None:
    source = pcap_file(tmp_path / "in.pcap", [ethernet(900, number) for number in range(50)])
    for name in ("a", "b"):
        encode(source, tmp_path / name, EncodeOptions("vc12", FIVE))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
