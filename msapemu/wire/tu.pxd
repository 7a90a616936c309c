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

cdef struct TuRows:
    # a TU multiframe
    uint8_t v[4][64]            # V1..V4
    uint8_t data[144][64]       # 140 rows, and room for the tiles of the transposition
    uint8_t columns[64][144]    # the same by columns

cdef inline void rows_from_columns(TuRows *t) noexcept nogil:
    kernels.transpose(&t.data[0][0], ROW, &t.columns[0][0], COLUMN, ROW, COLUMN)

cdef inline uint8_t *tu_row(TuRows *t, int quarter, int row) noexcept nogil:
    """Row 0..35 of quarter 0..3 of the multiframe."""
    return &t.data[quarter * QUARTER + row - 1][0] if row else &t.v[quarter][0]

cdef inline void tug_fill(TuRows *t, int quarter, uint8_t *vc) noexcept nogil:
    """Write quarter 0..3 of the multiframe into the payload of a VC-4: columns 2..261, fixed stuff and NPI included."""
    cdef int row, x
    cdef uint8_t *out
    for row in range(9):
        out = vc + row * VC4_COLUMNS
        memset(out + 1, 0, 2)                                                       # fixed stuff of the VC-4
        memset(out + 3, NPI_H1 if row == 0 else NPI_H2 if row == 1 else 0, 3)       # first column of each TUG-3
        memset(out + 6, 0, 3)                                                       # second column: fixed stuff
        out += TU_COLUMN
        for x in range(4):
            memcpy(out, tu_row(t, quarter, row * 4 + x), TU12S)
            out += TU12S
