"""A lab file that is right, and how to make it wrong."""

from __future__ import annotations

import copy
from typing import Any

import yaml

from msapemu.lab import document
from msapemu.lab.load import model_of
from msapemu.lab.network import Network
from msapemu.lab.resolve import resolve

GOOD: dict[str, Any] = {
    "name": "two-sites",
    "topology": {
        "nodes": {
            "co": {"slots": {1: {"card": "stm1", "ports": 2}, 2: {"card": "eth", "ports": 4}}},
            "branch": {"slots": {1: {"card": "stm1", "ports": 2}, 2: {"card": "eth", "ports": 2}}},
        },
        "links": [{"endpoints": ["co:1/1", "branch:1/1"], "impair": {"delay": "1ms", "ber": 0}}],
        "clients": [
            {"port": "co:2/1", "tap": "lan0", "netns": "hq"},
            {"port": "branch:2/1", "tap": "lan0", "netns": "site"},
        ],
    },
    "circuits": [{"name": "hq-site", "a": "co:2/1", "z": "branch:2/1", "via": "vc12", "members": 5}],
}
REMOVE = object()


def changed(*changes: tuple[str, Any]) -> dict[str, Any]:
    """GOOD with values set: ("circuits~0~members", 64). A new place in a list is appended; REMOVE removes."""
    data = copy.deepcopy(GOOD)
    for path, value in changes:
        parts = [int(part) if part.isdecimal() else part for part in path.split("~")]
        at: Any = data
        for part in parts[:-1]:
            if isinstance(at, dict):
                at = at.setdefault(part, {})
            else:
                at = at[part]
        if value is REMOVE:
            del at[parts[-1]]
        elif isinstance(at, list) and parts[-1] == len(at):
            at.append(copy.deepcopy(value))
        else:
            at[parts[-1]] = copy.deepcopy(value)
    return data


def text_of(data: dict[str, Any]) -> str:
    return yaml.safe_dump(data, sort_keys=False)


def network_of(data: dict[str, Any] | str) -> Network:
    """Resolved; LabFileError, whose places begin with "lab.yaml"."""
    text = data if isinstance(data, str) else text_of(data)
    read = document.parse(text.encode(), "lab.yaml")
    return resolve(model_of(read), read)


def faults_of(data: dict[str, Any] | str) -> list[str]:
    """Without file name and line; [] when nothing is wrong."""
    try:
        network_of(data)
    except document.LabFileError as error:
        return [line.split(": ", 1)[1] for line in str(error).splitlines()]
    return []
