"""Run a command where a client's interface is."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from msapemu.ctl import config
from msapemu.ctl.config import SerialTun
from msapemu.ctl.errors import MsapemuError, UsageError
from msapemu.lab.kernel.netlink import refusals
from msapemu.lab.kernel.netns import enter
from msapemu.lab.kernel.process import ShelfProcess
from msapemu.lab.record import read_record
from msapemu.node.names import PortName


def namespace_of(lab: str, port: PortName) -> Path | None:
    """The namespace in which client `port` of a deployed lab is; None: this machine's. MsapemuError,
    UsageError."""
    record = read_record(lab)
    if record is None:
        raise MsapemuError(f"{lab}: no such lab is deployed")
    shelf = ShelfProcess(lab, port.shelf)
    if shelf not in record.shelves:
        raise UsageError(f"{port}: lab {lab} has no node {port.shelf!r}")
    found = config.load(shelf.config)
    places = {client.port: client.netns for client in found.clients}
    places |= {one.port: one.end.netns for one in found.v35 if isinstance(one.end, SerialTun)}
    if port.local in places:
        netns = places[port.local]
        return Path(netns) if netns else None
    raise UsageError(f"{port}: nothing is attached to this port")


def execute(lab: str, port: PortName, command: Sequence[str]) -> NoReturn:
    """This process becomes `command` in the client's namespace. MsapemuError, CapabilityError, UsageError."""
    netns = namespace_of(lab, port)
    if netns is not None:
        with refusals(str(port)):
            enter(netns)
    try:
        os.execvp(command[0], list(command))
    except OSError as error:
        raise MsapemuError(f"{command[0]}: {(error.strerror or str(error)).lower()}") from None
