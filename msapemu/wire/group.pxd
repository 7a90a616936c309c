# cython: language_level=3
"""A group (VCG): its clients' adaptation, and its members (G.707 11; LCAS: G.7042).

A group is made of VC-12s, of VC-3s or of VC-4s, in whatever AU-4 of whatever line they are. It does not know them: a
VC that is built asks for its frame (vcat_tx.pxd), one that is received brings it (vcat_rx.pxd), by the number of the
member that it is.
"""
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from msapemu.wire.container cimport Container
from msapemu.wire.gfp_channel cimport ChannelsRx, ChannelsTx
from msapemu.wire.gfp_f cimport GfpRx, GfpState, GfpTx
from msapemu.wire.gfp_t_rx cimport GfpTRx
from msapemu.wire.gfp_t_tx cimport GfpTTx
from msapemu.wire.hdlc_client cimport HdlcSink, HdlcSource
from msapemu.wire.lcas cimport LcasBack
from msapemu.wire.remote cimport GroupRemote
from msapemu.wire.status cimport ChannelCounters, GroupCounters, MemberRxStatus, MemberTxStatus

cdef struct GroupRx

cdef enum LcasMode:
    LCAS_OFF = 0
    LCAS_ON = 1
    LCAS_ONE_WAY = 2            # no way back: all members are sent as if the far end had them

# ---------------------------------------------------------------- source

cdef struct TxShape:
    # memory of a group's source as one of VCs of a kind
    Container container
    bint counted                # virtually concatenated: its VCs have a multiframe
    int slots                   # frames that are kept
    uint8_t *parts              # slots x rows x pitch: payloads, in sequence; of VC-12s the group's octets, not dealt
    uint8_t *rows               # slots x 64: which of them a member has, NO_ROW; and how many there are (SIZE_AT)
    uint8_t *counts             # slots x 64: H4, or bits 1, 2 of K4
    uint8_t *octets             # of one frame of the group

cdef enum SourceState:
    SO_IDLE = 0                 # provisioned or not, carries nothing
    SO_ADD = 1
    SO_NORM = 2
    SO_DNU = 3
    SO_REMOVE = 4

cdef struct MemberTx:
    const void *owner           # the AU-4 whose VC it is: to tell it from another, never to be followed; NULL: none
    uint64_t wanted             # management: 1 to be added, 0 to be removed
    SourceState state
    uint8_t ctrl                # said in the packet that goes out now
    uint8_t sq

cdef struct LcasTx:
    bint waiting                # for RS-Ack: what the far end tells by SQ counts for nothing
    uint8_t ack                 # RS-Ack when the wait began
    uint16_t waited             # packets
    uint16_t gid
    uint8_t unasked             # packets in a row with an answer for a member that is not there
    uint64_t packets
    uint64_t timeouts           # of waits for RS-Ack

cdef struct GroupTx:
    ChannelsTx channels         # client -> line
    uint64_t now                # line frames (125 us): whoever asks for octets adds those of a container first
    GfpTx gfp
    GfpTTx *transparent         # NULL: frame-mapped
    HdlcSource *hdlc            # NULL: GFP
    uint8_t c2                  # signal label of a VC-3, VC-4 that carries the adaptation
    uint8_t extended            # extended label of a VC-12
    const GroupRemote *far
    GroupCounters counters      # tx_idle_frames; what is a channel's is counted there
    # settings
    LcasMode lcas_mode
    bint mst_of_next            # MST of the members told by the MFI2 that ends the packet (HO)
    # members
    MemberTx member[63]
    uint64_t next[64]           # frame of the group that a member sends next
    uint64_t packet[64]         # nibbles or bits of the control packet that it sends now
    MemberTxStatus status[63]
    uint8_t order[63]           # those that carry payload now, in sequence
    int size                    # of them
    LcasTx lcas
    LcasBack *back
    GroupRx *sink               # of the same group: what its members' states are
    uint64_t head               # frames made
    const TxShape *kind         # of the map in which its members stand; the rest is a copy
    Container container
    bint counted
    int slots
    uint8_t *parts
    uint8_t *rows
    uint8_t *counts
    uint8_t *octets

# ---------------------------------------------------------------- sink

