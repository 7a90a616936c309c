"""The configuration of one shelf as its data plane takes it: resolved, typed, complete.

A lab file (or an agent) is compiled into this; the data plane compiles it further into a plan. Ports are written
"slot/port" here; the shelf's name comes in front of them everywhere else.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from msapemu.ctl.errors import UsageError
from msapemu.ctl.impairments import NOT_IMPAIRED
from msapemu.ctl.impairments import Impairment as Impairment

CONFIG_VERSION = 4

Rate = Literal["stm1", "stm4", "stm16", "e1", "e2", "e3", "g832", "fe"]
Via = Literal["vc12", "vc3", "vc4", "vc4-4c", "vc4-16c", "e1", "g832", "n64", "fe"]
Adaptation = Literal["gfp", "hdlc", "laps", "ppp"]
ChannelName = Literal["dcc-r", "dcc-m", "e1", "e2", "f1", "f2", "f3"]

V35_TIMESLOTS = range(1, 32)
STM_N: dict[str, int] = {"stm1": 1, "stm4": 4, "stm16": 16}  # VC-4s of a line
# of a line that is no STM-N: octets in 125 us, and the E1s in its signal
PDH_OCTETS: dict[str, int] = {"e1": 32, "e2": 132, "e3": 537, "g832": 537, "fe": 1562}
E1S: dict[str, int] = {"e1": 1, "e2": 4, "e3": 16}
RATE_NAMES: dict[str, str] = {
    "stm1": "STM-1", "stm4": "STM-4", "stm16": "STM-16",
    "e1": "E1", "e2": "E2 (G.742)", "e3": "E3 (G.751)", "g832": "E3 (G.832)", "fe": "media converter"
}  # fmt: skip
WIDTHS: dict[str, int] = {"vc4": 1, "vc4-4c": 4, "vc4-16c": 16}  # VC-4s that a contiguous container takes up
CHANNELS = ("dcc-r", "dcc-m", "e1", "e2", "f1", "f2", "f3")
PATH_CHANNELS = ("f2", "f3")  # of a VC-4; the others are of the line
PACKET_CHANNELS = ("dcc-r", "dcc-m")  # wide enough for IP
PDH_VIAS = ("e1", "g832", "n64", "fe")  # in no container of an STM-N line
MOST_MEMBERS: dict[str, int] = {"vc12": 63, "vc3": 48, "vc4": 16, "e1": 16, "g832": 8, "n64": 1, "fe": 1}  # of a group
LCAS_VIAS = ("vc12", "vc3", "vc4", "e1", "g832")
DELAY_LIMITS_US = range(256_001)
HOLD_OFFS_MS = range(0, 10_001, 100)
WTRS_MS = range(0, 720_001, 100)
CSF_INTERVALS_MS = range(100, 1001)
CIDS = range(256)
VIA_NAMES: dict[str, str] = {
    "vc12": "VC-12", "vc3": "VC-3", "vc4": "VC-4", "vc4-4c": "VC-4-4c", "vc4-16c": "VC-4-16c",
    "e1": "E1", "g832": "E3 (G.832)", "n64": "n x 64 kbit/s", "fe": "media converter"
}  # fmt: skip


class Udp(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="udp"):
    """A link over UDP: one socket bound to `local`, datagrams to `peer`, both "address:port"."""

    local: str
    peer: str


class Satop(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="satop"):
    """The bits of an E1 in packets (SAToP, RFC 4553) from `local` to `peer`, both "address:port": `payload` octets in
    one, with an RTP header or without. What comes is played out `jitter_us` later."""

    local: str
    peer: str
    payload: int = 256
    rtp: bool = False
    jitter_us: int = 4000


class Cesop(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="cesop"):
    """Timeslots of an E1 in packets (CESoPSN, RFC 5086): `frames` frames of `timeslots` ("1-15,17") in one, with `cas`
    their signalling too. The others as of SAToP."""

    local: str
    peer: str
    frames: int = 8
    timeslots: str = "1-31"
    rtp: bool = False
    jitter_us: int = 4000
    cas: bool = False


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line port: STM-N, or of the plesiochronous hierarchy ("e1", "e2" with 4 E1, "e3" with 16 E1 in it, "g832" the
    member of a group, "fe" a media converter). `link` None: nothing is plugged in (LOS); SAToP carries E1 only.

    Of a PDH line `impair` may have a delay, a cut and bit errors; the pointer and the traces are of STM-N."""

    port: str
    rate: Rate = "stm1"
    link: Udp | Satop | None = None
    impair: Impairment = NOT_IMPAIRED
    silence_limit_us: int = 250_000
    au_pointer: int = 522
    j0: str = "msapemu"
    j1: str = "msapemu"
    j2: str = "msapemu"


