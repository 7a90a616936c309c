# cython: language_level=3
"""A higher-order path: AU-4 (or AU-4-Xc) pointer, VC-4, and the groups in it. Transmit and receive are apart.

    build: groups -> GFP -> VC-12 plane -> TU-12 rows -> VC-4 -> AU-4 payload
    parse: AU-4 payload -> VC-4 -> TU-12 rows -> ring of VC-12 planes -> groups

`width` is 1 for an AU-4 and X for an AU-4-Xc: X AU-4 side by side with one pointer, whose payload octets stand
together, so that every count of octets is X times that of an AU-4 (G.707 8.1.7).
"""
from libc.stddef cimport size_t
from libc.stdint cimport uint8_t, uint16_t, uint64_t
from libc.string cimport memcmp, memcpy, memmove, memset

from msapemu.wire.gfp_f cimport LFD_OCTETS, GfpState, SYNC, gfp_fill, gfp_take
from msapemu.wire.group cimport GroupRx, GroupTx
from msapemu.wire.kernels cimport copy_octets
from msapemu.wire.moves cimport M_DEC, M_INC, M_NDF, Move, Mover, move_at
from msapemu.wire.pointers cimport (A_DECREMENT, A_INCREMENT, A_JUMP, A_NONE, AU4_OFFSETS, P_AIS, P_LOP, P_NORM,
                                    P_START, TU12_OFFSETS, PointerAction, PointerRx, PointerState, pointer_enter,
                                    pointer_moved, pointer_settled, pointer_take)
from msapemu.wire.remote cimport PathRemote, R_NONE, R_SERVER, path_remote
from msapemu.wire.status cimport (AU_AIS, AU_LOP, CSF, GFP_LFD, HP_PLM, HP_TIM, HP_UNEQ, LOM, LP_DEG, LP_TIM, LP_UNEQ,
                                  OBJ_AU, OBJ_GROUP, OBJ_TU, TU_AIS, TU_LOP, VCAT_LOA, VCAT_LOM, AuCounters, EventLog,
                                  defect_is, defect_set, defects_clear)
from msapemu.wire.tu cimport (PLANE_OCTETS, QUARTER, ROW, TU12S, TU_COLUMN, TU_ROWS, V3_ROW, VC12_OCTETS, TuTx,
                              data_row, first_octet, tu_fill, tu_tx_next)
from msapemu.wire.vc12 cimport Vc12Rx, Vc12Tx, vc12_lost, vc12_row_take, vc12_rows_build, vc12_skipped
from msapemu.wire.vc12_poh cimport EXTENDED_GFP, LABEL_EXTENDED, vc12_defects
from msapemu.wire.vc4 cimport (C2_GFP, C2_TUG, C2_UNEQUIPPED, C4_ROW, H4_ROW, VC4_OCTETS, VC4_ROW, VC4_ROWS, Vc4Rx,
                               Vc4Tx, h4_of_quarter, h4_take, quarter_of_tt, vc4_defects, vc4_fail, vc4_poh_build,
                               vc4_poh_take, vc4_skipped, vc4_tsf, vc4_unequipped)
from msapemu.wire.vcat cimport RING_PLANES, Members, vcat_align, vcat_fail, vcat_ready, vcat_sink, vcat_source

cdef enum:
    AU4_H3_OCTET = 783          # payload octets of a frame before the place of pointer offset 0 (row 4)
    AU4_UNIT = 3                # octets a pointer step moves
    CSF_FRAMES = 24000          # 3 s without another CSF frame: no CSF
    NO_QUARTER = 0xff           # a TU multiframe is awaited

cdef enum MapKind:
    MAP_UNEQUIPPED = 0
    MAP_VC4 = 1                 # one group in the VC-4 or VC-4-Xc
    MAP_TUG = 2                 # 63 TU-12

cdef struct TxMap:
    MapKind kind
    int width                   # 1, or X of a VC-4-Xc
    int groups
    GroupTx *group[63]
    Members members[63]
    uint8_t equipped[64]        # by column
    uint8_t sq[64]

cdef struct RxMap:
    MapKind kind
    int width
    int groups
    GroupRx *group[63]
    Members members[63]
    uint8_t expected[64]        # columns whose defects are reported

