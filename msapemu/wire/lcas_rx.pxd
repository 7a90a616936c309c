# cython: language_level=3
"""LCAS, sink side (G.7042): what the control packets say, which members are in order, and which carry payload.

                 absent  bad                    good
    IDLE         -       FAIL                   OK
    FAIL         IDLE    -                      OK (after WTR, when it was OK before)
    OK           IDLE    FAIL (after hold-off)  -

absent: not provisioned, or CTRL IDLE; good: the VC comes, its frames are counted, its delay fits the others', its
packets are right and say ADD, NORM, EOS or DNU. The far end is told OK as MST 0.

The payload goes by what the packets say, each from the first frame behind it on, and by nothing else: a member that
fails is left out at once, as G.7042 wants it, though the far end goes on sending until it is told.
"""
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memset

from msapemu.wire.container cimport IN_VC12, MEMBERS
from msapemu.wire.group cimport HISTORY, SK_FAIL, SK_IDLE, SK_OK, GroupRx, MemberRx, SinkState, Told
from msapemu.wire.lcas cimport (CTRL_DNU, CTRL_EOS, CTRL_FIXED, CTRL_IDLE, CTRL_NORM, MST_OF_PACKET, SEQUENCES,
                                LcasBack, Packet, h4_is_plain, h4_unpack, k4_is_plain, k4_unpack, mst_block, packet_of)

cdef enum SinkEvent:
    EV_ABSENT = 0
    EV_BAD = 1
    EV_GOOD = 2

cdef enum:
    WRONG_PACKETS = 3           # in a row with a wrong CRC before a member fails
    ODD_PACKETS = 4             # of 16 that do not fit together: dFOPR, until 16 do

cdef extern from * nogil:
    """
    /* [SinkState][SinkEvent] */
    static const unsigned char msapemu_lcas_sink[3][3] = {
        /* IDLE */ {0, 1, 2},
        /* FAIL */ {0, 1, 2},
        /* OK   */ {0, 1, 2},
    };
    """
    const uint8_t sink_table "msapemu_lcas_sink"[3][3]

cdef inline bint carries(uint8_t ctrl, bint plain) noexcept nogil:
    return ctrl == CTRL_NORM or ctrl == CTRL_EOS or (plain and ctrl == CTRL_FIXED)

# ---------------------------------------------------------------- packets

cdef inline void sink_answers(GroupRx *g, const Packet *p, uint64_t number) noexcept nogil:
    """What a packet says to the source of this end."""
    cdef LcasBack *b = g.back
    cdef unsigned block = mst_block(g.container, number, g.mst_of_next)
    cdef int i
    b.plain = False
    b.rs_ack = p.rs_ack
    for i in range(MST_OF_PACKET):
        b.mst[block * MST_OF_PACKET + i] = (p.mst >> (7 - i)) & 1
        b.fresh[block * MST_OF_PACKET + i] = True

cdef inline void sink_packet(GroupRx *g, int i, uint64_t word) noexcept nogil:
    """A control packet of member i is whole: the one that its newest frame ends."""
    cdef MemberRx *m = &g.member[i]
    cdef uint64_t number = packet_of(g.container == IN_VC12, g.head[i])
    cdef Told *t = &g.packets[i][number % HISTORY]
    cdef Packet p
    cdef bint good, plain
    if g.container == IN_VC12:
        good = k4_unpack(<uint32_t>word, &p)
        plain = k4_is_plain(<uint32_t>word)
    else:
        good = h4_unpack(word, &p)
        plain = h4_is_plain(word)
    if plain:
        g.plain = g.back.plain = True
    elif not good:
        g.status[i].crc_errors += 1
        if m.wrong < 255:
            m.wrong += 1
            g.changed = True
        return
    else:
        g.plain = False
        sink_answers(g, &p, number)
    g.status[i].packets += 1
    g.changed |= m.wrong != 0 or not m.spoken or m.ctrl != p.ctrl
    m.wrong = 0
    m.spoken = True
    m.ctrl = p.ctrl
    m.sq = p.sq
    g.status[i].sq = p.sq
    t.number = <uint32_t>number
    t.ctrl = p.ctrl
    t.sq = p.sq
    t.gid = p.gid

# ---------------------------------------------------------------- payload

cdef inline bint sink_usable(const MemberRx *m) noexcept nogil:
    return m.owner != NULL and m.alive and not m.left_out and m.heard

