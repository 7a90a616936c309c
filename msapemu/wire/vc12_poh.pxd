# cython: language_level=3
"""VC-12 path overhead (G.707 9.3.2): V5 J2 N2 K4 at octets 0, 35, 70, 105 of 140; the K4 multiframe of 32.

A frame here is the 140 octets of one VC-12, side by side.
"""
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memset

from msapemu.wire.bits cimport Accept, accept, accept_reset, popcount
from msapemu.wire.remote cimport E_RDI_BITS, ONE_BIT_RDI, PathRemote, rdi_code, rdi_kind
from msapemu.wire.status cimport (LP_PLM, LP_RDI, LP_TIM, LP_UNEQ, AuCounters, EventLog, defect_is, defect_set)
from msapemu.wire.trace cimport TraceRx, TraceTx, trace_fail, trace_take, trace_zero

cdef enum:
    VC12_FRAME = 140
    V5_AT = 0
    J2_AT = 35
    N2_AT = 70
    K4_AT = 105
    V5_REI = 0x20
    V5_RFI = 0x10
    V5_RDI = 0x01
    LABEL_UNEQUIPPED = 0
    LABEL_NONSPECIFIC = 1
    LABEL_EXTENDED = 5
    EXTENDED_GFP = 0x0D
    K4_LABEL = 0x80             # bit 1: extended signal label
    K4_VCAT = 0x40              # bit 2: virtual concatenation
    K4_APS = 0x30               # bits 3, 4
    K4_RDI = 0x0E               # bits 5-7: enhanced RDI
    K4_LOW = 0x3F               # bits 3-8: as set
    LP_PERSISTENCE = 5          # VC-12 frames before label and RDI count
    LP_OCTETS = 3               # VC-12 frames before N2 and the APS bits of K4 are accepted
    SQ_PERSISTENCE = 3
    K4_FRAMES = 32              # 16 ms
    K4_CYCLE = 1024             # 32 frame counts: 512 ms
    K4_MFAS = 0x3FE             # bit 1 of K4, positions 1..11: 0111 1111 110
    K4_LOM = 16                 # wrong multiframes (256 ms; 200..400 allowed) before dLOM

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
    """
    uint8_t vc12_bip2 "msapemu_bip2"(const uint8_t *frame) noexcept

# ---------------------------------------------------------------- source

cdef struct Vc12PohTx:
    TraceTx j2
    bint enhanced               # E-RDI
    bint label_forced           # send `label` whatever is carried
    uint8_t label
    bint rfi
    uint8_t n2
    uint8_t k4                  # bits 3-8; bits 5-7 only without E-RDI
    uint8_t bip                 # BIP-2 of the frame sent last

cdef inline uint32_t k4_extended_label(uint8_t label) noexcept nogil:
    """Bit 1 of K4 over its multiframe, first bit highest: MFAS, label, then zeros."""
    return (<uint32_t>K4_MFAS << 21) | (<uint32_t>label << 13)

cdef inline uint32_t k4_vcat(unsigned count, unsigned sq) noexcept nogil:
    """Bit 2 of K4 over its multiframe without LCAS: frame count, sequence number, zeros."""
    return (count << 27) | (sq << 21)

cdef inline uint8_t k4_bits(uint64_t number, uint32_t label, uint32_t vcat) noexcept nogil:
    """Bits 1 and 2 of the K4 of VC-12 frame `number`, in their places, from the two words of its multiframe."""
    cdef unsigned back = K4_FRAMES - 1 - number % K4_FRAMES
    return <uint8_t>(((label >> back) & 1) * K4_LABEL | ((vcat >> back) & 1) * K4_VCAT)

cdef inline void vc12_poh_build(Vc12PohTx *v, uint64_t number, uint8_t label, uint8_t k4, PathRemote *far,
                                uint8_t *frame) noexcept nogil:
    """Write the path overhead of VC-12 `number` beside its payload, and take the BIP-2 for the next.

    `k4`: bits 1 and 2 of K4 in their places, the others zero.
    """
    cdef uint8_t code = rdi_code(far.rdi, v.enhanced)
    cdef uint8_t v5 = <uint8_t>(v.bip << 6 | (v.label if v.label_forced else label) << 1)
    if code & ONE_BIT_RDI:
        v5 |= V5_RDI
    if v.rfi:
        v5 |= V5_RFI
    if far.rei:
        far.rei -= 1
        v5 |= V5_REI
    frame[V5_AT] = v5
    frame[J2_AT] = v.j2.octets[number & v.j2.mask]
    frame[N2_AT] = v.n2
    if v.enhanced:
        frame[K4_AT] = <uint8_t>(k4 | (v.k4 & ~K4_RDI) | code << 1)
    else:
        frame[K4_AT] = k4 | v.k4
    v.bip = vc12_bip2(frame)

cdef inline void vc12_unequipped(Vc12PohTx *v, PathRemote *far, uint8_t *frame) noexcept nogil:
    """An unequipped VC-12: all zero, and with it the BIP-2 of the next."""
    memset(frame, 0, VC12_FRAME)
    v.bip = 0
    far.rei = 0                         # nobody is there to be told

cdef inline void vc12_supervisory(Vc12PohTx *v, uint64_t number, PathRemote *far, uint8_t *frame) noexcept nogil:
    """A supervisory-unequipped VC-12: no payload, but trace, parity and remote information."""
    memset(frame, 0, VC12_FRAME)
    vc12_poh_build(v, number, LABEL_UNEQUIPPED, 0, far, frame)

# ---------------------------------------------------------------- sink

cdef struct Vc12PohRx:
    # settings
    uint8_t expected_label      # LABEL_UNEQUIPPED: nothing is awaited
    uint8_t expected_extended   # beside LABEL_EXTENDED
    bint supervisory            # a supervisory-unequipped VC-12 is awaited
    bint enhanced               # read E-RDI
    bint tim_silent             # dTIM has no consequence but RDI (TIMAISdis)
    # state
    uint64_t defects
    uint64_t bip2_errors
    uint64_t rei
    TraceRx j2
    Accept label
    Accept rdi                  # a RemoteDefect
    Accept n2
    Accept aps                  # K4 bits 3, 4, in their places
    uint8_t bip
    bint bip_known
    # received last
    uint8_t v5
    uint8_t n2_last
    uint8_t k4
    # K4 multiframe
    uint32_t label_bits         # the last 32 of bit 1, newest lowest
    uint32_t vcat_bits          # the last 32 of bit 2
    bint k4_known               # multiframe phase known: `mfn` holds
    uint16_t mfn                # number of the last completed frame in the cycle of 1024
    uint8_t k4_missed           # multiframes in a row without MFAS and frame count as they should be
    uint16_t k4_out             # frames without a phase, saturating at K4_LOM multiframes
    uint8_t moved               # MFAS in a row at another phase or frame count
    uint16_t moved_mfn          # what `mfn` would be by that other phase
    Accept extended_label
    Accept sq

cdef inline bint k4_take(Vc12PohRx *v, uint8_t k4) noexcept nogil:
    """The K4 of one more frame; True when the accepted extended label changes.

    The phase is taken when two multiframes in a row agree on it.
    """
    cdef uint16_t seen
    cdef bint changed = False
    v.label_bits = (v.label_bits << 1) | (k4 >> 7)
    v.vcat_bits = (v.vcat_bits << 1) | ((k4 >> 6) & 1)
    v.mfn = (v.mfn + 1) & (K4_CYCLE - 1)
    v.moved_mfn = (v.moved_mfn + 1) & (K4_CYCLE - 1)
    if not v.k4_known and v.k4_out < K4_LOM * K4_FRAMES:
        v.k4_out += 1
    if (v.label_bits >> 21) == K4_MFAS:
        # this frame is the last of a multiframe
        changed = accept(&v.extended_label, (v.label_bits >> 13) & 0xff, SQ_PERSISTENCE)
        accept(&v.sq, (v.vcat_bits >> 21) & 63, SQ_PERSISTENCE)
        seen = <uint16_t>(((v.vcat_bits >> 27) & 31) * K4_FRAMES + K4_FRAMES - 1)
        if (v.k4_known and seen == v.mfn) or (v.moved and seen == v.moved_mfn):
            v.k4_known = True
            v.mfn = seen
            v.k4_missed = v.moved = 0
            v.k4_out = 0
            return changed
        v.moved = 1
        v.moved_mfn = seen
    if v.k4_known and v.mfn % K4_FRAMES == K4_FRAMES - 1:
        v.k4_missed += 1
        if v.k4_missed >= K4_LOM:
            v.k4_known = False
            v.k4_out = K4_LOM * K4_FRAMES
    return changed

cdef inline bint k4_lom(const Vc12PohRx *v) noexcept nogil:
    """dLOM of a member: no K4 multiframe for K4_LOM of them."""
    return not v.k4_known and v.k4_out >= K4_LOM * K4_FRAMES

cdef inline void vc12_poh_skipped(Vc12PohRx *v) noexcept nogil:
    """A frame was lost where the pointer jumped: the count of frames goes on, in step with the other members'."""
    v.bip_known = False
    v.mfn = (v.mfn + 1) & (K4_CYCLE - 1)
    v.moved_mfn = (v.moved_mfn + 1) & (K4_CYCLE - 1)
    v.label_bits <<= 1
    v.vcat_bits <<= 1

