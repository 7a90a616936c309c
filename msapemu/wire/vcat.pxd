# cython: language_level=3
"""Virtual concatenation of VC-12s (G.707 11.4): octets dealt to the members in SQ order, and put together again.

The sink finds the members' delays by the frame counts in their K4 multiframes (1024 VC-12 frames, 512 ms) and reads
every member at the same frame number from the ring of planes.
"""
from libc.stdint cimport uint8_t, uint16_t, uint64_t
from libc.string cimport memcpy

from msapemu.wire.gfp_f cimport gfp_fill, gfp_rx_fail, gfp_take
from msapemu.wire.group cimport GroupRx, GroupTx
from msapemu.wire.status cimport (CSF, GFP_LFD, LP_PLM, VCAT_LOA, VCAT_LOM, VCAT_SQM, EventLog,
                                  defect_is, defect_set, defects_clear)
from msapemu.wire.tu cimport PLANE_OCTETS, ROW, TU12S
from msapemu.wire.vc12 cimport C12_OCTETS, Vc12Rx, c12_row
from msapemu.wire.vc12_poh cimport K4_CYCLE, k4_lom, vc12_tsf

cdef enum:
    VC12_US = 500
    RING_PLANES = 256           # VC-12 frames kept for alignment: 128 ms
    DELAY_FRAMES = 128          # differential delay that is accepted: 64 ms

cdef struct Members:
    int size
    uint8_t columns[63]         # in SQ order
    bint in_order               # all 63, member n in column n: a row is 63 octets of the group

cdef inline void vcat_source(GroupTx *g, const Members *m, uint8_t *plane) noexcept nogil:
    """Fill the payload octets of the members' next VC-12 frames."""
    cdef uint8_t *octets = g.container
    cdef uint8_t *row
    cdef int j, i, size = m.size
    gfp_fill(&g.gfp, &g.queue, &g.counters, octets, C12_OCTETS * size)
    for j in range(C12_OCTETS):
        row = plane + c12_row(j) * ROW
        if m.in_order:
            memcpy(row, octets, TU12S)
        else:
            for i in range(size):
                row[m.columns[i]] = octets[i]
        octets += size

cdef inline void vcat_fail(GroupRx *g, EventLog *log, int obj) noexcept nogil:
    """The group has no payload to hand on: what is wrong in it can no longer be told."""
    g.aligned = False
    gfp_rx_fail(&g.gfp)
    defects_clear(&g.counters.defects, log, obj, GFP_LFD, CSF)

cdef inline bint member_tsf(const Vc12Rx *v) noexcept nogil:
    """aTSF of the trail: no VC-12 comes, or one that is not ours."""
    return v.hunting or vc12_tsf(&v.poh) or defect_is(v.poh.defects, LP_PLM)

cdef inline int vcat_behind(const Vc12Rx *v, unsigned mfn) noexcept nogil:
    """How many frames `mfn` lies behind the member's newest one; negative: not there yet."""
    cdef int d = (<int>v.poh.mfn - <int>mfn) & (K4_CYCLE - 1)
    return d if d < K4_CYCLE // 2 else d - K4_CYCLE

cdef inline bint vcat_align(GroupRx *g, const Members *m, const Vc12Rx *members, EventLog *log, int obj) noexcept nogil:
    """Look at all members: can the group be read? Sets the defects, the differential delay and, anew, `next_mfn`."""
    cdef const Vc12Rx *v
    cdef int i, behind, latest = 0, earliest = 0
    cdef bint lom = False, sqm = False, unknown = False, loa
    for i in range(m.size):
        v = &members[m.columns[i]]
        if member_tsf(v):
            defects_clear(&g.counters.defects, log, obj, VCAT_LOM, VCAT_LOA)
            return False
        if not v.poh.k4_known:
            unknown = True
        if k4_lom(&v.poh):
            lom = True
        if v.poh.sq.known and v.poh.sq.value != i:
            sqm = True
    defect_set(&g.counters.defects, log, obj, VCAT_LOM, lom)
    if unknown:
        defects_clear(&g.counters.defects, log, obj, VCAT_SQM, VCAT_LOA)
        return False
    defect_set(&g.counters.defects, log, obj, VCAT_SQM, sqm)
    for i in range(1, m.size):
        behind = vcat_behind(&members[m.columns[i]], members[m.columns[0]].poh.mfn)
        if behind > latest:
            latest = behind         # this member is ahead of member 0
        if behind < earliest:
            earliest = behind
    loa = latest - earliest > DELAY_FRAMES
    g.counters.differential_delay_us = (latest - earliest) * VC12_US
    defect_set(&g.counters.defects, log, obj, VCAT_LOA, loa)
    if loa or sqm:
        return False
    if g.aligned and vcat_behind(&members[m.columns[0]], g.next_mfn) + earliest < -DELAY_FRAMES - 1:
        g.aligned = False       # the multiframes of the far end began anew: that frame will not come
    if not g.aligned:
        # from the frame on that the most delayed member completes next
        g.next_mfn = <uint16_t>((members[m.columns[0]].poh.mfn + earliest + 1) & (K4_CYCLE - 1))
        g.aligned = True
    return True

cdef inline bint vcat_ready(const GroupRx *g, const Members *m, const Vc12Rx *members) noexcept nogil:
    """Frame `next_mfn` has come whole in every member."""
    cdef int i
    for i in range(m.size):
        if vcat_behind(&members[m.columns[i]], g.next_mfn) < 0:
            return False
    return True

cdef inline bint vcat_sink(GroupRx *g, const Members *m, const Vc12Rx *members, const uint8_t *ring) noexcept nogil:
    """Put frame `next_mfn` of all members together and hand it to GFP; False when a member no longer has it."""
    cdef const uint8_t *member[63]
    cdef uint8_t *octets = g.container
    cdef const Vc12Rx *v
    cdef int i, j, behind, size = m.size, at
    cdef bint together = m.in_order
    for i in range(size):
        v = &members[m.columns[i]]
        behind = vcat_behind(v, g.next_mfn)
        if behind >= RING_PLANES - 1:
            return False
        member[i] = ring + ((v.number - 1 - <uint64_t>behind) % RING_PLANES) * PLANE_OCTETS + m.columns[i]
        if member[i] != member[0] + i:
            together = False
    for j in range(C12_OCTETS):
        at = c12_row(j) * ROW
        if together:
            memcpy(octets, member[0] + at, TU12S)
        else:
            for i in range(size):
                octets[i] = member[i][at]
        octets += size
    gfp_take(&g.gfp, &g.queue, &g.counters, g.container, C12_OCTETS * size)
    g.next_mfn = (g.next_mfn + 1) & (K4_CYCLE - 1)
    return True
