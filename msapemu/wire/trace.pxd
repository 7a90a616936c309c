# cython: language_level=3
"""Trail trace identifiers of J0, J1 and J2 (G.707 9.2.2.2, 9.3.1.1, 9.3.2.3), in any of three forms:

    16 octets   marker and CRC-7, 15 characters
    64 octets   free format, ending with CR LF (J1)
    1 octet     the same over and over, 00 where no trace is sent

The receiver finds out the form by itself.
"""
from libc.stdint cimport uint8_t
from libc.string cimport memcmp, memcpy

cdef enum:
    TRACE_OCTETS = 16
    TRACE_LONG = 64
    TRACE_FRAMES = 3        # equal multiframes before a trace is accepted
    TRACE_CONSTANT = 128    # equal octets before one octet is the trace: two of the longest form, which has no such run
    TRACE_ABSENT = 192      # octets without one good multiframe: there is no trace (J0, J1 24 ms, J2 96 ms)
    MARKER = 0x80           # of octet 1 of 16
    CR = 0x0D
    LF = 0x0A

# ---------------------------------------------------------------- source

cdef struct TraceTx:
    uint8_t octets[64]
    uint8_t mask                # octets less one: 0, 15, 63

cdef inline uint8_t trace_crc7(const uint8_t *octets) noexcept nogil:
    """CRC-7 x^7+x^3+1, init 0, over the 16 octets with the C bits of octet 0 taken as zero and its marker 1."""
    cdef unsigned crc = 0
    cdef int i, _bit
    for i in range(TRACE_OCTETS):
        crc ^= <unsigned>(MARKER if i == 0 else octets[i])
        for _bit in range(8):
            crc = (crc << 1) ^ (0x112 if crc & 0x80 else 0)     # 0x09 << 1, below the octet's top bit
            crc &= 0xff
    return <uint8_t>(crc >> 1)

# ---------------------------------------------------------------- sink

cdef struct TraceRx:
    uint8_t at              # where in `room` the next octet goes
    uint8_t have            # octets that came since the start, saturating at TRACE_LONG
    uint8_t run             # equal octets in a row, saturating above TRACE_CONSTANT
    uint8_t since           # octets since the last good multiframe, saturating at TRACE_ABSENT
    uint8_t marked          # octets since a marker and with it; 0: none
    uint8_t ended           # octets since the last end of 64, saturating above TRACE_LONG
    uint8_t equal           # equal multiframes in a row
    bint known              # a trace was accepted
    bint compare            # TIM detection is on
    bint absent             # no trace, for as long as counts
    bint mismatch           # dTIM
    uint8_t room[64]        # the last 64 octets
    uint8_t last[64]        # the last whole multiframe
    uint8_t last_length
    uint8_t value[64]       # the accepted one
    uint8_t length          # of it: 1, 16, 64
    uint8_t expected[64]
    uint8_t expected_length

cdef inline void trace_judge(TraceRx *t) noexcept nogil:
    """dTIM of the accepted trace."""
    t.mismatch = t.compare and (t.length != t.expected_length or memcmp(t.value, t.expected, t.length) != 0)

cdef inline void trace_accept(TraceRx *t, const uint8_t *octets, uint8_t length) noexcept nogil:
    memcpy(t.value, octets, length)
    t.length = length
    t.known = True
    trace_judge(t)

cdef inline bint trace_multiframe(TraceRx *t, uint8_t length) noexcept nogil:
    """The last `length` octets may be a multiframe; True when it makes a trace accepted."""
    cdef uint8_t octets[64]
    cdef unsigned first = (t.at - length) & (TRACE_LONG - 1), whole = TRACE_LONG - first
    memcpy(octets, t.room + first, whole if whole < length else length)
    if whole < length:
        memcpy(octets + whole, t.room, length - whole)
    if t.equal and t.last_length == length and memcmp(octets, t.last, length) == 0:     # its CRC was right before
        if t.equal < 255:
            t.equal += 1
    elif length == TRACE_OCTETS and (octets[0] & ~MARKER) != trace_crc7(octets):
        t.equal = 0
        return False
    else:
        memcpy(t.last, octets, length)
        t.last_length = length
        t.equal = 1
    t.since = 0
    t.absent = False
    if t.equal != TRACE_FRAMES:
        return False
    trace_accept(t, octets, length)
    return True

