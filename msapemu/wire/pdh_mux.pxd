# cython: language_level=3
"""The frames of the multiplexes of second and third order: four tributaries, interleaved bit by bit.

    G.742   8448 kbit/s    848 bits   tributaries of 2048 kbit/s (E1)
    G.751   34368 kbit/s   1536 bits  tributaries of 8448 kbit/s (E2)

Both are one scheme. A frame is four sets of equal length:

    set I    1111010000 (frame alignment signal), RAI, a bit for national use, then the tributaries
    set II   C11 C21 C31 C41, the tributaries
    set III  C12 C22 C32 C42, the tributaries
    set IV   C13 C23 C33 C43, the justification bits of the four, the tributaries

Two of Cj1, Cj2, Cj3 are 1: the justification bit of tributary j is stuff; else it is a bit of the tributary. All
overhead comes in fours, so that the whole frame is four rows interleaved bit by bit; row j, with 53 or 96 bits a set:

    3 bits of overhead, 50 (93) of tributary j, Cj1, 52 (95), Cj2, 52 (95), Cj3, justification bit, 51 (94)
"""
from libc.stdint cimport int64_t, uint8_t, uint64_t

from msapemu.wire.bitqueue cimport bits_load64, bits_store64
from msapemu.wire.synchronizer cimport ONE_BIT

cdef extern from "pdh_interleave.h" nogil:
    uint64_t interleave "msapemu_interleave"(uint64_t lanes) noexcept
    uint64_t deinterleave "msapemu_deinterleave"(uint64_t word) noexcept
    uint64_t pattern_places "msapemu_pattern_places"(uint64_t here, uint64_t after, unsigned pattern,
                                                     int length) noexcept

cdef enum:
    MUX_TRIBUTARIES = 4
    MUX_SETS = 4
    MUX_FAS = 0b1111010000      # G.742 and G.751, table 1
    MUX_FAS_BITS = 10
    MUX_HEAD = 3                # bits of a row: FAS, RAI, national, 12 of the frame
    MUX_RAI_ROW = 2             # bit 11 is the last one of the third row's head
    MUX_NATIONAL_ROW = 3        # bit 12
    MUX_ROW_WORDS = 7           # of a row with what a search for 64 bits may read behind it
    MUX_FRAME_OCTETS = 192      # the longer one
    E2_SET = 53                 # bits of a row in a set
    E3_SET = 96

cdef struct MuxOrder:
    unsigned octets             # of a frame
    unsigned set                # bits of a row in a set
    unsigned payload            # bits of a tributary in a frame, without the justification bit
    uint64_t of                 # the tributary has `of` bits in `line` bits of the line, nominally
    uint64_t line

cdef inline MuxOrder mux_order(unsigned set_bits) noexcept nogil:
    """E2_SET or E3_SET."""
    cdef MuxOrder o
    o.set = set_bits
    o.octets = set_bits * MUX_SETS * MUX_TRIBUTARIES >> 3
    o.payload = set_bits * MUX_SETS - MUX_HEAD - MUX_SETS
    o.of = 8 if set_bits == E2_SET else 44
    o.line = 33 if set_bits == E2_SET else 179
    return o

cdef inline int64_t mux_share(const MuxOrder *o, double ppm) noexcept nogil:
    """How many of the justification bits carry a bit, ONE_BIT times, of a tributary whose clock is off by `ppm`:
    nominally 19/33 in an E2, 101/179 in an E3 (0.424 and 0.436 are stuff)."""
    cdef double bits = 8.0 * o.octets * o.of / o.line * (1 + ppm / 1e6)
    return <int64_t>((bits - o.payload) * ONE_BIT)

# ---------------------------------------------------------------- rows: bits in words, first bit highest

cdef inline uint64_t row_bits(const uint64_t *row, unsigned at) noexcept nogil:
    """64 bits from bit `at` on."""
    cdef const uint64_t *word = row + (at >> 6)
    cdef unsigned shift = at & 63
    return (word[0] << shift) | ((word[1] >> 1) >> (63 - shift))

cdef inline unsigned row_bit(const uint64_t *row, unsigned at) noexcept nogil:
    return (row[at >> 6] >> (63 - (at & 63))) & 1

cdef inline void row_set(uint64_t *row, unsigned at, uint64_t bit) noexcept nogil:
    """Bit `at`, which is zero, becomes `bit`."""
    row[at >> 6] |= bit << (63 - (at & 63))

cdef inline void row_copy(uint64_t *out, unsigned to, const uint64_t *row, unsigned at, unsigned n) noexcept nogil:
    """n bits from bit `at` on, to bit `to` on, where zeros are."""
    cdef uint64_t bits
    cdef unsigned run, shift
    while n:
        run = min(n, <unsigned>64)
        bits = row_bits(row, at) >> (64 - run) << (64 - run)
        shift = to & 63
        out[to >> 6] |= bits >> shift
        out[(to >> 6) + 1] |= (bits << 1) << (63 - shift)
        at += run
        to += run
        n -= run

cdef inline void row_payload(const MuxOrder *o, uint64_t *out, const uint64_t *row, bint more,
                             bint assemble) noexcept nogil:
    """The tributary's bits one after the other: out of a row, or (`assemble`) into it. `more`: with the
    justification bit."""
    cdef unsigned s
    cdef unsigned at = MUX_HEAD
    cdef unsigned done = 0
    cdef unsigned n
    for s in range(<unsigned>MUX_SETS):
        if s == MUX_SETS - 1 and not more:
            at += 1
        n = (s + 1) * o.set - at
        if assemble:
            row_copy(out, at, row, done, n)
        else:
            row_copy(out, done, row, at, n)
        done += n
        at += n + 1

# ---------------------------------------------------------------- the frame as octets

cdef inline void rows_to_frame(const MuxOrder *o, const uint64_t *rows, uint8_t *frame) noexcept nogil:
    """Interleave four rows of MUX_ROW_WORDS; up to 6 octets behind the frame are written too."""
    cdef unsigned i, shift
    cdef const uint64_t *at
    for i in range((o.octets + 7) >> 3):
        at = rows + (i >> 2)
        shift = 48 - 16 * (i & 3)
        bits_store64(frame + 8 * i, interleave(((at[0] >> shift) << 48)
                                               | (((at[MUX_ROW_WORDS] >> shift) & 0xffff) << 32)
                                               | (((at[2 * MUX_ROW_WORDS] >> shift) & 0xffff) << 16)
                                               | ((at[3 * MUX_ROW_WORDS] >> shift) & 0xffff)))

cdef inline void frame_to_rows(const MuxOrder *o, const uint8_t *frame, uint64_t *rows) noexcept nogil:
    """The other way round, into zeros; up to 6 octets behind the frame are read too."""
    cdef unsigned i, shift
    cdef uint64_t lanes
    cdef uint64_t *at
    for i in range((o.octets + 7) >> 3):
        lanes = deinterleave(bits_load64(frame + 8 * i))
        at = rows + (i >> 2)
        shift = 48 - 16 * (i & 3)
        at[0] |= (lanes >> 48) << shift
        at[MUX_ROW_WORDS] |= ((lanes >> 32) & 0xffff) << shift
        at[2 * MUX_ROW_WORDS] |= ((lanes >> 16) & 0xffff) << shift
        at[3 * MUX_ROW_WORDS] |= (lanes & 0xffff) << shift
