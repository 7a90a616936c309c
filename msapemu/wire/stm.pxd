# cython: language_level=3
"""STM-N section overhead: regenerator and multiplex section (G.707 9.2), scrambling (6.5), B1 and B2, interleaving.

A frame is 9 rows of 270 N octets; columns 1..9 N are overhead. AU-4 k has every N-th column from k on. `soh(n, a, b,
c)` is the place of the octet S(a,b,c): row a, column N (b - 1) + c, all counted from 1.
"""
from libc.stddef cimport size_t
from libc.stdint cimport uint8_t, uint16_t, uint64_t
from libc.string cimport memcpy, memset

from msapemu.wire.align cimport A1, A2, STM1_OCTETS
from msapemu.wire.bits cimport Accept, accept, accept_reset, popcount
from msapemu.wire.kernels cimport KEYSTREAM, copy_octets, kernels
from msapemu.wire.pointers cimport POINTER_AIS
from msapemu.wire.remote cimport SectionRemote, rei_take
from msapemu.wire.status cimport MS_AIS, MS_RDI, OBJ_LINE, RS_TIM, EventLog, LineCounters, defect_set
from msapemu.wire.trace cimport TraceRx, trace_fail, trace_take

cdef enum:
    ROWS = 9
    ROW_OCTETS = 270            # x N
    SOH_OCTETS = 9              # x N, of a row
    PAYLOAD_ROW = 261           # x N
    UNSCRAMBLED = 0xAA          # Z0 and national octets of row 1: rich in transitions
    Y_OCTET = 0x9B              # 1001 SS 11 with SS = 10
    ONES_OCTET = 0xFF
    CONCATENATION = 0x9BFF      # pointer of AU-4 2..X of an AU-4-Xc (8.1.7.2)
    M1_MOST = 24                # x N, at most 255
    K2_AIS = 7                  # bits 6-8
    K2_RDI = 6
    MS_PERSISTENCE = 5          # frames before MS-AIS, MS-RDI are set or cleared (G.783: 3 to 5)
    APS_PERSISTENCE = 3         # frames before K1, K2, S1 are accepted

cdef inline int soh(int n, int a, int b, int c) noexcept nogil:
    return (a - 1) * ROW_OCTETS * n + n * (b - 1) + c - 1

cdef inline int m1_at(int n) noexcept nogil:
    """M1 is S(9,4,3) of STM-4 and STM-16, and in column 6 of STM-1 (9.2.2.12)."""
    return soh(n, 9, 6, 1) if n == 1 else soh(n, 9, 4, 3)

cdef inline unsigned m1_most(int n) noexcept nogil:
    return M1_MOST * n if M1_MOST * n < 255 else 255

cdef struct StmTx:
    int n
    uint8_t j0[16]
    uint8_t s1
    uint8_t k1
    uint8_t k2
    uint8_t b1                  # of the frame sent last
    uint8_t b2[48]

cdef struct StmRx:
    int n
    TraceRx j0
    Accept k1
    Accept k2
    Accept k2_low               # bits 6-8: MS-AIS, MS-RDI
    Accept s1
    uint8_t b1
    uint8_t b2[48]
    bint bip_known              # the frame before this one was received in alignment
    uint8_t frame[38880]        # descrambled

cdef inline void stm_put(int n, int k, int width, int row, const uint8_t *payload, uint8_t *out) noexcept nogil:
    """Put row 0..8 of the payload of AU-4 k (from 0), 261 x width octets, into its columns of the frame."""
    cdef int j, i
    cdef uint8_t *at = out + (row * ROW_OCTETS + SOH_OCTETS) * n + k
    if width == 1:
        for j in range(PAYLOAD_ROW):
            at[n * j] = payload[j]
        return
    for j in range(PAYLOAD_ROW):
        for i in range(width):
            at[n * j + i] = payload[width * j + i]

cdef inline void stm_get(int n, int k, int width, const uint8_t *frame, uint8_t *payload) noexcept nogil:
    """The payload of AU-4 k (from 0), `width` columns wide, out of its columns of the frame: 9 rows of 261 width."""
    cdef int _row, j, i
    cdef const uint8_t *at = frame + SOH_OCTETS * n + k
    for _row in range(ROWS):
        if width == 1:
            for j in range(PAYLOAD_ROW):
                payload[j] = at[n * j]
        else:
            for j in range(PAYLOAD_ROW):
                for i in range(width):
                    payload[width * j + i] = at[n * j + i]
        at += ROW_OCTETS * n
        payload += PAYLOAD_ROW * width

cdef inline void stm_pointer(int n, int k, uint16_t word, uint8_t *out) noexcept nogil:
    """Write the pointer octets of AU-4 k (from 0): H1 Y Y H2 1* 1*, all ones in AU-AIS; H3 stays zero."""
    out[soh(n, 4, 1, 1 + k)] = <uint8_t>(word >> 8)
    out[soh(n, 4, 2, 1 + k)] = out[soh(n, 4, 3, 1 + k)] = ONES_OCTET if word == POINTER_AIS else Y_OCTET
    out[soh(n, 4, 4, 1 + k)] = <uint8_t>word
    out[soh(n, 4, 5, 1 + k)] = out[soh(n, 4, 6, 1 + k)] = ONES_OCTET

