"""Shelf processes. They are known by their command line, which names their configuration file, or by PID and
start time in their status region: a process that was given a used PID is never taken for one of ours."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from msapemu.ctl.client import ShelfClient, Unreachable
from msapemu.ctl.errors import CapabilityError, MsapemuError, UsageError
from msapemu.ctl.paths import shelf_dir
from msapemu.ctl.status import StatusReader

START_SECONDS = 20.0
END_SECONDS = 5.0
LOG_LINES = 8

_children: dict[Path, subprocess.Popen[bytes]] = {}  # by configuration: those that this very process started


class ShelfProcess(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="shelf"):
    """The process of shelf `node` in `lab`; its `config.json` is written before it is made."""

    lab: str
    node: str

    @property
    def key(self) -> tuple[str | None, ...]:
        return ("shelf", self.lab, self.node)

    @property
    def folder(self) -> Path:
        return shelf_dir(self.lab, self.node).absolute()

    @property
    def config(self) -> Path:
        return self.folder / "config.json"

    def pids(self) -> list[int]:
        """Of the processes that run this shelf: one, or none."""
        ours = ["node", "run", "--config", str(self.config)]
        found = {pid for pid in _processes() if command_line(pid)[-4:] == ours}
        with contextlib.suppress(MsapemuError), StatusReader(self.folder / "status") as reader:
            if reader.alive():
                found.add(reader.pid)  # one that `node run -t` started
        return sorted(found)

    def exists(self) -> bool:
        return bool(self.pids())

    def make(self) -> None:
        """Start it, in a session of its own: what happens to our terminal does not concern it."""
        command = [sys.executable, "-m", "msapemu", "node", "run", "--config", str(self.config)]
        with (self.folder / "log").open("ab") as log:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd="/",
                start_new_session=True,
            )
        if before := _children.get(self.config):
            before.poll()
        _children[self.config] = child

    def remove(self) -> None:
        end([self])

    def is_ready(self) -> bool:
        """It runs, its interfaces are attached, and it answers."""
        if not (self.folder / "pid").exists():
            return False
        try:
            with ShelfClient(self.folder / "ctl", timeout=2.0) as client:
                client.info()
        except Unreachable:
            return False
        return True

    def log_tail(self) -> list[str]:
        """The last lines of its log."""
        try:
            with (self.folder / "log").open(encoding="utf-8", errors="replace") as log:
                return [line.rstrip() for line in deque(log, LOG_LINES) if line.strip()]
        except OSError:
            return []


def command_line(pid: int) -> list[str]:
    """Of a process; [] when it is gone, a zombie or not ours to see."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "surrogateescape").split("\0")[:-1]
    except OSError:
        return []


def _processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdecimal()]


def wait_ready(shelves: Sequence[ShelfProcess], seconds: float = START_SECONDS) -> None:
    """Until all answer. MsapemuError, with the end of its log, for the first that ends or does not come up in
    time; a shelf that says it lacks a capability makes it a CapabilityError."""
    deadline = time.monotonic() + seconds
    waiting = list(shelves)
    while waiting:
        still = []
        for shelf in waiting:
            if shelf.is_ready():
                continue
            if (status := _ended(shelf)) is not None:
                raise _failed(shelf, f"the shelf ended ({status_text(status)})", status)
            if time.monotonic() > deadline:
                raise _failed(shelf, f"the shelf does not answer within {seconds:g} s", 1)
            still.append(shelf)
        waiting = still
        if waiting:
            time.sleep(0.02)


def _ended(shelf: ShelfProcess) -> int | None:
    """Its exit status when it has ended; None while it runs."""
    if shelf.config in _children:
        return _children[shelf.config].poll()
    return None if shelf.exists() else 1


def status_text(status: int) -> str:
    """Of a process that ended: "exit status 3", "signal SIGKILL"."""
    if status >= 0:
        return f"exit status {status}"
    with contextlib.suppress(ValueError):
        return f"signal {signal.Signals(-status).name}"
    return f"signal {-status}"


def _failed(shelf: ShelfProcess, what: str, status: int) -> MsapemuError:
    kind = {UsageError.status: UsageError, CapabilityError.status: CapabilityError}.get(status, MsapemuError)
    tail = [line.removeprefix("msapemu: ") for line in shelf.log_tail()]
    return kind("\n".join([f"{shelf.node}: {what}", *(f"{shelf.node}: log: {line}" for line in tail)]))


def end(shelves: Iterable[ShelfProcess], seconds: float = END_SECONDS) -> None:
    """All of them: SIGTERM, and after `seconds` SIGKILL. Returns when none is left; only processes whose
    command line says that they are ours are touched."""
    open_fds: dict[int, int] = {}  # pid -> pidfd, which stands for this process and no later one
    try:
        for shelf in shelves:
            for pid in shelf.pids():
                with contextlib.suppress(ProcessLookupError):
                    open_fds[pid] = os.pidfd_open(pid)
                if pid in open_fds and pid in shelf.pids():
                    _send(open_fds[pid], signal.SIGTERM)
                    _send(open_fds[pid], signal.SIGCONT)
        left = _wait(open_fds, seconds)
        for pid in left:
            _send(open_fds[pid], signal.SIGKILL)
        if left := _wait({pid: open_fds[pid] for pid in left}, seconds):
            raise MsapemuError(f"process {', '.join(map(str, left))}: does not end, not even by SIGKILL")
    finally:
        for fd in open_fds.values():
            os.close(fd)
        for config, child in list(_children.items()):
            if child.poll() is not None:
                del _children[config]


def _send(pidfd: int, number: signal.Signals) -> None:
    try:
        signal.pidfd_send_signal(pidfd, number)
    except ProcessLookupError:
        pass
    except PermissionError:
        raise CapabilityError("the shelf's process belongs to another user") from None


def _wait(fds: dict[int, int], seconds: float) -> list[int]:
    """The PIDs that are still there after `seconds`."""
    deadline = time.monotonic() + seconds
    left = dict(fds)
    while left:
        patience = max(0.0, deadline - time.monotonic())
        ended, _, _ = select.select(list(left.values()), [], [], patience)
        left = {pid: fd for pid, fd in left.items() if fd not in ended}
        if not ended:
            break
    return list(left)
