# cython: language_level=3
"""A higher-order path, receive: AU-4 -> VC-4 -> TU-12, TU-3 -> VC-12, VC-3 -> groups and other clients.

Every VC stands in a store, where the generator of a cross-connection finds it too.
"""
from libc.stddef cimport size_t
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t

from msapemu.wire.adaptation cimport client_defects, client_take
from msapemu.wire.bits cimport Accept, accept
from msapemu.wire.collect cimport C_CUT, C_WHOLE, Collector, collect, collect_lost, collect_point, collect_steady
from msapemu.wire.container cimport IN_VC3, IN_VC4, IN_VC12, Container
from msapemu.wire.e1_map cimport e1_fail, e1_sink
from msapemu.wire.e3_map cimport e3_fail, e3_sink
from msapemu.wire.group cimport GroupRx
from msapemu.wire.kernels cimport kernels
from msapemu.wire.map cimport (MAP_CROSS, MAP_SUPERVISORY, MAP_TUG, MAP_UNEQUIPPED, MAP_VC4, RxMap, UnitRx,
                               map_receives)
from msapemu.wire.multiframe cimport MFI_LOM, H4Rx, h4_reset, h4_skipped, h4_vcat_take
from msapemu.wire.pointers cimport (A_DECREMENT, A_INCREMENT, A_JUMP, A_NONE, AU4_OFFSETS, P_AIS, P_LOP, P_NORM,
                                    P_START, TU12_OFFSETS, PointerAction, PointerRx, PointerState, pointer_enter,
                                    pointer_take)
from msapemu.wire.remote cimport R_SERVER, PathRemote, path_remote
from msapemu.wire.status cimport (AU_AIS, AU_LOP, HP_DEG, HP_PLM, HP_UNEQ, LOM, LP_DEG, LP_PLM, LP_UNEQ,
                                  OBJ_AU, OBJ_GROUP, OBJ_TU, OBJ_VC3, TU_AIS, TU_LOP, AuCounters, EventLog, defect_is,
                                  defect_set, defects_clear, defects_tell)
from msapemu.wire.store cimport Store, store_fail, store_frame, store_rows, store_run
from msapemu.wire.tu cimport (COLUMN, NPI_H2, QUARTER, TU12S, TUG3S, V3_AT, VC12_OCTETS, VC4_COLUMNS, TuRows,
                              columns_from_rows, tug_take)
from msapemu.wire.tu3 cimport TU3_BEFORE, TU3_OFFSETS, tu3_take
from msapemu.wire.vc12_poh cimport (EXTENDED_GFP, Vc12PohRx, vc12_defects, vc12_poh_fail, vc12_poh_skipped,
                                    vc12_poh_take, vc12_tsf)
from msapemu.wire.vc4 cimport (C2_TUG, C2_UNEQUIPPED, C4_ROW, H4_ROW, VC3_OCTETS, VC3_ROW, VC4_OCTETS, VC4_ROW,
                               VC4_ROWS, Vc4Rx, h4_take, quarter_of_tt, vc4_defects, vc4_fail, vc4_poh_take,
                               vc4_skipped, vc4_tsf)
from msapemu.wire.vcat_rx cimport (LOOK, group_advance, group_attach_rx, group_bring, group_clock, group_detach_rx,
                                   group_look, group_lose)

cdef enum:
    AU4_STEP = 3                # octets of a pointer step
    NO_QUARTER = 0xff           # a TU multiframe is awaited
    MULTIFRAME = 4              # frames
    NPI_PERSISTENCE = 3         # VC-4s before a TUG-3 is taken for one of TU-12s or of a TU-3

cdef struct Trail:
    # a received lower-order VC
    Collector c
    bint tsf                    # aTSF: no VC comes, or one that is not ours

cdef struct Vc12Rx:
    Trail trail
    Vc12PohRx poh
    PathRemote *far
    uint8_t object

cdef struct Vc3Rx:
    Trail trail
    Vc4Rx poh
    H4Rx multiframe
    AuCounters counters
    PathRemote *far

