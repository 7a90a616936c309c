# cython: language_level=3
"""VC-12 path overhead (G.707 9.3.2): V5 J2 N2 K4 at octets 0, 35, 70, 105 of 140; the K4 multiframe of 32."""
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t

from msapemu.wire.bits cimport Accept, accept, accept_reset, popcount
from msapemu.wire.kernels cimport kernels
from msapemu.wire.pointers cimport PointerRx
from msapemu.wire.remote cimport PathRemote
from msapemu.wire.status cimport LP_PLM, LP_RDI, LP_TIM, LP_UNEQ, AuCounters, EventLog, defect_set
from msapemu.wire.trace cimport TraceRx, trace_fail, trace_take
from msapemu.wire.tu cimport ROW, TU12S, VC12_OCTETS

cdef enum:
    V5_ROW = 0
    J2_ROW = 35
    N2_ROW = 70
    K4_ROW = 105
    C12_OCTETS = 136            # payload octets of a VC-12
    C12_RUN = 34                # of them between two path overhead octets
    V5_REI = 0x20
    V5_RDI = 0x01
    LABEL_UNEQUIPPED = 0
    LABEL_NONSPECIFIC = 1
    LABEL_EXTENDED = 5
    EXTENDED_GFP = 0x0D
    LP_PERSISTENCE = 5          # VC-12 frames before label and RDI count
    SQ_PERSISTENCE = 3
    K4_FRAMES = 32              # 16 ms
    K4_CYCLE = 1024             # 32 frame counts: 512 ms
    K4_MFAS = 0x3FE             # bit 1 of K4, positions 1..11: 0111 1111 110
    K4_LOM = 16                 # wrong multiframes (256 ms; 200..400 allowed) before dLOM

cdef inline int c12_row(int j) noexcept nogil:
    """Row of payload octet j = 0..135."""
    return j + 1 + j // C12_RUN

cdef inline uint8_t bip2(uint8_t octets_xor) noexcept nogil:
    """BIP-2 (bit 1 over odd-numbered bits, bit 2 over even-numbered ones) from the XOR of all octets."""
    octets_xor ^= octets_xor >> 4
    octets_xor ^= octets_xor >> 2
    return octets_xor & 3

# ---------------------------------------------------------------- source

cdef struct Vc12Tx:
    uint8_t j2[16]
    uint8_t bip[64]             # BIP-2 of the frame sent last, by column
    uint32_t vcat[64]           # bit 2 of K4 in this multiframe, first bit highest

cdef inline uint32_t k4_extended_label(uint8_t label) noexcept nogil:
    """Bit 1 of K4 over its multiframe, first bit highest: MFAS, label, then zeros."""
    return (<uint32_t>K4_MFAS << 21) | (<uint32_t>label << 13)

cdef inline uint32_t k4_vcat(unsigned count, unsigned sq) noexcept nogil:
    """Bit 2 of K4 over its multiframe without LCAS: frame count, sequence number, zeros."""
    return (count << 27) | (sq << 21)

