"""Maps of cross-connections: every VC-12 of four STM-1 to a random other place."""

from __future__ import annotations

from random import Random

import pytest

from msapemu._framing import Line, LineMap
from msapemu.bench.stm import ALL

LINES = 4


def shelf() -> tuple[list[Line], list[tuple[int, str]]]:
    """Four lines, and a random order of their 252 VC-12s."""
    ends = [(number, name) for number in range(LINES) for name in ALL]
    return [Line() for _ in range(LINES)], Random(2).sample(ends, len(ends))


def plan(lines: list[Line], order: list[tuple[int, str]]) -> list[LineMap]:
    return [
        LineMap("tug", cross={name: (lines[n], 1, source) for name, (n, source) in zip(ALL, part, strict=True)})
        for part in (order[start : start + 63] for start in range(0, len(order), 63))
    ]


@pytest.mark.benchmark(group="cross-connect, 4 x STM-1, 252 VC-12")
def test_plan(benchmark) -> None:
    """252 connections made into maps: what happens beside the loop."""
    lines, order = shelf()
    benchmark(plan, lines, order)


@pytest.mark.benchmark(group="cross-connect, 4 x STM-1, 252 VC-12")
def test_taking_a_plan(benchmark) -> None:
    """The same maps taken by the lines: what happens in the loop, between two frames."""
    lines, order = shelf()
    maps = plan(lines, order), plan(lines, order[::-1])
    turn = 0

    def take() -> None:
        nonlocal turn
        turn += 1
        for line, carried in zip(lines, maps[turn & 1], strict=True):
            line.apply(carried)

    benchmark(take)