cdef struct AuRx:
    AuCounters counters
    RxMap *map
    PathRemote *far
    EventLog *log
    int object                  # what this AU-4's objects have in front in events
    int width                   # 0: part of the AU-4-Xc that a lower AU-4 begins
    bint monitored              # read the overhead of VC-12s that nothing here ends, too
    Collector c
    Vc4Rx poh
    H4Rx multiframe             # of a VC-4 that is a member of a group
    uint64_t looked             # frame of the last look at the groups
    # TUs
    Accept npi[3]               # 1: the TUG-3 has a null pointer indication
    TuRows rows
    uint64_t multiframes        # TU multiframes received
    uint8_t quarters            # how many quarters of this TU multiframe have come, in order
    Vc12Rx vc12[63]
    Vc3Rx vc3[3]
    double waiting12            # VC-4s that are not in the VC-12s' stores yet
    double waiting3

# ---------------------------------------------------------------- groups

cdef inline void groups_tell(AuRx *r, int i) noexcept nogil:
    """Make events of what has come about in group i, where this AU-4 reports on it."""
    if r.map.group[i].home == r:
        defects_tell(&r.map.group[i].told, r.map.group[i].counters.defects, r.log, r.object + OBJ_GROUP + i)

cdef inline void groups_take(AuRx *r, Container kind) noexcept nogil:
    """Have the groups of these VCs go on, after their members have brought frames."""
    cdef int i
    for i in range(r.map.groups):
        if r.map.members[i].container == kind:
            group_clock(r.map.group[i], r, r.log.frame)
            group_advance(r.map.group[i])
            groups_tell(r, i)

cdef inline void groups_lose(AuRx *r, Container kind) noexcept nogil:
    """Nothing comes for the members in this AU-4."""
    cdef int i, n
    for i in range(r.map.groups):
        if r.map.members[i].container == kind:
            for n in range(r.map.members[i].size):
                group_lose(r.map.group[i], r.map.members[i].numbers[n])

cdef inline void groups_look(AuRx *r) noexcept nogil:
    """Now and then, whatever comes."""
    cdef int i
    if not r.map.groups or r.log.frame - r.looked < LOOK:
        return
    r.looked = r.log.frame
    for i in range(r.map.groups):
        group_look(r.map.group[i], r, r.log, r.object + OBJ_GROUP + i)

# ---------------------------------------------------------------- tributaries

cdef inline void tributaries_fail(AuRx *r, uint64_t frames) noexcept nogil:
    """For so many frames nothing has come for any tributary: they go on as AIS."""
    cdef int i
    cdef uint64_t _n
    if not r.map.tributaries:
        return
    for i in range(TU12S):
        if r.map.tu12[i].e1 != NULL:
            e1_fail(r.map.tu12[i].e1, frames)
    for i in range(TUG3S):
        if r.map.vc3[i].e3 != NULL:
            for _n in range(frames):
                e3_fail(r.map.vc3[i].e3)

# ---------------------------------------------------------------- failures

cdef inline void vc12_lost(AuRx *r, int c) noexcept nogil:
    collect_lost(&r.vc12[c].trail.c)
    vc12_poh_fail(&r.vc12[c].poh)
    r.vc12[c].trail.tsf = True

cdef inline void vc3_lost(AuRx *r, int k) noexcept nogil:
    collect_lost(&r.vc3[k].trail.c)
    vc4_fail(&r.vc3[k].poh)
    h4_reset(&r.vc3[k].multiframe)
    r.vc3[k].trail.tsf = True

cdef inline void tu12_fail(AuRx *r, int c) noexcept nogil:
    """The TU-12's server has failed: what it reports then would only repeat that fault."""
    if r.vc12[c].trail.c.pointer.state != P_START:
        pointer_enter(&r.vc12[c].trail.c.pointer, P_START)
        vc12_lost(r, c)
    defects_clear(&r.vc12[c].poh.defects, r.log, r.object + OBJ_TU + c, TU_AIS, LP_DEG)
    r.vc12[c].far.rdi = R_SERVER if r.map.tu12[c].expected else 0

cdef inline void tu3_fail(AuRx *r, int k) noexcept nogil:
    if r.vc3[k].trail.c.pointer.state != P_START:
        pointer_enter(&r.vc3[k].trail.c.pointer, P_START)
        vc3_lost(r, k)
    defects_clear(&r.vc3[k].counters.defects, r.log, r.object + OBJ_VC3 + k, TU_AIS, LP_DEG)
    r.vc3[k].far.rdi = R_SERVER if r.map.vc3[k].expected else 0

