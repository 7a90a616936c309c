"""`msapemu impair` on labs that run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from msapemu.ctl.client import ShelfClient
from msapemu.ctl.paths import shelf_dir
from tests.lab.conftest import Bench, crosses, wait_until

pytestmark = pytest.mark.root


def lines(bench: Bench) -> dict[str, dict[str, Any]]:
    """The lines of the lab as `inspect` has them, by port."""
    return {row["port"]: row for row in json.loads(bench.run("inspect", "--name", bench.tag, "-f", "json"))["lines"]}


def state(bench: Bench, port: str) -> set[str]:
    return set(lines(bench)[port]["state"].split())


def raised(bench: Bench, node: str) -> set[tuple[str, str]]:
    """Object and name of the defects that a shelf has raised ever."""
    with ShelfClient(shelf_dir(bench.tag, node) / "ctl") as client:
        return {(event.object, event.what) for event in client.events().events if event.state == "raise"}


def impair(bench: Bench, lab: Path, *arguments: str) -> dict[str, str | None]:
    """What the command says, by port."""
    rows = json.loads(bench.run("impair", "-t", lab, *arguments, "-f", "json"))["lines"]
    return {row["port"]: row["impaired"] for row in rows}


def test_cut_alarm_and_back(bench: Bench) -> None:
    lab = bench.write(bench.two_sites())
    bench.run("deploy", "-t", lab)
    host = f"{bench.tag}h"
    assert crosses(host, "10.0.0.2")
    assert impair(bench, lab, "co:1/1", "--both") == {"co/1/1": None, "branch/1/1": None}
    # one direction
    assert impair(bench, lab, "branch:1/1", "--cut") == {"branch/1/1": "cut"}
    wait_until(lambda: "LOS" in state(bench, "branch/1/1"), "LOS at branch")
    wait_until(lambda: "MS-RDI" in state(bench, "co/1/1"), "MS-RDI at co")
    assert {port: row["impaired"] for port, row in lines(bench).items()} == {
        "co/1/1": None, "co/1/2": None, "branch/1/1": "cut", "branch/1/2": None
    }  # fmt: skip
    # both
    assert impair(bench, lab, "branch:1/1", "--both", "--cut") == {"branch/1/1": "cut", "co/1/1": "cut"}
    wait_until(lambda: "LOS" in state(bench, "co/1/1"), "LOS at co")
    assert impair(bench, lab, "co:1/1", "branch:1/1", "--no-cut") == {"co/1/1": None, "branch/1/1": None}
    assert crosses(host, "10.0.0.2")
    # an alarm on one member
    assert impair(bench, lab, "branch:1/1", "--alarm", "TU-AIS,tu=1.1.1", "--delay", "1ms") == {
        "branch/1/1": "delay 1000 us, TU-AIS tu 1.1.1"
    }
    wait_until(lambda: ("branch/1/1/au4.1/vc12.1.1.1", "TU-AIS") in raised(bench, "branch"), "TU-AIS at branch")
    wait_until(lambda: ("co/1/1/au4.1/vc12.1.1.1", "LP-RDI") in raised(bench, "co"), "LP-RDI at co")
    assert ("branch/1/1/au4.1/vc12.1.1.2", "TU-AIS") not in raised(bench, "branch")
    assert impair(bench, lab, "branch:1/1", "--clear") == {"branch/1/1": None}
    assert crosses(host, "10.0.0.2")
    wait_until(lambda: state(bench, "co/1/1") == state(bench, "branch/1/1") == {"ok"}, "all is well again")
    after = lines(bench)
    assert [after["branch/1/1"][name] for name in ("b1_errors", "b2_errors", "b3_errors", "lost_frames")] == [0] * 4
    bench.run("destroy", "-t", lab)


def test_changes_come_on_top_and_redeploy_returns_to_the_file(bench: Bench) -> None:
    text = bench.two_sites().replace('branch:1/1"]', 'branch:1/1"], impair: {there: {errors: ["b3:1e-6"]}}')
    lab = bench.write(text)
    bench.run("deploy", "-t", lab)
    assert lines(bench)["branch/1/1"]["impaired"] == "errors b3 1e-06"
    impair(bench, lab, "branch:1/1", "--force", "S1=0x0f", "--slip", "-1", "--lose", "9,start=1s")
    impair(bench, lab, "branch:1/1", "--errors", "b2:5", "--ppm", "10")
    assert impair(bench, lab, "branch:1/1") == {"branch/1/1": "+10 ppm, errors b3 1e-06, errors b2 5, S1=0x0f, lose 9"}
    # what happens once can be had once more
    for _ in range(2):
        before = slips(bench, "branch")
        impair(bench, lab, "branch:1/1", "--clear", "--slip", "1")
        wait_until(lambda: slips(bench, "branch") > before, "a slip")  # noqa: B023
    assert lines(bench)["branch/1/1"]["impaired"] is None
    rows = json.loads(bench.run("redeploy", "-t", lab, "-f", "json"))["nodes"]
    assert {row["node"]: row["done"] for row in rows} == {"co": "unchanged", "branch": "applied"}
    assert lines(bench)["branch/1/1"]["impaired"] == "errors b3 1e-06"
    bench.run("destroy", "-t", lab)


def slips(bench: Bench, node: str) -> int:
    """B1 errors: a frame that comes twice has a B1 that is not its own."""
    return int(lines(bench)[f"{node}/1/1"]["b1_errors"])


def test_wrong_use_changes_nothing(bench: Bench) -> None:
    lab = bench.write(bench.two_sites())
    assert "no such lab is deployed" in bench.run("impair", "-t", lab, "co:1/1", status=1)
    bench.run("deploy", "-t", lab)
    for arguments, words in [
        (("co:1/2", "--cut"), "msapemu: co:1/2: nothing is plugged in"),
        (("co:2/1", "--cut"), "msapemu: co:2/1: no line port of shelf co"),
        (("co:2/1", "--both"), "msapemu: co:2/1: no line port with a link in lab"),
        (("third:1/1", "--cut"), "has no node 'third'"),
        (("co", "--cut"), "'co' is no port"),
        (("co:1/1", "--alarm", "AU-FIRE"), "msapemu: 'AU-FIRE' is no alarm: LOS, LOF"),
        (("co:1/1", "--alarm", "AU-AIS,au=2"), "msapemu: co:1/1: alarms[0]: au 2 is not in 1..1"),
        (("co:1/1", "--delay", "soon"), "msapemu: 'soon' is no time"),
        (("co:1/1", "--ber", "0.6"), "msapemu: co:1/1: bit error rate 0.6 is not in 0..0.5"),
        (("co:1/1", "branch:1/1", "--alarm", "LOS", "--seed", "-1"), "msapemu: co:1/1: seed -1 is not in"),
    ]:
        assert words in bench.run("impair", "-t", lab, *arguments, status=2), arguments
    assert {row["impaired"] for row in lines(bench).values()} == {None}
    with ShelfClient(shelf_dir(bench.tag, "co") / "ctl") as client:
        assert client.info().generation == 1
    bench.run("destroy", "-t", lab)
