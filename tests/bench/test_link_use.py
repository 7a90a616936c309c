"""`msapemu bench link`: wrong use, before there is anything to measure."""

from __future__ import annotations

from pathlib import Path

import pytest

from msapemu.cli import main

LINK = ["bench", "link", "--name", "nothing"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--sizes", "63"], "--sizes: 63 is not 64..9600 octets (with FCS)"),
        (["--sizes", "64,x"], "--sizes: '64,x' is not numbers, such as 64,1514"),
        (["--tests", "y1564"], "--tests: 'y1564' is none of throughput, latency, loss, back-to-back"),
        (["--loads", "0"], "--loads: percentages of theory are more than 0 and at most 100"),
        (["--loads", "101"], "--loads: percentages of theory are more than 0 and at most 100"),
        (["--plot", "x.pdf"], "--plot: x.pdf ends neither in .svg nor in .png"),
        (["--plot", "nowhere/x.svg"], "--plot: there is no folder "),
        (["--json", "nowhere/x.json"], "--json: there is no folder "),
        (["--direction", "up"], "bench link: Invalid value for '--direction'"),
        (["--duration", "0"], "bench link: Invalid value for '--duration'"),
        (["--tries", "0"], "bench link: Invalid value for '--tries'"),
        (["--resolution", "0"], "bench link: Invalid value for '--resolution'"),
    ],
)
def test_wrong_use_is_one_line_and_status_2(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main.run([*LINK, *arguments]) == 2
    output = capsys.readouterr()
    assert output.out == "" and output.err.startswith(f"msapemu: {message}") and output.err.count("\n") == 1


def test_which_lab(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MSAPEMU_RUN_DIR", str(tmp_path))
    assert main.run(["bench", "link"]) == 2
    assert capsys.readouterr().err == "msapemu: which lab? -t FILE or --name LAB\n"
    assert main.run(LINK) == 1
    assert capsys.readouterr().err == "msapemu: nothing: no such lab is deployed\n"


def test_without_a_command_there_is_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["bench"]) == 2
    output = capsys.readouterr()
    assert "core" in output.out + output.err and "link" in output.out + output.err
