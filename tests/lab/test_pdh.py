"""What a lab file means in PDH: E1s, timeslots, members, and what each shelf is told."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from msapemu.ctl import config
from msapemu.ctl.config import (
    Connection,
    E1Client,
    E1Framing,
    File,
    HdlcUdp,
    Pty,
    Satop,
    SerialTun,
    Shelf,
    Socket,
    Timeslots,
)
from msapemu.ctl.e1 import parse_timeslots, timeslots_text
from msapemu.ctl.e1_uses import e1_uses
from msapemu.dataplane.check import check
from msapemu.lab.compile import compile_shelf
from msapemu.lab.graph import dot, mermaid
from msapemu.lab.network import Network
from msapemu.lab.ports import HeldPorts
from msapemu.lab.single import only
from msapemu.node.kinds import TERMINAL_RATES
from tests.lab.labfile import faults_of, network_of
from tests.lab.pdhlab import REMOVE, changed, circuit, client

V35_ALONE: list[tuple[str, Any]] = [(f"circuits~{circuit(name)}", REMOVE) for name in ("narrow", "line2", "line1")]


def shelf_of(network: Network, name: str) -> Shelf:
    return compile_shelf(network, name, {}, {one.port: None for one in network.clients})


def connections(shelf: Shelf) -> set[tuple[str, str]]:
    return {(one.sink, one.source) for one in shelf.connections}


def both(*pairs: tuple[str, str]) -> set[tuple[str, str]]:
    return {*pairs, *(pair[::-1] for pair in pairs)}


def test_an_e1_goes_over_stm_n_and_a_multiplex_as_a_whole() -> None:
    network = network_of(changed())
    assert connections(shelf_of(network, "hub")) >= both(("2/1", "1/1/au4.1/vc12.1.1.1"))
    assert connections(shelf_of(network, "co")) >= both(
        ("6/1/e1.1", "1/1/au4.1/vc12.1.1.1"),  # pbx passes
        ("2/1", "6/1/e1.2"),  # gateway ends
    )
    assert connections(shelf_of(network, "term")) == both(("2/1", "1/1/e1.1"), ("2/2", "1/1/e1.2"))


def test_what_is_plugged_into_e1_and_v35_ports() -> None:
    network = network_of(changed())
    hub, co, term, one, two = (shelf_of(network, name) for name in ("hub", "co", "term", "one", "two"))
    assert hub.e1_clients[:2] == (E1Client("2/1", Socket("e1")), E1Client("2/2"))
    assert [port.port for port in co.e1_clients] == [f"2/{number}" for number in range(1, 15)]  # 2/15, 2/16 are lines
    assert co.e1_clients[0].end == Satop("127.0.0.1:5001", "127.0.0.1:5002")
    assert term.e1_clients[1].end == File("/tmp/in.e1")
    assert [(port.port, port.timeslots) for port in hub.v35] == [("3/1", 8), ("3/2", 4)]
    assert hub.v35[0].end == SerialTun("ser1", "/run/netns/r1", local="10.0.0.1/30")
    assert hub.v35[1].end == Pty("pty2")
    assert one.v35[0].end == SerialTun("ser0", "/run/netns/r2", "chdlc", local="10.0.0.2/30")
    assert two.v35[0].end == HdlcUdp("127.0.0.1:5003", "127.0.0.1:5004")
    assert [(one.tap, one.tun) for one in network.interfaces if one.tun] == [("ser1", True), ("ser0", True)]
    assert msgspec.json.decode(config.encode(hub), type=Shelf) == hub


def test_circuits_from_several_sides_share_the_e1_that_goes_on() -> None:
    """line1 and line2 come to co in E1s of their own, and go on to hub in one, with the Ethernet in timeslots."""
    network = network_of(changed())
    shared = "1/1/au4.1/vc12.1.1.2"
    assert {(one.sink, one.source) for one in shelf_of(network, "co").timeslots} == both(
        (f"{shared}:1-8", "2/15:1-8"), (f"{shared}:9-12", "2/16:1-4")
    )
    assert {(one.sink, one.source) for one in shelf_of(network, "hub").timeslots} == both(
        ("3/1", f"{shared}:1-8"), ("3/2", f"{shared}:9-12")
    )
    assert shelf_of(network, "one").timeslots == (Timeslots("2/1", "1/1:1-8"), Timeslots("1/1:1-8", "2/1"))
    (narrow,) = (one for one in shelf_of(network, "hub").circuits if one.name == "narrow")
    assert (narrow.members, narrow.adaptation) == ((f"{shared}:13-15",), "laps")


def test_without_grooming_each_goes_on_in_its_own_e1() -> None:
    changes = [(f"circuits~{circuit(name)}~groom", []) for name in ("line1", "line2")]
    network = network_of(changed(*changes))
    assert shelf_of(network, "co").timeslots == ()
    assert connections(shelf_of(network, "co")) >= both(
        ("2/15", "1/1/au4.1/vc12.1.1.2"), ("2/16", "1/1/au4.1/vc12.1.1.3")
    )


def test_both_ends_of_ethernet_agree() -> None:
    network = network_of(changed())
    for name, other, members in (
        ("lan", "term", (("1/1/au4.1/vc12.1.1.3", "1/1/au4.1/vc12.1.2.1"), ("1/1/e1.3", "1/1/e1.4"))),
        ("fibre", "media", (("6/1",), ("1/1",))),
        ("wide", "co", (("5/1", "5/2"), ("5/1", "5/2"))),
    ):
        here, there = (
            next(one for one in shelf_of(network, shelf).circuits if one.name == name) for shelf in ("hub", other)
        )
        assert (here.members, there.members) == members
        assert (here.line, there.line) == ("", "")
        assert {here.end, there.end} == {"a", "z"}
        same = {"client": here.client, "end": here.end, "members": here.members}
        assert msgspec.structs.replace(there, **same) == here
    assert {one.name: one.capacity_bps for one in network.eop_circuits} == {
        "lan": 2 * 1_980_000, "fibre": 99_968_000, "wide": 2 * 33_856_000, "narrow": 192_000,
    }  # fmt: skip


def test_every_shelf_is_one_that_can_be() -> None:
    network = network_of(changed())
    for name in network.shelves:
        e1_uses(shelf_of(network, name))  # raises


def test_it_comes_to_the_same_every_time_and_the_other_way_round() -> None:
    assert network_of(changed()) == network_of(changed())
    turned = changed()
    for one in turned["circuits"]:
        one["a"], one["z"] = one["z"], one["a"]
    for name in ("hub", "co", "term", "one"):
        shelf, other = shelf_of(network_of(changed()), name), shelf_of(network_of(turned), name)
        assert connections(shelf) == connections(other)
        assert set(shelf.timeslots) == set(other.timeslots)
        assert [one.members for one in shelf.circuits] == [one.members for one in other.circuits]


def test_named_places_come_first_wherever_they_stand() -> None:
    network = network_of(
        changed(
            (f"circuits~{circuit('lan')}~members", ["1/1/au4.1/vc12.1.1.1", "term:1/1/e1.1"]),
            (f"circuits~{circuit('narrow')}~members", "co:1/1/au4.1/vc12.1.1.2"),
        )
    )
    hub = shelf_of(network, "hub")
    assert next(one.members for one in hub.circuits if one.name == "lan")[0] == "1/1/au4.1/vc12.1.1.1"
    term = shelf_of(network, "term")
    assert next(one.members for one in term.circuits if one.name == "lan")[1] == "1/1/e1.1"
    assert ("2/1", "1/1/au4.1/vc12.1.1.3") in connections(hub)  # pbx: the first that is left
    assert next(one.members for one in hub.circuits if one.name == "narrow")[0].startswith("1/1/au4.1/vc12.1.1.2:")


def test_named_timeslots_come_before_others_in_a_shared_e1() -> None:
    network = network_of(changed((f"circuits~{circuit('narrow')}~timeslots", "1-2,31")))
    hub = shelf_of(network, "hub")
    assert next(one.members for one in hub.circuits if one.name == "narrow") == ("1/1/au4.1/vc12.1.1.1:1-2,31",)
    assert Timeslots("3/1", "1/1/au4.1/vc12.1.1.1:3-10") in hub.timeslots  # line1: the first eight that are left


def test_an_e1_that_is_full_is_followed_by_another_one() -> None:
    changes = [(f"circuits~{circuit(name)}~timeslots", 20) for name in ("line1", "line2")]
    hub = shelf_of(network_of(changed(*changes)), "hub")
    sources = [one.source for one in hub.timeslots if one.sink in ("3/1", "3/2")]
    assert sources == ["1/1/au4.1/vc12.1.1.2:1-20", "1/1/au4.1/vc12.1.1.3:1-20"]
    (narrow,) = (one for one in hub.circuits if one.name == "narrow")
    assert narrow.members == ("1/1/au4.1/vc12.1.1.2:21-23",)


def test_timeslot_16_is_left_to_signalling() -> None:
    framing = ("topology~nodes~co~framings", {"1/1/au4.1/vc12.1.1.2": {"cas": True, "idle": 0x7F}})
    network = network_of(changed(framing, (f"circuits~{circuit('line1')}~timeslots", 20)))
    co = shelf_of(network, "co")
    assert co.framings == (E1Framing("1/1/au4.1/vc12.1.1.2", cas=True, idle=0x7F),)
    assert Timeslots("3/1", "1/1/au4.1/vc12.1.1.2:1-15,17-21") in shelf_of(network, "hub").timeslots


def test_eight_links_need_no_names() -> None:
    text = (
        "name: eight\ntopology:\n  nodes:\n"
        "    a: {slots: {1: {card: e1}, 2: {card: eop}}}\n    z: {slots: {1: {card: e1}, 2: {card: eop}}}\n  links:\n"
        + "".join(f'    - {{endpoints: ["a:1/{n}", "z:1/{9 - n}"]}}\n' for n in range(1, 9))
        + '  clients: [{port: "a:2/1", tap: t, netns: x}, {port: "z:2/1", tap: t, netns: y}]\n'
        'circuits: [{name: lan, a: "a:2/1", z: "z:2/1", via: e1, members: 8}]\n'
    )
    network = network_of(text)
    a, z = (shelf_of(network, name).circuits[0].members for name in "az")
    assert a == tuple(f"1/{n}" for n in range(1, 9))
    assert z == tuple(f"1/{9 - n}" for n in range(1, 9))
    (again,) = network_of(text.replace("members: 8", "members: 2, line: ['z:1/1', 'a:1/3']")).eop_circuits
    assert again.members(True) == ("1/3", "1/8")


@given(st.lists(st.integers(1, 31), min_size=1, unique=True).map(sorted))
def test_timeslots_as_text_come_back(slots: list[int]) -> None:
    assert parse_timeslots(timeslots_text(slots)) == tuple(slots)


@given(st.lists(st.integers(1, 31), min_size=1, max_size=8))
def test_no_timeslot_is_ever_used_twice(wanted: list[int]) -> None:
    ports = [{"port": f"{node}:3/{n}", "pty": f"p{n}"} for node in ("hub", "co") for n in range(1, len(wanted) + 1)]
    circuits = [
        {"name": f"c{n}", "a": f"hub:3/{n}", "z": f"co:3/{n}", "timeslots": size} for n, size in enumerate(wanted, 1)
    ]
    hub = shelf_of(network_of(changed(("topology~clients", ports), ("circuits", circuits))), "hub")
    found = [one.sink for one in hub.timeslots if ":" in one.sink]
    used = [(place, slot) for place, _, text in (one.partition(":") for one in found) for slot in parse_timeslots(text)]
    assert len(used) == len(set(used)) == sum(wanted)
    e1_uses(hub)


@pytest.mark.parametrize("e1", [4, 16])
def test_a_terminal_has_the_fibre_for_its_e1s(e1: int) -> None:
    rate = TERMINAL_RATES[e1]
    network = network_of(
        changed(
            ("topology~nodes~term", {"kind": "pdh-terminal", "e1": e1, "ports": 2}),
            ("topology~nodes~co~slots~6~rate", rate),
        )
    )
    term = shelf_of(network, "term")
    assert [(line.port, line.rate) for line in term.lines] == [("1/1", rate)]
    assert len(term.e1_clients) == e1
    assert [str(port) for port in network.shelves["term"].ports("client")] == ["term:3/1", "term:3/2"]


def test_a_link_over_satop_gives_no_clock() -> None:
    satop = (f"topology~links~{4}~satop", {"rtp": True, "payload": 128, "jitter": "8ms"})
    network = network_of(changed(satop))
    assert network.clocks["one"].mode == "free"
    with HeldPorts(network, {}) as held:
        a, z = (held.links[end] for end in network.links[4].ends)
        assert a == Satop(a.local, z.local, 128, True, 8000)
        for shelf in network.shelves:  # as the data plane takes it, at both ends
            places = {one.port: None for one in network.clients}
            check(compile_shelf(network, shelf, held.links, places))
        assert isinstance(held.links[network.links[0].a], config.Udp)
        kept = {frozenset(network.links[4].ends): {end: held.links[end] for end in network.links[4].ends}}
    plain = network_of(changed())
    with HeldPorts(plain, kept) as held:  # the addresses stay, the transport is the new one
        assert held.links[plain.links[4].a] == config.Udp(a.local, a.peer)


def test_a_node_connects_e1s_of_its_own() -> None:
    """What it connects, circuits pass over; an E1 looped back is the same at both ends."""
    ends = [["6/1/e1.1", "1/1/au4.1/vc12.1.1.1"], ["2/9", "2/9"]]
    named = ("topology~nodes~co~connections", [{"both": pair} for pair in ends])
    network = network_of(changed(named) | {"circuits": []})
    assert connections(shelf_of(network, "co")) == both(("6/1/e1.1", "1/1/au4.1/vc12.1.1.1")) | {("2/9", "2/9")}
    alone = changed(("topology~nodes~co~connections", [{"both": ends[0]}]), (f"circuits~{circuit('lan')}", REMOVE))
    assert connections(shelf_of(network_of(alone), "co")) >= both(("6/1/e1.2", "1/1/au4.1/vc12.1.1.2"))  # pbx


def test_one_shelf_on_its_own() -> None:
    network = only(network_of(changed()), "co")
    co = shelf_of(network, "co")
    whole = shelf_of(network_of(changed()), "co")
    assert msgspec.structs.replace(whole, lab="pdh.co") == co


def test_the_picture_has_it_all() -> None:
    network = network_of(changed())
    for text in (mermaid(network), dot(network)):
        for part in (
            "E1 socket e1", "V.35 pty pty2", "ser0 (netns r2)", "E2 (G.742) 6/1 - 1/1", "E3 (G.832) 5/2 - 5/2",
            "line1: 8 x 64 kbit/s", "lan: E1-2v, 3.960 Mbit/s", "pbx: E1", "narrow: 3 x 64 kbit/s, 0.192 Mbit/s",
        ):  # fmt: skip
            assert part in text


def test_a_client_of_e1_may_go_without_a_circuit() -> None:
    assert faults_of(changed((f"circuits~{circuit('pbx')}", REMOVE))) == []
    assert client("hub:2/1") == 0
    hub = shelf_of(network_of(changed((f"circuits~{circuit('pbx')}", REMOVE))), "hub")
    assert Connection("2/1", "1/1/au4.1/vc12.1.1.1") not in hub.connections
