# cython: language_level=3
"""The clients of a group: one behind the null extension header, or up to 64 that share it by channel (CID).

What goes out is dealt out frame by frame in a deficit round robin (Shreedhar, Varghese): a round gives each channel
with frames a quantum of octets, and what a frame takes is paid from it. So a sender of long frames gets no more than
one of short ones.
"""
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from msapemu.wire.gfp_frame cimport (AREA_OCTETS, CORE_OCTETS, FCS_OCTETS, HEADER_OCTETS, PTI_DATA, UPI_ETHERNET,
                                     GfpFormat, payload_header)
from msapemu.wire.queue cimport FrameQueue, queue_front, queue_pop
from msapemu.wire.status cimport ChannelCounters

cdef extern from * nogil:
    """
    /* what was written before is seen by a thread that sees this */
    static inline void msapemu_publish(int *where, int value) { __atomic_store_n(where, value, __ATOMIC_RELEASE); }
    """
    void publish "msapemu_publish"(int *where, int value) noexcept

cdef enum:
    CHANNELS = 64
    QUANTUM = 1536              # octets a round of weight 1
    NO_CHANNEL = -1

# ---------------------------------------------------------------- source

cdef struct ChannelTx:
    FrameQueue queue            # client -> line
    uint8_t failed              # written by whoever watches the client: 0 good, else CMF_CSF_*, or CMF_FDI
    int cid                     # CID_NONE: null extension header
    bint open
    bint ethernet               # its FCS is made here
    uint8_t head[8]             # payload header, made once
    uint32_t head_octets
    uint32_t overhead           # octets of a frame beside the client's
    uint32_t most               # octets of the client's that a frame can hold
    uint32_t quantum
    int64_t deficit             # octets that it may send in this round
    # client management (gfp_management.pxd)
    uint8_t down                # `failed`, as the source goes by it
    uint8_t due                 # management frames that are to be sent now
    bint told                   # the far end was told of a failure that is not cleared
    uint64_t told_at            # line frame in which CSF or FDI was sent last
    bint rdi                    # reverse defect: told again and again
    uint64_t rdi_at
    ChannelCounters counters    # tx_*

cdef struct ChannelsTx:
    int count
    ChannelTx *of[64]           # grows only; a closed channel keeps its place
    uint64_t now                # line frame in which the clients were looked at last
    uint64_t due                # bit k: channel k has management frames to send
    int sending                 # channel of the client frame under way, or NO_CHANNEL
    int turn                    # of the round robin
    bint granted                # channel `turn` has got its quantum of this round

cdef inline void channel_tx_init(ChannelTx *c, const GfpFormat *f, int cid, unsigned upi,
                                 uint32_t weight) noexcept nogil:
    c.cid = cid
    c.open = True
    c.ethernet = upi == UPI_ETHERNET
    c.head_octets = payload_header(c.head, PTI_DATA, f.payload_fcs, upi, cid)
    c.overhead = CORE_OCTETS + c.head_octets + FCS_OCTETS * (c.ethernet + f.payload_fcs)
    c.most = AREA_OCTETS + CORE_OCTETS - c.overhead
    c.quantum = QUANTUM * weight

cdef inline void channel_drop(ChannelTx *c) noexcept nogil:
    """Nothing of what waits is to be sent."""
    while c.queue.frames:
        queue_pop(&c.queue)
        c.counters.tx_dropped += 1

cdef inline bint channel_ready(ChannelTx *c) noexcept nogil:
    return c.queue.frames != 0 and c.down == 0 and c.open

cdef inline int channels_next(ChannelsTx *s) noexcept nogil:
    """The channel whose first frame is sent next, or NO_CHANNEL."""
    cdef ChannelTx *c
    cdef int empty = 0
    cdef uint32_t length = 0
    if s.count == 1:
        return 0 if channel_ready(s.of[0]) else NO_CHANNEL
    while empty < s.count:
        c = s.of[s.turn]
        if not channel_ready(c):
            c.deficit = 0
            empty += 1
        else:
            empty = 0
            if not s.granted:
                s.granted = True
                c.deficit += c.quantum
            queue_front(&c.queue, &length)
            length += c.overhead
            if c.deficit >= length:
                c.deficit -= length
                return s.turn
        s.turn = s.turn + 1 if s.turn + 1 < s.count else 0
        s.granted = False
    return NO_CHANNEL

# ---------------------------------------------------------------- sink

cdef struct ChannelRx:
    FrameQueue queue            # line -> client
    # what the far end says of its client: CMF_CSF_* or 0; forward and reverse defect
    uint8_t csf
    uint8_t fdi
    uint8_t rdi
    uint8_t came                # management frames that came since the times were written
    uint64_t csf_at             # received line frame in which the last one came
    uint64_t fdi_at
    uint64_t rdi_at
    int cid
    uint8_t upi
    bint ethernet               # its FCS is checked here
    uint32_t longest            # client frame that is taken
    ChannelCounters counters    # all but tx_*

cdef struct ChannelsRx:
    int count
    ChannelRx *of[64]
    uint8_t by_cid[256]         # 1 + channel of a CID; 0: nobody's
    uint64_t standing           # bit k: channel k has something of csf, fdi, rdi

cdef inline void channel_rx_init(ChannelRx *c, int cid, unsigned upi, uint32_t longest) noexcept nogil:
    c.cid = cid
    c.upi = <uint8_t>upi
    c.ethernet = upi == UPI_ETHERNET
    c.longest = longest
