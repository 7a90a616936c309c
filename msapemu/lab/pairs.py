"""Interfaces that are attached to ports, and the ports that a circuit joins."""

from __future__ import annotations

from dataclasses import dataclass

from msapemu.node.names import PortName


@dataclass(frozen=True, slots=True)
class Client:
    """What is attached to a client port: a TAP that is made, or an interface that exists. `tun`: to a channel of a line
    port, and it is a TUN."""

    port: PortName
    interface: str | None
    tap: str
    netns: str | None
    container: str | int | None
    addresses: tuple[str, ...]
    mtu: int
    tun: bool = False

    @property
    def place(self) -> str:
        """Where the interface is, for people: "netns hq", "container web", "this machine"."""
        if self.container is not None:
            return f"container {self.container}"
        return f"netns {self.netns}" if self.netns else "this machine"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two client ports that a circuit joins; `cid` when it joins several such pairs."""

    a: PortName
    z: PortName
    cid: int | None = None