cdef inline void tus_fail(AuRx *r) noexcept nogil:
    """The TUs' server has failed, and with it every group."""
    cdef int i
    r.quarters = NO_QUARTER
    for i in range(TU12S):
        tu12_fail(r, i)
    for i in range(TUG3S):
        tu3_fail(r, i)
    for i in range(IN_VC4 + 1):
        groups_lose(r, <Container>i)
        groups_take(r, <Container>i)

cdef inline void hp_fail(AuRx *r) noexcept nogil:
    """No VC-4 can be collected now."""
    collect_lost(&r.c)
    vc4_fail(&r.poh)
    h4_reset(&r.multiframe)
    defects_clear(&r.counters.defects, r.log, r.object + OBJ_AU, HP_UNEQ, LOM)
    tus_fail(r)

cdef inline void au_fail(AuRx *r) noexcept nogil:
    """The section has failed: everything here starts anew when the signal comes back."""
    pointer_enter(&r.c.pointer, P_START)
    defects_clear(&r.counters.defects, r.log, r.object + OBJ_AU, AU_AIS, AU_LOP)
    hp_fail(r)

# ---------------------------------------------------------------- TU-12

cdef inline void vc12_take(AuRx *r, int c) noexcept nogil:
    """The newest VC-12 frame of column c is whole."""
    cdef Vc12Rx *v = &r.vc12[c]
    cdef const Store *s = &v.trail.c.store
    cdef GroupRx *g = r.map.tu12[c].group
    if r.map.tu12[c].expected or r.monitored:
        vc12_poh_take(&v.poh, store_frame(s, s.number - 1), r.map.tu12[c].expected, &r.counters, r.log,
                      r.object + OBJ_TU + c, v.far)
    if g != NULL:
        if vc12_tsf(&v.poh) or defect_is(v.poh.defects, LP_PLM):
            group_lose(g, r.map.tu12[c].member)
        else:
            group_bring(g, r.map.tu12[c].member, store_frame(s, s.number - 1), &v.poh.multiframe.m)
    if r.map.tu12[c].e1 != NULL:
        if vc12_tsf(&v.poh) or defect_is(v.poh.defects, LP_PLM):
            e1_fail(r.map.tu12[c].e1, MULTIFRAME)
        else:
            e1_sink(r.map.tu12[c].e1, store_frame(s, s.number - 1))

cdef inline void tu12_run(AuRx *r, int c, const uint8_t *octets, int n) noexcept nogil:
    """The next `n` data octets of column c."""
    cdef int k, what
    while n:
        k = collect(&r.vc12[c].trail.c, octets, n, &what)
        if what & C_CUT:
            vc12_poh_skipped(&r.vc12[c].poh)
        if what & C_WHOLE:
            vc12_take(r, c)
        octets += k
        n -= k

cdef inline void tu12_take(AuRx *r, int c) noexcept nogil:
    """One TU multiframe of column c: pointer, justification, octets."""
    cdef Vc12Rx *v = &r.vc12[c]
    cdef Collector *t = &v.trail.c
    cdef const uint8_t *octets = &r.rows.columns[c][0]
    cdef unsigned word = (<unsigned>r.rows.v[0][c] << 8) | r.rows.v[1][c]
    cdef int obj = r.object + OBJ_TU + c, value = t.pointer.value
    cdef PointerState before = t.pointer.state
    cdef PointerAction action
    if collect_steady(t, word):
        t.until = -1
        store_run(&t.store, octets)
        vc12_take(r, c)
        return
    # the octets before V2 belong to the pointer of the multiframe before
    if before == P_NORM:
        tu12_run(r, c, octets, QUARTER)
    action = pointer_take(&t.pointer, word, TU12_OFFSETS, True)
    if t.pointer.state != before:
        if r.map.tu12[c].expected:
            defect_set(&v.poh.defects, r.log, obj, TU_AIS, t.pointer.state == P_AIS)
            defect_set(&v.poh.defects, r.log, obj, TU_LOP, t.pointer.state == P_LOP)
        if before == P_NORM:
            vc12_lost(r, c)
            defects_clear(&v.poh.defects, r.log, obj, LP_UNEQ, LP_DEG)
    if action == A_NONE:
        return
    collect_point(t, action, t.pointer.value if action == A_JUMP else value)
    tu12_run(r, c, octets + QUARTER, QUARTER)
    if action == A_DECREMENT:
        tu12_run(r, c, &r.rows.v[2][c], 1)
    if action == A_INCREMENT:
        tu12_run(r, c, octets + V3_AT + 1, VC12_OCTETS - V3_AT - 1)
    else:
        tu12_run(r, c, octets + V3_AT, VC12_OCTETS - V3_AT)

