"""Names of objects and of what happens to them, as logs, tables and alarms write them (DESIGN 5b)."""

from __future__ import annotations

import re

from msapemu import _framing

# in the order of `Change` in links.pxd
CHANGES = ("", "session", "returned", "closed", "refused", "silent")
CHANGE_TEXTS = (
    "",
    "a peer has started to send (session {:08x})",
    "the peer is heard again (session {:08x})",
    "the peer has stopped (session {:08x})",
    "nobody listens at the peer's address",
    "nothing heard for the silence limit",
)
# `NoticeKind` in notices.pxd
DEFECT, LINK, LOST, PORT_GONE, SKIPPED, NO_TRAINS = range(6)
# `EventObject` in wire/status.pxd
LINE_OBJECT, AU_OBJECT, TU_OBJECT, GROUP_OBJECT = 0, 1, 2, 100

_PORT = re.compile(r"([0-9]{1,5})/([0-9]{1,5})")


def port_number(port: str) -> int:
    """slot << 16 | port of "slot/port"; ValueError when it is not of that form."""
    match = _PORT.fullmatch(port)
    if match is None or max(int(n) for n in match.groups()) > 0xFFFF:
        raise ValueError(f"{port!r} is no port: SLOT/PORT is wanted")
    return int(match[1]) << 16 | int(match[2])


def core_object(shelf: str, port: str, clients: tuple[str, ...], number: int) -> str:
    """The object that the core calls `number` on line `port`, whose map carries the groups of `clients`."""
    line = f"{shelf}/{port}"
    if number == LINE_OBJECT:
        return line
    if number == AU_OBJECT:
        return f"{line}/au4.1"
    if number < GROUP_OBJECT:
        return f"{line}/au4.1/vc12.{_framing.member_name(number - TU_OBJECT)}"
    group = number - GROUP_OBJECT
    return f"{shelf}/{clients[group]}/vcg" if group < len(clients) else f"{line}/vcg.{group}"
