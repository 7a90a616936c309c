# cython: language_level=3
"""A group's adaptation to its clients: what goes into the group's octets, and what is made of those that come.

The one place that knows which adaptation a group has; containers call it with runs of octets and know nothing of it.
"""
from libc.stdint cimport uint8_t, uint32_t, uint64_t

from msapemu.wire.gfp_channel cimport ChannelRx
from msapemu.wire.gfp_f cimport HUNT, LFD_OCTETS, MISMATCHES, SYNC, gfp_fill, gfp_rx_fail, gfp_take
from msapemu.wire.gfp_management cimport clients_told, clients_untold, clients_watch
from msapemu.wire.gfp_t_rx cimport gfp_t_rx_fail, gfp_t_take
from msapemu.wire.gfp_t_tx cimport gfp_t_fill, gfp_t_time
from msapemu.wire.group cimport GroupRx, GroupTx
from msapemu.wire.hdlc_client cimport hdlc_client_take, hdlc_fill, hdlc_look, hdlc_lost, hdlc_sink_fail
from msapemu.wire.status cimport (CSF, GFP_EXM, GFP_FDI, GFP_LFD, GFP_RDI, GFP_UPM, HDLC_LFD, HDLC_UPM, defect_is,
                                  defect_put)

cdef inline void client_look(GroupTx *g) noexcept nogil:
    """Look at the clients' states, at line frame `g.now`."""
    if g.hdlc != NULL:
        hdlc_look(&g.channels, g.now)
        return
    if g.transparent != NULL:
        gfp_t_time(g.transparent, g.now - g.channels.now)
    clients_watch(&g.channels, &g.gfp.format, g.now, g.gfp.format.rdi and g.far.failed)

cdef inline void client_fill(GroupTx *g, uint8_t *out, uint32_t n) noexcept nogil:
    """The next `n` octets of the group; they may be none. `g.now` says when."""
    if g.now != g.channels.now:
        client_look(g)
    if g.hdlc != NULL:
        hdlc_fill(g.hdlc, &g.channels, out, n)
    elif g.transparent != NULL:
        gfp_t_fill(&g.gfp, g.transparent, &g.channels, &g.counters, out, n)
    else:
        gfp_fill(&g.gfp, &g.channels, &g.counters, out, n)

cdef inline void client_take(GroupRx *g, const uint8_t *octets, uint32_t n) noexcept nogil:
    """The next `n` octets of the group, received."""
    if g.hdlc != NULL:
        hdlc_client_take(g.hdlc, &g.channels, &g.counters, octets, n)
    elif g.transparent != NULL:
        gfp_t_take(&g.gfp, g.transparent, &g.channels, &g.counters, octets, n)
    else:
        gfp_take(&g.gfp, &g.channels, &g.counters, octets, n)

cdef inline void client_fail(GroupRx *g) noexcept nogil:
    """Server signal fail: nothing comes, and what is wrong with it can no longer be told."""
    g.ssf = g.far.failed = True
    if g.hdlc != NULL:
        hdlc_sink_fail(g.hdlc)
        hdlc_tell(g)
        return
    gfp_rx_fail(&g.gfp)
    if g.transparent != NULL:
        gfp_t_rx_fail(g.transparent)
    g.before = HUNT
    clients_untold(&g.channels)
    defect_put(&g.counters.defects, GFP_LFD, False)
    client_tell(g, 0)

cdef inline void client_tell(GroupRx *g, uint64_t told) noexcept nogil:
    """The defects beside LFD; `told`: those that the far clients tell."""
    defect_put(&g.counters.defects, GFP_EXM, g.gfp.exi_wrong >= MISMATCHES)
    defect_put(&g.counters.defects, GFP_UPM, g.gfp.upi_wrong >= MISMATCHES)
    defect_put(&g.counters.defects, CSF, defect_is(told, CSF))
    defect_put(&g.counters.defects, GFP_FDI, defect_is(told, GFP_FDI))
    defect_put(&g.counters.defects, GFP_RDI, defect_is(told, GFP_RDI))

cdef inline void hdlc_tell(GroupRx *g) noexcept nogil:
    """The defects of HDLC."""
    defect_put(&g.counters.defects, HDLC_LFD, hdlc_lost(g.hdlc))
    defect_put(&g.counters.defects, HDLC_UPM, g.hdlc.wrong >= MISMATCHES)

cdef inline void client_defects(GroupRx *g) noexcept nogil:
    """The defects after octets were taken. LFD is raised by a loss or long waiting, and cleared by SYNC."""
    g.ssf = False
    if g.hdlc != NULL:
        hdlc_tell(g)
        g.far.failed = defect_is(g.counters.defects, HDLC_LFD)
        return
    if g.gfp.state == SYNC:
        defect_put(&g.counters.defects, GFP_LFD, False)
    elif g.before == SYNC or g.gfp.out_of_sync >= LFD_OCTETS:
        defect_put(&g.counters.defects, GFP_LFD, True)
        g.gfp.exi_wrong = g.gfp.upi_wrong = 0
    g.before = g.gfp.state
    g.far.failed = defect_is(g.counters.defects, GFP_LFD)
    client_tell(g, clients_told(&g.channels, g.time))

cdef inline bint client_carrier(const GroupRx *g, const ChannelRx *c) noexcept nogil:
    """The client has a signal, as far as this end is told: its port may say so."""
    if g.transparent != NULL and g.transparent.pcs.configuring:
        return False                # it negotiates: its link is not up
    return not (g.ssf or defect_is(g.counters.defects, GFP_LFD) or defect_is(g.counters.defects, HDLC_LFD) or c.csf
                or c.fdi)
