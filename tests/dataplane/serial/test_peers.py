"""PPP against other people's programs: slirp, whose PPP is that of pppd in a process, and pppd itself."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address
from random import Random

import pytest

from msapemu.dataplane.serial.ppp import Ppp
from tests.dataplane.serial.peers import peer

HERE, THERE = IPv4Address("10.0.2.15"), IPv4Address("10.0.2.2")


def checksum(octets: bytes) -> int:
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def ping(number: int) -> bytes:
    """ICMP echo from HERE to THERE."""
    echo = struct.pack(">BBHHH", 8, 0, 0, 17, number) + bytes(range(32))
    echo = echo[:2] + checksum(echo).to_bytes(2, "big") + echo[4:]
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(echo), number, 0, 64, 1, 0, HERE.packed, THERE.packed)
    return head[:10] + checksum(head).to_bytes(2, "big") + head[12:] + echo


@pytest.mark.tool("slirp-fullbolt")
@pytest.mark.parametrize("local", [IPv4Address(0), HERE])
def test_slirp(local: IPv4Address) -> None:
    """It wants VJ compression and CCP, has all options of LCP, gives an address and takes one, and answers a ping."""
    end = Ppp(Random(4), local, THERE)
    with peer(end, "slirp-fullbolt", "ppp") as made:
        assert made.run(20, lambda: end.networks[4].opened), end.detail
        assert (end.ipcp.local, end.ipcp.remote) == (HERE, THERE)
        made.run(0.3, lambda: False)  # our last word goes out
        for number in range(3):
            made.send(ping(number))
            assert made.run(5, lambda: len(made.packets) > number)  # noqa: B023
        replies = [packet for packet in made.packets if packet[9] == 1]
        assert len(replies) == 3
        for number, packet in enumerate(replies):
            assert packet[12:16] == THERE.packed and packet[20] == 0 and packet[24:] == ping(number)[24:]
            assert checksum(packet[:20]) == 0 and checksum(packet[20:]) == 0


@pytest.mark.root
@pytest.mark.tool("pppd")
def test_pppd() -> None:
    end = Ppp(Random(4), HERE)
    options = ("notty", "nodetach", "noauth", "local", "noproxyarp", "nodefaultroute", "noipv6")
    with peer(end, "pppd", *options, f"{THERE}:{HERE}") as made:
        if not made.run(20, lambda: end.networks[4].opened) and made.process.poll() is not None:
            assert made.process.stdout is None and made.process.stderr is not None
            pytest.skip(
                f"pppd does not run here: {made.process.stderr.read().decode().strip() or 'no PPP in the kernel'}"
            )
        assert end.networks[4].opened, end.detail
        assert (end.ipcp.local, end.ipcp.remote) == (HERE, THERE)
        made.run(0.3, lambda: False)
        made.send(ping(1))
        assert made.run(5, lambda: any(packet[9] == 1 for packet in made.packets))
