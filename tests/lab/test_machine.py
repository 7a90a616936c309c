"""What the machine lacks: said clearly, exit status 3, and nothing made."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from msapemu.lab import machine
from tests.lab.conftest import Bench

DEPLOY = [sys.executable, "-m", "msapemu", "deploy", "-t"]


def run_as(command: list[str], lab: Path) -> tuple[int, list[str]]:
    done = subprocess.run(
        [*command, *DEPLOY, str(lab)], capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stderr.splitlines()


@pytest.mark.root
@pytest.mark.tool("setpriv")
@pytest.mark.parametrize(
    ("capability", "message"),
    [
        ("net_admin", "CAP_NET_ADMIN is missing: TAP interfaces are made by root only"),
        ("sys_admin", "CAP_SYS_ADMIN is missing: it is needed to enter network namespaces"),
    ],
)
def test_without_a_capability(bench: Bench, capability: str, message: str) -> None:
    lab = bench.write(bench.two_sites())
    status, errors = run_as(["setpriv", f"--bounding-set=-{capability}"], lab)
    assert (status, errors) == (3, [f"msapemu: {bench.tag}: {message}"])


@pytest.mark.root
@pytest.mark.tool("unshare")
def test_without_the_tun_device(bench: Bench) -> None:
    lab = bench.write(bench.two_sites())
    hide = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /dev/net && exec "$@"', "sh"]
    status, errors = run_as(hide, lab)
    assert status == 3
    assert errors == [
        f"msapemu: {bench.tag}: /dev/net/tun is missing (modprobe tun; in a container: --device /dev/net/tun)"
    ]


def test_without_anything_all_of_it_is_told(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(machine, "_capabilities", lambda: 0)
    monkeypatch.setattr(machine, "TUN_DEVICE", tmp_path / "tun")
    lab = bench.write(bench.two_sites())
    assert bench.run("deploy", "-t", lab, status=3).splitlines() == [
        f"msapemu: {bench.tag}: CAP_NET_ADMIN is missing: TAP interfaces are made by root only",
        f"msapemu: {bench.tag}: {tmp_path}/tun is missing (modprobe tun; in a container: --device {tmp_path}/tun)",
    ]


def test_a_device_that_is_no_tun_is_told(tmp_path: Path) -> None:
    assert machine.tun_fault(tmp_path) == f"{tmp_path}: is a directory"


def test_a_run_dir_that_cannot_be_made(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MSAPEMU_RUN_DIR", str(tmp_path / "file" / "run"))
    monkeypatch.setattr(machine, "check_machine", lambda network: None)
    lab = bench.write("name: TAG\ntopology: {nodes: {a: {slots: {}}}}\n")
    assert "not a directory" in bench.run("deploy", "-t", lab, status=1).lower()
