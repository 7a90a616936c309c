# cython: language_level=3
"""GFP, transparent-mapped (G.7041 clause 8): what both ends of a group agree on, beside its GfpFormat.

    payload area  type(2) tHEC(2) [CID(1) spare(1) eHEC(2)] superblocks [pFCS(4)], scrambled by x^43 + 1

A client is a stream of characters at its own rate. The Ethernet client's stream is that of a Gigabit Ethernet PCS,
made from frames and made into frames here (pcs_tx.pxd, pcs_rx.pxd); all others' goes through a ring.
"""
from libc.stdint cimport uint32_t, uint64_t

cdef enum:
    UPI_FC = 3
    UPI_FICON = 4
    UPI_ESCON = 5
    UPI_GBE = 6
    UPI_DVB_ASI = 9
    SUPERBLOCKS_MOST = 977      # in a frame, with the longest header and the payload FCS
    SUPERBLOCKS_FEW = 4         # in one of a small group, at least
    MILLISECOND = 8             # line frames
    RATE_FRACTION = 32          # bits behind the point of a number of characters
    PACE_CALLS = 2              # calls' worth of characters that may be left behind; beyond, the client is the faster

cdef enum Stuffing:
    # what a reader that wants more characters than have come gets in their place
    STUFF_NONE = 0
    STUFF_IDLE = 1              # Gigabit Ethernet: /I2/, where an ordered set of idle has just ended
    STUFF_COMMA = 2             # DVB-ASI: K28.5, anywhere

cdef struct GfpTFormat:
    bint frames                 # the client is Ethernet frames, not characters
    bint correct                # wrong bits of superblocks are put right
    Stuffing stuffing
    uint32_t superblocks        # in a frame
    bint fewer                  # where the group is small: no more than it carries in a millisecond
    uint64_t rate               # characters in a line frame (125 us), RATE_FRACTION bits of fraction; 0: no clock
