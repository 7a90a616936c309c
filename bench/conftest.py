"""Measurements: one file a layer. Every one says how many octets a round moves; the summary shows rates in one table,
with two yardsticks from the same run (a copy of the same octets, and one pass of x^43 + 1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from msapemu.bench.work import Work
from msapemu.ctl.errors import CapabilityError

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


@pytest.fixture
def stage(benchmark: Any) -> Callable[[Work, str], None]:
    """stage(work, name): time that stage of a round of a set-up of msapemu.bench, and have the set-up check itself."""

    def measure(work: Work, name: str) -> None:
        names = list(work.stages)
        before, after = names[: names.index(name)], names[names.index(name) + 1 :]

        def arm() -> None:
            work.arm()
            for one in before:
                work.stages[one]()

        def finish() -> None:
            for one in after:
                work.stages[one]()

        benchmark.extra_info["octets"] = work.octets
        benchmark.pedantic(work.stages[name], setup=arm, teardown=finish, rounds=300, warmup_rounds=5)
        if benchmark.disabled:
            finish()
        work.check()

    return measure


@pytest.fixture
def told(benchmark: Any) -> Callable[[Callable[[], str]], None]:
    """told(measure): run it once; the summary shows what it says. Skipped, with the reason, where it cannot be."""

    def measure(work: Callable[[], str]) -> None:
        try:
            benchmark.extra_info["told"] = benchmark.pedantic(work, rounds=1)
        except CapabilityError as error:
            pytest.skip(str(error))

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
        if told := bench.extra_info.get("told"):
            terminalreporter.write_line(f"{bench.name}: {told}")
