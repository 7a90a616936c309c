"""The command line as such: help, exit statuses, messages, environment variables."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from msapemu import __version__
from msapemu.cli import main
from msapemu.ctl.errors import CapabilityError, MsapemuError
from tests.lab.labfile import GOOD, text_of

COMMANDS = [
    "deploy", "redeploy", "destroy", "inspect", "validate", "graph", "exec", "demo", "node", "encode", "decode",
    "schema", "version",
]  # fmt: skip


@pytest.fixture(autouse=True)
def run_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MSAPEMU_RUN_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path / "run"


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    path = tmp_path / "lab.yaml"
    path.write_text(text_of(GOOD))
    return path


def test_help_names_every_command_and_the_exit_statuses(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["--help"]) == 0
    output = " ".join(capsys.readouterr().out.split())
    for command in COMMANDS:
        assert f"│ {command} " in output
    for status in (
        "0 done",
        "1 the work itself failed",
        "2 wrong use",
        "3 a privilege",
        "130 Ctrl-C",
        "143 SIGTERM",
    ):
        assert status in output


@pytest.mark.parametrize(
    "command", [[name] for name in COMMANDS if name != "node"] + [["node"], ["node", "run"]]
)
def test_every_command_has_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run([*command, "--help"]) == 0
    assert "Usage: msapemu " + " ".join(command) in " ".join(capsys.readouterr().out.split())


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from msapemu.cli import main; status = main.run(['--help'])\n"
        "heavy = {'numpy', 'pydantic', 'yaml', 'pyroute2', 'msapemu._framing', 'msapemu.dataplane.loop'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "sys.exit(status)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=30)


def test_help_is_there_at_once() -> None:
    def seconds() -> float:
        started = time.monotonic()
        subprocess.run(
            [sys.executable, "-m", "msapemu", "--help"], check=True, capture_output=True, timeout=30
        )
        return time.monotonic() - started

    assert min(seconds() for _ in range(3)) < 1.0  # 0.2 s on an idle machine


@pytest.mark.parametrize("arguments", [["version"], ["--version"]])
def test_version(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(arguments) == 0
    assert capsys.readouterr().out == f"{__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["frob"], "msapemu: No such command 'frob'. (msapemu --help)"),
        (["--frob"], "No such option: --frob"),
        (["validate"], "msapemu: validate: Missing option '--topo' / '-t'"),
        (["validate", "-t"], "Option '-t' requires an argument"),
        (["validate", "-t", "nowhere.yaml"], "msapemu: nowhere.yaml: no such file or directory"),
        (["validate", "-t", "/"], "msapemu: /: is a directory"),
        (["validate", "surplus", "-t", "x"], "msapemu: validate: Got unexpected extra argument"),
        (["inspect", "-f", "xml"], "msapemu: inspect: Invalid value for '--format' / '-f'"),
        (["inspect", "--watch", "1"], "msapemu: which lab? -t FILE or --name LAB"),
        (
            ["inspect", "--name", "x", "--watch", "1", "-f", "json"],
            "msapemu: --watch goes with --format table only",
        ),
        (["destroy"], "msapemu: which lab? -t FILE or --name LAB"),
        (["destroy", "--name", "../x"], "msapemu: --name: '../x' is no valid name"),
        (["exec", "--name", "x", "co:2/1"], "Missing argument 'COMMAND"),
        (["exec", "--name", "x", "co:2/1", "--"], "msapemu: which command?"),
        (["exec", "--name", "x", "co", "true"], "msapemu: 'co' is no port name"),
        (["node", "frob"], "msapemu: node: No such command 'frob'"),
        (["graph", "-t", "x", "-f", "svg"], "msapemu: graph: Invalid value for '--format' / '-f'"),
    ],
)
def test_wrong_use_is_one_line_and_status_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(arguments) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert message in output.err and output.err.startswith("msapemu: ")
    assert output.err.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["node"]])
def test_without_a_command_there_is_help(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(arguments) == 2
    output = capsys.readouterr()
    assert "Usage: msapemu" in output.out + output.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["inspect", "--name", "nothing"], "msapemu: nothing: no such lab is deployed\n"),
        (["exec", "--name", "nothing", "co:2/1", "true"], "msapemu: nothing: no such lab is deployed\n"),
    ],
)
def test_work_that_fails_is_one_line_and_status_1(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(arguments) == 1
    assert capsys.readouterr().err == message


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (MsapemuError("co: no"), 1, "msapemu: co: no\n"),
        (CapabilityError("a\nb"), 3, "msapemu: a\nmsapemu: b\n"),
        (PermissionError(13, "Permission denied", "/x"), 1, "msapemu: /x: permission denied\n"),
        (OSError(28, "No space left on device"), 1, "msapemu: no space left on device\n"),
        (
            ModuleNotFoundError("m", name="msapemu._framing"),
            1,
            "msapemu: msapemu._framing: not built (make setup)\n",
        ),
        (
            KeyError("x"),
            1,
            "msapemu: a fault in msapemu itself: KeyError: 'x' (MSAPEMU_TRACEBACK=1 shows where)\n",
        ),
    ],
)
def test_no_failure_is_a_traceback(
    error: BaseException,
    status: int,
    message: str,
    lab: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_: object) -> None:
        raise error

    monkeypatch.setattr("msapemu.lab.resolve.load_network", fail)
    assert main.run(["validate", "-t", str(lab)]) == status
    assert capsys.readouterr().err.removeprefix("\n") == message


def test_ctrl_c_is_status_130(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("msapemu.lab.resolve.load_network", stop)
    assert main.run(["validate", "-t", str(lab)]) == 130


def test_a_traceback_can_be_asked_for(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr("msapemu.lab.resolve.load_network", fail)
    monkeypatch.setenv("MSAPEMU_TRACEBACK", "1")
    with pytest.raises(KeyError):
        main.run(["validate", "-t", str(lab)])


def test_options_from_the_environment(
    lab: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MSAPEMU_TOPO", str(lab))
    assert main.run(["validate"]) == 0
    assert "lab two-sites is valid (2 nodes, 1 links, 1 circuits)" in capsys.readouterr().out
    monkeypatch.setenv("MSAPEMU_GRAPH_FORMAT", "dot")
    assert main.run(["graph"]) == 0
    assert capsys.readouterr().out.startswith('graph "two-sites" {')
    monkeypatch.setenv("MSAPEMU_FORMAT", "json")
    assert main.run(["inspect", "--name", "x"]) == 1  # the command line goes before the environment
    assert capsys.readouterr().err == "msapemu: x: no such lab is deployed\n"
    monkeypatch.delenv("MSAPEMU_TOPO")
    assert main.run(["inspect"]) == 0
    assert json.loads(capsys.readouterr().out) == {"labs": []}


def test_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "msapemu lab file"


def test_the_module_is_the_program(lab: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "msapemu", "validate", "-t", str(lab)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_reader_that_goes_away_is_no_traceback(lab: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "msapemu", "schema"],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
