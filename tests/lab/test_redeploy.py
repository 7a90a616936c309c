"""A running lab is brought to what its file says now, and only what changes is disturbed."""

from __future__ import annotations

import json
import os
import signal

import pytest

from msapemu.ctl.config import load
from tests.lab.conftest import Bench, crosses, inside, wait_until

pytestmark = pytest.mark.root

SECOND_CLIENTS = (
    "    - {port: 'co:2/2', tap: lan1, netns: TAGh, address: 10.0.1.1/24}\n"
    "    - {port: 'branch:2/2', tap: lan1, netns: TAGs, address: 10.0.1.2/24}\n"
)
SECOND_CIRCUIT = (
    "via: vc12, members: 5}\n  - {name: second, a: 'co:2/2', z: 'branch:2/2', via: vc12, members: 3"
)
THIRD_NODE = (
    "name: TAG\n"
    "topology:\n"
    "  nodes:\n"
    "    co:     {slots: {1: {card: stm1}, 2: {card: eth}}}\n"
    "    branch: {slots: {1: {card: stm1}, 2: {card: eth}}}\n"
    "    third:  {slots: {1: {card: stm1}, 2: {card: eth}}}\n"
    "  links:\n"
    "    - {endpoints: ['co:1/1', 'branch:1/1']}\n"
    "    - {endpoints: ['third:1/1', 'branch:1/2']}\n"
    "  clients:\n"
    "    - {port: 'co:2/1', tap: lan0, netns: TAGh, address: 10.0.0.1/24}\n"
    "    - {port: 'branch:2/1', tap: lan0, netns: TAGs, address: 10.0.0.2/24}\n"
    "    - {port: 'branch:2/2', tap: lan1, netns: TAGs, address: 10.0.1.2/24}\n"
    "    - {port: 'third:2/1', tap: lan0, netns: TAGt, address: 10.0.1.1/24}\n"
    "circuits:\n"
    "  - {name: hq-site, a: 'co:2/1', z: 'branch:2/1', via: vc12, members: 5}\n"
    "  - {name: site-third, a: 'branch:2/2', z: 'third:2/1', via: vc4}\n"
)


def done(bench: Bench, *arguments: str) -> dict[str, str]:
    output = bench.run("redeploy", *arguments, "--format", "json")
    return {row["node"]: row["done"] for row in json.loads(output)["nodes"]}


def test_a_lab_that_does_not_run_is_deployed(bench: Bench) -> None:
    lab = bench.write(bench.two_sites())
    assert done(bench, "-t", str(lab)) == {"co": "deployed", "branch": "deployed"}
    assert done(bench, "-t", str(lab)) == {"co": "unchanged", "branch": "unchanged"}
    bench.run("destroy", "-t", lab)


def test_another_mapping_is_applied_while_it_runs(bench: Bench) -> None:
    lab = bench.write(bench.two_sites())
    bench.run("deploy", "-t", lab)
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    before = bench.pids()
    bench.write(bench.two_sites("via: vc4"))
    assert done(bench, "-t", str(lab)) == {"co": "applied", "branch": "applied"}
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    assert bench.pids() == before
    circuits = json.loads(bench.run("inspect", "-t", lab, "-f", "json"))["circuits"]
    assert [circuit["capacity_mbps"] for circuit in circuits] == [149.76, 149.76]
    bench.run("destroy", "-t", lab)


def test_clients_and_circuits_come_and_go(bench: Bench) -> None:
    lab = bench.write(bench.two_sites())
    bench.run("deploy", "-t", lab)
    before = bench.pids()
    bench.write(bench.two_sites(SECOND_CIRCUIT, SECOND_CLIENTS))
    assert done(bench, "-t", str(lab)) == {"co": "applied", "branch": "applied"}
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    assert crosses(f"{bench.tag}h", "10.0.1.2")
    bench.write(bench.two_sites())
    assert done(bench, "-t", str(lab)) == {"co": "applied", "branch": "applied"}
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    assert "lan1" not in inside(f"{bench.tag}h", "ip", "-br", "link")
    assert bench.pids() == before
    bench.run("destroy", "-t", lab)


def test_a_shelf_that_is_gone_is_started_again(bench: Bench) -> None:
    lab = bench.write(bench.two_sites())
    bench.run("deploy", "-t", lab)
    before = bench.pids()
    os.kill(before["branch"], signal.SIGKILL)
    wait_until(lambda: not os.path.exists(f"/proc/{before['branch']}/exe"), "it is dead")
    assert done(bench, "-t", str(lab)) == {"co": "unchanged", "branch": "started"}
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    assert bench.pids()["co"] == before["co"]
    bench.run("destroy", "-t", lab)


def test_shelves_and_links_come_and_go(bench: Bench) -> None:
    lab = bench.write(bench.two_sites())
    bench.run("deploy", "-t", lab)
    before = bench.pids()
    bench.write(THIRD_NODE)
    assert done(bench, "-t", str(lab)) == {"co": "unchanged", "branch": "applied", "third": "started"}
    assert crosses(f"{bench.tag}t", "10.0.1.2")
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    bench.write(bench.two_sites())
    assert done(bench, "-t", str(lab)) == {"co": "unchanged", "branch": "applied", "third": "removed"}
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    assert bench.pids() == before
    assert not [thing for thing in bench.left() if thing == f"netns {bench.tag}t"]
    bench.run("destroy", "-t", lab)


