"""A raw STM-1 line file -> the Ethernet frames in it and a report of all that was seen on the way."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msapemu.ctl.errors import UsageError
from msapemu.interop.formats import client_formats
from msapemu.interop.frame import ETHERNET
from msapemu.interop.octets import same_file
from msapemu.interop.output import whole_file
from msapemu.interop.passes import Pass
from msapemu.interop.pcap import PcapWriter
from msapemu.interop.structure import Structure, structure_of

# A VC-4 is known by its number where there are several; an STM-1 has the one.
WHOLE_VC4 = "1"

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
    """Decode a line file. Ethernet frames go to the pcap file `ethernet`, the report to the JSON file `report`.

    The file is read several times: labels and sequence numbers that tell what it carries come too late for the
    first frames. `members` names a VC-12 group, in sequence order, where the line does not. UsageError for files that
    cannot be read or written; then neither output is there. When nothing is aligned there is only the report.
    """
    if vc4 != 1:
        raise UsageError(f"--vc4: an STM-1 has no VC-4 {vc4}")
    _check_apart(source, ethernet, report)
    with ExitStack() as outputs:
        told = outputs.enter_context(whole_file(report)) if report else None
        done = _decode(source, members, ethernet)
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


def _decode(source: Path, members: tuple[str, ...] | None, ethernet: Path | None) -> Decoded:
    first = Pass(source, Structure("tug", []))
    first.run()
    seen = first.line.report()
    if seen["aligned_at_bit"] is None or not seen["frames"]:
        return Decoded(_report(first), False, [f"{source}: no STM-1 frame alignment found"])
    structure = structure_of(seen, members)
    done = Pass(source, structure, client_formats(source, structure) if structure.groups else ())
    if ethernet:
        with whole_file(ethernet) as stream:
            done.run(PcapWriter(stream, ETHERNET).write)
    else:
        done.run()
    notes = [f"{source}: {structure.doubt}"] if structure.doubt else []
    return Decoded(_report(done), True, notes)


def _report(done: Pass) -> dict[str, Any]:
    groups = [
        _group_report(members, group.counters())
        for group, members in zip(done.groups, done.structure.groups, strict=True)
    ]
    defects = [
        {"frame": frame, "object": name, "defect": defect, "state": state}
        for frame, name, defect, state in done.events
    ]
    seen = done.line.report()
    return {"line": "stm1", **{key: seen[key] for key in LINE_KEYS}, "groups": groups, "defects": defects}


def _group_report(members: tuple[str, ...], counters: dict[str, int]) -> dict[str, Any]:
    # what GFP delivered, before anyone looked at the Ethernet FCS
    delivered = counters["rx_client_frames"] + counters["ethernet_fcs_errors"] + counters["rx_dropped"]
    return {
        "members": list(members or (WHOLE_VC4,)),
        "kind": "vc12" if members else "vc4",
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
