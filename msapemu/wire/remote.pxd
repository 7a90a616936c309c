# cython: language_level=3
"""Remote information: what a sink wants its far end to be told (G.783 RI_REI, RI_RDI).

The sink half adds, the source half sends and takes away: the only state that the two halves share.
"""
from libc.stdint cimport uint8_t, uint32_t

cdef struct SectionRemote:
    uint32_t rei                # errored B2 bits not yet told
    bint rdi

cdef struct PathRemote:
    uint32_t rei                # errored B3 bits not yet told
    bint rdi
    uint8_t lp_rei[64]          # errored VC-12 not yet told, by column
    uint8_t lp_rdi[64]

cdef inline uint8_t rei_take(uint32_t *pending, uint32_t most) noexcept nogil:
    """The count that goes out now, at most `most`."""
    cdef uint32_t n = pending[0] if pending[0] < most else most
    pending[0] -= n
    return <uint8_t>n
