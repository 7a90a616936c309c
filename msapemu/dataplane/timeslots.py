"""Every container that a line sends has one source: a circuit's group, or a connection. What a configuration says about
that, checked as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msapemu.ctl.config import STM_N, VIA_NAMES, WIDTHS, Circuit, Shelf
from msapemu.ctl.errors import UsageError
from msapemu.ctl.objects import Container
from msapemu.ctl.timeslots import MEMBERS, LineSlots


def check_timeslots(shelf: Shelf) -> None:
    """UsageError for the first circuit that cannot be, or that wants what another has."""
    lines = {line.port: LineSlots(STM_N[line.rate]) for line in shelf.lines}
    clients = {client.port for client in shelf.clients}
    owner: dict[str, str] = {}
    names: set[str] = set()
    for circuit in shelf.circuits:
        place = f"{shelf.name}: circuit {circuit.name}"
        if circuit.line not in lines:
            raise UsageError(f"{place}: {circuit.line} is no line of the shelf")
        if circuit.client not in clients:
            raise UsageError(f"{place}: {circuit.client} is no client port of the shelf")
        if owner.setdefault(circuit.client, circuit.name) != circuit.name:
            raise UsageError(f"{place}: port {circuit.client} belongs to circuit {owner[circuit.client]} already")
        if circuit.name in names:
            raise UsageError(f"{place}: the name is used twice")
        names.add(circuit.name)
        _check_members(circuit, place)
        for container in containers_of(circuit):
            take(lines, container, f"circuit {circuit.name}", place)


def containers_of(circuit: Circuit) -> Iterator[Container]:
    """What the circuit's group is carried in."""
    if circuit.via in WIDTHS:
        yield Container(circuit.line, circuit.vc4, width=WIDTHS[circuit.via])
    for member in circuit.members:
        yield Container(circuit.line, circuit.vc4, member)


def _check_members(circuit: Circuit, place: str) -> None:
    if circuit.via in WIDTHS:
        if circuit.members:
            raise UsageError(f"{place}: a circuit in a {VIA_NAMES[circuit.via]} has no members")
        return
    if not circuit.members:
        raise UsageError(f"{place}: no members")
    for member in circuit.members:
        if member not in MEMBERS[circuit.via]:
            form = "K" if circuit.via == "vc3" else "K.L.M"
            raise UsageError(f"{place}: {member!r} is no {VIA_NAMES[circuit.via]} ({form})")


def check_container(lines: Mapping[str, LineSlots], container: Container, place: str) -> LineSlots:
    """The line that has it; UsageError when there is no such container."""
    line = lines.get(container.port)
    if line is None:
        raise UsageError(f"{place}: {container.port} is no line of the shelf")
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
