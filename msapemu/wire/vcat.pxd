# cython: language_level=3
"""Virtual concatenation of VC-12s and VC-3s (G.707 11): a group's octets dealt out one by one in sequence order.

Every member's path overhead counts frames (K4, H4). The sink finds the members' delays by that and reads every member
at the same frame number from its store. A contiguous group is one VC, without a count.
"""
from libc.stdint cimport uint8_t, uint16_t, uint64_t
from libc.string cimport memcpy

from msapemu.wire.adaptation cimport client_fail, client_fill, client_take
from msapemu.wire.collect cimport Collector
from msapemu.wire.group cimport GroupRx, GroupTx
from msapemu.wire.kernels cimport kernels
from msapemu.wire.multiframe cimport MFI_CYCLE, MFI_FRAMES, MFI_LOM, K4_CYCLE, K4_FRAMES, K4_LOM, Multiframe
from msapemu.wire.status cimport VCAT_LOA, VCAT_LOM, VCAT_SQM, EventLog, defect_set, defects_clear
from msapemu.wire.store cimport store_frame

cdef enum:
    MEMBERS = 63
    # VC-12: 140 octets, path overhead at 0, 35, 70, 105
    C12_OCTETS = 136            # payload octets
    C12_RUN = 34                # of them behind each path overhead octet
    VC12_US = 500
    VC12_DELAY = 128            # frames of differential delay that are accepted: 64 ms
    VC12_SLOTS = 256            # frames kept for alignment: 128 ms
    # VC-3: 9 rows of 85 octets, the first of each is path overhead
    C3_OCTETS = 756
    C3_RUN = 84
    VC3_US = 125
    VC3_DELAY = 512             # 64 ms
    VC3_SLOTS = 1024            # 128 ms
    DEALT_OCTETS = 9216         # room for 64 columns of 144 octets: C-12s side by side

cdef enum Container:
    IN_VC12 = 0
    IN_VC3 = 1

cdef struct Members:
    Container container
    bint contiguous             # one VC, not virtually concatenated
    int size
    uint8_t columns[63]         # in SQ order: column of the TU-12, or TUG-3 counted from 0

cdef struct Trail:
    # a received lower-order VC, as far as a group has to know it
    Collector c
    const Multiframe *m
    bint tsf                    # aTSF: no VC comes, or one that is not ours

cdef inline void payload_put(Container kind, const uint8_t *payload, uint8_t *frame) noexcept nogil:
    """Write the payload of a VC about its path overhead."""
    cdef int i
    if kind == IN_VC12:
        for i in range(4):
            memcpy(frame + 1 + i * (C12_RUN + 1), payload + i * C12_RUN, C12_RUN)
    else:
        for i in range(9):
            memcpy(frame + 1 + i * (C3_RUN + 1), payload + i * C3_RUN, C3_RUN)

cdef inline void payload_get(Container kind, const uint8_t *frame, uint8_t *payload) noexcept nogil:
    cdef int i
    if kind == IN_VC12:
        for i in range(4):
            memcpy(payload + i * C12_RUN, frame + 1 + i * (C12_RUN + 1), C12_RUN)
    else:
        for i in range(9):
            memcpy(payload + i * C3_RUN, frame + 1 + i * (C3_RUN + 1), C3_RUN)

cdef inline int payload_octets(Container kind) noexcept nogil:
    return C12_OCTETS if kind == IN_VC12 else C3_OCTETS

cdef enum:
    FEW = 4                     # members that are dealt to octet by octet
    TALL = 144                  # C12_OCTETS as whole tiles of the transposition

cdef inline void deal(uint8_t *container, int size, int octets, uint8_t *parts, int apart) noexcept nogil:
    """Octet j * size + i of the container becomes octet j of part i; the parts stand `apart` octets apart. Only C-12s
    are dealt to more than FEW."""
    cdef uint8_t rows[9216]
    cdef int i, j
    if size <= FEW:
        for i in range(size):
            for j in range(octets):
                parts[i * apart + j] = container[j * size + i]
        return
    for j in range(octets):
        memcpy(rows + j * 64, container + j * size, <size_t>size)
    kernels.transpose(parts, <size_t>apart, rows, 64, TALL, <unsigned>((size + 15) & ~15))

cdef inline void gather(const uint8_t *parts, int apart, int size, int octets, uint8_t *container) noexcept nogil:
    """The other way round."""
    cdef uint8_t rows[9216]
    cdef int i, j
    if size <= FEW:
        for i in range(size):
            for j in range(octets):
                container[j * size + i] = parts[i * apart + j]
        return
    kernels.transpose(rows, 64, parts, <size_t>apart, <unsigned>((size + 15) & ~15), TALL)
    for j in range(octets):
        memcpy(container + j * size, rows + j * 64, <size_t>size)

cdef inline void vcat_source(GroupTx *g, const Members *m, uint8_t **frames) noexcept nogil:
    """Fill the payload of the members' next frames; `frames` in SQ order."""
    cdef uint8_t parts[9216]
    cdef int i, octets = payload_octets(m.container)
    cdef int apart = TALL if m.container == IN_VC12 else C3_OCTETS
    g.now += 4 if m.container == IN_VC12 else 1
    client_fill(g, g.container, octets * m.size)
    if m.size == 1:
        payload_put(m.container, g.container, frames[0])
        return
    deal(g.container, m.size, octets, parts, apart)
    for i in range(m.size):
        payload_put(m.container, parts + i * apart, frames[i])

