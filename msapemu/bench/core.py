"""`msapemu bench core`: octets a second of the core, against the line and two yardsticks of the same run."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import perf_counter_ns

from msapemu import _framing
from msapemu.bench.e1 import E1Ends
from msapemu.bench.gfp_t import Superblocks
from msapemu.bench.stm import CARRYING, CrossConnect, Ends
from msapemu.bench.work import Work
from msapemu.ctl.errors import UsageError

MAPPINGS = (*CARRYING, "e1", "gfp-t")
SIZES = (64, 1514)
SMALLEST, LARGEST = 14, 9600  # octets of a frame without FCS
WARM_UP = 0.15  # of the time
FEWEST = 5  # rounds
YARDSTICK = 32 * 1024  # octets a call, which stay in the caches

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Figure:
    """Of one kind of work: octets a round over the median of its rounds, Gbit/s."""

    work: str
    mapping: str
    size: int
    gbps: float
    x_line: float
    yardstick_memcpy: float
    yardstick_x43: float
    ns_per_frame: float
    kernels: str
    rounds: int


def measure_all(
    mappings: Sequence[str], sizes: Sequence[int], kernels: Sequence[str] = (), seconds: float = 1.0, tell: Tell = print
) -> Iterator[Figure]:
    """Figures of all mappings and sizes, with each of the kernels (none: the best). UsageError for what there is not,
    MsapemuError when a round was not full or anything was counted that should not."""
    for size in sizes:
        if not SMALLEST <= size <= LARGEST:
            raise UsageError(f"--size: {size} is not {SMALLEST}..{LARGEST} octets")
    for name in mappings:
        if name not in MAPPINGS:
            raise UsageError(f"--mapping: {name!r} is none of {', '.join(MAPPINGS)}")
    known = _framing.kernel_names()
    for name in kernels:
        if name not in known:
            raise UsageError(f"--kernels: {name!r} is none of those of this machine: {', '.join(known)}")
    try:
        for variant in kernels or known[:1]:
            _framing.select_kernels(variant)
            for text, make in _works(mappings, sizes):
                tell(f"{text}, {variant}")
                yield from measure(make(), seconds, variant)
    finally:
        _framing.select_kernels()


def _works(mappings: Sequence[str], sizes: Sequence[int]) -> Iterator[tuple[str, Callable[[], Work]]]:
    for mapping in mappings:
        if mapping == "e1":
            yield "E1", E1Ends
            continue
        for size in sizes:
            text = f"{mapping}, {size} octets"
            yield text, partial(Superblocks, size) if mapping == "gfp-t" else partial(Ends, mapping, size)
        if mapping == "vc12-63v":
            yield "VC-12 cross-connect", partial(CrossConnect, max(sizes))


def measure(work: Work, seconds: float, kernels: str) -> Iterator[Figure]:
    """Rounds for so many seconds, the first of them not counted; each has all stages and both yardsticks."""
    copied, scrambled = _copy(work.octets), _scramble(work.octets)
    stages = {**work.stages, "memcpy": copied, "x43": scrambled}
    times: dict[str, list[int]] = {name: [] for name in stages}
    counting = gc.isenabled()
    gc.disable()
    try:
        start = perf_counter_ns()
        warm, end = start + int(WARM_UP * seconds * 1e9), start + int(seconds * 1e9)
        while (now := perf_counter_ns()) < end or len(times["x43"]) < FEWEST:
            work.arm()
            for name, stage in stages.items():
                before = perf_counter_ns()
                stage()
                after = perf_counter_ns()
                if now >= warm:
                    times[name].append(after - before)
    finally:
        if counting:
            gc.enable()
    work.check()
    gbps = {name: 8 * work.octets / median(some) for name, some in times.items()}
    for name in work.stages:
        yield Figure(
            name,
            work.mapping,
            work.size,
            gbps[name],
            1e9 * gbps[name] / work.line_bps,
            gbps["memcpy"],
            gbps["x43"],
            median(times[name]) / work.frames,
            kernels,
            len(times[name]),
        )


def _copy(octets: int) -> Callable[[], None]:
    source, target = bytes(YARDSTICK), memoryview(bytearray(YARDSTICK))
    pieces = _pieces(octets)

    def copy() -> None:
        for length in pieces:
            target[:length] = source[:length] if length < YARDSTICK else source

    return copy


def _scramble(octets: int) -> Callable[[], None]:
    source = bytes(range(256)) * (YARDSTICK // 256)
    pieces = [source[:length] for length in _pieces(octets)]

    def scramble() -> None:
        for piece in pieces:
            _framing.kernel("scramble43", piece)

    return scramble


def _pieces(octets: int) -> list[int]:
    whole, rest = divmod(octets, YARDSTICK)
    return [YARDSTICK] * whole + [rest] * (rest > 0)
