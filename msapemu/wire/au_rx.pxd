# cython: language_level=3
"""A higher-order path, receive: AU-4 -> VC-4 -> TU-12, TU-3 -> VC-12, VC-3 -> groups and other clients.

Every VC stands in a store, where the generator of a cross-connection finds it too.
"""
from libc.stddef cimport size_t
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t

from msapemu.wire.adaptation cimport client_defects, client_take
from msapemu.wire.bank cimport (BANK_SLEEP, Bank, bank_bip, bank_columns, bank_frames, bank_gather, bank_quarter,
                                bank_row, bank_same, bank_store, bank_view, column_bit, lowest, row_changes,
                                v5_differs)
from msapemu.wire.bits cimport Accept, accept
from msapemu.wire.collect cimport C_CUT, C_WHOLE, Collector, collect, collect_lost, collect_point, collect_steady
from msapemu.wire.container cimport C12_OCTETS, C12_RUN, IN_VC3, IN_VC4, IN_VC12, MEMBERS, Container
from msapemu.wire.e1_map cimport e1_fail, e1_sink
from msapemu.wire.e3_map cimport e3_fail, e3_sink
from msapemu.wire.group cimport LCAS_OFF, GroupRx
from msapemu.wire.kernels cimport kernels
from msapemu.wire.lcas cimport packet_begins
from msapemu.wire.lcas_rx cimport sink_order
from msapemu.wire.map cimport (MAP_CROSS, MAP_SUPERVISORY, MAP_TUG, MAP_UNEQUIPPED, MAP_VC4, Members, RxMap, UnitRx,
                               map_receives)
from msapemu.wire.multiframe cimport MFI_LOM, H4Rx, h4_reset, h4_skipped, h4_vcat_take
from msapemu.wire.pointers cimport (A_DECREMENT, A_INCREMENT, A_JUMP, A_NONE, AU4_OFFSETS, P_AIS, P_LOP, P_NORM,
                                    P_START, TU12_OFFSETS, PointerAction, PointerRx, PointerState, pointer_enter,
                                    pointer_take)
from msapemu.wire.remote cimport R_SERVER, PathRemote, path_remote
from msapemu.wire.status cimport (AU_AIS, AU_LOP, HP_DEG, HP_PLM, HP_UNEQ, LOM, LP_DEG, LP_PLM, LP_UNEQ,
                                  OBJ_AU, OBJ_GROUP, OBJ_TU, OBJ_VC3, TU_AIS, TU_LOP, AuCounters, EventLog, defect_is,
                                  defect_set, defects_clear, defects_tell)
from msapemu.wire.store cimport Store, store_fail, store_frame, store_rows
from msapemu.wire.tu cimport COLUMN, NPI_H2, QUARTER, TU12S, TUG3S, V3_AT, VC12_OCTETS, VC4_COLUMNS
from msapemu.wire.tu3 cimport TU3_BEFORE, TU3_OFFSETS, tu3_take
from msapemu.wire.vc12_poh cimport (EXTENDED_GFP, J2_AT, K4_AT, K4_VCAT, N2_AT, V5_AT, VC12_POH, Vc12PohRx, vc12_bip2,
                                    vc12_defects, vc12_poh_fail, vc12_poh_skipped, vc12_poh_take, vc12_rest, vc12_rests,
                                    vc12_rests_on, vc12_tsf)
from msapemu.wire.vc4 cimport (C2_TUG, C2_UNEQUIPPED, C4_ROW, H4_ROW, VC3_OCTETS, VC3_ROW, VC4_OCTETS, VC4_ROW,
                               VC4_ROWS, Vc4Rx, h4_take, quarter_of_tt, vc4_defects, vc4_fail, vc4_poh_take,
                               vc4_skipped, vc4_tsf)
from msapemu.wire.vcat_rx cimport (LOOK, awaited, group_advance, group_attach_rx, group_bring, group_clock, group_count,
                                   group_detach_rx, group_look, group_lose, group_put)

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
    Bank *bank
    uint64_t tu12s              # the columns that are TU-12s,
    uint64_t read               # those of them whose overhead is read,
    uint64_t tributaries        # and those with an E1
    bint one_by_one             # none is taken together with others, for tests
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

cdef inline bint vc12_bad(const Vc12PohRx *v) noexcept nogil:
    """Its payload is not to be used: aTSF, or it is of another kind."""
    return vc12_tsf(v) or defect_is(v.defects, LP_PLM)

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
    columns_part(r, r.bank.steady & column_bit(c), r.bank.now)
    r.bank.settled &= ~column_bit(c)
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
    columns_part(r, r.bank.steady, r.bank.now)
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

# ---------------------------------------------------------------- TU-12, one by one

