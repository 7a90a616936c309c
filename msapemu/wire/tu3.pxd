# cython: language_level=3
"""A TU-3 in a VC-4 (G.707 7.2.2, 8.2): TUG-3 K is columns 3 + K + 3 X of the VC-4, X = 0..85.

Its first column holds H1 H2 H3 in rows 1..3 and fixed stuff below, the other 85 the VC-3; offset 0 is the octet after
H3.
"""
from libc.stdint cimport uint8_t, uint16_t

from msapemu.wire.generate cimport Shape
from msapemu.wire.tu cimport VC4_COLUMNS

cdef enum:
    VC3_OCTETS = 765
    VC3_ROW = 85
    TU3_ROWS = 9
    TU3_BEFORE = 170            # octets of a TU-3 in the rows above that of H3
    TU3_OFFSETS = 765
    TU3_LAG = 1740              # of the elastic store: a VC-3 being sent, a VC-4 being received, and a bit
    TU3_HYSTERESIS = 4          # octets; so G.783 has it at least

cdef inline Shape tu3_shape() noexcept nogil:
    cdef Shape s
    s.length = VC3_OCTETS
    s.unit = 1
    s.before = TU3_BEFORE
    s.lag = TU3_LAG
    s.hysteresis = TU3_HYSTERESIS
    return s

cdef inline void tu3_fill(int k, uint16_t word, uint8_t h3, const uint8_t *payload, uint8_t *vc) noexcept nogil:
    """Write TUG-3 `k` (from 0): pointer, H3, and 9 rows of 85 octets."""
    cdef int row, x
    cdef uint8_t *out
    for row in range(TU3_ROWS):
        out = vc + row * VC4_COLUMNS + 3 + k
        out[0] = <uint8_t>(word >> 8) if row == 0 else <uint8_t>word if row == 1 else h3 if row == 2 else 0
        for x in range(VC3_ROW):
            out[3 + 3 * x] = payload[x]
        payload += VC3_ROW

cdef inline uint16_t tu3_take(int k, const uint8_t *vc, uint8_t *h3, uint8_t *payload) noexcept nogil:
    """Read TUG-3 `k` (from 0): the pointer word, and H3 and 9 rows of 85 octets into their places."""
    cdef int row, x
    cdef const uint8_t *octets
    cdef const uint8_t *first = vc + 3 + k
    for row in range(TU3_ROWS):
        octets = first + row * VC4_COLUMNS
        for x in range(VC3_ROW):
            payload[x] = octets[3 + 3 * x]
        payload += VC3_ROW
    h3[0] = first[2 * VC4_COLUMNS]
    return (<uint16_t>first[0] << 8) | first[VC4_COLUMNS]
