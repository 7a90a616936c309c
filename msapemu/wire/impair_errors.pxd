# cython: language_level=3
"""Where errors fall: seeded, at a rate or so many, singly or in bursts. No I/O.

A source is asked about one stretch of bits after the other (a frame, what a BIP covers, an octet) and says which of
them are hit. The distances between errors are geometric, so a stretch without any costs one comparison.
"""
from libc.math cimport log, log1p
from libc.stdint cimport UINT64_MAX, uint8_t, uint32_t, uint64_t

cdef extern from * nogil:
    """
    #define MSAPEMU_NEVER UINT64_MAX
    #define MSAPEMU_LONGEST_GAP 1000000000000000000ull
    """
    const uint64_t NEVER "MSAPEMU_NEVER"
    const uint64_t LONGEST_GAP "MSAPEMU_LONGEST_GAP"

cdef struct ErrorSource:
    # settings
    double rate             # share of the bits that are hit, bursts counted in full; 0: by count
    uint32_t burst          # bits in a row that one error hits, at least 1
    uint64_t count          # errors in all, one a stretch, where the rate is 0
    uint64_t seed
    # state
    uint64_t random         # of the generator (splitmix64)
    uint64_t gap            # clean bits before the next one that is hit
    uint32_t run            # bits that this burst still hits
    uint64_t left           # errors still to be made, by count
    uint64_t made           # bits hit, ever


cdef inline uint64_t errors_random(uint64_t *state) noexcept nogil:
    """splitmix64 (Steele, Lea, Flood 2014)."""
    cdef uint64_t z
    state[0] += <uint64_t>0x9E3779B97F4A7C15
    z = state[0]
    z = (z ^ (z >> 30)) * <uint64_t>0xBF58476D1CE4E5B9
    z = (z ^ (z >> 27)) * <uint64_t>0x94D049BB133111EB
    return z ^ (z >> 31)


cdef inline uint64_t errors_gap(ErrorSource *s) noexcept nogil:
    """Clean bits before the next burst: geometric, so that `rate` of all bits are hit."""
    cdef double uniform, gap, begins
    if s.rate <= 0:
        return NEVER
    if s.rate >= 1:
        return 0
    begins = s.rate / (s.rate + s.burst * (1 - s.rate))     # chance that a clean stretch ends at a bit
    uniform = <double>((errors_random(&s.random) >> 11) + 1) / 9007199254740992.0       # (0, 1]
    gap = log(uniform) / log1p(-begins)
    return <uint64_t>gap if gap < <double>LONGEST_GAP else LONGEST_GAP


cdef inline void errors_start(ErrorSource *s) noexcept nogil:
    """Afresh from the seed."""
    s.random = s.seed
    s.run = s.burst
    s.left = 0
    s.gap = errors_gap(s)


cdef inline void errors_open(ErrorSource *s, uint64_t bits) noexcept nogil:
    """A stretch of `bits` bits begins: an error that comes by count gets its place in it."""
    if s.rate > 0:
        return
    s.gap = NEVER
    if s.left:
        s.left -= 1
        s.run = s.burst
        s.gap = errors_random(&s.random) % (bits - s.burst + 1 if bits > s.burst else 1)


cdef inline bint errors_hit(ErrorSource *s, uint64_t bits, uint64_t *at) noexcept nogil:
    """The next bit of the stretch that is hit; False: no more of them, the stretch has gone by."""
    if s.gap >= bits:
        if s.gap != NEVER:
            s.gap -= bits
        return False
    at[0] = s.gap
    s.run -= 1
    s.gap += 1
    if s.run == 0:
        s.run = s.burst
        s.gap = s.gap + errors_gap(s) if s.rate > 0 else NEVER
    return True


cdef inline void errors_on_line(ErrorSource *s, uint8_t *octets, uint64_t count) noexcept nogil:
    """Flip the bits of these octets that are hit."""
    cdef uint64_t at = 0
    while errors_hit(s, 8 * count, &at):
        octets[at >> 3] ^= <uint8_t>(0x80 >> (at & 7))
        s.made += 1


cdef inline void errors_mask(ErrorSource *s, uint64_t bits, unsigned width, uint8_t *mask) noexcept nogil:
    """One stretch of `bits` bits, of which the bits of `mask` are the parities: bit n falls to mask bit n mod `width`.

    Two errors that fall to the same parity undo each other. `mask` is written whole ((`width` + 7) / 8 octets).
    """
    cdef uint64_t at = 0
    cdef unsigned i, octets = (width + 7) // 8
    for i in range(octets):
        mask[i] = 0
    errors_open(s, bits)
    while errors_hit(s, bits, &at):
        at %= width
        mask[at >> 3] ^= <uint8_t>(0x80 >> (at & 7))