cdef inline void vc12_take(AuRx *r, int c) noexcept nogil:
    """The newest VC-12 frame of column c is whole."""
    cdef Vc12Rx *v = &r.vc12[c]
    cdef const UnitRx *u = &r.map.tu12[c]
    cdef const Store *s = &v.trail.c.store
    cdef const uint8_t *frame = store_frame(s, s.number - 1)
    cdef uint8_t poh[4]
    if u.expected or r.monitored:
        poh[0], poh[1], poh[2], poh[3] = frame[V5_AT], frame[J2_AT], frame[N2_AT], frame[K4_AT]
        vc12_poh_take(&v.poh, poh, vc12_bip2(frame), u.expected, &r.counters, r.log, r.object + OBJ_TU + c, v.far)
    if u.group != NULL:
        if vc12_bad(&v.poh):
            group_lose(u.group, u.member)
        else:
            group_bring(u.group, u.member, frame, &v.poh.multiframe.m)
    if u.e1 != NULL:
        if vc12_bad(&v.poh):
            e1_fail(u.e1, MULTIFRAME)
        else:
            e1_sink(u.e1, frame)

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
    cdef const Bank *b = r.bank
    cdef const uint8_t *octets
    cdef unsigned word = (<unsigned>b.v[0][c] << 8) | b.v[1][c]
    cdef int obj = r.object + OBJ_TU + c, value = t.pointer.value
    cdef PointerState before = t.pointer.state
    cdef PointerAction action
    # the octets before V2 belong to the pointer of the multiframe before
    if before == P_NORM:
        tu12_run(r, c, bank_columns(r.bank, b.now) + c * COLUMN, QUARTER)
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
    octets = bank_columns(r.bank, b.now) + c * COLUMN
    tu12_run(r, c, octets + QUARTER, QUARTER)
    if action == A_DECREMENT:
        tu12_run(r, c, &b.v[2][c], 1)
    if action == A_INCREMENT:
        tu12_run(r, c, octets + V3_AT + 1, VC12_OCTETS - V3_AT - 1)
    else:
        tu12_run(r, c, octets + V3_AT, VC12_OCTETS - V3_AT)

cdef inline void tu12_state(AuRx *r, int c) noexcept nogil:
    """What stands of the trail after a multiframe: aTSF, and what the far end is to be told."""
    cdef Vc12Rx *v = &r.vc12[c]
    cdef bint expected = r.map.tu12[c].expected
    v.trail.tsf = v.trail.c.hunting or vc12_bad(&v.poh)
    if v.trail.c.hunting and r.map.tu12[c].group != NULL:
        group_lose(r.map.tu12[c].group, r.map.tu12[c].member)
    v.far.rdi = 0 if not expected else R_SERVER if v.trail.c.hunting else path_remote(v.poh.defects, True)

cdef inline void tu12_alone(AuRx *r, int c) noexcept nogil:
    """A TU multiframe of a column whose pointer moves, or is not known."""
    cdef const Collector *t = &r.vc12[c].trail.c
    tu12_take(r, c)
    if r.read & column_bit(c):
        tu12_state(r, c)
    if r.map.tu12[c].e1 != NULL and t.hunting:
        e1_fail(r.map.tu12[c].e1, MULTIFRAME)
    if collect_steady(t, t.pointer.word) and not r.one_by_one:
        r.bank.settled |= column_bit(c)
    else:
        r.bank.settled &= ~column_bit(c)

# ---------------------------------------------------------------- TU-12, all that are steady

cdef inline void tu12_join(AuRx *r, int c) noexcept nogil:
    """Column c is steady from this multiframe on."""
    cdef Bank *b = r.bank
    r.vc12[c].trail.c.until = -1
    b.filled[c] = <uint8_t>b.store[c].filled
    b.since[c] = b.now
    b.counted[c] = b.stored[c] = b.now - 1
    b.shifted = 0

cdef inline void tu12_poh(const Bank *b, int c, uint8_t *poh) noexcept nogil:
    """The overhead of the frame that this multiframe ends."""
    poh[0] = bank_row(b, V5_AT)[c]
    poh[1] = bank_row(b, J2_AT)[c]
    poh[2] = bank_row(b, N2_AT)[c]
    poh[3] = bank_row(b, K4_AT)[c]

cdef inline void tu12_rest(AuRx *r, int c, uint64_t last) noexcept nogil:
    """Count the overhead of column c, which is asleep, up to TU multiframe `last`: the newest one whose overhead is
    kept, or the one before."""
    cdef Bank *b = r.bank
    cdef Vc12Rx *v = &r.vc12[c]
    cdef uint32_t vcat = v.poh.multiframe.vcat_bits
    cdef uint8_t poh[4]
    cdef uint64_t number
    cdef int n = <int>(last - b.counted[c])
    if n == 0:
        return
    for number in range(b.counted[c] + 1, last):
        vcat = vcat << 1 | ((b.k4[number % BANK_SLEEP][c] & K4_VCAT) != 0)
    poh[0] = <uint8_t>(b.bip[(last - 1) & 1][c] << 6 | b.v5[c])
    poh[1] = b.j2[last % 16][c]
    poh[2] = b.n2[c]
    poh[3] = b.k4[last % BANK_SLEEP][c]
    vc12_rest(&v.poh, n, vcat, poh, b.bip[last & 1][c], r.map.tu12[c].expected, r.log, r.object + OBJ_TU + c)
    b.counted[c] = last

