# cython: language_level=3
"""An impairment on one direction of a link: a tester in through mode. Frames in, octets out; no I/O and no clock.

    aligned line frames -> descramble -> paths (impair_path.pxd, impair_tu.pxd) -> AIS -> B1, B2 put right
    -> errors -> forced octets -> scramble -> slips, lost octets, raw bit errors

What is inserted is seen as what it is, and nothing else: the parities that cover it are changed along with it
(impair_parity.pxd). Errors "at a layer" invert that layer's parity bits, and the layers below do not tell.
"""
from libc.stddef cimport size_t
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcmp, memcpy, memmove, memset

from msapemu.wire.align cimport STM1_OCTETS
from msapemu.wire.bits cimport popcount
from msapemu.wire.impair_errors cimport (ErrorSource, errors_mask, errors_on_line, errors_open, errors_random,
                                         errors_start)
from msapemu.wire.impair_ops cimport (ALL_TUS, AT_B1, AT_B2, AT_CORE, AT_FAS, AT_POINTER, LV_HP, LV_LINE, LV_LP,
                                      LV_SECTION, LV_TU, MOST_OPS, MOST_SLIP, OP_DARK, OP_ERRORS, OP_FORCE, OP_FRAMING,
                                      OP_INVERT, OP_LOSE, OP_ONES, OP_SLIP, OP_TRACE, Op, OpState, OpTable,
                                      octet_errors, octet_forced, op_concerns, op_is_due, op_is_over)
from msapemu.wire.impair_parity cimport (Section, alter, parity_after, parity_before, parity_next, parity_owed,
                                         parity_pay)
from msapemu.wire.impair_path cimport Path, path_fail, path_follow, path_is_onset
from msapemu.wire.impair_tu cimport Trib, trib_fail, trib_found
from msapemu.wire.kernels cimport KEYSTREAM, copy_octets, kernels
from msapemu.wire.pointers cimport P_START
from msapemu.wire.stm cimport PAYLOAD_ROW, ROW_OCTETS, ROWS, SOH_OCTETS, soh
from msapemu.wire.tu cimport TU12S

cdef enum:
    MOST_TRIBS = 128            # a VC-4's 63, and as many from the setting before
    RUN_OCTETS = 77760          # a run ends when it has so many: 32 STM-1, 2 STM-16
    B1_BITS = 19440             # that B1 covers, x N
    B2_BITS = 19224             # that B2 covers, x N
    ALL_AUS = -1                # `Op.au` of MS-AIS
    MOST_SHIFT = 2              # frames; so much an elastic store behind the line may wait for, or hold

cdef struct ImpairCounters:
    uint64_t frames             # that came
    uint64_t line_errors        # bits inverted on the line, no parity put right
    uint64_t slips              # frames sent twice or not at all
    uint64_t lost_octets
    uint64_t dark               # frames without a signal

cdef struct Impair:
    int n                       # of STM-N
    bint busy                   # anything is set, or owed
    bint deep                   # frames are descrambled and looked into
    bint deep_ops
    bint dark                   # no signal leaves (as of the last `impair_run`)
    uint64_t frame
    uint64_t dropping           # frames that are still not sent
    int64_t gained              # frames that an offset has made beyond those that came
    double drift                # and how many it should have made up to frame `drift_from`
    uint64_t drift_from
    int64_t shifted             # frames that slips have made beyond those that came, up to MOST_SHIFT
    OpTable ops
    Section section
    bint ais_before             # the frame before was MS-AIS, and
    uint8_t ais_b2[48]          # its B2 is this
    Path path[16]
    Trib trib[MOST_TRIBS]
    int tribs
    ImpairCounters counters
    int over                    # operations that will not work again
    uint8_t *out                # impair_room(n) octets

# ---------------------------------------------------------------- settings

cdef inline size_t impair_room(int n) noexcept nogil:
    """Octets of `Impair.out`: a run, and its last frame with a slip."""
    return <size_t>(RUN_OCTETS + (1 + MOST_SLIP) * STM1_OCTETS * n)

