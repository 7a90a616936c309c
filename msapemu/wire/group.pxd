# cython: language_level=3
"""A group: one Ethernet client, its GFP source and sink, and the container octets they fill and empty."""
from libc.stdint cimport uint8_t, uint16_t, uint64_t

from msapemu.wire.gfp_f cimport GfpRx, GfpTx
from msapemu.wire.queue cimport FrameQueue
from msapemu.wire.status cimport GroupCounters

cdef enum:
    GROUP_OCTETS = 8568         # 136 x 63: what a VC-12-63v carries in 500 us; a VC-4 carries 2340 in 125 us

cdef struct GroupTx:
    FrameQueue queue            # client -> line
    GfpTx gfp
    GroupCounters counters      # tx_*
    uint8_t container[8568]

cdef struct GroupRx:
    FrameQueue queue            # line -> client
    GfpRx gfp
    GroupCounters counters      # all but tx_*
    bint aligned                # the members' multiframes are in step: `next_mfn` holds
    uint16_t next_mfn           # number of the frame to read next from every member
    uint64_t next_frame         # of a contiguous VC: the frame to read next
    uint8_t container[8568]
