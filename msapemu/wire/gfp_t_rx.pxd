# cython: language_level=3
"""GFP-T sink: GFP frames to superblocks, their correction, and characters.

Superblocks are taken as they come, not when their frame is complete; a wrong payload FCS is counted and nothing more,
as each superblock has a CRC of its own. One that cannot be put right becomes 64 times 10B_ERR.
"""
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from msapemu.wire.bits cimport load16, load32
from msapemu.wire.characters cimport (D2_2, D21_5, K28_5, OCTET_ERR, OCTET_PAD, CharacterRing, ring_put, ring_put_data,
                                      ring_room)
from msapemu.wire.gfp_channel cimport NO_CHANNEL, ChannelRx, ChannelsRx
from msapemu.wire.gfp_f cimport LFD_OCTETS, SYNC, GfpRx, gfp_area, gfp_headers, gfp_open, mismatched
from msapemu.wire.gfp_frame cimport (EXI_LINEAR, EXTENSION_OCTETS, FCS_OCTETS, HEC_WRONG, PFI_BIT, PTI_DATA,
                                     TYPE_OCTETS, fcs_word, hec_check)
from msapemu.wire.gfp_t cimport GfpTFormat
from msapemu.wire.gfp_t_counters cimport GfpTCounters
from msapemu.wire.kernels cimport crc32_msb, kernels
from msapemu.wire.pcs_rx cimport PcsRx, pcs_block, pcs_break, pcs_data, pcs_idle_block, pcs_rx_init
from msapemu.wire.status cimport GroupCounters
from msapemu.wire.superblock cimport BLOCK, BLOCKS, CHARACTERS, FLAGS_AT, SUPERBLOCK, superblock_correct
from msapemu.wire.symbols cimport SymbolTx

cdef enum GfpTArea:
    # the payload area that is being received
    AREA_UNREAD = 0     # its header is not there yet
    AREA_CLIENT = 1     # superblocks
    AREA_WHOLE = 2      # left to gfp_open, when it is there
    AREA_OTHER = 3      # passed over

cdef struct GfpTRx:
    GfpTFormat format
    GfpTArea area
    uint32_t at                 # octets of the area that are done with
    uint32_t end                # where its superblocks end
    bint payload_fcs
    uint32_t fcs
    PcsRx pcs
    CharacterRing ring          # group -> port
    uint64_t whole              # characters ever put there when an ordered set of idle ended last
    bint comma                  # the last one was K28.5
    bint stuffed                # K28.5 was read that is not in the ring: its second character is due
    SymbolTx symbols            # that a port takes
    GfpTCounters counters       # all but tx_*

cdef inline void gfp_t_rx_init(GfpTRx *t, const GfpTFormat *f, uint32_t longest) noexcept nogil:
    """The ring is the caller's to make."""
    t.format = f[0]
    pcs_rx_init(&t.pcs, longest)

# ---------------------------------------------------------------- characters

cdef inline bint gfp_t_full(GfpTRx *t, uint32_t n) noexcept nogil:
    """No room for n characters: they are dropped, and a reader that waits for idle waits no longer."""
    if ring_room(&t.ring) >= n:
        return False
    t.counters.rx_dropped += n
    t.whole = t.ring.tail
    t.comma = False
    return True

cdef inline bint ends_idle(uint8_t octet) noexcept nogil:
    """Behind K28.5: /I/, not /C/."""
    return octet != D21_5 and octet != D2_2

cdef inline void gfp_t_ring_data(GfpTRx *t, const uint8_t *octets, uint32_t n) noexcept nogil:
    if gfp_t_full(t, n):
        return
    if t.comma:
        t.comma = False
        if ends_idle(octets[0]):
            t.whole = t.ring.tail + 1
    ring_put_data(&t.ring, octets, n)

cdef inline void gfp_t_ring_block(GfpTRx *t, const uint8_t *octets, unsigned flags) noexcept nogil:
    """The characters of a block, without 65B_PADs."""
    cdef int i
    if gfp_t_full(t, BLOCK):
        return
    for i in range(BLOCK):
        if not (flags << i) & 0x80:
            ring_put(&t.ring, octets[i], False)
            if t.comma and ends_idle(octets[i]):
                t.whole = t.ring.tail
            t.comma = False
        elif octets[i] != OCTET_PAD:
            ring_put(&t.ring, octets[i], True)
            t.comma = octets[i] == K28_5

