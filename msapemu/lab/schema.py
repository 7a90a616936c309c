"""The JSON Schema of the lab file, for editors."""

from __future__ import annotations

import json
from typing import Any

from msapemu.lab.model import Lab


def schema_text() -> str:
    """As published in docs/lab.schema.json; the same from every version of pydantic."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "msapemu lab file",
        **_plain(Lab.model_json_schema()),
    }
    return json.dumps(schema, indent=2) + "\n"


def _plain(schema: Any) -> Any:
    """Without the titles that pydantic makes of names, and without an allOf of one."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: _plain(value) for key, value in schema.items() if not (key == "title" and isinstance(value, str))}
    match plain.pop("allOf", None):
        case [dict(only)]:
            plain = {**only, **plain}
        case None:
            pass
        case several:
            plain["allOf"] = several
    return dict(sorted(plain.items())) if "$ref" in plain else plain
