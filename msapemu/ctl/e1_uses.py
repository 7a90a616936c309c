"""What a shelf does with its E1s: which are terminated and how, which are sent on as a whole, who has which timeslots.
What a configuration says about that, checked as a whole: all that is sent has one source."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from msapemu.ctl.config import E1S, RATE_NAMES, Circuit, Connection, E1Framing, Shelf
from msapemu.ctl.e1 import SIGNALLING, E1Place, E1Slots, parse_place, parse_slots
from msapemu.ctl.errors import UsageError
from msapemu.ctl.members import Member, member_of, received_members, sent_members
from msapemu.ctl.objects import Container

LINE_VIAS = ("g832", "fe")  # the members are lines, of the rate of that name


@dataclass
class E1Uses:
    """Of a whole shelf. `framed`: the E1s that are terminated, and how. `passes`: (sink, source) of E1s that are sent
    on as a whole. `slots`: (sink, source) of timeslots, to and from V.35 ports too. `lines`: ports that are members of
    a group, and whose circuit's."""

    framed: dict[E1Place, E1Framing] = field(default_factory=dict)
    passes: list[tuple[E1Place, E1Place]] = field(default_factory=list)
    slots: list[tuple[E1Slots, E1Slots]] = field(default_factory=list)
    lines: dict[str, str] = field(default_factory=dict)

    @property
    def containers(self) -> tuple[Container, ...]:
        """The VC-12s that carry one of them."""
        return tuple(place.container for place in self.places if place.container is not None)

    @property
    def places(self) -> tuple[E1Place, ...]:
        """Every E1 that something is done with."""
        passed = (place for pair in self.passes for place in pair)
        return tuple(dict.fromkeys((*self.framed, *passed)))


def is_e1_connection(connection: Connection) -> bool:
    """Is it of whole E1s, not of containers?"""
    return any("/au4" not in text for text in (connection.sink, connection.source))


def e1_uses(shelf: Shelf) -> E1Uses:
    """UsageError for the first thing that cannot be, or that wants what another has."""
    return _Check(shelf).uses


