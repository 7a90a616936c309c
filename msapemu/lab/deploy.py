"""Bring a lab up: check everything, then build; when anything fails, or Ctrl-C comes, all is undone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msapemu.ctl import config
from msapemu.ctl.errors import MsapemuError
from msapemu.ctl.paths import lab_dir
from msapemu.lab.interrupts import interrupts
from msapemu.lab.kernel.process import ShelfProcess, wait_ready
from msapemu.lab.machine import check_machine
from msapemu.lab.network import Network
from msapemu.lab.ports import HeldPorts
from msapemu.lab.record import Record, locked, take_directory
from msapemu.lab.resolve import load_network
from msapemu.lab.undo import undo
from msapemu.lab.wanted import Wanted, want


def deploy(path: Path) -> Record:
    """The lab of the file at `path`; returns when every shelf runs and answers.

    Raises UsageError (the file), CapabilityError (the machine) or MsapemuError (a name that is taken, a
    refusal of the kernel, a shelf that does not start), with nothing left behind.
    """
    return deploy_network(load_network(path), path)


def deploy_network(network: Network, path: Path) -> Record:
    """The same for a network that was read already from `path`."""
    check_machine(network)
    if lab_dir(network.name).exists():
        raise MsapemuError(
            f"{network.name}: a lab of this name is deployed already ({lab_dir(network.name)})"
        )
    wanted = want(network)
    record = Record(network.name, str(path.absolute()))
    with building(record):
        _build(wanted, record)
    return record


@contextmanager
def building(record: Record, keep: bool = True) -> Iterator[None]:
    """Inside, the lab's directory is ours and its record can make things. All of it is undone when the block
    fails or is interrupted, and without `keep` in any case."""
    taken = False
    with interrupts.taken():
        try:
            with interrupts.held():
                take_directory(record.lab)
                taken = True
                record.write()
            with locked(record.lab):
                yield
        except BaseException as error:
            if taken:
                with interrupts.held(deliver=False):
                    _undo(record, error)
            raise
        if not keep:
            with interrupts.held():
                undo(record)


def _build(wanted: Wanted, record: Record) -> None:
    for resource in wanted.resources:
        record.make(resource)
    with HeldPorts(wanted.network, {}) as ports:
        configs = wanted.configs(ports.links)
        for shelf in configs.values():
            write_config(shelf)
    for name in configs:
        record.make(ShelfProcess(record.lab, name))
    wait_ready(record.shelves)


def write_config(shelf: config.Shelf) -> None:
    """Where the shelf finds it."""
    path = ShelfProcess(shelf.lab, shelf.name).config
    path.parent.mkdir(exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_bytes(config.encode(shelf))
    os.replace(fresh, path)


def _undo(record: Record, error: BaseException) -> None:
    try:
        undo(record)
    except MsapemuError as second:
        if isinstance(error, MsapemuError):
            raise type(error)(f"{error}\n{second}") from None
        raise
