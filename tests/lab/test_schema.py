"""The published JSON Schema is that of the model, and says what the model says."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from msapemu.lab.schema import schema_text
from tests.lab.labfile import GOOD
from tests.lab.test_bad_labs import FORM, Change, changed

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))
# the schema cannot say these: `unknown key` of a slot that is a word, names of interfaces, numbers as text, ...
BEYOND = {
    "slot a word", "tap a path", "container an option", "container large", "delay long", "delay below 0", "ber nan",
    "silence limit", "address without prefix", "address wrong", "address prefix", "tick", "ber",
    "connection of no container", "loop of no object",
    "alarm without a TU", "alarm time", "errors layer",
    "channel address",
    "hold-off", "hold-off step", "wtr", "delay limit", "csf interval",
}  # fmt: skip


def checker() -> jsonschema.Draft202012Validator:
    schema = json.loads(schema_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def as_json(data: object) -> object:
    """JSON has text for keys."""
    return json.loads(json.dumps(data))


def test_the_published_schema_is_in_step() -> None:
    published = (ROOT / "docs" / "lab.schema.json").read_text()
    assert published == schema_text(), "msapemu schema > docs/lab.schema.json"


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_the_labs_in_configs_are_valid(path: Path) -> None:
    checker().validate(as_json(yaml.safe_load(path.read_text())))


def test_the_good_lab_is_valid() -> None:
    checker().validate(as_json(GOOD))


@pytest.mark.parametrize(
    ("changes"),
    [row[1] for row in FORM if row[0] not in BEYOND],
    ids=[row[0] for row in FORM if row[0] not in BEYOND],
)
def test_what_the_model_refuses_the_schema_refuses(changes: list[Change]) -> None:
    assert not checker().is_valid(as_json(changed(*changes)))
