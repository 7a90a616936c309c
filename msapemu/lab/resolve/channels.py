"""`topology.channels`: users of the overhead of line ports."""

from __future__ import annotations

from collections.abc import Mapping

from msapemu.ctl.config import PACKET_CHANNELS, PATH_CHANNELS
from msapemu.lab import model
from msapemu.lab.document import Problem, Where
from msapemu.lab.model import Lab
from msapemu.lab.network import Channel, Client
from msapemu.lab.resolve.shelves import Shelves
from msapemu.node.cards import rate_text
from msapemu.node.names import PortName

MTU = 1500
SHELF_FILES = ("ctl", "status", "pid", "log", "config.json", "config.new")


def resolve_channels(
    lab: Lab, shelves: Shelves, taken: Mapping[tuple[str, str], PortName], problems: list[Problem]
) -> list[Channel]:
    """Ports that are none, channels, interfaces and sockets used twice (also those `taken` by clients), and keys that
    exclude each other."""
    channels: list[Channel] = []
    names: dict[str, int] = {}
    ends = {key: str(port) for key, port in taken.items()}
    for index, channel in enumerate(lab.topology.channels):
        where: Where = ("topology", "channels", index)
        held = shelves.holds(channel.line, "line", (*where, "line"), problems)
        n = shelves.card(channel.line).n if held else model.MOST_VC4
        if not n:
            what = f"{channel.line} is {rate_text(shelves.rate(channel.line))} port: only STM-N has such overhead"
            problems.append(Problem((*where, "line"), what))
            continue
        problems.extend(_faults(channel, n, where))
        resolved = _channel(channel)
        if str(resolved) in names:
            what = f"{resolved} is used twice (also in channels[{names[str(resolved)]}])"
            problems.append(Problem((*where, "channel"), what))
        names.setdefault(str(resolved), index)
        if (key := _end(resolved)) is not None:
            if key in ends:
                kind = "socket" if resolved.interface is None else "interface"
                what = f"the {kind} {key[1]} of {key[0]} is used twice (also by {ends[key]})"
                problems.append(Problem(where, what))
            ends.setdefault(key, f"channels[{index}]")
        channels.append(resolved)
    return channels


def _channel(channel: model.Channel) -> Channel:
    interface = None
    if channel.tun is not None:
        addresses = tuple(str(address) for address in channel.address)
        interface = Client(channel.line, None, channel.tun, channel.netns, None, addresses, MTU, tun=True)
    return Channel(channel.line, channel.channel, channel.vc4 or 1, interface, channel.socket or "")


def _end(channel: Channel) -> tuple[str, str] | None:
    """What only one may have."""
    if channel.interface is not None:
        return channel.interface.place, channel.interface.tap
    if not channel.socket:
        return None
    return "this machine" if channel.socket.startswith("/") else channel.line.shelf, channel.socket


def _faults(channel: model.Channel, n: int, where: Where) -> list[Problem]:
    problems = []
    if (channel.tun is None) == (channel.socket is None):
        problems.append(Problem(where, "needs tun (an interface to make) or socket, and not both"))
    if channel.tun is not None and channel.channel not in PACKET_CHANNELS:
        what = f"{channel.channel} carries no packets ({' and '.join(PACKET_CHANNELS)} do): it needs a socket"
        problems.append(Problem((*where, "tun"), what))
    if channel.tun is None:
        for key, value in (("netns", channel.netns), ("address", channel.address)):
            if value:
                problems.append(Problem((*where, key), "goes with tun only"))
    if channel.vc4 is not None and channel.channel not in PATH_CHANNELS:
        problems.append(Problem((*where, "vc4"), f"{channel.channel} is of the line: only f2 and f3 are of a VC-4"))
    elif channel.vc4 is not None and channel.vc4 > n:
        problems.append(Problem((*where, "vc4"), f"{channel.line} has VC-4 number 1..{n} only"))
    if channel.socket in SHELF_FILES:
        problems.append(Problem((*where, "socket"), f"{channel.socket!r} is a file of the shelf's own"))
    texts = [str(address) for address in channel.address]
    problems.extend(
        Problem((*where, "address"), f"{text} is given twice")
        for text in dict.fromkeys(texts)
        if texts.count(text) > 1
    )
    return problems
