"""A line once through a receiver that has the groups of a structure on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from msapemu._framing import E1, E3, GFP_T_CLIENTS, Group, Line, LineMap
from msapemu.interop.grouping import Carried
from msapemu.interop.linefile import Source
from msapemu.interop.rates import FRAME_NS, frame_octets
from msapemu.interop.structure import Structure, Vc4
from msapemu.interop.tributaries import Drain

LONGEST_RECEIVED = 65535 - 4 - 4  # octets of a client frame: null extension header, no payload FCS (G.7041 6.1.1.1)
MOST_DELAY_US = 256_000  # G.707 11: what the multiframe counts tell apart

CHARACTER_CLIENTS = [client for client in GFP_T_CLIENTS if client != "ethernet"]

Deliver = Callable[[bytes, int], None]  # an Ethernet frame without FCS, ns since the start of the line
Stop = Callable[[], bool]
Look = Callable[[], None]
LOOK_BLOCKS = 8  # 64 ms of a raw file


class ClientFormat(NamedTuple):
    """What a sink must know that no label on the line says."""

    scramble: bool | None = None  # None: as the adaptation has it
    transparent: str | None = None  # the client of GFP-T
    # of HDLC; None: as the adaptation has it
    plain: bool = False  # without a header, not PPP
    fcs: int | None = None
    stuffing: str | None = None
    lan_fcs: bool | None = None


def nowhere(octets: bytes, time: int) -> None:
    """Delivers to nobody."""


class Client(NamedTuple):
    """A group on the line. Its members are numbered in the order in which they stand."""

    carried: Carried
    group: Group

    def in_vc4(self, number: int) -> dict[str, int]:
        """Its VC-12s and VC-3s there: name and member number."""
        return {member.unit: place for place, member in enumerate(self.carried.members) if member.vc4 == number}


def group_sink(carried: Carried, form: ClientFormat) -> Group:
    """A group that takes whatever comes."""
    if carried.adaptation != "gfp":
        return Group(
            adaptation="hdlc" if form.plain else carried.adaptation,
            fcs=form.fcs,
            stuffing=form.stuffing,
            lan_fcs=form.lan_fcs,
            scramble=form.scramble,
            longest=LONGEST_RECEIVED,
            delay_limit_us=MOST_DELAY_US,
            lcas="one-way" if carried.lcas else False,
        )
    return Group(
        gfp="t" if form.transparent else "f",
        client=form.transparent or "ethernet",
        scramble=form.scramble,
        cid="any",
        longest=LONGEST_RECEIVED,
        delay_limit_us=MOST_DELAY_US,
        lcas="one-way" if carried.lcas else False,
    )


class Pass:
    """The line, the groups on it and what happened.

    `formats`: of the groups, in their order; `tributaries`: by the names that the structure has.
    """

    def __init__(
        self,
        source: Source,
        rate: str,
        structure: Structure,
        formats: Sequence[ClientFormat] = (),
        tributaries: Mapping[str, E1 | E3] | None = None,
    ) -> None:
        self.source = source
        self.rate = rate
        self.line = Line(rate=rate)
        self.clients: list[Client] = []
        self.events: list[tuple[int, str, str, str]] = []
        self.formats = list(formats) or [ClientFormat()] * len(structure.groups)
        for one, form in zip(structure.groups, self.formats, strict=True):
            self.clients.append(Client(one, group_sink(one, form)))
        for vc4 in structure.vc4s:
            self.line.apply(self._map(vc4, tributaries or {}), vc4.number)

    def _map(self, vc4: Vc4, tributaries: Mapping[str, E1 | E3]) -> LineMap:
        clients = [client for client in self.clients if client.in_vc4(vc4.number)]
        if vc4.map == "vc4" and clients:
            number = clients[0].in_vc4(vc4.number)[""] if clients[0].carried.virtual else ()
            return LineMap("vc4", [(clients[0].group, number)], width=vc4.width)
        if vc4.map != "tug":
            return LineMap("unequipped", width=vc4.width)
        here = {member: tributaries[member] for member in vc4.tributaries if member in tributaries}
        groups = [(client.group, client.in_vc4(vc4.number)) for client in clients]
        taken = {unit for _, units in groups for unit in units}
        return LineMap(
            "tug",
            groups,
            contiguous=[unit for client in clients if client.carried.contiguous for unit in client.in_vc4(vc4.number)],
            tributaries=here,
            # nobody takes these VC-3s out, but their overhead is read
            supervisory=[k for k in vc4.tu3 if k not in taken and k not in here],
        )

    def run(
        self,
        deliver: Deliver = nowhere,
        drains: Sequence[Drain] = (),
        stop: Stop | None = None,
        look: Look | None = None,
    ) -> None:
        """Read the line, to its end or until `stop` says so, which is asked after every block; `look` is called now and
        then.

        What comes in one block is delivered group by group.
        """
        frames = 0
        for number, piece in enumerate(self.source.pieces()):
            if isinstance(piece, int):
                self.line.silent(piece)
            else:
                self.line.parse(piece)
            self.events += self.line.events()
            for client in self.clients:
                if client.group.client in CHARACTER_CLIENTS:
                    client.group.receive_characters()  # which nobody wants
                    continue
                for frame in client.group.receive():
                    deliver(frame, frames * FRAME_NS)
            for drain in drains:
                drain.take()
            if look is not None and number % LOOK_BLOCKS == 0:
                look()
            if stop is not None and stop():
                return
            frames += piece if isinstance(piece, int) else len(piece) // frame_octets(self.rate)
        for drain in drains:
            drain.finish()

    def report(self, vc4: int = 1) -> dict[str, Any]:
        """What the line's receiver found."""
        return self.line.report(vc4)
