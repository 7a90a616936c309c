# cython: language_level=3
"""GFP, frame-mapped (G.7041 6, 7): client frames into an octet stream and back. The formats are in gfp_frame.pxd."""
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from msapemu.wire.bits cimport BLOCK, copy_blocks, load16, load32, store32, swap32
from msapemu.wire.gfp_channel cimport (NO_CHANNEL, ChannelRx, ChannelsRx, ChannelsTx, ChannelTx, channel_drop,
                                       channels_next)
from msapemu.wire.gfp_frame cimport (ANY_HEADER, CORE_OCTETS, CORE_XOR, ETHERNET_HEADER, EXI_LINEAR, EXI_NULL,
                                     EXTENSION_OCTETS, FCS_OCTETS, HEADER_OCTETS, HEC_GOOD, HEC_WRONG, LINEAR_HEADER,
                                     PFI_BIT, PLI_CLIENT, PTI_COMMUNICATIONS, PTI_DATA, PTI_MANAGEMENT, TYPE_OCTETS,
                                     GfpFormat, Hec, core_header, fcs_word, hec_check, idle_fill, idle_octets)
from msapemu.wire.gfp_management cimport management_next, management_take
from msapemu.wire.kernels cimport crc32_msb, hec16, hec16_bit, kernels
from msapemu.wire.queue cimport queue_commit, queue_front, queue_pop, queue_reserve
from msapemu.wire.status cimport GroupCounters

cdef enum:
    DELTA = 1                       # further good cHECs from PRESYNC to SYNC
    LFD_OCTETS = 131078             # two of the longest frames without SYNC: dLFD, where there never was one
    FCS_RESIDUE = 0xDEBB20E3        # what the CRC register of Ethernet holds behind a right FCS
    MISMATCHES = 5                  # data frames in a row with the wrong EXI or UPI: dEXM, dUPM

    # short frames are scrambled in runs: one after the other each would wait for the one before
    SHORT_AREA = 320                # octets of a payload area that is short
    RUN_FRAMES = 64
    RUN_OCTETS = 4096

# ---------------------------------------------------------------- source

cdef struct GfpTx:
    GfpFormat format
    uint64_t scrambler
    uint8_t core[4]             # header of the frame (or idle) being sent
    uint32_t core_left
    uint32_t at                 # of `area`: what is sent next
    uint32_t end
    uint8_t area[65664]         # payload area of the frame being sent, not yet scrambled; room for whole blocks

cdef inline void gfp_tx_init(GfpTx *g, const GfpFormat *f) noexcept nogil:
    memset(g, 0, sizeof(GfpTx))
    g.format = f[0]

cdef inline void gfp_scramble(GfpTx *g, uint8_t *out, const uint8_t *octets, uint32_t n) noexcept nogil:
    if g.format.scramble:
        kernels.scramble43(&g.scrambler, out, octets, n)
    else:
        memcpy(out, octets, n)

cdef inline uint32_t gfp_client_area(const GfpTx *g, const ChannelTx *c, const uint8_t *info, uint32_t n,
                                     uint8_t *area) noexcept nogil:
    """Make the payload area of a client frame, and up to BLOCK - 1 octets of no meaning behind it; its octets."""
    cdef uint8_t *at = area + c.head_octets
    cdef uint32_t fcs
    memcpy(area, c.head, HEADER_OCTETS)
    copy_blocks(at, info, n)
    if c.ethernet:
        fcs = ~kernels.crc32(0xffffffff, info, n)
        # the FCS goes out least significant octet first (IEEE 802.3 3.2.9)
        store32(at + n, swap32(fcs))
        n += FCS_OCTETS
    if g.format.payload_fcs:
        store32(at + n, fcs_word(&g.format, crc32_msb(0xffffffff, at, n)))
        n += FCS_OCTETS
    return c.head_octets + n

cdef inline void gfp_start(GfpTx *g, uint32_t n) noexcept nogil:
    """A frame begins, whose payload area of `n` octets stands in `g.area`."""
    g.at = 0
    g.end = n
    store32(g.core, core_header(n))
    g.core_left = CORE_OCTETS

