"""The sinks of E1 and E3: any frames give as many bits as frames can hold, and a source carries those on unchanged."""

from __future__ import annotations

from random import Random

from msapemu._framing import E1, E3

QUEUE = 1 << 16


def seeds() -> list[bytes]:
    octets = Random(1).randbytes(4000)
    good = []
    for source, frames in ((E1(target_octets=0), 6), (E1("byte", target_octets=0), 6), (E3(target_octets=0), 3)):
        source.push(octets)
        good.append(source.build(frames=frames))
    fast = E1(target_octets=64)
    fast.push(octets)
    fast.build(frames=8)
    return [*good, fast.build(frames=10)]


def check(octets: bytes, chance: Random) -> None:
    make, frame, low, high = chance.choice(
        (
            (lambda: E1(queue_octets=QUEUE, target_octets=0), 140, 1023, 1025),
            (lambda: E1("byte", queue_octets=QUEUE, target_octets=0), 140, 1024, 1024),
            (lambda: E3(queue_octets=QUEUE, target_octets=0), 765, 4293, 4299),
        )
    )
    octets = octets[: len(octets) // frame * frame][: 100 * frame]
    frames = len(octets) // frame
    whole, pieces, through = make(), make(), make()
    whole.parse(octets)
    came = b""
    for at in range(0, len(octets), frame):
        pieces.parse(octets[at : at + frame])
        came += pieces.pop(chance.randrange(100))
    came += pieces.pop()
    assert came == whole.pop()
    assert low * frames // 8 <= len(came) <= high * frames // 8
    assert whole.counters()["rx_overflows"] == 0
    assert through.push(came) == len(came)
    through.parse(through.build(frames=frames + 1))
    assert through.pop(len(came)) == came
