"""Pseudowires: any datagrams in any order, and the E1 that comes out has as many bits as time has gone by."""

from __future__ import annotations

from random import Random

from msapemu._framing import Cesop, Pseudowire, Satop

STEPS = 12


def _ends() -> list[Pseudowire]:
    return [
        Satop(jitter_us=2000),
        Satop(40, rtp=True, expect_ssrc=7),
        Cesop(range(1, 32), jitter_us=1000),
        Cesop((1, 2, 17), 4, cas=True, fill="last"),
        Cesop((3, 9), 32, signalling=True, rtp=True),
    ]


def _split(octets: bytes) -> list[bytes]:
    """Datagrams: two octets of length before each."""
    found = []
    while octets:
        length = int.from_bytes(octets[:2], "big") & 0x07FF
        found.append(octets[2 : 2 + length])
        octets = octets[2 + length :]
    return found


def seeds() -> list[bytes]:
    chance, streams = Random(4), []
    for number, source in enumerate(_ends()):
        made = []
        for step in range(STEPS):
            if isinstance(source, Cesop):
                made += source.send(chance.randbytes(32 * 16), 0)
            else:
                source.bearer.push(chance.randbytes(256))
            made += source.packets(8 if step < 9 else 60)
        streams.append(bytes([number]) + b"".join(len(one).to_bytes(2, "big") + one for one in made[:40]))
    return streams


def check(octets: bytes, chance: Random) -> None:
    ends = _ends()
    end = ends[octets[0] % len(ends)] if octets else ends[0]
    packets = _split(octets[1:])
    frames = least = most = 0
    for one in packets:
        end.take(one)
        if chance.random() < 0.2:
            end.take(chance.choice(packets))
        step = chance.choice((0, 1, 3, 8, 40))
        end.play(step, chance.choice((0, 0, step, 300)))
        frames += step
        steps = (step + 7) // 8
        least += 256 * step - 4 * steps
        most += 256 * step + 4 * steps
        end.packets(step)
        got = 8 * len(end.bearer.pop())
        least -= got
        most -= got
        assert least <= 7 and most >= 0
    count = end.counters()
    verdicts = ("malformed", "strays", "reserved", "packets")
    assert sum(count[name] for name in verdicts) >= len(packets)
    assert count["late"] + count["early"] + count["duplicates"] + count["lost"] >= 0
    assert count["bits"] + count["filled"] >= 256 * frames - 4 * frames
