"""The lab file's model: which keys there are, their types, defaults and ranges. What keys mean together is in
`resolve/`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field, PlainValidator, WithJsonSchema

from msapemu.ctl.config import CHANNELS, PDH_VIAS, WIDTHS, Adaptation, ChannelName, Rate, Via
from msapemu.ctl.e1 import TIMESLOTS
from msapemu.ctl.impairments import Alarm, Errors, Force, Impairment, Loss, Slip
from msapemu.lab.fields import (
    CONFIG,
    MEMBERS,
    MOST_GROUP,
    SOCKET_PATTERN,
    TIME,
    Address,
    Boolean,
    ConnectedEnd,
    ConnectedSlots,
    Integer,
    InterfaceName,
    LocalPort,
    Members,
    Name,
    Port,
    between,
    choice,
    container_ref,
    entries,
    host_address,
    listed,
    looped,
    members_of,
    number,
    number_schema,
    place_name,
    plain_text,
    port_name,
    schema,
    slots_wanted,
    socket_name,
    whole,
)
from msapemu.lab.impair_schema import entries_schema
from msapemu.lab.model_pdh import (
    DLCIS,
    ENCAPSULATIONS,
    LMIS,
    SIDES,
    E1End,
    Framing,
    HdlcUdp,
    SatopLink,
)
from msapemu.node.cards import CARDS, PDH_RATES, most_ports
from msapemu.node.e1_places import SLOTS_PATTERN
from msapemu.node.kinds import NODE_KINDS, ConverterClient, NodeKind
from msapemu.node.names import LOCAL_PORT_PATTERN, NAME_LONGEST, NAME_PATTERN, PORT_PATTERN, PortName
from msapemu.node.shelf import SLOTS

LONGEST_DELAY_US = 500_000
LARGEST_BER = 0.1
LARGEST_BURST = 10_000
LARGEST_SEED = (1 << 31) - 1
LARGEST_PPM = 200
SMALLEST_MTU, LARGEST_MTU = 68, 9600
TICKS_US = (250, 4000)
SILENCE_US = (1000, 10_000_000)
CLOCK_MODES = ("free", "line")
LOOP_KINDS = ("line", "equipment")
GFP_MODES = ("f", "t")
VIAS = ("vc12", "vc3", *WIDTHS, *PDH_VIAS)
ADAPTATIONS = ("gfp", "hdlc", "laps", "ppp")
CONVERTER_CLIENTS = ("eth", "v35")
DELAY_LIMIT_US = (0, 256_000)
HOLD_OFF_US = (0, 10_000_000)
WTR_US = (0, 720_000_000)
LCAS_STEP_US = 100_000  # of hold-off and wait-to-restore
CSF_INTERVAL_US = (100_000, 1_000_000)
LARGEST_CID = 255
MOST_VC4 = max(card.n for card in CARDS.values())


class _Part(BaseModel):
    model_config = CONFIG


class Slot(_Part):
    """A slot with its card."""

    card: Annotated[
        str,
        BeforeValidator(plain_text),
        Field(description="kind of card", json_schema_extra={"enum": list(CARDS)}),
    ]
    ports: Annotated[
        Integer | None,
        Field(
            description="how many ports the card has; by default "
            + ", ".join(f"{kind}: {card.default_ports}" for kind, card in CARDS.items())
        ),
        schema(type="integer", minimum=1, maximum=most_ports()),
    ] = None
    rate: Annotated[
        Rate | None,
        PlainValidator(choice(PDH_RATES, "rate of a PDH fibre")),
        Field(description="of a card pdh: e2 with 4 E1 (G.742), e3 with 16 (G.751), g832, e1, or fe; default e2"),
        schema(enum=list(PDH_RATES)),
    ] = None


class Clock(_Part):
    """Where a shelf takes its frame clock from."""

    mode: Annotated[
        Literal["free", "line"],
        PlainValidator(choice(CLOCK_MODES, "clock mode")),
        Field(
            description="free: the host's clock, ppm off; line: steered by what is received on `reference`"
        ),
        schema(enum=["free", "line"]),
    ]
    reference: Annotated[
        LocalPort | None,
        Field(description="line port (slot/port) of a line-timed shelf; default: nearest the free one"),
        schema(type="string", pattern=LOCAL_PORT_PATTERN),
    ] = None
    ppm: Annotated[
        float,
        BeforeValidator(number),
        Field(ge=-LARGEST_PPM, le=LARGEST_PPM, description="offset of a free clock, parts per million"),
        number_schema(-LARGEST_PPM, LARGEST_PPM),
    ] = 0.0
    tick: Annotated[
        int, between(*TICKS_US), Field(description="period of the data-plane loop"), WithJsonSchema(TIME)
    ] = 1000


class Connection(_Part):
    """What a shelf receives in a container, or an E1, and sends in another one."""

    both: Annotated[
        list[ConnectedEnd] | None,
        Field(min_length=2, max_length=2, description="two containers of lines, or E1s, connected both ways"),
        schema(type="array", items={"type": "string"}, minItems=2, maxItems=2),
    ] = None
    sink: Annotated[
        ConnectedEnd | None, Field(description="one way: what is sent, such as 1/2/au4.1/vc12.1.1.1")
    ] = None
    source: Annotated[ConnectedEnd | None, Field(description="one way: what is received")] = None


class TimeslotConnection(_Part):
    """Timeslots that a shelf receives in an E1 and sends in another one, or in the same."""

    both: Annotated[
        list[ConnectedSlots] | None,
        Field(min_length=2, max_length=2, description="timeslots of two E1s, connected both ways"),
        schema(type="array", items={"type": "string"}, minItems=2, maxItems=2),
    ] = None
    sink: Annotated[ConnectedSlots | None, Field(description="one way: what is sent, such as 1/1:1-4,6")] = None
    source: Annotated[ConnectedSlots | None, Field(description="one way: what is received")] = None


class Loopback(_Part):
    """A loopback from the start on; `msapemu loop` sets and takes away others."""

    object: Annotated[
        str,
        PlainValidator(looped),
        Field(description="line port, container or TUG-3 of the shelf, such as 1/1, 1/1/au4.1, 1/1/au4.1/tug3.2"),
        schema(type="string"),
    ]
    kind: Annotated[
        Literal["line", "equipment"],
        PlainValidator(choice(LOOP_KINDS, "kind of loopback")),
        Field(description="line: what is received is sent back; equipment (of a port): what is sent is received"),
        schema(enum=["line", "equipment"]),
    ]


class Node(_Part):
    """A shelf, or a small box at a customer's."""

    kind: Annotated[
        NodeKind,
        PlainValidator(choice(NODE_KINDS, "kind of node")),
        Field(description="all but a shelf have their cards by their kind"),
        schema(enum=list(NODE_KINDS)),
    ] = "shelf"
    slots: Annotated[
        dict[Integer, Slot] | None, Field(description=f"of a shelf: cards by slot number, 1..{SLOTS}")
    ] = None
    e1: Annotated[
        Integer | None,
        Field(description="of a pdh-terminal: how many E1 ports, 4 (its fibre is an E2) or 16 (an E3); default 4"),
        schema(enum=[4, 16]),
    ] = None
    ports: Annotated[
        Integer | None,
        Field(description="of a pdh-terminal: how many Ethernet ports; default 1"),
        schema(type="integer", minimum=1, maximum=CARDS["eop"].most_ports),
    ] = None
    client: Annotated[
        ConverterClient | None,
        PlainValidator(choice(CONVERTER_CLIENTS, "client of a converter")),
        Field(description="of a converter: what its port 2/1 is; default eth"),
        schema(enum=list(CONVERTER_CLIENTS)),
    ] = None
    clock: Clock | None = None
    framings: Annotated[
        dict[Annotated[str, PlainValidator(place_name)], Framing],
        Field(description="how E1s that end in the shelf are framed, by their places, such as 1/1 or 1/2/e1.3"),
    ] = {}
    connections: Annotated[
        list[Connection], Field(description="cross-connections besides those of the circuits that go through")
    ] = []
    timeslots: Annotated[
        list[TimeslotConnection], Field(description="cross-connections of timeslots between E1s that end in the shelf")
    ] = []
    loopbacks: list[Loopback] = []


