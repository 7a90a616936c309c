"""Overhead channels of a deployed lab: packets over the DCCs, octets at sockets, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.lab.conftest import Bench, crosses, inside, wait_until

pytestmark = pytest.mark.root
TUNS = (
    "  channels:\n"
    "    - {line: 'co:1/1', channel: CHANNEL, tun: dcc0, netns: TAGn, address: 192.0.2.1/30}\n"
    "    - {line: 'branch:1/1', channel: CHANNEL, tun: dcc0, netns: TAGf, address: [192.0.2.2/30, 'fd01::2/64']}\n"
)
SOCKETS = (
    "    - {line: 'co:1/1', channel: e1, socket: e1}\n"
    "    - {line: 'branch:1/1', channel: e1, socket: FOLDER/e1}\n"
)


def lab_with(bench: Bench, text: str) -> Path:
    return bench.write(bench.two_sites(more=text.replace("FOLDER", str(bench.folder))))


def heard(path: Path, text: bytes, other: Path) -> bool:
    """Whether `text` written at the socket `path` is read at `other`, with fill octets between."""
    with socket.socket(socket.AF_UNIX) as here, socket.socket(socket.AF_UNIX) as there:
        for one, name in ((here, path), (there, other)):
            one.settimeout(5)
            one.connect(str(name))
            assert one.recv(1)
        here.sendall(text)
        came, end = b"", time.monotonic() + 5
        while text not in came and time.monotonic() < end:
            came += there.recv(4096).replace(b"\xff", b"")
        return text in came


@pytest.mark.parametrize("channel", ["dcc-r", "dcc-m"])
def test_packets_over_a_dcc(bench: Bench, channel: str) -> None:
    lab = lab_with(bench, TUNS.replace("CHANNEL", channel))
    bench.run("deploy", "-t", lab)
    assert crosses(f"{bench.tag}n", "192.0.2.2", size=1000)
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    rows = json.loads(bench.run("inspect", "-t", lab, "--format", "json"))["channels"]
    assert [(row["port"], row["channel"], row["state"]) for row in rows] == [
        ("co/1/1", channel, "attached"),
        ("branch/1/1", channel, "attached"),
    ]
    assert rows[0]["end"] == f"tun dcc0 in netns {bench.tag}n" and rows[0]["rx_frames"] >= 6
    link = inside(f"{bench.tag}f", "ip", "addr", "show", "dcc0")
    assert "mtu 1500" in link and "fd01::2/64" in link
    bench.run("destroy", "-t", lab)


def test_octets_at_sockets(bench: Bench) -> None:
    lab = lab_with(bench, "  channels:\n" + SOCKETS)
    bench.run("deploy", "-t", lab)
    co, branch = bench.run_dir / bench.tag / "co" / "e1", bench.folder / "e1"
    assert heard(co, b"from co to branch", branch)
    assert heard(branch, b"and back", co)
    assert "listening" in bench.run("inspect", "-t", lab, "--only", "channels")
    os.kill(bench.pids()["branch"], signal.SIGKILL)
    wait_until(lambda: "unknown" in bench.run("inspect", "-t", lab, "--only", "channels"), "it is gone")
    assert branch.exists()
    bench.run("destroy", "-t", lab)
    assert not branch.exists()


def test_channels_come_and_go_with_redeploy(bench: Bench) -> None:
    bench.run("deploy", "-t", lab_with(bench, TUNS.replace("CHANNEL", "dcc-m")))
    assert crosses(f"{bench.tag}n", "192.0.2.2")
    pids = bench.pids()
    lab = lab_with(bench, TUNS.replace("CHANNEL", "dcc-m") + SOCKETS)
    assert bench.run("redeploy", "-t", lab).count("applied") == 2
    assert heard(bench.run_dir / bench.tag / "co" / "e1", b"hello", bench.folder / "e1")
    assert crosses(f"{bench.tag}n", "192.0.2.2")
    lab = lab_with(bench, "  channels:\n" + SOCKETS)
    assert bench.run("redeploy", "-t", lab).count("applied") == 2
    assert not (Path("/run/netns") / f"{bench.tag}n").exists()
    assert heard(bench.folder / "e1", b"still there", bench.run_dir / bench.tag / "co" / "e1")
    bench.run("redeploy", "-t", lab_with(bench, ""))
    assert not (bench.folder / "e1").exists()
    assert bench.pids() == pids
    bench.run("destroy", "-t", lab)


def test_what_is_taken_is_left_alone(bench: Bench) -> None:
    lab = lab_with(bench, "  channels:\n" + SOCKETS)
    (bench.folder / "e1").write_text("a file")
    assert f"branch:1/1 e1: there is a file {bench.folder}/e1 already" in bench.run("deploy", "-t", lab, status=1)
    assert (bench.folder / "e1").read_text() == "a file"
