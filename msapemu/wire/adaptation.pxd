# cython: language_level=3
"""A group's adaptation to its clients: what goes into the group's octets, and what is made of those that come.

The one place that knows which adaptation a group has; containers call it with runs of octets and know nothing of it.
"""
from libc.stdint cimport uint8_t, uint32_t

from msapemu.wire.gfp_f cimport HUNT, LFD_OCTETS, SYNC, gfp_fill, gfp_rx_fail, gfp_take
from msapemu.wire.group cimport GroupRx, GroupTx
from msapemu.wire.status cimport CSF, GFP_LFD, defect_put

cdef enum:
    CSF_FRAMES = 24000          # 3 s without another CSF frame: no CSF

cdef inline void client_fill(GroupTx *g, uint8_t *out, uint32_t n) noexcept nogil:
    """The next `n` octets of the group."""
    gfp_fill(&g.gfp, &g.queue, &g.counters, out, n)

cdef inline void client_take(GroupRx *g, const uint8_t *octets, uint32_t n) noexcept nogil:
    """The next `n` octets of the group, received."""
    gfp_take(&g.gfp, &g.queue, &g.counters, octets, n)

cdef inline void client_fail(GroupRx *g) noexcept nogil:
    """Server signal fail: nothing comes, and what is wrong with it can no longer be told."""
    gfp_rx_fail(&g.gfp)
    g.before = HUNT
    defect_put(&g.counters.defects, GFP_LFD, False)
    defect_put(&g.counters.defects, CSF, False)

cdef inline void client_defects(GroupRx *g) noexcept nogil:
    """dLFD and CSF after octets were taken. LFD is raised by a loss or long waiting, and cleared by SYNC."""
    if g.gfp.state == SYNC:
        defect_put(&g.counters.defects, GFP_LFD, False)
    elif g.before == SYNC or g.gfp.out_of_sync >= LFD_OCTETS:
        defect_put(&g.counters.defects, GFP_LFD, True)
    g.before = g.gfp.state
    if g.gfp.csf_came:
        g.gfp.csf_came = False
        g.gfp.csf_frame = g.time
    elif g.time - g.gfp.csf_frame >= CSF_FRAMES:
        g.gfp.csf = False
    defect_put(&g.counters.defects, CSF, g.gfp.csf)
