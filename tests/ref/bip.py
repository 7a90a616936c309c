"""Bit-interleaved parity: bit i of the result is the even parity of bits i of all octets (STANDARDS 1)."""

from __future__ import annotations


def _sum_of_words(octets: bytes, width: int) -> int:
    """The exclusive or of all words of `width` octets: one half of them on the other, until one is left."""
    total, words = int.from_bytes(octets, "big"), len(octets) // width
    while words > 1:
        words -= words // 2
        total = total >> 8 * width * words ^ total & (1 << 8 * width * words) - 1
    return total


def bip8(octets: bytes) -> int:
    """BIP-8: the exclusive or of all octets (B1, B3)."""
    return _sum_of_words(octets, 1)


def bip24n(octets: bytes, n: int) -> bytes:
    """BIP-24N: octet number i feeds octet i mod 3N (B2 of an STM-N), so words of 3N octets are summed."""
    return _sum_of_words(octets, 3 * n).to_bytes(3 * n, "big")


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
