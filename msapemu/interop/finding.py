"""Finds out what a line does not say: its rate, which groups the sequence numbers mean, whether a client is scrambled.

A sink with a wrong setting counts: headers and FCS do not check. So a second reading is tried where the first does not
come whole.
"""

from __future__ import annotations

from collections.abc import Sequence

from msapemu._framing import RATES, Group, Line
from msapemu.interop.linefile import Source
from msapemu.interop.passes import ClientFormat, Pass
from msapemu.interop.structure import Vc4, Wanted, structure_of, tu3s_of

REFUSED = ("discarded", "type_hec_errors", "payload_fcs_errors", "ethernet_fcs_errors")
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


def find_structure(source: Source, rate: str, wanted: Wanted) -> tuple[list[Vc4], dict[str, int]]:
    """What the line carries, by all that is known of it at its end; the signal labels of the VC-12s of `wanted.vc4`."""
    structure = [Vc4(number, map="tug") for number in range(1, RATES[rate] + 1)]
    nothing_known = Pass(source, rate, structure)
    nothing_known.run()
    report = nothing_known.report(wanted.vc4)
    for vc4, au in zip(structure, report["au"], strict=True):
        vc4.tu3 = tu3s_of(au)
    if any(vc4.tu3 for vc4 in structure):
        tu3s_known = Pass(source, rate, structure)
        tu3s_known.run()
        report = tu3s_known.report(wanted.vc4)
    return structure_of(report, wanted), {name: path["label"] for name, path in report["vc12"].items()}


def find_formats(source: Source, rate: str, structure: Sequence[Vc4]) -> list[ClientFormat]:
    """The formats of the groups: scrambled, unless frames come only without.

    Groups that were only likely, and are not confirmed, are taken out of `structure`.
    """
    usual = Pass(source, rate, structure)
    usual.run()
    if any(vc4.likely for vc4 in structure) and _drop_unlikely(usual, structure):
        return find_formats(source, rate, structure)
    missing = [number for number, client in enumerate(usual.clients) if _only_refused(client.group)]
    if not missing:
        return usual.formats
    plain = Pass(source, rate, structure, [ClientFormat(scramble=False)] * len(usual.clients))
    plain.run(stop=lambda: all(_came(plain.clients[number].group) for number in missing))
    return [
        plain.formats[number] if number in missing and _came(plain.clients[number].group) else usual.formats[number]
        for number in range(len(usual.clients))
    ]


def _drop_unlikely(usual: Pass, structure: Sequence[Vc4]) -> bool:
    """Whether anything was dropped; what stays is no longer in doubt."""
    dropped = False
    for vc4 in structure:
        if not vc4.likely:
            continue
        vc4.likely = False
        groups = [client.group for client in usual.clients if client.vc4 == vc4.number]
        if all(_is_whole(group) for group in groups):
            vc4.doubt = None
        else:
            vc4.groups = []
            dropped = True
    return dropped


def _came(group: Group) -> bool:
    return bool(group.counters()["rx_client_frames"])


def _only_refused(group: Group) -> bool:
    counters = group.counters()
    return not _came(group) and any(counters[name] for name in REFUSED)


def _is_whole(group: Group) -> bool:
    """Delineation was found and never lost. Members in a wrong order, or of different groups, do not give that."""
    counters = group.counters()
    return group.in_sync and not any(counters[name] for name in BROKEN)
