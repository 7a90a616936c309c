# cython: language_level=3
"""A TU-12 or TU-3 on its way through an impaired fibre: its pointer is followed, its VC is changed in place.

Octet by octet: an impairment is for few tributaries at a time. The pointer is taken as it comes, before any change.
"""
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t

from msapemu.wire.bits cimport load32, popcount
from msapemu.wire.impair_errors cimport errors_mask
from msapemu.wire.impair_gfp cimport HeaderWalk, walk_at_header, walk_errors, walk_lost, walk_take
from msapemu.wire.impair_ops cimport (AT_BIP, AT_CORE, AT_POINTER, LV_LP, LV_TU, OP_ERRORS, OP_ONES, TU3, OpLevel,
                                      OpTable, octet_errors, octet_forced, op_concerns)
from msapemu.wire.pointers cimport (A_DECREMENT, A_INCREMENT, A_JUMP, A_NONE, P_NORM, P_START, POINTER_QUIET,
                                    TU12_OFFSETS, PointerAction, PointerRx, PointerState, ndf_is_normal, pointer_enter,
                                    pointer_take)
from msapemu.wire.tu cimport TU_COLUMN, TU12S, VC4_COLUMNS, VC12_OCTETS
from msapemu.wire.tu3 cimport TU3_OFFSETS
from msapemu.wire.vc4 cimport B3_ROW, VC3_OCTETS, VC3_ROW

cdef enum:
    TU12_ACROSS = 4             # columns of a TU-12
    TU3_ACROSS = 86             # columns of a TU-3, H1 H2 H3 in the first (7.2.2)
    TU3_COLUMN = 3              # of TUG-3 1 in the VC-4, from 0
    VC12_QUARTER = 35           # octets of a VC-12 between two of its path overhead
    VC12_BITS = 1120            # that BIP-2 covers
    VC3_BITS = 6120             # that B3 of a VC-3 covers
    UNREADABLE = 8              # words without a valid pointer: nothing to be careful of
    AIS_WORDS = 3               # a receiver believes AIS with the third word (G.783 A.1)

cdef struct Trib:
    int au
    int tu                      # column of a TU-12, or TU3 + K
    bint wanted                 # an operation names it
    bint walked                 # for its GFP core headers
    bint inverted               # payload, in this frame
    # its octets in the VC-4
    int next                    # index in the VC-4 of the next one
    int turn                    # octets of it that have come in this VC-4
    bint live                   # its pointer octets come in order
    PointerRx pointer
    uint8_t words               # pointer words that have come, saturating
    uint64_t latched            # bit n: operation n on pointer or all of it, from one pointer word to the next
    uint8_t ones                # TU-AIS: for how many pointer words now, saturating; 0: none
    uint8_t high                # of the pointer word
    uint8_t low_errors          # errors that the second octet of the word gets
    int value                   # of the pointer before the last word
    bint primed                 # the pointer was believed without having been seen before
    PointerAction action
    # its VC
    int until                   # data octets before the place where the pointer says the VC begins; -1: none
    bint hunting
    bint jumped
    bint gap
    int filled
    uint64_t number
    uint8_t parity              # what it owes to the next one: BIP-2, or B3
    uint8_t owed
    HeaderWalk walk


cdef inline uint8_t bip2(uint8_t octet) noexcept nogil:
    """BIP-2 of an octet: bit 1 over odd-numbered bits, bit 2 over even-numbered ones (G.707 9.3.2.1)."""
    octet ^= octet >> 4
    octet ^= octet >> 2
    return octet & 3


cdef inline void trib_lost(Trib *t) noexcept nogil:
    """No VC comes in it now."""
    t.hunting = True
    t.jumped = t.gap = False
    t.filled = 0
    t.until = -1
    t.primed = False
    t.parity = t.owed = 0
    walk_lost(&t.walk)


cdef inline bint pointer_enter_at(PointerRx *p, unsigned word, unsigned offsets) noexcept nogil:
    """Take a normal pointer word for the one that holds; False when it is none."""
    if not ndf_is_normal(word >> 12) or (word & 0x3ff) >= offsets:
        return False
    pointer_enter(p, P_NORM)
    p.value = <uint16_t>(word & 0x3ff)
    p.quiet = POINTER_QUIET
    return True


cdef inline void trib_fail(Trib *t) noexcept nogil:
    """Its server failed: the pointer is found anew."""
    pointer_enter(&t.pointer, P_START)
    t.live = False
    t.words = 0
    t.pointer.word = 0
    t.action = A_NONE
    trib_lost(t)


cdef inline void trib_restart(Trib *t) noexcept nogil:
    """A VC-4 begins."""
    t.turn = 0
    t.next = TU_COLUMN + t.tu if t.tu < TU3 else TU3_COLUMN + t.tu - TU3


