# cython: language_level=3
"""LCAS, source side (G.7042): which members carry payload, and in which order, by what the far end's sink answers.

One step a control packet, made when the packet begins. What a packet says holds for the frames behind it, so the
members that carry payload during a packet are those of which the packet before said NORM or EOS.

                 M_ADD    M_REMOVE  MST OK   MST FAIL  RS-Ack
    IDLE         ADD      -         -        -         -
    ADD          -        IDLE      NORM     -         -
    NORM         -        REMOVE    -        DNU       -
    DNU          -        IDLE      NORM     -         -
    REMOVE       ADD      -         -        -         IDLE

Members in ADD, NORM and DNU have sequence numbers, 0 on without a hole, those in ADD behind the others; the last in
NORM sends EOS. The far end answers by SQ, so after a change among those in NORM and DNU what it says counts for nothing
until it has acknowledged that, or has had the time to; and no other of them is removed meanwhile.
"""
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memset

from msapemu.wire.container cimport IN_E1, IN_E3, IN_VC12, MEMBERS
from msapemu.wire.group cimport (LCAS_ONE_WAY, SK_OK, SO_ADD, SO_DNU, SO_IDLE, SO_NORM, SO_REMOVE, GroupRx, GroupTx,
                                 MemberTx, SourceState)
from msapemu.wire.lcas cimport (CTRL_ADD, CTRL_DNU, CTRL_EOS, CTRL_IDLE, CTRL_NORM, MST_OF_PACKET, MST_OK, SEQUENCES,
                                SQ_IDLE_E1, SQ_IDLE_E3, SQ_IDLE_HO, SQ_IDLE_LO, LcasBack, Packet, gid_step, h4_packet,
                                k4_packet)

cdef enum SourceEvent:
    EV_ADD = 0
    EV_REMOVE = 1
    EV_OK = 2
    EV_FAIL = 3
    EV_ACK = 4

cdef enum:
    # packets that the acknowledgement of a new sequence is waited for: 500 ms and 1 s, longer than any way there and
    # back that the differential delay allows
    ACK_PACKETS_HO = 250
    ACK_PACKETS_LO = 64
    ACK_PACKETS_E1 = 32         # 1 s of packets of 32 ms
    UNASKED_E1 = 4
    UNASKED_HO = 64             # packets, two rounds of MST, with an answer for nobody: dFOPT
    UNASKED_LO = 16

cdef extern from * nogil:
    """
    /* [SourceState][SourceEvent] */
    static const unsigned char msapemu_lcas_source[5][5] = {
        /* IDLE   */ {1, 0, 0, 0, 0},
        /* ADD    */ {1, 0, 2, 1, 1},
        /* NORM   */ {2, 4, 2, 3, 2},
        /* DNU    */ {3, 0, 2, 3, 3},
        /* REMOVE */ {1, 4, 4, 4, 0},
    };
    """
    const uint8_t source_table "msapemu_lcas_source"[5][5]

cdef inline uint8_t idle_sq(const GroupTx *g) noexcept nogil:
    return (SQ_IDLE_LO if g.container == IN_VC12 else SQ_IDLE_E1 if g.container == IN_E1
            else SQ_IDLE_E3 if g.container == IN_E3 else SQ_IDLE_HO)

cdef inline bint source_numbered(const MemberTx *m) noexcept nogil:
    """It has a sequence number of its own."""
    return m.state == SO_ADD or m.state == SO_NORM or m.state == SO_DNU

cdef inline int source_count(const GroupTx *g) noexcept nogil:
    """Members with a sequence number."""
    cdef int i, n = 0
    for i in range(MEMBERS):
        n += source_numbered(&g.member[i])
    return n

cdef inline void source_wait(GroupTx *g) noexcept nogil:
    """The sequence of members that carry payload, or could, changes."""
    g.lcas.waiting = True
    g.lcas.waited = 0
    g.lcas.ack = g.back.rs_ack

cdef inline void source_release(GroupTx *g, MemberTx *m) noexcept nogil:
    """Its number goes; those behind it move up. What is known of them by their old numbers is not of them any more."""
    cdef int i
    for i in range(MEMBERS):
        if source_numbered(&g.member[i]) and g.member[i].sq > m.sq:
            g.member[i].sq -= 1
    for i in range(m.sq, SEQUENCES):
        g.back.fresh[i] = False
    m.sq = idle_sq(g)

cdef inline void source_swap(GroupTx *g, MemberTx *m) noexcept nogil:
    """Of the members that are to be added, the one that is answered first becomes the next in sequence."""
    cdef MemberTx *other
    cdef uint8_t sq
    cdef int i
    for i in range(MEMBERS):
        other = &g.member[i]
        if other.state == SO_ADD and other.sq < m.sq:
            sq = other.sq
            other.sq = m.sq
            m.sq = sq

cdef inline void source_event(GroupTx *g, int i, SourceEvent event) noexcept nogil:
    """The table, and what goes with its arrows."""
    cdef MemberTx *m = &g.member[i]
    cdef SourceState before = m.state
    cdef SourceState to = <SourceState>source_table[<int>before][<int>event]
    if to == before:
        return
    if to == SO_ADD:
        m.sq = <uint8_t>source_count(g)
        g.back.fresh[m.sq] = False
    elif before == SO_ADD and to == SO_NORM:
        source_swap(g, m)
    elif before != SO_REMOVE and (to == SO_IDLE or to == SO_REMOVE):
        m.state = to
        source_release(g, m)
    m.state = to
    # the far end acknowledges a change among the members in NORM and DNU
    if (before == SO_ADD and to == SO_NORM) or (to == SO_REMOVE) or (before == SO_DNU and to == SO_IDLE):
        source_wait(g)

