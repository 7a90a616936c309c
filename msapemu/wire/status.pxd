# cython: language_level=3
"""What the core tells: counters (64-bit, never reset), defect states and events.

The structs hold uint64_t fields only, so that the status region can carry them as they are and numpy can read them.
Names follow the decode report.
"""
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t

cdef enum Defect:
    # bit numbers in a `defects` word; `_framing.DEFECTS` gives the names that users see
    LOS = 0
    OOF = 1
    LOF = 2
    RS_TIM = 3
    MS_AIS = 4
    MS_RDI = 5
    MS_EXC = 6      # excessive errors
    MS_DEG = 7      # signal degrade
    AU_AIS = 8
    AU_LOP = 9
    HP_UNEQ = 10
    HP_PLM = 11
    HP_TIM = 12
    HP_RDI = 13
    HP_EXC = 14
    HP_DEG = 15
    LOM = 16        # H4 TU multiframe
    TU_AIS = 17
    TU_LOP = 18
    LP_UNEQ = 19
    LP_PLM = 20
    LP_TIM = 21
    LP_RDI = 22
    LP_EXC = 23
    LP_DEG = 24
    VCAT_LOM = 25   # multiframe of a member
    VCAT_SQM = 26
    VCAT_LOA = 27   # differential delay beyond the buffer
    GFP_LFD = 28    # loss of frame delineation
    CSF = 29        # a client at the far end has failed, or one of several
    GFP_EXM = 30    # frames with an extension header that is not the one awaited
    GFP_UPM = 31    # frames of another kind of client
    GFP_FDI = 32    # forward defect indication of the client
    GFP_RDI = 33    # reverse defect: a far client's sink receives nothing
    VCAT_MND = 34   # a member with LCAS whose delay is beyond the buffer: it is left out
    PLCR = 35       # LCAS: less capacity received than provisioned
    TLCR = 36       # none at all
    PLCT = 37       # less capacity sent than provisioned
    TLCT = 38       # none at all
    FOPR = 39       # failure of protocol, received: control packets that do not fit
    FOPT = 40       # sent: the far end's sink answers what it cannot, or does not acknowledge
    VCG_MIN = 41    # fewer members carry traffic than the least that is wanted
    P12_LOS = 42    # E1: no signal
    P12_AIS = 43    # ones
    P12_LOF = 44    # no frame alignment
    P12_LOM = 45    # no CRC-4 multiframe alignment
    P12_RAI = 46    # remote alarm
    CAS_LOM = 47    # no multiframe of the signalling in timeslot 16
    CAS_RAI = 48    # the far end has none
    HDLC_LFD = 49   # no flag comes
    HDLC_UPM = 50   # frames of another protocol
    MUX_AIS = 51    # multiplex of 8448 or 34368 kbit/s, E3 of G.832: ones
    MUX_LOF = 52    # no frame alignment
    MUX_RAI = 53    # the far end has none
    LOPS = 54       # pseudowire: packets are lost
    PW_AC_FAULT = 55        # the far attachment circuit has failed (L)
    PW_REMOTE_LOSS = 56     # the far end loses packets (R)
    CAS_AIS = 57    # timeslot 16 is ones

cdef inline void defects_clear(uint64_t *word, EventLog *log, int obj, int first, int last) noexcept nogil:
    """Defects `first`..`last` can no longer be told: their server has failed, which is what is reported."""
    cdef int d
    if word[0]:
        for d in range(first, last + 1):
            defect_set(word, log, obj, d, False)

cdef inline bint defect_is(uint64_t word, int defect) noexcept nogil:
    return ((word >> defect) & 1) != 0

cdef enum EventObject:
    # `Event.object`: 0 the line (RS, MS); of AU-4 k = 1..N, (k - 1) * 256 plus: 1 the AU-4, 2 + n the TU-12 in column
    # n = 0..62, 67 + k the TU-3 in TUG-3 k = 0..2, 100 + n group n of its map. Of a PDH line: 0 the line, OBJ_E2 + k
    # the E2 k = 0..3 in an E3
    OBJ_LINE = 0
    OBJ_AU = 1
    OBJ_TU = 2
    OBJ_VC3 = 67
    OBJ_E2 = 1
    OBJ_GROUP = 100
    OBJ_OF_AU = 256

cdef struct Event:
    uint64_t frame      # received line frame, counted from 0
    uint16_t object
    uint8_t defect      # a Defect
    uint8_t raised      # 1 raise, 0 clear

cdef enum:
    EVENT_ROOM = 1024

cdef struct EventLog:
    # When it is full new events are counted and dropped; the defect words stay right.
    uint64_t frame              # the frame being received
    Event events[EVENT_ROOM]
    uint32_t count
    uint64_t dropped

cdef inline void defect_set(uint64_t *word, EventLog *log, int obj, int defect, bint state) noexcept nogil:
    """Make `defect` of object `obj`, whose defects stand in `word`, be `state`; a change is an event."""
    cdef uint64_t bit = <uint64_t>1 << defect
    cdef Event *e
    if ((word[0] & bit) != 0) == state:
        return
    word[0] ^= bit
    if log.count == EVENT_ROOM:
        log.dropped += 1
        return
    e = &log.events[log.count]
    e.frame = log.frame
    e.object = <uint16_t>obj
    e.defect = <uint8_t>defect
    e.raised = state
    log.count += 1

