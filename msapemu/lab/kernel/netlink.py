"""rtnetlink in some network namespace, with the kernel's refusals in words."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from msapemu.ctl.errors import CapabilityError, MsapemuError
from msapemu.lab.kernel.netns import inside

Ip = Any  # pyroute2 carries no types


class Taken(MsapemuError):
    """What was to be made is there already, and is not ours."""


@contextmanager
def netlink(netns: str | None) -> Iterator[Ip]:
    """A socket in the namespace at path `netns` (None: our own), and this thread is there with it. FileNotFoundError
    when there is none.

    (pyroute2's own way into a namespace forks this process, with whatever it is about to do, and kills the child.)
    """
    with inside(netns), IPRoute() as ip:
        yield ip


@contextmanager
def refusals(place: str) -> Iterator[None]:
    """Turns what the kernel refuses into one line that begins with `place`."""
    try:
        yield
    except NetlinkError as error:
        raise _error(place, error.code, str(error.args[-1])) from None
    except OSError as error:
        raise _error(place, error.errno or 0, error.strerror or str(error), error.filename) from None


def _error(place: str, code: int, text: str, file: str | bytes | None = None) -> MsapemuError:
    kind = CapabilityError if code in (errno.EPERM, errno.EACCES, errno.EOPNOTSUPP) else MsapemuError
    words = os.strerror(code) if code else text
    return kind(f"{place}: the kernel refuses: {words}" + (f" ({os.fsdecode(file)})" if file else ""))


def index_of(ip: Ip, name: str) -> int | None:
    """Of the interface so named, None when there is none."""
    found = ip.link_lookup(ifname=name)
    return int(found[0]) if found else None


def link_of(ip: Ip, name: str) -> Any | None:
    """The interface so named as pyroute2 tells it, None when there is none."""
    index = index_of(ip, name)
    return None if index is None else ip.get_links(index)[0]
