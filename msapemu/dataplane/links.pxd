# cython: language_level=3
"""A line's link over UDP: what datagrams mean, loss of signal, and the sending of a tick's frames.

`link_take` and `link_hear` know no socket: a datagram, an error or the time is an argument. LOS comes at once when the
peer says that it closes or is not there (ECONNREFUSED), else when nothing at all was heard for the silence limit.
The time in which the own loop did not run does not count: the caller gives the time passed, cut to what a tick takes.
"""
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memset

from msapemu.dataplane.clock cimport Input
from msapemu.dataplane.datagram cimport CLOSING, FRAMES, HEADER, HOLD, Datagram, datagram_emit, datagram_parse
from msapemu.dataplane.faults cimport Faults
from msapemu.dataplane.linetype cimport LineType
from msapemu.dataplane.timeline cimport TimeLine, heard_anew, heard_take, time_of
from msapemu.dataplane.reassembly cimport (
    FULL, LATE, REORDER, Reassembly,
    reassembly_give_up, reassembly_hole_end, reassembly_place, reassembly_place_frames, reassembly_ready,
    reassembly_start,
)

cdef extern from "udp.h" nogil:
    enum:
        UDP_BATCH
        UDP_TRAIN
    struct iovec:
        void *iov_base
    struct msghdr:
        int msg_flags
    struct mmsghdr:
        msghdr msg_hdr
        unsigned int msg_len
    struct udp_rx:
        mmsghdr *message
        uint8_t **room
    struct udp_tx:
        iovec *vector
        uint8_t **header
    int udp_receive(int fd, udp_rx *rx, int most)
    uint32_t udp_segment(udp_rx *rx, int i)
    int udp_send(int fd, udp_tx *tx, int count, int octets, int last, int *together, int *error)
    void udp_drain_errors(int fd)
    bint udp_unreachable(int error)

cdef enum:
    FILL = 2000             # frames (250 ms); a longer hole is skipped, not filled with zeros

cdef enum Change:
    # what happened to the line, for the log; the names are in names.py, in this order
    NOTHING = 0
    SESSION = 1             # a peer has started to send
    RETURNED = 2            # the same peer is heard again
    CLOSED = 3              # the peer said that it stops
    REFUSED = 4             # nobody there, or no way there
    SILENT = 5              # nothing heard for the silence limit

cdef struct LinkCounters:
    # uint64 only, copied into the status region as they are
    uint64_t rx_datagrams
    uint64_t tx_datagrams
    uint64_t lost_frames        # not or not wholly received
    uint64_t late_datagrams     # late or duplicate
    uint64_t foreign_datagrams  # another version, another line type, wrong length, truncated
    uint64_t tx_dropped         # datagrams that the kernel did not take
    uint64_t sessions           # starts of the peer seen
    uint64_t los                # entries
    uint64_t silent             # 1 while no signal comes
    uint64_t delay_frames       # impairment
    uint64_t bit_errors         # impairment: bits flipped
    uint64_t tx_frame           # own number of the next frame to leave
    uint64_t rx_frame           # peer's number of the next frame to be parsed
    uint64_t rx_backlog         # frames received that wait for their time or for what is missing
    # pointers of TU-12s and TU-3s received, and of AU-4s, TU-12s and TU-3s sent; brought up to date ten times a second
    uint64_t tu_increments
    uint64_t tu_decrements
    uint64_t tu_new_data
    uint64_t tx_increments
    uint64_t tx_decrements
    uint64_t tx_new_data
    uint64_t time_steps         # how often the virtual time of the line was set anew (timeline.pxd)
    uint64_t transit_ns         # sender's clock to ours, of the newest datagram: a delay on one host only

cdef struct Link:
    int fd                      # -1: nothing plugged in
    int together                # UDP_SEGMENT works
    int send_error              # errno of the last send
    uint32_t line               # slot << 16 | port
    uint32_t own_session        # what the peer knows us by on this link
    uint64_t limit_ns           # silence limit
    # receive
    bint los
    bint resync                 # the next frame starts a new count
    bint full                   # the socket was not looked at: there is no room in the ring
    uint32_t session            # the peer's; 0 none yet
    uint32_t closed             # the session that said it stops
    uint64_t quiet_ns           # since the last datagram
    uint64_t hole_ns            # when the hole at the front was first seen; 0 none
    uint64_t hole_at
    uint64_t wanted             # the frame that the ring had no place for
    uint64_t sent               # the peer says that it has sent all frames before this one
    uint64_t heard              # own frame up to which the parser has had octets or silence
    Reassembly rx
    Input input
    Faults faults
    LinkCounters counters
    uint64_t lost_told          # lost frames that the log knows of
    uint64_t lost_told_ns


