"""V.35 ports and what is plugged in, without a core: sockets, pseudo-terminals, UDP, and TUN interfaces with ping."""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from msapemu._framing import Hdlc
from msapemu.ctl.config import V35, HdlcUdp, Pty, SerialTun, Shelf, Socket
from msapemu.ctl.errors import MsapemuError, UsageError
from msapemu.ctl.messages import EndState, V35State
from msapemu.dataplane.channels import Channels
from msapemu.dataplane.check import check
from msapemu.dataplane.ends import HdlcStream
from msapemu.dataplane.serial import chdlc
from tests.dataplane import net
from tests.dataplane.rig import free_ports
from tests.dataplane.serial.cable import Cable, FakePort

FILL = b"\xff"


class Bench:
    """Two shelves' V.35 ports 4/1 on a cable, served as a control thread does."""

    def __init__(self, path: Path, timeslots: int, *ends: Any) -> None:
        self.cable = Cable(timeslots)
        self.log: list[str] = []
        self.events: list[tuple[str, str, bool]] = []
        self.timeslots = timeslots
        self._selector = selectors.DefaultSelector()
        self.users: list[Channels] = []
        for number, end in enumerate(ends):
            folder = path / str(number)
            folder.mkdir()
            users = Channels(
                folder,
                self._selector,
                lambda level, text: self.log.append(f"{level} {text}"),
                lambda name, what, raised: self.events.append((name, what, raised)),
            )
            self.users.append(users)
            self.plug(number, end)

    def plug(self, number: int, end: Any) -> None:
        shelf = Shelf("lab", "ab"[number], v35=(V35("4/1", self.timeslots, end),))
        with self.users[number].prepared(shelf):
            self.users[number].commit({}, {"4/1": self.cable.ports[number]}, lambda port: self.cable.up)  # type: ignore[dict-item]

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Serve for so long, or until something holds; whether it does."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for key, _ in self._selector.select(0):
                key.data()
            self.cable.pump()
            for users in self.users:
                users.serve()
            if until():
                return True
            time.sleep(min(users.patience() or 0.0005 for users in self.users))
        return until()

    def states(self) -> list[V35State]:
        return [state for users in self.users for state in users.report_v35()]

    def close(self) -> None:
        for users in self.users:
            users.close()
        self._selector.close()


@contextlib.contextmanager
def bench(path: Path, timeslots: int, *ends: Any) -> Iterator[Bench]:
    made = Bench(path, timeslots, *ends)
    try:
        yield made
    finally:
        made.close()


