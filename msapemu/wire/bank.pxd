# cython: language_level=3
"""The 63 VC-12s of a VC-4, received: all of them at once, for as long as their pointers stand still.

On the line an octet of every TU-12 stands beside that of the others: a *row*. A TU multiframe is 140 rows of data, and
a VC-12 whose pointer does not change (*steady*) has its frame in 140 rows too: `filled` of the multiframe before, the
rest of this one. Where all pointers are equal these are the same rows for all; else the rows are turned into columns,
each is shifted by its own pointer, and the frames are turned back. So parities, overhead and payload of 63 VC-12s are
handled a row at a time (au_rx.pxd).

The stores of steady VC-12s are written when somebody reads them: rows are kept for as long as a store keeps frames.
"""
from libc.stddef cimport size_t
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from msapemu.wire.kernels cimport kernels
from msapemu.wire.store cimport Store, store_run
from msapemu.wire.tu cimport COLUMN, QUARTER, ROW, TU12S, TU_COLUMN, TU_ROWS, VC12_OCTETS, VC4_COLUMNS, row63

cdef enum:
    BANK_KEPT = 40              # TU multiframes whose rows are kept
    BANK_SLEEP = 32             # frames whose overhead is counted together, at most: a K4 multiframe
    APART = 0xff                # the pointers of steady columns differ
    FRAME = 288                 # octets of a frame by column in memory

cdef struct Bank:
    # rows have 64 octets, and begin at a multiple of 64
    uint8_t rows[40][144][64]   # data of TU multiframe n, 140 rows of it, at n % BANK_KEPT
    uint8_t frame[144][64]      # of frames whose pointers differ
    uint8_t v[4][64]            # V1..V4
    uint8_t words[2][64]        # V1, V2 of the multiframe before
    # overhead received, for the comparison with what is received next
    uint8_t v5[64]              # as it is without BIP-2 and REI
    uint8_t bip[2][64]          # BIP-2 of the frame in multiframe n at n & 1
    uint8_t n2[64]
    uint8_t j2[16][64]          # of the frame in multiframe n at n % 16
    uint8_t k4[32][64]          # at n % 32
    uint8_t columns[2][66][144]     # TU multiframe n by columns at n & 1, and room to write beyond
    uint8_t frames[64][288]     # frames by column, likewise
    uint64_t columns_of[2]      # which multiframe stands there
    uint64_t frames_of          # which one ends the frames there, of columns `framed`
    uint64_t framed
    # the frames that this multiframe ends: `filled` rows, then the others
    const uint8_t *first        # when their pointers differ: all
    const uint8_t *second
    uint8_t shift               # `filled` of all steady columns that are read, or APART
    uint64_t shifted            # the columns that it holds for
    # columns, one bit each
    uint64_t settled            # the pointer has no count under way, and names the frames that come
    uint64_t steady             # settled, and came with the same pointer again: the octets stand in rows
    uint64_t asleep             # steady, and the overhead is as it was: it is not looked at one by one
    uint64_t counting           # of those asleep, members whose frames are counted and wanted
    uint64_t kept               # somebody reads the store
    uint64_t due[32]            # of those asleep, which are to be looked at in multiframe n % 32
    # columns that are steady
    uint64_t now                # number of the newest TU multiframe
    uint64_t since[64]          # the multiframe with which it became steady
    uint64_t counted[64]        # the last one whose overhead has been counted
    uint64_t stored[64]         # the last one that is in its store
    uint8_t filled[64]          # octets of a frame that come in the multiframe before
    Store *store[63]

