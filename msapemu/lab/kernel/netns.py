"""Network namespaces by path: what they are, and this thread's way into them. Nothing here forks."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyroute2.netns

NETNS_DIR = Path("/run/netns")
CLONE_NEWNET = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)


def path_of(name: str) -> Path:
    """Where `ip netns` keeps the namespace so named."""
    return NETNS_DIR / name


def identity(path: str | Path) -> str | None:
    """What tells one namespace from another that has its name or its PID later; None: there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return f"{status.st_dev}:{status.st_ino}"


def is_gone(path: str | None, known: str | None) -> bool:
    """The namespace at `path` is no more, or it is not the one whose identity was `known` (the PID of a
    container that ended may be another process now). None for `path`: our own; for `known`: any."""
    if path is None:
        return False
    now = identity(path)
    return now is None or known not in (None, now)


def is_namespace(path: Path) -> bool:
    """Whether a namespace is mounted there: a name left behind by a reboot or a crash is an empty file."""
    try:
        return os.stat(path).st_dev == os.stat("/proc/self/ns/net").st_dev
    except OSError:
        return False


@contextmanager
def inside(path: str | Path | None) -> Iterator[None]:
    """This thread is in the namespace at `path` for as long as the block runs (None: where it is)."""
    if path is None:
        yield
        return
    back = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            enter(path)
            yield
        finally:
            _setns(back)
    finally:
        os.close(back)


def enter(path: str | Path) -> None:
    """Move this thread into the namespace at `path`, for good."""
    there = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _setns(there)
    finally:
        os.close(there)


def create(name: str) -> None:
    """A new namespace under NETNS_DIR; OSError."""
    back = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            _succeed(_libc.unshare(CLONE_NEWNET))
            pyroute2.netns.attach(name, "thread-self", _libc)
        finally:
            _setns(back)
    finally:
        os.close(back)


def remove(name: str) -> None:
    """The name, and the namespace when nothing else is in it; OSError."""
    pyroute2.netns.remove(name, _libc)


def _setns(fd: int) -> None:
    _succeed(_libc.setns(fd, CLONE_NEWNET))


def _succeed(result: int) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
