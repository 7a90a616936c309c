"""Read a shelf's counters and defect states while it runs, at no cost to it."""

from __future__ import annotations

import mmap
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from msapemu.ctl import region
from msapemu.ctl.client import Unreachable
from msapemu.ctl.errors import MsapemuError

Record = dict[str, int]
MemberRecord = dict[str, int | str]
OF_CLIENTS = ("CSF", "GFP-FDI", "GFP-RDI")  # defects of one client of a group, which has them too


@dataclass(frozen=True)
class Snapshot:
    """One tick's counters, all of the same instant.

    frame        shelf's own frame number (8000 a second)
    mono_ns      CLOCK_MONOTONIC of the instant, ns
    loop         the loop's fields
    lines        port ("slot/port") -> the line's fields; a PDH line has others than an STM-N line
    clients      port -> the client's fields, and those of its group that it does not have itself (0 without one)
    groups       client port, the first of several -> the group's fields
    members      the same -> container ("1/1/au4.1/vc12.1.1.1") -> the member's fields, states by their names
    levels       port of a PDH line -> level of multiplex ("e2", "e3", "e2.1", ...) -> its fields
    e1s          place of an E1 that is terminated ("1/2/e1.3") -> its fields, the state by its name
    e1_clients   port -> the fields of an E1 client port, or of a line of SAToP
    line_records, client_records, group_records, member_records   the same as numpy structured arrays, one uint64 a
                 field, in the order of the ports; lines of STM-N only
    """

    frame: int
    mono_ns: int
    loop: Record
    lines: dict[str, Record]
    clients: dict[str, Record]
    groups: dict[str, Record]
    members: dict[str, dict[str, MemberRecord]]
    levels: dict[str, dict[str, Record]]
    e1s: dict[str, MemberRecord]
    e1_clients: dict[str, Record]
    line_records: npt.NDArray[np.void]
    client_records: npt.NDArray[np.void]
    group_records: npt.NDArray[np.void]
    member_records: npt.NDArray[np.void]
    _defects: tuple[str, ...]

    def defect_names(self, mask: int) -> tuple[str, ...]:
        """The names of the defects in a `defects` field."""
        return tuple(name for bit, name in enumerate(self._defects) if mask >> bit & 1)


