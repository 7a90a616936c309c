# cython: language_level=3
"""Overhead octets that carry a user's stream: DCC_R (D1-D3), DCC_M (D4-D12), E1, E2, F1 of a line, F2, F3 of a path.

A channel is two rings of octets with one producer and one consumer each, which may be two threads: the user writes and
reads runs of octets, the line takes and gives some every frame. Where nothing waits, fill octets are sent; where there
is no room, what comes is dropped and counted. A channel that nobody opened is a NULL pointer.
"""
from libc.stdint cimport uint8_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy

cdef enum:
    CHANNEL_FILL = 0xFF
    CHANNEL_ROOM = 65536        # octets of a ring, when none are named: 2.7 s of DCC_R

cdef enum:
    # of a line
    DCC_R = 0
    DCC_M = 1
    ORDERWIRE_R = 2             # E1
    ORDERWIRE_M = 3             # E2
    USER_R = 4                  # F1
    SECTION_CHANNELS = 5

cdef enum:
    # of a VC-4 or VC-3
    USER_F2 = 0
    USER_F3 = 1
    PATH_CHANNELS = 2

cdef extern from * nogil:
    """
    #define msapemu_load_acquire(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
    #define msapemu_store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
    """
    uint64_t load_acquire "msapemu_load_acquire"(const uint64_t *p) noexcept
    void store_release "msapemu_store_release"(uint64_t *p, uint64_t value) noexcept

cdef struct OctetRing:
    uint8_t *room
    uint64_t size               # power of two
    uint64_t head               # octets ever popped: the consumer's
    uint64_t tail               # octets ever pushed: the producer's

cdef struct Channel:
    OctetRing tx                # user -> line
    OctetRing rx                # line -> user
    uint8_t fill
    bint signal                 # of a V.35 port: the line has one (circuit 109, DCD)
    # counters; those of the line's side
    uint64_t tx_octets
    uint64_t tx_fill
    uint64_t rx_octets
    uint64_t rx_dropped

# ---------------------------------------------------------------- rings

cdef inline uint64_t ring_waiting(const OctetRing *r) noexcept nogil:
    return load_acquire(&r.tail) - load_acquire(&r.head)

cdef inline uint64_t ring_push(OctetRing *r, const uint8_t *octets, uint64_t n) noexcept nogil:
    """Put octets in; how many there was room for."""
    cdef uint64_t tail = r.tail, at = tail & (r.size - 1), whole
    cdef uint64_t room = r.size - (tail - load_acquire(&r.head))
    if n > room:
        n = room
    whole = r.size - at if r.size - at < n else n
    memcpy(r.room + at, octets, whole)
    memcpy(r.room, octets + whole, n - whole)
    store_release(&r.tail, tail + n)
    return n

cdef inline uint64_t ring_pop(OctetRing *r, uint8_t *out, uint64_t n) noexcept nogil:
    """Take octets out; how many there were."""
    cdef uint64_t head = r.head, at = head & (r.size - 1), whole
    cdef uint64_t waiting = load_acquire(&r.tail) - head
    if n > waiting:
        n = waiting
    whole = r.size - at if r.size - at < n else n
    memcpy(out, r.room + at, whole)
    memcpy(out + whole, r.room, n - whole)
    store_release(&r.head, head + n)
    return n

# ---------------------------------------------------------------- the user's side

cdef inline Channel *channel_new(uint64_t octets) noexcept nogil:
    """A channel with rings for at least so many octets; NULL when memory is out."""
    cdef Channel *c = <Channel *>calloc(1, sizeof(Channel))
    cdef uint64_t size = 64
    if c == NULL:
        return NULL
    while size < octets:
        size <<= 1
    c.tx.size = c.rx.size = size
    c.tx.room = <uint8_t *>calloc(1, size)
    c.rx.room = <uint8_t *>calloc(1, size)
    c.fill = CHANNEL_FILL
    if c.tx.room == NULL or c.rx.room == NULL:
        channel_free(c)
        return NULL
    return c

cdef inline void channel_free(Channel *c) noexcept nogil:
    if c != NULL:
        free(c.tx.room)
        free(c.rx.room)
        free(c)

cdef inline uint64_t channel_write(Channel *c, const uint8_t *octets, uint64_t n) noexcept nogil:
    """Queue octets to be sent; how many there was room for."""
    return ring_push(&c.tx, octets, n)

cdef inline uint64_t channel_read(Channel *c, uint8_t *out, uint64_t n) noexcept nogil:
    """Take octets that have come; how many there were."""
    return ring_pop(&c.rx, out, n)

# ---------------------------------------------------------------- the line's side

cdef inline void channel_send(Channel *c, uint8_t *out, uint64_t n) noexcept nogil:
    """The next `n` octets that go out."""
    cdef uint64_t i, taken = ring_pop(&c.tx, out, n)
    for i in range(taken, n):
        out[i] = c.fill
    c.tx_octets += taken
    c.tx_fill += n - taken

cdef inline void channel_receive(Channel *c, const uint8_t *octets, uint64_t n) noexcept nogil:
    """`n` octets that came."""
    cdef uint64_t taken = ring_push(&c.rx, octets, n)
    c.rx_octets += taken
    c.rx_dropped += n - taken
