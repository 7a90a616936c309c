# cython: language_level=3
"""Octet order, bit counts and the persistence filter that overhead octets pass before they count."""
from libc.stdint cimport uint8_t, uint16_t, uint32_t
from libc.string cimport memcpy

cdef enum:
    BLOCK = 64                  # octets that are copied at once
    LONG_COPY = 256             # from here on a call of memcpy does not count

cdef inline uint16_t load16(const uint8_t *p) noexcept nogil:
    return <uint16_t>((p[0] << 8) | p[1])

cdef inline void store16(uint8_t *p, uint32_t value) noexcept nogil:
    p[0] = <uint8_t>(value >> 8)
    p[1] = <uint8_t>value

cdef inline uint32_t load32(const uint8_t *p) noexcept nogil:
    return (<uint32_t>p[0] << 24) | (<uint32_t>p[1] << 16) | (<uint32_t>p[2] << 8) | p[3]

cdef inline void store32(uint8_t *p, uint32_t value) noexcept nogil:
    store16(p, value >> 16)
    store16(p + 2, value & 0xffff)

cdef inline void copy_blocks(uint8_t *out, const uint8_t *octets, uint32_t n) noexcept nogil:
    """Copy `n` octets and, where they are few, up to BLOCK - 1 more."""
    cdef uint32_t at = 0
    if n >= LONG_COPY:
        memcpy(out, octets, n)
        return
    while at < n:
        memcpy(out + at, octets + at, BLOCK)
        at += BLOCK

cdef extern from * nogil:
    """
    #define msapemu_swap32 __builtin_bswap32
    static inline unsigned msapemu_popcount(unsigned x)
    {
        /* nearly always asked of 0; the baseline of x86-64 has no instruction for the rest */
        return x ? (unsigned)__builtin_popcount(x) : 0;
    }
    """
    unsigned popcount "msapemu_popcount"(unsigned x) noexcept
    uint32_t swap32 "msapemu_swap32"(uint32_t x) noexcept

cdef struct Accept:
    # A value is accepted once it came `n` times in a row (G.783 2.2, G.806 6.2).
    uint8_t candidate
    uint8_t count
    uint8_t value
    bint known          # a value was accepted since the last reset

cdef inline bint accept(Accept *a, uint8_t value, int n) noexcept nogil:
    """One more received `value`; True when the accepted value changes by it (the first one counts as a change)."""
    if value != a.candidate:
        a.candidate = value
        a.count = 1
    elif a.count < 255:
        a.count += 1
    if a.count >= n and not (a.known and a.value == value):
        a.value = value
        a.known = True
        return True
    return False

cdef inline bint accepted(const Accept *a, int n) noexcept nogil:
    """The accepted value again would change nothing."""
    return a.known and a.value == a.candidate and a.count >= n

cdef inline void accept_reset(Accept *a) noexcept nogil:
    a.count = 0
    a.known = False
