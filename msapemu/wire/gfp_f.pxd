# cython: language_level=3
"""GFP, frame-mapped (G.7041): client frames into an octet stream and back.

    core header  PLI(2) cHEC(2), xored with B6AB31E0
    payload area type(2) tHEC(2) [CID(1) spare(1) eHEC(2)] information [pFCS(4)], scrambled by x^43 + 1
    idle         PLI 0: B6 AB 31 E0 on the line

An Ethernet client's information is the MAC frame from destination address through FCS; the FCS is made and checked
here.
"""
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from msapemu.wire.bits cimport load16, load32, store16, store32
from msapemu.wire.kernels cimport crc32_msb, hec16, hec16_bit, kernels
from msapemu.wire.queue cimport FrameQueue, queue_commit, queue_front, queue_pop, queue_reserve
from msapemu.wire.status cimport GroupCounters

cdef enum:
    CORE_OCTETS = 4
    CORE_XOR = 0xB6AB31E0           # 6.1.1.2
    TYPE_OCTETS = 4
    EXTENSION_OCTETS = 4            # linear: CID, spare, eHEC
    FCS_OCTETS = 4
    PLI_CLIENT = 4                  # 0 idle, 1..3 reserved control frames, from 4 on a payload area follows
    AREA_OCTETS = 65535
    PTI_DATA = 0
    PTI_MANAGEMENT = 4              # of the client
    PTI_COMMUNICATIONS = 5          # management communications
    CID_NONE = -1
    CID_ANY = -2
    EXI_NULL = 0
    EXI_LINEAR = 1
    UPI_ETHERNET = 1
    CMF_CSF_SIGNAL = 1              # loss of client signal
    CMF_CSF_SYNC = 2                # loss of character synchronisation
    CMF_DCI = 3                     # client defect clear
    DELTA = 1                       # further good cHECs from PRESYNC to SYNC
    LFD_OCTETS = 131078             # two of the longest frames without SYNC: dLFD, where there never was one
    ETHERNET_HEADER = 14

cdef struct GfpFormat:
    # what both ends of a group agree on
    bint payload_fcs
    bint scramble
    bint ethernet               # UPI 01: Ethernet FCS made and checked
    int cid                     # CID_NONE: null extension header; CID_ANY: the sink takes any header
    uint8_t upi

# ---------------------------------------------------------------- source

cdef struct GfpTx:
    GfpFormat format
    uint64_t scrambler
    uint8_t area[8]             # payload header, made once
    uint32_t area_octets
    uint8_t core[4]             # header of the frame (or idle) being sent
    uint32_t core_left
    uint32_t head_left          # of the payload header
    const uint8_t *info         # in the queue
    uint32_t info_left
    uint8_t tail[8]             # Ethernet FCS, payload FCS
    uint32_t tail_octets
    uint32_t tail_left
    bint client                 # a client frame is under way (not idle)

cdef inline void gfp_tx_init(GfpTx *g, const GfpFormat *f) noexcept nogil:
    cdef unsigned kind
    memset(g, 0, sizeof(GfpTx))
    g.format = f[0]
    kind = (PTI_DATA << 13) | (f.payload_fcs << 12) | ((EXI_LINEAR if f.cid >= 0 else EXI_NULL) << 8) | f.upi
    store16(g.area, kind)
    store16(g.area + 2, hec16(<uint16_t>kind))
    g.area_octets = TYPE_OCTETS
    if f.cid >= 0:
        store16(g.area + 4, <unsigned>f.cid << 8)
        store16(g.area + 6, hec16(<uint16_t>(f.cid << 8)))
        g.area_octets += EXTENSION_OCTETS

cdef inline void gfp_scramble(GfpTx *g, uint8_t *out, const uint8_t *octets, uint32_t n) noexcept nogil:
    if g.format.scramble:
        kernels.scramble43(&g.scrambler, out, octets, n)
    else:
        memcpy(out, octets, n)

cdef inline void gfp_start(GfpTx *g, const uint8_t *info, uint32_t n) noexcept nogil:
    """Make the headers and the tail of the client frame `info`."""
    cdef uint32_t fcs
    g.info = info
    g.info_left = n
    g.tail_octets = 0
    if g.format.ethernet:
        fcs = ~kernels.crc32(0xffffffff, info, n)
        # the FCS goes out least significant octet first (IEEE 802.3 3.2.9)
        g.tail[0] = <uint8_t>fcs
        g.tail[1] = <uint8_t>(fcs >> 8)
        g.tail[2] = <uint8_t>(fcs >> 16)
        g.tail[3] = <uint8_t>(fcs >> 24)
        g.tail_octets = FCS_OCTETS
    if g.format.payload_fcs:
        fcs = crc32_msb(crc32_msb(0xffffffff, info, n), g.tail, g.tail_octets)
        store32(g.tail + g.tail_octets, ~fcs)
        g.tail_octets += FCS_OCTETS
    g.tail_left = g.tail_octets
    g.head_left = g.area_octets
    n += g.area_octets + g.tail_octets
    store32(g.core, ((n << 16) | hec16(<uint16_t>n)) ^ <uint32_t>CORE_XOR)
    g.core_left = CORE_OCTETS
    g.client = True

