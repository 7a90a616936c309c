# cython: language_level=3
"""VC-12 path overhead (G.707 9.3.2): V5 J2 N2 K4 at octets 0, 35, 70, 105 of 140; the K4 multiframe of 32.

A frame here is the 140 octets of one VC-12, side by side.
"""
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from msapemu.wire.bits cimport Accept, accept, accept_reset, accepted, popcount
from msapemu.wire.degrade cimport Degrade, degrade_fail, degrade_init, degrade_rest, degrade_take
from msapemu.wire.kernels cimport kernels
from msapemu.wire.multiframe cimport K4_FRAMES, K4Rx, k4_reset, k4_rest, k4_rests, k4_skipped, k4_take
from msapemu.wire.remote cimport E_RDI_BITS, ONE_BIT_RDI, PathRemote, rdi_code, rdi_kind
from msapemu.wire.status cimport (LP_EXC, LP_PLM, LP_RDI, LP_TIM, LP_UNEQ, AuCounters, EventLog, defect_is, defect_set)
from msapemu.wire.trace cimport TraceRx, TraceTx, trace_fail, trace_rest, trace_rests, trace_take, trace_zero

cdef enum:
    VC12_FRAME = 140
    BIP2_BITS = 2
    BIP2_OVER = 560             # bits that each of them covers
    VC12_RATE = 2000            # a second
    V5_AT = 0
    J2_AT = 35
    N2_AT = 70
    K4_AT = 105
    VC12_POH = 4
    V5_REI = 0x20
    V5_RFI = 0x10
    V5_RDI = 0x01
    LABEL_UNEQUIPPED = 0
    LABEL_NONSPECIFIC = 1
    LABEL_EXTENDED = 5
    EXTENDED_HDLC = 0x0A        # PPP
    EXTENDED_LAPS = 0x0B
    EXTENDED_GFP = 0x0D
    K4_LABEL = 0x80             # bit 1: extended signal label
    K4_VCAT = 0x40              # bit 2: virtual concatenation
    K4_APS = 0x30               # bits 3, 4
    K4_RDI = 0x0E               # bits 5-7: enhanced RDI
    K4_LOW = 0x3F               # bits 3-8: as set
    LP_PERSISTENCE = 5          # VC-12 frames before label and RDI count
    LP_OCTETS = 3               # VC-12 frames before N2 and the APS bits of K4 are accepted

cdef extern from * nogil:
    """
    #include <string.h>
    static inline unsigned msapemu_bip2(const uint8_t *frame)
    {
        /* 140 octets: 16 words of 8, one of 8, one of 4. Parity of the odd-numbered bits and of the even-numbered
         * ones; the order of octets does not matter. */
        uint64_t w[17], x = 0;
        uint32_t last, y;
        memcpy(w, frame, sizeof w);
        memcpy(&last, frame + sizeof w, sizeof last);
        for (int i = 0; i < 17; i++)
            x ^= w[i];
        y = (uint32_t)x ^ (uint32_t)(x >> 32) ^ last;
        y ^= y >> 16;
        y ^= y >> 8;
        y ^= y >> 4;
        y ^= y >> 2;
        return y & 3;
    }
    /* Rows of 64 octets. */
    static inline void msapemu_row_or(uint8_t *out, const uint8_t *a, const uint8_t *b)
    {
        uint64_t x[8], y[8];
        memcpy(x, a, 64);
        memcpy(y, b, 64);
        for (int i = 0; i < 8; i++)
            x[i] |= y[i];
        memcpy(out, x, 64);
    }
    /* Parity of the odd-numbered and of the even-numbered bits of every octet, as bits 1 and 2. */
    static inline void msapemu_row_v5_bip2(uint8_t *out, const uint8_t *sum)
    {
        uint64_t x[8];
        memcpy(x, sum, 64);
        for (int i = 0; i < 8; i++) {
            x[i] ^= x[i] << 4 & 0xf0f0f0f0f0f0f0f0u;
            x[i] = (x[i] ^ x[i] << 2) & 0xc0c0c0c0c0c0c0c0u;
        }
        memcpy(out, x, 64);
    }
    """
    uint8_t vc12_bip2 "msapemu_bip2"(const uint8_t *frame) noexcept
    void row_or "msapemu_row_or"(uint8_t *out, const uint8_t *a, const uint8_t *b) noexcept
    void row_v5_bip2 "msapemu_row_v5_bip2"(uint8_t *out, const uint8_t *sum) noexcept