cdef extern from * nogil:
    """
    #include <string.h>
    static inline void msapemu_column(uint8_t *out, const uint8_t *in)
    {
        for (int i = 0; i < 144; i += 16)
            memcpy(out + i, in + i, 16);
    }
    /* bit c: octet c of these words is not zero */
    static inline uint64_t msapemu_octets_set(const uint64_t *x)
    {
        uint64_t any = 0, mask = 0;
        for (int i = 0; i < 8; i++)
            any |= x[i];
        if (!any)
            return 0;
        for (int i = 0; i < 64; i++)
            mask |= (uint64_t)(((const uint8_t *)x)[i] != 0) << i;
        return mask;
    }
    /* Parity of the odd-numbered and of the even-numbered bits of every octet. */
    static inline void msapemu_row_bip2(uint8_t *out, const uint8_t *sum)
    {
        uint64_t x[8];
        memcpy(x, sum, 64);
        for (int i = 0; i < 8; i++) {
            x[i] = (x[i] ^ x[i] >> 4) & 0x0f0f0f0f0f0f0f0fu;
            x[i] = (x[i] ^ x[i] >> 2) & 0x0303030303030303u;
        }
        memcpy(out, x, 64);
    }
    /* Columns whose V5 does not begin with this BIP-2, or is not as it was, or has REI. Keeps what it is. */
    static inline uint64_t msapemu_v5_differs(const uint8_t *v5, const uint8_t *bip, uint8_t *was)
    {
        uint64_t x[8], b[8], w[8], d[8];
        memcpy(x, v5, 64);
        memcpy(b, bip, 64);
        memcpy(w, was, 64);
        for (int i = 0; i < 8; i++) {
            d[i] = ((x[i] >> 6 & 0x0303030303030303u) ^ b[i]) | ((x[i] & 0x3f3f3f3f3f3f3f3fu) ^ w[i]);
            w[i] = x[i] & 0x1f1f1f1f1f1f1f1fu;
        }
        memcpy(was, w, 64);
        return msapemu_octets_set(d);
    }
    /* Columns in which these bits are not as they were. Keeps what they are. */
    static inline uint64_t msapemu_row_changes(const uint8_t *row, uint8_t *was, uint8_t bits)
    {
        uint64_t x[8], w[8], mask = bits * UINT64_C(0x0101010101010101);
        memcpy(x, row, 64);
        memcpy(w, was, 64);
        memcpy(was, x, 64);
        for (int i = 0; i < 8; i++)
            w[i] = (w[i] ^ x[i]) & mask;
        return msapemu_octets_set(w);
    }
    static inline int msapemu_lowest(uint64_t mask)
    {
        return __builtin_ctzll(mask);
    }
    """
    void copy_column "msapemu_column"(uint8_t *out, const uint8_t *octets) noexcept
    void row_bip2 "msapemu_row_bip2"(uint8_t *out, const uint8_t *sum) noexcept
    uint64_t v5_differs "msapemu_v5_differs"(const uint8_t *v5, const uint8_t *bip, uint8_t *was) noexcept
    uint64_t row_changes "msapemu_row_changes"(const uint8_t *row, uint8_t *was, uint8_t bits) noexcept
    int lowest "msapemu_lowest"(uint64_t mask) noexcept

cdef inline uint64_t column_bit(int c) noexcept nogil:
    return <uint64_t>1 << c

# ---------------------------------------------------------------- TU multiframes

cdef inline void bank_quarter(Bank *b, int quarter, const uint8_t *vc) noexcept nogil:
    """Read quarter 0..3 of the next TU multiframe out of a VC-4."""
    cdef uint8_t *out = &b.rows[(b.now + 1) % BANK_KEPT][quarter * QUARTER][0]
    cdef int row
    row63(&b.v[quarter][0], vc + TU_COLUMN)
    for row in range(1, TU_ROWS):
        row63(out, vc + (row >> 2) * VC4_COLUMNS + TU_COLUMN + (row & 3) * TU12S)
        out += ROW

cdef inline uint64_t bank_same(Bank *b) noexcept nogil:
    """The next TU multiframe is there: the columns whose pointer word is that of the one before."""
    cdef uint64_t changed = row_changes(&b.v[0][0], &b.words[0][0], 0xff)
    changed |= row_changes(&b.v[1][0], &b.words[1][0], 0xff)
    b.now += 1
    return ~changed

cdef inline const uint8_t *bank_columns(Bank *b, uint64_t number) noexcept nogil:
    """TU multiframe `number`, one of those that are kept, by columns; two that follow each other stay."""
    cdef uint8_t *out = &b.columns[number & 1][0][0]
    if b.columns_of[number & 1] != number:
        kernels.transpose(out, COLUMN, &b.rows[number % BANK_KEPT][0][0], ROW, COLUMN, ROW)
        b.columns_of[number & 1] = number
    return out

