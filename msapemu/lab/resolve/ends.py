"""`circuits`: the client ports that a circuit joins, and what kind of circuit it is by them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Literal

from msapemu.ctl.config import PDH_VIAS
from msapemu.lab import model
from msapemu.lab.document import Problem, Where
from msapemu.lab.pairs import Pair
from msapemu.lab.resolve.shelves import Shelves
from msapemu.node.cards import PortKind
from msapemu.node.names import PortName

CircuitKind = Literal["sdh", "eop", "e1", "v35"]
PDH_KEYS = ("timeslots", "groom", "adaptation", "vcat")
ANY_KEYS = ("name", "a", "z", "via", "path", "line", "members")


@dataclass(slots=True)
class CircuitEnds:
    """`attached`: the ports with something plugged in; the names and ports that circuits have, and which."""

    shelves: Shelves
    attached: Collection[PortName]
    names: dict[str, int] = field(default_factory=dict)
    ports: dict[PortName, int] = field(default_factory=dict)

    def named(self, circuits: Sequence[model.Circuit], problems: list[Problem]) -> None:
        """Each name once."""
        for index, circuit in enumerate(circuits):
            if circuit.name in self.names:
                what = f"{circuit.name!r} is used twice (also circuits[{self.names[circuit.name]}])"
                problems.append(Problem(("circuits", index, "name"), what))
            self.names.setdefault(circuit.name, index)

    def check(self, circuit: model.Circuit, kind: PortKind, where: Where, problems: list[Problem]) -> bool:
        """Its ports are of that kind, have something attached, and are in no other circuit."""
        good = True
        index = int(where[1])
        for port, here in _ends_of(circuit, where):
            if not self.shelves.holds(port, kind, here, problems):
                good = False
            elif port not in self.attached:
                problems.append(Problem(here, f"{port}: nothing is attached to this port (topology.clients)"))
                good = False
            elif kind == "client" and self.shelves.card(port).pdh != (circuit.via in PDH_VIAS):
                other = "in PDH" if self.shelves.card(port).pdh else "in SDH"
                what = f"{port}: a card {self.shelves.card(port).kind} carries Ethernet {other}, not via {circuit.via}"
                problems.append(Problem(here, what))
                good = False
            if port in self.ports:
                problems.append(Problem(here, f"{port} is used twice (also in circuits[{self.ports[port]}])"))
                good = False
            self.ports.setdefault(port, index)
        return good


def kind_of(circuit: model.Circuit, shelves: Shelves) -> CircuitKind:
    """By its ports, and of Ethernet by `via`."""
    if (pairs := pairs_of(circuit)) and not circuit.channels:
        for port in (pairs[0].a, pairs[0].z):
            kind = shelves.kind(port)
            if kind in ("e1", "v35"):
                return kind
    return "eop" if circuit.via in PDH_VIAS else "sdh"


def pairs_of(circuit: model.Circuit) -> tuple[Pair, ...]:
    """The client ports that it joins."""
    if circuit.a is not None and circuit.z is not None:
        return (Pair(circuit.a, circuit.z),)
    return tuple(Pair(channel.a, channel.z, channel.cid) for channel in circuit.channels)


def form_of_ends(circuit: model.Circuit, where: Where, problems: list[Problem]) -> None:
    """Ends are there, and at two shelves."""
    pairs = pairs_of(circuit)
    if not circuit.channels:
        problems.extend(
            Problem((*where, side), "is missing") for side in ("a", "z") if getattr(circuit, side) is None
        )
    elif circuit.a is not None or circuit.z is not None:
        problems.append(Problem((*where, "channels"), "a and z, and channels, exclude each other"))
        return
    for number, pair in enumerate(pairs):
        here = (*where, "channels", number) if pair.cid is not None else where
        if pair.a.shelf == pair.z.shelf:
            what = f"{pair.a} and {pair.z} are ports of one shelf: no line is between them"
            problems.append(Problem(here, what))
        elif (pair.a.shelf, pair.z.shelf) != (pairs[0].a.shelf, pairs[0].z.shelf):
            what = f"{pair.a} and {pair.z} are not at the shelves of the first channel, in its order"
            problems.append(Problem(here, what))
        if pair.cid is not None and pair.cid in [other.cid for other in pairs[:number]]:
            problems.append(Problem((*here, "cid"), f"{pair.cid} is used twice"))


def strange_keys(
    circuit: model.Circuit, keys: Collection[str], what: str, where: Where, problems: list[Problem]
) -> None:
    """Keys that such a circuit has not."""
    given = [key for key in type(circuit).model_fields if key in circuit.model_fields_set]
    problems.extend(Problem((*where, key), f"a circuit {what} has no such key") for key in given if key in keys)


def _ends_of(circuit: model.Circuit, where: Where) -> list[tuple[PortName, Where]]:
    """Its client ports, and where they stand."""
    found: list[tuple[PortName, Where]] = []
    for side in ("a", "z"):
        if (port := getattr(circuit, side)) is not None:
            found.append((port, (*where, side)))
        for number, channel in enumerate(circuit.channels):
            found.append((getattr(channel, side), (*where, "channels", number, side)))
    return found
