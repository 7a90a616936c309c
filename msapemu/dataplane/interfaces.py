"""Client interfaces in their network namespaces: TAPs that are made or attached, interfaces that are taken over."""

from __future__ import annotations

import errno
import os
import re
from dataclasses import dataclass

from msapemu.ctl.config import Client
from msapemu.ctl.errors import CapabilityError, MsapemuError, UsageError
from msapemu.dataplane import loop

HEADER = 14 + 8  # Ethernet header and two VLAN tags
SMALL_FRAME = 64 + 8  # a minimal Ethernet frame in GFP, octets
SHORTEST_QUEUE = 500  # frames; the kernel's own default for a TAP
LONGEST_QUEUE = 500_000  # the kernel keeps it in one array of pointers, of 4 MiB at most
MTUS = range(68, 9601)

_NAME = re.compile(r"[!-$&-.0-9;-~]{1,15}")  # printable ASCII but / : %
_STAGES = loop.NETIF_STAGES


def longest_frame(mtu: int) -> int:
    """Octets of the longest Ethernet frame without FCS."""
    return mtu + HEADER


def tx_queue_length(rate_bps: float) -> int:
    """Frames that the kernel keeps for a port: 250 ms of the group's rate in small frames, as far as it can."""
    return min(max(SHORTEST_QUEUE, round(rate_bps / 8 * 0.25 / SMALL_FRAME)), LONGEST_QUEUE)


def netns_name(path: str | None) -> str:
    """A network namespace as messages name it."""
    if path is None:
        return "this network namespace"
    process = re.fullmatch(r"/proc/([0-9]+)/ns/net", path)
    return f"the network namespace of process {process[1]}" if process else f"netns {os.path.basename(path)}"


def netns_identity(path: str | None, place: str) -> tuple[int, int] | None:
    """What tells one network namespace from another, whatever path it is reached by; None: the shelf's own."""
    if path is None:
        return None
    try:
        stat = os.stat(path)
    except OSError as error:
        kind = CapabilityError if error.errno in (errno.EACCES, errno.EPERM) else MsapemuError
        raise kind(f"{place}: {netns_name(path)}: {error.strerror}") from None
    return stat.st_dev, stat.st_ino


@dataclass(frozen=True, slots=True)
class Opened:
    """A client's interface: its descriptor, whether it existed before, the longest frame in octets, and by what its
    client's state is asked: a socket in its namespace, and the number of an interface."""

    fd: int
    existed: bool
    longest: int
    control: int
    watched: int

    def close(self) -> None:
        os.close(self.fd)
        os.close(self.control)


def open_client(client: Client, place: str, rate_bps: float) -> Opened:
    """Make or attach the client's interface.

    `place` is the port's name. CapabilityError when a device or privilege is missing, MsapemuError when the name is
    taken or the kernel refuses, UsageError for a name or MTU that cannot be.
    """
    if client.mtu not in MTUS:
        raise UsageError(f"{place}: MTU {client.mtu} is not in {MTUS.start}..{MTUS.stop - 1}")
    if client.tap in (".", "..") or not _NAME.fullmatch(client.tap):
        raise UsageError(f"{place}: {client.tap!r} is no interface name")
    nic = client.kind == "nic"
    queue = tx_queue_length(rate_bps)
    result = loop.open_port(client.netns, client.tap, client.behind, client.mtu, queue, nic, False)
    if result[0]:
        raise _error(result[0], result[1], client, place)
    _, fd, existed, mtu, control, watched = result
    return Opened(fd, bool(existed), longest_frame(mtu if nic else client.mtu), control, watched)


def change_client(client: Client, place: str, rate_bps: float) -> None:
    """New MTU and queue length for a TAP that is attached already."""
    if client.mtu not in MTUS:
        raise UsageError(f"{place}: MTU {client.mtu} is not in {MTUS.start}..{MTUS.stop - 1}")
    queue = tx_queue_length(rate_bps)
    result = loop.open_port(client.netns, client.tap, None, client.mtu, queue, False, True)
    if result[0]:
        raise _error(result[0], result[1], client, place)


def _error(code: int, stage: int, client: Client, place: str) -> MsapemuError:
    where = netns_name(client.netns)
    name = f"{client.tap} in {where}"
    denied = code in (errno.EPERM, errno.EACCES)
    if stage == _STAGES["netns"]:
        if denied:
            return CapabilityError(f"{place}: entering {where} needs CAP_SYS_ADMIN (root)")
        if code == errno.ENOENT:
            return MsapemuError(f"{place}: {where} does not exist")
        if code == errno.EINVAL:
            return MsapemuError(f"{place}: {client.netns} is no network namespace")
        return MsapemuError(f"{place}: {where}: {os.strerror(code)}")
    if stage == _STAGES["device"]:
        if client.kind == "nic":
            kind = CapabilityError if denied else MsapemuError
            return kind(f"{place}: a packet socket on {name}: {os.strerror(code)} (CAP_NET_RAW is needed)")
        if code in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
            return CapabilityError(f"{place}: /dev/net/tun is missing (modprobe tun, or give it to the container)")
        kind = CapabilityError if denied else MsapemuError
        return kind(f"{place}: /dev/net/tun: {os.strerror(code)}")
    if stage == _STAGES["attach"]:
        if denied:
            return CapabilityError(f"{place}: {name}: making a TAP needs CAP_NET_ADMIN (root)")
        if code == errno.EBUSY:
            return MsapemuError(f"{place}: {name} is taken by another process")
        if code == errno.ENODEV:
            return MsapemuError(f"{place}: there is no {name}")
        if code == errno.EINVAL and client.kind == "tap":
            return MsapemuError(f"{place}: {name} exists and is no TAP")
    if stage == _STAGES["watched"] and code == errno.ENODEV:
        return MsapemuError(f"{place}: there is no {client.behind or client.tap} in {where}")
    return MsapemuError(f"{place}: {name}: {os.strerror(code)}")