class Direction(_Part):
    """What a link does to the signal in a direction."""

    delay: Annotated[int, between(0, LONGEST_DELAY_US), Field(description="one-way delay"), WithJsonSchema(TIME)] = 0
    ber: Annotated[
        float,
        BeforeValidator(number),
        Field(ge=0, le=LARGEST_BER, description="bit error ratio of the line"),
        number_schema(0, LARGEST_BER),
    ] = 0.0
    burst: Annotated[
        Integer,
        Field(ge=1, le=LARGEST_BURST, description="bits in a row that each of its errors hits"),
        schema(type="integer", minimum=1, maximum=LARGEST_BURST),
    ] = 1
    seed: Annotated[
        Integer,
        Field(ge=0, le=LARGEST_SEED, description="of the errors"),
        schema(type="integer", minimum=0, maximum=LARGEST_SEED),
    ] = 1
    cut: Annotated[Boolean, Field(description="no signal comes through")] = False
    ppm: Annotated[
        float,
        BeforeValidator(number),
        Field(ge=-LARGEST_PPM, le=LARGEST_PPM, description="frames slip as a frequency offset makes them"),
        number_schema(-LARGEST_PPM, LARGEST_PPM),
    ] = 0.0
    errors: Annotated[
        list[Errors],
        entries("errors"),
        Field(description="errors at a layer or in an octet, such as b3:1e-6"),
        WithJsonSchema(entries_schema("errors")),
    ] = []
    force: Annotated[
        list[Force],
        entries("force"),
        Field(description="forced overhead octets, such as S1=0x0f"),
        WithJsonSchema(entries_schema("force")),
    ] = []
    alarms: Annotated[
        list[Alarm],
        entries("alarms"),
        Field(description="alarms by name, such as MS-AIS"),
        WithJsonSchema(entries_schema("alarms")),
    ] = []
    slip: Annotated[
        list[Slip],
        entries("slip"),
        Field(description="frames that come twice, or (negative) not at all"),
        WithJsonSchema(entries_schema("slip")),
    ] = []
    lose: Annotated[
        list[Loss],
        entries("lose"),
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
        between(*SILENCE_US),
        Field(description="LOS is declared when nothing is received for so long"),
        WithJsonSchema(TIME),
    ] = 250_000
    satop: Annotated[SatopLink | None, Field(description="of an E1: SAToP between the shelves")] = None


