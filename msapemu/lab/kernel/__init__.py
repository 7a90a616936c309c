"""What a lab makes outside its own processes: namespaces, TAP interfaces, redirection, shelf processes.

Each is a record with `make` and `remove`. It is written to the lab's record (`lab.record`) before it is
made, and `remove` takes it away whether it was made wholly, partly or not at all: undoing a deployment
that failed, destroying a lab, and clearing up after a crash are the same thing.
"""

from __future__ import annotations

from msapemu.lab.kernel.glue import Glue
from msapemu.lab.kernel.namespaces import Namespace
from msapemu.lab.kernel.process import ShelfProcess
from msapemu.lab.kernel.sockets import SocketFile
from msapemu.lab.kernel.taps import Tap

Resource = Namespace | Tap | Glue | SocketFile | ShelfProcess

__all__ = ["Glue", "Namespace", "Resource", "ShelfProcess", "SocketFile", "Tap"]
