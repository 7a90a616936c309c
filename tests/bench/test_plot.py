"""The picture of `msapemu bench link`."""

from __future__ import annotations

from pathlib import Path

import pytest

from msapemu.bench.link import plot
from msapemu.bench.link.place import End, Place
from msapemu.ctl.errors import UsageError

ENDS = End("co", "2/1", "lan0", None, 1500), End("branch", "2/1", "lan0", None, 1500)
TABLES = {
    "throughput": [{"size": 64, "mbps": 100.0, "limit": "generator"}, {"size": 1518, "mbps": 148.9, "limit": "none"}],
    "latency": [
        {"size": 64, "load": 0.5, "p50_us": 1000.0, "p99_us": 2000.0, "p99.9_us": 3000.0},
        {"size": 64, "load": 1.0, "p50_us": None, "p99_us": None, "p99.9_us": None},
    ],
}


@pytest.mark.parametrize("tables", [TABLES, {}, {"loss": []}])
def test_it_is_drawn(tmp_path: Path, tables: dict[str, list[dict[str, object]]]) -> None:
    place = Place("hq-site", "VC-4", ENDS, 149_760_000, 8 if tables else None)
    svg, png = tmp_path / "p.svg", tmp_path / "p.PNG"
    for path in (svg, png):
        plot.check(path)
        plot.draw(place, tables, path)
    assert png.read_bytes().startswith(b"\x89PNG")
    assert svg.read_text().lstrip().startswith("<?xml") and "</svg>" in svg.read_text()


def test_the_same_tables_are_the_same_picture(tmp_path: Path) -> None:
    place = Place("hq-site", "VC-4", ENDS, 149_760_000, 8)
    for name in ("a.svg", "b.svg"):
        plot.draw(place, TABLES, tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


@pytest.mark.parametrize("name", ["p.pdf", "p", "nowhere/p.svg"])
def test_what_cannot_be_drawn(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="--plot: "):
        plot.check(tmp_path / name)
