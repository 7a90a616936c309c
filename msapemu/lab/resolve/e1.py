"""`circuits` of E1: from one E1 client port to another one, as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from msapemu.ctl.config import E1S, STM_N
from msapemu.ctl.e1 import E1Place
from msapemu.lab import model
from msapemu.lab.document import Problem, Where
from msapemu.lab.network import Link
from msapemu.lab.resolve.bearers import Bearers, E1Want, full_text
from msapemu.lab.resolve.ends import ANY_KEYS, CircuitEnds, form_of_ends, strange_keys
from msapemu.lab.resolve.routes import Way, pools
from msapemu.lab.resolve.shelves import Shelves
from msapemu.lab.trails import E1Circuit
from msapemu.node.e1_places import shelf_and_place
from msapemu.node.names import PortName

VIAS = (None, "e1", "vc12")


@dataclass(slots=True)
class E1CircuitWant:
    """`e1`: what it needs."""

    name: str
    a: PortName
    z: PortName
    e1: E1Want
    comes_first: bool = False

    def place_named(self, bearers: Bearers, _: object, problems: list[Problem]) -> None:
        self.e1.place_named(bearers, problems)

    def place_rest(self, bearers: Bearers, _: object, problems: list[Problem]) -> None:
        if (full := self.e1.place_rest(bearers)) is not None:
            problems.append(Problem(self.e1.where, f"{full_text(full)}: no E1 is free"))

    def resolved(self) -> E1Circuit | None:
        trail = self.e1.trail()
        return None if trail is None else E1Circuit(self.name, self.a, self.z, trail)


def want_e1(
    circuit: model.Circuit,
    where: Where,
    shelves: Shelves,
    links: Sequence[Link],
    ends: CircuitEnds,
    problems: list[Problem],
) -> E1CircuitWant | None:
    """None when there is a problem."""
    found = len(problems)
    form_of_ends(circuit, where, problems)
    strange_keys(circuit, set(type(circuit).model_fields) - set(ANY_KEYS), "of E1", where, problems)
    check_via(circuit, "an E1", where, problems)
    names = places_named(circuit, where, 1, problems)
    ends.check(circuit, "e1", where, problems)
    if len(problems) > found or circuit.a is None or circuit.z is None:
        return None
    steps = pools(e1_way(circuit, where), shelves, links_for(links, circuit.via), problems)
    if steps is None:
        return None
    want = E1Want(where, f"circuit {circuit.name!r}", steps, names[0] if names else None)
    return E1CircuitWant(circuit.name, circuit.a, circuit.z, want)


def e1_way(circuit: model.Circuit, where: Where) -> Way:
    """Over links that carry E1s."""
    a, z = shelves_of(circuit)
    return Way(a, z, circuit.path, circuit.line, None, where, " that carries E1s")


def links_for(links: Sequence[Link], via: str | None) -> list[Link]:
    """Over which an E1 may go; `via` vc12: of STM-N only, e1: of PDH only."""
    good = (*(() if via == "e1" else STM_N), *(() if via == "vc12" else E1S))
    return [link for link in links if link.rate in good]


def check_via(circuit: model.Circuit, what: str, where: Where, problems: list[Problem]) -> None:
    """Of a circuit whose ports say what it is."""
    if circuit.via not in VIAS:
        problems.append(Problem((*where, "via"), f"{circuit.via}: {what} goes via vc12, e1, or without via by either"))


def places_named(
    circuit: model.Circuit, where: Where, most: int, problems: list[Problem]
) -> list[tuple[bool, E1Place]]:
    """The E1s that `members` names, and whether at end a."""
    here, members = (*where, "members"), circuit.members
    if members is None or isinstance(members, int):
        if isinstance(members, int) and members > most:
            problems.append(Problem(here, f"{members} is out of range (1..{most} E1)"))
        return []
    if isinstance(members, dict):
        problems.append(Problem(here, "E1s are a number, or a list of places (such as 1/1, 1/2/e1.3)"))
        return []
    if len(members) > most:
        problems.append(Problem(here, f"{len(members)} is out of range (1..{most} E1)"))
    found = []
    a, z = shelves_of(circuit)
    for text in members:
        try:
            shelf, place = shelf_and_place(text)
        except ValueError as error:
            problems.append(Problem(here, str(error)))
            continue
        if shelf not in ("", a, z):
            problems.append(Problem(here, f"{text}: the circuit does not end at {shelf} (it does at {a} and {z})"))
            continue
        found.append((shelf in ("", a), place))
    return found


def shelves_of(circuit: model.Circuit) -> tuple[str, str]:
    """At which it ends."""
    for port, other in ((circuit.a, circuit.z), *((one.a, one.z) for one in circuit.channels)):
        if port is not None and other is not None:
            return port.shelf, other.shelf
    return "", ""
