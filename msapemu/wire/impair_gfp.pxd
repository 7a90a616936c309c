# cython: language_level=3
"""Where the core headers of a GFP stream are (G.7041 6.3.1), for errors in them. Nothing but PLI and cHEC is read."""
from libc.stdint cimport uint8_t, uint16_t, uint32_t

from msapemu.wire.gfp_frame cimport CORE_OCTETS, CORE_XOR, PLI_CLIENT
from msapemu.wire.kernels cimport hec16, hec16_bit

cdef enum WalkState:
    W_HUNT = 0
    W_PRESYNC = 1
    W_SYNC = 2

cdef struct HeaderWalk:
    WalkState state
    uint32_t word               # the last octets
    int have                    # of them, of this header
    uint32_t area               # octets of the payload area still to come
    uint32_t errors             # of this header, first octet highest


cdef inline void walk_lost(HeaderWalk *g) noexcept nogil:
    g.state = W_HUNT
    g.have = 0
    g.area = g.errors = 0


cdef inline bint walk_at_header(const HeaderWalk *g) noexcept nogil:
    """The next octet is the first of a core header."""
    return g.state == W_SYNC and g.area == 0 and g.have == 0


cdef inline uint8_t walk_errors(const HeaderWalk *g) noexcept nogil:
    """What is inverted in the next octet."""
    if g.area or g.state != W_SYNC:
        return 0
    return <uint8_t>(g.errors >> (24 - 8 * g.have))


cdef inline void walk_take(HeaderWalk *g, uint8_t octet) noexcept nogil:
    """The next octet of the stream, as it came."""
    cdef uint32_t word
    cdef uint32_t syndrome
    cdef int bit
    if g.area:
        g.area -= 1
        return
    g.word = (g.word << 8) | octet
    g.have += 1
    if g.have < CORE_OCTETS:
        return
    word = g.word ^ <uint32_t>CORE_XOR
    syndrome = hec16(<uint16_t>(word >> 16)) ^ (word & 0xffff)
    if syndrome:
        bit = hec16_bit(<uint16_t>syndrome) if g.state == W_SYNC else -1
        if bit < 0:
            g.state = W_HUNT
            g.have = CORE_OCTETS - 1        # the window slides by one octet
            return
        word ^= <uint32_t>0x80000000 >> bit
    g.state = W_SYNC if g.state != W_HUNT else W_PRESYNC
    g.have = 0
    g.errors = 0
    if word >> 16 >= PLI_CLIENT:
        g.area = word >> 16
