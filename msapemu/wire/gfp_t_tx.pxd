# cython: language_level=3
"""GFP-T source: a client's characters to blocks, superblocks and GFP frames.

Superblocks are made when their octets are due, of the characters that are there then, and filled up with 65B_PAD. A
frame begins when there is a character; until then management and idle frames go out.

Time is a number of line frames (`gfp_t_time`): each brings the client so many characters by its clock, and no more
are taken. A group that is faster than its client sends PADs, one that is slower leaves inter-frame idle out: which of
them it is shows when characters are left behind. Before time was told once, there is no clock and everything that is
there is taken.
"""
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from msapemu.wire.bits cimport store32
from msapemu.wire.characters cimport OCTET_ERR, OCTET_PAD, CharacterRing, ring_take, ring_waiting
from msapemu.wire.gfp_channel cimport NO_CHANNEL, ChannelsTx, ChannelTx, channel_drop
from msapemu.wire.gfp_f cimport GfpTx, gfp_idle, gfp_scramble, gfp_send, gfp_start, gfp_under_way
from msapemu.wire.gfp_frame cimport CORE_OCTETS, FCS_OCTETS, core_header, fcs_word
from msapemu.wire.gfp_management cimport management_next
from msapemu.wire.gfp_t cimport MILLISECOND, PACE_CALLS, RATE_FRACTION, SUPERBLOCKS_FEW, GfpTFormat
from msapemu.wire.gfp_t_counters cimport GfpTCounters
from msapemu.wire.kernels cimport crc32_msb, kernels
from msapemu.wire.pcs_tx cimport PcsTx, pcs_abort, pcs_idles, pcs_take
from msapemu.wire.status cimport GroupCounters
from msapemu.wire.superblock cimport BLOCK, BLOCKS, CHARACTERS, FLAGS_AT, SUPERBLOCK
from msapemu.wire.symbols cimport SymbolRx

cdef enum:
    BATCH = 32                  # superblocks made at once

cdef struct GfpTTx:
    GfpTFormat format
    # the payload area under way: what of it is not made yet
    bint head_left
    bint fcs_left
    uint32_t superblocks_left
    uint32_t fcs
    uint8_t plain[2156]         # made and not yet scrambled (octets at..end): header, BATCH superblocks, payload FCS
    uint32_t at
    uint32_t end
    uint32_t superblocks        # of the next frame
    uint64_t frames             # line frames that the last call of gfp_t_time told
    uint64_t octets             # asked for since
    uint64_t due                # characters that the client has brought, as a `rate`
    uint64_t brought            # by that call
    bint clocked
    PcsTx pcs
    CharacterRing ring          # port -> group
    SymbolRx symbols            # that a port gives
    GfpTCounters counters       # tx_*

cdef inline void gfp_t_tx_init(GfpTTx *t, const GfpTFormat *f) noexcept nogil:
    """The ring is the caller's to make."""
    t.format = f[0]
    t.superblocks = f.superblocks

cdef inline void gfp_t_size(GfpTTx *t) noexcept nogil:
    """How many superblocks the next frames have, by what the group carried since the last call of gfp_t_time."""
    cdef uint64_t n = SUPERBLOCKS_FEW
    if t.frames:
        n = MILLISECOND * t.octets // (t.frames * SUPERBLOCK)
        if n < SUPERBLOCKS_FEW:
            n = SUPERBLOCKS_FEW
    t.superblocks = <uint32_t>n if n < t.format.superblocks else t.format.superblocks

cdef inline void gfp_t_time(GfpTTx *t, uint64_t frames) noexcept nogil:
    """So many line frames (125 us) have gone by; called before the octets that are sent in them are asked for."""
    cdef uint64_t most
    if t.format.rate == 0 or frames == 0:
        return
    if t.format.fewer:
        gfp_t_size(t)
    t.clocked = True
    t.frames = frames
    t.octets = 0
    t.brought = frames * t.format.rate
    most = 2 * PACE_CALLS * t.brought
    t.due += t.brought
    if t.due > most:
        t.due = most

cdef inline uint64_t gfp_t_ready(const GfpTTx *t) noexcept nogil:
    """Characters that can be taken now."""
    cdef uint64_t n = t.due >> RATE_FRACTION, waiting
    if not t.clocked:
        n = CHARACTERS
    if not t.format.frames:
        waiting = ring_waiting(&t.ring)
        if waiting < n:
            n = waiting
    return n

cdef inline bint gfp_t_behind(const GfpTTx *t) noexcept nogil:
    """The group is slower than the client."""
    return not t.clocked or t.due > PACE_CALLS * t.brought

cdef inline void gfp_t_idles(uint8_t *superblock) noexcept nogil:
    """64 characters of /I2/."""
    cdef int k
    for k in range(BLOCKS):
        store32(superblock + BLOCK * k, 0x85A5C565)
        store32(superblock + BLOCK * k + 4, 0x50505050)
    superblock[FLAGS_AT] = 0xff

