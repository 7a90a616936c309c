"""A V.35 port of 31 timeslots with a TUN interface, full of packets both ways: what a turn of 2 ms takes."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from random import Random

import pytest

from msapemu._framing import Hdlc
from msapemu.ctl.config import SerialTun
from msapemu.dataplane.channels import V35_TURN_S
from msapemu.dataplane.serial.make import make_protocol
from msapemu.dataplane.serial.tun_end import SerialTunEnd
from tests.dataplane.serial.cable import OCTETS_S, FakePort, Interface
from tests.dataplane.serial.virtual import ipv4

TIMESLOTS = 31
TURN_OCTETS = int(TIMESLOTS * OCTETS_S * V35_TURN_S)
AHEAD = SerialTunEnd.ahead_ms * TIMESLOTS * OCTETS_S // 1000


class Link:
    """Two ends that are up, and their line."""

    def __init__(self, encapsulation: str, length: int) -> None:
        self.packet = ipv4(1, length)
        self.interfaces = Interface(), Interface()
        self.ports = FakePort(), FakePort()
        sides = ("user", "network")
        self.ends = [
            SerialTunEnd(
                interface,  # type: ignore[arg-type]
                make_protocol(SerialTun("x", encapsulation=encapsulation, side=side), Random(number)),  # type: ignore[arg-type]
                Hdlc(1600),
                lambda up, text: None,
                lambda: None,
            )
            for number, (interface, side) in enumerate(zip(self.interfaces, sides, strict=True))
        ]
        self.now = 0.0
        for end in self.ends:
            end.line(True, 0.0)
        while self.now < 25:  # until keepalives have passed
            self.serve()
            self.move(0.05)

    def move(self, seconds: float = V35_TURN_S) -> None:
        """The line, and the users of the interfaces: a turn's packets, and what came is read."""
        self.now += seconds
        one, other = (port.send(TURN_OCTETS) for port in self.ports)
        self.ports[0].receive(other)
        self.ports[1].receive(one)
        for interface in self.interfaces:
            with contextlib.suppress(BlockingIOError):
                for _ in range(TURN_OCTETS // len(self.packet) + 1):
                    interface.user.send(self.packet)
            with contextlib.suppress(BlockingIOError):
                while interface.user.recv(2000):
                    pass

    def serve(self) -> None:
        for end, port in zip(self.ends, self.ports, strict=True):
            end.serve(port, AHEAD, self.now)  # type: ignore[arg-type]


@pytest.fixture
def links() -> Iterator[list[Link]]:
    made: list[Link] = []
    yield made
    for link in made:
        for end in link.ends:
            end.close()


@pytest.mark.parametrize("length", [40, 1500])
@pytest.mark.parametrize("encapsulation", ["ppp", "chdlc", "fr"])
@pytest.mark.benchmark(group="V.35 port, 1984 kbit/s each way", timer=time.process_time)
def test_serve(benchmark, links: list[Link], encapsulation: str, length: int) -> None:
    """A turn of both ends. `of a core`: the share that one port takes in real time."""
    link = Link(encapsulation, length)
    links.append(link)
    before = link.ports[0].filled
    benchmark.pedantic(link.serve, setup=lambda: link.move() and None, rounds=1000, warmup_rounds=50)
    assert link.ports[0].filled == before, "the line was not full"
    if benchmark.stats:
        benchmark.extra_info["of a core"] = f"{benchmark.stats.stats.mean / 2 / V35_TURN_S:.1%}"
        print(f"\n{encapsulation}, {length} octets: {benchmark.extra_info['of a core']} of a core a port")
