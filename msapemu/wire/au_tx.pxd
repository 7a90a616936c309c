# cython: language_level=3
"""A higher-order path, transmit: groups and other VCs -> VC-12, VC-3 -> TU-12, TU-3 -> VC-4 -> AU-4.

`width` is 1 for an AU-4 and X for an AU-4-Xc: X AU-4 side by side with one pointer, whose payload octets stand
together, so that every count of octets is X times that of an AU-4 (G.707 8.1.7).
"""
from libc.stddef cimport size_t
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memset

from msapemu.wire.adaptation cimport client_fill
from msapemu.wire.bank_tx cimport BankTx, bank_apply, bank_send
from msapemu.wire.e3_map cimport C2_E3, e3_source
from msapemu.wire.generate cimport (Generator, Shape, generate_from, generate_lacks, generate_named,
                                    generate_point, generate_run, generate_start, generate_take)
from msapemu.wire.group cimport GroupTx
from msapemu.wire.map cimport (MAP_CROSS, MAP_SUPERVISORY, MAP_TUG, MAP_UNEQUIPPED, MAP_VC4, TxMap, UNIT_CROSS,
                               UNIT_GROUP, UNIT_SUPERVISORY, UNIT_TRIBUTARY, UnitTx, map_sends)
from msapemu.wire.kernels cimport kernels
from msapemu.wire.moves cimport M_DEC, M_INC, M_NONE
from msapemu.wire.remote cimport PathRemote
from msapemu.wire.store cimport Store, store_deepen, store_next
from msapemu.wire.tu cimport TUG3S, tug_fill
from msapemu.wire.tu3 cimport TU3_BEFORE, tu3_fill
from msapemu.wire.vc4 cimport (C2_TUG, C4_ROW, VC3_OCTETS, VC3_ROW, VC4_OCTETS, VC4_ROW, VC4_ROWS, Vc4Tx,
                               h4_of_quarter, vc4_poh_build, vc4_supervisory, vc4_unequipped)
from msapemu.wire.vcat_tx cimport group_attach_tx, group_before, group_detach_tx, group_pull

cdef enum:
    AU4_UNIT = 3                # octets a pointer step moves
    AU4_BEFORE = 783            # payload octets of a frame in the rows above that of H3
    AU4_H3_ROW = 3              # counted from 0
    AU4_LAG = 2936              # of the elastic store: a VC-4 being sent, and a quarter of one
    AU4_HYSTERESIS = 12         # octets; G.783 wants that at least
    AU4_POINTER = 522           # offset of a VC-4 that begins with its frame

cdef struct Vc3Tx:
    Generator g
    Store store
    Vc4Tx poh
    PathRemote *far

cdef struct AuTx:
    TxMap *map
    int width                   # 0: part of the AU-4-Xc that a lower AU-4 begins
    Generator g
    Store store
    Vc4Tx poh
    PathRemote *far
    uint64_t late               # VC-4s that go out before number 0; 0 once they are built
    uint64_t ahead              # VC-4s that are built before they are needed: as many as it is sent late
    uint64_t vc4_number         # of the VC-4 that is built next
    uint64_t vc3_number         # of the VC-3s that are built next; all go together
    bint vc3s_begun             # those before number 0 are there
    BankTx bank                 # VC-12s
    Vc3Tx vc3[3]
    # where this frame stands among those that are built together, for virtual time
    int turn
    int turns

cdef inline Shape au_shape(int width) noexcept nogil:
    cdef Shape s
    s.length = VC4_OCTETS * width
    s.unit = AU4_UNIT * width
    s.before = AU4_BEFORE * width
    s.lag = AU4_LAG * width
    s.hysteresis = AU4_HYSTERESIS * width
    return s

# ---------------------------------------------------------------- VC-3

cdef inline void vc3_build(AuTx *t, int k, uint64_t number, uint64_t late) noexcept nogil:
    """VC-3 `number` of TUG-3 k; `late`: so many frames before its first one, without a client's payload."""
    cdef Vc3Tx *v = &t.vc3[k]
    cdef const UnitTx *u = &t.map.vc3[k]
    cdef uint8_t *vc = store_next(&v.store)
    cdef uint8_t h4
    if u.kind == UNIT_GROUP:
        h4 = group_before(u.group, u.member, late, vc) if late else group_pull(u.group, u.member, vc)
        vc4_poh_build(&v.poh, number, u.group.c2, h4, v.far, vc, VC3_ROW)
    elif u.kind == UNIT_TRIBUTARY:
        e3_source(u.e3, vc)
        vc4_poh_build(&v.poh, number, C2_E3, 0, v.far, vc, VC3_ROW)
    elif u.kind == UNIT_SUPERVISORY:
        vc4_supervisory(&v.poh, number, v.far, vc, VC3_ROW)
    else:
        vc4_unequipped(&v.poh, v.far, vc, VC3_ROW)

