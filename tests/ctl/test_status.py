"""The status region: layout, consistency under a busy writer, dead and foreign writers."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from msapemu.ctl import region
from msapemu.ctl.client import Unreachable
from msapemu.ctl.errors import MsapemuError
from msapemu.ctl.status import StatusReader

LOOP = ("frame", "ticks")
LINE = ("tx_frames", "defects")
FIELDS = region.Fields(
    LOOP,
    LINE,
    ("octets", "defects"),
    ("octets", "errors", "defects"),
    ("tx_state", "tx_sq", "rx_state"),
    ("LOS", "OOF", "LOF", "CSF"),
    {"tx_state": ("IDLE", "ADD", "NORM"), "rx_state": ("IDLE", "", "OK")},
)
MEMBERS = (("2/1", "1/1/au4.1"), ("2/1", "1/2/au4.1"))


class Writer:
    """The loop's side, in Python."""

    def __init__(self, path: Path, lines: tuple[str, ...] = ("1/1", "1/2"), pid: int | None = None) -> None:
        of = {"2/1": "2/1"}
        self.layout, octets = region.make(1, FIELDS, lines, ("2/1",), ("2/1",), of, MEMBERS, pid or os.getpid())
        path.write_bytes(octets)
        with open(path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), 0)
        self.words = np.frombuffer(self.map, np.uint64)
        self.sequence = 0

    def write(self, values: list[int]) -> None:
        at = (self.layout.slots_at + ((self.sequence + 1) & 1) * self.layout.slot_octets) // 8
        self.words[at : at + len(values)] = values
        self.sequence += 1
        self.words[region.TIME_AT // 8] = time.monotonic_ns()
        self.words[region.SEQUENCE_AT // 8] = self.sequence

    def state(self, state: int) -> None:
        self.words[region.STATE_AT // 8] = state


def test_a_snapshot_has_every_field_by_name(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "status")
    writer.write([8000, 1000, 11, 5, 12, 0, 2**63 + 1, 0, 8, 9, 12, 2, 0, 2, 1, 63, 1])
    with StatusReader(tmp_path / "status") as reader:
        snapshot = reader.read()
        assert snapshot.frame == 8000
        assert snapshot.loop == {"frame": 8000, "ticks": 1000}
        assert snapshot.lines == {"1/1": {"tx_frames": 11, "defects": 5}, "1/2": {"tx_frames": 12, "defects": 0}}
        assert snapshot.clients == {"2/1": {"octets": 2**63 + 1, "errors": 9, "defects": 4}}  # and what its group has
        assert snapshot.groups == {"2/1": {"octets": 8, "errors": 9, "defects": 12}}  # CSF is of another client
        assert snapshot.members == {
            "2/1": {
                "1/1/au4.1": {"tx_state": "NORM", "tx_sq": 0, "rx_state": "OK"},
                "1/2/au4.1": {"tx_state": "ADD", "tx_sq": 63, "rx_state": "1"},
            }
        }
        assert snapshot.member_records["tx_sq"].tolist() == [0, 63]
        assert snapshot.line_records["tx_frames"].tolist() == [11, 12]
        assert snapshot.client_records.dtype.names == ("octets", "defects")
        assert snapshot.defect_names(5) == ("LOS", "LOF")
        writer.write([8008, 1001, 12, 5, 13, 0, 0, *[0] * 10])
        assert reader.read().frame == 8008
        assert snapshot.frame == 8000  # a snapshot is a copy


def test_the_layout_is_as_documented(tmp_path: Path) -> None:
    """The words at their offsets, read without the reader."""
    writer = Writer(tmp_path / "status")
    writer.write([8000, 1000, 11, 5, 12, 0, 77, 0, 8, 9, 0, 1, 2, 3, 4, 5, 6])
    octets = (tmp_path / "status").read_bytes()
    assert octets[:8] == b"MSAPSTAT"
    assert int.from_bytes(octets[8:12], sys.byteorder) == 3
    length = int.from_bytes(octets[12:16], sys.byteorder)
    assert int.from_bytes(octets[16:24], sys.byteorder) == len(octets)
    assert int.from_bytes(octets[24:32], sys.byteorder) == os.getpid()
    assert octets[128 : 128 + length].startswith(b"{") and octets[128 : 128 + length].endswith(b"}")
    assert int.from_bytes(octets[64:72], sys.byteorder) == 1
    at = writer.layout.slots_at + writer.layout.slot_octets  # snapshot 1 is in slot 1
    assert np.frombuffer(octets[at : at + 56], np.uint64).tolist() == [8000, 1000, 11, 5, 12, 0, 77]
    assert np.frombuffer(octets[at + 56 : at + 136], np.uint64).tolist() == [0, 8, 9, 0, 1, 2, 3, 4, 5, 6]


def test_snapshots_are_consistent_while_a_writer_writes_all_the_time(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "status")
    stop = threading.Event()

    def write() -> None:
        n = 0
        while not stop.is_set():
            n += 1
            writer.write([n] * 17)

    thread = threading.Thread(target=write)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        thread.start()
        with StatusReader(tmp_path / "status") as reader:
            last, seen = 0, set()
            end = time.monotonic() + 10
            while len(seen) < 30 and time.monotonic() < end:
                snapshot = reader.read()
                values = {*snapshot.loop.values(), *snapshot.groups["2/1"].values()}
                for line in snapshot.lines.values():
                    values |= set(line.values())
                assert len(values) == 1
                assert snapshot.frame >= last
                last = snapshot.frame
                seen.add(last)
            assert len(seen) == 30
    finally:
        stop.set()
        thread.join()
        sys.setswitchinterval(interval)


def test_a_writer_that_is_stopped_in_the_middle_disturbs_nobody(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "status")
    writer.write([1] * 17)
    at = (writer.layout.slots_at + (2 & 1) * writer.layout.slot_octets) // 8
    writer.words[at : at + 3] = 99  # half of snapshot 2
    with StatusReader(tmp_path / "status") as reader:
        assert reader.read().loop == {"frame": 1, "ticks": 1}


def test_a_reader_follows_a_new_layout(tmp_path: Path) -> None:
    old = Writer(tmp_path / "status")
    old.write([1] * 17)
    with StatusReader(tmp_path / "status") as reader:
        assert set(reader.read().lines) == {"1/1", "1/2"}
        new = Writer(tmp_path / "status.new", lines=("3/1",))
        new.write([2] * 15)
        (tmp_path / "status.new").rename(tmp_path / "status")
        assert reader.read().frame == 1  # not told yet: what it has is still whole
        old.state(region.SUPERSEDED)
        snapshot = reader.read()
        assert snapshot.frame == 2
        assert set(snapshot.lines) == {"3/1"}
        new.state(region.CLOSED)
        with pytest.raises(Unreachable, match="the shelf has stopped"):
            reader.read()


def test_a_dead_writer(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    writer = Writer(tmp_path / "status", pid=process.pid)
    writer.write([3] * 17)
    with StatusReader(tmp_path / "status") as reader:
        assert reader.alive()
        assert reader.read().frame == 3
        process.communicate()
        assert not reader.alive()
        assert reader.read().frame == 3  # its last words
        writer.words[region.TIME_AT // 8] -= np.uint64(2_000_000_000)
        with pytest.raises(Unreachable, match=rf"\(process {process.pid}\) has died"):
            reader.read()


def test_a_process_id_that_is_used_again_is_not_the_writer(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "status")
    writer.write([1] * 17)
    writer.words[4] += np.uint64(1)  # started at another time
    with StatusReader(tmp_path / "status") as reader:
        assert not reader.alive()


@pytest.mark.parametrize(
    ("at", "octets", "what"),
    [
        (0, b"SOMETHIN", "not a status region"),
        (8, (9).to_bytes(4, sys.byteorder), "layout version 9, this program reads 3"),
        (16, (10**6).to_bytes(8, sys.byteorder), "that should have 1000000"),
        (128, b"}}", "damaged descriptor"),
    ],
)
def test_a_region_of_another_kind_is_named(tmp_path: Path, at: int, octets: bytes, what: str) -> None:
    path = tmp_path / "status"
    Writer(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:at] + octets + whole[at + len(octets) :])
    with pytest.raises(MsapemuError, match=what):
        StatusReader(path)


@pytest.mark.parametrize("octets", [b"", b"MSAPSTAT", bytes(4096)])
def test_a_file_that_is_none(tmp_path: Path, octets: bytes) -> None:
    path = tmp_path / "status"
    path.write_bytes(octets)
    with pytest.raises(MsapemuError, match="status: not a status region"):
        StatusReader(path)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match=r"status: no shelf runs here \(No such file or directory\)"):
        StatusReader(tmp_path / "status")


def test_pdh_has_records_of_its_own(tmp_path: Path) -> None:
    """PDH lines stand beside those of STM-N, with other fields; levels, E1s and E1 client ports by their names."""
    fields = region.Fields(
        *(LOOP, LINE, (), (), (), ("LOS",), {"state": ("HUNT", "BASIC")}),
        region.PdhFields(("frames", "defects"), ("losses",), ("state", "slips"), ("rx_octets",)),
    )
    pdh = region.Pdh(("1/2",), (("1/2", "e3"), ("1/2", "e2.1")), ("1/2/e1.3", "3/1"), ("3/1",))
    layout, octets = region.make(1, fields, ("1/1",), (), (), {}, (), os.getpid(), pdh)
    values = [8000, 1, 11, 12, 21, 1, 31, 32, 1, 41, 0, 42, 51]
    assert layout.words == len(values)
    made = bytearray(octets)
    made[layout.slots_at : layout.slots_at + 8 * len(values)] = np.array(values, np.uint64).tobytes()
    made[region.TIME_AT : region.TIME_AT + 8] = time.monotonic_ns().to_bytes(8, sys.byteorder)
    (tmp_path / "status").write_bytes(made)
    with StatusReader(tmp_path / "status") as reader:
        snapshot = reader.read()
    assert snapshot.lines == {"1/1": {"tx_frames": 11, "defects": 12}, "1/2": {"frames": 21, "defects": 1}}
    assert snapshot.levels == {"1/2": {"e3": {"losses": 31}, "e2.1": {"losses": 32}}}
    assert snapshot.e1s == {"1/2/e1.3": {"state": "BASIC", "slips": 41}, "3/1": {"state": "HUNT", "slips": 42}}
    assert snapshot.e1_clients == {"3/1": {"rx_octets": 51}}
    assert snapshot.line_records["tx_frames"].tolist() == [11]
