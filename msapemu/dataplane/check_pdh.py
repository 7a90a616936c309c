"""What circuits over PDH and E1s in packets must hold to."""

from __future__ import annotations

from msapemu.ctl.config import Cesop, Circuit, Satop
from msapemu.ctl.e1 import SIGNALLING, parse_timeslots
from msapemu.ctl.errors import UsageError
from msapemu.dataplane.udp import split_address

PAYLOADS = range(32, 1441)  # octets of an E1 in a packet
FRAMES = range(1, 65)  # frames in a packet
JITTERS_US = range(125, 200_001)
MOST_OCTETS = 1440  # of a packet's payload: it fits an MTU of 1500


def check_adaptation(circuit: Circuit, place: str) -> None:
    """UsageError for what goes with PDH only, or not with it."""
    if not circuit.vcat:
        if circuit.via != "e1":
            raise UsageError(f"{place}: the octet of virtual concatenation (vcat) can be left away via e1 only")
        if len(circuit.members) != 1 or circuit.lcas is not None:
            raise UsageError(f"{place}: a circuit without virtual concatenation has one member and no LCAS")
    if circuit.over_pdh and circuit.gfp == "t":
        raise UsageError(f"{place}: GFP-T needs a container of an STM-N line")
    if circuit.adaptation == "gfp":
        return
    if circuit.via != "n64" and circuit.vcat:
        raise UsageError(f"{place}: {circuit.adaptation} is for n x 64 kbit/s (n64) and one E1 with vcat false")
    if circuit.channels or circuit.payload_fcs or circuit.gfp == "t":
        what = "channels are" if circuit.channels else "a payload FCS is" if circuit.payload_fcs else "GFP-T is"
        raise UsageError(f"{place}: {what} of GFP, not of {circuit.adaptation}")


def check_packets(end: Satop | Cesop, place: str) -> None:
    """UsageError for an E1 in packets that cannot be."""
    for address in (end.local, end.peer):
        split_address(address, place)
    if end.jitter_us not in JITTERS_US:
        raise UsageError(f"{place}: jitter buffer of {end.jitter_us} us is not in 125 us..200 ms")
    if isinstance(end, Satop):
        if end.payload not in PAYLOADS:
            raise UsageError(f"{place}: {end.payload} octets a packet are not in 32..1440")
        return
    try:
        slots = parse_timeslots(end.timeslots)
    except ValueError as error:
        raise UsageError(f"{place}: {error}") from None
    if list(slots) != sorted(slots):
        raise UsageError(f"{place}: timeslots of a packet are in order")
    if end.cas and SIGNALLING in slots:
        raise UsageError(f"{place}: timeslot 16 carries signalling")
    if end.frames not in FRAMES or end.frames * len(slots) > MOST_OCTETS:
        raise UsageError(f"{place}: {end.frames} frames a packet are not in 1..64, or too long a packet")