cdef inline void tu12_state(AuRx *r, int c) noexcept nogil:
    """What stands of the trail after a multiframe: aTSF, and what the far end is to be told."""
    cdef Vc12Rx *v = &r.vc12[c]
    cdef bint expected = r.map.tu12[c].expected
    v.trail.tsf = v.trail.c.hunting or vc12_tsf(&v.poh) or defect_is(v.poh.defects, LP_PLM)
    if v.trail.c.hunting and r.map.tu12[c].group != NULL:
        group_lose(r.map.tu12[c].group, r.map.tu12[c].member)
    v.far.rdi = 0 if not expected else R_SERVER if v.trail.c.hunting else path_remote(v.poh.defects, True)

cdef inline void tu_multiframe(AuRx *r) noexcept nogil:
    """All 144 rows of a TU multiframe are there."""
    cdef int c
    r.multiframes += 1
    columns_from_rows(&r.rows.columns[0][0], COLUMN, &r.rows.data[0][0])
    for c in range(TU12S):
        if not r.map.tu3[c % TUG3S]:
            tu12_take(r, c)
            if r.map.tu12[c].expected or r.monitored:
                tu12_state(r, c)
            if r.map.tu12[c].e1 != NULL and r.vc12[c].trail.c.hunting:
                e1_fail(r.map.tu12[c].e1, MULTIFRAME)
    groups_take(r, IN_VC12)

# ---------------------------------------------------------------- TU-3

cdef inline void vc3_take(AuRx *r, int k) noexcept nogil:
    """The newest VC-3 of TUG-3 k is whole."""
    cdef Vc3Rx *v = &r.vc3[k]
    cdef const Store *s = &v.trail.c.store
    cdef const uint8_t *vc = store_frame(s, s.number - 1)
    cdef bint expected = r.map.vc3[k].expected
    vc4_poh_take(&v.poh, vc, VC3_ROW, True, &v.counters, r.log, r.object + OBJ_VC3 + k, v.far)
    h4_vcat_take(&v.multiframe, vc[H4_ROW * VC3_ROW], MFI_LOM)
    v.trail.tsf = vc4_tsf(&v.poh, v.counters.defects, True) or defect_is(v.counters.defects, LP_PLM)
    v.far.rdi = path_remote(v.counters.defects, True) if expected else 0
    if r.map.vc3[k].group != NULL:
        if v.trail.tsf:
            group_lose(r.map.vc3[k].group, r.map.vc3[k].member)
        else:
            group_bring(r.map.vc3[k].group, r.map.vc3[k].member, vc, &v.multiframe.m)
    if r.map.vc3[k].e3 != NULL:
        if v.trail.tsf:
            e3_fail(r.map.vc3[k].e3)
        else:
            e3_sink(r.map.vc3[k].e3, vc)

cdef inline void tu3_run(AuRx *r, int k, const uint8_t *octets, int n) noexcept nogil:
    cdef int used, what
    while n:
        used = collect(&r.vc3[k].trail.c, octets, n, &what)
        if what & C_CUT:
            r.vc3[k].poh.b3_known = False
            h4_skipped(&r.vc3[k].multiframe)
        if what & C_WHOLE:
            vc3_take(r, k)
        octets += used
        n -= used

