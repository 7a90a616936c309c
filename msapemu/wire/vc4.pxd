# cython: language_level=3
"""VC-4 and VC-3: 9 rows, the first column is the path overhead J1 B3 C2 G1 F2 H4 F3 K3 N1 (G.707 9.3.1).

A VC-4 has 261 octets a row, a VC-3 85. A VC-4-Xc is X times as wide as a VC-4: X octets stand where that has one, the
path overhead in the first of them. `row` is always the octets of a row. The path overhead is the same in all of them;
the defects are HP-* of a VC-4 and LP-* of a VC-3 (`lower`).
"""
from libc.stddef cimport size_t
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memset

from msapemu.wire.bits cimport Accept, accept, accept_reset, popcount
from msapemu.wire.channel cimport USER_F2, USER_F3, Channel, channel_receive, channel_send
from msapemu.wire.degrade cimport Degrade, degrade_fail, degrade_init, degrade_take
from msapemu.wire.kernels cimport kernels
from msapemu.wire.remote cimport E_RDI_BITS, ONE_BIT_RDI, PathRemote, rdi_code, rdi_kind, rei_take
from msapemu.wire.status cimport (HP_EXC, HP_PLM, HP_RDI, HP_TIM, HP_UNEQ, LOM, LP_UNEQ, AuCounters, EventLog,
                                  defect_is, defect_set)
from msapemu.wire.trace cimport TraceRx, TraceTx, trace_fail, trace_take, trace_zero

cdef enum:
    VC4_OCTETS = 2349
    VC4_ROW = 261
    C4_ROW = 260
    VC3_OCTETS = 765
    VC3_ROW = 85
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
    C2_HDLC = 0x16              # PPP
    C2_LAPS = 0x18
    C2_GFP = 0x1B
    G1_LOW = 0x07               # bits 6-8: spare
    G1_SPARE = 0x01             # bit 8: spare beside enhanced RDI
    K3_APS = 0xF0
    B3_BITS = 8
    REI_MOST = 8
    VC4_RATE = 8000             # a second
    HP_PERSISTENCE = 5          # frames before C2 and RDI count
    POH_PERSISTENCE = 3         # frames before N1 and the APS bits of K3 are accepted
    # H4 as TU multiframe indicator (9.3.1.7): 111111TT, TT names the quarter of the *next* VC-4
    H4_TU = 0xFC
    H4_FRAMES = 4
    H4_BAD = 2                  # wrong ones in a row: out of multiframe
    H4_GOOD = 4                 # right ones in a row: in multiframe
    H4_LOM = 40                 # VC-4 out of multiframe (5 ms) before dLOM

cdef struct Vc4Tx:
    TraceTx j1
    bint enhanced               # E-RDI
    bint c2_forced              # send `c2` whatever is carried
    uint8_t c2
    uint8_t g1                  # its spare bits: 6-8, bit 8 beside E-RDI
    uint8_t f2
    uint8_t f3
    uint8_t k3
    uint8_t n1
    uint8_t b3                  # of the VC sent last
    Channel *channel[2]         # F2, F3; NULL: not open

cdef struct Vc4Rx:
    # settings
    uint8_t expected_c2         # what the map awaits; C2_UNEQUIPPED: nothing
    bint c2_forced              # await `c2_awaited` whatever the map says
    uint8_t c2_awaited
    bint supervisory            # a supervisory-unequipped VC is awaited
    bint enhanced               # read E-RDI
    bint tim_silent             # dTIM has no consequence but RDI (TIMAISdis)
    # state
    TraceRx j1
    Degrade degrade
    Accept c2
    Accept rdi                  # a RemoteDefect
    Accept k3                   # bits 1-4
    Accept n1
    uint8_t b3
    bint b3_known
    uint8_t poh[9]              # received last, J1 to N1
    Channel *channel[2]
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

# ---------------------------------------------------------------- source

cdef inline void vc4_poh_build(Vc4Tx *v, uint64_t number, uint8_t c2, uint8_t h4, PathRemote *far,
                               uint8_t *vc, int row) noexcept nogil:
    """Write the path overhead of VC `number` beside its payload, and take the B3 for the next."""
    cdef uint8_t low = v.g1 & (G1_SPARE if v.enhanced else G1_LOW)
    vc[J1_ROW * row] = v.j1.octets[number & v.j1.mask]
    vc[B3_ROW * row] = v.b3
    vc[C2_ROW * row] = v.c2 if v.c2_forced else c2
    vc[G1_ROW * row] = <uint8_t>(rei_take(&far.rei, REI_MOST) << 4 | rdi_code(far.rdi, v.enhanced) << 1 | low)
    vc[F2_ROW * row] = v.f2
    vc[H4_ROW * row] = h4
    vc[F3_ROW * row] = v.f3
    vc[K3_ROW * row] = v.k3
    vc[N1_ROW * row] = v.n1
    if v.channel[USER_F2] != NULL:
        channel_send(v.channel[USER_F2], vc + F2_ROW * row, 1)
    if v.channel[USER_F3] != NULL:
        channel_send(v.channel[USER_F3], vc + F3_ROW * row, 1)
    v.b3 = kernels.bip8(vc, <size_t>(VC4_ROWS * row))

cdef inline void vc4_unequipped(Vc4Tx *v, PathRemote *far, uint8_t *vc, int row) noexcept nogil:
    """An unequipped VC: all zero, and with it the B3 of the next."""
    memset(vc, 0, <size_t>(VC4_ROWS * row))
    v.b3 = 0
    far.rei = 0                         # nobody is there to be told

