"""Entries of an impairment as people write them: `b3:1e-6`, `TU-AIS,tu=1.1.1,duration=10ms`, or the same as keys.

    alarms  NAME[,KEY=VALUE]...                 LOS     HP-TIM,trace=somebody     LP-RDI,au=2,tu=1.1.1
    errors  LAYER-or-OCTET:RATE-or-COUNT[,...]  b3:1e-6     b2:10,burst=2     S(9,1,1):0.01
    force   OCTET=VALUE[,...]                   K2=0x06,mask=0x07     V5=0,tu=3.7.3,mask=14
    slip    FRAMES[,...]                        1     -2,period=1s
    lose    OCTETS[,...]                        100,start=8000

Times (`start`, `duration`, `period`) are a number of frames, or have a unit: 125us, 10ms, 1s.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from msapemu.ctl.impairments import (
    LAYERS,
    Alarm,
    Errors,
    Force,
    Impairment,
    Loss,
    Slip,
    alarm_fault,
    errors_fault,
    force_fault,
    loss_fault,
    slip_fault,
)

Entry = Errors | Force | Alarm | Slip | Loss

KINDS: dict[str, type[Entry]] = {"errors": Errors, "force": Force, "alarms": Alarm, "slip": Slip, "lose": Loss}
FRAME_US = 125
TIMES = ("start", "duration", "period")
_WHOLE = ("count", "burst", "au", "value", "mask", "repeat", "frames", "octets")
_UNITS = {"us": 1.0, "ms": 1e3, "s": 1e6}
_TIME = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(us|ms|s)")
_COUNT = re.compile(r"[0-9]+")


def read(what: str, given: object) -> Entry:
    """An entry of `what` ("errors", "force", "alarms", "slip", "lose"): text, keys, or a number for slip and lose.

    ValueError for what is none, or cannot be on any line.
    """
    if isinstance(given, int) and not isinstance(given, bool) and what in ("slip", "lose"):
        given = str(given)
    if isinstance(given, str):
        keys = _split(what, given)
    elif isinstance(given, Mapping):
        keys = {str(key): value for key, value in given.items()}
    else:
        raise ValueError(f"{given!r} is no entry of {what}")
    kind = KINDS[what]
    known = kind.__struct_fields__
    if unknown := [key for key in keys if key not in known]:
        raise ValueError(f"unknown key {unknown[0]} (known: {', '.join(sorted(known))})")
    try:
        entry = msgspec.convert({key: _value(key, value) for key, value in keys.items()}, kind)
    except msgspec.ValidationError as error:
        raise ValueError(_plain(str(error))) from None
    if found := _fault(entry):
        raise ValueError(found)
    return entry


def with_entries(impairment: Impairment, **entries: tuple[Entry, ...]) -> Impairment:
    """The same with these entries besides."""
    return msgspec.structs.replace(
        impairment, **{what: (*getattr(impairment, what), *more) for what, more in entries.items()}
    )


def _fault(entry: Entry) -> str | None:
    if isinstance(entry, Errors):
        return errors_fault(entry)
    if isinstance(entry, Force):
        return force_fault(entry)
    if isinstance(entry, Alarm):
        return alarm_fault(entry)
    return slip_fault(entry) if isinstance(entry, Slip) else loss_fault(entry)


def _split(what: str, text: str) -> dict[str, Any]:
    first, *rest = re.split(r",(?![^(]*\))", text.replace(" ", "") if what != "alarms" else text)
    keys: dict[str, Any] = {}
    if what == "alarms":
        keys["name"] = first.strip()
    elif what == "errors":
        name, colon, amount = first.rpartition(":")
        if not colon:
            raise ValueError(f"{text!r}: how many? (such as b3:1e-6 or b3:10)")
        keys["layer" if name in LAYERS else "octet"] = name
        keys["count" if _COUNT.fullmatch(amount) else "rate"] = amount
    elif what == "force":
        name, equals, value = first.partition("=")
        if not equals:
            raise ValueError(f"{text!r}: to what? (such as S1=0x0f)")
        keys.update(octet=name, value=value)
    else:
        keys["frames" if what == "slip" else "octets"] = first
    for part in rest:
        key, equals, value = part.partition("=")
        if not equals or key.strip() in keys:
            raise ValueError(f"{text!r}: {part.strip()!r} is no KEY=VALUE that goes here")
        keys[key.strip()] = value.strip() if key.strip() != "trace" else value
    return keys


def _value(key: str, value: object) -> object:
    """Numbers and times out of text; a TU-3 may be a number."""
    if key == "tu" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        return value
    if key in TIMES and (match := _TIME.fullmatch(value.strip())):
        return round(float(match[1]) * _UNITS[match[2]] / FRAME_US)
    try:
        if key in _WHOLE or key in TIMES:
            return int(value, 0)
        if key == "rate":
            return float(value)
    except ValueError:
        raise ValueError(f"{key}: {value!r} is no {'time' if key in TIMES else 'number'}") from None
    return value


def _plain(text: str) -> str:
    """What msgspec says, in our words: "Expected `int`, got `str` - at `$.au`" -> "au: must be int, not str"."""
    if match := re.fullmatch(r"Expected `([^`]*)`, got `([^`]*)` - at `\$\.(\w+)`", text):
        kind = match[1].removesuffix(" | null")
        return f"{match[3]}: must be {kind}, not {match[2]}"
    if match := re.fullmatch(r"Object missing required field `(\w+)`", text):
        return f"{match[1]} is missing"
    return text
