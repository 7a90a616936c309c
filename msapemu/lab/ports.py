"""UDP ports for links on one host: found free by binding them, and held until the shelves take them over."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from types import TracebackType

from msapemu.ctl.config import Udp
from msapemu.lab.network import Network
from msapemu.node.names import PortName

ADDRESS = "127.0.0.1"


class HeldPorts:
    """`links`: the addresses of every plugged line port. Links in `kept` stay as they are."""

    def __init__(self, network: Network, kept: Mapping[frozenset[PortName], Mapping[PortName, Udp]]) -> None:
        self._sockets: list[socket.socket] = []
        self.links: dict[PortName, Udp] = {}
        try:
            for link in network.links:
                if (known := kept.get(frozenset(link.ends))) is not None:
                    self.links.update(known)
                    continue
                a, z = self._hold(), self._hold()
                self.links[link.a], self.links[link.z] = Udp(a, z), Udp(z, a)
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
