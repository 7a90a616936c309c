"""Where a running shelf is found: RUN_DIR/LAB/NODE/ with `ctl` (socket), `status`, `config.json`, `log`, `pid`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def run_dir() -> Path:
    """The root of all run-time state; `MSAPEMU_RUN_DIR` overrides /run/msapemu."""
    return Path(os.environ.get("MSAPEMU_RUN_DIR", "/run/msapemu"))


def lab_dir(lab: str) -> Path:
    return run_dir() / lab


def shelf_dir(lab: str, shelf: str) -> Path:
    return lab_dir(lab) / shelf


@contextmanager
def socket_address(path: Path) -> Iterator[str]:
    """An address for the Unix socket `path` that fits sockaddr_un (107 octets), however long the path is."""
    name = str(path)
    if len(os.fsencode(name)) < 108:
        yield name
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
