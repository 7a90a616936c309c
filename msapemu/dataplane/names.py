"""Names of objects and of what happens to them, as logs, tables and alarms write them (DESIGN 5b)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

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
DEFECT, LINK, LOST, PORT_GONE, SKIPPED, NO_TRAINS, STEPPED, CLIENT, CARRIER, MEMBER = range(10)
E1_DEFECT, E1_PORT_DEFECT = 10, 11
# faults of a client port: its client is not there, it has no carrier from us
CLIENT_FAULTS = {CLIENT: "CLIENT-DOWN", CARRIER: "NO-CARRIER"}
# `EventObject` in wire/status.pxd
LINE_OBJECT, AU_OBJECT, TU_OBJECT, VC3_OBJECT, GROUP_OBJECT = 0, 1, 2, 67, 100
OF_AU = 256  # objects of an AU-4
E1_GROUP_OBJECT = 4096  # in wire/fabric.pxd: groups come after E1s

_PORT = re.compile(r"([0-9]{1,5})/([0-9]{1,5})")


def port_number(port: str) -> int:
    """slot << 16 | port of "slot/port"; ValueError when it is not of that form."""
    match = _PORT.fullmatch(port)
    if match is None or max(int(n) for n in match.groups()) > 0xFFFF:
        raise ValueError(f"{port!r} is no port: SLOT/PORT is wanted")
    return int(match[1]) << 16 | int(match[2])


def core_object(shelf: str, port: str, clients: Mapping[tuple[str, int], Sequence[str]], number: int) -> str:
    """The object that the core calls `number` on line `port`; `clients` by line and VC-4 number, in the order of their
    groups in its map."""
    if number == LINE_OBJECT:
        return f"{shelf}/{port}"
    vc4, local = number // OF_AU + 1, number % OF_AU
    path = f"{shelf}/{port}/au4.{vc4}"
    if local == AU_OBJECT:
        return path
    if VC3_OBJECT <= local < GROUP_OBJECT:
        return f"{path}/vc3.{local - VC3_OBJECT + 1}"
    if local < VC3_OBJECT:
        return f"{path}/vc12.{_framing.member_name(local - TU_OBJECT)}"
    groups, group = clients.get((port, vc4), ()), local - GROUP_OBJECT
    return f"{shelf}/{groups[group]}/vcg" if group < len(groups) else f"{path}/vcg.{group}"
