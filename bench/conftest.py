"""Measurements: one file a layer. Every one says how many octets a round moves; the summary shows rates in one table,
with two yardsticks from the same run (a copy of the same octets, and one pass of x^43 + 1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

STM1_BPS = 155_520_000


@pytest.fixture
def rate(benchmark: Any) -> Callable[..., None]:
    """rate(work, octets, setup=None): time `work`, which moves `octets`; `setup` runs before every round, untimed."""

    def measure(work: Callable[[], object], octets: int, setup: Callable[[], object] | None = None) -> None:
        benchmark.extra_info["octets"] = octets
        if setup is None:
            benchmark(work)
        else:
            benchmark.pedantic(work, setup=lambda: setup() and None, rounds=300, warmup_rounds=5)

    return measure


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    session = getattr(config, "_benchmarksession", None)
    if session is None or not session.benchmarks:
        return
    terminalreporter.write_sep("-", "rates (median)")
    for bench in session.benchmarks:
        octets = bench.extra_info.get("octets")
        if octets:
            bps = 8 * octets / bench.stats.median
            terminalreporter.write_line(f"{bench.name:<58} {bps / 1e9:8.2f} Gbit/s {bps / STM1_BPS:8.1f} x STM-1")
