"""Set-up of GFP-T superblocks: characters of Gigabit Ethernet into superblocks and back, every CRC made and checked."""

from __future__ import annotations

import random
from collections.abc import Mapping

from msapemu._framing import decode_superblocks, encode_superblocks
from msapemu.bench.work import Stage, refuse

GBE_BPS = 1_000_000_000  # of characters
CHARACTERS = 64 * 2000  # a round
KINDS = ("data", "idle", "scattered")  # beside Ethernet frames


def characters(kind: str | int) -> tuple[bytes, bytes]:
    """Octets and control flags of a round: Ethernet frames of so many octets (without FCS) at the wire's rate, data
    alone, idle alone, or control characters anywhere, one in four."""
    chance = random.Random(1)
    if kind == "scattered":
        flags = bytes(chance.random() < 0.25 for _ in range(CHARACTERS))
        return bytes(0xBC if flag else 0x4A for flag in flags), flags
    if isinstance(kind, int):
        length = 8 + kind + 4  # preamble, frame, FCS
        octets = b"\xfb" + b"\x55" * 6 + b"\xd5" + chance.randbytes(kind + 4) + b"\xfd\xf7" + b"\xbc\x50" * 5
        piece = octets, b"\1" + bytes(length - 1) + b"\1\1" + b"\1\0" * 5
    else:
        piece = {"data": (chance.randbytes(64), bytes(64)), "idle": (b"\xbc\x50", b"\1\0")}[kind]
    first, second = ((part * (CHARACTERS // len(part) + 1))[:CHARACTERS] for part in piece)
    return first, second


class Superblocks:
    """`build` makes superblocks of characters, `parse` characters of superblocks."""

    mapping = "gfp-t"

    def __init__(self, size: int, kind: str | None = None) -> None:
        self.size = size
        self.sent = characters(size if kind is None else kind)
        self.line_bps = float(GBE_BPS)
        self.octets = CHARACTERS
        self.frames = max(1, CHARACTERS // (size + 24))
        self.superblocks = encode_superblocks(*self.sent)
        self.received = decode_superblocks(self.superblocks)

    @property
    def stages(self) -> Mapping[str, Stage]:
        return {"build": self.build, "parse": self.parse}

    def build(self) -> None:
        self.superblocks = encode_superblocks(*self.sent)

    def parse(self) -> None:
        self.received = decode_superblocks(self.superblocks)

    def arm(self) -> None:
        pass

    def check(self) -> None:
        octets, control, corrected = self.received
        wrong = (octets, control) != self.sent
        refuse(self, ["wrong characters"] * wrong + ["corrections"] * any(corrected))