cdef inline void tu3_frame(AuRx *r, int k, const uint8_t *vc) noexcept nogil:
    """One VC-4's worth of the TU-3 in TUG-3 k."""
    cdef Vc3Rx *v = &r.vc3[k]
    cdef Collector *t = &v.trail.c
    cdef uint8_t payload[765]
    cdef uint8_t h3
    cdef uint16_t word = tu3_take(k, vc, &h3, payload)
    cdef int obj = r.object + OBJ_VC3 + k, value = t.pointer.value
    cdef PointerState before = t.pointer.state
    cdef PointerAction action
    if before == P_NORM:
        tu3_run(r, k, payload, TU3_BEFORE)
    action = pointer_take(&t.pointer, word, TU3_OFFSETS, False)
    if t.pointer.state != before:
        if r.map.vc3[k].expected:
            defect_set(&v.counters.defects, r.log, obj, TU_AIS, t.pointer.state == P_AIS)
            defect_set(&v.counters.defects, r.log, obj, TU_LOP, t.pointer.state == P_LOP)
        if before == P_NORM:
            vc3_lost(r, k)
            defects_clear(&v.counters.defects, r.log, obj, LP_UNEQ, LP_DEG)
    if action == A_NONE:
        v.trail.tsf = True
        v.far.rdi = R_SERVER if r.map.vc3[k].expected else 0
        if r.map.vc3[k].group != NULL:
            group_lose(r.map.vc3[k].group, r.map.vc3[k].member)
        if r.map.vc3[k].e3 != NULL:
            e3_fail(r.map.vc3[k].e3)
        return
    collect_point(t, action, t.pointer.value if action == A_JUMP else value)
    if action == A_DECREMENT:
        tu3_run(r, k, &h3, 1)
    if action == A_INCREMENT:
        tu3_run(r, k, payload + TU3_BEFORE + 1, VC3_OCTETS - TU3_BEFORE - 1)
    else:
        tu3_run(r, k, payload + TU3_BEFORE, VC3_OCTETS - TU3_BEFORE)

# ---------------------------------------------------------------- VC-4

cdef inline void tugs_take(AuRx *r, const uint8_t *vc) noexcept nogil:
    """A VC-4 with TUG structure."""
    cdef uint8_t quarter
    cdef int k
    cdef bint tu3 = False, tu12 = False
    for k in range(TUG3S):
        accept(&r.npi[k], (vc[3 + k] & 0xf3) == 0x93 and vc[VC4_COLUMNS + 3 + k] == NPI_H2, NPI_PERSISTENCE)
        if r.map.tu3[k]:
            tu3_frame(r, k, vc)
            tu3 = True
        else:
            tu12 = True
    if tu3:
        groups_take(r, IN_VC3)
    if not tu12:
        return                  # nothing has a TU multiframe
    h4_take(&r.poh, vc[H4_ROW * VC4_ROW], &r.counters, r.log, r.object + OBJ_AU)
    if not r.poh.in_multiframe:
        if r.quarters != NO_QUARTER:        # once
            r.quarters = NO_QUARTER
            for k in range(TU12S):
                tu12_fail(r, k)
            groups_lose(r, IN_VC12)
            groups_take(r, IN_VC12)
        for k in range(TU12S):
            if r.map.tu12[k].e1 != NULL:
                e1_fail(r.map.tu12[k].e1, 1)
        return
    quarter = quarter_of_tt(r.poh.tt)
    if quarter == 0:
        r.quarters = 0
    elif quarter != r.quarters:
        return
    tug_take(&r.rows, quarter, vc)
    r.quarters = quarter + 1
    if quarter == 3:
        tu_multiframe(r)
        r.quarters = 0

