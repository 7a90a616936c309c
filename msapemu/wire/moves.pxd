# cython: language_level=3
"""When a source moves a pointer by itself: the test sequences of G.783 10.1.1.2, and a VC whose clock is off.

A sequence moves the pointer every `every` opportunities (frames of an AU-4 or TU-3, multiframes of a TU-12), from
opportunity `every` on. Two moves are at least four opportunities apart (G.707 8.1.6).
"""
from libc.stdint cimport uint64_t

cdef enum:
    SPACING = 4
    LONG_RUN = 87               # of the 87-3 pattern: moves in a row, then
    LONG_PAUSE = 3              # opportunities passed over
    LONG_ODD = 43               # where the pattern has one more or one less
    BURST = 3                   # moves SPACING apart
    # a phase transient: 7 moves, the later ones twice as far apart as the first
    TRANSIENT_PERIOD = 64       # opportunities of `every` from one transient to the next

cdef enum Sequence:
    S_NONE = 0
    S_INC = 1
    S_DEC = 2
    S_ALTERNATE = 3             # increment, decrement, increment ...
    S_87_3 = 4                  # 87 increments, 3 passed over
    S_NDF = 5                   # a new value, one higher, with NDF
    S_BURST_3 = 6               # three increments SPACING apart
    S_TRANSIENT = 7             # seven increments, then quiet
    S_87_3_ADD = 8              # with one increment more, half way between two
    S_87_3_CANCEL = 9           # with one increment left out
    S_PPM = 10                  # as often as the VC's clock asks for

cdef enum Move:
    M_NONE = 0
    M_INC = 1
    M_DEC = 2
    M_NDF = 3

cdef struct Mover:
    Sequence sequence
    uint64_t every              # at least SPACING; BURST times that for S_BURST_3, twice that for S_87_3_ADD
    double steps                # S_PPM: pointer steps an opportunity; more than 0: the VC is faster, decrements

cdef inline bint transient_has(uint64_t turn) noexcept nogil:
    """0, 1, 2, 3, then 5, 7, 9."""
    turn %= TRANSIENT_PERIOD
    return turn <= 3 or (turn <= 9 and turn & 1)

cdef inline Move ppm_move(double steps, uint64_t opportunity) noexcept nogil:
    cdef double rate = steps if steps > 0 else -steps
    if <uint64_t>(rate * <double>opportunity) == <uint64_t>(rate * <double>(opportunity - 1)):
        return M_NONE
    return M_DEC if steps > 0 else M_INC

cdef inline Move move_at(const Mover *m, uint64_t opportunity) noexcept nogil:
    """What the pointer does at this opportunity (counted from 0)."""
    cdef uint64_t turn, late
    cdef Sequence s = m.sequence
    if s == S_NONE or opportunity == 0:
        return M_NONE
    if s == S_PPM:
        return ppm_move(m.steps, opportunity)
    late = opportunity % m.every
    if opportunity < m.every:
        return M_NONE
    turn = opportunity // m.every - 1
    if s == S_BURST_3:
        return M_INC if late % SPACING == 0 and late < BURST * SPACING else M_NONE
    if s == S_87_3_ADD and late == m.every // 2 and turn % (LONG_RUN + LONG_PAUSE) == LONG_ODD:
        return M_INC
    if late:
        return M_NONE
    if s == S_INC:
        return M_INC
    if s == S_DEC:
        return M_DEC
    if s == S_NDF:
        return M_NDF
    if s == S_ALTERNATE:
        return M_DEC if turn & 1 else M_INC
    if s == S_TRANSIENT:
        return M_INC if transient_has(turn) else M_NONE
    turn %= LONG_RUN + LONG_PAUSE
    if s == S_87_3_CANCEL and turn == LONG_ODD:
        return M_NONE
    return M_INC if turn < LONG_RUN else M_NONE
