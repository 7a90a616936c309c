# cython: language_level=3
"""VC-4: 9 rows of 261 octets, the first column is the path overhead J1 B3 C2 G1 F2 H4 F3 K3 N1 (G.707 9.3.1).

A VC-4-Xc is X times as wide: `width` X octets stand where a VC-4 has one, the path overhead in the first of them.
"""
from libc.stddef cimport size_t
from libc.stdint cimport uint8_t, uint64_t

from msapemu.wire.bits cimport Accept, accept, accept_reset, popcount
from msapemu.wire.kernels cimport kernels
from msapemu.wire.remote cimport PathRemote, rei_take
from msapemu.wire.status cimport HP_PLM, HP_RDI, HP_TIM, HP_UNEQ, LOM, OBJ_AU, AuCounters, EventLog, defect_set
from msapemu.wire.trace cimport TraceRx, trace_fail, trace_take

cdef enum:
    VC4_OCTETS = 2349
    VC4_ROW = 261
    C4_ROW = 260
    VC4_ROWS = 9
    # path overhead: the first octet of a row
    J1_ROW = 0
    B3_ROW = 1
    C2_ROW = 2
    G1_ROW = 3
    F2_ROW = 4
    H4_ROW = 5
    F3_ROW = 6
    K3_ROW = 7
    N1_ROW = 8
    C2_UNEQUIPPED = 0x00
    C2_NONSPECIFIC = 0x01
    C2_TUG = 0x02
    C2_GFP = 0x1B
    G1_RDI = 0x08               # bit 5
    REI_MOST = 8
    HP_PERSISTENCE = 5          # frames before C2 and RDI count
    # H4 as TU multiframe indicator (9.3.1.7): 111111TT, TT names the quarter of the *next* VC-4
    H4_TU = 0xFC
    H4_FRAMES = 4
    H4_BAD = 2                  # wrong ones in a row: out of multiframe
    H4_GOOD = 4                 # right ones in a row: in multiframe
    H4_LOM = 40                 # VC-4 out of multiframe (5 ms) before dLOM

cdef struct Vc4Tx:
    uint8_t j1[16]
    uint8_t b3                  # of the VC-4 sent last

cdef struct Vc4Rx:
    TraceRx j1
    Accept c2
    Accept rdi
    uint8_t expected_c2
    uint8_t b3
    bint b3_known
    # H4
    bint in_multiframe
    uint8_t tt                  # of the last VC-4
    uint8_t good
    uint8_t bad
    uint8_t out                 # VC-4 out of multiframe, saturating

cdef inline uint8_t h4_of_quarter(uint64_t quarter) noexcept nogil:
    """H4 of the VC-4 that holds V1 (quarter 0), V2, V3, V4: 01, 10, 11, 00."""
    return <uint8_t>(H4_TU | ((quarter + 1) & 3))

cdef inline uint8_t quarter_of_tt(uint8_t tt) noexcept nogil:
    return <uint8_t>((tt + 3) & 3)

cdef inline void vc4_poh_build(Vc4Tx *v, uint64_t number, uint8_t c2, uint8_t h4, PathRemote *far,
                               uint8_t *vc, int width) noexcept nogil:
    """Write the path overhead of VC-4 `number` beside its payload, and take the B3 for the next."""
    cdef int row = VC4_ROW * width
    vc[J1_ROW * row] = v.j1[number & 15]
    vc[B3_ROW * row] = v.b3
    vc[C2_ROW * row] = c2
    vc[G1_ROW * row] = <uint8_t>((rei_take(&far.rei, REI_MOST) << 4) | (G1_RDI if far.rdi else 0))
    vc[F2_ROW * row] = 0
    vc[H4_ROW * row] = h4
    vc[F3_ROW * row] = vc[K3_ROW * row] = vc[N1_ROW * row] = 0
    v.b3 = kernels.bip8(vc, <size_t>(VC4_OCTETS * width))

