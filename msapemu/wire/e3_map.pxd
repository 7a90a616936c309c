# cython: language_level=3
"""E3 in a VC-3 (G.707 10.1.2.1, asynchronous mapping of 34 368 kbit/s).

A VC-3 frame is 9 rows of 85 octets, the first of each path overhead; three rows are a sub-frame of 1432 bits, nominal.
By column (path overhead: 0), a row is twenty groups of three octets of the E3 with fixed stuff (R) between them, and

    column 42    C = R R R R R R C1 C2
    column 84    C again, but in row 3 of the sub-frame, whose columns 80..84 are R R A B I:
                 A = R R R R R R R S1, B = S2 and 7 bits of the E3, I = 8 bits of it

C1, five times: 00000: S1 is a bit of the E3, 11111: it is stuff. C2 and S2 likewise. Nominal is S1 stuff, S2 a bit:
what C1 = 1, C2 = 0 fix for a synchronous E3.
"""
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcpy, memset

from msapemu.wire.bitqueue cimport (BitQueue, bits_get, bits_get_few, bits_offer, bits_put, bits_put_few, bits_room,
                                    bits_want)
from msapemu.wire.synchronizer cimport Synchronizer, sync_error, sync_justify, sync_short

cdef enum:
    # a VC-3 frame
    E3_ROW = 85
    E3_SUBFRAMES = 3
    E3_SUBFRAME = 255           # octets: three rows
    # a row
    E3_GROUP = 3                # octets of a group
    E3_GROUPS = 20
    E3_ROW_OCTETS = 60          # of the E3
    E3_C_MIDDLE = 42
    E3_C_END = 84
    # the end of row 3
    E3_GROUPS_SHORT = 19        # groups in row 3
    E3_A = 82                   # holds S1
    E3_B = 83                   # holds S2 and 7 bits of the E3
    E3_LAST = 84                # 8 bits of it
    # the E3
    E3_WHOLE = 177              # octets of the E3 before S1: 60 + 60 + 57
    E3_SUBFRAME_OCTETS = 179    # with B and the last one: nominal
    E3_SUBFRAME_BITS = 1432
    E3_BITS = 4296              # of a frame, nominal
    E3_OCTETS = 537
    # C, by what a sub-frame carries (C = 1: stuff)
    E3_C1 = 0x02
    E3_C2 = 0x01
    E3_NOMINAL = 0x02           # S2 alone is a bit: 1432
    E3_POSITIVE = 0x03          # neither is: 1431
    E3_NEGATIVE = 0x00          # both are: 1433
    E3_S1 = 0x01
    C2_E3 = 0x04                # path signal label: asynchronous 34 or 45 Mbit/s in a C-3
    # the synchronizer
    E3_GAIN = 13
    E3_BAND = 512               # bits

cdef extern from * nogil:
    """
    /* columns in which the groups of three octets of the E3 begin */
    static const uint8_t msapemu_e3_columns[20] = {
        2, 6, 10, 14, 19, 23, 27, 31, 35, 39, 44, 48, 52, 56, 61, 65, 69, 73, 77, 81,
    };
    """
    const uint8_t *E3_COLUMNS "msapemu_e3_columns"

cdef inline uint8_t majority5(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint8_t e) noexcept nogil:
    """Bit by bit what three of five say."""
    return (a & b & (c | d | e)) | (c & d & (a | b | e)) | (e & (a | b) & (c | d))

# ---------------------------------------------------------------- source

cdef struct E3Tx:
    Synchronizer sync           # sync.queue: E3 -> VC-3

cdef inline void e3_row(uint8_t *row, const uint8_t *octets, int groups) noexcept nogil:
    """A row but for its path overhead: groups of the E3, the rest 0."""
    cdef int g
    memset(row + 1, 0, E3_ROW - 1)
    for g in range(groups):
        memcpy(row + E3_COLUMNS[g], octets + E3_GROUP * g, E3_GROUP)

cdef inline void e3_subframe(uint8_t *rows, const uint8_t *octets, uint8_t c, uint8_t s1) noexcept nogil:
    """One sub-frame: 179 octets of the E3, in place of the 178th what B is; what A and the C are."""
    e3_row(rows, octets, E3_GROUPS)
    e3_row(rows + E3_ROW, octets + E3_ROW_OCTETS, E3_GROUPS)
    rows[E3_C_MIDDLE] = rows[E3_C_END] = c
    rows += E3_ROW
    rows[E3_C_MIDDLE] = rows[E3_C_END] = c
    rows += E3_ROW
    e3_row(rows, octets + 2 * E3_ROW_OCTETS, E3_GROUPS_SHORT)
    rows[E3_C_MIDDLE] = c
    rows[E3_A] = s1
    rows[E3_B] = octets[E3_WHOLE]
    rows[E3_LAST] = octets[E3_WHOLE + 1]

