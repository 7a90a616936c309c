# cython: language_level=3
"""When a source moves a pointer: the test sequences of G.783 10.1.1.2 and the spacing that every source keeps.

A sequence moves the pointer every `every` opportunities (frames of an AU-4, multiframes of a TU-12), from opportunity
`every` on. Two moves are at least four opportunities apart (G.707 8.1.6).
"""
from libc.stdint cimport uint64_t

cdef enum:
    SPACING = 4
    LONG_RUN = 87               # of the 87-3 pattern: moves in a row, then
    LONG_PAUSE = 3              # opportunities passed over

cdef enum Sequence:
    S_NONE = 0
    S_INC = 1
    S_DEC = 2
    S_ALTERNATE = 3             # increment, decrement, increment ...
    S_87_3 = 4                  # 87 increments, 3 passed over
    S_NDF = 5                   # a new value, one higher, with NDF

cdef enum Move:
    M_NONE = 0
    M_INC = 1
    M_DEC = 2
    M_NDF = 3

cdef struct Mover:
    Sequence sequence
    uint64_t every              # at least SPACING

cdef inline Move move_at(const Mover *m, uint64_t opportunity) noexcept nogil:
    """What the pointer does at this opportunity (counted from 0)."""
    cdef uint64_t turn
    if m.sequence == S_NONE or opportunity == 0 or opportunity % m.every:
        return M_NONE
    turn = opportunity // m.every - 1
    if m.sequence == S_INC:
        return M_INC
    if m.sequence == S_DEC:
        return M_DEC
    if m.sequence == S_ALTERNATE:
        return M_DEC if turn & 1 else M_INC
    if m.sequence == S_87_3:
        return M_INC if turn % (LONG_RUN + LONG_PAUSE) < LONG_RUN else M_NONE
    return M_NDF
