"""Client ports without an interface: frames read and written by the batch are the same frames, counted in the same way,
as those that go one by one. UDP sockets stand in for a TAP: a read gives a frame and cuts it without saying so."""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Callable, Iterator

import pytest

from msapemu.dataplane.loop import PortProbe, open_port

from .net import frame, ip, namespaces, packet_socket

LONGEST = 200
Pair = tuple[socket.socket, socket.socket]


def sockets() -> Pair:
    """Two that hear each other."""
    one, other = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) for _ in range(2))
    for sock in (one, other):
        sock.bind(("127.0.0.1", 0))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    one.connect(other.getsockname())
    other.connect(one.getsockname())
    return one, other


@pytest.fixture
def pairs() -> Iterator[tuple[Pair, Pair]]:
    made = sockets(), sockets()
    yield made
    for pair in made:
        for sock in pair:
            sock.close()


def probes(pairs: tuple[Pair, Pair], limit: int) -> tuple[PortProbe, PortProbe]:
    """One that goes by the batch, one that does not."""
    batched = PortProbe(pairs[0][0].fileno(), LONGEST, limit, True)
    if not batched.batched:
        pytest.skip("the kernel has no io_uring, or forbids it")
    return batched, PortProbe(pairs[1][0].fileno(), LONGEST, limit, False)


def some_frame(rng: random.Random) -> bytes:
    """Mostly small; now and then too short, as long as can be, or too long."""
    length = rng.choice([rng.randint(14, 60), rng.randint(14, LONGEST), 1, 13, LONGEST, LONGEST + 1, LONGEST + 50])
    return rng.randbytes(length)


@pytest.mark.parametrize("seed", range(6))
def test_reading_by_the_batch_is_reading_one_by_one(pairs: tuple[Pair, Pair], seed: int) -> None:
    rng = random.Random(seed)
    limit = rng.choice([400, 3000, 40_000])
    both = probes(pairs, limit)
    for _ in range(40):
        for _ in range(rng.choice([0, 1, 3, 20, 150])):
            one = some_frame(rng)
            for _, far in pairs:
                far.send(one)
        most = rng.choice([0, 5, 1000])
        taken = []
        for probe in both:
            probe.take()
            counters = probe.counters()
            taken.append((counters, probe.frames(most)))
        assert taken[0] == taken[1], f"seed {seed}"
    assert both[0].batched, "the batches have ended"
    assert taken[0][0]["tap_rx_frames"] > 60


def test_a_full_queue_leaves_the_rest_in_the_kernel(pairs: tuple[Pair, Pair]) -> None:
    both = probes(pairs, 1000)
    for _, far in pairs:
        for number in range(100):
            far.send(number.to_bytes(60, "big"))
    for probe in both:
        got: list[bytes] = []
        while frames := (probe.take(), probe.frames(1000))[1]:
            assert sum(map(len, frames)) < 1000 + 60
            got += frames
        assert got == [number.to_bytes(60, "big") for number in range(100)]


@pytest.mark.parametrize("seed", range(4))
def test_writing_by_the_batch_is_writing_one_by_one(pairs: tuple[Pair, Pair], seed: int) -> None:
    rng = random.Random(seed)
    both = probes(pairs, 100_000)
    for _ in range(20):
        sent = [rng.randbytes(rng.randint(14, LONGEST)) for _ in range(rng.choice([0, 1, 3, 4, 64, 65, 200]))]
        for probe, (_, far) in zip(both, pairs, strict=True):
            assert all(probe.put(one) for one in sent)
            probe.give()
            assert [far.recv(2048) for _ in sent] == sent, f"seed {seed}"
            with pytest.raises(BlockingIOError):
                far.recv(2048)
        assert both[0].counters() == both[1].counters()
    assert both[0].batched, "the batches have ended"


def test_what_the_host_does_not_take_is_counted(pairs: tuple[Pair, Pair]) -> None:
    """The far end is closed, of which a write after the first one tells (ICMP)."""
    both = probes(pairs, 100_000)
    for probe, (_, far) in zip(both, pairs, strict=True):
        far.close()
        for number in range(40):
            assert probe.put(number.to_bytes(60, "big"))
        probe.give()
        counters = probe.counters()
        assert counters["tap_tx_frames"] + counters["tap_tx_dropped"] == 40
        assert counters["tap_tx_octets"] == 60 * counters["tap_tx_frames"]
        assert counters["tap_tx_dropped"] > 0
        assert probe.frames(1) == []
    assert both[0].counters() == both[1].counters()


@pytest.mark.root
@pytest.mark.parametrize("batched", [True, False])
def test_a_tap_that_carries_goes_down_and_goes(unique_name: Callable[[str], str], batched: bool) -> None:
    netns = unique_name("tap")
    with namespaces(netns):
        opened = open_port(f"/run/netns/{netns}", "lan0", None, 1500, 1000, False, False)
        assert opened[0] == 0
        probe = PortProbe(opened[1], 1522, 100_000, batched)
        if probe.batched is not batched:
            pytest.skip("the kernel has no io_uring, or forbids it")
        with packet_socket(netns, "lan0") as host:
            sent = [frame(number, 60 + number) for number in range(200)]
            for one in sent:
                host.send(one)
            probe.take()
            assert probe.frames(1000) == sent
            for one in sent:
                assert probe.put(one)
            probe.give()
            assert [host.recv(2048) for _ in sent] == sent
            ip("-n", netns, "link", "set", "lan0", "down")
            for one in sent:
                assert probe.put(one)
            probe.give()
            counters = probe.counters()
            assert (counters["tap_tx_frames"], counters["tap_tx_dropped"], counters["gone"]) == (200, 200, 0)
            ip("-n", netns, "link", "del", "lan0")
            for one in sent:
                assert probe.put(one)
            probe.give()
            probe.take()
            assert (probe.counters()["tap_tx_dropped"], probe.counters()["gone"]) == (400, 1)
        assert probe.batched is batched
        os.close(opened[1])
        os.close(opened[4])
