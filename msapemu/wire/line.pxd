# cython: language_level=3
"""One STM-N line: its sections, and the AU-4s in it. Transmit and receive are apart.

    build: AU-4 payloads (au.pxd) -> interleaving, pointers -> section overhead -> scrambling
    parse: octets -> alignment -> sections -> AU-4 payloads (au.pxd)
"""
from libc.stdint cimport uint8_t, uint64_t

from msapemu.wire.align cimport ALIGN_HUNT, ALIGN_IN, STM1_OCTETS, Aligner, align_lose, align_take
from msapemu.wire.au_rx cimport AuRx, au_apply_rx, au_fail, au_take, groups_look, tributaries_fail
from msapemu.wire.au_tx cimport AuTx, au_apply_tx, au_h3, au_point, au_restart, au_row, au_rows
from msapemu.wire.map cimport RxMap, TxMap
from msapemu.wire.pointers cimport P_START, POINTER_AIS
from msapemu.wire.remote cimport R_SERVER, SectionRemote
from msapemu.wire.status cimport (LOF, LOS, MS_DEG, OBJ_LINE, OOF, RS_TIM, AuCounters, EventLog, LineCounters,
                                  defect_is, defect_set, defects_clear)
from msapemu.wire.stm cimport (CONCATENATION, PAYLOAD_ROW, ROWS, ROW_OCTETS, SOH_OCTETS, StmRx, StmTx, soh, stm_clear,
                               stm_fail, stm_finish, stm_get, stm_h3, stm_pointer, stm_put, stm_take)
from msapemu.wire.store cimport Feed

cdef enum:
    LOF_FRAMES = 24             # 3 ms out of frame: LOF; 3 ms in frame: no LOF
    CONCATENATED = 3            # concatenation indications in a row before an AU-4 is taken for part of an AU-4-Xc

# ---------------------------------------------------------------- transmit

cdef struct LineTx:
    LineCounters counters       # tx_frames
    int n                       # of STM-N
    SectionRemote *far
    StmTx stm
    AuTx *au                    # n of them

cdef inline void line_au_build(LineTx *t, int k, uint64_t number, uint8_t *out) noexcept nogil:
    """AU-4 k (from 0) of frame `number`."""
    cdef AuTx *au = &t.au[k]
    cdef uint8_t payload[4176]
    cdef uint8_t h3[48]
    cdef int row, n = t.n
    au_point(au, number)
    stm_pointer(n, k, au.g.word, out)
    if au.width == n and au_rows(au, out + SOH_OCTETS * n, ROW_OCTETS * n):
        return
    for row in range(ROWS):
        if row == 3 and au_h3(au, h3):
            stm_h3(n, k, au.width, h3, out)
        if au.width == n:
            au_row(au, row, out + (row * ROW_OCTETS + SOH_OCTETS) * n)
        else:
            au_row(au, row, payload)
            stm_put(n, k, au.width, row, payload, out)

cdef inline void line_frame_build(LineTx *t, int turn, int turns, uint8_t *out) noexcept nogil:
    """The next frame; `turn` of `turns` that are built together."""
    cdef uint64_t number = t.counters.tx_frames
    cdef int k
    cdef bint ais = False
    stm_clear(t.n, out)
    for k in range(t.n):
        t.au[k].turn = turn
        t.au[k].turns = turns
        if t.au[k].width:
            line_au_build(t, k, number, out)
            ais = t.au[k].g.ais
        else:
            stm_pointer(t.n, k, POINTER_AIS if ais else CONCATENATION, out)
    stm_finish(&t.stm, number, t.far, out)
    t.counters.tx_frames = number + 1

# ---------------------------------------------------------------- receive

cdef struct LineRx:
    LineCounters counters       # all but tx_frames
    EventLog events
    int n                       # of STM-N
    SectionRemote *far
    Feed feed
    Aligner aligner
    uint64_t silent             # frame times without a signal
    uint64_t told               # frame up to which the tributaries have had something
    uint64_t in_frame           # frames since alignment, saturating at LOF_FRAMES
    StmRx stm
    AuRx *au                    # n of them
    uint8_t concatenated[16]    # concatenation indications in a row, saturating
    uint8_t payload[37584]      # of one AU-4(-Xc), when its columns do not stand together in the frame
    uint8_t h3[48]

