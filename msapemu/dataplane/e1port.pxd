# cython: language_level=3
"""Client ports that are an E1, and what is plugged in there.

    PACKETS     a pseudowire over UDP: SAToP, CESoPSN
    STREAM      a Unix socket: the bits as octets, first bit highest, 32 octets in 125 us of the shelf's time
    FILES       the same, read and written; at the end of the file there is no signal
    NOTHING     no signal

In an iteration of the loop, for the frames that leave in it: `e1port_receive` before anybody looks at the E1s, and
`e1port_send` when all of them are made. A line of rate e1 that goes over SAToP is such a port too.
"""
from libc.errno cimport EAGAIN
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memmove, memset

from msapemu.dataplane.links cimport UDP_BATCH, udp_drain_errors, udp_receive, udp_rx
from msapemu.wire.bearer cimport E1_OCTETS
from msapemu.wire.bitqueue cimport BitQueue, bits_get, bits_put, bits_room, bits_waiting
from msapemu.wire.pseudowire cimport pseudowire_next
from msapemu.wire.pw_rx cimport PwRx, pw_play, pw_take
from msapemu.wire.pw_tx cimport PwTx, pw_pass
from msapemu.wire.status cimport LOS, OBJ_LINE, EventLog, defect_put, defects_tell

cdef extern from "e1port.h" nogil:
    long e1_read(int fd, uint8_t *room, uint64_t octets)
    long e1_write(int fd, bint is_socket, const uint8_t *octets, uint64_t count)
    int e1_datagram(int fd, const uint8_t *octets, uint64_t count)
    int e1_exchange(int *slot, int fd)
    int e1_peek(const int *slot)
    void e1_store(int *slot, int fd)

cdef enum E1PortKind:
    E1PORT_NOTHING = 0
    E1PORT_PACKETS = 1
    E1PORT_STREAM = 2
    E1PORT_FILES = 3

cdef enum:
    NOBODY = -1                 # a descriptor
    E1PORT_RUN = 2048           # octets moved at a time: 64 frames
    E1PORT_CALLS = 64           # receive calls an iteration: 1024 datagrams

cdef struct E1PortCounters:
    # uint64 only
    uint64_t rx_octets          # of the E1, from the end
    uint64_t rx_filled          # ones, because the end gave too little
    uint64_t tx_octets
    uint64_t tx_dropped         # octets that the end did not take
    uint64_t rx_datagrams
    uint64_t tx_datagrams
    uint64_t tx_refused         # datagrams that the kernel did not take
    uint64_t connections        # clients of a STREAM so far
    uint64_t defects            # bit mask

cdef struct E1Port:
    E1PortCounters counters
    EventLog events
    E1PortKind kind
    int fd                      # what comes, and what leaves but to a file; NOBODY
    int out                     # FILES: what is written
    int offered                 # a client, put by the control thread
    int done                    # one that has gone, taken by the control thread
    int los                     # there is no signal
    BitQueue *rx                # of the bearer
    BitQueue *tx
    PwRx *pw_rx
    PwTx *pw_tx
    uint64_t told               # defects
    uint8_t kept[2048]          # octets that the end has not taken yet
    uint64_t kept_octets

# ---------------------------------------------------------------- receive

cdef inline void e1port_ones(E1Port *p, uint64_t octets) noexcept nogil:
    cdef uint8_t ones[32]
    cdef uint64_t n
    memset(ones, 0xff, E1_OCTETS)
    while octets:
        n = min(octets, <uint64_t>E1_OCTETS)
        octets -= n
        e1port_put(p, ones, n)

cdef inline void e1port_put(E1Port *p, const uint8_t *octets, uint64_t n) noexcept nogil:
    if bits_room(p.rx) < 8 * n:
        p.rx.overflows += 1
        return
    bits_put(p.rx, octets, n)

cdef inline void e1port_let_go(E1Port *p) noexcept nogil:
    """The client of a STREAM has gone."""
    if p.kind == E1PORT_STREAM and p.fd != NOBODY:
        p.kept_octets = 0
        e1_store(&p.done, p.fd)
        p.fd = NOBODY

cdef inline void e1port_meet(E1Port *p) noexcept nogil:
    """Somebody may have come."""
    if p.fd == NOBODY and e1_peek(&p.offered) != NOBODY:
        p.fd = e1_exchange(&p.offered, NOBODY)
        p.counters.connections += 1

