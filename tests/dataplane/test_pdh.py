"""E1s and V.35 ports through two shelf processes over lines of PDH and in VC-12s: what goes in at a socket comes out at
the other end, bit for bit."""

from __future__ import annotations

import random
import signal
import socket
import time
from pathlib import Path

import msgspec
import pytest

from msapemu.ctl.config import (
    V35,
    Connection,
    E1Client,
    E1Framing,
    Impairment,
    Line,
    Satop,
    Shelf,
    Socket,
    Timeslots,
)
from msapemu.ctl.paths import socket_address

from .rig import TIMED, Running, free_ports, line, real_time, running, wait_for

pytestmark = real_time

PATTERN = random.Random(5).randbytes(16_000)  # 62 ms of an E1
PLACES = {"e1": "1/1", "e2": "1/1/e1.3", "e3": "1/1/e1.14", "stm1": "1/1/au4.1/vc12.2.3.1"}


def both_ways(one: str, other: str) -> tuple[Connection, Connection]:
    return Connection(one, other), Connection(other, one)


def shelves(rate: str, **more: object) -> tuple[Shelf, Shelf]:
    """A line of that rate between two shelves, b timed by a."""
    ports = free_ports(2)
    a = Shelf(lab="t", name="a", lines=(line(*ports, rate=rate),), **more)  # type: ignore[arg-type]
    b = msgspec.structs.replace(a, name="b", clock=TIMED, lines=(line(*ports[::-1], rate=rate),))
    return a, b


def user(shelf: Running, name: str) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with socket_address(shelf.directory / name) as address:
        sock.connect(address)
    sock.settimeout(5)
    return sock


def bits(octets: bytes) -> str:
    return bin(int.from_bytes(b"\1" + octets, "big"))[3:]


def crosses(a: Running, b: Running, name: str, pattern: bytes = PATTERN) -> None:
    """The pattern comes out at the other end, at any bit, both ways. A socket's user that is served late has fill put
    into what it sends, so the pattern goes again when it has not come whole within a second."""
    for source, sink in ((a, b), (b, a)):
        with user(source, name) as sender, user(sink, name) as receiver:
            time.sleep(0.05)  # what was under way is of before
            got, wanted, tries, again = b"", bits(pattern), 0, 0.0
            while wanted not in bits(got[-len(pattern) - (1 << 16) :]):
                if time.monotonic() >= again:
                    assert tries < 4, f"{len(got)} octets, and the pattern is not among them"
                    tries += 1
                    again = time.monotonic() + 1
                    sender.sendall(pattern)
                got += receiver.recv(1 << 16)
        if name == "e1":
            gone(a, b)


def gone(*shelves: Running) -> None:
    wait_for(lambda: all("LOS" in defects(one, "3/1") for one in shelves), 2, "users have gone")


def defects(shelf: Running, port: str) -> tuple[str, ...]:
    status = shelf.status()
    return status.defect_names(status.e1_clients[port]["defects"]) if port in status.e1_clients else ()


def clean(*shelves: Running) -> None:
    wait_for(lambda: not any(one.line()["silent"] or one.line()["defects"] for one in shelves), 5, "a clean line")


@pytest.mark.parametrize("rate", PLACES)
def test_an_e1_goes_through_as_a_whole(tmp_path: Path, rate: str) -> None:
    ports = E1Client("3/1", Socket("e1")), E1Client("3/2")
    made = shelves(rate, e1_clients=ports, connections=both_ways("3/1", PLACES[rate]))
    with running(tmp_path, *made) as (a, b):
        wait_for(lambda: not (a.line()["silent"] or b.line()["silent"]), 5, "a signal")
        crosses(a, b, "e1")
        assert defects(a, "3/2") == ("LOS",)
        assert ("a/3/2", "LOS") in a.raised()
        assert a.line()["lost_frames"] == b.line()["lost_frames"] == 0


@pytest.mark.parametrize("rate", PLACES)
def test_v35_goes_in_timeslots(tmp_path: Path, rate: str) -> None:
    place = PLACES[rate]
    slots = Timeslots(f"{place}:2-5,17-20", "4/1"), Timeslots("4/1", f"{place}:2-5,17-20")
    made = shelves(rate, v35=(V35("4/1", 8, Socket("v35")),), timeslots=slots)
    with running(tmp_path, *made) as (a, b):
        wait_for(lambda: all(one.status().e1s[place]["state"] == "MULTIFRAME" for one in (a, b)), 5, "multiframes")
        wait_for(lambda: all(not one.status().e1s[place]["defects"] for one in (a, b)), 5, "no defects")
        crosses(a, b, "v35", PATTERN[:4000])
        name = f"a/{place}/e1" if rate == "stm1" else f"a/{place}"
        assert (name, "P12-RAI") in a.raised() or (name, "P12-LOF") in a.raised()
        with a.control() as control:
            (state,) = control.info().v35
        assert state.line
        record = a.status().e1s[place]
        assert record["crc_errors"] == record["slips"] == 0


