"""docs/cli.md and docs/lab-file.md are true to the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from msapemu.cli.main import app
from msapemu.lab import model
from msapemu.lab.document import parse
from msapemu.lab.load import model_of
from msapemu.lab.resolve import resolve
from msapemu.node.cards import CARDS

DOCS = Path(__file__).resolve().parents[2] / "docs"
CLI = (DOCS / "cli.md").read_text()
LAB = (DOCS / "lab-file.md").read_text()


def test_every_command_is_in_the_docs() -> None:
    names = [info.name or info.callback.__name__ for info in app.registered_commands if info.callback]
    for name in names:
        assert re.search(rf"`{name}\b", CLI), name


def section(heading: str) -> str:
    return LAB.split(f"\n## {heading}\n", 1)[1].split("\n## ")[0]


@pytest.mark.parametrize(
    ("heading", "part", "prefix"),
    [
        ("Top level", model.Lab, ""),
        ("topology.nodes.NODE", model.Clock, "clock."),
        ("topology.nodes.NODE", model.Slot, "slots.N."),
        ("topology.links", model.Impair, "impair."),
        ("topology.clients", model.Client, ""),
        ("circuits", model.Circuit, ""),
    ],
)
def test_every_key_is_in_the_docs(heading: str, part: type[Any], prefix: str) -> None:
    documented = set(
        re.findall(r"`([a-zA-Z0-9_.]+)`", "\n".join(re.findall(r"^\|([^|]*)\|", section(heading), re.M)))
    )
    keys = {prefix + name for name in part.model_fields}
    assert keys <= documented
    if not prefix:
        assert documented == keys


def test_limits_are_those_of_the_code() -> None:
    for kind, card in CARDS.items():
        assert f"`{kind}` 1..{card.most_ports}" in LAB
        assert f"`{kind}` {card.default_ports}" in LAB
    assert f"{model.SMALLEST_MTU}..{model.LARGEST_MTU}" in LAB
    assert f"0..{model.LONGEST_DELAY_US // 1000}ms" in LAB
    assert f"0..{model.LARGEST_BER}" in LAB
    assert f"0..{model.LARGEST_SEED}" in LAB
    assert f"-{model.LARGEST_PPM}..{model.LARGEST_PPM}" in LAB
    assert (model.TICKS_US, "250us..4ms" in LAB) == ((250, 4000), True)
    assert (model.SILENCE_US, "1ms..10s" in LAB) == ((1000, 10_000_000), True)


def test_the_lab_in_the_docs_is_one() -> None:
    text = re.search(r"\n\n((?:    .*\n)+)", LAB)
    assert text
    document = parse(text[1].encode(), "docs")
    assert yaml.safe_load(text[1])["name"] == "two-sites"
    assert resolve(model_of(document), document).circuits[0].capacity_bps == 10_880_000
