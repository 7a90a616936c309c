# cython: language_level=3
"""Timeslots (P0, 64 kbit/s) between E1s and V.35 ports: a digital cross-connect 1/0.

Every E1 that timeslots are taken from is read a frame at a time at the shelf's own pace, by all connections together,
so that n x 64 kbit/s stay together. Its clock may be another: then a frame is repeated or left out now and then (a
controlled slip, G.823). Arrival comes in lumps; what counts is the least that waited in a window of frames.
"""
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memcpy

from msapemu.wire.bearer cimport Bearer
from msapemu.wire.cas cimport CAS_BLOCKED
from msapemu.wire.channel cimport Channel, channel_receive, channel_send
from msapemu.wire.e1_member cimport E1MemberRx, E1MemberTx
from msapemu.wire.p12 cimport P12Remote, TIMESLOTS
from msapemu.wire.p12_rx cimport P12_ROWS, P12Rx, p12_aligned
from msapemu.wire.p12_tx cimport TX_ROWS, P12Tx

cdef enum:
    # rows that wait when reading begins: 4.5 ms. After a stall a shelf is ahead of what has come by the jitter buffer
    # (16), a tick (8), a VC-12 (4), and what is under way
    WAITING = 36
    SLACK = 12                  # that the least of a window may be more: a quiet one says little of the next stall
    WINDOW = 4096               # frames

cdef struct P12:
    # an E1 with both halves of its termination
    Bearer bearer
    P12Tx tx
    P12Rx rx
    P12Remote far
    E1MemberTx member_tx
    E1MemberRx member_rx
    # reading of `rx.rows` at the shelf's pace
    bint read                   # timeslots are taken from it
    bint flows
    uint64_t at                 # the row to be read next
    uint64_t least              # waiting, in this window
    uint64_t window
    const uint8_t *now[64]      # rows of the frames that are made now
    uint64_t slips

cdef inline void p12_read(P12 *e, uint64_t frames) noexcept nogil:
    """Choose the rows for the next frames."""
    cdef uint64_t f, waiting
    if not e.flows:
        if e.rx.head < WAITING:
            for f in range(frames):
                e.now[f] = e.rx.rows[P12_ROWS - 1]      # nothing has come: it is empty still
            return
        e.flows = True
        e.at = e.rx.head - WAITING
        e.window = 0
        e.least = P12_ROWS
    for f in range(frames):
        waiting = e.rx.head - e.at
        if waiting > P12_ROWS - TX_ROWS:
            e.slips += waiting - WAITING
            e.at = e.rx.head - WAITING
            waiting = WAITING
        if waiting == 0:
            e.slips += 1                                # once more the one before
            e.at -= 1
            waiting = 1
        e.least = min(e.least, waiting)
        e.now[f] = e.rx.rows[e.at % P12_ROWS]
        e.at += 1
    e.window += frames
    if e.window >= WINDOW:
        if e.least > WAITING + SLACK:
            e.slips += e.least - WAITING
            e.at += e.least - WAITING
        e.window = 0
        e.least = P12_ROWS

# ---------------------------------------------------------------- connections

cdef struct Slots:
    # n timeslots, one way: of an E1 or from a V.35 port, into an E1 or to a V.35 port
    P12 *source                 # NULL: from_user
    Channel *from_user
    P12 *sink                   # NULL: to_user
    Channel *to_user
    int n
    uint8_t taken[31]           # timeslots of the source; of a port they count from 0
    uint8_t put[31]             # of the sink
    bint together               # both follow one another, and are more than one

cdef inline void slots_copy(const Slots *s, const uint8_t *row, uint8_t *out) noexcept nogil:
    cdef int i
    if s.together:
        memcpy(out + s.put[0], row + s.taken[0], <size_t>s.n)
        return
    for i in range(s.n):
        out[s.put[i]] = row[s.taken[i]]

cdef inline void slots_connect(const Slots *s, uint64_t frames) noexcept nogil:
    """Of an E1 into an E1."""
    cdef const uint8_t **rows = s.source.now
    cdef uint8_t *out
    cdef uint64_t f
    cdef int i, taken
    if s.together:
        for f in range(frames):
            memcpy(s.sink.tx.rows[f] + s.put[0], rows[f] + s.taken[0], <size_t>s.n)
        return
    for i in range(s.n):
        out = s.sink.tx.rows[0] + s.put[i]
        taken = s.taken[i]
        for f in range(frames):
            out[f * TIMESLOTS] = rows[f][taken]

cdef inline void slots_signalling(const Slots *s) noexcept nogil:
    """abcd goes with its timeslot; without a signal it is out of service (CAS conditioning)."""
    cdef int i
    for i in range(s.n):
        s.sink.tx.cas.abcd[s.put[i]] = s.source.rx.cas.abcd[s.taken[i]] if s.source.rx.cas.aligned else CAS_BLOCKED

cdef inline void slots_move(Slots *s, uint64_t frames) noexcept nogil:
    """For the frames that are made now: `p12_read` was called for the source, `p12_idle` for the sink."""
    cdef uint8_t octets[1984]
    cdef uint64_t f
    cdef uint64_t n = <uint64_t>s.n
    if s.source == NULL:
        channel_send(s.from_user, octets, frames * n)
        if s.sink == NULL:
            channel_receive(s.to_user, octets, frames * n)
            return
        for f in range(frames):
            slots_copy(s, octets + f * n, s.sink.tx.rows[f])
        return
    if s.sink != NULL:
        slots_connect(s, frames)
        if s.sink.tx.cas_wanted and s.source.rx.cas_wanted:
            slots_signalling(s)
        return
    for f in range(frames):
        slots_copy(s, s.source.now[f], octets + f * n)
    channel_receive(s.to_user, octets, frames * n)
    s.to_user.signal = p12_aligned(&s.source.rx)
