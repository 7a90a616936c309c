"""E1 lines with their terminations, two ends in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msapemu._framing import Fabric, FramedE1, PdhLine

Spoil = Callable[[bytes, int], bytes]


class Pair:
    """Two ends of an E1 line; `spoil` changes what goes from a to b: (octets, number of the first frame)."""

    def __init__(self, a: str = "crc4", b: str = "crc4", *, annex_a: bool = True, annex_b: bool = True) -> None:
        self.lines = PdhLine("e1"), PdhLine("e1")
        self.a = FramedE1(self.lines[0].bearers[0], a, interworking=annex_a)
        self.b = FramedE1(self.lines[1].bearers[0], b, interworking=annex_b)
        self.fabrics = Fabric([self.a]), Fabric([self.b])
        self.frame = 0
        self.spoil: Spoil | None = None
        for fabric in self.fabrics:
            fabric.apply()

    def run(self, frames: int, step: int = 8) -> None:
        for _ in range(frames // step):
            for fabric in self.fabrics:
                fabric.transmit(step)
            there, back = (line.build(step) for line in self.lines)
            if self.spoil is not None:
                there = self.spoil(there, self.frame)
            self.lines[1].parse(there)
            self.lines[0].parse(back)
            for fabric in self.fabrics:
                fabric.receive()
            self.frame += step


def send(framed: FramedE1, line: PdhLine, frames: int) -> bytes:
    """So many frames of one end."""
    fabric = Fabric([framed])
    fabric.apply()
    out = b""
    for _ in range(frames // 8):
        fabric.transmit(8)
        out += line.build(8)
    return out


class Listener:
    """One end that only listens."""

    def __init__(self, framing: str = "crc4", **settings: bool | int) -> None:
        self.line = PdhLine("e1", queue_octets=1 << 14)
        self.e1 = FramedE1(self.line.bearers[0], framing, **settings)  # type: ignore[arg-type]
        self.fabric = Fabric([self.e1])
        self.fabric.apply()

    def take(self, octets: bytes, step: int = 256) -> None:
        for at in range(0, len(octets), step):
            self.line.parse(octets[at : at + step])
            self.fabric.receive()


def crc4_bitwise(bits: Sequence[int]) -> int:
    """x^4 + x + 1, start 0, bit by bit (STANDARDS 9)."""
    crc = 0
    for bit in bits:
        top = crc >> 3 & 1
        crc = crc << 1 & 15
        if top ^ bit:
            crc ^= 3
    return crc


def framed(payload: Callable[[int], bytes], frames: int, *, e: tuple[int, int] = (1, 1), alarm: int = 0) -> bytes:
    """Frames of a CRC-4 multiframe, made here bit by bit: `payload` gives timeslots 1..31 of frame n."""
    out: list[bytearray] = []
    crc = 0
    for n in range(frames):
        at = n % 16
        if at % 2 == 0:
            si = crc >> (3 - at % 8 // 2) & 1
            ts0 = si << 7 | 0x1B
        else:
            si = (0, 0, 1, 0, 1, 1, *e)[at // 2]
            ts0 = si << 7 | 0x40 | alarm << 5 | 0x1F
        out.append(bytearray([ts0]) + payload(n))
        if at % 8 == 7:
            bits = []
            for k, row in enumerate(out[-8:]):
                octets = bytes([row[0] & 0x7F if k % 2 == 0 else row[0]]) + bytes(row[1:])
                bits += [octet >> (7 - i) & 1 for octet in octets for i in range(8)]
            crc = crc4_bitwise(bits)
    return b"".join(map(bytes, out))


def shifted(octets: bytes, bits: int) -> bytes:
    """The same from that bit on."""
    value = int.from_bytes(octets, "big") << bits & ((1 << 8 * len(octets)) - 1)
    return value.to_bytes(len(octets), "big")
