"""An existing interface as a client: what it receives goes to a TAP, what the TAP receives goes out of it.

Both ways by tc: an ingress qdisc with a u32 filter that matches everything and the action mirred redirect.
(Not the filter matchall, which not every kernel has.) Nothing of it reaches the host's own protocols.
"""

from __future__ import annotations

from typing import Any

import msgspec

from msapemu.ctl.errors import MsapemuError
from msapemu.lab.kernel.netlink import Ip, Taken, index_of, link_of, netlink, refusals
from msapemu.lab.kernel.netns import is_gone

IFF_UP, IFF_LOOPBACK, IFF_PROMISC = 0x1, 0x8, 0x100
TC_INGRESS = 0xFFFF0000  # handle ffff:
ETH_P_ALL = 0x0003


class Glue(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="glue"):
    """The interface `interface`, number `index`, in the namespace at path `netns`, glued to the TAP `tap` for
    client `port`. `up` and `promiscuous` are how it was found."""

    port: str
    interface: str
    index: int
    tap: str
    netns: str | None = None
    identity: str | None = None
    up: bool = True
    promiscuous: bool = False

    @property
    def key(self) -> tuple[str | None, ...]:
        return ("glue", self.netns, self.identity, self.interface, str(self.index), self.tap)

    @classmethod
    def find(
        cls, port: str, interface: str, tap: str, netns: str | None, ident: str | None, mtu: int
    ) -> Glue:
        """The interface as it is now; MsapemuError when it is not there or not free."""
        with refusals(f"{port}: {interface}"), netlink(netns) as ip:
            link = link_of(ip, interface)
            if link is None:
                raise MsapemuError(f"{port}: there is no interface {interface}")
            flags, index = int(link["flags"]), int(link["index"])
            if flags & IFF_LOOPBACK:
                raise MsapemuError(f"{port}: {interface} is a loopback interface, not Ethernet")
            if int(link.get("mtu")) > mtu:
                found = f"{interface} has an MTU of {link.get('mtu')}"
                raise MsapemuError(f"{port}: {found}, the port only {mtu} (mtu: in the lab file)")
            if _ingress(ip, index):
                raise MsapemuError(
                    f"{port}: {interface} has an ingress qdisc already (tc qdisc show dev {interface})"
                )
        return cls(port, interface, index, tap, netns, ident, bool(flags & IFF_UP), bool(flags & IFF_PROMISC))

    def exists(self) -> bool:
        if is_gone(self.netns, self.identity):
            return False
        with refusals(self.port), netlink(self.netns) as ip:
            return index_of(ip, self.interface) == self.index and _ingress(ip, self.index)

    def make(self) -> None:
        with refusals(f"{self.port}: {self.interface}"), netlink(self.netns) as ip:
            tap = index_of(ip, self.tap)
            if tap is None:
                raise MsapemuError(f"{self.port}: {self.tap} is not there")
            if _ingress(ip, self.index):
                raise Taken(f"{self.port}: {self.interface} has an ingress qdisc already")
            _redirect(ip, self.index, tap)
            _redirect(ip, tap, self.index)
            ip.link("set", index=self.index, flags=IFF_PROMISC | IFF_UP, change=IFF_PROMISC | IFF_UP)

    def remove(self) -> None:
        if is_gone(self.netns, self.identity):
            return
        with refusals(f"{self.port}: {self.interface}"), netlink(self.netns) as ip:
            if index_of(ip, self.interface) != self.index or not _ingress(ip, self.index):
                return
            flags = (IFF_UP if self.up else 0) | (IFF_PROMISC if self.promiscuous else 0)
            ip.link("set", index=self.index, flags=flags, change=IFF_PROMISC | IFF_UP)
            ip.tc("del", "ingress", self.index)


def _redirect(ip: Ip, source: int, target: int) -> None:
    action: list[dict[str, Any]] = [
        {"kind": "mirred", "direction": "egress", "action": "redirect", "ifindex": target}
    ]
    ip.tc("add", "ingress", source)
    ip.tc(
        "add-filter",
        "u32",
        source,
        parent=TC_INGRESS,
        prio=1,
        protocol=ETH_P_ALL,
        target=0,
        keys=["0x0/0x0+0"],
        action=action,
    )


def _ingress(ip: Ip, index: int) -> bool:
    """Whether the interface has an ingress (or clsact) qdisc."""
    return any(
        qdisc["index"] == index and qdisc.get("kind") in ("ingress", "clsact") for qdisc in ip.get_qdiscs()
    )
