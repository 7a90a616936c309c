"""Sockets of links over UDP: bound, connected, and with room for 250 ms of the line."""

from __future__ import annotations

import errno
import fcntl
import socket
from collections.abc import Callable

from msapemu.ctl.config import PDH_OCTETS, STM_N, Udp
from msapemu.ctl.errors import CapabilityError, MsapemuError, UsageError
from msapemu.dataplane.log import Log
from msapemu.dataplane.loop import datagram_length

FRAMES_250_MS = 2000
STM1_FRAME = 2430
OVERHEAD = 1024  # octets that the kernel takes for a datagram besides its own
HIGH_FD = 512

SO_SNDBUFFORCE, SO_RCVBUFFORCE = 32, 33
SOL_UDP, UDP_SEGMENT, UDP_GRO = 17, 103, 104
IP_MTU_DISCOVER, IP_PMTUDISC_DONT, IP_RECVERR = 10, 0, 11
IPV6_MTU_DISCOVER, IPV6_RECVERR = 23, 25

Address = tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int]]


def split_address(text: str, place: str) -> tuple[str, int]:
    """Host and port of "host:port" or "[v6]:port"."""
    host, colon, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if not colon or not host or (":" in host and not bracketed):
        raise UsageError(f"{place}: {text!r} is no address: HOST:PORT is wanted")
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise UsageError(f"{place}: {text!r}: the UDP port must be 1..65535")
    return host[1:-1] if bracketed else host, int(port)


def resolve(text: str, place: str, family: int = 0, passive: bool = False) -> Address:
    """The socket address that `text` stands for."""
    host, port = split_address(text, place)
    flags = socket.AI_PASSIVE if passive else 0
    try:
        found = socket.getaddrinfo(host, port, socket.AddressFamily(family), socket.SOCK_DGRAM, flags=flags)
    except OSError as error:
        raise MsapemuError(f"{place}: address {host}: {error.strerror}") from None
    return found[0][0], found[0][4]  # type: ignore[return-value]


def connect(sock: socket.socket, peer: str, place: str) -> None:
    """Make `peer` the one that is heard and sent to."""
    _, address = resolve(peer, place, sock.family)
    try:
        sock.connect(address)
    except OSError as error:
        raise MsapemuError(f"{place}: no way to peer {peer}: {error.strerror}") from None


def _kill_first(sock: socket.socket) -> socket.socket:
    """The same socket on a high descriptor.

    The kernel closes the files of a killed process from the highest descriptor down, and taking down a TAP takes it
    some 15 ms. The peer is to see the end of the line before that.
    """
    try:
        fd = fcntl.fcntl(sock.fileno(), fcntl.F_DUPFD_CLOEXEC, HIGH_FD)
    except OSError:  # fewer descriptors than that are allowed
        return sock
    family = sock.family
    sock.close()
    return socket.socket(family, socket.SOCK_DGRAM, fileno=fd)


def open_link(link: Udp, rate: str, place: str, log: Log) -> socket.socket:
    """A socket for `link`, a line of `rate`; `place` is the line's name, for errors. Room in the kernel that is not
    given is a warning: a stall of this process then costs frames."""
    return open_socket(link.local, link.peer, place, lambda sock: _options(sock, rate, place, log))


def open_socket(local: str, peer: str, place: str, prepare: Callable[[socket.socket], None]) -> socket.socket:
    """A socket bound to `local` that hears `peer` and nobody else; `prepare` sets its options."""
    family, address = resolve(local, place, passive=True)
    sock = _kill_first(socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC))
    try:
        prepare(sock)
        try:
            sock.bind(address)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise MsapemuError(f"{place}: UDP address {local} is taken by another process") from None
            kind = CapabilityError if error.errno in (errno.EACCES, errno.EPERM) else MsapemuError
            raise kind(f"{place}: UDP address {local}: {error.strerror}") from None
        connect(sock, peer, place)
    except BaseException:
        sock.close()
        raise
    return sock


def make_ready(sock: socket.socket, rate: str, place: str, log: Log) -> None:
    """Room in the kernel for 250 ms of a line of `rate`, each way, and the length of its datagrams."""
    if rate in STM_N:
        wanted = STM1_FRAME * STM_N[rate] * FRAMES_250_MS
    else:
        # one a tick of a millisecond, if it is full or not
        frame = PDH_OCTETS[rate]
        wanted = frame * FRAMES_250_MS + max(250, frame * FRAMES_250_MS // datagram_length(rate)) * OVERHEAD
    give_room(sock, wanted, place, log)
    _option(sock, UDP_SEGMENT, datagram_length(rate), place, log)


def give_room(sock: socket.socket, wanted: int, place: str, log: Log) -> None:
    """`wanted` octets in the kernel, each way: 250 ms of what the socket carries."""
    for force, plain, name in (
        (SO_RCVBUFFORCE, socket.SO_RCVBUF, "receive"),
        (SO_SNDBUFFORCE, socket.SO_SNDBUF, "send"),
    ):
        try:
            sock.setsockopt(socket.SOL_SOCKET, force, wanted)
        except OSError:
            sock.setsockopt(socket.SOL_SOCKET, plain, wanted)
        # the kernel doubles the value for its own needs
        got = sock.getsockopt(socket.SOL_SOCKET, plain) // 2
        if got < wanted:
            log(
                "warning",
                f"{place}: the kernel gives {got} octets of {name} buffer, {wanted} hold 250 ms of the line: "
                "longer stalls will lose frames (raise net.core.rmem_max and wmem_max, or give CAP_NET_ADMIN)",
            )


def tell_errors(sock: socket.socket) -> None:
    """Datagrams that are too long for the way are cut there; that nobody is at its end shows as an error."""
    if sock.family == socket.AF_INET:
        sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT)
        sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
    else:
        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, IP_PMTUDISC_DONT)
        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)


def _options(sock: socket.socket, rate: str, place: str, log: Log) -> None:
    make_ready(sock, rate, place, log)
    tell_errors(sock)
    _option(sock, UDP_GRO, 1, place, log)


def _option(sock: socket.socket, option: int, value: int, place: str, log: Log) -> None:
    try:
        sock.setsockopt(SOL_UDP, option, value)
    except OSError as error:
        # an old kernel: datagrams go and come one by one, which costs CPU time only
        log("warning", f"{place}: UDP option {option}: {error.strerror}")
