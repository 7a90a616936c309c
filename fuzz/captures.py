"""Capture files: a reader gives frames or one UsageError that names the file and the octet."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from random import Random

from msapemu.ctl.errors import UsageError
from msapemu.interop.capture import read_frames
from msapemu.interop.erf import ErfWriter
from msapemu.interop.frame import ETHERNET, PPP
from msapemu.interop.pcap import PcapWriter
from msapemu.interop.pcapng import PcapngWriter

_FOLDER = tempfile.TemporaryDirectory(prefix="msapemu-fuzz-")
_PATH = Path(_FOLDER.name) / "capture"
_FRAME = bytes(range(64))


def seeds() -> list[bytes]:
    pcap, pcapng, erf = io.BytesIO(), io.BytesIO(), io.BytesIO()
    one, two, three = PcapWriter(pcap, ETHERNET), PcapngWriter(pcapng), ErfWriter(erf)
    two.interface(ETHERNET, fcs_octets=4)
    two.interface(PPP)
    for number in range(3):
        one.write(_FRAME, number)
        two.write(number % 2, _FRAME[number:], number)
        three.write((2, 24, 11)[number], _FRAME, number)
    return [pcap.getvalue(), pcapng.getvalue(), erf.getvalue()]


def check(octets: bytes, chance: Random) -> None:
    _PATH.write_bytes(octets)
    try:
        found = list(read_frames(_PATH))
    except UsageError as error:
        assert str(error).startswith(f"{_PATH}: octet "), error
        return
    assert sum(len(frame.octets) for frame in found) <= len(octets)
    assert all(len(frame.octets) <= frame.original_length for frame in found)
