# cython: language_level=3
"""What the loop tells the control thread: defects and changes, through a ring with one writer and one reader."""
from libc.stdint cimport uint8_t, uint16_t, uint64_t

from msapemu.dataplane.host cimport sys_load, sys_store

cdef enum:
    NOTICE_ROOM = 4096

cdef enum NoticeKind:
    DEFECT = 0              # of the core: `object`, `code` a Defect, `raised`
    LINK = 1                # `code` a Change
    LOST = 2                # `count` frames lost on the line since the last such notice
    PORT_GONE = 3           # `index` a client
    SKIPPED = 4             # `count` frames given up: the shelf was late for longer than it makes up
    NO_TRAINS = 5           # the line's interface does not take UDP_SEGMENT
    STEPPED = 6             # the line's virtual time was set anew; `count` frames on, or back (signed)
    CLIENT = 7              # `index` a client, `code` 1: it is not there any more, 0: it is
    CARRIER = 8             # `index` a client, `code` 1: its carrier was taken away, 0: it has it again
    MEMBER = 9              # `index` a group, `object` the number of a member, `count` 1 of the sink, `code` its state
    E1_DEFECT = 10          # of the fabric: `object` an E1 or a group in it, `code` a Defect, `raised`
    E1_PORT_DEFECT = 11     # `index` an E1 client port, `code` a Defect, `raised`

cdef struct Notice:
    uint64_t generation     # of the plan, which gives the indices their meaning
    uint64_t mono_ns
    uint64_t frame
    uint64_t count
    uint16_t kind
    uint16_t index
    uint16_t object
    uint8_t code
    uint8_t raised

cdef struct Notices:
    Notice ring[NOTICE_ROOM]
    uint64_t head           # read so far; written by the control thread
    uint64_t tail           # written so far
    uint64_t dropped


cdef inline Notice *notice_reserve(Notices *n) noexcept nogil:
    """A place for the next notice, or NULL (and counted) when the reader is too far behind."""
    if n.tail - sys_load(&n.head) >= NOTICE_ROOM:
        n.dropped += 1
        return NULL
    return &n.ring[n.tail % NOTICE_ROOM]


cdef inline void notice_commit(Notices *n) noexcept nogil:
    sys_store(&n.tail, n.tail + 1)
