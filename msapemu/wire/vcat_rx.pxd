# cython: language_level=3
"""Virtual concatenation, sink (G.707 11): the members' frames, at whatever delay they come, put side by side.

Every member's path overhead counts frames (K4, H4). Frame n of every member is written to slot n % slots, beside that
of the others; the group is read as far as the slowest member has come. The delays are seen where the members stand
between two batches, when all lines have been parsed: before the source makes a frame, or else after a frame of a line.
"""
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from msapemu.wire.adaptation cimport client_defects, client_fail, client_take
from msapemu.wire.bits cimport popcount
from msapemu.wire.container cimport (IN_E1, IN_VC12, MEMBERS, frame_units, gather, members_rows, payload_get,
                                     payload_octets, payload_pitch)
from msapemu.wire.group cimport LCAS_OFF, LCAS_ONE_WAY, SK_IDLE, GroupRx, MemberRx, RxShape
from msapemu.wire.lcas cimport packet_begins
from msapemu.wire.lcas_rx cimport ODD_PACKETS, WRONG_PACKETS, sink_order, sink_packet, sink_states
from msapemu.wire.lcas_tx cimport UNASKED_E1, UNASKED_HO, UNASKED_LO
from msapemu.wire.multiframe cimport (E1_LOM, K4_CYCLE, K4_FRAMES, K4_LOM, MFI_CYCLE, MFI_FRAMES, MFI_LOM, Multiframe)
from msapemu.wire.status cimport (FOPR, FOPT, PLCR, PLCT, TLCR, TLCT, VCAT_LOA, VCAT_LOM, VCAT_MND, VCAT_SQM, VCG_MIN,
                                  EventLog, defect_is, defect_put, defects_tell)

cdef enum:
    FRAME_US = 125
    RX_ROW = 64                 # room for a value a member
    RX_SLACK_HO = 160           # frames kept beyond the delay: what one line may be parsed ahead of another, 20 ms
    RX_SLACK_LO = 40
    RX_SLACK_E1 = 12
    SAMPLES = 8                 # of the delays in a window: 16 ms; of lines that come in batches the best counts
    SKIPPED = 4                 # frames that a pointer jump may cut out before the count is taken to have begun anew
    LOOK = 16                   # frame times between two looks at the members: 2 ms
    FAR = 1 << 30               # more frames than a delay can be

cdef inline uint64_t cycle_of(const GroupRx *g) noexcept nogil:
    return K4_CYCLE if g.container == IN_VC12 else MFI_CYCLE

cdef inline bint multiframe_lost(const GroupRx *g, const Multiframe *f) noexcept nogil:
    """dLOM of a member."""
    if g.container == IN_VC12:
        return not f.known and f.out >= K4_LOM * K4_FRAMES
    return not f.known and f.out >= (E1_LOM if g.container == IN_E1 else MFI_LOM) * MFI_FRAMES

# ---------------------------------------------------------------- frames come

