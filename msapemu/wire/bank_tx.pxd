# cython: language_level=3
"""The 63 VC-12s of a VC-4, transmit: all of them are built at once, by rows; and their TU-12s.

Row i of 64 octets holds octet i of a frame of every VC-12 (the last one unused), as the line has them. So a group's
octets are dealt, the path overhead is made and BIP-2 is taken for 63 VC-12s in one go, and in this one place. Where all
TUs have the same pointer and rest, they are one TU that is 63 octets wide: one generator stands for all (`lead`), and
the TU multiframe is 140 rows that follow each other. Else every VC-12 has its octets together, in a store of its own
(*columns*), and every generator takes its part of it.
"""
from libc.stddef cimport size_t
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from msapemu.wire.bank cimport bank_keep
from msapemu.wire.container cimport C12_OCTETS, C12_RUN, IN_VC12, deal, payload_clear, payload_pitch, payload_put
from msapemu.wire.e1_map cimport e1_label, e1_source
from msapemu.wire.generate cimport (Generator, generate_advance, generate_from, generate_lacks, generate_place,
                                    generate_point, generate_start, generate_take)
from msapemu.wire.group cimport GroupTx
from msapemu.wire.kernels cimport kernels
from msapemu.wire.map cimport (MAP_TUG, UNIT_CROSS, UNIT_GROUP, UNIT_SUPERVISORY, UNIT_TRIBUTARY, Members, TxMap,
                               UnitTx)
from msapemu.wire.moves cimport M_DEC, M_INC, M_NONE, move_at
from msapemu.wire.remote cimport ONE_BIT_RDI, PathRemote, rdi_code
from msapemu.wire.store cimport Store, store_room
from msapemu.wire.tu cimport (COLUMN, QUARTER, ROW, TU12S, TUG3S, V3_AT, VC12_OCTETS, TuRows, column_copy,
                              column_fetch, columns_from_rows, rows_from_columns, tu12_shape)
from msapemu.wire.vc12_poh cimport (J2_AT, K4_AT, K4_RDI, LABEL_EXTENDED, LABEL_UNEQUIPPED, N2_AT, V5_AT, V5_RDI,
                                    V5_REI, V5_RFI, Vc12PohTx, row_or, rows_bip2)
from msapemu.wire.vcat_tx cimport (NO_ROW, ROW_MAP, SIZE_AT, count_before, group_next, group_parts)

cdef enum:
    TX_SLOTS = 4                # frames of a VC that is built here: one partly sent, two for one opportunity, one ahead
    BANK_ROWS = 560             # of so many frames
    MANY = 16                   # members of a group in a VC-4 from which on rows are dealt, not columns
    TRACE_PHASES = 16
    FETCH = 4                   # columns whose octets are fetched ahead

cdef struct BankRows:
    # rows begin at a multiple of 64
    uint8_t frames[560][64]     # frame n, 140 rows of it, from (n % TX_SLOTS) * 140 on
    uint8_t part[34][64]        # of a further group
    uint8_t units[64][144]      # payload of those that are made by columns
    TuRows tu                   # the TU multiframe being sent

cdef struct Vc12Tx:
    Generator g
    Store store
    Vc12PohTx poh
    uint64_t late               # it is sent so many frames later than it is built

cdef struct BankTx:
    BankRows *rows
    uint8_t *columns            # of the stores, side by side
    int slots                   # of a store
    uint64_t deepest            # of `late`, to begin with
    uint64_t number             # frames built, as the stores count them: before number 0 come those of late VC-12s
    uint64_t stored             # those that stand in the stores too
    int blank                   # unequipped frames in a row, saturating at TX_SLOTS
    int bare                    # the same in the stores, saturating at `slots`
    int lead                    # column whose generator stands for all that are sent, which are at rest; -1: none
    bint one_by_one             # none ever
    bint stale                  # the overhead has to be made anew by settings, map and remote defects
    bint equipped               # some VC-12s are
    bint tributaries            # some of them carry an E1
    Vc12Tx vc12[63]
    PathRemote *far             # 63
    # path overhead, in their places; those of an unequipped VC-12 are zero
    uint8_t bip[64]             # BIP-2 of the frame before
    uint8_t v5[64]              # label, RFI, RDI
    uint8_t j2[16][64]          # of frame n at n % 16
    uint8_t n2[64]
    uint8_t k4[64]              # all but bits 1 and 2
    uint8_t told[64]            # RemoteDefects that these tell

