"""The groups of a running lab, and what each of their members is at, at both ends."""

from __future__ import annotations

from dataclasses import dataclass

from msapemu.ctl import config
from msapemu.ctl.client import Unreachable
from msapemu.ctl.config import Circuit
from msapemu.ctl.errors import MsapemuError, UsageError
from msapemu.ctl.members import member_text, received_members, sent_members
from msapemu.ctl.status import MemberRecord, Snapshot, StatusReader
from msapemu.lab.inspect import Row, has_members, lcas_text
from msapemu.lab.record import read_record
from msapemu.node.capacity import group_bps, via_text

SOURCE = ("state", "ctrl", "sq", "mst")
SINK = ("state", "ctrl", "sq", "delay_us", "packets", "crc_errors")


@dataclass(frozen=True, slots=True)
class Groups:
    """One row an end of a group, and one a member at each end; every row of a table has the same keys."""

    groups: list[Row]
    members: list[Row]


def show(lab: str, name: str | None = None, members: tuple[str, ...] = ()) -> Groups:
    """Of circuit `name`, or of all that have members; of these members, or of all.

    MsapemuError when no such lab is deployed or none of its shelves runs, UsageError when it has no such circuit.
    """
    record = read_record(lab)
    if record is None:
        raise MsapemuError(f"{lab}: no such lab is deployed")
    found = Groups([], [])
    names: set[str] = set()
    for shelf in record.shelves:
        snapshot = None
        try:
            with StatusReader(shelf.folder / "status") as reader:
                snapshot = reader.read()
        except Unreachable:
            pass  # its rows say that nothing is known
        for circuit in config.load(shelf.config).circuits:
            names.add(circuit.name)
            if has_members(circuit) and name in (None, circuit.name):
                found.groups.append(_group_row(shelf.node, circuit, snapshot))
                found.members.extend(_member_rows(shelf.node, circuit, snapshot, members))
    if name is not None and name not in names:
        raise UsageError(f"{name}: lab {lab} has no such circuit (circuits: {', '.join(sorted(names)) or 'none'})")
    if name is not None and not found.groups:
        raise UsageError(f"{name}: it is contiguous and has no members")
    if members and not found.members:
        raise UsageError(f"{name}: {members[0]} is no member")
    return found


def _group_row(shelf: str, circuit: Circuit, snapshot: Snapshot | None) -> Row:
    counters = snapshot.groups.get(circuit.port) if snapshot else None
    size = len(sent_members(circuit))
    state = "unknown"
    if snapshot is not None and counters is not None:
        state = " ".join(snapshot.defect_names(counters["defects"])) or "ok"
    row: Row = {
        "circuit": circuit.name,
        "group": f"{shelf}/{circuit.port}/vcg",
        "via": via_text(circuit.via, size),
        "lcas": lcas_text(circuit, counters),
        "state": state,
    }
    for key in ("tx_members", "tx_size", "rx_members", "rx_size"):
        row[key] = counters[key] if counters else None
    row["tx_mbps"] = round(group_bps(circuit.via, counters["tx_size"]) / 1e6, 3) if counters else None
    row["delay_us"] = counters["differential_delay_us"] if counters else None
    row["ack_timeouts"] = counters["ack_timeouts"] if counters else None
    return row


def _member_rows(shelf: str, circuit: Circuit, snapshot: Snapshot | None, members: tuple[str, ...]) -> list[Row]:
    sent, received = sent_members(circuit), received_members(circuit)
    records = snapshot.members.get(circuit.port, {}) if snapshot else {}
    rows = []
    for container in dict.fromkeys(sent + received):
        if members and not {str(container), member_text(circuit, container), f"{shelf}:{container}"} & set(members):
            continue
        record = records.get(str(container))
        row: Row = {
            "circuit": circuit.name,
            "end": f"{shelf}/{circuit.port}",
            "member": str(container),
        }
        row |= _half("tx", SOURCE, record if container in sent else None, circuit)
        row |= _half("rx", SINK, record if container in received else None, circuit)
        row["defects"] = _defects(record, snapshot) if container in received else None
        rows.append(row)
    return rows


def _half(half: str, keys: tuple[str, ...], record: MemberRecord | None, circuit: Circuit) -> Row:
    """Without LCAS only sequence numbers and delays say anything."""
    told = keys if circuit.lcas is not None else ("sq", "delay_us")
    return {f"{half}_{key}": record[f"{half}_{key}"] if record and key in told else None for key in keys}


def _defects(record: MemberRecord | None, snapshot: Snapshot | None) -> str:
    if record is None or snapshot is None:
        return "unknown"
    names = snapshot.defect_names(int(record["rx_defects"]))
    if names:
        return " ".join(names)
    return "ok" if record["rx_alive"] else "no signal"
