"""Public captures as HDLC in timeslots: MTP2 and LAPD in one, PPP, Cisco HDLC and frame relay in several, from one V.35
port over a framed E1, a timeslot cross-connect and a second E1 to another port; every frame comes as it was.
"""

from __future__ import annotations

import pytest

from msapemu._framing import Fabric, FramedE1, Hdlc, PdhLine, v35_channel
from tests.interop.samples import CAPTURES
from tests.ref import e1frame, e1sync, hdlc, n64
from tests.ref.capture import records

pytestmark = pytest.mark.skipif(not CAPTURES.is_dir(), reason="needs the public captures in ../shared/captures")

LAPD_PSEUDO_HEADER = 16  # octets of a Linux cooked capture before the frame
DIRECTION = 1  # octet before a PPP frame
WHAT = {
    "isup_load_generator.pcap": (0, [16], [1]),
    "abis-accept-network.pcap": (LAPD_PSEUDO_HEADER, [1], [31]),
    "ppp_lcp_ipcp.pcap": (DIRECTION, [1, 2, 3], [4, 5, 6]),
    "ppp_negotiation.cap": (0, list(range(1, 32)), list(range(1, 32))),
    "cisco_hdlc.cap": (0, [3, 9, 27, 31], [1, 2, 3, 4]),
    "icmp_across_frame_relay.cap": (0, [5, 6], [30, 31]),
}
BATCH = 16  # frames at a time, always as many, so that nothing slips


def frames_of(name: str) -> list[bytes]:
    """Those of at least two octets; in front of each what is no part of it is left away."""
    cut = WHAT[name][0]
    return [record[cut:] for record in records(CAPTURES / name)]


class Chain:
    """V.35 port -> E1 -> timeslots of another E1 -> V.35 port."""

    def __init__(self, first: list[int], second: list[int]) -> None:
        self.lines = [PdhLine("e1") for _ in range(4)]
        self.e1s = [FramedE1(line.bearers[0]) for line in self.lines]
        self.near, self.far = (v35_channel(len(first)) for _ in range(2))
        a, b, c, d = self.e1s
        self.fabric = Fabric(
            self.e1s,
            slots=[((a, first), self.near), ((c, second), (b, first)), (self.far, (d, second))],
        )
        self.fabric.apply()
        self.signals = [bytearray() for _ in range(2)]

    def run(self, frames: int) -> None:
        """The first and third E1 send to the second and fourth, and back."""
        self.fabric.transmit(frames)
        built = [line.build(frames) for line in self.lines]
        for one, other in ((0, 1), (1, 0), (2, 3), (3, 2)):
            self.lines[other].parse(built[one])
        self.signals[0] += built[0]
        self.signals[1] += built[2]
        self.fabric.receive()

    def carry(self, octets: bytes, more: int) -> bytes:
        """Octets of the near port, and as many frames more; what came at the far one."""
        for _ in range(512 // BATCH):
            self.run(BATCH)  # until all are in alignment
        for signal in self.signals:
            signal.clear()
        self.far.read()
        at = behind = 0
        got = bytearray()
        while behind < more:
            at += self.near.write(octets[at:])
            behind += 0 if at < len(octets) or self.near.counters()["tx_waiting"] else BATCH
            self.run(BATCH)
            got += self.far.read()
        return bytes(got)


@pytest.mark.parametrize("name", sorted(WHAT))
def test_capture(name: str) -> None:
    """Bits made by the second implementation; read by both at the far end, and out of the E1s by the second."""
    sent = frames_of(name)
    _, first, second = WHAT[name]
    octets = n64.hdlc_octets(sent, flags=1, before=200, behind=200)
    chain = Chain(first, second)
    got = chain.carry(octets, more=400)

    assert not any(e1.counters()["slips"] for e1 in chain.e1s)
    receiver = Hdlc(longest=4096)
    receiver.take(got)
    assert receiver.receive() == sent
    assert hdlc.parse(hdlc.stream_bits(got), 4096).frames == sent

    if len(sent) < 1000:
        for signal, timeslots in zip(chain.signals, (first, second), strict=True):
            reading = e1sync.read(e1frame.bits_text(bytes(signal)))
            assert reading.counts["crc_errors"] == 0
            taken = n64.take([frame.octets for frame in reading.frames], timeslots)
            assert hdlc.parse(hdlc.stream_bits(taken), 4096).frames == sent
