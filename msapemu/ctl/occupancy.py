"""Every container that a line sends has one source: a circuit's group, or a connection. What a configuration says about
that, checked as a whole."""

from __future__ import annotations

from collections.abc import Mapping

from msapemu.ctl.config import LCAS_VIAS, MOST_MEMBERS, STM_N, VIA_NAMES, Circuit, Shelf
from msapemu.ctl.e1_uses import E1Uses, e1_uses, is_e1_connection
from msapemu.ctl.errors import UsageError
from msapemu.ctl.members import container_of, member_of, received_in, received_members, sent_in, sent_members
from msapemu.ctl.objects import Container, Tug3, parse_container, parse_object
from msapemu.ctl.timeslots import LineSlots


def check_occupancy(shelf: Shelf) -> dict[str, LineSlots]:
    """Who has what of what each line sends. UsageError for the first circuit, connection or loopback that cannot be,
    or that wants what another has."""
    lines = {line.port: LineSlots(STM_N[line.rate]) for line in shelf.lines if line.rate in STM_N}
    clients = {client.port for client in shelf.clients}
    owner: dict[str, str] = {}
    names: set[str] = set()
    for circuit in shelf.circuits:
        place = f"{shelf.name}: circuit {circuit.name}"
        if circuit.over_pdh:
            if circuit.line:
                raise UsageError(f"{place}: a circuit via {circuit.via} has its lines among its members only")
        elif circuit.line not in lines:
            raise UsageError(f"{place}: {circuit.line} is no line of the shelf, or no STM-N")
        if circuit.name in names:
            raise UsageError(f"{place}: the name is used twice")
        names.add(circuit.name)
        for client in circuit.clients:
            if client not in clients:
                raise UsageError(f"{place}: {client} is no client port of the shelf")
            if other := owner.get(client):
                raise UsageError(f"{place}: port {client} belongs to circuit {other} already")
            owner[client] = circuit.name
        check_members(circuit, place)
        for container in sent_in(circuit):
            take(lines, container, f"circuit {circuit.name}", place)
    received = _check_connections(shelf, lines, e1_uses(shelf))
    _check_loops(shelf, lines, received)
    return lines


def check_members(circuit: Circuit, place: str) -> None:
    """UsageError for members that are none, or too many, or for what only LCAS can do without it."""
    via = circuit.via
    if not circuit.is_group:
        return
    if via not in MOST_MEMBERS:
        raise UsageError(f"{place}: a circuit in a {VIA_NAMES[via]} has no members")
    one_way = circuit.tx_members + circuit.rx_members
    for member in (*circuit.members, *one_way):
        _check_member(circuit, member, place)
    for members in (sent_members(circuit), received_members(circuit)):
        if twice := [one for one in members if members.count(one) > 1]:
            raise UsageError(f"{place}: {twice[0]} is a member twice")
        if len(members) > MOST_MEMBERS[via]:
            what = f"{len(members)} members are more than {MOST_MEMBERS[via]} {VIA_NAMES[via]}"
            raise UsageError(f"{place}: {what}")
    for member in circuit.idle:
        _check_member(circuit, member, place)
    idle = {member_of(circuit, member) for member in circuit.idle}
    if strange := idle - set(sent_members(circuit)):
        raise UsageError(f"{place}: {strange.pop()} is idle and no member that is sent")
    if circuit.lcas is None:
        if idle:
            raise UsageError(f"{place}: members that are idle need LCAS")
        if one_way:
            raise UsageError(f"{place}: members of one direction only need LCAS")
        if not circuit.members:
            raise UsageError(f"{place}: no members")
    elif via not in LCAS_VIAS:
        raise UsageError(f"{place}: there is no LCAS via {via}")


def _check_member(circuit: Circuit, member: str, place: str) -> None:
    """It is one by its name."""
    via = circuit.via
    if circuit.over_pdh:
        try:
            member_of(circuit, member)
        except ValueError as error:
            raise UsageError(f"{place}: {error}") from None
        return
    try:
        kind = container_of(circuit, member).kind
    except ValueError:
        kind = ""
    if kind != via:
        form = {"vc12": "K.L.M", "vc3": "K", "vc4": "N"}[via]
        raise UsageError(f"{place}: {member!r} is no {VIA_NAMES[via]} ({form})")


def _check_connections(shelf: Shelf, lines: Mapping[str, LineSlots], e1s: E1Uses) -> dict[str, _Structure]:
    """Sinks are used once, sources any number of times; a VC-4 that is taken apart is so in one way. A VC-12 with an E1
    in it is so both ways."""
    received = {port: _Structure() for port in lines}
    ends = {port: LineSlots(line.size) for port, line in lines.items()}
    for circuit in shelf.circuits:
        place = f"{shelf.name}: circuit {circuit.name}"
        for container in received_in(circuit):
            take(ends, container, f"circuit {circuit.name}", place)
            received[container.port].note(container, place)
            if not container.member:
                received[container.port].ended[container.vc4] = circuit.name
    for container in e1s.containers:
        place = f"{shelf.name}/{container}"
        for side in (lines, ends):
            take(side, container, f"the E1 at {container}", place)
        received[container.port].note(container, place)
    for number, connection in enumerate(shelf.connections):
        if is_e1_connection(connection):
            continue
        place = f"{shelf.name}: connections[{number}]"
        sink, source = parse(connection.sink, place), parse(connection.source, place)
        if sink.kind != source.kind:
            what = f"{source} is a {VIA_NAMES[source.kind]}, {sink} a {VIA_NAMES[sink.kind]}"
            raise UsageError(f"{place}: {what}: they do not go together")
        take(lines, sink, f"connection {connection.sink} <- {connection.source}", place)
        check_container(lines, source, place)
        received[source.port].note(source, place)
        if not sink.member:
            received[sink.port].widen(sink, place)
    return received


