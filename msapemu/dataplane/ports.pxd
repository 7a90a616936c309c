# cython: language_level=3
"""Client ports: Ethernet frames between an interface of the host and the queues of a group.

A frame is read straight into the queue and written straight out of it. What does not fit in the queue stays in the
kernel, whose queue is long; what comes for a port without a circuit is thrown away, so that nothing stale waits there.
"""
from libc.errno cimport EAGAIN, EBADFD, EINTR, ENETDOWN, ENODEV, ENXIO
from libc.stdint cimport uint8_t, uint32_t, uint64_t

from msapemu.wire.queue cimport FrameQueue, queue_commit, queue_front, queue_pop, queue_reserve

cdef extern from "ports.h" nogil:
    enum:
        PORT_OVERSIZE
    long port_read(int fd, int nic, uint8_t *room, uint32_t longest)
    void port_checksum(uint8_t *frame, uint32_t length, uint32_t start, uint32_t at)
    int port_write(int fd, int nic, const uint8_t *frame, uint32_t length)

cdef enum:
    UNMAPPED = 64           # frames thrown away a tick from a port without a circuit

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
    PortCounters counters


cdef inline bint port_gone(Port *p, long error) noexcept nogil:
    """An error that says that the interface has gone? (A NIC that is only down says ENETDOWN, a TAP EIO.)"""
    if error == -EBADFD or error == -ENODEV or error == -ENXIO:
        p.counters.gone = 1
        return True
    return False


cdef inline void port_take(Port *p, FrameQueue *queue) noexcept nogil:
    """Read frames into `queue` until none waits or the queue is full."""
    cdef uint8_t *room
    cdef long n
    while not p.counters.gone:
        room = queue_reserve(queue, p.longest + 1)
        if room == NULL:
            break
        n = port_read(p.fd, p.nic, room, p.longest + 1)
        if n > 0:
            queue_commit(queue, <uint32_t>n)
            p.counters.tap_rx_frames += 1
            p.counters.tap_rx_octets += n
        elif n == PORT_OVERSIZE:
            p.counters.oversize += 1
        elif n < 0 and n != -EINTR:
            port_gone(p, n)
            break
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


cdef inline void port_give(Port *p, FrameQueue *queue) noexcept nogil:
    """Write all frames of `queue`. The host takes a frame at once or never, so none is kept."""
    cdef uint8_t *frame
    cdef uint32_t length
    cdef int error
    while True:
        frame = queue_front(queue, &length)
        if frame == NULL:
            return
        error = port_write(p.fd, p.nic, frame, length) if not p.counters.gone else -ENETDOWN
        if error == 0:
            p.counters.tap_tx_frames += 1
            p.counters.tap_tx_octets += length
        else:
            p.counters.tap_tx_dropped += 1
            port_gone(p, error)
        queue_pop(queue)
