"""The main job, shown: two shelves, an STM-1 between them, and real traffic across it, first over VC-12, then
a VC-4."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from msapemu.ctl.errors import MsapemuError, UsageError
from msapemu.ctl.paths import lab_dir
from msapemu.ctl.status import Snapshot
from msapemu.lab import traffic
from msapemu.lab.deploy import deploy_network
from msapemu.lab.destroy import destroy
from msapemu.lab.inspect import BIP_ERRORS, GROUP_ERRORS, snapshots
from msapemu.lab.interrupts import interrupts
from msapemu.lab.kernel.netns import path_of
from msapemu.lab.load import load
from msapemu.lab.model import Lab
from msapemu.lab.network import Network
from msapemu.lab.record import read_record
from msapemu.lab.redeploy import redeploy_network
from msapemu.lab.resolve import resolve
from msapemu.lab.traffic import Host, Ping, Stream
from msapemu.node.capacity import ethernet_bps, via_text

LAB_FILE = Path(__file__).resolve().parents[2] / "configs" / "demo.yaml"
PINGS = 100
TCP_SECONDS = 3
UDP_SECONDS = 5
UDP_LOAD = 0.975  # of what the group carries in theory
ENOUGH = 0.95
TRIES = 3  # of a throughput run that came out below that: the machine may have had something else to do

TRAFFIC_COUNTERS = ("stm1_frames", "gfp_frames")
LINE_FAULTS = ("oof", "lof", *BIP_ERRORS, "lost_frames")

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Crossing:
    """What crossed over one mapping. `capacity_bps` of the group; `counted` what the shelves counted
    meanwhile; `cpu` each data plane's share of a core under UDP load in both directions."""

    name: str
    capacity_bps: int
    ping: Ping
    tcp: tuple[Stream, Stream]
    udp: tuple[Stream, Stream]
    counted: dict[str, int]
    cpu: dict[str, float]
    defects: tuple[str, ...]

    def faults(self) -> list[str]:
        """Why this is no success; [] when it is."""
        found = []
        for way, stream in zip(("there", "back"), self.udp, strict=True):
            share = stream.udp_ethernet_bps / self.udp_theory_bps
            if share < ENOUGH:
                found.append(
                    f"{self.name}: UDP {way}: {share:.1%} of what the group carries, less than {ENOUGH:.0%}"
                )
        for way, stream in zip(("there", "back"), self.tcp, strict=True):
            share = stream.payload_bps / traffic.tcp_payload_bps(self.capacity_bps)
            if share < ENOUGH:
                found.append(
                    f"{self.name}: TCP {way}: {share:.1%} of what the group carries, less than {ENOUGH:.0%}"
                )
        if self.ping.lost:
            found.append(f"{self.name}: {self.ping.lost} of {self.ping.sent} pings lost")
        errors = {
            name: count for name, count in self.counted.items() if name not in TRAFFIC_COUNTERS and count
        }
        found.extend(f"{self.name}: {count} {name} counted" for name, count in errors.items())
        found.extend(f"{self.name}: {defect} stands" for defect in self.defects)
        return found

    @property
    def udp_theory_bps(self) -> float:
        """Ethernet that the group carries in frames of the UDP run's size."""
        return ethernet_bps(self.capacity_bps, traffic.UDP_FRAME)


def run(tell: Tell, lab_file: Path = LAB_FILE) -> list[Crossing]:
    """The whole demo; everything that it makes is gone when it returns or raises. `tell` gets a line before
    each step.

    Raises CapabilityError (root, /dev/net/tun, ping, iperf3), MsapemuError (a step failed).
    """
    traffic.check_tools()
    first, second, path = _networks(lab_file, tell)
    with _lab(first, path, tell):
        hosts = _hosts(first)
        crossings = [_cross(first, hosts, tell)]
        tell("redeploy: the same circuit over the whole VC-4")
        redeploy_network(second, path)
        crossings.append(_cross(second, hosts, tell))
    return crossings


def _networks(path: Path, tell: Tell) -> tuple[Network, Network, Path]:
    """The lab as the file says, and with its circuit over the VC-4; under names that are free."""
    if not path.exists():
        raise UsageError(f"{path}: the demo's lab file is not there (it comes with the source tree)")
    document, lab = load(path)
    spaces = [client.netns for client in lab.topology.clients if client.netns]
    taken = [f"netns {name}" for name in spaces if path_of(name).exists()]
    if lab_dir(lab.name).exists():
        taken.append(f"lab {lab.name}")
    if taken:
        suffix = f"-{os.getpid()}"
        tell(f"{', '.join(taken)}: there already, so the demo's names end in {suffix}")
        lab = _renamed(lab, suffix)
    (circuit,) = lab.circuits
    whole = lab.model_copy(update={"circuits": [circuit.model_copy(update={"via": "vc4", "members": None})]})
    return resolve(lab, document), resolve(whole, document), path