cdef inline void impair_init(Impair *m, int n, uint8_t *out) noexcept nogil:
    """Nothing is set. `m` is zeroed memory."""
    cdef int k
    m.n = m.section.n = n
    m.out = out
    for k in range(n):
        m.path[k].au = k
        m.path[k].width = 1
        m.path[k].tribs = m.trib
        path_fail(&m.path[k])

cdef inline Trib *impair_trib(Impair *m, int au, int tu) noexcept nogil:
    """The follower of that tributary, made if need be; NULL: more of them than there is room for are wanted."""
    cdef Trib *t = NULL
    cdef int i
    for i in range(m.tribs):
        if m.trib[i].au == au and m.trib[i].tu == tu:
            return &m.trib[i]
    if m.tribs < MOST_TRIBS:
        t = &m.trib[m.tribs]
        m.tribs += 1
    else:
        for i in range(m.tribs):
            if not m.trib[i].wanted:        # what it owes is not paid: an errored BIP
                t = &m.trib[i]
        if t == NULL:
            return NULL
    memset(t, 0, sizeof(Trib))
    t.au = au
    t.tu = tu
    trib_fail(t)
    t.next = 1 << 30            # from the next VC-4 on
    return t

cdef inline void impair_tidy(Impair *m) noexcept nogil:
    """Let go of the tributaries that nothing is wanted of and that owe nothing."""
    cdef int i = 0
    while i < m.tribs:
        if m.trib[i].wanted or m.trib[i].parity or m.trib[i].owed:
            i += 1
        else:
            m.tribs -= 1
            m.trib[i] = m.trib[m.tribs]

cdef inline void impair_want(Impair *m, const Op *op) noexcept nogil:
    """Follow what the operation works on."""
    cdef Trib *t
    cdef int c, k
    if op.level == LV_SECTION and op.kind == OP_ONES:
        for k in range(m.n):
            m.path[k].wanted |= op.au == ALL_AUS or op.au == k
    elif op.level == LV_HP:
        m.path[op.au].wanted = True
        m.path[op.au].walked |= op.at == AT_CORE
    elif op.level == LV_TU or op.level == LV_LP:
        m.path[op.au].wanted = True
        for c in range(TU12S if op.tu == ALL_TUS else 1):
            t = impair_trib(m, op.au, c if op.tu == ALL_TUS else op.tu)
            if t != NULL:
                t.wanted = True
                t.walked |= op.level == LV_LP and op.at == AT_CORE

cdef inline void impair_aim(Impair *m) noexcept nogil:
    """What the operations that are not over work on."""
    cdef Op *op
    cdef bint once
    cdef int i, k
    for k in range(m.n):
        m.path[k].wanted = m.path[k].walked = False
    for k in range(m.tribs):
        m.trib[k].wanted = m.trib[k].walked = False
    m.deep_ops = False
    m.over = 0
    for i in range(m.ops.count):
        op = &m.ops.op[i]
        once = op.kind == OP_SLIP or op.kind == OP_LOSE
        if op_is_over(&op.when, m.frame - m.ops.state[i].set_at, once):
            m.over += 1
        else:
            m.deep_ops |= op.level != LV_LINE
            impair_want(m, op)
    impair_tidy(m)

cdef inline double impair_drift(const Impair *m) noexcept nogil:
    """Frames that a clock with the offset has made beyond those that came, to a fraction."""
    return m.drift + 1e-6 * m.ops.ppm * <double>(m.frame - m.drift_from)

