"""Frame Relay: Q.922 frames with packets as RFC 2427 has them, for one permanent virtual circuit (PVC); on DLCI 0 the
local management, which says which PVCs are active."""

from __future__ import annotations

from msapemu.dataplane.serial.lmi import Lmi, NoLmi, Pvc
from msapemu.dataplane.serial.protocol import IPV4, IPV6, SerialProtocol, version

DLCIS = range(16, 1008)  # for PVCs (Q.922, two octets of address)
LMI_DLCI = 0
ADDRESS = 2  # octets
DLCI_LOW_SHIFT = 4
COMMAND_RESPONSE, FECN, BECN, DE, EXTENSION = 0x02, 0x08, 0x04, 0x02, 0x01

UI = 0x03  # control: unnumbered information
PAD = 0x00
NLPID_SNAP, NLPID_IPV6, NLPID_IP = 0x80, 0x8E, 0xCC  # RFC 2427 4
_NLPIDS = {IPV4: bytes((UI, NLPID_IP)), IPV6: bytes((UI, NLPID_IPV6))}
_ETHERTYPES = {b"\x08\x00": IPV4, b"\x86\xdd": IPV6}
_SNAP_ROUTED = b"\0\0\0"  # OUI: an Ethernet type follows


def address_octets(dlci: int) -> bytes:
    """The address field, without congestion bits."""
    return bytes((dlci >> DLCI_LOW_SHIFT << 2, (dlci & 0xF) << DLCI_LOW_SHIFT | EXTENSION))


def dlci_of(frame: bytes) -> int | None:
    """None: not an address of two octets."""
    if len(frame) < ADDRESS or frame[0] & EXTENSION or not frame[1] & EXTENSION:
        return None
    return frame[0] >> 2 << DLCI_LOW_SHIFT | frame[1] >> DLCI_LOW_SHIFT


def packet_of(payload: bytes) -> tuple[int, bytes]:
    """The version of IP that it is said to be, and the packet; version 0: something else.

    As RFC 2427 has it, routed, directly or by SNAP; or with an Ethernet type in place of control and NLPID, as
    routers send when nobody told them otherwise."""
    if payload[:2] in _ETHERTYPES:
        return _ETHERTYPES[payload[:2]], payload[2:]
    if not payload or payload[0] != UI:
        return 0, b""
    at = 2 if payload[1:2] == bytes((PAD,)) else 1
    nlpid = payload[at] if len(payload) > at else PAD
    rest = payload[at + 1 :]
    if nlpid == NLPID_IP:
        return IPV4, rest
    if nlpid == NLPID_IPV6:
        return IPV6, rest
    if nlpid == NLPID_SNAP and rest.startswith(_SNAP_ROUTED):
        return _ETHERTYPES.get(rest[3:5], 0), rest[5:]
    return 0, b""


class FrameRelay(SerialProtocol):
    """One end of a Frame Relay line whose packets are those of `dlci`. The state of the others is kept only."""

    name = "fr"

    def __init__(self, dlci: int, lmi: Lmi | NoLmi) -> None:
        super().__init__()
        self._dlci = dlci
        self._lmi = lmi
        self._header = address_octets(dlci)
        self.congested = 0  # frames with FECN or BECN

    @property
    def up(self) -> bool:
        return self._lmi.up and self._lmi.pvcs.get(self._dlci, Pvc()).active

    @property
    def pvcs(self) -> dict[int, Pvc]:
        """As the local management has them."""
        return self._lmi.pvcs

    @property
    def detail(self) -> str:
        pvcs = [f"PVC {dlci} {pvc.text}" for dlci, pvc in sorted(self._lmi.pvcs.items())]
        return ", ".join([self._lmi.detail, *pvcs])

    def receive(self, frame: bytes, now: float) -> bytes | None:
        dlci = dlci_of(frame)
        if dlci is None:
            self.counters.malformed += 1
            return None
        if dlci == LMI_DLCI:
            self.counters.control += 1
            if not self._lmi.receive(frame[ADDRESS:], now):
                self.counters.malformed += 1
            self._collect()
            return None
        kind, packet = packet_of(frame[ADDRESS:])
        if dlci != self._dlci or not kind:
            self.counters.unknown += 1
        elif version(packet) != kind:
            self.counters.malformed += 1
        elif self.up:
            self.counters.packets += 1
            self.congested += bool(frame[1] & (FECN | BECN))
            return packet
        return None

    def encapsulated(self, packet: bytes) -> bytes | None:
        nlpid = _NLPIDS.get(version(packet))
        if nlpid is None or not self.up:
            self.counters.refused += 1
            return None
        return self._header + nlpid + packet

    def turn(self, now: float) -> None:
        self._lmi.turn(now)
        self._collect()

    def _run(self, running: bool, now: float) -> None:
        self._lmi.run(running, now)
        self._collect()

    def _collect(self) -> None:
        """What the local management has to say."""
        self._frames.extend(address_octets(LMI_DLCI) + message for message in self._lmi.take_messages())
        self._told.extend(self._lmi.take_told())
