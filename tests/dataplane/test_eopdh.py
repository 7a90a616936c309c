"""Ethernet over PDH between two shelf processes: over E1s with and without LCAS, over timeslots, over E3 and the fibre
of a media converter. Needs root."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from msapemu.ctl.config import Circuit, Impairment, Lcas, Shelf

from .net import frame, namespaces, packet_socket
from .rig import TIMED, Running, client, free_ports, line, real_time, running, wait_for

pytestmark = [pytest.mark.root, real_time]

E1S = tuple(f"1/{n}" for n in range(1, 9))


def circuit(via: str, *members: str, **more: object) -> Circuit:
    return Circuit("c", "2/1", "", via, members=members, **more)  # type: ignore[arg-type]


CASES: dict[str, tuple[tuple[str, ...], Circuit]] = {
    "one-e1": (("e1",), circuit("e1", "1/1")),
    "eight-e1-lcas": (("e1",) * 8, circuit("e1", *E1S, lcas=Lcas())),
    "sixteen-in-e3": (("e3",), circuit("e1", *(f"1/1/e1.{n}" for n in range(1, 17)))),
    "three-in-vc12": (("stm1",), circuit("e1", *(f"1/1/au4.1/vc12.1.{n}.2" for n in (1, 2, 3)), lcas=Lcas())),
    "e1-and-e2": (("e1", "e2"), circuit("e1", "1/1", "1/2/e1.4")),
    "plain-e1": (("e1",), circuit("e1", "1/1", vcat=False)),
    "timeslots": (("e1",), circuit("n64", "1/1:3-9,20")),
    "hdlc": (("e1",), circuit("n64", "1/1:1-31", adaptation="hdlc")),
    "laps": (("e2",), circuit("e1", "1/1/e1.2", adaptation="laps", vcat=False)),
    "ppp": (("e1",), circuit("n64", "1/1:1-15", adaptation="ppp")),
    "g832": (("g832",), circuit("g832", "1/1")),
    "two-g832": (("g832", "g832"), circuit("g832", "1/1", "1/2", lcas=Lcas())),
    "media-converter": (("fe",), circuit("fe", "1/1")),
}


def configs(rates: tuple[str, ...], one: Circuit, *netns: str) -> tuple[Shelf, Shelf]:
    udp = free_ports(2 * len(rates))
    ends = udp[::2], udp[1::2]
    made = []
    for name, place, locals_, peers in zip("ab", netns, ends, ends[::-1], strict=True):
        lines = tuple(
            line(local, peer, port=f"1/{n}", rate=rate)
            for n, (local, peer, rate) in enumerate(zip(locals_, peers, rates, strict=True), start=1)
        )
        shelf = Shelf(lab="t", name=name, lines=lines, clients=(client(place),), circuits=(one,))
        made.append(msgspec.structs.replace(shelf, clock=TIMED) if name == "b" else shelf)
    return made[0], made[1]


@pytest.fixture
def netns(unique_name: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    names = unique_name("pa"), unique_name("pb")
    with namespaces(*names):
        yield names


def cross(netns: tuple[str, str], count: int = 30) -> None:
    """Frames of many sizes come out at the other end as they went in, both ways."""
    frames = [frame(n, 18 + 49 * n) for n in range(count)]
    for source, sink in (netns, netns[::-1]):
        with packet_socket(source, "lan0") as sender, packet_socket(sink, "lan0") as receiver:
            receiver.settimeout(3)
            for one in frames:
                sender.send(one)
            assert [receiver.recv(20_000) for _ in frames] == frames


def defects(shelf: Running) -> set[str]:
    status = shelf.status()
    records = (*status.lines.values(), *status.clients.values(), *status.e1s.values(), *status.groups.values())
    return {name for record in records for name in status.defect_names(int(record["defects"]))}


def carries(*shelves: Running) -> None:
    def idles(shelf: Running) -> bool:
        gfp = shelf.config.circuits[0].adaptation == "gfp"
        return not gfp or shelf.status().groups["2/1"]["rx_idle_frames"] > 0

    wait_for(lambda: all(map(idles, shelves)) and not any(map(defects, shelves)), 8, "a circuit without defects")


@pytest.mark.parametrize("case", CASES)
def test_frames_go_through(netns: tuple[str, str], tmp_path: Path, case: str) -> None:
    rates, one = CASES[case]
    with running(tmp_path, *configs(rates, one, *netns)) as (a, b):
        carries(a, b)
        cross(netns)
        assert not defects(a) | defects(b)
        for shelf in (a, b):
            group = shelf.status().groups["2/1"]
            assert group["rx_client_frames"] >= 30
            assert group["core_hec_errors"] == group["payload_fcs_errors"] == group["ethernet_fcs_errors"] == 0


def test_a_member_of_eight_that_is_cut_is_left_out_and_taken_back(netns: tuple[str, str], tmp_path: Path) -> None:
    rates, one = CASES["eight-e1-lcas"]
    with running(tmp_path, *configs(rates, one, *netns)) as (a, b):
        carries(a, b)
        wait_for(lambda: all(x.status().groups["2/1"]["tx_size"] == 8 for x in (a, b)), 5, "eight members")
        with b.control() as control:
            control.impair("1/3", Impairment(cut=True))
            wait_for(lambda: a.status().groups["2/1"]["tx_size"] == 7, 5, "seven members")
            cross(netns, 10)
            control.impair("1/3", Impairment())
        wait_for(lambda: a.status().groups["2/1"]["tx_size"] == 8, 5, "eight members again")
        cross(netns, 10)
        assert ("b/1/3", "LOS") in b.raised()
        assert {event.object for event in b.events()} >= {"b/2/1/vcg/1/3"}


def test_another_member_while_it_runs(netns: tuple[str, str], tmp_path: Path) -> None:
    """What is not touched goes on: no frame is lost, no alignment."""
    rates, one = CASES["eight-e1-lcas"]
    a, b = configs(rates, one, *netns)
    fewer = [msgspec.structs.replace(x, circuits=(circuit("e1", *E1S[:5], lcas=Lcas()),)) for x in (a, b)]
    with running(tmp_path, *fewer) as (near, far):
        carries(near, far)
        before = near.status().e1s["1/1"]["aligned"]
        for shelf, config in ((near, a), (far, b)):
            with shelf.control() as control:
                control.apply(config)
        wait_for(lambda: all(x.status().groups["2/1"]["tx_size"] == 8 for x in (near, far)), 5, "eight members")
        carries(near, far)
        cross(netns)
        assert near.status().e1s["1/1"]["aligned"] == before