cdef inline void gfp_fill(GfpTx *g, FrameQueue *q, GroupCounters *count, uint8_t *out, uint32_t n) noexcept nogil:
    """Write the next `n` octets of the stream: frames from the queue as long as there are any, idle else."""
    cdef uint8_t *front
    cdef uint32_t k, length
    while n:
        if g.core_left:
            k = g.core_left if g.core_left < n else n
            memcpy(out, g.core + CORE_OCTETS - g.core_left, k)
            g.core_left -= k
        elif g.head_left:
            k = g.head_left if g.head_left < n else n
            gfp_scramble(g, out, g.area + g.area_octets - g.head_left, k)
            g.head_left -= k
        elif g.info_left:
            k = g.info_left if g.info_left < n else n
            gfp_scramble(g, out, g.info, k)
            g.info += k
            g.info_left -= k
        elif g.tail_left:
            k = g.tail_left if g.tail_left < n else n
            gfp_scramble(g, out, g.tail + g.tail_octets - g.tail_left, k)
            g.tail_left -= k
        else:
            k = 0
            if g.client:
                g.client = False
                count.tx_client_frames += 1
                queue_pop(q)
            front = queue_front(q, &length)
            if front != NULL:
                gfp_start(g, front, length)
                count.tx_client_octets += length
            else:
                # whole idle frames at once, the last one perhaps in pieces
                while n >= CORE_OCTETS:
                    store32(out, <uint32_t>CORE_XOR)
                    out += CORE_OCTETS
                    n -= CORE_OCTETS
                    count.tx_idle_frames += 1
                if n:
                    store32(g.core, <uint32_t>CORE_XOR)
                    g.core_left = CORE_OCTETS
                    count.tx_idle_frames += 1
        out += k
        n -= k
    if g.client and g.core_left + g.head_left + g.info_left + g.tail_left == 0:
        # the frame's last octet just went: its place in the queue is free now, not at the next call
        g.client = False
        count.tx_client_frames += 1
        queue_pop(q)

# ---------------------------------------------------------------- sink

cdef enum GfpState:
    HUNT = 0        # octet by octet, until a core header checks
    PRESYNC = 1     # that header's frame is passed over
    SYNC = 2

cdef struct GfpRx:
    GfpFormat format
    GfpState state
    uint64_t descrambler
    int confirmed               # good headers in PRESYNC
    uint32_t core               # the octets of the header being read, first one highest
    uint32_t core_have
    uint32_t area_octets        # of the payload area being read; 0: reading a header
    uint32_t area_have
    uint32_t out_of_sync        # octets since SYNC was left, up to LFD_OCTETS
    bint csf                    # client signal fail stands
    bint csf_came               # a frame said so since `csf_frame` was written
    uint64_t csf_frame          # line frame in which the last one came
    uint8_t area[65536]         # descrambled

cdef inline void gfp_rx_init(GfpRx *g, const GfpFormat *f) noexcept nogil:
    memset(g, 0, sizeof(GfpRx))
    g.format = f[0]

cdef inline void gfp_rx_fail(GfpRx *g) noexcept nogil:
    """Server signal fail: delineation starts anew."""
    g.state = HUNT
    g.core_have = g.area_octets = g.area_have = g.out_of_sync = 0

cdef inline bint hec_ok(uint8_t *header, bint *corrected) noexcept nogil:
    """Check two octets and their HEC; a single wrong bit is put right in place."""
    cdef uint32_t word = load32(header)
    cdef uint16_t syndrome = <uint16_t>(hec16(<uint16_t>(word >> 16)) ^ (word & 0xffff))
    cdef int bit
    if syndrome == 0:
        return True
    bit = hec16_bit(syndrome)
    if bit < 0:
        return False
    store32(header, word ^ (<uint32_t>0x80000000 >> bit))
    corrected[0] = True
    return True

cdef inline void gfp_management(GfpRx *g, GroupCounters *count, uint8_t upi) noexcept nogil:
    count.rx_management_frames += 1
    if upi == CMF_CSF_SIGNAL or upi == CMF_CSF_SYNC:
        g.csf = g.csf_came = True
    elif upi == CMF_DCI:
        g.csf = False

cdef inline bint for_channel(const GfpFormat *f, uint32_t exi, const uint8_t *area) noexcept nogil:
    """The extension header is the one that the client of this sink has."""
    if f.cid == CID_ANY:
        return exi == EXI_NULL or exi == EXI_LINEAR
    if f.cid == CID_NONE:
        return exi == EXI_NULL
    return exi == EXI_LINEAR and area[TYPE_OCTETS] == f.cid

