"""Keys of the lab file that are of E1, V.35 and PDH: what is plugged into the ports, and how E1s are framed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, PlainValidator, WithJsonSchema

from msapemu.lab.fields import (
    CONFIG,
    TIME,
    Boolean,
    Integer,
    between,
    choice,
    plain_text,
    schema,
    slots_named,
    socket_name,
    udp_address,
)
from msapemu.node.e1_places import SLOTS_PATTERN

FRAMINGS = ("unframed", "basic", "crc4")
ENCAPSULATIONS = ("ppp", "chdlc", "fr")
LMIS = ("ansi", "q933a", "none")
SIDES = ("user", "network")
SATOP_PAYLOAD = (32, 1024)
CESOP_FRAMES = (1, 64)
JITTER_US = (1000, 128_000)
DLCIS = (16, 1007)

UdpAddress = Annotated[str, PlainValidator(udp_address), schema(type="string", pattern=r"^.+:[0-9]{1,5}$")]
Jitter = Annotated[
    int, between(*JITTER_US), Field(description="how much the jitter buffer takes in"), WithJsonSchema(TIME)
]
Payload = Annotated[
    Integer,
    Field(ge=SATOP_PAYLOAD[0], le=SATOP_PAYLOAD[1], description="octets of E1 a packet"),
    schema(type="integer", minimum=SATOP_PAYLOAD[0], maximum=SATOP_PAYLOAD[1]),
]
Rtp = Annotated[Boolean, Field(description="RTP header")]
Timeslots = Annotated[
    str, BeforeValidator(plain_text), AfterValidator(slots_named), schema(type="string", pattern=SLOTS_PATTERN)
]
FileName = Annotated[str, BeforeValidator(plain_text)]


class _Part(BaseModel):
    model_config = CONFIG


class SatopLink(_Part):
    """An E1 link whose transport is SAToP (RFC 4553)."""

    payload: Payload = 256
    rtp: Rtp = False
    jitter: Jitter = 4000


class Satop(SatopLink):
    """An E1 to a gateway over UDP as SAToP (RFC 4553)."""

    local: Annotated[UdpAddress, Field(description="ADDRESS:PORT to receive at")]
    peer: Annotated[UdpAddress, Field(description="ADDRESS:PORT of the gateway")]


class Cesop(_Part):
    """Timeslots of an E1 to a gateway over UDP as CESoPSN (RFC 5086)."""

    local: Annotated[UdpAddress, Field(description="ADDRESS:PORT to receive at")]
    peer: Annotated[UdpAddress, Field(description="ADDRESS:PORT of the gateway")]
    frames: Annotated[
        Integer,
        Field(ge=CESOP_FRAMES[0], le=CESOP_FRAMES[1], description="frames a packet"),
        schema(type="integer", minimum=CESOP_FRAMES[0], maximum=CESOP_FRAMES[1]),
    ] = 8
    timeslots: Annotated[Timeslots, Field(description="which, such as 1-15,17")] = "1-31"
    rtp: Rtp = False
    jitter: Jitter = 4000
    cas: Annotated[Boolean, Field(description="signalling of the timeslots too")] = False


class E1End(_Part):
    """What is plugged into an E1 client port: one of these."""

    socket: Annotated[
        str | None,
        PlainValidator(socket_name),
        Field(description="Unix socket for the bits as they are: a path, or a name in the shelf's folder"),
        schema(type="string"),
    ] = None
    read: Annotated[FileName | None, Field(description="a file that the E1 comes from"), schema(type="string")] = None
    write: Annotated[FileName | None, Field(description="a file that it goes to"), schema(type="string")] = None
    satop: Satop | None = None
    cesop: Cesop | None = None


class HdlcUdp(_Part):
    """HDLC frames over UDP, as router emulators have them on serial links."""

    local: Annotated[UdpAddress, Field(description="ADDRESS:PORT to receive at")]
    peer: Annotated[UdpAddress, Field(description="ADDRESS:PORT of the emulator")]


class Framing(_Part):
    """How an E1 that ends in the shelf is framed (G.704)."""

    framing: Annotated[
        Literal["unframed", "basic", "crc4"],
        PlainValidator(choice(FRAMINGS, "framing")),
        Field(description="not at all, FAS alone, or with the CRC-4 multiframe"),
        schema(enum=list(FRAMINGS)),
    ] = "crc4"
    cas: Annotated[Boolean, Field(description="signalling in timeslot 16")] = False
    interworking: Annotated[Boolean, Field(description="with a far end without CRC-4 (G.706 annex B)")] = True
    idle: Annotated[
        Integer,
        Field(ge=0, le=255, description="octet in timeslots that are not used"),
        schema(type="integer", minimum=0, maximum=255),
    ] = 0xFF
    sa: Annotated[
        Integer,
        Field(ge=0, le=31, description="bits Sa4 (16) to Sa8 (1) as sent"),
        schema(type="integer", minimum=0, maximum=31),
    ] = 0x1F
    ssm: Annotated[
        Integer | None,
        Field(ge=0, le=15, description="synchronization status message sent"),
        schema(type="integer", minimum=0, maximum=15),
    ] = None
    ssm_bit: Annotated[
        Integer,
        Field(ge=4, le=8, description="with ssm: the Sa bit that it is in"),
        schema(type="integer", minimum=4, maximum=8),
    ] = 4
