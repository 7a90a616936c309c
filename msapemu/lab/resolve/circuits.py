"""`circuits`: Ethernet between two clients, over which line and in which members of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from msapemu.lab import model
from msapemu.lab.document import Problem, Where
from msapemu.lab.model import Lab
from msapemu.lab.network import Circuit, Link
from msapemu.lab.resolve.shelves import Shelves
from msapemu.node.members import VC12S, first_free
from msapemu.node.names import PortName


@dataclass(slots=True)
class _Use:
    """What of a link is taken already, and by which circuit."""

    vc4: str | None = None
    vc12: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A circuit whose ends and link are known."""

    where: Where
    circuit: model.Circuit
    link: Link


def resolve_circuits(
    lab: Lab, shelves: Shelves, links: Sequence[Link], problems: list[Problem]
) -> list[Circuit]:
    """Ends, links and members. Members that are named are taken first; then, in the order of the file,
    `members: N` takes the first N that are free. So both ends, and every run, come to the same."""
    attached = {client.port for client in lab.topology.clients}
    names: dict[str, int] = {}
    ports: dict[PortName, int] = {}
    wanted: list[_Wanted] = []
    for index, circuit in enumerate(lab.circuits):
        where: Where = ("circuits", index)
        if circuit.name in names:
            what = f"{circuit.name!r} is used twice (also circuits[{names[circuit.name]}])"
            problems.append(Problem((*where, "name"), what))
        names.setdefault(circuit.name, index)
        good = _form(circuit, where, problems)
        for side, port in (("a", circuit.a), ("z", circuit.z)):
            here = (*where, side)
            if not shelves.holds(port, "client", here, problems):
                good = False
            elif port not in attached:
                problems.append(Problem(here, f"{port}: nothing is attached to this port (topology.clients)"))
                good = False
            if port in ports:
                problems.append(Problem(here, f"{port} is used twice (also in circuits[{ports[port]}])"))
                good = False
            ports.setdefault(port, index)
        if good and (link := _link(circuit, where, shelves, links, problems)):
            wanted.append(_Wanted(where, circuit, link))
    return _with_members(wanted, problems)


def _form(circuit: model.Circuit, where: Where, problems: list[Problem]) -> bool:
    found = len(problems)
    if circuit.a.shelf == circuit.z.shelf:
        problems.append(
            Problem(where, f"{circuit.a} and {circuit.z} are ports of one shelf: no line is between them")
        )
    if circuit.via == "vc4" and circuit.members is not None:
        problems.append(
            Problem((*where, "members"), "a circuit via vc4 has no members (it is one whole VC-4)")
        )
    if circuit.via == "vc12" and circuit.members is None:
        problems.append(
            Problem((*where, "members"), f"is missing: how many VC-12 (1..{VC12S}), or a list of K.L.M")
        )
    return len(problems) == found


def _link(
    circuit: model.Circuit, where: Where, shelves: Shelves, links: Sequence[Link], problems: list[Problem]
) -> Link | None:
    """The link that the circuit runs over."""
    ends = {circuit.a.shelf, circuit.z.shelf}
    between = [link for link in links if {link.a.shelf, link.z.shelf} == ends]
    both = f"{circuit.a.shelf} and {circuit.z.shelf}"
    if circuit.line is not None:
        here = (*where, "line")
        if not shelves.holds(circuit.line, "line", here, problems):
            return None
        named = [link for link in links if circuit.line in link.ends]
        if not named:
            problems.append(Problem(here, f"{circuit.line}: no link is plugged into this port"))
        elif named[0] not in between:
            problems.append(Problem(here, f"{circuit.line}: this link does not join {both}"))
        else:
            return named[0]
        return None
    if len(between) == 1:
        return between[0]
    if between:
        choice = ", ".join(str(link.end_at(circuit.a.shelf)) for link in between)
        problems.append(Problem(where, f"several links join {both}: say which with line: (one of {choice})"))
    else:
        problems.append(Problem(where, f"no link joins {both}"))
    return None


def _with_members(wanted: Sequence[_Wanted], problems: list[Problem]) -> list[Circuit]:
    uses: dict[Link, _Use] = {}
    named: dict[str, tuple[str, ...]] = {}
    for one in wanted:
        use = uses.setdefault(one.link, _Use())
        if one.circuit.via == "vc4":
            if use.vc4 is not None:
                what = f"the link {one.link.a} - {one.link.z} is full: circuit {use.vc4!r} has its VC-4"
                problems.append(Problem((*one.where, "via"), what))
            use.vc4 = use.vc4 or one.circuit.name
        elif isinstance(one.circuit.members, tuple):
            named[one.circuit.name] = _take(one, use, problems)
    circuits = []
    for one in wanted:
        circuit, use = one.circuit, uses[one.link]
        members: tuple[str, ...] = ()
        if circuit.via == "vc12":
            if use.vc4 is not None:
                what = f"the link {one.link.a} - {one.link.z} is full: circuit {use.vc4!r} has its VC-4"
                problems.append(Problem((*one.where, "via"), what))
                continue
            if isinstance(circuit.members, int):
                members = first_free(circuit.members, use.vc12)
                if len(members) < circuit.members:
                    what = (
                        f"the link {one.link.a} - {one.link.z} is full: {circuit.members} VC-12 wanted, "
                        f"{len(members)} of {VC12S} free"
                    )
                    problems.append(Problem((*one.where, "members"), what))
                use.vc12.update(dict.fromkeys(members, circuit.name))
            else:
                members = named[circuit.name]
        circuits.append(
            Circuit(
                circuit.name,
                circuit.a,
                circuit.z,
                one.link.end_at(circuit.a.shelf),
                one.link.end_at(circuit.z.shelf),
                circuit.via,
                members,
                circuit.payload_fcs,
                circuit.scramble,
            )
        )
    return circuits


def _take(one: _Wanted, use: _Use, problems: list[Problem]) -> tuple[str, ...]:
    """The members that the circuit names, marked as used."""
    members = one.circuit.members
    assert isinstance(members, tuple)
    for member in members:
        if member in use.vc12:
            link = f"{one.link.a} - {one.link.z}"
            what = f"{member} is used twice on the link {link} (also by circuit {use.vc12[member]!r})"
            problems.append(Problem((*one.where, "members"), what))
        use.vc12.setdefault(member, one.circuit.name)
    return members
