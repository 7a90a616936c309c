# cython: language_level=3
"""Virtual concatenation, source (G.707 11): frame n of a group is made once, for all its members, when the first of
them asks for it; each member takes it in its own time.

So the members may be in any AU-4 of any line, with whatever pointers: as long as none falls behind the others by more
than the frames that are kept.

The payloads of VC-3s, VC-4s and E1s are dealt out when the frame is made; those of VC-12s by who takes them, many at a
time (bank_tx.pxd).
"""
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memset

from msapemu.wire.adaptation cimport client_fill
from msapemu.wire.container cimport (IN_VC12, MEMBERS, deal, frame_units, members_rows, payload_clear, payload_octets,
                                     payload_pitch, payload_put)
from msapemu.wire.group cimport LCAS_OFF, SO_IDLE, GroupTx, MemberTx, TxShape
from msapemu.wire.lcas cimport CTRL_IDLE, h4_of, h4_plain, k4_plain, mst_block, packet_begins, packet_of
from msapemu.wire.lcas_tx cimport idle_sq, mst_octet, source_gone, source_order, source_packet, source_step
from msapemu.wire.multiframe cimport K4_FRAMES, MFI_FRAMES, k4_extended_label
from msapemu.wire.vc12_poh cimport K4_VCAT, k4_bits
from msapemu.wire.vcat_rx cimport group_sample

cdef enum:
    ROW_MAP = 64                # room for a value a member
    SIZE_AT = 63                # in such a room
    NO_ROW = 0xff
    SAMPLE = 16                 # frame times between two samples of the delays
    # frames kept for members that are behind: a burst of 64 frame times that is built line by line, and a bit
    TX_KEPT_HO = 72
    TX_KEPT_LO = 24
    TX_KEPT_E1 = 8

cdef inline uint64_t member_packet(const GroupTx *g, int i, uint64_t packet, uint8_t mst) noexcept nogil:
    if g.lcas_mode != LCAS_OFF:
        return source_packet(g, i, packet, mst)
    if g.container == IN_VC12:
        return k4_plain(<unsigned>packet, <unsigned>i)
    return h4_plain(<unsigned>(packet + 1), <unsigned>i)

cdef inline uint8_t member_count(const GroupTx *g, uint64_t number, uint64_t packet) noexcept nogil:
    """H4 of frame `number`, or bits 1 and 2 of its K4 in their places."""
    if g.container == IN_VC12:
        return k4_bits(number, k4_extended_label(g.extended), <uint32_t>packet)
    return h4_of(packet, number & (MFI_FRAMES - 1))

cdef inline uint8_t alone_count(const GroupTx *g, uint64_t number) noexcept nogil:
    """The same of a VC that is not virtually concatenated: its K4 has an extended label all the same."""
    return k4_bits(number, k4_extended_label(g.extended), 0) if g.container == IN_VC12 else 0

cdef inline void group_counts(const GroupTx *g, uint8_t *counts) noexcept nogil:
    """The same of the next frame of all members."""
    cdef unsigned back = K4_FRAMES - 1 - g.head % K4_FRAMES
    cdef uint8_t label = alone_count(g, g.head)
    cdef int i
    if not g.counted:
        memset(counts, label, ROW_MAP)
    elif g.container == IN_VC12:
        for i in range(ROW_MAP):
            counts[i] = label | <uint8_t>(g.packet[i] >> back & 1) * <uint8_t>K4_VCAT
    else:
        for i in range(MEMBERS):
            counts[i] = member_count(g, g.head, g.packet[i])

cdef inline void members_order(GroupTx *g) noexcept nogil:
    """Without LCAS: all members, by number."""
    cdef int i, n = 0
    for i in range(MEMBERS):
        if g.member[i].owner != NULL:
            g.order[n] = <uint8_t>i
            n += 1
    g.size = n

cdef inline void group_tell_tx(GroupTx *g) noexcept nogil:
    """Bring the members' states into the status."""
    cdef int i
    for i in range(MEMBERS):
        g.status[i].attached = g.member[i].owner != NULL
        if g.lcas_mode == LCAS_OFF:
            g.status[i].sq = <uint64_t>i
            continue
        g.status[i].state = g.member[i].state
        g.status[i].ctrl = g.member[i].ctrl
        g.status[i].sq = g.member[i].sq
        g.status[i].mst = g.back.mst[g.member[i].sq]

cdef inline void group_packets(GroupTx *g, uint64_t packet) noexcept nogil:
    """A control packet begins: what every member says in it."""
    cdef uint8_t mst = 0
    cdef int i
    if g.lcas_mode != LCAS_OFF:
        if g.lcas.packets:
            source_order(g)
            source_step(g)
        else:
            source_step(g)          # the first one says what holds already
            source_order(g)
        mst = mst_octet(g, mst_block(g.container, packet, g.mst_of_next))
    for i in range(MEMBERS):
        if g.member[i].owner != NULL:
            g.packet[i] = member_packet(g, i, packet, mst)
    group_tell_tx(g)

cdef inline uint8_t *group_parts(const GroupTx *g, int slot) noexcept nogil:
    return g.parts + <uint64_t>slot * <uint64_t>(members_rows(g.container) * payload_pitch(g.container))

