"""From a new configuration to the plan that the loop takes: 252 VC-12 cross-connected at random between four STM-1."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from msapemu.ctl.config import Connection, Line, Shelf, encode
from msapemu.ctl.timeslots import ALL_VC12
from msapemu.dataplane.equipment import Assembly, Equipment
from msapemu.dataplane.statusfile import StatusFile

PORTS = ("1/1", "1/2", "1/3", "1/4")


def shelf(seed: int) -> Shelf:
    ends = [f"{port}/au4.1/vc12.{member}" for port in PORTS for member in ALL_VC12]
    sources = Random(seed).sample(ends, len(ends))
    connections = tuple(Connection(*pair) for pair in zip(ends, sources, strict=True))
    return Shelf("bench", "x", lines=tuple(Line(port) for port in PORTS), connections=connections)


@pytest.fixture
def equipment(tmp_path: Path) -> Iterator[Equipment]:
    def status(made: Assembly) -> StatusFile:
        return StatusFile(tmp_path / "status", made.generation, PORTS, ())

    made = Equipment(lambda level, text: None, status)
    yield made
    made.close()


@pytest.mark.benchmark(group="plan, 4 x STM-1, 252 VC-12")
def test_every_connection_changes(benchmark, equipment: Equipment) -> None:
    """Checked, compiled, and handed over; in the loop it is then taken in some 10 us (bench_cross.py)."""
    configs = [shelf(1), shelf(2)]
    equipment.commit(equipment.compile(configs[1]), 0)
    turn = 0

    def one() -> None:
        nonlocal turn
        turn += 1
        equipment.commit(equipment.compile(configs[turn & 1]), 0)

    benchmark(one)


@pytest.mark.benchmark(group="plan, 4 x STM-1, 252 VC-12")
def test_one_connection_changes(benchmark, equipment: Equipment) -> None:
    first = shelf(1)
    a, b, *rest = first.connections
    other = Shelf(
        "bench",
        "x",
        lines=first.lines,
        connections=(Connection(a.sink, b.source), Connection(b.sink, a.source), *rest),
    )
    configs = [first, other]
    equipment.commit(equipment.compile(first), 0)
    turn = 0

    def one() -> None:
        nonlocal turn
        turn += 1
        equipment.commit(equipment.compile(configs[turn & 1]), 0)

    benchmark(one)


@pytest.mark.benchmark(group="plan, 4 x STM-1, 252 VC-12")
def test_reading_it(benchmark) -> None:
    """What comes over the control socket before that."""
    import msgspec

    octets = encode(shelf(1))
    benchmark(msgspec.json.decode, octets, type=Shelf)