cdef inline void rows_bip2(uint8_t *bip, const uint8_t *frame) noexcept nogil:
    """BIP-2 of 63 frames by rows (bank_tx.pxd), in their places in V5."""
    kernels.xor_rows64(bip, frame, VC12_FRAME)
    row_v5_bip2(bip, bip)

# ---------------------------------------------------------------- source

cdef struct Vc12PohTx:
    TraceTx j2
    bint enhanced               # E-RDI
    bint label_forced           # send `label` whatever is carried
    uint8_t label
    bint rfi
    uint8_t n2
    uint8_t k4                  # bits 3-8; bits 5-7 only without E-RDI

cdef inline uint8_t k4_bits(uint64_t number, uint32_t label, uint32_t vcat) noexcept nogil:
    """Bits 1 and 2 of the K4 of VC-12 frame `number`, in their places, from the two words of its multiframe."""
    cdef unsigned back = K4_FRAMES - 1 - number % K4_FRAMES
    return <uint8_t>(((label >> back) & 1) * K4_LABEL | ((vcat >> back) & 1) * K4_VCAT)

# ---------------------------------------------------------------- sink

cdef struct Vc12PohRx:
    # settings
    uint8_t expected_label      # what the map awaits; LABEL_UNEQUIPPED: nothing
    uint8_t expected_extended   # beside LABEL_EXTENDED
    bint label_forced           # await `label_awaited` whatever the map says
    uint8_t label_awaited
    bint supervisory            # a supervisory-unequipped VC-12 is awaited
    bint enhanced               # read E-RDI
    bint tim_silent             # dTIM has no consequence but RDI (TIMAISdis)
    # state
    uint64_t defects
    uint64_t bip2_errors
    uint64_t rei
    TraceRx j2
    Degrade degrade
    Accept label
    Accept rdi                  # a RemoteDefect
    Accept n2
    Accept aps                  # K4 bits 3, 4, in their places
    uint8_t bip
    bint bip_known
    uint8_t poh[4]              # received last: V5 J2 N2 K4
    K4Rx multiframe

cdef inline void vc12_poh_skipped(Vc12PohRx *v) noexcept nogil:
    """A frame was lost where the pointer jumped: the count of frames goes on, in step with the other members'."""
    v.bip_known = False
    k4_skipped(&v.multiframe)

cdef inline void vc12_poh_fail(Vc12PohRx *v) noexcept nogil:
    """No VC-12 comes (pointer lost, AIS, or the signal above failed): what was accepted is no longer known."""
    v.bip_known = False
    degrade_fail(&v.degrade)
    k4_reset(&v.multiframe)
    trace_fail(&v.j2)
    accept_reset(&v.label)
    accept_reset(&v.rdi)
    accept_reset(&v.n2)
    accept_reset(&v.aps)

cdef inline void vc12_defects(Vc12PohRx *v, EventLog *log, int obj) noexcept nogil:
    """dUNEQ, dPLM, dTIM and dRDI of a VC-12 that is reported, from what was accepted and what is awaited.

    As for a VC-4 (vc4.pxd): an unequipped one has no trace, a supervisory-unequipped one is told by its trace.
    """
    cdef uint8_t expected = v.label_awaited if v.label_forced else v.expected_label
    cdef bint awaited = v.label.known and expected != LABEL_UNEQUIPPED
    cdef bint unequipped = v.label.known and v.label.value == LABEL_UNEQUIPPED
    cdef bint other = v.label.value != expected or (
        v.label.value == LABEL_EXTENDED and v.multiframe.extended_label.known
        and v.multiframe.extended_label.value != v.expected_extended)
    cdef bint mismatch = v.j2.mismatch
    if v.supervisory:
        unequipped = unequipped and mismatch and trace_zero(&v.j2)
        defect_set(&v.defects, log, obj, LP_UNEQ, unequipped)
        defect_set(&v.defects, log, obj, LP_PLM, False)
    else:
        defect_set(&v.defects, log, obj, LP_UNEQ, awaited and unequipped)
        defect_set(&v.defects, log, obj, LP_PLM, awaited and not unequipped and other
                   and v.label.value != LABEL_NONSPECIFIC and expected != LABEL_NONSPECIFIC)
    defect_set(&v.defects, log, obj, LP_TIM, mismatch and not unequipped)
    defect_set(&v.defects, log, obj, LP_RDI, v.rdi.known and v.rdi.value != 0)

