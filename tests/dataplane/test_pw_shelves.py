"""Shelf processes whose E1s go over packets: to each other, and to a gateway that is a socket of the test."""

from __future__ import annotations

import random
import socket
import time
from pathlib import Path

import msgspec
import pytest

from msapemu.ctl.config import V35, Cesop, Connection, E1Client, Line, Satop, Shelf, Socket, Timeslots
from tests.ref import pw as ref

from .rig import Running, free_ports, real_time, running, wait_for
from .test_pdh import PATTERN, bits, both_ways, crosses

pytestmark = real_time

STALLS_US = 100_000  # of a busy machine


def ends(**settings: object) -> tuple[Satop, Satop]:
    """Both ends of a SAToP pseudowire."""
    a, b = (f"127.0.0.1:{port}" for port in free_ports(2))
    made = Satop(a, b, jitter_us=STALLS_US, **settings)  # type: ignore[arg-type]
    return made, msgspec.structs.replace(made, local=b, peer=a)


def pw_defects(shelf: Running, port: str = "1/1") -> tuple[str, ...]:
    status = shelf.status()
    return status.defect_names(status.e1_clients[port]["defects"])


@pytest.mark.parametrize("rtp", [False, True])
def test_a_line_over_satop(tmp_path: Path, rtp: bool) -> None:
    links = ends(rtp=rtp)
    made = [
        Shelf(
            lab="t",
            name=name,
            lines=(Line("1/1", rate="e1", link=link),),
            e1_clients=(E1Client("3/1", Socket("e1")),),
            connections=both_ways("3/1", "1/1"),
        )
        for name, link in zip("ab", links, strict=True)
    ]
    with running(tmp_path, *made) as (a, b):
        # nobody is at the sockets: AIS is sent, with L
        wait_for(lambda: pw_defects(a) == pw_defects(b) == ("PW-AC",), 5, "packets")
        crosses(a, b, "e1")


def test_v35_over_cesopsn(tmp_path: Path) -> None:
    """Eight timeslots of an E1 client port that is a CESoPSN pseudowire."""
    one, other = (f"127.0.0.1:{port}" for port in free_ports(2))
    made = [
        Shelf(
            lab="t",
            name=name,
            e1_clients=(E1Client("1/1", Cesop(local, peer, timeslots="2-5,17-20", jitter_us=STALLS_US)),),
            v35=(V35("4/1", 8, Socket("v35")),),
            timeslots=(Timeslots("1/1:2-5,17-20", "4/1"), Timeslots("4/1", "1/1:2-5,17-20")),
        )
        for name, local, peer in (("a", one, other), ("b", other, one))
    ]
    with running(tmp_path, *made) as (a, b):
        wait_for(lambda: all(x.status().e1s["1/1"]["state"] == "MULTIFRAME" for x in (a, b)), 5, "multiframes")
        wait_for(lambda: not (pw_defects(a) or pw_defects(b)), 5, "packets")
        crosses(a, b, "v35", PATTERN[:4000])


def test_a_gateway(tmp_path: Path) -> None:
    """The far end is a socket: the shelf loops the E1 back, tells R when packets are lost, and does not mind what is no
    packet."""
    local, peer = free_ports(2)
    end = Satop(f"127.0.0.1:{local}", f"127.0.0.1:{peer}", jitter_us=20_000)
    shelf = Shelf(lab="t", name="a", e1_clients=(E1Client("1/1", end),), connections=(Connection("1/1", "1/1"),))
    octets = random.Random(2).randbytes(256 * 1500)
    sent = ref.satop(octets, 65000)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gateway:
        gateway.bind(("127.0.0.1", peer))
        gateway.connect(("127.0.0.1", local))
        gateway.settimeout(2)
        with running(tmp_path, shelf) as (a,):
            wait_for(lambda: pw_defects(a) == ("LOPS",), 5, "the loss of packets")
            first = ref.parse(gateway.recv(2000))
            assert first is not None and ref.is_satop(first)
            wait_for(lambda: _newest(gateway).r == 1, 2, "R")
            came, start = [], time.monotonic()
            gateway.setblocking(False)
            for number, packet in enumerate(sent):
                time.sleep(max(0.0, start + number / 1000 - time.monotonic()))
                gateway.send(ref.build(packet))
                if number % 100 == 50:
                    gateway.send(b"no packet")
                came += _all(gateway)
            assert pw_defects(a) == ()
            assert a.status().e1_clients["1/1"]["pw_malformed"] == 15
    assert came[-1].r == came[-1].l == 0
    numbers = [packet.sequence for packet in came]
    assert numbers == [(numbers[0] + n) % 65536 for n in range(len(numbers))]
    got = b"".join(packet.payload for packet in came[-300:])
    assert bits(got) in bits(octets)


def _all(gateway: socket.socket) -> list[ref.Packet]:
    found = []
    while True:
        try:
            packet = ref.parse(gateway.recv(2000))
        except BlockingIOError:
            return found
        assert packet is not None
        found.append(packet)


def _newest(gateway: socket.socket) -> ref.Packet:
    packet = ref.parse(gateway.recv(2000))
    assert packet is not None
    return packet