cdef inline void source_gone(GroupTx *g, int i) noexcept nogil:
    """Its VC is no longer the group's, without a farewell."""
    cdef MemberTx *m = &g.member[i]
    cdef bint carried = m.state == SO_NORM or m.state == SO_DNU
    if source_numbered(m):
        m.state = SO_IDLE
        source_release(g, m)
    m.state = SO_IDLE
    m.ctrl = CTRL_IDLE
    if carried:
        source_wait(g)

cdef inline void source_acknowledged(GroupTx *g) noexcept nogil:
    """The far end has had its say, or the time for it."""
    cdef LcasBack *b = g.back
    cdef int i
    cdef int most = (ACK_PACKETS_LO if g.container == IN_VC12 else ACK_PACKETS_E1 if g.container == IN_E1
                     else ACK_PACKETS_HO)
    if not g.lcas.waiting:
        return
    g.lcas.waited += 1
    if b.rs_ack == g.lcas.ack and not b.plain:
        if g.lcas.waited < most:
            return
        g.lcas.timeouts += 1
    g.lcas.waiting = False
    memset(b.fresh, 0, SEQUENCES)
    for i in range(MEMBERS):
        source_event(g, i, EV_ACK)

cdef inline void source_answers(GroupTx *g) noexcept nogil:
    """MST, member by member in sequence, so that those to be added follow in order."""
    cdef LcasBack *b = g.back
    cdef int i, sq, n = source_count(g)
    cdef bint unasked = False
    for sq in range(n):
        if not b.plain and not b.fresh[sq]:
            continue
        for i in range(MEMBERS):
            if source_numbered(&g.member[i]) and g.member[i].sq == sq:
                source_event(g, i, EV_OK if b.plain or b.mst[sq] == MST_OK else EV_FAIL)
                break
    if b.plain:
        return
    for sq in range(n, idle_sq(g)):
        if b.fresh[sq] and b.mst[sq] == MST_OK:
            unasked = True
    if not unasked or g.lcas.waiting:
        g.lcas.unasked = 0
    elif g.lcas.unasked < 255:
        g.lcas.unasked += 1

cdef inline void source_say(GroupTx *g) noexcept nogil:
    """CTRL of every member by its state."""
    cdef MemberTx *m
    cdef int i, last = -1
    for i in range(MEMBERS):
        m = &g.member[i]
        m.ctrl = (CTRL_ADD if m.state == SO_ADD else CTRL_NORM if m.state == SO_NORM else CTRL_DNU if m.state == SO_DNU
                  else CTRL_IDLE)
        if m.state == SO_NORM and (last < 0 or m.sq > g.member[last].sq):
            last = i
    if last >= 0:
        g.member[last].ctrl = CTRL_EOS

cdef inline void source_order(GroupTx *g) noexcept nogil:
    """The members that the packet which has ended says carry payload, in sequence."""
    cdef int i, sq, n = 0
    cdef uint8_t at[256]
    memset(at, 0xff, SEQUENCES)
    for i in range(MEMBERS):
        if g.member[i].owner != NULL and (g.member[i].ctrl == CTRL_NORM or g.member[i].ctrl == CTRL_EOS):
            at[g.member[i].sq] = <uint8_t>i
    for sq in range(MEMBERS):
        if at[sq] != 0xff:
            g.order[n] = at[sq]
            n += 1
    g.size = n

cdef inline void source_step(GroupTx *g) noexcept nogil:
    """A packet begins: choose what it says."""
    cdef int i
    if g.lcas_mode != LCAS_ONE_WAY:
        source_acknowledged(g)
        if not g.lcas.waiting:
            source_answers(g)
    for i in range(MEMBERS):
        if g.member[i].owner == NULL:
            continue
        if g.lcas_mode == LCAS_ONE_WAY:
            if g.member[i].wanted and g.member[i].state == SO_IDLE:
                g.member[i].sq = <uint8_t>source_count(g)
                g.member[i].state = SO_NORM
        elif g.member[i].wanted:
            source_event(g, i, EV_ADD)
        elif not g.lcas.waiting or g.member[i].state == SO_ADD:
            source_event(g, i, EV_REMOVE)
    source_say(g)
    g.lcas.gid = gid_step(g.lcas.gid)
    g.lcas.packets += 1

# ---------------------------------------------------------------- packets

cdef inline uint8_t mst_octet(const GroupTx *g, unsigned block) noexcept nogil:
    """What this end's sink says of the members with SQ 8 block .. 8 block + 7, the first one highest."""
    cdef const GroupRx *r = g.sink
    cdef unsigned sq, at = block * MST_OF_PACKET
    cdef uint8_t octet = 0xff
    cdef int i
    for i in range(MEMBERS):
        sq = r.member[i].sq
        if g.lcas_mode == LCAS_ONE_WAY:
            if not source_numbered(&g.member[i]):
                continue
            sq = g.member[i].sq
        elif r.member[i].state != SK_OK:
            continue
        if at <= sq < at + MST_OF_PACKET:
            octet &= <uint8_t>~(0x80 >> (sq - at))
    return octet

cdef inline uint64_t source_packet(const GroupTx *g, int i, uint64_t number, uint8_t mst) noexcept nogil:
    """Packet `number` of member i: 16 nibbles or 32 bits, the first one highest."""
    cdef Packet p
    p.ctrl = g.member[i].ctrl
    p.sq = g.member[i].sq
    p.gid = g.lcas.gid & 1
    p.rs_ack = g.sink.rs_ack & 1
    p.mst = mst
    if g.container == IN_VC12:
        p.count = number & 31
        return k4_packet(&p)
    p.count = (number + 1) & 255
    return h4_packet(&p)
