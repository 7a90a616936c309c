"""The shelf's log: one line an entry on standard error, wall time and CLOCK_MONOTONIC first."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import datetime

Log = Callable[[str, str], None]


def write(level: str, text: str) -> None:
    """`level` is info, warning, event or error. A log that cannot be written to (the disk is full, the terminal has
    gone) is no reason to stop."""
    wall = datetime.now().astimezone().isoformat(timespec="microseconds")
    line = f"{wall} {time.monotonic():.6f} {level:<7} {text}\n"
    try:
        sys.stderr.write(line)
        sys.stderr.flush()
    except (OSError, ValueError):
        pass
