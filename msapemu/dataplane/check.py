"""What a shelf's configuration must hold to beyond its types. All faults are found before anything is touched."""

from __future__ import annotations

import math
import re
from ipaddress import IPv4Address

from msapemu.ctl import impairments
from msapemu.ctl.config import (
    CIDS,
    CSF_INTERVALS_MS,
    DELAY_LIMITS_US,
    HOLD_OFFS_MS,
    MOST_MEMBERS,
    PACKET_CHANNELS,
    PATH_CHANNELS,
    STM_N,
    V35_TIMESLOTS,
    WTRS_MS,
    Channel,
    Circuit,
    Clock,
    HdlcUdp,
    Impairment,
    Line,
    Pty,
    SerialTun,
    Shelf,
    Socket,
    Tun,
)
from msapemu.ctl.errors import UsageError
from msapemu.ctl.occupancy import check_occupancy
from msapemu.dataplane.names import port_number
from msapemu.dataplane.serial.make import make_protocol

TICKS_US = range(125, 10_001)
JITTER_TICKS = range(1, 101)
SILENCE_LIMITS_US = range(1_000, 10_000_001)
QUEUES_US = range(1_000, 1_000_001)
MOST_PPM = 200.0
AU_POINTERS = range(783)
INTERFACE_NAME = re.compile(r"[!-$&-.0-9;-~]{1,15}")  # printable ASCII but / : %
SOCKET_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,31}")
SHELF_FILES = ("ctl", "status", "pid", "log", "config.json", "config.new")


def check(shelf: Shelf) -> None:
    """UsageError, naming the object, for the first thing in `shelf` that cannot be."""
    place = shelf.name
    ports = [line.port for line in shelf.lines] + [client.port for client in shelf.clients]
    ports += [port.port for port in shelf.v35]
    for port in ports:
        try:
            port_number(port)
        except ValueError as error:
            raise UsageError(f"{place}: {error}") from None
        if ports.count(port) > 1:
            raise UsageError(f"{place}/{port}: the port is used twice")
    _check_clock(shelf.clock, shelf)
    locals_ = [line.link.local for line in shelf.lines if line.link is not None]
    for line in shelf.lines:
        _check_line(line, f"{place}/{line.port}")
        if line.link is not None and locals_.count(line.link.local) > 1:
            raise UsageError(f"{place}/{line.port}: UDP address {line.link.local} is used by two lines")
    taps: dict[tuple[str | None, str], str] = {}
    for client in shelf.clients:
        other = taps.setdefault((client.netns, client.tap), client.port)
        if other != client.port:
            raise UsageError(f"{place}/{client.port}: interface {client.tap} is that of {place}/{other} already")
        if client.queue_us not in QUEUES_US:
            raise UsageError(f"{place}/{client.port}: queue of {client.queue_us} us is not in 1 ms..1 s")
    for circuit in shelf.circuits:
        _check_group(circuit, f"{place}: circuit {circuit.name}")
    check_occupancy(shelf)
    _check_users(shelf)


def check_impairment(impair: Impairment, rate: str, place: str) -> None:
    """UsageError for what no fibre of that rate here does."""
    if found := impairments.fault(impair, STM_N[rate]):
        raise UsageError(f"{place}: {found}")


def _check_group(circuit: Circuit, place: str) -> None:
    """The settings of a circuit's group, but for its members."""
    if circuit.delay_limit_us not in DELAY_LIMITS_US:
        raise UsageError(f"{place}: delay limit of {circuit.delay_limit_us} us is not in 0..256 ms")
    if circuit.csf_interval_ms not in CSF_INTERVALS_MS:
        raise UsageError(f"{place}: CSF every {circuit.csf_interval_ms} ms is not in 100..1000 ms")
    if (circuit.fcs_reversed or circuit.fcs_inverted) and not circuit.payload_fcs:
        raise UsageError(f"{place}: there is no payload FCS to send otherwise")
    if circuit.gfp == "t" and circuit.channels:
        raise UsageError(f"{place}: GFP-T has one client; channels are of GFP-F")
    cids = [channel.cid for channel in circuit.channels]
    for cid in cids:
        if cid not in CIDS:
            raise UsageError(f"{place}: CID {cid} is not in 0..255")
        if cids.count(cid) > 1:
            raise UsageError(f"{place}: CID {cid} is used twice")
    if (lcas := circuit.lcas) is None:
        return
    if lcas.hold_off_ms not in HOLD_OFFS_MS:
        raise UsageError(f"{place}: hold-off of {lcas.hold_off_ms} ms is not in 0..10 s in steps of 100 ms")
    if lcas.wtr_ms not in WTRS_MS:
        raise UsageError(f"{place}: wait-to-restore of {lcas.wtr_ms} ms is not in 0..720 s in steps of 100 ms")
    if not 0 <= lcas.minimum <= MOST_MEMBERS.get(circuit.via, 1):
        raise UsageError(f"{place}: a minimum of {lcas.minimum} members cannot be")


def channel_name(channel: Channel) -> str:
    """As messages name it: "1/1 dcc-m", "1/1/au4.2 f3"."""
    path = channel.channel in PATH_CHANNELS
    return f"{channel.line}/au4.{channel.vc4} {channel.channel}" if path else f"{channel.line} {channel.channel}"