cdef inline void vcat_fail(GroupRx *g, EventLog *log, int obj) noexcept nogil:
    """The group has no payload to hand on: what is wrong in it can no longer be told."""
    g.aligned = False
    client_fail(g, log, obj)

cdef inline int vcat_cycle(const Members *m) noexcept nogil:
    return K4_CYCLE if m.container == IN_VC12 else MFI_CYCLE

cdef inline bint vcat_lom(const Members *m, const Multiframe *f) noexcept nogil:
    """dLOM of a member."""
    return not f.known and f.out >= (K4_LOM * K4_FRAMES if m.container == IN_VC12 else MFI_LOM * MFI_FRAMES)

cdef inline int vcat_behind(const Multiframe *f, unsigned mfn, int cycle) noexcept nogil:
    """How many frames `mfn` lies behind the member's newest one; negative: not there yet."""
    cdef int d = (<int>f.mfn - <int>mfn) & (cycle - 1)
    return d if d < cycle // 2 else d - cycle

cdef inline bint vcat_align(GroupRx *g, const Members *m, const Trail **trails, EventLog *log, int obj) noexcept nogil:
    """Look at all members: can the group be read? Sets the defects, the differential delay and, anew, `next_mfn`."""
    cdef const Multiframe *f
    cdef int i, behind, latest = 0, earliest = 0, cycle = vcat_cycle(m)
    cdef int most = VC12_DELAY if m.container == IN_VC12 else VC3_DELAY
    cdef bint lom = False, sqm = False, unknown = False, loa
    for i in range(m.size):
        f = trails[i].m
        if trails[i].tsf:
            defects_clear(&g.counters.defects, log, obj, VCAT_LOM, VCAT_LOA)
            return False
        if not f.known:
            unknown = True
        if vcat_lom(m, f):
            lom = True
        if f.sq.known and f.sq.value != i:
            sqm = True
    defect_set(&g.counters.defects, log, obj, VCAT_LOM, lom)
    if unknown:
        defects_clear(&g.counters.defects, log, obj, VCAT_SQM, VCAT_LOA)
        return False
    defect_set(&g.counters.defects, log, obj, VCAT_SQM, sqm)
    for i in range(1, m.size):
        behind = vcat_behind(trails[i].m, trails[0].m.mfn, cycle)
        if behind > latest:
            latest = behind         # this member is ahead of member 0
        if behind < earliest:
            earliest = behind
    loa = latest - earliest > most
    g.counters.differential_delay_us = (latest - earliest) * (VC12_US if m.container == IN_VC12 else VC3_US)
    defect_set(&g.counters.defects, log, obj, VCAT_LOA, loa)
    if loa or sqm:
        return False
    if g.aligned and vcat_behind(trails[0].m, g.next_mfn, cycle) + earliest < -most - 1:
        g.aligned = False       # the multiframes of the far end began anew: that frame will not come
    if not g.aligned:
        # from the frame on that the most delayed member completes next
        g.next_mfn = <uint16_t>((trails[0].m.mfn + earliest + 1) & (cycle - 1))
        g.aligned = True
    return True

cdef inline bint vcat_ready(const GroupRx *g, const Members *m, const Trail **trails) noexcept nogil:
    """Frame `next_mfn` has come whole in every member."""
    cdef int i, cycle = vcat_cycle(m)
    for i in range(m.size):
        if vcat_behind(trails[i].m, g.next_mfn, cycle) < 0:
            return False
    return True

cdef inline bint vcat_sink(GroupRx *g, const Members *m, const Trail **trails) noexcept nogil:
    """Put frame `next_mfn` of all members together and hand it to GFP; False when a member no longer has it."""
    cdef uint8_t parts[9216]
    cdef int i, behind, cycle = vcat_cycle(m), octets = payload_octets(m.container)
    cdef int apart = TALL if m.container == IN_VC12 else C3_OCTETS
    for i in range(m.size):
        behind = vcat_behind(trails[i].m, g.next_mfn, cycle)
        if behind >= trails[i].c.store.slots - 1:
            return False
        payload_get(m.container, store_frame(&trails[i].c.store, trails[i].c.store.number - 1 - <uint64_t>behind),
                    &g.container[0] if m.size == 1 else &parts[i * apart])
    if m.size > 1:
        gather(parts, apart, m.size, octets, g.container)
    client_take(g, g.container, octets * m.size)
    g.next_mfn = (g.next_mfn + 1) & (cycle - 1)
    return True

cdef inline bint contiguous_take(GroupRx *g, const Trail *trail, Container kind) noexcept nogil:
    """Hand the frames of a VC that is no member of anything to GFP, as they come; False when there are none."""
    cdef const uint8_t *frame
    if trail.tsf or trail.c.store.number == 0:
        return False
    if not g.aligned or g.next_frame > trail.c.store.number:
        g.aligned = True
        g.next_frame = trail.c.store.number - 1
    while g.next_frame < trail.c.store.number:
        frame = store_frame(&trail.c.store, g.next_frame)
        payload_get(kind, frame, g.container)
        client_take(g, g.container, payload_octets(kind))
        g.next_frame += 1
    return True
