"""The GFP-F sink: in pieces or at once it delivers the same, and never more than came in."""

from __future__ import annotations

from random import Random

from msapemu._framing import Group


def _stream(frames: int, **options: object) -> bytes:
    group = Group(**options)
    octets = group.fill(16)
    for number in range(frames):
        group.send(bytes([2] * 12) + b"\x08\x00" + bytes([number]) * (46 + 50 * number))
        octets += group.fill(20)
    return octets + group.fill(4000)


def seeds() -> list[bytes]:
    return [_stream(5), _stream(5, payload_fcs=True), _stream(5, cid=9), _stream(3, scramble=False)]


def check(octets: bytes, chance: Random) -> None:
    scramble = bool(chance.randrange(4))
    whole, pieces = Group(scramble=scramble), Group(scramble=scramble)
    whole.take(octets)
    rest = octets
    while rest:
        length = chance.choice((1, 2, 3, 4, 5, 7, 64, 1000))
        pieces.take(rest[:length])
        rest = rest[length:]
    frames = whole.receive()
    assert frames == pieces.receive()
    assert whole.counters() == pieces.counters()
    assert sum(map(len, frames)) <= len(octets)
    assert all(len(frame) >= 14 for frame in frames)
