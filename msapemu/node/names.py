"""Names: of labs, shelves and circuits, of ports, and of network interfaces.

A port is "2/1" (slot/port) within its shelf, "co:2/1" in a lab file, and "co/2/1" wherever objects of
several layers are named in one line (DESIGN 5b).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

NAME_LONGEST = 32  # lab and shelf name are directories above a Unix socket, whose path holds 107 octets
NAME_PATTERN = r"^[a-zA-Z0-9][a-zA-Z0-9_.-]*$"
INTERFACE_LONGEST = 15  # IFNAMSIZ less the final zero
LOCAL_PORT_PATTERN = r"^[1-9][0-9]?/[1-9][0-9]?$"
PORT_PATTERN = r"^[a-zA-Z0-9][a-zA-Z0-9_.-]*:[1-9][0-9]?/[1-9][0-9]?$"

_NAME = re.compile(NAME_PATTERN)
_PORT = re.compile(PORT_PATTERN)


def name_fault(text: str, longest: int = NAME_LONGEST) -> str | None:
    """What is wrong with `text` as the name of a lab, shelf, circuit or namespace; None: nothing."""
    if len(text) > longest:
        return f"{text!r} is longer than {longest} characters"
    if not _NAME.fullmatch(text):
        return f"{text!r} is no valid name (letters, digits, '_', '.', '-'; the first one a letter or digit)"
    return None


def interface_fault(text: str) -> str | None:
    """What is wrong with `text` as the name of a network interface; None: nothing."""
    if not text:
        return "an interface name cannot be empty"
    if len(text.encode()) > INTERFACE_LONGEST:
        return f"{text!r} is longer than {INTERFACE_LONGEST} characters, the longest interface name"
    if text in (".", "..") or not text.isascii() or re.search(r"[\s/:%\x00-\x1f]", text):
        return f"{text!r} is no valid interface name"
    return None


@dataclass(frozen=True, slots=True, order=True)
class PortName:
    """A port of a shelf: `PortName("co", 2, 1)`."""

    shelf: str
    slot: int
    port: int

    @classmethod
    def parse(cls, text: str) -> PortName:
        """`"co:2/1"`; ValueError when it is not of that form."""
        if not _PORT.fullmatch(text):
            raise ValueError(f"{text!r} is no port name (SHELF:SLOT/PORT, such as co:1/1)")
        shelf, _, place = text.rpartition(":")
        slot, _, port = place.partition("/")
        return cls(shelf, int(slot), int(port))

    @property
    def local(self) -> str:
        """Within the shelf: "2/1"."""
        return f"{self.slot}/{self.port}"

    @property
    def path(self) -> str:
        """The object's name in logs and tables: "co/2/1"."""
        return f"{self.shelf}/{self.slot}/{self.port}"

    def __str__(self) -> str:
        return f"{self.shelf}:{self.local}"