cdef inline void defect_put(uint64_t *word, int defect, bint state) noexcept nogil:
    """The same without an event: `defects_tell` makes that, where there is a log."""
    cdef uint64_t bit = <uint64_t>1 << defect
    word[0] = word[0] | bit if state else word[0] & ~bit

cdef inline void defects_tell(uint64_t *told, uint64_t now, EventLog *log, int obj) noexcept nogil:
    """Make events of all that differs from what was told."""
    cdef int d
    if told[0] == now:
        return
    for d in range(64):
        if ((told[0] ^ now) >> d) & 1:
            defect_set(told, log, obj, d, (now >> d) & 1)

cdef struct AuCounters:
    # one AU-4, receive side
    uint64_t b3_errors          # errored BIP bits, as all below
    uint64_t bip2_errors        # all TU-12 together
    uint64_t rei
    uint64_t lp_rei
    uint64_t h4_lom             # entries
    uint64_t c2                 # accepted signal label
    uint64_t defects            # bit mask

cdef struct LineCounters:
    # one STM-N port; the receive side but for tx_frames. What belongs to an AU-4 is summed over all of them; the
    # pointer, its moves and c2 are those of the first.
    uint64_t tx_frames
    uint64_t frames             # received in alignment
    uint64_t oof                # entries
    uint64_t lof                # entries
    uint64_t b1_errors          # errored BIP bits, as all below
    uint64_t b2_errors
    uint64_t b3_errors
    uint64_t bip2_errors        # all TU-12 together
    uint64_t ms_rei
    uint64_t hp_rei
    uint64_t lp_rei
    uint64_t au_pointer
    uint64_t au_increments
    uint64_t au_decrements
    uint64_t au_new_data
    uint64_t h4_lom             # entries
    uint64_t c2                 # accepted signal label
    uint64_t s1                 # accepted SSM
    uint64_t k1
    uint64_t k2
    uint64_t defects            # bit mask, of the line and of any AU-4

cdef struct MemberTxStatus:
    # one member of a group, source
    uint64_t attached
    uint64_t state              # LCAS: a SourceState
    uint64_t ctrl               # a Control
    uint64_t sq
    uint64_t mst                # what the far end said last of it: 0 OK, 1 FAIL

cdef struct MemberRxStatus:
    # one member of a group, sink
    uint64_t attached
    uint64_t state              # LCAS: a SinkState
    uint64_t ctrl
    uint64_t sq
    uint64_t delay_us           # behind the first of the group's members
    uint64_t alive              # 1: its VC comes, and the frames in it are counted
    uint64_t defects            # VCAT-LOM, VCAT-SQM, VCAT-MND of this member
    uint64_t packets            # control packets that were good
    uint64_t crc_errors

cdef struct GroupCounters:
    # a group: its GFP source and sink, and its clients all together
    uint64_t tx_client_frames
    uint64_t tx_client_octets
    uint64_t tx_idle_frames
    uint64_t rx_client_frames
    uint64_t rx_client_octets
    uint64_t rx_idle_frames
    uint64_t rx_management_frames
    uint64_t core_hec_corrected
    uint64_t core_hec_errors
    uint64_t type_hec_errors
    uint64_t payload_fcs_errors
    uint64_t ethernet_fcs_errors
    uint64_t sync_losses
    uint64_t discarded          # good headers, but not for a client here: the sum of the seven reasons below
    uint64_t rx_dropped         # the client's queue was full
    uint64_t differential_delay_us
    uint64_t defects
    uint64_t type_hec_corrected
    uint64_t extension_hec_corrected
    uint64_t extension_hec_errors
    uint64_t pti_mismatch       # reserved PTI
    uint64_t exi_mismatch       # another extension header, or a ring
    uint64_t cid_mismatch       # nobody's channel
    uint64_t upi_mismatch
    uint64_t too_short
    uint64_t too_long
    uint64_t reserved_control   # PLI 1..3
    uint64_t rx_csf_frames
    uint64_t rx_dci_frames
    uint64_t rx_fdi_frames
    uint64_t rx_rdi_frames
    uint64_t rx_other_management
    uint64_t syncs              # entries into SYNC
    uint64_t unaligned_octets   # read out of SYNC
    uint64_t tx_csf_frames
    uint64_t tx_dci_frames
    uint64_t tx_fdi_frames
    uint64_t tx_rdi_frames
    uint64_t tx_dropped         # client frames that waited when the client failed, or were too long
    uint64_t aborts             # of HDLC frames
    uint64_t invalid            # between flags: too short for an HDLC frame, or no whole number of octets

cdef struct ChannelCounters:
    # one client of a group
    uint64_t tx_client_frames
    uint64_t tx_client_octets
    uint64_t tx_dropped
    uint64_t tx_csf_frames
    uint64_t tx_dci_frames
    uint64_t tx_fdi_frames
    uint64_t tx_rdi_frames
    uint64_t rx_client_frames
    uint64_t rx_client_octets
    uint64_t rx_dropped
    uint64_t rx_csf_frames
    uint64_t rx_dci_frames
    uint64_t rx_fdi_frames
    uint64_t rx_rdi_frames
    uint64_t rx_other_management
    uint64_t payload_fcs_errors
    uint64_t ethernet_fcs_errors
    uint64_t upi_mismatch
    uint64_t too_short
    uint64_t too_long
    uint64_t csf                # what stands: 0, 1 loss of client signal, 2 loss of character synchronisation
    uint64_t defects            # of CSF, GFP_FDI, GFP_RDI
