"""HDLC bit by bit: a plain model of the sender and the receiver, one step a bit, for the fast ones to be held against.

Unlike tests/ref/hdlc.py, which looks at a whole stream, it is a machine: it says after every octet what it has counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field

LEAST = 2  # octets beside the FCS
FCS_BITS = {None: 0, 16: 16, 32: 32}
POLYNOMIALS = {16: 0x8408, 32: 0xEDB88320}


def fcs_of(octets: bytes, fcs: int | None) -> bytes:
    """In the order of sending: the least significant bit is the coefficient of the highest power."""
    if fcs is None:
        return b""
    register = ones = (1 << fcs) - 1
    for octet in octets:
        register ^= octet
        for _ in range(8):
            register = register >> 1 ^ (POLYNOMIALS[fcs] if register & 1 else 0)
    return (register ^ ones).to_bytes(fcs // 8, "little")


class Sender:
    """Bits as a list, the first one first."""

    def __init__(self, fcs: int | None = 16) -> None:
        self.bits: list[int] = []
        self._fcs = fcs
        self._ones = 0

    def mark(self, mark: int) -> None:
        self.bits += [mark >> i & 1 for i in range(8)]
        self._ones = 0

    def frame(self, frame: bytes, abort: bool = False) -> None:
        """Behind a flag, with the flag that ends it."""
        for octet in frame if abort else frame + fcs_of(frame, self._fcs):
            for i in range(8):
                bit = octet >> i & 1
                self.bits.append(bit)
                self._ones = self._ones + 1 if bit else 0
                if self._ones == 5:
                    self.bits.append(0)
                    self._ones = 0
        if abort:
            self.mark(0xFE)
        self.mark(0x7E)


@dataclass
class Receiver:
    longest: int
    fcs: int | None = 16
    frames: list[bytes] = field(default_factory=list)
    fcs_errors: int = 0
    aborts: int = 0
    too_long: int = 0
    invalid: int = 0

    def __post_init__(self) -> None:
        self._ones = 7  # what came before is not known
        self._inside = False
        self._bits: list[int] = []

    def take(self, octets: bytes) -> None:
        for octet in octets:
            for i in range(7, -1, -1):
                self._bit(octet >> i & 1)

    def _bit(self, bit: int) -> None:
        if bit:
            self._ones = min(self._ones + 1, 8)
            if self._ones < 6:
                self._keep(1)
            elif self._ones == 7 and self._inside:
                self.aborts += len(self._bits) > 5
                self._inside = False
            return
        if self._ones == 6:
            self._flag()
        elif self._ones < 5:
            self._keep(0)
        self._ones = 0

    def _keep(self, bit: int) -> None:
        if not self._inside:
            return
        self._bits.append(bit)
        if len(self._bits) // 8 > self.longest + FCS_BITS[self.fcs] // 8:
            self.too_long += 1
            self._inside = False

    def _flag(self) -> None:
        bits, inside = self._bits[:-6], self._inside and len(self._bits) > 6
        self._inside, self._bits = True, []
        if not inside:
            return
        if len(bits) % 8 or len(bits) < 8 * LEAST + FCS_BITS[self.fcs]:
            self.invalid += 1
            return
        octets = bytes(sum(bits[at + i] << i for i in range(8)) for at in range(0, len(bits), 8))
        frame = octets[: len(octets) - FCS_BITS[self.fcs] // 8]
        if fcs_of(frame, self.fcs) != octets[len(frame) :]:
            self.fcs_errors += 1
        else:
            self.frames.append(frame)


def packed(bits: list[int]) -> bytes:
    """The most significant bit first; what is missing of the last octet is ones."""
    bits = bits + [1] * (-len(bits) % 8)
    return bytes(sum(bits[at + i] << 7 - i for i in range(8)) for at in range(0, len(bits), 8))


def escaped(octets: bytes) -> bytes:
    """RFC 1662 4.2."""
    return b"".join(bytes([0x7D, octet ^ 0x20]) if octet in (0x7D, 0x7E) else bytes([octet]) for octet in octets)


def pieces(stream: bytes, laps: bool = False) -> list[bytes | None]:
    """What stands between the flags of a stream of escaped octets; None for an abort."""
    found: list[bytes | None] = []
    for piece in stream.split(b"\x7e")[1:-1]:
        octets, escape = bytearray(), False
        for octet in piece:
            if escape:
                escape = False
                if not (laps and octet == 0xDD):
                    octets.append(octet ^ 0x20)
            elif octet == 0x7D:
                escape = True
            else:
                octets.append(octet)
        if escape:
            found.append(None)
        elif octets:
            found.append(bytes(octets))
    return found
