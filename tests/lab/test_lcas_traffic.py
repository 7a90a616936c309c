"""Real traffic over groups with LCAS while members come, go and fail; and link state from one TAP to the other."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from msapemu.ctl.client import ShelfClient
from msapemu.ctl.messages import Event
from tests.dataplane.net import Flood, Sink
from tests.lab.conftest import Bench, crosses, inside, wait_until
from tests.lab.test_vcg import FIVE, NODES, TWO_LINKS, carried, lab, shown, whole
from tests.lab.test_vcg_kinds import lab as of_kind

pytestmark = pytest.mark.root
MEMBER_MBPS = 2.176
CLIENTS = (
    "  clients:\n"
    "    - {port: 'co:2/1', tap: lan0, netns: TAGh, address: 10.0.0.1/24}\n"
    "    - {port: 'branch:2/1', tap: lan0, netns: TAGs, address: 10.0.0.2/24}\n"
    "    - {port: 'co:2/2', tap: lan1, netns: TAGh, address: 10.0.1.1/24}\n"
    "    - {port: 'branch:2/2', tap: lan1, netns: TAGs, address: 10.0.1.2/24}\n"
)


def events(bench: Bench, node: str) -> list[Event]:
    with ShelfClient(bench.run_dir / bench.tag / node / "ctl") as client:
        return list(client.events().events)


def carrier(bench: Bench, netns: str, tap: str = "lan0") -> bool:
    return inside(f"{bench.tag}{netns}", "cat", f"/sys/class/net/{tap}/carrier").strip() == "1"


def no_carrier(bench: Bench, netns: str, tap: str = "lan0") -> bool:
    """As `ip link` says it."""
    return "NO-CARRIER" in inside(f"{bench.tag}{netns}", "ip", "link", "show", tap)


class Iperf:
    """UDP from hq to site, more than any group here carries; Mbit/s by second, as site received it."""

    def __init__(self, bench: Bench, seconds: int) -> None:
        target = ["ip", "netns", "exec", f"{bench.tag}s", "iperf3", "-s", "-1", "-J", "-i", "1"]
        source = ["ip", "netns", "exec", f"{bench.tag}h", "iperf3", "-c", "10.0.0.2", "-u", "-b", "16M", "-l", "1400"]
        self._server = subprocess.Popen(target, stdout=subprocess.PIPE, text=True)
        time.sleep(0.5)
        self._client = subprocess.Popen([*source, "-t", str(seconds), "-J"], stdout=subprocess.PIPE, text=True)
        self.started = time.monotonic()

    def report(self) -> list[float]:
        self._client.communicate(timeout=60)
        report: dict[str, Any] = json.loads(self._server.communicate(timeout=60)[0])
        return [one["sum"]["bits_per_second"] / 1e6 for one in report["intervals"]]

    def close(self) -> None:
        for process in (self._client, self._server):
            if process.poll() is None:
                process.kill()
            process.communicate()


@contextlib.contextmanager
def iperf(bench: Bench, seconds: int) -> Iterator[Iperf]:
    made = Iperf(bench, seconds)
    try:
        yield made
    finally:
        made.close()


@pytest.mark.slow
@pytest.mark.tool("iperf3")
def test_throughput_follows_members_that_come_go_and_fail(bench: Bench) -> None:
    """UDP at more than the group carries: what comes out is what the members carry, second by second."""
    file = bench.write(lab())
    bench.run("deploy", "-t", file)
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    wait_until(lambda: whole(bench, file), "five members")
    steps: list[tuple[float, int]] = []

    def now(members: int) -> None:
        steps.append((time.monotonic(), members))

    with iperf(bench, 18) as load:
        now(5)
        time.sleep(3)
        bench.run("vcg", "remove", "-t", file, "c", "1.1.1", "1.1.2")
        now(3)
        time.sleep(3)
        bench.run("vcg", "add", "-t", file, "c", "1.1.1", "1.1.2")
        now(5)
        time.sleep(3)
        bench.run("impair", "-t", file, "co:1/2", "--both", "--cut")
        wait_until(lambda: whole(bench, file, 3, 3), "two members have left")
        now(3)
        time.sleep(3)
        bench.run("impair", "-t", file, "co:1/2", "--both", "--no-cut")
        wait_until(lambda: whole(bench, file, 5, 5), "they have come back")
        now(5)
        seconds = load.report()
    assert carried(bench, file)["co/2/1"] == FIVE or set(carried(bench, file)["co/2/1"]) == set(FIVE)
    # of the seconds that lie wholly within a step, a quarter of a second behind its beginning (queues)
    checked = 0
    for (start, members), end in zip(steps, [*(at for at, _ in steps[1:]), load.started + 18], strict=True):
        for second, mbps in enumerate(seconds):
            if start + 0.5 < load.started + second and load.started + second + 1 < end - 0.3:
                wanted = members * MEMBER_MBPS * 1400 / (1400 + 42 + 12)
                assert wanted * 0.9 < mbps < wanted * 1.02, (second, members, mbps, seconds)
                checked += 1
    assert checked >= 5, (steps, seconds)
    bench.run("destroy", "-t", file)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "left"),
    [
        (("branch:1/1", "--alarm", "TU-AIS,tu=1.1.2"), 4),
        (("branch:1/2", "--alarm", "LOS"), 3),
        (("branch:1/2", "--alarm", "AU-AIS"), 3),
    ],
    ids=["TU-AIS of a member", "LOS of a link", "AU-AIS of a link"],
)
def test_a_member_that_fails_leaves_in_time_and_comes_back(
    bench: Bench, fault: tuple[str, ...], left: int
) -> None:
    """From the alarm to the last frame that was hit: 200 ms, the way there and back, and what a tick takes."""
    file = bench.write(lab())
    bench.run("deploy", "-t", file)
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    wait_until(lambda: whole(bench, file), "five members")
    hit = hit_of(bench, file, fault, left, 5, bps=4e6, length=300)
    assert 0 < hit < 0.25
    bench.run("destroy", "-t", file)


@pytest.mark.slow
def test_a_member_of_high_order_leaves_sooner(bench: Bench) -> None:
    """100 ms, the way there and back, and what a tick takes."""
    members = "{'co:1/1': 1, 'co:2/1': 1, 'co:3/1': 1}"
    file = bench.write(of_kind("stm1", members, "vc4", ", lcas: true", 3))
    bench.run("deploy", "-t", file)
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    wait_until(lambda: whole(bench, file, 3, 3), "three members")
    hit = hit_of(bench, file, ("branch:2/1", "--alarm", "AU-AIS"), 2, 3, bps=20e6, length=1000)
    assert 0 < hit < 0.15
    bench.run("destroy", "-t", file)


def hit_of(bench: Bench, file: Path, fault: tuple[str, ...], left: int, size: int, bps: float, length: int) -> float:
    """Seconds of traffic that are lost when `fault` leaves the group with `left` members, and it has `size` again
    afterwards, by the frames that are missing. The return costs none."""
    with Sink(f"{bench.tag}s", "lan0") as sink:
        with Flood(f"{bench.tag}h", "lan0", bps, length) as flood:
            time.sleep(0.3)
            bench.run("impair", "-t", file, *fault)
            wait_until(lambda: shown(bench, file)["groups"][0]["tx_size"] == left, "it has left")
            time.sleep(0.3)
            missing = sum(got - awaited for awaited, got in sink.gaps)
            gaps = len(sink.gaps)
            assert shown(bench, file)["groups"][1]["state"] == "PLCR"
            bench.run("impair", "-t", file, fault[0], "--clear")
            wait_until(lambda: whole(bench, file, size, size), "it is back")
            time.sleep(0.2)
        sink.wait(flood.sent - missing, 5)
    assert len(sink.gaps) == gaps, "the return costs nothing"
    # the carrier may have come and gone before the group was whole, and not since
    assert [event.state for event in events(bench, "co") if event.what == "NO-CARRIER"][2:] == []
    hit = missing * length * 8 / bps
    print(f"a hit of {1000 * hit:.0f} ms")
    return hit


def test_a_tap_that_is_set_down_takes_the_far_carrier_away(bench: Bench) -> None:
    file = bench.write(bench.two_sites())
    bench.run("deploy", "-t", file)
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    inside(f"{bench.tag}h", "ip", "link", "set", "lan0", "down")
    wait_until(lambda: not carrier(bench, "s"), "the far TAP has no carrier")
    wait_until(lambda: no_carrier(bench, "s"), "ip link says so")
    rows = {row["port"]: row for row in json.loads(bench.run("inspect", "-t", file, "-f", "json"))["circuits"]}
    assert (rows["branch/2/1"]["state"], rows["branch/2/1"]["client"]) == ("CSF", "up, no carrier")
    assert (rows["co/2/1"]["state"], rows["co/2/1"]["client"]) == ("ok", "down")
    told = [(event.object, event.what, event.state) for event in events(bench, "branch")]
    assert ("branch/2/1", "NO-CARRIER", "raise") in told[-3:] and ("branch/2/1/vcg", "CSF", "raise") in told[-3:]
    inside(f"{bench.tag}h", "ip", "link", "set", "lan0", "up")
    wait_until(lambda: carrier(bench, "s") and carrier(bench, "h"), "it has carrier again")
    inside(f"{bench.tag}h", "ip", "addr", "replace", "10.0.0.1/24", "dev", "lan0")
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    bench.run("destroy", "-t", file)


def test_a_line_that_is_cut_takes_both_carriers_away(bench: Bench) -> None:
    file = bench.write(bench.two_sites())
    bench.run("deploy", "-t", file)
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    bench.run("impair", "-t", file, "co:1/1", "--both", "--cut")
    wait_until(lambda: no_carrier(bench, "h") and no_carrier(bench, "s"), "no carrier at either end")
    bench.run("impair", "-t", file, "co:1/1", "--both", "--no-cut")
    wait_until(lambda: carrier(bench, "h") and carrier(bench, "s"), "carrier at both ends")
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    bench.run("destroy", "-t", file)


def test_fault_propagation_can_be_off(bench: Bench) -> None:
    file = bench.write(bench.two_sites("via: vc12, members: 5, fault_propagation: false"))
    bench.run("deploy", "-t", file)
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    inside(f"{bench.tag}h", "ip", "link", "set", "lan0", "down")
    bench.run("impair", "-t", file, "co:1/1", "--cut")
    time.sleep(0.6)
    assert carrier(bench, "s")
    bench.run("destroy", "-t", file)


def test_the_clients_of_a_shared_group_fail_one_by_one(bench: Bench) -> None:
    channels = "[{cid: 1, a: 'co:2/1', z: 'branch:2/1'}, {cid: 9, a: 'co:2/2', z: 'branch:2/2'}]"
    circuit = f"{{name: c, channels: {channels}, via: vc12, members: 5}}"
    links = TWO_LINKS.splitlines(keepends=True)[:2]
    file = bench.write(f"{NODES}{''.join(links)}{CLIENTS}circuits:\n  - {circuit}\n")
    bench.run("deploy", "-t", file)
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    assert crosses(f"{bench.tag}h", "10.0.1.2")
    inside(f"{bench.tag}h", "ip", "link", "set", "lan1", "down")
    wait_until(lambda: not carrier(bench, "s", "lan1"), "its far TAP has no carrier")
    assert carrier(bench, "s", "lan0")
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    rows = {row["port"]: row for row in json.loads(bench.run("inspect", "-t", file, "-f", "json"))["circuits"]}
    assert (rows["branch/2/1"]["state"], rows["branch/2/2"]["state"]) == ("ok", "CSF")
    assert (rows["branch/2/1"]["cid"], rows["branch/2/2"]["cid"]) == (1, 9)
    inside(f"{bench.tag}h", "ip", "link", "set", "lan1", "up")
    wait_until(lambda: carrier(bench, "s", "lan1"), "and again")
    bench.run("destroy", "-t", file)


def test_a_lab_without_carrier_is_destroyed(bench: Bench) -> None:
    """Its path is down; nothing is left (the bench looks)."""
    file: Path = bench.write(bench.two_sites())
    bench.run("deploy", "-t", file)
    bench.run("impair", "-t", file, "co:1/1", "--both", "--cut")
    wait_until(lambda: not carrier(bench, "h"), "no carrier")
    bench.run("destroy", "-t", file)
