"""One E1, framed and read, many frames at a time; 63 of them, every timeslot cross-connected to a random other one; and
a group over 16."""

from __future__ import annotations

from itertools import cycle
from random import Random

import pytest

from msapemu._framing import Fabric, FramedE1, Group, PdhLine, v35_channel

E1S = 63
FRAMES = 8  # a tick of 1 ms
MANY = 128  # frames of a call: 16 ms


class Framer:
    """An E1 line with its termination; `slots`: 31 timeslots that a V.35 port fills and reads."""

    def __init__(self, framing: str, slots: bool) -> None:
        self.line = PdhLine("e1", queue_octets=64 * MANY)
        self.e1 = FramedE1(self.line.bearers[0], framing, idle=0xD5)
        self.port = v35_channel(31, octets=64 * MANY)
        whole = (self.e1, range(1, 32))
        self.fabric = Fabric([self.e1], slots=[(whole, self.port), (self.port, whole)] if slots else [])
        self.fabric.apply()

    def build(self, payload: bytes = b"") -> bytes:
        self.port.write(payload)
        self.fabric.transmit(MANY)
        return self.line.build(MANY)

    def parse(self, octets: bytes) -> None:
        self.line.parse(octets)
        self.fabric.receive()


@pytest.mark.parametrize("framing", ["crc4", "basic"])
class TestFramer:
    """Timeslot 0, CRC-4 and alarms of one E1 (2.048 Mbit/s: 8000 x is 16.4 Gbit/s). "timeslots": random ones come from
    a V.35 port, else all are the idle code."""

    @pytest.mark.parametrize("slots", [False, True], ids=["alone", "timeslots"])
    def test_build(self, rate, framing: str, slots: bool) -> None:
        end, payload = Framer(framing, slots), Random(4).randbytes(31 * MANY if slots else 0)
        rate(lambda: end.build(payload), 32 * MANY)

    @pytest.mark.parametrize("bit", [0, 3], ids=["aligned", "at bit 3"])
    def test_parse(self, rate, framing: str, bit: int) -> None:
        far, end, numbers = Framer(framing, True), Framer(framing, False), Random(5)
        octets = b"".join(far.build(numbers.randbytes(31 * MANY)) for _ in range(32))
        octets = (int.from_bytes(octets + octets[:1], "big") >> 8 - bit).to_bytes(len(octets) + 1, "big")[1:]
        calls = cycle([octets[at : at + 32 * MANY] for at in range(0, len(octets), 32 * MANY)])
        rate(lambda: end.parse(next(calls)), 32 * MANY)
        assert end.e1.state == ("MULTIFRAME" if framing == "crc4" else "BASIC")


def signals(count: int, ticks: int) -> list[bytes]:
    """What so many far ends send."""
    random = Random(1)
    far = [PdhLine("e1") for _ in range(count)]
    ends = [FramedE1(line.bearers[0], idle=random.randrange(256)) for line in far]
    fabric = Fabric(ends)
    fabric.apply()
    out = [b""] * count
    for _ in range(ticks):
        fabric.transmit(FRAMES)
        out = [before + line.build(FRAMES) for before, line in zip(out, far, strict=True)]
    return out


@pytest.mark.benchmark(group="63 E1, 1953 timeslots")
@pytest.mark.parametrize("order", ["in order", "at random"])
def test_timeslots(benchmark, order: str) -> None:
    """One tick, received and sent. `of a core`: the share of one core that it takes in real time; `x E1` of one E1."""
    received = signals(E1S, 100)
    lines = [PdhLine("e1") for _ in range(E1S)]
    e1s = [FramedE1(line.bearers[0]) for line in lines]
    ends = [(e1, slot) for e1 in e1s for slot in range(1, 32)]
    sources = Random(2).sample(ends, len(ends)) if order == "at random" else ends[31:] + ends[:31]
    if order == "at random":
        slots = [((sink, [t]), (source, [u])) for (sink, t), (source, u) in zip(ends, sources, strict=True)]
    else:
        whole = list(range(1, 32))
        slots = [((sink, whole), (source, whole)) for sink, source in zip(e1s, e1s[1:] + e1s[:1], strict=True)]
    fabric = Fabric(e1s, slots=slots)
    fabric.apply()
    tick = 0

    def one_tick() -> None:
        nonlocal tick
        at = tick % 100 * 256
        for line, octets in zip(lines, received, strict=True):
            line.parse(octets[at : at + 256])
        fabric.receive()
        fabric.transmit(FRAMES)
        for line in lines:
            line.build(FRAMES)
        tick += 1

    for _ in range(200):
        one_tick()
    assert {e1.state for e1 in e1s} == {"MULTIFRAME"}
    benchmark(one_tick)
    if benchmark.stats:
        seconds = benchmark.stats.stats.median
        benchmark.extra_info["of a core"] = f"{seconds / (FRAMES * 125e-6):.1%}"
        benchmark.extra_info["x E1"] = f"{E1S * FRAMES * 125e-6 / seconds:.0f}"


@pytest.mark.benchmark(group="Ethernet over 16 E1 with LCAS")
def test_group(benchmark) -> None:
    """One tick of two ends, 16 E1 each, full of frames of 1514 octets one way."""
    lines = [[PdhLine("e1") for _ in range(16)] for _ in "ab"]
    e1s = [[FramedE1(line.bearers[0]) for line in some] for some in lines]
    groups = [Group(lcas=True, queue_octets=1 << 20) for _ in "ab"]
    fabrics = [
        Fabric(some, members=[(e1, group, i) for i, e1 in enumerate(some)])
        for some, group in zip(e1s, groups, strict=True)
    ]
    for fabric in fabrics:
        fabric.apply()
    frame = Random(3).randbytes(1514)

    def one_tick() -> None:
        while groups[0].counters()["tx_client_frames"] + 20 > one_tick.sent:  # type: ignore[attr-defined]
            groups[0].send(frame)
            one_tick.sent += 1  # type: ignore[attr-defined]
        for fabric in fabrics:
            fabric.transmit(FRAMES)
        for a, b in zip(*lines, strict=True):
            there, back = a.build(FRAMES), b.build(FRAMES)
            b.parse(there)
            a.parse(back)
        for fabric in fabrics:
            fabric.receive()
        groups[1].receive()

    one_tick.sent = 0  # type: ignore[attr-defined]
    for _ in range(2000):
        one_tick()
    assert groups[1].counters()["rx_client_frames"] > 1000
    benchmark(one_tick)
    if benchmark.stats:
        benchmark.extra_info["of a core"] = f"{benchmark.stats.stats.median / (FRAMES * 125e-6):.1%}"
