"""Shelves as processes, for tests: start, wait, watch, stop. Links are UDP on loopback."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from msapemu.ctl import config as ctl_config
from msapemu.ctl.client import ShelfClient
from msapemu.ctl.config import Client, Clock, Impairment, Line, Shelf, Udp
from msapemu.ctl.messages import Event
from msapemu.ctl.status import Snapshot, StatusReader

PROGRAM = """
import sys
from pathlib import Path
from msapemu.ctl import config
from msapemu.ctl.errors import MsapemuError
from msapemu.dataplane import shelf
try:
    sys.exit(shelf.run(config.load(Path(sys.argv[1])), Path(sys.argv[1]).parent))
except MsapemuError as error:
    print(f"msapemu: {error}", file=sys.stderr)
    sys.exit(error.status)
"""
real_time = pytest.mark.real_time
TIMED = Clock(mode="line", reference="1/1")


def free_ports(count: int) -> list[int]:
    """UDP ports on loopback that nobody has now."""
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(count)]
    try:
        for sock in sockets:
            sock.bind(("127.0.0.1", 0))
        return [sock.getsockname()[1] for sock in sockets]
    finally:
        for sock in sockets:
            sock.close()


def line(local: int, peer: int, port: str = "1/1", impair: Impairment | None = None, **more: object) -> Line:
    link = Udp(local=f"127.0.0.1:{local}", peer=f"127.0.0.1:{peer}")
    return Line(port=port, link=link, impair=impair or Impairment(), **more)  # type: ignore[arg-type]


def client(netns: str, port: str = "2/1", tap: str = "lan0", **more: object) -> Client:
    return Client(port=port, tap=tap, netns=f"/run/netns/{netns}", **more)  # type: ignore[arg-type]


def wait_for(what: Callable[[], bool], seconds: float, reason: str) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, f"not within {seconds} s: {reason}"
        time.sleep(0.01)


class Running:
    """One shelf process in `directory`."""

    def __init__(self, config: Shelf, directory: Path, ready: bool = True) -> None:
        self.config = config
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "config.json").write_bytes(ctl_config.encode(config))
        with open(directory / "log", "w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, str(directory / "config.json")],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        if ready:
            wait_for(lambda: self.ready or self.process.poll() is not None, 10, "a shelf that is ready")
            assert self.process.poll() is None, self.log

    @property
    def ready(self) -> bool:
        """Its process id is in the file (that of one killed before may still be there)."""
        try:
            return (self.directory / "pid").read_text() == f"{self.process.pid}\n"
        except FileNotFoundError:
            return False

    @property
    def log(self) -> str:
        return (self.directory / "log").read_text()

    def signal(self, number: int) -> None:
        os.kill(self.process.pid, number)

    def control(self) -> ShelfClient:
        return ShelfClient(self.directory / "ctl")

    def status(self) -> Snapshot:
        with StatusReader(self.directory / "status") as reader:
            return reader.read()

    def line(self, port: str = "1/1") -> dict[str, int]:
        return self.status().lines[port]

    def client(self, port: str = "2/1") -> dict[str, int]:
        return self.status().clients[port]

    def events(self) -> list[Event]:
        with self.control() as control:
            return list(control.events().events)

    def raised(self, since: int = 0) -> list[tuple[str, str]]:
        """Object and name of the defects raised from event number `since` on."""
        return [(e.object, e.what) for e in self.events() if e.state == "raise" and e.number >= since]

    def event_count(self) -> int:
        with self.control() as control:
            return control.events().next

    def stop(self) -> int:
        """SIGTERM and the exit status."""
        if self.process.poll() is None:
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGTERM)
        try:
            return self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


@contextlib.contextmanager
def running(directory: Path, *configs: Shelf) -> Iterator[list[Running]]:
    """These shelves, stopped in the end."""
    with contextlib.ExitStack() as stack:
        shelves = []
        for config in configs:
            shelf = Running(config, directory / config.name)
            stack.callback(shelf.stop)
            shelves.append(shelf)
        yield shelves


def pair(lab: str = "t", **lines: Impairment) -> tuple[Shelf, Shelf]:
    """Shelves a (free-running) and b (timed by a), one line between them, no clients."""
    one, two = free_ports(2)
    a = Shelf(lab=lab, name="a", lines=(line(one, two, impair=lines.get("a")),))
    b = Shelf(lab=lab, name="b", clock=TIMED, lines=(line(two, one, impair=lines.get("b")),))
    return a, b


def in_service(*shelves: Running) -> None:
    """Wait until every line of these shelves has a clean signal both ways, and every circuit its GFP idles."""

    def clean(shelf: Running) -> bool:
        status = shelf.status()
        clients = [status.clients[circuit.client] for circuit in shelf.config.circuits]
        lines_clean = all(not counters["silent"] and not counters["defects"] for counters in status.lines.values())
        return lines_clean and all(counters["rx_idle_frames"] and not counters["defects"] for counters in clients)

    wait_for(lambda: all(clean(shelf) for shelf in shelves), 5, "lines and circuits in service")