# ---------------------------------------------------------------- frames

cdef inline uint8_t *bank_frame(const BankTx *b, uint64_t number) noexcept nogil:
    return &b.rows.frames[<int>(number % TX_SLOTS) * VC12_OCTETS][0]

cdef inline bint unit_sent(const UnitTx *u) noexcept nogil:
    """It is equipped here."""
    return u.kind == UNIT_GROUP or u.kind == UNIT_TRIBUTARY or u.kind == UNIT_SUPERVISORY

cdef inline uint8_t unit_label(const UnitTx *u) noexcept nogil:
    return (LABEL_EXTENDED if u.kind == UNIT_GROUP else <uint8_t>e1_label(u.e1.kind) if u.kind == UNIT_TRIBUTARY
            else LABEL_UNEQUIPPED)

cdef inline void bank_overhead(BankTx *b, const TxMap *map) noexcept nogil:
    """What the overhead of all of them is, until settings, map or a remote defect change."""
    cdef const Vc12PohTx *v
    cdef const UnitTx *u
    cdef uint8_t code
    cdef int c, i
    b.stale = b.equipped = b.tributaries = False
    for c in range(TU12S):
        v = &b.vc12[c].poh
        u = &map.tu12[c]
        b.told[c] = b.far[c].rdi
        if not unit_sent(u):
            b.bip[c] = b.v5[c] = b.n2[c] = b.k4[c] = 0
            for i in range(TRACE_PHASES):
                b.j2[i][c] = 0
            continue
        b.equipped = True
        b.tributaries |= u.kind == UNIT_TRIBUTARY
        code = rdi_code(b.told[c], v.enhanced)
        b.v5[c] = <uint8_t>((v.label if v.label_forced else unit_label(u)) << 1)
        if code & ONE_BIT_RDI:
            b.v5[c] |= V5_RDI
        if v.rfi:
            b.v5[c] |= V5_RFI
        for i in range(TRACE_PHASES):
            b.j2[i][c] = v.j2.octets[i & v.j2.mask]
        b.n2[c] = v.n2
        b.k4[c] = <uint8_t>((v.k4 & ~K4_RDI) | code << 1) if v.enhanced else v.k4

cdef inline bint bank_absent(const BankTx *b, int c, uint64_t late) noexcept nogil:
    """It has no frame yet, `late` frames before number 0."""
    return b.vc12[c].late < late

cdef inline void rows_deal(BankTx *b, const uint8_t *octets, int size, const uint8_t *of, uint8_t *rows,
                           bint dealt) noexcept nogil:
    """A quarter of the payload of a group; `dealt`: beside what is there."""
    cdef uint8_t *part = &b.rows.part[0][0] if dealt else rows
    kernels.rows_deal(part, octets, C12_RUN, <unsigned>size, of)
    if dealt:
        kernels.xor_octets(rows, rows, part, C12_RUN * ROW)

cdef inline void bank_deal(BankTx *b, const uint8_t *octets, int size, const uint8_t *of, uint8_t *frame,
                           bint dealt) noexcept nogil:
    """A frame of a group, to the columns of its members by rows."""
    cdef int q
    for q in range(4):
        rows_deal(b, octets + q * C12_RUN * size, size, of, frame + (QUARTER * q + 1) * ROW, dealt)

cdef inline void bank_put(BankTx *b, const uint8_t *columns, int n, const uint8_t *octets, int size,
                          const uint8_t *of) noexcept nogil:
    """The same for `n` of them by columns."""
    cdef uint8_t parts[9216]
    cdef int i, c, pitch = payload_pitch(IN_VC12)
    if size:
        deal(octets, size, C12_OCTETS, parts, pitch)
    for i in range(n):
        c = columns[i]
        if of[c] == NO_ROW:
            payload_clear(IN_VC12, &b.rows.units[c][0])
        else:
            payload_put(IN_VC12, parts + of[c] * pitch, &b.rows.units[c][0])

