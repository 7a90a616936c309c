"""Reads a capture file of whichever format it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msapemu.interop import erf, pcap, pcapng
from msapemu.interop.frame import Frame
from msapemu.interop.octets import Octets, open_octets


def read_frames(path: Path) -> Iterator[Frame]:
    """The frames of a pcap, pcapng or ERF file, in the file's order; ERF records inside pcap are unpacked.

    UsageError, with the file and the octet, when it cannot be opened, is none of these, is cut or makes no sense.
    """
    with open_octets(path) as octets:
        yield from _frames(octets)


def _frames(octets: Octets) -> Iterator[Frame]:
    start = octets.peek(erf.HEADER_OCTETS)
    if start[:4] in pcap.MAGIC:
        yield from pcap.read_pcap(octets)
    elif start[:4] == pcapng.MAGIC:
        yield from pcapng.read_pcapng(octets)
    elif erf.looks_like_erf(start):
        yield from erf.read_erf(octets)
    elif not start:
        octets.fail("the file is empty")
    else:
        octets.fail("neither a pcap nor a pcapng nor an ERF file")
