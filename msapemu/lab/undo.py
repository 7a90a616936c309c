"""Remove what a lab has made."""

from __future__ import annotations

from msapemu.ctl.errors import MsapemuError
from msapemu.lab.kernel import Resource
from msapemu.lab.kernel.process import end
from msapemu.lab.record import Record, remove_directory


def undo(record: Record) -> None:
    """Everything, the last first; shelves before what they are attached to, all at once. What cannot be
    removed stays in the record, and is an MsapemuError when all else has gone."""
    faults: list[Exception] = []
    try:
        end(record.shelves)
    except (MsapemuError, OSError) as error:
        faults.append(error)
    left: list[Resource] = list(record.shelves) if faults else []
    for resource in reversed(record.made):
        if resource in record.shelves:
            continue
        try:
            resource.remove()
        except (MsapemuError, OSError) as error:
            faults.append(error)
            left.insert(0, resource)
    if not faults:
        remove_directory(record.lab)
        return
    record.made = left
    record.write()
    worst = max(
        (error for error in faults if isinstance(error, MsapemuError)),
        key=lambda one: one.status,
        default=None,
    )
    kind = type(worst) if worst else MsapemuError
    raise kind("\n".join(f"{record.lab}: not removed: {error}" for error in faults))
