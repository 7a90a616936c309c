"""The status region: one file per shelf, mapped shared, written by the data plane's loop, read by anybody.

Layout (all numbers in the byte order and alignment of the host; readers are on the same host):

    offset  octets
         0       8  magic "MSAPSTAT"
         8       4  layout version
        12       4  length of the descriptor
        16       8  size of the file
        24       8  writer's process id
        32       8  writer's start time (field 22 of /proc/PID/stat), so that a used-again process id is seen
        40       8  state: 0 live, 1 superseded (a file with another layout has taken the path), 2 closed
        64       8  sequence: snapshots finished since the start
        72       8  CLOCK_MONOTONIC ns of the last snapshot
       128       -  descriptor: JSON of `Layout`
         -       -  two slots of `slot_octets`, the first at `slots_at`

A snapshot is an array of uint64: the loop's fields, then each line's, each client's, each group's and each member's
(the members of the first group, of the second, ...); then those of `pdh`: PDH lines, which are not among `lines`, their
levels of multiplex (pairs of a line and "e2", "e3", "e2.1".."e2.4"), the E1s that are terminated, by their places, and
the E1 client ports (and lines of SAToP), whose fields named pw_ are of a pseudowire. A group is called by its client
port, or the first of several, which `group_of` has for each; a member is a pair of that and its container. What stands
for a state (`tx_state`, `rx_state`, `tx_ctrl`, ... of a member, `state` of an E1) is an index into the names of
`states`, "" for no value.

Snapshot n stands in slot n & 1; the writer fills the other slot and then counts `sequence` up. So a reader copies slot
(sequence & 1) and has a consistent snapshot when the sequence is still the same afterwards; it never waits for a writer
that is stopped.
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import msgspec

from msapemu.ctl.errors import MsapemuError

MAGIC = b"MSAPSTAT"
VERSION = 3
HEADER = struct.Struct("=8sIIQQQQ")  # magic .. state
STATE_AT = 40
SEQUENCE_AT = 64
TIME_AT = 72
DESCRIPTOR_AT = 128
LIVE, SUPERSEDED, CLOSED = 0, 1, 2
NATIVE = sys.byteorder


class PdhFields(msgspec.Struct, frozen=True):
    """What the records of PDH are made of."""

    line: tuple[str, ...] = ()
    level: tuple[str, ...] = ()
    e1: tuple[str, ...] = ()
    e1_client: tuple[str, ...] = ()


class Pdh(msgspec.Struct, frozen=True):
    """What there is of PDH."""

    lines: tuple[str, ...] = ()
    levels: tuple[tuple[str, str], ...] = ()
    e1s: tuple[str, ...] = ()
    e1_clients: tuple[str, ...] = ()


class Fields(msgspec.Struct, frozen=True):
    """What the records are made of."""

    loop: tuple[str, ...]
    line: tuple[str, ...]
    client: tuple[str, ...]
    group: tuple[str, ...]
    member: tuple[str, ...]
    defects: tuple[str, ...]
    states: dict[str, tuple[str, ...]]  # by field of a member, or of an E1
    pdh: PdhFields = PdhFields()


class Layout(msgspec.Struct, frozen=True):
    """The descriptor. A record is one uint64 a field, in the order of the names; `defects[n]` is the name of bit n."""

    generation: int
    slots_at: int
    slot_octets: int
    fields: Fields
    lines: tuple[str, ...]
    clients: tuple[str, ...]
    groups: tuple[str, ...]
    group_of: dict[str, str]  # by client port
    members: tuple[tuple[str, str], ...]
    pdh: Pdh = Pdh()

    @property
    def words(self) -> int:
        """Of a snapshot."""
        f, pdh = self.fields, self.pdh
        return (
            len(f.loop)
            + len(f.line) * len(self.lines)
            + len(f.client) * len(self.clients)
            + len(f.group) * len(self.groups)
            + len(f.member) * len(self.members)
            + len(f.pdh.line) * len(pdh.lines)
            + len(f.pdh.level) * len(pdh.levels)
            + len(f.pdh.e1) * len(pdh.e1s)
            + len(f.pdh.e1_client) * len(pdh.e1_clients)
        )


def _round(octets: int, to: int) -> int:
    return -(-octets // to) * to


def make(
    generation: int,
    fields: Fields,
    lines: tuple[str, ...],
    clients: tuple[str, ...],
    groups: tuple[str, ...],
    group_of: dict[str, str],
    members: tuple[tuple[str, str], ...],
    pid: int,
    pdh: Pdh | None = None,
) -> tuple[Layout, bytes]:
    """A new region: its layout, and the file's octets before the first snapshot (all counters 0)."""
    what = fields, lines, clients, groups, group_of, members, pdh or Pdh()
    slot_octets = _round(8 * Layout(generation, 0, 0, *what).words, 64)

    def layout(slots_at: int) -> Layout:
        return Layout(generation, slots_at, slot_octets, *what)

    # the number itself stands in the descriptor, so it is made once with more room than any value takes
    slots_at = _round(DESCRIPTOR_AT + len(msgspec.json.encode(layout(10**9))), 64)
    made = layout(slots_at)
    descriptor = msgspec.json.encode(made)
    size = slots_at + 2 * slot_octets
    octets = bytearray(size)
    HEADER.pack_into(octets, 0, MAGIC, VERSION, len(descriptor), size, pid, start_time(pid), LIVE)
    octets[DESCRIPTOR_AT : DESCRIPTOR_AT + len(descriptor)] = descriptor
    return made, bytes(octets)


def start_time(pid: int) -> int:
    """When process `pid` started, in clock ticks since boot; 0 when there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    # the second field is the program's name in parentheses, which may hold anything; a zombie has stopped
    fields = stat.rpartition(")")[2].split()
    return 0 if fields[0] in "ZX" else int(fields[19])


def parse(octets: memoryview, place: str) -> tuple[Layout, int, int]:
    """Layout, writer's process id and start time. MsapemuError when the octets are not a region of this version."""
    if len(octets) < DESCRIPTOR_AT or bytes(octets[:8]) != MAGIC:
        raise MsapemuError(f"{place}: not a status region")
    _, version, length, size, pid, started, _ = HEADER.unpack_from(octets)
    if version != VERSION:
        raise MsapemuError(f"{place}: status region of layout version {version}, this program reads {VERSION}")
    if size != len(octets) or DESCRIPTOR_AT + length > size:
        raise MsapemuError(f"{place}: status region of {len(octets)} octets that should have {size}")
    try:
        layout = msgspec.json.decode(bytes(octets[DESCRIPTOR_AT : DESCRIPTOR_AT + length]), type=Layout)
    except msgspec.DecodeError as error:
        raise MsapemuError(f"{place}: status region with a damaged descriptor ({error})") from None
    if layout.slots_at % 8 or 8 * layout.words > layout.slot_octets or layout.slots_at + 2 * layout.slot_octets > size:
        raise MsapemuError(f"{place}: status region whose descriptor does not fit its size")
    return layout, pid, started
