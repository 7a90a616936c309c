"""Members of running groups: shown, added, removed; and what is refused."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from msapemu.ctl.client import ShelfClient
from msapemu.ctl.config import load
from tests.dataplane.net import Flood, Sink
from tests.lab.conftest import Bench, crosses, wait_until

pytestmark = pytest.mark.root

NODES = (
    "name: TAG\n"
    "topology:\n"
    "  nodes:\n"
    "    co:     {slots: {1: {card: stm1}, 2: {card: eth}}}\n"
    "    branch: {slots: {1: {card: stm1}, 2: {card: eth}}}\n"
)
CLIENTS = (
    "  clients:\n"
    "    - {port: 'co:2/1', tap: lan0, netns: TAGh, address: 10.0.0.1/24}\n"
    "    - {port: 'branch:2/1', tap: lan0, netns: TAGs, address: 10.0.0.2/24}\n"
)
TWO_LINKS = (
    "  links:\n"
    "    - {endpoints: ['co:1/1', 'branch:1/1'], impair: {delay: 1ms}}\n"
    "    - {endpoints: ['co:1/2', 'branch:1/2'], impair: {delay: 3ms}}\n"
)
MEMBERS = "{'co:1/1': [1.1.1, 1.1.2, 1.1.3], 'co:1/2': [1.1.1, 1.1.2]}"
FIVE = [
    *(f"1/1/au4.1/vc12.1.1.{m}" for m in (1, 2, 3)),
    *(f"1/2/au4.1/vc12.1.1.{m}" for m in (1, 2)),
]


def lab(members: str = MEMBERS, more: str = "lcas: true") -> str:
    circuit = f"{{name: c, a: 'co:2/1', z: 'branch:2/1', via: vc12, members: {members}, {more}}}"
    return f"{NODES}{TWO_LINKS}{CLIENTS}circuits:\n  - {circuit}\n"


def shown(bench: Bench, file: Path) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = json.loads(bench.run("vcg", "show", "-t", file, "c", "-f", "json"))
    return found


def carried(bench: Bench, file: Path, half: str = "tx") -> dict[str, list[str]]:
    """By end, the members that carry traffic, in sequence."""
    rows = [row for row in shown(bench, file)["members"] if row[f"{half}_ctrl"] in ("NORM", "EOS")]
    ends: dict[str, list[str]] = {"co/2/1": [], "branch/2/1": []}
    for row in sorted(rows, key=lambda row: int(row[f"{half}_sq"])):
        ends[row["end"]].append(row["member"])
    return ends


def whole(bench: Bench, file: Path, tx: int = 5, rx: int = 5) -> bool:
    """All of so many members carry traffic, at co; and the other way round at branch."""
    sizes = [(row["tx_size"], row["rx_size"]) for row in shown(bench, file)["groups"]]
    return sizes == [(tx, rx), (rx, tx)]


@contextlib.contextmanager
def lossless(bench: Bench, bps: float) -> Iterator[None]:
    """A flood of numbered frames from co to branch, of which all come, in order."""
    with Sink(f"{bench.tag}s", "lan0") as sink:
        with Flood(f"{bench.tag}h", "lan0", bps, 600) as flood:
            yield
        sink.wait(flood.sent, 5)
    assert sink.gaps == [] and sink.received == flood.sent > 0


@pytest.fixture
def five(bench: Bench) -> Path:
    """A circuit of five members over two links, deployed."""
    file = bench.write(lab())
    bench.run("deploy", "-t", file)
    wait_until(lambda: whole(bench, file), "all members carry traffic")
    wait_until(
        lambda: all(row["state"] == "ok" and row["delay_us"] == 2000 for row in shown(bench, file)["groups"]),
        "no defect stands, and delays are measured",
    )
    return file


def test_every_member_is_shown_at_both_ends(bench: Bench, five: Path) -> None:
    found = shown(bench, five)
    assert [(row["circuit"], row["group"], row["via"], row["lcas"]) for row in found["groups"]] == [
        ("c", "co/2/1/vcg", "VC-12-5v", "on"),
        ("c", "branch/2/1/vcg", "VC-12-5v", "on"),
    ]
    assert {(row["state"], row["delay_us"], row["tx_mbps"]) for row in found["groups"]} == {("ok", 2000, 10.88)}
    assert [row["member"] for row in found["members"]] == FIVE * 2
    assert [row["tx_ctrl"] for row in found["members"]] == (["NORM"] * 4 + ["EOS"]) * 2
    for half in ("tx", "rx"):
        assert carried(bench, five, half) == {"co/2/1": FIVE, "branch/2/1": FIVE}
    assert {(row["tx_mst"], row["rx_state"], row["rx_crc_errors"], row["defects"]) for row in found["members"]} == {
        ("OK", "OK", 0, "ok")
    }
    assert [row["rx_delay_us"] for row in found["members"]] == [0, 0, 0, 2000, 2000] * 2
    blocks = bench.run("vcg", "show", "-t", five, "-f", "csv").split("\n\n")
    assert [len(list(csv.DictReader(io.StringIO(block)))) for block in blocks] == [2, 10]
    table = bench.run("vcg", "show", "-t", five, "c", "1.1.2", "branch:1/2/au4.1/vc12.1.1.1")
    assert table.count("vc12.1.1.2") == 2 and table.count("1/2/au4.1/vc12.1.1.1") == 1
    circuits = json.loads(bench.run("inspect", "-t", five, "-f", "json"))["circuits"]
    assert {(row["lcas"], row["tx_size"], row["rx_size"], row["delay_us"], row["client"]) for row in circuits} == {
        ("on", 5, 5, 2000, "up")
    }
    bench.run("destroy", "-t", five)


def test_members_come_and_go_and_not_a_frame_is_lost(bench: Bench, five: Path) -> None:
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    with lossless(bench, 7e6):
        bench.run("vcg", "remove", "-t", five, "c", "1.1.2")
        gone = [member for member in FIVE if not member.endswith("1/1/au4.1/vc12.1.1.2")]
        assert carried(bench, five) == {"co/2/1": gone, "branch/2/1": gone}
        bench.run("vcg", "add", "-t", five, "c", "branch:1/2/au4.1/vc12.3.7.3", "1.1.2")
        more = {*FIVE, "1/2/au4.1/vc12.3.7.3"}
        assert {end: set(members) for end, members in carried(bench, five).items()} == dict.fromkeys(
            ("co/2/1", "branch/2/1"), more
        )
        assert carried(bench, five, "rx")["branch/2/1"] == carried(bench, five)["co/2/1"]
        # the two ways are of different sizes
        bench.run("vcg", "remove", "-t", five, "c", "1.1.1", "--direction", "a-z")
        bench.run("vcg", "add", "-t", five, "c", "1.2.1", "--direction", "z-a")
        assert whole(bench, five, 5, 7)
    rows = {(row["end"], row["member"]): row for row in shown(bench, five)["members"]}
    only_sent, only_received = rows["branch/2/1", FIVE[0]], rows["co/2/1", FIVE[0]]
    assert (only_sent["tx_state"], only_sent["rx_state"]) == ("NORM", None)
    assert (only_received["tx_state"], only_received["rx_state"]) == (None, "OK")
    # what runs is what is written down
    config = load(bench.run_dir / bench.tag / "co" / "config.json")
    assert config.circuits[0].rx_members == ("1.1.1", "1.2.1")
    # and the file says what there is after a redeploy, again without a loss
    with lossless(bench, 7e6):
        bench.run("redeploy", "-t", five)
        wait_until(lambda: whole(bench, five), "five members each way")
    bench.run("destroy", "-t", five)


def test_a_redeploy_with_other_members_loses_nothing(bench: Bench, five: Path) -> None:
    with lossless(bench, 5e6):
        bench.write(lab("{'co:1/1': [1.1.1, 2.1.1, 1.1.3], 'co:1/2': [1.1.2]}"))
        bench.run("redeploy", "-t", five)
        wait_until(lambda: whole(bench, five, 4, 4), "four members")
        bench.write(lab("{'co:1/1': [1.1.1, 2.1.1, 1.1.3], 'co:1/2': [1.1.2, 1.1.3, 1.1.4]}".replace("1.1.4", "1.2.1")))
        bench.run("redeploy", "-t", five)
        wait_until(lambda: whole(bench, five, 6, 6), "six members")
    bench.run("destroy", "-t", five)


def test_the_last_member_of_lcas_may_go_and_come_again(bench: Bench) -> None:
    file = bench.write(lab("{'co:1/1': [1.1.1]}"))
    bench.run("deploy", "-t", file)
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    bench.run("vcg", "remove", "-t", file, "c", "1.1.1")
    assert shown(bench, file)["members"] == []
    bench.run("vcg", "add", "-t", file, "c", "co:1/2/au4.1/vc12.2.2.2")
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    bench.run("destroy", "-t", file)


def test_without_lcas_members_change_with_a_hit(bench: Bench) -> None:
    file = bench.write(lab("{'co:1/1': [1.1.1], 'co:1/2': [1.1.1]}", "delay_limit: 20ms"))
    bench.run("deploy", "-t", file)
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    bench.run("vcg", "add", "-t", file, "c", "1.1.2")
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    rows = shown(bench, file)["members"]
    assert [row["rx_sq"] for row in rows] == [0, 1, 2] * 2 and rows[0]["tx_state"] is None
    bench.run("vcg", "remove", "-t", file, "c", "1.1.1", "1.1.2")
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    output = bench.run("vcg", "remove", "-t", file, "c", "co:1/2/au4.1/vc12.1.1.1", status=2)
    assert output == "msapemu: c: a circuit without LCAS keeps one member at least\n"
    output = bench.run("vcg", "add", "-t", file, "c", "1.1.3", "-d", "a-z", status=2)
    assert output == "msapemu: c: without LCAS both directions have the same members\n"
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    bench.run("destroy", "-t", file)


def test_a_member_over_a_shelf_between_is_connected_there(bench: Bench) -> None:
    """The new member goes on where the others do; its container there is the first that is free."""
    file = bench.write(
        "name: TAG\n"
        "topology:\n"
        "  nodes:\n"
        "    co:     {slots: {1: {card: stm1}, 2: {card: eth}}}\n"
        "    middle: {slots: {1: {card: stm1}, 2: {card: eth}}}\n"
        "    branch: {slots: {1: {card: stm1}, 2: {card: eth}}}\n"
        "  links:\n"
        "    - {endpoints: ['co:1/1', 'middle:1/1']}\n"
        "    - {endpoints: ['middle:1/2', 'branch:1/1']}\n"
        "  clients:\n"
        "    - {port: 'co:2/1', tap: lan0, netns: TAGh, address: 10.0.0.1/24}\n"
        "    - {port: 'branch:2/1', tap: lan0, netns: TAGs, address: 10.0.0.2/24}\n"
        "    - {port: 'middle:2/1', tap: lan1, netns: TAGh}\n"
        "    - {port: 'branch:2/2', tap: lan1, netns: TAGs}\n"
        "circuits:\n"
        "  - {name: c, a: 'co:2/1', z: 'branch:2/1', via: vc12, members: [1.1.1, 1.1.2], lcas: true}\n"
        "  - {name: other, a: 'middle:2/1', z: 'branch:2/2', via: vc12, members: [1.1.3]}\n"
    )
    bench.run("deploy", "-t", file)
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    bench.run("vcg", "add", "-t", file, "c", "1.1.3")
    middle = bench.run_dir / bench.tag / "middle" / "config.json"
    pairs = {(one.sink, one.source) for one in load(middle).connections}
    assert ("1/2/au4.1/vc12.1.2.1", "1/1/au4.1/vc12.1.1.3") in pairs  # 1.1.3 is taken there
    assert ("1/1/au4.1/vc12.1.1.3", "1/2/au4.1/vc12.1.2.1") in pairs
    last = [row["member"][-5:] for row in shown(bench, file)["members"]]
    assert last == ["1.1.1", "1.1.2", "1.1.3", "1.1.1", "1.1.2", "1.2.1"]
    output = bench.run("vcg", "add", "-t", file, "c", "branch:1/1/au4.1/vc12.1.1.3", status=2)
    assert output == "msapemu: c: branch:1/1/au4.1/vc12.1.1.3 is used by circuit other already\n"
    bench.run("vcg", "remove", "-t", file, "c", "1.1.1")
    assert len(load(middle).connections) == 4
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    bench.run("destroy", "-t", file)


def test_what_cannot_be_is_one_line_and_changes_nothing(bench: Bench, five: Path) -> None:
    files = [bench.run_dir / bench.tag / node / "config.json" for node in ("co", "branch")]
    before = [load(path) for path in files]
    example = "(K.L.M, or such as co:1/1/au4.1/vc12.1.1.1)"
    for words, what in (
        (["show", "x"], f"x: lab {bench.tag} has no such circuit (circuits: c)"),
        (["show", "c", "3.3.3"], "c: 3.3.3 is no member"),
        (["add", "x", "1.1.1"], f"x: lab {bench.tag} has no such circuit (circuits: c)"),
        (["add", "c", "1.1.1"], "c: co:1/1/au4.1/vc12.1.1.1 is a member already"),
        (["add", "c", "1.8.1"], f"1.8.1: is no member of a circuit via vc12 {example}"),
        (["add", "c", "co:1/1/au4.1/vc3.1"], f"co:1/1/au4.1/vc3.1: is no member of a circuit via vc12 {example}"),
        (["add", "c", "co:1/1/au4.2/vc12.1.1.1"], "co:1/1/au4.2/vc12.1.1.1: co has no 1/1/au4.2/vc12.1.1.1"),
        (["add", "c", "co:1/3/au4.1/vc12.1.1.1"], "co:1/3/au4.1/vc12.1.1.1: co has no 1/3/au4.1/vc12.1.1.1"),
        (["add", "c", "far:1/1/au4.1/vc12.1.1.1"], "does not end at far (it does at co and branch)"),
        (["add", "c", "1.1.4.4"], f"1.1.4.4: is no member of a circuit via vc12 {example}"),
        (["add", "c", "1.2.1", "1.2.1"], "c: 1.2.1 is given twice"),
        (["remove", "c", "1.2.1"], "c: co:1/1/au4.1/vc12.1.2.1 is no member"),
    ):
        output = bench.run("vcg", *words, "-t", five, status=2)
        assert output.startswith("msapemu: ") and output.count("\n") == 1 and what in output, (words, output)
    assert "which lab? -t FILE or --name LAB" in bench.run("vcg", "show", "c", status=2)
    assert "no such lab is deployed" in bench.run("vcg", "show", "--name", "nobody", "c", status=1)
    assert [load(path) for path in files] == before
    assert whole(bench, five)
    bench.run("destroy", "-t", five)


def test_a_member_that_the_far_end_cannot_take_is_told(
    bench: Bench, five: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays, and comes in when it can."""
    from msapemu.lab.vcg import running

    monkeypatch.setattr(running, "WAIT_SECONDS", 0.5)
    bench.run("impair", "-t", five, "branch:1/1", "--alarm", "TU-AIS,tu=2.2.2")
    output = bench.run("vcg", "add", "-t", five, "c", "2.2.2", status=1)
    assert output == (
        "msapemu: c: 1/1/au4.1/vc12.2.2.2 was added, and does not carry traffic within 0.5 s "
        "(source ADD at co, the far end's sink says FAIL)\n"
    )
    bench.run("impair", "-t", five, "branch:1/1", "--clear")
    wait_until(lambda: whole(bench, five, 6, 6), "it carries traffic")
    bench.run("destroy", "-t", five)


def test_what_else_a_command_has_set_goes_on(bench: Bench, five: Path) -> None:
    """A loopback for a time ends when its time is over, and an impairment stays what it is."""
    bench.run("loop", "-t", five, "co:1/1/au4.1/vc12.3.7.3", "line", "--for", "1s")
    bench.run("impair", "-t", five, "branch:1/2", "--delay", "4ms")
    bench.run("vcg", "add", "-t", five, "c", "1.2.1")
    path = bench.run_dir / bench.tag / "co" / "config.json"
    assert load(path).loops == () and "1.2.1" in load(path).circuits[0].members
    with ShelfClient(path.with_name("ctl")) as client:
        wait_until(lambda: client.info().config.loops == (), "the loopback is over", 3)
    lines = json.loads(bench.run("inspect", "-t", five, "-f", "json"))["lines"]
    assert {row["port"]: row["impaired"] for row in lines}["branch/1/2"] == "delay 4000 us"
    bench.run("destroy", "-t", five)
