"""Runs the targets, each for some seconds. Exit status 1, with what failed and how to see it again, at a fault."""

from __future__ import annotations

import argparse
import importlib
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from fuzz.mutation import mutated

TARGETS = ("captures", "decode", "gfp", "gfp_t", "hdlc", "hdlc_client", "line", "mux", "pw", "serial", "tributaries")
KEPT = 64  # inputs to go on from: mutations of mutations reach further


def run(name: str, target: ModuleType, seed: int, seconds: float) -> bool:
    """Whether the target held for that long. The same seed gives the same inputs."""
    chance = random.Random(f"{name} {seed}")
    inputs: list[bytes] = target.seeds()
    good = len(inputs)
    end = time.monotonic() + seconds
    count = 0
    while count < good or time.monotonic() < end:
        octets = inputs[count] if count < good else mutated(chance.choice(inputs), chance)
        try:
            target.check(octets, chance)
        except Exception:
            traceback.print_exc()
            kept = Path(tempfile.mkdtemp(prefix="msapemu-fuzz-")) / name
            kept.write_bytes(octets)
            print(f"{name}: input {count} of seed {seed} fails; it is kept in {kept}", file=sys.stderr)
            return False
        if count >= good and chance.random() < 0.1:
            if len(inputs) < KEPT:
                inputs.append(octets)
            else:
                inputs[chance.randrange(good, KEPT)] = octets
        count += 1
    print(f"{name}: {count} inputs", flush=True)
    return True


def lead_by_coverage(target: ModuleType, arguments: list[str]) -> None:
    try:
        atheris = importlib.import_module("atheris")
    except ImportError:
        sys.exit("fuzz: --atheris needs the package atheris")
    check: Callable[[bytes, random.Random], None] = target.check
    atheris.instrument_all()
    atheris.Setup([sys.argv[0], *arguments], lambda octets: check(octets, random.Random(len(octets))))
    atheris.Fuzz()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m fuzz")
    parser.add_argument("--seed", type=int, help="to see the same inputs again; else one is made and printed")
    parser.add_argument("--seconds", type=float, default=5, help="for each target")
    parser.add_argument("--atheris", metavar="TARGET", choices=TARGETS, help="this target, led by coverage")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    options = parser.parse_args()
    if unknown := set(options.targets) - set(TARGETS):
        parser.error(f"no target {', '.join(sorted(unknown))}")
    if options.atheris:
        lead_by_coverage(importlib.import_module(f"fuzz.{options.atheris}"), [])
        return 0
    seed = random.SystemRandom().randrange(1 << 32) if options.seed is None else options.seed
    print(f"seed {seed}", flush=True)
    names = options.targets or TARGETS
    held = [run(name, importlib.import_module(f"fuzz.{name}"), seed, options.seconds) for name in names]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