cdef inline void e3_source(E3Tx *e, uint8_t *frame) noexcept nogil:
    """Fill the 756 payload octets of the next VC-3 frame (765 octets; the first of each row is left alone).

    AIS (ones) takes the place of bits that have not come.
    """
    cdef BitQueue *queue = &e.sync.queue
    cdef uint8_t octets[537]
    cdef int64_t error
    cdef uint64_t last
    cdef uint8_t c
    cdef int t, more
    e.sync.frames += 1
    if sync_short(&e.sync, octets, E3_OCTETS):
        for t in range(E3_SUBFRAMES):
            e3_subframe(frame + E3_SUBFRAME * t, octets + E3_SUBFRAME_OCTETS * t, E3_NOMINAL, 0)
        return
    error = sync_error(&e.sync, E3_BITS)
    for t in range(E3_SUBFRAMES):
        more = sync_justify(&e.sync, error, (E3_SUBFRAMES - t) * E3_SUBFRAME_BITS)
        c = E3_NOMINAL if more == 0 else E3_NEGATIVE if more > 0 else E3_POSITIVE
        bits_get(queue, octets, E3_WHOLE)
        last = bits_get_few(queue, 8 + more)
        octets[E3_WHOLE] = <uint8_t>last                # S2, or stuff: 0
        bits_get(queue, octets + E3_WHOLE + 1, 1)
        e3_subframe(frame + E3_SUBFRAME * t, octets, c, <uint8_t>(last >> 8))   # S1, or stuff: 0

cdef inline uint64_t e3_push(E3Tx *e, const uint8_t *octets, uint64_t n) noexcept nogil:
    """Bits for the source; how many octets were taken."""
    return bits_offer(&e.sync.queue, octets, n, 1)

# ---------------------------------------------------------------- sink

cdef struct E3Rx:
    BitQueue queue              # VC-3 -> E3; overflows: frames that found no room
    uint64_t frames             # read
    uint64_t positive           # sub-frames of 1431 bits
    uint64_t negative           # sub-frames of 1433 bits
    uint64_t ais                # ones sent on in place of a failed trail's bits

cdef inline void e3_sink(E3Rx *e, const uint8_t *frame) noexcept nogil:
    """The bits of one received VC-3 frame (765 octets). R bits are ignored."""
    cdef uint8_t octets[177]
    cdef const uint8_t *row
    cdef uint8_t c
    cdef uint64_t last
    cdef unsigned n
    cdef int t, g
    e.frames += 1
    if bits_room(&e.queue) < E3_BITS + E3_SUBFRAMES:
        e.queue.overflows += 1
        return
    for t in range(E3_SUBFRAMES):
        row = frame + E3_SUBFRAME * t
        c = majority5(row[E3_C_MIDDLE], row[E3_C_END], row[E3_ROW + E3_C_MIDDLE], row[E3_ROW + E3_C_END],
                      row[2 * E3_ROW + E3_C_MIDDLE])
        for g in range(E3_GROUPS):
            memcpy(octets + E3_GROUP * g, row + E3_COLUMNS[g], E3_GROUP)
        row += E3_ROW
        for g in range(E3_GROUPS):
            memcpy(octets + E3_ROW_OCTETS + E3_GROUP * g, row + E3_COLUMNS[g], E3_GROUP)
        row += E3_ROW
        for g in range(E3_GROUPS_SHORT):
            memcpy(octets + 2 * E3_ROW_OCTETS + E3_GROUP * g, row + E3_COLUMNS[g], E3_GROUP)
        n = 9 - (c & E3_C1 != 0) - (c & E3_C2 != 0)
        last = row[E3_B]
        if c & E3_C2:
            last &= 0x7f
        if not c & E3_C1:
            last |= <uint64_t>(row[E3_A] & E3_S1) << (n - 1)
        e.positive += n == 7
        e.negative += n == 9
        bits_put(&e.queue, octets, E3_WHOLE)
        bits_put_few(&e.queue, last, n)
        bits_put(&e.queue, row + E3_LAST, 1)

cdef inline void e3_fail(E3Rx *e) noexcept nogil:
    """The trail has failed for the time of a VC-3 frame (125 us): AIS at nominal rate (G.783, all ones).

    To be called from the frame on in which the defect is found: AIS is due within 250 us of it.
    """
    cdef uint8_t ones[537]
    if bits_room(&e.queue) < E3_BITS:
        e.queue.overflows += 1
        return
    memset(ones, 0xff, E3_OCTETS)
    bits_put(&e.queue, ones, E3_OCTETS)
    e.ais += E3_BITS

cdef inline uint64_t e3_pop(E3Rx *e, uint8_t *out, uint64_t n) noexcept nogil:
    """Up to n octets of what has come; how many."""
    return bits_want(&e.queue, out, n, 1)
