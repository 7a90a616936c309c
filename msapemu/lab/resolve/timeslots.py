"""`timeslots` of a node: which timeslots of its E1s go where, as a cross-connect 1/0 does it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from msapemu.ctl.config import Timeslots
from msapemu.ctl.e1 import E1Slots
from msapemu.ctl.timeslots import LineSlots
from msapemu.lab import model
from msapemu.lab.document import Problem, Where
from msapemu.lab.model import Lab
from msapemu.lab.network import Link
from msapemu.lab.resolve.bearers import Bearers
from msapemu.lab.resolve.shelves import Shelves
from msapemu.node.e1_places import place_fault
from msapemu.node.names import PortName


@dataclass(frozen=True, slots=True)
class SlotsConnected:
    """One way of a connection of a shelf."""

    shelf: str
    sink: E1Slots
    source: E1Slots

    @property
    def connection(self) -> Timeslots:
        return Timeslots(str(self.sink), str(self.source))

    def mark_source(self, _: Mapping[Link, LineSlots], bearers: Bearers) -> None:
        """Both E1s end here: no circuit chooses one of them."""
        for one in (self.sink, self.source):
            port = PortName.parse(f"{self.shelf}:{one.place.port}")
            bearers.marked(f"timeslots of {self.shelf}", port, one.place)


def resolve_timeslots(lab: Lab, shelves: Shelves, problems: list[Problem]) -> list[SlotsConnected]:
    """Places that are none, numbers of timeslots that differ, and timeslots that are sent twice."""
    found: list[SlotsConnected] = []
    for name, node in lab.topology.nodes.items():
        sent: dict[tuple[str, int], int] = {}
        for index, one in enumerate(node.timeslots):
            where: Where = ("topology", "nodes", name, "timeslots", index)
            for sink, source in _ways(one, where, problems):
                good = [_exists(name, end, shelves, where, problems) for end in (sink, source)]
                if len(sink.slots) != len(source.slots):
                    what = f"{len(source.slots)} timeslots into {len(sink.slots)}: {source}, {sink}"
                    problems.append(Problem(where, what))
                    continue
                if twice := [slot for slot in sink.slots if (str(sink.place), slot) in sent]:
                    first = sent[str(sink.place), twice[0]]
                    what = f"timeslot {twice[0]} of {sink.place} is sent twice (also in timeslots[{first}])"
                    problems.append(Problem(where, what))
                    continue
                sent |= {(str(sink.place), slot): index for slot in sink.slots}
                if all(good):
                    found.append(SlotsConnected(name, sink, source))
    return found


def _ways(one: model.TimeslotConnection, where: Where, problems: list[Problem]) -> Iterator[tuple[E1Slots, E1Slots]]:
    """Sinks and sources."""
    if one.both is not None and (one.sink is not None or one.source is not None):
        problems.append(Problem(where, "both, and sink with source, exclude each other"))
    elif one.both is not None:
        yield one.both[0], one.both[1]
        if one.both[0] != one.both[1]:
            yield one.both[1], one.both[0]
    elif one.sink is None or one.source is None:
        problems.append(Problem(where, "needs both, or sink and source"))
    else:
        yield one.sink, one.source


def _exists(shelf: str, end: E1Slots, shelves: Shelves, where: Where, problems: list[Problem]) -> bool:
    known = len(problems)
    try:
        port = PortName.parse(f"{shelf}:{end.place.port}")
    except ValueError as error:
        problems.append(Problem(where, str(error)))
        return False
    if shelves.holds(port, "line", where, problems) and (fault := place_fault(shelves.rate(port), end.place)):
        problems.append(Problem(where, f"{port} {fault}"))
    return len(problems) == known
