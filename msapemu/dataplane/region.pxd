# cython: language_level=3
"""The loop's side of the status region (layout: ctl/region.py): fill the free slot, then count the sequence up."""
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memcpy

from msapemu.dataplane.host cimport sys_store

cdef enum:
    SEQUENCE_AT = 64
    TIME_AT = 72

cdef struct Region:
    uint8_t *base           # the mapped file
    uint64_t slots_at
    uint64_t slot_octets
    uint64_t sequence
    uint64_t *at            # where the next record goes


cdef inline void region_begin(Region *r) noexcept nogil:
    r.at = <uint64_t *>(r.base + r.slots_at + ((r.sequence + 1) & 1) * r.slot_octets)


cdef inline void region_put(Region *r, const void *record, uint64_t octets) noexcept nogil:
    """The next record, or part of one: a struct of uint64 only."""
    memcpy(r.at, record, octets)
    r.at += octets // 8


cdef inline void region_commit(Region *r, uint64_t now_ns) noexcept nogil:
    r.sequence += 1
    sys_store(<uint64_t *>(r.base + TIME_AT), now_ns)
    sys_store(<uint64_t *>(r.base + SEQUENCE_AT), r.sequence)