cdef inline void vc12_poh_fail(Vc12PohRx *v) noexcept nogil:
    """No VC-12 comes (pointer lost, AIS, or the signal above failed): what was accepted is no longer known."""
    v.bip_known = False
    v.k4_known = False
    v.k4_out = 0
    v.moved = v.k4_missed = 0
    v.label_bits = v.vcat_bits = 0
    trace_fail(&v.j2)
    accept_reset(&v.label)
    accept_reset(&v.rdi)
    accept_reset(&v.n2)
    accept_reset(&v.aps)
    accept_reset(&v.extended_label)
    accept_reset(&v.sq)

cdef inline void vc12_defects(Vc12PohRx *v, EventLog *log, int obj) noexcept nogil:
    """dUNEQ, dPLM, dTIM and dRDI of a VC-12 that is reported, from what was accepted and what is awaited.

    As for a VC-4 (vc4.pxd): an unequipped one has no trace, a supervisory-unequipped one is told by its trace.
    """
    cdef bint awaited = v.label.known and v.expected_label != LABEL_UNEQUIPPED
    cdef bint unequipped = v.label.known and v.label.value == LABEL_UNEQUIPPED
    cdef bint other = v.label.value != v.expected_label or (
        v.label.value == LABEL_EXTENDED and v.extended_label.known and v.extended_label.value != v.expected_extended)
    cdef bint mismatch = v.j2.mismatch
    if v.supervisory:
        unequipped = unequipped and mismatch and trace_zero(&v.j2)
        defect_set(&v.defects, log, obj, LP_UNEQ, unequipped)
        defect_set(&v.defects, log, obj, LP_PLM, False)
    else:
        defect_set(&v.defects, log, obj, LP_UNEQ, awaited and unequipped)
        defect_set(&v.defects, log, obj, LP_PLM, awaited and not unequipped and other
                   and v.label.value != LABEL_NONSPECIFIC and v.expected_label != LABEL_NONSPECIFIC)
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

