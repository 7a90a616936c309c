"""Values of the lab file: what they may be, and what is said when they are not."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from ipaddress import IPv4Interface, IPv6Interface, ip_address, ip_interface
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema

from msapemu.ctl.config import MOST_MEMBERS
from msapemu.ctl.e1 import TIMESLOTS, E1Place, E1Slots, parse_place, parse_slots, parse_timeslots
from msapemu.ctl.impair_text import read
from msapemu.ctl.objects import Container, parse_container, parse_object
from msapemu.lab.units import microseconds
from msapemu.node.e1_places import is_place, shelf_and_place
from msapemu.node.members import MEMBER_PATTERN, form_fault
from msapemu.node.names import (
    INTERFACE_LONGEST,
    LOCAL_PORT_PATTERN,
    NAME_LONGEST,
    NAME_PATTERN,
    PORT_PATTERN,
    PortName,
    interface_fault,
    name_fault,
)

LARGEST_PID = 1 << 22
SOCKET_PATTERN = r"^(/.*|[a-zA-Z0-9][a-zA-Z0-9_.-]{0,31})$"
MOST_GROUP = max(MOST_MEMBERS.values())

CONFIG = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)  # of every set of keys
Members = int | tuple[str, ...] | dict[PortName, int | tuple[str, ...]]


def choice(options: Sequence[str], what: str) -> Callable[[object], str]:
    """One of these words."""

    def check(value: object) -> str:
        if value not in options:
            known = " or ".join(options) if len(options) == 2 else ", ".join(options)
            raise ValueError(f"{value!r} is no {what} ({known})")
        return str(value)

    return check


def plain_text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(
            f"must be text, not {value!r} (put it in quotes)" if value is not None else "is empty"
        )
    return value


def lab_name(value: object) -> str:
    text = plain_text(value)
    if fault := name_fault(text):
        raise ValueError(fault)
    return text


def interface_name(value: object) -> str:
    text = plain_text(value)
    if fault := interface_fault(text):
        raise ValueError(fault)
    return text


def port_name(value: object) -> PortName:
    return PortName.parse(plain_text(value))


def container_ref(value: object) -> str | int:
    if isinstance(value, int) and not isinstance(value, bool):
        if not 1 <= value <= LARGEST_PID:
            raise ValueError(f"{value} is no process number")
        return value
    text = plain_text(value)
    if text.isdecimal():
        return container_ref(int(text))
    if not text or text.startswith("-") or not text.isprintable() or " " in text:
        raise ValueError(f"{text!r} is no container name")
    return text


def address(value: object) -> IPv4Interface | IPv6Interface:
    text = plain_text(value)
    if not text.partition("/")[2].isdecimal():
        raise ValueError(f"{text!r} is no address with a prefix length (such as 10.0.0.1/24)")
    try:
        return ip_interface(text)
    except ValueError:
        raise ValueError(f"{text!r} is no address with a prefix length (such as 10.0.0.1/24)") from None


def host_address(value: object) -> str:
    text = plain_text(value)
    try:
        return str(ip_address(text))
    except ValueError:
        raise ValueError(f"{text!r} is no address (such as 10.0.0.2)") from None


def udp_address(value: object) -> str:
    text = plain_text(value)
    host, _, port = text.rpartition(":")
    if not host or " " in text or not (port.isascii() and port.isdecimal() and int(port) < 1 << 16):
        raise ValueError(f"{text!r} is no ADDRESS:PORT (such as 127.0.0.1:5001)")
    return text


def place_name(value: object) -> str:
    text = plain_text(value)
    shelf_and_place(text)
    return text


def listed(value: object) -> object:
    return value if isinstance(value, list) else [value]


def whole(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"must be a whole number, not {value!r}")
    return value


def number(value: object) -> float:
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError
        return float(value)  # YAML 1.1 reads 1e-6 as text
    except ValueError:
        raise ValueError(f"must be a number, not {value!r}") from None


def members_of(value: object) -> Members:
    if isinstance(value, dict):
        if not value:
            raise ValueError("is empty: ports of one end, each with its members")
        return {port_name(port): _some_members(members) for port, members in value.items()}
    return _some_members(value)


def _some_members(value: object) -> int | tuple[str, ...]:
    if isinstance(value, int) and not isinstance(value, bool):
        if not 1 <= value <= MOST_GROUP:
            raise ValueError(f"{value} is out of range (1..{MOST_GROUP})")
        return value
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or not value:
        raise ValueError(
            "must be a number of VC-12, VC-3 or VC-4, a list of K.L.M (such as [1.1.1, 1.1.2]) or of numbers (such as "
            "[1, 2]), or keys: ports, each with one of these"
        )
    value = [str(one) if isinstance(one, int) and not isinstance(one, bool) else one for one in value]
    if quoted := [one for one in value if not isinstance(one, str)]:
        raise ValueError(f"{quoted[0]!r} is no VC-12 (K.L.M, such as 1.1.1)")
    for one in value:
        if fault := form_fault(one):
            raise ValueError(fault)
    if twice := [one for one in dict.fromkeys(value) if value.count(one) > 1]:
        raise ValueError(f"{', '.join(twice)} given twice")
    return tuple(value)


def between(low: int, high: int, step: int = 1) -> Any:
    def check(value: object) -> int:
        result = microseconds(value)
        if not low <= result <= high:
            raise ValueError(f"{result} us is out of range ({low}..{high} us)")
        if result % step:
            raise ValueError(f"{result} us is no multiple of {step} us")
        return result

    return PlainValidator(check)


def entries(what: str) -> Any:
    def check(value: object) -> list[object]:
        entries: list[object] = []
        for number, one in enumerate(value if isinstance(value, list) else [value], 1):
            try:
                entries.append(read(what, one))
            except ValueError as error:
                raise ValueError(f"entry {number}: {error}" if isinstance(value, list) else str(error)) from None
        return entries

    return PlainValidator(check)


def socket_name(value: object) -> str:
    text = plain_text(value)
    if "\0" in text or not (text.startswith("/") or re.fullmatch(SOCKET_PATTERN, text)):
        raise ValueError(f"{text!r} is neither an absolute path nor a name for a socket in the shelf's folder")
    return text


def slots_named(value: str) -> str:
    parse_timeslots(value)
    return value


def slots_wanted(value: object) -> int | tuple[int, ...]:
    """How many timeslots, or which."""
    if isinstance(value, int) and not isinstance(value, bool):
        if value not in TIMESLOTS:
            raise ValueError(f"{value} is out of range ({TIMESLOTS[0]}..{TIMESLOTS[-1]})")
        return value
    if isinstance(value, str):
        return parse_timeslots(value)
    raise ValueError(f'must be a number of timeslots, or which, such as "1-4,6", not {value!r}')


def connected_end(value: object) -> Container | E1Place:
    """A container, or an E1 that is in none; one in a VC-12 is a container here."""
    text = plain_text(value)
    if "/au4" not in text and is_place(text):
        return parse_place(text)
    return parse_container(text)


def slots_connected(value: object) -> E1Slots:
    """Timeslots of an E1."""
    text = plain_text(value)
    slots = parse_slots(text)
    if not slots.slots:
        raise ValueError(f"{text!r} names no timeslots (such as 1/1:1-4,6)")
    return slots


def looped(value: object) -> str:
    text = plain_text(value)
    parse_object(text)
    return text


def boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {value!r}")
    return value


def schema(**schema: Any) -> WithJsonSchema:
    return WithJsonSchema(schema)


def number_schema(low: float, high: float) -> WithJsonSchema:
    # text too: YAML 1.1 reads 1e-6 as text
    return schema(
        anyOf=[
            {"type": "number", "minimum": low, "maximum": high},
            {"type": "string", "pattern": "^[-+.eE0-9]+$"},
        ]
    )


TIME: dict[str, Any] = {
    "anyOf": [
        {"type": "number", "minimum": 0},
        {"type": "string", "pattern": r"^\s*(\d+(\.\d*)?|\.\d+)\s*(us|ms|s)?\s*$"},
    ]
}
Name = Annotated[
    str, PlainValidator(lab_name), schema(type="string", pattern=NAME_PATTERN, maxLength=NAME_LONGEST)
]
InterfaceName = Annotated[
    str, PlainValidator(interface_name), schema(type="string", minLength=1, maxLength=INTERFACE_LONGEST)
]
Port = Annotated[PortName, PlainValidator(port_name), schema(type="string", pattern=PORT_PATTERN)]
LocalPort = Annotated[str, BeforeValidator(plain_text), Field(pattern=LOCAL_PORT_PATTERN)]
ConnectedSlots = Annotated[E1Slots, PlainValidator(slots_connected), schema(type="string")]
ConnectedEnd = Annotated[Container | E1Place, PlainValidator(connected_end), schema(type="string")]
Integer = Annotated[int, BeforeValidator(whole)]
Boolean = Annotated[bool, PlainValidator(boolean), schema(type="boolean")]
Address = Annotated[IPv4Interface | IPv6Interface, PlainValidator(address), schema(type="string")]


MEMBERS: list[dict[str, Any]] = [
    {"type": "integer", "minimum": 1, "maximum": MOST_GROUP},
    {"type": "string", "pattern": MEMBER_PATTERN},
    {
        "type": "array",
        "items": {
            "anyOf": [{"type": "string", "pattern": MEMBER_PATTERN}, {"type": "integer", "minimum": 1, "maximum": 99}]
        },
        "minItems": 1,
        "maxItems": MOST_GROUP,
        "uniqueItems": True,
    },
]
