"""Labs on a real kernel: names of their own, and a look at what is left behind."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
import yaml

from msapemu.cli.main import run
from msapemu.lab.kernel.process import command_line

MSAPEMU = [sys.executable, "-m", "msapemu"]
NETNS = Path("/run/netns")


def shell(*command: str) -> str:
    """What the command prints; it must succeed."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout


def inside(netns: str, *command: str) -> str:
    return shell("ip", "netns", "exec", netns, *command)


def crosses(netns: str, address: str, count: int = 5, size: int = 56) -> bool:
    """Whether all of `count` pings come back, once the first one has."""
    wait_until(lambda: _answers(netns, address, 1, size), f"{address} answers")
    return _answers(netns, address, count, size)


def _answers(netns: str, address: str, count: int, size: int) -> bool:
    command = ["ping", "-n", "-c", str(count), "-i", "0.01", "-W", "1", "-s", str(size), address]
    command = ["ip", "netns", "exec", netns, *command]
    return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)


def processes_of(run_dir: Path) -> list[int]:
    """Of shelves whose configuration is under `run_dir`."""
    pids = [int(name) for name in os.listdir("/proc") if name.isdecimal()]
    return [pid for pid in pids if any(part.startswith(f"{run_dir}/") for part in command_line(pid))]


class Bench:
    """A place for labs: a RUN_DIR, a tag that is part of every name, and files."""

    def __init__(self, folder: Path, tag: str) -> None:
        self.run_dir = folder / "run"
        self.folder = folder
        self.tag = tag

    def write(self, text: str, name: str = "lab.yaml") -> Path:
        """A lab file; TAG in it is the bench's."""
        path = self.folder / name
        path.write_text(text.replace("TAG", self.tag))
        return path

    def two_sites(self, circuit: str = "via: vc12, members: 5", more: str = "", **clients: str) -> str:
        """The text of a lab of two shelves; `hq`, `site` replace what is attached to them."""
        hq = clients.get("hq", "tap: lan0, netns: TAGh, address: 10.0.0.1/24")
        site = clients.get("site", "tap: lan0, netns: TAGs, address: 10.0.0.2/24")
        return (
            "name: TAG\n"
            "topology:\n"
            "  nodes:\n"
            "    co:     {slots: {1: {card: stm1}, 2: {card: eth}}}\n"
            "    branch: {slots: {1: {card: stm1}, 2: {card: eth}}}\n"
            "  links:\n"
            '    - {endpoints: ["co:1/1", "branch:1/1"]}\n'
            "  clients:\n"
            f"    - {{port: 'co:2/1', {hq}}}\n"
            f"    - {{port: 'branch:2/1', {site}}}\n"
            f"{more}"
            "circuits:\n"
            f"  - {{name: hq-site, a: 'co:2/1', z: 'branch:2/1', {circuit}}}\n"
        )

    def renamed(self, path: Path) -> Path:
        """A lab file under names of the bench: the lab's and its namespaces'."""
        data = yaml.safe_load(path.read_text())
        data["name"] = self.tag
        for user in [*data["topology"]["clients"], *data["topology"].get("channels", [])]:
            if "netns" in user:
                user["netns"] = self.netns(user["netns"])
        return self.write(yaml.safe_dump(data, sort_keys=False), path.name)

    def netns(self, name: str) -> str:
        return f"{self.tag}-{name}"

    def run(self, *arguments: str | Path, status: int = 0) -> str:
        """`msapemu ARGUMENTS` in this process; its output, standard error after it."""
        output, errors = io.StringIO(), io.StringIO()
        with redirect_stdout(output), redirect_stderr(errors):
            got = run([str(argument) for argument in arguments])
        text = output.getvalue() + errors.getvalue()
        assert got == status, f"exit status {got}: {text}"
        return text

    def program(self, *arguments: str | Path, status: int = 0) -> str:
        """The same in a process of its own."""
        command = [*MSAPEMU, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        output = done.stdout + done.stderr
        assert done.returncode == status, f"exit status {done.returncode}: {output}"
        assert "Traceback" not in output
        return output

    def left(self) -> list[str]:
        """Everything of ours that is still there."""
        found = [f"process {pid}: {' '.join(command_line(pid))}" for pid in processes_of(self.run_dir)]
        found += [f"netns {path.name}" for path in NETNS.glob(f"*{self.tag}*")]
        found += [f"interface {line}" for line in shell("ip", "-br", "link").splitlines() if self.tag in line]
        found += [str(path) for path in self.run_dir.rglob("*")]
        return found

    def pids(self, lab: str = "TAG") -> dict[str, int]:
        """Of the shelves, by node."""
        folder = self.run_dir / lab.replace("TAG", self.tag)
        return {path.parent.name: int(path.read_text()) for path in folder.glob("*/pid")}


@pytest.fixture
def bench(
    tmp_path: Path, unique_name: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bench]:
    """A bench; the test fails when anything of it is left behind."""
    made = Bench(tmp_path, unique_name("m"))
    monkeypatch.setenv("MSAPEMU_RUN_DIR", str(made.run_dir))
    yield made
    left = made.left()
    if left:
        _clear(made)
    assert left == []


def _clear(bench: Bench) -> None:
    """What a failed test has left must not disturb the next one."""
    for folder in bench.run_dir.glob("*"):
        subprocess.run([*MSAPEMU, "destroy", "--name", folder.name], timeout=60, check=False)
    for pid in processes_of(bench.run_dir):
        os.kill(pid, signal.SIGKILL)
    for path in NETNS.glob(f"*{bench.tag}*"):
        subprocess.run(["ip", "netns", "del", path.name], timeout=60, check=False)


@pytest.fixture
def made_netns(bench: Bench) -> Iterator[Callable[[str], str]]:
    """Makes namespaces that are there before the lab is."""
    names: list[str] = []

    def make(name: str) -> str:
        names.append(bench.netns(name))
        shell("ip", "netns", "add", names[-1])
        return names[-1]

    yield make
    for name in names:
        shell("ip", "netns", "del", name)


def background(command: Sequence[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