cdef inline void gfp_t_superblock(GfpTTx *t, ChannelTx *c, uint8_t *superblock) noexcept nogil:
    """The next superblock, but for its CRC."""
    cdef uint64_t ready, left, flags
    cdef unsigned n = CHARACTERS
    if c.down:
        # the client failed inside this frame
        memset(superblock, OCTET_ERR, CHARACTERS)
        kernels.superblock_code(superblock, ~<uint64_t>0)
        t.counters.tx_errors += CHARACTERS
        return
    ready = gfp_t_ready(t)
    if ready < CHARACTERS:
        n = <unsigned>ready
    if t.clocked:
        t.due -= <uint64_t>n << RATE_FRACTION
    t.counters.tx_characters += n
    if not t.format.frames:
        flags = ring_take(&t.ring, superblock, n)
    elif n == CHARACTERS and pcs_idles(&t.pcs, &c.queue):
        gfp_t_idles(superblock)
        return
    else:
        left = t.pcs.left_out
        flags = pcs_take(&t.pcs, &c.queue, &c.counters, gfp_t_behind(t), superblock, n)
        left = t.pcs.left_out - left
        if left:
            # the client brought this idle too
            t.counters.tx_idles_dropped += left
            left <<= RATE_FRACTION
            t.due -= left if left < t.due else t.due
    if n < CHARACTERS:
        memset(superblock + n, OCTET_PAD, CHARACTERS - n)
        flags |= ~<uint64_t>0 >> n
        t.counters.tx_pads += CHARACTERS - n
    kernels.superblock_code(superblock, flags)

cdef inline void gfp_t_make(const GfpTx *g, GfpTTx *t, ChannelTx *c, uint32_t wanted) noexcept nogil:
    """Make `wanted` octets of the payload area or, where there is no room for so many or it ends, less."""
    cdef uint32_t n, i
    cdef uint8_t *superblocks
    t.at = t.end = 0
    if t.head_left:
        memcpy(t.plain, c.head, c.head_octets)
        t.end = c.head_octets
        t.head_left = False
    if t.end < wanted and t.superblocks_left:
        n = (wanted - t.end + SUPERBLOCK - 1) // SUPERBLOCK
        if n > BATCH:
            n = BATCH
        if n > t.superblocks_left:
            n = t.superblocks_left
        superblocks = t.plain + t.end
        for i in range(n):
            gfp_t_superblock(t, c, superblocks + SUPERBLOCK * i)
        kernels.superblocks_seal(superblocks, n)
        if t.fcs_left:
            t.fcs = crc32_msb(t.fcs, superblocks, SUPERBLOCK * n)
        t.counters.tx_superblocks += n
        t.superblocks_left -= n
        t.end += SUPERBLOCK * n
    if t.superblocks_left == 0 and t.fcs_left:
        store32(t.plain + t.end, fcs_word(&g.format, t.fcs))
        t.end += FCS_OCTETS
        t.fcs_left = False

cdef inline bint gfp_t_under_way(const GfpTTx *t) noexcept nogil:
    """Some of the payload area that began last is still to be sent."""
    return t.at < t.end or t.superblocks_left or t.head_left or t.fcs_left

cdef inline uint32_t gfp_t_send(GfpTx *g, GfpTTx *t, ChannelTx *c, uint8_t *out, uint32_t n) noexcept nogil:
    """Write of the payload area under way what goes into `n` octets; how many these were."""
    cdef uint32_t k, left = n
    while left and gfp_t_under_way(t):
        if t.at == t.end:
            gfp_t_make(g, t, c, left)
        k = t.end - t.at if t.end - t.at < left else left
        gfp_scramble(g, out, t.plain + t.at, k)
        t.at += k
        out += k
        left -= k
    return n - left

cdef inline bint gfp_t_next(GfpTx *g, GfpTTx *t, ChannelsTx *channels) noexcept nogil:
    """Begin the next frame; False when there is none but idles."""
    cdef ChannelTx *c = channels.of[0]
    cdef uint32_t length
    if channels.due:
        gfp_start(g, management_next(channels, g.area))
        return True
    if c.down:
        if channels.sending != NO_CHANNEL:
            pcs_abort(&t.pcs)
            channels.sending = NO_CHANNEL
            channel_drop(c)
        return False
    if gfp_t_ready(t) == 0:
        return False
    t.head_left = True
    t.superblocks_left = t.superblocks
    t.fcs_left = g.format.payload_fcs
    t.fcs = 0xffffffff
    length = c.head_octets + SUPERBLOCK * t.superblocks_left + (FCS_OCTETS if t.fcs_left else 0)
    store32(g.core, core_header(length))
    g.core_left = CORE_OCTETS
    # what waits in the queue stays there while a frame may have begun
    channels.sending = 0
    return True

cdef inline void gfp_t_fill(GfpTx *g, GfpTTx *t, ChannelsTx *channels, GroupCounters *count, uint8_t *out,
                            uint32_t n) noexcept nogil:
    """Write the next `n` octets of the stream."""
    cdef uint32_t k
    t.octets += n
    while True:
        k = gfp_send(g, out, n)
        out += k
        n -= k
        if gfp_under_way(g):
            return
        k = gfp_t_send(g, t, channels.of[0], out, n)
        out += k
        n -= k
        if n == 0:
            return
        if not gfp_t_next(g, t, channels):
            k = gfp_idle(g, count, out, n)
            out += k
            n -= k