cdef inline void impair_set(Impair *m, const OpTable *wanted) noexcept nogil:
    """Do what `wanted` says from the next frame on. An operation that was there before goes on undisturbed."""
    cdef OpState kept[MOST_OPS]
    cdef int number[MOST_OPS]   # among those before
    cdef OpState *state
    cdef const Op *op
    cdef uint64_t latched, taken = 0
    cdef int i, k
    for i in range(wanted.count):
        state = &kept[i]
        op = &wanted.op[i]
        memset(state, 0, sizeof(OpState))
        for k in range(m.ops.count):
            if not taken >> k & 1 and memcmp(op, &m.ops.op[k], sizeof(Op)) == 0:
                taken |= <uint64_t>1 << k
                state[0] = m.ops.state[k]
                number[i] = k
                break
        else:
            number[i] = -1
            state.set_at = m.frame
            state.errors.rate = op.rate
            state.errors.burst = <unsigned>op.burst
            state.errors.count = op.count
            state.errors.seed = op.seed
            errors_start(&state.errors)
    for k in range(m.tribs):
        latched = 0
        for i in range(wanted.count):
            if number[i] >= 0:
                latched |= (m.trib[k].latched >> number[i] & 1) << i
        m.trib[k].latched = latched
    m.drift = impair_drift(m)
    m.drift_from = m.frame
    m.ops.ppm = wanted.ppm
    m.ops.count = wanted.count
    memcpy(m.ops.op, wanted.op, sizeof(Op) * <size_t>wanted.count)
    memcpy(m.ops.state, kept, sizeof(OpState) * <size_t>wanted.count)
    impair_aim(m)
    m.deep |= m.deep_ops
    m.busy = m.deep or m.ops.count != 0 or m.dropping != 0

# ---------------------------------------------------------------- one frame

cdef inline bint impair_awaits(const Impair *m, const Op *op) noexcept nogil:
    """A tributary that the operation works on is not found yet."""
    cdef int k
    for k in range(m.tribs):
        if op_concerns(op, op.level, m.trib[k].au, m.trib[k].tu) and not trib_found(&m.trib[k]):
            return True
    return False

cdef inline void impair_look(Impair *m) noexcept nogil:
    """Which operations work in the next frame. One on a tributary begins when that is found."""
    cdef OpState *state
    cdef Op *op
    cdef int i
    for i in range(m.ops.count):
        op = &m.ops.op[i]
        state = &m.ops.state[i]
        state.now = op_is_due(&op.when, m.frame - state.set_at, &state.since)
        state.begins = state.now and state.since == 0
        if state.begins and (op.level == LV_TU or op.level == LV_LP) and impair_awaits(m, op):
            state.now = state.begins = False
            state.set_at += 1

cdef inline bint impair_is_dark(const Impair *m) noexcept nogil:
    cdef int i
    for i in range(m.ops.count):
        if m.ops.state[i].now and m.ops.op[i].kind == OP_DARK:
            return True
    return False

cdef inline void impair_begin(Impair *m) noexcept nogil:
    """What the operations of this frame are to its paths; errors that come by count are due anew."""
    cdef Trib *t
    cdef Op *op
    cdef int i, k
    cdef bint ones[16]
    for k in range(m.n):
        ones[k] = False
        m.path[k].inverted = False
        m.path[k].trib_count = m.tribs
    for k in range(m.tribs):
        m.trib[k].inverted = False
    for i in range(m.ops.count):
        op = &m.ops.op[i]
        if m.ops.state[i].begins and op.kind == OP_ERRORS:
            m.ops.state[i].errors.left = op.count
        if not m.ops.state[i].now:
            continue
        if op.level == LV_HP and op.kind == OP_INVERT:
            m.path[op.au].inverted = True
        elif op.level == LV_LP and op.kind == OP_INVERT:
            for k in range(m.tribs):
                t = &m.trib[k]
                t.inverted |= op_concerns(op, LV_LP, t.au, t.tu)
        elif op.level == LV_SECTION and op.kind == OP_ONES:
            for k in range(m.n):
                ones[k] |= op.au == ALL_AUS or op.au == k
    for k in range(m.n):
        if not ones[k]:
            m.path[k].ones = 0
        elif m.path[k].ones < 255:
            m.path[k].ones += 1