cdef inline bint gfp_under_way(const GfpTx *g) noexcept nogil:
    """Some of the frame that began last is still to be sent."""
    return g.core_left != 0 or g.at != g.end

cdef inline uint32_t gfp_send(GfpTx *g, uint8_t *out, uint32_t n) noexcept nogil:
    """Write of the frame under way what goes into `n` octets; how many these were."""
    cdef uint32_t k, left = n
    if g.core_left == CORE_OCTETS and left >= CORE_OCTETS:
        memcpy(out, g.core, CORE_OCTETS)
        g.core_left = 0
        out += CORE_OCTETS
        left -= CORE_OCTETS
    elif g.core_left:
        k = g.core_left if g.core_left < left else left
        memcpy(out, g.core + CORE_OCTETS - g.core_left, k)
        g.core_left -= k
        out += k
        left -= k
    if left and g.at != g.end:
        k = g.end - g.at if g.end - g.at < left else left
        gfp_scramble(g, out, g.area + g.at, k)
        g.at += k
        left -= k
    return n - left

cdef inline uint32_t gfp_idle(GfpTx *g, GroupCounters *count, uint8_t *out, uint32_t n) noexcept nogil:
    """Write whole idle frames; how many octets that were. What is left of `n` is to be sent of one more."""
    cdef uint32_t left = n % CORE_OCTETS
    idle_fill(out, n - left)
    count.tx_idle_frames += (n - left) // CORE_OCTETS
    if left:
        store32(g.core, <uint32_t>CORE_XOR)
        g.core_left = CORE_OCTETS
        count.tx_idle_frames += 1
    return n - left

cdef inline void gfp_sent(ChannelsTx *channels) noexcept nogil:
    """The client frame under way is on the line: its place in the queue is free."""
    cdef ChannelTx *c = channels.of[channels.sending]
    channels.sending = NO_CHANNEL
    c.counters.tx_client_frames += 1
    queue_pop(&c.queue)
    if c.down or not c.open:
        channel_drop(c)

cdef inline bint gfp_next(GfpTx *g, ChannelsTx *channels) noexcept nogil:
    """Begin the next frame; False when there is none but idles."""
    cdef ChannelTx *c
    cdef const uint8_t *front
    cdef uint32_t length = 0
    cdef int k
    if channels.due:
        gfp_start(g, management_next(channels, g.area))
        return True
    while True:
        k = channels_next(channels)
        if k == NO_CHANNEL:
            return False
        c = channels.of[k]
        front = queue_front(&c.queue, &length)
        if length <= c.most:
            break
        queue_pop(&c.queue)         # no PLI can say so much
        c.counters.tx_dropped += 1
    channels.sending = k
    c.counters.tx_client_octets += length
    gfp_start(g, gfp_client_area(g, c, front, length, g.area))
    return True

cdef inline uint32_t gfp_short(GfpTx *g, ChannelsTx *channels, uint8_t *out, uint32_t n) noexcept nogil:
    """Between two frames: write whole short frames of a client that is alone, as many as are waiting and go into `n`
    octets; how many octets these were."""
    cdef uint8_t plain[RUN_OCTETS]
    cdef uint8_t scrambled[RUN_OCTETS]
    cdef uint32_t area[RUN_FRAMES]
    cdef ChannelTx *c = channels.of[0]
    cdef const uint8_t *front
    cdef uint32_t frames = 0, made = 0, used = 0, length = 0, k
    if channels.count != 1 or channels.due or c.down or not c.open:
        return 0
    while frames < RUN_FRAMES and c.queue.frames and made + 2 * SHORT_AREA < RUN_OCTETS:
        front = queue_front(&c.queue, &length)
        k = length + c.overhead - CORE_OCTETS
        if k > SHORT_AREA or used + CORE_OCTETS + k > n:
            break
        area[frames] = gfp_client_area(g, c, front, length, plain + made)
        queue_pop(&c.queue)
        c.counters.tx_client_octets += length
        frames += 1
        made += k
        used += CORE_OCTETS + k
    if frames == 0:
        return 0
    c.counters.tx_client_frames += frames
    gfp_scramble(g, scrambled, plain, made)
    n = used
    made = 0
    for k in range(frames):
        store32(out, core_header(area[k]))
        out += CORE_OCTETS
        n -= CORE_OCTETS + area[k]
        # what a block has beyond the frame is written over by the next ones
        if n >= BLOCK:
            copy_blocks(out, scrambled + made, area[k])
        else:
            memcpy(out, scrambled + made, area[k])
        out += area[k]
        made += area[k]
    return used

