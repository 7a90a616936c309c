"""What a frame of a TAP costs the data plane, read or written, one by one and by the batch (io_uring). Needs root."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from msapemu.dataplane.loop import PortProbe, open_port
from tests.dataplane.net import TEST_TYPE, namespaces, packet_socket

FRAMES = 256
LONGEST = 1522
NETNS = "msapemu-bench"


@pytest.fixture(scope="module")
def tap() -> Iterator[int]:
    with namespaces(NETNS):
        opened = open_port(f"/run/netns/{NETNS}", "lan0", None, 1500, 10_000, False, False)
        assert opened[0] == 0, "needs root and /dev/net/tun"
        yield opened[1]


def frame(length: int) -> bytes:
    return b"\x02\0\0\0\0\2" + b"\x02\0\0\0\0\1" + TEST_TYPE + bytes(length - 14)


def a_frame(benchmark: Any) -> None:
    benchmark.extra_info["ns a frame"] = round(benchmark.stats.stats.median / FRAMES * 1e9)
    print(f"\n{benchmark.name}: {benchmark.extra_info['ns a frame']} ns a frame")


def port(tap: int, batched: bool) -> PortProbe:
    probe = PortProbe(tap, LONGEST, 1 << 20, batched)
    if probe.batched is not batched:
        pytest.skip("no io_uring here")
    return probe


def rounds(benchmark: Any, work: Callable[[], object], prepare: Callable[[], object]) -> None:
    benchmark.pedantic(work, setup=lambda: prepare() and None, rounds=500, warmup_rounds=20)
    a_frame(benchmark)


@pytest.mark.benchmark(group="frames of a TAP")
@pytest.mark.parametrize("length", [60, 1514])
@pytest.mark.parametrize("batched", [False, True], ids=["one by one", "by the batch"])
def test_read(benchmark: Any, tap: int, batched: bool, length: int) -> None:
    probe = port(tap, batched)
    octets = frame(length)
    with packet_socket(NETNS, "lan0") as sender:

        def prepare() -> None:
            assert len(probe.frames(2 * FRAMES)) in (0, FRAMES)
            for _ in range(FRAMES):
                sender.send(octets)

        rounds(benchmark, probe.take, prepare)


@pytest.mark.benchmark(group="frames of a TAP")
@pytest.mark.parametrize("length", [60, 1514])
@pytest.mark.parametrize("batched", [False, True], ids=["one by one", "by the batch"])
def test_write(benchmark: Any, tap: int, batched: bool, length: int) -> None:
    probe = port(tap, batched)
    octets = frame(length)
    rounds(benchmark, probe.give, lambda: [probe.put(octets) for _ in range(FRAMES)])
