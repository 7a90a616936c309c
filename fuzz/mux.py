"""E2 and E3: whatever comes, in whatever pieces, every E1 gets its bits in time, all levels alike."""

from __future__ import annotations

from random import Random

from msapemu._framing import PdhLine

LONGEST = 20000
QUEUE = 1 << 16


def seeds() -> list[bytes]:
    noise = Random(1)
    good = []
    for rate, frames in (("e2", 60), ("e3", 30)):
        line = PdhLine(rate)
        for bearer in line.bearers:
            bearer.push(noise.randbytes(32 * frames))
        good.append(line.build(frames))
    return [*good, b"\xff" * 2000, bytes(2000)]


def check(octets: bytes, chance: Random) -> None:
    octets = octets[:LONGEST]
    rate = chance.choice(("e2", "e3"))
    whole, pieces = PdhLine(rate, queue_octets=QUEUE), PdhLine(rate, queue_octets=QUEUE)
    whole.parse(octets)
    rest = octets
    while rest:
        length = chance.choice((1, 7, 106, 132, 537, 5000))
        pieces.parse(rest[:length])
        rest = rest[length:]
    came = [bearer.pop() for bearer in whole.bearers]
    assert came == [bearer.pop() for bearer in pieces.bearers]
    assert whole.defects == pieces.defects
    assert [whole.level(name) for name in whole.levels] == [pieces.level(name) for name in pieces.levels]
    # nothing of it is early; what is searched, and what is left of a frame, is late
    due = len(octets) / whole.octets * 32
    assert all(due - 150 < len(one) < due + 30 for one in came)
    whole.silent(4)
    assert "LOS" in whole.defects