def _check_users(shelf: Shelf) -> None:
    """Channels, V.35 ports, and that no two have one end."""
    ends: dict[object, str] = {(client.netns, client.tap): client.port for client in shelf.clients}
    rates = {line.port: line.rate for line in shelf.lines}
    names: set[str] = set()
    for channel in shelf.channels:
        name = channel_name(channel)
        place = f"{shelf.name}/{name}"
        if channel.line not in rates:
            raise UsageError(f"{place}: {channel.line} is no line of the shelf")
        if not 1 <= channel.vc4 <= (STM_N[rates[channel.line]] if channel.channel in PATH_CHANNELS else 1):
            raise UsageError(f"{place}: there is no VC-4 number {channel.vc4} for this channel")
        if name in names:
            raise UsageError(f"{place}: the channel is used twice")
        names.add(name)
        if isinstance(channel.end, Tun) and channel.channel not in PACKET_CHANNELS:
            raise UsageError(f"{place}: only {' and '.join(PACKET_CHANNELS)} carry packets; a socket is wanted")
        _check_end(channel.end, place)
        _only_one(ends, channel.end, name, shelf.name)
    for port in shelf.v35:
        place = f"{shelf.name}/{port.port}"
        if port.timeslots not in V35_TIMESLOTS:
            raise UsageError(f"{place}: {port.timeslots} timeslots are not in 1..31")
        if port.end is not None:
            _check_end(port.end, place)
            _only_one(ends, port.end, port.port, shelf.name)


def _check_end(end: Tun | SerialTun | Socket | Pty | HdlcUdp, place: str) -> None:
    if isinstance(end, Tun | SerialTun):
        if end.name in (".", "..") or not INTERFACE_NAME.fullmatch(end.name):
            raise UsageError(f"{place}: {end.name!r} is no interface name")
        if isinstance(end, SerialTun):
            try:
                make_protocol(end)
            except ValueError as error:
                raise UsageError(f"{place}: {error}") from None
    elif isinstance(end, HdlcUdp):
        for address in (end.local, end.peer):
            try:
                address_of(address)
            except ValueError:
                raise UsageError(f"{place}: {address!r} is no address:port") from None
    elif not end.path.startswith("/") and (end.path in SHELF_FILES or not SOCKET_NAME.fullmatch(end.path)):
        raise UsageError(f"{place}: {end.path!r} is neither an absolute path nor a name for a socket of the shelf")
    elif "\0" in end.path:
        raise UsageError(f"{place}: {end.path!r} is no path")


def _only_one(ends: dict[object, str], end: Tun | SerialTun | Socket | Pty | HdlcUdp, name: str, shelf: str) -> None:
    key: object
    if isinstance(end, Tun | SerialTun):
        key, what = (end.netns, end.name), f"interface {end.name}"
    elif isinstance(end, HdlcUdp):
        key, what = end.local, f"UDP {end.local}"
    else:
        key, what = end.path, f"{'socket' if isinstance(end, Socket) else 'pseudo-terminal'} {end.path}"
    other = ends.setdefault(key, name)
    if other != name:
        raise UsageError(f"{shelf}/{name}: {what} is that of {shelf}/{other} already")


def address_of(text: str) -> tuple[str, int]:
    """Address and port of UDP over IPv4, written "address:port"; ValueError."""
    host, _, port = text.rpartition(":")
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 1 << 16:
        raise ValueError(f"{text!r} is no address:port")
    return str(IPv4Address(host)), int(port)


def _check_clock(clock: Clock, shelf: Shelf) -> None:
    place = f"{shelf.name}: clock"
    if clock.tick_us not in TICKS_US:
        raise UsageError(f"{place}: tick of {clock.tick_us} us is not in {TICKS_US.start}..{TICKS_US.stop - 1}")
    if clock.jitter_ticks not in JITTER_TICKS:
        raise UsageError(f"{place}: jitter buffer of {clock.jitter_ticks} ticks is not in 1..100")
    if not math.isfinite(clock.ppm) or abs(clock.ppm) > MOST_PPM:
        raise UsageError(f"{place}: {clock.ppm} ppm is not in -{MOST_PPM:.0f}..{MOST_PPM:.0f}")
    if clock.mode == "line" and clock.reference not in [line.port for line in shelf.lines]:
        raise UsageError(f"{place}: reference {clock.reference} is no line of the shelf")


def _check_line(line: Line, place: str) -> None:
    check_impairment(line.impair, line.rate, place)
    if line.silence_limit_us not in SILENCE_LIMITS_US:
        raise UsageError(f"{place}: silence limit of {line.silence_limit_us} us is not in 1 ms..10 s")
    if line.au_pointer not in AU_POINTERS:
        raise UsageError(f"{place}: AU-4 pointer {line.au_pointer} is not in 0..782")
    for name in ("j0", "j1", "j2"):
        text = getattr(line, name)
        if len(text) > 15 or not text.isascii() or not text.isprintable():
            raise UsageError(f"{place}: {name} {text!r} is no trace: at most 15 printable ASCII characters")