# ---------------------------------------------------------------- transmit

cdef struct AuTx:
    TxMap *map
    PathRemote *far             # of the VC-4, then one a TU-12 by column
    Vc4Tx vc4
    TuTx tu
    Vc12Tx vc12
    int width                   # 0: part of the AU-4-Xc that a lower AU-4 begins
    Mover mover
    # The VC-4s make a stream of octets; a frame takes 2349 x width of it, less or more by 3 x width when the pointer
    # moves.
    uint8_t *stream             # room for 3 x width x 2349 octets
    int have                    # octets in `stream`
    int to_j1                   # of them before the next J1
    uint64_t built              # VC-4s built
    # the frame being sent
    uint16_t word
    const uint8_t *payload
    uint8_t *moved              # room for a payload with justification in it, and H3
    const uint8_t *h3           # NULL: no data in H3

cdef inline void vc12_plane_build(AuTx *t, uint64_t number) noexcept nogil:
    """The next VC-12 frame of every column: groups, path overhead, BIP-2."""
    cdef uint8_t *plane
    cdef int i
    tu_tx_next(&t.tu)
    plane = &t.tu.planes[1][0][0]
    for i in range(t.map.groups):
        vcat_source(t.map.group[i], &t.map.members[i], plane)
    vc12_rows_build(&t.vc12, number, t.map.equipped, t.map.sq, t.far + 1, plane)

