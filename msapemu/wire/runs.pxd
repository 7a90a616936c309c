# cython: language_level=3
"""A group's octets in n timeslots of an E1, one after the other, without a multiframe: Ethernet over n x 64 kbit/s, and
GFP over a single E1 without the concatenation octet (G.8040)."""
from libc.stdint cimport uint8_t, uint32_t, uint64_t

from msapemu.wire.group cimport GroupRx, GroupTx, RxShape, TxShape
from msapemu.wire.p12_rx cimport P12_ROWS, p12_aligned
from msapemu.wire.slots cimport P12
from msapemu.wire.vcat_rx cimport group_bring_run, group_lose
from msapemu.wire.vcat_tx cimport group_pull_run

cdef enum:
    RUN_ROWS = 64               # frames taken at a time

cdef struct Run:
    P12 *e1
    GroupTx *tx
    GroupRx *rx
    const TxShape *tx_shape
    const RxShape *rx_shape
    int n
    uint8_t slots[31]

cdef inline void run_put(Run *r, uint64_t frames) noexcept nogil:
    """Timeslots of the frames that are made now."""
    cdef uint8_t octets[1984]
    cdef uint64_t f
    cdef int i
    group_pull_run(r.tx, frames, octets, <uint32_t>(frames * <uint64_t>r.n))
    for f in range(frames):
        for i in range(r.n):
            r.e1.tx.rows[f][r.slots[i]] = octets[f * <uint64_t>r.n + <uint64_t>i]

cdef inline void run_take(Run *r, uint64_t since) noexcept nogil:
    """The rows that came since, RUN_ROWS at most."""
    cdef uint8_t octets[1984]
    cdef const uint8_t *row
    cdef uint32_t n = 0
    cdef uint64_t at
    cdef int i
    if not p12_aligned(&r.e1.rx):
        group_lose(r.rx, 0)
        return
    for at in range(since, r.e1.rx.head):
        row = r.e1.rx.rows[at % P12_ROWS]
        for i in range(r.n):
            octets[n] = row[r.slots[i]]
            n += 1
    group_bring_run(r.rx, octets, n)