class _Check:
    def __init__(self, shelf: Shelf) -> None:
        self.uses = E1Uses()
        self._rates: dict[str, str] = {line.port: line.rate for line in shelf.lines}
        self._clients = {client.port for client in shelf.e1_clients}
        self._v35 = {port.port: port.timeslots for port in shelf.v35}
        self._sent: dict[E1Place, str] = {}  # who has all of what is sent there, and of what is received
        self._received: dict[E1Place, str] = {}
        self._slots: dict[tuple[E1Place, int], str] = {}  # who has a timeslot that is sent
        self._to_v35: dict[str, str] = {}
        for framing in shelf.framings:
            self._framing(framing, f"{shelf.name}/{framing.place}")
        for number, connection in enumerate(shelf.connections):
            if is_e1_connection(connection):
                self._pass(connection, f"{shelf.name}: connections[{number}]")
        for circuit in shelf.circuits:
            if circuit.over_pdh:
                self._circuit(circuit, f"{shelf.name}: circuit {circuit.name}")
        for number, one in enumerate(shelf.timeslots):
            place = f"{shelf.name}: timeslots[{number}]"
            self._connect(_slots(one.sink, place), _slots(one.source, place), place)

    def _framing(self, framing: E1Framing, place: str) -> None:
        where = self._place(framing.place, place)
        if where in self.uses.framed:
            raise UsageError(f"{place}: the E1 is framed twice")
        if framing.cas and framing.framing == "unframed":
            raise UsageError(f"{place}: an E1 without frames has no signalling")
        for name, value, most in (("idle", framing.idle, 255), ("sa", framing.sa, 31), ("ssm", framing.ssm or 0, 15)):
            if not 0 <= value <= most:
                raise UsageError(f"{place}: {name} {value} is not in 0..{most}")
        if not 4 <= framing.ssm_bit <= 8:
            raise UsageError(f"{place}: Sa{framing.ssm_bit} is not in Sa4..Sa8")
        if framing.ssm is not None and framing.framing != "crc4":
            raise UsageError(f"{place}: a synchronization status message needs the CRC-4 multiframe")
        self.uses.framed[where] = framing

    def _place(self, text: str, place: str) -> E1Place:
        try:
            where = parse_place(text)
        except ValueError as error:
            raise UsageError(f"{place}: {error}") from None
        return self._known(where, place)

    def _known(self, where: E1Place, place: str) -> E1Place:
        """There is such an E1. (Whether the VC-12 is there is seen with all containers.)"""
        rate = self._rates.get(where.port, "")
        if where.container is not None:
            return where
        if where.port in self._clients or rate == "e1":
            if where.tributary:
                raise UsageError(f"{place}: {where}: {where.port} is one E1")
        elif rate in E1S:
            if not where.tributary:
                raise UsageError(f"{place}: {where}: an {RATE_NAMES[rate]} has E1s e1.1..e1.{E1S[rate]}")
            if where.tributary > E1S[rate]:
                raise UsageError(f"{place}: {where}: an {RATE_NAMES[rate]} has {E1S[rate]} E1s")
        else:
            raise UsageError(f"{place}: {where} is no E1 of the shelf")
        return where

    def _pass(self, connection: Connection, place: str) -> None:
        sink, source = self._place(connection.sink, place), self._place(connection.source, place)
        owner = f"connection {sink} <- {source}"
        for where in (sink, source):
            if where in self.uses.framed:
                raise UsageError(f"{place}: the E1 at {where} is terminated, it cannot be sent on as a whole")
        _take(self._sent, sink, owner, place)
        _take(self._received, source, owner, place)
        self.uses.passes.append((sink, source))

    def _framed(self, where: E1Place, place: str) -> E1Framing:
        """The E1 is terminated, as nothing else is said with CRC-4."""
        self._known(where, place)
        if other := self._sent.get(where) or self._received.get(where):
            raise UsageError(f"{place}: {where} is used by {other} already")
        return self.uses.framed.setdefault(where, E1Framing(str(where)))

    def _circuit(self, circuit: Circuit, place: str) -> None:
        owner = f"circuit {circuit.name}"
        if circuit.via in LINE_VIAS:
            self._lines(circuit, place)
            return
        sent, received = _members(circuit, place)
        for one in dict.fromkeys((*sent, *received)):
            where = one.place if isinstance(one, E1Slots) else one
            assert isinstance(where, E1Place)
            framing = self._framed(where, place)
            if circuit.via == "e1":
                if circuit.vcat and framing.framing != "crc4":
                    raise UsageError(f"{place}: {where}: virtual concatenation of E1 needs the CRC-4 multiframe")
                if framing.framing == "unframed" or framing.cas:
                    what = "no frames" if framing.framing == "unframed" else "signalling in timeslot 16"
                    raise UsageError(f"{place}: the E1 at {where} has {what}: it cannot carry the circuit")
        for one in sent:
            for slot in one.slots if isinstance(one, E1Slots) else range(1, 32):
                where = one.place if isinstance(one, E1Slots) else one
                assert isinstance(where, E1Place)
                self._slot(where, slot, owner, place)

    def _lines(self, circuit: Circuit, place: str) -> None:
        sent, received = _members(circuit, place)
        for one in dict.fromkeys((*sent, *received)):
            assert isinstance(one, E1Place)
            if one.tributary or one.container is not None or self._rates.get(one.port) != circuit.via:
                raise UsageError(f"{place}: {one} is no line of rate {circuit.via} of the shelf")
            _take(self.uses.lines, one.port, f"circuit {circuit.name}", place)

    def _slot(self, where: E1Place, slot: int, owner: str, place: str) -> None:
        framing = self._framed(where, place)
        if framing.framing == "unframed":
            raise UsageError(f"{place}: the E1 at {where} has no frames, and so no timeslots")
        if framing.cas and slot == SIGNALLING:
            raise UsageError(f"{place}: timeslot 16 of {where} carries signalling")
        _take(self._slots, (where, slot), owner, place, f"timeslot {slot} of {where}")

    def _connect(self, sink: E1Slots, source: E1Slots, place: str) -> None:
        n, m = self._width(sink, place), self._width(source, place)
        if n != m:
            raise UsageError(f"{place}: {source} has {m} timeslots, {sink} {n}")
        owner = f"timeslots {sink} <- {source}"
        if sink.slots:
            for slot in sink.slots:
                self._slot(sink.place, slot, owner, place)
        else:
            _take(self._to_v35, sink.place.port, owner, place)
        if source.slots:
            framing = self._framed(source.place, place)
            if framing.framing == "unframed":
                raise UsageError(f"{place}: the E1 at {source.place} has no frames, and so no timeslots")
            if framing.cas and SIGNALLING in source.slots:
                raise UsageError(f"{place}: timeslot 16 of {source.place} carries signalling")
        self.uses.slots.append((sink, source))

    def _width(self, end: E1Slots, place: str) -> int:
        if end.slots:
            return len(end.slots)
        port = str(end.place)
        if port not in self._v35:
            raise UsageError(f"{place}: {port} is no V.35 port of the shelf, nor are timeslots named (such as 1/1:1-4)")
        return self._v35[port]


def _members(circuit: Circuit, place: str) -> tuple[tuple[Member, ...], tuple[Member, ...]]:
    """Sent and received; UsageError for one that is none, or there twice."""
    for text in (*circuit.members, *circuit.tx_members, *circuit.rx_members, *circuit.idle):
        try:
            member_of(circuit, text)
        except ValueError as error:
            raise UsageError(f"{place}: {error}") from None
    return sent_members(circuit), received_members(circuit)


def _slots(text: str, place: str) -> E1Slots:
    try:
        return parse_slots(text)
    except ValueError as error:
        raise UsageError(f"{place}: {error}") from None


def _take(taken: dict[Any, str], what: object, owner: str, place: str, name: str = "") -> None:
    if other := taken.get(what):
        raise UsageError(f"{place}: {name or what} is used by {other} already")
    taken[what] = owner
