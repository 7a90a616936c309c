"""Reading a file octet by octet range, with a message that names the file and the place for every fault."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NoReturn

from msapemu.ctl.errors import UsageError

# No block or record of a capture file is longer; what claims to be is garbage, and shall not fill the memory.
LONGEST_RECORD = 1 << 24


class CutShort(UsageError):
    """The file ends in the middle of something."""


class Octets:
    """A file read from front to back. `position` is the offset of the next octet, from 0."""

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self.path = path
        self.position = 0
        self._stream = stream
        self._ahead = b""

    def fail(self, what: str, at: int | None = None) -> NoReturn:
        raise UsageError(f"{self.path}: octet {self.position if at is None else at}: {what}")

    def _read(self, count: int) -> bytes:
        try:
            return self._stream.read(count)
        except OSError as error:
            raise UsageError(f"{self.path}: octet {self.position}: {error.strerror}") from error

    def peek(self, count: int) -> bytes:
        """The next `count` octets, or as many as there are, without going on."""
        if len(self._ahead) < count:
            self._ahead += self._read(count - len(self._ahead))
        return self._ahead[:count]

    def some(self, count: int) -> bytes:
        """The next `count` octets, or as many as there are."""
        found, self._ahead = self._ahead[:count], self._ahead[count:]
        if len(found) < count:
            found += self._read(count - len(found))
        self.position += len(found)
        return found

    def take(self, count: int, what: str) -> bytes:
        """Exactly `count` octets of `what`."""
        start = self.position
        if count > LONGEST_RECORD:
            self.fail(f"{what} of {count} octets: longer than anything in such a file", start)
        found = self.some(count)
        if len(found) < count:
            text = f"the file ends within {what} ({len(found)} of {count} octets)"
            raise CutShort(f"{self.path}: octet {start}: {text}")
        return found

    def ended(self) -> bool:
        return not self.peek(1)


def reason(error: OSError) -> str:
    if error.errno == errno.EISDIR:
        return "is a directory"
    return error.strerror or str(error)


@contextmanager
def open_octets(path: Path) -> Iterator[Octets]:
    """Open a file for reading. UsageError when it cannot be."""
    try:
        stream = open(path, "rb")  # noqa: SIM115 (closed below; the `with` is for reading, not for opening)
    except OSError as error:
        raise UsageError(f"{path}: {reason(error)}") from error
    with stream:
        yield Octets(path, stream)


def same_file(one: Path, other: Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False
