"""A line once through a receiver that has the groups of a structure on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from msapemu._framing import E1, E3, Group, Line, LineMap
from msapemu.interop.linefile import Source
from msapemu.interop.rates import FRAME_NS, frame_octets
from msapemu.interop.structure import Carried, Vc4
from msapemu.interop.tributaries import Drain

LONGEST_RECEIVED = 65535 - 4 - 4  # octets of a client frame: null extension header, no payload FCS (G.7041 6.1.1.1)

Deliver = Callable[[bytes, int], None]  # an Ethernet frame without FCS, ns since the start of the line
Stop = Callable[[], bool]


class ClientFormat(NamedTuple):
    """What a GFP sink must know that no label on the line says."""

    scramble: bool = True


def nowhere(octets: bytes, time: int) -> None:
    """Delivers to nobody."""


class Client(NamedTuple):
    """A group on the line."""

    vc4: int
    carried: Carried
    group: Group


class Pass:
    """The line, the groups on it and what happened.

    `formats`: of the groups in the order of the VC-4s; `tributaries`: by the names that the structure has.
    """

    def __init__(
        self,
        source: Source,
        rate: str,
        structure: Sequence[Vc4],
        formats: Sequence[ClientFormat] = (),
        tributaries: Mapping[str, E1 | E3] | None = None,
    ) -> None:
        self.source = source
        self.rate = rate
        self.line = Line(rate=rate)
        self.clients: list[Client] = []
        self.events: list[tuple[int, str, str, str]] = []
        carried = [(vc4.number, one) for vc4 in structure for one in vc4.groups]
        self.formats = list(formats) or [ClientFormat()] * len(carried)
        for (number, one), form in zip(carried, self.formats, strict=True):
            self.clients.append(Client(number, one, self._group(form)))
        for vc4 in structure:
            self.line.apply(self._map(vc4, tributaries or {}), vc4.number)

    @staticmethod
    def _group(form: ClientFormat) -> Group:
        return Group(scramble=form.scramble, cid="any", longest=LONGEST_RECEIVED)

    def _map(self, vc4: Vc4, tributaries: Mapping[str, E1 | E3]) -> LineMap:
        clients = [client for client in self.clients if client.vc4 == vc4.number]
        groups = [
            (client.group, () if client.carried.kind == "vc4" else client.carried.members) for client in clients
        ]
        if vc4.map != "tug":
            return LineMap(vc4.map, groups, width=vc4.width)
        here = {member: tributaries[member] for member in vc4.tributaries if member in tributaries}
        taken = {member for client in clients for member in client.carried.members}
        return LineMap(
            "tug",
            groups,
            contiguous=[k for client in clients if client.carried.contiguous for k in client.carried.members],
            tributaries=here,
            # nobody takes these VC-3s out, but their overhead is read
            supervisory=[k for k in vc4.tu3 if k not in taken and k not in here],
        )

    def run(self, deliver: Deliver = nowhere, drains: Sequence[Drain] = (), stop: Stop | None = None) -> None:
        """Read the line, to its end or until `stop` says so, which is asked after every block.

        What comes in one block is delivered group by group.
        """
        frames = 0
        for piece in self.source.pieces():
            if isinstance(piece, int):
                self.line.silent(piece)
            else:
                self.line.parse(piece)
            self.events += self.line.events()
            for client in self.clients:
                for frame in client.group.receive():
                    deliver(frame, frames * FRAME_NS)
            for drain in drains:
                drain.take()
            if stop is not None and stop():
                return
            frames += piece if isinstance(piece, int) else len(piece) // frame_octets(self.rate)
        for drain in drains:
            drain.finish()

    def report(self, vc4: int = 1) -> dict[str, Any]:
        """What the line's receiver found."""
        return self.line.report(vc4)
