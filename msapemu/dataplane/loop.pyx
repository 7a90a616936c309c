# cython: language_level=3
"""The loop of a shelf's data plane: one tick after the other, without the GIL and without Python objects.

In a tick, in this order, so that an answer leaves in the tick in which the question came:
    receive the datagrams of all lines and put the frames together again (links.pxd, reassembly.pxd)
    look at the time: how many frames are due, how many may leave (clock.pxd), and which frames of the peers belong to
        them (timeline.pxd)
    parse what has come (the core): the lines, then the E1s that they and the E1 client ports bear (wire/fabric.pxd),
        and write the client frames that come out of it to their ports (ports.pxd)
    read the ports into the groups' queues, make the E1s, build the frames that leave (the core) and send them
    tell: events to the control thread (notices.pxd), counters to the status region (region.pxd)

The control thread speaks to the loop through three words only: a plan to take, a stop flag, and the notices.
"""
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset

from msapemu._framing cimport (
    e1s_apply, e1s_receive, e1s_transmit, line_apply, line_build, line_pace, line_parse, line_release, pdh_build,
    pdh_silent,
)
from msapemu.dataplane.batch cimport batch, batch_close, batch_open
from msapemu.dataplane.carrier cimport (
    LOOK_NS, carrier_give, carrier_wanted, client_is_up, client_told, path_state,
)
from msapemu.dataplane.clock cimport (
    Clock, Input, clock_look, clock_own, clock_rate, clock_set, clock_start, input_course, input_follow,
    input_limit,
)
from msapemu.dataplane.datagram cimport CLOSING, HEADER, HOLD, Datagram, datagram_emit
from msapemu.dataplane.e1port cimport E1Port, E1PortCounters, e1port_receive, e1port_send
from msapemu.dataplane.faults cimport (
    faults_errors, faults_pace, faults_parse, faults_parse_pdh, faults_set, faults_set_pdh, faults_silent,
)
from msapemu.dataplane.groups cimport GroupEntry, GroupStatus, group_know, group_status, group_transparent
from msapemu.dataplane.host cimport (
    POLLIN, pollfd, sys_load, sys_now_ns, sys_put, sys_real_time, sys_ring_bell, sys_sleep_until, sys_store, sys_take,
    sys_thread_cpu_ns, sys_wait_until,
)
from msapemu.dataplane.linetype cimport (
    LINE_E1, LINE_E2, LINE_E3, LINE_FE, LINE_G832, STM1_FRAME, LineType, datagram_octets, line_type,
)
from msapemu.dataplane.links cimport (
    NOTHING, UDP_BATCH, UDP_TRAIN, Change, Link, LinkCounters, link_close_hole, link_hear, link_make_room, link_send,
    link_start, link_take, link_tell, udp_drain_errors, udp_receive, udp_rx, udp_segment, udp_tx,
)
from msapemu.dataplane.netif cimport (
    NETIF_ATTACH, NETIF_BACK, NETIF_DEVICE, NETIF_NETNS, NETIF_SETTINGS, NETIF_WATCHED, netif_open, netif_result,
)
from msapemu.dataplane.notices cimport (
    CARRIER, CLIENT, DEFECT, E1_DEFECT, E1_PORT_DEFECT, LINK, LOST, MEMBER, NOTICE_ROOM, NO_TRAINS, PORT_GONE, SKIPPED,
    STEPPED, Notice, Notices, notice_commit, notice_reserve,
)
from msapemu.dataplane.plan cimport ClientEntry, LineEntry, MapChange, PlanTable
from msapemu.dataplane.ports cimport Port, PortCounters, port_checksum, port_discard, port_give, port_take
from msapemu.dataplane.reassembly cimport (
    Reassembly, Ring, frame_octets, reassembly_front, reassembly_move, reassembly_pop, reassembly_ready,
)
from msapemu.dataplane.region cimport region_begin, region_commit, region_put
from msapemu.dataplane.timeline cimport (
    MARGIN, TimeLine, course_ahead, course_limit, heard_anew, heard_learn, heard_take, time_of,
)
from msapemu.wire.au_rx cimport AuRx
from msapemu.wire.au_tx cimport AuTx
from msapemu.wire.g832 cimport G832Counters
from msapemu.wire.generate cimport Generator
from msapemu.wire.impair_errors cimport ErrorSource
from msapemu.wire.gfp_t_counters cimport GfpTCounters
from msapemu.wire.pointers cimport PointerRx
from msapemu.wire.group cimport group_counters
from msapemu.wire.p12 cimport P12Counters
from msapemu.wire.pdh_line cimport PdhCounters
from msapemu.wire.pdh_mux_rx cimport MuxCounters
from msapemu.wire.pw_rx cimport PwRxCounters
from msapemu.wire.queue cimport (
    FrameQueue, queue_commit, queue_free, queue_front, queue_init, queue_pop, queue_reserve,
)
from msapemu.wire.status cimport (
    ChannelCounters, Event, EventLog, GroupCounters, LineCounters, MemberRxStatus, MemberTxStatus,
)
from msapemu.wire.tu cimport TU12S, TUG3S

