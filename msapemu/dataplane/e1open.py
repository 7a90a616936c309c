"""What a configuration plugs into an E1 client port, opened."""

from __future__ import annotations

import selectors
from pathlib import Path

from msapemu.ctl.config import Cesop, File, Satop, Socket
from msapemu.ctl.e1 import parse_timeslots
from msapemu.dataplane.e1ends import E1End, FilesEnd, StreamEnd, cesop_end, satop_end
from msapemu.dataplane.log import Log

Plug = Socket | File | Satop | Cesop | None


def open_end(end: Plug, place: str, directory: Path, selector: selectors.BaseSelector, log: Log) -> E1End:
    """MsapemuError when it cannot be had; `directory`: of sockets that have a name only."""
    match end:
        case None:
            return E1End()
        case Socket():
            path = directory / end.path
            log("info", f"{place}: E1 listening at {path}")
            return StreamEnd(path, place, selector)
        case File():
            return FilesEnd(
                Path(end.read) if end.read is not None else None,
                Path(end.write) if end.write is not None else None,
                place,
            )
        case Satop():
            log("info", f"{place}: SAToP, {end.local} <-> {end.peer}")
            return satop_end(
                end.local, end.peer, place, log, payload=end.payload, rtp=end.rtp, jitter_us=end.jitter_us
            )
        case Cesop():
            log("info", f"{place}: CESoPSN, {end.local} <-> {end.peer}, timeslots {end.timeslots}")
            return cesop_end(
                end.local,
                end.peer,
                place,
                log,
                timeslots=parse_timeslots(end.timeslots),
                frames=end.frames,
                cas=end.cas,
                rtp=end.rtp,
                jitter_us=end.jitter_us,
            )
