"""The lab file's model: which keys there are, their types, defaults and ranges. What keys mean together is in
`resolve/`."""

from __future__ import annotations

import re
from ipaddress import IPv4Interface, IPv6Interface, ip_interface
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema

from msapemu.ctl.config import CHANNELS, MOST_MEMBERS, WIDTHS, ChannelName
from msapemu.ctl.impair_text import read
from msapemu.ctl.impairments import Alarm, Errors, Force, Impairment, Loss, Slip
from msapemu.ctl.objects import Container, parse_container, parse_object
from msapemu.lab.impair_schema import entries_schema
from msapemu.lab.units import microseconds
from msapemu.node.cards import CARDS, most_ports
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
from msapemu.node.shelf import SLOTS

LONGEST_DELAY_US = 500_000
LARGEST_BER = 0.1
LARGEST_BURST = 10_000
LARGEST_SEED = (1 << 31) - 1
LARGEST_PPM = 200
SMALLEST_MTU, LARGEST_MTU = 68, 9600
LARGEST_PID = 1 << 22
TICKS_US = (250, 4000)
SILENCE_US = (1000, 10_000_000)


SOCKET_PATTERN = r"^(/.*|[a-zA-Z0-9][a-zA-Z0-9_.-]{0,31})$"
VIAS = ("vc12", "vc3", *WIDTHS)
MOST_GROUP = max(MOST_MEMBERS.values())
DELAY_LIMIT_US = (0, 256_000)
HOLD_OFF_US = (0, 10_000_000)
WTR_US = (0, 720_000_000)
LCAS_STEP_US = 100_000  # of hold-off and wait-to-restore
CSF_INTERVAL_US = (100_000, 1_000_000)
LARGEST_CID = 255

Members = int | tuple[str, ...] | dict[PortName, int | tuple[str, ...]]
MOST_VC4 = max(card.n for card in CARDS.values())


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(
            f"must be text, not {value!r} (put it in quotes)" if value is not None else "is empty"
        )
    return value


def _name(value: object) -> str:
    text = _text(value)
    if fault := name_fault(text):
        raise ValueError(fault)
    return text


def _interface(value: object) -> str:
    text = _text(value)
    if fault := interface_fault(text):
        raise ValueError(fault)
    return text


def _port(value: object) -> PortName:
    return PortName.parse(_text(value))


def _container(value: object) -> str | int:
    if isinstance(value, int) and not isinstance(value, bool):
        if not 1 <= value <= LARGEST_PID:
            raise ValueError(f"{value} is no process number")
        return value
    text = _text(value)
    if text.isdecimal():
        return _container(int(text))
    if not text or text.startswith("-") or not text.isprintable() or " " in text:
        raise ValueError(f"{text!r} is no container name")
    return text


def _address(value: object) -> IPv4Interface | IPv6Interface:
    text = _text(value)
    if not text.partition("/")[2].isdecimal():
        raise ValueError(f"{text!r} is no address with a prefix length (such as 10.0.0.1/24)")
    try:
        return ip_interface(text)
    except ValueError:
        raise ValueError(f"{text!r} is no address with a prefix length (such as 10.0.0.1/24)") from None


def _listed(value: object) -> object:
    return value if isinstance(value, list) else [value]


def _integer(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"must be a whole number, not {value!r}")
    return value


def _number(value: object) -> float:
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError
        return float(value)  # YAML 1.1 reads 1e-6 as text
    except ValueError:
        raise ValueError(f"must be a number, not {value!r}") from None


def _members(value: object) -> Members:
    if isinstance(value, dict):
        if not value:
            raise ValueError("is empty: ports of one end, each with its members")
        return {_port(port): _some_members(members) for port, members in value.items()}
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


def _between(low: int, high: int, step: int = 1) -> Any:
    def check(value: object) -> int:
        result = microseconds(value)
        if not low <= result <= high:
            raise ValueError(f"{result} us is out of range ({low}..{high} us)")
        if result % step:
            raise ValueError(f"{result} us is no multiple of {step} us")
        return result

    return PlainValidator(check)


def _entries(what: str) -> Any:
    def check(value: object) -> list[object]:
        entries: list[object] = []
        for number, one in enumerate(value if isinstance(value, list) else [value], 1):
            try:
                entries.append(read(what, one))
            except ValueError as error:
                raise ValueError(f"entry {number}: {error}" if isinstance(value, list) else str(error)) from None
        return entries

    return PlainValidator(check)


