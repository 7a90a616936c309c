"""Real traffic between two network namespaces: ping and iperf3, and what they say."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msapemu.ctl.errors import CapabilityError, MsapemuError
from msapemu.lab.kernel.netns import inside
from msapemu.node.capacity import ethernet_bps

TOOLS = {"ping": "iputils-ping", "iperf3": "iperf3"}  # program -> Debian package
UDP_DATAGRAM = 1470
UDP_FRAME = UDP_DATAGRAM + 8 + 20 + 14 + 4  # with UDP, IPv4 and Ethernet headers and the FCS: 1516 octets
TCP_SEGMENT = 1448  # MTU 1500 less IPv4, TCP and its time stamps
TCP_FRAME = TCP_SEGMENT + 32 + 20 + 14 + 4
TCP_WINDOW = "256K"  # several times bandwidth x delay, and no queue of seconds before a slow group
UDP_BUFFER = "2M"
BASE_PORT = 5201
GRACE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Host:
    """An end of the traffic: a namespace and its address."""

    netns: Path
    address: str


@dataclass(frozen=True, slots=True)
class Ping:
    """Round trips: `lost` of `sent`, times in ms."""

    sent: int
    lost: int
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Stream:
    """One direction of an iperf3 run, as the receiver saw it: octets of payload a second, datagrams (UDP)."""

    payload_bps: float
    packets: int = 0
    lost: int = 0

    @property
    def udp_ethernet_bps(self) -> float:
        """The same in Ethernet frames, FCS included."""
        return self.payload_bps * UDP_FRAME / UDP_DATAGRAM


def tcp_payload_bps(capacity_bps: float) -> float:
    """TCP payload that `capacity_bps` of GFP carries in full segments."""
    return ethernet_bps(capacity_bps, TCP_FRAME) * TCP_SEGMENT / TCP_FRAME


def udp_payload_bps(capacity_bps: float) -> float:
    """UDP payload that `capacity_bps` of GFP carries in datagrams of UDP_DATAGRAM octets."""
    return ethernet_bps(capacity_bps, UDP_FRAME) * UDP_DATAGRAM / UDP_FRAME


def check_tools() -> None:
    """CapabilityError, naming the Debian packages, when a program is missing."""
    missing = [(tool, package) for tool, package in TOOLS.items() if shutil.which(tool) is None]
    if missing:
        tools, packages = (", ".join(names) for names in zip(*missing, strict=True))
        raise CapabilityError(f"{tools}: not installed (Debian package {packages})")


@contextmanager
def _started(host: Host, command: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """The program runs in the host's namespace, and is gone when the block is left."""
    with inside(host.netns):
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for us to handle
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def ping(source: Host, target: Host, count: int, interval_ms: int = 10) -> Ping:
    """`count` echo requests from one host to the other, all of them waited for."""
    command = ["ping", "-n", "-c", str(count), "-i", f"{interval_ms / 1000:g}", "-W", "1", target.address]
    with _started(source, command) as process:
        output, errors = process.communicate(timeout=count * interval_ms / 1000 + GRACE_SECONDS)
    times = sorted(float(text) for text in re.findall(r"time=([\d.]+) ms", output))
    if process.returncode not in (0, 1):
        raise MsapemuError(f"ping: {(errors or output).strip().splitlines()[-1]}")
    if not times:
        return Ping(count, count, float("nan"), float("nan"))
    return Ping(count, count - len(times), quantile(times, 0.5), quantile(times, 0.99))


def quantile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed."""
    return ordered[max(0, -(-len(ordered) * round(share * 100) // 100) - 1)]


def wait_for_echo(source: Host, target: Host, seconds: float = 10.0) -> None:
    """Until an echo comes back; MsapemuError when none does."""
    deadline = time.monotonic() + seconds
    while ping(source, target, 3).lost == 3:
        if time.monotonic() > deadline:
            raise MsapemuError(f"no echo from {target.address} within {seconds:g} s")


def tcp(source: Host, target: Host, seconds: int) -> Stream:
    """One TCP connection, its first second not counted."""
    options = ["-t", str(seconds), "-O", "1", "-w", TCP_WINDOW]
    ((_, server),) = _iperf3([(source, target)], options, seconds + 1)
    return Stream(float(server["end"]["sum_received"]["bits_per_second"]))


def udp(pairs: Sequence[tuple[Host, Host]], payload_bps: float, seconds: int) -> list[Stream]:
    """Datagrams from each source to its target, all at once."""
    options = [
        "-u",
        "-b",
        str(round(payload_bps)),
        "-l",
        str(UDP_DATAGRAM),
        "-t",
        str(seconds),
        "-w",
        UDP_BUFFER,
    ]
    streams = []
    for _, server in _iperf3(pairs, options, seconds):
        total = server["end"]["sum"]
        packets, lost = int(total["packets"]), int(total["lost_packets"])
        received = packets - lost
        streams.append(Stream(received * UDP_DATAGRAM * 8 / float(total["seconds"]), packets, lost))
    return streams


def _iperf3(
    pairs: Sequence[tuple[Host, Host]], options: Sequence[str], seconds: int
) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """What the client and the server of each pair (source, target) report."""
    with ExitStack() as running:
        runs = []
        for number, (source, target) in enumerate(pairs):
            port = BASE_PORT + number
            server = running.enter_context(
                _started(target, ["iperf3", "-s", "-1", "-J", "-4", "-p", str(port), "-B", target.address])
            )
            _await_listening(server, port)
            runs.append((source, target, port, server))
        clients = []
        for source, target, port, _ in runs:
            command = ["iperf3", "-c", target.address, "-4", "-p", str(port), "-J", *options]
            clients.append(running.enter_context(_started(source, command)))
        reports = []
        for client, (_, _, _, server) in zip(clients, runs, strict=True):
            reports.append((_report(client, seconds), _report(server, seconds)))
    return reports


def _await_listening(server: subprocess.Popen[str], port: int, seconds: float = 5.0) -> None:
    """Until the server listens, as /proc says (a try to connect would be its one client)."""
    deadline = time.monotonic() + seconds
    wanted = f":{port:04X}"
    while True:
        try:
            table = Path(f"/proc/{server.pid}/net/tcp").read_text()
        except OSError:
            table = ""
        if any(row[1].endswith(wanted) and row[3] == "0A" for row in map(str.split, table.splitlines()[1:])):
            return
        if server.poll() is not None or time.monotonic() > deadline:
            raise MsapemuError(f"iperf3: the server does not listen on port {port}")
        time.sleep(0.01)


def _report(process: subprocess.Popen[str], seconds: int) -> Mapping[str, Any]:
    try:
        output, errors = process.communicate(timeout=seconds + GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        raise MsapemuError(f"iperf3: does not end within {seconds + GRACE_SECONDS:g} s") from None
    try:
        report = json.loads(output)
    except json.JSONDecodeError:
        raise MsapemuError(f"iperf3: {(errors or output).strip() or 'says nothing'}") from None
    if not isinstance(report, dict) or "error" in report:
        raise MsapemuError(f"iperf3: {report['error'] if isinstance(report, dict) else 'says nothing'}")
    return report
