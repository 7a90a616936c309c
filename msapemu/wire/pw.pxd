# cython: language_level=3
"""Packets of a pseudowire that carries an E1: SAToP (RFC 4553), and CESoPSN (RFC 5086), both over UDP.

    [RTP header, 12 octets]  control word, 4 octets  TDM payload  [CAS signalling substructure]

    control word   0 0 0 0  L  R  M M  FRG FRG  LEN x 6  SEQ x 16       (SAToP: the M bits are reserved)

Over UDP the RTP header comes first, else it would come behind the control word (RFC 4553 4.3).

SAToP carries bits, in no relation to frames of the E1. CESoPSN carries the same octets of a number of frames of it: all
chosen timeslots of the first frame, then those of the next. With CAS as part of the payload (RFC 5086 4.5) the packets
begin with a multiframe of 16 frames, or parts of it, and behind the last frame stand ABCD of all timeslots, four bits
each.
"""
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t

from msapemu.wire.bits cimport load16, load32, store16, store32

cdef enum PwKind:
    PW_SATOP = 0
    PW_CESOP = 1

cdef enum:
    # control word (RFC 4553 4.3.1, RFC 5086 4.3)
    PW_WORD = 4                 # octets
    PW_FIRST_NIBBLE = 0xF0      # of octet 0: zero
    PW_L = 0x08                 # attachment circuit fault: the payload means nothing
    PW_R = 0x04                 # the sender's receiver is in the packet loss state
    PW_M = 0x03                 # CESoPSN
    PW_FRG = 0xC0               # of octet 1
    PW_LEN = 0x3F               # header and payload, when these are less than 64 octets
    PW_SHORT = 64
    # M with L = 0; with L = 1 only 00 is defined
    M_DATA = 0
    M_RDI = 2                   # remote defect indication on the attachment circuit
    M_SIGNALLING = 3            # a packet of application states
    # FRG (RFC 4623)
    FRG_WHOLE = 0x00
    FRG_FIRST = 0x40
    FRG_LAST = 0x80
    FRG_MIDDLE = 0xC0
    # RTP (RFC 3550): version 2, no padding, no extension, no contributing sources
    RTP_HEADER = 12             # octets
    RTP_FIRST = 0x80
    RTP_TYPE = 0x7F             # of octet 1: payload type; its first bit is the marker, zero
    RTP_TYPE_LEAST = 96         # dynamic ones
    # sizes
    PW_HEADER_MOST = 16
    PW_PAYLOAD_MOST = 1440      # octets: what an Ethernet frame holds
    PW_BITS = 256               # of the E1 in 125 us
    PW_OCTETS = 32
    PW_SLOTS = 31               # timeslots that can be carried
    PW_SIGNALLING_SLOT = 16
    PW_MULTIFRAME = 16          # frames (G.704 5.1.3.2)
    # application states (RFC 5086 4.6; events of RFC 2833 3.14)
    SIGNAL_WORD = 4             # octets a timeslot: event, volume, duration in units of 125 us
    SIGNAL_ABCD = 144           # event of ABCD = 0000; the others follow

cdef struct PwFormat:
    # what the two ends have agreed on
    PwKind kind
    bint rtp
    uint8_t payload_type        # sent; that of packets of signalling is the next one
    uint8_t expect_type         # 0: any
    uint32_t ssrc               # sent
    uint32_t expect_ssrc        # 0: any
    uint32_t payload            # octets of a packet, without the signalling substructure
    uint32_t bits               # of the E1 that a packet stands for
    # CESoPSN
    uint32_t frames             # in a packet
    uint32_t slots
    uint8_t slot[31]            # their numbers, in the order of sending
    bint cas                    # ABCD in the payload
    bint signalling             # packets of signalling are sent

cdef struct PwRemote:
    # what the sink tells the source
    bint loss                   # packet loss state: R

cdef struct PwPacket:
    # as read
    bint fault                  # L
    bint loss                   # R
    int m
    int fragment                # FRG
    uint16_t sequence
    uint32_t timestamp
    const uint8_t *payload
    uint32_t octets

cdef enum PwVerdict:
    PW_GOOD
    PW_MALFORMED                # not of this kind, or of another size
    PW_STRAY                    # of another sender (SSRC)
    PW_RESERVED                 # of a meaning that nobody knows: dropped silently (RFC 5086 4.3)

