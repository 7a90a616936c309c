"""V.35 ports of running shelves: routers at TUN interfaces, and frames over UDP, in timeslots of an E1."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from msapemu.ctl.config import V35, HdlcUdp, Impairment, SerialTun, Shelf, Timeslots
from msapemu.ctl.messages import V35State
from tests.dataplane import net

from .rig import TIMED, Running, free_ports, line, real_time, running, wait_for

pytestmark = real_time

PLACES = {"e1": "1/1", "stm1": "1/1/au4.1/vc12.2.3.1"}
LINE_DOWN = "line-protocol"


def shelves(rate: str, ends: tuple[Any, Any], slots: str = "1-16") -> tuple[Shelf, Shelf]:
    """A line between two shelves, b timed by a, with a V.35 port 4/1 of each in timeslots of an E1."""
    ports = free_ports(2)
    place = f"{PLACES[rate]}:{slots}"
    first, _, last = slots.partition("-")
    count = int(last) - int(first) + 1
    made = [
        Shelf(
            "t",
            name,
            lines=(line(*own, rate=rate),),
            v35=(V35("4/1", count, end),),
            timeslots=(Timeslots(place, "4/1"), Timeslots("4/1", place)),
        )
        for name, end, own in zip("ab", ends, (ports, ports[::-1]), strict=True)
    ]
    return made[0], msgspec.structs.replace(made[1], clock=TIMED)


def state(shelf: Running) -> V35State:
    with shelf.control() as control:
        (found,) = control.info().v35
    return found


def pings(netns: str, count: int, *options: str) -> int:
    """How many of them come back."""
    out = net.inside(netns, "ping", "-c", str(count), "-i", "0.05", "-W", "2", *options, "10.99.0.2", check=False)
    return int(re.findall(r"(\d+) received", out)[0])


def all_up(*made: Running) -> bool:
    return all(state(one).protocol == "up" for one in made)


ENDS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("e1", {"local": "10.99.0.1", "remote": "10.99.0.2"}, {"local": "10.99.0.2", "remote": "10.99.0.1"}),
    ("stm1", {"encapsulation": "fr"}, {"encapsulation": "fr", "side": "network"}),
    ("e1", {"encapsulation": "fr", "lmi": "none", "fcs": 32}, {"encapsulation": "fr", "lmi": "none", "fcs": 32}),
]


@pytest.mark.root
@pytest.mark.parametrize(("rate", "one", "other"), ENDS, ids=["ppp-e1", "fr-stm1", "fr32-e1"])
def test_routers(
    tmp_path: Path, unique_name: Callable[[str], str], rate: str, one: dict[str, Any], other: dict[str, Any]
) -> None:
    names = unique_name("va"), unique_name("vb")
    ends = tuple(SerialTun("ser0", f"/run/netns/{name}", **own) for name, own in zip(names, (one, other), strict=True))
    with net.namespaces(*names), running(tmp_path, *shelves(rate, ends)) as both:  # type: ignore[arg-type]
        for number, name in enumerate(names, 1):
            net.address(name, "ser0", number)
        wait_for(lambda: all_up(*both), 20, "both line protocols are up")
        # a machine that is held up may cost an E1 in a VC-12 a slip, and that a packet
        assert pings(names[0], 30) >= 28
        assert pings(names[0], 10, "-s", "1472") >= 8
        there = state(both[1])
        assert (there.state, there.line, there.rx_dropped) == ("attached", True, 0)
        assert (there.rx_frames or 0) >= 36
        # a cut: DCD, and with it the line protocol and the carrier
        with both[0].control() as control:
            control.impair("1/1", Impairment(cut=True))
        wait_for(lambda: not state(both[0]).line and state(both[0]).protocol == "down", 5, "the line is down")
        wait_for(lambda: "LOWER_UP" not in net.ip("-n", names[0], "link", "show", "ser0"), 5, "no carrier")
        assert ("a/4/1", LINE_DOWN) in both[0].raised()
        with both[0].control() as control:
            control.impair("1/1", Impairment())
        wait_for(lambda: all_up(*both), 40, "both are up again")
        assert pings(names[0], 10) >= 8
    assert "line protocol up" in both[0].log


def test_frames_of_router_emulators(tmp_path: Path) -> None:
    ports = free_ports(4)
    ends = tuple(HdlcUdp(f"127.0.0.1:{ports[at]}", f"127.0.0.1:{ports[at + 1]}") for at in (0, 2))
    chance = Random(1)
    frames = [chance.randbytes(length) for length in (2, 24, 104, 1504, 4470, *range(30, 90))]
    users = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
    for user, port in zip(users, ports[1::2], strict=True):
        user.bind(("127.0.0.1", port))
        user.settimeout(10)
    with running(tmp_path, *shelves("e1", ends, "1-31")) as both:
        wait_for(lambda: all(state(one).line for one in both), 10, "the lines are there")
        for user, port in zip(users, ports[::2], strict=True):
            for frame in frames:
                user.sendto(frame, ("127.0.0.1", port))
        for user in users:
            assert [user.recv(9000) for _ in frames] == frames
        assert [state(one).state for one in both] == ["connected"] * 2
    for user in users:
        user.close()