class Client(_Part):
    """What is attached to a client port: of Ethernet, E1 or V.35."""

    port: Annotated[Port, Field(description='a client port, such as "co:2/1"')]
    tap: Annotated[InterfaceName | None, Field(description="name of the TAP interface to make")] = None
    netns: Annotated[Name | None, Field(description="named network namespace; made when there is none")] = (
        None
    )
    container: Annotated[
        str | int | None,
        PlainValidator(container_ref),
        Field(description="name of a docker or podman container, or the number of a process"),
        schema(anyOf=[{"type": "string"}, {"type": "integer", "minimum": 1}]),
    ] = None
    interface: Annotated[
        InterfaceName | None, Field(description="existing interface whose frames cross instead of a TAP's")
    ] = None
    address: Annotated[
        list[Address],
        BeforeValidator(listed),
        Field(description="addresses of the TAP, such as 10.0.0.1/24"),
        schema(anyOf=[{"type": "string"}, {"type": "array", "items": {"type": "string"}}]),
    ] = []
    mtu: Annotated[
        Integer,
        Field(ge=SMALLEST_MTU, le=LARGEST_MTU, description="of the TAP"),
        schema(type="integer", minimum=SMALLEST_MTU, maximum=LARGEST_MTU),
    ] = 1500
    e1: Annotated[E1End | None, Field(description="of an E1 port: what is plugged in")] = None
    tun: Annotated[InterfaceName | None, Field(description="of a V.35 port: name of the TUN interface to make")] = None
    encapsulation: Annotated[
        Literal["ppp", "chdlc", "fr"],
        PlainValidator(choice(ENCAPSULATIONS, "encapsulation")),
        Field(description="with tun: PPP, Cisco HDLC, or Frame Relay"),
        schema(enum=list(ENCAPSULATIONS)),
    ] = "ppp"
    fcs: Annotated[Literal[16, 32], BeforeValidator(whole), Field(description="with tun: bits of the HDLC FCS")] = 16
    remote: Annotated[
        str | None, PlainValidator(host_address), Field(description="with ppp: address for the far end")
    ] = None
    lmi: Annotated[
        Literal["ansi", "q933a", "none"],
        PlainValidator(choice(LMIS, "local management")),
        Field(description="with fr: local management"),
        schema(enum=list(LMIS)),
    ] = "ansi"
    side: Annotated[
        Literal["user", "network"],
        PlainValidator(choice(SIDES, "side of the local management")),
        Field(description="with fr: side of the local management"),
        schema(enum=list(SIDES)),
    ] = "user"
    dlci: Annotated[
        Integer,
        Field(ge=DLCIS[0], le=DLCIS[1], description="with fr: the packets go on it"),
        schema(type="integer", minimum=DLCIS[0], maximum=DLCIS[1]),
    ] = 100
    pvcs: Annotated[
        list[Annotated[Integer, Field(ge=DLCIS[0], le=DLCIS[1])]],
        Field(description="with fr, side network: DLCIs that the local management tells of beside it"),
    ] = []
    socket: Annotated[
        str | None,
        PlainValidator(socket_name),
        Field(description="of a V.35 port: Unix socket for the octets as they are: a path, or a name"),
        schema(type="string", pattern=SOCKET_PATTERN),
    ] = None
    pty: Annotated[
        str | None,
        PlainValidator(socket_name),
        Field(description="of a V.35 port: symbolic link to a pseudo-terminal: a path, or a name"),
        schema(type="string", pattern=SOCKET_PATTERN),
    ] = None
    hdlc_udp: Annotated[HdlcUdp | None, Field(description="of a V.35 port: HDLC frames over UDP")] = None


