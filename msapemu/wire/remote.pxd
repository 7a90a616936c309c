# cython: language_level=3
"""Remote information: what a line's sinks want their far ends to be told (G.783 RI_REI, RI_RDI).

The sink half adds, the source half sends and takes away: the one struct that both halves of a line touch.
"""
from libc.stdint cimport uint8_t, uint32_t

cdef struct RemoteInfo:
    uint32_t ms_rei             # errored B2 bits not yet told
    uint32_t hp_rei             # errored B3 bits not yet told
    uint8_t lp_rei[64]          # errored VC-12 not yet told, by column
    uint8_t lp_rdi[64]
    bint ms_rdi
    bint hp_rdi

cdef inline uint8_t rei_take(uint32_t *pending, uint32_t most) noexcept nogil:
    """The count that goes out now, at most `most`."""
    cdef uint32_t n = pending[0] if pending[0] < most else most
    pending[0] -= n
    return <uint8_t>n