cdef inline void gfp_fill(GfpTx *g, ChannelsTx *channels, GroupCounters *count, uint8_t *out,
                          uint32_t n) noexcept nogil:
    """Write the next `n` octets of the stream: frames as long as there are any, idle else."""
    cdef uint32_t k
    while True:
        k = gfp_send(g, out, n)
        out += k
        n -= k
        if gfp_under_way(g):
            return
        if channels.sending != NO_CHANNEL:
            gfp_sent(channels)
        k = gfp_short(g, channels, out, n)
        out += k
        n -= k
        if n == 0:
            return
        if not gfp_next(g, channels):
            k = gfp_idle(g, count, out, n)
            out += k
            n -= k

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
    int exi_wrong               # data frames in a row, up to MISMATCHES
    int upi_wrong
    uint64_t by_upi[256]        # data frames with good headers
    uint64_t by_cid[256]        # those of them with a linear header
    uint8_t area[65536]         # descrambled

cdef inline void gfp_rx_init(GfpRx *g, const GfpFormat *f) noexcept nogil:
    memset(g, 0, sizeof(GfpRx))
    g.format = f[0]

cdef inline void gfp_rx_fail(GfpRx *g) noexcept nogil:
    """Server signal fail: delineation starts anew."""
    g.state = HUNT
    g.core_have = g.area_octets = g.area_have = g.out_of_sync = 0
    g.exi_wrong = g.upi_wrong = 0

cdef inline void mismatched(int *run) noexcept nogil:
    if run[0] < MISMATCHES:
        run[0] += 1

cdef inline int gfp_channel(GfpRx *g, const ChannelsRx *channels, GroupCounters *count, uint32_t kind,
                            const uint8_t *area) noexcept nogil:
    """The channel that a frame with a good payload header is for, or NO_CHANNEL."""
    cdef uint32_t exi = (kind >> 8) & 15
    cdef uint32_t wanted = EXI_LINEAR if g.format.extension == LINEAR_HEADER else EXI_NULL
    cdef int k = 0
    if exi != wanted and not (g.format.extension == ANY_HEADER and exi == EXI_LINEAR):
        count.exi_mismatch += 1
        if kind >> 13 == PTI_DATA:
            mismatched(&g.exi_wrong)
        return NO_CHANNEL
    if wanted == EXI_LINEAR:
        k = <int>channels.by_cid[area[TYPE_OCTETS]] - 1
        if k < 0:
            g.exi_wrong = 0
            count.cid_mismatch += 1
    return k

cdef inline int gfp_headers(GfpRx *g, const ChannelsRx *channels, GroupCounters *count,
                            uint32_t *octets) noexcept nogil:
    """Check the payload header of the frame in `g.area`: the channel that it is for, or NO_CHANNEL, and its length."""
    cdef uint8_t *area = g.area
    cdef Hec hec = hec_check(area, True)
    cdef uint32_t kind
    octets[0] = TYPE_OCTETS
    if hec != HEC_GOOD:
        if hec == HEC_WRONG:
            count.type_hec_errors += 1
            return NO_CHANNEL
        count.type_hec_corrected += 1
    kind = load16(area)
    if (kind >> 8) & 15 == EXI_LINEAR:
        octets[0] += EXTENSION_OCTETS
        if g.area_octets < octets[0]:
            count.too_short += 1
            return NO_CHANNEL
        hec = hec_check(area + TYPE_OCTETS, g.format.correct_extension)
        if hec != HEC_GOOD:
            if hec == HEC_WRONG:
                count.extension_hec_errors += 1
                return NO_CHANNEL
            count.extension_hec_corrected += 1
    if kind >> 13 == PTI_DATA:
        g.by_upi[kind & 0xff] += 1
        if octets[0] > TYPE_OCTETS:
            g.by_cid[area[TYPE_OCTETS]] += 1
    return gfp_channel(g, channels, count, kind, area)

