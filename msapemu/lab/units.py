"""Times as a lab file gives them."""

from __future__ import annotations

import re

_FACTORS = {"us": 1, "ms": 1000, "s": 1_000_000}


def microseconds(value: object) -> int:
    """`"1ms"`, `"125us"`, `"0.5s"` or a number of microseconds; ValueError when it is none of these."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("must be a time such as 1ms, 125us or a number of microseconds")
    if isinstance(value, int | float):
        number, factor = float(value), 1
    else:
        match = re.fullmatch(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*(us|ms|s)?\s*", value)
        if not match:
            raise ValueError(f"{value!r} is no time (such as 1ms, 125us or a number of microseconds)")
        number, factor = float(match[1]), _FACTORS[match[2] or "us"]
    result = number * factor
    if not 0 <= result < float("inf"):
        raise ValueError("must be a time, not below 0")
    return round(result)
