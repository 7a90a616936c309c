"""What stands before a packet in a frame of PPP (RFC 1661, 1662), bridged PPP (RFC 3518), Cisco HDLC and frame relay
(Q.922, RFC 2427).
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from .crc import eth_fcs

PPP = bytes.fromhex("ff03")
PPP_IPV4, PPP_IPV6, PPP_BRIDGED, PPP_LCP, PPP_IPCP = 0x0021, 0x0057, 0x0031, 0xC021, 0x8021
MAC_ETHERNET = 1  # canonical addresses
FCS_PRESENT, LAN_ID, ZERO_PADDED, CONTROL = 0x80, 0x40, 0x20, 0x10  # F I Z B, and four bits that count pads
SLARP, KEEPALIVE = 0x8035, 2


def ppp(protocol: int, packet: bytes) -> bytes:
    """Address, control and protocol, none of them compressed."""
    return PPP + protocol.to_bytes(2, "big") + packet


def bridged(mac_frame: bytes, with_fcs: bool = False) -> bytes:
    """A MAC frame given without FCS, as of RFC 3518 4.2: flags, MAC type, the frame."""
    flags = FCS_PRESENT if with_fcs else 0
    body = mac_frame + (eth_fcs(mac_frame) if with_fcs else b"")
    return ppp(PPP_BRIDGED, bytes([flags, MAC_ETHERNET]) + body)


def bridged_frame(frame: bytes) -> bytes | None:
    """The MAC frame without FCS in a bridged PPP frame; None when there is none."""
    if frame[:4] != PPP + PPP_BRIDGED.to_bytes(2, "big") or len(frame) < 6 or frame[5] != MAC_ETHERNET:
        return None
    flags, body = frame[4], frame[6:]
    body = body[: len(body) - (flags & 0x0F)]
    if flags & LAN_ID:
        body = body[4:]
    if flags & FCS_PRESENT:
        if eth_fcs(body[:-4]) != body[-4:]:
            return None
        body = body[:-4]
    return body.ljust(60, b"\0") if flags & ZERO_PADDED else body


def cisco(ethertype: int, packet: bytes, multicast: bool = False) -> bytes:
    """Cisco HDLC: address 0F or 8F, control 00, an EtherType."""
    return struct.pack("!BBH", 0x8F if multicast else 0x0F, 0, ethertype) + packet


def cisco_keepalive(own: int, seen: int) -> bytes:
    """SLARP: the number of this one, the number of the last that came."""
    return cisco(SLARP, struct.pack("!IIIH", KEEPALIVE, own, seen, 0xFFFF), multicast=True)


class Address(NamedTuple):
    """Of frame relay, two octets."""

    dlci: int
    cr: int = 0
    fecn: int = 0
    becn: int = 0
    de: int = 0

    def octets(self) -> bytes:
        low = (self.dlci & 0xF) << 4 | self.fecn << 3 | self.becn << 2 | self.de << 1 | 1
        return bytes([(self.dlci >> 4) << 2 | self.cr << 1, low])


def address(octets: bytes) -> Address:
    """That of a frame."""
    high, low = octets[0], octets[1]
    return Address((high >> 2) << 4 | low >> 4, high >> 1 & 1, low >> 3 & 1, low >> 2 & 1, low >> 1 & 1)


def frame_relay(dlci: int, packet: bytes, nlpid: int = 0xCC) -> bytes:
    """Unnumbered information, NLPID CC (IPv4) or 8E (IPv6) (RFC 2427)."""
    return Address(dlci).octets() + bytes([0x03, nlpid]) + packet


def frame_relay_bridged(dlci: int, mac_frame: bytes) -> bytes:
    """NLPID 80, SNAP of 802.1 (00-80-C2), PID 00-07: a MAC frame without FCS."""
    return Address(dlci).octets() + bytes.fromhex("0300800080c20007") + mac_frame