cdef inline void bank_store(Bank *b, uint64_t columns, uint64_t last) noexcept nogil:
    """Bring the stores of these steady columns up to TU multiframe `last`, the newest or the one before."""
    cdef uint64_t number = last, left = columns
    cdef const uint8_t *octets
    cdef Store *s
    cdef int c
    while left:
        c = lowest(left)
        left &= left - 1
        if number > b.stored[c] + 1:
            number = b.stored[c] + 1
    if number + BANK_KEPT < b.now + 2:      # the next one is being written already
        number = b.now + 2 - BANK_KEPT
    while number <= last:
        octets = bank_columns(b, number)
        left = columns
        while left:
            c = lowest(left)
            left &= left - 1
            if b.stored[c] < number:
                s = b.store[c]
                s.number += number - 1 - b.stored[c]        # those that are too old
                store_run(s, octets + c * COLUMN)
                b.stored[c] = number
        number += 1

cdef inline void bank_keep(const Store *s) noexcept nogil:
    """Somebody reads this store from now on: what it would hold stands in it, and is written as it comes."""
    cdef Bank *b = <Bank *>s.bank
    if not b.kept & column_bit(s.column):
        bank_store(b, b.steady, b.now)
        b.kept |= column_bit(s.column)

# ---------------------------------------------------------------- frames

cdef inline void bank_frames(Bank *b, uint64_t columns) noexcept nogil:
    """Put the frames of these steady columns that end with this multiframe into `frames`."""
    cdef const uint8_t *before
    cdef const uint8_t *octets
    cdef int c
    if b.frames_of != b.now:
        b.frames_of = b.now
        b.framed = 0
    columns &= ~b.framed
    if not columns:
        return
    b.framed |= columns
    before = bank_columns(b, b.now - 1)
    octets = bank_columns(b, b.now)
    while columns:
        c = lowest(columns)
        columns &= columns - 1
        copy_column(&b.frames[c][0], before + c * COLUMN + VC12_OCTETS - b.filled[c])
        copy_column(&b.frames[c][0] + b.filled[c], octets + c * COLUMN)

cdef inline void bank_view(Bank *b, uint64_t columns) noexcept nogil:
    """Find the frames of these steady columns that end with this multiframe as rows."""
    cdef uint64_t left = columns
    if b.shifted != columns:
        b.shifted = columns
        b.shift = b.filled[lowest(columns)]
        while left:
            if b.filled[lowest(left)] != b.shift:
                b.shift = APART
                break
            left &= left - 1
    if b.shift != APART:
        b.first = &b.rows[(b.now - 1) % BANK_KEPT][VC12_OCTETS - b.shift][0]
        b.second = &b.rows[b.now % BANK_KEPT][0][0]
        return
    bank_frames(b, columns)
    kernels.transpose(&b.frame[0][0], ROW, &b.frames[0][0], FRAME, ROW, COLUMN)
    b.first = &b.frame[0][0]

cdef inline int bank_first(const Bank *b) noexcept nogil:
    """Rows of the frames that stand in `first`."""
    return VC12_OCTETS if b.shift == APART else b.shift

cdef inline const uint8_t *bank_row(const Bank *b, int i) noexcept nogil:
    """Octet `i` of all frames."""
    cdef int n = bank_first(b)
    return b.first + i * ROW if i < n else b.second + (i - n) * ROW

cdef inline void bank_bip(Bank *b) noexcept nogil:
    """BIP-2 of the frames."""
    cdef uint8_t sums[2][64]
    cdef int n = bank_first(b)
    kernels.xor_rows64(&sums[0][0], b.first, <size_t>n)
    if n < VC12_OCTETS:
        kernels.xor_rows64(&sums[1][0], b.second, <size_t>(VC12_OCTETS - n))
        kernels.xor_octets(&sums[0][0], &sums[0][0], &sums[1][0], ROW)
    row_bip2(&b.bip[b.now & 1][0], &sums[0][0])

cdef inline void bank_gather(const Bank *b, int i, int n, uint8_t *octets, unsigned size, const uint8_t *of) \
        noexcept nogil:
    """Octets `i` to `i` + `n` of the frames of `size` columns, one of each in turn; writes up to 63 octets more."""
    cdef int k = bank_first(b) - i
    k = 0 if k < 0 else n if k > n else k
    if k:
        kernels.rows_gather(octets, b.first + i * ROW, <size_t>k, size, of)
    if k < n:
        kernels.rows_gather(octets + k * <int>size, bank_row(b, i + k), <size_t>(n - k), size, of)