cdef inline void vc4_supervisory(Vc4Tx *v, uint64_t number, PathRemote *far, uint8_t *vc, int row) noexcept nogil:
    """A supervisory-unequipped VC: no payload, but trace, parity and remote information (G.707 6.2.4.1.2)."""
    memset(vc, 0, <size_t>(VC4_ROWS * row))
    vc4_poh_build(v, number, C2_UNEQUIPPED, 0, far, vc, row)

# ---------------------------------------------------------------- sink

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
        defect_set(&count.defects, log, obj, LOM, False)
    elif v.out < H4_LOM:
        v.out += 1
        if v.out == H4_LOM:
            count.h4_lom += 1
            defect_set(&count.defects, log, obj, LOM, True)

cdef inline void vc4_defects(Vc4Rx *v, bint lower, AuCounters *count, EventLog *log, int obj) noexcept nogil:
    """dUNEQ, dPLM, dTIM from what was accepted and what is awaited.

    An unequipped VC has no trace: dTIM would only repeat dUNEQ. A supervisory-unequipped one has, and is told from an
    unequipped one by it alone (G.783 12.2.2, Sns_TT_Sk).
    """
    cdef int layer = LP_UNEQ - HP_UNEQ if lower else 0      # the defects of both layers stand in the same order
    cdef uint8_t expected = v.c2_awaited if v.c2_forced else v.expected_c2
    cdef bint awaited = v.c2.known and expected != C2_UNEQUIPPED
    cdef bint unequipped = v.c2.known and v.c2.value == C2_UNEQUIPPED
    cdef bint mismatch = v.j1.mismatch
    if v.supervisory:
        unequipped = unequipped and mismatch and trace_zero(&v.j1)
        defect_set(&count.defects, log, obj, HP_UNEQ + layer, unequipped)
        defect_set(&count.defects, log, obj, HP_PLM + layer, False)
    else:
        defect_set(&count.defects, log, obj, HP_UNEQ + layer, awaited and unequipped)
        defect_set(&count.defects, log, obj, HP_PLM + layer, awaited and not unequipped
                   and v.c2.value != expected and v.c2.value != C2_NONSPECIFIC and expected != C2_NONSPECIFIC)
    defect_set(&count.defects, log, obj, HP_TIM + layer, mismatch and not unequipped)

cdef inline bint vc4_tsf(const Vc4Rx *v, uint64_t defects, bint lower) noexcept nogil:
    """aTSF, aAIS of the trail termination: dUNEQ, or dTIM unless that is set to have no consequence."""
    if lower:
        defects >>= LP_UNEQ - HP_UNEQ
    return defect_is(defects, HP_UNEQ) or (defect_is(defects, HP_TIM) and not v.tim_silent)

cdef inline void vc4_poh_take(Vc4Rx *v, const uint8_t *vc, int row, bint lower, AuCounters *count, EventLog *log,
                              int obj, PathRemote *far) noexcept nogil:
    """Check B3 and read the path overhead of a received VC; its defects are LP-* of `obj` when `lower`, else HP-*."""
    cdef uint8_t g1 = vc[G1_ROW * row]
    cdef unsigned errors, rei
    cdef bint changed
    cdef int i, layer = LP_UNEQ - HP_UNEQ if lower else 0
    if v.b3_known:
        errors = popcount(v.b3 ^ vc[B3_ROW * row])
        count.b3_errors += errors
        far.rei += errors
        degrade_take(&v.degrade, errors, &count.defects, log, obj, HP_EXC + layer)
    if v.degrade.bits != <unsigned>(VC4_ROWS * row):
        degrade_init(&v.degrade, B3_BITS, VC4_ROWS * row, VC4_RATE, 1)
    v.b3_known = True
    v.b3 = kernels.bip8(vc, <size_t>(VC4_ROWS * row))
    for i in range(VC4_ROWS):
        v.poh[i] = vc[i * row]
    accept(&v.k3, v.poh[K3_ROW] & K3_APS, POH_PERSISTENCE)
    accept(&v.n1, v.poh[N1_ROW], POH_PERSISTENCE)
    if v.channel[USER_F2] != NULL:
        channel_receive(v.channel[USER_F2], &v.poh[F2_ROW], 1)
    if v.channel[USER_F3] != NULL:
        channel_receive(v.channel[USER_F3], &v.poh[F3_ROW], 1)
    changed = trace_take(&v.j1, v.poh[J1_ROW])
    if accept(&v.c2, v.poh[C2_ROW], HP_PERSISTENCE):
        count.c2 = v.c2.value
        changed = True
    if changed:
        vc4_defects(v, lower, count, log, obj)
    rei = g1 >> 4
    if rei <= REI_MOST:
        count.rei += rei
    if accept(&v.rdi, rdi_kind((g1 >> 1) & (E_RDI_BITS if v.enhanced else ONE_BIT_RDI)), HP_PERSISTENCE):
        defect_set(&count.defects, log, obj, HP_RDI + layer, v.rdi.value != 0)

cdef inline void vc4_fail(Vc4Rx *v) noexcept nogil:
    """No VC comes: what was accepted is no longer known. The values stay readable."""
    v.b3_known = False
    degrade_fail(&v.degrade)
    trace_fail(&v.j1)
    accept_reset(&v.c2)
    accept_reset(&v.rdi)
    accept_reset(&v.k3)
    accept_reset(&v.n1)
    v.in_multiframe = False
    v.good = v.bad = v.out = 0

cdef inline void vc4_skipped(Vc4Rx *v) noexcept nogil:
    """A VC-4 was lost where the pointer jumped; it had its place in the TU multiframe."""
    v.b3_known = False
    v.tt = (v.tt + 1) & 3
