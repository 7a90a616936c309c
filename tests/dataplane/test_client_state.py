"""Link state of clients: what is seen of them, and what they see of the line."""

from __future__ import annotations

import contextlib
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from msapemu.ctl.config import Circuit, Impairment, Shelf
from msapemu.ctl.impairments import Alarm

from .net import inside, ip, namespaces
from .rig import Running, client, in_service, pair, running, wait_for

pytestmark = pytest.mark.root
TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000


@pytest.fixture
def names(unique_name: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    found = unique_name("a"), unique_name("b")
    with namespaces(*found):
        yield found


def shelves(names: tuple[str, str], **circuit: object) -> list[Shelf]:
    """Two shelves with a circuit between them."""
    made = []
    for shelf, netns in zip(pair(), names, strict=True):
        one = Circuit(name="c", client="2/1", line="1/1", via="vc4", **circuit)  # type: ignore[arg-type]
        made.append(Shelf(shelf.lab, shelf.name, shelf.clock, shelf.lines, (client(netns),), (one,)))
    return made


def carrier(netns: str, interface: str = "lan0") -> bool:
    return inside(netns, "cat", f"/sys/class/net/{interface}/carrier").strip() == "1"


def told(shelf: Running, what: str) -> list[str]:
    return [event.state for event in shelf.events() if event.what == what]


def impair(shelf: Running, **settings: object) -> None:
    with shelf.control() as control:
        control.impair("1/1", Impairment(**settings))  # type: ignore[arg-type]


def test_a_tap_that_is_set_down_is_a_client_that_is_not_there(names: tuple[str, str], tmp_path: Path) -> None:
    with running(tmp_path, *shelves(names)) as (a, b):
        in_service(a, b)
        assert (a.client()["client_up"], a.client()["carrier"]) == (1, 1)
        ip("-n", names[0], "link", "set", "lan0", "down")
        wait_for(lambda: a.client()["client_up"] == 0, 2, "it is seen to be down")
        assert told(a, "CLIENT-DOWN") == ["raise"]
        ip("-n", names[0], "link", "set", "lan0", "name", "lan7")  # by whatever name
        ip("-n", names[0], "link", "set", "lan7", "up")
        wait_for(lambda: a.client()["client_up"] == 1, 2, "it is seen to be up")
        assert told(a, "CLIENT-DOWN") == ["raise", "clear"]
        assert b.client()["client_up"] == 1


def test_a_line_that_is_cut_takes_the_carrier_of_both_ends_away(names: tuple[str, str], tmp_path: Path) -> None:
    with running(tmp_path, *shelves(names)) as (a, b):
        in_service(a, b)
        wait_for(lambda: all(map(carrier, names)), 2, "both have carrier")
        for shelf in (a, b):
            impair(shelf, cut=True)
        wait_for(lambda: not any(map(carrier, names)), 2, "neither has carrier")
        for shelf, netns in zip((a, b), names, strict=True):
            wait_for(lambda shelf=shelf: told(shelf, "NO-CARRIER")[-1:] == ["raise"], 2, "it is told")
            assert (shelf.client()["carrier"], shelf.client()["client_up"]) == (0, 1)
            wait_for(lambda netns=netns: "NO-CARRIER" in ip("-n", netns, "link", "show", "lan0"), 3, "ip says so")
        for shelf in (a, b):
            impair(shelf)
        wait_for(lambda: all(map(carrier, names)), 2, "both have carrier again")
        wait_for(lambda: told(a, "NO-CARRIER")[-1:] == ["clear"], 2, "it is told")


def test_a_short_break_takes_no_carrier_away(names: tuple[str, str], tmp_path: Path) -> None:
    with running(tmp_path, *shelves(names)) as (a, b):
        in_service(a, b)
        wait_for(lambda: all(map(carrier, names)), 2, "both have carrier")
        before, before_los = told(a, "NO-CARRIER"), len(told(a, "LOS")) // 2
        # a signal that is gone for 50 ms: as long as a protection needs
        impair(a, alarms=(Alarm(name="LOS", duration=400),))
        wait_for(lambda: told(a, "LOS") == ["raise", "clear"] * (1 + before_los), 3, "it has come and gone")
        in_service(a, b)
        assert told(a, "NO-CARRIER") == before


def test_without_fault_propagation_the_carrier_stays(names: tuple[str, str], tmp_path: Path) -> None:
    with running(tmp_path, *shelves(names, fault_propagation=False)) as (a, b):
        in_service(a, b)
        for shelf in (a, b):
            impair(shelf, cut=True)
        wait_for(lambda: a.line()["silent"] or a.line()["defects"], 2, "the line is cut")
        wait_for(lambda: ("a/1/1", "LOS") in a.raised(), 2, "LOS")
        frame = a.status().frame
        wait_for(lambda: a.status().frame > frame + 4000, 5, "half a second has gone by")
        assert all(map(carrier, names))
        assert told(a, "NO-CARRIER") == []


def test_a_client_without_a_circuit_has_carrier(names: tuple[str, str], tmp_path: Path) -> None:
    wanted = shelves(names)
    with running(tmp_path, *wanted) as (a, b):
        for shelf in (a, b):
            impair(shelf, cut=True)
        wait_for(lambda: not carrier(names[0]), 2, "no carrier")
        with a.control() as control:
            one = wanted[0]
            control.apply(Shelf(one.lab, one.name, one.clock, one.lines, one.clients))
        wait_for(lambda: carrier(names[0]), 2, "carrier")


def test_a_tap_that_is_let_go_has_its_carrier_for_who_comes_next(names: tuple[str, str], tmp_path: Path) -> None:
    netns = names[0]
    ip("-n", netns, "tuntap", "add", "lan0", "mode", "tap")
    with running(tmp_path, *shelves(names)) as (a, b):
        in_service(a, b)
        for shelf in (a, b):
            impair(shelf, cut=True)
        wait_for(lambda: not carrier(netns), 2, "no carrier")
    with _attached(netns):
        assert carrier(netns)


@contextlib.contextmanager
def _attached(netns: str) -> Iterator[None]:
    """Whoever comes next: a program that attaches to lan0."""
    request = struct.pack("16sH22x", b"lan0", IFF_TAP | IFF_NO_PI)
    code = (
        "import fcntl, os, sys\n"
        "fd = os.open('/dev/net/tun', os.O_RDWR)\n"
        f"fcntl.ioctl(fd, {TUNSETIFF}, {request!r})\n"
        "print('attached', flush=True)\n"
        "sys.stdin.read()\n"
    )
    command = ["ip", "netns", "exec", netns, sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "attached\n"
        yield


def test_an_interface_behind_the_tap_is_the_client(
    names: tuple[str, str], tmp_path: Path, unique_name: Callable[[str], str]
) -> None:
    """As with `interface` of a lab: the TAP is joined with it by tc, and its carrier is the client's state."""
    ip("-n", names[0], "link", "add", "eth1", "type", "veth", "peer", "name", "far1")
    ip("-n", names[0], "link", "set", "eth1", "up")
    ip("-n", names[0], "link", "set", "far1", "up")
    wanted = shelves(names)
    one = wanted[0]
    wanted[0] = Shelf(one.lab, one.name, one.clock, one.lines, (client(names[0], behind="eth1"),), one.circuits)
    with running(tmp_path, *wanted) as (a, b):
        in_service(a, b)
        wait_for(lambda: a.client()["client_up"] == 1, 2, "it is there")
        ip("-n", names[0], "link", "set", "far1", "down")
        wait_for(lambda: a.client()["client_up"] == 0, 3, "no carrier at eth1")
        impair(a, cut=True)
        impair(b, cut=True)
        wait_for(lambda: not carrier(names[1]), 2, "no carrier at b")
        assert a.client()["carrier"] == 1  # its carrier is not ours
        ip("-n", names[0], "link", "del", "eth1")
        wait_for(lambda: a.client()["client_up"] == 0, 2, "gone is down")
