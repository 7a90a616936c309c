# cython: language_level=3
"""STM-1 section overhead: regenerator and multiplex section (G.707 9.2), scrambling (6.5), B1 and B2.

A frame is 9 rows of 270 octets; columns 1..9 are overhead. `soh(row, column)` counts both from 1.
"""
from libc.stdint cimport uint8_t, uint16_t, uint64_t
from libc.string cimport memcpy, memset

from msapemu.wire.align cimport A1, A2, STM1_OCTETS
from msapemu.wire.bits cimport Accept, accept, accept_reset, popcount, store16
from msapemu.wire.kernels cimport KEYSTREAM, copy_octets, kernels
from msapemu.wire.remote cimport RemoteInfo, rei_take
from msapemu.wire.status cimport (MS_AIS, MS_RDI, OBJ_LINE, RS_TIM, EventLog, LineCounters, defect_set)
from msapemu.wire.trace cimport TraceRx, trace_take

cdef enum:
    ROWS = 9
    ROW_OCTETS = 270
    SOH_OCTETS = 9              # a row
    PAYLOAD_ROW = 261
    PAYLOAD_OCTETS = 2349       # 9 x 261
    # overhead octets as offsets into the frame: (row - 1) * 270 + column - 1
    J0_AT = 6
    NATIONAL_AT = 7             # (1,8) (1,9): sent unscrambled
    NATIONAL = 0xAA             # rich in transitions
    B1_AT = 270
    H1_AT = 810
    H2_AT = 813
    H3_AT = 816
    Y_OCTET = 0x9B              # 1001 SS 11 with SS = 10
    ONES_OCTET = 0xFF
    B2_AT = 1080
    K1_AT = 1083
    K2_AT = 1086
    S1_AT = 2160
    M1_AT = 2165                # (9,6)
    M1_MOST = 24
    K2_AIS = 7                  # bits 6-8
    K2_RDI = 6
    MS_PERSISTENCE = 5          # frames before MS-AIS, MS-RDI are set or cleared (G.783: 3 to 5)
    APS_PERSISTENCE = 3         # frames before K1, K2, S1 are accepted

cdef struct StmTx:
    uint8_t j0[16]
    uint8_t s1
    uint8_t k1
    uint8_t k2
    uint8_t b1                  # of the frame sent last
    uint8_t b2[3]

cdef struct StmRx:
    TraceRx j0
    Accept k1
    Accept k2
    Accept k2_low               # bits 6-8: MS-AIS, MS-RDI
    Accept s1
    uint8_t b1
    uint8_t b2[3]
    bint bip_known              # the frame before this one was received in alignment
    uint8_t frame[2430]         # descrambled

cdef inline void stm_build(StmTx *s, uint64_t number, uint16_t au_pointer, const uint8_t *payload, RemoteInfo *far,
                           uint8_t *out) noexcept nogil:
    """Frame `number` with 2349 octets of payload: overhead, scrambling, and the BIPs that the next frame carries."""
    cdef int row
    cdef uint8_t *at = out
    for row in range(ROWS):
        memset(at, 0, SOH_OCTETS)
        copy_octets(at + SOH_OCTETS, payload, PAYLOAD_ROW)
        at += ROW_OCTETS
        payload += PAYLOAD_ROW
    memset(out, A1, 3)
    memset(out + 3, A2, 3)
    out[J0_AT] = s.j0[number & 15]
    out[NATIONAL_AT] = out[NATIONAL_AT + 1] = NATIONAL
    out[B1_AT] = s.b1
    out[H1_AT] = <uint8_t>(au_pointer >> 8)
    out[H1_AT + 1] = out[H1_AT + 2] = Y_OCTET
    out[H2_AT] = <uint8_t>au_pointer
    out[H2_AT + 1] = out[H2_AT + 2] = ONES_OCTET
    memcpy(out + B2_AT, s.b2, 3)
    out[K1_AT] = s.k1
    out[K2_AT] = <uint8_t>((s.k2 & 0xf8) | K2_RDI) if far.ms_rdi else s.k2
    out[S1_AT] = s.s1
    out[M1_AT] = rei_take(&far.ms_rei, M1_MOST)
    kernels.bip24(s.b2, out)
    kernels.xor_octets(out + SOH_OCTETS, out + SOH_OCTETS, KEYSTREAM, STM1_OCTETS - SOH_OCTETS)
    s.b1 = kernels.bip8(out, STM1_OCTETS)

cdef inline void stm_take(StmRx *s, const uint8_t *octets, LineCounters *count, EventLog *log,
                          RemoteInfo *far) noexcept nogil:
    """Descramble an aligned frame into `s.frame`, check B1 and B2, read the overhead."""
    cdef uint8_t *frame = s.frame
    cdef unsigned errors, low
    memcpy(frame, octets, SOH_OCTETS)
    kernels.xor_octets(frame + SOH_OCTETS, octets + SOH_OCTETS, KEYSTREAM, STM1_OCTETS - SOH_OCTETS)
    count.frames += 1
    if s.bip_known:
        count.b1_errors += popcount(s.b1 ^ frame[B1_AT])
        errors = popcount(s.b2[0] ^ frame[B2_AT]) + popcount(s.b2[1] ^ frame[B2_AT + 1]) \
            + popcount(s.b2[2] ^ frame[B2_AT + 2])
        count.b2_errors += errors
        far.ms_rei += errors
    s.bip_known = True
    s.b1 = kernels.bip8(octets, STM1_OCTETS)
    kernels.bip24(s.b2, frame)
    if trace_take(&s.j0, frame[J0_AT]):
        defect_set(&count.defects, log, OBJ_LINE, RS_TIM, s.j0.mismatch)
    if accept(&s.k1, frame[K1_AT], APS_PERSISTENCE):
        count.k1 = s.k1.value
    if accept(&s.k2, frame[K2_AT], APS_PERSISTENCE):
        count.k2 = s.k2.value
    if accept(&s.s1, frame[S1_AT] & 15, APS_PERSISTENCE):
        count.s1 = s.s1.value
    if accept(&s.k2_low, frame[K2_AT] & 7, MS_PERSISTENCE):
        defect_set(&count.defects, log, OBJ_LINE, MS_AIS, s.k2_low.value == K2_AIS)
        defect_set(&count.defects, log, OBJ_LINE, MS_RDI, s.k2_low.value == K2_RDI)
    low = frame[M1_AT] & 0x7f
    if low <= M1_MOST:
        count.ms_rei += low

cdef inline void stm_fail(StmRx *s) noexcept nogil:
    """The section's signal is gone (LOS, LOF): what was accepted is no longer known."""
    s.bip_known = False
    s.j0.equal = s.j0.filled = 0
    accept_reset(&s.k1)
    accept_reset(&s.k2)
    accept_reset(&s.k2_low)
    accept_reset(&s.s1)
