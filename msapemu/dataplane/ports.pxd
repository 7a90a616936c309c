# cython: language_level=3
"""Client ports: Ethernet frames between an interface of the host and the queues of a group.

A frame is read straight into the queue and written straight out of it. What does not fit in the queue stays in the
kernel, whose queue is long; what comes for a port without a circuit is thrown away, so that nothing stale waits there.
Of a TAP on which much goes on, many frames go in one system call (batch.h): the same frames, counted in the same way.
"""
from libc.errno cimport EAGAIN, EBADFD, EINTR, ENETDOWN, ENODEV, ENXIO, EOPNOTSUPP
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from msapemu.dataplane.batch cimport BATCH, BATCH_ROOM, batch, batch_read, batch_run, batch_write
from msapemu.wire.queue cimport FrameQueue, queue_commit, queue_front, queue_pop, queue_reserve

cdef extern from "ports.h" nogil:
    enum:
        PORT_OVERSIZE
    long port_length(long n, uint32_t longest)
    long port_read(int fd, int nic, uint8_t *room, uint32_t longest)
    void port_checksum(uint8_t *frame, uint32_t length, uint32_t start, uint32_t at)
    int port_write(int fd, int nic, const uint8_t *frame, uint32_t length)

cdef enum:
    UNMAPPED = 64           # frames thrown away a tick from a port without a circuit
    FEW = 4                 # frames; fewer go one by one
    SOME = 8                # frames read at once beyond those that were expected

cdef struct PortCounters:
    # uint64 only, copied into the status region as they are
    uint64_t tap_rx_frames      # host -> line
    uint64_t tap_rx_octets
    uint64_t tap_tx_frames      # line -> host
    uint64_t tap_tx_octets
    uint64_t tap_tx_dropped     # the host did not take them (interface down)
    uint64_t oversize           # longer than the port takes, or large segments that the sender left to hardware
    uint64_t unmapped           # thrown away: no circuit
    uint64_t gone               # 1: the interface is not there any more
    uint64_t queue_frames       # waiting for the line
    uint64_t queue_octets
    uint64_t client_up          # 1: the client is there (carrier.pxd)
    uint64_t carrier            # 1: it has carrier from us
    uint64_t csf_sent           # 1: the far end is told that it is not there

cdef struct Port:
    int fd
    int nic                     # a packet socket, not a TAP
    int control                 # a socket in the namespace of the interface
    int watched                 # number of the interface whose state is the client's
    bint own_carrier            # it is the TAP: its carrier is ours to set
    uint64_t failed_ns          # since when the path has failed; 0 it has not
    uint32_t longest            # octets of the longest frame it takes
    uint64_t expected           # frames that were read at a time lately
    PortCounters counters


cdef inline bint port_gone(Port *p, long error) noexcept nogil:
    """An error that says that the interface has gone? (A NIC that is only down says ENETDOWN, a TAP EIO.)"""
    if error == -EBADFD or error == -ENODEV or error == -ENXIO:
        p.counters.gone = 1
        return True
    return False


cdef inline bint port_taken(Port *p, FrameQueue *queue, long n, const uint8_t *frame) noexcept nogil:
    """A read has given `n` (ports.h), and the frame stands at `frame`, or in the room that the queue has reserved
    (NULL). False: no more now."""
    if n > 0:
        if frame != NULL:
            memcpy(queue_reserve(queue, <uint32_t>n), frame, n)
        queue_commit(queue, <uint32_t>n)
        p.counters.tap_rx_frames += 1
        p.counters.tap_rx_octets += n
    elif n == PORT_OVERSIZE:
        p.counters.oversize += 1
    elif n < 0 and n != -EINTR:
        port_gone(p, n)
        return False
    return True


