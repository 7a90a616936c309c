"""Overhead channels of running shelves: sockets with octets as they are, TUN interfaces with packets."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from msapemu.ctl.config import Channel, Circuit, Client, Line, Shelf, Socket, Tun, Udp
from msapemu.ctl.errors import MsapemuError, UsageError
from msapemu.ctl.messages import ChannelState
from msapemu.dataplane.check import check
from tests.dataplane import net
from tests.dataplane.rig import Running, pair, running, wait_for

LINE = Line(port="1/1", link=Udp(local="127.0.0.1:1", peer="127.0.0.1:2"))


def with_channels(shelf: Shelf, *channels: Channel) -> Shelf:
    return msgspec.structs.replace(shelf, channels=channels)


def at(name: str, path: str, vc4: int = 1) -> Channel:
    return Channel("1/1", name, Socket(path), vc4)  # type: ignore[arg-type]


def connected(shelf: Running, path: str, quiet: bool = False) -> socket.socket:
    """A user of the socket; unless `quiet`, one that has heard something."""
    user = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    user.settimeout(5)
    user.connect(str(shelf.directory / path))
    assert quiet or user.recv(1)
    return user


def states(shelf: Running) -> dict[str, ChannelState]:
    with shelf.control() as control:
        return {state.channel.channel: state for state in control.info().channels}


def carries(one: socket.socket, other: socket.socket, octets: bytes) -> bool:
    """Whether `octets` (no fill octet among them) written at one end come out at the other, with fill between."""
    one.sendall(octets)
    came = b""
    end = time.monotonic() + 10
    while octets not in came and time.monotonic() < end:
        piece = other.recv(4096)
        assert piece, "hung up"
        came += piece.replace(FILL, b"")
    return octets in came


def pattern(seed: int, octets: int) -> bytes:
    return bytes(random.Random(seed).choices(range(FILL[0]), k=octets))


FILL = b"\xff"
NAMES = ("dcc-r", "dcc-m", "e1", "e2", "f1")


def test_every_channel_of_a_line_goes_both_ways(tmp_path: Path) -> None:
    ends = [at(name, name) for name in NAMES]
    a, b = (with_channels(shelf, *ends) for shelf in pair())
    with running(tmp_path, a, b) as (one, other):
        for seed, name in enumerate(NAMES):
            with connected(one, name) as here, connected(other, name) as there:
                assert carries(here, there, pattern(seed, 3000)), name
                assert carries(there, here, pattern(10 + seed, 3000)), name
        assert all(state.rx_octets > 3000 and state.tx_octets == 3000 for state in states(one).values())
        wait_for(lambda: {state.state for state in states(one).values()} == {"listening"}, 5, "nobody")
    assert not any((tmp_path / "a" / name).exists() for name in NAMES)


@pytest.mark.root
def test_f2_and_f3_are_of_a_vc4_in_use(tmp_path: Path, unique_name: Callable[[str], str]) -> None:
    netns = unique_name("c")
    ends = [at("f2", "f2"), at("f3", "f3")]
    with net.namespaces(netns):
        shelves = []
        for shelf in pair():
            client = Client("2/1", f"lan-{shelf.name}", f"/run/netns/{netns}")
            circuit = Circuit("c", "2/1", "1/1", "vc4")
            shelves.append(
                with_channels(msgspec.structs.replace(shelf, clients=(client,), circuits=(circuit,)), *ends)
            )
        with running(tmp_path, *shelves) as (one, other):
            for seed, name in enumerate(("f2", "f3")):
                with connected(one, name) as here, connected(other, name) as there:
                    assert carries(here, there, pattern(seed, 2000)), name
                    assert carries(there, here, pattern(10 + seed, 2000)), name


def test_a_socket_has_one_client_at_a_time(tmp_path: Path) -> None:
    (a, _) = pair()
    with running(tmp_path, with_channels(a, at("e1", "e1"))) as (shelf,):
        assert stat.S_IMODE(os.stat(shelf.directory / "e1").st_mode) == 0o600
        for _ in range(3):
            with connected(shelf, "e1", quiet=True) as first:
                wait_for(lambda: states(shelf)["e1"].state == "connected", 5, "a client")
                with connected(shelf, "e1", quiet=True) as second:
                    assert second.recv(1) == b""
                first.sendall(b"x")
                first.shutdown(socket.SHUT_WR)
                assert states(shelf)["e1"].state == "connected"
        wait_for(lambda: states(shelf)["e1"].state == "listening", 5, "nobody")
        wait_for(lambda: states(shelf)["e1"].tx_octets == 3, 5, "what was sent last is sent")


def test_what_a_user_does_not_read_is_dropped(tmp_path: Path) -> None:
    a, b = (with_channels(shelf, at("dcc-m", "m"), at("e1", "e1")) for shelf in pair())
    with running(tmp_path, a, b) as (one, other):
        with connected(one, "m") as lazy:
            lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            wait_for(lambda: states(one)["dcc-m"].rx_dropped > 100_000, 20, "drops")
            with connected(one, "e1") as here, connected(other, "e1") as there:
                assert carries(here, there, pattern(1, 500))
        assert one.line()["defects"] == 0


def test_channels_come_and_go_and_disturb_nobody(tmp_path: Path) -> None:
    a, b = (with_channels(shelf, at("dcc-m", "m")) for shelf in pair())
    with running(tmp_path, a, b) as (one, other), connected(one, "m") as here, connected(other, "m") as there:
        assert carries(here, there, pattern(1, 1000))
        for shelf, config in ((one, a), (other, b)):
            with shelf.control() as control:
                control.apply(with_channels(config, at("dcc-m", "m"), at("f1", "user")))
        with connected(one, "user") as f1, connected(other, "user") as f1_there:
            assert carries(f1, f1_there, pattern(2, 500))
            assert carries(here, there, pattern(3, 1000))
            with one.control() as control:
                control.apply(a)
            assert f1.recv(1 << 16) is not None
            with pytest.raises((ConnectionError, AssertionError)):
                while True:
                    assert f1.recv(1 << 16)
        assert not (one.directory / "user").exists()
        assert carries(there, here, pattern(4, 1000))
        assert states(one).keys() == {"dcc-m"}
        # a line made anew carries it on
        with one.control() as control:
            renamed = msgspec.structs.replace(a.lines[0], j0="another")
            control.apply(msgspec.structs.replace(a, lines=(renamed,)))
        assert carries(here, there, pattern(5, 1000))
        assert other.line()["silent"] == 0


def test_an_end_moves_to_another_channel(tmp_path: Path) -> None:
    a, b = (with_channels(shelf, at("e1", "x"), at("e2", "y")) for shelf in pair())
    with running(tmp_path, a, b) as (one, other), connected(one, "x") as here, connected(other, "x") as there:
        assert carries(here, there, pattern(1, 500))
        for shelf, config in ((one, a), (other, b)):
            with shelf.control() as control:
                control.apply(with_channels(config, at("e1", "y"), at("e2", "x")))
        assert {state.channel.end: state.state for state in states(one).values()} == {
            Socket("y"): "listening",
            Socket("x"): "connected",
        }
        assert carries(here, there, pattern(2, 500))


def test_what_cannot_be_had_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    (a, _) = pair()
    mine = with_channels(a, at("e1", "e1"))
    with running(tmp_path, mine) as (shelf,):
        with shelf.control() as control:
            with pytest.raises(MsapemuError, match=r"a/1/1 f1: .*/taken: Address already in use"):
                control.apply(with_channels(a, at("e2", "e2"), at("f1", str(tmp_path / "taken"))))
            with pytest.raises(UsageError, match="a/1/1 f1: 'ctl' is neither"):
                control.apply(with_channels(a, at("f1", "ctl")))
        assert not (shelf.directory / "e2").exists()
        with connected(shelf, "e1", quiet=True):
            wait_for(lambda: states(shelf)["e1"].state == "connected", 5, "a client")
    assert (tmp_path / "taken").read_text() == "a file"


def test_a_socket_of_a_shelf_that_was_killed_is_taken_over(tmp_path: Path) -> None:
    (a, _) = pair()
    config = with_channels(a, at("e1", str(tmp_path / "outside")))
    first = Running(config, tmp_path / "a")
    first.signal(signal.SIGKILL)
    first.process.wait(5)
    assert (tmp_path / "outside").exists()
    with running(tmp_path, config) as (shelf,), connected(shelf, str(tmp_path / "outside"), quiet=True):
        wait_for(lambda: states(shelf)["e1"].state == "connected", 5, "a client")
    assert not (tmp_path / "outside").exists()


def test_a_busy_control_thread_is_no_matter(tmp_path: Path) -> None:
    """The control thread has other things to do: the loop goes on, and so does the channel."""
    a, b = (with_channels(shelf, at("dcc-r", "r")) for shelf in pair())
    with running(tmp_path, a, b) as (one, other), connected(one, "r") as here, connected(other, "r") as there:
        assert carries(here, there, pattern(1, 1000))
        before = other.line()["frames"]
        for number in range(20):  # each of them has the control thread read and answer
            with one.control() as control:
                control.apply(msgspec.structs.replace(one.config, channels=one.config.channels))
            assert carries(here, there, pattern(number, 300))
        assert other.line()["frames"] > before and other.line()["defects"] == 0


def test_a_configuration_is_checked() -> None:
    good = Shelf("lab", "a", lines=(LINE,))
    tun = Tun("dcc0")
    cases: list[tuple[tuple[Channel, ...], str]] = [
        ((Channel("1/2", "e1", Socket("x")),), "a/1/2 e1: 1/2 is no line"),
        ((at("f2", "x", 2),), r"a/1/1/au4.2 f2: there is no VC-4 number 2"),
        ((at("e1", "x", 2),), "a/1/1 e1: there is no VC-4 number 2"),
        ((at("e1", "x"), at("e1", "y")), "used twice"),
        ((at("e1", "x"), at("e2", "x")), "a/1/1 e2: socket x is that of a/1/1 e1 already"),
        ((Channel("1/1", "dcc-r", tun), Channel("1/1", "dcc-m", tun)), "interface dcc0 is that of a/1/1 dcc-r"),
        ((Channel("1/1", "f1", tun),), "only dcc-r and dcc-m carry packets"),
        ((Channel("1/1", "dcc-r", Tun("a/b")),), "'a/b' is no interface name"),
        ((at("e1", "a/b"),), "neither an absolute path nor a name"),
        ((at("e1", "status"),), "neither an absolute path nor a name"),
        ((at("e1", "/tmp/\0"),), "is no path"),
    ]
    for channels, what in cases:
        with pytest.raises(UsageError, match=what):
            check(with_channels(good, *channels))
    check(with_channels(good, *(at(name, name) for name in (*NAMES, "f2", "f3"))))


# --- packets


@contextlib.contextmanager
def joined(tmp_path: Path, names: tuple[str, str], channel: str) -> Iterator[list[Running]]:
    """Two shelves with a TUN each in a namespace of its own, addresses 10.99.0.1 and .2."""
    shelves = [
        with_channels(shelf, Channel("1/1", channel, Tun("dcc0", f"/run/netns/{name}")))  # type: ignore[arg-type]
        for shelf, name in zip(pair(), names, strict=True)
    ]
    with running(tmp_path, *shelves) as both:
        for number, name in enumerate(names, 1):
            net.address(name, "dcc0", number)
        yield both


@pytest.mark.root
@pytest.mark.parametrize("channel", ["dcc-r", "dcc-m"])
def test_packets_cross(tmp_path: Path, unique_name: Callable[[str], str], channel: str) -> None:
    names = unique_name("a"), unique_name("b")
    with net.namespaces(*names):
        with joined(tmp_path, names, channel) as (one, other):
            wait_for(lambda: other.line()["defects"] == 0 and one.line()["defects"] == 0, 5, "clean lines")
            # the control thread serves it: a turn that comes late is a pause between frames
            out = net.inside(names[0], "ping", "-c", "10", "-i", "0.2", "-W", "2", "10.99.0.2", check=False)
            assert out.count("time=") >= 9, out
            for size in (0, 1, 1000, 1472):
                out = net.inside(names[1], "ping", "-c", "3", "-i", "0.2", "-s", str(size), "10.99.0.1")
                assert "3 received" in out
            there = states(other)[channel]
            assert (there.state, there.rx_dropped) == ("attached", 0)
            assert (there.rx_frames or 0) >= 22 and (there.tx_frames or 0) >= 22
        assert net.interfaces(names[0]) == set()


@pytest.mark.root
def test_a_tun_that_goes_is_told(tmp_path: Path, unique_name: Callable[[str], str]) -> None:
    names = unique_name("a"), unique_name("b")
    with net.namespaces(*names), joined(tmp_path, names, "dcc-m") as (one, other):
        net.ip("-n", names[0], "link", "del", "dcc0")
        wait_for(lambda: states(one)["dcc-m"].state == "gone", 5, "it is seen")
        assert "a/1/1 dcc-m: interface dcc0 has gone" in one.log
        assert states(other)["dcc-m"].state == "attached"


@pytest.mark.root
def test_an_interface_that_cannot_be(tmp_path: Path, unique_name: Callable[[str], str]) -> None:
    name = unique_name("a")
    (a, _) = pair()
    with net.namespaces(name), running(tmp_path, a) as (shelf,), shelf.control() as control:
        subprocess.run(["ip", "-n", name, "tuntap", "add", "tap0", "mode", "tap"], check=True)
        for tun, what in (
            (Tun("dcc0", "/run/netns/none-such"), "a/1/1 dcc-r: netns none-such does not exist"),
            (Tun("tap0", f"/run/netns/{name}"), "tap0 in netns .* exists and is no TUN"),
            (Tun("lo", f"/run/netns/{name}"), "lo in netns .* exists and is no TUN"),
        ):
            with pytest.raises(MsapemuError, match=what):
                control.apply(with_channels(a, Channel("1/1", "dcc-r", tun)))
        assert control.info().generation == 1
