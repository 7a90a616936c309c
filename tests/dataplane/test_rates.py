"""STM-4 and STM-16 between two shelf processes: several VC-4s of a line, contiguous ones, and changes of them while
they run. Needs root."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from msapemu.ctl.config import Circuit, Shelf

from .net import frame, namespaces, packet_socket
from .rig import TIMED, Running, client, free_ports, in_service, line, real_time, running, wait_for
from .test_traffic import CLIENT_ERRORS, ERRORS

pytestmark = [pytest.mark.root, real_time]

VC12_5V = ("1.1.1", "2.7.3", "1.1.3", "3.2.1", "1.2.2")
IN_VC4S = (
    Circuit(name="one", client="2/1", line="1/1", via="vc4", vc4=2),
    Circuit(name="two", client="2/2", line="1/1", via="vc12", vc4=4, members=VC12_5V),
    Circuit(name="three", client="2/3", line="1/1", via="vc12", vc4=4, members=("1.1.2",)),
)
WIDE = (Circuit(name="one", client="2/1", line="1/1", via="vc4-4c"),)


def configs(rate: str, circuits: tuple[Circuit, ...], *netns: str) -> tuple[Shelf, Shelf]:
    ports = free_ports(2)
    made = []
    for name, place, (local, peer) in zip("ab", netns, (ports, ports[::-1]), strict=True):
        clients = tuple(client(place, port=c.client, tap=f"lan{n}") for n, c in enumerate(circuits))
        shelf = Shelf(lab="t", name=name, lines=(line(local, peer, rate=rate),), clients=clients, circuits=circuits)
        made.append(msgspec.structs.replace(shelf, clock=TIMED) if name == "b" else shelf)
    return made[0], made[1]


@pytest.fixture
def netns(unique_name: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    names = unique_name("ra"), unique_name("rb")
    with namespaces(*names):
        yield names


def cross(netns: tuple[str, str], interface: str, count: int = 40) -> None:
    """Frames of many sizes come out at the other end as they went in, both ways."""
    frames = [frame(n, 18 + 37 * n) for n in range(count)]
    for source, sink in (netns, netns[::-1]):
        with packet_socket(source, interface) as sender, packet_socket(sink, interface) as receiver:
            receiver.settimeout(2)
            for one in frames:
                sender.send(one)
            assert [receiver.recv(20_000) for _ in frames] == frames


def carries(shelf: Running) -> bool:
    status = shelf.status()
    named = {name for counters in status.lines.values() for name in status.defect_names(counters["defects"])}
    return named <= {"HP-DEG", "HP-EXC"} and not any(counters["defects"] for counters in status.clients.values())


def clean(*shelves: Running) -> None:
    for shelf in shelves:
        status = shelf.status()
        for counters in status.lines.values():
            assert {name: counters[name] for name in ERRORS if counters[name]} == {}
        for counters in status.clients.values():
            assert {name: counters[name] for name in CLIENT_ERRORS if counters[name]} == {}


@pytest.mark.parametrize(
    ("rate", "circuits"),
    [
        ("stm4", IN_VC4S),
        ("stm4", WIDE),
        ("stm16", (*IN_VC4S, Circuit(name="wide", client="2/4", line="1/1", via="vc4-4c", vc4=13))),
        ("stm16", (Circuit(name="one", client="2/1", line="1/1", via="vc4-16c"),)),
    ],
    ids=["4-vc4s", "4-4c", "16-vc4s", "16-16c"],
)
def test_circuits_in_several_vc4s_cross(
    rate: str, circuits: tuple[Circuit, ...], netns: tuple[str, str], tmp_path: Path
) -> None:
    with running(tmp_path, *configs(rate, circuits, *netns)) as (a, b):
        in_service(a, b)
        for n in range(len(circuits)):
            cross(netns, f"lan{n}")
        clean(a, b)
        n = {"stm4": 4, "stm16": 16}[rate]
        counters = a.line()
        assert counters["tx_datagrams"] >= 2 * n * counters["tx_frames"]
        print(f"{rate}: {a.status().loop['cpu_ns'] / 1e7 / (a.status().frame / 8000):.1f} % of a core")


def test_vc4s_become_a_vc4_4c_and_back_while_the_line_runs(netns: tuple[str, str], tmp_path: Path) -> None:
    a, b = configs("stm4", IN_VC4S, *netns)
    wide = [msgspec.structs.replace(shelf, circuits=WIDE) for shelf in (a, b)]
    with running(tmp_path, a, b) as shelves:
        in_service(*shelves)
        for wanted in (wide, (a, b), wide, (a, b)):
            for shelf, config in zip(shelves, wanted, strict=True):
                with shelf.control() as control:
                    control.apply(config)
                shelf.config = config
            # between the two changes the ends differed: that is many B3 errors, and HP-DEG remembers them for a while
            wait_for(lambda: all(carries(shelf) for shelf in shelves), 5, "circuits in service")
            for circuit in wanted[0].circuits:
                cross(netns, f"lan{int(circuit.client[-1]) - 1}", 5)
        assert [shelf.line()["los"] + shelf.line()["oof"] for shelf in shelves] == [0, 0]


def test_a_port_becomes_another_rate_while_the_shelf_runs(netns: tuple[str, str], tmp_path: Path) -> None:
    circuits = (Circuit(name="one", client="2/1", line="1/1", via="vc4"),)
    shelves = configs("stm1", circuits, *netns)
    with running(tmp_path, *shelves) as running_shelves:
        in_service(*running_shelves)
        for rate in ("stm16", "stm1", "stm4"):
            for shelf in running_shelves:
                lines = tuple(msgspec.structs.replace(one, rate=rate) for one in shelf.config.lines)
                shelf.config = msgspec.structs.replace(shelf.config, lines=lines)
                with shelf.control() as control:
                    control.apply(shelf.config)
            in_service(*running_shelves)
            cross(netns, "lan0", 5)
            wait_for(lambda: all(s.line()["rx_backlog"] < 64 for s in running_shelves), 5, "nothing is left waiting")
