"""Clients in containers and behind existing interfaces."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from msapemu.ctl.errors import CapabilityError, MsapemuError
from msapemu.lab.containers import namespace_path
from tests.lab.conftest import Bench, crosses, inside, shell, wait_until


@pytest.fixture
def container() -> Iterator[int]:
    """The PID of a process in a network namespace without a name."""
    process = subprocess.Popen(["unshare", "--net", "sleep", "60"])
    own = os.stat("/proc/self/ns/net").st_ino
    wait_until(lambda: os.stat(f"/proc/{process.pid}/ns/net").st_ino != own, "it has a namespace")
    yield process.pid
    process.kill()
    process.wait()


def in_container(pid: int, *command: str) -> str:
    return shell("nsenter", "--target", str(pid), "--net", *command)


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Puts a program of that name and shell text where it is the only one found."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def make(name: str, text: str) -> None:
        path = folder / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    return make


@pytest.mark.root
@pytest.mark.tool("unshare")
def test_a_tap_in_a_container_by_pid(bench: Bench, container: int) -> None:
    lab = bench.write(bench.two_sites(site=f"tap: eth0, container: {container}, address: 10.0.0.2/24"))
    bench.run("deploy", "-t", lab)
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    assert "10.0.0.2/24" in in_container(container, "ip", "-br", "addr", "show", "eth0")
    assert "10.0.0.2/24" in bench.program("exec", "-t", lab, "branch:2/1", "ip", "-br", "addr")
    bench.run("destroy", "-t", lab)
    assert "eth0" not in in_container(container, "ip", "-br", "link")


@pytest.mark.root
@pytest.mark.tool("unshare")
def test_a_container_that_has_gone_does_not_hinder_destroy(bench: Bench, container: int) -> None:
    lab = bench.write(bench.two_sites(site=f"tap: eth0, container: '{container}'"))
    bench.run("deploy", "-t", lab)
    os.kill(container, 9)
    wait_until(lambda: not os.path.exists(f"/proc/{container}/ns/net") or _zombie(container), "it is dead")
    bench.run("destroy", "-t", lab)


def _zombie(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.mark.root
@pytest.mark.tool("unshare")
def test_another_process_under_the_pid_of_a_container_keeps_its_interfaces(
    bench: Bench, container: int
) -> None:
    lab = bench.write(bench.two_sites(site=f"tap: lan0, container: {container}"))
    bench.run("deploy", "-t", lab)
    path = bench.run_dir / bench.tag / "lab.json"
    record = json.loads(path.read_text())
    other = bench.netns("other")
    shell("ip", "netns", "add", other)
    inside(other, "ip", "tuntap", "add", "lan0", "mode", "tap")
    for made in record["made"]:
        if made["type"] == "tap" and made["port"] == "branch:2/1":
            made["netns"] = f"/run/netns/{other}"  # the path now leads elsewhere
    path.write_text(json.dumps(record))
    bench.run("destroy", "-t", lab)
    assert "lan0" in inside(other, "ip", "-br", "link")
    shell("ip", "netns", "del", other)


@pytest.mark.root
@pytest.mark.parametrize("tool", ["docker", "podman"])
def test_a_tap_in_a_container_by_name(
    bench: Bench, container: int, tool: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("docker", "podman"):
        good = f'[ "$*" = "inspect --type container --format {{{{.State.Pid}}}} web" ] && echo {container} && exit'
        (folder / name).write_text(
            f"#!/bin/sh\n{good if name == tool else ''}\necho no such object: web >&2; exit 1\n"
        )
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    lab = bench.write(bench.two_sites(site="tap: eth0, container: web, address: 10.0.0.2/24"))
    bench.run("deploy", "-t", lab)
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    bench.run("destroy", "-t", lab)


def test_containers_that_cannot_be_found(tools: Callable[[str, str], None]) -> None:
    with pytest.raises(CapabilityError, match="container web: neither docker nor podman is installed"):
        namespace_path("web")
    with pytest.raises(MsapemuError, match="container 4194303: there is no process 4194303"):
        namespace_path(4194303)
    tools("docker", "echo 'Error: No such container: web' >&2; exit 1")
    with pytest.raises(
        MsapemuError, match=r"container web: not found \(docker: Error: No such container: web\)"
    ):
        namespace_path("web")
    tools("docker", "echo 0")
    with pytest.raises(MsapemuError, match=r"container web: it is not running \(docker\)"):
        namespace_path("web")
    tools("docker", f"echo {os.getpid()}")
    assert namespace_path("web") == f"/proc/{os.getpid()}/ns/net"


@pytest.fixture
def customer(bench: Bench, made_netns: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """A "machine" with an interface eth1, and what is plugged into that: (netns of eth1, netns of its peer)."""
    machine, peer = made_netns("box"), made_netns("cpe")
    inside(machine, "ip", "link", "add", "eth1", "type", "veth", "peer", "name", "eth0", "netns", peer)
    inside(peer, "ip", "addr", "add", "10.0.0.1/24", "dev", "eth0")
    inside(peer, "ip", "link", "set", "eth0", "up")
    yield machine, peer


def _state(netns: str) -> list[object]:
    links = json.loads(inside(netns, "ip", "-j", "-d", "link"))
    shown = [
        (link["ifname"], sorted(set(link["flags"]) & {"UP", "PROMISC"}), link["promiscuity"])
        for link in links
    ]
    qdiscs = [line for line in inside(netns, "tc", "qdisc", "show").splitlines() if "noqueue" not in line]
    return [shown, qdiscs]


@pytest.mark.root
@pytest.mark.tool("tc")
@pytest.mark.parametrize("up", [False, True])
def test_an_existing_interface_is_glued_to_the_port(
    bench: Bench, customer: tuple[str, str], up: bool
) -> None:
    machine, peer = customer
    if up:
        inside(machine, "ip", "link", "set", "eth1", "up", "promisc", "on")
    before = _state(machine)
    lab = bench.write(bench.two_sites("via: vc4", hq=f"interface: eth1, netns: {machine}"))
    bench.run("deploy", "-t", lab)
    assert crosses(peer, "10.0.0.2", size=1400)
    _transfer(bench, peer)
    assert bench.run("redeploy", "-t", lab, "-f", "csv").splitlines()[1:] == [
        "co,unchanged",
        "branch,unchanged",
    ]
    bench.run("destroy", "-t", lab)
    assert _state(machine) == before


def _transfer(bench: Bench, peer: str) -> None:
    """Large segments, which the peer's interface leaves to hardware, arrive whole: 4 MB by TCP."""
    receive = (
        "import socket, hashlib\n"
        "s = socket.create_server(('10.0.0.2', 5000)); print('up', flush=True); c, _ = s.accept()\n"
        "h = hashlib.sha256()\n"
        "while b := c.recv(65536): h.update(b)\n"
        "print(h.hexdigest())\n"
    )
    send = (
        "import socket, hashlib\n"
        "d = bytes(range(251)) * 16000\n"
        "s = socket.create_connection(('10.0.0.2', 5000)); s.sendall(d); s.close()\n"
        "print(hashlib.sha256(d).hexdigest())\n"
    )
    command = ["ip", "netns", "exec", f"{bench.tag}s", "python3", "-c", receive]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout and server.stdout.readline() == "up\n"
        sent = inside(peer, "python3", "-c", send).strip()
        assert server.stdout.read().strip() == sent


