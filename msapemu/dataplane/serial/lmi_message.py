"""Messages of the local management (T1.617 Annex D.1, Q.933 Annex A.2): made and read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

UI = 0x03
PROTOCOL_DISCRIMINATOR = 0x08
DUMMY_CALL_REFERENCE = 0x00
STATUS_ENQUIRY, STATUS = 0x75, 0x7D
FULL, INTEGRITY, SINGLE = 0, 1, 2  # types of report
CUT_SHORT = -1
EXTENSION = 0x80
PVC_OCTETS = 3
NEW, DELETED, ACTIVE = 0x08, 0x04, 0x02


class Dialect(NamedTuple):
    """ANSI shifts to codeset 5 before its information elements; Q.933 numbers them otherwise."""

    name: str
    shift: bytes
    report: int
    integrity: int
    pvc: int


ANSI = Dialect("ansi", b"\x95", 0x01, 0x03, 0x07)
Q933A = Dialect("q933a", b"", 0x51, 0x53, 0x57)
DIALECTS = {dialect.name: dialect for dialect in (ANSI, Q933A)}


class Flags(NamedTuple):
    active: bool
    new: bool
    deleted: bool


@dataclass
class Status:
    """A message: an enquiry or a status. `numbers`: sent and received, of the far end; a single PVC has none."""

    enquiry: bool
    report: int
    numbers: tuple[int, int] | None = None
    pvcs: dict[int, Flags] = field(default_factory=dict)


def status_enquiry(dialect: Dialect, report: int, sent: int, received: int) -> bytes:
    """What the user side sends, from the control octet on."""
    return _message(dialect, STATUS_ENQUIRY, report) + bytes((dialect.integrity, 2, sent, received))


def status(dialect: Dialect, report: int, sent: int, received: int, pvcs: Mapping[int, tuple[bool, bool]]) -> bytes:
    """What the network side answers; `pvcs`: active, new, by DLCI."""
    elements = b"".join(
        bytes((dialect.pvc, PVC_OCTETS, dlci >> 4, (dlci & 0xF) << 3 | EXTENSION))
        + bytes((EXTENSION | (NEW if new else 0) | (ACTIVE if active else 0),))
        for dlci, (active, new) in sorted(pvcs.items())
    )
    return _message(dialect, STATUS, report) + bytes((dialect.integrity, 2, sent, received)) + elements


def _message(dialect: Dialect, kind: int, report: int) -> bytes:
    head = bytes((UI, PROTOCOL_DISCRIMINATOR, DUMMY_CALL_REFERENCE, kind))
    return head + dialect.shift + bytes((dialect.report, 1, report))


def parse(message: bytes, dialect: Dialect) -> Status | None:
    """A message of that dialect, from the control octet on; None: it is none."""
    head = bytes((UI, PROTOCOL_DISCRIMINATOR, DUMMY_CALL_REFERENCE))
    kind = message[len(head) : len(head) + 1]
    rest = message[len(head) + 1 :]
    if not message.startswith(head) or not kind or kind[0] not in (STATUS_ENQUIRY, STATUS):
        return None
    if not rest.startswith(dialect.shift):
        return None
    found = Status(kind[0] == STATUS_ENQUIRY, -1)
    for element, value in _elements(rest[len(dialect.shift) :]):
        if element == dialect.report and len(value) == 1:
            found.report = value[0]
        elif element == dialect.integrity and len(value) == 2:
            found.numbers = value[0], value[1]
        elif element == dialect.pvc and len(value) >= PVC_OCTETS:
            dlci = (value[0] & 0x3F) << 4 | (value[1] & 0x78) >> 3
            found.pvcs[dlci] = Flags(*(bool(value[2] & flag) for flag in (ACTIVE, NEW, DELETED)))
        elif element in (CUT_SHORT, dialect.report, dialect.integrity, dialect.pvc):
            return None  # others are passed over
    if found.report not in (FULL, INTEGRITY, SINGLE) or (found.numbers is None) is not (found.report == SINGLE):
        return None
    return found


def _elements(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """Information elements; one that is cut short is CUT_SHORT."""
    at = 0
    while at < len(octets):
        length = octets[at + 1] if at + 1 < len(octets) else 0x100
        if at + 2 + length > len(octets):
            yield CUT_SHORT, b""
            return
        yield octets[at], octets[at + 2 : at + 2 + length]
        at += 2 + length
