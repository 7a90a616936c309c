# cython: language_level=3
"""The Gigabit Ethernet PCS, receive side (IEEE 802.3 clause 36): characters to frames, FCS checked and removed.

The machine is the table of pcs.h; runs of data inside a frame go past it.
"""
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from msapemu.wire.characters cimport (D2_2, D21_5, K23_7, K27_7, K28_5, K29_7, OCTET_PAD)
from msapemu.wire.gfp_t_counters cimport GfpTCounters
from msapemu.wire.kernels cimport kernels
from msapemu.wire.queue cimport FrameQueue, queue_commit, queue_reserve
from msapemu.wire.status cimport ChannelCounters

cdef extern from "wire/pcs.h" nogil:
    enum:
        PCS_D, PCS_COMMA, PCS_S, PCS_T, PCS_R, PCS_ERROR
    enum:
        PCS_IDLE, PCS_K28_5, PCS_CONFIG_1, PCS_PREAMBLE, PCS_DATA, PCS_END, PCS_BAD
    enum:
        PCS_BEGIN, PCS_SECOND, PCS_CONFIGURE, PCS_PREAMBLED, PCS_OCTET, PCS_DELIVER, PCS_EXTENDED
        PCS_CARRIER, PCS_BROKEN, PCS_BROKEN_NEW, PCS_PROPAGATED
    ctypedef struct PcsStep "msapemu_pcs_step":
        uint8_t next
        uint8_t action
    const PcsStep (*PCS "msapemu_pcs")[6]

cdef extern from * nogil:
    """
    #if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    #define MSAPEMU_IDLE_EVEN 0x5050505065C5A585u
    #define MSAPEMU_IDLE_ODD 0x5050505075D5B595u
    #else
    #define MSAPEMU_IDLE_EVEN 0x85A5C56550505050u
    #define MSAPEMU_IDLE_ODD 0x95B5D57550505050u
    #endif
    """
    const uint64_t IDLE_EVEN "MSAPEMU_IDLE_EVEN"    # a block of (K28.5 D16.2) x 4, as it stands in memory
    const uint64_t IDLE_ODD "MSAPEMU_IDLE_ODD"      # (D16.2 K28.5) x 4

cdef enum:
    FRAME_OCTETS = 64           # the least, with FCS
    FCS = 4
    PREAMBLE_MOST = 7           # 55h; a PCS may swallow some
    IN_A_ROW = 3                # ordered sets until they are believed (36.2.5.2.6, 37.3)

cdef struct PcsRx:
    uint8_t state
    uint8_t *room               # of the frame under way, in the queue; NULL: there is none
    uint32_t longest            # frame with FCS
    uint32_t have
    uint32_t preamble           # 55h seen
    uint32_t extended           # /R/s behind /T/
    uint8_t idles               # in a row, up to IN_A_ROW
    uint8_t configurations      # likewise
    bint configuring            # the far client sends /C/: it negotiates, its link is not up

cdef inline void pcs_rx_init(PcsRx *p, uint32_t longest) noexcept nogil:
    p.longest = longest + FCS

cdef inline bint pcs_in_frame(const PcsRx *p) noexcept nogil:
    return PCS_PREAMBLE <= p.state <= PCS_END

cdef inline void pcs_break(PcsRx *p, GfpTCounters *more) noexcept nogil:
    """Characters are missing here."""
    if pcs_in_frame(p):
        more.pcs_ends += 1
    p.state = PCS_BAD

cdef inline void pcs_deliver(PcsRx *p, FrameQueue *q, ChannelCounters *count, GfpTCounters *more) noexcept nogil:
    cdef uint32_t n = p.have - FCS
    if p.have < FRAME_OCTETS:
        more.pcs_short += 1
    elif p.room == NULL:
        count.rx_dropped += 1
    elif <uint32_t>~kernels.crc32(0xffffffff, p.room, n) != (
            <uint32_t>p.room[n] | (<uint32_t>p.room[n + 1] << 8) | (<uint32_t>p.room[n + 2] << 16)
            | (<uint32_t>p.room[n + 3] << 24)):
        count.ethernet_fcs_errors += 1
    else:
        queue_commit(q, n)
        count.rx_client_frames += 1
        count.rx_client_octets += n

cdef inline void pcs_begin(PcsRx *p, FrameQueue *q) noexcept nogil:
    p.room = queue_reserve(q, p.longest)
    p.have = p.preamble = p.extended = 0

