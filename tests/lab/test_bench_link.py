"""`msapemu bench link` on a lab that runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from tests.dataplane.net import ip, namespaces
from tests.lab.conftest import MSAPEMU, Bench, crosses, wait_until

pytestmark = [pytest.mark.root, pytest.mark.real_time]

QUICK = ["--sizes", "512", "--duration", "0.2", "--tries", "1", "--resolution", "10"]


@pytest.fixture
def lab(bench: Bench):  # type: ignore[no-untyped-def]
    path = bench.write(bench.two_sites("via: vc12, members: 63, lcas: true"))
    bench.run("deploy", "-t", path)
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    yield path
    bench.run("destroy", "-t", path)


def test_a_deployed_lab_is_measured(bench: Bench, lab) -> None:  # type: ignore[no-untyped-def]
    files = bench.folder / "told.json", bench.folder / "told.svg"
    told = json.loads(
        bench.run("bench", "link", "-t", lab, *QUICK, "-f", "json", "--json", files[0], "--plot", files[1])
    )
    assert json.loads(files[0].read_text()) == told and "</svg>" in files[1].read_text()
    assert {
        key: told[key] for key in ("circuit", "a", "z", "via", "capacity_mbps", "overhead_octets", "direction")
    } == {
        "circuit": "hq-site",
        "a": "co:2/1",
        "z": "branch:2/1",
        "via": "VC-12-63v",
        "capacity_mbps": 137.088,
        "overhead_octets": 8,
        "direction": "both",
    }
    (throughput,), latency, loss = told["throughput"], told["latency"], told["loss"]
    assert throughput["theory_fps"] == round(137_088_000 / 8 / 520, 1) and throughput["fps"] > 0
    assert list(latency[0])[:7] == ["size", "load", "fps", "p50_us", "p99_us", "p99.9_us", "max_us"]
    assert 0 < latency[0]["p50_us"] <= latency[0]["p99_us"] <= latency[0]["max_us"]
    assert loss[0]["load"] == 1.2 and loss[0]["theory"] == pytest.approx(1 - 1 / loss[0]["offered"], abs=1e-3)
    assert told["back_to_back"][0]["frames"] > 0
    for row in (throughput, *latency, *loss):
        assert {"cpu_co", "cpu_branch", "cpu_generator", "idle"} <= set(row)
        assert row["limit"] in ("none", "link", "generator")
    table = bench.run("bench", "link", "-t", lab, *QUICK, "--tests", "throughput", "--direction", "z-a")
    assert "throughput" in table and "latency" not in table


def test_what_does_not_go_with_the_lab(bench: Bench, lab) -> None:  # type: ignore[no-untyped-def]
    for arguments, message in (
        (["--circuit", "other"], "has no Ethernet circuit 'other' (circuits: hq-site)"),
        (["--sizes", "9000"], "--sizes: 9000 octets are more than the MTU of co:2/1 allows (1500)"),
    ):
        output = bench.run("bench", "link", "-t", lab, *arguments, status=2)
        assert message in output and output.count("\n") == 1


def test_ctrl_c_leaves_the_lab_as_it_was(bench: Bench, lab) -> None:  # type: ignore[no-untyped-def]
    process = subprocess.Popen(
        [*MSAPEMU, "bench", "link", "-t", str(lab), "--tests", "throughput", "--duration", "60"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_until(lambda: sockets(process.pid) >= 6, "it sends")  # two to the shelves, four of packets
    process.send_signal(signal.SIGINT)
    output = process.communicate(timeout=20)
    assert (process.returncode, output) == (130, ("", "msapemu: stopped by SIGINT\n"))
    assert crosses(f"{bench.tag}h", "10.0.0.2")


def sockets(pid: int) -> int:
    """How many the process has open."""
    count = 0
    for path in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            count += os.readlink(path).startswith("socket:")
    return count


def test_an_interface_of_somebody_else_is_refused(bench: Bench) -> None:
    name = f"{bench.tag}x"
    with namespaces(name):
        ip("-n", name, "link", "add", "eth1", "type", "veth", "peer", "name", "eth2")
        path = bench.write(bench.two_sites(hq=f"interface: eth1, netns: {name}"))
        bench.run("deploy", "-t", path)
        try:
            output = bench.run("bench", "link", "-t", path, status=2)
            assert output == "msapemu: co:2/1: its client is the interface eth1, and not a TAP\n"
        finally:
            bench.run("destroy", "-t", path)
