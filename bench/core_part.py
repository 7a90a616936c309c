"""Part of docs/performance.md: the core, against the targets."""

from __future__ import annotations

from bench.markdown import Lines, reached, table
from msapemu.bench.core import MAPPINGS, SIZES, Figure, measure_all

# x line rate, by work, mapping and size; Gbit/s of GFP-T
TARGETS = {
    ("build", "vc4", 64): 160.0,
    ("parse", "vc4", 64): 200.0,
    ("build", "vc4", 1514): 256.0,
    ("parse", "vc4", 1514): 300.0,
    ("build", "vc12-63v", 1514): 200.0,
    ("parse", "vc12-63v", 1514): 256.0,
    ("build", "vc12-63v-scattered", 1514): 128.0,
    ("parse", "vc12-63v-scattered", 1514): 128.0,
    ("xc", "vc12-63v", 1514): 128.0,
    ("build", "e1", 32): 8000.0,
    ("parse", "e1", 32): 8000.0,
    ("build", "gfp-t", 1514): 12.0,
    ("parse", "gfp-t", 1514): 12.0,
}
PORTABLE_SHARE = 0.2  # of them, without SIMD


def core(seconds: float) -> Lines:
    best = list(measure_all(MAPPINGS, SIZES, (), seconds, _quiet))
    lines = table(
        ("work", "mapping", "octets", "Gbit/s", "x line", "target", "", "ns a frame", "memcpy", "x^43+1"),
        (_core_row(figure, 1.0) for figure in best),
    )
    lines += ["The same with the portable kernels (no SIMD), whose target is a fifth:", ""]
    wanted = {(size, mapping) for _, mapping, size in TARGETS}
    sizes = sorted({size for size, _ in wanted} & set(SIZES))
    portable = [
        figure
        for figure in measure_all(MAPPINGS, sizes, ("portable",), seconds, _quiet)
        if (figure.work, figure.mapping, figure.size) in TARGETS
    ]
    lines += table(
        ("work", "mapping", "octets", "Gbit/s", "x line", "target", ""),
        (_core_row(figure, PORTABLE_SHARE)[:7] for figure in portable),
    )
    return lines


def _core_row(figure: Figure, share: float) -> list[object]:
    target = TARGETS.get((figure.work, figure.mapping, figure.size))
    row: list[object] = [figure.work, figure.mapping, figure.size, f"{figure.gbps:.2f}", f"{figure.x_line:.1f}"]
    if target is None:
        row += [None, ""]
    else:
        row += [f"{share * target:g}", reached(figure.x_line, share * target)]
    return [*row, f"{figure.ns_per_frame:.1f}", f"{figure.yardstick_memcpy:.0f}", f"{figure.yardstick_x43:.1f}"]


def _quiet(text: str) -> None:
    pass
