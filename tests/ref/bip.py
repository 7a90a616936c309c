"""Bit-interleaved parity: bit i of the result is the even parity of bits i of all octets (STANDARDS 1)."""

from __future__ import annotations

from functools import reduce
from operator import xor


def bip8(octets: bytes) -> int:
    """BIP-8: the exclusive or of all octets (B1, B3)."""
    return reduce(xor, octets, 0)


def bip24n(octets: bytes, n: int) -> bytes:
    """BIP-24N: octet number i feeds octet i mod 3N (B2 of an STM-N), so words of 3N octets are summed."""
    words = (int.from_bytes(octets[i : i + 3 * n], "big") for i in range(0, len(octets), 3 * n))
    return reduce(xor, words, 0).to_bytes(3 * n, "big")


def bip24(octets: bytes) -> bytes:
    """BIP-24: octet i feeds octet i mod 3 (B2 of an STM-1)."""
    return bip24n(octets, 1)


def bip2(octets: bytes) -> int:
    """BIP-2: bit 1 = parity of the odd-numbered bits, bit 2 of the even-numbered bits (STANDARDS 5, V5)."""
    parity = bip8(octets)
    return (parity >> 6 ^ parity >> 4 ^ parity >> 2 ^ parity) & 0b11


def bit_errors(sent: bytes, computed: bytes) -> int:
    """Number of BIP bits that differ."""
    return sum((a ^ b).bit_count() for a, b in zip(sent, computed, strict=True))
