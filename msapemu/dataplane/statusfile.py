"""The file of the status region, from the writer's side: made, shown under its name, superseded, closed."""

from __future__ import annotations

import mmap
import os
from pathlib import Path

from msapemu._framing import DEFECTS
from msapemu.ctl import region
from msapemu.dataplane import loop


class StatusFile:
    """A status region for these ports at `path`; `memory` is its mapping. It has no name before `show`."""

    def __init__(self, path: Path, generation: int, lines: tuple[str, ...], clients: tuple[str, ...]) -> None:
        self.path = path
        self.layout, octets = region.make(
            generation,
            loop.LOOP_FIELDS,
            loop.LINE_FIELDS,
            loop.CLIENT_FIELDS,
            lines,
            clients,
            DEFECTS,
            os.getpid(),
        )
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
