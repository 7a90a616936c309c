"""Labs on a real kernel: they carry Ethernet, and nothing is left of them, whatever happens."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from msapemu.cli.main import run
from msapemu.lab.kernel import Resource
from msapemu.lab.record import Record, read_record
from tests.lab.conftest import MSAPEMU, Bench, background, crosses, inside, processes_of, shell, wait_until

pytestmark = pytest.mark.root
CONFIGS = Path(__file__).resolve().parents[2] / "configs"
PATHS = {
    "two-sites-vc12": [("hq-vc12", "10.12.0.2", 1000)],
    "two-sites-vc4": [("hq-vc4", "10.4.0.2", 8900), ("site-vc4", "fd04::1", 1000)],
    "overhead": [
        ("hq-overhead", "10.46.0.2", 1400),
        ("noc-overhead", "10.44.0.2", 56),
        ("far-overhead", "10.45.0.1", 56),
        ("far-overhead", "fd45::1", 1400),
    ],
    "demo": [("hq", "10.0.0.2", 56), ("site", "10.0.0.1", 1400)],
    "lcas": [("hq-lcas", "10.50.0.2", 1400)],
    "gbe-transparent": [("hq-gbe", "10.51.0.2", 8900), ("site-gbe", "10.51.0.1", 56)],
    "shared-group": [
        ("hq-shared", "10.53.1.2", 56),
        ("hq-shared", "10.53.2.2", 1400),
        ("site-shared", "10.53.3.1", 8900),
    ],
    "cross-connect": [("xc-west", "10.41.0.2", 1400), ("xc-east", "10.42.0.1", 56)],
    "three-sites": [("west", "10.31.0.2", 56), ("middle", "10.32.0.2", 56), ("east", "10.33.0.1", 1400)],
}
STEPS = ["netns 1", "netns 2", "tap 1", "tap 2", "shelf 1", "shelf 2"]


PDH = ("e1-converter", "eop-8-e1", "pdh-fibre", "v35-ospf")  # deployed by test_pdh_labs.py


def test_every_lab_in_configs_is_deployed() -> None:
    assert sorted(path.stem for path in CONFIGS.glob("*.yaml")) == sorted([*PATHS, *PDH])
    there = (Path(__file__).parent / "test_pdh_labs.py").read_text()
    assert all(f'"{name}"' in there for name in PDH)


@pytest.mark.parametrize("name", PATHS)
def test_a_lab_of_configs_carries_ethernet(bench: Bench, name: str) -> None:
    lab = bench.renamed(CONFIGS / f"{name}.yaml")
    assert "deployed" in bench.run("deploy", "-t", lab)
    for netns, address, size in PATHS[name]:
        assert crosses(bench.netns(netns), address, size=size), f"{netns} -> {address}"
    bench.run("destroy", "-t", lab)


def test_inspect_tells_what_runs(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = bench.write(bench.two_sites())
    bench.run("deploy", "-t", lab)
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    monkeypatch.chdir(tmp_path)
    found = json.loads(bench.run("inspect", "--name", bench.tag, "--format", "json"))
    assert (found["lab"], found["file"]) == (bench.tag, str(lab))
    pids = bench.pids()
    assert [(node["node"], node["state"], node["pid"]) for node in found["nodes"]] == [
        ("co", "running", pids["co"]),
        ("branch", "running", pids["branch"]),
    ]
    assert [node["clock"] for node in found["nodes"]] == ["free", "line 1/1"]
    lines = {line["port"]: line for line in found["lines"]}
    assert (lines["co/1/1"]["peer"], lines["co/1/1"]["state"]) == ("branch/1/1", "ok")
    assert (lines["co/1/2"]["peer"], lines["co/1/2"]["state"]) == (None, "unplugged")
    assert lines["co/1/1"]["rx_frames"] > 100
    assert [lines["co/1/1"][f"{name}_errors"] for name in ("b1", "b2", "b3", "bip2")] == [0, 0, 0, 0]
    there, back = found["circuits"]
    assert (there["via"], there["capacity_mbps"], there["state"]) == ("VC-12-5v", 10.88, "ok")
    assert back["rx_frames"] >= 6 and back["tx_frames"] >= 6
    table = bench.run("inspect", "-t", lab)
    assert "branch/1/1" in table and "VC-12-5v" in table
    text = bench.run("inspect", "-t", lab, "--format", "csv", "--only", "lines")
    assert len(text.splitlines()) == 5
    assert text.startswith("port,peer,state,impaired,tx_frames,rx_frames,lost_frames,oof,lof,b1_errors")
    assert json.loads(bench.run("inspect", "--format", "json"))["labs"] == [
        {"lab": bench.tag, "nodes": 2, "running": 2, "file": str(lab)}
    ]
    bench.run("destroy", "--name", bench.tag)
    bench.run("inspect", "--name", bench.tag, status=1)


def test_destroy_is_idempotent(bench: Bench) -> None:
    lab = bench.write(bench.two_sites())
    assert "nothing to do" in bench.run("destroy", "-t", lab)
    bench.run("deploy", "-t", lab)
    assert "destroyed" in bench.run("destroy", "-t", lab)
    assert "nothing to do" in bench.run("destroy", "-t", lab)


def test_destroy_needs_no_more_than_the_name_in_the_file(bench: Bench) -> None:
    lab = bench.write(bench.two_sites())
    bench.run("deploy", "-t", lab)
    bench.write("name: TAG\ntopology: nonsense\n")
    bench.run("destroy", "-t", lab)


def test_a_name_that_is_taken_stays_with_whom_it_belongs_to(bench: Bench) -> None:
    lab = bench.write(bench.two_sites())
    bench.run("deploy", "-t", lab)
    before = bench.pids()
    assert f"{bench.tag}: a lab of this name is deployed already" in bench.run("deploy", "-t", lab, status=1)
    assert bench.pids() == before
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    bench.run("destroy", "-t", lab)


def test_an_interface_that_is_there_already_is_not_taken(
    bench: Bench, made_netns: Callable[[str], str]
) -> None:
    netns = made_netns("hq")
    inside(netns, "ip", "tuntap", "add", "lan0", "mode", "tap")
    lab = bench.write(bench.two_sites(hq=f"tap: lan0, netns: {netns}"))
    output = bench.run("deploy", "-t", lab, status=1)
    assert output.strip() == f"msapemu: co:2/1: there is an interface lan0 already (netns {netns})"
    assert bench.left() == [f"netns {netns}"]
    assert "lan0" in inside(netns, "ip", "-br", "link")


def test_a_namespace_that_was_there_stays(bench: Bench, made_netns: Callable[[str], str]) -> None:
    netns = made_netns("hq")
    lab = bench.write(bench.two_sites(hq=f"tap: lan0, netns: {netns}, address: 10.0.0.1/24"))
    bench.run("deploy", "-t", lab)
    assert crosses(netns, "10.0.0.2")
    bench.run("destroy", "-t", lab)
    assert bench.left() == [f"netns {netns}"]
    assert "lan0" not in inside(netns, "ip", "-br", "link")


def test_a_namespace_of_another_lab_is_not_shared(bench: Bench) -> None:
    lab = bench.write(bench.two_sites())
    bench.run("deploy", "-t", lab)
    text = bench.two_sites(hq="tap: lan7, netns: TAGh", site="tap: lan7, netns: TAGx")
    other = bench.write(text.replace("name: TAG\n", "name: TAG.2\n"), "other.yaml")
    output = bench.run("deploy", "-t", other, status=1)
    assert output == f"msapemu: co:2/1: netns {bench.tag}h is that of lab {bench.tag}, and goes with it\n"
    bench.run("destroy", "-t", lab)


@pytest.mark.parametrize("step", ["netns", "tap"])
def test_what_somebody_else_makes_at_the_last_moment_stays_theirs(
    bench: Bench, step: str, made_netns: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    netns = bench.netns("hq") if step == "netns" else made_netns("hq")
    make = Record.make

    def too_late(record: Record, resource: Resource) -> None:
        if resource.key[0] == "netns" and "-hq" in str(resource.key):
            made_netns("hq")
        if resource.key[0] == "tap" and "-hq" in str(resource.key):
            inside(netns, "ip", "tuntap", "add", "lan0", "mode", "tap")
        make(record, resource)

    monkeypatch.setattr(Record, "make", too_late)
    lab = bench.write(bench.two_sites(hq=f"tap: lan0, netns: {netns}"))
    output = bench.run("deploy", "-t", lab, status=1)
    assert "there already" in output or "there is an interface lan0 already" in output
    assert bench.left() == [f"netns {netns}"]
    assert ("lan0" in inside(netns, "ip", "-br", "link")) == (step == "tap")


def test_a_tap_in_this_very_namespace(bench: Bench) -> None:
    lab = bench.write(bench.two_sites(hq="tap: TAGt, mtu: 1400"))
    bench.run("deploy", "-t", lab)
    link = json.loads(shell("ip", "-j", "link", "show", f"{bench.tag}t"))[0]
    assert (link["mtu"], "UP" in link["flags"]) == (1400, True)
    bench.run("destroy", "-t", lab)


class _Stop:
    """Does something to this process when the step of that number has been recorded, before it is made."""

    def __init__(self, step: int, action: Callable[[], None]) -> None:
        self.left, self.action = step, action
        self.make = Record.make

    def __call__(self, record: Record, resource: Resource) -> None:
        self.left -= 1
        if self.left == 0:
            record.made.append(resource)
            record.write()
            self.action()
        self.make(record, resource)


@pytest.mark.parametrize("step", range(1, len(STEPS) + 1), ids=STEPS)
def test_ctrl_c_at_each_step_undoes_all(
    bench: Bench, step: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stop = _Stop(step, lambda: os.kill(os.getpid(), signal.SIGINT))
    monkeypatch.setattr(Record, "make", lambda record, resource: stop(record, resource))
    lab = bench.write(bench.two_sites())
    assert run(["deploy", "-t", str(lab)]) == 130
    assert stop.left <= 0
    assert capsys.readouterr().err == "msapemu: stopped by SIGINT\n"


@pytest.mark.parametrize("step", [2, 4, 6])
def test_destroy_works_after_a_deployment_that_was_killed(bench: Bench, step: int) -> None:
    lab = bench.write(bench.two_sites())
    code = (
        "import os, signal, sys\n"
        "from msapemu.cli.main import run\n"
        "from msapemu.lab.record import Record\n"
        "make, count = Record.make, [0]\n"
        "def killed(record, resource):\n"
        "    make(record, resource)\n"
        "    count[0] += 1\n"
        f"    if count[0] == {step}: os.kill(os.getpid(), signal.SIGKILL)\n"
        "Record.make = killed\n"
        "run(['deploy', '-t', sys.argv[1]])\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(lab)], timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    assert bench.left() != []
    assert "is deployed already" in bench.run("deploy", "-t", lab, status=1)
    bench.run("destroy", "-t", lab)


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_to_the_command_undoes_all(bench: Bench, number: signal.Signals, status: int) -> None:
    lab = bench.write(bench.two_sites())
    process = background([*MSAPEMU, "deploy", "-t", str(lab)])
    wait_until(lambda: len(processes_of(bench.run_dir)) > 0, "a shelf starts")
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (status, f"msapemu: stopped by {number.name}\n")


def test_a_shelf_that_does_not_start_undoes_all_and_says_why(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = bench.write(bench.two_sites())
    code = (
        "import sys\n"
        "from msapemu.cli.main import run\n"
        "from msapemu.lab import deploy\n"
        "write = deploy.write_config\n"
        "def spoil(shelf):\n"
        "    write(shelf)\n"
        "    from msapemu.lab.kernel.process import ShelfProcess\n"
        "    if shelf.name == 'branch': ShelfProcess(shelf.lab, shelf.name).config.write_text('{}')\n"
        "deploy.write_config = spoil\n"
        "sys.exit(run(['deploy', '-t', sys.argv[1]]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(lab)], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    first, *log = done.stderr.splitlines()
    assert first == "msapemu: branch: the shelf ended (exit status 2)"
    assert len(log) == 1 and re.match(
        r"msapemu: branch: log: .*config\.json: .*missing required field", log[0]
    )


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_lab_with_a_dead_or_stopped_shelf_is_destroyed(bench: Bench, number: signal.Signals) -> None:
    lab = bench.write(bench.two_sites())
    bench.run("deploy", "-t", lab)
    os.kill(bench.pids()["co"], number)
    if number == signal.SIGKILL:
        state = json.loads(bench.run("inspect", "-t", lab, "-f", "json"))["nodes"][0]
        assert (state["state"], state["pid"], state["frame"]) == ("gone", None, None)
    else:
        time.sleep(1.2)
        state = json.loads(bench.run("inspect", "-t", lab, "-f", "json"))["nodes"][0]
        assert state["state"] == "stalled"
    started = time.monotonic()
    bench.run("destroy", "-t", lab)
    assert time.monotonic() - started < 10


def test_killing_the_commands_and_their_terminal_loses_no_frame(bench: Bench) -> None:
    lab = bench.write(bench.two_sites())
    command = f"{' '.join(MSAPEMU)} deploy -t {lab}; sleep 60"
    process = subprocess.Popen(
        ["sh", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )
    wait_until(lambda: len(bench.pids()) == 2, "both shelves run")
    assert crosses(f"{bench.tag}h", "10.0.0.2")
    before = bench.pids()
    shown = bench.folder / "shown"
    with shown.open("w") as output:
        watch = [*MSAPEMU, "inspect", "--name", bench.tag, "--watch", "0.1"]
        watcher = subprocess.Popen(watch, stdout=output)
    wait_until(lambda: "VC-12-5v" in shown.read_text(), "it is watched")
    pings = ["ping", "-n", "-q", "-c", "500", "-i", "0.001", "-s", "1000", "10.0.0.2"]
    load = background(["ip", "netns", "exec", f"{bench.tag}h", *pings])
    os.killpg(process.pid, signal.SIGKILL)
    watcher.kill()
    process.communicate()
    watcher.wait()
    assert load.poll() is None, "the load had ended before the commands were killed"
    assert "500 packets transmitted, 500 received, 0% packet loss" in load.communicate()[0]
    assert bench.pids() == before
    lines = json.loads(bench.run("inspect", "-t", lab, "-f", "json"))["lines"]
    assert {line["port"]: line["lost_frames"] for line in lines} == {
        "co/1/1": 0,
        "co/1/2": 0,
        "branch/1/1": 0,
        "branch/1/2": 0,
    }
    for pid in before.values():
        assert os.getsid(pid) == pid
    bench.run("destroy", "-t", lab)


def test_two_commands_do_not_work_on_one_lab_at_once(bench: Bench) -> None:
    lab = bench.write(bench.two_sites())
    bench.run("deploy", "-t", lab)
    from msapemu.lab.record import locked

    with locked(bench.tag):
        for command in ("destroy", "redeploy"):
            assert "another msapemu command is at work on this lab" in bench.run(command, "-t", lab, status=1)
    bench.run("destroy", "-t", lab)


def test_a_record_that_is_damaged_is_told_and_nothing_is_touched(bench: Bench) -> None:
    lab = bench.write(bench.two_sites())
    bench.run("deploy", "-t", lab)
    path = bench.run_dir / bench.tag / "lab.json"
    good = path.read_bytes()
    path.write_bytes(b"{}")
    for command in ("destroy", "redeploy", "inspect"):
        assert "lab.json: is no record of this version" in bench.run(command, "-t", lab, status=1)
    assert len(bench.pids()) == 2
    path.write_bytes(good)
    bench.run("destroy", "-t", lab)


def test_an_empty_directory_of_a_deployment_that_was_killed_at_once(bench: Bench) -> None:
    (bench.run_dir / bench.tag).mkdir(parents=True)
    lab = bench.write(bench.two_sites())
    assert "deployed already" in bench.run("deploy", "-t", lab, status=1)
    bench.run("destroy", "-t", lab)


def test_a_process_that_only_looks_like_a_shelf_is_not_ended(bench: Bench) -> None:
    lab = bench.write(bench.two_sites())
    bench.run("deploy", "-t", lab)
    config = bench.run_dir / bench.tag / "co" / "config.json"
    reader = background([sys.executable, "-c", "import time; time.sleep(60)", str(config)])
    os.kill(bench.pids()["co"], signal.SIGKILL)
    (bench.run_dir / bench.tag / "co" / "pid").write_text(
        f"{reader.pid}\n"
    )  # as if the PID had been used again
    bench.run("destroy", "-t", lab)
    assert reader.poll() is None
    reader.kill()
    reader.communicate()


def test_exec_runs_a_command_where_the_client_is(bench: Bench) -> None:
    lab = bench.write(bench.two_sites())
    bench.run("deploy", "-t", lab)
    assert "10.0.0.2/24" in bench.program("exec", "-t", lab, "branch:2/1", "--", "ip", "-br", "addr")
    assert "10.0.0.1/24" in bench.program("exec", "--name", bench.tag, "co:2/1", "ip", "-br", "addr")
    bench.program("exec", "-t", lab, "co:2/1", "false", status=1)
    assert "no-such-program: no such file" in bench.program(
        "exec", "-t", lab, "co:2/1", "no-such-program", status=1
    )
    assert "nothing is attached to this port" in bench.run("exec", "-t", lab, "co:2/2", "true", status=2)
    assert "has no node 'third'" in bench.run("exec", "-t", lab, "third:2/2", "true", status=2)
    assert "is no port name" in bench.run("exec", "-t", lab, "co", "true", status=2)
    bench.run("destroy", "-t", lab)


def test_the_record_says_what_was_made(bench: Bench) -> None:
    lab = bench.write(bench.two_sites())
    bench.run("deploy", "-t", lab)
    record = read_record(bench.tag)
    assert record is not None
    assert [resource.key[0] for resource in record.made] == ["netns", "netns", "tap", "tap", "shelf", "shelf"]
    assert record.file == str(lab)
    bench.run("destroy", "-t", lab)
