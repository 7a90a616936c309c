"""JSON Schema of the entries of an impairment, for editors."""

from __future__ import annotations

from typing import Any

from msapemu.ctl.impair_text import KINDS, TIMES
from msapemu.ctl.impairments import ALARMS, LAYERS, MOST_SLIP

_TEXT = {"type": "string"}
# text too: YAML 1.1 reads 1e-6 as text, and 0x0f may be written so; a pattern holds for text only
_WHOLE = {"type": ["integer", "string"], "pattern": "^(0x)?[0-9a-fA-F]+$"}
_FRAMES = {"type": ["integer", "string"], "minimum": 0, "pattern": r"^\s*(\d+(\.\d*)?|\.\d+)\s*(us|ms|s)?\s*$"}
_KEYS: dict[str, dict[str, Any]] = {
    "name": {"enum": list(ALARMS)},
    "layer": {"enum": list(LAYERS)},
    "octet": _TEXT,
    "trace": {"type": "string", "maxLength": 15},
    "tu": {"type": ["string", "integer"], "minimum": 1, "maximum": 3, "pattern": r"^([1-3](\.[1-7]\.[1-3])?|\*)$"},
    "rate": {"type": ["number", "string"], "pattern": "^[-+.eE0-9]+$"},
    "frames": {"type": ["integer", "string"], "minimum": -MOST_SLIP, "maximum": MOST_SLIP},
    **dict.fromkeys(TIMES, _FRAMES),
}
# of an entry that is text or a number
_SHORT: dict[str, dict[str, Any]] = {
    "alarms": {"pattern": rf"^\s*({'|'.join(ALARMS)})\s*(,|$)"},
    "errors": {"pattern": ":"},
    "force": {"pattern": "="},
    "slip": {"minimum": -MOST_SLIP, "maximum": MOST_SLIP, "not": {"const": 0}},
    "lose": {"minimum": 1},
}
_REQUIRED = {"alarms": ["name"], "force": ["octet", "value"], "slip": ["frames"], "lose": ["octets"]}


def entries_schema(what: str) -> dict[str, Any]:
    """Of the list `what`; a single entry may stand for a list of one."""
    entry: dict[str, Any] = {
        "type": ["object", "string", "integer"] if what in ("slip", "lose") else ["object", "string"],
        **_SHORT[what],
        "additionalProperties": False,
        "properties": {key: _KEYS.get(key, _WHOLE) for key in KINDS[what].__struct_fields__},
    }
    if what in _REQUIRED:
        entry["required"] = _REQUIRED[what]
    return {"type": [*entry["type"], "array"], **_SHORT[what], "items": entry}