cdef enum:
    BURST = 64              # frames built an iteration: 8 ms of line, so that ports are served in between
    OUT = 256               # STM-1 frames that `out` has room for: 64 frames of STM-4, 16 of STM-16
    RUN = 32                # frames parsed before the client frames in them are written
    ROUNDS = 16             # receive calls a line and iteration
    PATIENCE_TICKS = 16     # for a hole that nothing newer has overtaken: the sender was held up between two datagrams
    NAP_NS = 50_000         # between two iterations of one tick: a shelf that is behind must not starve the machine
    SECOND_NS = 1_000_000_000
    TOLD_NS = 1_000_000_000     # between two notices of the same kind
    COUNTED_NS = 100_000_000    # between two counts of all pointers
    SCRATCH = 16384
    PRIORITY = 10           # of SCHED_FIFO

cdef struct LoopCounters:
    # uint64 only, copied into the status region as they are; LOOP_FIELDS in objects.pxi has the names
    uint64_t frame              # frames that have left
    uint64_t ticks
    uint64_t late_ticks         # woken more than a tick late
    uint64_t longest_late_us
    uint64_t iterations         # more than the ticks: a backlog was worked off
    uint64_t held_ticks         # nothing left, because an input had not come so far
    uint64_t holdover           # 1: line-timed, and the reference is silent
    uint64_t reference          # line it is timed by, slot << 16 | port; 0 none
    uint64_t skipped_frames     # given up: late for longer than is made up
    uint64_t rx_backlog         # frames received and not parsed, all lines
    uint64_t tx_backlog         # frames due that have not left
    uint64_t cpu_ns             # of the loop's thread; brought up to date a hundred times a second
    uint64_t generation         # of the plan in force
    uint64_t real_time          # bit 0 SCHED_FIFO, bit 1 memory locked
    uint64_t notices_dropped

cdef struct LoopState:
    Clock clock
    PlanTable *plan
    void *offered               # PlanTable *, put by the control thread
    uint64_t taken              # generation of the plan in force; read by the control thread
    uint64_t stop
    uint64_t running
    int bell                    # eventfd, rung for notices and taken plans
    bint notices_waiting
    uint64_t last_ns
    uint64_t counted_ns         # when the pointers were counted last
    uint64_t looked_ns          # when the clients were looked at last
    uint64_t told_skipped
    uint64_t told_skipped_ns
    LoopCounters counters
    Notices notices
    udp_rx *rx
    udp_tx *tx
    batch many                  # where the kernel has them: frames of a TAP by the batch
    uint8_t *out                # a burst of the fastest line
    uint8_t *scratch
    pollfd *fds
    int fd_count


# --- notices ---

cdef void tell(LoopState *s, int kind, int index, int code, uint64_t count, int obj=0) noexcept nogil:
    cdef Notice *n = notice_reserve(&s.notices)
    if n == NULL:
        return
    n.generation = s.plan.generation
    n.mono_ns = s.last_ns
    n.frame = s.clock.frame
    n.count = count
    n.kind = <uint16_t>kind
    n.index = <uint16_t>index
    n.object = <uint16_t>obj
    n.code = <uint8_t>code
    n.raised = 0
    notice_commit(&s.notices)
    s.notices_waiting = True


cdef void tell_defects(LoopState *s, EventLog *log, int kind, int index) noexcept nogil:
    cdef Notice *n
    cdef Event *event
    cdef uint32_t i
    for i in range(log.count):
        n = notice_reserve(&s.notices)
        if n == NULL:
            break
        event = &log.events[i]
        n.generation = s.plan.generation
        n.mono_ns = s.last_ns
        n.frame = event.frame
        n.count = 0
        n.kind = <uint16_t>kind
        n.index = <uint16_t>index
        n.object = event.object
        n.code = event.defect
        n.raised = event.raised
        notice_commit(&s.notices)
    if log.count:
        s.notices_waiting = True
        log.count = 0


