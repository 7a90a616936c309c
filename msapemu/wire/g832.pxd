# cython: language_level=3
"""An E3 in the frame of G.832: 537 octets in 125 us, 530 of them payload, so that octets stay octets (G.751 has none).

    row 1    FA1 FA2, 58 octets      EM  BIP-8 of the frame before
    row 2    EM, 59                  TR  trail trace of 16 octets
    row 3    TR, 59                  MA  RDI, REI, payload type (3 bits), multiframe, timing
    row 4    MA, 59                  NR  network operator
    row 5    NR, 59                  GC  general purpose channel
    row 6    GC, 59
    rows 7, 8, 9   59 octets each

The payload is a group's octets as they come, or, concatenated (G.7043), its first octet is the concatenation octet.
"""
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from msapemu.wire.bitqueue cimport BitQueue, bits_get, bits_put, bits_room, bits_waiting
from msapemu.wire.bits cimport popcount
from msapemu.wire.group cimport GroupRx, GroupTx, RxShape, TxShape
from msapemu.wire.kernels cimport kernels
from msapemu.wire.multiframe cimport MFI_LOM, H4Rx, h4_reset, h4_vcat_take
from msapemu.wire.status cimport MUX_AIS, MUX_LOF, MUX_RAI, OBJ_LINE, EventLog, defect_set
from msapemu.wire.trace cimport TraceRx, TraceTx, trace_fail, trace_take
from msapemu.wire.vcat_rx cimport group_bring, group_bring_run, group_lose
from msapemu.wire.vcat_tx cimport group_pull, group_pull_run

cdef enum:
    G832_OCTETS = 537
    G832_PAYLOAD = 530
    G832_FA1 = 0xF6
    G832_FA2 = 0x28
    G832_EM = 60
    G832_TR = 120
    G832_MA = 180
    G832_NR = 240
    G832_GC = 300
    G832_ROW = 59               # payload octets of a row; of the first 58
    G832_ROWS_OVERHEAD = 6      # rows that begin with overhead
    MA_RDI = 0x80
    MA_REI = 0x40
    MA_TYPE = 0x08              # 001: equipped, non-specific
    MA_TYPE_BITS = 0x38
    G832_LOST = 4               # wrong ones
    G832_RDI_FRAMES = 5
    G832_AIS_ONES = 533         # octets of ones in a frame, of 537: AIS

cdef struct G832Counters:
    # uint64 only; the receive side
    uint64_t frames             # in alignment
    uint64_t losses
    uint64_t fas_errors
    uint64_t em_errors          # errored BIP bits
    uint64_t rei                # frames that the far end tells are errored
    uint64_t payload_type       # received last

cdef struct G832Remote:
    bint rdi
    uint32_t rei                # errored frames not yet told

# ---------------------------------------------------------------- source

cdef struct G832Tx:
    G832Remote *far
    GroupTx *group              # NULL: nothing is carried
    bint counted
    uint8_t number
    TraceTx trace
    uint64_t frame
    uint8_t em                  # of the frame before

cdef inline void g832_spread(const uint8_t *payload, uint8_t *frame) noexcept nogil:
    """530 octets about the overhead."""
    cdef int row
    memcpy(frame + 2, payload, G832_ROW - 1)
    payload += G832_ROW - 1
    for row in range(1, G832_ROWS_OVERHEAD):
        memcpy(frame + row * (G832_ROW + 1) + 1, payload, G832_ROW)
        payload += G832_ROW
    memcpy(frame + G832_ROWS_OVERHEAD * (G832_ROW + 1), payload, 3 * G832_ROW)

cdef inline void g832_gather(const uint8_t *frame, uint8_t *payload) noexcept nogil:
    cdef int row
    memcpy(payload, frame + 2, G832_ROW - 1)
    payload += G832_ROW - 1
    for row in range(1, G832_ROWS_OVERHEAD):
        memcpy(payload, frame + row * (G832_ROW + 1) + 1, G832_ROW)
        payload += G832_ROW
    memcpy(payload, frame + G832_ROWS_OVERHEAD * (G832_ROW + 1), 3 * G832_ROW)

cdef inline void g832_build(G832Tx *t, uint8_t *out) noexcept nogil:
    """The next frame."""
    cdef uint8_t payload[530]
    cdef uint8_t ma = 0
    if t.group == NULL:
        memset(payload, 0, G832_PAYLOAD)
    elif t.counted:
        payload[0] = group_pull(t.group, t.number, payload)
    else:
        group_pull_run(t.group, 1, payload, G832_PAYLOAD)
    g832_spread(payload, out)
    if t.group != NULL:
        ma = MA_TYPE
    if t.far.rdi:
        ma |= MA_RDI
    if t.far.rei:
        t.far.rei -= 1
        ma |= MA_REI
    out[0] = G832_FA1
    out[1] = G832_FA2
    out[G832_EM] = t.em
    out[G832_TR] = t.trace.octets[t.frame & t.trace.mask]
    out[G832_MA] = ma
    out[G832_NR] = 0
    out[G832_GC] = 0
    t.em = kernels.bip8(out, G832_OCTETS)
    t.frame += 1

# ---------------------------------------------------------------- sink

cdef struct G832Rx:
    G832Counters counters
    G832Remote *far
    EventLog *events
    uint64_t *defects
    GroupRx *group              # NULL
    bint counted
    uint8_t number
    H4Rx count
    TraceRx trace
    BitQueue line               # received bits, the next frame first
    bint aligned
    unsigned wrong
    uint8_t em                  # of the frame before
    bint em_known
    uint8_t rdi_same

