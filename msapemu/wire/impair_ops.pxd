# cython: language_level=3
"""What an impairment is made of: a few kinds of operation, each at a place, each with a schedule in frames.

Alarms by name are made of these (`_framing_impair.pxi` has the table).
"""
from libc.stdint cimport int64_t, uint8_t, uint64_t

from msapemu.wire.bits cimport popcount
from msapemu.wire.impair_errors cimport ErrorSource, errors_mask

cdef enum:
    MOST_OPS = 64
    MOST_SLIP = 8               # frames, one way or the other
    ALL_TUS = 99                # `Op.tu`: all 63 TU-12 of the VC-4
    NO_TU = 98
    TU3 = 64                    # `Op.tu`: TU3 + K, K = 0..2; below: the column of a TU-12
    UNLIMITED = 0

cdef enum OpKind:
    OP_FORCE = 0                # put `value` in the bits of `mask`
    OP_TRACE = 1                # the octets of `text` in turn
    OP_ERRORS = 2               # invert bits
    OP_ONES = 3                 # AIS: all ones
    OP_INVERT = 4               # invert the payload: no header in it checks
    OP_FRAMING = 5              # wrong A1 A2, in `amount` frames of every `every`
    OP_DARK = 6                 # no signal
    OP_SLIP = 7                 # `amount` frames sent twice, or -`amount` not at all; `every`: for a frequency offset
    OP_LOSE = 8                 # `amount` octets vanish

cdef enum OpLevel:
    LV_LINE = 0                 # the octets as they are on the fibre
    LV_SECTION = 1              # `at`: place in the frame
    LV_HP = 2                   # path overhead of VC-4 `au`; `at`: row
    LV_TU = 3                   # V1..V4 of a TU-12 (`at` 0..3), H1 H2 H3 of a TU-3 (`at` 0..2)
    LV_LP = 4                   # V5 J2 N2 K4 of a VC-12 (`at` 0..3), path overhead of a VC-3 (`at`: row)

cdef enum:
    # `Op.at` of errors that are no single octet
    AT_FAS = -1                 # all of A1 A2
    AT_B1 = -2
    AT_B2 = -3
    AT_POINTER = -4             # H1 H2, V1 V2
    AT_BIP = -5                 # B3, or BIP-2 in V5
    AT_CORE = -6                # GFP core headers

cdef struct Schedule:
    uint64_t start              # frames after it was set
    uint64_t duration           # 0: without end
    uint64_t period             # 0: once
    uint64_t repeat             # how many periods; 0: without end

cdef struct Op:
    # settings: compared octet by octet with those before, so that what stays the same goes on
    OpKind kind
    OpLevel level
    int au                      # AU-4, from 0
    int tu
    int at
    uint8_t value
    uint8_t mask
    uint8_t text[16]
    int64_t amount
    uint64_t every
    Schedule when
    double rate
    uint64_t burst
    uint64_t count
    uint64_t seed

cdef struct OpState:
    uint64_t set_at             # frame in which it was set
    uint64_t since              # frames since it was last begun
    bint now                    # it works in this frame
    bint begins                 # and begins with it
    ErrorSource errors

cdef struct OpTable:
    double ppm                  # that one of the slips stands for
    int count
    Op op[MOST_OPS]
    OpState state[MOST_OPS]


cdef inline bint op_is_due(const Schedule *w, uint64_t passed, uint64_t *since) noexcept nogil:
    """Whether it works `passed` frames after it was set, and since how many frames."""
    cdef uint64_t t
    if passed < w.start:
        return False
    t = passed - w.start
    if w.period:
        if w.repeat != UNLIMITED and t // w.period >= w.repeat:
            return False
        t %= w.period
    since[0] = t
    return w.duration == UNLIMITED or t < w.duration


cdef inline bint op_is_over(const Schedule *w, uint64_t passed, bint once) noexcept nogil:
    """It will not work again. `once`: it works in the first frame of a period only."""
    cdef uint64_t duration = 1 if once else w.duration
    if duration == UNLIMITED or (w.period and w.repeat == UNLIMITED):
        return False
    return passed >= w.start + (w.period * (w.repeat - 1) if w.period else 0) + duration


cdef inline bint op_concerns(const Op *op, OpLevel level, int au, int tu) noexcept nogil:
    """It works on that path: `tu` a column of a TU-12 or TU3 + K, NO_TU for the VC-4 itself."""
    return op.level == level and op.au == au and (op.tu == tu or (op.tu == ALL_TUS and tu < TU3))


cdef inline uint8_t octet_errors(OpTable *t, int i, uint64_t bits, unsigned width) noexcept nogil:
    """What operation `i` inverts in an octet, or in the `width` (leftmost) parity bits of `bits` covered ones."""
    cdef uint8_t mask = 0
    errors_mask(&t.state[i].errors, bits, width, &mask)
    t.state[i].errors.made += popcount(mask)
    return mask


cdef inline uint8_t octet_forced(const OpTable *t, int i, uint8_t octet, uint64_t turn) noexcept nogil:
    """The octet as OP_FORCE or OP_TRACE `i` wants it; `turn` counts the trace's octets."""
    cdef const Op *op = &t.op[i]
    if op.kind == OP_FORCE:
        return (octet & ~op.mask) | (op.value & op.mask)
    if op.kind == OP_TRACE:
        return op.text[turn & 15]
    return octet
