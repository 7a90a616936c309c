"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from msapemu.ctl.errors import UsageError
from msapemu.interop.octets import reason


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write that takes its name when all went well; until then, and after a failure, nothing is there.

    A pipe or a device is written as it is. UsageError when the file cannot be made or written.
    """
    try:
        path = Path(os.path.realpath(path))  # a link stays one
        if path.exists() and not path.is_file():
            with open(path, "wb") as stream:
                yield stream
            return
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                yield stream
            os.chmod(name, 0o666 & ~_umask())
            os.replace(name, path)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(name)
            raise
    except OSError as error:
        raise UsageError(f"{path}: {reason(error)}") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