cdef inline void bank_group(BankTx *b, GroupTx *g, const Members *m, uint8_t *frame, uint8_t *k4,
                            bint dealt) noexcept nogil:
    """The next frame of the members of a group: payload, and bits 1 and 2 of K4."""
    cdef uint8_t of[64]
    cdef uint8_t now[63]
    cdef uint8_t later[63]
    cdef const uint8_t *left = NULL
    cdef const uint8_t *rows
    cdef const uint8_t *counts
    cdef uint64_t at
    cdef int n, i, slot, ready, others, size = m.size
    while size:
        at = group_next(g, m.numbers[left[0] if left != NULL else 0])
        slot = <int>(at % <uint64_t>g.slots)
        rows = g.rows + slot * ROW_MAP
        counts = g.counts + slot * ROW_MAP
        memset(of, NO_ROW, ROW)
        ready = others = 0
        for n in range(size):
            if left != NULL:
                n = left[n]
            i = m.numbers[n]
            if g.next[i] != at:             # it came at another time
                later[others] = <uint8_t>n
                others += 1
                continue
            g.next[i] = at + 1
            of[m.columns[n]] = rows[i]
            k4[m.columns[n]] = counts[i]
            now[ready] = m.columns[n]
            ready += 1
        if m.size >= MANY:
            bank_deal(b, group_parts(g, slot), rows[SIZE_AT], of, frame, dealt)
        else:
            bank_put(b, now, ready, group_parts(g, slot), rows[SIZE_AT], of)
        left = later
        size = others
        dealt = True

cdef inline void bank_payload(BankTx *b, const TxMap *map, uint8_t *frame, uint8_t *k4) noexcept nogil:
    """The next frame of every VC-12, but for the overhead."""
    cdef const Members *m
    cdef bint dealt = False
    cdef int c, i
    if b.tributaries:
        for c in range(TU12S):
            if map.tu12[c].kind == UNIT_TRIBUTARY:
                e1_source(map.tu12[c].e1, &b.rows.units[c][0])
        dealt = True
    for i in range(map.groups):
        m = &map.members[i]
        if m.container == IN_VC12 and m.size < MANY:
            bank_group(b, map.group[i], m, frame, k4, False)
            dealt = True
    if dealt:
        rows_from_columns(frame, &b.rows.units[0][0])
    for i in range(map.groups):
        m = &map.members[i]
        if m.container == IN_VC12 and m.size >= MANY:
            bank_group(b, map.group[i], m, frame, k4, dealt)
            dealt = True
    if not dealt:
        memset(frame, 0, VC12_OCTETS * ROW)

cdef inline void bank_before(BankTx *b, const TxMap *map, uint64_t late, uint8_t *frame, uint8_t *k4) noexcept nogil:
    """The same `late` frames before number 0, without a payload of groups."""
    cdef const UnitTx *u
    cdef int c
    for c in range(TU12S):
        u = &map.tu12[c]
        if bank_absent(b, c, late):
            continue
        if u.kind == UNIT_TRIBUTARY:
            e1_source(u.e1, &b.rows.units[c][0])
        elif u.kind == UNIT_GROUP:
            k4[c] = count_before(u.group, u.member, late)
    rows_from_columns(frame, &b.rows.units[0][0])

cdef inline void bank_rei(BankTx *b, const TxMap *map, uint64_t late, uint8_t *v5) noexcept nogil:
    """Tell the far ends of an errored VC-12."""
    cdef int c
    for c in range(TU12S):
        if not unit_sent(&map.tu12[c]):
            b.far[c].rei = 0            # nobody is there to be told
        elif b.far[c].rei and not bank_absent(b, c, late):
            b.far[c].rei -= 1
            v5[c] |= V5_REI

cdef inline void bank_build(BankTx *b, const TxMap *map, uint64_t late) noexcept nogil:
    """The next frame of every VC-12; `late`: so many frames before number 0."""
    cdef uint8_t *frame = bank_frame(b, b.number)
    cdef uint8_t k4[64]
    cdef uint32_t errors = 0
    cdef uint8_t changed = 0
    cdef int c, i
    for c in range(TU12S):
        errors |= b.far[c].rei
        changed |= b.far[c].rdi ^ b.told[c]
    if changed or b.stale:
        bank_overhead(b, map)
    if b.equipped:
        b.blank = 0
        memset(k4, 0, ROW)
        if late:
            bank_before(b, map, late, frame, k4)
        else:
            bank_payload(b, map, frame, k4)
        row_or(frame + V5_AT * ROW, &b.bip[0], &b.v5[0])
        memcpy(frame + J2_AT * ROW, &b.j2[<int>((b.number - 1 - b.deepest) % TRACE_PHASES)][0], ROW)
        memcpy(frame + N2_AT * ROW, &b.n2[0], ROW)
        row_or(frame + K4_AT * ROW, k4, &b.k4[0])
    elif b.blank < TX_SLOTS:
        b.blank += 1
        memset(frame, 0, VC12_OCTETS * ROW)
    if errors:
        bank_rei(b, map, late, frame + V5_AT * ROW)
    if late:
        for c in range(TU12S):
            for i in range(4 if bank_absent(b, c, late) else 0):
                frame[QUARTER * i * ROW + c] = 0
    if b.equipped:
        rows_bip2(&b.bip[0], frame)
    b.number += 1

