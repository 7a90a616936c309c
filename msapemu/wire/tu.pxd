# cython: language_level=3
"""TU-12s in a VC-4 (G.707 7.2, 7.3): columns, fixed stuff, V1..V4, and the pointers' work.

TU-12 (K,L,M) has the octets of columns 10 + c + 63 X of the VC-4, c = (K-1) + 3(L-1) + 21(M-1), X = 0..3. So a VC-4
holds 36 runs of 63 octets, one octet a TU-12 each: *rows*. Four VC-4 make a TU multiframe of 144 rows; rows 0, 36,
72, 108 are V1..V4 and the other 140 hold the VC-12s. Everywhere here a row is 64 octets wide (the last one unused)
and a TU-12 is its column number c; a *plane* is 140 rows: one VC-12 frame of every column.
"""
from libc.stdint cimport uint8_t, uint16_t, uint64_t
from libc.string cimport memcpy, memset

from msapemu.wire.kernels cimport copy_octets
from msapemu.wire.pointers cimport NDF_NORMAL, pointer_word

cdef enum:
    TU12S = 63
    ROW = 64                    # octets of a row in memory
    TU_ROWS = 36                # in one VC-4
    MF_ROWS = 144               # in a TU multiframe
    VC12_OCTETS = 140
    PLANE_OCTETS = 8960         # 140 x 64
    QUARTER = 35                # data octets between two V octets
    TU_COLUMN = 9               # of c = 0, X = 0 in the VC-4, counted from 0
    VC4_COLUMNS = 261
    NPI_H1 = 0x9B               # null pointer indication, TUG-3 column 1 rows 1, 2 (8.2.1)
    NPI_H2 = 0xE0
    V3_ROW = 72                 # negative justification opportunity; the octet after it the positive one

cdef inline int tu_column(int k, int l, int m) noexcept nogil:
    """Column of TU-12 (K,L,M)."""
    return (k - 1) + 3 * (l - 1) + 21 * (m - 1)

cdef inline int data_row(int q) noexcept nogil:
    """Row of data octet q = 0..139 of a multiframe: V1..V4 left out."""
    return 1 + q + q // QUARTER

cdef inline int first_octet(unsigned pointer) noexcept nogil:
    """Data octet q of the multiframe where V5 stands: offset 0 is the octet after V2, offset 105 the one after V1."""
    return <int>((pointer + QUARTER) % VC12_OCTETS)

# ---------------------------------------------------------------- source

cdef struct TuTx:
    uint8_t planes[2][140][64]  # the VC-12 frames sent before, and those of now
    uint8_t v1[64]
    uint8_t v2[64]
    int first[64]               # first_octet of each column
    bint uniform                # all columns have the same pointer

cdef inline void tu_tx_set(TuTx *t, const uint16_t *pointers) noexcept nogil:
    """Fixed pointers, one a column."""
    cdef int c
    cdef uint16_t word
    t.uniform = True
    for c in range(TU12S):
        word = pointer_word(pointers[c], NDF_NORMAL)
        t.v1[c] = <uint8_t>(word >> 8)
        t.v2[c] = <uint8_t>word
        t.first[c] = first_octet(pointers[c])
        if t.first[c] != t.first[0]:
            t.uniform = False

cdef inline void tu_tx_next(TuTx *t) noexcept nogil:
    """The plane of now becomes the one before; the caller writes the new one whole."""
    copy_octets(&t.planes[0][0][0], &t.planes[1][0][0], PLANE_OCTETS)

cdef inline void tu_data_row(const TuTx *t, int q, uint8_t *out) noexcept nogil:
    """Data row q of the multiframe: each column from its VC-12 of now, or the tail of the one before."""
    cdef const uint8_t *planes = &t.planes[0][0][0]
    cdef int c
    if t.uniform:
        memcpy(out, planes + (VC12_OCTETS + q - t.first[0]) * ROW, TU12S)
    else:
        for c in range(TU12S):
            out[c] = planes[(VC12_OCTETS + q - t.first[c]) * ROW + c]

cdef inline void tu_fill(const TuTx *t, int quarter, uint8_t *vc4) noexcept nogil:
    """Write quarter 0..3 of the multiframe into the payload of a VC-4: columns 2..261, fixed stuff and NPI included."""
    cdef int row, x, at
    cdef uint8_t *out
    for row in range(9):
        out = vc4 + row * VC4_COLUMNS
        memset(out + 1, 0, 2)                                                       # fixed stuff of the VC-4
        memset(out + 3, NPI_H1 if row == 0 else NPI_H2 if row == 1 else 0, 3)       # first column of each TUG-3
        memset(out + 6, 0, 3)                                                       # second column: fixed stuff
        out += TU_COLUMN
        for x in range(4):
            at = quarter * TU_ROWS + row * 4 + x
            if at % TU_ROWS:
                tu_data_row(t, at - 1 - at // TU_ROWS, out)
            elif quarter == 0:
                memcpy(out, t.v1, TU12S)
            elif quarter == 1:
                memcpy(out, t.v2, TU12S)
            else:
                memset(out, 0, TU12S)
            out += TU12S