def test_impairments_are_applied(bench: Bench) -> None:
    lab = bench.write(bench.two_sites())
    bench.run("deploy", "-t", lab)
    text = bench.two_sites().replace('branch:1/1"]', 'branch:1/1"], impair: {delay: 20ms}')
    bench.write(text)
    assert done(bench, "-t", str(lab)) == {"co": "applied", "branch": "applied"}
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    output = inside(f"{bench.tag}h", "ping", "-c", "3", "-i", "0.1", "-q", "10.0.0.2")
    fastest = float(output.rpartition("mdev = ")[2].partition("/")[0])
    assert 40 <= fastest < 80
    bench.run("destroy", "-t", lab)


def test_addresses_and_mtu_are_adjusted_in_place(bench: Bench) -> None:
    lab = bench.write(bench.two_sites())
    bench.run("deploy", "-t", lab)
    index = json.loads(inside(f"{bench.tag}h", "ip", "-j", "link", "show", "lan0"))[0]["ifindex"]
    new = {
        "hq": "tap: lan0, netns: TAGh, address: 10.0.9.1/24, mtu: 3000",
        "site": "tap: lan0, netns: TAGs, address: [10.0.0.2/24, 10.0.9.2/24], mtu: 3000",
    }
    bench.write(bench.two_sites(**new))
    done(bench, "-t", str(lab))
    assert crosses(f"{bench.tag}h", "10.0.9.2", size=2900)
    (link,) = json.loads(inside(f"{bench.tag}h", "ip", "-j", "addr", "show", "lan0"))
    assert (link["ifindex"], link["mtu"]) == (index, 3000)
    assert [info["local"] for info in link["addr_info"] if info["family"] == "inet"] == ["10.0.9.1"]
    bench.run("destroy", "-t", lab)


def test_an_interface_that_was_removed_is_made_again(bench: Bench) -> None:
    lab = bench.write(bench.two_sites())
    bench.run("deploy", "-t", lab)
    inside(f"{bench.tag}h", "ip", "link", "del", "lan0")
    assert done(bench, "-t", str(lab)) == {"co": "restarted", "branch": "unchanged"}
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    bench.run("destroy", "-t", lab)


def test_a_change_that_cannot_be_leaves_the_lab_as_it_was(bench: Bench) -> None:
    lab = bench.write(bench.two_sites())
    bench.run("deploy", "-t", lab)
    before = bench.pids(), [load(path) for path in sorted(bench.run_dir.rglob("config.json"))]
    inside(f"{bench.tag}s", "ip", "tuntap", "add", "lan1", "mode", "tap")
    bench.write(bench.two_sites(SECOND_CIRCUIT, SECOND_CLIENTS))
    output = bench.run("redeploy", "-t", lab, status=1)
    assert output == f"msapemu: branch:2/2: there is an interface lan1 already (netns {bench.tag}s)\n"
    assert (bench.pids(), [load(path) for path in sorted(bench.run_dir.rglob("config.json"))]) == before
    assert "lan1" not in inside(f"{bench.tag}h", "ip", "-br", "link")
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    bench.run("destroy", "-t", lab)


def test_a_change_that_fails_half_way_is_taken_back(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    from msapemu.ctl.errors import MsapemuError
    from msapemu.lab import redeploy

    lab = bench.write(bench.two_sites())
    bench.run("deploy", "-t", lab)
    before = bench.pids(), [load(path) for path in sorted(bench.run_dir.rglob("config.json"))]
    bench.write(
        THIRD_NODE.replace(
            "tap: lan0, netns: TAGh, address: 10.0.0.1/24", "tap: lan0, netns: TAGh, mtu: 2000"
        )
    )

    def fails(*_: object) -> None:
        raise MsapemuError("third: no")

    with monkeypatch.context() as patch:
        patch.setattr(redeploy, "wait_ready", fails)
        assert bench.run("redeploy", "-t", lab, status=1) == "msapemu: third: no\n"
    assert (bench.pids(), [load(path) for path in sorted(bench.run_dir.rglob("config.json"))]) == before
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    assert not [thing for thing in bench.left() if f"{bench.tag}t" in thing]
    (link,) = json.loads(inside(f"{bench.tag}h", "ip", "-j", "addr", "show", "lan0"))
    assert link["mtu"] == 1500
    bench.run("destroy", "-t", lab)


def test_a_wrong_file_touches_nothing(bench: Bench) -> None:
    lab = bench.write(bench.two_sites())
    bench.run("deploy", "-t", lab)
    before = bench.pids()
    bench.write(bench.two_sites("via: vc12, members: 64"))
    assert "circuits[0].members: 64 is out of range (1..63)" in bench.run("redeploy", "-t", lab, status=2)
    assert bench.pids() == before
    bench.run("destroy", "-t", lab)
