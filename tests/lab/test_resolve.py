"""What a lab file means: members, lines, clocks, clients."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msapemu.ctl.config import Clock
from msapemu.lab.network import glue_tap
from msapemu.lab.units import microseconds
from msapemu.node.capacity import VC12_BPS
from msapemu.node.members import ALL_VC12
from tests.lab.labfile import changed, faults_of, network_of


def chain(*clocks: Any) -> dict[str, Any]:
    """Shelves n0 - n1 - n2 ..., each with the clock given (None: it says nothing)."""
    nodes: dict[str, Any] = {}
    for index, clock in enumerate(clocks):
        nodes[f"n{index}"] = {"slots": {1: {"card": "stm1", "ports": 2}}}
        if clock is not None:
            nodes[f"n{index}"]["clock"] = clock
    links = [{"endpoints": [f"n{index}:1/2", f"n{index + 1}:1/1"]} for index in range(len(clocks) - 1)]
    return {"name": "chain", "topology": {"nodes": nodes, "links": links}}


def test_members_by_number_are_the_first_that_are_free() -> None:
    (circuit,) = network_of(changed()).circuits
    assert circuit.members == ALL_VC12[:5]
    assert circuit.capacity_bps == 5 * VC12_BPS
    assert (str(circuit.line_a), str(circuit.line_z)) == ("co:1/1", "branch:1/1")


def test_members_by_name_are_taken_first_wherever_they_stand() -> None:
    network = network_of(
        changed(
            ("topology~clients~2", {"port": "co:2/2", "tap": "lan1"}),
            ("topology~clients~3", {"port": "branch:2/2", "tap": "lan2"}),
            (
                "circuits~1",
                {
                    "name": "named",
                    "a": "branch:2/2",
                    "z": "co:2/2",
                    "via": "vc12",
                    "members": ["1.1.2", "1.1.1"],
                },
            ),
        )
    )
    assert network.circuits[0].members == ("1.1.3", "1.2.1", "1.2.2", "1.2.3", "1.3.1")
    assert network.circuits[1].members == ("1.1.2", "1.1.1")  # the order of the file: sequence order
    assert (str(network.circuits[1].line_a), str(network.circuits[1].line_z)) == ("branch:1/1", "co:1/1")


@given(
    st.lists(
        st.one_of(st.integers(1, 63), st.lists(st.sampled_from(ALL_VC12), min_size=1, unique=True)),
        max_size=4,
    )
)
def test_no_member_is_ever_used_twice(wanted: list[int | list[str]]) -> None:
    clients, circuits = [], []
    for index, members in enumerate(wanted, 1):
        clients += [
            {"port": f"co:2/{index}", "tap": f"a{index}"},
            {"port": f"branch:2/{index}", "tap": f"z{index}"},
        ]
        ends = {"a": f"co:2/{index}", "z": f"branch:2/{index}"}
        circuits.append({"name": f"c{index}", **ends, "via": "vc12", "members": members})
    data = changed(
        ("topology~clients", clients), ("circuits", circuits), ("topology~nodes~branch~slots~2~ports", 4)
    )
    named = [member for members in wanted if isinstance(members, list) for member in members]
    total = sum(members if isinstance(members, int) else len(members) for members in wanted)
    if len(named) == len(set(named)) and total <= 63:
        used = [member for circuit in network_of(data).circuits for member in circuit.members]
        assert len(used) == len(set(used)) == total
    else:
        assert faults_of(data)


def test_of_several_links_a_circuit_names_one_by_either_end() -> None:
    second = ("topology~links~1", {"endpoints": ["branch:1/2", "co:1/2"], "impair": {"delay": 250}})
    for line in ("co:1/2", "branch:1/2"):
        (circuit,) = network_of(changed(second, ("circuits~0~line", line))).circuits
        assert (str(circuit.line_a), str(circuit.line_z)) == ("co:1/2", "branch:1/2")


def test_each_link_has_members_of_its_own() -> None:
    network = network_of(
        changed(
            ("topology~links~1", {"endpoints": ["branch:1/2", "co:1/2"]}),
            ("topology~clients~2", {"port": "co:2/2", "tap": "lan1"}),
            ("topology~clients~3", {"port": "branch:2/2", "tap": "lan2"}),
            ("circuits~0~line", "co:1/1"),
            (
                "circuits~1",
                {
                    "name": "x",
                    "a": "co:2/2",
                    "z": "branch:2/2",
                    "via": "vc4",
                    "line": "co:1/2",
                    "payload_fcs": True,
                },
            ),
        )
    )
    assert network.circuits[0].members == ALL_VC12[:5]
    assert (network.circuits[1].members, network.circuits[1].settings["payload_fcs"]) == ((), True)


@pytest.mark.parametrize(
    ("clocks", "references"),
    [
        ([None, None, None], [None, "1/1", "1/1"]),
        ([None, None, {"mode": "free"}], ["1/2", "1/2", None]),
        ([None, {"mode": "free"}, None], ["1/2", None, "1/1"]),
        ([{"mode": "line"}, None, None], ["1/2", None, "1/1"]),
        (
            [{"mode": "line", "reference": "1/2"}, {"mode": "line", "reference": "1/2"}, None],
            ["1/2", "1/2", None],
        ),
    ],
)
def test_default_clocks(clocks: list[Any], references: list[str | None]) -> None:
    network = network_of(chain(*clocks))
    assert [network.clocks[name].reference for name in ("n0", "n1", "n2")] == references
    assert [network.clocks[name].mode for name in ("n0", "n1", "n2")] == [
        "free" if reference is None else "line" for reference in references
    ]


def test_every_island_has_a_free_clock() -> None:
    data = chain(None, None)
    data["topology"]["nodes"]["alone"] = {"slots": {}}
    network = network_of(data)
    assert {name: clock.mode for name, clock in network.clocks.items()} == {
        "n0": "free",
        "n1": "line",
        "alone": "free",
    }


def test_clock_settings() -> None:
    network = network_of(
        chain({"mode": "free", "ppm": -4.6, "tick": "500us"}, {"mode": "line", "tick": "2ms"})
    )
    assert network.clocks["n0"] == Clock(mode="free", ppm=-4.6, tick_us=500)
    assert network.clocks["n1"] == Clock(mode="line", reference="1/1", tick_us=2000)


def test_the_way_to_the_free_clock_is_the_shortest() -> None:
    ring = {f"n{i}": {"slots": {1: {"card": "stm1", "ports": 2}}} for i in range(5)}
    links = [{"endpoints": [f"n{i}:1/2", f"n{(i + 1) % 5}:1/1"]} for i in range(5)]
    network = network_of({"name": "ring", "topology": {"nodes": ring, "links": links}})
    assert [network.clocks[f"n{i}"].reference for i in range(5)] == [None, "1/1", "1/1", "1/2", "1/2"]


def test_clients() -> None:
    network = network_of(
        changed(
            ("topology~clients~0~address", "10.0.0.1/24"),
            ("topology~clients~0~mtu", 9600),
            ("topology~clients~1", {"port": "branch:2/1", "interface": "eth1", "container": "4711"}),
            ("topology~clients~2", {"port": "co:2/2", "tap": "lan0"}),
        )
    )
    first, second, third = network.clients
    assert (first.tap, first.addresses, first.mtu, first.place) == (
        "lan0",
        ("10.0.0.1/24",),
        9600,
        "netns hq",
    )
    assert (second.tap, second.interface, second.container, second.place) == (
        "ms-eth1",
        "eth1",
        4711,
        "container 4711",
    )
    assert third.place == "this machine"


def test_the_tap_behind_an_interface_has_a_valid_name() -> None:
    assert glue_tap("eth0") == "ms-eth0"
    assert len(glue_tap("x" * 15)) <= 15
    assert glue_tap("x" * 15) != glue_tap("x" * 14)


@pytest.mark.parametrize(
    ("value", "us"),
    [
        ("1ms", 1000),
        ("125us", 125),
        ("0.5s", 500_000),
        (125, 125),
        ("125", 125),
        (0.4, 0),
        ("1.5 ms", 1500),
        ("0", 0),
    ],
)
def test_times(value: object, us: int) -> None:
    assert microseconds(value) == us


@pytest.mark.parametrize(
    "value", ["", "ms", "-1ms", "1h", "1e3us", True, None, [], float("inf"), float("nan"), -1]
)
def test_no_times(value: object) -> None:
    with pytest.raises(ValueError):
        microseconds(value)


def test_a_lab_without_links_clients_and_circuits_is_a_lab() -> None:
    network = network_of({"name": "x", "topology": {"nodes": {"a": {"slots": {}}}}})
    assert (network.links, network.clients, network.circuits) == ((), (), ())


def test_scientific_notation_is_a_number() -> None:
    text = (
        "name: x\ntopology: {nodes: {a: {slots: {1: {card: stm1}}}, b: {slots: {1: {card: stm1}}}}, links: ["
    )
    network = network_of(text + "{endpoints: ['a:1/1', 'b:1/1'], impair: {ber: 1e-6, delay: 64}}]}\n")
    assert (network.links[0].there.ber, network.links[0].there.delay_us) == (1e-6, 64)
