"""The shelves of a running lab, as the commands on groups speak with them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

from msapemu.ctl.client import ShelfClient
from msapemu.ctl.config import Shelf
from msapemu.ctl.errors import MsapemuError
from msapemu.ctl.members import member_of
from msapemu.ctl.status import Snapshot, StatusReader
from msapemu.lab.kernel.process import ShelfProcess
from msapemu.lab.record import Record, read_record

WAIT_SECONDS = 10.0  # LCAS takes 2 s at most where the far end answers: twice 256 ms of delay, and 64 packets of 16 ms
POLL_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Running:
    """The shelves of a lab by name, connected to."""

    record: Record
    shelves: Mapping[str, ShelfProcess]
    clients: Mapping[str, ShelfClient]
    configs: Mapping[str, Shelf]

    def snapshot(self, shelf: str) -> Snapshot:
        with StatusReader(self.shelves[shelf].folder / "status") as reader:
            return reader.read()


@contextmanager
def running(lab: str) -> Iterator[Running]:
    """MsapemuError when no such lab is deployed, or one of its shelves does not answer."""
    record = read_record(lab)
    if record is None:
        raise MsapemuError(f"{lab}: no such lab is deployed")
    with ExitStack() as stack:
        shelves = {shelf.node: shelf for shelf in record.shelves}
        clients = {
            name: stack.enter_context(ShelfClient(shelf.folder / "ctl")) for name, shelf in shelves.items()
        }
        configs = {name: client.info().config for name, client in clients.items()}
        yield Running(record, shelves, clients, configs)


def retire(
    clients: Mapping[str, ShelfClient],
    folders: Mapping[str, ShelfProcess],
    leaving: Mapping[str, tuple[str, ...]],
    circuit: str,
) -> None:
    """M_REMOVE: members of a circuit with LCAS, by shelf, are to carry no more traffic; returns when they carry none.

    MsapemuError when they go on for WAIT_SECONDS; then they are members as before.
    """
    asked: list[str] = []
    try:
        for shelf, members in leaving.items():
            if members:
                asked.append(shelf)
                clients[shelf].want_members(circuit, members, False)
        for shelf in asked:
            await_state(clients[shelf], folders[shelf], circuit, leaving[shelf], "IDLE", "does not leave")
    except BaseException:
        for shelf in asked:
            with suppress(MsapemuError):
                clients[shelf].want_members(circuit, leaving[shelf], True)
        raise


def await_state(
    client: ShelfClient, shelf: ShelfProcess, name: str, members: tuple[str, ...], state: str, fault: str
) -> None:
    """Until the sources of these members are in that state of G.7042."""
    circuit = next(one for one in client.info().config.circuits if one.name == name)
    containers = {str(member_of(circuit, member)): member for member in members}
    deadline = time.monotonic() + WAIT_SECONDS
    with StatusReader(shelf.folder / "status") as reader:
        while True:
            records = reader.read().members[circuit.port]
            waiting = [one for one in containers if records.get(one, {}).get("tx_state", state) != state]
            if not waiting:
                return
            if time.monotonic() > deadline:
                now = records[waiting[0]]
                what = f"source {now['tx_state']} at {shelf.node}, the far end's sink says {now['tx_mst']}"
                raise MsapemuError(f"{name}: {waiting[0]} {fault} within {WAIT_SECONDS:g} s ({what})")
            time.sleep(POLL_SECONDS)
