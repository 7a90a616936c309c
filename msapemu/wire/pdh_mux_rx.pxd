# cython: language_level=3
"""The multiplex of second or third order, sink (G.742, G.751): a signal, beginning at any bit -> four tributaries.

Frame alignment is searched at every bit: three frame alignment signals, a frame apart. It is lost after four wrong ones
in a row. While there is none, and while the signal is AIS, the tributaries get ones at their nominal rate.
"""
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memset

from msapemu.wire.bits cimport Accept, accept, accept_reset
from msapemu.wire.bitqueue cimport (BitQueue, bits_get, bits_load64, bits_put, bits_put_few, bits_room, bits_store64,
                                    bits_waiting)
from msapemu.wire.pdh_mux cimport (MUX_FAS, MUX_FAS_BITS, MUX_HEAD, MUX_NATIONAL_ROW, MUX_RAI_ROW, MUX_ROW_WORDS,
                                   MUX_TRIBUTARIES, MuxOrder, frame_to_rows, pattern_places, row_bit, row_payload)
from msapemu.wire.remote cimport MuxRemote
from msapemu.wire.status cimport (MUX_AIS, MUX_LOF, MUX_RAI, EventLog, defect_set, defects_clear)

cdef enum:
    MUX_LOST = 4                # wrong frame alignment signals in a row (G.742 4, G.751 1.3)
    MUX_FOUND = 3               # right ones
    MUX_NEVER = 8               # frame times without alignment: LOF where there has not been any
    MUX_AIS_ZEROS = 4           # at most, in the bits of a frame: ones (G.775 5.2, 5.3)
    MUX_AIS_PERIODS = 2         # of such bits in a row set AIS; as many others clear it, or frame alignment
    MUX_RAI_FRAMES = 5          # in a row, to set and to clear
    MUX_NATIONAL_FRAMES = 3     # in a row, to accept bit 12
    SEARCH_BITS = 64            # places looked at at once
    MUX_LINE_OCTETS = 2048      # that may wait for a frame, or for what is searched: 400, and what comes at once

cdef extern from * nogil:
    """
    #define msapemu_zeros64(x) ((unsigned)__builtin_popcountll(~(x)))
    #define msapemu_first_one64(x) ((unsigned)__builtin_clzll(x))
    """
    unsigned zeros64 "msapemu_zeros64"(uint64_t x) noexcept
    unsigned first_one64 "msapemu_first_one64"(uint64_t x) noexcept

cdef struct MuxCounters:
    # uint64 only
    uint64_t tx_frames
    uint64_t frames             # in alignment
    uint64_t fas_errors         # wrong frame alignment signals of these
    uint64_t losses             # of frame alignment
    uint64_t national           # bit 12, accepted
    uint64_t defects            # bit mask

cdef struct MuxRx:
    MuxCounters counters        # all but tx_frames
    MuxOrder order
    BitQueue line               # what has come and is not used up
    BitQueue *tributaries[4]
    MuxRx *below                # four of the next lower order that take the tributaries; NULL: they go elsewhere
    uint64_t positive[4]        # frames whose justification bit was stuff
    uint64_t filled[4]          # and whose was not
    MuxRemote *far
    EventLog *events
    int object                  # an EventObject
    bint failed                 # what brings this signal has failed: nothing here is news
    bint aligned
    unsigned wrong              # frame alignment signals in a row
    uint64_t hunted             # bits without alignment
    uint64_t due                # of ones for the tributaries, order.line times
    bint ais
    unsigned periods            # in a row that say otherwise
    uint64_t looked             # bits of the period
    uint64_t zeros              # in them
    Accept rai
    Accept national

# ---------------------------------------------------------------- defects

cdef inline bint mux_lost(const MuxRx *m) noexcept nogil:
    """No frames: so long that it is not just the start."""
    return not m.aligned and m.hunted >= 8 * <uint64_t>MUX_NEVER * m.order.octets

cdef inline void mux_look_anew(MuxRx *m) noexcept nogil:
    """The signal is not AIS."""
    m.ais = False
    m.periods = 0
    m.looked = m.zeros = 0

cdef inline void mux_consequences(MuxRx *m) noexcept nogil:
    """aAIS, aRDI <- SSF or dAIS or dLOF, and from then on until there are frames again."""
    cdef bint failed = m.failed or m.ais or (not m.aligned and (m.far.failed or mux_lost(m)))
    cdef int j
    if failed == m.far.failed:
        return
    mux_descend(m)              # what came before this
    m.far.failed = failed
    if m.below != NULL:
        for j in range(MUX_TRIBUTARIES):
            m.below[j].failed = failed

