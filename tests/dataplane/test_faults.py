"""Bit errors: seeded, at the rate asked for, in any batch size the same (dataplane/faults.pxd)."""

from __future__ import annotations

import itertools
import statistics

import pytest

from msapemu.dataplane.loop import FaultsProbe


def errors(octets: bytes) -> list[int]:
    return [8 * at + bit for at, octet in enumerate(octets) if octet for bit in range(8) if octet >> (7 - bit) & 1]


@pytest.mark.parametrize("ber", [1e-3, 1e-4, 1e-5])
def test_rate_and_spread_are_those_of_independent_errors(ber: float) -> None:
    octets = 4_000_000 if ber < 1e-4 else 1_000_000
    where = errors(FaultsProbe(ber, 7).apply(bytes(octets)))
    expected = 8 * octets * ber
    assert len(where) == pytest.approx(expected, abs=5 * expected**0.5)
    gaps = [b - a for a, b in itertools.pairwise(where)]
    # geometric distances: mean and standard deviation are both 1 / ber
    assert statistics.mean(gaps) == pytest.approx(1 / ber, rel=0.25)
    assert statistics.stdev(gaps) == pytest.approx(1 / ber, rel=0.3)


def test_same_seed_same_errors_whatever_the_batches() -> None:
    whole = FaultsProbe(1e-3, 42).apply(bytes(50_000))
    faults = FaultsProbe(1e-3, 42)
    parts = b"".join(faults.apply(bytes(n)) for n in (1, 2430, 1, 1215, 46_353))
    assert parts == whole
    assert faults.bit_errors == len(errors(whole))
    assert FaultsProbe(1e-3, 43).apply(bytes(50_000)) != whole


def test_a_clean_line_is_not_touched() -> None:
    octets = bytes(range(256)) * 100
    assert FaultsProbe(0.0, 1).apply(octets) == octets


def test_half_of_all_bits() -> None:
    faults = FaultsProbe(0.5, 1)
    assert len(errors(faults.apply(bytes(100_000)))) == pytest.approx(400_000, rel=0.01)
