"""Groups of every kind in labs: VC-12, VC-3 and VC-4, in one VC-4, in several, and over several lines."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from msapemu.ctl.status import StatusReader
from tests.lab.conftest import Bench, crosses, inside, wait_until
from tests.lab.test_vcg import lossless

pytestmark = pytest.mark.root


def lab(card: str, members: str, via: str, more: str, links: int = 1) -> str:
    ends = "".join(
        f"    - {{endpoints: ['co:{slot}/1', 'branch:{slot}/1'], impair: {{delay: {slot}ms}}}}\n"
        for slot in range(1, links + 1)
    )
    slots = ", ".join(f"{slot}: {{card: {card}, ports: 1}}" for slot in range(1, links + 1))
    return (
        "name: TAG\n"
        "topology:\n"
        "  nodes:\n"
        f"    co:     {{slots: {{{slots}, 9: {{card: eth}}}}}}\n"
        f"    branch: {{slots: {{{slots}, 9: {{card: eth}}}}}}\n"
        f"  links:\n{ends}"
        "  clients:\n"
        "    - {port: 'co:9/1', tap: lan0, netns: TAGh, address: 10.0.0.1/24}\n"
        "    - {port: 'branch:9/1', tap: lan0, netns: TAGs, address: 10.0.0.2/24}\n"
        "circuits:\n"
        f"  - {{name: c, a: 'co:9/1', z: 'branch:9/1', via: {via}, members: {members}{more}}}\n"
    )


def groups(bench: Bench, file: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(bench.run("vcg", "show", "-t", file, "-f", "json"))["groups"]
    return found


KINDS = {
    "VC-3-3v": ("stm1", "3", "vc3", 1, "2"),
    "VC-3 over VC-4s": ("stm4", "{'co:1/1': [1, au4.3/vc3.2], 'co:2/1': [3]}", "vc3", 2, "co:2/1/au4.4/vc3.1"),
    "VC-4-3v": ("stm4", "3", "vc4", 1, "4"),
    "VC-4 over STM-1s": ("stm1", "{'co:1/1': 1, 'co:2/1': 1, 'co:3/1': 1}", "vc4", 3, ""),
    "VC-12 over VC-4s": ("stm4", "[1.1.1, au4.2/vc12.1.1.1, au4.4/vc12.3.7.3]", "vc12", 1, "au4.4"),
}


@pytest.mark.parametrize("lcas", [False, True], ids=["plain", "lcas"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_group_of_every_kind(bench: Bench, kind: str, lcas: bool) -> None:
    card, members, via, links, _ = KINDS[kind]
    file = bench.write(lab(card, members, via, ", lcas: true" if lcas else "", links))
    bench.run("deploy", "-t", file)
    assert crosses(f"{bench.tag}h", "10.0.0.2", size=1400)
    wait_until(lambda: all(row["state"] == "ok" for row in groups(bench, file)), "no defect stands")
    wait_until(lambda: all(row["delay_us"] == 1000 * (links - 1) for row in groups(bench, file)), "the delay is told")
    with lossless(bench, 2e6):
        time.sleep(0.5)
    bench.run("destroy", "-t", file)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind][4] and kind != "VC-12 over VC-4s"])
def test_members_of_a_group_of_high_order_come_and_go(bench: Bench, kind: str) -> None:
    card, members, via, links, other = KINDS[kind]
    file = bench.write(lab(card, members, via, ", lcas: true", links))
    bench.run("deploy", "-t", file)
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    wait_until(lambda: groups(bench, file)[0]["tx_size"] == 3, "three members")
    first, rest = ("remove", "add") if kind == "VC-3-3v" else ("add", "remove")
    with lossless(bench, 30e6):
        bench.run("vcg", first, "-t", file, "c", other)
        bench.run("vcg", rest, "-t", file, "c", other)
        bench.run("vcg", "remove", "-t", file, "c", "1")
    assert [row["tx_size"] for row in groups(bench, file)] == [2, 2]
    bench.run("destroy", "-t", file)


@pytest.mark.parametrize(("members", "via"), [("5", "vc12"), ("2", "vc3")])
def test_transparent_mapping_in_a_smaller_group(bench: Bench, members: str, via: str) -> None:
    """GFP-T below the rate of a Gigabit Ethernet, with LCAS: frames wait, and none is lost."""
    file = bench.write(lab("stm1", members, via, ", lcas: true, gfp: t"))
    bench.run("deploy", "-t", file)
    assert crosses(f"{bench.tag}h", "10.0.0.2", size=1400)
    wait_until(lambda: all(row["state"] == "ok" for row in groups(bench, file)), "no defect stands")
    with lossless(bench, 3e6):
        bench.run("vcg", "add", "-t", file, "c", "3.7.3" if via == "vc12" else "3")
    with StatusReader(bench.run_dir / bench.tag / "branch" / "status") as reader:
        counters = reader.read().groups["9/1"]
    assert counters["gfp_t_tx_superblocks"] > 0 and counters["gfp_t_rx_superblocks"] > 0
    assert counters["gfp_t_rx_crc_errors"] == 0 and counters["gfp_t_tx_idles_dropped"] > 0
    inside(f"{bench.tag}h", "ip", "link", "set", "lan0", "down")
    wait_until(lambda: "NO-CARRIER" in inside(f"{bench.tag}s", "ip", "link", "show", "lan0"), "the far TAP: no carrier")
    bench.run("destroy", "-t", file)


def test_a_payload_fcs_of_another_kind_on_both_sides(bench: Bench) -> None:
    more = ", payload_fcs: true, fcs_reversed: true, fcs_inverted: true, csf_interval: 1s"
    file = bench.write(lab("stm1", "2", "vc12", more))
    bench.run("deploy", "-t", file)
    assert crosses(f"{bench.tag}h", "10.0.0.2", size=1400)
    bench.run("destroy", "-t", file)
