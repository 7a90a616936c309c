"""The JSON Schema of the lab file, for editors."""

from __future__ import annotations

import json

from msapemu.lab.model import Lab


def schema_text() -> str:
    """As published in docs/lab.schema.json."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "msapemu lab file",
        **{key: value for key, value in Lab.model_json_schema().items() if key != "title"},
    }
    return json.dumps(schema, indent=2) + "\n"