cdef inline Change link_lose(Link *k, Change why) noexcept nogil:
    """No signal from now on."""
    if k.los:
        return NOTHING
    k.los = k.resync = True
    k.input.in_service = False
    k.counters.los += 1
    reassembly_give_up(&k.rx, k.rx.high)    # what has not come will not come
    return why


cdef inline void link_start(Link *k) noexcept nogil:
    """A link that nothing has been heard on. `fd`, `line`, `limit_ns` and the ring are set by the caller."""
    k.together = 1
    k.full = False
    k.send_error = 0
    k.los = k.resync = True
    k.session = k.closed = 0
    k.quiet_ns = k.hole_ns = k.hole_at = k.sent = k.wanted = 0
    memset(&k.input, 0, sizeof(Input))
    memset(&k.counters, 0, sizeof(LinkCounters))
    k.lost_told = k.lost_told_ns = k.heard = 0
    k.rx.lost_frames = 0
    reassembly_start(&k.rx, 0)


cdef inline bint link_take(Link *k, const uint8_t *octets, uint64_t length, uint64_t now_ns, Change *change) \
        noexcept nogil:
    """One datagram. False: the ring is full; take frames out (`link_make_room`) and give the datagram again.
    `change` is set when the line has come or gone with it, else left alone."""
    cdef Datagram d
    cdef int placed
    cdef const LineType *t = &k.rx.ring.type
    cdef uint64_t frames = 1
    if not datagram_parse(&d, octets, length, t):
        k.counters.foreign_datagrams += 1
        return True
    if d.session == k.closed:
        k.counters.late_datagrams += 1
        return True
    if d.kind == CLOSING:
        if d.session == k.session:
            k.closed = d.session
            change[0] = link_lose(k, CLOSED)
        return True
    if d.session != k.session:
        if d.kind == HOLD:
            return True
        k.session = d.session
        k.counters.sessions += 1
        k.input.in_service = False
        k.resync = True
        change[0] = SESSION
    elif k.los and d.kind == FRAMES:
        change[0] = RETURNED
    if d.kind == HOLD:
        k.quiet_ns = 0
        k.counters.rx_datagrams += 1
        if not k.resync and d.frame > k.rx.high and d.frame - k.rx.next <= k.rx.ring.size:
            # the end of the last train was lost: nothing newer would show it
            k.rx.high = k.sent = d.frame
        return True
    if k.resync:
        reassembly_start(&k.rx, d.frame + (d.offset != 0))
        k.sent = 0
        k.resync = False
        k.los = False
        k.input.in_service = True
        k.input.anchored = False
        k.input.reached = k.rx.next
        heard_anew(&k.input.heard)
    elif d.frame >= k.rx.next and d.frame - k.rx.next > FILL + k.rx.ring.size:
        k.rx.lost_frames += d.frame - k.rx.next
        reassembly_start(&k.rx, d.frame)
    if t.chunks > 1:
        placed = reassembly_place(&k.rx, d.frame, d.offset // t.chunk, octets + HEADER)
    else:
        frames = d.count // t.frame
        placed = reassembly_place_frames(&k.rx, d.frame, frames, octets + HEADER)
    if placed == FULL:
        k.wanted = d.frame + frames - 1
        return False
    k.counters.rx_datagrams += 1
    k.quiet_ns = 0
    if placed == LATE:
        k.counters.late_datagrams += 1
        return True
    if d.frame + frames > k.input.reached:
        k.input.reached = d.frame + frames
        heard_take(&k.input.heard, d.frame, d.virtual_ns, d.oscillator)
        k.counters.transit_ns = now_ns - d.time_ns
    return True


cdef inline void link_make_room(Link *k) noexcept nogil:
    """`link_take` has found no place, and nothing can be taken out: stop waiting for what is missing at the front."""
    cdef uint64_t to = reassembly_hole_end(&k.rx)
    if to == k.rx.high:
        to = min(k.rx.next + k.rx.ring.size, k.wanted - k.rx.ring.size + 1)
    reassembly_give_up(&k.rx, to)


cdef inline void link_close_hole(Link *k, uint64_t now_ns, uint64_t patience_ns) noexcept nogil:
    """Stop waiting for missing chunks that newer ones have overtaken by REORDER frames or for `patience_ns`."""
    if k.rx.high == k.rx.next or reassembly_ready(&k.rx) > 0:
        k.hole_ns = 0
        return
    if k.hole_ns == 0 or k.hole_at != k.rx.next:
        k.hole_ns = now_ns
        k.hole_at = k.rx.next
    if k.rx.high - k.rx.next > REORDER or k.rx.next < k.sent or now_ns - k.hole_ns >= patience_ns:
        reassembly_give_up(&k.rx, reassembly_hole_end(&k.rx))
        k.hole_ns = 0


cdef inline Change link_hear(Link *k, uint64_t passed_ns, bint heard, int error) noexcept nogil:
    """The end of a look at the socket: `error` an errno (0: none), `heard` whether datagrams came, `passed_ns` of the
    loop's own time since the last look."""
    if not heard:
        k.quiet_ns += passed_ns
    if error and udp_unreachable(error) and not heard:
        return link_lose(k, REFUSED)
    if k.quiet_ns >= k.limit_ns:
        return link_lose(k, SILENT)
    return NOTHING


cdef inline void link_emit(Link *k, udp_tx *tx, int n, int octets, int last, int *error) noexcept nogil:
    """Send the train of `n` datagrams made ready in `tx`, of so many octets of the line each, the last of `last`."""
    cdef int failed = udp_send(k.fd, tx, n, octets, last, &k.together, error)
    k.counters.tx_datagrams += n - failed
    k.counters.tx_dropped += failed


cdef inline int link_send(Link *k, udp_tx *tx, uint64_t first, uint8_t *octets, uint64_t frames, const TimeLine *time,
                          uint64_t now_ns) noexcept nogil:
    """Send `frames` frames, the first with number `first`; `time` says at which virtual times. 0, or the errno of the
    last failure."""
    cdef const LineType *t = &k.rx.ring.type
    cdef Datagram d
    cdef uint64_t frame = 0
    cdef int n = 0
    cdef int error = 0
    cdef int full = <int>(t.frames * t.chunk)
    d.kind = FRAMES
    d.type = <uint16_t>t.code
    d.session = k.own_session
    d.line = k.line
    d.oscillator = time.oscillator
    d.time_ns = now_ns
    d.offset = 0
    while frame < frames:
        d.frame = first + frame
        d.virtual_ns = time_of(time, d.frame)
        d.count = <uint32_t>min(<uint64_t>t.frames, frames - frame) * t.chunk
        datagram_emit(&d, tx.header[n])
        tx.vector[2 * n + 1].iov_base = octets
        octets += d.count
        n += 1
        if t.chunks == 1:
            frame += t.frames
        else:
            d.offset += t.chunk
            if d.offset == t.frame:
                d.offset = 0
                frame += 1
        if n == UDP_TRAIN:
            link_emit(k, tx, n, full, <int>d.count, &error)
            n = 0
    if n:
        link_emit(k, tx, n, full, <int>d.count, &error)
    return error


cdef inline int link_tell(Link *k, udp_tx *tx, int kind, uint64_t frame, const TimeLine *time, uint64_t now_ns) \
        noexcept nogil:
    """Send a hold or a closing datagram."""
    cdef Datagram d
    cdef int error = 0
    d.kind = kind
    d.type = <uint16_t>k.rx.ring.type.code
    d.session = k.own_session
    d.line = k.line
    d.frame = frame
    d.offset = d.count = 0
    d.oscillator = time.oscillator
    d.time_ns = now_ns
    d.virtual_ns = time_of(time, frame)
    datagram_emit(&d, tx.header[0])
    tx.vector[1].iov_base = NULL
    link_emit(k, tx, 1, 0, 0, &error)
    return error
