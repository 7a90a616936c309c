"""Loopbacks of a lab that runs."""

from __future__ import annotations

import re

from msapemu.ctl.client import ShelfClient
from msapemu.ctl.errors import MsapemuError, UsageError
from msapemu.ctl.objects import parse_object
from msapemu.lab.record import locked, read_record

_NAMED = re.compile(r"(?P<shelf>[^:/]+)[:/](?P<object>.+)")


def set_loop(lab: str, text: str, kind: str, seconds: float | None = None) -> None:
    """Set (`kind` "line", "equipment") or take away ("off") the loopback at "SHELF:OBJECT" or "SHELF/OBJECT".

    UsageError for what cannot be, MsapemuError when no such lab is deployed or the shelf does not answer.
    """
    match = _NAMED.fullmatch(text)
    if match is None:
        raise UsageError(f"{text!r} names no object of a shelf (such as co:1/1, co:1/1/au4.1/vc12.1.1.1)")
    try:
        parse_object(match["object"])
    except ValueError as error:
        raise UsageError(f"{text}: {error}") from None
    record = read_record(lab)
    if record is None:
        raise MsapemuError(f"{lab}: no such lab is deployed")
    shelf = next((one for one in record.shelves if one.node == match["shelf"]), None)
    if shelf is None:
        raise UsageError(f"{text}: lab {lab} has no node {match['shelf']!r}")
    with locked(lab), ShelfClient(shelf.folder / "ctl") as control:
        if kind == "line":
            control.loop(match["object"], "line", seconds)
        elif kind == "equipment":
            control.loop(match["object"], "equipment", seconds)
        else:
            control.loop(match["object"], "off")