cdef inline void vc3s_begin(AuTx *t) noexcept nogil:
    """The VC-3s that are sent late, up to number 0, without a payload."""
    cdef Store *s
    cdef uint64_t late
    cdef int k
    t.vc3s_begun = True
    for k in range(TUG3S):
        s = &t.vc3[k].store
        late = s.number - 1
        s.number = 1
        while late:
            if t.map.tu3[k] and t.map.vc3[k].kind != UNIT_CROSS:
                vc3_build(t, k, <uint64_t>0 - late, late)
            s.number += 1
            late -= 1

cdef inline void vc3s_build(AuTx *t) noexcept nogil:
    """The next VC-3 of every TU-3."""
    cdef int k
    for k in range(TUG3S):
        if t.map.tu3[k] and t.map.vc3[k].kind != UNIT_CROSS:
            vc3_build(t, k, t.vc3_number, 0)
        t.vc3[k].store.number += 1
    t.vc3_number += 1

cdef inline void tu3_send(AuTx *t, int k, uint64_t number, uint8_t *vc) noexcept nogil:
    """One frame of the TU-3 in TUG-3 k, into VC-4 `number`."""
    cdef Generator *g = &t.vc3[k].g
    cdef uint8_t payload[765]
    cdef uint8_t h3 = 0
    generate_point(g, number, t.turn, t.turns)
    if g.source == &t.vc3[k].store:
        while generate_lacks(g, t.vc3_number + 1):          # a store of one that is sent late has more
            vc3s_build(t)
    generate_take(g, payload, TU3_BEFORE)
    if g.move == M_INC:
        payload[TU3_BEFORE] = 0
        generate_take(g, payload + TU3_BEFORE + 1, VC3_OCTETS - TU3_BEFORE - 1)
    else:
        if g.move == M_DEC:
            generate_take(g, &h3, 1)
        generate_take(g, payload + TU3_BEFORE, VC3_OCTETS - TU3_BEFORE)
    tu3_fill(k, g.word, 0xff if g.ais else h3, payload, vc)

# ---------------------------------------------------------------- VC-4

