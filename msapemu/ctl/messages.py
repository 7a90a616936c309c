"""Commands to a running shelf: one message a packet on its SEQPACKET socket, msgspec JSON, tagged by `type`.

The first exchange is `Hello` from both sides; the versions must be equal. After it each request has one reply.
`Hello` is the one message that never changes its meaning: unknown fields in it are passed over.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from msapemu import __version__
from msapemu.ctl.config import Channel, Impairment, Shelf

PROTOCOL = 3
MESSAGE_OCTETS = 1 << 20  # the longest message; a configuration takes about 150 octets a circuit


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """Who speaks, and which protocol."""

    protocol: int = PROTOCOL
    program: str = __version__


class GetInfo(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="info"):
    """Asks for `Info`."""


class GetEvents(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="events"):
    """Asks for `Events` from number `since` on."""

    since: int = 0


class Apply(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="apply"):
    """Run this configuration from the next tick on. What stays the same is not disturbed."""

    config: Shelf


class Impair(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="impair"):
    """Change what the link of line `port` does to the signal received on it."""

    port: str
    impair: Impairment


class SetLoop(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="loop"):
    """Set a loopback at `object` (a line port, a container or a TUG-3), for `seconds` or until it is taken away (off).

    A new configuration (`Apply`) says which there are from then on."""

    object: str
    kind: Literal["line", "equipment", "off"]
    seconds: float | None = None


class WantMembers(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="members"):
    """M_ADD or M_REMOVE (G.7042): members of a circuit with LCAS are to carry traffic or not. They stay provisioned;
    when they carry none any more is told in the status region."""

    circuit: str
    members: tuple[str, ...]
    wanted: bool


class Shutdown(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="shutdown"):
    """Stop. `Done` comes at once; the connection closes when nothing is left behind."""


class EndState(msgspec.Struct):
    """What uses a channel or a V.35 port. `state`: "attached", "gone" of an interface, "listening", "connected" of a
    socket, "free", "open" of a pseudo-terminal, "bound", "connected", "refused" of a UDP socket. `rx_dropped`: octets
    of a socket or pseudo-terminal, packets of an interface, frames of UDP that were not taken. Frames, and what came
    and is none, only where there are frames."""

    state: str
    tx_octets: int = 0
    rx_octets: int = 0
    rx_dropped: int = 0
    tx_frames: int | None = None
    rx_frames: int | None = None
    errors: int | None = None


class ChannelState(EndState, kw_only=True):
    """An overhead channel that has a user."""

    channel: Channel


class V35State(EndState, kw_only=True):
    """A V.35 port that has something plugged in. `line`: DCD. `protocol`: that of the line, "up" or "down" with
    `detail` in a few words, of an interface."""

    port: str
    line: bool
    protocol: str | None = None
    detail: str = ""


class Info(msgspec.Struct, frozen=True, tag="info"):
    """What runs: the configuration in force and how the loop is scheduled."""

    config: Shelf
    pid: int
    generation: int
    scheduling: str
    uptime_s: float
    warnings: tuple[str, ...] = ()
    channels: tuple[ChannelState, ...] = ()
    v35: tuple[V35State, ...] = ()


class Event(msgspec.Struct, frozen=True):
    """A change that the data plane saw.

    `number` counts all events of this shelf process from 0. `frame` is the received frame for a defect and the shelf's
    own for a notice; `mono_ns` is CLOCK_MONOTONIC, `wall` seconds since 1970. `what` is a defect's name or a short
    notice ("session", "closed", "refused", "silent", ...), `state` "raise", "clear" or "notice".
    """

    number: int
    frame: int
    mono_ns: int
    wall: float
    object: str
    what: str
    state: str


class Events(msgspec.Struct, frozen=True, tag="events"):
    """The events asked for, as far as they are still kept; `next` is the number to ask for next time."""

    events: tuple[Event, ...]
    next: int


class Done(msgspec.Struct, frozen=True, tag="done"):
    """The request was carried out."""


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """The request was refused, with the exit status that fits and one line of text for the user."""

    status: int
    text: str


Request = Hello | GetInfo | GetEvents | Apply | Impair | SetLoop | WantMembers | Shutdown
Reply = Hello | Info | Events | Done | Failed

_encoder = msgspec.json.Encoder()
_requests: msgspec.json.Decoder[Request] = msgspec.json.Decoder(Request)
_replies: msgspec.json.Decoder[Reply] = msgspec.json.Decoder(Reply)


def encode(message: Request | Reply) -> bytes:
    """One packet."""
    return _encoder.encode(message)


def decode_request(packet: bytes) -> Request:
    """Raises msgspec.DecodeError (ValidationError with the place in the message) on anything else."""
    return _requests.decode(packet)


def decode_reply(packet: bytes) -> Reply:
    """Raises msgspec.DecodeError on anything else."""
    return _replies.decode(packet)
