"""Bring a running lab to what its file says now, disturbing only what changes."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from msapemu.ctl import config
from msapemu.ctl.client import ShelfClient
from msapemu.ctl.config import Satop, Shelf, Udp
from msapemu.ctl.errors import MsapemuError, UsageError
from msapemu.lab.deploy import deploy_network, write_config
from msapemu.lab.interrupts import interrupts
from msapemu.lab.kernel import Glue, Resource, Tap
from msapemu.lab.kernel.process import ShelfProcess, end, wait_ready
from msapemu.lab.machine import check_machine
from msapemu.lab.network import Network
from msapemu.lab.ports import HeldPorts
from msapemu.lab.record import Record, locked, read_record
from msapemu.lab.resolve import load_network
from msapemu.lab.vcg.change import leaving_members
from msapemu.lab.vcg.running import retire
from msapemu.lab.wanted import Wanted, want
from msapemu.node.names import PortName


@dataclass(slots=True)
class Changes:
    """What was done to each shelf: "deployed", "unchanged", "applied", "restarted", "started", "removed"."""

    shelves: dict[str, str] = field(default_factory=dict)


def redeploy(path: Path) -> Changes:
    """The lab of the file at `path`; deployed when it is not running at all.

    A running shelf whose configuration changes is told, and restarted only when it refuses; one that is
    gone is started again. Raises as `deploy` does; then the lab is again as it was, as far as that can be.
    """
    return redeploy_network(load_network(path), path)


def redeploy_network(network: Network, path: Path) -> Changes:
    """The same for a network that was read already from `path`."""
    record = read_record(network.name)
    if record is None:
        deploy_network(network, path)
        return Changes(dict.fromkeys(network.shelves, "deployed"))
    check_machine(network)
    with interrupts.taken(), locked(network.name):
        record = read_record(network.name)
        if record is None:
            raise MsapemuError(f"{network.name}: the lab has just been destroyed")
        return _change(network, record, path)


def _change(network: Network, record: Record, path: Path) -> Changes:
    wanted = want(network, record.made)
    changes = Changes()
    back = ExitStack()  # how to return from each step
    try:
        configs = _forward(wanted, record, changes, back)
    except BaseException as error:
        with interrupts.held(deliver=False):
            try:
                back.close()
            except MsapemuError as second:
                if isinstance(error, MsapemuError):
                    raise type(error)(f"{error}\n{network.name}: not as it was: {second}") from None
        raise
    _drop_old(wanted, record, configs, changes)
    record.file = str(path.absolute())
    record.write()
    return changes


def _forward(wanted: Wanted, record: Record, changes: Changes, back: ExitStack) -> dict[str, Shelf]:
    """All that adds or alters; what is no longer wanted is still there afterwards. The configurations by
    shelf."""
    before = {shelf.node: _config_of(shelf) for shelf in record.shelves}
    renewed = _bring(wanted, record, back)
    with HeldPorts(wanted.network, _kept_links(wanted.network, before)) as ports:
        configs = wanted.configs(ports.links)
    _retire(record, before, configs)
    started = []
    for name, new in configs.items():
        shelf, old = ShelfProcess(record.lab, name), before.get(name)
        runs = shelf.exists()
        if runs and old == new and name not in renewed:
            changes.shelves[name] = "unchanged"
            continue
        if shelf not in record.shelves:
            back.callback(_drop_shelf, record, shelf)
            record.made.append(shelf)
            record.write()
        elif old is not None:
            back.callback(_return_to, shelf, old)
        changes.shelves[name] = _run(shelf, new, runs, may_apply=name not in renewed)
        if changes.shelves[name] != "applied":
            started.append(shelf)
    wait_ready(started)
    return configs


def _retire(record: Record, before: Mapping[str, Shelf | None], configs: Mapping[str, Shelf]) -> None:
    """Members that go out of circuits with LCAS carry no more traffic first. Where that cannot be had (a shelf is
    gone), there is none to lose."""
    shelves = {shelf.node: shelf for shelf in record.shelves if shelf.exists()}
    leaving: dict[str, dict[str, tuple[str, ...]]] = {}
    for name, new in configs.items():
        old = before.get(name)
        by_name = {circuit.name: circuit for circuit in new.circuits}
        for circuit in old.circuits if old is not None and name in shelves else ():
            if circuit.name in by_name and (members := leaving_members(circuit, by_name[circuit.name])):
                leaving.setdefault(circuit.name, {})[name] = members
    for circuit_name, members_of in leaving.items():
        with suppress(MsapemuError), ExitStack() as stack:
            clients = {name: stack.enter_context(ShelfClient(shelves[name].folder / "ctl")) for name in members_of}
            retire(clients, shelves, members_of, circuit_name)


def _bring(wanted: Wanted, record: Record, back: ExitStack) -> set[str]:
    """Make what is new, make again what has gone, adjust what differs; the shelves that must attach again."""
    known = {resource.key: resource for resource in record.made}
    renewed: set[str] = set()
    for resource in wanted.resources:
        old = known.get(resource.key)
        if old is None:
            back.callback(record.drop, resource)
            record.make(resource)
        elif not old.exists():
            record.made[record.made.index(old)] = resource
            record.write()
            resource.make()
            if isinstance(resource, Tap | Glue):
                renewed.add(resource.port.partition(":")[0])
        elif isinstance(resource, Tap) and isinstance(old, Tap) and resource != old:
            back.callback(_adjust, record, resource, old)
            _adjust(record, old, resource)
    return renewed


def _adjust(record: Record, old: Tap, new: Tap) -> None:
    record.made[record.made.index(old)] = new
    record.write()
    new.adjust(old)


def _run(shelf: ShelfProcess, new: Shelf, runs: bool, may_apply: bool = True) -> str:
    """Make the shelf run that configuration; how that was done."""
    write_config(new)
    if runs and may_apply:
        with suppress(MsapemuError):
            with ShelfClient(shelf.folder / "ctl") as client:
                client.apply(new)
            return "applied"
    if runs:
        end([shelf])
    shelf.make()
    return "restarted" if runs else "started"


def _return_to(shelf: ShelfProcess, old: Shelf) -> None:
    with suppress(MsapemuError):
        if _run(shelf, old, shelf.exists()) != "applied":
            wait_ready([shelf])


def _drop_old(wanted: Wanted, record: Record, configs: Iterable[str], changes: Changes) -> None:
    gone = [shelf for shelf in record.shelves if shelf.node not in configs]
    end(gone)
    for shelf in gone:
        _drop_shelf(record, shelf)
        changes.shelves[shelf.node] = "removed"
    keys = {resource.key for resource in wanted.resources}
    old: list[Resource] = [
        resource
        for resource in record.made
        if not isinstance(resource, ShelfProcess) and resource.key not in keys
    ]
    for resource in reversed(old):
        record.drop(resource)


def _drop_shelf(record: Record, shelf: ShelfProcess) -> None:
    record.drop(shelf)
    shutil.rmtree(shelf.folder, ignore_errors=True)


def _config_of(shelf: ShelfProcess) -> Shelf | None:
    try:
        return config.load(shelf.config)
    except UsageError:
        return None


def _kept_links(
    network: Network, before: Mapping[str, Shelf | None]
) -> dict[frozenset[PortName], dict[PortName, Udp | Satop]]:
    """The addresses of the links that were there already, so that nothing changes for them."""
    known: dict[PortName, Udp | Satop] = {}
    for name, shelf in before.items():
        for line in shelf.lines if shelf else ():
            if line.link is not None:
                known[PortName.parse(f"{name}:{line.port}")] = line.link
    kept = {}
    for link in network.links:
        a, z = known.get(link.a), known.get(link.z)
        if a is not None and z is not None and (a.local, a.peer) == (z.peer, z.local):
            kept[frozenset(link.ends)] = {link.a: a, link.z: z}
    return kept
