# cython: language_level=3
"""What a shelf does with E1s: terminations, connections of whole E1s and of timeslots, members of groups.

`fabric_receive` is called when all lines have been parsed, `fabric_transmit` before they are built. A plan has one;
what stands in two plans keeps its state.
"""
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport free
from libc.string cimport memset

from msapemu.wire.bearer cimport Pass, bearer_forget, pass_on
from msapemu.wire.e1_member cimport member_row, member_take
from msapemu.wire.group cimport GroupRx, GroupTx, RxShape, TxShape
from msapemu.wire.p12_rx cimport p12_take
from msapemu.wire.p12_tx cimport TX_ROWS, p12_idle, p12_send
from msapemu.wire.pdh_line cimport PdhLineRx, PdhLineTx
from msapemu.wire.runs cimport RUN_ROWS, Run, run_put, run_take
from msapemu.wire.slots cimport P12, Slots, p12_read, slots_move
from msapemu.wire.status cimport EventLog
from msapemu.wire.vcat_rx cimport LOOK, group_advance, group_attach_rx, group_clock, group_detach_rx, group_look
from msapemu.wire.vcat_tx cimport group_attach_tx, group_detach_tx

cdef enum:
    # `Event.object` of the fabric's log: an E1 by its place in `e1s`, then the groups
    OBJ_E1 = 0
    OBJ_E1_GROUP = 4096

cdef struct Member:
    # an E1 that is a member of a group
    P12 *e1
    GroupTx *tx
    GroupRx *rx
    const TxShape *tx_shape
    const RxShape *rx_shape
    int number

cdef struct LineGroup:
    # a group in the signal of a line (G.832, or a media converter's fibre)
    PdhLineTx *line_tx
    PdhLineRx *line_rx
    GroupTx *tx
    GroupRx *rx
    const TxShape *tx_shape
    const RxShape *rx_shape
    int number

cdef struct Fabric:
    EventLog *events
    P12 **e1s
    int e1_count
    Pass **passes
    int pass_count
    Slots *slots
    int slots_count
    Member *members
    int member_count
    Run *runs
    int run_count
    LineGroup *lines
    int line_count
    GroupRx **groups
    int group_count
    uint64_t frame              # made
    uint64_t looked

# ---------------------------------------------------------------- receive

cdef inline void fabric_e1(Fabric *f, int i) noexcept nogil:
    """All that has come of an E1, no more at a time than its rows hold."""
    cdef P12 *e = f.e1s[i]
    cdef int k
    cdef uint64_t n, since = e.rx.head, most = since + RUN_ROWS
    while e.rx.head < most:
        n = p12_take(&e.rx, &e.bearer, most - e.rx.head, f.events, OBJ_E1 + i)
        if n == 0:
            break
        if e.member_rx.group != NULL:
            member_take(&e.member_rx, &e.rx, <int>n)
    if f.run_count and e.rx.head != since:
        for k in range(f.run_count):
            if f.runs[k].e1 == e:
                run_take(&f.runs[k], since)

cdef inline void fabric_receive(Fabric *f) noexcept nogil:
    """What all server layers have brought."""
    cdef int i
    cdef uint64_t before
    f.events.frame = f.frame
    for i in range(f.e1_count):
        while True:
            before = f.e1s[i].rx.head
            fabric_e1(f, i)
            if f.e1s[i].rx.head - before < RUN_ROWS:
                break
    for i in range(f.group_count):
        group_advance(f.groups[i])
    if f.frame - f.looked < LOOK:
        return
    f.looked = f.frame
    for i in range(f.group_count):
        group_look(f.groups[i], f.groups[i].home, f.events, OBJ_E1_GROUP + i)

# ---------------------------------------------------------------- transmit

cdef inline void fabric_frames(Fabric *f, uint64_t frames) noexcept nogil:
    """The next frames, TX_ROWS at most, of everything."""
    cdef P12 *e
    cdef uint64_t n
    cdef int i
    for i in range(f.pass_count):
        pass_on(f.passes[i], frames)
    for i in range(f.e1_count):
        e = f.e1s[i]
        p12_idle(&e.tx, frames)
        if e.read:
            p12_read(e, frames)
        if e.member_tx.group != NULL:
            for n in range(frames):
                member_row(&e.member_tx, e.tx.frame + n, e.tx.rows[n])
    for i in range(f.slots_count):
        slots_move(&f.slots[i], frames)
    for i in range(f.run_count):
        run_put(&f.runs[i], frames)
    for i in range(f.e1_count):
        p12_send(&f.e1s[i].tx, &f.e1s[i].bearer, frames)
    f.frame += frames

cdef inline void fabric_transmit(Fabric *f, uint64_t frames) noexcept nogil:
    cdef uint64_t n
    while frames:
        n = min(frames, <uint64_t>TX_ROWS)
        fabric_frames(f, n)
        frames -= n

