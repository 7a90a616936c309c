"""GFP-T: the codec of superblocks alone, by how many control characters there are, and the whole path from Ethernet
frames to the octets of a VC-4-7v and back, and on to an STM-16. Rates of the codec are those of characters, of the path
those of the octets of the VC-4-7v or the STM-16: 1 x STM-16 is real time."""

from __future__ import annotations

import pytest

from msapemu._framing import Group, Line, LineMap, select_kernels
from msapemu.bench.gfp_t import Superblocks

CONTAINER = 7 * 2340  # octets of a VC-4-7v in 125 us
FRAMES = 8  # line frames a round
OCTETS = FRAMES * CONTAINER
KINDS = ["data", 1514, 64, "idle", "scattered"]


@pytest.mark.parametrize("variant", [None, "portable"], ids=["", "portable"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("work", ["build", "parse"])
def test_superblocks(stage, work, kind, variant):
    made = Superblocks(kind) if isinstance(kind, int) else Superblocks(0, kind)
    select_kernels(variant)
    try:
        stage(made, work)
    finally:
        select_kernels()


@pytest.mark.parametrize("variant", [None, "portable"], ids=["", "portable"])
@pytest.mark.parametrize("size", [1514, 64, 0], ids=["1514", "64", "idle"])
class TestEthernet:
    """PCS, superblocks, scrambler, GFP, FCS made and checked: full rate, 0 is a port that sends nothing."""

    def test_source(self, rate, size, variant):
        group = Group(gfp="t", queue_octets=1 << 20)
        select_kernels(variant)
        rate(lambda: group.fill(OCTETS, FRAMES), OCTETS, setup=lambda: _refill(group, size))
        select_kernels()

    def test_sink(self, rate, size, variant):
        source, sink = Group(gfp="t", queue_octets=1 << 20), Group(gfp="t", queue_octets=1 << 20)
        sink.take(source.fill(3 * CONTAINER, 3))
        stream = bytearray(OCTETS)

        def arm():
            _refill(source, size)
            sink.receive()
            stream[:] = source.fill(OCTETS, FRAMES)

        select_kernels(variant)
        rate(lambda: sink.take(stream, FRAMES), OCTETS, setup=arm)
        select_kernels()
        assert sink.counters()["ethernet_fcs_errors"] == sink.transparent_counters()["rx_crc_errors"] == 0


@pytest.mark.parametrize("size", [1514, 64], ids=["1514", "64"])
class TestStm16:
    """Gigabit Ethernet at full rate in VC-4-7v: the whole of one end."""

    def _ends(self) -> tuple[list[Group], list[Line]]:
        groups = [Group(gfp="t", queue_octets=1 << 20) for _ in range(2)]
        lines = [Line(rate="stm16") for _ in range(2)]
        for line, group in zip(lines, groups, strict=True):
            for number in range(7):
                line.apply(LineMap("vc4", [(group, number)]), number + 1)
        for _ in range(60):
            lines[1].parse(lines[0].build(FRAMES))
        return groups, lines

    def test_build(self, rate, size):
        (group, _), (line, _) = self._ends()
        rate(lambda: line.build(FRAMES), FRAMES * 16 * 2430, setup=lambda: _refill(group, size))

    def test_parse(self, rate, size):
        (source, sink), (line, there) = self._ends()
        stream = bytearray(FRAMES * 16 * 2430)

        def arm():
            _refill(source, size)
            sink.receive()
            stream[:] = line.build(FRAMES)

        rate(lambda: there.parse(stream), len(stream), setup=arm)
        assert sink.counters()["ethernet_fcs_errors"] == sink.transparent_counters()["rx_crc_errors"] == 0


def _refill(group: Group, size: int) -> None:
    while size and group.waiting * (size + 24) < 2 * OCTETS and group.send(bytes(12) + b"\x08\x00" + bytes(size - 14)):
        pass
