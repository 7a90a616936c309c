"""Framed E1s over pseudowires, end to end in virtual time: timeslots, signalling, alarms, and clocks that differ."""

from __future__ import annotations

from random import Random

import pytest

from msapemu._framing import E1, Cesop, E1Pass, Fabric, FramedE1, Pseudowire, Satop, v35_channel
from tests.wire.packets import FRAME_OCTETS

TICK = 8


class Site:
    """A shelf with a framed E1 that goes over a pseudowire; `slots` of it are a V.35 port's."""

    def __init__(self, end: Pseudowire, slots: tuple[int, ...], cas: bool = False) -> None:
        self.end = end
        self.e1 = FramedE1(end.bearer, cas=cas, idle=0xD5)
        self.port = v35_channel(len(slots))
        self.fabric = Fabric([self.e1], slots=[(self.port, (self.e1, slots)), ((self.e1, slots), self.port)])
        self.fabric.apply()
        self._frames = 0.0

    def tick(self, came: list[bytes], ppm: float = 0.0) -> list[bytes]:
        """A millisecond, by a clock that is `ppm` fast."""
        self._frames += TICK * (1 + ppm * 1e-6)
        frames, self._frames = int(self._frames), self._frames % 1
        for one in came:
            self.end.take(one)
        self.end.play(frames)
        self.fabric.receive()
        self.fabric.transmit(frames)
        return self.end.packets(frames)


class Pair:
    def __init__(self, a: Site, z: Site) -> None:
        self.a, self.z = a, z
        self._to_z: list[bytes] = []
        self._to_a: list[bytes] = []

    def run(self, ms: int, ppm: float = 0.0) -> None:
        for _ in range(ms):
            self._to_z, self._to_a = self.a.tick(self._to_a, ppm), self.z.tick(self._to_z)


def carried(pair: Pair, octets: int) -> None:
    """Octets of the V.35 ports come through, both ways."""
    chance = Random(7)
    for source, sink in ((pair.a, pair.z), (pair.z, pair.a)):
        sink.port.read()
        sent = chance.randbytes(octets)
        assert source.port.write(sent) == octets
        pair.run(60)
        assert sent in sink.port.read()


SLOTS = (1, 2, 5, 17, 31)


def timeslots(e1: FramedE1) -> set[int]:
    """What is in the last received frames."""
    rows = e1.rows(8)
    return {rows[at + slot] for at in range(0, len(rows), FRAME_OCTETS) for slot in SLOTS}


@pytest.mark.parametrize("kind", ["satop", "cesopsn", "cas", "fragments", "signalling"])
def test_a_framed_e1(kind: str) -> None:
    cas = kind in ("cas", "fragments", "signalling")

    def end(seed: int) -> Pseudowire:
        if kind == "satop":
            return Satop(seed=seed)
        if not cas:
            return Cesop(SLOTS, 8, seed=seed)
        if kind == "signalling":
            return Cesop(SLOTS, 8, signalling=True, seed=seed)
        return Cesop(SLOTS, 16 if kind == "cas" else 8, cas=True, seed=seed)

    pair = Pair(Site(end(1), SLOTS, cas), Site(end(2), SLOTS, cas))
    pair.a.e1.set_abcd(dict.fromkeys(SLOTS, 0b0110) | {5: 0b1001})
    pair.run(700)
    for site in (pair.a, pair.z):
        assert (site.e1.state, site.e1.defects, site.end.defects) == ("MULTIFRAME", (), ())
        assert site.e1.counters()["slips"] == 0
    errors = pair.z.e1.counters()["crc_errors"]
    carried(pair, 200)
    assert pair.z.e1.counters()["crc_errors"] == errors
    if cas:
        assert [pair.z.e1.abcd()[slot] for slot in SLOTS] == [6, 6, 9, 6, 6]
        pair.a.e1.set_abcd({17: 0b0011})
        pair.run(30)
        assert [pair.z.e1.abcd()[slot] for slot in SLOTS] == [6, 6, 9, 3, 6]


def test_alarms_of_the_e1() -> None:
    """RAI goes as M = 10 and comes out as RAI; AIS goes as L and comes out as idle code in good frames."""
    a, z = (Site(Cesop(SLOTS, seed=seed), SLOTS) for seed in (1, 2))
    pair = Pair(a, z)
    pair.run(500)
    assert isinstance(a.end, Cesop) and isinstance(z.end, Cesop) and a.end.framed
    a.e1.alarm = True
    pair.run(50)
    assert z.end.rdi and z.e1.defects == ("P12-RAI",)
    a.e1.alarm = False
    pair.run(50)
    assert not z.end.rdi and z.e1.defects == ()
    a.e1.ais = True
    pair.run(50)
    assert not a.end.framed
    assert z.end.defects == ("PW-AC",) and z.e1.state == "MULTIFRAME"
    assert timeslots(z.e1) == {0xFF}
    a.e1.ais = False
    pair.run(500)
    assert z.end.defects == () and a.e1.defects == () and z.e1.defects == ()
    carried(pair, 100)


def test_loss_of_packets_of_timeslots() -> None:
    a, z = (Site(Cesop(SLOTS, seed=seed, idle=0x7E), SLOTS) for seed in (1, 2))
    pair = Pair(a, z)
    pair.run(500)
    for _ in range(200):
        z.tick([])
    assert z.end.defects == ("LOPS",) and z.e1.state == "MULTIFRAME"
    assert timeslots(z.e1) == {0x7E}
    pair.run(300)
    assert z.end.defects == () and z.e1.state == "MULTIFRAME"
    carried(pair, 100)


@pytest.mark.parametrize("ppm", [-50, 50])
def test_a_clock_goes_through_to_a_vc12(ppm: int) -> None:
    """An E1 of another clock comes over SAToP, is sent on in a VC-12 as a whole, and is the same bits there."""
    source, sink = Satop(seed=3), Satop(loop_ms=1000)
    vc12, far = E1("async", target_octets=512), E1("async")
    over = E1Pass(vc12.bearer, sink.bearer)
    fabric = Fabric(passes=[over])
    fabric.apply()
    chance, sent, got, frames = Random(8), bytearray(), bytearray(), 0.0
    for _ in range(30_000):
        frames += TICK * (1 + ppm * 1e-6)
        octets = chance.randbytes(FRAME_OCTETS * int(frames))
        frames %= 1
        source.bearer.push(octets)
        sent += octets
        for one in source.packets(TICK):
            sink.take(one)
        sink.play(TICK)
        fabric.receive()
        fabric.transmit(TICK)
        far.parse(vc12.build(frames=2))
        got += far.bearer.pop()
    count = vc12.counters()
    assert count["tx_underflows"] == count["tx_overflows"] == 0
    assert count["tx_negative" if ppm > 0 else "tx_positive"] > 500
    tail = f"{int.from_bytes(got[-4096:], 'big'):032768b}"
    everything = f"{int.from_bytes(sent[-10_000:], 'big'):080000b}"
    assert tail in everything
    first = f"{int.from_bytes(got[40_000:41_000], 'big'):08000b}"
    assert first in f"{int.from_bytes(sent[:60_000], 'big'):0480000b}"
