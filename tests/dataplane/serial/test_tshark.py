"""What tshark reads in the frames that we send: link types 50, 104 and 107."""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path

import pytest

from msapemu.dataplane.serial.framerelay import NLPID_IP
from msapemu.dataplane.serial.lmi_message import ANSI, Q933A, Dialect, status
from msapemu.interop.pcap import PcapWriter
from tests.dataplane.serial import test_chdlc, test_framerelay
from tests.dataplane.serial import test_ppp as ppp
from tests.dataplane.serial.virtual import Pair, ipv4, ipv6

pytestmark = pytest.mark.tool("tshark")

PPP_SERIAL, C_HDLC, FRELAY = 50, 104, 107


def rows(path: Path, link_type: int, frames: list[bytes], *fields: str) -> list[list[str]]:
    """The fields of each frame; none may be malformed or have anything that an expert would remark."""
    with open(path, "wb") as stream:
        writer = PcapWriter(stream, link_type)
        for number, frame in enumerate(frames):
            writer.write(frame, number)
    command = ["tshark", "-r", str(path), "-T", "fields", "-e", "_ws.expert.message", "-e", "_ws.malformed"]
    command += [part for field in fields for part in ("-e", field)]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    table = [line.split("\t") for line in found.splitlines()]
    assert [row[:2] for row in table] == [["", ""]] * len(frames)
    return [row[2:] for row in table]


def packets(made: Pair) -> list[bytes]:
    assert made.send(0, ipv4(1)) and made.send(0, ipv6(2))
    return made.sent[0] + made.sent[1]


def test_ppp(tmp_path: Path) -> None:
    made = ppp.pair((ppp.ONE, None), (ppp.OTHER, ppp.ONE))
    made.run(25)
    frames = packets(made)
    made.ends[0].receive(bytes.fromhex("ff038207") + b"\1\1\0\4", made.now)
    made.ends[0].receive(bytes.fromhex("ff03c021") + b"\x63\1\0\4", made.now)
    made.run(0.1)
    made.ends[0].open(False, made.now)
    made.run(5)
    frames = made.sent[0] + made.sent[1]
    assert len(frames) > 20
    read = rows(tmp_path / "a.pcap", PPP_SERIAL, frames, "_ws.col.Protocol", "_ws.col.Info")
    kinds = Counter(f"{protocol} {info}" for protocol, info in read)
    assert kinds["PPP LCP Configuration Request"] == kinds["PPP LCP Configuration Ack"] == 2
    assert kinds["PPP IPCP Configuration Request"] == kinds["PPP IPCP Configuration Ack"] == 2
    assert kinds["PPP IPV6CP Configuration Request"] == kinds["PPP IPV6CP Configuration Ack"] == 2
    assert kinds["PPP LCP Echo Request"] == kinds["PPP LCP Echo Reply"] == 4
    assert kinds["PPP LCP Termination Request"] == kinds["PPP LCP Termination Ack"] == 1
    assert kinds["PPP LCP Protocol Reject"] == kinds["PPP LCP Code Reject"] == 1
    details = rows(tmp_path / "a.pcap", PPP_SERIAL, frames, "lcp.opt.magic_number", "ipcp.opt.ip_address", "ip.src")
    magics, addresses, sources = ({row[column] for row in details} - {""} for column in range(3))
    assert len(magics) == 2 and addresses == {"10.0.0.1", "10.0.0.2"} and sources == {"10.0.0.1"}


def test_cisco_hdlc(tmp_path: Path) -> None:
    made = Pair(test_chdlc.cisco(), test_chdlc.cisco(2, None))
    made.begin()
    made.run(35)
    frames = packets(made)
    fields = ("chdlc.address", "chdlc.protocol", "slarp.ptype", "slarp.mysequence", "slarp.yoursequence",
              "slarp.address", "slarp.netmask", "ip.src", "ipv6.dst")  # fmt: skip
    read = rows(tmp_path / "a.pcap", C_HDLC, frames, *fields)
    keepalives = [frame for frame in frames if frame[4:8] == b"\0\0\0\2"]
    mine = [(row[3], row[4]) for row in read if row[2] == "2"]
    assert mine == [(str(one), str(other)) for one, other in test_chdlc.keepalives(keepalives)] and len(mine) == 8
    assert {row[0] for row in read if row[1] == "0x8035"} == {"0x8f"}
    assert [row[5:7] for row in read if row[2] == "1"] == [["10.0.0.1", "255.255.255.252"]]
    assert (
        [row[0] for row in read if row[7] == "10.0.0.1"] == [row[0] for row in read if row[8] == "fd00::2"] == ["0x0f"]
    )


@pytest.mark.parametrize("dialect", [ANSI, Q933A], ids=lambda dialect: dialect.name)
def test_frame_relay(tmp_path: Path, dialect: Dialect) -> None:
    made = test_framerelay.pair(dialect, pvcs=(16, 1007))
    made.run(85)
    frames = packets(made)
    frames.append(frames[0][:2] + status(dialect, 0, 9, 8, {500: (False, False)}))
    read = rows(tmp_path / "a.pcap", FRELAY, frames, "fr.dlci", "q933.message_type", "fr.nlpid", "ip.src", "ipv6.dst",
                "_ws.col.Info")  # fmt: skip
    assert [row[0] for row in read if row[3] or row[4]] == ["100", "100"]
    assert [row[2] for row in read if row[3]] == [f"0x{NLPID_IP:02x}"]
    assert {row[0] for row in read if row[1]} == {"0"}
    assert Counter(row[5] for row in read if row[1]) == {"STATUS ENQUIRY": 9, "STATUS": 10}
    text = subprocess.run(
        ["tshark", "-r", str(tmp_path / "a.pcap"), "-V"], capture_output=True, text=True, check=True
    ).stdout
    for dlci in (100, 16, 1007):
        assert f"DLCI: {dlci}\n        .... 101. = Status: New, Active" in text
        assert f"DLCI: {dlci}\n        .... 001. = Status: Active" in text
    assert "DLCI: 500\n        .... 000. = Status: Inactive" in text
    assert text.count("Report type: Full Status") == 5 and text.count("TX Sequence: 1\n        RX Sequence: 0") == 1
