# cython: language_level=3
"""Pointer interpretation for AU-4, TU-3 and TU-12 (G.707 8.1, 8.3; G.783 Annex A), and pointer words to send.

A pointer word is NNNN SS and a 10-bit value. The interpreter takes one word a frame (AU-4, TU-3) or a multiframe
(TU-12) and says what to do with the octets that follow.
"""
from libc.stdint cimport uint8_t, uint16_t, uint64_t

from msapemu.wire.bits cimport popcount

cdef enum:
    NDF_NORMAL = 0x6            # 0110
    NDF_ENABLED = 0x9           # 1001
    POINTER_SS = 2              # 10: AU-4, AU-3, TU-3, TU-12
    POINTER_INCREMENT = 0x2AA   # the I bits
    POINTER_DECREMENT = 0x155   # the D bits
    POINTER_AIS = 0xFFFF
    AU4_OFFSETS = 783           # values 0..782, in units of three octets
    TU12_OFFSETS = 140          # values 0..139
    # counts of consecutive indications
    POINTER_EQUAL = 3
    POINTER_INVALID = 8         # 8 <= N <= 10
    POINTER_NDF = 8
    POINTER_ALL_ONES = 3
    POINTER_QUIET = 3           # frames after a move in which another one is not believed

cdef enum PointerState:
    P_START = 0                 # nothing accepted yet, nothing reported
    P_NORM = 1
    P_AIS = 2
    P_LOP = 3

cdef enum PointerAction:
    A_KEEP = 0
    A_INCREMENT = 1             # positive justification in this frame
    A_DECREMENT = 2             # negative justification in this frame
    A_JUMP = 3                  # a new value holds from this frame on
    A_NONE = 4                  # no valid pointer: the payload is not to be used

cdef struct PointerRx:
    PointerState state
    uint16_t word               # received last
    uint16_t value              # accepted
    uint16_t candidate          # a valid word that differs from the accepted value
    uint8_t equal               # times in a row that the candidate came
    uint8_t invalid
    uint8_t ndf
    uint8_t ones
    uint8_t quiet               # words since the last move, saturating
    uint64_t increments
    uint64_t decrements
    uint64_t new_data

cdef inline uint16_t pointer_word(unsigned value, unsigned ndf) noexcept nogil:
    return <uint16_t>((ndf << 12) | (POINTER_SS << 10) | value)

cdef inline bint ndf_is_enabled(unsigned nnnn) noexcept nogil:
    """At least three of the four bits are those of 1001 (G.707 8.1.3)."""
    return popcount(nnnn ^ NDF_ENABLED) <= 1

cdef inline bint ndf_is_normal(unsigned nnnn) noexcept nogil:
    return popcount(nnnn ^ NDF_NORMAL) <= 1

cdef inline bint pointer_settled(const PointerRx *p) noexcept nogil:
    """No count is under way: the same word again changes nothing."""
    return p.state == P_NORM and p.equal == 0 and p.invalid == 0 and p.ndf == 0 and p.ones == 0 \
        and p.quiet >= POINTER_QUIET

cdef inline PointerAction pointer_enter(PointerRx *p, PointerState state) noexcept nogil:
    p.state = state
    p.equal = p.invalid = p.ndf = p.ones = 0
    return A_NONE

cdef inline PointerAction pointer_jump(PointerRx *p, unsigned value) noexcept nogil:
    p.state = P_NORM
    p.value = <uint16_t>value
    p.equal = p.invalid = p.ones = 0
    p.quiet = 0
    return A_JUMP

cdef inline PointerAction pointer_take(PointerRx *p, unsigned word, unsigned offsets, bint check_ss) noexcept nogil:
    """One received pointer word. `offsets`: how many values are valid; `check_ss`: other SS bits make it invalid."""
    cdef unsigned nnnn = word >> 12
    cdef unsigned value = word & 0x3ff
    cdef bint in_range = value < offsets
    cdef bint ss = not check_ss or ((word >> 10) & 3) == POINTER_SS
    cdef unsigned moved
    p.word = <uint16_t>word
    if p.quiet < 255:
        p.quiet += 1
    if word == POINTER_AIS:                                  # AIS_ind
        p.equal = p.invalid = p.ndf = 0
        if p.state == P_AIS:
            return A_NONE
        p.ones += 1
        if p.ones >= POINTER_ALL_ONES:
            return pointer_enter(p, P_AIS)
        return A_KEEP if p.state == P_NORM else A_NONE
    p.ones = 0
    if ss and in_range and ndf_is_enabled(nnnn):             # NDF_enable
        p.equal = p.invalid = 0
        if p.state == P_NORM or p.state == P_AIS:
            p.ndf += 1
            if p.ndf >= POINTER_NDF:
                return pointer_enter(p, P_LOP)
            p.new_data += 1
            return pointer_jump(p, value)
        return A_NONE
    p.ndf = 0
    if ss and ndf_is_normal(nnnn):
        if p.state == P_NORM:
            if in_range and value == p.value:                # norm_point
                p.equal = p.invalid = 0
                return A_KEEP
            if p.quiet > POINTER_QUIET:
                moved = value ^ p.value
                if popcount(moved & POINTER_INCREMENT) >= 3 and popcount(moved & POINTER_DECREMENT) <= 2:
                    p.equal = p.invalid = 0
                    p.quiet = 0
                    p.increments += 1
                    p.value = <uint16_t>(p.value + 1 if p.value + 1 < <int>offsets else 0)
                    return A_INCREMENT
                if popcount(moved & POINTER_DECREMENT) >= 3 and popcount(moved & POINTER_INCREMENT) <= 2:
                    p.equal = p.invalid = 0
                    p.quiet = 0
                    p.decrements += 1
                    p.value = <uint16_t>(p.value - 1 if p.value else offsets - 1)
                    return A_DECREMENT
        if in_range:                                         # new_point
            if p.equal and value == p.candidate:
                p.equal += 1
            else:
                p.candidate = <uint16_t>value
                p.equal = 1
            if p.equal >= POINTER_EQUAL:
                pointer_jump(p, value)
                p.quiet = POINTER_QUIET         # three words without a move have gone by
                return A_JUMP
        else:
            p.equal = 0
    else:
        p.equal = 0
    p.invalid += 1                                           # inv_point
    if p.state != P_LOP and p.invalid >= POINTER_INVALID:
        return pointer_enter(p, P_LOP)
    if p.invalid > POINTER_INVALID:
        p.invalid = POINTER_INVALID
    return A_KEEP if p.state == P_NORM else A_NONE
