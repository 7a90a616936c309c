"""Change what the links of a running lab do to their signals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec

from msapemu.ctl import config, impairments
from msapemu.ctl.client import ShelfClient
from msapemu.ctl.config import Impairment, Line, Shelf
from msapemu.ctl.errors import MsapemuError, UsageError
from msapemu.ctl.impair_text import Entry, with_entries
from msapemu.ctl.impairments import NOT_IMPAIRED
from msapemu.lab.deploy import write_config
from msapemu.lab.kernel.process import ShelfProcess
from msapemu.lab.record import Record, locked, read_record
from msapemu.node.names import PortName

Row = dict[str, str | int | float | None]


@dataclass(frozen=True, slots=True)
class Change:
    """`clear` takes away all there is; `settings` (fields of Impairment) are put in the place of what there was, and
    `entries` of its lists are added."""

    clear: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    entries: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)

    @property
    def is_none(self) -> bool:
        return not (self.clear or self.settings or self.entries)

    def of(self, before: Impairment) -> Impairment:
        """What comes of `before`."""
        base = msgspec.structs.replace(NOT_IMPAIRED, seed=before.seed) if self.clear else impairments.lasting(before)
        return with_entries(msgspec.structs.replace(base, **self.settings), **self.entries)


def impair(lab: str, ports: Sequence[PortName], change: Change, both: bool = False) -> list[Row]:
    """Change what these line ports of a deployed lab receive, and, with `both`, the other ends of their links; one row
    each. A change that is none only shows.

    UsageError for what is no line port with a link, or cannot be; MsapemuError when a shelf does not answer. Then
    nothing is changed.
    """
    record = read_record(lab)
    if record is None:
        raise MsapemuError(f"{lab}: no such lab is deployed")
    shelves = {shelf.node: shelf for shelf in record.shelves}
    with ExitStack() as stack:
        if not change.is_none:
            stack.enter_context(locked(lab))
        wanted = _with_far_ends(record, ports) if both else list(dict.fromkeys(ports))
        clients: dict[str, ShelfClient] = {}
        for port in wanted:
            if port.shelf not in shelves:
                raise UsageError(f"{port}: lab {lab} has no node {port.shelf!r}")
            if port.shelf not in clients:
                clients[port.shelf] = stack.enter_context(ShelfClient(shelves[port.shelf].folder / "ctl"))
        running = {node: client.info().config for node, client in clients.items()}
        lines = {port: _line(running[port.shelf], port) for port in wanted}
        before = {port: line.impair for port, line in lines.items()}
        after = {port: impair if change.is_none else change.of(impair) for port, impair in before.items()}
        for port, impair in after.items():
            if found := impairments.rate_fault(impair, lines[port].rate):
                raise UsageError(f"{port}: {found}")
        if not change.is_none:
            _tell(clients, before, after)
            for node in clients:
                _write(shelves[node], {port: impair for port, impair in after.items() if port.shelf == node})
        return [_row(running[port.shelf], port, after[port]) for port in wanted]


def _tell(
    clients: Mapping[str, ShelfClient], before: Mapping[PortName, Impairment], after: Mapping[PortName, Impairment]
) -> None:
    """Have the shelves do it; when one refuses, the others do again what they did."""
    told: list[PortName] = []
    try:
        for port, impair in after.items():
            client, lasting = clients[port.shelf], impairments.lasting(impair)
            if impair != lasting and before[port] != impairments.lasting(before[port]):
                client.impair(port.local, lasting)  # what happened once before is to happen once more
            client.impair(port.local, impair)
            told.append(port)
    except MsapemuError:
        for port in told:
            with suppress(MsapemuError):
                clients[port.shelf].impair(port.local, impairments.lasting(before[port]))
        raise


def _write(shelf: ShelfProcess, after: Mapping[PortName, Impairment]) -> None:
    """What the shelf is known to run is what it runs, but for what has happened already."""
    by_port = {port.local: impairments.lasting(impair) for port, impair in after.items()}
    old = config.load(shelf.config)
    lines = tuple(
        msgspec.structs.replace(line, impair=by_port.get(line.port, line.impair)) for line in old.lines
    )
    write_config(msgspec.structs.replace(old, lines=lines))


def _line(shelf: Shelf, port: PortName) -> Line:
    for line in shelf.lines:
        if line.port == port.local:
            if line.link is None:
                raise UsageError(f"{port}: nothing is plugged in")
            return line
    raise UsageError(f"{port}: no line port of shelf {shelf.name}")


def _with_far_ends(record: Record, ports: Sequence[PortName]) -> list[PortName]:
    """Each port with the one at the other end of its link."""
    at = {}
    for shelf in record.shelves:
        with suppress(UsageError):
            for line in config.load(shelf.config).lines:
                if line.link is not None:
                    at[line.link.local] = PortName.parse(f"{shelf.node}:{line.port}")
    links = {port: line.link for port in ports for line in _lines(record, port) if line.port == port.local}
    found: list[PortName] = []
    for port in ports:
        link = links.get(port)
        if link is None:
            raise UsageError(f"{port}: no line port with a link in lab {record.lab}")
        if link.peer not in at:
            raise UsageError(f"{port}: the other end of its link is not in lab {record.lab}")
        found += [port, at[link.peer]]
    return list(dict.fromkeys(found))


def _lines(record: Record, port: PortName) -> tuple[Line, ...]:
    for shelf in record.shelves:
        if shelf.node == port.shelf:
            return config.load(shelf.config).lines
    return ()


def _row(shelf: Shelf, port: PortName, impair: Impairment) -> Row:
    return {"port": f"{shelf.name}/{port.local}", "impaired": impairments.text(impair) or None}
