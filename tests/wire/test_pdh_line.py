"""An E1 line: its octets are those of its bearer, and ones where nothing comes."""

import random

import pytest

from msapemu._framing import E1, PDH_OCTETS, PdhLine


def test_an_e1_goes_through_a_line() -> None:
    line = PdhLine("e1")
    (bearer,) = line.bearers
    bits = random.Random(7).randbytes(320)
    assert bearer.push(bits) == 320
    signal = line.build(10)
    assert signal == bits
    assert line.build(2) == b"\xff" * 64
    line.parse(signal)
    assert bearer.pop() == bits
    assert line.counters()["frames"] == 10


def test_without_a_signal_ones_come() -> None:
    line = PdhLine("e1")
    (bearer,) = line.bearers
    line.silent(3)
    assert bearer.los
    assert line.defects == ("LOS",)
    assert bearer.pop() == b"\xff" * 96
    line.parse(bytes(32))
    assert not bearer.los
    assert [event[1:] for event in line.events()] == [("", "LOS", True), ("", "LOS", False)]


def test_a_vc12_bears_an_e1() -> None:
    e1 = E1(target_octets=0)
    bearer = e1.bearer
    bits = random.Random(8).randbytes(128)
    bearer.push(bits)
    e1.parse(e1.build())
    assert bearer.pop() == bits


def test_wrong_use() -> None:
    with pytest.raises(ValueError, match="no rate 'e9'"):
        PdhLine("e9")
    with pytest.raises(ValueError, match="multiple of 32"):
        PdhLine("e1").parse(bytes(33))
    assert PDH_OCTETS["e1"] == 32
