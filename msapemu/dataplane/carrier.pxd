# cython: language_level=3
"""Link state of clients, both ways (fault propagation).

From the client: a TAP is there when it is up (IFF_UP), another interface when it has carrier (IFF_RUNNING). A TAP's
carrier is ours to set, so it says nothing of its client: else both ends, each without carrier because the other one has
none, would wait for each other for ever.

To the client: a TAP has carrier unless the far client has failed (CSF) or what carries its frames has. A failed path
takes the carrier away only when neither LCAS nor a protection has repaired it in time.
"""
from libc.errno cimport ENODEV
from libc.stdint cimport uint64_t

from msapemu.dataplane.ports cimport Port
from msapemu.wire.adaptation cimport client_carrier
from msapemu.wire.gfp_channel cimport ChannelRx, ChannelTx
from msapemu.wire.gfp_frame cimport CMF_CSF_SIGNAL
from msapemu.wire.group cimport GroupRx

cdef extern from "carrier.h" nogil:
    int IFF_UP
    int IFF_RUNNING
    int carrier_flags(int control, int index)
    int carrier_set(int fd, int on)

cdef enum:
    LOOK_NS = 10_000_000        # between two looks at a client
    RIDE_OUT_NS = 300_000_000   # a path that fails for so long is not repaired: an LCAS member leaves within 200 ms

cdef enum Path:
    GOOD = 0
    FAILED = 1                  # nothing comes
    FAR_CLIENT = 2              # the far client has failed, and the far end says so


cdef inline Path path_state(const GroupRx *g, const ChannelRx *c) noexcept nogil:
    """What stands between this client and the far one."""
    if client_carrier(g, c):
        return GOOD
    return FAR_CLIENT if c.csf or c.fdi else FAILED


cdef inline void client_told(Port *p, ChannelTx *c, bint failed) noexcept nogil:
    """Have the far end told (GFP CSF), or told no longer, that the client is not there."""
    c.failed = CMF_CSF_SIGNAL if failed else 0
    p.counters.csf_sent = failed


cdef inline bint client_is_up(Port *p) noexcept nogil:
    """Is the client there? One that cannot be seen (a TAP that was moved to another namespace) is taken to be."""
    cdef int flags
    if p.counters.gone:
        return False
    flags = carrier_flags(p.control, p.watched)
    if flags < 0:
        return p.own_carrier or flags != -ENODEV
    return (flags & (IFF_UP if p.own_carrier else IFF_RUNNING)) != 0


cdef inline bint carrier_wanted(Port *p, Path path, uint64_t now_ns) noexcept nogil:
    """Should the client have carrier now?"""
    if path == GOOD:
        p.failed_ns = 0
        return True
    if p.failed_ns == 0:
        p.failed_ns = now_ns
    if path == FAR_CLIENT:
        return False
    return p.counters.carrier and now_ns - p.failed_ns < RIDE_OUT_NS


cdef inline bint carrier_give(Port *p, bint on) noexcept nogil:
    """Give the client carrier, or take it away; True when that is a change. An interface that is no TAP of ours keeps
    what it has."""
    if not p.own_carrier or p.counters.gone or (p.counters.carrier != 0) == on or carrier_set(p.fd, on) < 0:
        return False
    p.counters.carrier = on
    return True
