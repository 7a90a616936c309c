"""What runs, and how: read from a lab's record, its shelves' configurations and their status regions."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass

from msapemu.ctl import config, impairments
from msapemu.ctl.client import ShelfClient, Unreachable
from msapemu.ctl.config import LCAS_VIAS, PATH_CHANNELS, STM_N, Channel, Circuit, Clock, Shelf, Tun
from msapemu.ctl.e1 import E1Slots
from msapemu.ctl.errors import MsapemuError
from msapemu.ctl.members import sent_in, sent_members
from msapemu.ctl.messages import ChannelState, V35State
from msapemu.ctl.status import Snapshot, StatusReader
from msapemu.lab.inspect_pdh import e1_port_rows, e1_rows, line_rows, state_text, v35_rows
from msapemu.lab.kernel.process import ShelfProcess
from msapemu.lab.record import Record, deployed_labs, read_record
from msapemu.node.capacity import group_bps, via_text

Value = str | int | float | None
Row = dict[str, Value]

STALE_NS = 1_000_000_000  # without a new snapshot: the loop does not run

BIP_ERRORS = ("b1_errors", "b2_errors", "b3_errors", "bip2_errors")
POINTER_MOVES = ("au_increments", "au_decrements", "tu_increments", "tu_decrements")
# of a group's counters: what did not reach the client, and why
GROUP_ERRORS = (
    "core_hec_errors",
    "type_hec_errors",
    "extension_hec_errors",
    "payload_fcs_errors",
    "ethernet_fcs_errors",
    "aborts",
    "invalid",
    "sync_losses",
    "gfp_t_rx_crc_errors",
    "gfp_t_rx_block_errors",
)
GROUP_DROPS = ("rx_dropped", "discarded", "tap_tx_dropped", "oversize")


@dataclass(frozen=True, slots=True)
class Inspection:
    """Tables of one lab; every row of a table has the same keys."""

    lab: str
    file: str
    nodes: list[Row]
    lines: list[Row]
    circuits: list[Row]
    channels: list[Row]
    pdh: list[Row]
    e1: list[Row]
    e1_ports: list[Row]
    v35: list[Row]


@dataclass(frozen=True, slots=True)
class _Node:
    name: str
    pid: int | None
    state: str
    config: Shelf
    snapshot: Snapshot | None
    channels: dict[Channel, ChannelState]
    v35: dict[str, V35State]


def inspect(lab: str) -> Inspection:
    """The lab as it is now. MsapemuError when no such lab is deployed."""
    record = read_record(lab)
    if record is None:
        raise MsapemuError(f"{lab}: no such lab is deployed")
    nodes = [_look(shelf) for shelf in record.shelves]
    far = _far_ends(nodes)
    return Inspection(
        lab,
        record.file,
        [_node_row(node) for node in nodes],
        [row for node in nodes for row in _line_rows(node, far)],
        [row for node in nodes for row in _circuit_rows(node)],
        [row for node in nodes for row in _channel_rows(node)],
        [row for node in nodes for row in line_rows(node.name, node.config, node.snapshot, far)],
        [row for node in nodes for row in e1_rows(node.name, node.config, node.snapshot)],
        [row for node in nodes for row in e1_port_rows(node.name, node.config, node.snapshot, far)],
        [row for node in nodes for row in v35_rows(node.name, node.config, node.v35)],
    )


def inspect_all() -> list[Row]:
    """One row a deployed lab."""
    rows: list[Row] = []
    for lab in deployed_labs():
        record = read_record(lab)
        if record is not None:
            running = sum(shelf.exists() for shelf in record.shelves)
            rows.append({"lab": lab, "nodes": len(record.shelves), "running": running, "file": record.file})
    return rows


def snapshots(record: Record) -> dict[str, Snapshot]:
    """By node. Unreachable when one does not run."""
    result = {}
    for shelf in record.shelves:
        with StatusReader(shelf.folder / "status") as reader:
            result[shelf.node] = reader.read()
    return result


def _look(shelf: ShelfProcess) -> _Node:
    pids = shelf.pids()
    read = config.load(shelf.config)
    snapshot, state = None, "gone"
    if pids:
        state = "starting"
        try:
            with StatusReader(shelf.folder / "status") as reader:
                snapshot = reader.read()
            stale = time.monotonic_ns() - snapshot.mono_ns > STALE_NS
            state = "stalled" if stale else "running"
        except Unreachable:
            pass
    channels: dict[Channel, ChannelState] = {}
    v35: dict[str, V35State] = {}
    if pids and (read.channels or read.v35):
        channels, v35 = _users(shelf)
    return _Node(shelf.node, pids[0] if pids else None, state, read, snapshot, channels, v35)


def _users(shelf: ShelfProcess) -> tuple[dict[Channel, ChannelState], dict[str, V35State]]:
    """Of these only the shelf's control thread knows."""
    try:
        with ShelfClient(shelf.folder / "ctl", timeout=2.0) as client:
            info = client.info()
    except MsapemuError:
        return {}, {}
    return {state.channel: state for state in info.channels}, {state.port: state for state in info.v35}


def _node_row(node: _Node) -> Row:
    loop = node.snapshot.loop if node.snapshot else {}
    return {
        "node": node.name,
        "state": node.state,
        "pid": node.pid,
        "clock": _clock_text(node.config.clock, bool(loop.get("holdover"))),
        "frame": loop.get("frame"),
        "late_ticks": loop.get("late_ticks"),
        "skipped_frames": loop.get("skipped_frames"),
    }


