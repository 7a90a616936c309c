"""The generator's frames and its account of them, over real interfaces."""

from __future__ import annotations

import errno
import fcntl
import os
import select
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest

from msapemu.bench.link import packets
from msapemu.bench.link.packets import HEAD, HEADERS, MACS, MARK, Receiver, Sender, headers
from msapemu.bench.link.place import End
from msapemu.bench.link.trial import Generator, _Run, generator
from msapemu.lab.kernel.netns import inside
from msapemu.lab.kernel.taps import IFF_NO_PI, IFF_TAP, TUNSETIFF
from tests.dataplane.net import ip, namespaces

SLOTS = 1 << 12


def checksum(octets: bytes) -> int:
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def datagram(frame: bytes) -> bytes:
    """The payload of a test frame whose headers and checksums are right."""
    ip_header, udp = frame[14:34], frame[34:]
    assert frame[12:14] == b"\x08\x00" and ip_header[0] == 0x45 and ip_header[9] == 17
    assert checksum(ip_header) == 0xFFFF
    assert int.from_bytes(ip_header[2:4], "big") == len(frame) - 14
    assert int.from_bytes(udp[2:4], "big") == 7 and int.from_bytes(udp[4:6], "big") == len(udp)
    if udp[6:8] != b"\0\0":
        pseudo = ip_header[12:20] + struct.pack(">HH", 17, len(udp))
        assert checksum(pseudo + udp + b"\0" * (len(udp) % 2)) == 0xFFFF
    return udp[8:]


@pytest.mark.parametrize("way", [0, 1])
@pytest.mark.parametrize("payload", [18, 19, 1472, 9554])
def test_headers_of_a_frame(way: int, payload: int) -> None:
    frame = headers(way, payload) + bytes(payload)
    assert datagram(frame) == bytes(payload)
    assert (frame[:6], frame[6:12]) == (MACS[1 - way], MACS[way])
    assert all(mac[0] & 3 == 2 for mac in MACS)  # locally administered, of one station
    assert frame[26:28] in (b"\xc6\x12", b"\xc6\x13")  # 198.18.0.0/15, RFC 2544 appendix C


def test_the_smallest_frame_has_room_for_the_head() -> None:
    assert HEAD.itemsize <= packets.SMALLEST - packets.FCS_OCTETS - HEADERS
    assert packets.FRAME_AT + HEADERS + HEAD.itemsize <= packets.SLOT_OCTETS


@contextmanager
def tap(netns: str, name: str = "lan0") -> Iterator[int]:
    """A TAP that is up; its other side, which does not block."""
    with inside(f"/run/netns/{netns}"):
        fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    try:
        ip("-n", netns, "link", "set", name, "up", "txqueuelen", "5000")
        yield fd
    finally:
        os.close(fd)


def drain(fd: int) -> list[bytes]:
    frames = []
    while True:
        try:
            frames.append(os.read(fd, 1 << 16))
        except OSError as error:
            assert error.errno == errno.EAGAIN
            return frames


@pytest.mark.root
@pytest.mark.parametrize("whole", [False, True], ids=["segments", "whole"])
@pytest.mark.parametrize("size", [64, 65, 1518, 9018])
def test_frames_that_leave_are_right(unique_name: Callable[[str], str], size: int, whole: bool) -> None:
    name = unique_name("n")
    with namespaces(name), tap(name) as fd:
        ip("-n", name, "link", "set", "lan0", "mtu", "9000")
        netns = Path("/run/netns") / name
        assert packets.cuts_up("lan0", netns) in (True, False)
        drain(fd)
        sender = Sender("lan0", netns, 0, whole or not packets.cuts_up("lan0", netns))
        try:
            drain(fd)
            sender.prepare(size, 5)
            before = time.time_ns()
            for count in (1, 2, 150):
                sender.send(count)
            frames = drain(fd)
        finally:
            sender.close()
    assert (sender.sent, sender.refused, len(frames)) == (153, 0, 153)
    assert {len(frame) for frame in frames} == {size - 4}
    heads = np.frombuffer(b"".join(datagram(frame)[: HEAD.itemsize] for frame in frames), HEAD)
    assert heads["sequence"].tolist() == list(range(153))
    assert set(heads["mark"]) == {MARK} and set(heads["stream"]) == {5}
    assert all(before <= sent <= time.time_ns() for sent in heads["sent_ns"])