class Channel(_Part):
    """Overhead octets of a line port for a user."""

    line: Annotated[Port, Field(description='a line port, such as "co:1/1"')]
    channel: Annotated[
        ChannelName,
        PlainValidator(choice(CHANNELS, "channel")),
        Field(description="D1-D3, D4-D12, E1, E2, F1 of the line; F2, F3 of a VC-4"),
        schema(enum=list(CHANNELS)),
    ]
    vc4: Annotated[
        Integer | None,
        Field(ge=1, le=MOST_VC4, description="with f2 and f3: number of the VC-4 of the line; default 1"),
        schema(type="integer", minimum=1, maximum=MOST_VC4),
    ] = None
    tun: Annotated[
        InterfaceName | None, Field(description="with dcc-r and dcc-m: name of the TUN interface to make")
    ] = None
    netns: Annotated[
        Name | None, Field(description="named network namespace of the TUN; made when there is none")
    ] = None
    address: Annotated[
        list[Address],
        BeforeValidator(listed),
        Field(description="addresses of the TUN, such as 192.0.2.1/30"),
        schema(anyOf=[{"type": "string"}, {"type": "array", "items": {"type": "string"}}]),
    ] = []
    socket: Annotated[
        str | None,
        PlainValidator(socket_name),
        Field(description="Unix socket for the octets as they are: a path, or a name in the shelf's folder"),
        schema(type="string", pattern=SOCKET_PATTERN),
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
        schema(type="integer", minimum=0, maximum=LARGEST_CID),
    ]
    a: Annotated[Port, Field(description="client port at one end")]
    z: Annotated[Port, Field(description="and at the other one")]