cdef inline void trib_step(Trib *t) noexcept nogil:
    """The place of its next octet in the VC-4."""
    t.turn += 1
    if t.tu < TU3:
        t.next += TU12S if t.turn % TU12_ACROSS else VC4_COLUMNS - TU12S * (TU12_ACROSS - 1)
    else:
        t.next += 3 if t.turn % TU3_ACROSS else VC4_COLUMNS - 3 * (TU3_ACROSS - 1)


cdef inline bint trib_found(const Trib *t) noexcept nogil:
    """Its VC is known, or has no pointer that could be known: parities can be put right, or need not be."""
    return not t.hunting or t.words >= UNREADABLE


cdef inline void trib_latch(OpTable *ops, Trib *t) noexcept nogil:
    """The first octet of a pointer word: what happens to the pointer and to all of the TU up to the next one.

    A word half changed could be taken for a move. And until the pointer is known, the parity cannot be put right.
    """
    cdef int i
    cdef bint ones = False
    t.latched = 0
    if not trib_found(t):
        return
    for i in range(ops.count):
        if ops.state[i].now and op_concerns(&ops.op[i], LV_TU, t.au, t.tu):
            t.latched |= <uint64_t>1 << i
            ones |= ops.op[i].kind == OP_ONES
    if not ones:
        t.ones = 0
    elif t.ones < 255:
        t.ones += 1


cdef inline void trib_word(Trib *t, uint8_t low) noexcept nogil:
    """The pointer word is whole. The first that comes twice is believed."""
    cdef PointerState before = t.pointer.state
    cdef bint small = t.tu < TU3
    cdef unsigned word = (<unsigned>t.high << 8) | low
    cdef unsigned offsets = TU12_OFFSETS if small else TU3_OFFSETS
    if t.words < 255:
        t.words += 1
    if before == P_START and word == t.pointer.word:
        t.primed = pointer_enter_at(&t.pointer, word, offsets)
    t.value = t.pointer.value
    t.action = pointer_take(&t.pointer, word, offsets, small)
    if before == P_NORM and t.pointer.state != P_NORM:
        trib_lost(t)


cdef inline void trib_begin(Trib *t) noexcept nogil:
    """The next data octet is that of offset 0."""
    cdef int whole = VC12_OCTETS if t.tu < TU3 else VC3_OCTETS
    if t.primed:
        t.primed = t.hunting = False
        t.filled = (whole - t.pointer.value) % whole
    if t.action == A_NONE:
        return
    t.jumped = t.action == A_JUMP
    t.until = t.pointer.value if t.jumped else t.value


cdef inline uint8_t trib_overhead(OpTable *ops, Trib *t, int row, uint8_t octet) noexcept nogil:
    """Path overhead octet `row` of its VC."""
    cdef bint small = t.tu < TU3
    cdef bint bip = row == (0 if small else B3_ROW)
    cdef int i
    if bip:
        octet ^= t.owed << 6 if small else t.owed
    for i in range(ops.count):
        if not ops.state[i].now or ops.op[i].kind != OP_ERRORS or not op_concerns(&ops.op[i], LV_LP, t.au, t.tu):
            continue
        if ops.op[i].at == row:
            octet ^= octet_errors(ops, i, 8, 8)
        elif bip and ops.op[i].at == AT_BIP:
            octet ^= octet_errors(ops, i, VC12_BITS if small else VC3_BITS, 2 if small else 8)
    for i in range(ops.count):
        if ops.state[i].now and ops.op[i].at == row and op_concerns(&ops.op[i], LV_LP, t.au, t.tu):
            octet = octet_forced(ops, i, octet, t.number)
    return octet


cdef inline uint32_t header_errors(OpTable *ops, OpLevel level, int au, int tu) noexcept nogil:
    """What is inverted in a core header."""
    cdef uint8_t mask[4]
    cdef uint32_t all_of_them = 0, one
    cdef int i
    for i in range(ops.count):
        if ops.state[i].now and ops.op[i].at == AT_CORE and op_concerns(&ops.op[i], level, au, tu):
            errors_mask(&ops.state[i].errors, 32, 32, mask)
            one = load32(mask)
            ops.state[i].errors.made += popcount(one)
            all_of_them ^= one
    return all_of_them


cdef inline uint8_t payload_octet(OpTable *ops, OpLevel level, int au, int tu, HeaderWalk *walk, bint walked,
                                  bint inverted, uint8_t octet) noexcept nogil:
    """An octet of a container."""
    cdef uint8_t errors = 0
    if walked:
        if walk_at_header(walk):
            walk.errors = header_errors(ops, level, au, tu)
        errors = walk_errors(walk)
        walk_take(walk, octet)
    return octet ^ errors ^ (0xff if inverted else 0)