cdef inline void mux_tell(MuxRx *m) noexcept nogil:
    """cAIS <- dAIS and not SSF; cLOF <- dLOF and not dAIS and not SSF."""
    if m.failed:
        defects_clear(&m.counters.defects, m.events, m.object, MUX_AIS, MUX_RAI)
        return
    defect_set(&m.counters.defects, m.events, m.object, MUX_AIS, m.ais)
    defect_set(&m.counters.defects, m.events, m.object, MUX_LOF, mux_lost(m) and not m.ais)
    defect_set(&m.counters.defects, m.events, m.object, MUX_RAI,
               m.aligned and not m.ais and m.rai.known and m.rai.value)

cdef inline void mux_look(MuxRx *m, uint64_t bits, uint64_t zeros) noexcept nogil:
    """So many bits more, with so many zeros."""
    m.looked += bits
    m.zeros += zeros
    if m.looked < 8 * m.order.octets:
        return
    m.periods = 0 if (m.zeros <= MUX_AIS_ZEROS) == m.ais else m.periods + 1
    m.looked = m.zeros = 0
    if m.periods == MUX_AIS_PERIODS:
        m.ais = not m.ais
        m.periods = 0

cdef inline void mux_lose(MuxRx *m) noexcept nogil:
    """No alignment from here on."""
    m.aligned = False
    m.wrong = 0
    m.hunted = 0
    accept_reset(&m.rai)
    accept_reset(&m.national)

# ---------------------------------------------------------------- tributaries

cdef inline void mux_ones(MuxRx *m, uint64_t bits) noexcept nogil:
    """The time of so many bits of the line goes by without tributaries: AIS to them."""
    cdef uint8_t ones[64]
    cdef BitQueue *queue
    cdef uint64_t left, n
    cdef int j
    m.due += bits * m.order.of
    left = m.due // m.order.line >> 3
    m.due -= 8 * left * m.order.line
    memset(ones, 0xff, 64)
    while left:
        n = min(left, <uint64_t>64)
        for j in range(MUX_TRIBUTARIES):
            queue = m.tributaries[j]
            if bits_room(queue) < 8 * n:
                queue.overflows += 1
            else:
                bits_put(queue, ones, n)
        left -= n

cdef inline void mux_payload_out(MuxRx *m, int j, const uint64_t *row) noexcept nogil:
    """The tributary in a row."""
    cdef uint64_t payload[7]
    cdef uint8_t octets[48]
    cdef BitQueue *queue = m.tributaries[j]
    cdef unsigned set_bits = m.order.set
    cdef bint more = row_bit(row, set_bits) + row_bit(row, 2 * set_bits) + row_bit(row, 3 * set_bits) < 2
    cdef unsigned n = m.order.payload + more
    cdef unsigned i
    m.filled[j] += more
    m.positive[j] += not more
    if bits_room(queue) < n:
        queue.overflows += 1
        return
    memset(payload, 0, sizeof(payload))
    row_payload(&m.order, payload, row, more, False)
    for i in range(<unsigned>MUX_ROW_WORDS - 1):
        bits_store64(octets + 8 * i, payload[i])
    bits_put(queue, octets, n >> 3)
    if n & 7:
        bits_put_few(queue, octets[n >> 3] >> (8 - (n & 7)), n & 7)

# ---------------------------------------------------------------- frames