cdef inline void columns_part(AuRx *r, uint64_t columns, uint64_t last) noexcept nogil:
    """These steady columns are taken one by one again; what came of them up to TU multiframe `last` is counted."""
    cdef Bank *b = r.bank
    cdef uint64_t left = columns & b.asleep
    if not columns:
        return
    bank_store(b, columns, last)
    while left:
        tu12_rest(r, lowest(left), last)
        left &= left - 1
    b.steady &= ~columns
    b.asleep &= ~columns

cdef inline uint64_t overhead_changes(Bank *b) noexcept nogil:
    """The columns whose frame is not like the ones before: parity, REI, label and RDI, trace, N2, K4 but for bit 2."""
    cdef uint64_t changed
    bank_bip(b)
    changed = v5_differs(bank_row(b, V5_AT), &b.bip[(b.now - 1) & 1][0], &b.v5[0])
    changed |= row_changes(bank_row(b, J2_AT), &b.j2[b.now % 16][0], 0xff)
    changed |= row_changes(bank_row(b, N2_AT), &b.n2[0], 0xff)
    return changed | row_changes(bank_row(b, K4_AT), &b.k4[b.now % BANK_SLEEP][0], <uint8_t>~K4_VCAT)

cdef inline bint tu12_row(AuRx *r, int c, bint changed) noexcept nogil:
    """The frame of a steady column; `changed`: it is not like the ones before. True: a group wants its payload."""
    cdef Bank *b = r.bank
    cdef Vc12Rx *v = &r.vc12[c]
    cdef const UnitRx *u = &r.map.tu12[c]
    cdef uint64_t bit = column_bit(c)
    cdef uint8_t poh[4]
    cdef bint wanted = False, rested = (b.asleep & bit) != 0 and not changed
    cdef int n = 0
    if b.asleep & bit:
        tu12_rest(r, c, b.now if rested else b.now - 1)
    if not rested:
        b.counted[c] = b.now
        tu12_poh(b, c, poh)
        vc12_poh_take(&v.poh, poh, b.bip[b.now & 1][c], u.expected, &r.counters, r.log, r.object + OBJ_TU + c, v.far)
    if u.group != NULL:
        if vc12_bad(&v.poh):
            group_lose(u.group, u.member)
        else:
            wanted = group_count(u.group, u.member, &v.poh.multiframe.m)
    if u.e1 != NULL:
        if vc12_bad(&v.poh):
            e1_fail(u.e1, MULTIFRAME)
        else:
            e1_sink(u.e1, &b.frames[c][0])
    tu12_state(r, c)
    b.asleep &= ~bit
    b.counting &= ~bit
    if wanted:
        b.counting |= bit
    if rested:
        n = vc12_rests_on(&v.poh, u.expected)
    elif u.e1 == NULL and b.now - b.since[c] >= BANK_SLEEP:
        n = vc12_rests(&v.poh, u.expected)
    if n:
        b.asleep |= bit
        b.due[(b.now + <uint64_t>n) % BANK_SLEEP] |= bit
    return wanted

# ---------------------------------------------------------------- their groups

cdef inline void group_columns(AuRx *r, int i) noexcept nogil:
    """Have group i in step with this VC-4, if all its members that are awaited are here and stand alike."""
    cdef GroupRx *g = r.map.group[i]
    cdef const Members *m = &r.map.members[i]
    cdef int n, waits = 0
    if not g.counted or not g.running or g.apart:
        return
    g.columns = 0
    for n in range(TU12S):
        if g.member[n].left_out and g.member[n].owner != NULL:
            return
        waits += awaited(g, n)
    for n in range(m.size):
        if awaited(g, m.numbers[n]):
            if g.head[m.numbers[n]] != g.next - 1 or g.member[m.numbers[n]].sqm or g.member[m.numbers[n]].owner != r:
                return
            g.columns |= column_bit(m.columns[n])
            waits -= 1
        g.column[m.numbers[n]] = m.columns[n]
    if waits == 0:
        g.in_step = r
        group_of(g)

cdef inline void group_of(GroupRx *g) noexcept nogil:
    cdef int k
    for k in range(g.size):
        g.of[k] = g.column[g.order[k]]

