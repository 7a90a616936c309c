# cython: language_level=3
"""HDLC frames in a stream (ISO/IEC 13239, RFC 1662), by runs of octets: hdlc.h has the bits, this file the frames.

Between flags (01111110) stands a frame and its FCS. Bit-synchronous, a zero is put in after five ones of these, so that
no flag and no abort (seven ones or more) is among them. Octet-synchronous, 7E and 7D are sent as 7D 5E and 7D 5D, and
7D 7E is an abort. An octet of a frame is sent with its least significant bit first, the octet of the stream that
carries the bits with its most significant bit first, as every octet of SDH is; an escaped octet stands as it is.
"""
from libc.stddef cimport size_t
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memset

from msapemu.wire.kernels cimport kernels

cdef extern from "wire/hdlc.h" nogil:
    enum:
        HDLC_SLACK "MSAPEMU_HDLC_SLACK"
    ctypedef enum HdlcEvent "msapemu_hdlc_event":
        HDLC_MORE "MSAPEMU_HDLC_MORE"
        HDLC_ENDED "MSAPEMU_HDLC_ENDED"
        HDLC_BROKEN "MSAPEMU_HDLC_BROKEN"
        HDLC_SPOILED "MSAPEMU_HDLC_SPOILED"
        HDLC_OVERRUN "MSAPEMU_HDLC_OVERRUN"
    ctypedef struct Stuffer "msapemu_stuffer":
        uint64_t held
        unsigned bits
    ctypedef struct Unstuffer "msapemu_unstuffer":
        uint8_t *room
        size_t most
        size_t bits
        int inside
        int flagged
        unsigned before
        int laps
    uint8_t *hdlc_stuff "msapemu_hdlc_stuff"(Stuffer *s, const uint8_t *octets, size_t n, uint8_t *out) noexcept
    uint8_t *hdlc_mark "msapemu_hdlc_mark"(Stuffer *s, uint8_t mark, uint8_t *out) noexcept
    uint8_t *hdlc_escape "msapemu_hdlc_escape"(const uint8_t *octets, size_t n, uint8_t *out) noexcept
    HdlcEvent hdlc_unstuff "msapemu_hdlc_unstuff"(Unstuffer *u, const uint8_t **octets, size_t *n) noexcept
    HdlcEvent hdlc_unescape "msapemu_hdlc_unescape"(Unstuffer *u, const uint8_t **octets, size_t *n) noexcept
    uint16_t fcs16 "msapemu_fcs16"(uint16_t fcs, const uint8_t *octets, size_t n) noexcept

cdef enum:
    HDLC_FLAG = 0x7E
    HDLC_ESCAPE = 0x7D
    HDLC_ABORT = 0xFE           # least significant bit first: a zero, seven ones
    HDLC_LEAST = 2              # octets beside the FCS; with fewer it is no frame (RFC 1662 3.1)
    FLAG_BITS_TAKEN = 6         # of a flag's bits these look like a frame's until its sixth one is there

cdef enum:
    # what is left of a frame with its FCS, before the complement
    FCS16_GOOD = 0xF0B8

cdef extern from * nogil:
    """
    #define MSAPEMU_FCS_START 0xffffffffu
    #define MSAPEMU_FCS32_GOOD 0xdebb20e3u
    """
    const uint32_t FCS_START "MSAPEMU_FCS_START"
    const uint32_t FCS32_GOOD "MSAPEMU_FCS32_GOOD"

cdef struct HdlcFormat:
    # what both ends agree on
    bint octets                 # escaped octets, not stuffed bits
    bint laps                   # 7D DD is rate adaptation
    uint32_t fcs                # octets of the FCS: 0, 2, 4

cdef inline uint32_t fcs_run(uint32_t length, uint32_t fcs, const uint8_t *octets, size_t n) noexcept nogil:
    """The FCS of what came before and these octets, not yet complemented; `length` is its own."""
    if length == 2:
        return fcs16(<uint16_t>fcs, octets, n)
    return kernels.crc32(fcs, octets, n) if length else 0

cdef inline void fcs_write(uint32_t fcs, uint8_t *out) noexcept nogil:
    """As it is sent, with the octet of the highest powers first: two or four octets count."""
    out[0] = <uint8_t>fcs
    out[1] = <uint8_t>(fcs >> 8)
    out[2] = <uint8_t>(fcs >> 16)
    out[3] = <uint8_t>(fcs >> 24)

# ---------------------------------------------------------------- transmit

cdef struct HdlcTx:
    HdlcFormat format
    Stuffer stuffer
    uint32_t fcs                # of the frame under way

