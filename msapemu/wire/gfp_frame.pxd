# cython: language_level=3
"""GFP frames (G.7041 6): where things stand in them, and what is computed over them.

    core header  PLI(2) cHEC(2), xored with B6AB31E0
    payload area type(2) tHEC(2) [CID(1) spare(1) eHEC(2)] information [pFCS(4)], scrambled by x^43 + 1
    idle         PLI 0: B6 AB 31 E0 on the line

An Ethernet client's information is the MAC frame from destination address through FCS; the FCS is made and checked
here.
"""
from libc.stdint cimport uint8_t, uint16_t, uint32_t

from msapemu.wire.bits cimport load32, store16, store32
from msapemu.wire.kernels cimport hec16, hec16_bit

cdef enum:
    CORE_OCTETS = 4
    CORE_XOR = 0xB6AB31E0           # 6.1.1.2
    TYPE_OCTETS = 4
    EXTENSION_OCTETS = 4            # linear: CID, spare, eHEC
    HEADER_OCTETS = 8               # the longest payload header
    FCS_OCTETS = 4
    PLI_CLIENT = 4                  # 0 idle, 1..3 reserved control frames, from 4 on a payload area follows
    AREA_OCTETS = 65535
    PTI_DATA = 0
    PTI_MANAGEMENT = 4              # of the client
    PTI_COMMUNICATIONS = 5          # management communications
    PFI_BIT = 0x1000
    EXI_NULL = 0
    EXI_LINEAR = 1
    UPI_ETHERNET = 1
    ETHERNET_HEADER = 14
    CID_NONE = -1
    CMF_CSF_SIGNAL = 1              # loss of client signal
    CMF_CSF_SYNC = 2                # loss of character synchronisation
    CMF_DCI = 3                     # client defect clear
    CMF_FDI = 4                     # forward defect of the client
    CMF_RDI = 5                     # reverse defect of the client

cdef extern from * nogil:
    """
    #include <string.h>
    static const uint8_t msapemu_idle_frames[64] = {
    #define MSAPEMU_IDLES 0xB6, 0xAB, 0x31, 0xE0, 0xB6, 0xAB, 0x31, 0xE0, 0xB6, 0xAB, 0x31, 0xE0, 0xB6, 0xAB, 0x31, 0xE0
        MSAPEMU_IDLES, MSAPEMU_IDLES, MSAPEMU_IDLES, MSAPEMU_IDLES
    };
    /* How many of n octets are whole idle frames, from the first one on. */
    static inline uint32_t msapemu_idles(const uint8_t *in, uint32_t n)
    {
        uint64_t idle, w[8];
        uint32_t at = 0;
        memcpy(&idle, msapemu_idle_frames, 8);
        for (; at + 64 <= n; at += 64) {
            uint64_t differ = 0;
            memcpy(w, in + at, 64);
            for (int i = 0; i < 8; i++)
                differ |= w[i] ^ idle;
            if (differ)
                break;
        }
        while (at + 4 <= n && !memcmp(in + at, msapemu_idle_frames, 4))
            at += 4;
        return at;
    }
    /* Write so many octets of idle frames. */
    static inline void msapemu_idle_fill(uint8_t *out, uint32_t n)
    {
        for (; n >= 64; n -= 64, out += 64)
            memcpy(out, msapemu_idle_frames, 64);
        memcpy(out, msapemu_idle_frames, n);
    }
    """
    uint32_t idle_octets "msapemu_idles"(const uint8_t *octets, uint32_t n) noexcept
    void idle_fill "msapemu_idle_fill"(uint8_t *out, uint32_t n) noexcept

cdef enum Extension:
    NULL_HEADER = 0
    LINEAR_HEADER = 1
    ANY_HEADER = 2                  # the source sends the null header, the sink takes every frame for its first client

cdef struct GfpFormat:
    # what both ends of a group agree on
    bint payload_fcs                # sent; a sink goes by the PFI of each frame
    bint scramble
    bint fcs_reversed               # each octet of the payload FCS with its bits in reverse order
    bint fcs_inverted               # the payload FCS is not complemented
    bint correct_extension          # single errors of the extension header are corrected
    bint rdi                        # RDI is sent
    Extension extension
    uint32_t csf_interval           # line frames (125 us)

cdef inline uint32_t fcs_word(const GfpFormat *f, uint32_t crc) noexcept nogil:
    """The payload FCS as it is sent, first octet highest, from what its CRC register holds at the end."""
    if not f.fcs_inverted:
        crc = ~crc
    if f.fcs_reversed:
        crc = ((crc & 0x0f0f0f0f) << 4) | ((crc >> 4) & 0x0f0f0f0f)
        crc = ((crc & 0x33333333) << 2) | ((crc >> 2) & 0x33333333)
        crc = ((crc & 0x55555555) << 1) | ((crc >> 1) & 0x55555555)
    return crc

cdef inline uint32_t core_header(uint32_t pli) noexcept nogil:
    """The core header as it is sent, first octet highest."""
    return ((pli << 16) | hec16(<uint16_t>pli)) ^ <uint32_t>CORE_XOR

cdef inline uint32_t payload_header(uint8_t *out, unsigned pti, bint pfi, unsigned upi, int cid) noexcept nogil:
    """Write the payload header, linear unless `cid` is CID_NONE; its length."""
    cdef unsigned kind = (pti << 13) | (PFI_BIT if pfi else 0) | upi
    if cid != CID_NONE:
        kind |= EXI_LINEAR << 8
    store16(out, kind)
    store16(out + 2, hec16(<uint16_t>kind))
    if cid == CID_NONE:
        return TYPE_OCTETS
    store16(out + 4, <unsigned>cid << 8)
    store16(out + 6, hec16(<uint16_t>(cid << 8)))
    return TYPE_OCTETS + EXTENSION_OCTETS

cdef enum Hec:
    HEC_GOOD = 0
    HEC_CORRECTED = 1               # a single wrong bit was put right in place
    HEC_WRONG = 2

cdef inline Hec hec_check(uint8_t *header, bint correct) noexcept nogil:
    """Check two octets and their HEC."""
    cdef uint32_t word = load32(header)
    cdef uint16_t syndrome = <uint16_t>(hec16(<uint16_t>(word >> 16)) ^ (word & 0xffff))
    cdef int bit
    if syndrome == 0:
        return HEC_GOOD
    bit = hec16_bit(syndrome)
    if bit < 0 or not correct:
        return HEC_WRONG
    store32(header, word ^ (<uint32_t>0x80000000 >> bit))
    return HEC_CORRECTED
