"""Lab file -> model, with every fault of form at once, in plain words."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from msapemu.lab import document as doc
from msapemu.lab.document import Document, Problem, Where
from msapemu.lab.model import Lab


def load(path: Path) -> tuple[Document, Lab]:
    """The file and its model; UsageError or LabFileError (all faults of form, one line each)."""
    document = doc.read(path)
    return document, model_of(document)


def model_of(document: Document) -> Lab:
    """The model of what was read; LabFileError."""
    if not isinstance(document.data, dict):
        raise document.error([Problem((), "a lab file begins with keys (name, topology, circuits)")])
    try:
        return Lab.model_validate(document.data)
    except ValidationError as error:
        problems = [_problem(document.data, dict(one)) for one in error.errors(include_url=False)]
        raise document.error(problems) from None


def _problem(data: Any, error: dict[str, Any]) -> Problem:
    kind, context = error["type"], error.get("ctx", {})
    where = _known(data, error["loc"], kind == "missing")
    value = error.get("input")
    match kind:
        case "missing":
            what = "is missing"
        case "extra_forbidden":
            what = f"unknown key{_known_keys(where)}"
        case "value_error":
            what = str(context["error"])
        case "greater_than_equal" | "less_than_equal" | "greater_than" | "less_than":
            bound = {
                "greater_than_equal": "ge",
                "less_than_equal": "le",
                "greater_than": "gt",
                "less_than": "lt",
            }[kind]
            relation = {"ge": "at least", "le": "at most", "gt": "more than", "lt": "less than"}[bound]
            what = f"{value!r} is out of range (must be {relation} {context[bound]})"
        case "too_short":
            what = f"needs {context['min_length']} entries, has {context['actual_length']}"
        case "too_long":
            what = f"takes {context['max_length']} entries, has {context['actual_length']}"
        case "model_type" | "dict_type" | "model_attributes_type":
            what = "must be a set of keys" + ("" if value is not None else ", but is empty")
        case "list_type":
            what = "must be a list" + ("" if value is not None else ", but is empty")
        case "string_pattern_mismatch":
            what = f"{value!r} is no port of a shelf (SLOT/PORT, such as 1/1)"
        case "finite_number":
            what = f"{value!r} is no finite number"
        case _:
            what = str(error["msg"])
    return Problem(where, what)


def _known(data: Any, loc: tuple[str | int, ...], missing: bool) -> Where:
    """`loc` without the parts that pydantic adds ("[key]"); a missing key stays at the end."""
    where: list[str | int] = []
    for index, part in enumerate(loc):
        if isinstance(data, dict) and part not in data and isinstance(part, str) and part.isdecimal():
            part = int(part)
        inside = (
            part in data
            if isinstance(data, dict)
            else isinstance(data, list) and isinstance(part, int) and part < len(data)
        )
        if inside:
            where.append(part)
            data = data[part]
        elif missing and index == len(loc) - 1:
            where.append(part)
    return tuple(where)


def _known_keys(where: Where) -> str:
    """Which keys there are beside an unknown one: ` (known: card, ports)`."""
    shape: Any = Lab
    for part in where[:-1]:
        if isinstance(shape, type) and issubclass(shape, BaseModel):
            shape = shape.model_fields[str(part)].annotation
            if type(None) in get_args(shape):
                shape = get_args(shape)[0]
        else:  # dict[key, X] or list[X]
            shape = get_args(shape)[-1]
    return f" (known: {', '.join(shape.model_fields)})" if issubclass(shape, BaseModel) else ""