cdef void tell_all_defects(LoopState *s) noexcept nogil:
    cdef int i
    for i in range(s.plan.line_count):
        tell_defects(s, s.plan.lines[i].events, DEFECT, i)
    tell_defects(s, s.plan.fabric.events, E1_DEFECT, 0)
    for i in range(s.plan.e1_port_count):
        tell_defects(s, &s.plan.e1_ports[i].events, E1_PORT_DEFECT, i)


cdef void tell_lost(LoopState *s, int index, uint64_t now) noexcept nogil:
    cdef Link *k = s.plan.lines[index].link
    if k.rx.lost_frames != k.lost_told and now - k.lost_told_ns >= TOLD_NS:
        tell(s, LOST, index, 0, k.rx.lost_frames - k.lost_told)
        k.lost_told = k.rx.lost_frames
        k.lost_told_ns = now


# --- receive ---

cdef void give_clients(LoopState *s) noexcept nogil:
    cdef ClientEntry *c
    cdef int i
    for i in range(s.plan.client_count):
        c = &s.plan.clients[i]
        if c.rx != NULL and c.rx.queue.frames:
            port_give(c.port, &c.rx.queue, &s.many)


cdef int64_t may_be_parsed(LoopState *s, Link *k) noexcept nogil:
    """Frames of a line that other lines send on. Their elastic stores hold so much beyond the frame that is built next,
    and no more; a backlog waits in the ring, and behind that in the socket."""
    return <int64_t>(k.input.course.frame + BURST + s.clock.jitter + MARGIN - k.rx.next)


