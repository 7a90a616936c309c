"""Finds out what a line does not say: whether a client is scrambled, and on which channel it is.

A sink with the wrong setting counts: with x^43 + 1 wrongly undone, headers and FCS do not check; with a linear
extension header, frames are discarded. So settings are tried until a frame comes whole, on no more of the file than
it takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from msapemu._framing import Group
from msapemu.interop.passes import ClientFormat, Pass
from msapemu.interop.structure import Structure

CHANNELS = 256  # CID, G.7041 6.1.2.1.3.2
USUAL = ClientFormat()
REFUSED = ("discarded", "type_hec_errors", "payload_fcs_errors", "ethernet_fcs_errors")


def client_formats(source: Path, structure: Structure) -> list[ClientFormat]:
    """The format of every group: the usual one, unless frames come only with another."""
    formats = [USUAL] * len(structure.groups)
    seen = Pass(source, structure, formats)
    seen.run()
    missing = {number for number, group in enumerate(seen.groups) if _only_refused(group)}

    def try_with(one: ClientFormat) -> dict[int, Group]:
        groups = _tried(source, structure, one, sorted(missing))
        for number, group in groups.items():
            if _came(group):
                formats[number] = one
                missing.remove(number)
        return groups

    if missing:
        plain = try_with(ClientFormat(scramble=False))
        if any(_strange(group) for group in [*seen.groups, *plain.values()]):
            for one in _linear():
                if missing:
                    try_with(one)
    return formats


def _linear() -> Iterator[ClientFormat]:
    for cid in range(CHANNELS):
        yield ClientFormat(cid=cid)
        yield ClientFormat(scramble=False, cid=cid)


def _tried(source: Path, structure: Structure, one: ClientFormat, numbers: Sequence[int]) -> dict[int, Group]:
    """The groups `numbers` with that format, after as much of the file as tells whether it is right."""
    trial = Pass(source, structure, [one] * len(structure.groups))
    groups = {number: trial.groups[number] for number in numbers}

    def decided() -> bool:
        # a good header that is not for this channel; FCS errors may be the line's, or of the frame it was joined in
        return all(_came(group) or _strange(group) for group in groups.values())

    trial.run(stop=decided)
    return groups


def _came(group: Group) -> bool:
    return bool(group.counters()["rx_client_frames"])


def _strange(group: Group) -> bool:
    return bool(group.counters()["discarded"])


def _only_refused(group: Group) -> bool:
    counters = group.counters()
    return not _came(group) and any(counters[name] for name in REFUSED)
