"""`timeslots` of a node: a cross-connect 1/0 of three E1s, what each shelf is told, and what cannot be."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from msapemu.ctl.config import Timeslots
from msapemu.lab.compile import compile_shelf
from tests.lab.labfile import faults_of, network_of

LAB: dict[str, Any] = {
    "name": "dxc",
    "topology": {
        "nodes": {
            "hub": {
                "slots": {1: {"card": "e1", "ports": 3}, 2: {"card": "pdh", "ports": 1}},
                "timeslots": [
                    {"both": ["1/1:1-4,6", "1/2:20-24"]},
                    {"sink": "2/1/e1.3:31", "source": "1/1:16"},
                ],
            },
            "a": {"slots": {1: {"card": "e1", "ports": 1}}, "timeslots": [{"both": ["1/1:1", "1/1:1"]}]},
            "b": {"slots": {1: {"card": "e1", "ports": 1}}},
            "c": {"slots": {1: {"card": "pdh", "ports": 1}}},
        },
        "links": [
            {"endpoints": ["hub:1/1", "a:1/1"]},
            {"endpoints": ["hub:1/2", "b:1/1"]},
            {"endpoints": ["hub:2/1", "c:1/1"]},
        ],
        "clients": [],
    },
    "circuits": [],
}


def lab(*timeslots: dict[str, Any]) -> dict[str, Any]:
    made = copy.deepcopy(LAB)
    made["topology"]["nodes"]["hub"]["timeslots"] = list(timeslots)
    return made


def test_a_shelf_is_told_of_its_timeslots() -> None:
    network = network_of(LAB)
    hub = compile_shelf(network, "hub", {}, {})
    assert hub.timeslots == (
        Timeslots("1/1:1-4,6", "1/2:20-24"),
        Timeslots("1/2:20-24", "1/1:1-4,6"),
        Timeslots("2/1/e1.3:31", "1/1:16"),
    )
    assert compile_shelf(network, "a", {}, {}).timeslots == (Timeslots("1/1:1", "1/1:1"),)  # a loopback
    assert compile_shelf(network, "b", {}, {}).timeslots == ()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"both": ["1/1:1-4", "1/2:1-3"]}, "timeslots[0]: 3 timeslots into 4: 1/2:1-3, 1/1:1-4"),
        ({"both": ["1/1", "1/2:1"]}, "'1/1' names no timeslots (such as 1/1:1-4,6)"),
        ({"both": ["1/1:0", "1/2:1"]}, "timeslots 0 are not in 1..31"),
        ({"sink": "1/1:1"}, "timeslots[0]: needs both, or sink and source"),
        ({"both": ["1/1:1", "1/2:1"], "sink": "1/1:2"}, "both, and sink with source, exclude each other"),
        ({"sink": "1/9:1", "source": "1/1:1"}, "hub:1/9: the card e1 in slot 1 has ports 1..3 only"),
        ({"sink": "2/1/e1.5:1", "source": "1/1:1"}, "hub:2/1 is an E2 (G.742): it has e1.1..e1.4"),
    ],
)
def test_what_cannot_be(wrong: dict[str, Any], message: str) -> None:
    assert any(message in fault for fault in faults_of(lab(wrong)))


def test_a_timeslot_is_sent_once() -> None:
    twice = lab({"sink": "1/1:1-4", "source": "1/2:1-4"}, {"sink": "1/1:4", "source": "1/2:9"})
    assert any("timeslot 4 of 1/1 is sent twice (also in timeslots[0])" in fault for fault in faults_of(twice))