cdef inline void line_fail(LineRx *r) noexcept nogil:
    """LOS or LOF: everything above starts anew when the signal comes back."""
    cdef int k
    stm_fail(&r.stm)
    defects_clear(&r.counters.defects, &r.events, OBJ_LINE, RS_TIM, MS_DEG)
    for k in range(r.n):
        if r.au[k].width:
            au_fail(&r.au[k])
            r.au[k].far.rdi = R_SERVER
    r.far.rdi = True

cdef inline void line_au_take(LineRx *r, int k) noexcept nogil:
    """AU-4 k (from 0) of the frame in `r.stm.frame`."""
    cdef AuRx *au = &r.au[k]
    cdef const uint8_t *frame = r.stm.frame
    cdef int i, j, n = r.n, width = au.width
    cdef unsigned word = (<unsigned>frame[soh(n, 4, 1, 1 + k)] << 8) | frame[soh(n, 4, 4, 1 + k)]
    if (word & 0xf3ff) != (CONCATENATION & 0xf3ff):
        r.concatenated[k] = 0
    elif r.concatenated[k] < CONCATENATED:
        r.concatenated[k] += 1
    if width == n:
        au_take(au, word, frame + soh(n, 4, 7, 1), frame + SOH_OCTETS * n, ROW_OCTETS * n)
    elif width:
        stm_get(n, k, width, frame, r.payload)
        for i in range(3):
            for j in range(width):
                r.h3[width * i + j] = frame[soh(n, 4, 7 + i, 1 + k + j)]
        au_take(au, word, r.h3, r.payload, PAYLOAD_ROW * width)

cdef inline void line_summary(LineRx *r) noexcept nogil:
    """Bring what the AU-4s counted into the line's counters."""
    cdef LineCounters *c = &r.counters
    cdef AuCounters *a
    cdef uint64_t of_line = c.defects & (((<uint64_t>1 << MS_DEG) << 1) - 1)
    cdef int k
    c.b3_errors = c.bip2_errors = c.hp_rei = c.lp_rei = c.h4_lom = 0
    c.defects = of_line
    for k in range(r.n):
        a = &r.au[k].counters
        c.b3_errors += a.b3_errors
        c.bip2_errors += a.bip2_errors
        c.hp_rei += a.rei
        c.lp_rei += a.lp_rei
        c.h4_lom += a.h4_lom
        c.defects |= a.defects
    c.c2 = r.au[0].counters.c2
    c.au_pointer = r.au[0].c.pointer.value
    c.au_increments = r.au[0].c.pointer.increments
    c.au_decrements = r.au[0].c.pointer.decrements
    c.au_new_data = r.au[0].c.pointer.new_data

cdef inline void line_groups(LineRx *r) noexcept nogil:
    """Have the groups looked after, when all AU-4s have brought what there is."""
    cdef int k
    for k in range(r.n):
        if r.au[k].width:
            groups_look(&r.au[k])

cdef inline void line_frame_take(LineRx *r, const uint8_t *octets) noexcept nogil:
    """One aligned frame: sections, then the AU-4s."""
    cdef int k
    cdef bint held = defect_is(r.counters.defects, LOF)
    stm_take(&r.stm, octets, held, &r.counters, &r.events, r.far)
    if held:
        return                      # aligned again, but not for 3 ms yet: the consequent actions stand
    r.far.rdi = r.stm.ais
    for k in range(r.n):
        if r.stm.ais and r.au[k].width:
            if r.au[k].c.pointer.state != P_START:
                au_fail(&r.au[k])
            r.au[k].far.rdi = R_SERVER
        elif not r.stm.ais:
            line_au_take(r, k)
    line_groups(r)

cdef inline uint64_t lof_octets(int n) noexcept nogil:
    """3 ms of the line."""
    return <uint64_t>(LOF_FRAMES * STM1_OCTETS * n)

cdef inline void line_clock(LineRx *r) noexcept nogil:
    """The number of the frame being received, for events: time goes on in any state."""
    r.events.frame = (r.aligner.octets - 1 if r.aligner.octets else 0) // <uint64_t>(STM1_OCTETS * r.n) + r.silent

