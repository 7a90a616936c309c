# cython: language_level=3
"""Client management frames (G.7041 6.2.1, 6.3.3): CSF, DCI, FDI, RDI, from a client's state and back.

A source sends CSF (or FDI) while its client is failed, at once and then every `csf_interval`, and DCI once when it is
good again. RDI, where it is switched on, goes back in the same way while this end receives nothing (SSF, LFD).
A sink holds what it was told until DCI, three seconds without being told again, or, of CSF and FDI, a client frame.
"""
from libc.stdint cimport uint8_t, uint32_t, uint64_t

from msapemu.wire.gfp_channel cimport ChannelRx, ChannelsRx, ChannelsTx, ChannelTx, channel_drop
from msapemu.wire.gfp_frame cimport (CMF_CSF_SIGNAL, CMF_CSF_SYNC, CMF_DCI, CMF_FDI, CMF_RDI, PTI_MANAGEMENT,
                                     GfpFormat, payload_header)
from msapemu.wire.status cimport CSF, GFP_FDI, GFP_RDI

cdef enum:
    TOLD_FRAMES = 24000         # 3 s without being told again: it has gone (6.3.3)

# ---------------------------------------------------------------- source

cdef enum Due:
    # bits of `ChannelTx.due`, the first one first
    DUE_DEFECT = 1              # CSF or FDI
    DUE_CLEAR = 2               # DCI
    DUE_RDI = 4

cdef inline void client_watch(ChannelTx *c, const GfpFormat *f, uint64_t now, bint reverse) noexcept nogil:
    """What is to be told of the client, `reverse`: and of the other direction."""
    if c.failed != c.down:
        c.down = c.failed
        if c.down:
            if c.due & DUE_CLEAR:
                c.told = True
            c.due = (c.due & ~DUE_CLEAR) | DUE_DEFECT
        else:
            c.due = (c.due & ~DUE_DEFECT) | (DUE_CLEAR if c.told else 0)
            c.told = False
    elif c.down and now - c.told_at >= f.csf_interval:
        c.due |= DUE_DEFECT
    if reverse and (not c.rdi or now - c.rdi_at >= f.csf_interval):
        c.due |= DUE_RDI
    elif c.rdi and not reverse:
        c.due &= ~DUE_RDI
        if not c.down:
            c.due |= DUE_CLEAR
    c.rdi = reverse
    if not c.open:
        c.due = 0

cdef inline void clients_watch(ChannelsTx *s, const GfpFormat *f, uint64_t now, bint reverse) noexcept nogil:
    """Look at all clients; `now`: the line frame."""
    cdef ChannelTx *c
    cdef int k
    s.now = now
    for k in range(s.count):
        c = s.of[k]
        if c.failed or c.down or c.rdi or reverse or not c.open:
            client_watch(c, f, now, reverse)
            if c.due:
                s.due |= <uint64_t>1 << k
            else:
                s.due &= ~(<uint64_t>1 << k)
            if (c.down or not c.open) and s.sending != k:
                channel_drop(c)

cdef inline uint32_t management_next(ChannelsTx *s, uint8_t *head) noexcept nogil:
    """Write the payload header of the management frame that is due; its length. There is one: `s.due` is not 0."""
    cdef int k = 0
    cdef ChannelTx *c
    cdef uint8_t kind
    while not (s.due >> k) & 1:
        k += 1
    c = s.of[k]
    if c.due & DUE_DEFECT:
        c.due &= ~DUE_DEFECT
        c.told = True
        c.told_at = s.now
        if c.down == CMF_FDI:
            kind = CMF_FDI
            c.counters.tx_fdi_frames += 1
        else:
            kind = CMF_CSF_SYNC if c.down == CMF_CSF_SYNC else CMF_CSF_SIGNAL
            c.counters.tx_csf_frames += 1
    elif c.due & DUE_CLEAR:
        c.due &= ~DUE_CLEAR
        if c.rdi:
            c.due |= DUE_RDI        # DCI clears that, too, at the far end
        kind = CMF_DCI
        c.counters.tx_dci_frames += 1
    else:
        c.due &= ~DUE_RDI
        c.rdi_at = s.now
        kind = CMF_RDI
        c.counters.tx_rdi_frames += 1
    if c.due == 0:
        s.due &= ~(<uint64_t>1 << k)
    return payload_header(head, PTI_MANAGEMENT, False, kind, c.cid)

# ---------------------------------------------------------------- sink

cdef enum Came:
    # bits of `ChannelRx.came`
    CAME_CSF = 1
    CAME_FDI = 2
    CAME_RDI = 4

cdef inline void management_take(ChannelsRx *s, int k, uint8_t kind) noexcept nogil:
    """A client management frame for channel k."""
    cdef ChannelRx *c = s.of[k]
    if kind == CMF_CSF_SIGNAL or kind == CMF_CSF_SYNC:
        c.csf = kind
        c.came |= CAME_CSF
        c.counters.rx_csf_frames += 1
    elif kind == CMF_DCI:
        c.csf = c.fdi = c.rdi = 0
        c.counters.rx_dci_frames += 1
    elif kind == CMF_FDI:
        c.fdi = 1
        c.came |= CAME_FDI
        c.counters.rx_fdi_frames += 1
    elif kind == CMF_RDI:
        c.rdi = 1
        c.came |= CAME_RDI
        c.counters.rx_rdi_frames += 1
    else:
        c.counters.rx_other_management += 1
    s.standing |= <uint64_t>1 << k

cdef inline bint told_still(bint came, uint64_t *at, uint64_t now) noexcept nogil:
    if came:
        at[0] = now
    return now - at[0] < TOLD_FRAMES

cdef inline void told_time(ChannelRx *c, uint64_t now) noexcept nogil:
    """What was told too long ago stands no more; `now`: the received line frame."""
    if not told_still(c.came & CAME_CSF, &c.csf_at, now):
        c.csf = 0
    if not told_still(c.came & CAME_FDI, &c.fdi_at, now):
        c.fdi = 0
    if not told_still(c.came & CAME_RDI, &c.rdi_at, now):
        c.rdi = 0
    c.came = 0
    c.counters.csf = c.csf
    c.counters.defects = (<uint64_t>(c.csf != 0) << CSF) | (<uint64_t>c.fdi << GFP_FDI) | (<uint64_t>c.rdi << GFP_RDI)

cdef inline uint64_t clients_told(ChannelsRx *s, uint64_t now) noexcept nogil:
    """The defects that far clients tell, of all channels together."""
    cdef uint64_t defects = 0
    cdef int k
    if s.standing == 0:
        return 0
    for k in range(s.count):
        if (s.standing >> k) & 1:
            told_time(s.of[k], now)
            defects |= s.of[k].counters.defects
            if s.of[k].counters.defects == 0:
                s.standing &= ~(<uint64_t>1 << k)
    return defects

cdef inline void clients_untold(ChannelsRx *s) noexcept nogil:
    """Nothing comes any more: what was told is no longer known."""
    cdef int k
    for k in range(s.count):
        if (s.standing >> k) & 1:
            s.of[k].csf = s.of[k].fdi = s.of[k].rdi = s.of[k].came = 0
            s.of[k].counters.csf = s.of[k].counters.defects = 0
    s.standing = 0