cdef inline void gfp_frame(GfpRx *g, FrameQueue *q, GroupCounters *count) noexcept nogil:
    """A whole payload area stands in `g.area`: check it and hand the client its frame."""
    cdef uint8_t *area = g.area
    cdef uint8_t *room
    cdef uint32_t n = g.area_octets
    cdef uint32_t kind, pti, exi, header = TYPE_OCTETS
    cdef bint corrected = False
    if not hec_ok(area, &corrected):
        count.type_hec_errors += 1
        return
    kind = load16(area)
    pti = kind >> 13
    exi = (kind >> 8) & 15
    if exi == EXI_LINEAR:
        header += EXTENSION_OCTETS
        if n < header:
            count.discarded += 1
            return
        if not hec_ok(area + TYPE_OCTETS, &corrected):
            count.type_hec_errors += 1
            return
    if not for_channel(&g.format, exi, area):
        count.discarded += 1        # another channel, or a ring
        return
    if kind & 0x1000:
        if n < header + FCS_OCTETS:
            count.discarded += 1
            return
        n -= FCS_OCTETS
        if <uint32_t>~crc32_msb(0xffffffff, area + header, n - header) != load32(area + n):
            count.payload_fcs_errors += 1
            return
    if pti == PTI_MANAGEMENT:
        gfp_management(g, count, <uint8_t>kind)
        return
    if pti == PTI_COMMUNICATIONS:
        count.rx_management_frames += 1
        return
    if pti != PTI_DATA or (kind & 0xff) != g.format.upi:
        count.discarded += 1
        return
    area += header
    n -= header
    if g.format.ethernet:
        if n < ETHERNET_HEADER + FCS_OCTETS:
            count.discarded += 1
            return
        n -= FCS_OCTETS
        if <uint32_t>~kernels.crc32(0xffffffff, area, n) != (
                <uint32_t>area[n] | (<uint32_t>area[n + 1] << 8) | (<uint32_t>area[n + 2] << 16)
                | (<uint32_t>area[n + 3] << 24)):
            count.ethernet_fcs_errors += 1
            return
    g.csf = False
    room = queue_reserve(q, n)
    if room == NULL:
        count.rx_dropped += 1
        return
    memcpy(room, area, n)
    queue_commit(q, n)
    count.rx_client_frames += 1
    count.rx_client_octets += n

cdef inline void gfp_header(GfpRx *g, GroupCounters *count) noexcept nogil:
    """Four octets stand in `g.core`: the delineation machine (6.3.1) takes its step."""
    cdef uint32_t word = g.core ^ <uint32_t>CORE_XOR
    cdef uint16_t syndrome = <uint16_t>(hec16(<uint16_t>(word >> 16)) ^ (word & 0xffff))
    cdef int bit
    g.core_have = 0
    if syndrome:
        bit = hec16_bit(syndrome) if g.state == SYNC else -1
        if bit < 0:
            if g.state == SYNC:
                count.core_hec_errors += 1
                count.sync_losses += 1
            # in HUNT the window slides by one octet; the machine re-reads the three that remain
            g.core_have = 3
            g.core &= 0xffffff
            g.state = HUNT
            return
        word ^= <uint32_t>0x80000000 >> bit
        count.core_hec_corrected += 1
    if g.state == HUNT:
        g.state = PRESYNC
        g.confirmed = 0
    elif g.state == PRESYNC:
        g.confirmed += 1
        if g.confirmed >= DELTA:
            g.state = SYNC
            g.out_of_sync = 0
    word >>= 16
    if word >= PLI_CLIENT:
        g.area_octets = word
        g.area_have = 0
    elif g.state == SYNC:
        if word == 0:
            count.rx_idle_frames += 1
        else:
            count.discarded += 1

cdef inline void gfp_take(GfpRx *g, FrameQueue *q, GroupCounters *count, const uint8_t *octets,
                          uint32_t n) noexcept nogil:
    """The next `n` octets of the received stream."""
    cdef uint32_t k
    if g.state != SYNC and g.out_of_sync < LFD_OCTETS:
        g.out_of_sync += n
    while n:
        if g.area_octets:
            k = g.area_octets - g.area_have
            if k > n:
                k = n
            if g.state == SYNC:
                if g.format.scramble:
                    kernels.descramble43(&g.descrambler, g.area + g.area_have, octets, k)
                else:
                    memcpy(g.area + g.area_have, octets, k)
            g.area_have += k
            octets += k
            n -= k
            if g.area_have == g.area_octets:
                if g.state == SYNC:
                    gfp_frame(g, q, count)
                g.area_octets = 0
        elif g.core_have == 0 and n >= CORE_OCTETS:
            g.core = load32(octets)
            octets += CORE_OCTETS
            n -= CORE_OCTETS
            if g.state == SYNC and g.core == <uint32_t>CORE_XOR:
                count.rx_idle_frames += 1
            else:
                gfp_header(g, count)
        else:
            g.core = (g.core << 8) | octets[0]
            octets += 1
            n -= 1
            g.core_have += 1
            if g.core_have >= CORE_OCTETS:
                gfp_header(g, count)
