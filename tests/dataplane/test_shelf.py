"""Two shelf processes and the line between them, without client ports: needs no root."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path

import msgspec
import pytest

from msapemu.ctl.client import ShelfClient, Unreachable
from msapemu.ctl.config import Circuit, Clock, Connection, Impairment, Line, Shelf, Udp
from msapemu.ctl.errors import MsapemuError, UsageError
from msapemu.ctl.impairments import Alarm, Errors
from msapemu.ctl.status import Snapshot, StatusReader

from .rig import TIMED, Running, free_ports, in_service, line, pair, real_time, running, wait_for

SILENCE_MS = 250  # a link's default


def rate(before: Snapshot, after: Snapshot) -> float:
    """Frames a second between two snapshots."""
    return (after.frame - before.frame) / ((after.mono_ns - before.mono_ns) / 1e9)


def test_a_line_comes_up_clean_and_keeps_count(tmp_path: Path) -> None:
    with running(tmp_path, *pair()) as (a, b):
        in_service(a, b)
        before = [shelf.line() for shelf in (a, b)]
        time.sleep(0.5)
        after = [shelf.line() for shelf in (a, b)]
        for old, new in zip(before, after, strict=True):
            assert new["frames"] > old["frames"]
            for error in ("b1_errors", "b2_errors", "b3_errors", "lost_frames", "foreign_datagrams", "tx_dropped"):
                assert new[error] == 0
        # chunks of half a frame
        assert after[0]["tx_datagrams"] >= 2 * after[0]["tx_frames"]
        assert b.status().loop["reference"] == 1 << 16 | 1
        assert b.status().loop["holdover"] == 0


def test_a_stall_of_80_ms_raises_no_alarm_and_loses_no_frame(tmp_path: Path) -> None:
    with running(tmp_path, *pair()) as (a, b):
        in_service(a, b)
        time.sleep(0.2)
        for stalled in (a, b):
            since = [shelf.event_count() for shelf in (a, b)]
            stalled.signal(signal.SIGSTOP)
            time.sleep(0.08)
            stalled.signal(signal.SIGCONT)
            time.sleep(0.3)
            for shelf, number in zip((a, b), since, strict=True):
                assert shelf.raised(number) == []
        # everything that left one shelf came to the other, and time was made up for
        wait_for(lambda: a.status().loop["tx_backlog"] < 32, 20, "the backlog is worked off")
        one, two = a.line(), b.line()
        for counters in (one, two):
            for error in ("lost_frames", "late_datagrams", "oof", "b1_errors", "b2_errors", "tx_dropped"):
                assert counters[error] == 0, error
        assert two["rx_frame"] <= a.line()["tx_frame"] <= b.line()["rx_frame"] + 800
        assert a.status().loop["skipped_frames"] == 0


def test_a_killed_shelf_is_los_at_its_peer_at_once(tmp_path: Path) -> None:
    with running(tmp_path, *pair()) as (a, b):
        in_service(a, b)
        since = b.event_count()
        a.signal(signal.SIGKILL)
        killed = time.monotonic_ns()
        a.process.wait()
        wait_for(lambda: ("b/1/1", "LOS") in b.raised(since), 2, "LOS")
        los = next(e for e in b.events() if e.number >= since and e.what == "LOS")
        print(f"LOS {(los.mono_ns - killed) / 1e6:.1f} ms after the kill")
        assert (los.mono_ns - killed) / 1e6 < SILENCE_MS  # so it was not the silence that told
        assert "refused" in [e.what for e in b.events()]
        # b lives on by its own means
        before = b.status()
        time.sleep(0.2)
        assert rate(before, b.status()) > 0
        assert b.status().loop["holdover"] == 1
        assert b.line()["silent"] == 1
        # and takes the shelf back when it starts again, with numbers from 0
        again = Running(a.config, a.directory)
        try:
            in_service(again, b)
            assert b.line()["sessions"] == 2
            assert b.status().loop["holdover"] == 0
        finally:
            assert again.stop() == 0


def test_a_shelf_that_stops_says_so(tmp_path: Path) -> None:
    with running(tmp_path, *pair()) as (a, b):
        in_service(a, b)
        since = b.event_count()
        asked = time.monotonic_ns()
        assert a.stop() == 0
        assert "stopped after" in a.log
        events = [e for e in b.events() if e.number >= since]
        assert [e.what for e in events if e.state == "notice"] == ["closed"]
        los = next(e for e in events if (e.what, e.state) == ("LOS", "raise"))
        assert los.object == "b/1/1"
        assert (los.mono_ns - asked) / 1e6 < 100


def test_a_silent_line_is_los_after_its_limit(tmp_path: Path) -> None:
    one, two = free_ports(2)
    shelf = Shelf(lab="t", name="a", lines=(line(one, two, silence_limit_us=50_000),))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf, running(tmp_path, shelf) as (a,):
        deaf.bind(("127.0.0.1", two))
        deaf.connect(("127.0.0.1", one))
        deaf.settimeout(2)
        # send back what comes, under another session: a peer that exists for 100 datagrams
        for _ in range(100):
            datagram = bytearray(deaf.recv(2000))
            datagram[8:12] = b"\1\2\3\4"
            deaf.send(datagram)
        wait_for(lambda: not a.line()["silent"], 2, "a signal")
        last = time.monotonic_ns()
        since = a.event_count()
        wait_for(lambda: ("a/1/1", "LOS") in a.raised(since), 2, "LOS")
        notice = next(e for e in a.events() if e.what == "silent")
        assert 30 < (notice.mono_ns - last) / 1e6 < 150
        los = next(e for e in a.events() if e.number >= since and e.what == "LOS")
        assert los.mono_ns == notice.mono_ns


def test_two_free_running_shelves_with_different_oscillators(tmp_path: Path) -> None:
    a, b = pair()
    a = msgspec.structs.replace(a, clock=Clock(ppm=150.0))
    b = msgspec.structs.replace(b, clock=Clock(ppm=-150.0))
    with running(tmp_path, a, b) as (one, two):
        in_service(one, two)
        before = one.status(), two.status()
        time.sleep(2)
        after = one.status(), two.status()
        ran = [rate(old, new) / 8000 for old, new in zip(before, after, strict=True)]
        # a tick is 8 frames, so 2 s of it tell 300 ppm apart only just
        assert (ran[0] - ran[1]) * 1e6 == pytest.approx(300, abs=1100)
        for shelf in (one, two):
            assert shelf.line()["lost_frames"] == 0
            assert shelf.line()["los"] == 0
            assert shelf.line()["b1_errors"] == 0
            wait_for(lambda shelf=shelf: shelf.status().loop["tx_backlog"] < 100, 20, "the backlog is worked off")


def test_delay_and_bit_errors_can_be_changed_while_it_runs(tmp_path: Path) -> None:
    with running(tmp_path, *pair()) as (a, b):
        in_service(a, b)
        with b.control() as control:
            control.impair("1/1", Impairment(delay_us=10_000))
            time.sleep(0.2)
            counters = b.line()
            assert counters["delay_frames"] == 80
            assert counters["rx_backlog"] > 0
            assert counters["b1_errors"] == counters["lost_frames"] == counters["los"] == 0
            control.impair("1/1", Impairment(ber=1e-4, seed=5))
            time.sleep(0.3)
            control.impair("1/1", Impairment())
            time.sleep(0.05)
            counters = b.line()
            assert counters["delay_frames"] == 0
            assert counters["rx_backlog"] < 32
            # 0.3 s of 155.52 Mbit/s; what of it the parity sees is about all at this rate
            assert 3000 < counters["bit_errors"] < 8000
            assert counters["b1_errors"] > 500
            errors = b.line()["b1_errors"]
            time.sleep(0.1)
            assert b.line()["b1_errors"] == errors
        assert a.line()["b1_errors"] == 0
        assert a.line()["ms_rei"] > 0  # b told a of its errors


def test_alarms_and_errors_can_be_changed_while_it_runs(tmp_path: Path) -> None:
    """Each is told by the shelf that receives it and answered to the other one; nobody counts an error."""

    def defects(shelf: Running) -> set[str]:
        return set(shelf.status().defect_names(shelf.line()["defects"]))

    with running(tmp_path, *pair()) as (a, b):
        in_service(a, b)
        with b.control() as control:
            for alarm, here, there in (
                ("MS-RDI", {"MS-RDI"}, set()),
                ("MS-AIS", {"MS-AIS"}, {"MS-RDI"}),
                ("AU-LOP", {"AU-LOP"}, set()),
                ("LOF", {"OOF", "LOF"}, {"MS-RDI"}),
            ):
                control.impair("1/1", Impairment(alarms=(Alarm(name=alarm),)))
                wait_for(lambda here=here: here <= defects(b), 2, f"{here} at b")
                wait_for(lambda there=there: there <= defects(a), 2, f"{there} at a")
                control.impair("1/1", Impairment())
                wait_for(lambda: not defects(a) and not defects(b), 2, "the line is well again")
            assert [b.line()[name] for name in ("b1_errors", "b2_errors", "lost_frames", "los")] == [0] * 4
            before = b.line()["b2_errors"]
            control.impair("1/1", Impairment(errors=(Errors(layer="b2", count=7),)))
            wait_for(lambda: b.line()["b2_errors"] == before + 7, 2, "seven errors at B2")
            wait_for(lambda: a.line()["ms_rei"] == 7, 2, "they are told to the sender")
            assert b.line()["b1_errors"] == 0


def test_a_direction_can_be_cut(tmp_path: Path) -> None:
    with running(tmp_path, *pair()) as (a, b):
        in_service(a, b)
        with b.control() as control:
            since_a, since_b, los = a.event_count(), b.event_count(), (a.line()["los"], b.line()["los"])
            control.impair("1/1", Impairment(cut=True))
            wait_for(lambda: b.raised(since_b) == [("b/1/1", "LOS")], 2, "LOS at b")
            wait_for(lambda: a.raised(since_a) == [("a/1/1", "MS-RDI")], 2, "MS-RDI at a")
            assert (a.line()["los"], b.line()["los"]) == los  # the link itself is well
            control.impair("1/1", Impairment())
            in_service(a, b)
            # and for a time, again and again
            flap = Alarm(name="LOS", duration=80, period=800, repeat=2)
            seen = b.raised().count(("b/1/1", "LOS"))
            control.impair("1/1", Impairment(alarms=(flap,)))
            wait_for(lambda: b.raised().count(("b/1/1", "LOS")) == seen + 2, 3, "two more LOS")
            in_service(a, b)
            assert b.line()["b1_errors"] == 0


def test_impairments_of_the_configuration_hold_from_the_start(tmp_path: Path) -> None:
    with running(tmp_path, *pair(b=Impairment(delay_us=5_000, ber=1e-5, seed=3))) as (_, b):
        wait_for(lambda: b.line()["bit_errors"] > 0, 2, "bit errors")
        assert b.line()["delay_frames"] == 40
        assert b.config.lines[0].impair.ber == 1e-5


def test_a_new_plan_leaves_the_rest_alone(tmp_path: Path) -> None:
    """A second line is plugged in, changed and pulled while the first carries on without a lost or errored frame."""
    first, second, third = free_ports(2), free_ports(2), free_ports(2)
    a = Shelf(lab="t", name="a", lines=(line(*first),))
    b = Shelf(lab="t", name="b", clock=TIMED, lines=(line(first[1], first[0]), line(*second, port="1/2")))
    with running(tmp_path, a, b) as (one, two):
        with StatusReader(one.directory / "status") as reader, one.control() as control:
            wait_for(lambda: not reader.read().lines["1/1"]["defects"], 3, "line 1/1")
            since = one.event_count()
            more = msgspec.structs.replace(a, lines=(*a.lines, line(second[1], second[0], port="1/2")))
            control.apply(more)
            assert set(reader.read().lines) == {"1/1", "1/2"}  # the reader has followed
            assert control.info().generation == 2
            assert control.info().config == more
            wait_for(lambda: not reader.read().lines["1/2"]["silent"], 2, "line 1/2")
            # the same socket, another peer; then another socket; then none
            for other in (line(second[1], third[0], port="1/2"), line(*third, port="1/2"), Line(port="1/2")):
                control.apply(msgspec.structs.replace(a, lines=(*a.lines, other)))
                wait_for(lambda: reader.read().lines["1/2"]["silent"] == 1, 2, "no signal on 1/2")
            control.apply(a)
            assert set(reader.read().lines) == {"1/1"}
            assert [e for e in one.raised(since) if e[0].startswith("a/1/1")] == []
            counters = reader.read().lines["1/1"]
            assert counters["lost_frames"] == counters["b1_errors"] == counters["b2_errors"] == counters["oof"] == 0
        assert "closed" in [e.what for e in two.events() if e.object == "b/1/2"]
        assert two.line("1/1")["lost_frames"] == two.line("1/1")["b1_errors"] == 0


def test_a_line_that_nobody_hears_is_made_when_it_carries_something(tmp_path: Path) -> None:
    ports = free_ports(4)
    lines = line(*ports[:2]), Line("1/2")
    a = Shelf(lab="t", name="a", lines=lines)
    b = Shelf(lab="t", name="b", clock=TIMED, lines=(line(ports[1], ports[0]), line(ports[3], ports[2], port="1/2")))
    with running(tmp_path, a, b) as (one, two), one.control() as control:
        wait_for(lambda: one.line()["tx_frames"] > 100, 3, "frames on the line with a peer")
        assert one.line("1/2")["tx_frames"] == 0
        control.apply(msgspec.structs.replace(a, connections=(Connection("1/2/au4.1", "1/1/au4.1"),)))
        wait_for(lambda: one.line("1/2")["tx_frames"] > 100, 3, "frames of what is sent on")
        control.apply(a)
        before = one.line("1/2")["tx_frames"]
        time.sleep(0.05)
        assert one.line("1/2")["tx_frames"] == before
        control.apply(msgspec.structs.replace(a, lines=(lines[0], line(*ports[2:], port="1/2"))))
        wait_for(lambda: not one.line("1/2")["defects"] and not two.line("1/2")["defects"], 3, "the line is plugged in")
        assert two.line("1/2")["b1_errors"] == two.line("1/2")["b2_errors"] == two.line("1/2")["lost_frames"] == 0


def test_a_plan_that_cannot_be_changes_nothing(tmp_path: Path) -> None:
    with running(tmp_path, *pair()) as (a, b):
        in_service(a, b)
        taken = a.config.lines[0].link
        assert taken is not None
        with a.control() as control, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))
            busy = line(other.getsockname()[1], 9, port="1/2")
            with pytest.raises(MsapemuError, match=r"a/1/2: UDP address .* is taken by another process"):
                control.apply(msgspec.structs.replace(a.config, lines=(*a.config.lines, busy)))
            with pytest.raises(UsageError, match="circuit x: 7/1 is no client port of the shelf"):
                control.apply(
                    msgspec.structs.replace(
                        a.config, circuits=(Circuit(name="x", client="7/1", line="1/1", via="vc4"),)
                    )
                )
            with pytest.raises(UsageError, match="this is shelf a of lab t"):
                control.apply(b.config)
            with pytest.raises(UsageError, match="a/9/9: no line of this shelf"):
                control.impair("9/9", Impairment())
            with pytest.raises(UsageError, match="bit error rate 2"):
                control.impair("1/1", Impairment(ber=2.0))
            assert control.info().generation == 1
            assert control.info().config == a.config
        assert a.line()["lost_frames"] == b.line()["lost_frames"] == 0
        assert not [name for name in os.listdir(a.directory) if name.startswith(".")]


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    a, _ = pair()
    shelf = Running(a, tmp_path / "a")
    reader = StatusReader(shelf.directory / "status")
    assert {"ctl", "status", "pid", "config.json", "log"} == set(os.listdir(shelf.directory))
    assert (shelf.directory / "pid").read_text() == f"{shelf.process.pid}\n"
    assert (shelf.directory / "ctl").stat().st_mode & 0o777 == 0o600
    with shelf.control() as control:
        control.shutdown()
    assert set(os.listdir(shelf.directory)) == {"config.json", "log"}
    assert shelf.process.wait(2) == 0
    with pytest.raises(Unreachable, match="the shelf has stopped"):
        reader.read()
    reader.close()
    with pytest.raises(Unreachable, match="no shelf runs here"):
        ShelfClient(shelf.directory / "ctl")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_stop_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    shelf = Running(pair()[0], tmp_path / "a")
    shelf.signal(number)
    assert shelf.process.wait(2) == 0
    assert f"{number.name}, stopping" in shelf.log
    assert set(os.listdir(shelf.directory)) == {"config.json", "log"}


def test_a_killed_shelf_is_seen_to_be_dead_and_its_leftovers_are_no_hindrance(tmp_path: Path) -> None:
    config, _ = pair()
    shelf = Running(config, tmp_path / "a")
    with StatusReader(shelf.directory / "status") as reader:
        reader.read()
        shelf.process.kill()
        shelf.process.wait()
        time.sleep(1.05)
        with pytest.raises(Unreachable, match=rf"\(process {shelf.process.pid}\) has died"):
            reader.read()
        with pytest.raises(Unreachable):
            shelf.control()
    again = Running(config, tmp_path / "a")
    assert again.status().frame >= 0
    assert again.stop() == 0


def test_a_second_shelf_in_the_same_place_is_refused(tmp_path: Path) -> None:
    config, _ = pair()
    with running(tmp_path, config) as (shelf,):
        second = Running(config, tmp_path / "a", ready=False)
        assert second.process.wait(5) == 1
        assert "a shelf runs here already" in second.log
        assert shelf.status().lines


@pytest.mark.parametrize(
    ("local", "peer", "status", "text"),
    [
        ("127.0.0.1", "127.0.0.1:9", 2, "a/1/1: '127.0.0.1' is no address"),
        ("127.0.0.1:0", "127.0.0.1:9", 2, "the UDP port must be 1..65535"),
        ("127.0.0.1:70000", "127.0.0.1:9", 2, "the UDP port must be 1..65535"),
        ("::1:4000", "127.0.0.1:9", 2, "is no address"),
        ("192.0.2.77:4000", "127.0.0.1:9", 1, "a/1/1: UDP address 192.0.2.77:4000: Cannot assign requested address"),
        ("127.0.0.1:4000", "[::1]:9", 1, "a/1/1: address ::1"),
    ],
)
def test_addresses_that_cannot_be(tmp_path: Path, local: str, peer: str, status: int, text: str) -> None:
    config = Shelf(lab="t", name="a", lines=(Line(port="1/1", link=Udp(local=local, peer=peer)),))
    shelf = Running(config, tmp_path / "a", ready=False)
    assert shelf.process.wait(5) == status
    assert text in shelf.log
    assert "Traceback" not in shelf.log
    assert set(os.listdir(shelf.directory)) == {"config.json", "log"}


def test_a_link_over_ipv6(tmp_path: Path) -> None:
    one, two = free_ports(2)
    links = [Udp(local=f"[::1]:{x}", peer=f"[::1]:{y}") for x, y in ((one, two), (two, one))]
    a = Shelf(lab="t", name="a", lines=(Line(port="1/1", link=links[0]),))
    b = Shelf(lab="t", name="b", clock=TIMED, lines=(Line(port="1/1", link=links[1]),))
    with running(tmp_path, a, b) as shelves:
        in_service(*shelves)


@real_time  # for the reason that they take memory too
def test_memory_stays_small(tmp_path: Path) -> None:
    with running(tmp_path, *pair()) as (a, b):
        in_service(a, b)
        time.sleep(0.3)
        status = Path(f"/proc/{a.process.pid}/status").read_text()
        resident = int(status.partition("VmHWM:")[2].split()[0])
        assert resident < 60 * 1024


@real_time
def test_a_ring_of_three_shelves_runs(tmp_path: Path) -> None:
    """Every shelf waits for two others, in a circle: nobody may wait for ever."""
    ports = free_ports(6)
    names = "abc"
    configs = []
    for n, name in enumerate(names):
        east = line(ports[2 * n], ports[(2 * n + 3) % 6], port="1/1")
        west = line(ports[2 * n + 1], ports[(2 * n - 2) % 6], port="1/2")
        clock = Clock() if n == 0 else Clock(mode="line", reference="1/2")
        configs.append(Shelf(lab="t", name=name, clock=clock, lines=(east, west)))
    with running(tmp_path, *configs) as shelves:
        in_service(*shelves)
        before = [shelf.status() for shelf in shelves]
        shelves[1].signal(signal.SIGSTOP)
        time.sleep(0.08)
        shelves[1].signal(signal.SIGCONT)
        time.sleep(0.6)
        for shelf, status in zip(shelves, before, strict=True):
            assert rate(status, shelf.status()) > 0
            for counters in shelf.status().lines.values():
                assert counters["lost_frames"] == counters["b1_errors"] == counters["los"] == 0