cdef inline void gfp_t_break(GfpTRx *t) noexcept nogil:
    """Characters are missing here."""
    t.comma = False
    if t.format.frames:
        pcs_break(&t.pcs, &t.counters)

cdef inline void gfp_t_data(GfpTRx *t, ChannelRx *c, const uint8_t *octets, uint32_t n) noexcept nogil:
    """n data characters."""
    t.counters.rx_characters += n
    if t.format.frames:
        pcs_data(&t.pcs, &c.queue, &c.counters, &t.counters, octets, n)
    else:
        gfp_t_ring_data(t, octets, n)

cdef inline void gfp_t_block(GfpTRx *t, ChannelRx *c, const uint8_t *octets, unsigned flags) noexcept nogil:
    """Eight characters, some of them control characters."""
    cdef unsigned pads = 0, errors = 0
    cdef int i
    for i in range(BLOCK):
        if (flags << i) & 0x80:
            pads += octets[i] == OCTET_PAD
            errors += octets[i] == OCTET_ERR
    t.counters.rx_pads += pads
    t.counters.rx_errors += errors
    t.counters.rx_characters += BLOCK - pads
    if t.format.frames:
        pcs_block(&t.pcs, &c.queue, &c.counters, &t.counters, octets, flags)
    else:
        gfp_t_ring_block(t, octets, flags)

cdef inline void gfp_t_errors(GfpTRx *t, ChannelRx *c, unsigned blocks) noexcept nogil:
    """10B_ERR for every character of so many blocks."""
    cdef uint8_t characters[8]
    cdef unsigned _k
    memset(characters, OCTET_ERR, BLOCK)
    for _k in range(blocks):
        gfp_t_block(t, c, characters, 0xff)

# ---------------------------------------------------------------- superblocks

cdef inline void gfp_t_superblock_take(GfpTRx *t, ChannelRx *c, const uint8_t *superblock) noexcept nogil:
    """A superblock without errors."""
    cdef uint8_t characters[64]
    cdef uint8_t of_blocks[8]
    cdef unsigned flags = superblock[FLAGS_AT], bad = 0, run = 0
    cdef bint read = False
    cdef int k
    t.counters.rx_superblocks += 1
    if flags == 0:
        gfp_t_data(t, c, superblock, CHARACTERS)
        return
    for k in range(BLOCKS):
        if not (flags << k) & 0x80:
            run += BLOCK
            continue
        if run:
            gfp_t_data(t, c, superblock + BLOCK * k - run, run)
            run = 0
        if t.format.frames and pcs_idle_block(&t.pcs, superblock + BLOCK * k):
            t.counters.rx_characters += BLOCK
            continue
        if not read:
            read = True
            bad = kernels.superblock_read(characters, of_blocks, superblock)
        if not (bad << k) & 0x80:
            gfp_t_block(t, c, characters + BLOCK * k, of_blocks[k])
        else:
            t.counters.rx_block_errors += 1
            gfp_t_errors(t, c, 1)
    if run:
        gfp_t_data(t, c, superblock + CHARACTERS - run, run)

cdef inline void gfp_t_superblocks_take(GfpTRx *t, ChannelRx *c, uint8_t *superblocks, uint32_t n) noexcept nogil:
    """n superblocks, as they came."""
    cdef uint32_t good, i
    cdef int corrected
    while n:
        good = <uint32_t>kernels.superblocks_good(superblocks, n)
        for i in range(good):
            gfp_t_superblock_take(t, c, superblocks + SUPERBLOCK * i)
        superblocks += SUPERBLOCK * good
        n -= good
        if n:
            corrected = superblock_correct(superblocks) if t.format.correct else -1
            if corrected < 0:
                t.counters.rx_crc_errors += 1
                gfp_t_errors(t, c, BLOCKS)
            else:
                t.counters.rx_corrected += corrected == 1
                t.counters.rx_corrected_pairs += corrected == 2
                gfp_t_superblock_take(t, c, superblocks)
            superblocks += SUPERBLOCK
            n -= 1

