# cython: language_level=3
"""The multiplex of second or third order, source (G.742, G.751): four tributaries -> frames.

A tributary that fails, or whose bits do not come, is sent as AIS (ones) at its nominal rate; the others do not notice.
"""
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcpy, memset

from msapemu.wire.bitqueue cimport BitQueue, bits_get, bits_get_few, bits_load64, bits_put, bits_waiting
from msapemu.wire.pdh_mux cimport (MUX_FAS, MUX_HEAD, MUX_NATIONAL_ROW, MUX_RAI_ROW, MUX_ROW_WORDS, MUX_SETS,
                                   MUX_TRIBUTARIES, MuxOrder, row_payload, row_set, rows_to_frame)
from msapemu.wire.remote cimport MuxRemote
from msapemu.wire.synchronizer cimport Synchronizer, sync_error, sync_fill, sync_flows

cdef enum:
    # the synchronizer of a tributary: 50 and 30 ppm of difference move its queue by 34 bits
    MUX_GAIN = 11
    MUX_BAND = 0                # bits; every frame is justified or not, so there is nothing to hold still

cdef struct MuxTx:
    MuxOrder order
    Synchronizer *tributaries[4]
    int64_t share[4]            # of the justification bits that carry a bit, nominally
    MuxTx *below                # four of the next lower order that make the tributaries; NULL: they come from elsewhere
    const MuxRemote *far
    bint national               # bit 12
    uint64_t frames             # built
    unsigned sent               # octets of `frame`
    uint8_t frame[200]          # the one that is being sent

cdef inline uint64_t mux_head(const MuxTx *m, int row) noexcept nogil:
    """The overhead bits of that row in set I: of the FAS, RAI and national bit every fourth."""
    cdef uint64_t head = 0
    cdef unsigned bits = MUX_FAS << 2
    cdef int k
    for k in range(MUX_HEAD):
        head = head << 1 | (bits >> (MUX_HEAD * MUX_TRIBUTARIES - 1 - row - MUX_TRIBUTARIES * k)) & 1
    if row == MUX_RAI_ROW:
        head |= m.far.failed
    elif row == MUX_NATIONAL_ROW:
        head |= m.national
    return head

cdef inline bint mux_payload(Synchronizer *s, const MuxOrder *o, int64_t share, uint64_t *payload) noexcept nogil:
    """The next bits of a tributary; True: one more than without the justification bit."""
    cdef uint8_t octets[56]
    cdef unsigned n = o.payload
    cdef uint64_t have, few
    cdef unsigned i
    cdef bint flows = sync_flows(s, n + 1)
    cdef bint more = sync_fill(s, sync_error(s, n + 1) if flows else 0, share)
    n += more
    memset(octets, 0xff, 56)
    have = bits_waiting(&s.queue) if flows else 0
    s.frames += 1
    if have < n:
        s.ais += n - have
        if flows:
            s.underflows += 1
            s.dry = True
    else:
        have = n
    bits_get(&s.queue, octets, have >> 3)
    if have & 7:
        few = bits_get_few(&s.queue, have & 7)
        octets[have >> 3] = <uint8_t>((few << (8 - (have & 7))) | (0xff >> (have & 7)))
    for i in range(<unsigned>MUX_ROW_WORDS):
        payload[i] = bits_load64(octets + 8 * i)
    return more

cdef inline void mux_build(MuxTx *m) noexcept nogil:
    """The next frame."""
    cdef uint64_t rows[28]
    cdef uint64_t payload[7]
    cdef uint64_t *row = rows
    cdef bint more
    cdef int j, s
    memset(rows, 0, sizeof(rows))
    for j in range(MUX_TRIBUTARIES):
        more = mux_payload(m.tributaries[j], &m.order, m.share[j], payload)
        row[0] = mux_head(m, j) << (64 - MUX_HEAD)
        row_payload(&m.order, row, payload, more, True)
        if not more:
            for s in range(1, MUX_SETS):
                row_set(row, s * m.order.set, 1)
            row_set(row, (MUX_SETS - 1) * m.order.set + 1, 1)       # stuff
        row += MUX_ROW_WORDS
    rows_to_frame(&m.order, rows, m.frame)
    m.frames += 1

cdef inline void mux_feed(MuxTx *m) noexcept nogil:
    """Frames of the next lower order, as many as the next frame takes of them."""
    cdef BitQueue *queue
    cdef int j
    for j in range(MUX_TRIBUTARIES):
        queue = &m.tributaries[j].queue
        while bits_waiting(queue) <= m.order.payload:
            mux_build(&m.below[j])
            bits_put(queue, m.below[j].frame, m.below[j].order.octets)

cdef inline void mux_send(MuxTx *m, uint8_t *out, uint64_t n) noexcept nogil:
    """The next n octets of the line. Frames are whole octets, and go on from call to call."""
    cdef uint64_t run
    while n:
        if m.sent == m.order.octets:
            if m.below != NULL:
                mux_feed(m)
            mux_build(m)
            m.sent = 0
        run = min(n, <uint64_t>(m.order.octets - m.sent))
        memcpy(out, m.frame + m.sent, run)
        m.sent += <unsigned>run
        out += run
        n -= run
