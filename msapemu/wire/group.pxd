# cython: language_level=3
"""A group: its clients, its GFP source and sink, and the container octets they fill and empty."""
from libc.stdint cimport uint8_t, uint16_t, uint64_t

from msapemu.wire.gfp_channel cimport ChannelsRx, ChannelsTx
from msapemu.wire.gfp_f cimport GfpRx, GfpTx
from msapemu.wire.gfp_t_rx cimport GfpTRx
from msapemu.wire.gfp_t_tx cimport GfpTTx
from msapemu.wire.remote cimport GroupRemote
from msapemu.wire.status cimport ChannelCounters, GroupCounters

cdef enum:
    GROUP_OCTETS = 8568         # 136 x 63: what a VC-12-63v carries in 500 us; a VC-4 carries 2340 in 125 us

cdef struct GroupTx:
    ChannelsTx channels         # client -> line
    uint64_t now                # line frames (125 us): whoever asks for octets adds those of a container first
    GfpTx gfp
    GfpTTx *transparent         # NULL: frame-mapped
    const GroupRemote *far
    GroupCounters counters      # tx_idle_frames; what is a channel's is counted there
    uint8_t container[8568]

cdef struct GroupRx:
    ChannelsRx channels         # line -> client
    GfpRx gfp
    GfpTRx *transparent         # NULL: frame-mapped
    GroupRemote *far
    bint ssf                    # server signal fail: nothing comes
    GroupCounters counters      # likewise, of what is received
    bint aligned                # the members' multiframes are in step: `next_mfn` holds
    uint16_t next_mfn           # number of the frame to read next from every member
    uint64_t next_frame         # of a contiguous VC: the frame to read next
    uint8_t container[8568]

cdef inline GroupCounters group_counters(const GroupTx *tx, const GroupRx *rx) noexcept nogil:
    """The counters of both directions, with those of the channels."""
    cdef GroupCounters g = rx.counters
    cdef const ChannelCounters *c
    cdef int k
    g.tx_idle_frames = tx.counters.tx_idle_frames
    for k in range(tx.channels.count):
        c = &tx.channels.of[k].counters
        g.tx_client_frames += c.tx_client_frames
        g.tx_client_octets += c.tx_client_octets
        g.tx_dropped += c.tx_dropped
        g.tx_csf_frames += c.tx_csf_frames
        g.tx_dci_frames += c.tx_dci_frames
        g.tx_fdi_frames += c.tx_fdi_frames
        g.tx_rdi_frames += c.tx_rdi_frames
    for k in range(rx.channels.count):
        c = &rx.channels.of[k].counters
        g.rx_client_frames += c.rx_client_frames
        g.rx_client_octets += c.rx_client_octets
        g.rx_dropped += c.rx_dropped
        g.rx_csf_frames += c.rx_csf_frames
        g.rx_dci_frames += c.rx_dci_frames
        g.rx_fdi_frames += c.rx_fdi_frames
        g.rx_rdi_frames += c.rx_rdi_frames
        g.rx_other_management += c.rx_other_management
        g.payload_fcs_errors += c.payload_fcs_errors
        g.ethernet_fcs_errors += c.ethernet_fcs_errors
        g.upi_mismatch += c.upi_mismatch
        g.too_short += c.too_short
        g.too_long += c.too_long
    g.rx_management_frames = (g.rx_csf_frames + g.rx_dci_frames + g.rx_fdi_frames + g.rx_rdi_frames
                              + g.rx_other_management)
    g.discarded = (g.pti_mismatch + g.exi_mismatch + g.cid_mismatch + g.upi_mismatch + g.too_short + g.too_long
                   + g.reserved_control)
    return g