# ---------------------------------------------------------------- stores

cdef inline void bank_store(BankTx *b) noexcept nogil:
    """Bring the stores up to what is built; where they are far behind, the last frames do."""
    cdef uint64_t n = b.stored
    cdef int c
    if b.number - n > TX_SLOTS:
        n = b.number - TX_SLOTS
        b.bare = 0
    while n < b.number:
        if b.number - n > <uint64_t>b.blank:
            b.bare = -1                 # this one is not
        if b.bare < b.slots:
            b.bare += 1
            columns_from_rows(b.columns + <int>(n % <uint64_t>b.slots) * VC12_OCTETS, b.slots * VC12_OCTETS,
                              bank_frame(b, n))
        n += 1
    b.stored = n
    for c in range(TU12S):
        b.vc12[c].store.number = n

cdef inline void bank_begin(BankTx *b, const TxMap *map) noexcept nogil:
    """The frames of those that are sent late, up to number 0."""
    while b.number <= b.deepest:
        bank_build(b, map, b.deepest + 1 - b.number)
        bank_store(b)

cdef inline void bank_init(BankTx *b, BankRows *rows, uint8_t *columns, PathRemote *far,
                           uint64_t deepest) noexcept nogil:
    """`rows` begin at a multiple of 64, `columns` have room for 64 stores and 140 octets more."""
    b.rows = rows
    b.rows.tu.first = &rows.tu.data[0][0]
    b.rows.tu.firsts = VC12_OCTETS
    b.columns = columns
    b.far = far
    b.deepest = deepest
    b.slots = TX_SLOTS + <int>deepest
    b.number = b.stored = 1
    b.lead = -1
    b.stale = True

cdef inline void bank_start(BankTx *b, int c, uint64_t late, unsigned pointer) noexcept nogil:
    """Send VC-12 c so late and with this pointer; at most `deepest`."""
    cdef Vc12Tx *v = &b.vc12[c]
    v.g.shape = tu12_shape()
    v.late = late
    v.store.octets = b.columns + c * b.slots * VC12_OCTETS
    v.store.length = VC12_OCTETS
    v.store.slots = v.store.most = b.slots
    v.store.number = 1
    generate_start(&v.g, &v.store, pointer)
    generate_place(&v.g, v.g.at + (b.deepest - late) * VC12_OCTETS)

# ---------------------------------------------------------------- TU-12s

cdef inline void tu12_send(BankTx *b, const TxMap *map, int c, uint64_t multiframe, int turn,
                           int turns) noexcept nogil:
    """One TU multiframe of column c."""
    cdef Generator *g = &b.vc12[c].g
    cdef TuRows *tu = &b.rows.tu
    cdef uint8_t *column = &tu.columns[c][0]
    cdef uint8_t v3 = 0
    cdef int left
    generate_point(g, multiframe, turn, turns)
    if g.source == &b.vc12[c].store:
        while generate_lacks(g, b.number - b.vc12[c].late):
            bank_build(b, map, 0)
            bank_store(b)
    if g.move == M_INC:
        generate_take(g, column, V3_AT)
        column[V3_AT] = 0
        generate_take(g, column + V3_AT + 1, VC12_OCTETS - V3_AT - 1)
    elif g.move == M_DEC:
        generate_take(g, column, V3_AT)
        generate_take(g, &v3, 1)
        generate_take(g, column + V3_AT, VC12_OCTETS - V3_AT)
    elif g.ais or g.filler:
        generate_take(g, column, VC12_OCTETS)
    else:
        column_copy(column, g.source.octets + g.place)
        left = store_room(g.source) - g.place
        if left < VC12_OCTETS:
            memcpy(column + left, g.source.octets, <size_t>(VC12_OCTETS - left))
        generate_advance(g, VC12_OCTETS)
    tu.v[0][c] = <uint8_t>(g.word >> 8)
    tu.v[1][c] = <uint8_t>g.word
    tu.v[2][c] = 0xff if g.ais else v3
    tu.v[3][c] = 0xff if g.ais else 0