def _renamed(lab: Lab, suffix: str) -> Lab:
    clients = [
        client.model_copy(update={"netns": client.netns + suffix}) if client.netns else client
        for client in lab.topology.clients
    ]
    topology = lab.topology.model_copy(update={"clients": clients})
    return lab.model_copy(update={"name": lab.name + suffix, "topology": topology})


@contextmanager
def _lab(network: Network, path: Path, tell: Tell) -> Iterator[None]:
    """Deployed inside the block, and gone after it."""
    with interrupts.taken():
        tell(f"deploy: lab {network.name}, shelves {' and '.join(network.shelves)}")
        deploy_network(network, path)
        try:
            yield
        finally:
            with interrupts.held(deliver=False):
                tell("destroy: everything that was made is removed")
                destroy(network.name)


def _hosts(network: Network) -> tuple[Host, Host]:
    a, z = (
        Host(path_of(client.netns or ""), client.addresses[0].partition("/")[0]) for client in network.clients
    )
    return a, z


def _cross(network: Network, hosts: tuple[Host, Host], tell: Tell) -> Crossing:
    (circuit,) = network.circuits
    name = via_text(circuit.via, circuit.size)
    there, back = hosts, hosts[::-1]
    traffic.wait_for_echo(*there)
    before = _snapshots(network)
    tell(f"{name}: {PINGS} pings")
    ping = traffic.ping(*there, PINGS)
    tell(f"{name}: TCP there and back, {TCP_SECONDS} s each")
    wanted = ENOUGH * traffic.tcp_payload_bps(circuit.capacity_bps)
    tcp = (_tcp(there, wanted), _tcp(back, wanted))
    tell(f"{name}: UDP both ways at once at {UDP_LOAD:.1%} of theory, {UDP_SECONDS} s")
    theory = traffic.udp_payload_bps(circuit.capacity_bps)
    loaded = _snapshots(network)
    runs = _tries(lambda: traffic.udp([there, back], UDP_LOAD * theory, UDP_SECONDS), ENOUGH * theory)
    first, second = max(runs, key=_slowest)
    after = _snapshots(network)
    return Crossing(
        name,
        circuit.capacity_bps,
        ping,
        tcp,
        (first, second),
        _counted(network, before, after),
        {node: _cpu_share(loaded[node], after[node]) for node in after},
        tuple(_defects(network, after)),
    )


def _slowest(streams: Sequence[Stream]) -> float:
    return min(stream.payload_bps for stream in streams)


def _tcp(way: tuple[Host, Host], wanted_bps: float) -> Stream:
    (fastest,) = max(_tries(lambda: [traffic.tcp(*way, TCP_SECONDS)], wanted_bps), key=_slowest)
    return fastest


def _tries(run: Callable[[], list[Stream]], wanted_bps: float) -> list[list[Stream]]:
    """The run, and again while its slowest stream stays below `wanted_bps`, TRIES times at most. A run in which
    datagrams were lost is the last: that is no want of time."""
    runs = [run()]
    while len(runs) < TRIES and _slowest(runs[-1]) < wanted_bps and not any(one.lost for one in runs[-1]):
        runs.append(run())
    return runs


def _snapshots(network: Network) -> dict[str, Snapshot]:
    record = read_record(network.name)
    if record is None:
        raise MsapemuError(f"{network.name}: the lab has gone while the demo ran")
    return snapshots(record)


def _counted(network: Network, before: dict[str, Snapshot], after: dict[str, Snapshot]) -> dict[str, int]:
    """What was counted between two moments, at both shelves together, on the line and the port of the
    circuit."""
    (circuit,) = network.circuits
    total: dict[str, int] = {}

    def add(name: str, new: int, old: int) -> None:
        total[name] = total.get(name, 0) + new - old

    for line, client in ((circuit.line_a, circuit.a), (circuit.line_z, circuit.z)):
        now, then = after[line.shelf], before[line.shelf]
        lines, lines_then = now.lines[line.local], then.lines[line.local]
        group, group_then = now.clients[client.local], then.clients[client.local]
        add("stm1_frames", lines["tx_frames"], lines_then["tx_frames"])
        add("gfp_frames", group["tx_client_frames"], group_then["tx_client_frames"])
        for name in LINE_FAULTS:
            add(name, lines[name], lines_then[name])
        for name in GROUP_ERRORS:
            add(name, group[name], group_then[name])
        add("skipped_frames", now.loop["skipped_frames"], then.loop["skipped_frames"])
    return total


def _cpu_share(before: Snapshot, after: Snapshot) -> float:
    return (after.loop["cpu_ns"] - before.loop["cpu_ns"]) / max(1, after.mono_ns - before.mono_ns)


def _defects(network: Network, now: dict[str, Snapshot]) -> Iterator[str]:
    (circuit,) = network.circuits
    for line, client in ((circuit.line_a, circuit.a), (circuit.line_z, circuit.z)):
        snapshot = now[line.shelf]
        for name in snapshot.defect_names(snapshot.lines[line.local]["defects"]):
            yield f"{line.path} {name}"
        for name in snapshot.defect_names(snapshot.clients[client.local]["defects"]):
            yield f"{client.path} {name}"
