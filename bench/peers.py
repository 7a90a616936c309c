"""Set-ups of the peers that the core and a link are measured beside, in the same run: tshark and scapy reading the GFP
frames that our sink reads; a tunnel of Ethernet over UDP by socat, and a veth pair behind a token bucket, in
namespaces of their own, under the generator of `msapemu bench link`."""

from __future__ import annotations

import os
import random
import shutil
import struct
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from msapemu._framing import Group
from msapemu.bench.link.place import End, Place
from msapemu.bench.link.rfc2544 import LOSS_LOADS, Rfc2544, Row, Settings
from msapemu.bench.link.trial import Watch, generator
from msapemu.ctl.errors import CapabilityError, MsapemuError
from msapemu.lab.kernel.netns import path_of
from msapemu.node.capacity import GFP_HEADERS, VC4_BPS

GFP_LINK_TYPE = 171
CORE_HEADER_MASK = 0xB6AB31E0  # G.7041 6.1.1.2
QUEUE_FRAMES = 65_000  # of a TAP, as a shelf sets it for a VC-4
LAN = "lan0"


# -- decoding


class GfpFrames:
    """The same GFP-F frames as a stream for our sink, and as records for tshark and scapy."""

    def __init__(self, count: int, size: int) -> None:
        self.count, self.size = count, size
        chance = random.Random(1)
        frames = [chance.randbytes(12) + b"\x88\xb5" + chance.randbytes(size - 14) for _ in range(count)]
        plain = self._stream(Group(scramble=False, queue_octets=1 << 26), frames)
        self.stream = self._stream(Group(queue_octets=1 << 26), frames)
        step = len(plain) // count
        self.records = [_unmasked(plain[at : at + step]) for at in range(0, len(plain), step)]

    @staticmethod
    def _stream(group: Group, frames: list[bytes]) -> bytes:
        for frame in frames:
            assert group.send(frame)
        return group.fill(sum(len(frame) + 4 + GFP_HEADERS for frame in frames))

    def ours(self) -> float:
        """Frames a second of our sink: delineation, descrambling, all HECs and the FCS."""
        sink = Group(queue_octets=1 << 26)
        sink.take(Group().fill(64))
        best = float("inf")
        for _ in range(20):
            before = time.perf_counter()
            sink.take(self.stream)
            best = min(best, time.perf_counter() - before)
            sink.receive()
        assert sink.counters()["ethernet_fcs_errors"] <= 1  # the descrambler's state at a seam
        return self.count / best

    def tshark(self) -> float:
        """Frames a second of tshark with the checks on, without the time that it takes to start."""
        _need("tshark")
        with TemporaryDirectory() as folder:
            seconds = []
            for some in (self.records[:1], self.records):
                path = Path(folder) / "gfp.pcap"
                _write_pcap(path, some)
                fields = ("gfp.pli", "gfp.chec.status", "gfp.thec.status", "eth.fcs.status")
                command = ["tshark", "-r", str(path), "-o", "eth.check_fcs:TRUE", "-T", "fields"]
                before = time.perf_counter()
                done = subprocess.run(
                    [*command, *(part for field in fields for part in ("-e", field))], capture_output=True, text=True
                )
                seconds.append(time.perf_counter() - before)
                if done.returncode or any(not line.endswith("1\t1\t1") for line in done.stdout.splitlines()):
                    raise MsapemuError(f"tshark: does not read our frames: {done.stderr.strip()[-200:]}")
        return (self.count - 1) / (seconds[1] - seconds[0])

    def scapy(self) -> float:
        """Frames a second of scapy layers of core header, payload header and Ethernet; nothing is checked."""
        from bench.scapy_gfp import Gfp

        some = self.records[:1000]
        before = time.perf_counter()
        for record in some:
            packet = Gfp(record)
            assert packet.pli == len(record) - 4
        return len(some) / (time.perf_counter() - before)


def _unmasked(frame: bytes) -> bytes:
    return struct.pack(">I", int.from_bytes(frame[:4], "big") ^ CORE_HEADER_MASK) + frame[4:]


def _write_pcap(path: Path, records: Sequence[bytes]) -> None:
    head = struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 18, GFP_LINK_TYPE)
    path.write_bytes(head + b"".join(struct.pack("<IIII", 0, 0, len(one), len(one)) + one for one in records))


# -- links


@dataclass(frozen=True)
class Link:
    """Where it is measured, what it costs, and whether frames must be sent to it one by one."""

    place: Place
    watch: Watch
    whole: bool = False