cdef inline bint trace_take(TraceRx *t, uint8_t octet) noexcept nogil:
    """One received trace octet; True when the accepted trace or the mismatch state may have changed."""
    cdef uint8_t before = t.room[(t.at - 1) & (TRACE_LONG - 1)]
    cdef uint8_t length = 0
    t.room[t.at] = octet
    t.at = (t.at + 1) & (TRACE_LONG - 1)
    t.have += t.have < TRACE_LONG
    t.ended += t.ended <= TRACE_LONG
    t.since += t.since < TRACE_ABSENT
    if t.run == 0 or octet != before:
        t.run = 1
    else:
        t.run += t.run <= TRACE_CONSTANT
    if octet & MARKER:
        t.marked = 1
    elif t.marked:
        t.marked += 1
        if t.marked == TRACE_OCTETS:
            t.marked = 0
            length = TRACE_OCTETS
    if octet == LF and before == CR and t.have == TRACE_LONG and t.ended >= TRACE_LONG:
        t.ended = 0
        length = TRACE_LONG
    if length and trace_multiframe(t, length):
        return True
    if t.run >= TRACE_CONSTANT:
        t.since = 0
        t.absent = False
        t.equal = 0
        if t.run == TRACE_CONSTANT:
            trace_accept(t, &octet, 1)
            return True
        return False
    if t.since == TRACE_ABSENT and not t.absent:
        t.equal = 0
        t.absent = True
        t.mismatch = t.compare
        return True
    return False

cdef inline bint trace_rests(const TraceRx *t) noexcept nogil:
    """The accepted trace goes on as it did in the last 64 octets: the same again changes nothing but places. That is
    one octet, or 16 with one marker, none of which looks like the end of 64."""
    cdef int i, markers = 0
    if not t.known or t.have < TRACE_LONG:
        return False
    if t.run > TRACE_CONSTANT:
        return t.marked == 0
    if t.equal <= TRACE_FRAMES or t.last_length != TRACE_OCTETS or t.length != TRACE_OCTETS:
        return False
    if memcmp(t.room, t.room + TRACE_OCTETS, TRACE_LONG - TRACE_OCTETS) != 0:
        return False
    for i in range(TRACE_OCTETS):
        markers += t.room[i] >= MARKER
        if t.room[i] == LF:
            return False
    return markers == 1

cdef inline void trace_rest(TraceRx *t, int n) noexcept nogil:
    """It rested for `n` octets."""
    cdef int _n
    for _n in range(n % TRACE_OCTETS):
        trace_take(t, t.room[t.at])

cdef inline void trace_expect(TraceRx *t, const uint8_t *octets, uint8_t length) noexcept nogil:
    """Await this trace; length 0: any."""
    t.compare = length != 0
    t.expected_length = length
    memcpy(t.expected, octets, length)
    if not t.compare:
        t.mismatch = False
    elif t.absent:
        t.mismatch = True
    elif t.equal >= TRACE_FRAMES or t.run >= TRACE_CONSTANT:
        trace_judge(t)

cdef inline void trace_fail(TraceRx *t) noexcept nogil:
    """The trail's signal is gone; the trace accepted last stays readable."""
    t.equal = t.have = t.run = t.marked = t.since = 0
    t.ended = TRACE_LONG + 1
    t.absent = t.mismatch = False

cdef inline bint trace_zero(const TraceRx *t) noexcept nogil:
    """The accepted trace is all zero: that of an unequipped path."""
    return t.known and t.length == 1 and t.value[0] == 0
