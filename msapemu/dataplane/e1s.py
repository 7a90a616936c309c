"""The E1s of a shelf: where each is, what terminates it, where it is sent on, and who has its timeslots.

`compile_e1s` makes what a configuration wants for the fabric (wire/fabric.pxd) and keeps all that stays the same: an E1
in the same bearer with the same framing goes on in alignment, with its counters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from msapemu._framing import E1, E1Bearer, E1Pass, Fabric, FramedE1, Group, OctetChannel, PdhLine, v35_channel
from msapemu.ctl.config import Circuit, Clock, E1Framing, Shelf
from msapemu.ctl.e1 import TIMESLOTS, E1Place, E1Slots
from msapemu.ctl.e1_uses import LINE_VIAS, E1Uses
from msapemu.ctl.members import Member, sent_members
from msapemu.ctl.objects import Container

E1_OCTETS = 32  # in 125 us
FRAME_US = 125
LUMPS = 8  # frames: those that virtual time lags (timeline.pxd), a VC-12 of four, and as much again to be safe
LEAST_QUEUE = 8192  # octets of an E1, each way: 32 ms


def target_octets(clock: Clock) -> int:
    """What of an E1 that is sent on must wait before it goes: the shelf goes on for the jitter buffer beyond what has
    come (clock.pxd)."""
    return (-(-clock.jitter_ticks * clock.tick_us // FRAME_US) + LUMPS) * E1_OCTETS


def framed_target(clock: Clock) -> int:
    """And of an E1 that is made in step with the line, for a VC-12: it comes a tick at a time, and the mean of its
    fill, by which justification goes, is half of that above the least; lumps after a stall bring it further down."""
    return (-(-clock.tick_us // FRAME_US) + LUMPS) * E1_OCTETS


def queue_octets(target: int) -> int:
    """Room for an E1 of which so much waits, each way: a pass lets four times that wait, and a burst comes on top."""
    return max(LEAST_QUEUE, 8 * target)


@dataclass
class FramedHolder:
    settings: tuple[object, ...]
    framed: FramedE1


@dataclass
class TributaryHolder:
    settings: tuple[object, ...]
    e1: E1
    bearer: E1Bearer


@dataclass
class E1Assembly:
    """All E1s of one configuration. `bearers`: of the E1s in lines and at client ports, by place."""

    uses: E1Uses = field(default_factory=E1Uses)
    bearers: dict[E1Place, E1Bearer] = field(default_factory=dict)
    tributaries: dict[Container, TributaryHolder] = field(default_factory=dict)
    framed: dict[E1Place, FramedHolder] = field(default_factory=dict)
    passes: dict[tuple[E1Place, E1Place], tuple[tuple[object, ...], E1Pass]] = field(default_factory=dict)
    v35: dict[str, tuple[int, OctetChannel]] = field(default_factory=dict)
    fabric: Fabric = field(default_factory=Fabric)
    groups: tuple[str, ...] = ()  # client ports of the groups in the fabric, in its order

    @property
    def channels(self) -> dict[str, OctetChannel]:
        """Of the V.35 ports."""
        return {port: channel for port, (_, channel) in self.v35.items()}

    def is_up(self, port: str) -> bool:
        """Does the V.35 port receive anything?"""
        return self.v35[port][1].signal


def make_tributaries(made: E1Assembly, before: E1Assembly | None, clock: Clock) -> None:
    """The E1s in VC-12s: what the maps of lines want."""
    for place in made.uses.places:
        if place.container is None:
            continue
        waits = target_octets(clock)
        target = framed_target(clock) if place in made.uses.framed else waits
        settings = (place.container, waits, target)
        old = before.tributaries.get(place.container) if before else None
        if old is None or old.settings != settings:
            e1 = E1("async", queue_octets=queue_octets(waits), target_octets=target)
            old = TributaryHolder(settings, e1, e1.bearer)
        made.tributaries[place.container] = old
        made.bearers[place] = old.bearer


def compile_e1s(
    shelf: Shelf,
    made: E1Assembly,
    before: E1Assembly | None,
    groups: Mapping[str, Group],
    numbers: Mapping[str, Mapping[Member, int]],
    lines: Mapping[str, PdhLine],
) -> None:
    """The fabric, once all bearers are there. `groups` and the `numbers` of their members by client port, PDH lines by
    port."""
    target = target_octets(shelf.clock)
    for place, framing in made.uses.framed.items():
        bearer = made.bearers[place]
        settings = (id(bearer), framing)
        held = before.framed.get(place) if before else None
        if held is None or held.settings != settings:
            held = FramedHolder(settings, _framed(bearer, framing))
        made.framed[place] = held
    for sink, source in made.uses.passes:
        ends = made.bearers[sink], made.bearers[source]
        key = (id(ends[0]), id(ends[1]), target)
        old = before.passes.get((sink, source)) if before else None
        if old is None or old[0] != key:
            old = key, E1Pass(*ends, target_octets=target)
        made.passes[sink, source] = old
    for port in shelf.v35:
        known = before.v35.get(port.port) if before else None
        if known is None or known[0] != port.timeslots:
            known = port.timeslots, v35_channel(port.timeslots)
        made.v35[port.port] = known
    members: list[tuple[FramedE1, Group, int]] = []
    runs: list[tuple[FramedE1, Group, tuple[int, ...]]] = []
    in_lines: list[tuple[PdhLine, Group, int | None]] = []
    for circuit in shelf.circuits:
        if circuit.via in LINE_VIAS:
            for member, number in numbers[circuit.port].items():
                assert isinstance(member, E1Place)
                concatenated = circuit.via == "g832"
                in_lines.append((lines[member.port], groups[circuit.port], number if concatenated else None))
        elif circuit.via == "e1" and circuit.vcat:
            for member, number in numbers[circuit.port].items():
                assert isinstance(member, E1Place)
                members.append((made.framed[member].framed, groups[circuit.port], number))
        elif circuit.via in ("e1", "n64"):
            where = _run(circuit)
            runs.append((made.framed[where.place].framed, groups[circuit.port], where.slots))
    made.fabric = Fabric(
        [held.framed for held in made.framed.values()],
        [one for _, one in made.passes.values()],
        [(_end(made, sink), _end(made, source)) for sink, source in made.uses.slots],
        members,
        runs,
        in_lines,
    )
    ports = {id(group): port for port, group in groups.items()}
    made.groups = tuple(ports[id(group)] for group in made.fabric.groups)


def _run(circuit: Circuit) -> E1Slots:
    """The timeslots of a circuit that is not concatenated."""
    (member,) = sent_members(circuit)
    if isinstance(member, E1Slots):
        return member
    assert isinstance(member, E1Place)
    return E1Slots(member, tuple(TIMESLOTS))


def _end(made: E1Assembly, end: E1Slots) -> tuple[FramedE1, tuple[int, ...]] | OctetChannel:
    if end.slots:
        return made.framed[end.place].framed, end.slots
    return made.v35[str(end.place)][1]


def _framed(bearer: E1Bearer, framing: E1Framing) -> FramedE1:
    ssm: dict[str, Any] = {} if framing.ssm is None else {"ssm": framing.ssm, "ssm_bit": framing.ssm_bit}
    return FramedE1(
        bearer,
        framing.framing,
        interworking=framing.interworking,
        cas=framing.cas,
        idle=framing.idle,
        sa=framing.sa,
        **ssm,
    )