def test_a_loop_at_an_e1_and_a_change_that_disturbs_nothing(tmp_path: Path) -> None:
    """An E1 is sent back at the far end, and goes on when other things change there."""
    ports = (E1Client("3/1", Socket("e1")),)
    a, b = shelves("e1", e1_clients=ports, connections=both_ways("3/1", "1/1"))
    b = msgspec.structs.replace(b, connections=(Connection("1/1", "1/1"),))
    with running(tmp_path, a, b) as (near, far):
        clean(near, far)
        with user(near, "e1") as sock:
            time.sleep(0.05)
            for n in range(3):
                if n == 1:
                    more = msgspec.structs.replace(b, v35=(V35("4/1", 3),), framings=(E1Framing("3/1", "basic"),))
                    with far.control() as control:
                        control.apply(more)
                sock.sendall(PATTERN[:4000])
                got, end, wanted = b"", time.monotonic() + 4, bits(PATTERN[:4000])
                while wanted not in bits(got):
                    assert time.monotonic() < end, "the pattern does not come back"
                    got += sock.recv(1 << 16)
        assert far.status().e1s["3/1"]["state"] == "HUNT"


@pytest.mark.parametrize("rate", PLACES)
def test_a_shelf_that_stalls_makes_an_e1_late_and_costs_it_no_bit(tmp_path: Path, rate: str) -> None:
    """Each shelf is stopped for 40 ms while a pattern goes through, both ways."""
    made = shelves(rate, e1_clients=(E1Client("3/1", Socket("e1")),), connections=both_ways("3/1", PLACES[rate]))
    pattern = random.Random(6).randbytes(60_000)  # 234 ms
    with running(tmp_path, *made) as (a, b):
        wait_for(lambda: not (a.line()["silent"] or b.line()["silent"]), 5, "a signal")
        time.sleep(0.3)
        for source, sink in ((a, b), (b, a)):
            with user(source, "e1") as sender, user(sink, "e1") as receiver:
                time.sleep(0.05)
                sender.sendall(pattern)
                for stopped in (a, b):
                    time.sleep(0.03)
                    stopped.signal(signal.SIGSTOP)
                    time.sleep(0.04)
                    stopped.signal(signal.SIGCONT)
                got, end, wanted = b"", time.monotonic() + 4, bits(pattern)
                while wanted not in bits(got):
                    assert time.monotonic() < end, f"{len(got)} octets, and the pattern is not among them"
                    got += receiver.recv(1 << 16)
            gone(a, b)


def test_an_e1_line_over_satop(tmp_path: Path) -> None:
    """The line is an E1 in packets: its timeslots go to a V.35 port at both ends."""
    one, two = (f"127.0.0.1:{port}" for port in free_ports(2))
    slots = Timeslots("1/1:1-8", "4/1"), Timeslots("4/1", "1/1:1-8")
    made = [
        Shelf(
            lab="t",
            name=name,
            lines=(Line("1/1", rate="e1", link=Satop(local, peer, rtp=True)),),
            v35=(V35("4/1", 8, Socket("v35")),),
            timeslots=slots,
        )
        for name, local, peer in (("a", one, two), ("b", two, one))
    ]
    with running(tmp_path, *made) as (a, b):
        wait_for(lambda: all(not x.status().e1s["1/1"]["defects"] for x in (a, b)), 8, "an E1 without defects")
        crosses(a, b, "v35", PATTERN[:4000])
        assert a.status().e1_clients["1/1"]["rx_datagrams"] > 100
        assert a.status().lines == {}


@pytest.mark.parametrize("rate", ["e1", "e2", "fe"])
def test_an_impaired_line_of_pdh(tmp_path: Path, rate: str) -> None:
    """A delay, bit errors at their rate, and a cut, which is LOS."""
    a, b = shelves(rate)
    with running(tmp_path, a, b) as (near, far):
        clean(near, far)
        with near.control() as control:
            control.impair("1/1", Impairment(delay_us=20_000, ber=1e-3, seed=7))
            time.sleep(0.3)
            before = near.line()
            time.sleep(0.5)
            after = near.line()
            octets = {"e1": 32, "e2": 132, "fe": 1562}[rate]
            number = 8e-3 * octets * (after["frames"] - before["frames"])
            assert 0.6 * number < after["bit_errors"] - before["bit_errors"] < 1.4 * number
            assert after["delay_frames"] == 160
            control.impair("1/1", Impairment(cut=True))
            wait_for(lambda: "LOS" in near.status().defect_names(near.line()["defects"]), 2, "LOS")
            control.impair("1/1", Impairment())
        clean(near)
        assert ("a/1/1", "LOS") in near.raised()


def test_a_peer_that_stops_is_los_and_its_return_none(tmp_path: Path) -> None:
    a, b = shelves("e3", timeslots=(Timeslots("1/1/e1.1:1", "1/1/e1.16:1"),))
    with running(tmp_path, a) as (near,):
        far = Running(b, tmp_path / "b")
        clean(near, far)
        far.stop()
        wait_for(lambda: "LOS" in near.status().defect_names(near.line()["defects"]), 5, "LOS")
        far = Running(b, tmp_path / "b")
        try:
            clean(near, far)
            assert near.status().levels["1/1"]["e2.4"]["frames"] > 0
        finally:
            far.stop()
