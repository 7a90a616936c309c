"""Rows as a table, JSON and CSV."""

from __future__ import annotations

import csv
import io
import json

import pytest

from msapemu.cli.options import Format
from msapemu.cli.tables import Row, emit

NODES: list[Row] = [{"node": "co", "pid": 12}, {"node": "branch", "pid": None}]
LINES: list[Row] = [{"port": 'co/1/1, "a"', "rx_frames": 3.5}]


def test_json_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    emit({"nodes": NODES, "lines": []}, Format.JSON, {"lab": "x"})
    assert json.loads(capsys.readouterr().out) == {"lab": "x", "nodes": NODES, "lines": []}


def test_csv_is_a_block_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    emit({"nodes": NODES, "nothing": [], "lines": LINES}, Format.CSV, {"lab": "x"})
    first, second = capsys.readouterr().out.split("\n\n")
    assert first == "node,pid\nco,12\nbranch,"
    assert list(csv.DictReader(io.StringIO(second))) == [{"port": 'co/1/1, "a"', "rx_frames": "3.5"}]


def test_a_table_is_whole_and_says_when_something_is_not_known(capsys: pytest.CaptureFixture[str]) -> None:
    wide: list[Row] = [{f"column_{number}": "x" * 12 for number in range(12)}]
    emit({"nodes": NODES, "wide": wide, "none": []}, Format.TABLE)
    output = capsys.readouterr().out
    assert ["branch", "-"] in [line.split() for line in output.splitlines()]
    assert output.count("x" * 12) == 12
    assert "column 11" in output
    assert "none: none" in output