cdef inline void group_step(AuRx *r, GroupRx *g) noexcept nogil:
    """Read frame `next` of a group in step from the rows."""
    cdef int k
    cdef bint begins = packet_begins(True, g.next)
    if g.lcas_mode != LCAS_OFF and (g.unsorted or begins):
        sink_order(g, begins)
        group_of(g)
    if g.size:
        for k in range(4):
            bank_gather(r.bank, 1 + k * (C12_RUN + 1), C12_RUN, g.octets + k * C12_RUN * g.size, <unsigned>g.size,
                        g.of)
        client_take(g, g.octets, <unsigned>(C12_OCTETS * g.size))
    g.next += 1
    client_defects(g)

cdef inline void groups_count(AuRx *r, uint64_t columns) noexcept nogil:
    """These columns have brought one more frame that is like those before."""
    cdef const Members *m
    cdef GroupRx *g
    cdef int i, n
    for i in range(r.map.groups):
        m = &r.map.members[i]
        g = r.map.group[i]
        if g.in_step == r and not g.columns & ~columns:
            for n in range(MEMBERS + 1):        # those of members that are not alive mean nothing
                g.head[n] += 1
        elif m.container == IN_VC12 and g.counted:
            for n in range(m.size):
                g.head[m.numbers[n]] += (columns >> m.columns[n]) & 1

cdef inline void groups_rows(AuRx *r, uint64_t brought) noexcept nogil:
    """Have the groups of VC-12s go on; `brought`: steady columns whose payload is wanted."""
    cdef const Members *m
    cdef GroupRx *g
    cdef int i, n
    for i in range(r.map.groups):
        m = &r.map.members[i]
        g = r.map.group[i]
        if m.container != IN_VC12:
            continue
        group_clock(g, r, r.log.frame)
        if g.in_step == r and g.running and not g.columns & ~brought:
            group_step(r, g)
        else:
            if g.in_step == r:
                g.in_step = NULL
            for n in range(m.size):
                if brought & column_bit(m.columns[n]):
                    bank_frames(r.bank, brought)
                    group_put(g, m.numbers[n], &r.bank.frames[m.columns[n]][0])
            group_advance(g)
            if g.in_step == NULL:
                group_columns(r, i)
        groups_tell(r, i)

# ---------------------------------------------------------------- all TU-12s

cdef inline void tu_multiframe(AuRx *r) noexcept nogil:
    """All 144 rows of a TU multiframe are there."""
    cdef Bank *b = r.bank
    cdef uint64_t steady = bank_same(b) & b.settled & r.tu12s
    cdef uint64_t left, rows, look, changed = 0, brought
    cdef int c
    columns_part(r, b.steady & ~steady, b.now - 1)
    left = steady & ~b.steady
    b.steady = steady
    while left:
        tu12_join(r, lowest(left))
        left &= left - 1
    bank_store(b, steady & b.kept, b.now)
    rows = steady & r.read
    if rows:
        bank_view(b, rows)
        changed = overhead_changes(b)
    bank_frames(b, steady & r.tributaries)
    look = (rows & ~b.asleep) | (b.asleep & (changed | b.due[b.now % BANK_SLEEP]))
    b.due[b.now % BANK_SLEEP] = 0
    brought = b.asleep & ~look & b.counting
    groups_count(r, brought)
    left = look | (r.tu12s & ~steady)
    while left:
        c = lowest(left)
        left &= left - 1
        if not steady & column_bit(c):
            tu12_alone(r, c)
        elif tu12_row(r, c, (changed & column_bit(c)) != 0):
            brought |= column_bit(c)
    groups_rows(r, brought)

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
            columns_part(r, r.bank.steady, r.bank.now)
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
    bank_quarter(r.bank, quarter, vc)
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

cdef inline void columns_apply(AuRx *r) noexcept nogil:
    """What the map says of columns, a bit each."""
    cdef int c
    r.tu12s = r.read = r.tributaries = 0
    for c in range(TU12S):
        if r.map.tu3[c % TUG3S]:
            continue
        r.tu12s |= column_bit(c)
        if r.map.tu12[c].expected or r.monitored:
            r.read |= column_bit(c)
        if r.map.tu12[c].e1 != NULL:
            r.tributaries |= column_bit(c)

cdef inline void au_apply_rx(AuRx *r, RxMap *to) noexcept nogil:
    """Parse by another map from the next frame on. A group with the same members goes on undisturbed."""
    cdef const RxMap *old = r.map
    cdef int k, c
    columns_part(r, r.bank.steady, r.bank.now)
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
    columns_apply(r)

cdef inline void au_release_rx(AuRx *r) noexcept nogil:
    """It is not parsed any more: its groups go on without it."""
    cdef int i, n
    for i in range(r.map.groups):
        for n in range(r.map.members[i].size):
            group_detach_rx(r.map.group[i], r.map.members[i].numbers[n], r, r.log.frame)
