# cython: language_level=3
"""16-octet trail trace identifier of J0, J1 and J2 (G.707 9.2.2.2, 9.3.1.1, 9.3.2.3)."""
from libc.stdint cimport uint8_t
from libc.string cimport memcmp, memcpy

cdef enum:
    TRACE_OCTETS = 16
    TRACE_FRAMES = 3        # equal multiframes before a trace is accepted
    TRACE_ABSENT = 128      # octets without one good multiframe: there is no trace (J0, J1 16 ms, J2 64 ms)

cdef struct TraceTx:
    uint8_t octets[64]
    uint8_t mask                # octets less one: 0, 15, 63

cdef struct TraceRx:
    uint8_t room[16]        # the multiframe being collected
    uint8_t last[16]        # the last whole one
    uint8_t value[16]       # the accepted one
    uint8_t expected[16]
    uint8_t filled          # octets of `room`; 0 until a frame start marker came
    uint8_t equal           # equal multiframes in a row
    uint8_t since           # octets since the last good multiframe, up to TRACE_ABSENT
    bint known              # a trace was accepted
    bint compare            # TIM detection is on
    bint mismatch           # dTIM

cdef inline uint8_t trace_crc7(const uint8_t *octets) noexcept nogil:
    """CRC-7 x^7+x^3+1, init 0, over the 16 octets with the C bits of octet 0 taken as zero and its marker 1."""
    cdef unsigned crc = 0
    cdef int i, _bit
    for i in range(TRACE_OCTETS):
        crc ^= <unsigned>(0x80 if i == 0 else octets[i])
        for _bit in range(8):
            crc = (crc << 1) ^ (0x112 if crc & 0x80 else 0)     # 0x09 << 1, below the octet's top bit
            crc &= 0xff
    return <uint8_t>(crc >> 1)

cdef inline bint trace_take(TraceRx *t, uint8_t octet) noexcept nogil:
    """One received trace octet; True when the accepted trace or the mismatch state may have changed."""
    if t.since < TRACE_ABSENT:
        t.since += 1
        if t.since == TRACE_ABSENT:
            t.equal = 0
            t.mismatch = t.compare
            return True
    if octet & 0x80:
        t.filled = 0
    elif t.filled == 0:
        return False
    if t.filled >= TRACE_OCTETS:
        return False
    t.room[t.filled] = octet
    t.filled += 1
    if t.filled < TRACE_OCTETS:
        return False
    if t.equal and memcmp(t.room, t.last, TRACE_OCTETS) == 0:       # its CRC was right before
        if t.equal < 255:
            t.equal += 1
    elif (t.room[0] & 0x7f) != trace_crc7(t.room):
        t.equal = 0
        return False
    else:
        memcpy(t.last, t.room, TRACE_OCTETS)
        t.equal = 1
    t.since = 0
    if t.equal != TRACE_FRAMES:
        return False
    memcpy(t.value, t.last, TRACE_OCTETS)
    t.known = True
    t.mismatch = t.compare and memcmp(t.value, t.expected, TRACE_OCTETS) != 0
    return True

cdef inline void trace_fail(TraceRx *t) noexcept nogil:
    """The trail's signal is gone; the trace accepted last stays readable."""
    t.equal = t.filled = t.since = 0
    t.mismatch = False

cdef inline bint trace_zero(const TraceRx *t) noexcept nogil:
    """The accepted trace is all zero: that of an unequipped path."""
    cdef int i
    for i in range(TRACE_OCTETS):
        if t.value[i]:
            return False
    return t.known