@contextmanager
def namespaces(tag: str) -> Iterator[tuple[str, str]]:
    """Two of them, gone after the block."""
    if os.geteuid() != 0:
        raise CapabilityError("network namespaces need root")
    names = f"{tag}-a", f"{tag}-z"
    with ExitStack() as stack:
        for name in names:
            _ip("netns", "add", name)
            stack.callback(subprocess.run, ["ip", "netns", "del", name], capture_output=True)
            _run("ip", "netns", "exec", name, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1")
            _ip("-n", name, "link", "set", "lo", "up")
        yield names


def _need(tool: str) -> None:
    if shutil.which(tool) is None:
        raise CapabilityError(f"{tool}: not installed (Debian package {tool})")


def _ip(*words: str) -> None:
    _run("ip", *words)


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        raise MsapemuError(f"{' '.join(words)}: {done.stderr.strip()}")


def _veth(names: tuple[str, str], interface: str) -> None:
    _ip("link", "add", interface, "netns", names[0], "type", "veth", "peer", "name", interface, "netns", names[1])
    for name in names:
        _ip("-n", name, "link", "set", interface, "up")


def _place(name: str, names: tuple[str, str], interface: str) -> Place:
    """Loads are those of a VC-4."""
    a, z = (End(one, interface, interface, path_of(one), 1500) for one in names)
    return Place(name, "at the loads of a VC-4", (a, z), VC4_BPS, GFP_HEADERS)


@contextmanager
def socat(tag: str) -> Iterator[Link]:
    """Two TAPs with a socat each, and UDP over a veth pair between them. CapabilityError without socat."""
    _need("socat")
    with namespaces(tag) as names, ExitStack() as stack:
        _veth(names, "wire")
        processes = {}
        for number, name in enumerate(names):
            _ip("-n", name, "addr", "add", f"192.0.2.{number + 1}/24", "dev", "wire")
            udp = f"UDP4-DATAGRAM:192.0.2.{2 - number}:7000,bind=192.0.2.{number + 1}:7000"
            tap = f"TUN,tun-name={LAN},tun-type=tap,iff-no-pi,iff-up"
            process = subprocess.Popen(["ip", "netns", "exec", name, "socat", udp, tap])
            stack.callback(process.wait)
            stack.callback(process.kill)
            processes[f"socat_{'az'[number]}"] = process.pid
        for name in names:
            _await_interface(name)
            _ip("-n", name, "link", "set", LAN, "txqueuelen", str(QUEUE_FRAMES))

        def watch() -> dict[str, tuple[int, int]]:
            return {name: (_cpu_ns(pid), time.monotonic_ns()) for name, pid in processes.items()}

        yield Link(_place("socat", names, LAN), watch)


def _await_interface(netns: str, seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while subprocess.run(["ip", "-n", netns, "link", "show", LAN], capture_output=True).returncode:
        if time.monotonic() > deadline:
            raise MsapemuError("socat: makes no TAP")
        time.sleep(0.02)


def _cpu_ns(pid: int) -> int:
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])


@contextmanager
def token_bucket(tag: str) -> Iterator[Link]:
    """A veth pair with a token bucket of a VC-4's rate at each end. MsapemuError where the kernel has none."""
    with namespaces(tag) as names:
        _veth(names, LAN)
        for name in names:
            rate = ("rate", f"{VC4_BPS}bit", "burst", "16kb", "limit", "4mb")
            _run("tc", "-n", name, "qdisc", "add", "dev", LAN, "root", "tbf", *rate)
        yield Link(_place("veth + tbf", names, LAN), lambda: {}, whole=True)


@contextmanager
def session(link: Link, smallest: int, settings: Settings) -> Iterator[Rfc2544]:
    """The tests of RFC 2544 on a link, with frames of `smallest` octets or more."""
    most = max(LOSS_LOADS) * link.place.frames_per_second(smallest)
    with generator(link.place.ends, most, link.watch, link.whole) as made:
        yield Rfc2544(link.place, made, settings, lambda text: None)


def measure(
    link: Link, sizes: Sequence[int], loads: Sequence[float], settings: Settings
) -> tuple[list[Row], list[Row]]:
    """Throughput up to that of a VC-4, and latency."""
    with session(link, min(sizes), settings) as rfc:
        return list(rfc.throughput(sizes)), list(rfc.latency(sizes, loads))