cdef int messages_wanted(LineEntry *e) noexcept nogil:
    """How many messages of the socket find room in the ring for certain."""
    cdef Reassembly *r = &e.link.rx
    cdef uint64_t held = max(r.high, e.link.input.reached) - r.next
    # of a train: what is sent in one iteration at most
    cdef uint64_t frames = min(UDP_TRAIN * <uint64_t>r.ring.type.frames // r.ring.type.chunks, <uint64_t>BURST) + 2
    if not e.tied or not e.link.input.course.running:
        return UDP_BATCH
    if held >= r.ring.size:
        return 0
    return <int>min((r.ring.size - held) // frames, <uint64_t>UDP_BATCH)


cdef void deliver(LoopState *s, LineEntry *e, bint early) noexcept nogil:
    """Parse the frames that are there and whose time has come; `early`: one run of them, whatever the time."""
    cdef Link *k = e.link
    cdef uint8_t *octets
    cdef uint64_t n
    cdef int64_t ripe
    cdef bint backlog = early
    while True:
        n = reassembly_ready(&k.rx)
        if e.pdh_rx != NULL and e.tied and k.input.in_service and not k.input.anchored and not k.input.stuck:
            # the first frames of a session, before it is known which of them belong to now: the newest wait, and those
            # that the ring does not hold would only run the E1s' queues over
            if early and n:
                reassembly_pop(&k.rx, min(n, <uint64_t>RUN))
            return
        if e.tied and k.input.course.running and not early:
            ripe = may_be_parsed(s, k)
            if ripe <= 0:
                return
            n = min(n, <uint64_t>ripe)
        if k.faults.delay_frames and not early:
            if k.input.in_service and not k.input.anchored and not k.input.stuck:
                return
            ripe = <int64_t>s.clock.due - k.input.offset - <int64_t>k.faults.delay_frames - <int64_t>k.rx.next
            if ripe <= 0:
                return
            n = min(n, <uint64_t>ripe)
        if n == 0:
            return
        n = min(n, <uint64_t>RUN)
        octets = reassembly_front(&k.rx)
        if e.pdh_rx != NULL:
            faults_parse_pdh(&k.faults, e.pdh_rx, octets, n, frame_octets(&k.rx.ring))
        elif not e.looped:
            faults_parse(&k.faults, e.rx, octets, n, frame_octets(&k.rx.ring))
        reassembly_pop(&k.rx, n)
        k.heard = s.clock.due
        if e.pdh_rx != NULL and backlog:
            e1s_receive(s.plan.fabric)      # the E1s' queues do not hold a ring
        backlog = True
        give_clients(s)
        if early:
            return


cdef void take_datagram(LoopState *s, LineEntry *e, int index, const uint8_t *octets, uint64_t length, uint64_t now) \
        noexcept nogil:
    cdef Change change = NOTHING
    while not link_take(e.link, octets, length, now, &change):
        if reassembly_ready(&e.link.rx) == 0:
            link_make_room(e.link)
        deliver(s, e, True)
    if change != NOTHING:
        tell(s, LINK, index, change, e.link.session)


cdef bint receive(LoopState *s, int index, uint64_t now, uint64_t passed) noexcept nogil:
    """Take what the line's socket holds. True: more may wait there."""
    cdef LineEntry *e = &s.plan.lines[index]
    cdef Link *k = e.link
    cdef uint8_t *octets
    cdef uint64_t length, at, size
    cdef int i, n, most, _round
    cdef int error = k.send_error
    cdef bint heard = False
    cdef bint more = True
    cdef Change change
    k.send_error = 0
    k.full = False
    for _round in range(ROUNDS):
        most = messages_wanted(e)
        if most == 0:
            # others hold the shelf back: what waits in the socket is no silence, and no reason to look again soon
            k.full = heard = True
            more = False
            break
        n = udp_receive(k.fd, s.rx, most)
        if n < 0:
            error = -n
            udp_drain_errors(k.fd)
            continue
        for i in range(n):
            octets = s.rx.room[i]
            length = s.rx.message[i].msg_len
            size = udp_segment(s.rx, i)
            at = 0
            while at < length:
                take_datagram(s, e, index, octets + at, min(size, length - at), now)
                at += size
            heard = True
        if k.faults.delay_frames == 0:
            deliver(s, e, False)
        if n < most:
            more = False
            break
    change = link_hear(k, passed, heard, error)
    if change != NOTHING:
        tell(s, LINK, index, change, k.session)
    return more


cdef void settle(LoopState *s, int index, uint64_t now) noexcept nogil:
    """After the time has been looked at: frames of delayed lines, holes, and silence for the parser of a dead line."""
    cdef LineEntry *e = &s.plan.lines[index]
    cdef Link *k = e.link
    cdef uint64_t n
    if k.fd >= 0:
        deliver(s, e, False)
        if k.rx.high != k.rx.next:
            link_close_hole(k, now, PATIENCE_TICKS * s.plan.tick_ns)
            deliver(s, e, False)
        tell_lost(s, index, now)
    if k.los and k.rx.high == k.rx.next and s.clock.due > k.heard:
        n = s.clock.due - k.heard
        if e.pdh_rx != NULL:
            pdh_silent(e.pdh_rx, n)
        elif not e.looped:
            faults_silent(&k.faults, e.rx, n)
        k.heard = s.clock.due


cdef void receive_e1s(LoopState *s, uint64_t frames) noexcept nogil:
    """All lines have been parsed: what E1 client ports bring for the frames that leave now, and then all E1s."""
    cdef int i
    for i in range(s.plan.e1_port_count if frames else 0):
        e1port_receive(s.plan.e1_ports[i], s.rx, frames, s.clock.due - s.clock.frame - frames)
    e1s_receive(s.plan.fabric)
    if s.plan.fabric.group_count:
        give_clients(s)


# --- link state of clients ---

cdef void look_at_clients(LoopState *s, uint64_t now) noexcept nogil:
    """Who is there, who shall have carrier, and whom the far ends are told of."""
    cdef ClientEntry *c
    cdef bint up, on
    cdef int i
    for i in range(s.plan.client_count):
        c = &s.plan.clients[i]
        up = client_is_up(c.port)
        if up != (c.port.counters.client_up != 0):
            c.port.counters.client_up = up
            tell(s, CLIENT, i, not up, 0)
        on = True
        if c.group != NULL:
            client_told(c.port, c.tx, c.propagate and not up)
            if c.propagate:
                on = carrier_wanted(c.port, path_state(c.group, c.rx), now)
        if carrier_give(c.port, on):
            tell(s, CARRIER, i, not on, 0)


cdef void tell_members(LoopState *s) noexcept nogil:
    """LCAS: members whose states have changed."""
    cdef GroupEntry *g
    cdef int n, k, i
    for n in range(s.plan.group_count):
        g = &s.plan.groups[n]
        if not g.tx.lcas_mode:
            continue
        for k in range(g.count):
            i = g.numbers[k]
            if g.told_tx[i] != g.tx.member[i].state:
                g.told_tx[i] = <uint8_t>g.tx.member[i].state
                tell(s, MEMBER, n, g.told_tx[i], 0, i)
            if g.told_rx[i] != g.rx.member[i].state:
                g.told_rx[i] = <uint8_t>g.rx.member[i].state
                tell(s, MEMBER, n, g.told_rx[i], 1, i)


# --- transmit ---

cdef void take_clients(LoopState *s) noexcept nogil:
    cdef ClientEntry *c
    cdef int i
    cdef bint was_gone
    for i in range(s.plan.client_count):
        c = &s.plan.clients[i]
        was_gone = c.port.counters.gone != 0
        if c.tx != NULL:
            port_take(c.port, &c.tx.queue, &s.many)
        else:
            port_discard(c.port, s.scratch)
        if c.port.counters.gone and not was_gone:
            tell(s, PORT_GONE, i, 0, 0)


cdef void send(LoopState *s, uint64_t frames, uint64_t now) noexcept nogil:
    """Build and send the next `frames` frames of every line."""
    cdef LineEntry *e
    cdef double ahead, pace
    cdef int i, together
    cdef bint looped = False
    for i in range(s.plan.line_count):
        e = &s.plan.lines[i]
        if e.rx == NULL:
            continue
        if e.looped:
            line_pace(e.rx, <double>BURST, 1.0)         # the own frames of up to a burst ago
        elif e.link.input.course.running:
            ahead = max(course_ahead(&e.link.input.course, e.link.rx.next), 0.0)
            pace = e.link.input.course.pace
            faults_pace(&e.link.faults, &ahead, &pace)
            line_pace(e.rx, ahead, pace)
        else:
            line_pace(e.rx, 0.0, 1.0)
    e1s_transmit(s.plan.fabric, frames)
    for i in range(s.plan.line_count):
        e = &s.plan.lines[i]
        if e.dark:
            continue
        if e.pdh_tx != NULL:
            pdh_build(e.pdh_tx, s.out, frames)
        else:
            line_build(e.tx, s.out, frames)
        if e.looped:
            line_parse(e.rx, s.out, frames * frame_octets(&e.link.rx.ring))
            looped = True
        if e.link.fd < 0:
            continue
        together = e.link.together
        e.link.send_error = link_send(e.link, s.tx, s.clock.frame, s.out, frames, &s.clock.time, now)
        if together and not e.link.together:
            tell(s, NO_TRAINS, i, 0, <uint64_t>e.link.send_error)
            e.link.send_error = 0
    for i in range(s.plan.e1_port_count):
        e1port_send(s.plan.e1_ports[i], frames)
    s.clock.frame += frames
    if looped:
        give_clients(s)


cdef void tell_peers(LoopState *s, int kind, uint64_t now) noexcept nogil:
    cdef Link *k
    cdef int i
    for i in range(s.plan.line_count):
        k = s.plan.lines[i].link
        if k.fd >= 0:
            k.send_error = link_tell(k, s.tx, kind, s.clock.frame, &s.clock.time, now)


# --- status ---

cdef void count_pointers(LineEntry *e) noexcept nogil:
    cdef LinkCounters *k = &e.link.counters
    cdef AuRx *r
    cdef AuTx *t
    cdef int i, c
    if e.rx == NULL:
        return
    k.tu_increments = k.tu_decrements = k.tu_new_data = k.tx_increments = k.tx_decrements = k.tx_new_data = 0
    for i in range(e.rx.n):
        r = &e.rx.au[i]
        t = &e.tx.au[i]
        sent_pointers(k, &t.g)
        for c in range(TU12S):
            received_pointers(k, &r.vc12[c].trail.c.pointer)
            sent_pointers(k, &t.bank.vc12[c].g)
        for c in range(TUG3S):
            received_pointers(k, &r.vc3[c].trail.c.pointer)
            sent_pointers(k, &t.vc3[c].g)


cdef inline void received_pointers(LinkCounters *k, const PointerRx *p) noexcept nogil:
    k.tu_increments += p.increments
    k.tu_decrements += p.decrements
    k.tu_new_data += p.new_data


cdef inline void sent_pointers(LinkCounters *k, const Generator *g) noexcept nogil:
    k.tx_increments += g.increments
    k.tx_decrements += g.decrements
    k.tx_new_data += g.new_data


cdef inline void channel_sent(ChannelCounters *both, const ChannelCounters *tx) noexcept nogil:
    """The transmit half of a client's counters."""
    both.tx_client_frames = tx.tx_client_frames
    both.tx_client_octets = tx.tx_client_octets
    both.tx_dropped = tx.tx_dropped
    both.tx_csf_frames = tx.tx_csf_frames
    both.tx_dci_frames = tx.tx_dci_frames
    both.tx_fdi_frames = tx.tx_fdi_frames
    both.tx_rdi_frames = tx.tx_rdi_frames


cdef void link_counted(LoopState *s, Link *link) noexcept nogil:
    """Bring the link's counters up to date."""
    cdef LinkCounters *k = &link.counters
    k.lost_frames = link.rx.lost_frames
    k.silent = link.los
    k.delay_frames = link.faults.delay_frames
    k.bit_errors = faults_errors(&link.faults)
    k.tx_frame = s.clock.frame
    k.rx_frame = link.rx.next
    k.rx_backlog = link.rx.high - link.rx.next


cdef void report_pdh(LoopState *s) noexcept nogil:
    """PDH lines, their levels of multiplex, terminations of E1s, and E1 client ports."""
    cdef LineEntry *e
    cdef E1Port *port
    cdef PdhCounters line
    cdef MuxCounters mux
    cdef P12Counters e1
    cdef PwRxCounters packets
    cdef int i, k
    for i in range(s.plan.line_count):
        e = &s.plan.lines[i]
        if e.pdh_rx != NULL:
            line = e.pdh_rx.counters
            line.tx_frames = e.pdh_tx.counters.tx_frames
            region_put(&s.plan.region, &line, sizeof(PdhCounters))
            region_put(&s.plan.region, &e.pdh_rx.g832.counters, sizeof(G832Counters))
            region_put(&s.plan.region, &e.link.counters, sizeof(LinkCounters))
    for i in range(s.plan.line_count):
        e = &s.plan.lines[i]
        for k in range(e.levels):
            mux = e.pdh_rx.mux[k].counters
            mux.tx_frames = e.pdh_tx.mux[k].frames
            region_put(&s.plan.region, &mux, sizeof(MuxCounters))
    for i in range(s.plan.fabric.e1_count):
        e1 = s.plan.fabric.e1s[i].rx.counters
        e1.tx_frames = s.plan.fabric.e1s[i].tx.frame
        e1.slips = s.plan.fabric.e1s[i].slips
        region_put(&s.plan.region, &e1, sizeof(P12Counters))
    for i in range(s.plan.e1_port_count):
        port = s.plan.e1_ports[i]
        region_put(&s.plan.region, &port.counters, sizeof(E1PortCounters))
        if port.pw_rx != NULL:
            packets = port.pw_rx.counters
        else:
            memset(&packets, 0, sizeof(PwRxCounters))
        region_put(&s.plan.region, &packets, sizeof(PwRxCounters))


cdef void report(LoopState *s, uint64_t now) noexcept nogil:
    cdef LoopCounters *c = &s.counters
    cdef LineEntry *e
    cdef ClientEntry *client
    cdef ChannelCounters channel
    cdef GroupEntry *g
    cdef LineCounters line
    cdef GroupCounters group
    cdef GfpTCounters transparent
    cdef GroupStatus state
    cdef int i, m
    c.frame = s.clock.frame
    c.holdover = s.clock.holdover
    c.skipped_frames = s.clock.skipped
    c.tx_backlog = s.clock.due - s.clock.frame
    c.notices_dropped = s.notices.dropped
    c.rx_backlog = 0
    for i in range(s.plan.line_count):
        c.rx_backlog += s.plan.lines[i].link.rx.high - s.plan.lines[i].link.rx.next
    if now - s.counted_ns >= COUNTED_NS:
        s.counted_ns = now
        for i in range(s.plan.line_count):
            count_pointers(&s.plan.lines[i])
    region_begin(&s.plan.region)
    region_put(&s.plan.region, c, sizeof(LoopCounters))
    for i in range(s.plan.line_count):
        e = &s.plan.lines[i]
        link_counted(s, e.link)
        if e.rx == NULL:
            continue
        line = e.rx.counters
        line.tx_frames = e.tx.counters.tx_frames
        region_put(&s.plan.region, &line, sizeof(LineCounters))
        region_put(&s.plan.region, &e.link.counters, sizeof(LinkCounters))
    for i in range(s.plan.client_count):
        client = &s.plan.clients[i]
        if client.tx != NULL:
            channel = client.rx.counters
            channel_sent(&channel, &client.tx.counters)
        else:
            memset(&channel, 0, sizeof(ChannelCounters))
        region_put(&s.plan.region, &channel, sizeof(ChannelCounters))
        region_put(&s.plan.region, &client.port.counters, sizeof(PortCounters))
    for i in range(s.plan.group_count):
        g = &s.plan.groups[i]
        group = group_counters(g.tx, g.rx)
        region_put(&s.plan.region, &group, sizeof(GroupCounters))
        group_transparent(g, &transparent)
        region_put(&s.plan.region, &transparent, sizeof(GfpTCounters))
        group_status(g, &state)
        region_put(&s.plan.region, &state, sizeof(GroupStatus))
    for i in range(s.plan.group_count):
        g = &s.plan.groups[i]
        for m in range(g.count):
            region_put(&s.plan.region, &g.tx.status[g.numbers[m]], sizeof(MemberTxStatus))
            region_put(&s.plan.region, &g.rx.status[g.numbers[m]], sizeof(MemberRxStatus))
    report_pdh(s)
    region_commit(&s.plan.region, now)


# --- the loop ---

cdef void release_lines(const PlanTable *before, const PlanTable *p) noexcept nogil:
    """Lines that are not in the plan any more: their members leave the groups that go on."""
    cdef int i, k
    for i in range(before.line_count):
        if before.lines[i].tx == NULL:
            continue
        for k in range(p.line_count):
            if p.lines[k].tx == before.lines[i].tx:
                break
        else:
            line_release(before.lines[i].tx, before.lines[i].rx)


cdef void take_plan(LoopState *s, PlanTable *p, uint64_t now) noexcept nogil:
    """From here on this plan. What stands in both plans goes on as if nothing had happened."""
    cdef LineEntry *e
    cdef Link *k
    cdef int i, c
    if s.plan != NULL:
        release_lines(s.plan, p)
    e1s_apply(p.fabric, s.plan.fabric if s.plan != NULL else NULL)
    s.plan = p
    for i in range(p.group_count):
        group_know(&p.groups[i])
    for i in range(p.line_count):
        e = &p.lines[i]
        k = e.link
        for c in range(e.change_count):
            line_apply(e.tx, e.rx, e.changes[c].au, e.changes[c].tx, e.changes[c].rx)
        e.change_count = 0
        if k.rx.ring.octets != e.ring.octets:
            reassembly_move(&k.rx, e.ring)
        if e.new_faults:
            if k.faults.delay_frames != e.delay_frames:
                k.input.course.running = False      # another fibre
            if e.pdh_rx != NULL:
                faults_set_pdh(&k.faults, e.delay_frames, e.cut, &e.errors)
            else:
                faults_set(&k.faults, e.delay_frames, e.impair)
        if k.heard == 0:
            k.heard = s.clock.due
        s.fds[i].fd = k.fd
        s.fds[i].events = POLLIN
    s.fd_count = p.line_count
    clock_set(&s.clock, now, p.line_timed, p.rate, p.jitter)
    s.counters.reference = p.lines[p.reference].link.line if p.reference >= 0 else 0
    s.counters.generation = p.generation
    sys_store(&s.taken, p.generation)
    sys_ring_bell(s.bell)


cdef void look(LoopState *s, uint64_t now, uint64_t passed) noexcept nogil:
    """Move the clock on, and what it knows of the inputs."""
    cdef PlanTable *p = s.plan
    cdef Input *reference = NULL
    cdef Link *k
    cdef int64_t step
    cdef int i
    for i in range(p.line_count):
        heard_learn(&p.lines[i].link.input.heard)
    if p.reference >= 0:
        reference = &p.lines[p.reference].link.input
    clock_look(&s.clock, now, reference)
    for i in range(p.line_count):
        k = p.lines[i].link
        input_follow(&k.input, &s.clock, now, 0 if k.full else passed, i == p.reference)
        step = input_course(&k.input, &s.clock, k.faults.delay_frames)
        if step != 0:
            k.counters.time_steps += 1
            tell(s, STEPPED, i, 0, <uint64_t>step)


cdef uint64_t may_leave(LoopState *s) noexcept nogil:
    """How many frames may have left now, when what has come is parsed."""
    cdef LineEntry *e
    cdef uint64_t target = s.clock.due
    cdef int i
    for i in range(s.plan.line_count):
        e = &s.plan.lines[i]
        target = input_limit(&e.link.input, &s.clock, target)
        if e.tied and not e.looped and e.link.input.course.running:
            target = min(target, s.clock.frame + course_limit(&e.link.input.course, e.link.rx.next))
    return target


cdef void tick(LoopState *s, uint64_t now, bint first, bint *again, bint *waits) noexcept nogil:
    """One iteration; `first` of its tick. `again`: work is left. `waits`: behind, and only an input can change it."""
    cdef uint64_t passed = min(now - s.last_ns, 2 * s.plan.tick_ns)
    cdef uint64_t target, frames
    cdef int i
    cdef bint more = False
    s.last_ns = now
    for i in range(s.plan.line_count):
        if s.plan.lines[i].link.fd >= 0 and receive(s, i, now, passed):
            more = True
    look(s, now, passed)
    for i in range(s.plan.line_count):
        settle(s, i, now)
    if now - s.looked_ns >= LOOK_NS:
        s.looked_ns = now
        s.counters.cpu_ns = sys_thread_cpu_ns()     # a system call
        look_at_clients(s, now)
        tell_members(s)
    target = may_leave(s)
    frames = min(target - s.clock.frame, <uint64_t>s.plan.burst)
    receive_e1s(s, frames)
    if frames:
        take_clients(s)
        send(s, frames, now)
    elif first:
        s.counters.held_ticks += 1
        tell_peers(s, HOLD, now)
    if s.clock.skipped != s.told_skipped and now - s.told_skipped_ns >= TOLD_NS:
        tell(s, SKIPPED, 0, 0, s.clock.skipped - s.told_skipped)
        s.told_skipped = s.clock.skipped
        s.told_skipped_ns = now
    tell_all_defects(s)
    report(s, now)
    if s.notices_waiting:
        s.notices_waiting = False
        sys_ring_bell(s.bell)
    again[0] = more or s.clock.frame < target
    waits[0] = target < s.clock.due or clock_own(&s.clock, now) > s.clock.frame + s.clock.jitter


cdef void run_loop(LoopState *s) noexcept nogil:
    cdef uint64_t now = sys_now_ns()
    cdef uint64_t next_ns = now
    cdef uint64_t late
    cdef void *offered
    cdef bint first = True
    cdef bint again = False
    cdef bint waits = False
    cdef int i, _i
    s.counters.real_time = sys_real_time(PRIORITY)
    s.last_ns = now
    offered = sys_take(&s.offered)
    clock_start(&s.clock, now, (<PlanTable *>offered).rate, (<PlanTable *>offered).oscillator)
    take_plan(s, <PlanTable *>offered, now)
    sys_store(&s.running, 1)
    while not sys_load(&s.stop):
        now = sys_now_ns()
        first = now >= next_ns
        if first:
            s.counters.ticks += 1
            late = now - next_ns
            if late > s.plan.tick_ns:
                s.counters.late_ticks += 1
            if late // 1000 > s.counters.longest_late_us:
                s.counters.longest_late_us = late // 1000
            offered = sys_take(&s.offered)
            if offered != NULL:
                take_plan(s, <PlanTable *>offered, now)
            next_ns += s.plan.tick_ns
            if next_ns <= now:
                next_ns += (now - next_ns) // s.plan.tick_ns * s.plan.tick_ns + s.plan.tick_ns
        s.counters.iterations += 1
        tick(s, now, first, &again, &waits)
        if not again and not waits:
            sys_sleep_until(next_ns)
            continue
        now = sys_now_ns()
        if now + NAP_NS >= next_ns:
            # even when this tick is over: nobody else runs while a SCHED_FIFO thread does not sleep
            sys_sleep_until(max(next_ns, now + NAP_NS))
            continue
        sys_sleep_until(now + NAP_NS)
        if not again:
            for i in range(s.plan.line_count):      # a negative one is passed over
                s.fds[i].fd = -1 if s.plan.lines[i].link.full else s.plan.lines[i].link.fd
            sys_wait_until(s.fds, s.fd_count, next_ns)
    now = sys_now_ns()
    for _i in range(3):     # a datagram may be lost
        tell_peers(s, CLOSING, now)
    sys_store(&s.running, 0)


include "e1ports.pxi"
include "objects.pxi"
include "probes.pxi"