cdef inline bint vc12_tsf(const Vc12PohRx *v) noexcept nogil:
    """aTSF, aAIS of the trail termination: dUNEQ, or dTIM unless that is set to have no consequence."""
    return defect_is(v.defects, LP_UNEQ) or (defect_is(v.defects, LP_TIM) and not v.tim_silent)

cdef inline uint8_t vc12_rdi(uint8_t v5, uint8_t k4, bint enhanced) noexcept nogil:
    """The RemoteDefect told by V5 and K4. Bits 6 and 7 of K4 alike: the far end has one-bit RDI."""
    cdef uint8_t code = (k4 >> 1) & E_RDI_BITS
    if not enhanced or ((code >> 1) & 1) == (code & 1):
        code = ONE_BIT_RDI if v5 & V5_RDI else 0
    return rdi_kind(code)

cdef inline void vc12_poh_take(Vc12PohRx *v, const uint8_t *poh, uint8_t bip, bint report, AuCounters *count,
                               EventLog *log, int obj, PathRemote *far) noexcept nogil:
    """Check BIP-2 and read V5 J2 N2 K4 of a whole VC-12, which has this BIP-2 itself; its defects become events of
    `obj` when `report`."""
    cdef uint8_t v5 = poh[0], k4 = poh[3]
    cdef unsigned errors
    cdef bint changed
    if v.bip_known:
        errors = popcount(v.bip ^ (v5 >> 6))
        if errors:
            v.bip2_errors += errors
            count.bip2_errors += errors
            far.rei += 1
        if report:
            degrade_take(&v.degrade, errors, &v.defects, log, obj, LP_EXC)
    elif not v.degrade.lanes:
        degrade_init(&v.degrade, BIP2_BITS, BIP2_OVER, VC12_RATE, 1)
    v.bip_known = True
    v.bip = bip
    if v5 & V5_REI:
        v.rei += 1
        count.lp_rei += 1
    memcpy(v.poh, poh, VC12_POH)
    accept(&v.n2, v.poh[2], LP_OCTETS)
    accept(&v.aps, k4 & K4_APS, LP_OCTETS)
    changed = accept(&v.label, (v5 >> 1) & 7, LP_PERSISTENCE)
    changed |= accept(&v.rdi, vc12_rdi(v5, k4, v.enhanced), LP_PERSISTENCE)
    changed |= trace_take(&v.j2, v.poh[1])
    changed |= k4_take(&v.multiframe, k4)
    if changed and report:
        vc12_defects(v, log, obj)

cdef inline int vc12_rests_on(const Vc12PohRx *v, bint report) noexcept nogil:
    """It has rested: for how many frames it may do so again until there is something to see; 0: there is now."""
    cdef int n = k4_rests(&v.multiframe)
    cdef uint64_t left = v.degrade.next - v.degrade.frames
    return <int>left if report and left < <uint64_t>n else n

cdef inline int vc12_rests(const Vc12PohRx *v, bint report) noexcept nogil:
    """The overhead goes on as it did and changes nothing: how many frames, without errors, REI or anything else that is
    new, may be counted together; 0: none."""
    if v.bip_known and accepted(&v.label, LP_PERSISTENCE) and accepted(&v.rdi, LP_PERSISTENCE) \
            and accepted(&v.n2, LP_OCTETS) and accepted(&v.aps, LP_OCTETS) and trace_rests(&v.j2):
        return vc12_rests_on(v, report)
    return 0

cdef inline void vc12_rest(Vc12PohRx *v, int n, uint32_t vcat_bits, const uint8_t *poh, uint8_t bip, bint report,
                           EventLog *log, int obj) noexcept nogil:
    """It rested for `n` frames, no more than `vc12_rests` said. `vcat_bits`: bit 2 of K4 of all but the last of them,
    newest lowest; `poh`, `bip`: the overhead and BIP-2 of that."""
    memcpy(v.poh, poh, VC12_POH)
    v.bip = bip
    trace_rest(&v.j2, n)
    if report:
        degrade_rest(&v.degrade, n, &v.defects, log, obj, LP_EXC)
    if k4_rest(&v.multiframe, n, vcat_bits, poh[3]) and report:
        vc12_defects(v, log, obj)
