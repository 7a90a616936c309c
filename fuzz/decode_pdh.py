"""`decode` of E1s, E2s, E3s: any files end in a report and what it tells of, or in one line and nothing else."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from random import Random

from msapemu.ctl.errors import UsageError
from msapemu.interop import pcap
from msapemu.interop.capture import read_frames
from msapemu.interop.frame import ETHERNET
from msapemu.interop.pdh_decode import pdh_decode
from msapemu.interop.pdh_encode import PdhOptions, pdh_encode

_FOLDER = tempfile.TemporaryDirectory(prefix="msapemu-fuzz-")
_PLACE = Path(_FOLDER.name)
LONGEST = 100_000


def _encoded(options: PdhOptions) -> bytes:
    """The first link."""
    source, target = _PLACE / "in.pcap", _PLACE / "seed"
    with open(source, "wb") as stream:
        writer = pcap.PcapWriter(stream, ETHERNET)
        for number in range(6):
            writer.write(bytes([2] * 12) + b"\x08\x00" + bytes([number]) * (46 + 50 * number), number)
    pdh_encode(source, target, options)
    octets = (target if options.files == 1 else _PLACE / "seed.1").read_bytes()
    for path in _PLACE.iterdir():
        path.unlink()
    return octets[-LONGEST:]


def seeds() -> list[bytes]:
    return [
        _encoded(PdhOptions("e1")),
        _encoded(PdhOptions("e1", lcas=True)),
        _encoded(PdhOptions("e1", vcat=False, crc4=False)),
        _encoded(PdhOptions("e2", vcat=False)),
        _encoded(PdhOptions("e3", vcat=False)),
        _encoded(PdhOptions("g832", vcat=False)),
    ]


def check(octets: bytes, chance: Random) -> None:
    suffix = chance.choice(("e1", "e1", "e2", "e3"))
    files = [_PLACE / f"{number}.{suffix}" for number in range(chance.choice((1, 1, 2)))]
    for path in files:
        path.write_bytes(octets[: chance.randrange(len(octets) + 1)] if len(files) > 1 else octets)
    target, bits = _PLACE / "out.pcap", _PLACE / "out.bits"
    e1 = {chance.choice((1, 4, 9)): bits} if not chance.randrange(4) else {}
    wanted = set(files)
    try:
        done = pdh_decode(files, ethernet=target, e1=e1)
    except UsageError as error:
        assert "\n" not in str(error)
    else:
        json.dumps(done.report)
        if done.aligned:
            wanted |= {target, *([bits] if e1 else [])}
            told = sum(group["ethernet"]["frames"] for group in done.report["groups"])
            assert told == sum(1 for _ in read_frames(target))
    assert set(_PLACE.iterdir()) == wanted
    for path in wanted:
        path.unlink()
