"""What containers hold, and what that is in Ethernet."""

from __future__ import annotations

from msapemu.ctl.config import PDH_VIAS, VIA_NAMES, WIDTHS, Via

FRAMES_PER_SECOND = 8000
C4_OCTETS = 260 * 9  # container of a VC-4 per 125 us, G.707 6.1.1
C3_OCTETS = 84 * 9  # payload of a VC-3, G.707 6.1.3 and 11.2
C12_OCTETS = 34  # payload of a VC-12 per 125 us as virtual concatenation uses it, G.707 11.3
VC4_BPS = C4_OCTETS * 8 * FRAMES_PER_SECOND  # 149.760 Mbit/s
VC3_BPS = C3_OCTETS * 8 * FRAMES_PER_SECOND  # 48.384 Mbit/s
VC12_BPS = C12_OCTETS * 8 * FRAMES_PER_SECOND  # 2.176 Mbit/s
E1_VCAT_BPS = 495 * 8 * 500  # TS1..TS31 of a CRC-4 multiframe less the octet of virtual concatenation, G.7043
E1_BPS = 31 * 8 * FRAMES_PER_SECOND
E3_BPS = 529 * 8 * FRAMES_PER_SECOND  # of G.832, less that octet
FE_BPS = 1562 * 8 * FRAMES_PER_SECOND  # fibre of a media converter
SLOT_BPS = 8 * FRAMES_PER_SECOND
GFP_HEADERS = 8  # core header and payload header, G.7041 6.1
GFP_PAYLOAD_FCS = 4


def group_bps(via: Via, members: int = 1, *, vcat: bool = True) -> int:
    """Payload of `members` virtually concatenated VC-4, VC-3 or VC-12, or of one VC-4 or VC-4-Xc, in bit/s; of E1s
    (`vcat` False: of one without the octet of G.7043) or E3s, of a fibre of Ethernet, or of timeslots."""
    if via in PDH_VIAS:
        each = {"e1": E1_VCAT_BPS if vcat else E1_BPS, "g832": E3_BPS, "fe": FE_BPS}
        return members * each.get(via, SLOT_BPS)
    if via in WIDTHS:
        return members * VC4_BPS * WIDTHS[via]
    return members * (VC3_BPS if via == "vc3" else VC12_BPS)


def via_text(via: Via, members: int = 0) -> str:
    """As people write it: "VC-12-5v", "VC-3-2v", "VC-4-7v", "E1-8v", "E3-2v", and without members "VC-4", "VC-4-16c";
    of timeslots "8 x 64 kbit/s"."""
    if via == "n64":
        return f"{members} x 64 kbit/s"
    if via == "fe":
        return VIA_NAMES[via]
    if via == "g832" and members:
        return f"E3-{members}v"
    return f"{VIA_NAMES[via]}-{members}v" if members else VIA_NAMES[via]


def ethernet_bps(capacity_bps: float, frame_octets: int, *, payload_fcs: bool = False) -> float:
    """Bit/s of Ethernet frames, each of `frame_octets` from destination address to FCS, that `capacity_bps`
    of GFP-F carries. Preamble and gap are not sent over GFP."""
    overhead = GFP_HEADERS + (GFP_PAYLOAD_FCS if payload_fcs else 0)
    return capacity_bps * frame_octets / (frame_octets + overhead)


def ethernet_frames_per_second(capacity_bps: float, frame_octets: int, *, payload_fcs: bool = False) -> float:
    """The same as a frame rate."""
    return ethernet_bps(capacity_bps, frame_octets, payload_fcs=payload_fcs) / (8 * frame_octets)
