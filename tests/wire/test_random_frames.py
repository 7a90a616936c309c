"""Whatever comes on a line, it ends in counters, states and a report."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from msapemu._framing import E1, E3, STM1_OCTETS, Group, Line, LineMap, member_name
from tests.ref.scramble import keystream as keystream_octets

ALL = [member_name(column) for column in range(63)]
MIXED = [name for name in ALL if name[0] == "1" and name not in ("1.1.2", "1.1.3")]
ROUND = 500  # frames


def maps(line: Line) -> list[LineMap]:
    """One of each kind, with everything that can hang on it."""
    return [
        LineMap("unequipped"),
        LineMap("supervisory"),
        LineMap("vc4", [(Group(), ())]),
        LineMap("tug", [(Group(), ALL)]),
        LineMap(
            "tug",
            [(Group(), MIXED), (Group(), ["2"])],
            tributaries={"1.1.2": E1(), "1.1.3": E1("byte"), "3": E3()},
        ),
        LineMap("cross", cross=(line, 1)),
        LineMap("tug", cross={"1.1.1": (line, 1, "3.7.3"), "2": (line, 1, "1"), "3": (line, 1, "3")}),
    ]


def clear_and_scrambled(rate: int) -> tuple[int, np.ndarray]:
    clear = 9 * rate
    keystream = np.frombuffer(bytes(clear) + keystream_octets(STM1_OCTETS * rate - clear), np.uint8)
    return clear, keystream


@pytest.mark.parametrize(("rate", "n", "rounds"), [("stm1", 1, 150), ("stm4", 4, 35), ("stm16", 16, 15)])
def test_a_hundred_thousand_random_frames(rate: str, n: int, rounds: int) -> None:
    """In alignment, so that every layer sees them: all random, or built ones of which octets are random."""
    seed = 11
    generator = np.random.default_rng(seed)
    line, far = Line(rate=rate), Line(rate=rate, au_sequence=("alternate", 4), tu_sequence=("87-3", 4))
    length = STM1_OCTETS * n
    kinds, sent = maps(line), maps(far)[:5]
    clear, keystream = clear_and_scrambled(n)
    built = 0
    for number in range(rounds):
        line.apply(kinds[number % len(kinds)], vc4=number % n + 1)
        far.apply(sent[number % len(sent)], vc4=number % n + 1)
        frames = np.frombuffer(far.build(ROUND), np.uint8).reshape(ROUND, length) ^ keystream
        if number % 3 == 0:
            frames[:, clear:] = generator.integers(0, 256, (ROUND, length - clear), np.uint8)
        else:
            share = (1e-5, 1e-3, 0.05)[number // 3 % 3]
            hit = generator.integers(0, frames.size, int(frames.size * share))
            frames.reshape(-1)[hit] = generator.integers(0, 256, hit.size, np.uint8)
        frames[:, : 3 * n], frames[:, 3 * n : 6 * n] = 0xF6, 0x28
        line.parse((frames ^ keystream).tobytes())
        line.build(4)
        built += ROUND
        report = line.report()
        assert report["frames"] >= built - 100 and len(report["au"]) == n
        events = line.events()
        assert all(state in ("raise", "clear") for *_, state in events)
        line.counters()
    assert built == ROUND * rounds, seed


def test_random_octets_of_any_length() -> None:
    random = Random(12)
    line = Line()
    for carried in maps(line):
        line.apply(carried)
        for _ in range(200):
            line.parse(random.randbytes(random.randrange(1, 3 * STM1_OCTETS)))
            line.build(1)
    assert line.report()["frames"] == 0
    assert "LOF" in line.defects
