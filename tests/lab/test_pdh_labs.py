"""The labs of PDH in configs/, on a real kernel."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from msapemu.lab.traffic import Host, tcp
from msapemu.node.capacity import group_bps
from tests.lab.conftest import NETNS, Bench, crosses, inside, shell, wait_until
from tests.lab.frr import router

pytestmark = pytest.mark.root
CONFIGS = Path(__file__).resolve().parents[2] / "configs"


@contextmanager
def deployed(bench: Bench, name: str) -> Iterator[Path]:
    """A lab of configs/ under names of the bench's own."""
    path = bench.renamed(CONFIGS / f"{name}.yaml")
    bench.run("deploy", "-t", path)
    try:
        yield path
    finally:
        bench.run("destroy", "-t", path)


def inspected(bench: Bench, path: Path) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = json.loads(bench.run("inspect", "-t", path, "--format", "json"))
    return found


def states(rows: list[dict[str, Any]], key: str) -> dict[str, str]:
    return {row[key]: row["state"] for row in rows}


def all_ok(bench: Bench, path: Path, table: str) -> None:
    """Every row of the table, before long."""

    def ok() -> bool:
        return all(row["state"] in ("ok", "unplugged", "attached") for row in inspected(bench, path)[table])

    wait_until(ok, f"{table}: ok")


@pytest.mark.tool("ping")
def test_ethernet_and_v35_of_customers_on_one_e1_each(bench: Bench) -> None:
    with deployed(bench, "e1-converter") as path:
        assert crosses(bench.netns("hq-e1"), "10.60.0.2", size=1400)
        assert crosses(bench.netns("hq-e1"), "10.61.0.2")
        for table in ("pdh", "e1", "v35"):
            all_ok(bench, path, table)
        found = inspected(bench, path)
        assert {row["alignment"] for row in found["e1"]} == {"multiframe"}
        assert {row["e1"]: row["carries"] for row in found["e1"] if row["e1"].startswith("co/")} == {
            "co/1/1": "lan", "co/1/2": "1-16:3/1",
        }  # fmt: skip
        assert [(row["port"], row["kbps"], row["line"], row["protocol"]) for row in found["v35"]] == [
            ("co/3/1", 1024, "up", "up"), ("office/2/1", 1024, "up", "up"),
        ]  # fmt: skip
        assert [row["via"] for row in found["circuits"]] == ["E1-1v", "E1-1v"]
        bench.run("impair", "-t", path, "co:1/2", "--cut")
        wait_until(lambda: inspected(bench, path)["v35"][0]["line"] == "down", "the V.35 line is down")
        bench.run("impair", "-t", path, "co:1/2", "--no-cut", "--delay", "5ms", "--ber", "1e-7")
        assert crosses(bench.netns("hq-e1"), "10.61.0.2")


@pytest.mark.tool("iperf3")
def test_ethernet_over_eight_e1_goes_on_when_one_is_cut(bench: Bench) -> None:
    with deployed(bench, "eop-8-e1") as path:
        hq, site = (Host(NETNS / bench.netns(name), f"10.62.0.{n}") for n, name in ((1, "hq-eop"), (2, "site-eop")))
        assert crosses(bench.netns("hq-eop"), site.address, size=1400)
        wait_until(lambda: sizes(bench, path) == [(8, 8), (8, 8)], "all eight carry traffic")
        stream = tcp(site, hq, 2)
        assert stream.payload_bps > 0.5 * group_bps("e1", 8)
        bench.run("impair", "-t", path, "co:1/3", "--both", "--cut")
        wait_until(lambda: sizes(bench, path) == [(7, 7), (7, 7)], "seven carry traffic")
        assert crosses(bench.netns("hq-eop"), site.address)
        bench.run("impair", "-t", path, "co:1/3", "--both", "--no-cut")
        wait_until(lambda: sizes(bench, path) == [(8, 8), (8, 8)], "all eight carry traffic again")
        assert "co/2/1/vcg" in bench.run("vcg", "show", "-t", path, "lan")


def sizes(bench: Bench, path: Path) -> list[tuple[int, int]]:
    return [(row["tx_size"], row["rx_size"]) for row in inspected(bench, path)["circuits"]]