cdef inline void au_ones(Section *s, const Path *f) noexcept nogil:
    """AU-AIS: all ones in the AU-4(-Xc), its pointer included (G.707 6.2.4.1.1)."""
    cdef int row, i, j, width = f.width
    cdef uint8_t *at
    for i in range(width):
        for j in range(9):
            s.frame[soh(s.n, 4, 1 + j, 1 + f.au + i)] = 0xff
    for row in range(ROWS):
        at = s.frame + row * ROW_OCTETS * s.n + SOH_OCTETS * s.n + f.au
        if width == s.n:
            memset(at, 0xff, <size_t>(PAYLOAD_ROW * s.n))
        else:
            for j in range(PAYLOAD_ROW):
                for i in range(width):
                    at[j * s.n + i] = 0xff

cdef inline void ms_ones(Section *s) noexcept nogil:
    """MS-AIS: all ones but for the RSOH, and B2, which stays right."""
    cdef int row, soh_octets = SOH_OCTETS * s.n
    cdef uint8_t b2[48]
    memcpy(b2, s.frame + soh(s.n, 5, 1, 1), <size_t>(3 * s.n))
    for row in range(ROWS):
        if row < 3:
            memset(s.frame + row * ROW_OCTETS * s.n + soh_octets, 0xff, <size_t>(PAYLOAD_ROW * s.n))
        else:
            memset(s.frame + row * ROW_OCTETS * s.n, 0xff, <size_t>(ROW_OCTETS * s.n))
    memcpy(s.frame + soh(s.n, 5, 1, 1), b2, <size_t>(3 * s.n))

cdef inline bint impair_ais(Impair *m) noexcept nogil:
    """AU-AIS and MS-AIS; True when it is MS-AIS. B3 stays right as long as a receiver looks at it."""
    cdef Section *s = &m.section
    cdef uint8_t b3[16]
    cdef int i, k
    cdef bint any_ones = False, ms = False
    for k in range(m.n):
        if m.path[k].ones and m.path[k].width:
            any_ones = True
            b3[k] = s.frame[m.path[k].b3_at] if m.path[k].b3_at >= 0 else 0
    if not any_ones:
        return False
    for i in range(m.ops.count):
        ms |= (m.ops.state[i].now and m.ops.op[i].kind == OP_ONES and m.ops.op[i].level == LV_SECTION
               and m.ops.op[i].au == ALL_AUS)
    parity_before(s)
    if ms:
        ms_ones(s)
    for k in range(m.n):
        if m.path[k].ones and m.path[k].width:
            if not ms:
                au_ones(s, &m.path[k])
            if path_is_onset(&m.path[k]) and m.path[k].b3_at >= 0:
                s.frame[m.path[k].b3_at] = b3[k]
    parity_after(s)
    return ms

cdef inline void section_errors(Impair *m, int i) noexcept nogil:
    """Errors of operation `i` in octets of the section overhead."""
    cdef Section *s = &m.section
    cdef ErrorSource *e = &m.ops.state[i].errors
    cdef uint8_t mask[96]
    cdef int k, n = m.n, at = m.ops.op[i].at, au = m.ops.op[i].au, octets
    if at >= 0:
        alter(s, <uint64_t>at, s.frame[at] ^ octet_errors(&m.ops, i, 8, 8))
        return
    if at == AT_POINTER:
        errors_mask(e, 16, 16, mask)
        e.made += popcount(mask[0]) + popcount(mask[1])
        at = soh(n, 4, 1, 1 + au)
        alter(s, <uint64_t>at, s.frame[at] ^ mask[0])
        at = soh(n, 4, 4, 1 + au)
        alter(s, <uint64_t>at, s.frame[at] ^ mask[1])
        return
    if at == AT_FAS:
        octets = 6 * n
        errors_mask(e, <uint64_t>(8 * octets), <unsigned>(8 * octets), mask)
        at = 0
    elif at == AT_B1:
        octets = 1
        errors_mask(e, <uint64_t>(B1_BITS * n), 8, mask)
        at = soh(n, 2, 1, 1)
    else:
        octets = 3 * n
        errors_mask(e, <uint64_t>(B2_BITS * n), <unsigned>(8 * octets), mask)
        at = soh(n, 5, 1, 1)
    for k in range(octets):
        e.made += popcount(mask[k])
        alter(s, <uint64_t>(at + k), s.frame[at + k] ^ mask[k])

