"""Octets as lists of bits, bit 1 (the most significant) first, and a run of bits to be taken piece by piece."""

from __future__ import annotations

from collections.abc import Iterable


def bits_of(octets: bytes) -> list[int]:
    """The bits of the octets as on the line."""
    return [int(bit) for bit in format(int.from_bytes(octets, "big"), f"0{8 * len(octets)}b")] if octets else []


def octets_of(bits: Iterable[int]) -> bytes:
    """The octets of a run of bits; a last octet that is not full is filled with zeros."""
    text = "".join(map(str, bits))
    text += "0" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big") if text else b""


class BitSource:
    """Bits taken in order; when they are used up, ones follow (AIS)."""

    def __init__(self, octets: bytes = b"") -> None:
        self._bits = bits_of(octets)
        self.taken = 0

    def take(self, count: int) -> list[int]:
        """The next `count` bits."""
        run = self._bits[self.taken : self.taken + count]
        self.taken += count
        return run + [1] * (count - len(run))
