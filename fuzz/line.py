"""The line: any octets end in a report, the same one in pieces as at once, and good counts."""

from __future__ import annotations

import json
from random import Random

from msapemu._framing import Group, Line, LineMap

_MEMBERS = ("1.1.1", "2.3.2", "3.7.3")
_BITS_OF_BIP = {"b1_errors": 8, "b2_errors": 24}


def _map(kind: str, **options: object) -> tuple[LineMap, Group]:
    group = Group(**options)
    return LineMap(kind, [(group, () if kind == "vc4" else _MEMBERS)]), group


def _line(kind: str, frames: int, **options: object) -> bytes:
    line = Line(**options)
    wanted, group = _map(kind)
    line.apply(wanted)
    octets = line.build(frames - 20)
    for number in range(8):
        group.send(bytes([2] * 12) + b"\x08\x00" + bytes([number]) * (46 + 30 * number))
    return octets + line.build(20)


def seeds() -> list[bytes]:
    return [
        _line("vc4", 40),
        _line("vc4", 30, au_pointer=0),
        _line("tug", 300, tu_pointers={"1.1.1": 139, "2.3.2": 70}, au_pointer=782),
    ]


def check(octets: bytes, chance: Random) -> None:
    kind = chance.choice(("vc4", "tug"))
    results = []
    for pieces in (False, True):
        line = Line(expect_j0="msapemu", expect_j1="msapemu")
        wanted, group = _map(kind)
        line.apply(wanted)
        rest, events, frames = octets, [], []
        while rest:
            length = chance.choice((1, 7, 270, 2430, 4861, 100_000)) if pieces else len(rest)
            line.parse(rest[:length])
            rest = rest[length:]
            events += line.events()
            frames += group.receive()
        results.append((line.report(), line.counters(), group.counters(), events, frames))
    assert results[0] == results[1]
    report, _, _, _, frames = results[0]
    json.dumps(report)
    assert report["frames"] * 2430 <= len(octets)
    assert all(report[name] <= bits * report["frames"] for name, bits in _BITS_OF_BIP.items())
    assert sum(map(len, frames)) <= len(octets)