cdef inline ChannelRx *gfp_open(GfpRx *g, ChannelsRx *channels, GroupCounters *count, uint8_t **info,
                                uint32_t *octets) noexcept nogil:
    """A whole payload area stands in `g.area`: check its headers and FCS. The channel whose client data it is, with
    the information; NULL for all others, which are done with."""
    cdef uint8_t *area = g.area
    cdef ChannelRx *c
    cdef uint32_t n = g.area_octets, header, kind, pti
    cdef int k = gfp_headers(g, channels, count, &header)
    if k == NO_CHANNEL:
        return NULL
    kind = load16(area)
    pti = kind >> 13
    c = channels.of[k]
    n -= header
    if kind & PFI_BIT:
        if n < FCS_OCTETS:
            c.counters.too_short += 1
            return NULL
        n -= FCS_OCTETS
        if fcs_word(&g.format, crc32_msb(0xffffffff, area + header, n)) != load32(area + header + n):
            c.counters.payload_fcs_errors += 1
            return NULL
    if pti == PTI_MANAGEMENT:
        management_take(channels, k, <uint8_t>kind)
        return NULL
    if pti == PTI_COMMUNICATIONS:
        c.counters.rx_other_management += 1
        return NULL
    if pti != PTI_DATA:
        count.pti_mismatch += 1
        return NULL
    g.exi_wrong = 0
    if (kind & 0xff) != c.upi:
        mismatched(&g.upi_wrong)
        c.counters.upi_mismatch += 1
        return NULL
    g.upi_wrong = 0
    info[0] = area + header
    octets[0] = n
    return c

cdef inline bint fcs_good(const uint8_t *info, uint32_t n) noexcept nogil:
    """The Ethernet FCS behind `n` octets is theirs."""
    return kernels.crc32(0xffffffff, info, n + FCS_OCTETS) == <uint32_t>FCS_RESIDUE

cdef inline void gfp_delivered(ChannelRx *c, uint32_t n) noexcept nogil:
    """A good client frame of `n` octets stands in the place that was reserved for it."""
    c.csf = c.fdi = 0               # 6.3.3
    queue_commit(&c.queue, n)
    c.counters.rx_client_frames += 1
    c.counters.rx_client_octets += n

cdef inline void gfp_deliver(ChannelRx *c, const uint8_t *info, uint32_t n) noexcept nogil:
    """Check a client frame and hand it on."""
    cdef uint8_t *room
    cdef uint32_t least = ETHERNET_HEADER if c.ethernet else 1
    if c.ethernet:
        n -= FCS_OCTETS if n >= FCS_OCTETS else n
    if n < least or n > c.longest:
        if n < least:
            c.counters.too_short += 1
        else:
            c.counters.too_long += 1
        return
    if c.ethernet and not fcs_good(info, n):
        c.counters.ethernet_fcs_errors += 1
        return
    room = queue_reserve(&c.queue, n)
    if room == NULL:
        c.csf = c.fdi = 0
        c.counters.rx_dropped += 1
        return
    memcpy(room, info, n)
    gfp_delivered(c, n)

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
            count.syncs += 1
    word >>= 16
    if word >= PLI_CLIENT:
        g.area_octets = word
        g.area_have = 0
    elif g.state == SYNC:
        if word == 0:
            count.rx_idle_frames += 1
        else:
            count.reserved_control += 1

