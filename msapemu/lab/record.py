"""What a lab has made: RUN_DIR/LAB/lab.json. It is written before anything is made, so whatever happens to
the command that deploys, `destroy` knows what to remove. A lock on the lab's directory keeps two commands
apart."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from msapemu.ctl.errors import CapabilityError, MsapemuError
from msapemu.ctl.paths import lab_dir, run_dir
from msapemu.lab.kernel import Glue, Namespace, Resource, ShelfProcess, SocketFile, Tap
from msapemu.lab.kernel.netlink import Taken

RECORD_VERSION = 1


class Record(msgspec.Struct, forbid_unknown_fields=True):
    """A deployed lab: the file it came from, and what was made, in the order in which it was made."""

    lab: str
    file: str
    made: list[Namespace | Tap | Glue | SocketFile | ShelfProcess] = msgspec.field(default_factory=list)
    version: int = RECORD_VERSION

    @property
    def shelves(self) -> list[ShelfProcess]:
        return [resource for resource in self.made if isinstance(resource, ShelfProcess)]

    def write(self) -> None:
        """Onto the disk, whole or not at all."""
        path = record_path(self.lab)
        fresh = path.with_suffix(".new")
        fresh.write_bytes(msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n")
        fresh.replace(path)

    def make(self, resource: Resource) -> None:
        """Record it, then make it."""
        self.made.append(resource)
        self.write()
        try:
            resource.make()
        except Taken:  # somebody else's, who came between our look and our try: not for us to remove
            self.made.remove(resource)
            self.write()
            raise

    def drop(self, resource: Resource) -> None:
        """Remove it, then forget it."""
        resource.remove()
        if resource in self.made:
            self.made.remove(resource)
        self.write()


def record_path(lab: str) -> Path:
    return lab_dir(lab) / "lab.json"


def read_record(lab: str) -> Record | None:
    """Of a lab that is deployed, if only in part; None: there is none. MsapemuError when it cannot be read."""
    path = record_path(lab)
    try:
        record = msgspec.json.decode(path.read_bytes(), type=Record)
    except FileNotFoundError:
        return None
    except PermissionError:
        raise CapabilityError(f"{path}: permission denied") from None
    except (msgspec.DecodeError, UnicodeDecodeError, OSError) as error:
        raise MsapemuError(f"{path}: is no record of this version of msapemu ({error})") from None
    if record.version != RECORD_VERSION:
        raise MsapemuError(f"{path}: is record version {record.version}, this program knows {RECORD_VERSION}")
    return record


def deployed_labs() -> list[str]:
    """The names of all labs that are deployed, wholly or in part."""
    try:
        return sorted(path.parent.name for path in run_dir().glob("*/lab.json"))
    except OSError:
        return []


def take_directory(lab: str) -> None:
    """Make the lab's directory, for us alone. MsapemuError when the name is taken."""
    folder = lab_dir(lab)
    try:
        run_dir().mkdir(parents=True, exist_ok=True)
        folder.mkdir()
    except FileExistsError:
        raise MsapemuError(f"{lab}: a lab of this name is deployed already ({folder})") from None
    except PermissionError as error:
        raise CapabilityError(
            f"{error.filename}: permission denied (MSAPEMU_RUN_DIR names another place)"
        ) from None
    except OSError as error:
        raise MsapemuError(f"{folder}: {error.strerror}") from None


def remove_directory(lab: str) -> None:
    """And RUN_DIR with it, when it is the usual one and nothing else is in it."""
    shutil.rmtree(lab_dir(lab), ignore_errors=True)
    if "MSAPEMU_RUN_DIR" not in os.environ:
        with suppress(OSError):
            run_dir().rmdir()


@contextmanager
def locked(lab: str) -> Iterator[None]:
    """No other command changes the lab while the block runs. MsapemuError when one does already or there is
    no lab."""
    folder = lab_dir(lab)
    try:
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise MsapemuError(f"{lab}: no such lab is deployed ({folder})") from None
    except OSError as error:
        raise MsapemuError(f"{folder}: {error.strerror}") from None
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise MsapemuError(f"{lab}: another msapemu command is at work on this lab") from None
        yield
    finally:
        os.close(fd)
