# cython: language_level=3
"""Changing octets of a frame so that no parity tells.

A BIP is linear: what an octet changes by, the parities that cover it change by too. So each change is added to what is
*owed* to the B1 and the B2 of the next frame, and the parity octets of the next frame are changed by it; that change is
owed again, for a BIP covers the one before. What was errored stays errored.
"""
from libc.stddef cimport size_t
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from msapemu.wire.align cimport STM1_OCTETS
from msapemu.wire.kernels cimport kernels
from msapemu.wire.stm cimport ROW_OCTETS, SOH_OCTETS, soh

cdef enum:
    RSOH_ROWS = 3

cdef struct Section:
    int n                       # of STM-N
    uint8_t *frame              # the frame being worked on, descrambled
    const uint8_t *behind       # the one that follows, as it came; NULL: not there yet
    uint8_t b1                  # what it owes to the next frame
    uint8_t b2[48]
    uint8_t b1_owed             # what the frame before owes to it
    uint8_t b2_owed[48]
    # of the whole frame, before a change of many octets
    uint8_t before_b1
    uint8_t before_b2[48]


cdef inline void alter(Section *s, uint64_t at, uint8_t octet) noexcept nogil:
    """Make the octet at that place of the frame `octet`."""
    cdef uint8_t d = s.frame[at] ^ octet
    cdef uint32_t place = <uint32_t>at, row = <uint32_t>(ROW_OCTETS * s.n)
    if d == 0:
        return
    s.frame[at] = octet
    s.b1 ^= d
    if place >= RSOH_ROWS * row or place % row >= <uint32_t>(SOH_OCTETS * s.n):
        s.b2[place % <uint32_t>(3 * s.n)] ^= d


cdef inline void alter_column(Section *s, uint64_t at, int b2_octet, uint8_t octet) noexcept nogil:
    """The same of an octet of the payload whose B2 octet is known."""
    cdef uint8_t d = s.frame[at] ^ octet
    s.frame[at] = octet
    s.b1 ^= d
    s.b2[b2_octet] ^= d


cdef inline void invert_run(Section *s, uint64_t at, int width, int begun, int count) noexcept nogil:
    """Invert `count` payload octets from `at` on, which stand in groups of `width` every N; `begun` of the first group
    have gone by.
    """
    cdef int _i, column = <int>(at % <uint64_t>(3 * s.n))
    for _i in range(count):
        s.frame[at] ^= 0xff
        s.b2[column] ^= 0xff
        at += 1
        column += 1
        begun += 1
        if begun == width:
            begun = 0
            at += s.n - width
            column += s.n - width
        if column >= 3 * s.n:
            column -= 3 * s.n
    if count & 1:
        s.b1 ^= 0xff


cdef inline void parity_before(Section *s) noexcept nogil:
    """Many octets are about to be changed otherwise than by `alter`."""
    s.before_b1 = kernels.bip8(s.frame, <size_t>(STM1_OCTETS * s.n))
    kernels.bip24n(s.before_b2, s.frame, <unsigned>s.n)


cdef inline void parity_after(Section *s) noexcept nogil:
    cdef uint8_t now[48]
    cdef int i
    s.b1 ^= s.before_b1 ^ kernels.bip8(s.frame, <size_t>(STM1_OCTETS * s.n))
    kernels.bip24n(now, s.frame, <unsigned>s.n)
    for i in range(3 * s.n):
        s.b2[i] ^= s.before_b2[i] ^ now[i]


cdef inline void parity_next(Section *s) noexcept nogil:
    """What the frame worked on owes falls due."""
    s.b1_owed = s.b1
    memcpy(s.b2_owed, s.b2, sizeof(s.b2))
    s.b1 = 0
    memset(s.b2, 0, sizeof(s.b2))


cdef inline void parity_pay(Section *s) noexcept nogil:
    """Put B1 and B2 right by what the frame before owes."""
    cdef uint64_t at = <uint64_t>soh(s.n, 5, 1, 1)
    cdef int i
    for i in range(3 * s.n):
        alter(s, at + i, s.frame[at + i] ^ s.b2_owed[i])
    at = <uint64_t>soh(s.n, 2, 1, 1)
    alter(s, at, s.frame[at] ^ s.b1_owed)


cdef inline bint parity_owed(const Section *s) noexcept nogil:
    cdef int i
    cdef uint8_t owed = s.b1_owed
    for i in range(3 * s.n):
        owed |= s.b2_owed[i]
    return owed != 0
