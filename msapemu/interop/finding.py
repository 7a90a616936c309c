"""Finds out what a line does not say: its rate, which groups the sequence numbers mean, whether a client is scrambled.

A sink with a wrong setting counts: headers and FCS do not check. So a second reading is tried where the first does not
come whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from msapemu._framing import RATES, Group, Line
from msapemu.interop.grouping import Carried, Gids
from msapemu.interop.linefile import Source
from msapemu.interop.members import Member
from msapemu.interop.passes import ClientFormat, Pass
from msapemu.interop.structure import (
    ADAPTATION_OF_C2,
    Structure,
    Vc4,
    Wanted,
    counting_vc4s,
    paths_of,
    structure_of,
    tu3s_of,
)

# G.7041 table 6-3: the clients of GFP-T by UPI
TRANSPARENT_CLIENTS = {3: "fc", 4: "ficon", 5: "escon", 6: "ethernet", 9: "dvb-asi"}
LAST = ("sq", "lcas", "extended_label")  # what a VC says by its multiframe
# Of HDLC: in the order in which they are tried
HDLC_FORMATS = {
    "laps": [ClientFormat(scramble=scramble) for scramble in (True, False)],
    "ppp": [
        ClientFormat(scramble, None, lan_fcs is not None, fcs, stuffing, lan_fcs)
        for lan_fcs in (None, True, False)  # None: PPP, whose frames say it
        for fcs, stuffing, scramble in product((32, 16), ("octet", "bit"), (True, False))
    ],
}
HDLC_WRONG = 16  # of what is no frame before another format is tried
REFUSED = ("discarded", "type_hec_errors", "extension_hec_errors", "payload_fcs_errors", "ethernet_fcs_errors")
BROKEN = ("core_hec_errors", "sync_losses", *REFUSED)


def find_rate(source: Source) -> str | None:
    """The rate whose frame alignment is found: A1 and A2 in runs of 3 N, once a frame. None: that of none."""
    next(source.pieces(), None)  # the first frame of a capture tells
    for rate in [source.rate] if source.rate else RATES:
        line = Line(rate=rate)
        for piece in source.pieces():
            if isinstance(piece, bytes):
                line.parse(piece)
            if line.counters()["frames"]:
                source.rate = rate
                return rate
    return None


def find_structure(source: Source, rate: str, wanted: Wanted) -> tuple[Structure, dict[str, int]]:
    """What the line carries, by all that is known of it at its end; the labels of the VCs of `wanted.vc4`, by name."""
    structure = Structure([Vc4(number, map="tug") for number in range(1, RATES[rate] + 1)])
    done, report = _look_through(source, rate, structure, wanted)
    for vc4, au in zip(structure.vc4s, report["au"], strict=True):
        vc4.tu3 = tu3s_of(au)
    # VC-4s whose H4 may count are looked at as if each was a group
    for number in counting_vc4s(report):
        structure.vc4s[number - 1].map = "vc4"
        adaptation = ADAPTATION_OF_C2[report["au"][number - 1]["c2"]]
        structure.groups.append(Carried("vc4", (Member(number),), adaptation=adaptation))
    # without a null pointer indication there may be no pointer either: then the TUG-3 is read as TU-12s again
    while structure.groups or any(vc4.tu3 for vc4 in structure.vc4s):
        done, report = _look_through(source, rate, structure, wanted)
        if not _drop_tu3s(structure, report):
            break
    labels = {name: path["label"] for name, path in report["vc12"].items()}
    labels |= {name: path["c2"] for name, path in report["vc3"].items()}
    return structure_of(report, wanted, _gids(done, report)), labels


def _look_through(source: Source, rate: str, structure: Structure, wanted: Wanted) -> tuple[Pass, dict[str, Any]]:
    """What the receiver knows of the line at its end; of VCs that count no more then, as they did last."""
    done = Pass(source, rate, structure)
    last: dict[Member, dict[str, Any]] = {}

    def look() -> None:
        for member, path in _counting_paths(done.report(wanted.vc4)):
            if path["sq"] is not None:
                last[member] = {key: path[key] for key in LAST if key in path}

    done.run(look=look)
    report = done.report(wanted.vc4)
    for member, path in _counting_paths(report):
        if path["sq"] is None and member in last:
            path.update(last[member])
    return done, report


def _counting_paths(report: Mapping[str, Any]) -> Iterator[tuple[Member, dict[str, Any]]]:
    """The VCs that may be members of groups."""
    for number, au in enumerate(report["au"], 1):
        yield Member(number), au
        yield from paths_of(report, number).items()


def _drop_tu3s(structure: Structure, report: Mapping[str, Any]) -> bool:
    """Whether some TUG-3 had no VC-3; it is none of those with a TU-3 then."""
    dropped = False
    for vc4, au in zip(structure.vc4s, report["au"], strict=True):
        found = tuple(k for k in vc4.tu3 if k in au.get("vc3", report["vc3"]))
        dropped = dropped or found != vc4.tu3
        vc4.tu3 = found
    return dropped


def _gids(done: Pass, report: Mapping[str, Any]) -> dict[Member, Gids]:
    """The group identifications of the VCs with LCAS."""
    found = {
        member: done.line.gids(member.vc4, member.unit or None)
        for member, path in _counting_paths(report)
        if path["lcas"] is not None
    }
    return {member: told for member, told in found.items() if any(gid is not None for gid in told[1])}


def find_formats(source: Source, rate: str, structure: Structure) -> list[ClientFormat]:
    """The formats of the groups: scrambled, unless frames come only without; GFP-T by the UPI.

    Groups that were only likely, and are not confirmed, are taken out of `structure`.
    """
    usual = Pass(source, rate, structure)
    usual.run()
    if _drop_unlikely(usual, structure):
        return find_formats(source, rate, structure) if structure.groups else []
    formats = [_format(client.group, form) for client, form in zip(usual.clients, usual.formats, strict=True)]
    _find_hdlc(source, rate, structure, formats)
    missing = [
        number
        for number, client in enumerate(usual.clients)
        if client.carried.adaptation == "gfp" and _only_refused(client.group) and not formats[number].transparent
    ]
    if not missing:
        return formats
    plain = Pass(source, rate, structure, [ClientFormat(scramble=False)] * len(usual.clients))
    plain.run(stop=lambda: all(_came(plain.clients[number].group) for number in missing))
    for number in missing:
        form = _format(plain.clients[number].group, plain.formats[number])
        if _came(plain.clients[number].group) or form.transparent:
            formats[number] = form
    return formats


def _find_hdlc(source: Source, rate: str, structure: Structure, formats: list[ClientFormat]) -> None:
    """Put the formats of the groups in HDLC frames there: the first with which client frames come, all groups at a
    time."""
    tried = {
        number: HDLC_FORMATS[one.adaptation] for number, one in enumerate(structure.groups) if one.adaptation != "gfp"
    }
    for turn in range(max(map(len, tried.values()), default=0)):
        turns = {number: forms[turn] for number, forms in tried.items() if turn < len(forms)}
        if not turns:
            return
        done = Pass(source, rate, structure, [turns.get(number, form) for number, form in enumerate(formats)])
        groups = [done.clients[number].group for number in turns]
        done.run(stop=lambda groups=groups: all(_came(group) or _is_wrong(group) for group in groups))  # type: ignore[misc]
        for number, form in turns.items():
            if _came(done.clients[number].group):
                formats[number] = form
                del tried[number]


def _is_wrong(group: Group) -> bool:
    """What came is no frames of HDLC."""
    counters = group.counters()
    return sum(counters[name] for name in ("payload_fcs_errors", "aborts", "invalid", "too_long")) >= HDLC_WRONG


def _format(group: Group, form: ClientFormat) -> ClientFormat:
    """The same, transparent-mapped when that is what most frames say."""
    if group.adaptation != "gfp":
        return form
    upis, _ = group.data_frames()
    most = max(upis, key=lambda upi: upis[upi], default=0)
    if not most or upis[most] <= group.counters()["type_hec_errors"]:
        return form
    return form._replace(transparent=TRANSPARENT_CLIENTS.get(most))


def _drop_unlikely(usual: Pass, structure: Structure) -> bool:
    """Whether any group was dropped; what stays is no longer in doubt."""
    dropped = False
    for guess in structure.guesses:
        guessed = [client for client in usual.clients if any(client.carried is one for one in guess.groups)]
        if not all(_is_whole(client.group) for client in guessed):
            dropped = True
            structure.drop(guess)
    structure.guesses = []
    return dropped


def _came(group: Group) -> bool:
    return bool(group.counters()["rx_client_frames"])


def _only_refused(group: Group) -> bool:
    counters = group.counters()
    return not _came(group) and any(counters[name] for name in REFUSED)


def _is_whole(group: Group) -> bool:
    """Delineation was found and never lost. Members in a wrong order, or of different groups, do not give that."""
    if group.adaptation != "gfp":
        return group.in_sync
    counters = group.counters()
    counters["discarded"] -= counters["upi_mismatch"]
    return group.in_sync and not any(counters[name] for name in BROKEN)