cdef inline int frames_that_fit(const FrameQueue *queue, uint32_t longest) noexcept nogil:
    """How many frames of at most `longest` octets `queue_reserve` gives room to, one after the other, for certain."""
    cdef uint64_t record = longest + 4 + 7
    cdef uint64_t room = (queue.size - (queue.tail - queue.head)) // record     # a record may be lost at the end
    if queue.octets >= queue.limit or room < 2:
        return 0
    return <int>min(min(room - 1, (queue.limit - 1 - queue.octets) // longest + 1), <uint64_t>BATCH)


cdef inline bint port_take_batch(Port *p, FrameQueue *queue, batch *b, int count) noexcept nogil:
    """Read `count` frames or as many as wait. False: no more now."""
    cdef uint32_t stride = (p.longest + 1 + 7) & ~<uint32_t>7
    cdef bint more = True
    cdef int i
    for i in range(count):
        batch_read(b, p.fd, b.room + i * stride, p.longest + 1)
    batch_run(b)
    if b.result[0] == -EOPNOTSUPP:
        return True
    for i in range(count):      # one may have come after a read that found none
        if not port_taken(p, queue, port_length(b.result[i], p.longest + 1), b.room + i * stride):
            more = False
    return more


cdef inline void port_take(Port *p, FrameQueue *queue, batch *b) noexcept nogil:
    """Read frames into `queue` until none waits or the queue is full: one, and when there is one, batches of as many as
    are to be expected."""
    cdef uint64_t before = p.counters.tap_rx_frames
    cdef uint64_t expected = 0
    cdef uint64_t got = 0
    cdef uint8_t *room
    cdef int count
    cdef bint more = True
    if queue.frames == 0:
        queue.head = queue.tail = 0     # the same octets again, which are in the cache
    while more and not p.counters.gone:
        room = queue_reserve(queue, p.longest + 1)
        if room == NULL:
            break
        count = 0
        if expected >= FEW and b.ring >= 0 and not p.nic:
            count = frames_that_fit(queue, p.longest + 1)
            count = <int>min(min(<uint64_t>count, expected), <uint64_t>(BATCH_ROOM // (p.longest + 8)))
        if count >= FEW:
            more = port_take_batch(p, queue, b, count)
            expected -= count
        else:
            more = port_taken(p, queue, port_read(p.fd, p.nic, room, p.longest + 1), NULL)
            got = p.counters.tap_rx_frames - before
            if got == 1:
                expected = p.expected
            elif got >= FEW:
                expected = max(got // 2, <uint64_t>SOME)
    got = p.counters.tap_rx_frames - before
    p.expected = max(got, p.expected // 2)      # bursts come and go
    p.counters.queue_frames = queue.frames
    p.counters.queue_octets = queue.octets


cdef inline void port_discard(Port *p, uint8_t *scratch) noexcept nogil:
    """No circuit: throw away what waits, a bounded number a tick."""
    cdef int _i
    cdef long n
    if p.counters.gone:
        return
    for _i in range(UNMAPPED):
        n = port_read(p.fd, p.nic, scratch, p.longest + 1)
        if n < 0 and n != PORT_OVERSIZE:
            port_gone(p, n)
            return
        p.counters.unmapped += 1


cdef inline void port_given(Port *p, long error, uint32_t length) noexcept nogil:
    """A frame was written, or `error` says why not."""
    if error == 0:
        p.counters.tap_tx_frames += 1
        p.counters.tap_tx_octets += length
    else:
        p.counters.tap_tx_dropped += 1
        port_gone(p, error)


cdef inline void port_give_batch(Port *p, FrameQueue *queue, batch *b) noexcept nogil:
    """Write the first frames of `queue`."""
    cdef FrameQueue ahead = queue[0]        # what is popped there stays where it is until the kernel has read it
    cdef uint8_t *frame
    cdef uint32_t length
    cdef int i, count = 0
    while count < BATCH:
        frame = queue_front(&ahead, &length)
        if frame == NULL:
            break
        batch_write(b, p.fd, frame, length)
        queue_pop(&ahead)
        count += 1
    batch_run(b)
    if b.result[0] == -EOPNOTSUPP:
        return
    queue[0] = ahead
    for i in range(count):
        port_given(p, min(b.result[i], 0), <uint32_t>b.result[i])


cdef inline void port_give(Port *p, FrameQueue *queue, batch *b) noexcept nogil:
    """Write all frames of `queue`. The host takes a frame at once or never, so none is kept."""
    cdef uint8_t *frame
    cdef uint32_t length
    while queue.frames >= FEW and b.ring >= 0 and not p.nic and not p.counters.gone:
        port_give_batch(p, queue, b)
    while True:
        frame = queue_front(queue, &length)
        if frame == NULL:
            return
        port_given(p, port_write(p.fd, p.nic, frame, length) if not p.counters.gone else -ENETDOWN, length)
        queue_pop(queue)