class StatusReader:
    """The status region at `path`; follows it when the shelf's configuration changes. Also a context manager.

    Raises Unreachable when no region is there or its writer is gone, MsapemuError when it is of another version.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._map: mmap.mmap | None = None
        self._open()

    def read(self) -> Snapshot:
        """The newest snapshot. Unreachable when the shelf has stopped or died."""
        for _ in range(1000):
            assert self._map is not None, "read after close"
            state = self._word(region.STATE_AT)
            if state == region.SUPERSEDED:
                self._open()
                continue
            if state == region.CLOSED:
                raise Unreachable(f"{self.path}: the shelf has stopped")
            sequence = self._word(region.SEQUENCE_AT)
            mono_ns = self._word(region.TIME_AT)
            at = self.layout.slots_at + (sequence & 1) * self.layout.slot_octets
            octets = self._map[at : at + self.layout.slot_octets]
            if self._word(region.SEQUENCE_AT) != sequence:
                continue
            if time.monotonic_ns() - mono_ns > 1_000_000_000 and not self.alive():
                raise Unreachable(f"{self.path}: the shelf (process {self.pid}) has died")
            return self._snapshot(octets, mono_ns)
        raise MsapemuError(f"{self.path}: no consistent snapshot in 1000 attempts")

    def alive(self) -> bool:
        """Does the process that writes the region still run?"""
        return self._started != 0 and region.start_time(self.pid) == self._started

    def close(self) -> None:
        if self._map is not None:
            self._map.close()
            self._map = None

    def __enter__(self) -> StatusReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> None:
        try:
            fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise Unreachable(f"{self.path}: no shelf runs here ({error.strerror})") from None
        try:
            size = os.fstat(fd).st_size
            mapped = mmap.mmap(fd, size, prot=mmap.PROT_READ) if size else None
        except OSError as error:
            raise MsapemuError(f"{self.path}: {error.strerror}") from None
        finally:
            os.close(fd)
        with memoryview(mapped or b"") as octets:
            self.layout, self.pid, self._started = region.parse(octets, str(self.path))
        self.close()
        self._map = mapped
        fields = self.layout.fields
        self._of_clients = sum(1 << bit for bit, name in enumerate(fields.defects) if name in OF_CLIENTS)
        pdh = fields.pdh
        self._line, self._client, self._group, self._member, *self._pdh = (
            np.dtype([(name, np.uint64) for name in names])
            for names in (
                *(fields.line, fields.client, fields.group, fields.member),
                *(pdh.line, pdh.level, pdh.e1, pdh.e1_client),
            )
        )

    def _word(self, at: int) -> int:
        # one aligned 8-octet copy; on every host this runs on that is one load
        assert self._map is not None
        return int.from_bytes(self._map[at : at + 8], region.NATIVE)

    def _snapshot(self, octets: bytes, mono_ns: int) -> Snapshot:
        layout, fields = self.layout, self.layout.fields
        words = np.frombuffer(octets, np.uint64)
        loop = dict(zip(fields.loop, words.tolist(), strict=False))
        at = 8 * len(fields.loop)
        pdh = layout.pdh
        found = []
        for kind, count in (
            (self._line, len(layout.lines)),
            (self._client, len(layout.clients)),
            (self._group, len(layout.groups)),
            (self._member, len(layout.members)),
            *zip(self._pdh, map(len, (pdh.lines, pdh.levels, pdh.e1s, pdh.e1_clients)), strict=True),
        ):
            found.append(np.frombuffer(octets, kind, count, at))
            at += found[-1].nbytes
        lines, clients, groups, members, pdh_lines, levels, e1s, e1_clients = found
        by_group = _records(layout.groups, groups)
        by_client = _records(layout.clients, clients)
        for port, own in by_client.items():
            group = by_group.get(layout.group_of.get(port, ""), dict.fromkeys(fields.group, 0))
            defects = group["defects"] & ~self._of_clients | own["defects"]
            by_client[port] = {**group, **own, "defects": defects}
        return Snapshot(
            frame=loop["frame"],
            mono_ns=mono_ns,
            loop=loop,
            lines=_records(layout.lines, lines) | _records(pdh.lines, pdh_lines),
            clients=by_client,
            groups=by_group,
            members=self._members(members),
            levels=self._levels(levels),
            e1s={place: self._named(record) for place, record in _records(pdh.e1s, e1s).items()},
            e1_clients=_records(pdh.e1_clients, e1_clients),
            line_records=lines,
            client_records=clients,
            group_records=groups,
            member_records=members,
            _defects=fields.defects,
        )

    def _members(self, records: npt.NDArray[np.void]) -> dict[str, dict[str, MemberRecord]]:
        fields = self.layout.fields
        found: dict[str, dict[str, MemberRecord]] = {group: {} for group in self.layout.groups}
        for (group, container), row in zip(self.layout.members, records.tolist(), strict=True):
            found[group][container] = self._named(dict(zip(fields.member, row, strict=True)))
        return found

    def _named(self, values: Record) -> MemberRecord:
        """With the states by their names."""
        record: MemberRecord = dict(values)
        for name, states in self.layout.fields.states.items():
            if name in values:
                value = values[name]
                record[name] = (states[value] if value < len(states) else "") or str(value)
        return record

    def _levels(self, records: npt.NDArray[np.void]) -> dict[str, dict[str, Record]]:
        found: dict[str, dict[str, Record]] = {}
        for (line, level), row in zip(self.layout.pdh.levels, records.tolist(), strict=True):
            found.setdefault(line, {})[level] = dict(zip(self.layout.fields.pdh.level, row, strict=True))
        return found


def _records(ports: tuple[str, ...], records: npt.NDArray[np.void]) -> dict[str, Record]:
    names = records.dtype.names or ()
    return {port: dict(zip(names, row, strict=True)) for port, row in zip(ports, records.tolist(), strict=True)}
