# cython: language_level=3
"""The search for E1 frame alignment (G.706 4.1.2): all 512 places of a double frame at once.

A place is a candidate when the FAS stands there, bit 2 is 1 a frame later, and the FAS stands there again. A run of 256
bits is a row of masks, a bit a place; level j of a place says that the FAS has been there j + 1 times in a row with
bit 2 between, so that one step is a few words of logic. Where more than one place could be it, by chance or because the
payload imitates the FAS, the search goes on until it is one, and at most until LEVELS; then the next one is tried.
"""
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memset

from msapemu.wire.bitqueue cimport bits_load64

cdef enum:
    WORDS = 4                   # of 256 bits
    LEVELS = 5                  # 0: the FAS alone; 4: five times, 1.25 ms
    HUNT_ROWS = 4               # runs before anything is chosen: every place was seen whole
    PLACES = 512
    HUNT_AHEAD = 8              # bits beyond the run that the pattern may reach

cdef extern from * nogil:
    """
    #define msapemu_popcount64(x) ((unsigned)__builtin_popcountll(x))
    #define msapemu_clz64(x) ((unsigned)__builtin_clzll(x))
    """
    unsigned popcount64 "msapemu_popcount64"(uint64_t x) noexcept
    unsigned clz64 "msapemu_clz64"(uint64_t x) noexcept

cdef struct Hunt:
    uint64_t level[2][5][4]     # by parity of the run, level, word; the first bit of a run highest
    uint64_t second[4]          # bit 2 of the run before
    unsigned parity             # of the newest run
    unsigned rows               # seen, saturating at HUNT_ROWS

cdef inline void hunt_start(Hunt *h) noexcept nogil:
    memset(h, 0, sizeof(Hunt))

cdef inline void hunt_row(Hunt *h, const uint8_t *row) noexcept nogil:
    """256 bits more, and the 8 behind them."""
    cdef uint64_t word, after, fas, second
    cdef int w, j
    h.parity ^= 1
    for w in range(WORDS):
        word = bits_load64(row + 8 * w)
        after = <uint64_t>row[8 * w + 8] << 56
        second = (word << 1) | (after >> 63)
        fas = (~second & ~((word << 2) | (after >> 62)) & ((word << 3) | (after >> 61)) & ((word << 4) | (after >> 60))
               & ~((word << 5) | (after >> 59)) & ((word << 6) | (after >> 58)) & ((word << 7) | (after >> 57)))
        for j in range(LEVELS - 1, 0, -1):
            h.level[h.parity][j][w] = h.level[h.parity][j - 1][w] & h.second[w] & fas
        h.level[h.parity][0][w] = fas
        h.second[w] = second
    if h.rows < HUNT_ROWS:
        h.rows += 1

cdef inline unsigned hunt_count(const Hunt *h, int level) noexcept nogil:
    cdef unsigned n = 0
    cdef int w
    for w in range(WORDS):
        n += popcount64(h.level[0][level][w]) + popcount64(h.level[1][level][w])
    return n

cdef inline int hunt_next(const Hunt *h, int level, int after) noexcept nogil:
    """The first place behind `after`, round about, that stands at this level; -1: none. Places 0..255 are those of the
    newest run, 256..511 those of the one before it."""
    cdef int i, place, w
    cdef uint64_t word
    for i in range(2 * WORDS + 1):
        place = (after + 1 + 64 * i) % PLACES if i == 0 else ((after + 1) // 64 * 64 + 64 * i) % PLACES
        w = (place % 256) // 64
        word = h.level[h.parity if place < 256 else h.parity ^ 1][level][w] << (place % 64)
        if word:
            place += <int>clz64(word)
            return place
    return -1

cdef inline int hunt_choose(const Hunt *h, int after) noexcept nogil:
    """The place to be taken now; -1: none yet. `after`: where frame alignment was before, and was false."""
    cdef int j
    cdef unsigned n
    if h.rows < HUNT_ROWS:
        return -1
    for j in range(1, LEVELS):
        n = hunt_count(h, j)
        if n == 0:
            return -1
        if n == 1:
            return hunt_next(h, j, after)
    return hunt_next(h, LEVELS - 1, after)

# ---------------------------------------------------------------- the multiframe alignment signal

cdef enum:
    MFAS_WINDOW = 32            # odd frames: 8 ms
    MFAS_PERIOD = 8             # odd frames of a multiframe

cdef struct Mfas:
    uint8_t bits                # Si of odd frames, newest lowest
    uint64_t count              # odd frames
    uint64_t seen[8]            # by phase: when the signal was there last; 0 never

cdef inline void mfas_start(Mfas *m) noexcept nogil:
    memset(m, 0, sizeof(Mfas))

cdef inline bint mfas_take(Mfas *m, bint si) noexcept nogil:
    """Si of one more odd frame. True: this is frame 11, and the signal was there a multiple of 2 ms before, within 8 ms
    (G.706 4.2)."""
    cdef uint64_t *seen
    cdef bint found
    m.bits = <uint8_t>(m.bits << 1 | si)
    m.count += 1
    if m.count < 6 or (m.bits & 0x3f) != 0b001011:
        return False
    seen = &m.seen[m.count % MFAS_PERIOD]
    found = seen[0] != 0 and m.count - seen[0] < MFAS_WINDOW
    seen[0] = m.count
    return found
