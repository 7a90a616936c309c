# cython: language_level=3
"""A group's Ethernet client in HDLC frames: straight, by LAPS (X.86), or as bridged PPP (RFC 3518).

A frame is stuffed as a whole when its turn comes, and goes out from there in whatever pieces its container asks for;
between frames stand flags. Nothing tells the far end of a client that has failed.
"""
from libc.stddef cimport size_t
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from msapemu.wire.gfp_channel cimport (NO_CHANNEL, ChannelRx, ChannelsRx, ChannelsTx, ChannelTx, channel_drop,
                                       channels_next)
from msapemu.wire.gfp_f cimport MISMATCHES, gfp_sent
from msapemu.wire.gfp_frame cimport ETHERNET_HEADER
from msapemu.wire.hdlc cimport (HDLC_FLAG, HdlcRx, HdlcTx, fcs_write, hdlc_close, hdlc_flags, hdlc_hunt, hdlc_part,
                                hdlc_room, hdlc_rx_init, hdlc_rx_room, hdlc_take, hdlc_tx_init)
from msapemu.wire.hdlc_header cimport (BCP_PADS, HDLC_HEADER, HEADER_FRAME, HEADER_GOOD, HEADER_PROTOCOL,
                                       LAN_FCS_OCTETS, ClientFormat, Header, MacFrame, header_read, header_write)
from msapemu.wire.kernels cimport kernels
from msapemu.wire.queue cimport queue_commit, queue_front, queue_reserve
from msapemu.wire.status cimport GroupCounters

cdef enum:
    AROUND = HDLC_HEADER + LAN_FCS_OCTETS + BCP_PADS    # octets at most in a frame beside the client's and the FCS
    LOST_FRAMES = 2             # of the longest frames, stuffed, without a flag between them: dLFD
    ETHERNET_LEAST = 60         # octets of the shortest MAC frame without its FCS
    BLOCK = 1024                # octets that are scrambled at a time

# ---------------------------------------------------------------- source

cdef struct HdlcSource:
    ClientFormat format
    HdlcTx tx
    uint64_t scrambler
    uint8_t header[8]
    uint32_t header_octets
    uint8_t *stuffed            # the frame under way
    uint32_t at                 # of it: how much is sent
    uint32_t end                # how much there is

cdef inline uint64_t hdlc_source_room(const ClientFormat *f, uint32_t longest) noexcept nogil:
    cdef HdlcTx t
    t.format = f.frame
    return hdlc_room(&t, longest + AROUND)

cdef inline void hdlc_source_init(HdlcSource *s, const ClientFormat *f, uint8_t *room) noexcept nogil:
    """`room`: of hdlc_source_room octets. Everything else is zero."""
    s.format = f[0]
    hdlc_tx_init(&s.tx, &f.frame)
    s.header_octets = header_write(f, s.header)
    s.stuffed = room
    room[0] = HDLC_FLAG         # the stream begins with one
    s.end = 1

cdef inline void hdlc_look(ChannelsTx *channels, uint64_t now) noexcept nogil:
    """The client's state: while it is failed nothing of it is sent."""
    cdef ChannelTx *c = channels.of[0]
    channels.now = now
    c.down = c.failed
    if c.down and channels.sending == NO_CHANNEL:
        channel_drop(c)

cdef inline bint hdlc_next(HdlcSource *s, ChannelsTx *channels) noexcept nogil:
    """Stuff the next frame; False when there is none."""
    cdef ChannelTx *c = channels.of[0]
    cdef const uint8_t *front
    cdef uint8_t *out = s.stuffed
    cdef uint8_t fcs[4]
    cdef uint32_t n = 0
    if channels_next(channels) == NO_CHANNEL:
        return False
    front = queue_front(&c.queue, &n)
    channels.sending = 0
    c.counters.tx_client_octets += n
    out = hdlc_part(&s.tx, s.header, s.header_octets, out)
    out = hdlc_part(&s.tx, front, n, out)
    if s.format.lan_fcs:
        fcs_write(~kernels.crc32(0xffffffff, front, n), fcs)
        out = hdlc_part(&s.tx, fcs, LAN_FCS_OCTETS, out)
    out = hdlc_close(&s.tx, out)
    s.at = 0
    s.end = <uint32_t>(out - s.stuffed)
    return True

cdef inline void hdlc_plain_fill(HdlcSource *s, ChannelsTx *channels, uint8_t *out, uint32_t n) noexcept nogil:
    """The next `n` octets before they are scrambled."""
    cdef uint32_t k
    while True:
        k = s.end - s.at
        if k > n:
            k = n
        memcpy(out, s.stuffed + s.at, k)
        s.at += k
        out += k
        n -= k
        if s.at < s.end:
            return
        if channels.sending != NO_CHANNEL:
            gfp_sent(channels)
        if n == 0:
            return
        if not hdlc_next(s, channels):
            hdlc_flags(&s.tx, out, n)
            return

cdef inline void hdlc_fill(HdlcSource *s, ChannelsTx *channels, uint8_t *out, uint32_t n) noexcept nogil:
    """The next `n` octets of the stream."""
    cdef uint8_t plain[BLOCK]
    cdef uint32_t k
    if not s.format.scramble:
        hdlc_plain_fill(s, channels, out, n)
        return
    while n:
        k = n if n < BLOCK else <uint32_t>BLOCK
        hdlc_plain_fill(s, channels, plain, k)
        kernels.scramble43(&s.scrambler, out, plain, k)
        out += k
        n -= k

# ---------------------------------------------------------------- sink