def _clock_text(clock: Clock, holdover: bool) -> str:
    if clock.mode == "line":
        return f"line {clock.reference}" + (" (holdover)" if holdover else "")
    return "free" + (f" {clock.ppm:+g} ppm" if clock.ppm else "")


def _far_ends(nodes: list[_Node]) -> dict[str, str]:
    """UDP address -> the line port that is bound to it."""
    return {
        line.link.local: f"{node.name}/{line.port}"
        for node in nodes
        for line in node.config.lines
        if line.link is not None
    }


def _line_rows(node: _Node, far: dict[str, str]) -> list[Row]:
    rows = []
    for line in node.config.lines:
        if line.rate not in STM_N:
            continue
        counters = node.snapshot.lines.get(line.port) if node.snapshot else None
        state = "unplugged" if line.link is None else state_text(node.snapshot, counters)
        row: Row = {
            "port": f"{node.name}/{line.port}",
            "peer": far.get(line.link.peer, line.link.peer) if line.link else None,
            "state": state,
            "impaired": impairments.text(line.impair) or None,
        }
        for name in ("tx_frames", "frames", "lost_frames", "oof", "lof", *BIP_ERRORS):
            row["rx_frames" if name == "frames" else name] = counters[name] if counters else None
        row["pointer_moves"] = sum(counters[name] for name in POINTER_MOVES) if counters else None
        rows.append(row)
    return rows


def _circuit_rows(node: _Node) -> list[Row]:
    rows = []
    for circuit, client in [(one, client) for one in node.config.circuits for client in one.clients]:
        counters = node.snapshot.clients.get(client) if node.snapshot else None
        size = circuit_size(circuit)
        row: Row = {
            "circuit": circuit.name,
            "port": f"{node.name}/{client}",
            "line": _lines_text(node.name, circuit),
            "via": via_text(circuit.via, size),
            "capacity_mbps": round(group_bps(circuit.via, size or 1, vcat=circuit.vcat) / 1e6, 3),
            "state": state_text(node.snapshot, counters),
            "tx_frames": counters["tx_client_frames"] if counters else None,
            "rx_frames": counters["rx_client_frames"] if counters else None,
            "drops": sum(counters[name] for name in GROUP_DROPS) if counters else None,
            "errors": sum(counters[name] for name in GROUP_ERRORS) if counters else None,
            "cid": next((one.cid for one in circuit.channels if one.client == client), None),
            "lcas": lcas_text(circuit, counters),
            "tx_size": counters["tx_size"] if counters and has_members(circuit) else None,
            "rx_size": counters["rx_size"] if counters and has_members(circuit) else None,
            "delay_us": counters["differential_delay_us"] if counters and has_members(circuit) else None,
            "client": _client_text(counters),
        }
        rows.append(row)
    return rows


def has_members(circuit: Circuit) -> bool:
    """Virtually concatenated: members may differ in delay, and come and go."""
    if circuit.over_pdh:
        return circuit.via in LCAS_VIAS and circuit.vcat
    return circuit.is_group


def circuit_size(circuit: Circuit) -> int:
    """Members; of timeslots how many; 0 of what is one as a whole."""
    sent = sent_members(circuit)
    if circuit.via == "n64":
        return sum(len(one.slots) for one in sent if isinstance(one, E1Slots))
    return len(sent) if has_members(circuit) else 0


def lcas_text(circuit: Circuit, counters: Mapping[str, int] | None) -> str:
    """Of a group: "on", "off", or that only this end has it."""
    if circuit.lcas is None:
        return "off"
    return "on, not at the far end" if counters and counters["plain"] else "on"


def _client_text(counters: Mapping[str, int] | None) -> str | None:
    """What the client's interface is at."""
    if counters is None:
        return None
    state = "gone" if counters["gone"] else "up" if counters["client_up"] else "down"
    return state if counters["carrier"] else f"{state}, no carrier"


def _lines_text(shelf: str, circuit: Circuit) -> str:
    """The VC-4s that it is sent in: "co/1/1/au4.1", "co/1/1/au4.1,3 co/1/2/au4.1"; of PDH its members."""
    if circuit.over_pdh:
        return " ".join(f"{shelf}/{member}" for member in sent_members(circuit))
    by_port: dict[str, list[str]] = {}
    for port, vc4 in dict.fromkeys((one.port, one.vc4) for one in sent_in(circuit)):
        by_port.setdefault(port, []).append(str(vc4))
    return " ".join(f"{shelf}/{port}/au4.{','.join(vc4s)}" for port, vc4s in by_port.items())


def _channel_rows(node: _Node) -> list[Row]:
    rows = []
    for channel in node.config.channels:
        state = node.channels.get(channel)
        path = f"/au4.{channel.vc4}" if channel.channel in PATH_CHANNELS else ""
        row: Row = {
            "port": f"{node.name}/{channel.line}{path}",
            "channel": channel.channel,
            "end": _end_text(channel),
            "state": state.state if state else "unknown",
        }
        for name in ("tx_octets", "rx_octets", "tx_frames", "rx_frames", "rx_dropped", "errors"):
            row[name] = getattr(state, name) if state else None
        rows.append(row)
    return rows


def _end_text(channel: Channel) -> str:
    if isinstance(channel.end, Tun):
        where = f" in netns {os.path.basename(channel.end.netns)}" if channel.end.netns else ""
        return f"tun {channel.end.name}{where}"
    return f"socket {channel.end.path}"