# ---------------------------------------------------------------- plans

cdef inline bint fabric_has(const Fabric *f, const Member *m) noexcept nogil:
    cdef int i
    for i in range(f.member_count):
        if f.members[i].e1 == m.e1 and f.members[i].tx == m.tx and f.members[i].number == m.number:
            return True
    return False

cdef inline bint fabric_runs(const Fabric *f, const Run *r) noexcept nogil:
    cdef int i
    for i in range(f.run_count):
        if f.runs[i].e1 == r.e1 and f.runs[i].tx == r.tx:
            return True
    return False

cdef inline bint fabric_fills(const Fabric *f, const LineGroup *l) noexcept nogil:
    cdef int i
    for i in range(f.line_count):
        if f.lines[i].line_tx == l.line_tx and f.lines[i].tx == l.tx and f.lines[i].number == l.number:
            return True
    return False

cdef inline void line_carry(LineGroup *l, bint carry) noexcept nogil:
    """Have the line carry the group, or nothing."""
    cdef GroupTx *tx = l.tx if carry else NULL
    cdef GroupRx *rx = l.rx if carry else NULL
    l.line_tx.group = l.line_tx.g832.group = tx
    l.line_rx.group = l.line_rx.g832.group = rx
    l.line_tx.g832.counted = l.line_rx.g832.counted = l.tx_shape.counted
    l.line_tx.g832.number = l.line_rx.g832.number = <unsigned char>l.number

cdef inline void fabric_leave(Fabric *f, const Fabric *wanted) noexcept nogil:
    """What is not in `wanted` (NULL: nothing is) ends: its groups go on without it."""
    cdef Member *m
    cdef int i
    for i in range(f.member_count):
        m = &f.members[i]
        if wanted != NULL and fabric_has(wanted, m):
            continue
        group_detach_tx(m.tx, m.number, m.e1)
        group_detach_rx(m.rx, m.number, m.e1, f.frame)
        m.e1.member_tx.group = NULL
        m.e1.member_rx.group = NULL
    for i in range(f.run_count):
        if wanted != NULL and fabric_runs(wanted, &f.runs[i]):
            continue
        group_detach_tx(f.runs[i].tx, 0, f.runs[i].e1)
        group_detach_rx(f.runs[i].rx, 0, f.runs[i].e1, f.frame)
    for i in range(f.line_count):
        if wanted != NULL and fabric_fills(wanted, &f.lines[i]):
            continue
        group_detach_tx(f.lines[i].tx, f.lines[i].number, f.lines[i].line_rx)
        group_detach_rx(f.lines[i].rx, f.lines[i].number, f.lines[i].line_rx, f.frame)
        line_carry(&f.lines[i], False)

cdef inline void fabric_enter(Fabric *f) noexcept nogil:
    """Begin with what is new."""
    cdef Member *m
    cdef P12 *e
    cdef int i
    for i in range(f.e1_count):
        f.e1s[i].read = False
    for i in range(f.slots_count):
        if f.slots[i].source != NULL:
            f.slots[i].source.read = True
    for i in range(f.e1_count):
        if not f.e1s[i].read:
            f.e1s[i].flows = False
    for i in range(f.member_count):
        m = &f.members[i]
        e = m.e1
        if e.member_tx.group != m.tx or e.member_tx.number != m.number:
            e.member_tx.group = m.tx
            e.member_tx.number = <unsigned char>m.number
            e.member_tx.begun = False
            e.member_rx.group = m.rx
            e.member_rx.number = <unsigned char>m.number
            e.member_rx.have = -1
        group_attach_tx(m.tx, m.number, m.tx_shape, e)
        group_attach_rx(m.rx, m.number, m.rx_shape, e, f.frame)
    for i in range(f.run_count):
        group_attach_tx(f.runs[i].tx, 0, f.runs[i].tx_shape, f.runs[i].e1)
        group_attach_rx(f.runs[i].rx, 0, f.runs[i].rx_shape, f.runs[i].e1, f.frame)
    for i in range(f.line_count):
        line_carry(&f.lines[i], True)
        group_attach_tx(f.lines[i].tx, f.lines[i].number, f.lines[i].tx_shape, f.lines[i].line_rx)
        group_attach_rx(f.lines[i].rx, f.lines[i].number, f.lines[i].rx_shape, f.lines[i].line_rx, f.frame)

cdef inline void fabric_apply(Fabric *f, Fabric *before) noexcept nogil:
    """Have `f` in place of `before` (NULL: of nothing), between two times of receiving and transmitting."""
    if before != NULL:
        f.frame = before.frame
        f.looked = before.looked
        fabric_leave(before, f)
    fabric_enter(f)
