# cython: language_level=3
"""An AU-4 or AU-4-Xc on its way through an impaired fibre: its pointer is followed, its VC-4 is changed in place.

The walk is that of a receiver: octets in runs, a VC-4 after the other. The pointer is taken as it comes, before any
change.
"""
from libc.stdint cimport int64_t, uint8_t, uint64_t

from msapemu.wire.au_tx cimport AU4_BEFORE, AU4_UNIT
from msapemu.wire.impair_gfp cimport HeaderWalk, walk_lost
from msapemu.wire.impair_ops cimport (AT_BIP, LV_HP, NO_TU, OP_ERRORS, TU3, OpTable, octet_errors, octet_forced,
                                      op_concerns)
from msapemu.wire.impair_parity cimport Section, alter, alter_column, invert_run
from msapemu.wire.impair_tu cimport (Trib, payload_octet, pointer_enter_at, trib_fail, trib_restart, trib_step,
                                     tu3_octet, tu12_octet)
from msapemu.wire.kernels cimport KEYSTREAM
from msapemu.wire.pointers cimport (A_DECREMENT, A_INCREMENT, A_JUMP, A_NONE, AU4_OFFSETS, P_NORM, P_START,
                                    POINTER_AIS, PointerAction, PointerRx, PointerState, pointer_enter,
                                    pointer_take)
from msapemu.wire.stm cimport CONCATENATION, PAYLOAD_ROW, ROW_OCTETS, ROWS, SOH_OCTETS, soh
from msapemu.wire.vc4 cimport B3_ROW, H4_BAD, H4_ROW, VC4_OCTETS, quarter_of_tt

cdef enum:
    IN_H3 = -1                  # a run of octets in H3, not in a row of the payload
    AIS_FRAMES = 3              # all-ones pointers before a receiver believes them (G.783 A.1)
    VC4_BITS = 18792            # that B3 covers, x X
    WIDTH_FRAMES = 3            # concatenation indications in a row (or none) before the width is believed

cdef struct Path:
    int au
    bint wanted                 # an operation names it, or a tributary of it
    bint owing                  # it or a tributary of it owes parity
    bint walked                 # for its GFP core headers
    bint inverted               # payload, in this frame
    uint8_t ones                # AIS: for how many frames now, saturating; 0: none
    int64_t b3_at               # place of B3 in this frame, -1: not in it
    int width                   # X of an AU-4-Xc; 0: part of a lower one
    int other_width             # seen instead
    int other_times
    PointerRx pointer
    int until_j1
    bint hunting
    bint jumped
    bint gap
    int filled
    uint64_t number
    uint8_t parity              # what the VC-4 owes to the next one's B3
    uint8_t owed
    # TU multiframe
    bint in_multiframe
    int quarter                 # of this VC-4
    int differed                # H4s in a row that were not as expected
    HeaderWalk walk
    Trib *tribs                 # those of all AU-4s
    int trib_count


cdef inline void path_tribs_fail(Path *f) noexcept nogil:
    cdef int i
    f.in_multiframe = False
    f.differed = 0
    for i in range(f.trib_count):
        if f.tribs[i].au == f.au:
            trib_fail(&f.tribs[i])


cdef inline void path_lost(Path *f) noexcept nogil:
    """No VC-4 comes now."""
    f.hunting = True
    f.jumped = f.gap = False
    f.filled = 0
    f.until_j1 = -1
    f.parity = f.owed = 0
    walk_lost(&f.walk)
    path_tribs_fail(f)


cdef inline void path_fail(Path *f) noexcept nogil:
    """The section failed: the pointer is found anew."""
    pointer_enter(&f.pointer, P_START)
    path_lost(f)


