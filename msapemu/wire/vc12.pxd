# cython: language_level=3
"""VC-12s by rows: their path overhead (vc12_poh.pxd) in planes of 140 rows, an octet of every column in each."""
from libc.stdint cimport uint8_t, uint32_t, uint64_t

from msapemu.wire.pointers cimport PointerRx
from msapemu.wire.remote cimport PathRemote
from msapemu.wire.status cimport AuCounters, EventLog
from msapemu.wire.tu cimport ROW, TU12S, VC12_OCTETS
from msapemu.wire.vc12_poh cimport (EXTENDED_GFP, J2_AT, K4_AT, K4_FRAMES, LABEL_EXTENDED, N2_AT, V5_AT, Vc12PohRx,
                                    Vc12PohTx, k4_bits, k4_extended_label, k4_vcat, vc12_poh_build, vc12_poh_fail,
                                    vc12_poh_skipped, vc12_poh_take)

cdef enum:
    C12_OCTETS = 136            # payload octets of a VC-12
    C12_RUN = 34                # of them between two path overhead octets

cdef inline int c12_row(int j) noexcept nogil:
    """Row of payload octet j = 0..135."""
    return j + 1 + j // C12_RUN

cdef inline void column_out(const uint8_t *plane, int c, uint8_t *frame) noexcept nogil:
    """The octets of column c, side by side."""
    cdef int i
    for i in range(VC12_OCTETS):
        frame[i] = plane[i * ROW + c]

# ---------------------------------------------------------------- source

cdef struct Vc12Tx:
    Vc12PohTx poh[63]

cdef inline void vc12_rows_build(Vc12Tx *v, uint64_t number, const uint8_t *equipped, const uint8_t *sq,
                                 PathRemote *far, uint8_t *plane) noexcept nogil:
    """Path overhead of VC-12 frame `number` of every equipped column; `far`: one a column."""
    cdef unsigned count = (number // K4_FRAMES) % K4_FRAMES
    cdef uint8_t frame[140]
    cdef uint8_t k4
    cdef int c
    for c in range(TU12S):
        if not equipped[c]:
            far[c].rei = 0              # nobody is there to be told
            continue
        column_out(plane, c, frame)
        k4 = k4_bits(number, k4_extended_label(EXTENDED_GFP), k4_vcat(count, sq[c]))
        vc12_poh_build(&v.poh[c], number, LABEL_EXTENDED, k4, &far[c], frame)
        plane[V5_AT * ROW + c] = frame[V5_AT]
        plane[J2_AT * ROW + c] = frame[J2_AT]
        plane[N2_AT * ROW + c] = frame[N2_AT]
        plane[K4_AT * ROW + c] = frame[K4_AT]

# ---------------------------------------------------------------- sink

cdef struct Vc12Rx:
    # one TU-12: its pointer and the VC-12 in it
    PointerRx pointer
    int filled                  # octets of the VC-12 being collected
    int until_v5                # data octets before the place where the pointer says V5 is
    bint hunting                # no VC-12 start seen since the pointer became valid
    bint jumped                 # the pointer has a new value, and its V5 has not come yet
    bint gap                    # it jumped forwards: octets without meaning up to V5
    uint64_t number             # frames completed: frame n stands in plane n of the ring
    Vc12PohRx poh

cdef inline void vc12_skipped(Vc12Rx *v) noexcept nogil:
    """A frame was lost where the pointer jumped: the count of frames goes on, in step with the other members'."""
    v.filled = 0
    v.number += 1
    vc12_poh_skipped(&v.poh)

cdef inline void vc12_lost(Vc12Rx *v) noexcept nogil:
    """No VC-12 can be collected now (pointer lost, AIS, or the signal above failed)."""
    v.hunting = True
    v.jumped = v.gap = False
    v.filled = 0
    v.until_v5 = -1
    vc12_poh_fail(&v.poh)

cdef inline void vc12_row_take(Vc12Rx *v, int obj, int c, const uint8_t *plane, bint expected, AuCounters *count,
                               EventLog *log, PathRemote *far) noexcept nogil:
    """The overhead of a completed frame of TU-12 column c, event object `obj`."""
    cdef uint8_t frame[140]
    column_out(plane, c, frame)
    vc12_poh_take(&v.poh, frame, expected, count, log, obj, far)