cdef inline bint gfp_area(GfpRx *g, GroupCounters *count, const uint8_t **octets, uint32_t *left,
                          bint parts) noexcept nogil:
    """Take octets until a payload area stands whole and descrambled in `g.area` (True), or there are no more. With
    `parts` as soon as more of it stands there."""
    cdef const uint8_t *at = octets[0]
    cdef uint32_t n = left[0]
    cdef uint32_t k
    while n:
        if g.area_octets:
            k = g.area_octets - g.area_have
            if k > n:
                k = n
            if g.state != SYNC:
                count.unaligned_octets += k
            elif g.format.scramble:
                kernels.descramble43(&g.descrambler, g.area + g.area_have, at, k)
            else:
                memcpy(g.area + g.area_have, at, k)
            g.area_have += k
            at += k
            n -= k
            if g.state == SYNC and (parts or g.area_have == g.area_octets):
                octets[0] = at
                left[0] = n
                return True
            if g.area_have == g.area_octets:
                g.area_octets = 0
        elif g.core_have == 0 and n >= CORE_OCTETS:
            if g.state == SYNC:
                k = idle_octets(at, n)
                at += k
                n -= k
                count.rx_idle_frames += k // CORE_OCTETS
                if n < CORE_OCTETS:
                    continue
            else:
                count.unaligned_octets += CORE_OCTETS
            g.core = load32(at)
            at += CORE_OCTETS
            n -= CORE_OCTETS
            gfp_header(g, count)
        else:
            g.core = (g.core << 8) | at[0]
            at += 1
            n -= 1
            count.unaligned_octets += g.state != SYNC
            g.core_have += 1
            if g.core_have >= CORE_OCTETS:
                gfp_header(g, count)
    left[0] = 0
    return False

cdef inline bint gfp_usual(const GfpRx *g) noexcept nogil:
    """Between two frames of a group whose frames are delineated, scrambled, and have no extension header."""
    return (g.state == SYNC and g.area_octets == 0 and g.core_have == 0 and g.format.scramble
            and g.format.extension != LINEAR_HEADER)

cdef inline uint32_t gfp_usual_header(const ChannelRx *c) noexcept nogil:
    """The payload header of its client data, without a payload FCS, first octet highest."""
    cdef uint32_t kind = (<uint32_t>PTI_DATA << 13) | c.upi
    return (kind << 16) | hec16(<uint16_t>kind)

cdef inline bint gfp_good(const ChannelRx *c, const uint8_t *area, uint32_t header, uint32_t n) noexcept nogil:
    """A payload area with `n` octets of client data and its FCS needs no closer look."""
    return (load32(area) == header and n <= c.longest
            and (not c.ethernet or fcs_good(area + TYPE_OCTETS, n)))

cdef inline void gfp_whole(GfpRx *g, ChannelsRx *channels, GroupCounters *count) noexcept nogil:
    """A whole payload area stands in `g.area`."""
    cdef uint8_t *info
    cdef uint32_t length
    cdef ChannelRx *c = gfp_open(g, channels, count, &info, &length)
    g.area_octets = 0
    if c != NULL:
        gfp_deliver(c, info, length)

cdef inline void gfp_closer(GfpRx *g, ChannelsRx *channels, GroupCounters *count, const uint8_t *area,
                            uint32_t n) noexcept nogil:
    """Have a payload area looked at in every respect."""
    memcpy(g.area, area, n)
    g.area_octets = n
    gfp_whole(g, channels, count)

cdef inline void gfp_shorts(GfpRx *g, ChannelsRx *channels, GroupCounters *count, uint8_t *scrambled,
                            const uint32_t *area, uint32_t frames, uint32_t octets) noexcept nogil:
    """Descramble payload areas that follow each other, in one run, and deliver them."""
    cdef uint8_t plain[RUN_OCTETS]
    cdef const uint8_t *at = plain
    cdef uint8_t *room
    cdef ChannelRx *c = channels.of[0]
    cdef uint32_t k, n, good = 0, fcs = FCS_OCTETS if c.ethernet else 0, header = gfp_usual_header(c)
    kernels.descramble43(&g.descrambler, plain, scrambled, octets)
    for k in range(frames):
        n = area[k] - TYPE_OCTETS - fcs
        room = NULL
        if gfp_good(c, at, header, n):
            room = queue_reserve(&c.queue, n + BLOCK)
        if room != NULL:
            copy_blocks(room, at + TYPE_OCTETS, n)
            gfp_delivered(c, n)
            good += 1
        else:
            if good:
                gfp_as_usual(g, c, good)
                good = 0
            gfp_closer(g, channels, count, at, area[k])
        at += area[k]
    if good:
        gfp_as_usual(g, c, good)