@pytest.mark.root
@pytest.mark.parametrize(
    ("prepare", "interface", "message"),
    [
        ("true", "eth7", "co:2/1: there is no interface eth7"),
        ("true", "lo", "co:2/1: lo is a loopback interface, not Ethernet"),
        ("ip link set eth1 mtu 3000", "eth1", "co:2/1: eth1 has an MTU of 3000, the port only 1500"),
        ("tc qdisc add dev eth1 ingress", "eth1", "co:2/1: eth1 has an ingress qdisc already"),
        ("ip tuntap add ms-eth1 mode tap", "eth1", "co:2/1: there is an interface ms-eth1 already"),
    ],
)
def test_an_interface_that_cannot_be_used(
    bench: Bench, customer: tuple[str, str], prepare: str, interface: str, message: str
) -> None:
    machine, _ = customer
    inside(machine, *prepare.split())
    before = _state(machine)
    lab = bench.write(bench.two_sites(hq=f"interface: {interface}, netns: {machine}"))
    assert message in bench.run("deploy", "-t", lab, status=1)
    assert _state(machine) == before
    assert [thing for thing in bench.left() if machine not in thing and not thing.endswith("-cpe")] == []


@pytest.mark.root
def test_an_interface_that_goes_away_does_not_hinder_destroy(bench: Bench, customer: tuple[str, str]) -> None:
    machine, peer = customer
    lab = bench.write(bench.two_sites(hq=f"interface: eth1, netns: {machine}"))
    bench.run("deploy", "-t", lab)
    inside(peer, "ip", "link", "del", "eth0")
    bench.run("destroy", "-t", lab)


@pytest.mark.root
def test_an_interface_in_a_namespace_that_is_not_there(bench: Bench) -> None:
    lab = bench.write(bench.two_sites(hq="interface: eth1, netns: TAGn"))
    output = bench.run("deploy", "-t", lab, status=1)
    assert output == f"msapemu: co:2/1: there is no interface eth1: there is no netns {bench.tag}n\n"


@pytest.mark.root
@pytest.mark.tool("unshare")
def test_two_names_of_one_place_are_seen_through(
    bench: Bench, container: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(f"#!/bin/sh\necho {container}\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{docker.parent}:{os.environ['PATH']}")
    more = f"    - {{port: 'branch:2/2', tap: eth0, container: {container}}}\n"
    lab = bench.write(bench.two_sites(site="tap: eth0, container: web", more=more))
    output = bench.run("deploy", "-t", lab, status=1)
    assert output == f"msapemu: branch:2/2: eth0 (container {container}) is that of branch:2/1\n"


@pytest.mark.root
def test_every_obstacle_is_told_at_once(bench: Bench) -> None:
    lab = bench.write(bench.two_sites(hq="interface: TAGx", site="tap: lan0, container: 4194303"))
    assert bench.run("deploy", "-t", lab, status=1).splitlines() == [
        f"msapemu: co:2/1: there is no interface {bench.tag}x",
        "msapemu: container 4194303: there is no process 4194303",
    ]