cdef inline uint64_t hdlc_room(const HdlcTx *t, uint64_t octets) noexcept nogil:
    """Octets of room that a frame of so many needs: stuffed, with its flag and the bits held before."""
    octets += t.format.fcs
    return (2 * octets if t.format.octets else octets * 10 // 8) + 8 + HDLC_SLACK

cdef inline uint8_t *hdlc_part(HdlcTx *t, const uint8_t *octets, uint64_t n, uint8_t *out) noexcept nogil:
    """Octets of a frame after a flag or after others of it; where the next octet of the stream goes."""
    t.fcs = fcs_run(t.format.fcs, t.fcs, octets, n)
    if t.format.octets:
        return hdlc_escape(octets, n, out)
    return hdlc_stuff(&t.stuffer, octets, n, out)

cdef inline uint8_t *hdlc_flag(HdlcTx *t, uint8_t *out) noexcept nogil:
    """A flag behind a frame or an abort."""
    t.fcs = FCS_START
    if t.format.octets:
        out[0] = HDLC_FLAG
        return out + 1
    return hdlc_mark(&t.stuffer, HDLC_FLAG, out)

cdef inline uint8_t *hdlc_close(HdlcTx *t, uint8_t *out) noexcept nogil:
    """The frame ends: its FCS, and the flag. The last bits wait until there is an octet of them."""
    cdef uint8_t octets[4]
    fcs_write(~t.fcs, octets)
    out = hdlc_part(t, octets, t.format.fcs, out)
    return hdlc_flag(t, out)

cdef inline uint8_t *hdlc_break(HdlcTx *t, uint8_t *out) noexcept nogil:
    """The frame breaks off."""
    if t.format.octets:
        out[0] = HDLC_ESCAPE
        out += 1
    else:
        out = hdlc_mark(&t.stuffer, HDLC_ABORT, out)
    return hdlc_flag(t, out)

cdef inline void hdlc_flags(HdlcTx *t, uint8_t *out, uint64_t n) noexcept nogil:
    """So many octets of nothing but flags, after a flag: what is held is the end of one, and stays so."""
    memset(out, <int>(t.stuffer.held >> 56) | HDLC_FLAG >> t.stuffer.bits, n)

cdef inline void hdlc_tx_init(HdlcTx *t, const HdlcFormat *f) noexcept nogil:
    """Everything else is zero."""
    t.format = f[0]
    t.fcs = FCS_START

# ---------------------------------------------------------------- receive

cdef struct HdlcCounters:
    # uint64 only
    uint64_t frames
    uint64_t octets             # of good frames, without FCS
    uint64_t fcs_errors
    uint64_t aborts
    uint64_t too_long
    uint64_t invalid            # too short for a frame, no whole number of octets, or a wrong escape of LAPS

cdef struct HdlcRx:
    HdlcFormat format
    Unstuffer unstuffer
    HdlcCounters count

cdef inline uint64_t hdlc_rx_room(const HdlcFormat *f, uint64_t longest) noexcept nogil:
    """Octets of room for frames of `longest` octets without FCS."""
    return longest + f.fcs + HDLC_SLACK

cdef inline void hdlc_hunt(HdlcRx *r) noexcept nogil:
    """Nothing is known of what came before: it may have been ones."""
    cdef Unstuffer *u = &r.unstuffer
    cdef uint8_t *room = u.room
    cdef size_t most = u.most
    memset(u, 0, sizeof(Unstuffer))
    u.room = room
    u.most = most
    u.before = 0x7F
    u.laps = r.format.laps

cdef inline void hdlc_rx_init(HdlcRx *r, const HdlcFormat *f, uint8_t *room, uint64_t longest) noexcept nogil:
    """`room`: of hdlc_rx_room octets. Everything else is zero."""
    r.format = f[0]
    r.unstuffer.room = room
    r.unstuffer.most = longest + f.fcs
    hdlc_hunt(r)

cdef inline bint fcs_good(uint32_t length, const uint8_t *frame, size_t n) noexcept nogil:
    """Of a frame with its FCS."""
    cdef uint32_t fcs = fcs_run(length, FCS_START, frame, n)
    if length == 2:
        return fcs == FCS16_GOOD
    return length == 0 or fcs == FCS32_GOOD

cdef inline uint64_t hdlc_end(HdlcRx *r, HdlcEvent event) noexcept nogil:
    """Something ended a frame: its octets without FCS; 0 when it is not good."""
    cdef uint64_t bits = r.unstuffer.bits, octets = bits >> 3
    if event == HDLC_OVERRUN or (bits + FLAG_BITS_TAKEN) >> 3 > r.unstuffer.most:
        r.count.too_long += 1
    elif event == HDLC_BROKEN:
        r.count.aborts += 1
    elif event == HDLC_SPOILED or bits & 7 or octets < HDLC_LEAST + r.format.fcs:
        r.count.invalid += 1
    elif not fcs_good(r.format.fcs, r.unstuffer.room, octets):
        r.count.fcs_errors += 1
    else:
        r.count.frames += 1
        r.count.octets += octets - r.format.fcs
        return octets - r.format.fcs
    return 0

cdef inline uint64_t hdlc_take(HdlcRx *r, const uint8_t **octets, size_t *n) noexcept nogil:
    """Take octets of the stream until a good frame has ended (its length without FCS; it stands in the room until the
    next call), or there are no more (0)."""
    cdef HdlcEvent event
    cdef uint64_t length
    while True:
        if r.format.octets:
            event = hdlc_unescape(&r.unstuffer, octets, n)
        else:
            event = hdlc_unstuff(&r.unstuffer, octets, n)
        if event == HDLC_MORE:
            return 0
        length = hdlc_end(r, event)
        if length:
            return length