cdef inline void vc4_build(AuTx *t, uint64_t number, uint8_t *vc) noexcept nogil:
    """VC-4 `number`: payload as the map says, then the path overhead. Number 0 starts a TU multiframe."""
    cdef uint64_t quarter = number & 3
    cdef int _row, width = t.width
    cdef uint8_t *at
    cdef GroupTx *g
    if t.map.kind == MAP_UNEQUIPPED:
        vc4_unequipped(&t.vc4, t.far, vc, VC4_ROW * width)
    elif t.map.kind == MAP_VC4:
        g = t.map.group[0]
        at = vc
        for _row in range(VC4_ROWS):
            memset(at, 0, <size_t>width)            # path overhead, and width - 1 columns of fixed stuff
            gfp_fill(&g.gfp, &g.queue, &g.counters, at + width, C4_ROW * width)
            at += VC4_ROW * width
        vc4_poh_build(&t.vc4, number, C2_GFP, 0, t.far, vc, VC4_ROW * width)
    else:
        if quarter == 0:
            vc12_plane_build(t, number // 4)
        tu_fill(&t.tu, <int>quarter, vc)
        vc4_poh_build(&t.vc4, number, C2_TUG, h4_of_quarter(quarter), t.far, vc, VC4_ROW)

cdef inline void au_want(AuTx *t, int octets) noexcept nogil:
    """Have at least so many octets of the stream."""
    while t.have < octets:
        vc4_build(t, t.built, t.stream + t.have)
        t.have += VC4_OCTETS * t.width
        t.built += 1

cdef inline void au_gap(AuTx *t) noexcept nogil:
    """Put three octets a column without meaning before the next J1, so that it comes one pointer step later."""
    cdef int unit = AU4_UNIT * t.width
    au_want(t, t.to_j1)
    memmove(t.stream + t.to_j1 + unit, t.stream + t.to_j1, <size_t>(t.have - t.to_j1))
    memset(t.stream + t.to_j1, 0, <size_t>unit)
    t.have += unit
    t.to_j1 += unit

cdef inline void au_restart(AuTx *t, int width) noexcept nogil:
    """Be an AU-4-Xc of another width: what was under way is cut off, the pointer keeps its value."""
    cdef int steps = t.to_j1 // t.width
    t.width = width
    t.to_j1 = t.have = steps * width
    memset(t.stream, 0, <size_t>t.have)

cdef inline void au_set(AuTx *t, unsigned pointer) noexcept nogil:
    """Start with this pointer value: zero octets before the first J1."""
    t.to_j1 = t.have = ((AU4_H3_OCTET + AU4_UNIT * <int>pointer) % VC4_OCTETS) * t.width
    memset(t.stream, 0, <size_t>t.have)

cdef inline void au_build(AuTx *t, uint64_t number) noexcept nogil:
    """Frame `number`: `word`, `payload` (9 x 261 x width octets) and `h3` (3 x width octets, or NULL)."""
    cdef int whole = VC4_OCTETS * t.width, unit = AU4_UNIT * t.width, before = AU4_H3_OCTET * t.width
    cdef int takes = whole, ahead
    cdef Move move = move_at(&t.mover, number)
    ahead = t.to_j1 - before                    # from H3 to the J1 that this pointer names
    if ahead < 0:
        ahead += whole
    if move == M_NDF and ahead // unit == AU4_OFFSETS - 1:
        move = M_INC            # a new value of 0 would name a place in this frame, not in the next
    t.word = pointer_moved(<unsigned>(ahead // unit), move)
    if move == M_NDF:
        # the J1 that the new value names lies behind H3: a gap before it, unless it comes before H3
        if t.to_j1 < before:
            au_want(t, t.to_j1 + whole)
            t.to_j1 += whole
        au_gap(t)
    takes += unit if move == M_DEC else -unit if move == M_INC else 0
    au_want(t, takes)
    t.payload = t.stream
    t.h3 = NULL
    if move == M_INC or move == M_DEC:
        memcpy(t.moved, t.stream, <size_t>before)
        if move == M_INC:
            memset(t.moved + before, 0, <size_t>unit)
            memcpy(t.moved + before + unit, t.stream + before, <size_t>(takes - before))
        else:
            memcpy(t.moved + whole, t.stream + before, <size_t>unit)
            memcpy(t.moved + before, t.stream + before + unit, <size_t>(takes - before - unit))
            t.h3 = t.moved + whole
        t.payload = t.moved
    t.to_j1 -= takes
    while t.to_j1 < 0:
        t.to_j1 += whole

cdef inline void au_sent(AuTx *t) noexcept nogil:
    """The octets of the frame built last are on the line."""
    cdef int takes
    takes = VC4_OCTETS * t.width
    if t.payload == t.moved:
        takes += AU4_UNIT * t.width if t.h3 != NULL else -AU4_UNIT * t.width
    t.have -= takes
    if t.have:
        memmove(t.stream, t.stream + takes, <size_t>t.have)

# ---------------------------------------------------------------- receive

cdef struct AuRx:
    AuCounters counters
    RxMap *map
    PathRemote *far             # of the VC-4, then one a TU-12 by column
    EventLog *log
    int object                  # what this AU-4's objects have in front in events
    int width                   # 0: part of the AU-4-Xc that a lower AU-4 begins
    PointerRx pointer
    int until_j1                # payload octets before the place where the pointer says J1 is; -1: not in this frame
    bint hunting                # no J1 seen since the pointer became valid
    bint jumped                 # the pointer has a new value, and its J1 has not come yet
    bint gap                    # it jumped forwards: octets without meaning up to J1
    int filled                  # octets of the VC-4 being collected
    Vc4Rx vc4
    uint8_t *vc                 # width x 2349 octets
    # TU-12
    uint64_t multiframes        # TU multiframes received
    uint8_t quarters            # how many quarters of this TU multiframe have come, in order
    bint tu_uniform             # all columns are settled, alike, and in step
    uint8_t v1[64]              # the words of the last multiframe, while uniform
    uint8_t v2[64]
    uint8_t rows[144][64]
    Vc12Rx vc12[63]
    uint8_t *ring               # RING_PLANES planes of VC-12 frames

cdef inline void group_defects(GroupRx *g, EventLog *log, int obj, GfpState before) noexcept nogil:
    """dLFD and CSF after the sink has worked: LFD is raised by a loss or long waiting, and cleared by SYNC."""
    if g.gfp.state == SYNC:
        defect_set(&g.counters.defects, log, obj, GFP_LFD, False)
    elif before == SYNC or g.gfp.out_of_sync >= LFD_OCTETS:
        defect_set(&g.counters.defects, log, obj, GFP_LFD, True)
    if g.gfp.csf_came:
        g.gfp.csf_came = False
        g.gfp.csf_frame = log.frame
    elif log.frame - g.gfp.csf_frame >= CSF_FRAMES:
        g.gfp.csf = False
    defect_set(&g.counters.defects, log, obj, CSF, g.gfp.csf)

cdef inline void groups_fail(AuRx *r) noexcept nogil:
    """Nothing comes for any group of this line."""
    cdef int i
    for i in range(r.map.groups):
        vcat_fail(r.map.group[i], r.log, r.object + OBJ_GROUP + i)
        defects_clear(&r.map.group[i].counters.defects, r.log, r.object + OBJ_GROUP + i, VCAT_LOM, VCAT_LOA)

cdef inline void tu_fail(AuRx *r) noexcept nogil:
    """The TU-12s' server has failed: what they report then would only repeat its fault."""
    cdef int c
    r.quarters = NO_QUARTER
    r.tu_uniform = False
    for c in range(TU12S):
        if r.vc12[c].pointer.state != P_START:
            pointer_enter(&r.vc12[c].pointer, P_START)
            vc12_lost(&r.vc12[c])
        defects_clear(&r.vc12[c].poh.defects, r.log, r.object + OBJ_TU + c, TU_AIS, LP_DEG)
        r.far[1 + c].rdi = R_SERVER if r.map.expected[c] else R_NONE
    groups_fail(r)

cdef inline void hp_fail(AuRx *r) noexcept nogil:
    """No VC-4 can be collected now."""
    r.hunting = True
    r.jumped = r.gap = False
    r.filled = 0
    r.until_j1 = -1
    vc4_fail(&r.vc4)
    defects_clear(&r.counters.defects, r.log, r.object + OBJ_AU, HP_UNEQ, LOM)
    tu_fail(r)

cdef inline void column_done(AuRx *r, int c) noexcept nogil:
    """The VC-12 frame being collected in column c is whole."""
    cdef Vc12Rx *v = &r.vc12[c]
    cdef const uint8_t *plane = r.ring + (v.number % RING_PLANES) * PLANE_OCTETS
    vc12_row_take(v, r.object + OBJ_TU + c, c, plane, r.map.expected[c], &r.counters, r.log, &r.far[1 + c])
    v.number += 1
    v.filled = 0

cdef inline void column_run(AuRx *r, int c, const uint8_t *octets, int n) noexcept nogil:
    """The next `n` data octets of column c, `ROW` apart."""
    cdef Vc12Rx *v = &r.vc12[c]
    cdef uint8_t *out
    cdef int i, k
    while n:
        if v.until_v5 == 0:
            v.until_v5 = -1
            if v.hunting:
                # frames are numbered by the multiframe they start in, so that columns stay in step
                v.hunting = False
                v.number = r.multiframes
            elif v.filled:
                vc12_skipped(v)         # the pointer jumped back and cut a frame short
            v.jumped = v.gap = False
            v.filled = 0
        k = n
        if 0 < v.until_v5 < k:
            k = v.until_v5
        if v.hunting or v.gap:
            octets += k * ROW
        else:
            if VC12_OCTETS - v.filled < k:
                k = VC12_OCTETS - v.filled
            out = r.ring + (v.number % RING_PLANES) * PLANE_OCTETS + v.filled * ROW + c
            for i in range(k):
                out[i * ROW] = octets[i * ROW]
            octets += k * ROW
            v.filled += k
        if v.until_v5 > 0:
            v.until_v5 -= k
        n -= k
        if v.filled == VC12_OCTETS:
            column_done(r, c)
            v.gap = v.jumped and v.until_v5 > 0

cdef inline void column_take(AuRx *r, int c) noexcept nogil:
    """One TU multiframe of column c: pointer, justification, octets."""
    cdef Vc12Rx *v = &r.vc12[c]
    cdef const uint8_t *rows = &r.rows[0][c]
    cdef int value = v.pointer.value
    cdef PointerState before = v.pointer.state
    cdef PointerAction action
    # the octets before V2 belong to the pointer of the multiframe before
    if before == P_NORM:
        column_run(r, c, rows + ROW, QUARTER)
    action = pointer_take(&v.pointer, (<unsigned>rows[0] << 8) | rows[TU_ROWS * ROW], TU12_OFFSETS, True)
    if v.pointer.state != before:
        if r.map.expected[c]:
            defect_set(&v.poh.defects, r.log, r.object + OBJ_TU + c, TU_AIS, v.pointer.state == P_AIS)
            defect_set(&v.poh.defects, r.log, r.object + OBJ_TU + c, TU_LOP, v.pointer.state == P_LOP)
        if before == P_NORM:
            vc12_lost(v)
            defects_clear(&v.poh.defects, r.log, r.object + OBJ_TU + c, LP_UNEQ, LP_DEG)
    if action == A_NONE:
        return
    # V5 comes that many data octets from here: justification moves the octets and the pointer alike
    v.jumped = action == A_JUMP
    v.until_v5 = v.pointer.value if v.jumped else value
    column_run(r, c, rows + (TU_ROWS + 1) * ROW, QUARTER)
    if action == A_DECREMENT:
        column_run(r, c, rows + V3_ROW * ROW, 1)
    if action == A_INCREMENT:
        column_run(r, c, rows + (V3_ROW + 2) * ROW, QUARTER - 1)
    else:
        column_run(r, c, rows + (V3_ROW + 1) * ROW, QUARTER)
    column_run(r, c, rows + (3 * TU_ROWS + 1) * ROW, QUARTER)

cdef inline void tu_rows_out(AuRx *r, int q, int count, uint64_t plane, int filled) noexcept nogil:
    """Copy `count` data rows of the multiframe from q on into a plane from row `filled` on."""
    cdef int k
    while count:
        k = QUARTER - q % QUARTER
        if k > count:
            k = count
        copy_octets(r.ring + (plane % RING_PLANES) * PLANE_OCTETS + filled * ROW, &r.rows[data_row(q)][0], k * ROW)
        q += k
        filled += k
        count -= k

cdef inline void tu_take_uniform(AuRx *r) noexcept nogil:
    """One TU multiframe when every column is settled at the same pointer: whole rows."""
    cdef int first = first_octet(r.vc12[0].pointer.value)
    cdef uint64_t plane = r.vc12[0].number
    cdef int c
    if first:
        tu_rows_out(r, 0, first, plane, VC12_OCTETS - first)
    else:
        tu_rows_out(r, 0, VC12_OCTETS, plane, 0)
    for c in range(TU12S):
        column_done(r, c)
    if first:
        tu_rows_out(r, first, VC12_OCTETS - first, plane + 1, 0)
        for c in range(TU12S):
            r.vc12[c].filled = VC12_OCTETS - first

cdef inline bint tu_alike(const AuRx *r) noexcept nogil:
    """Every column has a settled pointer of one value, and is as far in the same plane."""
    cdef const Vc12Rx *first = &r.vc12[0]
    cdef const Vc12Rx *v
    cdef int c
    for c in range(TU12S):
        v = &r.vc12[c]
        if (not pointer_settled(&v.pointer) or v.hunting or v.pointer.value != first.pointer.value
                or v.filled != first.filled or v.number != first.number):
            return False
    return True

cdef inline void groups_take(AuRx *r) noexcept nogil:
    """Hand every group the VC-12 frames that have come whole in all its members."""
    cdef GroupRx *g
    cdef GfpState before
    cdef int i
    for i in range(r.map.groups):
        g = r.map.group[i]
        before = g.gfp.state
        if vcat_align(g, &r.map.members[i], r.vc12, r.log, r.object + OBJ_GROUP + i):
            while vcat_ready(g, &r.map.members[i], r.vc12):
                if not vcat_sink(g, &r.map.members[i], r.vc12, r.ring):
                    g.aligned = False
                    break
            group_defects(g, r.log, r.object + OBJ_GROUP + i, before)
        else:
            vcat_fail(g, r.log, r.object + OBJ_GROUP + i)

cdef inline void tu_multiframe(AuRx *r) noexcept nogil:
    """All 144 rows of a TU multiframe are there."""
    cdef Vc12Rx *v
    cdef int c
    r.multiframes += 1
    if r.tu_uniform and memcmp(r.v1, r.rows[0], TU12S) == 0 and memcmp(r.v2, r.rows[TU_ROWS], TU12S) == 0:
        tu_take_uniform(r)
    else:
        for c in range(TU12S):
            column_take(r, c)
        r.tu_uniform = tu_alike(r)
        memcpy(r.v1, r.rows[0], TU12S)
        memcpy(r.v2, r.rows[TU_ROWS], TU12S)
    for c in range(TU12S):
        v = &r.vc12[c]
        # LP-RDI: the trail has no good signal (G.783 TT_Sk: SSF, UNEQ, TIM)
        if r.map.expected[c]:
            r.far[1 + c].rdi = R_SERVER if v.hunting else path_remote(v.poh.defects, True)
    groups_take(r)

cdef inline void tug_take(AuRx *r) noexcept nogil:
    """A VC-4 with TUG structure: its 36 rows of TU-12 octets."""
    cdef int b
    cdef uint8_t quarter
    h4_take(&r.vc4, r.vc[H4_ROW * VC4_ROW], &r.counters, r.log, r.object + OBJ_AU)
    if not r.vc4.in_multiframe:
        if r.quarters != NO_QUARTER:        # once
            tu_fail(r)
        return
    quarter = quarter_of_tt(r.vc4.tt)
    if quarter == 0:
        r.quarters = 0
    elif quarter != r.quarters:
        return
    for b in range(TU_ROWS):
        memcpy(r.rows[quarter * TU_ROWS + b], &r.vc[(b // 4) * VC4_ROW + TU_COLUMN + (b % 4) * TU12S], TU12S)
    r.quarters = quarter + 1
    if quarter == 3:
        tu_multiframe(r)

cdef inline void vc4_take(AuRx *r) noexcept nogil:
    """A whole VC-4 stands in `r.vc`."""
    cdef GroupRx *g
    cdef GfpState before
    cdef int row, width = r.width
    vc4_poh_take(&r.vc4, r.vc, VC4_ROW * width, False, &r.counters, r.log, r.object + OBJ_AU, r.far)
    # aTSF, aSSF of the path: a wrong label or trace, or none
    r.far.rdi = path_remote(r.counters.defects, False)
    if vc4_tsf(&r.vc4, r.counters.defects, False) or defect_is(r.counters.defects, HP_PLM):
        tu_fail(r)
        return
    if r.map.kind == MAP_TUG:
        tug_take(r)
    elif r.map.kind == MAP_VC4:
        g = r.map.group[0]
        before = g.gfp.state
        for row in range(VC4_ROWS):
            gfp_take(&g.gfp, &g.queue, &g.counters, r.vc + (row * VC4_ROW + 1) * width, C4_ROW * width)
        group_defects(g, r.log, r.object + OBJ_GROUP, before)

cdef inline void au_run(AuRx *r, const uint8_t *octets, int n) noexcept nogil:
    """The next `n` octets of the AU-4's payload."""
    cdef int k, whole = VC4_OCTETS * r.width
    while n:
        if r.until_j1 == 0:
            r.until_j1 = -1
            if r.filled and not r.hunting:
                vc4_skipped(&r.vc4)     # the pointer jumped back and cut a VC-4 short
            r.hunting = r.jumped = r.gap = False
            r.filled = 0
        k = n
        if 0 < r.until_j1 < k:
            k = r.until_j1
        if not r.hunting and not r.gap:
            if whole - r.filled < k:
                k = whole - r.filled
            copy_octets(r.vc + r.filled, octets, <size_t>k)
            r.filled += k
        if r.until_j1 > 0:
            r.until_j1 -= k
        octets += k
        n -= k
        if r.filled == whole:
            r.filled = 0
            r.gap = r.jumped and r.until_j1 > 0
            vc4_take(r)

cdef inline void au_take(AuRx *r, unsigned word, const uint8_t *h3, const uint8_t *rows, int stride) noexcept nogil:
    """One frame of the AU-4(-Xc): pointer word, its 3 x width H3 octets, and 9 rows of 261 x width octets, `stride`
    apart.
    """
    cdef PointerState before = r.pointer.state
    cdef PointerAction action
    cdef int i, value = r.pointer.value, width = r.width
    if before == P_NORM:
        for i in range(3):
            au_run(r, rows + i * stride, VC4_ROW * width)
    rows += 3 * stride
    action = pointer_take(&r.pointer, word, AU4_OFFSETS, False)
    if r.pointer.state != before:
        defect_set(&r.counters.defects, r.log, r.object + OBJ_AU, AU_AIS, r.pointer.state == P_AIS)
        defect_set(&r.counters.defects, r.log, r.object + OBJ_AU, AU_LOP, r.pointer.state == P_LOP)
        if before == P_NORM:
            hp_fail(r)
    if action == A_NONE:
        r.far.rdi = R_SERVER
        return
    # J1 comes that many octets from here: justification moves the octets and the pointer alike
    r.jumped = action == A_JUMP
    r.until_j1 = AU4_UNIT * width * (r.pointer.value if r.jumped else value)
    if action == A_DECREMENT:
        au_run(r, h3, AU4_UNIT * width)
    if action == A_INCREMENT:
        au_run(r, rows + AU4_UNIT * width, (VC4_ROW - AU4_UNIT) * width)
    else:
        au_run(r, rows, VC4_ROW * width)
    for i in range(1, 6):
        au_run(r, rows + i * stride, VC4_ROW * width)

cdef inline void au_fail(AuRx *r) noexcept nogil:
    """The section has failed: everything here starts anew when the signal comes back."""
    pointer_enter(&r.pointer, P_START)
    defects_clear(&r.counters.defects, r.log, r.object + OBJ_AU, AU_AIS, AU_LOP)
    hp_fail(r)

# ---------------------------------------------------------------- maps

cdef inline void au_apply_tx(AuTx *t, TxMap *to) noexcept nogil:
    """Build by another map from the next frame on. Columns that fall free become unequipped."""
    cdef int c, row
    t.map = to
    if to.width != t.width:
        au_restart(t, to.width)
    for c in range(TU12S):
        if to.kind != MAP_TUG or not to.equipped[c]:
            for row in range(VC12_OCTETS):
                t.tu.planes[1][row][c] = 0

cdef inline bint same_members(const Members *a, const Members *b) noexcept nogil:
    return a.size == b.size and memcmp(a.columns, b.columns, <size_t>a.size) == 0

cdef inline int group_index(const RxMap *m, const GroupRx *g) noexcept nogil:
    """Which group of the map it is, -1: none."""
    cdef int i
    for i in range(m.groups):
        if m.group[i] == g:
            return i
    return -1

cdef inline void au_apply_rx(AuRx *r, RxMap *to) noexcept nogil:
    """Parse by another map from the next frame on. A group with the same members goes on undisturbed."""
    cdef RxMap *old = r.map
    cdef int i, k, c, obj
    cdef Vc12Rx *v
    for k in range(old.groups):
        i = group_index(to, old.group[k])
        if (i < 0 or old.kind != to.kind or old.width != to.width
                or not same_members(&old.members[k], &to.members[i])):
            vcat_fail(old.group[k], r.log, r.object + OBJ_GROUP + k)
            defects_clear(&old.group[k].counters.defects, r.log, r.object + OBJ_GROUP + k, VCAT_LOM, VCAT_LOA)
    r.map = to
    if to.width != r.width:
        au_fail(r)
        r.width = to.width
    for i in range(to.groups):
        if group_index(old, to.group[i]) < 0:
            vcat_fail(to.group[i], r.log, r.object + OBJ_GROUP + i)
    r.vc4.expected_c2 = C2_GFP if to.kind == MAP_VC4 else C2_TUG if to.kind == MAP_TUG else C2_UNEQUIPPED
    vc4_defects(&r.vc4, False, &r.counters, r.log, r.object + OBJ_AU)
    if old.kind == MAP_TUG and to.kind != MAP_TUG:
        defect_set(&r.counters.defects, r.log, r.object + OBJ_AU, LOM, False)
        r.vc4.in_multiframe = False
        tu_fail(r)
    for c in range(TU12S):
        v = &r.vc12[c]
        obj = r.object + OBJ_TU + c
        v.poh.expected_label = LABEL_EXTENDED
        v.poh.expected_extended = EXTENDED_GFP
        if to.expected[c]:
            # what was known of the column before it was awaited is a defect from now on
            defect_set(&v.poh.defects, r.log, obj, TU_AIS, v.pointer.state == P_AIS)
            defect_set(&v.poh.defects, r.log, obj, TU_LOP, v.pointer.state == P_LOP)
            vc12_defects(&v.poh, r.log, obj)
        else:
            defects_clear(&v.poh.defects, r.log, obj, TU_AIS, LP_DEG)
            r.far[1 + c].rdi = R_NONE