cdef inline void vc12_poh_take(Vc12PohRx *v, const uint8_t *frame, bint report, AuCounters *count, EventLog *log,
                               int obj, PathRemote *far) noexcept nogil:
    """Check BIP-2 and read the overhead of a whole VC-12; its defects become events of `obj` when `report`."""
    cdef uint8_t v5 = frame[V5_AT], k4 = frame[K4_AT]
    cdef unsigned errors
    cdef bint changed
    if v.bip_known:
        errors = popcount(v.bip ^ (v5 >> 6))
        if errors:
            v.bip2_errors += errors
            count.bip2_errors += errors
            far.rei += 1
    v.bip_known = True
    v.bip = vc12_bip2(frame)
    if v5 & V5_REI:
        v.rei += 1
        count.lp_rei += 1
    v.v5 = v5
    v.n2_last = frame[N2_AT]
    v.k4 = k4
    accept(&v.n2, v.n2_last, LP_OCTETS)
    accept(&v.aps, k4 & K4_APS, LP_OCTETS)
    changed = accept(&v.label, (v5 >> 1) & 7, LP_PERSISTENCE)
    changed |= accept(&v.rdi, vc12_rdi(v5, k4, v.enhanced), LP_PERSISTENCE)
    changed |= trace_take(&v.j2, frame[J2_AT])
    changed |= k4_take(v, k4)
    if changed and report:
        vc12_defects(v, log, obj)
