"""The fuzz targets hold on their own seeds and on some mutations of them: they are ready when `make fuzz` runs them."""

from __future__ import annotations

import importlib
import random

import pytest

from fuzz.__main__ import TARGETS
from fuzz.mutation import mutated


@pytest.mark.parametrize("name", TARGETS)
def test_target(name: str) -> None:
    target = importlib.import_module(f"fuzz.{name}")
    chance = random.Random(1)
    seeds = target.seeds()
    for octets in [*seeds, *(mutated(chance.choice(seeds), chance) for _ in range(150))]:
        target.check(octets, chance)


@pytest.mark.parametrize("name", TARGETS)
def test_mutations_change_something(name: str) -> None:
    (octets, *_) = importlib.import_module(f"fuzz.{name}").seeds()
    changed = [mutated(octets, random.Random(seed)) != octets for seed in range(50)]
    assert sum(changed) >= 40