# ---------------------------------------------------------------- frames

cdef inline GfpTArea gfp_t_head(GfpRx *g, GfpTRx *t, const ChannelsRx *channels, GroupCounters *count) noexcept nogil:
    """What the payload area is, by as much of it as stands there."""
    cdef uint8_t header[4]
    cdef ChannelRx *c
    cdef uint32_t kind, least = TYPE_OCTETS + EXTENSION_OCTETS
    cdef int k
    if g.area_have < TYPE_OCTETS:
        return AREA_UNREAD
    memcpy(header, g.area, TYPE_OCTETS)
    if hec_check(header, True) == HEC_WRONG or load16(header) >> 13 != PTI_DATA:
        return AREA_WHOLE
    if (load16(header) >> 8) & 15 == EXI_LINEAR and g.area_have < least <= g.area_octets:
        return AREA_UNREAD
    k = gfp_headers(g, channels, count, &t.at)
    if k == NO_CHANNEL:
        return AREA_OTHER
    c = channels.of[k]
    kind = load16(g.area)
    t.payload_fcs = (kind & PFI_BIT) != 0
    t.end = g.area_octets - (FCS_OCTETS if t.payload_fcs else 0)
    if (kind & 0xff) != c.upi:
        mismatched(&g.upi_wrong)
        c.counters.upi_mismatch += 1
        return AREA_OTHER
    g.upi_wrong = 0
    if t.end < t.at + SUPERBLOCK or (t.end - t.at) % SUPERBLOCK:
        c.counters.too_short += 1       # for its last superblock
        return AREA_OTHER
    t.fcs = 0xffffffff
    c.csf = c.fdi = 0                   # 6.3.3: a good client frame
    return AREA_CLIENT

cdef inline void gfp_t_part(GfpRx *g, GfpTRx *t, ChannelsRx *channels, GroupCounters *count) noexcept nogil:
    """More of the payload area stands in `g.area`, descrambled."""
    cdef ChannelRx *c = channels.of[0]
    cdef uint8_t *info
    cdef uint32_t n
    if t.area == AREA_UNREAD:
        t.area = gfp_t_head(g, t, channels, count)
        if t.area == AREA_OTHER:
            gfp_t_break(t)
    if t.area == AREA_CLIENT:
        n = (g.area_have if g.area_have < t.end else t.end) - t.at
        n -= n % SUPERBLOCK
        if t.payload_fcs:
            t.fcs = crc32_msb(t.fcs, g.area + t.at, n)
        gfp_t_superblocks_take(t, c, g.area + t.at, n // SUPERBLOCK)
        t.at += n
    if g.area_have < g.area_octets:
        return
    if t.area == AREA_CLIENT:
        if t.payload_fcs and fcs_word(&g.format, t.fcs) != load32(g.area + t.end):
            c.counters.payload_fcs_errors += 1
    elif t.area == AREA_WHOLE:
        gfp_open(g, channels, count, &info, &n)
    t.area = AREA_UNREAD
    g.area_octets = 0

cdef inline void gfp_t_rx_fail(GfpTRx *t) noexcept nogil:
    """Server signal fail."""
    t.area = AREA_UNREAD
    gfp_t_break(t)

cdef inline void gfp_t_take(GfpRx *g, GfpTRx *t, ChannelsRx *channels, GroupCounters *count, const uint8_t *octets,
                            uint32_t n) noexcept nogil:
    """The next `n` octets of the received stream; `g` has the delineation."""
    cdef uint64_t losses = count.sync_losses
    if g.state != SYNC and g.out_of_sync < LFD_OCTETS:
        g.out_of_sync += n
    while gfp_area(g, count, &octets, &n, True):
        if count.sync_losses != losses:
            losses = count.sync_losses
            gfp_t_break(t)
        gfp_t_part(g, t, channels, count)
    if count.sync_losses != losses:
        gfp_t_break(t)
