"""Line protocols in timeslots of an E1: the users' ends, the core's V.35 ports, slip buffers and E1 framing, in virtual
time."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from msapemu._framing import Fabric, FramedE1, Hdlc, PdhLine, v35_channel
from msapemu.ctl.config import SerialTun
from msapemu.dataplane.serial.make import make_protocol
from msapemu.dataplane.serial.tun_end import SerialTunEnd
from tests.dataplane.serial.cable import Interface
from tests.dataplane.serial.virtual import ipv4, ipv6

FRAMES_S = 8000
TURN_FRAMES = 16  # 2 ms


class Site:
    """A V.35 port in `slots` of an E1 line."""

    def __init__(self, slots: list[int], tun: SerialTun, seed: int) -> None:
        self.line = PdhLine("e1")
        self.e1 = FramedE1(self.line.bearers[0])
        self.port = v35_channel(len(slots))
        self.fabric = Fabric([self.e1], slots=[((self.e1, slots), self.port), (self.port, (self.e1, slots))])
        self.fabric.apply()
        self.interface = Interface()
        self.end = SerialTunEnd(
            self.interface,  # type: ignore[arg-type]
            make_protocol(tun, Random(seed)),
            Hdlc(1516, fcs=tun.fcs),
            lambda up, text: None,
            lambda: None,
        )
        self.octets = len(slots) * 8

    def serve(self, now: float) -> None:
        self.end.line(self.port.signal, now)
        self.end.serve(self.port, SerialTunEnd.ahead_ms * self.octets, now)


class Sites:
    def __init__(self, slots: list[int], one: SerialTun, other: SerialTun) -> None:
        self.sites = Site(slots, one, 1), Site(slots, other, 2)
        self.frames = 0
        self.cut = False

    def run(self, seconds: float) -> None:
        end = self.frames + int(seconds * FRAMES_S)
        while self.frames < end:
            for site in self.sites:
                site.serve(self.frames / FRAMES_S)
            built = []
            for site in self.sites:
                site.fabric.transmit(TURN_FRAMES)
                built.append(site.line.build(TURN_FRAMES))
            for site, came in zip(self.sites, reversed(built), strict=True):
                if self.cut:
                    site.line.silent(TURN_FRAMES)
                else:
                    site.line.parse(came)
                site.fabric.receive()
            self.frames += TURN_FRAMES

    @property
    def up(self) -> list[bool]:
        return [site.interface.carrier for site in self.sites]


@pytest.fixture
def made() -> Iterator[list[Sites]]:
    all_made: list[Sites] = []
    yield all_made
    for sites in all_made:
        for site in sites.sites:
            site.end.close()


PPP = SerialTun("x", encapsulation="ppp"), SerialTun("x", encapsulation="ppp")
PPP_32 = SerialTun("x", encapsulation="ppp", fcs=32), SerialTun("x", encapsulation="ppp", fcs=32)
FR = SerialTun("x", encapsulation="fr"), SerialTun("x", encapsulation="fr", side="network")


@pytest.mark.parametrize("ends", [PPP, PPP_32, FR], ids=["ppp", "ppp-32", "fr"])
@pytest.mark.parametrize("slots", [[1], [2, 3, 17, 31], list(range(1, 32))], ids=len)
def test_packets_in_timeslots(made: list[Sites], ends: tuple[SerialTun, SerialTun], slots: list[int]) -> None:
    sites = Sites(slots, *ends)
    made.append(sites)
    sites.run(4.5)
    assert sites.up == [True, True]
    packets = [(ipv4, ipv6)[number % 2](number, 60 + 7 * number) for number in range(20)]
    for site in sites.sites:
        for packet in packets:
            site.interface.user.send(packet)
    sites.run(0.3 + 2 * sum(map(len, packets)) / (8000 * len(slots)))
    assert [site.interface.got() for site in sites.sites] == [packets, packets]
    # a cut takes the carrier away, and it comes back
    sites.cut = True
    sites.run(0.5)
    assert sites.up == [False, False]
    sites.cut = False
    sites.run(4.5)
    assert sites.up == [True, True]
