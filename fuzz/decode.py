"""`decode`: any file ends in a report and what it tells of, or in one line of text and nothing else.

Of the inputs one in four is frames of random octets behind a right A1 A2, so that everything above the alignment gets
its share; a minute is about 10^5 frames.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from random import Random

from msapemu._framing import RATES
from msapemu.ctl.errors import UsageError
from msapemu.interop import pcap, pcapng
from msapemu.interop.capture import read_frames
from msapemu.interop.decode import decode
from msapemu.interop.encode import EncodeOptions, encode
from msapemu.interop.erf import RAW_LINK
from msapemu.interop.frame import ETHERNET
from msapemu.interop.rates import frame_octets, framing

_FOLDER = tempfile.TemporaryDirectory(prefix="msapemu-fuzz-")
_PLACE = Path(_FOLDER.name)
_SUFFIXES = (".stm1", ".stm4", ".stm16", ".erf", ".pcap", ".pcapng", "")
_MEMBERS = (
    *(None, None, None, ("1.1.1",), ("1.1.1", "2.3.2", "3.7.3"), ("1", "2"), ("1",), ("2", "3", "4", "5")),
    *(("2:1.1.1", "1.1.1"), ("3:2", "1"), ("4", "2"), ("17:1.1.1", "1.1.1")),
)
_PAIR = ("1.1.1", "2.3.2")


def _encoded(options: EncodeOptions, suffix: str = ".stm1") -> bytes:
    source, target = _PLACE / "in.pcap", _PLACE / f"seed{suffix}"
    with open(source, "wb") as stream:
        writer = pcap.PcapWriter(stream, ETHERNET)
        for number in range(6):
            writer.write(bytes([2] * 12) + b"\x08\x00" + bytes([number]) * (46 + 200 * number), number)
    encode(source if options.map else None, target, options)
    octets = target.read_bytes()
    source.unlink()
    target.unlink()
    return octets


def seeds() -> list[bytes]:
    bits = _PLACE / "bits"
    bits.write_bytes(bytes(range(1, 255)) * 20)
    few = {"frames": 100}
    made = [
        _encoded(EncodeOptions("vc4", **few), ".erf"),
        _encoded(EncodeOptions("vc4", **few), ".pcapng"),
        _encoded(EncodeOptions("vc4", **few), ".pcap"),
        _encoded(EncodeOptions("vc4", au_sequence=("alternate", 4), **few)),
        _encoded(EncodeOptions("vc4", line="stm4", contiguous=True, **few)),
        _encoded(EncodeOptions("vc4", line="stm16", vc4=5, contiguous=True, frames=90)),
        _encoded(EncodeOptions("vc3", ("2", "1"), delays={"1": 125}, tu_sequence=("inc", 4))),
        _encoded(EncodeOptions("vc12", _PAIR, tu_sequence=("dec", 4), tu_pointers=139)),
        _encoded(EncodeOptions("vc12", ("3.1.1",), contiguous=True, e1={"1.1.1": bits}, e3={"2": bits})),
        _encoded(EncodeOptions("vc12", _PAIR, lcas=True, delays={"1.1.1": 3000})),
        _encoded(EncodeOptions("vc12", ("2:1.1.1", "1.1.1", "4:3.7.3"), line="stm4", lcas=True, gfp="t")),
        _encoded(EncodeOptions("vc3", ("2", "3"), lcas=True, cid=5, payload_fcs=True)),
        _encoded(EncodeOptions("vc4", ("4", "1"), line="stm4", lcas=True)),
        _encoded(EncodeOptions("vc4", gfp="t", **few)),
    ]
    bits.unlink()
    return made


def _random_frames(chance: Random) -> bytes:
    rate = chance.choice(["stm1", "stm1", "stm1", "stm4", "stm16"])
    start, count = framing(rate), chance.randrange(2, 240 // RATES[rate])
    return b"".join(start + chance.randbytes(frame_octets(rate) - len(start)) for _ in range(count))


def _name(octets: bytes, chance: Random) -> str:
    if not chance.randrange(8):
        return f"line{chance.choice(_SUFFIXES)}"
    if octets[:4] in pcap.MAGIC:
        return "line.pcap"
    if octets[:4] == pcapng.MAGIC:
        return "line.pcapng"
    return "line.erf" if octets[8:9] == bytes([RAW_LINK]) else "line.stm1"


def check(octets: bytes, chance: Random) -> None:
    if not chance.randrange(4):
        octets = _random_frames(chance)
    source, target, bits = _PLACE / _name(octets, chance), _PLACE / "out.pcap", _PLACE / "out.bits"
    source.write_bytes(octets)
    e1 = {"1.1.1": bits} if not chance.randrange(4) else {}
    e3 = {"2": bits} if not e1 and not chance.randrange(4) else {}
    try:
        done = decode(
            source,
            vc4=chance.choice((1, 1, 1, 1, 2, 5)),
            members=chance.choice(_MEMBERS),
            ethernet=target,
            e1=e1,
            e3=e3,
        )
    except UsageError as error:
        assert "\n" not in str(error)
        wanted = {source}
    else:
        json.dumps(done.report)
        assert done.aligned == (done.report["frames"] > 0)
        if "records" not in done.report:
            assert done.report["frames"] * 2430 <= len(octets)
        wanted = {source, *([target] if done.aligned else []), *([bits] if done.aligned and (e1 or e3) else [])}
        told = sum(group["ethernet"]["frames"] for group in done.report["groups"])
        assert not done.aligned or told == sum(1 for _ in read_frames(target))
    assert set(_PLACE.iterdir()) == wanted
    for path in wanted:
        path.unlink()
