"""configs/cross-connect.yaml on a real kernel: two circuits over a shelf between two that are faster."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from msapemu.ctl.client import ShelfClient
from tests.dataplane.rig import real_time

from .conftest import Bench, crosses, wait_until

pytestmark = [pytest.mark.root, pytest.mark.tool("ping"), real_time]

LAB = Path(__file__).resolve().parents[2] / "configs" / "cross-connect.yaml"


def inspected(bench: Bench, path: Path, table: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(bench.run("inspect", "-t", path, "--format", "json"))[table]
    return rows


def by_port(bench: Bench, path: Path) -> dict[str, dict[str, Any]]:
    return {row["port"]: row for row in inspected(bench, path, "lines")}


def test_pointers_move_and_nothing_is_lost(bench: Bench) -> None:
    path = bench.renamed(LAB)
    bench.run("deploy", "-t", path)
    try:
        west = bench.netns("xc-west")
        assert crosses(west, "10.41.0.2")
        assert crosses(west, "10.42.0.2")
        wait_until(lambda: all(row["state"] == "ok" for row in inspected(bench, path, "lines")), "all lines are ok")
        time.sleep(0.5)
        for _ in range(3):
            before = by_port(bench, path), inspected(bench, path, "circuits")
            assert crosses(west, "10.41.0.2", 100, 1000)
            assert crosses(west, "10.42.0.2", 100, 1000)
            time.sleep(1)
            after = by_port(bench, path), inspected(bench, path, "circuits")
            lost = {port: row["lost_frames"] - before[0][port]["lost_frames"] for port, row in after[0].items()}
            if not any(lost.values()):
                break
            print(f"the machine lost datagrams on the way: {lost}")
        for port, row in after[0].items():
            assert row["state"] == "ok"
            for name in ("lost_frames", "oof", "b1_errors", "b2_errors", "b3_errors", "bip2_errors"):
                assert row[name] == before[0][port][name], (port, name)
        for port in ("west/1/1", "east/1/1"):
            assert after[0][port]["pointer_moves"] > before[0][port]["pointer_moves"] + 100
        for port in ("middle/1/1", "middle/1/2"):
            assert after[0][port]["pointer_moves"] == 0  # what the ends send is of their own clock
        for old, new in zip(before[1], after[1], strict=True):
            assert (new["state"], new["errors"], new["drops"]) == ("ok", old["errors"], old["drops"])
    finally:
        bench.run("destroy", "-t", path)


def test_a_loopback_from_the_command_line(bench: Bench) -> None:
    path = bench.renamed(LAB)
    bench.run("deploy", "-t", path)
    try:
        west = bench.netns("xc-west")
        assert crosses(west, "10.42.0.2")
        folder = bench.run_dir / bench.tag
        with ShelfClient(folder / "middle" / "ctl") as control:
            bench.run("loop", "-t", path, "middle:1/1/au4.1/vc3.2", "line", "--for", "60s")
            assert [(one.object, one.kind) for one in control.info().config.loops] == [("1/1/au4.1/vc3.2", "line")]
            bench.run("loop", "-t", path, "middle/1/1/au4.1/vc3.2", "off")
            assert control.info().config.loops == ()
            bench.run("loop", "-t", path, "middle:1/2", "line", "--for", "200ms")
            wait_until(lambda: control.info().config.loops == (), "it is over")
        assert crosses(west, "10.42.0.2")
        for arguments, status, text in (
            (("middle:1/2", "off"), 2, "middle/1/2: there is no loopback"),
            (("middle:1/9", "line"), 2, "middle: loopback 1/9: 1/9 is no line of the shelf"),
            (("middle:1/2/au4.9", "line"), 2, "1/2/au4.9: an STM-1 has VC-4 1..1"),
            (("nobody:1/2", "line"), 2, "has no node 'nobody'"),
            (("middle", "line"), 2, "'middle' names no object of a shelf"),
            (("middle:1/1/au4.1/vc12.1.1.1", "equipment"), 2, "an equipment loopback is at a line port"),
            (("middle:1/1", "line", "--for", "soon"), 2, "--for: 'soon' is no time"),
            (("middle:1/1", "off", "--for", "1s"), 2, "--for goes with line and equipment only"),
        ):
            assert text in bench.run("loop", "-t", path, *arguments, status=status)
    finally:
        bench.run("destroy", "-t", path)
