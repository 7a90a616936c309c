"""A captured frame, and the pcap link types that msapemu knows by name."""

from __future__ import annotations

from typing import NamedTuple

# www.tcpdump.org/linktypes: what stands in a pcap header, a pcapng interface block
ETHERNET = 1
PPP = 9
PPP_HDLC = 50
C_HDLC = 104
FRELAY = 107
GFP_T = 170
GFP_F = 171
ERF_ETHERNET = 175
ERF_POS = 176
ERF = 197
MPLS = 219
IPV4 = 228
IPV6 = 229

LINK_NAMES = {
    ETHERNET: "Ethernet",
    PPP: "PPP",
    PPP_HDLC: "PPP in HDLC",
    C_HDLC: "Cisco HDLC",
    FRELAY: "Frame Relay",
    GFP_T: "GFP-T",
    GFP_F: "GFP-F",
    ERF: "ERF",
    MPLS: "MPLS",
    IPV4: "IPv4",
    IPV6: "IPv6",
}

NANOSECONDS = 1_000_000_000


class Frame(NamedTuple):
    """One frame of a capture."""

    link_type: int
    octets: bytes
    time: int  # ns since 1970
    original_length: int  # octets on the wire; more than len(octets) when the capture cut the frame
    fcs_octets: int | None = None  # of frame check sequence at the end; None: the capture does not say


def link_name(link_type: int) -> str:
    """For messages: "PPP (link type 9)"."""
    name = LINK_NAMES.get(link_type)
    return f"{name} (link type {link_type})" if name else f"link type {link_type}"