cdef inline uint64_t member_place(const GroupRx *g, int i, uint64_t mfn) noexcept nogil:
    """The number of a frame with this multiframe number: the nearest to where another member is, behind it when it is
    half a cycle off; while there is none, later than any before."""
    cdef uint64_t cycle = cycle_of(g), ahead, most = 0
    cdef int k
    for k in range(MEMBERS):
        if k != i and g.member[k].alive:
            ahead = (mfn - g.head[k]) & (cycle - 1)
            return g.head[k] + ahead - (cycle if ahead >= cycle // 2 else 0)
        if g.head[k] > most:
            most = g.head[k]
    return (most // cycle + 2) * cycle + mfn

cdef inline void member_dead(GroupRx *g, int i) noexcept nogil:
    """What comes of it is of no use now."""
    cdef MemberRx *m = &g.member[i]
    if not m.alive:
        return
    m.alive = m.left_out = m.spoken = m.heard = False
    m.wrong = 0
    g.unsorted = g.changed = True
    g.in_step = NULL

cdef inline void member_count_on(GroupRx *g, int i, uint64_t mfn) noexcept nogil:
    """Its next frame has this multiframe number."""
    cdef MemberRx *m = &g.member[i]
    cdef uint64_t step = (mfn - g.head[i]) & (cycle_of(g) - 1)
    if m.alive and 1 <= step <= SKIPPED:
        g.head[i] += step
        if step > 1:
            g.in_step = NULL
        return
    # it is new, or its count has begun anew
    member_dead(g, i)
    g.in_step = NULL
    g.changed = True
    g.head[i] = member_place(g, i, mfn)
    m.alive = True
    m.late = 0
    g.hasty = True
    g.samples = 0               # what was seen without it does not count
    g.came += 1
    m.since = g.came
    if g.lcas_mode == LCAS_OFF:
        g.running = False

cdef inline bint group_count(GroupRx *g, int i, const Multiframe *f) noexcept nogil:
    """A whole frame of member i has come, whose signal is good. True: its payload is wanted."""
    cdef MemberRx *m = &g.member[i]
    cdef bint lom, sqm
    g.changed |= m.tsf
    m.tsf = False
    if not g.counted:
        return True
    lom = multiframe_lost(g, f)
    g.changed |= m.lom != lom
    m.lom = lom
    if not f.known:
        member_dead(g, i)
        return False
    member_count_on(g, i, f.mfn)
    sqm = g.lcas_mode == LCAS_OFF and f.sq.known and f.sq.value != i
    if m.sqm != sqm:
        m.sqm = sqm
        g.changed = True
        g.in_step = NULL
    if g.lcas_mode == LCAS_OFF:
        g.status[i].sq = f.sq.value
    elif f.packet_whole:
        sink_packet(g, i, f.packet)
    return True

cdef inline void group_put(GroupRx *g, int i, const uint8_t *frame) noexcept nogil:
    """This is the newest frame of member i."""
    cdef int slot
    if not g.counted:
        payload_get(g.container, frame, g.octets)
        client_take(g, g.octets, <unsigned>payload_octets(g.container))
        return
    slot = <int>(g.head[i] % <uint64_t>g.slots)
    payload_get(g.container, frame, g.parts + (<uint64_t>slot * <uint64_t>members_rows(g.container) + <uint64_t>i)
                * <uint64_t>payload_pitch(g.container))
    g.numbers[slot * RX_ROW + i] = g.head[i]

cdef inline void group_bring(GroupRx *g, int i, const uint8_t *frame, const Multiframe *f) noexcept nogil:
    if group_count(g, i, f):
        group_put(g, i, frame)

cdef inline void group_bring_run(GroupRx *g, const uint8_t *octets, uint32_t n) noexcept nogil:
    """Octets of a group that is not concatenated, in runs of any length."""
    g.member[0].tsf = False
    client_take(g, octets, n)

cdef inline void group_lose(GroupRx *g, int i) noexcept nogil:
    """No VC comes for member i, or one that is not ours (aTSF)."""
    cdef MemberRx *m = &g.member[i]
    g.changed |= not m.tsf or m.lom or m.sqm
    m.tsf = True
    m.lom = m.sqm = False
    member_dead(g, i)

# ---------------------------------------------------------------- delays

cdef inline bint placed(const GroupRx *g, int i) noexcept nogil:
    return g.member[i].owner != NULL and g.member[i].alive

cdef inline void group_leave_out(GroupRx *g) noexcept nogil:
    """LCAS: the members whose delays fit together stay, those that came first before others; the rest is left out."""
    cdef MemberRx *m
    cdef int i, pick, _n
    cdef int64_t low = FAR, high = -FAR
    cdef uint64_t after = 0
    cdef bint any = False
    for i in range(MEMBERS):
        if placed(g, i):
            low = min(low, g.member[i].late)
            high = max(high, g.member[i].late)
            any |= g.member[i].left_out
    if not any and high - low <= g.delay_most:
        return                      # as nearly always
    low = FAR
    high = -FAR
    g.changed = True
    for _n in range(MEMBERS):
        pick = -1
        for i in range(MEMBERS):
            m = &g.member[i]
            if placed(g, i) and m.since > after and (pick < 0 or m.since < g.member[pick].since):
                pick = i
        if pick < 0:
            return
        m = &g.member[pick]
        after = m.since
        if max(high, m.late) - min(low, m.late) > g.delay_most:
            g.unsorted |= not m.left_out
            m.left_out = True
            g.in_step = NULL
        else:
            g.unsorted |= m.left_out
            m.left_out = False
            low = min(low, m.late)
            high = max(high, m.late)

cdef inline void group_measure(GroupRx *g) noexcept nogil:
    """A window is over: the delays of the members, and whether they fit together."""
    cdef int i, unit = FRAME_US * frame_units(g.container)
    for i in range(MEMBERS):
        if placed(g, i):
            g.member[i].late = g.member[i].least_late
            g.status[i].delay_us = <uint64_t>g.member[i].late * <uint64_t>unit
    g.counters.differential_delay_us = <uint64_t>g.spread * <uint64_t>unit
    if g.lcas_mode == LCAS_OFF:
        g.apart = g.spread > g.delay_most
        if g.apart:
            g.in_step = NULL
    else:
        group_leave_out(g)
    g.samples = 0
    g.spread = FAR
    g.hasty = False

cdef inline void group_sample(GroupRx *g) noexcept nogil:
    """Where the members stand, when all of them have brought what there is."""
    cdef uint64_t first = 0, last = 0
    cdef int i
    if not g.counted:
        return
    if g.in_step != NULL:
        first = last = g.next - 1
    else:
        for i in range(MEMBERS):
            if placed(g, i):
                first = max(first, g.head[i])
                last = g.head[i] if last == 0 else min(last, g.head[i])
    if first == 0:
        return
    if g.samples == 0 or <int64_t>(first - last) < g.spread:
        g.spread = <int64_t>(first - last)
        for i in range(MEMBERS):
            g.member[i].least_late = <int64_t>(first - g.head[i])
    g.samples += 1
    if g.hasty or g.samples == SAMPLES:
        group_measure(g)

# ---------------------------------------------------------------- reading

cdef inline bint awaited(const GroupRx *g, int i) noexcept nogil:
    """The group is read no further than this member has come."""
    return g.member[i].owner != NULL and g.member[i].alive and not g.member[i].left_out

cdef inline bint group_start(GroupRx *g) noexcept nogil:
    """Choose where to begin: with the frame that the most delayed member has newest. LCAS: once it is known of every
    member whether it comes."""
    cdef uint64_t last = 0
    cdef int i
    for i in range(MEMBERS):
        if g.member[i].owner == NULL:
            continue
        if awaited(g, i):
            last = g.head[i] if last == 0 else min(last, g.head[i])
        elif not (g.member[i].tsf or g.member[i].lom or g.member[i].left_out):
            return False
    if last == 0:
        return False
    g.next = last
    g.running = True
    g.apart = False
    g.unsorted = True
    g.hasty = True
    return True

cdef inline void group_read(GroupRx *g) noexcept nogil:
    """Frame `next` of all members, to the client."""
    cdef int slot = <int>(g.next % <uint64_t>g.slots)
    cdef int i, k, each = payload_octets(g.container), pitch = payload_pitch(g.container)
    cdef uint8_t *parts = g.parts + <uint64_t>slot * <uint64_t>(members_rows(g.container) * pitch)
    cdef bint sorted = True
    cdef bint begins = packet_begins(g.container == IN_VC12, g.next)
    if g.lcas_mode != LCAS_OFF and (g.unsorted or begins):
        sink_order(g, begins)
    for k in range(g.size):
        i = g.order[k]
        sorted &= i == k
        if g.numbers[slot * RX_ROW + i] != g.next:
            memset(parts + i * pitch, 0, <unsigned>each)        # it was cut out, or read before the group began anew
    if not sorted:
        for k in range(g.size):
            memcpy(g.sorted + k * pitch, parts + g.order[k] * pitch, <unsigned>each)
        parts = g.sorted
    if g.size:
        gather(parts, pitch, g.size, each, g.octets)
        client_take(g, g.octets, <unsigned>(each * g.size))
    memset(&g.numbers[slot * RX_ROW], 0, RX_ROW * sizeof(uint64_t))

cdef inline void group_fail(GroupRx *g) noexcept nogil:
    """The group has no payload to hand on: what is wrong in it can no longer be told."""
    g.running = False
    client_fail(g)

cdef inline void members_unknown(GroupRx *g) noexcept nogil:
    """A server has failed: of the members nothing can be told."""
    defect_put(&g.counters.defects, VCAT_LOM, False)
    defect_put(&g.counters.defects, VCAT_SQM, False)
    defect_put(&g.counters.defects, VCAT_LOA, False)

cdef inline bint members_stand(GroupRx *g) noexcept nogil:
    """Without LCAS: all members come and are counted. Sets the defects."""
    cdef const MemberRx *m
    cdef int i, n = 0
    cdef bint lom = False, sqm = False, unknown = False
    for i in range(MEMBERS):
        m = &g.member[i]
        if m.owner == NULL:
            continue
        n += 1
        if m.tsf:
            members_unknown(g)
            return False
        unknown |= not m.alive
        lom |= m.lom
        sqm |= m.sqm
    defect_put(&g.counters.defects, VCAT_LOM, lom)
    if unknown or not n:
        defect_put(&g.counters.defects, VCAT_SQM, False)
        defect_put(&g.counters.defects, VCAT_LOA, False)
        return False
    defect_put(&g.counters.defects, VCAT_SQM, sqm)
    return True

cdef inline void group_advance(GroupRx *g) noexcept nogil:
    """Read on as far as all members have come, after some of them have brought frames."""
    cdef uint64_t last = 0
    cdef int i
    cdef bint sqm = False, held
    if not g.counted:
        if g.member[0].tsf:
            group_fail(g)
        else:
            client_defects(g)
        return
    if g.lcas_mode == LCAS_OFF and not members_stand(g):
        group_fail(g)
        return
    if not g.running and not group_start(g):
        group_fail(g)
        return
    for i in range(MEMBERS):
        if awaited(g, i):
            last = g.head[i] if last == 0 else min(last, g.head[i])
            sqm |= g.member[i].sqm
            if g.head[i] >= g.next + <uint64_t>g.slots and g.lcas_mode == LCAS_OFF:
                g.apart = True
    if last == 0:
        group_fail(g)
        return
    held = g.apart or sqm
    while g.next <= last:
        if not held:
            group_read(g)
        g.next += 1
    if g.lcas_mode == LCAS_OFF:
        defect_put(&g.counters.defects, VCAT_LOA, g.apart)
    if held:
        client_fail(g)
        return
    client_defects(g)

# ---------------------------------------------------------------- looks

cdef inline void capacity_defects(GroupRx *g) noexcept nogil:
    """LCAS: what of the capacity is there, both ways."""
    cdef int i, sent = 0, size = g.size if g.running else 0
    cdef unsigned unasked = (UNASKED_LO if g.container == IN_VC12 else UNASKED_E1 if g.container == IN_E1
                             else UNASKED_HO)
    cdef bint odd = g.odd != 0 if defect_is(g.counters.defects, FOPR) else popcount(g.odd) >= ODD_PACKETS
    defect_put(&g.counters.defects, FOPR, odd or g.wrong)
    defect_put(&g.counters.defects, VCG_MIN, size < g.least)
    if g.lcas_mode == LCAS_ONE_WAY:
        return
    for i in range(MEMBERS):
        sent += g.source.member[i].owner != NULL and g.source.member[i].wanted != 0
    defect_put(&g.counters.defects, PLCR, 0 < size < g.wanted)
    defect_put(&g.counters.defects, TLCR, size == 0 < g.wanted)
    defect_put(&g.counters.defects, PLCT, 0 < g.source.size < sent)
    defect_put(&g.counters.defects, TLCT, g.source.size == 0 < sent)
    defect_put(&g.counters.defects, FOPT, g.source.lcas.unasked >= unasked)

cdef inline void group_clock(GroupRx *g, const void *owner, uint64_t now) noexcept nogil:
    """The group's time goes by that of its home."""
    if g.home == owner:
        g.time += now - g.clock
        g.clock = now

cdef inline void group_settle(GroupRx *g, const void *owner, uint64_t now) noexcept nogil:
    """One of the owners of its members, the one that has been it already if it can be, is the group's home. `owner` is
    the one whose members change, at its frame time `now`."""
    cdef const void *any = NULL
    cdef int i
    for i in range(MEMBERS):
        if g.member[i].owner != NULL and g.member[i].owner == g.home:
            return
        if g.member[i].owner == owner or any == NULL:
            any = g.member[i].owner
    g.home = any
    g.clock = now
    if any == NULL:
        group_fail(g)
        g.counters.defects = 0

cdef inline void members_look(GroupRx *g) noexcept nogil:
    """The members' states, and what is told of them, after a change or while one of them waits."""
    cdef MemberRx *m
    cdef int i
    cdef bint lom = False, left_out = False
    g.changed = g.wrong = False
    g.wanted = 0
    if g.lcas_mode != LCAS_OFF:
        sink_states(g, g.time)
    for i in range(MEMBERS):
        m = &g.member[i]
        if m.owner != NULL:
            g.wanted += m.wanted != 0
            g.wrong |= m.wrong >= WRONG_PACKETS
            lom |= m.lom
            left_out |= m.left_out
        g.status[i].attached = m.owner != NULL
        g.status[i].alive = m.alive
        g.status[i].state = m.state
        g.status[i].ctrl = m.ctrl
        g.status[i].defects = (<uint64_t>m.lom << VCAT_LOM | <uint64_t>m.sqm << VCAT_SQM
                               | <uint64_t>m.left_out << VCAT_MND)
    if g.lcas_mode != LCAS_OFF:
        defect_put(&g.counters.defects, VCAT_LOM, lom)
        defect_put(&g.counters.defects, VCAT_MND, left_out)

cdef inline void group_look(GroupRx *g, const void *owner, EventLog *log, int obj) noexcept nogil:
    """Now and then, whether something comes or not: the members, and the defects of the group as a whole. By one of
    the owners of its members, which also tells of them."""
    if g.home != owner:
        return
    group_clock(g, owner, log.frame)
    if g.source.head == g.source_frames:
        group_sample(g)                 # nothing is built; else that takes them
    g.source_frames = g.source.head
    if g.changed or g.waiting:
        members_look(g)
    if g.lcas_mode != LCAS_OFF:
        capacity_defects(g)
    defects_tell(&g.told, g.counters.defects, log, obj)

# ---------------------------------------------------------------- members

cdef inline void members_sort(GroupRx *g) noexcept nogil:
    """Without LCAS: all members carry payload, by number."""
    cdef int i, n = 0
    for i in range(MEMBERS):
        if g.member[i].owner != NULL:
            g.order[n] = <uint8_t>i
            n += 1
    g.size = n

cdef inline void group_detach_rx(GroupRx *g, int i, const void *owner, uint64_t now) noexcept nogil:
    """A VC of this owner is no longer member i; frame time `now`."""
    if owner == NULL or g.member[i].owner != owner:
        return
    member_dead(g, i)
    g.member[i].owner = NULL
    g.status[i].attached = False
    g.changed = True
    if g.lcas_mode == LCAS_OFF:
        members_sort(g)
        g.running = False
    else:
        g.unsorted = True
    group_settle(g, owner, now)

cdef inline void group_be_rx(GroupRx *g, const RxShape *kind, uint64_t now) noexcept nogil:
    """Be a group of these VCs: members of another kind are none any more."""
    cdef int i
    if g.kind == kind:
        return
    for i in range(MEMBERS):
        group_detach_rx(g, i, g.member[i].owner, now)
    g.kind = kind
    g.container = kind.container
    g.counted = kind.counted
    g.delay_most = kind.delay_most
    g.slots = kind.slots
    g.parts = kind.parts
    g.numbers = kind.numbers
    g.sorted = kind.sorted
    g.octets = kind.octets

cdef inline void group_attach_rx(GroupRx *g, int i, const RxShape *kind, const void *owner, uint64_t now) \
        noexcept nogil:
    """A VC of this owner is member i."""
    cdef MemberRx *m = &g.member[i]
    cdef bint new
    group_be_rx(g, kind, now)
    new = m.owner == NULL
    m.owner = owner
    g.in_step = NULL
    g.changed = True
    group_settle(g, owner, now)
    if not new:
        return
    member_dead(g, i)
    m.tsf = True                    # until it comes
    m.lom = m.sqm = m.bad = m.failed_before = False
    m.state = SK_IDLE
    m.now_ctrl = m.now_sq = 0
    g.status[i].packets = g.status[i].crc_errors = g.status[i].delay_us = 0
    if not g.counted:
        client_fail(g)
    if g.lcas_mode == LCAS_OFF:
        members_sort(g)
        g.running = False
    else:
        g.unsorted = True
