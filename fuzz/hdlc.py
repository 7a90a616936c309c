"""HDLC: in pieces or at once the same frames come out of a stream, none of them too long, and sent again they come
again."""

from __future__ import annotations

from random import Random

from msapemu._framing import Hdlc

LONGEST = 100


def seeds() -> list[bytes]:
    streams = []
    for fcs, stuffing in ((16, "bit"), (32, "bit"), (16, "octet")):
        hdlc = Hdlc(fcs=fcs, stuffing=stuffing)
        for length in (2, 20, 98, 100, 101):
            for frame in (bytes(length), b"\xff" * length, bytes(range(length))):
                hdlc.send(frame, abort=length == 98)
            streams.append(hdlc.fill() + hdlc.fill(length % 3))
    return [*streams, b"".join(streams)]


def check(octets: bytes, chance: Random) -> None:
    fcs, stuffing = chance.choice(
        ((16, "bit"), (16, "bit"), (32, "bit"), (None, "bit"), (16, "octet"), (None, "octet"))
    )
    whole, pieces, again = (Hdlc(LONGEST, fcs=fcs, stuffing=stuffing) for _ in range(3))
    whole.take(octets)
    rest = octets
    while rest:
        length = chance.choice((1, 2, 3, 7, 50))
        pieces.take(rest[:length])
        rest = rest[length:]
    frames = whole.receive()
    assert frames == pieces.receive()
    assert whole.counters() == pieces.counters()
    assert all(2 <= len(frame) <= LONGEST for frame in frames)
    assert sum(len(frame) + 1 for frame in frames) <= len(octets) + 1
    for frame in frames:
        again.send(frame)
    again.take(again.fill())
    assert again.receive() == frames
