# cython: language_level=3
"""What the loop tells of groups: sizes and members' states, for the status region and as notices of what changes."""
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memset

from msapemu.wire.gfp_t_counters cimport GfpTCounters
from msapemu.wire.group cimport GroupRx, GroupTx

cdef struct GroupStatus:
    # uint64 only, copied into the status region as they are; GROUP_STATE in objects.pxi has the names
    uint64_t lcas               # 0 without, 1 with, 2 one way only
    uint64_t plain              # 1: with LCAS, and the far end has none
    uint64_t tx_members         # that are to carry traffic
    uint64_t tx_size            # that do
    uint64_t rx_members
    uint64_t rx_size
    uint64_t ack_timeouts       # waits for RS-Ack that ended without it

cdef struct GroupEntry:
    GroupTx *tx
    GroupRx *rx
    int count                   # of members
    uint8_t numbers[126]        # their numbers in the group, in the order of the records
    uint8_t told_tx[63]         # states by number, as the control thread knows them
    uint8_t told_rx[63]


cdef inline void group_status(const GroupEntry *g, GroupStatus *s) noexcept nogil:
    cdef int k, i
    s.lcas = g.tx.lcas_mode
    s.plain = g.rx.plain
    s.tx_size = <uint64_t>g.tx.size
    s.rx_size = <uint64_t>g.rx.size if g.rx.running else 0
    s.ack_timeouts = g.tx.lcas.timeouts
    s.tx_members = s.rx_members = 0
    for k in range(g.count):
        i = g.numbers[k]
        s.tx_members += g.tx.member[i].owner != NULL and g.tx.member[i].wanted != 0
        s.rx_members += g.rx.member[i].owner != NULL


cdef inline void group_transparent(const GroupEntry *g, GfpTCounters *c) noexcept nogil:
    """The counters of both directions; zeros of a group that is frame-mapped."""
    cdef const GfpTCounters *sent
    if g.rx.transparent == NULL:
        memset(c, 0, sizeof(GfpTCounters))
        return
    c[0] = g.rx.transparent.counters
    sent = &g.tx.transparent.counters
    c.tx_superblocks = sent.tx_superblocks
    c.tx_characters = sent.tx_characters
    c.tx_pads = sent.tx_pads
    c.tx_errors = sent.tx_errors
    c.tx_idles_dropped = sent.tx_idles_dropped
    c.tx_dropped = sent.tx_dropped


cdef inline void group_know(GroupEntry *g) noexcept nogil:
    """What stands now is known: only what changes from here on is told."""
    cdef int k, i
    for k in range(g.count):
        i = g.numbers[k]
        g.told_tx[i] = <uint8_t>g.tx.member[i].state
        g.told_rx[i] = <uint8_t>g.rx.member[i].state
