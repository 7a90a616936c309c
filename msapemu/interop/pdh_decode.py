"""E1s, an E2, an E3 in files -> the Ethernet frames and E1s in them, and a report of all that was seen.

E1 files that are given together are the members of a group when their sequence numbers say so. Whether an E1 has the
concatenation octet of G.7043 shows in it: it counts. An E3 is one of G.751, or, when no frames of that are found, of
G.832.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from msapemu.ctl.errors import UsageError
from msapemu.interop.decode import Decoded, check_apart, group_report
from msapemu.interop.e1_bits import OCTETS_SEARCHED, BitDrain, frames_begin
from msapemu.interop.frame import ETHERNET
from msapemu.interop.grouping import Carried, Counted, groups_by_numbers
from msapemu.interop.members import Member
from msapemu.interop.octets import open_octets
from msapemu.interop.output import whole_file
from msapemu.interop.passes import Client, ClientFormat
from msapemu.interop.pcap import PcapWriter
from msapemu.interop.pdh_rates import PDH_RATES, is_pdh
from msapemu.interop.pdh_reading import Delays, PdhGroup, PdhReading

MOST_LINKS = 16


def pdh_decode(
    sources: Sequence[Path],
    *,
    ethernet: Path | None = None,
    e1: Mapping[int, Path] | None = None,
    report: Path | None = None,
) -> Decoded:
    """Decode E1 files that belong together, or one E2 or E3 file. `e1`: files for the bits of these tributaries."""
    files = dict(e1 or {})
    suffix = _suffix(sources)
    check_apart(list(sources), [ethernet, report, *files.values()])
    rate = suffix.removeprefix(".")
    if files and PDH_RATES[rate].e1s < 2:
        raise UsageError("--e1: an E1 has no tributaries")
    for number in files:
        if number > PDH_RATES[rate].e1s:
            raise UsageError(f"--e1: an {PDH_RATES[rate].name} has no tributary {number}")
    with ExitStack() as outputs:
        told = outputs.enter_context(whole_file(report)) if report else None
        done = _decode(sources, rate, ethernet, files)
        if told:
            told.write(done.text.encode() + b"\n")
    return done


def _suffix(sources: Sequence[Path]) -> str:
    for path in sources:
        if not is_pdh(path):
            raise UsageError(f"{path}: is none of {', '.join(sorted({r.suffix for r in PDH_RATES.values()}))}")
        if path.exists() and not path.is_file():
            raise UsageError(f"{path}: not a regular file")
    suffixes = {path.suffix.lower() for path in sources}
    if len(suffixes) > 1:
        raise UsageError(f"files of different lines: {', '.join(sorted(suffixes))}")
    (suffix,) = suffixes
    if suffix == ".e2" and len(sources) > 1:
        raise UsageError(f"{sources[1]}: E2s are decoded one by one")
    if len(sources) > MOST_LINKS:
        raise UsageError(f"{len(sources)} files are more than the {MOST_LINKS} of a group")
    return suffix


def _decode(sources: Sequence[Path], rate: str, ethernet: Path | None, files: Mapping[int, Path]) -> Decoded:
    seen = PdhReading(sources[:1] if rate == "e3" else sources, rate, look=True)
    seen.run()
    aligned = _any_aligned(seen)
    if rate == "e3" and not aligned:
        octets = PdhReading(sources, "g832", look=True)
        octets.run()
        if _any_aligned(octets):
            seen, rate, aligned = octets, "g832", True
    if rate == "e3" and len(sources) > 1:
        raise UsageError(f"{sources[1]}: E3s of G.751 are decoded one by one")
    if rate == "g832" and files:
        raise UsageError("--e1: an E3 of G.832 has no tributaries")
    notes = []
    groups, doubt = _groups(seen)
    framings = ["crc4" if e1.counters()["crc_blocks"] else "basic" for e1 in seen.e1s]
    formats = _formats(sources, rate, groups, framings)
    groups = [one for one, form in zip(groups, formats, strict=True) if form is not None]
    done = PdhReading(sources, rate, groups, [form for form in formats if form is not None], framings)
    with ExitStack() as outputs:
        if ethernet:
            done.run(PcapWriter(outputs.enter_context(whole_file(ethernet)), ETHERNET).write)
        else:
            done.run()
        drains = {number: BitDrain(outputs.enter_context(whole_file(path))) for number, path in files.items()}
        if drains:
            _drain(sources, rate, drains)
    report = _report(done, seen, sources)
    if drains:
        report["tributaries"] = {f"e1.{number}": {"octets": drain.octets} for number, drain in drains.items()}
    if doubt:
        notes.append(doubt)
    if not aligned:
        notes.append(f"{sources[0]}: no frame alignment found")
    for number, drain in drains.items():
        if not drain.octets:
            notes.append(f"{files[number]}: is empty: nothing but ones came out of tributary {number}")
    return Decoded(report, aligned, notes)


def _drain(sources: Sequence[Path], rate: str, drains: Mapping[int, BitDrain]) -> None:
    def take(number: int, octets: bytes) -> None:
        if number + 1 in drains:
            drains[number + 1].take(octets)

    PdhReading(sources, rate).drain(take)
    for drain in drains.values():
        drain.finish()


# ---------------------------------------------------------------- what is on the line


def _line_frames(reading: PdhReading, number: int) -> int:
    """Frames in alignment of a multiplex or of G.832."""
    return int(reading.lines[number].level(reading.lines[number].levels[0])["frames"])


def _any_aligned(reading: PdhReading) -> bool:
    if reading.rate == "e1":
        return any(reading.framed)
    return any(_line_frames(reading, number) for number in range(len(reading.lines)))


class _Place(NamedTuple):
    """An E1, or a line of G.832: what its concatenation octets say."""

    aligned: bool
    sq: int | None = None
    lcas: Mapping[str, Any] | None = None


def _places(reading: PdhReading) -> list[_Place]:
    aligned = reading.framed or [bool(_line_frames(reading, number)) for number in range(len(reading.lines))]
    return [
        _Place(there, told["sq"], told["lcas"]) if there and told is not None else _Place(there)
        for there, told in zip(aligned, reading.said, strict=True)
    ]


def _groups(reading: PdhReading) -> tuple[list[PdhGroup], str | None]:
    """The groups of those that count, and one of each that does not; what stands in the way of the first."""
    names, kind = reading.names, "g832" if reading.rate == "g832" else "e1"
    places = list(enumerate(_places(reading)))
    counted = [
        Counted(Member(1, names[number]), place.sq, place.lcas["ctrl"] if place.lcas else None)
        for number, place in places
        if place.sq is not None
    ]
    groups, doubt = [], None
    for found in groups_by_numbers(kind, counted):
        if found.doubt is None:
            groups += [PdhGroup(one, tuple(names.index(member.unit) for member in one.members)) for one in found.groups]
        else:
            told = ", ".join(f"{one.member.unit} has {one.sq}" for one in counted)
            doubt = f"the sequence numbers are not those of one group ({told})"
    for number, place in places:
        if place.aligned and place.sq is None:
            groups.append(PdhGroup(Carried(kind, (Member(1, names[number]),), virtual=False), (number,)))
    return groups, doubt


def _formats(
    sources: Sequence[Path], rate: str, groups: Sequence[PdhGroup], framings: Sequence[str]
) -> list[ClientFormat | None]:
    """Scrambled, unless frames come only without; None: it is no GFP."""
    if not groups:
        return []
    usual = PdhReading(sources, rate, groups, framings=framings)
    usual.run()
    formats: list[ClientFormat | None] = [
        ClientFormat() if one.carried.virtual or _is_gfp(client) else None
        for one, client in zip(groups, usual.clients, strict=True)
    ]
    if all(form is None or _came(client) for form, client in zip(formats, usual.clients, strict=True)):
        return formats
    plain = PdhReading(sources, rate, groups, [ClientFormat(scramble=False)] * len(groups), framings)
    plain.run()
    for number, (first, second) in enumerate(zip(usual.clients, plain.clients, strict=True)):
        if formats[number] is not None and not _came(first) and _came(second):
            formats[number] = ClientFormat(scramble=False)
    return formats


def _is_gfp(client: Client) -> bool:
    return bool(client.group.counters()["syncs"])


def _came(client: Client) -> bool:
    return bool(client.group.counters()["rx_client_frames"])


# ---------------------------------------------------------------- report


def _report(done: PdhReading, seen: PdhReading, sources: Sequence[Path]) -> dict[str, Any]:
    places = _places(seen)
    multiplexed = PDH_RATES[done.rate].e1s > 1
    links = []
    for number, name in enumerate(done.names):
        entry: dict[str, Any] = {"tributary" if multiplexed else "file": name}
        if done.e1s:
            begins = None if multiplexed else _begins(sources[number])
            entry |= _e1_report(done.e1s[number].counters(), seen.framed[number], begins)
            entry |= {"rai": "P12-RAI" in done.e1s[number].defects, "ais": "P12-AIS" in done.e1s[number].defects}
        else:
            level = done.lines[number].level("g832")
            entry |= {key: value for key, value in level.items() if key not in ("member", "defects")}
            entry |= {"rdi": "MUX-RAI" in done.lines[number].defects, "ais": "MUX-AIS" in done.lines[number].defects}
        entry["sq"] = places[number].sq
        entry["lcas"] = places[number].lcas
        links.append(entry)
    report: dict[str, Any] = {"line": done.rate}
    if multiplexed:
        line = done.lines[0]
        report["frames"] = _line_frames(done, 0)
        report["levels"] = {name: line.level(name) for name in line.levels}
    return {
        **report,
        "links": links,
        "groups": [
            _group_report(*one) for one in zip(done.clients, done.formats, done.delays, strict=True)
        ],
        "defects": [
            {"frame": frame, "object": name, "defect": defect, "state": state}
            for frame, name, defect, state in done.events
        ],
    }


def _group_report(client: Client, form: ClientFormat, delays: Delays) -> dict[str, Any]:
    """The files need not end together."""
    told = group_report(client, form, False)
    told["differential_delay_us"] = delays.differential_us
    if client.carried.virtual:
        told["delays_us"] = delays.late_us
    return told


def _begins(path: Path) -> int | None:
    with open_octets(path) as octets:
        return frames_begin(octets.some(OCTETS_SEARCHED))


def _e1_report(counters: Mapping[str, int], framed: bool, begins: int | None) -> dict[str, Any]:
    return {
        "frames": counters["frames"],
        "aligned": framed,
        "aligned_at_bit": begins,
        "losses": counters["losses"],
        "fas_errors": counters["fas_errors"],
        "crc4": "multiframe" if counters["crc_blocks"] else "none",
        "crc4_errors": counters["crc_errors"],
        "e_bits": counters["e_bits"],
    }
