# cython: language_level=3
"""What an impaired fibre does to the octets: a delay in frames, and bit errors at a rate. No I/O; the seed is given.

The distances between errors are geometric, so a clean line costs one comparison a batch.
"""
from libc.math cimport log, log1p
from libc.stdint cimport UINT64_MAX, uint8_t, uint64_t

cdef struct Faults:
    uint64_t delay_frames
    double ber
    uint64_t state          # of the generator (splitmix64)
    uint64_t gap            # clean bits before the next error
    uint64_t bit_errors     # ever made


cdef inline uint64_t faults_random(Faults *f) noexcept nogil:
    """splitmix64 (Steele, Lea, Flood 2014)."""
    cdef uint64_t z
    f.state += <uint64_t>0x9E3779B97F4A7C15
    z = f.state
    z = (z ^ (z >> 30)) * <uint64_t>0xBF58476D1CE4E5B9
    z = (z ^ (z >> 27)) * <uint64_t>0x94D049BB133111EB
    return z ^ (z >> 31)


cdef inline uint64_t faults_gap(Faults *f) noexcept nogil:
    """Clean bits before the next error: geometric with mean 1 / ber - 1."""
    cdef double uniform, gap
    if f.ber <= 0:
        return UINT64_MAX
    if f.ber >= 1:
        return 0
    uniform = <double>((faults_random(f) >> 11) + 1) / 9007199254740992.0      # (0, 1]
    gap = log(uniform) / log1p(-f.ber)
    return <uint64_t>gap if gap < 1e18 else <uint64_t>1000000000000000000


cdef inline void faults_set(Faults *f, uint64_t delay_frames, double ber, uint64_t seed) noexcept nogil:
    """New settings; the errors start afresh from the seed."""
    f.delay_frames = delay_frames
    f.ber = ber
    f.state = seed
    f.gap = faults_gap(f)


cdef inline void faults_apply(Faults *f, uint8_t *octets, uint64_t count) noexcept nogil:
    """Flip the bits of these octets that the fibre flips."""
    cdef uint64_t bits = 8 * count
    cdef uint64_t at
    if f.gap == UINT64_MAX:
        return
    if f.gap >= bits:
        f.gap -= bits
        return
    at = f.gap
    while at < bits:
        octets[at >> 3] ^= <uint8_t>(0x80 >> (at & 7))
        f.bit_errors += 1
        at += 1 + faults_gap(f)
    f.gap = at - bits
