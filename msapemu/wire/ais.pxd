# cython: language_level=3
"""AIS in an E1 that nobody has aligned: two times 512 bits in a row with two zeros at most, each (G.775 5.2)."""
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memcpy

cdef extern from * nogil:
    """
    static inline unsigned msapemu_ones64(unsigned long long word)
    {
        return (unsigned)__builtin_popcountll(word);
    }
    """
    unsigned ones64 "msapemu_ones64"(uint64_t word) noexcept

cdef enum:
    AIS_WINDOW = 64             # octets
    AIS_ZEROS = 2
    AIS_WINDOWS = 2             # to set, and to clear

cdef struct AisWatch:
    uint64_t octets             # of the window
    unsigned zeros              # in it; counted no further than is needed
    int against                 # windows in a row that say the opposite of `ais`
    bint ais

cdef inline void ais_window(AisWatch *a) noexcept nogil:
    a.against = 0 if (a.zeros <= AIS_ZEROS) == a.ais else a.against + 1
    if a.against == AIS_WINDOWS:
        a.ais = not a.ais
        a.against = 0
    a.zeros = 0
    a.octets = 0

cdef inline bint ais_take(AisWatch *a, const uint8_t *octets, uint64_t n) noexcept nogil:
    """n octets more of the E1; whether all of them are ones while AIS stands."""
    cdef uint64_t word, run
    cdef bint ones = True
    while n:
        run = min(n, min(AIS_WINDOW - a.octets, <uint64_t>8))
        word = <uint64_t>-1
        memcpy(&word, octets, run)
        if word != <uint64_t>-1:
            ones = False
            if a.zeros <= AIS_ZEROS:
                a.zeros += 64 - ones64(word)
        octets += run
        n -= run
        a.octets += run
        if a.octets == AIS_WINDOW:
            ais_window(a)
    return ones and a.ais