def test_a_socket_and_a_pseudo_terminal(tmp_path: Path) -> None:
    with bench(tmp_path, 31, Socket("x"), Pty("tty")) as made:
        terminal = tmp_path / "1" / "tty"
        assert terminal.is_symlink()
        made.run(0.05)
        assert [state.state for state in made.states()] == ["listening", "free"]
        user = socket.socket(socket.AF_UNIX)
        user.connect(str(tmp_path / "0" / "x"))
        user.setblocking(False)
        fd = os.open(terminal, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        made.run(0.1)
        assert [state.state for state in made.states()] == ["connected", "open"]
        there, here = b"", b""
        octets = bytes(range(255)) * 8

        def got() -> bool:
            nonlocal there, here
            with contextlib.suppress(BlockingIOError):
                there += os.read(fd, 4096).replace(FILL, b"")
            with contextlib.suppress(BlockingIOError):
                here += user.recv(4096).replace(FILL, b"")
            return octets in there and octets in here

        user.sendall(octets)
        os.write(fd, octets)
        assert made.run(5, got)
        # nobody is there, and the next one gets nothing old
        os.close(fd)
        assert made.run(2, lambda: made.states()[1].state == "free")
        user.sendall(b"old" * 100)
        made.run(0.3)
        fd = os.open(terminal, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        made.run(0.1)
        there = b""
        user.sendall(octets)
        assert made.run(5, lambda: got() or octets in there)
        assert b"oldold" not in there
        os.close(fd)
        user.close()
    assert not terminal.is_symlink()


def test_a_terminal_that_is_not_read(tmp_path: Path) -> None:
    with bench(tmp_path, 31, Socket("x"), Pty("tty")) as made:
        fd = os.open(tmp_path / "1" / "tty", os.O_RDWR | os.O_NOCTTY)
        assert made.run(5, lambda: made.states()[1].rx_dropped > 10_000)
        os.close(fd)


def test_where_a_terminal_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    (tmp_path / "left").symlink_to("/dev/pts/99999")
    with bench(tmp_path, 1, Pty(str(tmp_path / "left"))) as made:
        assert (tmp_path / "left").readlink() != Path("/dev/pts/99999")
        with pytest.raises(MsapemuError, match=r"a/4/1: .*/taken: File exists"):
            made.plug(0, Pty(str(tmp_path / "taken")))
        assert [state.state for state in made.states()] == ["free"]
    assert (tmp_path / "taken").read_text() == "a file"


def udp(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", port))
    made.setblocking(False)
    return made


def test_frames_over_udp(tmp_path: Path) -> None:
    ports = free_ports(4)
    ends = [HdlcUdp(f"127.0.0.1:{ports[at]}", f"127.0.0.1:{ports[at + 1]}") for at in (0, 2)]
    users = udp(ports[1]), udp(ports[3])
    chance = Random(1)
    frames = [chance.randbytes(length) for length in (2, 3, 64, 1500, 4500, *range(4, 300, 7))]
    with bench(tmp_path, 31, *ends) as made:
        got: tuple[list[bytes], list[bytes]] = ([], [])

        def all_there() -> bool:
            for user, mine in zip(users, got, strict=True):
                with contextlib.suppress(BlockingIOError):
                    while True:
                        mine.append(user.recv(9000))
            return len(got[0]) >= len(frames) and len(got[1]) >= len(frames)

        for frame in frames:
            users[0].sendto(frame, ("127.0.0.1", ports[0]))
            users[1].sendto(frame, ("127.0.0.1", ports[2]))
        assert made.run(5, all_there)
        assert got == (frames, frames)
        users[0].sendto(b"x", ("127.0.0.1", ports[0]))  # no frame
        users[0].sendto(bytes(4609), ("127.0.0.1", ports[0]))
        udp(0).sendto(b"a stranger's", ("127.0.0.1", ports[0]))
        made.run(0.2)
        assert [(state.state, state.tx_frames, state.rx_frames) for state in made.states()] == [
            ("connected", len(frames), len(frames))
        ] * 2
        users[0].close()
        users[1].sendto(bytes(100), ("127.0.0.1", ports[2]))
        assert made.run(2, lambda: made.states()[0].state == "refused")
        assert made.states()[0].errors == 0
    users[1].close()


def test_a_stream_in_pieces_and_with_pauses() -> None:
    """Frames longer than the ring, and turns that come late: all frames come, and nothing else does."""
    chance = Random(3)
    frames = [chance.randbytes(chance.choice((2, 3, 40, 700, 4000))) for _ in range(400)]
    one, other = FakePort(room=2048), FakePort()
    sink = HdlcStream(Hdlc(5000))
    source = HdlcStream(Hdlc())
    left = iter(frames)
    got = []
    for _ in range(8000):
        source.send(one, 96, lambda: next(left, None) if chance.random() < 0.5 else None)  # type: ignore[arg-type]
        other.receive(one.send(chance.choice((0, 1, 16, 100, 1000))))
        got += sink.receive(other)  # type: ignore[arg-type]
    assert got == frames
    state = EndState("")
    sink.count(state)
    assert (state.errors, state.rx_frames) == (0, len(frames))


def test_errors_on_the_line_are_counted(tmp_path: Path) -> None:
    ports = free_ports(4)
    ends = [HdlcUdp(f"127.0.0.1:{ports[at]}", f"127.0.0.1:{ports[at + 1]}") for at in (0, 2)]
    users = udp(ports[1]), udp(ports[3])
    with bench(tmp_path, 31, *ends) as made:
        chance = Random(1)

        def spoil(octets: bytes) -> bytes:
            made = bytearray(octets)
            for _ in range(len(octets) // 500):
                made[chance.randrange(len(made))] ^= 1 << chance.randrange(8)
            return bytes(made)

        made.cable.spoil = spoil
        for number in range(60):
            users[0].sendto(bytes((number,)) * 200, ("127.0.0.1", ports[0]))
        made.run(0.5)
        good = []
        with contextlib.suppress(BlockingIOError):
            while True:
                good.append(users[1].recv(9000))
        assert 0 < len(good) < 60 and all(frame == frame[:1] * 200 for frame in good)
        assert (made.states()[1].errors or 0) > 5
    for user in users:
        user.close()


def test_a_configuration_is_checked() -> None:
    ports = tuple(V35(f"4/{number}", number) for number in (1, 31))
    good = Shelf("lab", "a", v35=ports)
    check(good)
    tun = SerialTun("ser0")
    cases: list[tuple[tuple[V35, ...], str]] = [
        ((V35("4/1", 0),), "a/4/1: 0 timeslots are not in 1..31"),
        ((V35("4/1", 32),), "32 timeslots"),
        ((V35("4/1"), V35("4/1")), "a/4/1: the port is used twice"),
        ((V35("4/1", 1, tun), V35("4/2", 1, tun)), "a/4/2: interface ser0 is that of a/4/1 already"),
        ((V35("4/1", 1, SerialTun("a/b")),), "'a/b' is no interface name"),
        ((V35("4/1", 1, SerialTun("a", local="10.0.0")),), "a/4/1: .*10.0.0"),
        ((V35("4/1", 1, SerialTun("a", remote="10.0.0.1/30")),), "a/4/1: .*10.0.0.1/30"),
        ((V35("4/1", 1, SerialTun("a", encapsulation="fr", dlci=15)),), "DLCI 15 is not in 16..1007"),
        ((V35("4/1", 1, SerialTun("a", encapsulation="fr", pvcs=(1008,))),), "DLCI 1008"),
        ((V35("4/1", 1, HdlcUdp("127.0.0.1:1", "here")),), "'here' is no address: HOST:PORT"),
        ((V35("4/1", 1, HdlcUdp("127.0.0.1:0", "127.0.0.1:2")),), "'127.0.0.1:0': the UDP port must be"),
        (
            tuple(V35(f"4/{n}", 1, HdlcUdp("127.0.0.1:1", f"127.0.0.1:{n + 1}")) for n in (1, 2)),
            "UDP 127.0.0.1:1 is that of a/4/1",
        ),
        ((V35("4/1", 1, Pty("a/b")),), "neither an absolute path nor a name"),
        ((V35("4/1", 1, Pty("x")), V35("4/2", 1, Socket("x"))), "socket x is that of a/4/1"),
    ]  # fmt: skip
    for ports, what in cases:
        with pytest.raises(UsageError, match=what):
            check(msgspec.structs.replace(good, v35=ports))


# --- packets


@contextlib.contextmanager
def routers(
    path: Path,
    names: tuple[str, str],
    timeslots: int,
    *,
    one: dict[str, Any] | None = None,
    other: dict[str, Any] | None = None,
    **both: Any,
) -> Iterator[Bench]:
    """Two TUNs in namespaces of their own, addresses 10.99.0.1 and .2."""
    ends = [
        SerialTun("ser0", f"/run/netns/{name}", **both, **own)
        for name, own in zip(names, (one or {}, other or {}), strict=True)
    ]
    with net.namespaces(*names), bench(path, timeslots, *ends) as made:
        for number, name in enumerate(names, 1):
            net.address(name, "ser0", number)
        yield made


def up(made: Bench) -> bool:
    return [state.protocol for state in made.states()] == ["up", "up"]


def carrier(name: str) -> bool:
    return "LOWER_UP" in net.ip("-n", name, "link", "show", "ser0")


def pings(made: Bench, name: str, count: int, size: int = 56, interval: float = 0.05) -> int:
    """How many came back."""
    process = subprocess.Popen(
        ["ip", "netns", "exec", name, "ping", "-c", str(count), "-i", str(interval), "-s", str(size), "-W", "2",
         "10.99.0.2"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert made.run(30, lambda: process.poll() is not None)
    assert process.stdout is not None
    with process.stdout:
        return int(re.findall(r"(\d+) received", process.stdout.read())[0])


CHDLC = {"encapsulation": "chdlc"}
FR = {"encapsulation": "fr"}
ENCAPSULATIONS: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ({"encapsulation": "ppp"}, {"local": "10.99.0.1", "remote": "10.99.0.2"}, {"local": "10.99.0.2"}),
    ({"encapsulation": "ppp", "fcs": 32}, {}, {}),
    (CHDLC, {"local": "10.99.0.1/24"}, {"local": "10.99.0.2/24"}),
    (FR, {"lmi": "ansi"}, {"lmi": "ansi", "side": "network", "pvcs": (200,)}),
    (FR, {"lmi": "q933a", "side": "network", "dlci": 17}, {"lmi": "q933a", "dlci": 17}),
    (FR, {"lmi": "none"}, {"lmi": "none"}),
]


@pytest.mark.root
@pytest.mark.parametrize(("both", "one", "other"), ENCAPSULATIONS, ids=lambda part: "-".join(map(str, part.values())))
def test_ping(
    tmp_path: Path,
    unique_name: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
    both: dict[str, Any],
    one: dict[str, Any],
    other: dict[str, Any],
) -> None:
    monkeypatch.setattr(chdlc, "KEEPALIVE_S", 1.0)  # not to wait for it
    names = unique_name("sa"), unique_name("sb")
    with routers(tmp_path, names, 8, one=one, other=other, **both) as made:
        assert made.run(15, lambda: up(made)), made.states()
        assert carrier(names[0]) and carrier(names[1])
        assert pings(made, names[0], 20) == 20
        for size in (0, 1, 1000, 1472):
            assert pings(made, names[0], 3, size) == 3
        one_state, other_state = made.states()
        assert (one_state.state, one_state.line, one_state.errors, one_state.rx_dropped) == ("attached", True, 0, 0)
        assert (other_state.rx_frames or 0) >= 28 and (one_state.tx_frames or 0) >= 28
        # the line fails: no carrier; and comes back
        made.cable.up = False
        assert made.run(2, lambda: not up(made) and not carrier(names[0]) and not carrier(names[1]))
        made.cable.up = True
        assert made.run(15, lambda: up(made))
        assert pings(made, names[0], 5) == 5
        assert [event for event in made.events if event[0] == "a/4/1"] == [
            ("a/4/1", "line-protocol", False),
            ("a/4/1", "line-protocol", True),
            ("a/4/1", "line-protocol", False),
        ]
    assert made.states() == []


@pytest.mark.root
def test_rts_follows_the_interface(tmp_path: Path, unique_name: Callable[[str], str]) -> None:
    names = unique_name("sa"), unique_name("sb")
    with routers(tmp_path, names, 4) as made:
        assert made.run(10, lambda: up(made))
        net.ip("-n", names[0], "link", "set", "ser0", "down")
        assert made.run(3, lambda: [state.protocol for state in made.states()] == ["down", "down"])
        made.run(0.3)
        assert made.cable.ports[1].fill != 0xFF and made.cable.ports[0].fill == 0xFF
        filled, sent = made.cable.ports[0].filled, made.cable.ports[0].sent
        made.run(0.2)
        assert made.cable.ports[0].filled > filled and made.cable.ports[0].sent == sent  # it rests
        net.ip("-n", names[0], "link", "set", "ser0", "up")
        assert made.run(20, lambda: up(made))


@pytest.mark.root
def test_another_protocol_on_the_same_interface(tmp_path: Path, unique_name: Callable[[str], str]) -> None:
    names = unique_name("sa"), unique_name("sb")
    with routers(tmp_path, names, 31) as made:
        assert made.run(10, lambda: up(made))
        for number, name in enumerate(names):
            made.plug(number, SerialTun("ser0", f"/run/netns/{name}", encapsulation="fr", lmi="none"))
        assert made.run(3, lambda: up(made))
        assert pings(made, names[0], 5) == 5
        with pytest.raises(MsapemuError, match="none-such does not exist"):
            made.plug(0, SerialTun("ser0", "/run/netns/none-such"))
        assert up(made) and pings(made, names[0], 5) == 5
        made.plug(0, Socket("x"))
        assert net.interfaces(names[0]) == set()


@pytest.mark.root
def test_an_interface_that_goes_is_told(tmp_path: Path, unique_name: Callable[[str], str]) -> None:
    names = unique_name("sa"), unique_name("sb")
    with routers(tmp_path, names, 2) as made:
        net.ip("-n", names[0], "link", "del", "ser0")
        assert made.run(5, lambda: made.states()[0].state == "gone")
        assert "warning a/4/1: interface ser0 has gone" in made.log
