"""`msapemu bench core`: what it prints, and that a figure is only for work that was done."""

from __future__ import annotations

import csv
import io
import json

import pytest

from msapemu import _framing
from msapemu.bench import core
from msapemu.bench.e1 import E1Ends
from msapemu.bench.gfp_t import Superblocks
from msapemu.bench.stm import CrossConnect, Ends
from msapemu.bench.work import Work
from msapemu.cli import main
from msapemu.ctl.errors import MsapemuError, UsageError

KEYS = ["work", "mapping", "size", "gbps", "x_line", "yardstick_memcpy", "yardstick_x43"]
SHORT = ["bench", "core", "--seconds", "0.01"]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main.run([*SHORT, *arguments]) == 0
    return capsys.readouterr().out


def test_json_has_the_keys_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    rows = json.loads(run(capsys, "--mapping", "vc4,gfp-t", "--size", "64", "--size", "1514", "-f", "json"))["core"]
    assert [list(row)[: len(KEYS)] for row in rows] == [KEYS] * 8
    assert [(row["work"], row["mapping"], row["size"]) for row in rows] == [
        (work, mapping, size) for mapping in ("vc4", "gfp-t") for size in (64, 1514) for work in ("build", "parse")
    ]
    for row in rows:
        line = 155.52e6 if row["mapping"] == "vc4" else 1e9
        assert row["x_line"] == pytest.approx(row["gbps"] * 1e9 / line, rel=0.01)
        assert min(row["yardstick_memcpy"], row["yardstick_x43"], row["ns_per_frame"]) > 0


def test_csv_and_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(run(capsys, "--mapping", "e1", "-f", "csv"))))
    assert [(row["work"], row["mapping"], row["size"]) for row in rows] == [
        ("build", "e1", "32"),
        ("parse", "e1", "32"),
    ]
    text = run(capsys, "--mapping", "gfp-t", "--size", "1514")
    assert "ns per frame" in text and text.count("gfp-t") == 2


def test_kernels_are_chosen_and_given_back(capsys: pytest.CaptureFixture[str]) -> None:
    best = _framing.kernel_names()[0]
    rows = json.loads(run(capsys, "--mapping", "gfp-t", "--size", "64", "--kernels", f"portable,{best}", "-f", "json"))
    assert [row["kernels"] for row in rows["core"]] == ["portable", "portable", best, best]
    assert _framing.select_kernels() == best


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--mapping", "vc2"], "--mapping: 'vc2' is none of vc4, vc12-63v, vc12-63v-scattered, e1, gfp-t"),
        (["--size", "13"], "--size: 13 is not 14..9600 octets"),
        (["--size", "64,x"], "--size: '64,x' is not numbers, such as 64,1514"),
        (["--size", ""], "--size: '' is not numbers, such as 64,1514"),
        (["--kernels", "mmx"], "--kernels: 'mmx' is none of those of this machine: "),
        (["--format", "xml"], "bench core: Invalid value for '--format'"),
        (["--seconds", "0"], "bench core: Invalid value for '--seconds'"),
    ],
)
def test_wrong_use(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run([*SHORT, *arguments]) == 2
    output = capsys.readouterr()
    assert output.out == "" and output.err.startswith(f"msapemu: {message}") and output.err.count("\n") == 1


WORKS = {
    "vc4": lambda: Ends("vc4", 64),
    "aligned": lambda: Ends("vc12-63v", 1514),
    "scattered": lambda: Ends("vc12-63v-scattered", 512),
    "cross-connection": lambda: CrossConnect(512),
    "two lines": lambda: CrossConnect(512, 2),
    "e1": E1Ends,
    "gfp-t": lambda: Superblocks(64),
}


@pytest.mark.parametrize("name", WORKS)
def test_rounds_without_a_fault(name: str) -> None:
    figures = list(core.measure(WORKS[name](), 0.001, "best"))
    assert all(figure.rounds >= core.FEWEST and figure.gbps > 0 for figure in figures)


def spoil(octets: bytearray) -> None:
    octets[2000] ^= 0x10


def test_a_wrong_bit_is_no_figure() -> None:
    ends = Ends("vc4", 64)

    def parse() -> None:
        spoil(ends.there)
        Ends.parse(ends)

    ends.parse = parse  # type: ignore[method-assign]
    with pytest.raises(MsapemuError, match=r"vc4, 64 octets: no figure, for there were .*b1_errors.*b2_errors"):
        list(core.measure(ends, 0.001, "best"))


def test_idle_is_no_figure() -> None:
    ends = Ends("vc12-63v", 64)
    ends.refill = lambda: None  # type: ignore[method-assign]
    with pytest.raises(MsapemuError, match="idle GFP frames"):
        list(core.measure(ends, 0.001, "best"))


def test_a_lost_vc12_is_no_figure() -> None:
    work = CrossConnect(512)

    def cross() -> None:
        spoil(work.received[0])
        CrossConnect.cross(work)

    work.cross = cross  # type: ignore[method-assign]
    with pytest.raises(MsapemuError, match="no figure"):
        list(core.measure(work, 0.001, "best"))


def test_what_fails_is_told_and_status_1(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ends, "refill", lambda self: self.source.send(self.frame))
    assert main.run([*SHORT, "--mapping", "vc4", "--size", "64"]) == 1
    output = capsys.readouterr()
    assert output.out == "" and output.err.startswith("msapemu: vc4, 64 octets: no figure, for there were")


def test_set_ups_are_what_they_say() -> None:
    """63 different pointers, members in another order, and every frame is carried as it is."""
    aligned, scattered = Ends("vc12-63v", 512), Ends("vc12-63v-scattered", 512)
    for ends, pointers in ((aligned, 1), (scattered, 63)):
        ends.arm()
        ends.build()
        ends.parse()
        assert set(ends.sink.receive()) == {ends.frame}
        report = ends.z.report()["vc12"]
        assert len({one["pointer"] for one in report.values()}) == pointers
        assert all(one["lcas"]["ctrl"] in ("NORM", "EOS") for one in report.values())
        assert sorted(one["sq"] for one in report.values()) == list(range(63))
    order = [one["sq"] for one in scattered.z.report()["vc12"].values()]
    assert order != sorted(order)


def test_works_are_of_the_kind_that_is_measured() -> None:
    def takes(work: Work) -> float:
        return work.line_bps

    assert takes(E1Ends(1)) == 2_048_000


def test_usage_errors_come_before_any_work() -> None:
    with pytest.raises(UsageError):
        next(core.measure_all(["vc4", "frob"], [64]))