class Circuit(_Part):
    """Ethernet, an E1 or V.35 between client ports over the lines between their shelves."""

    name: Name
    a: Annotated[
        PortName | None,
        PlainValidator(port_name),
        Field(description="one client port"),
        schema(type="string", pattern=PORT_PATTERN),
    ] = None
    z: Annotated[
        PortName | None,
        PlainValidator(port_name),
        Field(description="the other one, at another shelf"),
        schema(type="string", pattern=PORT_PATTERN),
    ] = None
    channels: Annotated[
        list[CircuitChannel], Field(description="in place of a and z: several pairs of client ports, by CID")
    ] = []
    via: Annotated[
        Via | None,
        PlainValidator(choice(VIAS, "container that carries a circuit")),
        Field(
            description="of Ethernet: virtually concatenated VC-12 or VC-3, a whole VC-4, contiguous ones, E1s, E3s of "
            "G.832, timeslots, or a fibre of Ethernet; of an E1 or V.35: vc12 over STM-N only, e1 over PDH only"
        ),
        schema(enum=list(VIAS)),
    ] = None
    timeslots: Annotated[
        int | tuple[int, ...] | None,
        PlainValidator(slots_wanted),
        Field(description="of V.35, and via n64: how many (the first that are free), or which, such as 1-4,6"),
        schema(
            anyOf=[
                {"type": "integer", "minimum": TIMESLOTS[0], "maximum": TIMESLOTS[-1]},
                {"type": "string", "pattern": SLOTS_PATTERN},
            ]
        ),
    ] = None
    groom: Annotated[
        list[Name],
        BeforeValidator(listed),
        Field(description="of timeslots: shelves on the way at which their E1s end, and timeslots are cross-connected"),
        schema(
            anyOf=[
                {"type": "string", "pattern": NAME_PATTERN},
                {"type": "array", "items": {"type": "string", "pattern": NAME_PATTERN}},
            ]
        ),
    ] = []
    adaptation: Annotated[
        Adaptation,
        PlainValidator(choice(ADAPTATIONS, "adaptation")),
        Field(description="of Ethernet in PDH: GFP, or bridged HDLC, LAPS or PPP"),
        schema(enum=list(ADAPTATIONS)),
    ] = "gfp"
    vcat: Annotated[
        Boolean, Field(description="of one E1: with the octet of virtual concatenation (G.7043)")
    ] = True
    vc4: Annotated[
        Integer | None,
        Field(ge=1, le=MOST_VC4, description="number of the VC-4 of the line; default: the first that is free"),
        schema(type="integer", minimum=1, maximum=MOST_VC4),
    ] = None
    members: Annotated[
        Members | None,
        PlainValidator(members_of),
        Field(description="of a group: how many (the first that are free), or which, in order; or that by port"),
        schema(
            anyOf=[
                *MEMBERS,
                {
                    "type": "object",
                    "propertyNames": {"pattern": PORT_PATTERN},
                    "additionalProperties": {"anyOf": MEMBERS},
                    "minProperties": 1,
                },
            ]
        ),
    ] = None
    delay_limit: Annotated[
        int,
        between(*DELAY_LIMIT_US),
        Field(description="how much later than another one a member may come"),
        WithJsonSchema(TIME),
    ] = 64_000
    lcas: Annotated[Boolean, Field(description="LCAS: members come and go without a hit, and leave when they fail")] = (
        False
    )
    hold_off: Annotated[
        int,
        between(*HOLD_OFF_US, LCAS_STEP_US),
        Field(description="with lcas: a member that fails leaves after so long"),
        WithJsonSchema(TIME),
    ] = 0
    wtr: Annotated[
        int,
        between(*WTR_US, LCAS_STEP_US),
        Field(description="with lcas: and comes back when it has been good for so long"),
        WithJsonSchema(TIME),
    ] = 0
    minimum: Annotated[
        Integer,
        Field(ge=0, le=MOST_GROUP, description="with lcas: fewer members than these are an alarm"),
        schema(type="integer", minimum=0, maximum=MOST_GROUP),
    ] = 0
    mst_of_next: Annotated[
        Boolean, Field(description="with lcas, for far ends that differ: member status by the MFI that ends a packet")
    ] = False
    path: Annotated[
        list[Name] | None,
        Field(min_length=2, description="the shelves it goes through, with both ends; default: the fewest links"),
        schema(type="array", items={"type": "string", "pattern": NAME_PATTERN}, minItems=2),
    ] = None
    line: Annotated[
        list[Port],
        BeforeValidator(listed),
        Field(description="either end of a link to use, where several join two shelves; several of them as a list"),
        schema(
            anyOf=[
                {"type": "string", "pattern": PORT_PATTERN},
                {"type": "array", "items": {"type": "string", "pattern": PORT_PATTERN}},
            ]
        ),
    ] = []
    gfp: Annotated[
        Literal["f", "t"],
        PlainValidator(choice(GFP_MODES, "GFP mode")),
        Field(description="GFP frame-mapped, or transparent (the octets of a Gigabit Ethernet)"),
        schema(enum=["f", "t"]),
    ] = "f"
    payload_fcs: Annotated[Boolean, Field(description="GFP payload FCS")] = False
    fcs_reversed: Annotated[Boolean, Field(description="with payload_fcs: each octet of it last bit first")] = False
    fcs_inverted: Annotated[Boolean, Field(description="with payload_fcs: it is not complemented")] = False
    csf_interval: Annotated[
        int,
        between(*CSF_INTERVAL_US, 1000),
        Field(description="how often a client that is not there is told to the far end"),
        WithJsonSchema(TIME),
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
