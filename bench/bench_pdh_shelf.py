"""A shelf with 60 PDH directions in real time: the share of a core that its loop takes, with a tick of 1 ms. A second
shelf on the same machine is the far end of all of them."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from msapemu.ctl.config import Circuit, Clock, E1Framing, Lcas, Shelf, Timeslots
from tests.dataplane.net import Flood, Sink, namespaces
from tests.dataplane.rig import Running, client, free_ports, line, running, wait_for

DIRECTIONS = 60
SECONDS = 3.0
ALL = "1-31"


def pair(rate: str, **more: Any) -> tuple[Shelf, Shelf]:
    ports = free_ports(2 * DIRECTIONS)
    ends = list(zip(ports[::2], ports[1::2], strict=True))
    made = []
    for name, turn in (("hub", 1), ("far", -1)):
        lines = tuple(line(*end[::turn], port=f"1/{n}", rate=rate) for n, end in enumerate(ends, start=1))
        made.append(Shelf(lab="bench", name=name, lines=lines, **more))
    return made[0], msgspec.structs.replace(made[1], clock=Clock("line", "1/1"))


def share(shelf: Running, seconds: float = SECONDS) -> tuple[float, int]:
    """Of a core, and the ticks that came late."""
    before = shelf.status()
    time.sleep(seconds)
    after = shelf.status()
    return (
        (after.loop["cpu_ns"] - before.loop["cpu_ns"]) / (after.mono_ns - before.mono_ns),
        after.loop["late_ticks"] - before.loop["late_ticks"],
    )


def measure(benchmark: Any, shelf: Running) -> None:
    found: list[tuple[float, int]] = []
    benchmark.pedantic(lambda: found.append(share(shelf)), rounds=1, iterations=1)
    benchmark.extra_info["of a core"] = f"{found[0][0]:.1%}"
    benchmark.extra_info["late ticks"] = found[0][1]
    print(f"\n{benchmark.name}: {found[0][0]:.1%} of a core, {found[0][1]} late ticks in {SECONDS:g} s")


def up(*shelves: Running) -> None:
    for one in shelves:
        wait_for(lambda one=one: not any(r["silent"] for r in one.status().lines.values()), 10, "lines")  # type: ignore[misc]


@pytest.mark.benchmark(group="60 PDH directions, real time")
@pytest.mark.parametrize("rate", ["e1", "e2", "e3", "fe"])
def test_lines_alone(benchmark: Any, tmp_path: Path, rate: str) -> None:
    with running(tmp_path, *pair(rate)) as (hub, far):
        up(hub, far)
        measure(benchmark, hub)


@pytest.mark.benchmark(group="60 PDH directions, real time")
def test_every_timeslot_cross_connected(benchmark: Any, tmp_path: Path) -> None:
    """60 E1, framed with CRC-4; all 31 timeslots of each go to the next."""
    hub, far = pair("e1", framings=tuple(E1Framing(f"1/{n}") for n in range(1, DIRECTIONS + 1)))
    slots = tuple(Timeslots(f"1/{n % DIRECTIONS + 1}:{ALL}", f"1/{n}:{ALL}") for n in range(1, DIRECTIONS + 1))
    with running(tmp_path, msgspec.structs.replace(hub, timeslots=slots), far) as (one, other):
        up(one, other)
        wait_for(lambda: all(r["state"] == "MULTIFRAME" for r in one.status().e1s.values()), 10, "multiframes")
        measure(benchmark, one)


@pytest.mark.benchmark(group="60 PDH directions, real time")
def test_ethernet_over_e1_with_lcas(benchmark: Any, tmp_path: Path) -> None:
    """Sixteen E1 as one group under full load, the other 44 terminated. Needs root."""
    members = tuple(f"1/{n}" for n in range(1, 17))
    circuit = Circuit("c", "2/1", "", "e1", members=members, lcas=Lcas())
    framings = tuple(E1Framing(f"1/{n}") for n in range(17, DIRECTIONS + 1))
    hub, far = pair("e1", circuits=(circuit,), framings=framings)
    with namespaces("bpa", "bpb"):
        hub = msgspec.structs.replace(hub, clients=(client("bpa"),))
        far = msgspec.structs.replace(far, clients=(client("bpb"),))
        with running(tmp_path, hub, far) as (one, other):
            up(one, other)
            wait_for(lambda: one.status().groups["2/1"]["tx_size"] == 16, 10, "sixteen members")
            bps = 16 * 1_980_000 * 1514 / 1526
            with Sink("bpb", "lan0") as sink, Flood("bpa", "lan0", 0.97 * bps) as flood:
                measure(benchmark, one)
            sink.wait(flood.sent, 3)
            benchmark.extra_info["lost"] = flood.sent - sink.received
            print(f"{flood.sent} frames sent, {sink.received} received")