cdef inline void tu12s_turn(TuRows *tu) noexcept nogil:
    """The multiframe stands by columns: by rows too, which are sent."""
    rows_from_columns(&tu.data[0][0], &tu.columns[0][0])
    tu.first = &tu.data[0][0]
    tu.firsts = VC12_OCTETS

cdef inline int bank_lead(const BankTx *b, const TxMap *map) noexcept nogil:
    """A column whose generator can stand for all that are sent: they are at rest in the same place."""
    cdef const Generator *g
    cdef int c, lead = -1
    if b.one_by_one or b.deepest:
        return -1
    for c in range(TU12S):
        if map.tu3[c % TUG3S]:
            continue
        g = &b.vc12[c].g
        if not g.settled or g.source != &b.vc12[c].store or (lead >= 0 and g.at != b.vc12[lead].g.at):
            return -1
        if lead < 0:
            lead = c
    return lead

cdef inline void bank_part(BankTx *b, const TxMap *map) noexcept nogil:
    """Every generator goes on for itself, and the TU multiframe that is being sent stands by columns too."""
    cdef const Generator *lead = &b.vc12[b.lead].g
    cdef TuRows *tu = &b.rows.tu
    cdef uint8_t columns[9216]
    cdef Generator *g
    cdef int c, firsts = min(tu.firsts, VC12_OCTETS)
    if tu.first != &tu.data[0][0]:
        memcpy(tu.data, tu.first, <size_t>(firsts * ROW))
        memcpy(&tu.data[firsts][0], tu.second, <size_t>((VC12_OCTETS - firsts) * ROW))
    columns_from_rows(columns, COLUMN, &tu.data[0][0])
    for c in range(TU12S):
        if map.tu3[c % TUG3S]:
            continue
        column_copy(&tu.columns[c][0], columns + c * COLUMN)
        g = &b.vc12[c].g
        g.at = lead.at
        g.phase = lead.phase
        g.place = lead.place
        g.quiet = lead.quiet
    tu12s_turn(tu)
    b.lead = -1
    bank_store(b)

cdef inline void bank_send(BankTx *b, const TxMap *map, uint64_t multiframe, int turn, int turns) noexcept nogil:
    """One TU multiframe."""
    cdef TuRows *tu = &b.rows.tu
    cdef Generator *g
    cdef const Generator *ahead
    cdef int c
    bank_begin(b, map)
    if b.lead >= 0:
        g = &b.vc12[b.lead].g
        if move_at(&g.mover, multiframe) == M_NONE:
            generate_point(g, multiframe, turn, turns)
            while generate_lacks(g, b.number):
                bank_build(b, map, 0)
            tu.first = &b.rows.frames[g.place][0]
            tu.firsts = BANK_ROWS - g.place
            tu.second = &b.rows.frames[0][0]
            generate_advance(g, VC12_OCTETS)
            return                      # V1 to V4 are as they were
        bank_part(b, map)
    for c in range(TU12S):
        ahead = &b.vc12[c + FETCH if c + FETCH < TU12S else c].g
        if ahead.source != NULL:
            column_fetch(ahead.source.octets + ahead.place)
        if not map.tu3[c % TUG3S]:
            tu12_send(b, map, c, multiframe, turn, turns)
    tu12s_turn(tu)
    b.lead = bank_lead(b, map)

cdef inline void bank_apply(BankTx *b, const TxMap *old, const TxMap *to) noexcept nogil:
    """Build by another map from the next frame on."""
    cdef Generator *g
    cdef int c
    if b.lead >= 0:
        bank_part(b, old)
    b.stale = True
    memset(&b.rows.units, 0, sizeof(b.rows.units))
    for c in range(TU12S):
        g = &b.vc12[c].g
        if to.tu12[c].kind == UNIT_CROSS:
            bank_keep(to.tu12[c].source)
        generate_from(g, to.tu12[c].source if to.tu12[c].kind == UNIT_CROSS else &b.vc12[c].store)
        if old.kind == MAP_TUG and old.tu3[c % TUG3S]:
            g.running = False           # it was not sent; its store has gone on
        if not g.running:
            b.vc12[c].late = 0          # when it comes back, it begins with the newest frame