cdef inline void vc4_build(AuTx *t, uint64_t number, uint64_t late, uint8_t *vc) noexcept nogil:
    """VC-4 `number`: payload as the map says, then the path overhead. Number 0 starts a TU multiframe; `late`: so many
    frames before that, without a client's payload."""
    cdef uint64_t quarter = number & 3
    cdef int k, width = t.width
    cdef uint8_t c4[37440]
    cdef uint8_t h4
    cdef GroupTx *g
    if t.map.kind == MAP_VC4 and t.map.group[0].counted:
        g = t.map.group[0]
        k = t.map.members[0].numbers[0]
        h4 = group_before(g, k, late, vc) if late else group_pull(g, k, vc)
        vc4_poh_build(&t.poh, number, g.c2, h4, t.far, vc, VC4_ROW)
    elif late:
        vc4_unequipped(&t.poh, t.far, vc, VC4_ROW * width)
    elif t.map.kind == MAP_VC4:
        g = t.map.group[0]
        g.now += 1
        client_fill(g, c4, VC4_ROWS * C4_ROW * width)
        for k in range(VC4_ROWS):
            memset(vc + VC4_ROW * width * k, 0, <size_t>width)      # path overhead, width - 1 columns of fixed stuff
        kernels.copy_rows(vc + width, <size_t>(VC4_ROW * width), c4, <size_t>(C4_ROW * width),
                          <size_t>(C4_ROW * width), VC4_ROWS)
        vc4_poh_build(&t.poh, number, g.c2, 0, t.far, vc, VC4_ROW * width)
    elif t.map.kind == MAP_TUG:
        if quarter == 0:
            bank_send(&t.bank, t.map, number // 4, t.turn, t.turns)
        tug_fill(&t.bank.rows.tu, <int>quarter, vc)
        if not t.vc3s_begun:
            vc3s_begin(t)
        for k in range(TUG3S):
            if t.map.tu3[k]:
                tu3_send(t, k, number, vc)
        vc4_poh_build(&t.poh, number, C2_TUG, h4_of_quarter(quarter), t.far, vc, VC4_ROW)
    elif t.map.kind == MAP_SUPERVISORY:
        vc4_supervisory(&t.poh, number, t.far, vc, VC4_ROW * width)
    else:
        vc4_unequipped(&t.poh, t.far, vc, VC4_ROW * width)

cdef inline void vc4s_begin(AuTx *t) noexcept nogil:
    """The VC-4s before the first of one that is sent late."""
    t.store.number = 1
    while t.late:
        vc4_build(t, <uint64_t>0 - t.late, t.late, store_next(&t.store))
        t.store.number += 1
        t.late -= 1

# ---------------------------------------------------------------- AU-4

cdef inline void au_point(AuTx *t, uint64_t number) noexcept nogil:
    """Frame `number`: choose the pointer (`g.word`), and have what it carries."""
    generate_point(&t.g, number, t.turn, t.turns)
    if t.g.source == &t.store:
        if t.late:
            vc4s_begin(t)
        while generate_lacks(&t.g, t.store.number - t.ahead):
            vc4_build(t, t.vc4_number, 0, store_next(&t.store))
            t.vc4_number += 1
            t.store.number += 1

cdef inline bint au_h3(AuTx *t, uint8_t *h3) noexcept nogil:
    """What stands in the 3 x width H3 octets, asked before the row below them: True when it is not zero."""
    if t.g.ais:
        memset(h3, 0xff, <size_t>(AU4_UNIT * t.width))
        return True
    if t.g.move != M_DEC:
        return False
    generate_take(&t.g, h3, t.g.shape.unit)
    return True

cdef inline bint au_rows(AuTx *t, uint8_t *out, int apart) noexcept nogil:
    """All nine rows of the payload at once, `apart` octets from one to the next; False, and nothing is done, when there
    is a justification, AIS, or the VC's octets do not stand together."""
    cdef const uint8_t *octets
    if t.g.move != M_NONE:
        return False
    octets = generate_run(&t.g, VC4_OCTETS * t.width)
    if octets == NULL:
        return False
    kernels.copy_rows(out, <size_t>apart, octets, <size_t>(VC4_ROW * t.width), <size_t>(VC4_ROW * t.width), VC4_ROWS)
    return True

cdef inline void au_row(AuTx *t, int row, uint8_t *out) noexcept nogil:
    """Row 0..8 of the payload, 261 x width octets; all nine, in order."""
    cdef int n = VC4_ROW * t.width, stuff = 0
    if row == AU4_H3_ROW and t.g.move == M_INC:
        stuff = t.g.shape.unit
        memset(out, 0, <size_t>stuff)
    generate_take(&t.g, out + stuff, n - stuff)

# ---------------------------------------------------------------- maps

cdef inline void au_restart(AuTx *t, int width) noexcept nogil:
    """Be an AU-4-Xc of another width: what was under way is cut off, the pointer keeps its value."""
    cdef uint64_t start
    cdef unsigned value
    t.width = width
    if not width:
        return
    value = <unsigned>(generate_named(&t.g, &start) // t.g.shape.unit) if t.g.running else AU4_POINTER
    t.g.shape = au_shape(width)
    t.store.length = VC4_OCTETS * width
    t.store.number = 1
    t.late = t.ahead = t.vc4_number = 0
    memset(t.store.octets, 0, <size_t>t.store.length)
    generate_start(&t.g, &t.store, value)

cdef inline void groups_leave_tx(AuTx *t, const TxMap *old) noexcept nogil:
    """The members that this VC-4 has no longer."""
    cdef int i, n
    for i in range(old.groups):
        for n in range(old.members[i].size):
            if not map_sends(t.map, old.group[i], old.members[i].numbers[n]):
                group_detach_tx(old.group[i], old.members[i].numbers[n], t)

cdef inline void groups_join_tx(AuTx *t) noexcept nogil:
    cdef int i, n
    for i in range(t.map.groups):
        for n in range(t.map.members[i].size):
            group_attach_tx(t.map.group[i], t.map.members[i].numbers[n], t.map.members[i].tx_kind, t)

cdef inline void au_apply_tx(AuTx *t, TxMap *to) noexcept nogil:
    """Build by another map from the next frame on. What is the same in both goes on."""
    cdef const TxMap *old = t.map
    cdef int k
    t.map = to
    groups_leave_tx(t, old)
    groups_join_tx(t)
    if to.width != t.width:
        au_restart(t, to.width)
    if to.kind == MAP_CROSS:
        store_deepen(to.source)
    generate_from(&t.g, to.source if to.kind == MAP_CROSS else &t.store)
    bank_apply(&t.bank, old, to)
    for k in range(TUG3S):
        generate_from(&t.vc3[k].g, to.vc3[k].source if to.vc3[k].kind == UNIT_CROSS else &t.vc3[k].store)
        if old.kind == MAP_TUG and not old.tu3[k]:
            t.vc3[k].g.running = False

cdef inline void au_release_tx(AuTx *t) noexcept nogil:
    """It is not built any more: its groups go on without it."""
    cdef int i, n
    for i in range(t.map.groups):
        for n in range(t.map.members[i].size):
            group_detach_tx(t.map.group[i], t.map.members[i].numbers[n], t)
