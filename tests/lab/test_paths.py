"""Circuits over several shelves: which way, which containers, and what the shelves between connect."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msapemu.ctl.config import Connection, Lcas, Loop
from msapemu.ctl.members import all_members
from msapemu.ctl.objects import parse_container
from msapemu.ctl.occupancy import check_occupancy
from msapemu.dataplane.crossconnect import tied_lines
from msapemu.lab.compile import compile_shelf
from msapemu.lab.network import Network
from msapemu.lab.single import only
from tests.lab.labfile import network_of

CHAIN = ("a", "b", "c", "d")


def lab(links: list[tuple[str, str]], circuits: list[dict[str, Any]], card: str = "stm1", **nodes: Any) -> Network:
    """Shelves a, b, c, d with four ports in slot 1, and clients at as many ports as the circuits want."""
    ends = sorted({end for circuit in circuits for end in (circuit["a"], circuit["z"])})
    slots = {
        "slots": {
            **{slot: {"card": card, "ports": 2} for slot in (1, 2)},
            **{slot: {"card": "eth", "ports": 8} for slot in range(3, 12)},
        }
    }
    return network_of(
        {
            "name": "paths",
            "topology": {
                "nodes": {name: {**slots, **nodes.get(name, {})} for name in CHAIN},
                "links": [{"endpoints": list(ports)} for ports in links],
                "clients": [
                    {"port": port, "tap": f"t{n}", "netns": port.partition(":")[0]} for n, port in enumerate(ends)
                ],
            },
            "circuits": circuits,
        }
    )


STRAIGHT = [("a:1/1", "b:1/1"), ("b:1/2", "c:1/1"), ("c:1/2", "d:1/1")]
RING = [*STRAIGHT, ("d:1/2", "a:1/2")]


def circuit(number: int = 1, a: str = "a", z: str = "d", **more: Any) -> dict[str, Any]:
    port = f"{3 + number // 8}/{number % 8 + 1}"
    return {"name": f"c{number}", "a": f"{a}:{port}", "z": f"{z}:{port}", **more}


def connections(network: Network, shelf: str) -> set[tuple[str, str]]:
    return {(one.sink, one.source) for one in network.connections_at(shelf)}


def both(one: str, other: str) -> set[tuple[str, str]]:
    return {(one, other), (other, one)}


def test_the_shortest_way_is_found_and_connected_where_it_goes_through() -> None:
    network = lab(STRAIGHT, [circuit(via="vc12", members=2)])
    (found,) = network.circuits
    assert found.shelves == CHAIN
    assert [(str(hop.out), str(hop.into)) for hop in found.hops] == STRAIGHT
    assert connections(network, "b") == {
        *both("1/1/au4.1/vc12.1.1.1", "1/2/au4.1/vc12.1.1.1"),
        *both("1/1/au4.1/vc12.1.1.2", "1/2/au4.1/vc12.1.1.2"),
    }
    assert connections(network, "a") == connections(network, "d") == set()


def test_in_a_ring_the_first_shortest_wins_and_a_path_goes_where_it_says() -> None:
    network = lab(RING, [circuit(via="vc4"), circuit(2, "a", "c", via="vc4", path=["a", "d", "c"])], card="stm4")
    assert network.circuits[0].shelves == ("a", "d")
    assert network.circuits[1].shelves == ("a", "d", "c")
    assert network.circuits[1].hops[0].vc4 == 2
    assert connections(network, "d") == both("1/2/au4.2", "1/1/au4.1")


def test_every_link_has_time_slots_of_its_own() -> None:
    """c2 has taken 1.1.1 between b and c: there c1 goes in another one, in the same order."""
    network = lab(STRAIGHT, [circuit(2, "b", "c", via="vc12", members=["1.1.1"]), circuit(via="vc12", members=2)])
    assert [hop.members for hop in network.circuits[1].hops] == [
        ("1.1.1", "1.1.2"),
        ("1.1.2", "1.1.3"),
        ("1.1.1", "1.1.2"),
    ]
    assert ("1/2/au4.1/vc12.1.1.2", "1/1/au4.1/vc12.1.1.1") in connections(network, "b")
    assert ("1/2/au4.1/vc12.1.1.1", "1/1/au4.1/vc12.1.1.2") in connections(network, "c")


def test_names_hold_for_the_first_and_the_last_link() -> None:
    network = lab(STRAIGHT, [circuit(via="vc3", vc4=3, members=[3, 1])], card="stm4")
    (found,) = network.circuits
    assert [(hop.vc4, hop.members) for hop in found.hops] == [(3, ("3", "1")), (1, ("1", "2")), (3, ("3", "1"))]
    assert connections(network, "c") == {
        *both("1/1/au4.1/vc3.1", "1/2/au4.3/vc3.3"),
        *both("1/1/au4.1/vc3.2", "1/2/au4.3/vc3.1"),
    }


def test_contiguous_ones_go_through_as_a_whole() -> None:
    network = lab(STRAIGHT, [circuit(2, "b", "c", via="vc4"), circuit(via="vc4-4c")], card="stm16")
    assert [hop.vc4 for hop in network.circuits[1].hops] == [1, 5, 1]
    assert connections(network, "b") == both("1/1/au4-4c.1", "1/2/au4-4c.5")


def test_connections_of_a_node_go_before() -> None:
    """What b sends to c in 1.1.1 is taken; what it receives from a in 1.1.2 is passed over."""
    named = {"connections": [{"sink": "1/2/au4.1/vc12.1.1.1", "source": "1/1/au4.1/vc12.1.1.2"}]}
    loops = {"loopbacks": [{"object": "1/2/au4.1/vc12.3.7.3", "kind": "line"}]}
    network = lab(STRAIGHT, [circuit(via="vc12", members=2)], b={**named, **loops})
    assert [hop.members for hop in network.circuits[0].hops] == [
        ("1.1.1", "1.1.3"),
        ("1.1.2", "1.1.3"),
        ("1.1.1", "1.1.2"),
    ]
    shelf = compile_shelf(network, "b", {}, {})
    assert shelf.connections[0] == Connection("1/2/au4.1/vc12.1.1.1", "1/1/au4.1/vc12.1.1.2")
    assert shelf.loops == (Loop("1/2/au4.1/vc12.3.7.3", "line"),)


def test_several_links_are_chosen_by_their_ports() -> None:
    links = [("a:1/1", "b:1/1"), ("a:1/2", "b:1/2"), ("b:2/1", "c:1/1"), ("b:2/2", "c:1/2")]
    network = lab(links, [circuit(1, "a", "c", via="vc4", line=["b:1/2", "c:1/1"])])
    assert [(str(hop.out), str(hop.into)) for hop in network.circuits[0].hops] == [links[1], links[2]]


def test_several_free_clocks_the_others_follow_the_nearest() -> None:
    free = {"clock": {"mode": "free", "ppm": 4.6}}
    network = lab(STRAIGHT, [], a=free, d=free)
    clocks = {name: (clock.mode, clock.reference) for name, clock in network.clocks.items()}
    assert clocks == {"a": ("free", None), "b": ("line", "1/1"), "c": ("line", "1/2"), "d": ("free", None)}


def test_a_shelf_on_its_own_keeps_what_goes_through_it() -> None:
    network = lab(STRAIGHT, [circuit(via="vc12", members=1), circuit(2, "c", "d", via="vc12", members=1)])
    alone = only(network, "b")
    assert [one.name for one in alone.circuits] == ["c1"]
    assert connections(alone, "b") == both("1/1/au4.1/vc12.1.1.1", "1/2/au4.1/vc12.1.1.1")


@given(
    st.lists(
        st.tuples(
            st.sampled_from([("a", "d"), ("d", "a"), ("a", "c"), ("b", "d"), ("c", "b"), ("a", "b")]),
            st.sampled_from(["vc12", "vc3", "vc4"]),
            st.integers(1, 3),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_what_is_found_fits(wanted: list[tuple[tuple[str, str], str, int]]) -> None:
    """Every container is used once, every connection has two ends in links that meet, and the shelves take it."""
    circuits = [
        circuit(number, *ends, via=via, **({} if via == "vc4" else {"members": members}))
        for number, (ends, via, members) in enumerate(wanted)
    ]
    network = lab(RING, circuits, card="stm16")
    used: set[tuple[str, str]] = set()
    for found in network.circuits:
        assert (found.hops[0].out.shelf, found.hops[-1].into.shelf) == (found.a.shelf, found.z.shelf)
        for hop in found.hops:
            for container in hop.containers(found.via):
                key = str(hop.into), str(container)
                other = str(hop.out), str(container)
                assert key not in used
                assert other not in used
                used |= {key, other}
    nowhere = {client.port: None for client in network.clients}
    for shelf in CHAIN:
        config = compile_shelf(network, shelf, {}, nowhere)
        check_occupancy(config)
        for one in config.connections:
            assert parse_container(one.sink).kind == parse_container(one.source).kind


@pytest.mark.parametrize("via", ["vc4", "vc12"])
def test_a_middle_link_that_is_full_is_told(via: str) -> None:
    full = circuit(2, "b", "c", via="vc4")
    with pytest.raises(Exception, match=r"the link b:1/2 - c:1/1 is full: circuit 'c2' has its VC-4"):
        lab(STRAIGHT, [full, circuit(via=via, **({"members": 1} if via == "vc12" else {}))])


# --- groups over several VC-4s and links


def places(network: Network, shelf: str, number: int = 0) -> tuple[str, ...]:
    """The members of a circuit in the configuration of a shelf."""
    nowhere = {client.port: None for client in network.clients}
    made = compile_shelf(network, shelf, {}, nowhere)
    check_occupancy(made)
    return tuple(str(one) for one in all_members(made.circuits[number]))


def test_members_over_two_links_are_in_order_at_both_ends() -> None:
    links = [("a:1/1", "b:1/1"), ("a:1/2", "b:2/2")]
    members = {"a:1/2": ["1.1.2", "1.1.1"], "b:1/1": 2}
    network = lab(links, [circuit(1, "a", "b", via="vc12", members=members, lcas=True)])
    (found,) = network.circuits
    assert (found.size, found.capacity_bps) == (4, 4 * 2_176_000)
    assert places(network, "a") == tuple(
        f"1/{port}/au4.1/vc12.{one}" for port, one in ((2, "1.1.2"), (2, "1.1.1"), (1, "1.1.1"), (1, "1.1.2"))
    )
    assert places(network, "b") == tuple(
        f"{port}/au4.1/vc12.{one}"
        for port, one in (("2/2", "1.1.2"), ("2/2", "1.1.1"), ("1/1", "1.1.1"), ("1/1", "1.1.2"))
    )
    for name in ("a", "b"):
        shelf = compile_shelf(network, name, {}, {client.port: None for client in network.clients})
        assert tied_lines(shelf) == {"1/1", "1/2"} if name == "a" else {"1/1", "2/2"}


def test_members_that_go_two_ways_round_a_ring() -> None:
    """From a to c over b, and over d."""
    network = lab(RING, [circuit(1, "a", "c", via="vc3", members={"a:1/1": 2, "a:1/2": 1})])
    (found,) = network.circuits
    assert [[str(hop.out) for hop in bundle] for bundle in found.bundles] == [["a:1/1", "b:1/2"], ["a:1/2", "d:1/1"]]
    assert found.shelves == ("a", "b", "d", "c")
    assert connections(network, "b") == {
        *both("1/1/au4.1/vc3.1", "1/2/au4.1/vc3.1"),
        *both("1/1/au4.1/vc3.2", "1/2/au4.1/vc3.2"),
    }
    assert connections(network, "d") == both("1/2/au4.1/vc3.1", "1/1/au4.1/vc3.1")
    assert places(network, "c") == ("1/1/au4.1/vc3.1", "1/1/au4.1/vc3.2", "1/2/au4.1/vc3.1")


def test_vc4_xv_takes_the_first_vc4s_that_are_free_on_each_link() -> None:
    circuits = [circuit(2, "b", "c", via="vc4", vc4=2), circuit(via="vc4", members=3)]
    network = lab(STRAIGHT, circuits, card="stm4")
    found = network.circuits[1]
    assert (found.size, found.capacity_bps) == (3, 449_280_000)
    assert [[hop.vc4 for hop in bundle] for bundle in found.bundles] == [[1, 1, 1], [2, 3, 2], [3, 4, 3]]
    assert connections(network, "b") == {
        *both("1/1/au4.1", "1/2/au4.1"),
        *both("1/1/au4.2", "1/2/au4.3"),
        *both("1/1/au4.3", "1/2/au4.4"),
    }
    assert places(network, "a") == ("1/1/au4.1", "1/1/au4.2", "1/1/au4.3")
    shelf = compile_shelf(network, "a", {}, {client.port: None for client in network.clients})
    assert shelf.circuits[0].members == ("1", "2", "3")


def test_named_vc4s_keep_their_order() -> None:
    network = lab(STRAIGHT[:1], [circuit(1, "a", "b", via="vc4", members=[4, 2])], card="stm4")
    assert places(network, "b") == ("1/1/au4.4", "1/1/au4.2")


def test_a_vc4_with_lcas_is_a_group_of_one() -> None:
    network = lab(STRAIGHT[:1], [circuit(1, "a", "b", via="vc4", lcas=True, hold_off="2s", wtr="300s")])
    shelf = compile_shelf(network, "a", {}, {client.port: None for client in network.clients})
    (made,) = shelf.circuits
    assert (made.is_group, made.members, made.lcas) == (True, ("1",), Lcas(2000, 300_000))


def test_members_that_no_vc4_has_room_for_are_in_several() -> None:
    """Between b and c there are 20 free in VC-4 1 (and 3 left in TUG-3 1), 63 in VC-4 2."""
    circuits = [
        circuit(2, "b", "c", via="vc12", vc4=1, members=43),
        circuit(3, "b", "c", via="vc12", vc4=2, members=30),
        circuit(4, "b", "c", via="vc4", vc4=3),
        circuit(5, "b", "c", via="vc4", vc4=4),
        circuit(via="vc12", members=40),
    ]
    network = lab(STRAIGHT, circuits, card="stm4")
    found = network.circuits[4]
    assert found.size == 40
    of_b_c = [(bundle[0].vc4, bundle[1].vc4, len(bundle[1].members)) for bundle in found.bundles]
    assert of_b_c == [(1, 1, 20), (1, 2, 20)]
    assert len(connections(network, "b")) == 80
    assert len(places(network, "d")) == 40


def test_a_member_may_say_its_vc4() -> None:
    members = ["1.1.1", "au4.3/vc12.1.1.1", "au4.3/vc12.2.1.1"]
    network = lab(STRAIGHT[:1], [circuit(1, "a", "b", via="vc12", vc4=2, members=members)], card="stm4")
    shelf = compile_shelf(network, "a", {}, {client.port: None for client in network.clients})
    assert shelf.circuits[0].members == ("1.1.1", "1/1/au4.3/vc12.1.1.1", "1/1/au4.3/vc12.2.1.1")
    assert (shelf.circuits[0].line, shelf.circuits[0].vc4) == ("1/1", 2)


def test_channels_share_a_group() -> None:
    pairs = [{"cid": cid, "a": f"a:3/{cid}", "z": f"b:3/{cid}"} for cid in (1, 2, 7)]
    network = network_of(
        {
            "name": "shared",
            "topology": {
                "nodes": {name: {"slots": {1: {"card": "stm1"}, 3: {"card": "eth", "ports": 8}}} for name in "ab"},
                "links": [{"endpoints": ["a:1/1", "b:1/1"]}],
                "clients": [{"port": pair[end], "tap": f"{end}{pair['cid']}"} for pair in pairs for end in "az"],
            },
            "circuits": [{"name": "all", "channels": pairs, "via": "vc12", "members": 5}],
        }
    )
    shelf = compile_shelf(network, "b", {}, {client.port: None for client in network.clients})
    (made,) = shelf.circuits
    assert made.clients == ("3/1", "3/2", "3/7")
    assert [(one.cid, one.client) for one in made.channels] == [(1, "3/1"), (2, "3/2"), (7, "3/7")]
    assert (made.port, made.client) == ("3/1", "")