cdef inline void vc4_take(AuRx *r) noexcept nogil:
    """The newest VC-4 is whole."""
    cdef GroupRx *g
    cdef int width = r.width
    cdef uint8_t c4[37440]
    cdef const uint8_t *vc = store_frame(&r.c.store, r.c.store.number - 1)
    vc4_poh_take(&r.poh, vc, VC4_ROW * width, False, &r.counters, r.log, r.object + OBJ_AU, r.far)
    r.far.rdi = path_remote(r.counters.defects, False)
    if r.map.kind != MAP_TUG and r.map.kind != MAP_VC4:
        return
    # aTSF, aSSF of the path: a wrong label or trace, or none
    if vc4_tsf(&r.poh, r.counters.defects, False) or defect_is(r.counters.defects, HP_PLM):
        tus_fail(r)
        tributaries_fail(r, 1)
        return
    if r.map.kind == MAP_TUG:
        tugs_take(r, vc)
    elif r.map.group[0].counted:
        h4_vcat_take(&r.multiframe, vc[H4_ROW * VC4_ROW], MFI_LOM)
        group_bring(r.map.group[0], r.map.members[0].numbers[0], vc, &r.multiframe.m)
        groups_take(r, IN_VC4)
    else:
        g = r.map.group[0]
        kernels.copy_rows(c4, <size_t>(C4_ROW * width), vc + width, <size_t>(VC4_ROW * width), <size_t>(C4_ROW * width),
                          VC4_ROWS)
        client_take(g, c4, VC4_ROWS * C4_ROW * width)
        g.member[0].tsf = False
        group_clock(g, r, r.log.frame)
        client_defects(g)
        groups_tell(r, 0)

# ---------------------------------------------------------------- AU-4

cdef inline void au_run(AuRx *r, const uint8_t *octets, int n) noexcept nogil:
    """The next `n` octets of the AU-4's payload."""
    cdef int k, what
    while n:
        k = collect(&r.c, octets, n, &what)
        if what & C_CUT:
            vc4_skipped(&r.poh)
            h4_skipped(&r.multiframe)
        if what & C_WHOLE:
            vc4_take(r)
        octets += k
        n -= k

cdef inline void au_waiting(AuRx *r) noexcept nogil:
    """What has come of this VC-4, and of the TU multiframe, is not in the lower VCs' stores yet."""
    r.waiting3 = <double>r.c.store.filled / <double>r.c.store.length
    r.waiting12 = r.waiting3 + (r.quarters if r.quarters < 4 else 0)

cdef inline void au_take(AuRx *r, unsigned word, const uint8_t *h3, const uint8_t *rows, int stride) noexcept nogil:
    """One frame of the AU-4(-Xc): pointer word, its 3 x width H3 octets, and 9 rows of 261 x width octets, `stride`
    apart.
    """
    cdef PointerState before = r.c.pointer.state
    cdef PointerAction action
    cdef int i, value = r.c.pointer.value, width = r.width
    if collect_steady(&r.c, word):
        r.c.until = -1
        store_rows(&r.c.store, rows, stride, VC4_ROW * width, VC4_ROWS)
        vc4_take(r)
        au_waiting(r)
        return
    if before == P_NORM:
        for i in range(3):
            au_run(r, rows + i * stride, VC4_ROW * width)
    rows += 3 * stride
    action = pointer_take(&r.c.pointer, word, AU4_OFFSETS, False)
    if r.c.pointer.state != before:
        defect_set(&r.counters.defects, r.log, r.object + OBJ_AU, AU_AIS, r.c.pointer.state == P_AIS)
        defect_set(&r.counters.defects, r.log, r.object + OBJ_AU, AU_LOP, r.c.pointer.state == P_LOP)
        if before == P_NORM:
            hp_fail(r)
    if action == A_NONE:
        r.far.rdi = R_SERVER
        tributaries_fail(r, 1)
        return
    collect_point(&r.c, action, AU4_STEP * width * (r.c.pointer.value if action == A_JUMP else value))
    if action == A_DECREMENT:
        au_run(r, h3, AU4_STEP * width)
    if action == A_INCREMENT:
        au_run(r, rows + AU4_STEP * width, (VC4_ROW - AU4_STEP) * width)
    else:
        au_run(r, rows, VC4_ROW * width)
    for i in range(1, 6):
        au_run(r, rows + i * stride, VC4_ROW * width)
    au_waiting(r)

# ---------------------------------------------------------------- maps

cdef inline void groups_leave(AuRx *r, const RxMap *old) noexcept nogil:
    """The members that this VC-4 has no longer."""
    cdef GroupRx *g
    cdef int i, n
    for i in range(old.groups):
        g = old.group[i]
        if g.home == r and not (i < r.map.groups and r.map.group[i] == g):
            # it is known by another name from now on, or reported on by another
            defects_clear(&g.told, r.log, r.object + OBJ_GROUP + i, 0, 63)
        for n in range(old.members[i].size):
            if not map_receives(r.map, g, old.members[i].numbers[n]):
                group_detach_rx(g, old.members[i].numbers[n], r, r.log.frame)