cdef inline uint8_t trib_data(OpTable *ops, Trib *t, uint8_t octet) noexcept nogil:
    """One octet of its payload."""
    cdef bint small = t.tu < TU3
    cdef int whole = VC12_OCTETS if small else VC3_OCTETS
    cdef uint8_t out = 0xff if t.ones else octet
    if t.until == 0:
        t.until = -1
        if t.filled and not t.hunting:      # the pointer jumped back and cut a VC short
            t.number += 1
            t.parity = t.owed = 0
        t.hunting = t.jumped = t.gap = False
        t.filled = 0
    if not t.hunting and not t.gap:
        out = octet
        if small and t.filled % VC12_QUARTER == 0:
            out = trib_overhead(ops, t, t.filled // VC12_QUARTER, octet)
        elif not small and t.filled % VC3_ROW == 0:
            out = trib_overhead(ops, t, t.filled // VC3_ROW, octet)
        elif t.walked or t.inverted:
            out = payload_octet(ops, LV_LP, t.au, t.tu, &t.walk, t.walked, t.inverted, octet)
        if t.ones:
            # the parity of the VC before is left right until the receiver has ceased to look at it
            if t.ones >= AIS_WORDS or t.filled != (0 if small else VC3_ROW):
                out = 0xff
            elif small:
                out |= 0x3f
        t.parity ^= bip2(out ^ octet) if small else out ^ octet
        t.filled += 1
    if t.until > 0:
        t.until -= 1
    if t.filled == whole:
        t.filled = 0
        t.number += 1
        t.owed = t.parity
        t.parity = 0
        t.gap = t.jumped and t.until > 0
    return out


cdef inline uint8_t trib_pointer(OpTable *ops, Trib *t, int at, uint8_t octet) noexcept nogil:
    """Pointer octet `at` (V1..V4, H1..H3)."""
    cdef uint8_t mask[2]
    cdef int i
    if at == 0:
        t.low_errors = 0
    elif at == 1:
        octet ^= t.low_errors
    for i in range(ops.count):
        if not t.latched >> i & 1 or ops.op[i].kind != OP_ERRORS:
            continue
        if ops.op[i].at == at:
            octet ^= octet_errors(ops, i, 8, 8)
        elif at == 0 and ops.op[i].at == AT_POINTER:
            errors_mask(&ops.state[i].errors, 16, 16, mask)
            ops.state[i].errors.made += popcount(mask[0]) + popcount(mask[1])
            octet ^= mask[0]
            t.low_errors ^= mask[1]
    for i in range(ops.count):
        if t.latched >> i & 1 and ops.op[i].at == at:
            octet = octet_forced(ops, i, octet, 0)
    return 0xff if t.ones else octet


cdef inline uint8_t tu12_octet(OpTable *ops, Trib *t, int quarter, bint in_multiframe, uint8_t octet) noexcept nogil:
    """Its next octet in quarter 0..3 of the TU multiframe."""
    cdef uint8_t out = octet
    if t.turn == 0:
        if quarter == 0:
            t.live = in_multiframe
            t.high = octet
            trib_latch(ops, t)
        elif not in_multiframe:
            t.live = False
        if not t.live:
            return octet
        if quarter == 1:
            trib_word(t, octet)
            trib_begin(t)
        elif quarter == 2 and t.action == A_DECREMENT:
            out = trib_data(ops, t, octet)
        return trib_pointer(ops, t, quarter, out)
    if t.live and not (t.turn == 1 and quarter == 2 and t.action == A_INCREMENT):
        return trib_data(ops, t, octet)
    return 0xff if t.ones and t.live else octet


cdef inline uint8_t tu3_octet(OpTable *ops, Trib *t, uint8_t octet) noexcept nogil:
    """Its next octet in a VC-4; the six octets below H3 are fixed stuff."""
    cdef uint8_t out = octet
    cdef int row = t.turn // TU3_ACROSS
    if t.turn % TU3_ACROSS == 0:
        if row > 2:
            return octet
        if row == 0:
            t.live = True
            t.high = octet
            trib_latch(ops, t)
        elif row == 1:
            trib_word(t, octet)
        else:
            trib_begin(t)
            if t.action == A_DECREMENT:
                out = trib_data(ops, t, octet)
        return trib_pointer(ops, t, row, out)
    if t.live and not (row == 2 and t.turn % TU3_ACROSS == 1 and t.action == A_INCREMENT):
        return trib_data(ops, t, octet)
    return 0xff if t.ones and t.live else octet