cdef inline void mux_frame(MuxRx *m, const uint8_t *frame) noexcept nogil:
    """One frame in alignment (and 6 octets behind it that mean nothing)."""
    cdef uint64_t rows[28]
    cdef uint64_t zeros = 0
    cdef unsigned i
    cdef unsigned bits = 8 * m.order.octets
    cdef int j
    m.counters.frames += 1
    if bits_load64(frame) >> (64 - MUX_FAS_BITS) != MUX_FAS:
        m.counters.fas_errors += 1
        m.wrong += 1
        for i in range(m.order.octets >> 3):
            zeros += zeros64(bits_load64(frame + 8 * i))
        for i in range(m.order.octets & ~<unsigned>7, m.order.octets):
            zeros += zeros64(frame[i] | ~<uint64_t>0xff)
        mux_look(m, bits, zeros)
    else:
        m.wrong = 0
        mux_look_anew(m)
    if m.wrong == MUX_LOST:
        mux_lose(m)
        m.counters.losses += 1
        m.hunted = <uint64_t>MUX_NEVER * bits
    mux_consequences(m)
    if m.ais or not m.aligned:
        mux_ones(m, bits)
        return
    memset(rows, 0, sizeof(rows))
    frame_to_rows(&m.order, frame, rows)
    accept(&m.rai, row_bit(rows + MUX_RAI_ROW * MUX_ROW_WORDS, MUX_HEAD - 1), MUX_RAI_FRAMES)
    if accept(&m.national, row_bit(rows + MUX_NATIONAL_ROW * MUX_ROW_WORDS, MUX_HEAD - 1), MUX_NATIONAL_FRAMES):
        m.counters.national = m.national.value
    for j in range(MUX_TRIBUTARIES):
        mux_payload_out(m, j, rows + j * MUX_ROW_WORDS)

cdef inline uint64_t mux_peek(BitQueue *line, uint64_t ahead, uint64_t *after) noexcept nogil:
    """64 bits that stand `ahead` bits from here, and the 64 after them."""
    cdef uint8_t octets[16]
    cdef uint64_t head = line.head
    line.head += ahead
    bits_get(line, octets, 16)
    line.head = head
    after[0] = bits_load64(octets + 8)
    return bits_load64(octets)

cdef inline void mux_pass(MuxRx *m, uint64_t bits) noexcept nogil:
    """So many bits are no frame."""
    m.line.head += bits
    m.hunted += bits
    mux_ones(m, bits)

cdef inline bint mux_search(MuxRx *m) noexcept nogil:
    """Look at the next 64 places. False: not enough has come."""
    cdef uint64_t frame = 8 * m.order.octets
    cdef uint64_t apart = (MUX_FOUND - 1) * frame
    cdef uint64_t here, after, places
    if bits_waiting(&m.line) < apart + 2 * SEARCH_BITS:
        return False
    here = mux_peek(&m.line, 0, &after)
    mux_look(m, SEARCH_BITS, zeros64(here))
    places = pattern_places(here, after, MUX_FAS, MUX_FAS_BITS)
    if places:
        here = mux_peek(&m.line, frame, &after)
        places &= pattern_places(here, after, MUX_FAS, MUX_FAS_BITS)
    if places:
        here = mux_peek(&m.line, apart, &after)
        places &= pattern_places(here, after, MUX_FAS, MUX_FAS_BITS)
    if not places:
        mux_pass(m, SEARCH_BITS)
        mux_consequences(m)
        return True
    # the frame that begins with the third signal is the first one that is used
    mux_pass(m, first_one64(places) + apart)
    m.aligned = True
    mux_look_anew(m)
    mux_consequences(m)
    return True

cdef inline void mux_run(MuxRx *m) noexcept nogil:
    """Use up what has come, but for less than a frame."""
    cdef uint8_t frame[200]
    if m.failed:
        mux_lose(m)
        mux_look_anew(m)
        mux_consequences(m)
        mux_pass(m, bits_waiting(&m.line))
        m.hunted = 0
    while not m.failed:
        if not m.aligned:
            if not mux_search(m):
                break
        elif bits_waiting(&m.line) >= 8 * m.order.octets:
            bits_get(&m.line, frame, m.order.octets)
            mux_frame(m, frame)
        else:
            break
    mux_tell(m)
    mux_descend(m)

cdef inline void mux_descend(MuxRx *m) noexcept nogil:
    """The tributaries of the next lower order take what has come of them."""
    cdef int j
    if m.below != NULL:
        for j in range(MUX_TRIBUTARIES):
            mux_run(&m.below[j])

cdef inline void mux_receive(MuxRx *m, const uint8_t *octets, uint64_t n) noexcept nogil:
    """Take n octets of the signal, 1000 at most."""
    m.failed = False
    bits_put(&m.line, octets, n)
    mux_run(m)

cdef inline void mux_silent(MuxRx *m, uint64_t n) noexcept nogil:
    """No signal for the time of n octets, 1000 at most: LOS, which is the line's to tell."""
    m.failed = True
    m.line.head = m.line.tail
    mux_run(m)
    mux_ones(m, 8 * n)
    mux_descend(m)
