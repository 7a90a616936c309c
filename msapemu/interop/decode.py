"""A line, from a raw file or a capture -> the Ethernet frames in it and a report of all that was seen on the way."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from msapemu._framing import RATES
from msapemu.ctl.errors import UsageError
from msapemu.interop.finding import find_formats, find_rate, find_structure
from msapemu.interop.frame import ETHERNET
from msapemu.interop.linefile import Source, open_source
from msapemu.interop.octets import same_file
from msapemu.interop.output import whole_file
from msapemu.interop.passes import Client, Pass
from msapemu.interop.pcap import PcapWriter
from msapemu.interop.rates import line_name
from msapemu.interop.structure import Vc4

# The line's part of the report, in its order.
LINE_KEYS = ["frames", "aligned_at_bit", "oof", "lof", "b1_errors", "b2_errors", "j0", "s1", "k1", "k2", "au", "vc12"]


@dataclass
class Decoded:
    """The report (DESIGN 6.3), whether anything was aligned, and what the user should know besides."""

    report: dict[str, Any]
    aligned: bool
    notes: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The report as JSON."""
        return json.dumps(self.report, indent=2)


def decode(
    source: Path,
    *,
    vc4: int = 1,
    members: tuple[str, ...] | None = None,
    ethernet: Path | None = None,
    report: Path | None = None,
) -> Decoded:
    """Decode a line. Ethernet frames go to the pcap file `ethernet`, the report to the JSON file `report`.

    The file is read several times: labels and sequence numbers that tell what it carries come too late for the first
    frames. `members` of VC-4 `vc4`, in sequence order, name a group where the line does not; then it is the only one
    that is taken out. UsageError for files that cannot be read or written; then neither output is there. When nothing
    is aligned there is only the report.
    """
    if not 1 <= vc4 <= max(RATES.values()):
        raise UsageError(f"--vc4: {vc4} is not in 1..{max(RATES.values())}")
    _check_apart(source, ethernet, report)
    with ExitStack() as outputs:
        told = outputs.enter_context(whole_file(report)) if report else None
        done = _decode(open_source(source), vc4, members, ethernet)
        if told:
            told.write(done.text.encode() + b"\n")
    return done


def _check_apart(source: Path, *targets: Path | None) -> None:
    files = [source]
    for target in targets:
        if target is None:
            continue
        if any(same_file(target, other) or target == other for other in files):
            raise UsageError(f"{target}: is named twice")
        files.append(target)


def _decode(source: Source, vc4: int, members: tuple[str, ...] | None, ethernet: Path | None) -> Decoded:
    rate = find_rate(source)
    if rate is None:
        nothing = Pass(source, source.rate or "stm1", [])
        nothing.run()
        report = {**_report(nothing, 1), "line": source.rate}
        return Decoded(report, False, [*_notes(source, []), f"{source.path}: no STM-N frame alignment found"])
    if vc4 > RATES[rate]:
        raise UsageError(f"--vc4: an {line_name(rate)} has no VC-4 {vc4}")
    structure = find_structure(source, rate, vc4, members)
    formats = find_formats(source, rate, structure) if any(one.groups for one in structure) else ()
    done = Pass(source, rate, structure, formats)
    if ethernet:
        with whole_file(ethernet) as stream:
            done.run(PcapWriter(stream, ETHERNET).write)
    else:
        done.run()
    return Decoded(_report(done, vc4), True, _notes(source, structure))


def _notes(source: Source, structure: Sequence[Vc4]) -> list[str]:
    """What stands in the way of decoding all; a VC-4 with nothing in it only when there is nothing in any."""
    notes = [source.note] if source.note else []
    some = any(vc4.groups for vc4 in structure)
    for vc4 in structure:
        if vc4.doubt is None or (some and vc4.map == "unequipped"):
            continue
        where = f"VC-4 {vc4.number}: " if len(structure) > 1 else ""
        notes.append(f"{source.path}: {where}{vc4.doubt}")
    return notes


def _report(done: Pass, vc4: int) -> dict[str, Any]:
    seen = done.report(vc4)
    defects = [
        {"frame": frame, "object": name, "defect": defect, "state": state}
        for frame, name, defect, state in done.events
    ]
    records = {"records": asdict(done.source.records)} if done.source.records else {}
    return {
        "line": done.rate,
        **records,
        **{key: seen[key] for key in LINE_KEYS},
        "groups": [_group_report(client, RATES[done.rate] > 1) for client in done.clients],
        "defects": defects,
    }


def _group_report(client: Client, several: bool) -> dict[str, Any]:
    counters = client.group.counters()
    # what GFP delivered, before anyone looked at the Ethernet FCS
    delivered = counters["rx_client_frames"] + counters["ethernet_fcs_errors"] + counters["rx_dropped"]
    return {
        **({"vc4": client.vc4} if several else {}),
        "members": list(client.carried.members),
        "kind": client.carried.kind,
        **({"contiguous": True} if client.carried.contiguous else {}),
        "differential_delay_us": counters["differential_delay_us"],
        "gfp": {
            "mode": "f",
            "client_frames": delivered,
            "idle_frames": counters["rx_idle_frames"],
            "management_frames": counters["rx_management_frames"],
            "core_hec_corrected": counters["core_hec_corrected"],
            "core_hec_errors": counters["core_hec_errors"],
            "type_hec_errors": counters["type_hec_errors"],
            "payload_fcs_errors": counters["payload_fcs_errors"],
            "sync_losses": counters["sync_losses"],
            "discarded": counters["discarded"],
        },
        "ethernet": {"frames": counters["rx_client_frames"], "fcs_errors": counters["ethernet_fcs_errors"]},
    }