cdef inline void group_make(GroupTx *g) noexcept nogil:
    """The next frame of all members."""
    cdef int slot = <int>(g.head % <uint64_t>g.slots)
    cdef int i, each = payload_octets(g.container)
    cdef uint8_t *rows = g.rows + slot * ROW_MAP
    cdef uint8_t *octets = group_parts(g, slot) if g.container == IN_VC12 else g.octets
    if g.head * <uint64_t>frame_units(g.container) % SAMPLE == 0:
        group_sample(g.sink)
    if g.counted and (g.head == 0 or packet_begins(g.container == IN_VC12, g.head)):
        group_packets(g, packet_of(g.container == IN_VC12, g.head))
    g.now += <uint64_t>frame_units(g.container)
    client_fill(g, octets, <uint32_t>(each * g.size))
    if g.size and g.container != IN_VC12:
        deal(octets, g.size, each, group_parts(g, slot), payload_pitch(g.container))
    memset(rows, NO_ROW, ROW_MAP)
    for i in range(g.size):
        rows[g.order[i]] = <uint8_t>i
    rows[SIZE_AT] = <uint8_t>g.size
    group_counts(g, g.counts + slot * ROW_MAP)
    g.head += 1

cdef inline uint64_t group_next(GroupTx *g, int i) noexcept nogil:
    """Number of the frame that member i sends next; it is there."""
    if g.next[i] >= g.head:
        g.next[i] = g.head
        group_make(g)
    elif g.head - g.next[i] > <uint64_t>g.slots:
        g.next[i] = g.head - 1      # it was not built for long
    return g.next[i]

cdef inline uint8_t group_pull(GroupTx *g, int i, uint8_t *frame) noexcept nogil:
    """Write the payload of member i's next frame, of no VC-12, about its path overhead; its H4."""
    cdef int slot = <int>(group_next(g, i) % <uint64_t>g.slots)
    cdef uint8_t row = g.rows[slot * ROW_MAP + i]
    if row == NO_ROW:
        payload_clear(g.container, frame)
    else:
        payload_put(g.container, group_parts(g, slot) + row * payload_pitch(g.container), frame)
    g.next[i] += 1
    return g.counts[slot * ROW_MAP + i]

cdef inline void group_pull_run(GroupTx *g, uint64_t frames, uint8_t *octets, uint32_t n) noexcept nogil:
    """The next n octets of a group that is not concatenated, which are sent in so many frame times."""
    g.now += frames
    client_fill(g, octets, n)

cdef inline uint8_t count_before(GroupTx *g, int i, uint64_t late) noexcept nogil:
    """H4, or bits 1 and 2 of K4, of a member that is sent late: `late` frames before its first one."""
    cdef uint64_t number = g.next[i] - late, packet
    cdef uint8_t mst = 0
    if not g.counted:
        return alone_count(g, number)
    if g.head == 0:
        group_make(g)               # what the first packet says holds before it
    packet = packet_of(g.container == IN_VC12, number)
    if g.lcas_mode != LCAS_OFF:
        mst = mst_octet(g, mst_block(g.container, packet, g.mst_of_next))
    return member_count(g, number, member_packet(g, i, packet, mst))

cdef inline uint8_t group_before(GroupTx *g, int i, uint64_t late, uint8_t *frame) noexcept nogil:
    """As `group_pull` for such a frame, which has no payload."""
    payload_clear(g.container, frame)
    return count_before(g, i, late)

# ---------------------------------------------------------------- members

cdef inline void group_detach_tx(GroupTx *g, int i, const void *owner) noexcept nogil:
    """It is no longer."""
    if owner == NULL or g.member[i].owner != owner:
        return                      # another has taken it over
    g.member[i].owner = NULL
    if g.lcas_mode == LCAS_OFF:
        members_order(g)
    else:
        source_gone(g, i)
    group_tell_tx(g)

cdef inline void group_be_tx(GroupTx *g, const TxShape *kind) noexcept nogil:
    """Be a group of these VCs: members of another kind are none any more."""
    cdef int i
    if g.kind == kind:
        return
    for i in range(MEMBERS):
        group_detach_tx(g, i, g.member[i].owner)
    g.kind = kind
    g.container = kind.container
    g.counted = kind.counted
    g.slots = kind.slots
    g.parts = kind.parts
    g.rows = kind.rows
    g.counts = kind.counts
    g.octets = kind.octets

cdef inline void group_attach_tx(GroupTx *g, int i, const TxShape *kind, const void *owner) noexcept nogil:
    """A VC of this owner is member i from its next frame on."""
    cdef MemberTx *m = &g.member[i]
    cdef bint new
    group_be_tx(g, kind)
    new = m.owner == NULL
    m.owner = owner
    if not new:
        return
    g.next[i] = g.head
    if g.lcas_mode == LCAS_OFF:
        members_order(g)
    else:
        m.state = SO_IDLE
        m.ctrl = CTRL_IDLE
        m.sq = idle_sq(g)
    if g.counted:
        g.packet[i] = member_packet(g, i, packet_of(g.container == IN_VC12, g.head), 0xff)
    group_tell_tx(g)
