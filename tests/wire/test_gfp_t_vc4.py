"""Gigabit Ethernet whole: full rate over VC-4-7v on an STM-16, and over groups that grow and shrink."""

from __future__ import annotations

import pytest

from msapemu._framing import Group, Line, LineMap
from tests.wire.characters import transparent
from tests.wire.lines import mac_frame


def pair(members: int, delays: dict[int, int] | None = None, **options: object) -> tuple[list[Group], list[Line]]:
    """Two ends of an STM-16 with a VC-4-Xv from VC-4 1 on; delays in frames by member."""
    ends = [transparent(**options) for _ in range(2)]
    lines = [Line(rate="stm16", delays=delays or {}), Line(rate="stm16")]
    for line, group in zip(lines, ends, strict=True):
        for number in range(members):
            line.apply(LineMap("vc4", [(group, number)]), number + 1)
    return ends, lines


@pytest.mark.parametrize("delays", [None, {2: 3, 5: 40, 7: 8}], ids=["", "delays"])
def test_full_rate_over_vc4_7v(delays: dict[int, int] | None) -> None:
    """Every frame that the wire's rate gives, with all 15625 characters a line frame, and no error."""
    (near, far), (line, there) = pair(7, delays)
    sent: list[bytes] = []
    received: list[bytes] = []
    n = 0
    for _ in range(60):
        there.parse(line.build(8))
        if far.in_sync:
            break
    assert far.in_sync
    there.parse(line.build(8))
    before = far.transparent_counters()["rx_characters"]
    for _ in range(40):
        while near.waiting < 1500 and near.send(frame := mac_frame(n, 60 + n % 1455)):
            sent.append(frame)
            n += 1
        there.parse(line.build(8))
        received += far.receive()
    counters = far.transparent_counters()
    assert counters["rx_characters"] - before == pytest.approx(15625 * 8 * 40, abs=6080)
    for _ in range(20):
        there.parse(line.build(8))
        received += far.receive()
    assert received == sent
    assert counters["rx_crc_errors"] == counters["rx_block_errors"] == 0
    assert near.transparent_counters()["tx_idles_dropped"] == 0
    octets = sum(map(len, sent)) + 24 * len(sent)
    assert octets > 0.9 * 15625 * 8 * 40


def test_over_fewer_members() -> None:
    """The same client over VC-4-2v: sub-rate, frame for frame."""
    (near, far), (line, there) = pair(2, superblocks=16)
    for _ in range(60):
        there.parse(line.build(8))
    assert far.in_sync
    sent, received = [], []
    for n in range(400):
        frame = mac_frame(n, 60 + 3 * n)
        assert near.send(frame)
        sent.append(frame)
    for _ in range(60):
        there.parse(line.build(8))
        received += far.receive()
    assert received == sent
    assert near.transparent_counters()["tx_idles_dropped"] > 8 * 250