class Client(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An Ethernet port: a TAP interface `tap` in network namespace `netns` (a path such as /run/netns/hq or
    /proc/PID/ns/net; None: the shelf's own). It is attached when it exists and made otherwise.

    With `kind` "nic" the name is that of an interface which exists already and is no TAP (a NIC, one end of a
    veth pair): the port takes all its frames by a packet socket, and the MTU stays as it is.

    `behind` is an interface of the same namespace that the TAP's frames come from and go to (by tc): its carrier says
    whether the client is there. None: the TAP is the client's own."""

    port: str
    tap: str
    netns: str | None = None
    mtu: int = 1500
    queue_us: int = 20_000
    kind: Literal["tap", "nic"] = "tap"
    behind: str | None = None


class GroupChannel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of several client ports on a group: GFP frames with a linear extension header and this channel identifier."""

    cid: int
    client: str


class Lcas(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """LCAS (G.7042) on a group. A failure counts after `hold_off_ms`, and its end after `wtr_ms`; with fewer members
    than `minimum` there is an alarm. `mst_of_next`: the status of VC-3 and VC-4 members goes by the number of the
    multiframe that a control packet ends in, not of that in which it begins."""

    hold_off_ms: int = 0
    wtr_ms: int = 0
    minimum: int = 0
    mst_of_next: bool = False


class Circuit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ethernet `client` carried in `via`, contiguous or virtually concatenated, or over PDH.

    A VC-4 or VC-4-Xc without `members` is VC-4 number `vc4` of `line` (a VC-4-Xc begins at 1, 1 + X, ...). Else
    `members` are those of a group in sequence order: VC-12 "K.L.M" and VC-3 "K" of that VC-4, VC-4 "N" of that line,
    or containers anywhere by their whole names ("1/2/au4.3/vc12.1.1.1"). `tx_members` and `rx_members` are sent or
    received only (LCAS: both ways are of any sizes); those of `idle` are not to carry traffic now, but stay
    provisioned. `delay_limit_us`: how much later than another one a member may
    come.

    Over PDH `line` is "", and `members` are E1 places (ctl/e1.py) for "e1", line ports of rate g832 for "g832", one
    "PLACE:TIMESLOTS" for "n64" (n x 64 kbit/s) and one line port of rate fe for "fe". `vcat` False, for one E1: without
    the overhead octet of virtual concatenation (G.7043). `adaptation`: GFP, or HDLC, LAPS (X.86) or bridged PPP (RFC
    3518) in octets over "e1" (one member, `vcat` False) and "n64".

    `channels`: several clients on the group, in place of `client`. `payload_fcs`, `scramble`, `fcs_reversed` (bits of
    each octet of the payload FCS the other way) and `fcs_inverted` (not complemented) as the far end has them.
    `fault_propagation`: a client that is not there is told to the far end (GFP CSF every `csf_interval_ms`), and one
    whose far client or path has failed has no carrier. `end`: which end of the circuit this is."""

    name: str
    client: str
    line: str
    via: Via
    vc4: int = 1
    members: tuple[str, ...] = ()
    gfp: Literal["f", "t"] = "f"
    payload_fcs: bool = False
    scramble: bool = True
    fault_propagation: bool = True
    tx_members: tuple[str, ...] = ()
    rx_members: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()
    lcas: Lcas | None = None
    delay_limit_us: int = 64_000
    channels: tuple[GroupChannel, ...] = ()
    fcs_reversed: bool = False
    fcs_inverted: bool = False
    csf_interval_ms: int = 100
    end: Literal["a", "z"] = "a"
    adaptation: Adaptation = "gfp"
    vcat: bool = True

    @property
    def clients(self) -> tuple[str, ...]:
        """Client ports, that of the group's name first."""
        return tuple(channel.client for channel in self.channels) or (self.client,)

    @property
    def port(self) -> str:
        """The client port that the group has its name from."""
        return self.clients[0]

    @property
    def over_pdh(self) -> bool:
        """In no container of an STM-N line."""
        return self.via in PDH_VIAS

    @property
    def is_group(self) -> bool:
        """Virtually concatenated."""
        members = self.members or self.tx_members or self.rx_members
        return self.via not in WIDTHS or bool(members) or self.lcas is not None


class Connection(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """What is received in `source` is sent in `sink`, one way; both are containers (ctl/objects.py) of one kind, or E1
    places (ctl/e1.py): the E1 as a whole. A VC-12 by its name is the container when both are VC-12, and the E1 in it
    when the other is a place of another kind.

    A two-element array in JSON: a shelf may have thousands."""

    sink: str
    source: str


class Loop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A loopback, which goes before what else the object has.

    `line`: what `object` (a line port, a container, or a TUG-3) receives is sent back. `equipment`: what a line port
    sends is received by itself, and what comes on the line is not."""

    object: str
    kind: Literal["line", "equipment"]


class Tun(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="tun"):
    """A TUN interface in network namespace `netns` (a path, as of a client): its packets go as PPP in HDLC frames. It
    is attached when it exists and made otherwise."""

    name: str
    netns: str | None = None


class Socket(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="socket"):
    """A Unix stream socket at which the shelf listens: octets as they are. A name alone is in the shelf's folder."""

    path: str


class Channel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Overhead octets of `line` for a user at `end`: D1-D3, D4-D12, E1, E2, F1, or F2, F3 of VC-4 number `vc4`."""

    line: str
    channel: ChannelName
    end: Tun | Socket
    vc4: int = 1


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="file"):
    """The bits of an E1 in files (paths), eight an octet, the first one highest: `read` is received at the port, once,
    and then there is no signal; `write` gets what the port sends. None: neither."""

    read: str | None = None
    write: str | None = None


class E1Client(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An E1 port for a user, of a card e1. `end` None: nothing is plugged in (LOS). Through a socket go the bits of the
    E1, eight an octet, the first one highest."""

    port: str
    end: Socket | File | Satop | Cesop | None = None


class E1Framing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the E1 at `place` (ctl/e1.py) is terminated, where that is not as by default: frame alone ("basic"), with the
    CRC-4 multiframe, or not at all ("unframed": 32 octets a frame of whatever alignment).

    `cas`: timeslot 16 is signalling. `interworking`: with CRC-4 sent, the far end may have none (G.706 B.3). `idle`: in
    timeslots that nothing is sent in. `sa`: bits Sa4 (16) to Sa8 (1) sent, of which `ssm_bit` carries the
    synchronization status message `ssm` (0..15) unless that is None."""

    place: str
    framing: Literal["unframed", "basic", "crc4"] = "crc4"
    cas: bool = False
    interworking: bool = True
    idle: int = 0xFF
    sa: int = 0x1F
    ssm: int | None = None
    ssm_bit: int = 4


class Timeslots(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """Timeslots received in `source` are sent in `sink`, one way, in order: those of an E1, "PLACE:1-4,6", or all of a
    V.35 port "4/1". A two-element array in JSON."""

    sink: str
    source: str


class SerialTun(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="serial-tun"):
    """A TUN interface as the serial interface of a router: its packets go as PPP, Cisco HDLC or Frame Relay, in HDLC
    frames with an FCS of 16 or 32 bits. `netns` as of a TUN.

    `local` and `remote` are told to the far end, or asked of it (IPCP; SLARP: `local` with its prefix length); the
    interface's own addresses are its user's matter. Frame Relay: packets go on `dlci`; `side` and `lmi` are those of
    the local management, and the network side tells of `pvcs` beside it."""

    name: str
    netns: str | None = None
    encapsulation: Literal["ppp", "chdlc", "fr"] = "ppp"
    fcs: Literal[16, 32] = 16
    local: str | None = None
    remote: str | None = None
    lmi: Literal["ansi", "q933a", "none"] = "ansi"
    side: Literal["user", "network"] = "user"
    dlci: int = 100
    pvcs: tuple[int, ...] = ()


class Pty(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="pty"):
    """A pseudo-terminal in raw mode: octets as they are. `path` is a symbolic link to it; as of a socket."""

    path: str


class HdlcUdp(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="hdlc-udp"):
    """HDLC frames without flags, stuffing and FCS, one a datagram, as router emulators have them on serial links:
    from `local` to `peer`, both "address:port"."""

    local: str
    peer: str


class V35(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A V.35 port of `timeslots` x 64 kbit/s. `end` None: nothing is plugged in."""

    port: str
    timeslots: int = 1
    end: SerialTun | Socket | Pty | HdlcUdp | None = None


class Clock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`free`: frames from the host's clock, `ppm` off; `line`: steered by the frame numbers received on `reference`."""

    mode: Literal["free", "line"] = "free"
    reference: str | None = None
    ppm: float = 0.0
    tick_us: int = 1000
    jitter_ticks: int = 2


class Shelf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One shelf, whole."""

    lab: str
    name: str
    clock: Clock = Clock()
    lines: tuple[Line, ...] = ()
    clients: tuple[Client, ...] = ()
    circuits: tuple[Circuit, ...] = ()
    connections: tuple[Connection, ...] = ()
    loops: tuple[Loop, ...] = ()
    channels: tuple[Channel, ...] = ()
    e1_clients: tuple[E1Client, ...] = ()
    framings: tuple[E1Framing, ...] = ()
    v35: tuple[V35, ...] = ()
    timeslots: tuple[Timeslots, ...] = ()
    version: int = CONFIG_VERSION


def encode(shelf: Shelf) -> bytes:
    """The configuration as JSON, indented for people."""
    return msgspec.json.format(msgspec.json.encode(shelf), indent=2) + b"\n"


def load(path: Path) -> Shelf:
    """Read a shelf's configuration. UsageError, with the place in the file, when it is not one of this version."""
    try:
        shelf = msgspec.json.decode(path.read_bytes(), type=Shelf)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}") from None
    if shelf.version != CONFIG_VERSION:
        raise UsageError(f"{path}: configuration version {shelf.version}, this program takes {CONFIG_VERSION}")
    return shelf
