"""`msapemu node run -t`: single shelves in the foreground, linked by hand."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from msapemu.lab.resolve import load_network
from msapemu.lab.single import only
from tests.lab.conftest import MSAPEMU, Bench, crosses, wait_until


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def foreground(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([*MSAPEMU, "node", "run", *arguments], stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


@pytest.mark.root
def test_two_shelves_in_two_terminals(bench: Bench) -> None:
    lab = bench.write(bench.two_sites())
    a, z = (f"127.0.0.1:{free_port()}" for _ in range(2))
    with (
        foreground("-t", str(lab), "--node", "co", "--link", f"1/1={a},{z}") as co,
        foreground("-t", str(lab), "--node", "branch", "--link", f"1/1={z},{a}") as branch,
    ):
        wait_until(lambda: bench.pids("TAG.co") == {"co": co.pid}, "co runs")
        wait_until(lambda: bench.pids("TAG.branch") == {"branch": branch.pid}, "branch runs")
        assert crosses(f"{bench.tag}h", "10.0.0.2")
        assert "running" in bench.run("inspect", "--name", f"{bench.tag}.co")
        co.send_signal(signal.SIGTERM)
        branch.send_signal(signal.SIGINT)
        assert (co.wait(10), branch.wait(10)) == (0, 0)


@pytest.mark.root
def test_destroy_clears_up_after_one_that_was_killed(bench: Bench) -> None:
    lab = bench.write(bench.two_sites())
    with foreground("-t", str(lab), "--node", "co") as co:
        wait_until(lambda: bench.pids("TAG.co") == {"co": co.pid}, "co runs")
        co.kill()
        co.wait()
    assert bench.left() != []
    bench.run("destroy", "--name", f"{bench.tag}.co")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "which shelf? --config FILE, or -t FILE and --node NODE"),
        (["-t", "LAB"], "which shelf? --config FILE, or -t FILE and --node NODE"),
        (["-t", "LAB", "--node", "third"], "--node: there is no node 'third' (nodes: co, branch)"),
        (["-t", "LAB", "--node", "co", "--link", "1/1"], "--link: '1/1' is not PORT=LOCAL,PEER"),
        (["-t", "LAB", "--node", "co", "--link", "1/9=a:1,b:2"], "--link: co:1/9: the card stm1"),
        (["-t", "LAB", "--node", "co", "--link", "2/1=a:1,b:2"], "--link: co:2/1 is a client port"),
        (["--config", "x.json", "--node", "co"], "--config says it all"),
        (["--config", "nowhere.json"], "nowhere.json: No such file or directory"),
    ],
)
def test_wrong_use(bench: Bench, arguments: list[str], message: str) -> None:
    lab = bench.write(bench.two_sites())
    words = [str(lab) if word == "LAB" else word for word in arguments]
    output = bench.run("node", "run", *words, status=2)
    assert message in output and output.count("\n") == 1


def test_a_shelf_alone_keeps_what_is_at_it(bench: Bench) -> None:
    network = load_network(bench.write(bench.two_sites()))
    part = only(network, "branch")
    assert part.name == f"{bench.tag}.branch"
    assert [str(client.port) for client in part.clients] == ["branch:2/1"]
    assert part.circuits == network.circuits
    assert [link for _, link in part.lines_of("branch")] == [network.links[0], None]
