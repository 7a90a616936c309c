"""Take a lab down, whatever state it is in."""

from __future__ import annotations

from pathlib import Path

from msapemu.ctl.errors import UsageError
from msapemu.ctl.paths import lab_dir
from msapemu.lab import document
from msapemu.lab.record import locked, read_record, remove_directory
from msapemu.lab.undo import undo
from msapemu.node.names import name_fault


def destroy(lab: str) -> bool:
    """The lab of that name; False when there is none. Works after a crash of anything, and again after
    itself.

    Raises MsapemuError when something cannot be removed; what is left stays in the lab's record for the
    next time.
    """
    if not lab_dir(lab).is_dir():
        return False
    with locked(lab):
        record = read_record(lab)
        if record is None:
            remove_directory(lab)  # a deployment that ended before it made anything
        else:
            undo(record)
    return True


def lab_name(path: Path) -> str:
    """The lab's name in the file at `path`, which may be wrong in every other respect; UsageError."""
    read = document.read(path)
    name = read.data.get("name") if isinstance(read.data, dict) else None
    if not isinstance(name, str) or name_fault(name):
        raise UsageError(f"{path}: names no lab")
    return name