cdef inline bint sink_hear(GroupRx *g, uint32_t number) noexcept nogil:
    """Have what the packets of this number say be in force; a member of which none came stays as it is. True when they
    are not of one group."""
    cdef MemberRx *m
    cdef const Told *t
    cdef int i, gid = -1
    cdef bint odd = False
    for i in range(MEMBERS):
        m = &g.member[i]
        t = &g.packets[i][number % HISTORY]
        if m.owner == NULL or not m.alive or t.number != number:
            continue
        m.heard = True
        m.now_ctrl = t.ctrl
        m.now_sq = t.sq
        if m.now_ctrl == CTRL_IDLE or m.now_ctrl == CTRL_FIXED:
            continue
        if gid < 0:
            gid = t.gid
        elif gid != t.gid:
            odd = True
    return odd

cdef inline void sink_acknowledge(GroupRx *g) noexcept nogil:
    """A new sequence among the members in NORM and DNU is acknowledged: RS-Ack changes."""
    cdef MemberRx *m
    cdef uint8_t now[256]
    cdef int i
    cdef bint changed = False
    memset(now, 0, SEQUENCES)
    for i in range(MEMBERS):
        m = &g.member[i]
        if m.owner != NULL and (m.now_ctrl == CTRL_NORM or m.now_ctrl == CTRL_EOS or m.now_ctrl == CTRL_DNU):
            now[m.now_sq] = <uint8_t>(i + 1)
    for i in range(SEQUENCES):
        changed |= now[i] != g.sequence[i]
        g.sequence[i] = now[i]
    if changed:
        g.rs_ack ^= 1

cdef inline void sink_order(GroupRx *g, bint begins) noexcept nogil:
    """The members that carry payload in frame `next`, in sequence; `begins`: a packet begins with that frame."""
    cdef uint32_t number = <uint32_t>(packet_of(g.container == IN_VC12, g.next) - 1)
    cdef MemberRx *m
    cdef uint8_t at[256]
    cdef int i, n = 0
    cdef bint whole = True, odd = sink_hear(g, number)
    sink_acknowledge(g)
    memset(at, 0xff, SEQUENCES)
    for i in range(MEMBERS):
        m = &g.member[i]
        if m.owner == NULL:
            continue
        if not sink_usable(m):
            whole = False
        elif carries(m.now_ctrl, g.plain):
            odd |= at[m.now_sq] != 0xff
            at[m.now_sq] = <uint8_t>i
    if begins:
        g.odd = <uint16_t>(g.odd << 1 | odd)
    if not g.plain or whole:        # without LCAS there is no going on without a member
        for i in range(SEQUENCES):
            if at[i] != 0xff:
                g.order[n] = at[i]
                n += 1
    g.size = n
    g.unsorted = False

# ---------------------------------------------------------------- member states

cdef inline SinkEvent sink_event(const MemberRx *m) noexcept nogil:
    if m.owner == NULL or not m.wanted or (m.alive and m.spoken and m.ctrl == CTRL_IDLE):
        return EV_ABSENT
    if m.tsf or not m.alive or m.left_out or not m.spoken or m.wrong >= WRONG_PACKETS:
        return EV_BAD
    return EV_GOOD

cdef inline bint sink_step(GroupRx *g, int i, uint64_t now) noexcept nogil:
    """The state of member i at frame time `now`: the table, with hold-off and wait-to-restore. True: it waits."""
    cdef MemberRx *m = &g.member[i]
    cdef SinkEvent event = sink_event(m)
    cdef SinkState to
    if event == EV_BAD and not m.bad:
        m.bad_since = now
    elif event == EV_GOOD and (m.bad or m.state == SK_IDLE):
        m.good_since = now
    m.bad = event == EV_BAD
    to = <SinkState>sink_table[<int>m.state][<int>event]
    if m.state == SK_OK and to == SK_FAIL and now - m.bad_since < g.hold_off:
        return True
    if m.state == SK_FAIL and to == SK_OK and m.failed_before and now - m.good_since < g.wait_to_restore:
        return True
    if to == SK_IDLE:
        m.failed_before = False
    elif m.state == SK_OK and to == SK_FAIL:
        m.failed_before = True
    m.state = to
    return False

cdef inline void sink_states(GroupRx *g, uint64_t now) noexcept nogil:
    cdef int i
    g.waiting = False
    for i in range(MEMBERS):
        g.waiting |= sink_step(g, i, now)