cdef struct RxShape:
    # memory of a group's sink as one of VCs of a kind
    Container container
    bint counted
    int delay_most              # frames of differential delay that are accepted
    int slots                   # frame n of all members stands in slot n % slots
    uint8_t *parts              # slots x rows x pitch: payloads by member
    uint64_t *numbers           # slots x 64: which frame a member has there
    uint8_t *sorted             # rows x pitch: payloads in sequence
    uint8_t *octets

cdef enum SinkState:
    SK_IDLE = 0                 # not a member, or the far end says so
    SK_FAIL = 1
    SK_OK = 2

cdef enum:
    HISTORY = 256               # control packets of a member that are kept, by number: 512 ms (HO), 4 s (LO)

cdef struct MemberRx:
    const void *owner
    uint64_t wanted             # management: 0: it is reported as failed
    bint tsf                    # no VC comes, or one that is not ours
    bint lom
    bint sqm
    bint alive                  # frames come, and they are counted
    bint left_out               # LCAS: its delay does not fit the others' (MND)
    uint64_t since              # in which order the members came to be alive
    int64_t late                # frames behind the first of the members, as of the last window
    int64_t least_late          # in this window
    # LCAS
    SinkState state
    bint spoken                 # a good packet came since it is alive
    bint bad
    bint failed_before          # it was OK once: WTR applies
    uint64_t bad_since          # frame time
    uint64_t good_since
    uint8_t ctrl                # said last
    uint8_t sq
    uint8_t wrong               # packets in a row with a wrong CRC, saturating
    bint heard                  # what is in force was said since it is alive
    uint8_t now_ctrl            # in force for the frame that is read
    uint8_t now_sq

cdef struct Told:
    # a control packet
    uint32_t number
    uint8_t ctrl
    uint8_t sq
    uint8_t gid

cdef struct GroupRx:
    ChannelsRx channels         # line -> client
    GfpRx gfp
    GfpTRx *transparent         # NULL: frame-mapped
    HdlcSink *hdlc              # NULL: GFP
    uint8_t c2                  # signal label that is awaited, likewise
    uint8_t extended
    GroupRemote *far
    bint ssf                    # server signal fail: nothing comes
    GfpState before             # of the delineation, when the defects were looked at last
    GroupCounters counters      # likewise, of what is received
    # settings
    LcasMode lcas_mode
    bint mst_of_next
    uint64_t hold_off           # frame times
    uint64_t wait_to_restore
    int least                   # members
    # members
    MemberRx member[63]
    uint64_t head[64]           # number of a member's newest frame: whole cycles, and its multiframe number
    MemberRxStatus status[63]
    LcasBack *back
    const GroupTx *source       # of the same group
    # VC-12s of one VC-4 that came without delays: read from its rows (au_rx.pxd)
    const void *in_step         # the owner of all members that are awaited; they stand one frame before `next`; or NULL
    uint64_t columns            # where they are
    uint8_t column[64]          # of a member
    uint8_t of[64]              # of those that carry payload, in sequence
    bint running                # `next` holds
    uint64_t next               # number of the frame to read next from every member
    bint apart                  # the delays differ by too much (LOA)
    uint8_t order[63]           # members that carry payload in frame `next`, in sequence
    int size
    bint unsorted               # `order` has to be made anew
    # delays
    int samples                 # in this window
    int64_t spread              # the least in it
    bint hasty                  # a single sample does: nothing is known yet
    uint64_t source_frames      # of the source, when it was looked at last
    uint64_t came               # members that have come to be alive, ever
    # LCAS
    bint plain                  # the far end has none
    uint8_t rs_ack              # sent
    uint8_t sequence[256]       # by SQ: member + 1, as acknowledged
    Told packets[63][256]       # of each member, by number
    uint16_t odd                # of the last 16 packets those that did not fit together, newest lowest
    # looks
    bint changed                # anything of a member that a look is for
    bint waiting                # the state of a member waits for hold-off or wait-to-restore
    int wanted                  # members that are provisioned
    bint wrong                  # packets of one of them are
    const void *home            # the owner that looks after the group and reports on it
    uint64_t clock              # its frame time when `time` was moved on
    uint64_t time               # frame times that have gone by; goes on whatever comes
    uint64_t told               # defects that were made events
    const RxShape *kind         # of the map in which its members stand; the rest is a copy
    Container container
    bint counted
    int delay_most
    int slots
    uint8_t *parts
    uint64_t *numbers
    uint8_t *sorted
    uint8_t *octets

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
