# cython: language_level=3
"""STM-N section overhead: regenerator and multiplex section (G.707 9.2), scrambling (6.5), B1 and B2, interleaving.

A frame is 9 rows of 270 N octets; columns 1..9 N are overhead. AU-4 k has every N-th column from k on. `soh(n, a, b,
c)` is the place of the octet S(a,b,c): row a, column N (b - 1) + c, all counted from 1.
"""
from libc.stddef cimport size_t
from libc.stdint cimport uint8_t, uint16_t, uint64_t
from libc.string cimport memcpy, memset

from msapemu.wire.align cimport A1, A2
from msapemu.wire.bits cimport Accept, accept, accept_reset, popcount
from msapemu.wire.channel cimport (DCC_M, DCC_R, ORDERWIRE_M, ORDERWIRE_R, SECTION_CHANNELS, Channel,
                                   channel_receive, channel_send)
from msapemu.wire.degrade cimport Degrade, degrade_fail, degrade_init, degrade_take
from msapemu.wire.kernels cimport kernels
from msapemu.wire.pointers cimport POINTER_AIS
from msapemu.wire.remote cimport SectionRemote, rei_take
from msapemu.wire.status cimport (MS_AIS, MS_DEG, MS_EXC, MS_RDI, OBJ_LINE, RS_TIM, EventLog, LineCounters, defect_set,
                                  defects_clear)
from msapemu.wire.trace cimport TraceRx, TraceTx, trace_fail, trace_take

cdef enum:
    ROWS = 9
    ROW_OCTETS = 270            # x N
    SOH_OCTETS = 9              # x N, of a row
    PAYLOAD_ROW = 261           # x N
    POINTER_ROW = 4             # H1..H3: the AU-4s' own
    UNSCRAMBLED = 0xAA          # Z0 and national octets of row 1: rich in transitions
    Y_OCTET = 0x9B              # 1001 SS 11 with SS = 10
    ONES_OCTET = 0xFF
    CONCATENATION = 0x9BFF      # pointer of AU-4 2..X of an AU-4-Xc (8.1.7.2)
    B2_BITS = 24                # x N
    B2_OVER = 801               # bits that each of them covers: a block
    STM_RATE = 8000             # a second
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
    TraceTx j0
    uint8_t s1
    uint8_t k1
    uint8_t k2
    uint8_t b1                  # of the frame sent last
    uint8_t b2[48]
    # The overhead columns, 9 rows of 9 N octets, as they are sent. What has a meaning of its own (J0, B1, H1..H3, B2,
    # K1, K2, S1, M1) is written over it; `stm_tx_init` makes the rest.
    uint8_t soh[1296]
    Channel *channel[5]         # DCC_R to USER_R; NULL: not open
    bint channels               # any is open

cdef struct StmRx:
    int n
    bint tim_ais                # RS-TIM has AIS as its consequence (setting)
    TraceRx j0
    Degrade degrade
    Accept k1
    Accept k2
    Accept k2_low               # bits 6-8: MS-AIS, MS-RDI
    Accept s1
    bint ais                    # aAIS of the sections: the AU-4s see their server signal failed
    uint8_t b1
    uint8_t b2[48]
    bint bip_known              # the frame before this one was received in alignment
    Channel *channel[5]
    bint channels
    uint8_t frame[38880]        # descrambled

cdef inline uint8_t *soh_sent(StmTx *s, int a, int b, int c) noexcept nogil:
    """The octet S(a,b,c) that is sent."""
    return &s.soh[(a - 1) * SOH_OCTETS * s.n + s.n * (b - 1) + c - 1]

cdef inline bint soh_made(int n, int a, int b, int c) noexcept nogil:
    """S(a,b,c) is not free to set: framing, trace, parities, pointers, and what has a setting of its own."""
    cdef int at = soh(n, a, b, c)
    return (a == POINTER_ROW or (a == 1 and b <= 6) or (a == 5 and b <= 3) or at == m1_at(n)
            or at == soh(n, 1, 7, 1) or at == soh(n, 2, 1, 1) or at == soh(n, 5, 4, 1) or at == soh(n, 5, 7, 1)
            or at == soh(n, 9, 1, 1))

