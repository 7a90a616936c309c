# cython: language_level=3
"""Bounded queue of variable-length client frames between a port and a group.

One producer, one consumer, both on the loop's thread. A record is a 32-bit length and the octets, rounded up to
8 octets; a record never wraps: when the room up to the end is too small, a record of length `SKIP` fills it.
The caller reads or writes the octets in place: reserve -> fill -> commit; front -> use -> pop.
"""
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free

cdef enum:
    READ_BEYOND = 64            # octets behind a frame that may be read with it

cdef extern from * nogil:
    """
    #define MSAPEMU_QUEUE_SKIP 0xffffffffu
    """
    const uint32_t QUEUE_SKIP "MSAPEMU_QUEUE_SKIP"

cdef struct FrameQueue:
    uint8_t *room          # `size` octets
    uint64_t size          # power of two
    uint64_t head          # octets ever popped
    uint64_t tail          # octets ever committed
    uint64_t frames        # frames waiting
    uint64_t octets        # client octets waiting
    uint64_t limit         # octets above which `queue_reserve` refuses (tail drop)

cdef inline bint queue_init(FrameQueue *q, uint64_t limit, uint64_t longest) noexcept nogil:
    """Room for `limit` client octets in frames of at most `longest`; False when memory is out."""
    cdef uint64_t size = 4096
    # the worst case is 16 octets of record for 1 octet of client, but a queue that small drains at once
    while size < 2 * limit + 4 * (longest + 16):
        size <<= 1
    q.room = <uint8_t *>calloc(1, size + READ_BEYOND)
    q.size = size if q.room != NULL else 0
    q.head = q.tail = q.frames = q.octets = 0
    q.limit = limit
    return q.room != NULL

cdef inline void queue_free(FrameQueue *q) noexcept nogil:
    free(q.room)
    q.room = NULL
    q.size = 0

cdef inline uint8_t *queue_reserve(FrameQueue *q, uint32_t longest) noexcept nogil:
    """Where the next frame's octets go (`longest` of them at most), or NULL when the queue is full."""
    cdef uint64_t need = (longest + 4 + 7) & ~<uint64_t>7
    cdef uint64_t at = q.tail & (q.size - 1)
    if q.octets >= q.limit:
        return NULL
    if at + need > q.size:
        if q.size - (q.tail - q.head) < q.size - at + need:
            return NULL
        (<uint32_t *>(q.room + at))[0] = QUEUE_SKIP
        q.tail += q.size - at
        at = 0
    elif q.size - (q.tail - q.head) < need:
        return NULL
    return q.room + at + 4

cdef inline void queue_commit(FrameQueue *q, uint32_t length) noexcept nogil:
    """The frame reserved last holds `length` octets now."""
    (<uint32_t *>(q.room + (q.tail & (q.size - 1))))[0] = length
    q.tail += (length + 4 + 7) & ~<uint64_t>7
    q.frames += 1
    q.octets += length

cdef inline uint8_t *queue_front(FrameQueue *q, uint32_t *length) noexcept nogil:
    """The oldest frame, or NULL when none waits. It stays valid until `queue_pop`."""
    cdef uint64_t at
    if q.frames == 0:
        return NULL
    at = q.head & (q.size - 1)
    if (<uint32_t *>(q.room + at))[0] == QUEUE_SKIP:
        q.head += q.size - at
        at = 0
    length[0] = (<uint32_t *>(q.room + at))[0]
    return q.room + at + 4

cdef inline void queue_pop(FrameQueue *q) noexcept nogil:
    """Forget the frame that `queue_front` gave."""
    cdef uint32_t length = (<uint32_t *>(q.room + (q.head & (q.size - 1))))[0]
    q.head += (length + 4 + 7) & ~<uint64_t>7
    q.frames -= 1
    q.octets -= length
