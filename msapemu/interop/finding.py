"""Finds out what a line does not say: its rate, which groups the sequence numbers mean, whether a client is scrambled.

A sink with a wrong setting counts: headers and FCS do not check. So a second reading is tried where the first does not
come whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msapemu._framing import RATES, Group, Line
from msapemu.interop.grouping import Carried, Gids
from msapemu.interop.linefile import Source
from msapemu.interop.members import Member
from msapemu.interop.passes import ClientFormat, Pass
from msapemu.interop.structure import (
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
    done = Pass(source, rate, structure)
    done.run()
    report = done.report(wanted.vc4)
    for vc4, au in zip(structure.vc4s, report["au"], strict=True):
        vc4.tu3 = tu3s_of(au)
    # VC-4s whose H4 may count are looked at as if each was a group
    for number in counting_vc4s(report):
        structure.vc4s[number - 1].map = "vc4"
        structure.groups.append(Carried("vc4", (Member(number),)))
    # without a null pointer indication there may be no pointer either: then the TUG-3 is read as TU-12s again
    while structure.groups or any(vc4.tu3 for vc4 in structure.vc4s):
        done = Pass(source, rate, structure)
        done.run()
        report = done.report(wanted.vc4)
        if not _drop_tu3s(structure, report):
            break
    labels = {name: path["label"] for name, path in report["vc12"].items()}
    labels |= {name: path["c2"] for name, path in report["vc3"].items()}
    return structure_of(report, wanted, _gids(done, report)), labels


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
    found: dict[Member, Gids] = {}
    for number, au in enumerate(report["au"], 1):
        if au["lcas"] is not None:
            found[Member(number)] = done.line.gids(number)
        for member, path in paths_of(report, number).items():
            if path["lcas"] is not None:
                found[member] = done.line.gids(number, member.unit)
    return found


def find_formats(source: Source, rate: str, structure: Structure) -> list[ClientFormat]:
    """The formats of the groups: scrambled, unless frames come only without; GFP-T by the UPI.

    Groups that were only likely, and are not confirmed, are taken out of `structure`.
    """
    usual = Pass(source, rate, structure)
    usual.run()
    if _drop_unlikely(usual, structure):
        return find_formats(source, rate, structure) if structure.groups else []
    formats = [_format(client.group, form) for client, form in zip(usual.clients, usual.formats, strict=True)]
    missing = [
        number
        for number, client in enumerate(usual.clients)
        if _only_refused(client.group) and not formats[number].transparent
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


def _format(group: Group, form: ClientFormat) -> ClientFormat:
    """The same, transparent-mapped when that is what most frames say."""
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
    counters = group.counters()
    counters["discarded"] -= counters["upi_mismatch"]
    return group.in_sync and not any(counters[name] for name in BROKEN)