def _gfp(value: object) -> str:
    if value not in ("f", "t"):
        raise ValueError(f"{value!r} is no GFP mode (f or t)")
    return str(value)


def _via(value: object) -> str:
    if value not in VIAS:
        raise ValueError(f"{value!r} is no container that carries a circuit ({', '.join(VIAS)})")
    return str(value)


def _channel(value: object) -> str:
    if value not in CHANNELS:
        raise ValueError(f"{value!r} is no channel ({', '.join(CHANNELS)})")
    return str(value)


def _socket(value: object) -> str:
    text = _text(value)
    if "\0" in text or not (text.startswith("/") or re.fullmatch(SOCKET_PATTERN, text)):
        raise ValueError(f"{text!r} is neither an absolute path nor a name for a socket in the shelf's folder")
    return text


def _container_name(value: object) -> Container:
    return parse_container(_text(value))


def _looped(value: object) -> str:
    text = _text(value)
    parse_object(text)
    return text


def _loop_kind(value: object) -> str:
    if value not in ("line", "equipment"):
        raise ValueError(f"{value!r} is no kind of loopback (line or equipment)")
    return str(value)


def _mode(value: object) -> str:
    if value not in ("free", "line"):
        raise ValueError(f"{value!r} is no clock mode (free or line)")
    return str(value)


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {value!r}")
    return value


def _schema(**schema: Any) -> WithJsonSchema:
    return WithJsonSchema(schema)


def _number_schema(low: float, high: float) -> WithJsonSchema:
    # text too: YAML 1.1 reads 1e-6 as text
    return _schema(
        anyOf=[
            {"type": "number", "minimum": low, "maximum": high},
            {"type": "string", "pattern": "^[-+.eE0-9]+$"},
        ]
    )


_TIME: dict[str, Any] = {
    "anyOf": [
        {"type": "number", "minimum": 0},
        {"type": "string", "pattern": r"^\s*(\d+(\.\d*)?|\.\d+)\s*(us|ms|s)?\s*$"},
    ]
}
Name = Annotated[
    str, PlainValidator(_name), _schema(type="string", pattern=NAME_PATTERN, maxLength=NAME_LONGEST)
]
InterfaceName = Annotated[
    str, PlainValidator(_interface), _schema(type="string", minLength=1, maxLength=INTERFACE_LONGEST)
]
Port = Annotated[PortName, PlainValidator(_port), _schema(type="string", pattern=PORT_PATTERN)]
LocalPort = Annotated[str, BeforeValidator(_text), Field(pattern=LOCAL_PORT_PATTERN)]
ContainerName = Annotated[Container, PlainValidator(_container_name), _schema(type="string")]
Integer = Annotated[int, BeforeValidator(_integer)]
Boolean = Annotated[bool, PlainValidator(_boolean), _schema(type="boolean")]
Address = Annotated[IPv4Interface | IPv6Interface, PlainValidator(_address), _schema(type="string")]