cdef inline void gfp_as_usual(GfpRx *g, const ChannelRx *c, uint32_t frames) noexcept nogil:
    g.by_upi[c.upi] += frames
    g.exi_wrong = g.upi_wrong = 0

cdef inline void gfp_run(GfpRx *g, ChannelsRx *channels, GroupCounters *count, const uint8_t **octets,
                         uint32_t *left) noexcept nogil:
    """Take whole frames as long as they are as usual: idles, and payload areas, which are descrambled right into the
    client's queue, or, short ones, many in one run. What is unusual before it is descrambled is left."""
    cdef uint8_t scrambled[RUN_OCTETS]
    cdef uint32_t area[RUN_FRAMES]
    cdef ChannelRx *c = channels.of[0]
    cdef const uint8_t *at = octets[0]
    cdef uint8_t *room
    cdef uint32_t n = left[0], least = TYPE_OCTETS + ((ETHERNET_HEADER + FCS_OCTETS) if c.ethernet else 1)
    cdef uint32_t word, pli, length, idle, frames = 0, made = 0
    while n >= CORE_OCTETS:
        word = load32(at) ^ <uint32_t>CORE_XOR
        pli = word >> 16
        if word == 0:
            idle = idle_octets(at, n)
            count.rx_idle_frames += idle // CORE_OCTETS
            at += idle
            n -= idle
            continue
        if (word & 0xffff) != hec16(<uint16_t>pli) or pli < least or n < CORE_OCTETS + pli:
            break
        if pli <= SHORT_AREA and n > CORE_OCTETS + pli + BLOCK:
            copy_blocks(scrambled + made, at + CORE_OCTETS, pli)
            area[frames] = pli
            frames += 1
            made += pli
            at += CORE_OCTETS + pli
            n -= CORE_OCTETS + pli
            if frames < RUN_FRAMES and made + 2 * SHORT_AREA < RUN_OCTETS:
                continue
        if frames:
            gfp_shorts(g, channels, count, scrambled, area, frames, made)
            frames = made = 0
            continue
        # the payload header goes where the queue has its frame's length
        room = queue_reserve(&c.queue, pli)
        if room == NULL:
            break
        kernels.descramble43(&g.descrambler, room - TYPE_OCTETS, at + CORE_OCTETS, pli)
        at += CORE_OCTETS + pli
        n -= CORE_OCTETS + pli
        length = pli - TYPE_OCTETS - (FCS_OCTETS if c.ethernet else 0)
        if gfp_good(c, room - TYPE_OCTETS, gfp_usual_header(c), length):
            gfp_delivered(c, length)
            gfp_as_usual(g, c, 1)
        else:
            gfp_closer(g, channels, count, room - TYPE_OCTETS, pli)
    if frames:
        gfp_shorts(g, channels, count, scrambled, area, frames, made)
    octets[0] = at
    left[0] = n

cdef inline void gfp_take(GfpRx *g, ChannelsRx *channels, GroupCounters *count, const uint8_t *octets,
                          uint32_t n) noexcept nogil:
    """The next `n` octets of the received stream."""
    if g.state != SYNC and g.out_of_sync < LFD_OCTETS:
        g.out_of_sync += n
    while n:
        if gfp_usual(g):
            gfp_run(g, channels, count, &octets, &n)
        if not gfp_area(g, count, &octets, &n, False):
            return
        gfp_whole(g, channels, count)
