"""A raw STM-1 line file -> the Ethernet frames in it and a report of all that was seen on the way."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msapemu._framing import Group, Line, LineMap
from msapemu.ctl.errors import UsageError
from msapemu.interop.frame import ETHERNET
from msapemu.interop.linefile import STM1_OCTETS, read_blocks
from msapemu.interop.octets import same_file
from msapemu.interop.output import whole_file
from msapemu.interop.pcap import PcapWriter
from msapemu.interop.structure import Structure, structure_of

FRAME_NS = 125_000
# A VC-4 is known by its number where there are several; an STM-1 has the one.
WHOLE_VC4 = "1"

# The line's part of the report, in its order.
LINE_KEYS = ["frames", "aligned_at_bit", "oof", "lof", "b1_errors", "b2_errors", "j0", "s1", "k1", "k2", "au", "vc12"]

Deliver = Callable[[bytes, int], None]  # an Ethernet frame without FCS, ns since the start of the line


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

    The file is read twice: the labels and sequence numbers that tell what it carries come too late for the first
    frames. `members` names a VC-12 group, in sequence order, where the line does not. UsageError for files that
    cannot be read or written; then neither output is there.
    """
    if vc4 != 1:
        raise UsageError(f"--vc4: an STM-1 has no VC-4 {vc4}")
    _check_apart(source, ethernet, report)
    with ExitStack() as outputs:
        pcap = outputs.enter_context(whole_file(ethernet)) if ethernet else None
        told = outputs.enter_context(whole_file(report)) if report else None
        done = _decode(source, members, PcapWriter(pcap, ETHERNET).write if pcap else _nowhere)
        if told:
            told.write(done.text.encode() + b"\n")
    return done


def _nowhere(octets: bytes, time: int) -> None:
    pass


def _check_apart(source: Path, *targets: Path | None) -> None:
    files = [source]
    for target in targets:
        if target is None:
            continue
        if any(same_file(target, other) or target == other for other in files):
            raise UsageError(f"{target}: is named twice")
        files.append(target)


def _decode(source: Path, members: tuple[str, ...] | None, deliver: Deliver) -> Decoded:
    first = _Pass(source, Structure("tug", []))
    first.run(_nowhere)
    seen = first.line.report()
    if seen["aligned_at_bit"] is None or not seen["frames"]:
        return Decoded(_report(first), False, [f"{source}: no STM-1 frame alignment found"])
    structure = structure_of(seen, members)
    done = _Pass(source, structure)
    done.run(deliver)
    if done.unreadable:
        # Nothing on a line says whether the payload goes through x^43 + 1; headers that check without it do.
        plain = _Pass(source, structure, scramble=False)
        plain.run(deliver)
        done = done if plain.unreadable else plain
    notes = [f"{source}: {structure.doubt}"] if structure.doubt else []
    return Decoded(_report(done), True, notes)


class _Pass:
    """The file once through a line with the groups of `structure` on it."""

    def __init__(self, source: Path, structure: Structure, scramble: bool = True) -> None:
        self.source = source
        self.structure = structure
        self.groups = [Group(scramble=scramble) for _ in structure.groups]
        self.line = Line()
        self.line.apply(LineMap(structure.kind, list(zip(self.groups, structure.groups, strict=True))))
        self.events: list[tuple[int, str, str, str]] = []

    def run(self, deliver: Deliver) -> None:
        position = 0
        for block in read_blocks(self.source):
            self.line.parse(block)
            self.events += self.line.events()
            time = position // STM1_OCTETS * FRAME_NS
            for group in self.groups:
                for frame in group.receive():
                    deliver(frame, time)
            position += len(block)

    @property
    def unreadable(self) -> bool:
        """GFP frames came, and no payload header was right."""
        counters = [group.counters() for group in self.groups]
        right = ("rx_client_frames", "rx_management_frames", "ethernet_fcs_errors", "discarded", "rx_dropped")
        return any(count["type_hec_errors"] for count in counters) and not any(
            count[name] for count in counters for name in right
        )


def _report(done: _Pass) -> dict[str, Any]:
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
