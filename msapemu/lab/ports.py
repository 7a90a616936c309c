"""UDP ports for links on one host: found free by binding them, and held until the shelves take them over."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from types import TracebackType

from msapemu.ctl.config import Satop, Udp
from msapemu.lab.network import Link, Network
from msapemu.node.names import PortName

ADDRESS = "127.0.0.1"


def transport(link: Link, local: str, peer: str) -> Udp | Satop:
    """How its signal goes between these addresses."""
    if (satop := link.satop) is not None:
        return Satop(local, peer, satop.payload, satop.rtp, satop.jitter)
    return Udp(local, peer)


class HeldPorts:
    """`links`: the addresses of every plugged line port. Links in `kept` stay as they are."""

    def __init__(self, network: Network, kept: Mapping[frozenset[PortName], Mapping[PortName, Udp | Satop]]) -> None:
        self._sockets: list[socket.socket] = []
        self.links: dict[PortName, Udp | Satop] = {}
        try:
            for link in network.links:
                if (known := kept.get(frozenset(link.ends))) is not None:
                    a, z = known[link.a].local, known[link.z].local
                else:
                    a, z = self._hold(), self._hold()
                self.links[link.a], self.links[link.z] = transport(link, a, z), transport(link, z, a)
        except BaseException:
            self.release()
            raise

    def _hold(self) -> str:
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sockets.append(one)
        one.bind((ADDRESS, 0))
        return f"{ADDRESS}:{one.getsockname()[1]}"

    def release(self) -> None:
        """Free for the shelves to bind."""
        for one in self._sockets:
            one.close()
        self._sockets.clear()

    def __enter__(self) -> HeldPorts:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