cdef inline void line_out_of_frame(LineRx *r) noexcept nogil:
    """Frame alignment is lost or not yet found: LOF after 3 ms of it."""
    if r.aligner.state == ALIGN_HUNT and r.aligner.ever and not defect_is(r.counters.defects, OOF):
        defect_set(&r.counters.defects, &r.events, OBJ_LINE, OOF, True)
        r.counters.oof += 1
        r.stm.bip_known = False
        r.in_frame = 0
    if r.aligner.hunted >= lof_octets(r.n) and not defect_is(r.counters.defects, LOF):
        defect_set(&r.counters.defects, &r.events, OBJ_LINE, LOF, True)
        r.counters.lof += 1
        line_fail(r)

cdef inline void line_tributaries(LineRx *r) noexcept nogil:
    """While no frame gets through to the AU-4s, the tributaries go on as AIS."""
    cdef uint64_t now = r.events.frame
    cdef int k
    if (r.aligner.state != ALIGN_IN or r.stm.ais) and now > r.told:
        for k in range(r.n):
            if r.au[k].width:
                tributaries_fail(&r.au[k], now - r.told)
    r.told = now
    line_groups(r)

cdef inline void line_take(LineRx *r, const uint8_t *octets, uint64_t n) noexcept nogil:
    """Received line octets, any number of them."""
    cdef const uint8_t *frame
    cdef uint64_t most, length = <uint64_t>(STM1_OCTETS * r.n), lof = lof_octets(r.n)
    defect_set(&r.counters.defects, &r.events, OBJ_LINE, LOS, False)
    while n:
        # by frames at most, and no further than to the 3 ms of LOF
        most = n if n < length else length
        if r.aligner.hunted < lof and most > lof - r.aligner.hunted:
            most = lof - r.aligner.hunted
        n -= most
        while most:
            frame = align_take(&r.aligner, &octets, &most)
            line_clock(r)
            if r.aligner.state == ALIGN_IN:
                defect_set(&r.counters.defects, &r.events, OBJ_LINE, OOF, False)
            else:
                line_out_of_frame(r)
            if frame == NULL:
                continue
            if r.in_frame < LOF_FRAMES:
                r.in_frame += 1
            else:
                r.aligner.hunted = 0
                defect_set(&r.counters.defects, &r.events, OBJ_LINE, LOF, False)
            line_frame_take(r, frame)
    line_tributaries(r)
    line_summary(r)

cdef inline void line_lose(LineRx *r, uint64_t frames) noexcept nogil:
    """`frames` frame times without a signal."""
    if not defect_is(r.counters.defects, LOS):
        line_clock(r)
        defect_set(&r.counters.defects, &r.events, OBJ_LINE, LOS, True)
        defect_set(&r.counters.defects, &r.events, OBJ_LINE, OOF, False)
        defect_set(&r.counters.defects, &r.events, OBJ_LINE, LOF, False)
        align_lose(&r.aligner)
        r.aligner.hunted = 0
        r.in_frame = 0
        line_fail(r)
    r.silent += frames
    line_clock(r)
    line_tributaries(r)
    line_summary(r)

cdef inline void line_apply_tx(LineTx *t, int k, TxMap *to) noexcept nogil:
    """Carry `to` in AU-4 k (from 0) on; the AU-4s that an AU-4-Xc takes up or leaves change with it."""
    cdef int i
    for i in range(1, t.au[k].width):
        t.au[k + i].width = 1
        au_restart(&t.au[k + i], 1)
    for i in range(1, to.width):
        t.au[k + i].width = 0
    au_apply_tx(&t.au[k], to)

cdef inline void line_apply_rx(LineRx *r, int k, RxMap *to) noexcept nogil:
    cdef int i
    if r.au[k].width != to.width:
        for i in range(1, r.au[k].width):
            r.au[k + i].width = 1
        for i in range(1, to.width):
            if r.au[k + i].width:
                au_fail(&r.au[k + i])
            r.au[k + i].width = 0
    au_apply_rx(&r.au[k], to)
    line_summary(r)
