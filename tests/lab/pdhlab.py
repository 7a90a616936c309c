"""A lab in which there is something of every kind of PDH."""

from __future__ import annotations

import copy
from typing import Any

PDH: dict[str, Any] = {
    "name": "pdh",
    "topology": {
        "nodes": {
            "hub": {
                "slots": {
                    1: {"card": "stm1", "ports": 1},
                    2: {"card": "e1", "ports": 16},
                    3: {"card": "v35", "ports": 8},
                    4: {"card": "eop", "ports": 8},
                    5: {"card": "pdh", "ports": 2, "rate": "g832"},
                    6: {"card": "pdh", "ports": 1, "rate": "fe"},
                }
            },
            "co": {
                "slots": {
                    1: {"card": "stm1", "ports": 1},
                    2: {"card": "e1", "ports": 16},
                    3: {"card": "v35", "ports": 8},
                    4: {"card": "eop", "ports": 8},
                    5: {"card": "pdh", "ports": 2, "rate": "g832"},
                    6: {"card": "pdh", "ports": 2, "rate": "e2"},
                }
            },
            "term": {"kind": "pdh-terminal"},
            "one": {"kind": "converter", "client": "v35"},
            "two": {"kind": "converter", "client": "v35"},
            "media": {"kind": "media-converter"},
        },
        "links": [
            {"endpoints": ["hub:1/1", "co:1/1"]},
            {"endpoints": ["hub:5/1", "co:5/1"]},
            {"endpoints": ["hub:5/2", "co:5/2"]},
            {"endpoints": ["co:6/1", "term:1/1"]},
            {"endpoints": ["co:2/15", "one:1/1"]},
            {"endpoints": ["co:2/16", "two:1/1"]},
            {"endpoints": ["hub:6/1", "media:1/1"]},
        ],
        "clients": [
            {"port": "hub:2/1", "e1": {"socket": "e1"}},
            {"port": "term:2/1", "e1": {"socket": "e1"}},
            {"port": "term:2/2", "e1": {"read": "/tmp/in.e1"}},
            {"port": "co:2/1", "e1": {"satop": {"local": "127.0.0.1:5001", "peer": "127.0.0.1:5002"}}},
            {"port": "hub:3/1", "tun": "ser1", "netns": "r1", "address": "10.0.0.1/30"},
            {"port": "hub:3/2", "pty": "pty2"},
            {"port": "one:2/1", "tun": "ser0", "netns": "r2", "address": ["10.0.0.2/30"], "encapsulation": "chdlc"},
            {"port": "two:2/1", "hdlc_udp": {"local": "127.0.0.1:5003", "peer": "127.0.0.1:5004"}},
            {"port": "hub:4/1", "tap": "lan1", "netns": "hq"},
            {"port": "term:3/1", "tap": "lan0", "netns": "site"},
            {"port": "hub:4/2", "tap": "lan2", "netns": "hq"},
            {"port": "media:2/1", "tap": "lan0", "netns": "media"},
            {"port": "hub:4/3", "tap": "lan3", "netns": "hq"},
            {"port": "co:4/1", "tap": "lan1", "netns": "co"},
            {"port": "hub:4/4", "tap": "lan4", "netns": "hq"},
            {"port": "co:4/2", "tap": "lan2", "netns": "co"},
        ],
    },
    "circuits": [
        {"name": "pbx", "a": "hub:2/1", "z": "term:2/1"},
        {"name": "gateway", "a": "term:2/2", "z": "co:2/1"},
        {"name": "line1", "a": "one:2/1", "z": "hub:3/1", "timeslots": 8, "groom": "co"},
        {"name": "line2", "a": "hub:3/2", "z": "two:2/1", "timeslots": 4, "groom": ["co"]},
        {"name": "lan", "a": "hub:4/1", "z": "term:3/1", "via": "e1", "members": 2, "lcas": True},
        {"name": "fibre", "a": "hub:4/2", "z": "media:2/1", "via": "fe"},
        {"name": "wide", "a": "co:4/1", "z": "hub:4/3", "via": "g832", "members": 2},
        {"name": "narrow", "a": "hub:4/4", "z": "co:4/2", "via": "n64", "timeslots": 3, "adaptation": "laps"},
    ],
}
REMOVE = object()


def changed(*changes: tuple[str, Any]) -> dict[str, Any]:
    """PDH with values set: ("circuits~0~timeslots", 3); in a list by number, behind its end "+"; REMOVE removes."""
    data = copy.deepcopy(PDH)
    for path, value in changes:
        *before, last = [int(part) if part.isdecimal() else part for part in path.split("~")]
        at: Any = data
        for part in before:
            at = at.setdefault(part, {}) if isinstance(at, dict) else at[part]
        if value is REMOVE:
            del at[last]
        elif last == "+":
            at.append(copy.deepcopy(value))
        else:
            at[last] = copy.deepcopy(value)
    return data


def circuit(name: str) -> int:
    """Its place in the list."""
    return [one["name"] for one in PDH["circuits"]].index(name)


def client(port: str) -> int:
    """The same of what is attached to a port."""
    return [one["port"] for one in PDH["topology"]["clients"]].index(port)