cdef inline void e1port_read(E1Port *p, uint64_t octets) noexcept nogil:
    """So many octets of what the end gives. What it does not give is ones; when it has ended there is no signal."""
    cdef uint8_t room[2048]
    cdef uint64_t left = octets
    cdef long n = -EAGAIN
    while left and p.fd != NOBODY:
        n = e1_read(p.fd, room, min(left, <uint64_t>E1PORT_RUN))
        if n <= 0:
            break
        e1port_put(p, room, n)
        p.counters.rx_octets += n
        left -= n
    if p.fd != NOBODY and n <= 0 and n != -EAGAIN:
        if p.kind == E1PORT_STREAM:
            e1port_let_go(p)
        else:
            p.fd = NOBODY
    p.los = p.fd == NOBODY
    if left and not p.los:
        p.counters.rx_filled += left
    e1port_ones(p, left)

cdef inline void e1port_hear(E1Port *p, udp_rx *rx) noexcept nogil:
    """All datagrams that have come."""
    cdef int i, n, _call
    for _call in range(E1PORT_CALLS):
        n = udp_receive(p.fd, rx, UDP_BATCH)
        if n < 0:
            udp_drain_errors(p.fd)
            continue
        for i in range(n):
            pw_take(p.pw_rx, rx.room[i], rx.message[i].msg_len)
        p.counters.rx_datagrams += n
        if n < UDP_BATCH:
            return

cdef inline void e1port_receive(E1Port *p, udp_rx *rx, uint64_t frames, uint64_t behind) noexcept nogil:
    """What has come of the E1 in so many times 125 us. `behind`: frames that are due beyond these already."""
    if frames == 0:
        return
    if p.kind == E1PORT_PACKETS:
        e1port_hear(p, rx)
        pw_play(p.pw_rx, p.rx, frames, behind)
        p.counters.defects = p.pw_rx.counters.defects
        p.counters.rx_octets = p.pw_rx.counters.bits >> 3
        p.counters.rx_filled = p.pw_rx.counters.filled >> 3
    else:
        if p.kind == E1PORT_STREAM:
            e1port_meet(p)
        e1port_read(p, E1_OCTETS * frames)
        defect_put(&p.counters.defects, LOS, p.los)
    defects_tell(&p.told, p.counters.defects, &p.events, OBJ_LINE)
    p.events.frame += frames

# ---------------------------------------------------------------- send

cdef inline void e1port_write(E1Port *p, int fd, const uint8_t *octets, uint64_t n) noexcept nogil:
    """Octets to the end. Those that do not fit are kept, and until all these are gone others are dropped: a reader
    finds whole frames missing, not parts of them."""
    cdef bint is_socket = p.kind == E1PORT_STREAM
    cdef long taken
    if p.kept_octets:
        taken = e1_write(fd, is_socket, p.kept, p.kept_octets)
        if taken > 0:
            p.kept_octets -= taken
            memmove(p.kept, p.kept + taken, p.kept_octets)
            p.counters.tx_octets += taken
    if p.kept_octets:
        p.counters.tx_dropped += n
        return
    taken = e1_write(fd, is_socket, octets, n)
    if taken < 0 and taken != -EAGAIN:
        p.counters.tx_dropped += n
        e1port_let_go(p)
        return
    taken = max(taken, <long>0)
    p.counters.tx_octets += taken
    p.kept_octets = n - taken
    if taken == 0:
        p.kept_octets = 0
        p.counters.tx_dropped += n
    memmove(p.kept, octets + taken, p.kept_octets)

cdef inline void e1port_stream(E1Port *p, uint64_t octets) noexcept nogil:
    """So many octets of what the E1 has, and ones behind them."""
    cdef uint8_t room[2048]
    cdef uint64_t n, whole
    cdef int fd = p.out if p.kind == E1PORT_FILES else p.fd
    while octets:
        n = min(octets, <uint64_t>E1PORT_RUN)
        octets -= n
        whole = min(n, bits_waiting(p.tx) >> 3)
        bits_get(p.tx, room, whole)
        memset(room + whole, 0xff, n - whole)
        p.tx.underflows += whole < n
        if fd != NOBODY:
            e1port_write(p, fd, room, n)

cdef inline void e1port_send(E1Port *p, uint64_t frames) noexcept nogil:
    """What has been made of the E1 in so many times 125 us, to the end."""
    cdef uint32_t octets
    if p.kind != E1PORT_PACKETS:
        e1port_stream(p, E1_OCTETS * frames)
        return
    pw_pass(p.pw_tx, frames)
    octets = pseudowire_next(p.pw_tx, p.tx)
    while octets:
        if e1_datagram(p.fd, p.pw_tx.packet, octets):
            p.counters.tx_refused += 1
        else:
            p.counters.tx_datagrams += 1
        octets = pseudowire_next(p.pw_tx, p.tx)
    p.counters.tx_octets = p.pw_tx.bits >> 3