@pytest.mark.tool("vtysh")
def test_two_routers_on_a_v35_line_speak_ospf(bench: Bench) -> None:
    def settings(n: int) -> list[str]:
        return [
            "interface ser0", " ip ospf network point-to-point", " ip ospf hello-interval 1",
            " ip ospf dead-interval 10", "router ospf", f" ospf router-id 10.63.{n}.1", " network 10.63.0.0/16 area 0",
        ]  # fmt: skip

    with deployed(bench, "v35-ospf") as path:
        names = [bench.netns(f"r{n}-v35") for n in (1, 2)]
        assert crosses(names[0], "10.63.0.2")
        for n, name in enumerate(names, 1):
            shell("ip", "-n", name, "link", "set", "lo", "up")
            shell("ip", "-n", name, "address", "add", f"10.63.{n}.1/24", "dev", "lo")
        with router(names[0], settings(1)) as r1, router(names[1], settings(2)) as r2:
            wait_until(lambda: r1.full() == ["10.63.2.1"] and r2.full() == ["10.63.1.1"], "an adjacency", 60)
            wait_until(lambda: "10.63.2.1 " in r1.routes() and "10.63.1.1 " in r2.routes(), "routes", 30)
            assert "via 10.63.0.2 dev ser0" in r1.routes()
            inside(names[0], "ping", "-n", "-c", "5", "-i", "0.05", "-W", "1", "-I", "10.63.1.1", "10.63.2.1")
            # the E1 in the VC-12 fails: the route goes, and comes again
            bench.run("impair", "-t", path, "exchange:1/1", "--alarm", "TU-AIS,tu=1.1.1")
            wait_until(lambda: "via 10.63.0.2" not in r1.routes(), "the route goes", 30)
            bench.run("impair", "-t", path, "exchange:1/1", "--clear")
            wait_until(lambda: "via 10.63.0.2 dev ser0" in r1.routes(), "the route is there again", 60)


@pytest.mark.tool("ping")
def test_a_pdh_terminal_and_a_media_converter(bench: Bench) -> None:
    with deployed(bench, "pdh-fibre") as path:
        assert crosses(bench.netns("hq-pdh"), "10.64.0.2", size=1400)
        assert crosses(bench.netns("hq-pdh"), "10.65.0.2", size=1400)
        for table in ("pdh", "e1"):
            all_ok(bench, path, table)
        folder = bench.run_dir / bench.tag
        with e1_user(folder / "co" / "e1") as co, e1_user(folder / "terminal" / "e1") as terminal:
            wait_until(lambda: heard(co, terminal) and heard(terminal, co), "the E1's bits, both ways")
            plugged = [row for row in inspected(bench, path)["e1_ports"] if row["end"] is not None]
            assert [(row["port"], row["connected"], row["state"]) for row in plugged] == [
                ("co/3/1", "1/1/e1.3", "ok"), ("terminal/2/1", "1/1/e1.3", "ok"),
            ]  # fmt: skip
        bench.run("impair", "-t", path, "co:2/1", "--cut")
        wait_until(lambda: "NO-CARRIER" in link(bench, "hq-pdh", "lan1"), "no carrier")
        assert "NO-CARRIER" not in link(bench, "hq-pdh", "lan0")
        bench.run("impair", "-t", path, "co:2/1", "--no-cut")
        assert crosses(bench.netns("hq-pdh"), "10.65.0.2")


def link(bench: Bench, netns: str, name: str) -> str:
    return inside(bench.netns(netns), "ip", "link", "show", name)


@contextmanager
def e1_user(path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as one:
        one.connect(str(path))
        one.settimeout(0.5)
        yield one


def heard(source: socket.socket, target: socket.socket) -> bool:
    """Octets of a pattern come out, at whatever bit they begin."""
    pattern = bytes.fromhex("1acffc1d") * 2048  # 32 ms
    source.sendall(pattern)
    received = b""
    while len(received) < 1 << 16 and not _holds(received, pattern[:64]):
        try:
            received += target.recv(65536)
        except TimeoutError:
            break
    return _holds(received, pattern[:64])


def _holds(octets: bytes, wanted: bytes) -> bool:
    bits = "".join(f"{octet:08b}" for octet in octets)
    return "".join(f"{octet:08b}" for octet in wanted) in bits


@pytest.mark.tool("ping")
def test_circuits_come_and_go_without_a_stir(bench: Bench) -> None:
    with deployed(bench, "v35-ospf") as path:
        names = [bench.netns(f"r{n}-v35") for n in (1, 2)]
        assert crosses(names[0], "10.63.0.2")
        pids = bench.pids()
        text = path.read_text()
        more = text.replace("timeslots: 16", "timeslots: 20")
        assert more != text
        path.write_text(more)
        changed = bench.run("redeploy", "-t", path)
        assert "applied" in changed and "restarted" not in changed
        assert crosses(names[0], "10.63.0.2")
        assert inspected(bench, path)["v35"][0]["timeslots"] == 20
        cut = text[: text.index("circuits:")] + "circuits: []\n"
        path.write_text(cut)
        bench.run("redeploy", "-t", path)
        assert inspected(bench, path)["v35"] == []
        path.write_text(text)
        bench.run("redeploy", "-t", path)
        assert crosses(names[0], "10.63.0.2")
        assert bench.pids() == pids