cdef inline void vc12_poh_build(Vc12Tx *v, uint64_t number, const uint8_t *equipped, const uint8_t *sq,
                                PathRemote *far, uint8_t *plane) noexcept nogil:
    """Write the path overhead of VC-12 frame `number` of every equipped column, and take the BIP-2s for the next."""
    cdef unsigned position = number % K4_FRAMES
    cdef unsigned count = (number // K4_FRAMES) % K4_FRAMES
    cdef uint8_t label_bit = (k4_extended_label(EXTENDED_GFP) >> (31 - position)) & 1
    cdef uint8_t all_octets[64]
    cdef int c
    for c in range(TU12S):
        if not equipped[c]:
            far.lp_rei[c] = 0           # nobody is there to be told
            continue
        plane[V5_ROW * ROW + c] = <uint8_t>((v.bip[c] << 6) | (LABEL_EXTENDED << 1) | far.lp_rdi[c])
        if far.lp_rei[c]:
            far.lp_rei[c] -= 1
            plane[V5_ROW * ROW + c] |= V5_REI
        plane[J2_ROW * ROW + c] = v.j2[number & 15]
        plane[N2_ROW * ROW + c] = 0
        plane[K4_ROW * ROW + c] = <uint8_t>(
            (label_bit << 7) | (((k4_vcat(count, sq[c]) >> (31 - position)) & 1) << 6))
    kernels.xor_rows64(all_octets, plane, VC12_OCTETS)
    for c in range(TU12S):
        v.bip[c] = bip2(all_octets[c])

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
    uint8_t bip
    bint bip_known
    Accept label
    Accept rdi
    TraceRx j2
    uint64_t defects
    uint64_t bip2_errors
    uint64_t rei
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

cdef inline bint k4_take(Vc12Rx *v, uint8_t k4) noexcept nogil:
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

cdef inline bint k4_lom(const Vc12Rx *v) noexcept nogil:
    """dLOM of a member: no K4 multiframe for K4_LOM of them."""
    return not v.k4_known and v.k4_out >= K4_LOM * K4_FRAMES

cdef inline void vc12_skipped(Vc12Rx *v) noexcept nogil:
    """A frame was lost where the pointer jumped: the count of frames goes on, in step with the other members'."""
    v.filled = 0
    v.number += 1
    v.bip_known = False
    v.mfn = (v.mfn + 1) & (K4_CYCLE - 1)
    v.moved_mfn = (v.moved_mfn + 1) & (K4_CYCLE - 1)
    v.label_bits <<= 1
    v.vcat_bits <<= 1

cdef inline void vc12_lost(Vc12Rx *v) noexcept nogil:
    """No VC-12 can be collected now (pointer lost, AIS, or the signal above failed)."""
    v.hunting = True
    v.jumped = v.gap = False
    v.filled = 0
    v.until_v5 = -1
    v.bip_known = False
    v.k4_known = False
    v.k4_out = 0
    v.moved = v.k4_missed = 0
    v.label_bits = v.vcat_bits = 0
    trace_fail(&v.j2)
    accept_reset(&v.label)
    accept_reset(&v.rdi)
    accept_reset(&v.extended_label)
    accept_reset(&v.sq)

cdef inline void vc12_defects(Vc12Rx *v, EventLog *log, int obj) noexcept nogil:
    """dUNEQ, dPLM, dTIM and dRDI of a VC-12 that is awaited. An unequipped one has no trace: no dTIM beside dUNEQ."""
    cdef bint unequipped = v.label.known and v.label.value == LABEL_UNEQUIPPED
    cdef bint gfp = v.label.value == LABEL_EXTENDED and (
        not v.extended_label.known or v.extended_label.value == EXTENDED_GFP)
    defect_set(&v.defects, log, obj, LP_UNEQ, unequipped)
    defect_set(&v.defects, log, obj, LP_PLM, v.label.known and not unequipped
               and v.label.value != LABEL_NONSPECIFIC and not gfp)
    defect_set(&v.defects, log, obj, LP_TIM, v.j2.mismatch and not unequipped)
    defect_set(&v.defects, log, obj, LP_RDI, v.rdi.known and v.rdi.value != 0)

cdef inline void vc12_poh_take(Vc12Rx *v, int obj, int column, const uint8_t *frame, uint8_t octets_xor, bint expected,
                               AuCounters *count, EventLog *log, PathRemote *far) noexcept nogil:
    """Check BIP-2 and read the overhead of a completed frame of TU-12 `column`, event object `obj`."""
    cdef uint8_t v5 = frame[V5_ROW * ROW]
    cdef unsigned errors
    cdef bint changed
    if v.bip_known:
        errors = popcount(v.bip ^ (v5 >> 6))
        if errors:
            v.bip2_errors += errors
            count.bip2_errors += errors
            if far.lp_rei[column] < 255:
                far.lp_rei[column] += 1
    v.bip_known = True
    v.bip = bip2(octets_xor)
    if v5 & V5_REI:
        v.rei += 1
        count.lp_rei += 1
    changed = accept(&v.label, (v5 >> 1) & 7, LP_PERSISTENCE)
    changed |= accept(&v.rdi, v5 & V5_RDI, LP_PERSISTENCE)
    changed |= trace_take(&v.j2, frame[J2_ROW * ROW])
    changed |= k4_take(v, frame[K4_ROW * ROW])
    if changed and expected:
        vc12_defects(v, log, obj)