cdef inline void impair_section(Impair *m) noexcept nogil:
    """B1 and B2, then errors, then what is forced."""
    cdef Section *s = &m.section
    cdef Op *op
    cdef int i, k
    cdef bint ms = impair_ais(m)
    parity_pay(s)
    if ms and m.ais_before:
        # of what was sent, not of what came: errors on the way here end here
        for k in range(3 * m.n):
            alter(s, <uint64_t>(soh(m.n, 5, 1, 1) + k), m.ais_b2[k])
    for i in range(m.ops.count):
        op = &m.ops.op[i]
        if not m.ops.state[i].now or op.level != LV_SECTION:
            continue
        if op.kind == OP_ERRORS:
            section_errors(m, i)
        elif op.kind == OP_FRAMING and m.ops.state[i].since % op.every < <uint64_t>op.amount:
            for k in range(6 * m.n):
                alter(s, <uint64_t>k, ~s.frame[k])
    for i in range(m.ops.count):
        op = &m.ops.op[i]
        if m.ops.state[i].now and op.level == LV_SECTION and (op.kind == OP_FORCE or op.kind == OP_TRACE):
            alter(s, <uint64_t>op.at, octet_forced(&m.ops, i, s.frame[op.at], m.frame))
    m.ais_before = ms
    if ms:
        kernels.bip24n(m.ais_b2, s.frame, <unsigned>m.n)

cdef inline void impair_frame(Impair *m, const uint8_t *octets, bint more, uint8_t *out) noexcept nogil:
    """Descramble a frame into `out`, change it, and scramble it again. `more`: another one follows it."""
    cdef size_t clear = <size_t>(SOH_OCTETS * m.n), whole = <size_t>(STM1_OCTETS * m.n)
    cdef int k
    m.section.frame = out
    m.section.behind = octets + whole if more else NULL
    copy_octets(out, octets, clear)
    kernels.xor_octets(out + clear, octets + clear, KEYSTREAM, whole - clear)
    for k in range(m.n):
        if m.path[k].wanted or m.path[k].owing:
            path_follow(&m.section, &m.ops, &m.path[k])
    impair_section(m)
    parity_next(&m.section)
    kernels.xor_octets(out + clear, out + clear, KEYSTREAM, whole - clear)

cdef inline uint64_t impair_fibre(Impair *m, uint8_t *out) noexcept nogil:
    """The frame in `out` as it comes out of the fibre: not at all, twice, in part, with errors. How many octets."""
    cdef uint64_t length = <uint64_t>(STM1_OCTETS * m.n), copies = 1, have, at, made
    cdef ErrorSource *e
    cdef Op *op
    cdef int i
    for i in range(m.ops.count):
        op = &m.ops.op[i]
        if op.kind == OP_SLIP and m.ops.state[i].begins:
            if op.amount > 0:
                copies += <uint64_t>op.amount
                m.counters.slips += <uint64_t>op.amount
            else:
                m.dropping += <uint64_t>-op.amount
                m.counters.slips += <uint64_t>-op.amount
            if op.every:
                m.gained += op.amount
                continue
            m.shifted += op.amount
            if m.shifted > MOST_SHIFT or m.shifted < -MOST_SHIFT:
                m.shifted = 0
    if m.dropping:
        m.dropping -= 1
        return 0
    if copies > 1 + MOST_SLIP:
        copies = 1 + MOST_SLIP
    for at in range(1, copies):
        memcpy(out + at * length, out, <size_t>length)
    have = copies * length
    for i in range(m.ops.count):
        op = &m.ops.op[i]
        e = &m.ops.state[i].errors
        if op.kind == OP_LOSE and m.ops.state[i].begins and have > <uint64_t>op.amount:
            have -= <uint64_t>op.amount
            m.counters.lost_octets += <uint64_t>op.amount
            at = errors_random(&e.random) % (have + 1)
            memmove(out + at, out + at + op.amount, <size_t>(have - at))
        elif op.kind == OP_ERRORS and op.level == LV_LINE and m.ops.state[i].now:
            made = e.made
            errors_open(e, 8 * have)
            errors_on_line(e, out, have)
            m.counters.line_errors += e.made - made
    return have

