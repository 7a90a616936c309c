# cython: language_level=3
"""What a port of characters does with a transparent-mapped group: characters, or 8B/10B symbols, in and out.

A reader in a hurry has a clock and wants n characters whether they have come or not: where the client allows it, what
it stuffs with stands in their place. With Gigabit Ethernet that is idle, between frames; so a frame that has begun to
come is held until idle follows it, and what comes slower than the client's rate goes out as whole frames.
"""
from libc.stdint cimport uint8_t, uint64_t

from msapemu.wire.characters cimport (CODE_ERR, CODE_OF, CONTROL_10B, D16_2, K28_5, OCTET_ERR, ring_put,
                                      ring_room, ring_waiting)
from msapemu.wire.gfp_channel cimport ChannelTx
from msapemu.wire.gfp_frame cimport CMF_CSF_SYNC
from msapemu.wire.gfp_t cimport STUFF_COMMA, STUFF_IDLE
from msapemu.wire.gfp_t_rx cimport GfpTRx
from msapemu.wire.gfp_t_tx cimport GfpTTx
from msapemu.wire.symbols cimport symbol_code, symbol_in_step, symbol_put, symbol_take

cdef inline void gfp_t_offer(GfpTTx *t, uint8_t octet, bint control) noexcept nogil:
    """A character from the port; dropped and counted when there is no room. What is no character is 10B_ERR."""
    if ring_room(&t.ring) == 0:
        t.counters.tx_dropped += 1
        return
    if control and CODE_OF[octet] >= CODE_ERR:
        octet = OCTET_ERR
        t.counters.tx_errors += 1
    ring_put(&t.ring, octet, control)

cdef inline void gfp_t_offer_symbols(GfpTTx *t, ChannelTx *c, const uint8_t *octets, uint64_t n) noexcept nogil:
    """Bits from the port. The far end is told when it cannot be seen where symbols begin."""
    cdef uint64_t i
    cdef int character
    for i in range(n):
        character = symbol_take(&t.symbols, octets[i])
        if character >= 0:
            gfp_t_offer(t, <uint8_t>character, (character & CONTROL_10B) != 0)
    if not symbol_in_step(&t.symbols):
        if c.failed == 0:
            c.failed = CMF_CSF_SYNC
    elif c.failed == CMF_CSF_SYNC:
        c.failed = 0

cdef inline uint64_t gfp_t_readable(const GfpTRx *t, bint hurry) noexcept nogil:
    """Characters in the ring that may be read now."""
    if hurry and t.format.stuffing == STUFF_IDLE:
        return t.whole - t.ring.head if t.whole > t.ring.head else 0
    return ring_waiting(&t.ring)

cdef inline uint64_t gfp_t_read(GfpTRx *t, uint8_t *octets, uint8_t *flags, uint64_t n, bint hurry) noexcept nogil:
    """At most n characters to the port, all n in a hurry where there is something to stuff with; how many."""
    cdef uint64_t i, at, readable = gfp_t_readable(t, hurry)
    for i in range(n):
        flags[i] = 0
        if t.stuffed:
            t.stuffed = False
            octets[i] = D16_2
        elif readable:
            readable -= 1
            at = t.ring.head & (t.ring.size - 1)
            octets[i] = t.ring.octets[at]
            flags[i] = t.ring.flags[at]
            t.ring.head += 1
        elif hurry and t.format.stuffing:
            octets[i] = K28_5
            flags[i] = 1
            t.stuffed = t.format.stuffing == STUFF_IDLE
        else:
            return i
    return n

cdef inline uint64_t gfp_t_read_symbols(GfpTRx *t, uint8_t *out, uint64_t n, bint hurry) noexcept nogil:
    """The same in bits; how many octets that were: at most 10 n / 8 and one."""
    cdef uint8_t *at = out
    cdef uint64_t _i
    cdef uint8_t octet, flag
    for _i in range(n):
        if gfp_t_read(t, &octet, &flag, 1, hurry) == 0:
            break
        at = symbol_put(&t.symbols, symbol_code(&t.symbols, octet, flag), at)
    return <uint64_t>(at - out)