cdef inline uint64_t path_place(const Path *f, int n, int row, int column) noexcept nogil:
    """Place in the frame of payload octet `column` of a row, or of H3."""
    cdef int w = f.width
    if row == IN_H3:
        return <uint64_t>soh(n, 4, 7 + column // w, 1 + f.au + column % w)
    if w == 1:
        return <uint64_t>(row * ROW_OCTETS * n + SOH_OCTETS * n + n * column + f.au)
    return <uint64_t>(row * ROW_OCTETS * n + SOH_OCTETS * n + n * (column // w) + f.au + column % w)


cdef inline void path_h4(Path *f, uint8_t h4) noexcept nogil:
    """The phase of the TU multiframe; single errors do not change it."""
    cdef int quarter = quarter_of_tt(h4 & 3)
    if f.in_multiframe:
        f.differed = 0 if quarter == f.quarter else f.differed + 1
        if f.differed >= H4_BAD:
            path_tribs_fail(f)
            f.quarter = quarter
        return
    f.in_multiframe = quarter == f.quarter      # two that follow each other: sooner than a receiver
    f.quarter = quarter
    f.differed = 0


cdef inline uint8_t path_overhead(OpTable *ops, Path *f, int row, uint8_t octet) noexcept nogil:
    """Path overhead octet `row` of its VC-4."""
    cdef int i
    if row == H4_ROW:
        path_h4(f, octet)
    if row == B3_ROW:
        octet ^= f.owed
    for i in range(ops.count):
        if not ops.state[i].now or ops.op[i].kind != OP_ERRORS or not op_concerns(&ops.op[i], LV_HP, f.au, NO_TU):
            continue
        if ops.op[i].at == row:
            octet ^= octet_errors(ops, i, 8, 8)
        elif row == B3_ROW and ops.op[i].at == AT_BIP:
            octet ^= octet_errors(ops, i, <uint64_t>(VC4_BITS * f.width), 8)
    for i in range(ops.count):
        if ops.state[i].now and ops.op[i].at == row and op_concerns(&ops.op[i], LV_HP, f.au, NO_TU):
            octet = octet_forced(ops, i, octet, f.number)
    return octet


cdef inline bint path_is_onset(const Path *f) noexcept nogil:
    """AIS that a receiver does not believe yet: it still looks at B3."""
    return f.ones != 0 and f.ones <= AIS_FRAMES


cdef inline void path_put(Section *s, Path *f, uint64_t at, uint8_t octet) noexcept nogil:
    """Make an octet of the VC-4 another."""
    f.parity ^= s.frame[at] ^ octet
    alter(s, at, octet)


cdef inline void path_payload(Section *s, OpTable *ops, Path *f, int i, int until, int row, int column,
                              int first) noexcept nogil:
    """Octets `i` .. `until` of the VC-4, all of them of the container; octet `first` stands at `column` of the row."""
    cdef uint64_t at
    cdef int k
    if i >= until:
        return
    if not f.walked:
        column += i - first
        invert_run(s, path_place(f, s.n, row, column), f.width, column % f.width, until - i)
        if (until - i) & 1:
            f.parity ^= 0xff
        return
    while i < until:
        if f.walk.area and not f.inverted:
            k = until - i if <unsigned>(until - i) < f.walk.area else <int>f.walk.area
            f.walk.area -= <unsigned>k
            i += k
            continue
        at = path_place(f, s.n, row, column + i - first)
        path_put(s, f, at, payload_octet(ops, LV_HP, f.au, NO_TU, &f.walk, f.walked, f.inverted, s.frame[at]))
        i += 1


cdef inline void path_part(Section *s, OpTable *ops, Path *f, int first, int count, int row, int column) noexcept nogil:
    """Octets `first` .. `first` + `count` of the VC-4, which stand in a row of the frame from `column` on."""
    cdef int across = PAYLOAD_ROW * f.width
    cdef int poh = (first + across - 1) // across
    cdef int i, place
    cdef uint64_t at
    cdef uint8_t octet
    cdef Trib *t
    if first == 0:
        f.quarter = (f.quarter + 1) & 3
        for i in range(f.trib_count):
            if f.tribs[i].au == f.au:
                trib_restart(&f.tribs[i])
    if f.walked or f.inverted:
        # the container: what stands before the path overhead in this part, and what stands behind it
        i = poh * across if poh * across < first + count else first + count
        path_payload(s, ops, f, first, i, row, column, first)
        path_payload(s, ops, f, i + f.width, first + count, row, column, first)
    if poh * across < first + count:
        at = path_place(f, s.n, row, column + poh * across - first)
        path_put(s, f, at, path_overhead(ops, f, poh, s.frame[at]))
        if poh == B3_ROW:
            f.b3_at = <int64_t>at
    for i in range(f.trib_count if f.width == 1 else 0):
        t = &f.tribs[i]
        if t.au != f.au:
            continue
        while t.next < first + count:
            place = column + t.next - first
            at = path_place(f, s.n, row, place)
            octet = s.frame[at]
            octet = tu12_octet(ops, t, f.quarter, f.in_multiframe, octet) if t.tu < TU3 else tu3_octet(ops, t, octet)
            f.parity ^= s.frame[at] ^ octet
            alter_column(s, at, s.n * (place % 3) + f.au, octet)
            trib_step(t)
    if path_is_onset(f):
        # what is made all ones afterwards
        for i in range(count):
            at = path_place(f, s.n, row, column + i)
            if <int64_t>at != f.b3_at:
                f.parity ^= s.frame[at] ^ 0xff
    elif f.ones:
        f.parity = f.owed = 0


cdef inline void path_run(Section *s, OpTable *ops, Path *f, int row, int column, int n) noexcept nogil:
    """The next `n` octets of the AU-4's payload."""
    cdef int k, whole = VC4_OCTETS * f.width
    while n:
        if f.until_j1 == 0:
            f.until_j1 = -1
            if f.filled and not f.hunting:      # the pointer jumped back and cut a VC-4 short
                f.number += 1
                f.parity = f.owed = 0
            f.hunting = f.jumped = f.gap = False
            f.filled = 0
        k = n
        if 0 < f.until_j1 < k:
            k = f.until_j1
        if not f.hunting and not f.gap:
            if whole - f.filled < k:
                k = whole - f.filled
            path_part(s, ops, f, f.filled, k, row, column)
            f.filled += k
        if f.until_j1 > 0:
            f.until_j1 -= k
        column += k
        n -= k
        if f.filled == whole:
            f.filled = 0
            f.number += 1
            f.owed = f.parity
            f.parity = 0
            f.gap = f.jumped and f.until_j1 > 0


cdef inline unsigned path_word(const Section *s, int au) noexcept nogil:
    return (<unsigned>s.frame[soh(s.n, 4, 1, 1 + au)] << 8) | s.frame[soh(s.n, 4, 4, 1 + au)]


cdef inline bint path_settled(const Section *s, int au) noexcept nogil:
    """The pointer word is that of the next frame too: no move is under way."""
    cdef int high = soh(s.n, 4, 1, 1 + au), low = soh(s.n, 4, 4, 1 + au), clear = SOH_OCTETS * s.n
    if s.behind == NULL:
        return True
    return (s.behind[high] ^ KEYSTREAM[high - clear] == s.frame[high]
            and s.behind[low] ^ KEYSTREAM[low - clear] == s.frame[low])


cdef inline void path_widen(const Section *s, Path *f) noexcept nogil:
    """How many AU-4s belong together from this one on, as the concatenation indications say."""
    cdef int width = 0
    if path_word(s, f.au) == POINTER_AIS:
        return
    if (path_word(s, f.au) & 0xf3ff) != (CONCATENATION & 0xf3ff):
        width = 1
        while f.au + width < s.n and (path_word(s, f.au + width) & 0xf3ff) == (CONCATENATION & 0xf3ff):
            width += 1
    if width == f.width:
        f.other_times = 0
        return
    f.other_times = f.other_times + 1 if width == f.other_width and f.other_times else 1
    f.other_width = width
    if f.other_times >= WIDTH_FRAMES or f.pointer.state == P_START:
        f.width = width
        f.other_times = 0
        path_fail(f)


cdef inline void path_follow(Section *s, OpTable *ops, Path *f) noexcept nogil:
    """One frame of the AU-4."""
    cdef PointerState before = f.pointer.state
    cdef PointerAction action
    cdef int value = f.pointer.value
    cdef int row, unit, across
    f.b3_at = -1
    path_widen(s, f)
    if f.width == 0:
        return
    before = f.pointer.state
    unit = AU4_UNIT * f.width
    across = PAYLOAD_ROW * f.width
    if before == P_START and not path_settled(s, f.au):
        return
    if before == P_START and pointer_enter_at(&f.pointer, path_word(s, f.au), AU4_OFFSETS):
        # the first valid word is believed, and taken for that of the frame before: it is known where this one begins
        before = P_NORM
        value = f.pointer.value
        f.hunting = False
        f.filled = (2 * VC4_OCTETS - AU4_BEFORE - AU4_UNIT * value) % VC4_OCTETS * f.width
    if before == P_NORM:
        for row in range(3):
            path_run(s, ops, f, row, 0, across)
    action = pointer_take(&f.pointer, path_word(s, f.au), AU4_OFFSETS, False)
    if before == P_NORM and f.pointer.state != before:
        path_lost(f)
    if action == A_NONE:
        return
    f.jumped = action == A_JUMP
    f.until_j1 = unit * (f.pointer.value if f.jumped else value)
    if action == A_DECREMENT:
        path_run(s, ops, f, IN_H3, 0, unit)
    if action == A_INCREMENT:
        path_run(s, ops, f, 3, unit, across - unit)
    else:
        path_run(s, ops, f, 3, 0, across)
    for row in range(4, ROWS):
        path_run(s, ops, f, row, 0, across)