# ---------------------------------------------------------------- runs of frames

cdef inline void impair_settle(Impair *m) noexcept nogil:
    """Is there still anything to do? Operations that are over, and paths that owe nothing, need no work."""
    cdef int i, k
    cdef int over = 0
    cdef bint once, owed
    for i in range(m.ops.count):
        once = m.ops.op[i].kind == OP_SLIP or m.ops.op[i].kind == OP_LOSE
        over += op_is_over(&m.ops.op[i].when, m.frame - m.ops.state[i].set_at, once)
    if over != m.over:
        impair_aim(m)
    impair_tidy(m)
    owed = parity_owed(&m.section)
    for k in range(m.n):
        m.path[k].owing = m.path[k].parity != 0 or m.path[k].owed != 0
        for i in range(m.tribs):
            m.path[k].owing |= m.trib[i].au == k
        owed |= m.path[k].owing
        if not m.path[k].owing and not m.path[k].wanted and m.path[k].pointer.state != P_START:
            path_fail(&m.path[k])
    m.deep = m.deep_ops or owed
    m.busy = m.deep or over < m.ops.count or m.dropping != 0
    if not m.busy:
        m.ais_before = False

cdef inline const uint8_t *impair_run(Impair *m, const uint8_t *octets, uint64_t frames, uint64_t *used,
                                      uint64_t *count) noexcept nogil:
    """Take up to `frames` frames (at least one): how many in `used`, and what becomes of them.

    `count` octets at the place returned, good until the next call; NULL: `used` frame times without a signal.
    """
    cdef uint64_t length = <uint64_t>(STM1_OCTETS * m.n), have = 0, taken = 0
    cdef bint dark
    if not m.busy:
        m.frame += frames
        m.counters.frames += frames
        used[0] = frames
        count[0] = frames * length
        return octets
    while taken < frames and have < RUN_OCTETS:
        impair_look(m)
        dark = impair_is_dark(m)
        if taken and dark != m.dark:
            break
        m.dark = dark
        impair_begin(m)
        if m.deep:
            impair_frame(m, octets, taken + 1 < frames, m.out + have)
        else:
            memcpy(m.out + have, octets, <size_t>length)
        if not dark:
            have += impair_fibre(m, m.out + have)
        octets += length
        m.frame += 1
        taken += 1
    m.counters.frames += taken
    used[0] = taken
    count[0] = have
    impair_settle(m)
    if m.dark:
        m.counters.dark += taken
        m.shifted = 0               # whatever is behind the line begins anew
        return NULL
    return m.out

cdef inline void impair_pass(Impair *m, uint64_t frames) noexcept nogil:
    """`frames` frame times in which nothing came: schedules go on, and the receiver checks no parity across them."""
    cdef int k
    if not m.busy:
        return
    m.frame += frames
    m.section.b1 = m.section.b1_owed = 0
    memset(m.section.b2, 0, sizeof(m.section.b2))
    memset(m.section.b2_owed, 0, sizeof(m.section.b2_owed))
    m.ais_before = False
    m.shifted = 0
    for k in range(m.n):
        m.path[k].trib_count = m.tribs
        path_fail(&m.path[k])
    impair_settle(m)
