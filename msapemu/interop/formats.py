"""Finds out what a line does not say: whether a client is scrambled.

A sink with the wrong setting counts: with x^43 + 1 wrongly undone, headers and FCS do not check. So the other setting
is tried when nothing comes whole with the usual one, on no more of the file than it takes.
"""

from __future__ import annotations

from pathlib import Path

from msapemu._framing import Group
from msapemu.interop.passes import ClientFormat, Pass
from msapemu.interop.structure import Structure

REFUSED = ("discarded", "type_hec_errors", "payload_fcs_errors", "ethernet_fcs_errors")


def client_formats(source: Path, structure: Structure) -> list[ClientFormat]:
    """The format of every group: scrambled, unless frames come only without."""
    usual = Pass(source, structure)
    usual.run()
    missing = [number for number, group in enumerate(usual.groups) if _only_refused(group)]
    if not missing:
        return usual.formats
    plain = Pass(source, structure, [ClientFormat(scramble=False)] * len(usual.groups))
    plain.run(stop=lambda: all(_came(plain.groups[number]) for number in missing))
    return [
        plain.formats[number] if number in missing and _came(plain.groups[number]) else usual.formats[number]
        for number in range(len(usual.groups))
    ]


def _came(group: Group) -> bool:
    return bool(group.counters()["rx_client_frames"])


def _only_refused(group: Group) -> bool:
    counters = group.counters()
    return not _came(group) and any(counters[name] for name in REFUSED)
