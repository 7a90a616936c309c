# cython: language_level=3
"""HDLC frames in a stream of bits, as the data communication channels carry them (ISO/IEC 13239; bit-synchronous PPP is
the same, RFC 1662 clause 5).

Between flags (01111110) stands a frame and its FCS-16; a zero is put in after five ones of these, so that no flag and
no abort (seven ones or more) is among them. An octet of a frame is sent with its least significant bit first, the octet
of the stream that carries the bits with its most significant bit first, as every octet of SDH is.
"""
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t

cdef enum:
    HDLC_FLAG = 0x7E
    HDLC_ABORT = 0xFE           # least significant bit first: a zero, seven ones
    HDLC_LEAST = 4              # octets between flags; with fewer it is no frame (ISO/IEC 13239: 32 bits)
    HDLC_FCS = 2
    STUFFED_AFTER = 5           # ones
    FLAG_ONES = 6
    ABORT_ONES = 7
    FLAG_BITS_TAKEN = 6         # of a flag's bits these look like a frame's until its sixth one is there

cdef enum:
    FCS_START = 0xFFFF
    FCS_POLYNOMIAL = 0x8408     # x^16 + x^12 + x^5 + 1, least significant bit first
    FCS_GOOD = 0xF0B8           # left of a frame with its FCS

cdef inline uint16_t fcs16(uint16_t fcs, uint8_t octet) noexcept nogil:
    """The FCS of what came before and one octet more, not yet complemented."""
    cdef int _bit
    fcs ^= octet
    for _bit in range(8):
        fcs = <uint16_t>(fcs >> 1 ^ (FCS_POLYNOMIAL if fcs & 1 else 0))
    return fcs

# ---------------------------------------------------------------- transmit

cdef struct HdlcTx:
    uint32_t held               # bits that fill no octet yet, the last one lowest
    int bits                    # how many
    int ones                    # ones in sequence, of a frame

cdef inline uint64_t hdlc_room(uint64_t octets) noexcept nogil:
    """Octets of the stream that a frame of so many takes at most: stuffed, with its flag and the bits held before."""
    return (octets + HDLC_FCS) * 10 // 8 + 4

cdef inline uint8_t *hdlc_out(HdlcTx *t, uint8_t *out) noexcept nogil:
    """The whole octets that are held; where the next one goes."""
    while t.bits >= 8:
        t.bits -= 8
        out[0] = <uint8_t>(t.held >> t.bits)
        out += 1
    return out

cdef inline uint8_t *hdlc_mark(HdlcTx *t, uint8_t mark, uint8_t *out) noexcept nogil:
    """A flag or an abort: eight bits as they are."""
    cdef int i
    for i in range(8):
        t.held = t.held << 1 | (mark >> i & 1)
    t.bits += 8
    t.ones = 0
    return hdlc_out(t, out)

cdef inline uint8_t *hdlc_octet(HdlcTx *t, uint8_t octet, uint8_t *out) noexcept nogil:
    """An octet of a frame, with the zeros that it needs."""
    cdef int i
    cdef uint32_t bit
    for i in range(8):
        bit = octet >> i & 1
        t.held = t.held << 1 | bit
        t.bits += 1
        t.ones = t.ones + 1 if bit else 0
        if t.ones == STUFFED_AFTER:
            t.held <<= 1
            t.bits += 1
            t.ones = 0
    return hdlc_out(t, out)

cdef inline uint64_t hdlc_send(HdlcTx *t, const uint8_t *frame, uint64_t n, bint abort, uint8_t *out) noexcept nogil:
    """A frame after a flag, its FCS and the flag behind it, into hdlc_room(n) octets; how many they are. The last bits
    wait until there is an octet of them. `abort`: the frame breaks off instead of having an FCS."""
    cdef uint8_t *at = out
    cdef uint16_t fcs = FCS_START
    cdef uint64_t i
    for i in range(n):
        fcs = fcs16(fcs, frame[i])
        at = hdlc_octet(t, frame[i], at)
    if abort:
        at = hdlc_mark(t, HDLC_ABORT, at)
    else:
        at = hdlc_octet(t, <uint8_t>~fcs, at)
        at = hdlc_octet(t, <uint8_t>(~fcs >> 8), at)
    at = hdlc_mark(t, HDLC_FLAG, at)
    return at - out

# ---------------------------------------------------------------- receive

cdef struct HdlcCounters:
    # uint64 only
    uint64_t frames
    uint64_t octets             # of good frames, without FCS
    uint64_t fcs_errors
    uint64_t aborts
    uint64_t too_long
    uint64_t invalid            # too short for a frame, or no whole number of octets

cdef struct HdlcRx:
    uint8_t *room               # of `longest` octets and the FCS
    uint64_t longest
    uint64_t bits               # since the flag
    uint16_t fcs
    uint8_t octet               # that comes together
    uint8_t ones                # ones in sequence, up to ABORT_ONES
    bint inside                 # a flag has come, and no abort since
    HdlcCounters count

cdef inline void hdlc_start(HdlcRx *r, uint8_t *room, uint64_t longest) noexcept nogil:
    """`room`: of `longest` octets and the FCS. Everything else is zero."""
    r.room = room
    r.longest = longest
    r.ones = ABORT_ONES         # what came before is not known: it may have been ones

cdef inline void hdlc_bit(HdlcRx *r, uint32_t bit) noexcept nogil:
    """A bit of a frame."""
    cdef uint64_t at = r.bits >> 3
    if not r.inside:
        return
    r.octet = <uint8_t>(r.octet >> 1 | bit << 7)
    r.bits += 1
    if r.bits & 7:
        return
    if at == r.longest + HDLC_FCS:
        r.count.too_long += 1
        r.inside = False
        return
    r.room[at] = r.octet
    r.fcs = fcs16(r.fcs, r.octet)

cdef inline uint64_t hdlc_end(HdlcRx *r) noexcept nogil:
    """A flag came: octets of the frame that ends there, without FCS. 0: there is none, or none that is good."""
    cdef uint64_t bits = r.bits - FLAG_BITS_TAKEN
    # flags may have their zero in common, and then one bit less was taken
    if not r.inside or r.bits <= FLAG_BITS_TAKEN:
        return 0
    if bits & 7 or bits < 8 * HDLC_LEAST:
        r.count.invalid += 1
        return 0
    if r.fcs != FCS_GOOD:
        r.count.fcs_errors += 1
        return 0
    r.count.frames += 1
    r.count.octets += (bits >> 3) - HDLC_FCS
    return (bits >> 3) - HDLC_FCS

cdef inline uint64_t hdlc_take(HdlcRx *r, uint8_t octet) noexcept nogil:
    """An octet of the stream. When a good frame ends in it: how many octets of `room` the frame has; else 0.

    One frame at most ends in an octet, and `room` keeps it until the next octet is taken.
    """
    cdef uint64_t ended = 0
    cdef uint32_t bit
    cdef int i
    for i in range(7, -1, -1):
        bit = octet >> i & 1
        if bit:
            if r.ones < ABORT_ONES:
                r.ones += 1
                if r.ones < FLAG_ONES:
                    hdlc_bit(r, 1)
                elif r.ones == ABORT_ONES:
                    # nothing but ones after a flag: the far end rests
                    r.count.aborts += r.inside and r.bits > STUFFED_AFTER
                    r.inside = False
            continue
        if r.ones == FLAG_ONES:
            ended = hdlc_end(r) or ended
            r.inside = True
            r.bits = 0
            r.fcs = FCS_START
        elif r.ones < STUFFED_AFTER:
            hdlc_bit(r, 0)
        r.ones = 0
    return ended
