"""Network namespaces, packet sockets in them, and floods of known frames, for tests that need root."""

from __future__ import annotations

import contextlib
import ctypes
import os
import random
import re
import socket
import statistics
import subprocess
import threading
import time
from collections.abc import Iterator

ETH_P_ALL = 3
CLONE_NEWNET = 0x40000000
SO_RCVBUFFORCE = 33
SOL_PACKET, PACKET_IGNORE_OUTGOING = 263, 23
TEST_TYPE = b"\x88\xb5"  # IEEE 802 local experimental: nobody else sends it


def ip(*arguments: str) -> str:
    """`ip ARGUMENTS`, which must do."""
    result = subprocess.run(["ip", *arguments], capture_output=True, text=True)
    assert result.returncode == 0, (arguments, result.stderr)
    return result.stdout


@contextlib.contextmanager
def namespaces(*names: str) -> Iterator[None]:
    """Network namespaces without IPv6, whose own packets would be counted among ours."""
    with contextlib.ExitStack() as stack:
        for name in names:
            ip("netns", "add", name)
            stack.callback(subprocess.run, ["ip", "netns", "del", name], capture_output=True)
            inside(name, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1")
            ip("-n", name, "link", "set", "lo", "up")
        yield


def inside(netns: str, *command: str, check: bool = True) -> str:
    """The output of a command run in the namespace."""
    result = subprocess.run(["ip", "netns", "exec", netns, *command], capture_output=True, text=True)
    assert not check or result.returncode == 0, (command, result.stdout, result.stderr)
    return result.stdout


def interfaces(netns: str) -> set[str]:
    """Interfaces in the namespace, but for lo."""
    return set(re.findall(r"^[0-9]+: ([^:@]+)", ip("-n", netns, "link"), re.MULTILINE)) - {"lo"}


def address(netns: str, interface: str, number: int) -> None:
    ip("-n", netns, "addr", "add", f"10.99.0.{number}/24", "dev", interface)


def ping(netns: str, number: int, count: int, interval: float = 0.02) -> list[float]:
    """Round trips in ms; all `count` must come."""
    out = inside(netns, "ping", "-c", str(count), "-i", str(interval), "-W", "2", f"10.99.0.{number}", check=False)
    times = [float(t) for t in re.findall(r"time=([0-9.]+) ms", out)]
    assert len(times) == count, out
    return times


def median_ms(times: list[float]) -> float:
    return statistics.median(times)


def packet_socket(netns: str, interface: str) -> socket.socket:
    """A packet socket on an interface in the namespace. (A socket stays where it was made; a thread goes there.)"""
    libc = ctypes.CDLL(None, use_errno=True)
    made: list[socket.socket] = []

    def make() -> None:
        fd = os.open(f"/run/netns/{netns}", os.O_RDONLY)
        assert libc.setns(fd, CLONE_NEWNET) == 0
        os.close(fd)
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 128 << 20)
        sock.bind((interface, ETH_P_ALL))
        made.append(sock)

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    return made[0]


def frame(number: int, length: int) -> bytes:
    """Ethernet frame `number` of `length` octets without FCS, with random contents."""
    header = b"\x02\0\0\0\0\2" + b"\x02\0\0\0\0\1" + TEST_TYPE + number.to_bytes(4, "big")
    return header + random.Random(number).randbytes(length - len(header))


class Flood:
    """Numbered frames of `length` octets at `bps` of frame octets; a context manager.

    A TAP's queue holds some 250 ms and drops what comes on top, so the rate is kept to, even after a pause of ours.
    """

    def __init__(self, netns: str, interface: str, bps: float, length: int = 1514) -> None:
        self._frames_a_second = bps / 8 / length
        self._socket = packet_socket(netns, interface)
        self._filler = random.Random(length).randbytes(length - 18)
        self._stop = threading.Event()
        self.sent = 0
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        header = b"\x02\0\0\0\0\2" + b"\x02\0\0\0\0\1" + TEST_TYPE
        start = time.monotonic()
        while not self._stop.wait(0.004):
            due = (time.monotonic() - start) * self._frames_a_second
            while self.sent < due:
                self._socket.send(header + self.sent.to_bytes(4, "big") + self._filler)
                self.sent += 1

    def __enter__(self) -> Flood:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._socket.close()


class Sink:
    """Counts the frames of a flood that arrive, and what is missing or out of order; a context manager."""

    def __init__(self, netns: str, interface: str) -> None:
        self._socket = packet_socket(netns, interface)
        self._socket.settimeout(0.05)
        self._stop = threading.Event()
        self.received = 0
        self.gaps: list[tuple[int, int]] = []  # awaited, got
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        awaited = 0
        while not self._stop.is_set():
            try:
                got = self._socket.recv(64)
            except TimeoutError:
                continue
            if got[12:14] != TEST_TYPE:
                continue
            number = int.from_bytes(got[14:18], "big")
            if number != awaited:
                self.gaps.append((awaited, number))
            awaited = number + 1
            self.received += 1

    def wait(self, frames: int, seconds: float) -> None:
        end = time.monotonic() + seconds
        while self.received < frames and time.monotonic() < end:
            time.sleep(0.02)

    def __enter__(self) -> Sink:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._socket.close()