cdef inline void h4_take(Vc4Rx *v, uint8_t h4, AuCounters *count, EventLog *log, int obj) noexcept nogil:
    """The TU multiframe phase: flywheel over single errors, dLOM when it stays lost."""
    cdef uint8_t tt = h4 & 3
    cdef bint follows = tt == ((v.tt + 1) & 3)
    if v.in_multiframe:
        v.bad = 0 if follows else v.bad + 1
        v.tt = (v.tt + 1) & 3
        if v.bad >= H4_BAD:
            v.in_multiframe = False
            v.good = 0
            v.out = 0
            v.tt = tt
        return
    v.good = v.good + 1 if follows else 0
    v.tt = tt
    if v.good >= H4_GOOD:
        v.in_multiframe = True
        v.bad = 0
        v.out = 0
        defect_set(&count.defects, log, obj + OBJ_AU, LOM, False)
    elif v.out < H4_LOM:
        v.out += 1
        if v.out == H4_LOM:
            count.h4_lom += 1
            defect_set(&count.defects, log, obj + OBJ_AU, LOM, True)

cdef inline void vc4_defects(Vc4Rx *v, AuCounters *count, EventLog *log, int obj) noexcept nogil:
    """dUNEQ and dPLM from the accepted label and the expected one; nothing is expected of an unequipped VC-4.

    An unequipped VC-4 has no trace: dTIM would only repeat it.
    """
    cdef bint judge = v.c2.known and v.expected_c2 != C2_UNEQUIPPED
    defect_set(&count.defects, log, obj + OBJ_AU, HP_UNEQ, judge and v.c2.value == C2_UNEQUIPPED)
    defect_set(&count.defects, log, obj + OBJ_AU, HP_PLM, judge and v.c2.value != v.expected_c2
               and v.c2.value != C2_NONSPECIFIC and v.c2.value != C2_UNEQUIPPED)
    defect_set(&count.defects, log, obj + OBJ_AU, HP_TIM, v.j1.mismatch
               and not (v.c2.known and v.c2.value == C2_UNEQUIPPED))

cdef inline void vc4_poh_take(Vc4Rx *v, const uint8_t *vc, int width, AuCounters *count, EventLog *log, int obj,
                              PathRemote *far) noexcept nogil:
    """Check B3 and read the path overhead of a received VC-4."""
    cdef int row = VC4_ROW * width
    cdef uint8_t g1 = vc[G1_ROW * row]
    cdef unsigned errors, rei
    if v.b3_known:
        errors = popcount(v.b3 ^ vc[B3_ROW * row])
        count.b3_errors += errors
        far.rei += errors
    v.b3_known = True
    v.b3 = kernels.bip8(vc, <size_t>(VC4_OCTETS * width))
    if trace_take(&v.j1, vc[J1_ROW * row]):
        vc4_defects(v, count, log, obj)
    if accept(&v.c2, vc[C2_ROW * row], HP_PERSISTENCE):
        count.c2 = v.c2.value
        vc4_defects(v, count, log, obj)
    rei = g1 >> 4
    if rei <= REI_MOST:
        count.rei += rei
    if accept(&v.rdi, g1 & G1_RDI, HP_PERSISTENCE):
        defect_set(&count.defects, log, obj + OBJ_AU, HP_RDI, v.rdi.value != 0)

cdef inline void vc4_fail(Vc4Rx *v) noexcept nogil:
    v.b3_known = False
    trace_fail(&v.j1)
    accept_reset(&v.c2)
    accept_reset(&v.rdi)
    v.in_multiframe = False
    v.good = v.bad = v.out = 0

cdef inline void vc4_skipped(Vc4Rx *v) noexcept nogil:
    """A VC-4 was lost where the pointer jumped; it had its place in the TU multiframe."""
    v.b3_known = False
    v.tt = (v.tt + 1) & 3
