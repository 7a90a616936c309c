# cython: language_level=3
"""TU-12s in a VC-4 (G.707 7.2, 7.3): columns, fixed stuff, and a TU multiframe by rows and by columns.

TU-12 (K,L,M) has the octets of columns 10 + c + 63 X of the VC-4, c = (K-1) + 3(L-1) + 21(M-1), X = 0..3. So a VC-4
holds 36 runs of 63 octets, one octet a TU-12 each: *rows*. Four VC-4 make a TU multiframe of 144 rows; rows 0, 36,
72, 108 are V1..V4, the other 140 are data. On the line they stand by rows, here every TU-12 has its 140 data octets
together: a TU-12 is its column number c, and a transposition leads from one to the other.
"""
from libc.stdint cimport uint8_t, uint16_t
from libc.string cimport memcpy, memset

from msapemu.wire.generate cimport Shape
from msapemu.wire.kernels cimport kernels

cdef enum:
    TU12S = 63
    ROW = 64                    # octets of a row in memory (the last one unused)
    TU_ROWS = 36                # in one VC-4
    VC12_OCTETS = 140
    COLUMN = 144                # octets of a column in memory (the last four unused)
    TU_TILE = 16                # octets each way that a transposition works on at once
    WHOLE_TILES = 128           # octets of a column in whole ones
    LAST_TILE = 124             # where the last one begins, over the one before
    QUARTER = 35                # data octets between two V octets
    V3_AT = 70                  # data octets before V3, the negative justification opportunity
    TU_COLUMN = 9               # of c = 0, X = 0 in the VC-4, counted from 0
    VC4_COLUMNS = 261
    TUG3S = 3
    NPI_H1 = 0x9B               # null pointer indication, TUG-3 column 1 rows 1, 2 (8.2.1)
    NPI_H2 = 0xE0
    TU12_LAG = 320              # of the elastic store: a multiframe being sent, one being received, and a bit
    TU12_HYSTERESIS = 4         # octets; G.783 wants 2 or more

cdef inline int tu_column(int k, int l, int m) noexcept nogil:
    """Column of TU-12 (K,L,M)."""
    return (k - 1) + 3 * (l - 1) + 21 * (m - 1)

cdef inline Shape tu12_shape() noexcept nogil:
    """Offset 0 is the octet after V2 (8.3.2)."""
    cdef Shape s
    s.length = VC12_OCTETS
    s.unit = 1
    s.before = QUARTER
    s.lag = TU12_LAG
    s.hysteresis = TU12_HYSTERESIS
    return s

cdef extern from * nogil:
    """
    #include <string.h>
    /* A row of 63 octets. */
    static inline void msapemu_row63(uint8_t *out, const uint8_t *in)
    {
        memcpy(out, in, 16);
        memcpy(out + 16, in + 16, 16);
        memcpy(out + 32, in + 32, 16);
        memcpy(out + 47, in + 47, 16);
    }
    /* A column of 140 octets, in registers: for a run of this length compilers emit a call. */
    static inline void msapemu_column_copy(uint8_t *out, const uint8_t *in)
    {
        typedef uint8_t part __attribute__((vector_size(16)));
        part a, b, c, d, e, f, g, h, i;
        memcpy(&a, in, 16);
        memcpy(&b, in + 16, 16);
        memcpy(&c, in + 32, 16);
        memcpy(&d, in + 48, 16);
        memcpy(&e, in + 64, 16);
        memcpy(&f, in + 80, 16);
        memcpy(&g, in + 96, 16);
        memcpy(&h, in + 112, 16);
        memcpy(&i, in + 124, 16);
        memcpy(out, &a, 16);
        memcpy(out + 16, &b, 16);
        memcpy(out + 32, &c, 16);
        memcpy(out + 48, &d, 16);
        memcpy(out + 64, &e, 16);
        memcpy(out + 80, &f, 16);
        memcpy(out + 96, &g, 16);
        memcpy(out + 112, &h, 16);
        memcpy(out + 124, &i, 16);
    }
    /* It is read soon. */
    static inline void msapemu_column_fetch(const uint8_t *in)
    {
        __builtin_prefetch(in);
        __builtin_prefetch(in + 64);
        __builtin_prefetch(in + 128);
    }
    """
    void row63 "msapemu_row63"(uint8_t *out, const uint8_t *octets) noexcept
    void column_copy "msapemu_column_copy"(uint8_t *out, const uint8_t *octets) noexcept
    void column_fetch "msapemu_column_fetch"(const uint8_t *octets) noexcept

cdef struct TuRows:
    # a TU multiframe that is sent
    uint8_t v[4][64]            # V1..V4
    uint8_t data[144][64]       # 140 rows of data
    uint8_t columns[64][144]    # the same by columns
    const uint8_t *first        # where they stand: `firsts` rows here, the others
    const uint8_t *second
    int firsts

cdef inline void rows_from_columns(uint8_t *rows, const uint8_t *columns) noexcept nogil:
    """140 rows of 64 columns; nothing is written beyond."""
    kernels.transpose(rows, ROW, columns, COLUMN, ROW, WHOLE_TILES)
    kernels.transpose(rows + LAST_TILE * ROW, ROW, columns + LAST_TILE, COLUMN, ROW, TU_TILE)

cdef inline void columns_from_rows(uint8_t *columns, int apart, const uint8_t *rows) noexcept nogil:
    """64 columns of 140 rows, so many octets apart; nothing is written beyond."""
    kernels.transpose(columns, <size_t>apart, rows, ROW, WHOLE_TILES, ROW)
    kernels.transpose(columns + LAST_TILE, <size_t>apart, rows + LAST_TILE * ROW, ROW, TU_TILE, ROW)

cdef inline void tug_fill(const TuRows *t, int quarter, uint8_t *vc) noexcept nogil:
    """Write quarter 0..3 of the multiframe into the payload of a VC-4: columns 2..261, fixed stuff and NPI included."""
    cdef const uint8_t *row = &t.v[quarter][0]
    cdef uint8_t *out
    cdef int r, _x, n = quarter * QUARTER
    for r in range(9):
        out = vc + r * VC4_COLUMNS
        memset(out + 1, 0, 2)                                                       # fixed stuff of the VC-4
        memset(out + 3, NPI_H1 if r == 0 else NPI_H2 if r == 1 else 0, 3)           # first column of each TUG-3
        memset(out + 6, 0, 3)                                                       # second column: fixed stuff
        out += TU_COLUMN
        for _x in range(4):
            row63(out, row)
            row = t.first + n * ROW if n < t.firsts else t.second + (n - t.firsts) * ROW
            n += 1
            out += TU12S
