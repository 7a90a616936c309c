# cython: language_level=3
"""LCAS control packets (G.7042; G.707 11.2, 11.4): the words that both ends of a group tell each other.

    VC-3, VC-4: 16 frames, bits 1-4 of H4 in frames MFI1 8..15 and 0..7 of the next multiframe
        8 9 MST, 10 RS-Ack, 14 15 SQ, 0 1 MFI2, 2 CTRL, 3 GID, 6 7 CRC-8
    E1, E3: the same in the concatenation octet of 16 multiframes or frames, SQ shorter (G.7043)
    VC-12: 32 frames, bit 2 of K4: frame count 5, SQ 6, CTRL 4, GID 1, 0000, RS-Ack 1, MST 8, CRC-3

A packet tells what holds from the first frame behind it on.
"""
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t

from msapemu.wire.container cimport IN_E1, IN_E3, IN_VC12, Container

cdef enum Control:
    CTRL_FIXED = 0b0000         # the peer has no LCAS
    CTRL_ADD = 0b0001
    CTRL_NORM = 0b0010
    CTRL_EOS = 0b0011           # NORM, and the last in sequence
    CTRL_IDLE = 0b0101
    CTRL_DNU = 0b1111           # do not use

cdef enum:
    # VC-3, VC-4: MFI1 of the frame whose H4 carries a nibble
    H4_MST = 8                  # 8, 9
    H4_RS_ACK = 10
    H4_SQ = 14                  # 14, 15
    H4_MFI2 = 0                 # 0, 1
    H4_CTRL = 2
    H4_GID = 3
    H4_CRC = 6                  # 6, 7
    H4_PACKET = 8               # MFI1 of the first frame of a packet
    SQ_IDLE_HO = 255
    SQ_IDLE_LO = 63
    SQ_IDLE_E1 = 15             # four bits of SQ (G.7043)
    SQ_IDLE_E3 = 7              # three
    MST_FAIL = 1
    MST_OK = 0
    MST_OF_PACKET = 8           # members that a packet tells the status of
    SEQUENCES = 256             # sequence numbers, and so MST bits
    GID_BITS = 15               # pseudo-random, 2^15 - 1

cdef struct Packet:
    uint8_t ctrl
    uint8_t sq
    uint8_t gid
    uint8_t rs_ack
    uint8_t mst                 # first-sent bit highest
    uint8_t count               # LO: frame count; HO: MFI2 in the packet

# What the sink of a group knows of the far end's sink, for the source of the same group: the way back.
cdef struct LcasBack:
    uint8_t mst[256]            # by SQ
    uint8_t fresh[256]          # told since the source last asked for it anew
    uint8_t rs_ack
    bint plain                  # the peer has no LCAS: nothing fails

# ---------------------------------------------------------------- numbers; `lower`: of VC-12s

cdef inline uint64_t packet_of(bint lower, uint64_t frame) noexcept nogil:
    """Number of the packet that frame `frame` is in: 32 frames, or 16 from MFI1 = 8 on."""
    return frame >> 5 if lower else (frame - H4_PACKET) >> 4

cdef inline bint packet_begins(bint lower, uint64_t frame) noexcept nogil:
    return frame & 31 == 0 if lower else frame & 15 == H4_PACKET

cdef inline unsigned mst_block(Container kind, uint64_t packet, bint of_next) noexcept nogil:
    """The members whose status packet `packet` tells, in eights. But for VC-12: by the MFI2 of the multiframe that it
    begins in, or `of_next`, of the one that it ends in; members of E1 are two eights, those of E3 one."""
    if kind == IN_VC12:
        return packet & 7
    return (packet + of_next) & (1 if kind == IN_E1 else 0 if kind == IN_E3 else 31)

# ---------------------------------------------------------------- checks

cdef inline uint8_t crc8_nibbles(uint64_t nibbles, int count) noexcept nogil:
    """CRC-8, x^8 + x^2 + x + 1, of `count` nibbles, the first one highest."""
    cdef unsigned crc = 0, bit
    cdef int i
    for i in range(4 * count - 1, -1, -1):
        bit = ((crc >> 7) ^ <unsigned>(nibbles >> i)) & 1
        crc = (crc << 1) & 0xff
        if bit:
            crc ^= 0x07
    return <uint8_t>crc