cdef struct HdlcSink:
    ClientFormat format
    HdlcRx rx
    uint64_t descrambler
    bint synced                 # flags come
    uint32_t quiet              # octets since one came, up to `lost`
    uint32_t lost               # octets without a flag after which none is expected any more
    int wrong                   # frames of another protocol in a row, up to MISMATCHES

cdef inline uint64_t hdlc_sink_room(const ClientFormat *f, uint32_t longest) noexcept nogil:
    return hdlc_rx_room(&f.frame, longest + AROUND)

cdef inline void hdlc_sink_init(HdlcSink *s, const ClientFormat *f, uint8_t *room, uint32_t longest) noexcept nogil:
    """`room`: of hdlc_sink_room octets. Everything else is zero."""
    s.format = f[0]
    hdlc_rx_init(&s.rx, &f.frame, room, longest + AROUND)
    s.lost = LOST_FRAMES * <uint32_t>hdlc_source_room(f, longest)

cdef inline void hdlc_sink_fail(HdlcSink *s) noexcept nogil:
    """Server signal fail: the search for a flag starts anew."""
    hdlc_hunt(&s.rx)
    s.synced = False
    s.quiet = 0
    s.wrong = 0

cdef inline bint hdlc_lost(const HdlcSink *s) noexcept nogil:
    """dLFD: no flag comes."""
    return not s.synced and s.quiet >= s.lost

cdef inline uint32_t lan_fcs(const uint8_t *octets, uint32_t n, uint32_t zeros) noexcept nogil:
    """The Ethernet FCS of `n` octets and some zeros."""
    cdef uint8_t nothing[ETHERNET_LEAST]
    cdef uint32_t fcs = kernels.crc32(0xffffffff, octets, n)
    memset(nothing, 0, zeros)
    return ~kernels.crc32(fcs, nothing, zeros)

cdef inline void hdlc_deliver(HdlcSink *s, ChannelRx *c, const MacFrame *m) noexcept nogil:
    """Check a client frame and hand it on."""
    cdef uint8_t *room
    cdef uint32_t n = m.length, zeros = 0
    if n < ETHERNET_HEADER + (LAN_FCS_OCTETS if m.lan_fcs else 0):
        c.counters.too_short += 1
        return
    if m.lan_fcs:
        n -= LAN_FCS_OCTETS
    if m.zero_fill and n < ETHERNET_LEAST:
        zeros = ETHERNET_LEAST - n
    if n + zeros > c.longest:
        s.rx.count.too_long += 1
        return
    if m.lan_fcs and lan_fcs(m.octets, n, zeros) != (
            <uint32_t>m.octets[n] | (<uint32_t>m.octets[n + 1] << 8) | (<uint32_t>m.octets[n + 2] << 16)
            | (<uint32_t>m.octets[n + 3] << 24)):
        c.counters.ethernet_fcs_errors += 1
        return
    room = queue_reserve(&c.queue, n + zeros)
    if room == NULL:
        c.counters.rx_dropped += 1
        return
    memcpy(room, m.octets, n)
    memset(room + n, 0, zeros)
    queue_commit(&c.queue, n + zeros)
    c.counters.rx_client_frames += 1
    c.counters.rx_client_octets += n + zeros

cdef inline void hdlc_open(HdlcSink *s, ChannelRx *c, GroupCounters *count, uint32_t n) noexcept nogil:
    """A good HDLC frame of `n` octets stands in the room."""
    cdef MacFrame m
    cdef Header header = header_read(&s.format, s.rx.unstuffer.room, n, &m)
    if header == HEADER_PROTOCOL:
        c.counters.upi_mismatch += 1
        if s.wrong < MISMATCHES:
            s.wrong += 1
    elif header == HEADER_FRAME:
        count.exi_mismatch += 1
    elif header == HEADER_GOOD:
        s.wrong = 0
        hdlc_deliver(s, c, &m)
    else:
        c.counters.too_short += 1

cdef inline void hdlc_plain_take(HdlcSink *s, ChannelRx *c, GroupCounters *count, const uint8_t *octets,
                                 uint32_t n) noexcept nogil:
    """The next `n` octets, descrambled."""
    cdef size_t left = n
    cdef uint64_t length
    s.rx.unstuffer.flagged = False
    while True:
        length = hdlc_take(&s.rx, &octets, &left)
        if length == 0:
            break
        hdlc_open(s, c, count, <uint32_t>length)
    if s.rx.unstuffer.flagged:
        s.quiet = 0
        if not s.synced:
            s.synced = True
            count.syncs += 1
    else:
        s.quiet = s.lost if n >= s.lost - s.quiet else s.quiet + n
        if s.synced and s.quiet == s.lost:
            s.synced = False
            count.sync_losses += 1
    if not s.synced:
        count.unaligned_octets += n

cdef inline void hdlc_client_take(HdlcSink *s, ChannelsRx *channels, GroupCounters *count, const uint8_t *octets,
                                  uint32_t n) noexcept nogil:
    """The next `n` octets of the received stream."""
    cdef ChannelRx *c = channels.of[0]
    cdef uint8_t plain[BLOCK]
    cdef uint32_t k
    if not s.format.scramble:
        hdlc_plain_take(s, c, count, octets, n)
        n = 0
    while n:
        k = n if n < BLOCK else <uint32_t>BLOCK
        kernels.descramble43(&s.descrambler, plain, octets, k)
        hdlc_plain_take(s, c, count, plain, k)
        octets += k
        n -= k
    c.counters.payload_fcs_errors = s.rx.count.fcs_errors
    c.counters.too_long = s.rx.count.too_long
    count.aborts = s.rx.count.aborts
    count.invalid = s.rx.count.invalid
