"""TUN interfaces in their network namespaces: IP packets without a link layer."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from msapemu.ctl.config import SerialTun, Tun
from msapemu.ctl.errors import CapabilityError, MsapemuError
from msapemu.dataplane.interfaces import netns_name

MTU = 1500
QUEUE = 32  # packets that the kernel keeps for the channel: 2 s of DCC_R in long ones

# linux/if_tun.h, linux/sockios.h, net/if.h, sched.h
TUNSETIFF, TUNSETCARRIER = 0x400454CA, 0x400454E2
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
SIOCGIFFLAGS, SIOCSIFFLAGS, SIOCSIFMTU, SIOCSIFTXQLEN = 0x8913, 0x8914, 0x8922, 0x8943
IFF_UP = 0x1
CLONE_NEWNET = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)


class OpenedTun:
    """A TUN interface in our hands. `existed`: it was there before. Several may hold it: it is closed with the last."""

    def __init__(self, name: str, fd: int, settings: socket.socket, existed: bool) -> None:
        self.name, self.fd, self.existed = name, fd, existed
        self._settings = settings  # of its network namespace
        self._holders = 1
        self._carrier: bool | None = None

    def shared(self) -> OpenedTun:
        """For one more that will close it."""
        self._holders += 1
        return self

    def close(self) -> None:
        self._holders -= 1
        if not self._holders:
            os.close(self.fd)
            self._settings.close()

    def is_up(self) -> bool:
        """Whether its user has it set up; OSError when it has gone."""
        return bool(_flags(self._settings, self.name) & IFF_UP)

    def read(self) -> bytes:
        """A packet; none: b"". OSError when the interface has gone."""
        try:
            return os.read(self.fd, MTU + 1)
        except BlockingIOError:
            return b""

    def write(self, packet: bytes) -> bool:
        """False: the interface is down, or this is no packet."""
        try:
            os.write(self.fd, packet)
        except OSError:
            return False
        return True

    def carry(self, carrier: bool) -> None:
        """Give it carrier, or take it away (Linux 5.0 and later; before, it always has)."""
        if carrier is not self._carrier:
            self._carrier = carrier
            with contextlib.suppress(OSError):
                fcntl.ioctl(self.fd, TUNSETCARRIER, struct.pack("i", carrier))


def open_tun(tun: Tun | SerialTun, place: str) -> OpenedTun:
    """Make or attach the interface, and set it up. `place` begins every message. CapabilityError when a device or
    privilege is missing, MsapemuError when the name is taken."""
    name, where = f"{tun.name} in {netns_name(tun.netns)}", netns_name(tun.netns)
    try:
        with _inside(tun.netns):
            return _attach(tun, place, name)
    except FileNotFoundError:
        raise MsapemuError(f"{place}: {where} does not exist") from None
    except PermissionError:
        raise CapabilityError(f"{place}: entering {where} needs CAP_SYS_ADMIN (root)") from None
    except OSError as error:
        raise MsapemuError(f"{place}: {name}: {error.strerror}") from None


def _attach(tun: Tun | SerialTun, place: str, name: str) -> OpenedTun:
    existed = any(tun.name == other for _, other in socket.if_nameindex())
    try:
        fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise CapabilityError(f"{place}: /dev/net/tun: {error.strerror} (modprobe tun)") from None
    settings = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        fcntl.ioctl(fd, TUNSETIFF, _request(tun.name, struct.pack("H", IFF_TUN | IFF_NO_PI)))
        fcntl.ioctl(settings, SIOCSIFMTU, _request(tun.name, struct.pack("i", MTU)))
        fcntl.ioctl(settings, SIOCSIFTXQLEN, _request(tun.name, struct.pack("i", QUEUE)))
        flags = _flags(settings, tun.name) | IFF_UP
        fcntl.ioctl(settings, SIOCSIFFLAGS, _request(tun.name, struct.pack("H", flags)))
    except OSError as error:
        os.close(fd)
        settings.close()
        if error.errno in (errno.EPERM, errno.EACCES):
            raise CapabilityError(f"{place}: {name}: making a TUN needs CAP_NET_ADMIN (root)") from None
        if error.errno == errno.EBUSY:
            raise MsapemuError(f"{place}: {name} is taken by another process") from None
        if error.errno == errno.EINVAL:
            raise MsapemuError(f"{place}: {name} exists and is no TUN") from None
        raise
    return OpenedTun(tun.name, fd, settings, existed)


def _flags(settings: socket.socket, name: str) -> int:
    flags: int = struct.unpack_from("H", fcntl.ioctl(settings, SIOCGIFFLAGS, _request(name, b"")), 16)[0]
    return flags


def _request(name: str, value: bytes) -> bytes:
    """struct ifreq."""
    return struct.pack("16s24s", name.encode(), value)


@contextmanager
def _inside(path: str | None) -> Iterator[None]:
    """This thread is in the namespace at `path` meanwhile; OSError."""
    if path is None:
        yield
        return
    back = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        there = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _setns(there)
        finally:
            os.close(there)
        try:
            yield
        finally:
            _setns(back)
    finally:
        os.close(back)


def _setns(fd: int) -> None:
    if _libc.setns(fd, CLONE_NEWNET):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
