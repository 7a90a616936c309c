"""docs/cli.md and docs/lab-file.md are true to the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from msapemu._framing import CONTROLS, SINK_STATES, SOURCE_STATES
from msapemu.cli.main import app
from msapemu.ctl import impairments
from msapemu.ctl.config import LCAS_VIAS, MOST_MEMBERS
from msapemu.ctl.impair_text import KINDS, read
from msapemu.lab import model
from msapemu.lab.document import parse
from msapemu.lab.load import model_of
from msapemu.lab.resolve import resolve
from msapemu.lab.vcg.tables import SINK, SOURCE
from msapemu.node.capacity import group_bps, via_text
from msapemu.node.cards import CARDS

DOCS = Path(__file__).resolve().parents[2] / "docs"
CLI = (DOCS / "cli.md").read_text()
IMPAIRMENTS = (DOCS / "impairments.md").read_text()
LAB = (DOCS / "lab-file.md").read_text()


def test_every_command_is_in_the_docs() -> None:
    names = [info.name or info.callback.__name__ for info in app.registered_commands if info.callback]
    for group in app.registered_groups:
        assert group.typer_instance is not None
        commands = group.typer_instance.registered_commands
        names += [f"{group.typer_instance.info.name} {one.callback.__name__}" for one in commands if one.callback]
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
        ("topology.channels", model.Channel, ""),
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


# -- impairments.md


def rows(heading: str) -> list[list[str]]:
    """The cells of the table of a section, without its head."""
    text = IMPAIRMENTS.split(f"\n## {heading}\n", 1)[1].split("\n## ")[0]
    lines = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line] for line in lines][2:]


def test_every_alarm_and_layer_is_in_the_docs_as_it_is() -> None:
    assert [row[:3] for row in rows("Alarms")] == [
        [f"`{name}`", kind.of, kind.text] for name, kind in impairments.ALARMS.items()
    ]
    assert [row[:3] for row in rows("Errors")] == [
        [f"`{name}`", kind.of, kind.text] for name, kind in impairments.LAYERS.items()
    ]


def test_every_key_of_an_impairment_is_in_the_docs() -> None:
    keys = [re.findall("`([a-z]+)`", row[0]) for row in rows("In the lab file")]
    first = {key for found in keys for key in found}
    assert set(model.Direction.model_fields) <= first
    for what, kind in KINDS.items():
        (row,) = [row for row in rows("In the lab file") if row[0] == f"`{what}`" and row[1] != "none"]
        of_alarms = {"value", "trace", "rate"} if what == "alarms" else set()  # these are in the table of alarms
        for key in set(kind.__struct_fields__) - {"start", "duration", "period", "repeat"} - of_alarms:
            assert f"`{key}`" in row[1]
        for text in re.findall("`([^`]+)`", row[2]):
            read(what, text)
    for key in ("start", "duration", "period", "repeat"):
        assert f"`{key}`" in IMPAIRMENTS


def test_the_impaired_link_in_the_docs_is_one() -> None:
    text = re.search(r"\n      links:\n((?:        .*\n)+)", IMPAIRMENTS)
    assert text
    (link,) = [model.Link(**one) for one in yaml.safe_load(text[1])]
    assert link.impair.towards(True).alarms[0].start == 8000
    assert link.impair.towards(False).errors[0].rate == 1e-6 and link.impair.towards(True).errors == ()


# -- vcg.md


def test_every_state_of_a_member_is_in_the_docs() -> None:
    text = (DOCS / "vcg.md").read_text()
    for name in (*SOURCE_STATES, *SINK_STATES, *CONTROLS.values()):
        assert f"`{name}`" in text, name
    for key in (*SOURCE, *SINK):
        assert key in text, key


def test_the_limits_of_groups_are_in_the_docs() -> None:
    text = (DOCS / "vcg.md").read_text()
    for via in LCAS_VIAS:
        most = MOST_MEMBERS[via]
        assert f"`{via}` 1..{most}" in LAB
        each = f"{group_bps(via) / 1e6:.3f} Mbit/s"
        assert f"| {via_text(via, most).replace(f'-{most}v', '-Xv')} | 1..{most} | {each} |" in text
    assert (model.DELAY_LIMIT_US, "0..256ms" in LAB) == ((0, 256_000), True)
    assert (model.HOLD_OFF_US, model.WTR_US, "0..10s" in LAB, "0..720s" in LAB) == (
        (0, 10_000_000),
        (0, 720_000_000),
        True,
        True,
    )
    assert (model.CSF_INTERVAL_US, "100ms..1s" in LAB) == ((100_000, 1_000_000), True)
