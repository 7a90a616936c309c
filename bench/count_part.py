"""Part of docs/performance.md: instructions an octet; and what is counted now against the page."""

from __future__ import annotations

from pathlib import Path

from bench import callgrind
from bench.markdown import Lines, table
from msapemu import _framing

COUNTS_START = "<!-- instructions an octet -->"


def instructions() -> Lines:
    kernels = next(name for name in _framing.kernel_names() if name != "avx512")
    counts = callgrind.count(kernels)
    heads = ("work", "mapping", "octets", "sum", *callgrind.ALL)
    lines = [f"Kernels: {kernels}.", "", COUNTS_START, ""]
    return lines + table(heads, (_count_row(key, layers) for key, layers in counts.items()))


def _count_row(key: tuple[str, str, int], layers: dict[str, float]) -> list[object]:
    mapping, work, size = key
    total = sum(layers.values())
    return [work, mapping, size, f"{total:.3f}", *(f"{layers[name]:.3f}" if layers[name] else "" for name in layers)]


def stored_counts(text: str) -> dict[tuple[str, str, str], dict[str, float]]:
    """The table of a page: (work, mapping, octets) -> layer -> instructions an octet."""
    rest = text.partition(COUNTS_START)[2]
    heads, _, *body = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in rest.splitlines() if line.startswith("|")
    ] or [[], []]
    return {
        (row[0], row[1], row[2]): {head: float(cell) for head, cell in zip(heads[3:], row[3:], strict=True) if cell}
        for row in body
    }


def compare(page: Path) -> int:
    """What the page has against what is counted now: prints every number that differs by a hundredth or more."""
    stored = stored_counts(page.read_text()) if page.exists() else {}
    now = stored_counts("\n".join(instructions()))
    worse = 0
    print(f"{'work':<6} {'mapping':<20} {'octets':>6}  {'layer':<18} {'stored':>9} {'now':>9}")
    for key, layers in now.items():
        for layer, value in layers.items():
            before = stored.get(key, {}).get(layer)
            if before is None or abs(value - before) > max(0.01 * before, 0.002):
                change = "new" if before is None else f"{value / before - 1:+.1%}"
                told = "-" if before is None else f"{before:.3f}"
                print(f"{key[0]:<6} {key[1]:<20} {key[2]:>6}  {layer:<18} {told:>9} {value:>9.3f}  {change}")
                worse += layer == "sum" and before is not None and value > before
    print(f"{worse} of {len(now)} sums have grown by more than a hundredth")
    return 0
