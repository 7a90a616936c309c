"""What a shelf's configuration must hold to beyond its types. All faults are found before anything is touched."""

from __future__ import annotations

import math
import re

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
    Cesop,
    Channel,
    Circuit,
    Clock,
    File,
    HdlcUdp,
    Impairment,
    Line,
    Pty,
    Satop,
    SerialTun,
    Shelf,
    Socket,
    Tun,
)
from msapemu.ctl.errors import UsageError
from msapemu.ctl.impairments import NOT_IMPAIRED
from msapemu.ctl.occupancy import check_occupancy
from msapemu.dataplane.check_pdh import check_adaptation, check_packets
from msapemu.dataplane.names import port_number
from msapemu.dataplane.serial.make import make_protocol
from msapemu.dataplane.udp import split_address

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
    ports += [port.port for port in shelf.v35] + [client.port for client in shelf.e1_clients]
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
    if found := impairments.rate_fault(impair, rate):
        raise UsageError(f"{place}: {found}")


def _check_group(circuit: Circuit, place: str) -> None:
    """The settings of a circuit's group, but for its members."""
    check_adaptation(circuit, place)
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
    rates = {line.port: line.rate for line in shelf.lines if line.rate in STM_N}
    names: set[str] = set()
    for channel in shelf.channels:
        name = channel_name(channel)
        place = f"{shelf.name}/{name}"
        if channel.line not in rates:
            raise UsageError(f"{place}: {channel.line} is no line of the shelf, or no STM-N")
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
    ends |= {line.link.local: line.port for line in shelf.lines if line.link is not None}
    for e1 in shelf.e1_clients:
        place = f"{shelf.name}/{e1.port}"
        if e1.end is not None:
            _check_end(e1.end, place)
            for end in _files(e1.end) if isinstance(e1.end, File) else (e1.end,):
                _only_one(ends, end, e1.port, shelf.name)


def _files(end: File) -> tuple[File, ...]:
    """Each file that is written by itself."""
    return (File(write=end.write),) if end.write is not None else ()


End = Tun | SerialTun | Socket | Pty | HdlcUdp | File | Satop | Cesop


def _check_end(end: End, place: str) -> None:
    if isinstance(end, Satop | Cesop):
        check_packets(end, place)
    elif isinstance(end, File):
        if end.read is None and end.write is None:
            raise UsageError(f"{place}: a file to read or to write is wanted")
        if end.read is not None and end.read == end.write:
            raise UsageError(f"{place}: {end.read} cannot be read and written")
    elif isinstance(end, Tun | SerialTun):
        if end.name in (".", "..") or not INTERFACE_NAME.fullmatch(end.name):
            raise UsageError(f"{place}: {end.name!r} is no interface name")
        if isinstance(end, SerialTun):
            try:
                make_protocol(end)
            except ValueError as error:
                raise UsageError(f"{place}: {error}") from None
    elif isinstance(end, HdlcUdp):
        for address in (end.local, end.peer):
            split_address(address, place)
    elif not end.path.startswith("/") and (end.path in SHELF_FILES or not SOCKET_NAME.fullmatch(end.path)):
        raise UsageError(f"{place}: {end.path!r} is neither an absolute path nor a name for a socket of the shelf")
    elif "\0" in end.path:
        raise UsageError(f"{place}: {end.path!r} is no path")


def _only_one(ends: dict[object, str], end: End, name: str, shelf: str) -> None:
    key: object
    if isinstance(end, Tun | SerialTun):
        key, what = (end.netns, end.name), f"interface {end.name}"
    elif isinstance(end, HdlcUdp | Satop | Cesop):
        key, what = end.local, f"UDP {end.local}"
    elif isinstance(end, File):
        key, what = end.write, f"file {end.write}"
    else:
        key, what = end.path, f"{'socket' if isinstance(end, Socket) else 'pseudo-terminal'} {end.path}"
    other = ends.setdefault(key, name)
    if other != name:
        raise UsageError(f"{shelf}/{name}: {what} is that of {shelf}/{other} already")


def _check_clock(clock: Clock, shelf: Shelf) -> None:
    place = f"{shelf.name}: clock"
    if clock.tick_us not in TICKS_US:
        raise UsageError(f"{place}: tick of {clock.tick_us} us is not in {TICKS_US.start}..{TICKS_US.stop - 1}")
    if clock.jitter_ticks not in JITTER_TICKS:
        raise UsageError(f"{place}: jitter buffer of {clock.jitter_ticks} ticks is not in 1..100")
    if not math.isfinite(clock.ppm) or abs(clock.ppm) > MOST_PPM:
        raise UsageError(f"{place}: {clock.ppm} ppm is not in -{MOST_PPM:.0f}..{MOST_PPM:.0f}")
    lines = {line.port: line for line in shelf.lines}
    if clock.mode == "line" and clock.reference not in lines:
        raise UsageError(f"{place}: reference {clock.reference} is no line of the shelf")
    if clock.mode == "line" and isinstance(lines[clock.reference or ""].link, Satop):
        raise UsageError(f"{place}: reference {clock.reference} comes by SAToP, which tells no frame numbers")


def _check_line(line: Line, place: str) -> None:
    check_impairment(line.impair, line.rate, place)
    if isinstance(line.link, Satop):
        if line.rate != "e1":
            raise UsageError(f"{place}: SAToP carries an E1, not a line of rate {line.rate}")
        if line.impair != NOT_IMPAIRED:
            raise UsageError(f"{place}: a link of SAToP is not impaired here: the network between the ends is")
        check_packets(line.link, place)
    if line.silence_limit_us not in SILENCE_LIMITS_US:
        raise UsageError(f"{place}: silence limit of {line.silence_limit_us} us is not in 1 ms..10 s")
    if line.au_pointer not in AU_POINTERS:
        raise UsageError(f"{place}: AU-4 pointer {line.au_pointer} is not in 0..782")
    for name in ("j0", "j1", "j2"):
        text = getattr(line, name)
        if len(text) > 15 or not text.isascii() or not text.isprintable():
            raise UsageError(f"{place}: {name} {text!r} is no trace: at most 15 printable ASCII characters")