_MEMBERS: list[dict[str, Any]] = [
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


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Slot(_Part):
    """A slot with its card."""

    card: Annotated[
        str,
        BeforeValidator(_text),
        Field(description="kind of card", json_schema_extra={"enum": list(CARDS)}),
    ]
    ports: Annotated[
        Integer | None,
        Field(
            description="how many ports the card has; by default "
            + ", ".join(f"{kind}: {card.default_ports}" for kind, card in CARDS.items())
        ),
        _schema(type="integer", minimum=1, maximum=most_ports()),
    ] = None


class Clock(_Part):
    """Where a shelf takes its frame clock from."""

    mode: Annotated[
        Literal["free", "line"],
        PlainValidator(_mode),
        Field(
            description="free: the host's clock, ppm off; line: steered by what is received on `reference`"
        ),
        _schema(enum=["free", "line"]),
    ]
    reference: Annotated[
        LocalPort | None,
        Field(description="line port (slot/port) of a line-timed shelf; default: nearest the free one"),
        _schema(type="string", pattern=LOCAL_PORT_PATTERN),
    ] = None
    ppm: Annotated[
        float,
        BeforeValidator(_number),
        Field(ge=-LARGEST_PPM, le=LARGEST_PPM, description="offset of a free clock, parts per million"),
        _number_schema(-LARGEST_PPM, LARGEST_PPM),
    ] = 0.0
    tick: Annotated[
        int, _between(*TICKS_US), Field(description="period of the data-plane loop"), WithJsonSchema(_TIME)
    ] = 1000


class Connection(_Part):
    """What a shelf receives in a container and sends in another one."""

    both: Annotated[
        list[ContainerName] | None,
        Field(min_length=2, max_length=2, description="two containers of lines, connected both ways"),
        _schema(type="array", items={"type": "string"}, minItems=2, maxItems=2),
    ] = None
    sink: Annotated[
        ContainerName | None, Field(description="one way: what is sent, such as 1/2/au4.1/vc12.1.1.1")
    ] = None
    source: Annotated[ContainerName | None, Field(description="one way: what is received")] = None


class Loopback(_Part):
    """A loopback from the start on; `msapemu loop` sets and takes away others."""

    object: Annotated[
        str,
        PlainValidator(_looped),
        Field(description="line port, container or TUG-3 of the shelf, such as 1/1, 1/1/au4.1, 1/1/au4.1/tug3.2"),
        _schema(type="string"),
    ]
    kind: Annotated[
        Literal["line", "equipment"],
        PlainValidator(_loop_kind),
        Field(description="line: what is received is sent back; equipment (of a port): what is sent is received"),
        _schema(enum=["line", "equipment"]),
    ]


class Node(_Part):
    """A shelf."""

    slots: Annotated[dict[Integer, Slot], Field(description=f"cards by slot number, 1..{SLOTS}")]
    clock: Clock | None = None
    connections: Annotated[
        list[Connection], Field(description="cross-connections besides those of the circuits that go through")
    ] = []
    loopbacks: list[Loopback] = []


class Direction(_Part):
    """What a link does to the signal in a direction."""

    delay: Annotated[int, _between(0, LONGEST_DELAY_US), Field(description="one-way delay"), WithJsonSchema(_TIME)] = 0
    ber: Annotated[
        float,
        BeforeValidator(_number),
        Field(ge=0, le=LARGEST_BER, description="bit error ratio of the line"),
        _number_schema(0, LARGEST_BER),
    ] = 0.0
    burst: Annotated[
        Integer,
        Field(ge=1, le=LARGEST_BURST, description="bits in a row that each of its errors hits"),
        _schema(type="integer", minimum=1, maximum=LARGEST_BURST),
    ] = 1
    seed: Annotated[
        Integer,
        Field(ge=0, le=LARGEST_SEED, description="of the errors"),
        _schema(type="integer", minimum=0, maximum=LARGEST_SEED),
    ] = 1
    cut: Annotated[Boolean, Field(description="no signal comes through")] = False
    ppm: Annotated[
        float,
        BeforeValidator(_number),
        Field(ge=-LARGEST_PPM, le=LARGEST_PPM, description="frames slip as a frequency offset makes them"),
        _number_schema(-LARGEST_PPM, LARGEST_PPM),
    ] = 0.0
    errors: Annotated[
        list[Errors],
        _entries("errors"),
        Field(description="errors at a layer or in an octet, such as b3:1e-6"),
        WithJsonSchema(entries_schema("errors")),
    ] = []
    force: Annotated[
        list[Force],
        _entries("force"),
        Field(description="forced overhead octets, such as S1=0x0f"),
        WithJsonSchema(entries_schema("force")),
    ] = []
    alarms: Annotated[
        list[Alarm],
        _entries("alarms"),
        Field(description="alarms by name, such as MS-AIS"),
        WithJsonSchema(entries_schema("alarms")),
    ] = []
    slip: Annotated[
        list[Slip],
        _entries("slip"),
        Field(description="frames that come twice, or (negative) not at all"),
        WithJsonSchema(entries_schema("slip")),
    ] = []
    lose: Annotated[
        list[Loss],
        _entries("lose"),
        Field(description="octets of a frame that are lost"),
        WithJsonSchema(entries_schema("lose")),
    ] = []


class Impair(Direction):
    """What a link does to the signal, in both directions but for what `there` and `back` say."""

    there: Annotated[
        Direction | None, Field(description="from the first endpoint to the second: these keys instead")
    ] = None
    back: Annotated[
        Direction | None, Field(description="from the second endpoint to the first: these keys instead")
    ] = None

    def towards(self, second: bool) -> Impairment:
        """Of the direction to the second or to the first endpoint; each has errors of its own."""
        own = self.there if second else self.back
        keys = {
            name: getattr(own if own is not None and name in own.model_fields_set else self, name)
            for name in Direction.model_fields
        }
        keys = {name: tuple(value) if isinstance(value, list) else value for name, value in keys.items()}
        return Impairment(delay_us=keys.pop("delay"), seed=2 * keys.pop("seed") + second, **keys)


class Link(_Part):
    """A fibre pair between two line ports of one rate."""

    endpoints: Annotated[
        list[Port], Field(min_length=2, max_length=2, description='the two line ports, such as "co:1/1"')
    ]
    impair: Impair = Impair()
    silence_limit: Annotated[
        int,
        _between(*SILENCE_US),
        Field(description="LOS is declared when nothing is received for so long"),
        WithJsonSchema(_TIME),
    ] = 250_000


class Client(_Part):
    """What is attached to an Ethernet port."""

    port: Annotated[Port, Field(description='an Ethernet port, such as "co:2/1"')]
    tap: Annotated[InterfaceName | None, Field(description="name of the TAP interface to make")] = None
    netns: Annotated[Name | None, Field(description="named network namespace; made when there is none")] = (
        None
    )
    container: Annotated[
        str | int | None,
        PlainValidator(_container),
        Field(description="name of a docker or podman container, or the number of a process"),
        _schema(anyOf=[{"type": "string"}, {"type": "integer", "minimum": 1}]),
    ] = None
    interface: Annotated[
        InterfaceName | None, Field(description="existing interface whose frames cross instead of a TAP's")
    ] = None
    address: Annotated[
        list[Address],
        BeforeValidator(_listed),
        Field(description="addresses of the TAP, such as 10.0.0.1/24"),
        _schema(anyOf=[{"type": "string"}, {"type": "array", "items": {"type": "string"}}]),
    ] = []
    mtu: Annotated[
        Integer,
        Field(ge=SMALLEST_MTU, le=LARGEST_MTU, description="of the TAP"),
        _schema(type="integer", minimum=SMALLEST_MTU, maximum=LARGEST_MTU),
    ] = 1500


class Channel(_Part):
    """Overhead octets of a line port for a user."""

    line: Annotated[Port, Field(description='a line port, such as "co:1/1"')]
    channel: Annotated[
        ChannelName,
        PlainValidator(_channel),
        Field(description="D1-D3, D4-D12, E1, E2, F1 of the line; F2, F3 of a VC-4"),
        _schema(enum=list(CHANNELS)),
    ]
    vc4: Annotated[
        Integer | None,
        Field(ge=1, le=MOST_VC4, description="with f2 and f3: number of the VC-4 of the line; default 1"),
        _schema(type="integer", minimum=1, maximum=MOST_VC4),
    ] = None
    tun: Annotated[
        InterfaceName | None, Field(description="with dcc-r and dcc-m: name of the TUN interface to make")
    ] = None
    netns: Annotated[
        Name | None, Field(description="named network namespace of the TUN; made when there is none")
    ] = None
    address: Annotated[
        list[Address],
        BeforeValidator(_listed),
        Field(description="addresses of the TUN, such as 192.0.2.1/30"),
        _schema(anyOf=[{"type": "string"}, {"type": "array", "items": {"type": "string"}}]),
    ] = []
    socket: Annotated[
        str | None,
        PlainValidator(_socket),
        Field(description="Unix socket for the octets as they are: a path, or a name in the shelf's folder"),
        _schema(type="string", pattern=SOCKET_PATTERN),
    ] = None


class Topology(_Part):
    """Shelves, fibres, and what is attached to them."""

    nodes: Annotated[
        dict[Name, Node],
        Field(
            min_length=1,
            description="shelves by name",
            json_schema_extra={"propertyNames": {"pattern": NAME_PATTERN, "maxLength": NAME_LONGEST}},
        ),
    ]
    links: list[Link] = []
    clients: list[Client] = []
    channels: list[Channel] = []


class CircuitChannel(_Part):
    """Two of the client ports that share a circuit."""

    cid: Annotated[
        Integer,
        Field(ge=0, le=LARGEST_CID, description="channel identifier in the GFP linear extension header"),
        _schema(type="integer", minimum=0, maximum=LARGEST_CID),
    ]
    a: Annotated[Port, Field(description="client port at one end")]
    z: Annotated[Port, Field(description="and at the other one")]


class Circuit(_Part):
    """Ethernet between client ports over the lines between their shelves."""

    name: Name
    a: Annotated[
        PortName | None,
        PlainValidator(_port),
        Field(description="one client port"),
        _schema(type="string", pattern=PORT_PATTERN),
    ] = None
    z: Annotated[
        PortName | None,
        PlainValidator(_port),
        Field(description="the other one, at another shelf"),
        _schema(type="string", pattern=PORT_PATTERN),
    ] = None
    channels: Annotated[
        list[CircuitChannel], Field(description="in place of a and z: several pairs of client ports, by CID")
    ] = []
    via: Annotated[
        Literal["vc12", "vc3", "vc4", "vc4-4c", "vc4-16c"],
        PlainValidator(_via),
        Field(description="virtually concatenated VC-12 or VC-3, a whole VC-4, or contiguous ones"),
        _schema(enum=list(VIAS)),
    ]
    vc4: Annotated[
        Integer | None,
        Field(ge=1, le=MOST_VC4, description="number of the VC-4 of the line; default: the first that is free"),
        _schema(type="integer", minimum=1, maximum=MOST_VC4),
    ] = None
    members: Annotated[
        Members | None,
        PlainValidator(_members),
        Field(description="of a group: how many (the first that are free), or which, in order; or that by port"),
        _schema(
            anyOf=[
                *_MEMBERS,
                {
                    "type": "object",
                    "propertyNames": {"pattern": PORT_PATTERN},
                    "additionalProperties": {"anyOf": _MEMBERS},
                    "minProperties": 1,
                },
            ]
        ),
    ] = None
    delay_limit: Annotated[
        int,
        _between(*DELAY_LIMIT_US),
        Field(description="how much later than another one a member may come"),
        WithJsonSchema(_TIME),
    ] = 64_000
    lcas: Annotated[Boolean, Field(description="LCAS: members come and go without a hit, and leave when they fail")] = (
        False
    )
    hold_off: Annotated[
        int,
        _between(*HOLD_OFF_US, LCAS_STEP_US),
        Field(description="with lcas: a member that fails leaves after so long"),
        WithJsonSchema(_TIME),
    ] = 0
    wtr: Annotated[
        int,
        _between(*WTR_US, LCAS_STEP_US),
        Field(description="with lcas: and comes back when it has been good for so long"),
        WithJsonSchema(_TIME),
    ] = 0
    minimum: Annotated[
        Integer,
        Field(ge=0, le=MOST_GROUP, description="with lcas: fewer members than these are an alarm"),
        _schema(type="integer", minimum=0, maximum=MOST_GROUP),
    ] = 0
    mst_of_next: Annotated[
        Boolean, Field(description="with lcas, for far ends that differ: member status by the MFI that ends a packet")
    ] = False
    path: Annotated[
        list[Name] | None,
        Field(min_length=2, description="the shelves it goes through, with both ends; default: the fewest links"),
        _schema(type="array", items={"type": "string", "pattern": NAME_PATTERN}, minItems=2),
    ] = None
    line: Annotated[
        list[Port],
        BeforeValidator(_listed),
        Field(description="either end of a link to use, where several join two shelves; several of them as a list"),
        _schema(
            anyOf=[
                {"type": "string", "pattern": PORT_PATTERN},
                {"type": "array", "items": {"type": "string", "pattern": PORT_PATTERN}},
            ]
        ),
    ] = []
    gfp: Annotated[
        Literal["f", "t"],
        PlainValidator(_gfp),
        Field(description="GFP frame-mapped, or transparent (the octets of a Gigabit Ethernet)"),
        _schema(enum=["f", "t"]),
    ] = "f"
    payload_fcs: Annotated[Boolean, Field(description="GFP payload FCS")] = False
    fcs_reversed: Annotated[Boolean, Field(description="with payload_fcs: each octet of it last bit first")] = False
    fcs_inverted: Annotated[Boolean, Field(description="with payload_fcs: it is not complemented")] = False
    csf_interval: Annotated[
        int,
        _between(*CSF_INTERVAL_US, 1000),
        Field(description="how often a client that is not there is told to the far end"),
        WithJsonSchema(_TIME),
    ] = 100_000
    scramble: Annotated[Boolean, Field(description="x^43+1 scrambling of the GFP payload")] = True
    fault_propagation: Annotated[
        Boolean, Field(description="a client that is down, or a path that fails, takes the other TAP's carrier away")
    ] = True


class Lab(_Part):
    """A lab file."""

    name: Annotated[Name, Field(description="of the lab")]
    topology: Topology
    circuits: list[Circuit] = []
