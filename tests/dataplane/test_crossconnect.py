"""Cross-connections and loopbacks in real shelves, and what a configuration may say of them. The runs need root."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from msapemu.ctl.config import Circuit, Clock, Connection, Impairment, Line, Loop, Shelf
from msapemu.ctl.errors import UsageError
from msapemu.dataplane.check import check

from .net import Flood, Sink, address, frame, ip, namespaces, packet_socket, ping
from .rig import Running, client, free_ports, in_service, line, real_time, running, wait_for
from .test_traffic import CLIENT_ERRORS, ERRORS, VC4_BPS, VC12_5V_BPS

VC12_5V = ("1.1.1", "1.1.2", "1.1.3", "1.2.1", "1.2.2")
MOVED_5V = ("3.7.3", "2.1.1", "3.1.2", "1.7.1", "1.2.2")


def both(one: str, other: str) -> tuple[Connection, Connection]:
    return Connection(one, other), Connection(other, one)


def path(
    netns: tuple[str, str],
    west: tuple[Circuit, ...],
    east: tuple[Circuit, ...],
    connections: tuple[Connection, ...],
    clocks: tuple[Clock, Clock, Clock],
    rate: str = "stm1",
    impair: Impairment | None = None,
) -> tuple[Shelf, Shelf, Shelf]:
    """west 1/1 - 1/1 middle 1/2 - 1/1 east, with clients lan0, lan1 ... at both ends."""
    ports = free_ports(4)
    w, m1, m2, e = ports
    clients = [
        tuple(client(place, port=c.client, tap=f"lan{n}") for n, c in enumerate(circuits))
        for place, circuits in zip(netns, (west, east), strict=True)
    ]
    return (
        Shelf("t", "west", clocks[0], (line(w, m1, rate=rate),), clients[0], west),
        Shelf(
            "t",
            "middle",
            clocks[1],
            (line(m1, w, rate=rate), line(m2, e, port="1/2", rate=rate, impair=impair)),
            connections=connections,
        ),
        Shelf("t", "east", clocks[2], (line(e, m2, rate=rate),), clients[1], east),
    )


FREE = Clock()
SLOW, FAST = Clock(ppm=-20.0), Clock(ppm=20.0)
BY_1_1 = Clock(mode="line", reference="1/1")
TRACED = (FREE, BY_1_1, BY_1_1)
PLESIOCHRONOUS = (FAST, SLOW, FAST)


@pytest.fixture
def netns(unique_name: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    names = unique_name("we"), unique_name("ea")
    with namespaces(*names):
        yield names


def ready(*shelves: Running) -> None:
    """In service, and over the first second, in which time bases come together."""
    in_service(*shelves)
    time.sleep(1)


def errors(shelf: Running) -> dict[str, int]:
    status = shelf.status()
    found = {f"{port} {name}": counters[name] for port, counters in status.lines.items() for name in ERRORS}
    found |= {f"{port} {name}": counters[name] for port, counters in status.clients.items() for name in CLIENT_ERRORS}
    return found


TUG3_3 = ("3.7.3", "3.1.1", "3.1.2", "3.4.1", "3.2.2")
MIXTURE = (
    (
        Circuit(name="one", client="2/1", line="1/1", via="vc12", members=VC12_5V),
        Circuit(name="two", client="2/2", line="1/1", via="vc3", members=("3", "2")),
    ),
    (
        Circuit(name="one", client="2/1", line="1/1", via="vc12", members=TUG3_3),
        Circuit(name="two", client="2/2", line="1/1", via="vc3", members=("1", "2")),
    ),
)
IN_MIXTURE = tuple(
    connection
    for circuit_w, circuit_e in zip(*MIXTURE, strict=True)
    for member_w, member_e in zip(circuit_w.members, circuit_e.members, strict=True)
    for connection in both(
        f"1/1/au4.1/{circuit_w.via}.{member_w}", f"1/2/au4.1/{circuit_e.via}.{member_e}"
    )
)
WHOLE = (
    (
        Circuit(name="one", client="2/1", line="1/1", via="vc4", vc4=3),
        Circuit(name="two", client="2/2", line="1/1", via="vc12", vc4=2, members=VC12_5V),
    ),
    (
        Circuit(name="one", client="2/1", line="1/1", via="vc4", vc4=4),
        Circuit(name="two", client="2/2", line="1/1", via="vc12", vc4=1, members=VC12_5V),
    ),
)
IN_WHOLE = (*both("1/1/au4.3", "1/2/au4.4"), *both("1/1/au4.2", "1/2/au4.1"))
WIDE = ((Circuit(name="one", client="2/1", line="1/1", via="vc4-4c"),),) * 2
CASES = {
    "vc12-vc3": ("stm1", MIXTURE, IN_MIXTURE),
    "vc4": ("stm4", WHOLE, IN_WHOLE),
    "vc4-4c": ("stm4", WIDE, both("1/1/au4-4c.1", "1/2/au4-4c.1")),
}


@pytest.mark.root
@real_time
@pytest.mark.parametrize("clocks", [TRACED, PLESIOCHRONOUS], ids=["traced", "plesiochronous"])
@pytest.mark.parametrize("case", CASES)
def test_circuits_cross_a_shelf_in_the_middle(
    case: str, clocks: tuple[Clock, Clock, Clock], netns: tuple[str, str], tmp_path: Path
) -> None:
    """No error anywhere; pointers move between free-running shelves, and never between those of one master."""
    rate, (west, east), connections = CASES[case]
    with running(tmp_path, *path(netns, west, east, connections, clocks, rate)) as shelves:
        ready(*shelves)
        before = [errors(shelf) for shelf in shelves]
        moves = [shelf.line("1/1") for shelf in shelves]
        events = [shelf.event_count() for shelf in shelves]
        for n in range(len(west)):
            address(netns[0], f"lan{n}", 1)
            address(netns[1], f"lan{n}", 2)
            times = ping(netns[0], 2, 60, 0.02)
            print(f"{west[n].via}: RTT {min(times):.2f}..{max(times):.2f} ms")
            for name in netns:
                ip("-n", name, "addr", "flush", "dev", f"lan{n}")
        assert [errors(shelf) for shelf in shelves] == before
        for shelf, since in zip(shelves, events, strict=True):
            assert shelf.raised(since) == []
            assert [e for e in shelf.events() if e.what == "stepped"] == []
        after = [shelf.line("1/1") for shelf in shelves]
        moved = [
            {name: new[name] - old[name] for name in new if name.endswith(("increments", "decrements", "new_data"))}
            for old, new in zip(moves, after, strict=True)
        ]
        print(moved)
        if clocks is TRACED:
            assert [sum(one.values()) for one in moved] == [0, 0, 0]
        else:
            # what comes from a faster clock is sent with pointers that go down, and that is seen behind it
            assert moved[1]["tx_decrements"] > 0
            assert moved[1]["tx_increments"] == moved[1]["tx_new_data"] == 0


@pytest.mark.root
@real_time
def test_full_load_across_a_shelf_that_stalls_loses_nothing(netns: tuple[str, str], tmp_path: Path) -> None:
    circuit = (Circuit(name="one", client="2/1", line="1/1", via="vc4"),)
    connections = both("1/1/au4.1", "1/2/au4.1")
    with running(tmp_path, *path(netns, circuit, circuit, connections, PLESIOCHRONOUS)) as shelves:
        ready(*shelves)
        since = [shelf.event_count() for shelf in shelves]
        with Sink(netns[1], "lan0") as sink:
            with Flood(netns[0], "lan0", 0.9 * VC4_BPS) as flood:
                for shelf in (*shelves, shelves[1]):
                    time.sleep(0.4)
                    shelf.signal(signal.SIGSTOP)
                    time.sleep(0.08)
                    shelf.signal(signal.SIGCONT)
                time.sleep(0.6)
            sink.wait(flood.sent, 10)
            assert (sink.received, sink.gaps) == (flood.sent, [])
        for shelf, number in zip(shelves, since, strict=True):
            assert shelf.raised(number) == []
            assert [e for e in shelf.events() if e.what in ("stepped", "lost")] == []
        assert shelves[1].line("1/2")["tx_new_data"] <= 1


@pytest.mark.root
@real_time
def test_a_changed_connection_is_hitless_for_all_others(netns: tuple[str, str], tmp_path: Path) -> None:
    west = (
        Circuit(name="one", client="2/1", line="1/1", via="vc12", members=VC12_5V),
        Circuit(name="two", client="2/2", line="1/1", via="vc12", members=("3.1.1",)),
    )
    east = (
        Circuit(name="one", client="2/1", line="1/1", via="vc12", members=MOVED_5V),
        Circuit(name="two", client="2/2", line="1/1", via="vc12", members=("1.1.1",)),
    )
    kept = tuple(
        connection
        for w, e in zip(VC12_5V, MOVED_5V, strict=True)
        for connection in both(f"1/1/au4.1/vc12.{w}", f"1/2/au4.1/vc12.{e}")
    )
    second = both("1/1/au4.1/vc12.3.1.1", "1/2/au4.1/vc12.1.1.1")
    with running(tmp_path, *path(netns, west, east, (*kept, *second), TRACED)) as shelves:
        ready(*shelves)
        middle = shelves[1]
        address(netns[0], "lan1", 1)
        address(netns[1], "lan1", 2)
        ping(netns[0], 2, 3)
        with Sink(netns[1], "lan0") as sink:
            with Flood(netns[0], "lan0", 0.9 * VC12_5V_BPS) as flood:
                with middle.control() as control:
                    for connections in (kept, (*second, *kept), kept, (*kept, *second)):
                        time.sleep(0.3)
                        control.apply(msgspec.structs.replace(middle.config, connections=connections))
                time.sleep(0.3)
            sink.wait(flood.sent, 20)
            assert (sink.received, sink.gaps) == (flood.sent, [])
        wait_for(lambda: not shelves[2].status().clients["2/2"]["defects"], 5, "the second circuit is back")
        ping(netns[0], 2, 3)


@pytest.mark.root
@real_time
@pytest.mark.parametrize(
    "where",
    ["1/1", "1/1/au4.1", "1/1/au4.1/tug3.1", "1/1/au4.1/vc12.1.1.1"],
    ids=["port", "vc4", "tug3", "vc12"],
)
def test_a_line_loopback_gives_back_what_came(where: str, netns: tuple[str, str], tmp_path: Path) -> None:
    """At the far end of a circuit: what west sends it receives, for a time; then the circuit is as before."""
    circuit = (Circuit(name="one", client="2/1", line="1/1", via="vc12", members=("1.1.1",)),)
    connections = both("1/1/au4.1/vc12.1.1.1", "1/2/au4.1/vc12.1.1.1")
    with running(tmp_path, *path(netns, circuit, circuit, connections, PLESIOCHRONOUS)) as shelves:
        ready(*shelves)
        west, middle, _ = shelves
        with packet_socket(netns[0], "lan0") as here, packet_socket(netns[1], "lan0") as there:
            here.settimeout(2)
            there.settimeout(2)
            with middle.control() as control:
                control.loop(where, "line", 1.5)
                assert control.info().config.loops == (Loop(where, "line"),)
            wait_for(lambda: not west.status().clients["2/1"]["defects"], 5, "the loop carries")
            time.sleep(0.1)
            before = west.client()["ethernet_fcs_errors"]
            for n in range(20):
                here.send(frame(n, 200 + n))
                assert here.recv(2000) == frame(n, 200 + n)
            assert west.client()["ethernet_fcs_errors"] == before
            with middle.control() as control:
                wait_for(lambda: control.info().config.loops == (), 5, "the loopback has ended")
            wait_for(lambda: not west.status().clients["2/1"]["defects"], 5, "the circuit carries again")
            time.sleep(0.1)
            here.send(frame(99, 300))
            got = there.recv(2000)
            while got != frame(99, 300):  # a bridge or a loop sends on: the looped ones may have come here too
                got = there.recv(2000)


@pytest.mark.root
@real_time
def test_an_equipment_loopback_receives_what_it_sends(netns: tuple[str, str], tmp_path: Path) -> None:
    circuit = (Circuit(name="one", client="2/1", line="1/1", via="vc12", members=VC12_5V),)
    west, _, _ = path(netns, circuit, (), (), TRACED)
    west = msgspec.structs.replace(west, lines=(Line(port="1/1"),))
    with running(tmp_path, west) as (shelf,):
        wait_for(lambda: ("west/1/1", "LOS") in shelf.raised(), 5, "nothing is plugged in")
        with packet_socket(netns[0], "lan0") as here, shelf.control() as control:
            here.settimeout(2)
            control.loop("1/1", "equipment")
            wait_for(lambda: shelf.client()["rx_idle_frames"] > 1000, 5, "the loop carries")
            assert shelf.line()["defects"] == shelf.client()["defects"] == 0
            for n in range(20):
                here.send(frame(n, 300 + n))
                assert here.recv(2000) == frame(n, 300 + n)
            control.loop("1/1", "off")
            wait_for(lambda: "LOS" in shelf.status().defect_names(shelf.line()["defects"]), 5, "LOS again")
            with pytest.raises(UsageError, match="west/1/1: there is no loopback"):
                control.loop("1/1", "off")


@pytest.mark.root
@real_time
def test_one_way_connections_and_a_bridge(netns: tuple[str, str], tmp_path: Path) -> None:
    """What west sends goes to two places of the east line; what comes back is taken from one of them."""
    west = (Circuit(name="one", client="2/1", line="1/1", via="vc3", members=("1",)),)
    east = (Circuit(name="one", client="2/1", line="1/1", via="vc3", members=("2",)),)
    connections = (
        *both("1/1/au4.1/vc3.1", "1/2/au4.1/vc3.2"),
        Connection("1/2/au4.1/vc3.3", "1/1/au4.1/vc3.1"),
    )
    config = path(netns, west, east, connections, TRACED)
    bridged = msgspec.structs.replace(config[2], circuits=(msgspec.structs.replace(east[0], members=("3",)),))
    with running(tmp_path, *config) as shelves:
        ready(*shelves)
        with packet_socket(netns[0], "lan0") as here, packet_socket(netns[1], "lan0") as there:
            there.settimeout(2)
            here.send(frame(1, 200))
            assert there.recv(2000) == frame(1, 200)
            with shelves[2].control() as control:
                control.apply(bridged)
            wait_for(lambda: not shelves[2].status().clients["2/1"]["defects"], 5, "the bridge carries")
            time.sleep(0.1)
            here.send(frame(2, 200))
            assert there.recv(2000) == frame(2, 200)


SHELF = Shelf(
    lab="t",
    name="x",
    lines=(Line("1/1"), Line("1/2", "stm4"), Line("1/3", "stm16")),
    clients=(client("none"),),
    circuits=(Circuit(name="c", client="2/1", line="1/1", via="vc12", members=("1.1.1",)),),
)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"connections": (("1/1/au4.1/vc12.1.1.1", "1/2/au4.1/vc12.1.1.1"),)}, "is used by circuit c already"),
        ({"connections": (("1/1/au4.1/vc3.1", "1/2/au4.1/vc3.1"),)}, "au4.1/vc3.1 is used by circuit c already"),
        ({"connections": (("1/1/au4.1", "1/2/au4.1"),)}, "1/1/au4.1 is used by circuit c already"),
        ({"connections": (("1/1/au4.2", "1/2/au4.1"),)}, "1/1/au4.2: an STM-1 has VC-4 1..1"),
        ({"connections": (("1/2/au4.2", "1/4/au4.1"),)}, "1/4 is no line of the shelf"),
        ({"connections": (("1/2/au4-4c.2", "1/3/au4-4c.1"),)}, "a VC-4-4c of an STM-4 begins at 1"),
        ({"connections": (("1/2/au4-4c.1", "1/3/au4-4c.3"),)}, "a VC-4-4c of an STM-16 begins at 1, 5, 9, 13"),
        ({"connections": (("1/2/au4.1", "1/3/au4.1/vc3.1"),)}, "1/3/au4.1/vc3.1 is a VC-3, 1/2/au4.1 a VC-4"),
        ({"connections": (("1/2/au4", "1/3/au4.1"),)}, "'1/2/au4' is no container of a line"),
        (
            {"connections": (("1/2/au4.1", "1/3/au4.1"), ("1/2/au4.1/vc12.1.1.1", "1/3/au4.1/vc12.1.1.1"))},
            r"connections\[1\]: 1/2/au4.1/vc12.1.1.1 is used by connection 1/2/au4.1 <- 1/3/au4.1 already",
        ),
        (
            {"connections": (("1/2/au4.1/vc12.1.1.1", "1/1/au4.1/vc12.1.1.2"), ("1/2/au4.2/vc3.1", "1/1/au4.1/vc3.1"))},
            "TUG-3 1 of 1/1/au4.1 is received as VC-12",
        ),
        (
            {"connections": (("1/2/au4-4c.1", "1/3/au4-4c.1"), ("1/3/au4.16", "1/2/au4.2"))},
            "1/2/au4.2 does not go with 1/2/au4-4c.1",
        ),
        ({"loops": (("1/9", "line"),)}, "1/9 is no line of the shelf"),
        ({"loops": (("nowhere", "line"),)}, "'nowhere' is no container"),
        ({"loops": (("1/2/au4.5", "line"),)}, "1/2/au4.5: an STM-4 has VC-4 1..4"),
        ({"loops": (("1/2/au4.1", "equipment"),)}, "an equipment loopback is at a line port"),
        ({"loops": (("1/2", "line"), ("1/2", "equipment"))}, "loopback 1/2: is there twice"),
        ({"loops": (("1/1/au4.1/vc3.1", "line"),)}, "TUG-3 1 of 1/1/au4.1 is received as VC-12"),
        ({"connections": (("1/2/au4.1", "1/3/au4.1"),), "loops": (("1/2/au4.1/vc12.1.1.1", "line"),)}, "has all of"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_touched(
    changes: dict[str, tuple[tuple[str, str], ...]], message: str
) -> None:
    kinds = {"connections": Connection, "loops": Loop}
    new = {name: tuple(kinds[name](*one) for one in values) for name, values in changes.items()}
    check(SHELF)
    with pytest.raises(UsageError, match=message):
        check(msgspec.structs.replace(SHELF, **new))