cdef inline void pcs_set(PcsRx *p, GfpTCounters *more, bint configuration) noexcept nogil:
    """An ordered set is complete: /C/ or /I/."""
    if configuration:
        more.pcs_configurations += 1
        p.idles = 0
        p.configurations += p.configurations < IN_A_ROW
        if p.configurations == IN_A_ROW:
            p.configuring = True
    else:
        p.configurations = 0
        p.idles += p.idles < IN_A_ROW
        if p.idles == IN_A_ROW:
            p.configuring = False

cdef inline void pcs_octets(PcsRx *p, GfpTCounters *more, const uint8_t *octets, uint32_t n) noexcept nogil:
    """Data inside a frame."""
    if p.have + n > p.longest:
        more.pcs_long += 1
        p.state = PCS_BAD
        return
    if p.room != NULL:
        memcpy(p.room + p.have, octets, n)
    p.have += n

cdef inline void pcs_step(PcsRx *p, FrameQueue *q, ChannelCounters *count, GfpTCounters *more, unsigned kind,
                          uint8_t octet) noexcept nogil:
    cdef PcsStep step = PCS[p.state][kind]
    p.state = step.next
    if step.action == PCS_SECOND:
        if octet == D21_5 or octet == D2_2:
            p.state = PCS_CONFIG_1
        else:
            pcs_set(p, more, False)     # any other data character makes it an idle (36.2.5.2.6)
    elif step.action == PCS_PREAMBLED:
        if octet == 0xd5:
            p.state = PCS_DATA
        elif octet == 0x55 and p.preamble < PREAMBLE_MOST:
            p.preamble += 1
        else:
            more.pcs_preambles += 1
            p.state = PCS_BAD
    elif step.action == PCS_OCTET:
        pcs_octets(p, more, &octet, 1)
    elif step.action == PCS_BEGIN:
        pcs_begin(p, q)
    elif step.action == PCS_DELIVER:
        pcs_deliver(p, q, count, more)
        p.extended = 1
    elif step.action == PCS_EXTENDED:
        # the second one may be there to end on an odd character
        p.extended += 1
        more.pcs_extensions += p.extended > 2
    elif step.action == PCS_CONFIGURE:
        pcs_set(p, more, True)
    elif step.action == PCS_CARRIER:
        more.pcs_carriers += 1
    elif step.action == PCS_PROPAGATED:
        more.pcs_propagated += 1
    elif step.action == PCS_BROKEN or step.action == PCS_BROKEN_NEW:
        more.pcs_ends += 1
        if step.action == PCS_BROKEN_NEW:
            pcs_begin(p, q)

cdef inline void pcs_data(PcsRx *p, FrameQueue *q, ChannelCounters *count, GfpTCounters *more, const uint8_t *octets,
                          uint32_t n) noexcept nogil:
    """n data characters."""
    while n and p.state != PCS_DATA:
        if p.state == PCS_BAD:
            return
        pcs_step(p, q, count, more, PCS_D, octets[0])
        octets += 1
        n -= 1
    if n:
        pcs_octets(p, more, octets, n)

cdef inline unsigned pcs_kind(uint8_t octet) noexcept nogil:
    """The kind of a control character."""
    if octet == K28_5:
        return PCS_COMMA
    if octet == K23_7:
        return PCS_R
    if octet == K29_7:
        return PCS_T
    return PCS_S if octet == K27_7 else PCS_ERROR

cdef inline void pcs_block(PcsRx *p, FrameQueue *q, ChannelCounters *count, GfpTCounters *more, const uint8_t *octets,
                           unsigned flags) noexcept nogil:
    """Eight characters, some of them control characters; 65B_PADs are passed over."""
    cdef unsigned i = 0, run
    while i < 8:
        if (flags << i) & 0x80:
            if octets[i] != OCTET_PAD:
                pcs_step(p, q, count, more, pcs_kind(octets[i]), octets[i])
            i += 1
        else:
            run = 1
            while i + run < 8 and not (flags << (i + run)) & 0x80:
                run += 1
            pcs_data(p, q, count, more, octets + i, run)
            i += run

cdef inline bint pcs_idle_block(PcsRx *p, const uint8_t *block) noexcept nogil:
    """Whether the block is nothing but idle that changes nothing, and is done with: four /I2/, or the second half of
    one, three and the first half of another, where such a half is due."""
    cdef uint64_t word
    if p.idles < IN_A_ROW:
        return False
    memcpy(&word, block, 8)
    if p.state == PCS_IDLE:
        return word == IDLE_EVEN
    return p.state == PCS_K28_5 and word == IDLE_ODD