cdef inline uint8_t crc3_bits(uint32_t bits) noexcept nogil:
    """CRC-3, x^3 + x + 1, of 29 bits, the first one highest."""
    cdef unsigned crc = 0, bit
    cdef int i
    # x^7 = 1: bits seven places apart do the same
    bits ^= bits >> 7 ^ bits >> 14 ^ bits >> 21 ^ bits >> 28
    for i in range(6, -1, -1):
        bit = ((crc >> 2) ^ (bits >> i)) & 1
        crc = (crc << 1) & 7
        if bit:
            crc ^= 0b011
    return <uint8_t>crc

# ---------------------------------------------------------------- VC-3, VC-4: a packet is 16 nibbles, the first highest

cdef inline uint64_t h4_packet(const Packet *p) noexcept nogil:
    """The nibbles of frames MFI1 8..15 and 0..7."""
    cdef uint64_t n = 0
    n = p.mst
    n = n << 4 | p.rs_ack
    n = n << 12 | 0
    n = n << 8 | p.sq
    n = n << 8 | p.count
    n = n << 4 | p.ctrl
    n = n << 4 | p.gid
    n = n << 8 | 0
    return n << 8 | crc8_nibbles(n, 14)

cdef inline uint64_t h4_plain(unsigned mfi2, unsigned sq) noexcept nogil:
    """The same without LCAS: SQ, and MFI2 of the multiframe that ends it."""
    return <uint64_t>(sq & 0xff) << 32 | <uint64_t>(mfi2 & 0xff) << 24

cdef inline uint8_t h4_of(uint64_t nibbles, unsigned mfi1) noexcept nogil:
    """H4 of the frame with that MFI1."""
    return <uint8_t>(((nibbles >> (4 * (15 - ((mfi1 - H4_PACKET) & 15)))) & 15) << 4 | mfi1)

cdef inline bint h4_unpack(uint64_t nibbles, Packet *p) noexcept nogil:
    """What a packet says; False when its CRC is wrong."""
    p.mst = <uint8_t>(nibbles >> 56)
    p.rs_ack = <uint8_t>(nibbles >> 52) & 1
    p.sq = <uint8_t>(nibbles >> 32)
    p.count = <uint8_t>(nibbles >> 24)
    p.ctrl = <uint8_t>(nibbles >> 20) & 15
    p.gid = <uint8_t>(nibbles >> 16) & 1
    return crc8_nibbles(nibbles >> 8, 14) == (nibbles & 0xff)

cdef inline bint h4_is_plain(uint64_t nibbles) noexcept nogil:
    """The peer has no LCAS: all nibbles but those of MFI2 and SQ are zero, and so is the CRC."""
    return (nibbles & ~<uint64_t>0x000000ffff000000) == 0

# ---------------------------------------------------------------- VC-12: a packet is 32 bits, the first highest

cdef inline uint32_t k4_packet(const Packet *p) noexcept nogil:
    cdef uint32_t w = p.count & 31
    w = w << 6 | (p.sq & 63)
    w = w << 4 | p.ctrl
    w = w << 1 | p.gid
    w = w << 5 | p.rs_ack
    w = w << 8 | p.mst
    return w << 3 | crc3_bits(w)

cdef inline uint32_t k4_plain(unsigned count, unsigned sq) noexcept nogil:
    """Without LCAS: frame count, sequence number, zeros."""
    return (count & 31) << 27 | (sq & 63) << 21

cdef inline bint k4_unpack(uint32_t word, Packet *p) noexcept nogil:
    p.count = <uint8_t>(word >> 27)
    p.sq = <uint8_t>(word >> 21) & 63
    p.ctrl = <uint8_t>(word >> 17) & 15
    p.gid = <uint8_t>(word >> 16) & 1
    p.rs_ack = <uint8_t>(word >> 11) & 1
    p.mst = <uint8_t>(word >> 3)
    return crc3_bits(word >> 3) == (word & 7)

cdef inline bint k4_is_plain(uint32_t word) noexcept nogil:
    return (word & 0x001fffff) == 0

# ---------------------------------------------------------------- group identification

cdef inline uint16_t gid_step(uint16_t state) noexcept nogil:
    """x^15 + x^14 + 1; the GID is the lowest bit."""
    return <uint16_t>((state << 1 | ((state >> 14 ^ state >> 13) & 1)) & 0x7fff)
