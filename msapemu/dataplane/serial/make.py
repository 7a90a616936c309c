"""The line protocol of a serial interface, as its configuration says."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface
from random import Random, SystemRandom

from msapemu.ctl.config import SerialTun
from msapemu.dataplane.serial import lmi
from msapemu.dataplane.serial.chdlc import CiscoHdlc
from msapemu.dataplane.serial.framerelay import DLCIS, FrameRelay
from msapemu.dataplane.serial.lmi_message import DIALECTS
from msapemu.dataplane.serial.ppp import Ppp
from msapemu.dataplane.serial.protocol import SerialProtocol


def make_protocol(tun: SerialTun, random: Random | None = None) -> SerialProtocol:
    """One end of it. ValueError for what cannot be. `random`: for magic numbers."""
    local = IPv4Interface(tun.local) if tun.local is not None else None
    remote = IPv4Address(tun.remote) if tun.remote is not None else None
    random = random or SystemRandom()
    if tun.encapsulation == "ppp":
        return Ppp(random, local.ip if local else None, remote)
    if tun.encapsulation == "chdlc":
        return CiscoHdlc(random, local)
    dlcis = dict.fromkeys((tun.dlci, *tun.pvcs))
    for dlci in dlcis:
        if dlci not in DLCIS:
            raise ValueError(f"DLCI {dlci} is not in {DLCIS.start}..{DLCIS.stop - 1}")
    return FrameRelay(tun.dlci, lmi.make(DIALECTS.get(tun.lmi), tun.side, dlcis))
