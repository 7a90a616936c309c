"""TAP interfaces: the client side of an Ethernet port; and TUN interfaces, of channels. They are persistent, so that
they outlive a shelf's restart."""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from pathlib import Path

import msgspec

from msapemu.ctl.errors import MsapemuError
from msapemu.lab.kernel.netlink import Taken, index_of, link_of, netlink, refusals
from msapemu.lab.kernel.netns import inside, is_gone

TUN_DEVICE = Path("/dev/net/tun")
# linux/if_tun.h
TUNSETIFF, TUNSETPERSIST = 0x400454CA, 0x400454CB
IFF_TUN, IFF_TAP, IFF_NO_PI, IFF_TUN_EXCL = 0x0001, 0x0002, 0x1000, 0x8000


class Tap(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="tap"):
    """A TAP `name` for client `port`, in the namespace at path `netns` (None: our own). `identity` is that of
    the namespace where it is not the lab's own; `quiet`: the host's IPv6 says nothing on it; `tun`: it is a TUN."""

    port: str
    name: str
    netns: str | None = None
    identity: str | None = None
    mtu: int = 1500
    addresses: tuple[str, ...] = ()
    quiet: bool = False
    tun: bool = False

    @property
    def key(self) -> tuple[str | None, ...]:
        return ("tun" if self.tun else "tap", self.netns, self.identity, self.name)

    def exists(self) -> bool:
        if is_gone(self.netns, self.identity):
            return False
        with refusals(self.port), netlink(self.netns) as ip:
            return index_of(ip, self.name) is not None

    def make(self) -> None:
        with refusals(f"{self.port}: {self.name}"), netlink(self.netns) as ip:
            self._add()
            index = index_of(ip, self.name)
            if index is None:
                raise MsapemuError(f"{self.port}: {self.name}: made, but not there")
            if self.quiet:
                self._silence_ipv6()
            ip.link("set", index=index, mtu=self.mtu)
            for address in self.addresses:
                _address(ip, "add", index, address)
            ip.link("set", index=index, state="up")

    def adjust(self, old: Tap) -> None:
        """From what `old` says to what this says, while it is in use. Only `mtu` and `addresses` differ."""
        with refusals(f"{self.port}: {self.name}"), netlink(self.netns) as ip:
            index = index_of(ip, self.name)
            if index is None:
                raise MsapemuError(f"{self.port}: {self.name} is no longer there")
            ip.link("set", index=index, mtu=self.mtu)
            for address in old.addresses:
                if address not in self.addresses:
                    _address(ip, "del", index, address)
            for address in self.addresses:
                if address not in old.addresses:
                    _address(ip, "add", index, address)

    def remove(self) -> None:
        if is_gone(self.netns, self.identity):
            return
        with refusals(f"{self.port}: {self.name}"), netlink(self.netns) as ip:
            link = link_of(ip, self.name)
            if link is not None and link.get(("linkinfo", "kind")) == "tun":
                ip.link("del", index=link["index"])

    def _add(self) -> None:
        """A persistent TAP. By ioctl, for only so it is refused when the name is there already."""
        flags = (IFF_TUN if self.tun else IFF_TAP) | IFF_NO_PI | IFF_TUN_EXCL
        request = struct.pack("16sH22x", self.name.encode(), flags)
        device = os.open(TUN_DEVICE, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.ioctl(device, TUNSETIFF, request)
            fcntl.ioctl(device, TUNSETPERSIST, 1)
        except OSError as error:
            if error.errno in (errno.EBUSY, errno.EEXIST, errno.EINVAL):
                raise Taken(f"{self.port}: there is an interface {self.name} already") from None
            raise
        finally:
            os.close(device)

    def _silence_ipv6(self) -> None:
        with inside(self.netns):
            switch = Path(f"/proc/sys/net/ipv6/conf/{self.name}/disable_ipv6")
            if switch.exists():
                switch.write_text("1")


def _address(ip: object, command: str, index: int, address: str) -> None:
    host, _, prefix = address.partition("/")
    ip.addr(command, index=index, address=host, prefixlen=int(prefix))  # type: ignore[attr-defined]
