"""A line, from a raw file or a capture -> the Ethernet frames, E1s and E3s in it, and a report of all that was seen."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from msapemu._framing import E1, E3, RATES, Group
from msapemu.ctl.errors import UsageError
from msapemu.interop.finding import find_formats, find_rate, find_structure
from msapemu.interop.frame import ETHERNET
from msapemu.interop.linefile import Source, open_source
from msapemu.interop.octets import same_file
from msapemu.interop.output import whole_file
from msapemu.interop.passes import Client, ClientFormat, Pass
from msapemu.interop.pcap import PcapWriter
from msapemu.interop.rates import line_name
from msapemu.interop.structure import Structure, Wanted
from msapemu.interop.tributaries import V5_BYTE_SYNCHRONOUS, Drain, carries_tributary, new_tributary

# The line's part of the report, in its order.
LINE_KEYS = ["frames", "aligned_at_bit", "oof", "lof", "b1_errors", "b2_errors", "j0", "s1", "k1", "k2", "au"]
PATH_KEYS = ["vc12", "vc3"]


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
    e1: Mapping[str, Path] | None = None,
    e3: Mapping[str, Path] | None = None,
    report: Path | None = None,
) -> Decoded:
    """Decode a line. Ethernet frames go to the pcap file `ethernet`, the report to the JSON file `report`.

    The file is read several times: labels and sequence numbers that tell what it carries come too late for the first
    frames. `members` of VC-4 `vc4`, in sequence order, name a group where the line does not; then it is the only one
    that is taken out. `e1` and `e3`: files for the bits of these VC-12s and VC-3s of VC-4 `vc4`. UsageError for files
    that cannot be read or written; then no output is there. When nothing is aligned there is only the report.
    """
    if not 1 <= vc4 <= max(RATES.values()):
        raise UsageError(f"--vc4: {vc4} is not in 1..{max(RATES.values())}")
    files = {**(e1 or {}), **(e3 or {})}
    check_apart([source], [ethernet, report, *files.values()])
    with ExitStack() as outputs:
        told = outputs.enter_context(whole_file(report)) if report else None
        done = _decode(open_source(source), Wanted(vc4, members, tuple(files)), ethernet, files)
        if told:
            told.write(done.text.encode() + b"\n")
    return done


def check_apart(files: list[Path], targets: Iterable[Path | None]) -> None:
    """UsageError when an output is an input, or another output."""
    for target in targets:
        if target is None:
            continue
        if any(same_file(target, other) or target == other for other in files):
            raise UsageError(f"{target}: is named twice")
        files.append(target)


def _decode(source: Source, wanted: Wanted, ethernet: Path | None, files: Mapping[str, Path]) -> Decoded:
    rate = find_rate(source)
    if rate is None:
        nothing = Pass(source, source.rate or "stm1", Structure([]))
        nothing.run()
        report = {**_report(nothing, 1), "line": source.rate}
        notes = [*_notes(source, Structure([])), f"{source.path}: no STM-N frame alignment found"]
        return Decoded(report, False, notes)
    if wanted.vc4 > RATES[rate]:
        raise UsageError(f"--vc4: an {line_name(rate)} has no VC-4 {wanted.vc4}")
    structure, labels = find_structure(source, rate, wanted)
    formats = find_formats(source, rate, structure) if structure.groups else ()
    # what is surely something else would only put octets without meaning into a file
    tributaries = {
        member: new_tributary(member, labels.get(member) == V5_BYTE_SYNCHRONOUS)
        for member in files
        if member not in labels or carries_tributary(member, labels[member])
    }
    done = Pass(source, rate, structure, formats, tributaries)
    with ExitStack() as outputs:
        streams = {member: outputs.enter_context(whole_file(path)) for member, path in files.items()}
        drains = {member: Drain(tributary, streams[member]) for member, tributary in tributaries.items()}
        if ethernet:
            frames = PcapWriter(outputs.enter_context(whole_file(ethernet)), ETHERNET)
            done.run(frames.write, list(drains.values()))
        else:
            done.run(drains=list(drains.values()))
    report = {**_report(done, wanted.vc4), "overhead": _overhead(done, structure, wanted.vc4)}
    if drains:
        report["tributaries"] = {
            member: _tributary_report(drain.octets, tributaries[member]) for member, drain in drains.items()
        }
    notes = _notes(source, structure)
    for member, path in files.items():
        if member not in drains:
            notes.append(f"{path}: is empty: the label of {_vc(member)} is {labels[member]:02X}h")
        elif not drains[member].octets:
            notes.append(f"{path}: is empty: nothing but ones came out of {_vc(member)}")
    return Decoded(report, True, notes)


def _vc(member: str) -> str:
    return f"VC-12 {member}" if "." in member else f"VC-3 {member}"


def _tributary_report(octets: int, tributary: E1 | E3) -> dict[str, Any]:
    counters = tributary.counters()
    return {
        "kind": "e1" if isinstance(tributary, E1) else "e3",
        "octets": octets,
        "positive": counters["rx_positive"],
        "negative": counters["rx_negative"],
    }


def _notes(source: Source, structure: Structure) -> list[str]:
    """What stands in the way of decoding all; a VC-4 with nothing in it only when there is nothing in any."""
    notes = [source.note] if source.note else []
    for vc4 in structure.vc4s:
        where = f"VC-4 {vc4.number}: " if len(structure.vc4s) > 1 else ""
        if not structure.groups or vc4.map != "unequipped":
            notes += [f"{source.path}: {where}{doubt}" for doubt in vc4.doubts]
    return notes + [f"{source.path}: {doubt}" for doubt in structure.doubts]


def _report(done: Pass, vc4: int) -> dict[str, Any]:
    seen = done.report(vc4)
    defects = [
        {"frame": frame, "object": name, "defect": defect, "state": state} for frame, name, defect, state in done.events
    ]
    records = {"records": asdict(done.source.records)} if done.source.records else {}
    return {
        "line": done.rate,
        **records,
        **{key: seen[key] for key in [*LINE_KEYS, *PATH_KEYS]},
        "groups": [
            group_report(client, form, RATES[done.rate] > 1)
            for client, form in zip(done.clients, done.formats, strict=True)
        ],
        "defects": defects,
    }


def _overhead(done: Pass, structure: Structure, vc4: int) -> dict[str, Any]:
    """The octets of the last frame, and which RDI it is; of VC-3s and VC-12s those of VC-4 `vc4` that are equipped."""

    def path(number: int, member: str | None = None) -> dict[str, Any]:
        seen = done.line.overhead(number, member)
        return {"rdi": seen["rdi"], **seen["octets"]}

    seen = done.report(vc4)
    return {
        "section": done.line.overhead()["octets"],
        "vc4": {str(one.number): path(one.number) for one in structure.vc4s},
        "vc3": {k: path(vc4, k) for k in seen["vc3"]},
        "vc12": {name: path(vc4, name) for name, one in seen["vc12"].items() if one["label"]},
    }


def _delays(client: Client) -> dict[str, int]:
    """How much later each member comes than the first of them, as last measured."""
    members = client.group.members()
    return {name: members[number]["rx"]["delay_us"] for number, name in enumerate(client.carried.names)}


def _management(counters: Mapping[str, int]) -> dict[str, int]:
    """The client management frames by kind."""
    kinds = {kind: counters[f"rx_{kind}_frames"] for kind in ("csf", "dci", "fdi", "rdi")}
    return {**kinds, "other": counters["rx_other_management"]}


def _superblocks(client: Client) -> dict[str, Any]:
    """What GFP-T was made of."""
    counters = client.group.transparent_counters()
    return {
        "client": client.group.client,
        "good": counters["rx_superblocks"],
        **{
            name: counters[f"rx_{name}"]
            for name in ("corrected", "corrected_pairs", "crc_errors", "block_errors", "characters", "pads", "errors")
        },
    }


def _gfp_report(client: Client) -> dict[str, Any]:
    counters = client.group.counters()
    upis, cids = client.group.data_frames()
    transparent = client.group.client is not None
    # what GFP delivered, before anyone looked at the Ethernet FCS
    delivered = counters["rx_client_frames"] + counters["ethernet_fcs_errors"] + counters["rx_dropped"]
    return {
        "mode": "t" if transparent else "f",
        "client_frames": sum(upis.values()) if transparent else delivered,
        "idle_frames": counters["rx_idle_frames"],
        "management_frames": counters["rx_management_frames"],
        "core_hec_corrected": counters["core_hec_corrected"],
        "core_hec_errors": counters["core_hec_errors"],
        "type_hec_errors": counters["type_hec_errors"],
        "payload_fcs_errors": counters["payload_fcs_errors"],
        "sync_losses": counters["sync_losses"],
        "discarded": counters["discarded"],
        "upi": {str(upi): frames for upi, frames in upis.items()},
        **({"channels": {str(cid): frames for cid, frames in cids.items()}} if cids else {}),
        **({"management": _management(counters)} if counters["rx_management_frames"] else {}),
        **({"superblocks": _superblocks(client)} if transparent else {}),
    }


def _hdlc_report(group: Group, form: ClientFormat) -> dict[str, Any]:
    """Of a group whose client is in HDLC frames: how, and what came."""
    counters = group.counters()
    laps = group.adaptation == "laps"
    return {
        "adaptation": group.adaptation,
        "fcs": form.fcs or (32 if laps else 16),
        "stuffing": form.stuffing or ("octet" if laps else "bit"),
        "scrambled": laps if form.scramble is None else form.scramble,
        **({"lan_fcs": bool(form.lan_fcs)} if group.adaptation == "hdlc" else {}),
        "client_frames": counters["rx_client_frames"] + counters["ethernet_fcs_errors"] + counters["rx_dropped"],
        "fcs_errors": counters["payload_fcs_errors"],
        **{name: counters[name] for name in ("aborts", "invalid", "too_short", "too_long", "discarded", "sync_losses")},
    }


def group_report(client: Client, form: ClientFormat, several: bool) -> dict[str, Any]:
    """A group's part of the report; `several`: VC-4s are on the line."""
    carried = client.carried
    counters = client.group.counters()
    hdlc = client.group.adaptation != "gfp"
    return {
        **({"vc4": carried.members[0].vc4} if several else {}),
        "members": carried.names,
        "kind": carried.kind,
        **({"contiguous": True} if carried.contiguous else {}),
        **({"lcas": True} if carried.lcas else {}),
        "differential_delay_us": counters["differential_delay_us"],
        **({"delays_us": _delays(client)} if carried.virtual else {}),
        **({"hdlc": _hdlc_report(client.group, form)} if hdlc else {"gfp": _gfp_report(client)}),
        "ethernet": {"frames": counters["rx_client_frames"], "fcs_errors": counters["ethernet_fcs_errors"]},
    }