cdef inline void stm_h3(int n, int k, int width, const uint8_t *octets, uint8_t *out) noexcept nogil:
    """Write the 3 x width H3 octets that carry data (negative justification)."""
    cdef int i, j
    for i in range(3):
        for j in range(width):
            out[soh(n, 4, 7 + i, 1 + k + j)] = octets[width * i + j]

cdef inline void stm_clear(int n, uint8_t *out) noexcept nogil:
    """Make the overhead columns zero; pointers and payload are written next."""
    cdef int row
    for row in range(ROWS):
        memset(out + row * ROW_OCTETS * n, 0, <size_t>(SOH_OCTETS * n))

cdef inline void stm_finish(StmTx *s, uint64_t number, SectionRemote *far, uint8_t *out) noexcept nogil:
    """Section overhead of frame `number`, scrambling, and the BIPs that the next frame carries."""
    cdef int n = s.n
    cdef size_t clear = <size_t>(SOH_OCTETS * n), whole = <size_t>(STM1_OCTETS * n)
    memset(out, A1, <size_t>(3 * n))
    memset(out + 3 * n, A2, <size_t>(3 * n))
    memset(out + 6 * n, UNSCRAMBLED, <size_t>(3 * n))
    out[soh(n, 1, 7, 1)] = s.j0[number & 15]
    out[soh(n, 2, 1, 1)] = s.b1
    memcpy(out + soh(n, 5, 1, 1), s.b2, <size_t>(3 * n))
    out[soh(n, 5, 4, 1)] = s.k1
    out[soh(n, 5, 7, 1)] = <uint8_t>((s.k2 & 0xf8) | K2_RDI) if far.rdi else s.k2
    out[soh(n, 9, 1, 1)] = s.s1
    out[m1_at(n)] = rei_take(&far.rei, m1_most(n))
    kernels.bip24n(s.b2, out, <unsigned>n)
    kernels.xor_octets(out + clear, out + clear, KEYSTREAM, whole - clear)
    s.b1 = kernels.bip8(out, whole)

cdef inline void stm_take(StmRx *s, const uint8_t *octets, LineCounters *count, EventLog *log,
                          SectionRemote *far) noexcept nogil:
    """Descramble an aligned frame into `s.frame`, check B1 and B2, read the overhead."""
    cdef uint8_t *frame = s.frame
    cdef int n = s.n, i
    cdef size_t clear = <size_t>(SOH_OCTETS * n), whole = <size_t>(STM1_OCTETS * n)
    cdef const uint8_t *b2
    cdef unsigned errors = 0, m1
    copy_octets(frame, octets, clear)
    kernels.xor_octets(frame + clear, octets + clear, KEYSTREAM, whole - clear)
    count.frames += 1
    if s.bip_known:
        count.b1_errors += popcount(s.b1 ^ frame[soh(n, 2, 1, 1)])
        b2 = frame + soh(n, 5, 1, 1)
        for i in range(3 * n):
            errors += popcount(s.b2[i] ^ b2[i])
        count.b2_errors += errors
        far.rei += errors
    s.bip_known = True
    s.b1 = kernels.bip8(octets, whole)
    kernels.bip24n(s.b2, frame, <unsigned>n)
    if trace_take(&s.j0, frame[soh(n, 1, 7, 1)]):
        defect_set(&count.defects, log, OBJ_LINE, RS_TIM, s.j0.mismatch)
    if accept(&s.k1, frame[soh(n, 5, 4, 1)], APS_PERSISTENCE):
        count.k1 = s.k1.value
    if accept(&s.k2, frame[soh(n, 5, 7, 1)], APS_PERSISTENCE):
        count.k2 = s.k2.value
    if accept(&s.s1, frame[soh(n, 9, 1, 1)] & 15, APS_PERSISTENCE):
        count.s1 = s.s1.value
    if accept(&s.k2_low, frame[soh(n, 5, 7, 1)] & 7, MS_PERSISTENCE):
        defect_set(&count.defects, log, OBJ_LINE, MS_AIS, s.k2_low.value == K2_AIS)
        defect_set(&count.defects, log, OBJ_LINE, MS_RDI, s.k2_low.value == K2_RDI)
    m1 = frame[m1_at(n)]
    if n <= 4:
        m1 &= 0x7f              # bit 1 counts in STM-16 only
    if m1 <= m1_most(n):
        count.ms_rei += m1

cdef inline void stm_fail(StmRx *s) noexcept nogil:
    """The section's signal is gone (LOS, LOF): what was accepted is no longer known."""
    s.bip_known = False
    trace_fail(&s.j0)
    accept_reset(&s.k1)
    accept_reset(&s.k2)
    accept_reset(&s.k2_low)
    accept_reset(&s.s1)
