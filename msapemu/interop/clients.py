"""The client frames of a capture: what `encode` sends of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from msapemu.ctl.errors import UsageError
from msapemu.interop.capture import read_frames
from msapemu.interop.ethernet import HEADER_OCTETS, Fcs, without_fcs
from msapemu.interop.frame import ETHERNET, IPV4, IPV6, MPLS, PPP, PPP_HDLC, Frame, link_name

UPI_ETHERNET = 1  # G.7041 table 6-3
# What may be sent under which UPI; under one that is not here whatever the capture holds, as it is.
LINK_TYPES_OF_UPI = {UPI_ETHERNET: (ETHERNET,), 2: (PPP, PPP_HDLC), 13: (MPLS,), 16: (IPV4,), 17: (IPV6,)}

# G.7041 6.1.1.1: the payload area is at most 65535 octets: type 4, extension 4, client, Ethernet FCS 4, payload FCS 4
LONGEST_CLIENT_FRAME = 65535 - 4 - 4 - 4 - 4


@dataclass
class Encoded:
    """What became of a capture."""

    client_frames: int = 0
    errored_frames: int = 0  # left out: their FCS was wrong
    line_frames: int = 0


def client_frames(source: Path, upi: int, fcs: Fcs, result: Encoded) -> Iterator[bytes]:
    """What to send of the capture, checked frame by frame."""
    if upi != UPI_ETHERNET:
        yield from _raw(source, upi)
        return
    checked = without_fcs(_of_link_type(read_frames(source), source, upi), fcs)
    for number, (frame, octets, good) in enumerate(checked, 1):
        _check_whole(source, number, frame)
        if good is False:
            result.errored_frames += 1
            continue
        if len(octets) < HEADER_OCTETS:
            raise UsageError(f"{source}: frame {number}: {len(octets)} octets are no Ethernet frame")
        yield _check_length(source, number, octets)


def _raw(source: Path, upi: int) -> Iterator[bytes]:
    for number, frame in enumerate(_of_link_type(read_frames(source), source, upi), 1):
        _check_whole(source, number, frame)
        if not frame.octets:
            raise UsageError(f"{source}: frame {number}: is empty")
        yield _check_length(source, number, frame.octets)


def _of_link_type(frames: Iterator[Frame], source: Path, upi: int) -> Iterator[Frame]:
    wanted = LINK_TYPES_OF_UPI.get(upi)
    for number, frame in enumerate(frames, 1):
        if wanted is not None and frame.link_type not in wanted:
            hint = " (--upi maps other clients)" if upi == UPI_ETHERNET else ""
            names = " or ".join(link_name(one) for one in wanted)
            raise UsageError(f"{source}: frame {number}: is {link_name(frame.link_type)}, not {names}{hint}")
        yield frame


def _check_whole(source: Path, number: int, frame: Frame) -> None:
    if len(frame.octets) < frame.original_length:
        found, whole = len(frame.octets), frame.original_length
        raise UsageError(f"{source}: frame {number}: was cut when it was captured ({found} of {whole} octets)")


def _check_length(source: Path, number: int, octets: bytes) -> bytes:
    if len(octets) > LONGEST_CLIENT_FRAME:
        raise UsageError(
            f"{source}: frame {number}: {len(octets)} octets are more than GFP carries ({LONGEST_CLIENT_FRAME})"
        )
    return octets