class _Structure:
    """How the VC-4s that a line receives are taken apart."""

    def __init__(self) -> None:
        self._first: dict[int, tuple[int, int]] = {}  # VC-4 number: where its VC-4(-Xc) begins, and X
        self._tug3: dict[tuple[int, str], str] = {}
        self.ended: dict[int, str] = {}  # VC-4s that a circuit ends as a whole, and which

    def widen(self, container: Container, place: str) -> None:
        """Both directions of a VC-4-Xc are one."""
        extent = container.vc4, container.width
        for vc4 in range(container.vc4, container.vc4 + container.width):
            first, width = self._first.setdefault(vc4, extent)
            if (first, width) != extent:
                wide = Container(container.port, first, width=width)
                raise UsageError(f"{place}: {container} does not go with {wide}, which is used too")

    def note(self, container: Container, place: str) -> None:
        """What is received in it is used."""
        self.widen(container, place)
        if container.member:
            if container.vc4 in self.ended:
                whole = Container(container.port, container.vc4)
                raise UsageError(f"{place}: {container}: circuit {self.ended[container.vc4]} ends all of {whole}")
            kind = self._tug3.setdefault((container.vc4, container.member[0]), container.kind)
            if kind != container.kind:
                tug3 = f"TUG-3 {container.member[0]} of {container.port}/au4.{container.vc4}"
                raise UsageError(f"{place}: {container}: {tug3} is received as {VIA_NAMES[kind]}")


def _check_loops(shelf: Shelf, lines: Mapping[str, LineSlots], received: Mapping[str, _Structure]) -> None:
    seen: set[str] = set()
    for loop in shelf.loops:
        place = f"{shelf.name}: loopback {loop.object}"
        try:
            where = parse_object(loop.object)
        except ValueError as error:
            raise UsageError(f"{place}: {error}") from None
        if isinstance(where, str):
            if where not in lines:
                raise UsageError(f"{place}: {where} is no line of the shelf, or no STM-N")
        elif loop.kind == "equipment":
            raise UsageError(f"{place}: an equipment loopback is at a line port")
        else:
            _check_loop(where, lines, received, place)
        if loop.object in seen:
            raise UsageError(f"{place}: is there twice")
        seen.add(loop.object)


def _check_loop(
    where: Tug3 | Container, lines: Mapping[str, LineSlots], received: Mapping[str, _Structure], place: str
) -> None:
    """A part of a VC-4 that is sent or received otherwise cannot be sent back."""
    if isinstance(where, Tug3):
        check_container(lines, Container(where.port, where.vc4), place)
        tug3, kind = where.number, ""
    elif not where.member:
        check_container(lines, where, place)
        received[where.port].widen(where, place)
        return
    else:
        check_container(lines, where, place)
        received[where.port].note(where, place)
        tug3, kind = where.member[0], where.kind
    line = lines[where.port]
    if line.whole_owner(where.vc4):
        raise UsageError(f"{place}: {line.whole_owner(where.vc4)} has all of {Container(where.port, where.vc4)}")
    sent = line.tug3(where.vc4, tug3)
    if kind and sent not in ("", kind):
        raise UsageError(f"{place}: TUG-3 {tug3} is sent as {VIA_NAMES[sent]}")


def parse(text: str, place: str) -> Container:
    """The container of that name; UsageError when it is none."""
    try:
        return parse_container(text)
    except ValueError as error:
        raise UsageError(f"{place}: {error}") from None


def check_container(lines: Mapping[str, LineSlots], container: Container, place: str) -> LineSlots:
    """The line that has it; UsageError when there is no such container."""
    line = lines.get(container.port)
    if line is None:
        raise UsageError(f"{place}: {container.port} is no line of the shelf, or no STM-N")
    if not 1 <= container.vc4 <= line.size:
        raise UsageError(f"{place}: {container}: an STM-{line.size} has VC-4 1..{line.size}")
    if container.vc4 not in line.places(container.kind):
        begins = ", ".join(map(str, line.places(container.kind))) or "nowhere"
        what = f"a {VIA_NAMES[container.kind]} of an STM-{line.size} begins at {begins}"
        raise UsageError(f"{place}: {container}: {what}")
    return line


def take(lines: Mapping[str, LineSlots], container: Container, owner: str, place: str) -> None:
    """UsageError when there is no such container, or when it or a part of it has an owner."""
    line = check_container(lines, container, place)
    other = line.owner(container.vc4, container.member, container.width)
    if other:
        raise UsageError(f"{place}: {container} is used by {other} already")
    line.take(owner, container.vc4, container.member, container.width)
