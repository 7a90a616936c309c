"""The picture of a measurement: throughput against frame size with what it is in theory, and latency against load."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msapemu.bench.link.place import Place
from msapemu.ctl.errors import UsageError

FORMATS = (".svg", ".png")


def check(path: Path) -> None:
    """UsageError when no picture of that name can be made."""
    if path.suffix.lower() not in FORMATS:
        raise UsageError(f"--plot: {path} ends neither in {' nor in '.join(FORMATS)}")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"--plot: there is no folder {path.absolute().parent}")


def draw(place: Place, tables: Mapping[str, Sequence[Mapping[str, Any]]], path: Path) -> None:
    """Into `path`, by its ending."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "msapemu"
    from matplotlib import pyplot

    picture, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
    try:
        picture.suptitle(f"{place.name}: {place.via}, {place.capacity_bps / 1e6:.3f} Mbit/s")
        _throughput(left, place, tables.get("throughput", ()))
        _latency(right, tables.get("latency", ()))
        picture.savefig(path, metadata={"Date": None} if path.suffix.lower() == ".svg" else None)
    finally:
        pyplot.close(picture)


def _throughput(axes: Any, place: Place, rows: Sequence[Mapping[str, Any]]) -> None:
    axes.set(title="throughput", xlabel="frame with FCS, octets", ylabel="Mbit/s of Ethernet, each way")
    sizes = [row["size"] for row in rows]
    if sizes and place.overhead is not None:
        line = range(min(sizes), max(sizes) + 1, 2)
        axes.plot(line, [place.bits_per_second(size) / 1e6 for size in line], color="0.6", label="theory")
    for generator, marker, text in ((False, "o", "no frame lost"), (True, "^", "all that the generator could")):
        some = [row for row in rows if (row["limit"] == "generator") is generator]
        if some:
            axes.plot([row["size"] for row in some], [row["mbps"] for row in some], marker, label=text)
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="lower right")


def _latency(axes: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    axes.set(title="latency", xlabel="load, % of theory", ylabel="ms, TAP to TAP")
    for number, size in enumerate(sorted({row["size"] for row in rows})):
        some = [row for row in rows if row["size"] == size and row["p50_us"] is not None]
        for quantile, style in (("p50", "-"), ("p99", "--"), ("p99.9", ":")):
            axes.plot(
                [100 * row["load"] for row in some],
                [row[f"{quantile}_us"] / 1000 for row in some],
                style,
                marker=".",
                color=f"C{number % 10}",
                label=f"{size}, {quantile}",
            )
    axes.set_yscale("log")
    axes.grid(alpha=0.3, which="both")
    if rows:
        axes.legend(fontsize="x-small", ncols=2)