cdef inline void g832_fail(G832Rx *r) noexcept nogil:
    """No frames: nothing comes for the group."""
    r.em_known = False
    r.rdi_same = 0
    r.far.rdi = True
    trace_fail(&r.trace)
    h4_reset(&r.count)
    if r.group != NULL:
        group_lose(r.group, r.number)

cdef inline void g832_frame(G832Rx *r, const uint8_t *frame) noexcept nogil:
    """A frame in alignment."""
    cdef uint8_t payload[530]
    cdef uint8_t ma = frame[G832_MA]
    cdef unsigned errors
    r.counters.frames += 1
    r.far.rdi = False
    if r.em_known:
        errors = popcount(r.em ^ frame[G832_EM])
        r.counters.em_errors += errors
        r.far.rei += errors != 0
    r.em = kernels.bip8(frame, G832_OCTETS)
    r.em_known = True
    r.counters.rei += ma & MA_REI != 0
    r.counters.payload_type = (ma & MA_TYPE_BITS) >> 3
    if (ma & MA_RDI != 0) == ((r.defects[0] >> MUX_RAI) & 1 != 0):
        r.rdi_same = 0
    else:
        r.rdi_same += 1
        if r.rdi_same == G832_RDI_FRAMES:
            r.rdi_same = 0
            defect_set(r.defects, r.events, OBJ_LINE, MUX_RAI, ma & MA_RDI != 0)
    trace_take(&r.trace, frame[G832_TR])
    if r.group == NULL:
        return
    g832_gather(frame, payload)
    if not r.counted:
        group_bring_run(r.group, payload, G832_PAYLOAD)
        return
    h4_vcat_take(&r.count, payload[0], MFI_LOM)
    group_bring(r.group, r.number, payload, &r.count.m)

cdef inline int g832_search(const uint8_t *octets) noexcept nogil:
    """The first bit of 4296 at which the frame alignment word stands, and a frame later again; -1: none. Reads two
    frames and two octets."""
    cdef unsigned word, again
    cdef int bit, at
    cdef unsigned wanted = G832_FA1 << 8 | G832_FA2
    for bit in range(8 * G832_OCTETS):
        at = bit >> 3
        word = (<unsigned>octets[at] << 16 | <unsigned>octets[at + 1] << 8 | octets[at + 2]) >> (8 - (bit & 7))
        if (word & 0xffff) != wanted:
            continue
        at += G832_OCTETS
        again = (<unsigned>octets[at] << 16 | <unsigned>octets[at + 1] << 8 | octets[at + 2]) >> (8 - (bit & 7))
        if (again & 0xffff) == wanted:
            return bit
    return -1

cdef inline bint g832_ones(const uint8_t *frame) noexcept nogil:
    """AIS: hardly anything else."""
    cdef int i, n = 0
    for i in range(G832_OCTETS):
        n += frame[i] == 0xff
    return n >= G832_AIS_ONES

cdef inline void g832_hunt(G832Rx *r) noexcept nogil:
    """Look for frames in what waits: two frames and a bit."""
    cdef uint8_t octets[1080]
    cdef uint64_t head = r.line.head
    cdef int bit
    bits_get(&r.line, octets, 2 * G832_OCTETS + 3)
    bit = g832_search(octets)
    if bit < 0:
        r.line.head = head + 8 * G832_OCTETS
        defect_set(r.defects, r.events, OBJ_LINE, MUX_AIS, g832_ones(octets))
        defect_set(r.defects, r.events, OBJ_LINE, MUX_LOF, not (r.defects[0] >> MUX_AIS) & 1)
        g832_fail(r)
        return
    r.line.head = head + <uint64_t>bit
    r.aligned = True
    r.wrong = 0
    defect_set(r.defects, r.events, OBJ_LINE, MUX_AIS, False)
    defect_set(r.defects, r.events, OBJ_LINE, MUX_LOF, False)

cdef inline void g832_take(G832Rx *r, const uint8_t *octets, uint64_t n) noexcept nogil:
    """Received octets, G832_OCTETS at most."""
    cdef uint8_t frame[537]
    if bits_room(&r.line) >= 8 * n:
        bits_put(&r.line, octets, n)
    while True:
        if not r.aligned:
            if bits_waiting(&r.line) < 8 * (2 * G832_OCTETS + 3):
                return
            g832_hunt(r)
            continue
        if bits_waiting(&r.line) < 8 * G832_OCTETS:
            return
        bits_get(&r.line, frame, G832_OCTETS)
        if frame[0] == G832_FA1 and frame[1] == G832_FA2:
            r.wrong = 0
        else:
            r.wrong += 1
            r.counters.fas_errors += 1
        if r.wrong == G832_LOST:
            r.aligned = False
            r.counters.losses += 1
            g832_fail(r)
            continue
        g832_frame(r, frame)

cdef inline void g832_silent(G832Rx *r) noexcept nogil:
    """No signal."""
    r.line.head = r.line.tail
    r.aligned = False
    defect_set(r.defects, r.events, OBJ_LINE, MUX_AIS, False)
    defect_set(r.defects, r.events, OBJ_LINE, MUX_LOF, False)
    defect_set(r.defects, r.events, OBJ_LINE, MUX_RAI, False)
    g832_fail(r)
