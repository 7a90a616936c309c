"""What all tests share: marks that skip with a reason, names that no other run has, hypothesis profiles."""

from __future__ import annotations

import itertools
import os
import secrets
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# In CI the same examples every time, and what to paste to see a failure again.
settings.register_profile("ci", derandomize=True, print_blob=True, deadline=None)
settings.register_profile("default", print_blob=True, deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "default")

# A run under nohup would hand the ignored SIGHUP on to every program under test.
signal.signal(signal.SIGHUP, signal.SIG_DFL)

CAP_NET_ADMIN = 12
CAP_SYS_ADMIN = 21
TUN = Path("/dev/net/tun")


def _capabilities() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return int(line.split()[1], 16)
    return 0


def root_missing() -> str | None:
    """Why tests with the mark `root` cannot run here; None when they can."""
    if os.geteuid() != 0:
        return "needs root"
    effective = _capabilities()
    for name, bit in (("CAP_NET_ADMIN", CAP_NET_ADMIN), ("CAP_SYS_ADMIN", CAP_SYS_ADMIN)):
        if not effective >> bit & 1:
            return f"needs {name}"
    try:
        os.close(os.open(TUN, os.O_RDWR))
    except OSError as error:
        return f"needs {TUN}: {error.strerror}"
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    root = root_missing()
    sanitized = "libasan" in Path("/proc/self/maps").read_text()
    for item in items:
        if sanitized and item.get_closest_marker("real_time"):
            item.add_marker(pytest.mark.skip(reason="the sanitizers make it too slow for real time"))
        if item.get_closest_marker("root") or item.get_closest_marker("real_time"):
            # real interfaces and real time: a machine that is held up for a moment is no fault; it is told ("R")
            item.add_marker(pytest.mark.flaky(reruns=2))
        if root is not None and item.get_closest_marker("root"):
            item.add_marker(pytest.mark.skip(reason=root))
        for mark in item.iter_markers("tool"):
            (name,) = mark.args
            if shutil.which(name) is None:
                item.add_marker(pytest.mark.skip(reason=f"needs the program {name}"))


_RUN = secrets.token_hex(3)
_count = itertools.count(1)


@pytest.fixture
def unique_name() -> Callable[[str], str]:
    """unique_name("hq") -> "hq-3fa9c1-1": a name (netns, lab) that no other run and no other test has.

    At most 15 characters, the limit of an interface's name, for a prefix of up to 4.
    """
    return lambda prefix: f"{prefix}-{_RUN}-{next(_count)}"
