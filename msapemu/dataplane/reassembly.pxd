# cython: language_level=3
"""Frames out of chunks: a ring of frames, filled by number and chunk, emptied in order. No I/O.

With a delay impairment the ring is also the fibre's length: frames stay in it until their time has come.
"""
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from msapemu.dataplane.linetype cimport LineType

cdef enum:
    REORDER = 8             # frames; a hole this far behind the newest frame is not waited for

cdef enum Placed:
    PLACED = 0
    LATE = 1                # a duplicate, or a frame that was given up
    FULL = 2                # further ahead than the ring is long

cdef struct Ring:
    uint8_t *octets         # size frames
    uint32_t *got           # size masks of chunks; bit k: chunk k has come
    uint64_t size           # frames, a power of two
    LineType type

cdef struct Reassembly:
    Ring ring
    uint64_t next           # number of the oldest frame not taken out
    uint64_t high           # number after the newest frame begun
    uint64_t lost_frames    # not or not wholly received; taken out with zeros where octets are missing


cdef inline uint64_t frame_octets(const Ring *ring) noexcept nogil:
    return ring.type.frame


cdef inline uint32_t all_chunks(const Ring *ring) noexcept nogil:
    """The mask of a whole frame."""
    return <uint32_t>0xffffffff >> (32 - ring.type.chunks)


cdef inline void reassembly_start(Reassembly *r, uint64_t frame) noexcept nogil:
    """Forget what is there; the next frame is number `frame`."""
    memset(r.ring.got, 0, r.ring.size * sizeof(uint32_t))
    r.next = r.high = frame


cdef inline Placed reassembly_place(Reassembly *r, uint64_t frame, uint32_t chunk, const uint8_t *octets) \
        noexcept nogil:
    """Take one chunk."""
    cdef uint64_t slot = frame & (r.ring.size - 1)
    if frame < r.next:
        return LATE
    if frame - r.next >= r.ring.size:
        return FULL
    if r.ring.got[slot] >> chunk & 1:
        return LATE
    memcpy(r.ring.octets + slot * frame_octets(&r.ring) + chunk * r.ring.type.chunk, octets,
           r.ring.type.chunk)
    r.ring.got[slot] |= <uint32_t>1 << chunk
    if frame >= r.high:
        r.high = frame + 1
    return PLACED


cdef inline Placed reassembly_place_frames(Reassembly *r, uint64_t frame, uint64_t count, const uint8_t *octets) \
        noexcept nogil:
    """Take whole frames, of a line on which each is one chunk: all of them or, when there is no room, none. LATE: none
    of them is of use."""
    cdef Placed placed = LATE
    cdef uint64_t i
    if frame + count > r.next + r.ring.size:
        return FULL
    for i in range(count):
        if reassembly_place(r, frame + i, 0, octets) == PLACED:
            placed = PLACED
        octets += r.ring.type.frame
    return placed


cdef inline uint64_t reassembly_ready(const Reassembly *r) noexcept nogil:
    """How many whole frames can be taken out in one run."""
    cdef uint64_t slot = r.next & (r.ring.size - 1)
    cdef uint64_t most = min(r.high - r.next, r.ring.size - slot)
    cdef uint32_t whole = all_chunks(&r.ring)
    cdef uint64_t n = 0
    while n < most and r.ring.got[slot + n] == whole:
        n += 1
    return n


cdef inline uint8_t *reassembly_front(const Reassembly *r) noexcept nogil:
    return r.ring.octets + (r.next & (r.ring.size - 1)) * frame_octets(&r.ring)


cdef inline void reassembly_pop(Reassembly *r, uint64_t frames) noexcept nogil:
    """Forget the run of `frames` frames that `reassembly_ready` told of."""
    memset(r.ring.got + (r.next & (r.ring.size - 1)), 0, frames * sizeof(uint32_t))
    r.next += frames


cdef inline void reassembly_give_up(Reassembly *r, uint64_t until) noexcept nogil:
    """Wait no longer for what is missing before frame `until` (at most a ring ahead): zeros stand in for it."""
    cdef uint64_t frame = r.next
    cdef uint32_t whole = all_chunks(&r.ring)
    cdef uint8_t *octets
    cdef uint64_t slot
    cdef uint32_t chunk, size = r.ring.type.chunk
    while frame < until:
        slot = frame & (r.ring.size - 1)
        if r.ring.got[slot] != whole:
            r.lost_frames += 1
            octets = r.ring.octets + slot * frame_octets(&r.ring)
            for chunk in range(r.ring.type.chunks):
                if not r.ring.got[slot] >> chunk & 1:
                    memset(octets + chunk * size, 0, size)
            r.ring.got[slot] = whole
        frame += 1
    if until > r.high:
        r.high = until


cdef inline uint64_t reassembly_hole_end(const Reassembly *r) noexcept nogil:
    """The first whole frame behind the hole at the front, or `high` when none has come."""
    cdef uint64_t frame = r.next
    cdef uint32_t whole = all_chunks(&r.ring)
    while frame < r.high and r.ring.got[frame & (r.ring.size - 1)] != whole:
        frame += 1
    return frame


cdef inline void reassembly_move(Reassembly *r, Ring ring) noexcept nogil:
    """Go on in another ring of the same type; what does not fit in it (the newest) is forgotten and counts as lost
    later."""
    cdef uint64_t frame, old, new, octets = frame_octets(&ring)
    memset(ring.got, 0, ring.size * sizeof(uint32_t))
    frame = r.next
    while frame < r.high and frame - r.next < ring.size:
        old = frame & (r.ring.size - 1)
        new = frame & (ring.size - 1)
        memcpy(ring.octets + new * octets, r.ring.octets + old * octets, octets)
        ring.got[new] = r.ring.got[old]
        frame += 1
    # with fewer places the rest may be up to a ring ahead of `high`; it must not be looked for in this one
    if r.high > frame:
        r.high = frame
    r.ring = ring