class Link:
    """Frames of two TAPs to each other, but for those that `drops` names, by number, one way."""

    def __init__(self, fds: tuple[int, int], drops: Callable[[int], bool]) -> None:
        self.fds, self.drops, self.ends = fds, drops, threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self) -> None:
        count = 0
        while not self.ends.is_set():
            for fd in select.select(self.fds, [], [], 0.01)[0]:
                for frame in drain(fd):
                    if frame[6:12] in MACS:
                        if fd == self.fds[0]:
                            count += 1
                            if self.drops(count):
                                continue
                        os.write(self.fds[1 - self.fds.index(fd)], frame)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.ends.set()
        self.thread.join()


@contextmanager
def rig(
    unique_name: Callable[[str], str], drops: Callable[[int], bool] = lambda count: False
) -> Iterator[tuple[Generator, tuple[End, End]]]:
    """A generator at both ends of such a link."""
    names = unique_name("a"), unique_name("z")
    with ExitStack() as stack:
        stack.enter_context(namespaces(*names))
        fds = stack.enter_context(tap(names[0])), stack.enter_context(tap(names[1]))
        ends = tuple(End(name, "2/1", "lan0", Path("/run/netns") / name, 1500) for name in names)
        stack.enter_context(Link(fds, drops))
        made = stack.enter_context(generator(ends, 1000, lambda: {"x": (0, time.monotonic_ns())}))
        yield made, (ends[0], ends[1])


@pytest.mark.root
@pytest.mark.real_time
def test_nothing_is_lost_on_a_good_link(unique_name: Callable[[str], str]) -> None:
    with rig(unique_name) as (made, _):
        for size in (64, 1518):
            outcome = made.trial(size, 4000, 0.1)
            assert [(way.name, way.sent, way.lost, way.repeated) for way in outcome.ways] == [
                ("a-z", 400, 0, 0),
                ("z-a", 400, 0, 0),
            ]
            assert outcome.latency_us["p50"] > 0 and outcome.cpu == {"x": 0.0}
        one = made.trial(512, 4000, 0.1, "z-a")
        assert [(way.name, way.sent, way.lost) for way in one.ways] == [("z-a", 400, 0)]
        burst = made.burst(64, 1000, 4000)
        assert (burst.sent, burst.lost) == (2000, 0)


@pytest.mark.root
@pytest.mark.real_time
def test_what_the_link_loses_is_counted(unique_name: Callable[[str], str]) -> None:
    with rig(unique_name, lambda count: count % 10 == 0) as (made, _):
        outcome = made.trial(64, 4000, 0.1)
        assert [way.lost for way in outcome.ways] == [40, 0]
        assert (np.diff(np.flatnonzero(outcome.ways[0].times < 0)) == 10).all()


@pytest.mark.root
@pytest.mark.real_time
def test_what_the_ring_has_no_room_for_is_the_generators(unique_name: Callable[[str], str]) -> None:
    """Nobody looks into the ring while a burst comes: what it cannot hold is not seen, and not lost."""
    with rig(unique_name) as (made, ends), ExitStack() as stack:
        small = Receiver(ends[1].interface, ends[1].netns, 1, 1)
        stack.callback(small.close)
        blind = Generator(made.senders, [made.receivers[0], small], lambda: {})
        total = small.slots + 1000

        def late(runs: Sequence[_Run], stream: int, size: int) -> None:
            for at in range(0, total, 500):
                runs[0].sender.send(min(500, total - at))
                time.sleep(0.05)

        blind._at_once = late  # type: ignore[method-assign]
        outcome = blind.burst(64, total, 4000, "a-z")
        (way,) = outcome.ways
        assert (way.lost, way.unseen) == (0, 1000)
        assert not outcome.kept_up


@pytest.mark.root
def test_frames_of_others_take_no_room(unique_name: Callable[[str], str]) -> None:
    name = unique_name("n")
    with namespaces(name), tap(name) as fd:
        receiver = Receiver("lan0", Path("/run/netns") / name, 1, SLOTS)
        try:
            mine, other = headers(0, 18) + bytes(18), headers(1, 18) + bytes(18)
            for frame in (other, mine, other):
                os.write(fd, frame)
            time.sleep(0.05)
            assert receiver._ready() == 1
            assert [len(part) for part in receiver.take(0, 64)] == [0, 0]  # without the mark
            assert receiver._ready() == 0 and receiver.dropped() == 0
        finally:
            receiver.close()
