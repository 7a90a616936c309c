"""Cross-connecting: four STM-1 full of TU-12 at random pointers, every VC-12 to a random other place."""

from __future__ import annotations

from random import Random

import pytest

from msapemu._framing import Group, Line, LineMap, member_name

ALL = [member_name(column) for column in range(63)]
FRAMES = 8  # a tick of 1 ms
LINES = 4


def shelf() -> tuple[list[Line], list[bytes], list[tuple[int, str]]]:
    """Four lines, a tick of what each receives, and a random order of their 252 VC-12s."""
    random = Random(2)
    received = []
    for _ in range(LINES):
        far = Line(tu_pointers={name: random.randrange(140) for name in ALL}, au_pointer=random.randrange(783))
        far.apply(LineMap("tug", [(Group(), ALL)]))
        far.build(64)
        received.append(far.build(100 * FRAMES))
    ends = [(number, name) for number in range(LINES) for name in ALL]
    return [Line(monitored=False) for _ in range(LINES)], received, random.sample(ends, len(ends))


def plan(lines: list[Line], order: list[tuple[int, str]]) -> list[LineMap]:
    return [
        LineMap("tug", cross={name: (lines[n], 1, source) for name, (n, source) in zip(ALL, part, strict=True)})
        for part in (order[start : start + 63] for start in range(0, len(order), 63))
    ]


@pytest.mark.benchmark(group="cross-connect, 4 x STM-1, 252 VC-12")
def test_cross_connect(benchmark) -> None:
    """One tick of four lines, received and sent. `of a core`: the share of one core that it takes in real time."""
    lines, received, order = shelf()
    for line, carried in zip(lines, plan(lines, order), strict=True):
        line.apply(carried)
    octets = len(received[0]) // 100
    tick = 0

    def one_tick() -> None:
        nonlocal tick
        for line, stream in zip(lines, received, strict=True):
            line.parse(stream[tick % 100 * octets : (tick % 100 + 1) * octets])
        for line in lines:
            line.build(FRAMES)
        tick += 1

    for _ in range(200):
        one_tick()
    benchmark(one_tick)
    if benchmark.stats:
        benchmark.extra_info["of a core"] = f"{benchmark.stats.stats.median / (FRAMES * 125e-6):.1%}"


@pytest.mark.benchmark(group="cross-connect, 4 x STM-1, 252 VC-12")
def test_plan(benchmark) -> None:
    """252 connections made into maps: what happens beside the loop."""
    lines, _, order = shelf()
    benchmark(plan, lines, order)


@pytest.mark.benchmark(group="cross-connect, 4 x STM-1, 252 VC-12")
def test_taking_a_plan(benchmark) -> None:
    """The same maps taken by the lines: what happens in the loop, between two frames."""
    lines, _, order = shelf()
    maps = plan(lines, order), plan(lines, order[::-1])
    turn = 0

    def take() -> None:
        nonlocal turn
        turn += 1
        for line, carried in zip(lines, maps[turn & 1], strict=True):
            line.apply(carried)

    benchmark(take)
