"""Ethernet in HDLC, bridged PPP and LAPS of core and second implementation, in timeslots of an E1 and in the payload of
G.832: each reads the other's.
"""

from __future__ import annotations

from random import Random

import pytest

from msapemu._framing import Fabric, FramedE1, Group, PdhLine
from tests.ref import e1frame, g832, hdlc, laps, n64, scramble, wan
from tests.ref.crc import eth_fcs
from tests.ref.e1frame import FRAME

TIMESLOTS = [1, 2, 15, 17, 31]
BIT_STUFFED = [("hdlc", 16), ("hdlc", 32), ("ppp", 16), ("ppp", 32)]


def mac_frames(count: int, seed: int = 1) -> list[bytes]:
    """Some full of what has to be stuffed."""
    rng = Random(seed)
    frames = [rng.randbytes(rng.randrange(60, 300)) for _ in range(count)]
    return [*frames, b"\x7e" * 100, b"\x7d\x5e\x7d\x5d" * 20, b"\xff" * 90, b"\x1f\xf8" * 40]


def hdlc_frame(adaptation: str, mac: bytes, with_fcs: bool) -> bytes:
    """What stands between flags, without the FCS of HDLC."""
    if adaptation == "ppp":
        return wan.bridged(mac, with_fcs)
    return mac + (eth_fcs(mac) if with_fcs else b"")


class Timeslots:
    """A group in timeslots of an E1."""

    def __init__(self, **options: object) -> None:
        self.group, self.line = Group(**options), PdhLine("e1")  # type: ignore[arg-type]
        self.e1 = FramedE1(self.line.bearers[0])
        self.fabric = Fabric([self.e1], runs=[(self.e1, self.group, TIMESLOTS)])
        self.fabric.apply()

    def build(self, frames: int) -> bytes:
        """The octets in the timeslots."""
        out = bytearray()
        for _ in range(frames):
            self.fabric.transmit()
            out += self.line.build()
        return n64.take([bytes(out[at : at + FRAME]) for at in range(0, len(out), FRAME)], TIMESLOTS)

    def parse(self, octets: bytes) -> list[bytes]:
        got = []
        for frame in e1frame.build(n64.put(octets, TIMESLOTS)):
            self.line.parse(frame)
            self.fabric.receive()
            self.fabric.transmit()
            got += self.group.receive()
        return got


@pytest.mark.parametrize(("adaptation", "fcs"), BIT_STUFFED)
@pytest.mark.parametrize("lan_fcs", [False, True])
def test_in_timeslots(adaptation: str, fcs: int, lan_fcs: bool) -> None:
    mac = mac_frames(25)
    wanted = [hdlc_frame(adaptation, frame, lan_fcs) for frame in mac]
    end = Timeslots(adaptation=adaptation, fcs=fcs, lan_fcs=lan_fcs)
    assert all(end.group.send(frame) for frame in mac)
    found = hdlc.parse(hdlc.stream_bits(end.build(2200)), 2000, fcs)
    assert found.frames == wanted
    assert (found.fcs_errors, found.aborts, found.invalid, found.too_long) == (0, 0, 0, 0)

    octets = n64.hdlc_octets(wanted, flags=1, width=fcs, before=600, behind=100)
    assert Timeslots(adaptation=adaptation, fcs=fcs, lan_fcs=lan_fcs).parse(octets) == mac


class Line:
    """A group in all of the payload of G.832."""

    def __init__(self, **options: object) -> None:
        self.group, self.line = Group(**options), PdhLine("g832")  # type: ignore[arg-type]
        self.fabric = Fabric(lines=[(self.line, self.group, None)])
        self.fabric.apply()

    def build(self, frames: int) -> bytes:
        out = bytearray()
        for _ in range(frames):
            self.fabric.transmit()
            out += g832.payload_of(self.line.build())
        return bytes(out)

    def parse(self, octets: bytes) -> list[bytes]:
        got = []
        octets += b"\x7e" * (-len(octets) % g832.PAYLOAD)
        payloads = [octets[at : at + g832.PAYLOAD] for at in range(0, len(octets), g832.PAYLOAD)]
        for frame in g832.build(payloads):
            self.line.parse(frame)
            self.fabric.receive()
            self.fabric.transmit()
            got += self.group.receive()
        return got


@pytest.mark.parametrize("scrambled", [True, False])
def test_laps(scrambled: bool) -> None:
    mac = mac_frames(40)
    end = Line(adaptation="laps", scramble=scrambled)
    assert all(end.group.send(frame) for frame in mac)
    octets = end.build(40)
    if scrambled:
        octets = scramble.X43Descrambler().process(octets)
    found = laps.parse(octets)
    assert [laps.mac_frame(frame) for frame in found.frames] == mac
    assert (found.fcs_errors, found.aborts, found.invalid) == (0, 0, 0)

    lead = b"\x7e" * 530 * 8
    octets = lead + laps.stream(map(laps.ethernet, mac)) + b"\x7e" * 530
    if scrambled:
        octets = scramble.X43Scrambler().process(octets)
    assert Line(adaptation="laps", scramble=scrambled).parse(octets + b"\x7e" * 530 * 2) == mac


def test_rate_adaptation_of_laps_is_left_away() -> None:
    """7D DD between the octets of a frame."""
    mac = mac_frames(10)
    pieces = []
    for frame in mac:
        inner = laps.between_flags(laps.ethernet(frame))
        at = next(n for n in range(5, len(inner)) if inner[n - 1] != laps.ESCAPE)
        pieces.append(b"\x7e" + inner[:at] + b"\x7d\xdd\x7d\xdd" + inner[at:])
    octets = b"\x7e" * 530 * 8 + b"".join(pieces) + b"\x7e" * 1100
    assert laps.parse(octets).frames == [laps.ethernet(frame) for frame in mac]
    assert Line(adaptation="laps", scramble=False).parse(octets) == mac


@pytest.mark.parametrize("lan_fcs", [False, True])
def test_octet_stuffed_ppp(lan_fcs: bool) -> None:
    """As of RFC 1662 4 with FCS-32, which is that of LAPS."""
    mac = mac_frames(30)
    options = {"adaptation": "ppp", "fcs": 32, "stuffing": "octet", "lan_fcs": lan_fcs}
    end = Line(**options)
    assert all(end.group.send(frame) for frame in mac)
    found = laps.parse(end.build(40))
    wanted = [wan.bridged(frame, lan_fcs) for frame in mac]
    assert found.frames == wanted
    octets = b"\x7e" * 530 * 8 + laps.stream(wanted) + b"\x7e" * 1100
    assert Line(**options).parse(octets) == mac