cdef inline void stm_tx_init(StmTx *s, int n) noexcept nogil:
    """Overhead as it is sent where nothing is set: framing, row 1 rich in transitions, else zeros."""
    s.n = n
    memset(s.soh, 0, sizeof(s.soh))
    memset(s.soh, A1, <size_t>(3 * n))
    memset(s.soh + 3 * n, A2, <size_t>(3 * n))
    memset(s.soh + 6 * n, UNSCRAMBLED, <size_t>(3 * n))

cdef inline int channel_place(int i) noexcept nogil:
    """Of the 27 places S(a,1 4 7,1), counted along the rows: where channel i begins."""
    return 6 if i == DCC_R else 15 if i == DCC_M else 4 if i == ORDERWIRE_R else 26 if i == ORDERWIRE_M else 5

cdef inline int channel_octets(int i) noexcept nogil:
    """Octets of a channel in a frame: D1-D3, D4-D12, or one."""
    return 3 if i == DCC_R else 9 if i == DCC_M else 1

cdef inline int place_at(int n, int place) noexcept nogil:
    return soh(n, 1 + place // 3, 1 + 3 * (place % 3), 1)

cdef inline void channels_send(StmTx *s, uint8_t *out) noexcept nogil:
    cdef uint8_t octets[9]
    cdef int i, k
    for i in range(SECTION_CHANNELS):
        if s.channel[i] != NULL:
            channel_send(s.channel[i], octets, channel_octets(i))
            for k in range(channel_octets(i)):
                out[place_at(s.n, channel_place(i) + k)] = octets[k]

cdef inline void channels_take(StmRx *s) noexcept nogil:
    """Those of the multiplex section carry nothing while its server signal has failed."""
    cdef uint8_t octets[9]
    cdef int i, k
    for i in range(SECTION_CHANNELS):
        if s.channel[i] != NULL and not (s.ais and (i == DCC_M or i == ORDERWIRE_M)):
            for k in range(channel_octets(i)):
                octets[k] = s.frame[place_at(s.n, channel_place(i) + k)]
            channel_receive(s.channel[i], octets, channel_octets(i))

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
    """Make the pointer octets zero: what is written next leaves H3 alone unless it carries data."""
    memset(out + (POINTER_ROW - 1) * ROW_OCTETS * n, 0, <size_t>(SOH_OCTETS * n))

cdef inline void stm_finish(StmTx *s, uint64_t number, SectionRemote *far, uint8_t *out) noexcept nogil:
    """Section overhead of frame `number`, scrambling, and the BIPs that the next frame carries."""
    cdef int n = s.n, row
    cdef size_t clear = <size_t>(SOH_OCTETS * n)
    for row in range(ROWS):
        if row != POINTER_ROW - 1:
            memcpy(out + row * ROW_OCTETS * n, s.soh + row * SOH_OCTETS * n, clear)
    out[soh(n, 1, 7, 1)] = s.j0.octets[number & s.j0.mask]
    out[soh(n, 2, 1, 1)] = s.b1
    memcpy(out + soh(n, 5, 1, 1), s.b2, <size_t>(3 * n))
    out[soh(n, 5, 4, 1)] = s.k1
    out[soh(n, 5, 7, 1)] = <uint8_t>((s.k2 & 0xf8) | K2_RDI) if far.rdi else s.k2
    out[soh(n, 9, 1, 1)] = s.s1
    if s.channels:
        channels_send(s, out)
    out[m1_at(n)] = rei_take(&far.rei, m1_most(n))
    s.b1 = kernels.frame_send(s.b2, out, <unsigned>n)

cdef inline void stm_defects(StmRx *s, bint held, LineCounters *count, EventLog *log) noexcept nogil:
    """RS-TIM, MS-AIS and MS-RDI by what was accepted, and the consequence `ais`.

    A section whose server signal has failed tells nothing of its own: neither while LOF is held (3 ms in frame are
    wanted before it ends) nor, of the multiplex section, while RS-TIM puts AIS in its place.
    """
    cdef uint8_t k2 = s.k2_low.value if s.k2_low.known and not held else 0
    cdef bint tim = s.j0.mismatch and not held
    defect_set(&count.defects, log, OBJ_LINE, RS_TIM, tim)
    tim = tim and s.tim_ais
    defect_set(&count.defects, log, OBJ_LINE, MS_AIS, k2 == K2_AIS and not tim)
    defect_set(&count.defects, log, OBJ_LINE, MS_RDI, k2 == K2_RDI and not tim)
    if held or tim or k2 == K2_AIS:
        if not s.ais:
            degrade_fail(&s.degrade)
            defects_clear(&count.defects, log, OBJ_LINE, MS_EXC, MS_DEG)
        s.ais = True
    else:
        s.ais = False

cdef inline void stm_take(StmRx *s, const uint8_t *octets, bint held, LineCounters *count, EventLog *log,
                          SectionRemote *far) noexcept nogil:
    """Descramble an aligned frame into `s.frame`, check B1 and B2, read the overhead. `held`: LOF stands."""
    cdef uint8_t *frame = s.frame
    cdef uint8_t b2_of_frame[48]
    cdef uint8_t b1_of_frame = kernels.frame_receive(b2_of_frame, frame, octets, <unsigned>s.n)
    cdef int n = s.n, i
    cdef const uint8_t *b2
    cdef unsigned errors = 0, m1
    count.frames += 1
    if s.bip_known:
        count.b1_errors += popcount(s.b1 ^ frame[soh(n, 2, 1, 1)])
        b2 = frame + soh(n, 5, 1, 1)
        for i in range(3 * n):
            errors += popcount(s.b2[i] ^ b2[i])
        count.b2_errors += errors
        far.rei += errors
        if not s.ais:
            degrade_take(&s.degrade, errors, &count.defects, log, OBJ_LINE, MS_EXC)
    elif not s.degrade.lanes:
        degrade_init(&s.degrade, B2_BITS * n, B2_OVER, STM_RATE, B2_BITS * n)
    s.bip_known = True
    s.b1 = b1_of_frame
    memcpy(s.b2, b2_of_frame, <size_t>(3 * n))
    trace_take(&s.j0, frame[soh(n, 1, 7, 1)])
    if accept(&s.k1, frame[soh(n, 5, 4, 1)], APS_PERSISTENCE):
        count.k1 = s.k1.value
    if accept(&s.k2, frame[soh(n, 5, 7, 1)], APS_PERSISTENCE):
        count.k2 = s.k2.value
    if accept(&s.s1, frame[soh(n, 9, 1, 1)] & 15, APS_PERSISTENCE):
        count.s1 = s.s1.value
    accept(&s.k2_low, frame[soh(n, 5, 7, 1)] & 7, MS_PERSISTENCE)
    stm_defects(s, held, count, log)
    if s.channels and not held:
        channels_take(s)
    m1 = frame[m1_at(n)]
    if n <= 4:
        m1 &= 0x7f              # bit 1 counts in STM-16 only
    if m1 <= m1_most(n) and not s.ais:
        count.ms_rei += m1

cdef inline void stm_fail(StmRx *s) noexcept nogil:
    """The section's signal is gone (LOS, LOF): what was accepted is no longer known."""
    s.bip_known = False
    s.ais = True
    degrade_fail(&s.degrade)
    trace_fail(&s.j0)
    accept_reset(&s.k1)
    accept_reset(&s.k2)
    accept_reset(&s.k2_low)
    accept_reset(&s.s1)