cdef inline void groups_join(AuRx *r) noexcept nogil:
    cdef int i, n
    for i in range(r.map.groups):
        for n in range(r.map.members[i].size):
            group_attach_rx(r.map.group[i], r.map.members[i].numbers[n], r.map.members[i].rx_kind, r, r.log.frame)

cdef inline void unit12_apply(AuRx *r, int c) noexcept nogil:
    """Await in column c what the map says; what was known of it before is a defect from now on."""
    cdef Vc12Rx *v = &r.vc12[c]
    cdef const UnitRx *u = &r.map.tu12[c]
    cdef int obj = r.object + OBJ_TU + c
    v.poh.expected_label = u.label
    v.poh.expected_extended = u.group.extended if u.group != NULL else EXTENDED_GFP
    v.poh.supervisory = u.supervisory
    if u.expected:
        defect_set(&v.poh.defects, r.log, obj, TU_AIS, v.trail.c.pointer.state == P_AIS)
        defect_set(&v.poh.defects, r.log, obj, TU_LOP, v.trail.c.pointer.state == P_LOP)
        vc12_defects(&v.poh, r.log, obj)
    else:
        defects_clear(&v.poh.defects, r.log, obj, TU_AIS, LP_DEG)
        v.far.rdi = 0

cdef inline void unit3_apply(AuRx *r, int k) noexcept nogil:
    cdef Vc3Rx *v = &r.vc3[k]
    cdef const UnitRx *u = &r.map.vc3[k]
    cdef int obj = r.object + OBJ_VC3 + k
    v.poh.expected_c2 = u.label
    v.poh.supervisory = u.supervisory
    if u.expected:
        defect_set(&v.counters.defects, r.log, obj, TU_AIS, v.trail.c.pointer.state == P_AIS)
        defect_set(&v.counters.defects, r.log, obj, TU_LOP, v.trail.c.pointer.state == P_LOP)
        vc4_defects(&v.poh, True, &v.counters, r.log, obj)
    else:
        defects_clear(&v.counters.defects, r.log, obj, TU_AIS, LP_DEG)
        v.far.rdi = 0

cdef inline void au_apply_rx(AuRx *r, RxMap *to) noexcept nogil:
    """Parse by another map from the next frame on. A group with the same members goes on undisturbed."""
    cdef const RxMap *old = r.map
    cdef int k, c
    if to.width != r.width:
        au_fail(r)
        r.width = to.width
        r.c.store.length = VC4_OCTETS * to.width
        r.c.store.rate = <double>r.c.store.length
    r.map = to
    groups_leave(r, old)
    groups_join(r)
    if to.kind == MAP_VC4:
        r.poh.expected_c2 = to.group[0].c2
    else:
        r.poh.expected_c2 = C2_TUG if to.kind == MAP_TUG else C2_UNEQUIPPED
    r.poh.supervisory = to.kind == MAP_SUPERVISORY
    vc4_defects(&r.poh, False, &r.counters, r.log, r.object + OBJ_AU)
    if to.kind != MAP_TUG or (to.tu3[0] and to.tu3[1] and to.tu3[2]):
        defect_set(&r.counters.defects, r.log, r.object + OBJ_AU, LOM, False)
        r.poh.in_multiframe = False
    if old.kind == MAP_TUG and to.kind != MAP_TUG:
        tus_fail(r)
    for k in range(TUG3S):
        # the TUs that a TUG-3 no longer has
        if not to.tu3[k]:
            tu3_fail(r, k)
        unit3_apply(r, k)
    for c in range(TU12S):
        if to.tu3[c % TUG3S]:
            tu12_fail(r, c)
        unit12_apply(r, c)

cdef inline void au_release_rx(AuRx *r) noexcept nogil:
    """It is not parsed any more: its groups go on without it."""
    cdef int i, n
    for i in range(r.map.groups):
        for n in range(r.map.members[i].size):
            group_detach_rx(r.map.group[i], r.map.members[i].numbers[n], r, r.log.frame)
