"""What runs of PDH: rows of its lines, of E1s that end in a shelf, of E1 client ports and of V.35 ports."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from msapemu.ctl import impairments
from msapemu.ctl.config import RATE_NAMES, STM_N, Cesop, E1Framing, File, HdlcUdp, Pty, Satop, SerialTun, Shelf, Socket
from msapemu.ctl.e1 import E1Place, parse_slots
from msapemu.ctl.e1_uses import E1Uses, e1_uses
from msapemu.ctl.messages import V35State
from msapemu.ctl.status import Snapshot

Row = dict[str, str | int | float | None]
End = Socket | File | Satop | Cesop | SerialTun | Pty | HdlcUdp

FRAMING_NAMES = {"crc4": "CRC-4", "basic": "basic", "unframed": "unframed"}
ENCAPSULATION_NAMES = {"ppp": "PPP", "chdlc": "Cisco HDLC", "fr": "Frame Relay"}
E1_COUNTERS = ("losses", "fas_errors", "crc_errors", "e_bits", "slips")
E1_PORT_COUNTERS = (
    "tx_octets", "rx_octets", "rx_filled", "tx_dropped", "tx_datagrams", "rx_datagrams",
    "pw_lost", "pw_late", "pw_underruns", "pw_overruns", "pw_delay_us",
)  # fmt: skip
V35_COUNTERS = ("tx_octets", "rx_octets", "tx_frames", "rx_frames", "rx_dropped", "errors")


def line_rows(name: str, config: Shelf, snapshot: Snapshot | None, far: Mapping[str, str]) -> Iterator[Row]:
    """PDH lines; those over SAToP are among the E1 ports."""
    for line in config.lines:
        if line.rate in STM_N or isinstance(line.link, Satop):
            continue
        counters = snapshot.lines.get(line.port) if snapshot else None
        levels = list(snapshot.levels.get(line.port, {}).values()) if snapshot else []
        state = "unplugged" if line.link is None else state_text(snapshot, counters)
        row: Row = {
            "port": f"{name}/{line.port}",
            "rate": RATE_NAMES[line.rate],
            "peer": far.get(line.link.peer, line.link.peer) if line.link else None,
            "state": state,
            "impaired": impairments.text(line.impair) or None,
        }
        for key, field in (("tx_frames", "tx_frames"), ("rx_frames", "frames"), ("lost_frames", "lost_frames")):
            row[key] = counters[field] if counters else None
        framed = [*levels, *([_of_g832(counters)] if counters and line.rate == "g832" else [])]
        for key in ("losses", "fas_errors"):
            row[key] = sum(level[key] for level in framed) if counters else None
        row["bit_errors"] = counters["bit_errors"] if counters else None
        yield row


def _of_g832(counters: Mapping[str, int]) -> dict[str, int]:
    return {key: counters[f"g832_{key}"] for key in ("losses", "fas_errors")}


def e1_rows(name: str, config: Shelf, snapshot: Snapshot | None) -> Iterator[Row]:
    """E1s that end in the shelf."""
    uses = e1_uses(config)
    for place, framing in uses.framed.items():
        counters = snapshot.e1s.get(str(place)) if snapshot else None
        row: Row = {
            "e1": f"{name}/{place}",
            "framing": framing_text(framing),
            "carries": " ".join(_carried(config, uses, place)) or None,
            "state": state_text(snapshot, counters),
            "alignment": str(counters["state"]).lower() if counters else None,
        }
        for key in E1_COUNTERS:
            row[key] = counters[key] if counters else None
        yield row


def framing_text(framing: E1Framing) -> str:
    return FRAMING_NAMES[framing.framing] + (", CAS" if framing.cas else "")


def _carried(config: Shelf, uses: E1Uses, place: E1Place) -> Iterator[str]:
    """Circuits, and timeslots that are connected."""
    for circuit in config.circuits:
        members = (*circuit.members, *circuit.tx_members, *circuit.rx_members) if circuit.over_pdh else ()
        if any(parse_slots(member).place == place for member in members):
            yield circuit.name
    for sink, source in uses.slots:
        if sink.place == place and sink.slots:
            yield f"{str(sink).rpartition(':')[2]}:{source}"


def e1_port_rows(name: str, config: Shelf, snapshot: Snapshot | None, far: Mapping[str, str]) -> Iterator[Row]:
    """E1 client ports, and lines over SAToP."""
    uses = e1_uses(config)
    ends: list[tuple[str, End | None]] = [(client.port, client.end) for client in config.e1_clients]
    ends += [(line.port, line.link) for line in config.lines if isinstance(line.link, Satop)]
    for port, end in ends:
        counters = snapshot.e1_clients.get(port) if snapshot else None
        connected = next((str(source) for sink, source in uses.passes if str(sink) == port), None)
        text = end_text(end)
        if isinstance(end, Satop) and end.peer in far:
            text = f"satop to {far[end.peer]}"
        row: Row = {
            "port": f"{name}/{port}",
            "end": text,
            "connected": connected,
            "state": "unplugged" if end is None else state_text(snapshot, counters),
        }
        for key in E1_PORT_COUNTERS:
            row[key] = counters[key] if counters else None
        yield row


def v35_rows(name: str, config: Shelf, states: Mapping[str, V35State]) -> Iterator[Row]:
    """V.35 ports in circuits."""
    uses = e1_uses(config)
    for port in config.v35:
        state = states.get(port.port)
        connected = next((str(source) for sink, source in uses.slots if str(sink) == port.port), None)
        row: Row = {
            "port": f"{name}/{port.port}",
            "timeslots": port.timeslots,
            "kbps": 64 * port.timeslots,
            "end": end_text(port.end),
            "connected": connected,
            "state": state.state if state else "unplugged" if port.end is None else "unknown",
            "line": ("up" if state.line else "down") if state else None,
            "protocol": state.protocol if state else None,
            "detail": state.detail or None if state else None,
        }
        for key in V35_COUNTERS:
            row[key] = getattr(state, key) if state else None
        yield row


def state_text(snapshot: Snapshot | None, counters: Mapping[str, int | str] | None) -> str:
    """The defects that stand, "ok", or "unknown"."""
    if snapshot is None or counters is None:
        return "unknown"
    return " ".join(snapshot.defect_names(int(counters["defects"]))) or "ok"


def end_text(end: End | None) -> str | None:
    """What is plugged in, for people."""
    match end:
        case SerialTun():
            where = f" in netns {os.path.basename(end.netns)}" if end.netns else ""
            return f"tun {end.name}{where}, {ENCAPSULATION_NAMES[end.encapsulation]}"
        case Socket():
            return f"socket {end.path}"
        case Pty():
            return f"pty {end.path}"
        case HdlcUdp():
            return f"hdlc-udp {end.local} to {end.peer}"
        case File():
            return " ".join(f"{key} {path}" for key, path in (("read", end.read), ("write", end.write)) if path)
        case Satop():
            return f"satop {end.local} to {end.peer}"
        case Cesop():
            return f"cesop {end.local} to {end.peer}, timeslots {end.timeslots}"
        case None:
            return None