cdef inline uint32_t pw_header(const PwFormat *f) noexcept nogil:
    return PW_WORD + (RTP_HEADER if f.rtp else 0)

cdef inline uint32_t pw_signals(const PwFormat *f, int fragment) noexcept nogil:
    """Octets of the signalling substructure: behind the last frame of the multiframe."""
    if f.cas and (fragment == FRG_WHOLE or fragment == FRG_LAST):
        return (f.slots + 1) >> 1
    return 0

cdef inline int pw_fragment(const PwFormat *f, uint32_t number) noexcept nogil:
    """FRG of the packet whose first frame has `number` in its multiframe."""
    if not f.cas or f.frames == PW_MULTIFRAME:
        return FRG_WHOLE
    if number == 0:
        return FRG_FIRST
    return FRG_LAST if number + f.frames == PW_MULTIFRAME else FRG_MIDDLE

# ---------------------------------------------------------------- emit

cdef inline uint32_t pw_emit(const PwFormat *f, uint8_t *out, int flags, int fragment, uint16_t sequence,
                             uint32_t timestamp, uint32_t octets) noexcept nogil:
    """Write the header of a packet with so many octets behind it; the octets of the header. `flags`: L, R, M."""
    cdef uint32_t header = pw_header(f)
    cdef uint8_t kind = f.payload_type
    if f.rtp:
        if f.kind == PW_CESOP and flags & (PW_L | PW_M) == M_SIGNALLING:
            kind += 1
        out[0] = RTP_FIRST
        out[1] = kind
        store16(out + 2, sequence)
        store32(out + 4, timestamp)
        store32(out + 8, f.ssrc)
        out += RTP_HEADER
    out[0] = <uint8_t>flags
    out[1] = <uint8_t>(fragment | (header + octets if header + octets < PW_SHORT else 0))
    store16(out + 2, sequence)
    return header

# ---------------------------------------------------------------- parse

cdef inline PwVerdict pw_parse(const PwFormat *f, const uint8_t *octets, uint64_t length, PwPacket *p) noexcept nogil:
    """Read a datagram. Reserved bits that mean nothing yet, FRG of SAToP among them, are ignored."""
    cdef uint32_t header = pw_header(f)
    cdef uint32_t named
    if length < header or length > PW_HEADER_MOST + PW_PAYLOAD_MOST + PW_OCTETS:
        return PW_MALFORMED
    p.timestamp = 0
    if f.rtp:
        if octets[0] != RTP_FIRST or (f.expect_type and not pw_type_fits(f, octets[1])):
            return PW_MALFORMED
        if f.expect_ssrc and load32(octets + 8) != f.expect_ssrc:
            return PW_STRAY
        p.timestamp = load32(octets + 4)
        octets += RTP_HEADER
    if octets[0] & PW_FIRST_NIBBLE:
        return PW_MALFORMED
    p.fault = (octets[0] & PW_L) != 0
    p.loss = (octets[0] & PW_R) != 0
    p.m = octets[0] & PW_M
    p.fragment = octets[1] & PW_FRG
    p.sequence = load16(octets + 2)
    p.payload = octets + PW_WORD
    named = octets[1] & PW_LEN
    if named > length or (named and named < header):
        return PW_MALFORMED
    p.octets = (named if named else <uint32_t>length) - header
    if f.kind == PW_SATOP:
        p.m = M_DATA
        p.fragment = FRG_WHOLE
    elif p.m == 1 or (p.fault and p.m != M_DATA):
        return PW_RESERVED
    elif p.m == M_SIGNALLING:
        return PW_GOOD if p.octets == SIGNAL_WORD * f.slots else PW_MALFORMED
    if p.fragment != FRG_WHOLE and (not f.cas or f.frames == PW_MULTIFRAME):
        return PW_MALFORMED
    if p.fault:
        p.octets = 0                    # there or not, and of whatever size: it means nothing
        return PW_GOOD
    if p.octets != f.payload + pw_signals(f, p.fragment):
        return PW_MALFORMED
    if p.fragment == FRG_WHOLE and f.cas and f.frames != PW_MULTIFRAME:
        return PW_MALFORMED
    return PW_GOOD

cdef inline bint pw_type_fits(const PwFormat *f, uint8_t octet) noexcept nogil:
    """Of data; of signalling it is the next one."""
    cdef int kind = octet & RTP_TYPE
    return kind == f.expect_type or (f.kind == PW_CESOP and kind == f.expect_type + 1)
