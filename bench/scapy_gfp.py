"""GFP-F as scapy layers, for the comparison alone: scapy is GPL-2.0-only, and msapemu never imports it."""

from __future__ import annotations

from scapy.fields import BitField, ByteField, ShortField
from scapy.layers.l2 import Ether
from scapy.packet import Packet


class Gfp(Packet):
    """Core header and payload header with the null extension header (G.7041 6.1)."""

    name = "GFP"
    fields_desc = [  # noqa: RUF012
        ShortField("pli", 0),
        ShortField("chec", 0),
        BitField("pti", 0, 3),
        BitField("pfi", 0, 1),
        BitField("exi", 0, 4),
        ByteField("upi", 1),
        ShortField("thec", 0),
    ]

    def guess_payload_class(self, payload: bytes) -> type[Packet]:
        return Ether
