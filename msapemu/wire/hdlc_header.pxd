# cython: language_level=3
"""What stands around an Ethernet frame in an HDLC frame, by adaptation; the FCS behind it is the HDLC frame's.

    hdlc    MAC frame [LAN FCS]
    laps    address 04, control 03, SAPI FE01 (ITU-T X.86), MAC frame, LAN FCS
    ppp     address FF, control 03, protocol 0031, flags and pads, MAC type (RFC 3518 4.2), MAC frame [LAN FCS] pads
"""
from libc.stdint cimport uint8_t, uint32_t

from msapemu.wire.bits cimport load16, store16
from msapemu.wire.hdlc cimport HdlcFormat

cdef enum HdlcKind:
    HDLC_PLAIN = 0
    HDLC_LAPS = 1
    HDLC_PPP = 2

cdef enum:
    HDLC_HEADER = 6             # octets of the longest
    LAN_FCS_OCTETS = 4
    # X.86: address, control
    LAPS_ADDRESS_CONTROL = 0x0403
    LAPS_SAPI_ETHERNET = 0xFE01
    # RFC 1662 3.1
    PPP_ADDRESS_CONTROL = 0xFF03
    PPP_BRIDGED = 0x0031
    # RFC 3518 4.2: flags, and the number of pad octets
    BCP_LAN_FCS = 0x80
    BCP_LAN_ID = 0x40           # of RFC 1638: four octets more before the MAC frame
    BCP_ZERO_FILL = 0x20        # zeros at the end of a frame of the shortest length were left away
    BCP_PADS = 0x0F
    BCP_ETHERNET = 1            # MAC type

cdef struct ClientFormat:
    # what both ends of a group agree on
    HdlcFormat frame
    HdlcKind kind
    bint lan_fcs                # sent; a PPP sink goes by the flag of each frame
    bint scramble               # x^43 + 1 over the whole stream

cdef struct MacFrame:
    # what stands in an HDLC frame
    const uint8_t *octets
    uint32_t length             # with the LAN FCS
    bint lan_fcs
    bint zero_fill

cdef enum Header:
    HEADER_GOOD = 0
    HEADER_FRAME = 1            # another address or control, or MAC type
    HEADER_PROTOCOL = 2         # another protocol, SAPI
    HEADER_SHORT = 3

cdef inline uint32_t header_write(const ClientFormat *f, uint8_t *out) noexcept nogil:
    """Write the header; its length."""
    if f.kind == HDLC_LAPS:
        store16(out, LAPS_ADDRESS_CONTROL)
        store16(out + 2, LAPS_SAPI_ETHERNET)
        return 4
    if f.kind == HDLC_PPP:
        store16(out, PPP_ADDRESS_CONTROL)
        store16(out + 2, PPP_BRIDGED)
        out[4] = BCP_LAN_FCS if f.lan_fcs else 0
        out[5] = BCP_ETHERNET
        return 6
    return 0

cdef inline Header laps_read(MacFrame *m) noexcept nogil:
    if m.length < 4:
        return HEADER_SHORT
    if load16(m.octets) != LAPS_ADDRESS_CONTROL:
        return HEADER_FRAME
    if load16(m.octets + 2) != LAPS_SAPI_ETHERNET:
        return HEADER_PROTOCOL
    m.octets += 4
    m.length -= 4
    return HEADER_GOOD

cdef inline Header ppp_read(MacFrame *m) noexcept nogil:
    """Address, control and the first octet of the protocol may be left away (RFC 1662 6.6, RFC 1661 6.5)."""
    cdef uint32_t header = 0, protocol, pads
    cdef uint8_t flags
    if m.length >= 2 and load16(m.octets) == PPP_ADDRESS_CONTROL:
        header = 2
    if m.length < header + 2:
        return HEADER_SHORT
    protocol = m.octets[header]
    header += 1
    if not protocol & 1:
        protocol = protocol << 8 | m.octets[header]
        header += 1
    if protocol != PPP_BRIDGED:
        return HEADER_PROTOCOL
    if m.length < header + 2:
        return HEADER_SHORT
    flags = m.octets[header]
    if m.octets[header + 1] != BCP_ETHERNET:
        return HEADER_FRAME
    header += 6 if flags & BCP_LAN_ID else 2
    pads = flags & BCP_PADS
    if m.length < header + pads:
        return HEADER_SHORT
    m.octets += header
    m.length -= header + pads
    m.lan_fcs = (flags & BCP_LAN_FCS) != 0
    m.zero_fill = (flags & BCP_ZERO_FILL) != 0
    return HEADER_GOOD

cdef inline Header header_read(const ClientFormat *f, const uint8_t *frame, uint32_t n, MacFrame *m) noexcept nogil:
    """What stands in an HDLC frame of `n` octets without its FCS."""
    m.octets = frame
    m.length = n
    m.lan_fcs = f.lan_fcs
    m.zero_fill = False
    if f.kind == HDLC_LAPS:
        return laps_read(m)
    return ppp_read(m) if f.kind == HDLC_PPP else HEADER_GOOD
