"""What a shelf takes of the machine in real time: CPU time idle and under load, memory, 24 shelves at once. Needs root.

All figures are of the data plane's processes alone (user and system time, all threads); the generator is not in them.
The shelves of a pair have one VC-4 between two TAPs, GFP-F, unless it says otherwise.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from msapemu.bench.link.place import End
from msapemu.bench.link.trial import generator
from msapemu.ctl.config import Circuit, Client, Clock, Lcas, Line, Shelf, Via
from tests.dataplane.net import namespaces
from tests.dataplane.rig import Running, client, free_ports, in_service, line, running, wait_for

NETNS = ("msapemu-bench-a", "msapemu-bench-b")
IDLE_S = 5.0
LOAD_S = 4.0
MANY = 24
VC12S = tuple(f"{k}.{n}.{m}" for k in range(1, 4) for n in range(1, 8) for m in range(1, 4))
VC4_OCTETS = 149_760_000 / 8
GFP_OCTETS = 8
"""Of a GFP-F frame beside its client's: core header and payload header."""


def pair(
    lines: int = 1, groups: int = 1, via: Via = "vc4", tick_us: int = 1000, number: int = 0
) -> tuple[Shelf, Shelf]:
    """Two shelves with so many STM-1 between them, of which the first ones have a group each."""
    ports = free_ports(2 * lines)
    made = []
    for side, timed in enumerate((Clock(tick_us=tick_us), Clock("line", "1/1", tick_us=tick_us))):
        stm1: list[Line] = []
        clients: list[Client] = []
        circuits: list[Circuit] = []
        for n in range(lines):
            ends = ports[2 * n : 2 * n + 2]
            stm1.append(line(ends[side], ends[1 - side], port=f"1/{n + 1}"))
        for n in range(groups):
            clients.append(client(NETNS[side], port=f"2/{n + 1}", tap=f"lan{n}"))
            circuit = Circuit(f"c{n}", f"2/{n + 1}", f"1/{n + 1}", via)
            if via == "vc12":
                circuit = msgspec.structs.replace(circuit, members=VC12S, lcas=Lcas())
            circuits.append(circuit)
        name = f"{'ab'[side]}{number}"
        made.append(Shelf("bench", name, timed, tuple(stm1), tuple(clients), tuple(circuits)))
    return made[0], made[1]


def cpu_s(shelf: Running) -> float:
    """CPU time of the process up to now."""
    tasks = Path(f"/proc/{shelf.process.pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def rss_mib(shelf: Running) -> float:
    text = Path(f"/proc/{shelf.process.pid}/smaps_rollup").read_text()
    return int(text.split("Rss:")[1].split()[0]) / 1024


def shares(shelves: Sequence[Running], seconds: float) -> list[float]:
    """Of a core, of each."""
    before, start = [cpu_s(one) for one in shelves], time.monotonic()
    time.sleep(seconds)
    passed = time.monotonic() - start
    return [(cpu_s(one) - then) / passed for one, then in zip(shelves, before, strict=True)]


def tell(benchmark: Any, **figures: object) -> None:
    benchmark.extra_info.update(figures)
    print(f"\n{benchmark.name}: " + ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in figures.items()))


def late(shelves: Sequence[Running]) -> int:
    return sum(one.status().loop["late_ticks"] for one in shelves)


@pytest.mark.benchmark(group="a shelf in real time")
@pytest.mark.parametrize("tick_us", [1000, 2000, 4000])
@pytest.mark.parametrize("lines", [1, 2])
def test_idle(benchmark: Any, tmp_path: Path, lines: int, tick_us: int) -> None:
    with namespaces(*NETNS), running(tmp_path, *pair(lines, tick_us=tick_us)) as shelves:
        in_service(*shelves)
        found = benchmark.pedantic(lambda: shares(shelves, IDLE_S), rounds=1)
        tell(benchmark, share_of_a_core=" ".join(f"{share:.1%}" for share in found))


@pytest.mark.benchmark(group="a shelf in real time")
@pytest.mark.parametrize("size", [64, 1518])
@pytest.mark.parametrize("load", [0.5, 0.99])
def test_load(benchmark: Any, tmp_path: Path, size: int, load: float) -> None:
    """Frames of `size` octets with FCS, both ways, at a share of what the VC-4 carries. Latency is TAP to TAP, over
    both shelves."""
    fps = load * VC4_OCTETS / (size + GFP_OCTETS)
    with namespaces(*NETNS), running(tmp_path, *pair()) as shelves:
        in_service(*shelves)
        ends = [End(netns, "2/1", "lan0", Path(f"/run/netns/{netns}"), 1500) for netns in NETNS]

        def watch() -> dict[str, tuple[int, int]]:
            return {one.config.name: (round(cpu_s(one) * 1e9), time.monotonic_ns()) for one in shelves}

        with generator(ends, fps, watch) as made:
            made.trial(size, fps, 0.5)
            outcome = benchmark.pedantic(lambda: made.trial(size, fps, LOAD_S), rounds=1)
        quantiles = outcome.latency_us
        tell(
            benchmark,
            frames_a_second_each_way=round(outcome.offered_fps),
            of_those_wanted=f"{outcome.offered_fps / fps:.1%}",
            lost=f"{outcome.lost} of {outcome.sent}",
            share_of_a_core=" ".join(f"{share:.1%}" for share in outcome.cpu.values()),
            generator=f"{outcome.generator:.1%}",
            latency_us=" ".join(f"{name} {value:.0f}" for name, value in quantiles.items()),
        )


@pytest.mark.benchmark(group="a shelf in real time")
@pytest.mark.parametrize("via", ["vc4", "vc12"])
def test_memory(benchmark: Any, tmp_path: Path, via: Via) -> None:
    """With one STM-1 and with four, a group in each: a VC-4, or 63 VC-12 with LCAS."""
    found = []
    with namespaces(*NETNS):
        for lines in (1, 4):
            with running(tmp_path / str(lines), *pair(lines, lines, via)) as shelves:
                in_service(*shelves)
                time.sleep(1)
                found.append(max(rss_mib(one) for one in shelves))
    benchmark.pedantic(lambda: None, rounds=1)
    tell(benchmark, MiB=f"{found[0]:.1f}", MiB_more_an_STM_1=f"{(found[1] - found[0]) / 3:.1f}")


@pytest.mark.benchmark(group="a shelf in real time")
@pytest.mark.parametrize("tick_us", [1000, 4000])
def test_many(benchmark: Any, tmp_path: Path, tick_us: int) -> None:
    """24 idle shelves, each with an STM-1, two by two."""
    configs = [one for n in range(MANY // 2) for one in pair(1, 0, tick_us=tick_us, number=n)]
    shelves: list[Running] = []
    try:
        start = time.monotonic()
        shelves += [Running(one, tmp_path / one.name, ready=False) for one in configs]
        wait_for(lambda: all(one.ready for one in shelves), 120, "24 shelves")
        in_service(*shelves)
        passed = time.monotonic() - start
        before = late(shelves)
        found = benchmark.pedantic(lambda: shares(shelves, IDLE_S), rounds=1)
        tell(
            benchmark,
            start_s=f"{passed:.1f}",
            cores=f"{sum(found):.2f}",
            share_of_a_core=f"{min(found):.1%} to {max(found):.1%}",
            late_ticks=f"{late(shelves) - before} of {round(MANY * IDLE_S * 1e6 / tick_us)}",
            lost_frames=sum(k["lost_frames"] for one in shelves for k in one.status().lines.values()),
            MiB=f"{max(rss_mib(one) for one in shelves):.1f}",
        )
    finally:
        for one in shelves:
            one.stop()
