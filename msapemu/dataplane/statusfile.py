"""The file of the status region, from the writer's side: made, shown under its name, superseded, closed."""

from __future__ import annotations

import mmap
import os
from collections.abc import Mapping
from pathlib import Path

from msapemu._framing import CONTROLS, DEFECTS, P12_STATES, SINK_STATES, SOURCE_STATES
from msapemu.ctl import region
from msapemu.dataplane import loop

_CONTROLS = tuple(CONTROLS.get(value, "") for value in range(16))
FIELDS = region.Fields(
    loop.LOOP_FIELDS,
    loop.LINE_FIELDS,
    loop.CLIENT_FIELDS,
    loop.GROUP_FIELDS,
    loop.MEMBER_FIELDS,
    DEFECTS,
    {
        "tx_state": SOURCE_STATES,
        "tx_ctrl": _CONTROLS,
        "tx_mst": ("OK", "FAIL"),
        "rx_state": SINK_STATES,
        "rx_ctrl": _CONTROLS,
        "state": P12_STATES,
    },
    region.PdhFields(loop.PDH_LINE_FIELDS, loop.MUX_FIELDS, loop.E1_FIELDS, loop.E1_CLIENT_FIELDS),
)


class StatusFile:
    """A status region for these ports at `path`; `memory` is its mapping. `group_of`: by client;
    `members`: containers by group. It has no name before `show`."""

    def __init__(
        self,
        path: Path,
        generation: int,
        lines: tuple[str, ...],
        clients: tuple[str, ...],
        group_of: dict[str, str],
        members: Mapping[str, tuple[str, ...]],
        pdh: region.Pdh,
    ) -> None:
        self.path = path
        pairs = tuple((group, member) for group, every in members.items() for member in every)
        made = region.make(generation, FIELDS, lines, clients, tuple(members), group_of, pairs, os.getpid(), pdh)
        self.layout, octets = made
        self._new = path.with_name(f".{path.name}.{generation}")
        fd = os.open(self._new, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        try:
            os.write(fd, octets)
            self.memory = mmap.mmap(fd, len(octets))
        finally:
            os.close(fd)

    def show(self) -> None:
        """From now on it is what readers find."""
        os.replace(self._new, self.path)

    def supersede(self) -> None:
        """Another file has the name now; readers look again."""
        self._state(region.SUPERSEDED)

    def close(self) -> None:
        """The shelf stops: readers are told, the file goes."""
        self._state(region.CLOSED)
        self.path.unlink(missing_ok=True)

    def discard(self) -> None:
        """It is not wanted after all."""
        self._new.unlink(missing_ok=True)

    def _state(self, state: int) -> None:
        self.memory[region.STATE_AT : region.STATE_AT + 8] = state.to_bytes(8, region.NATIVE)
