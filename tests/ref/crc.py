"""Cyclic redundancy checks: one bitwise engine, and the codes of SDH, GFP and Ethernet made from it."""

from __future__ import annotations


def _reverse(value: int, width: int) -> int:
    """`value` with its `width` bits in the opposite order."""
    return int(format(value, f"0{width}b")[::-1], 2)


def crc_bits(bits: list[int], poly: int, width: int, init: int = 0) -> int:
    """Register of the CRC after the `bits`, first bit first: the definition everything below rests on."""
    register = init
    for bit in bits:
        out = (register >> (width - 1)) ^ bit
        register = (register << 1) & ((1 << width) - 1)
        if out:
            register ^= poly
    return register


def crc(
    data: bytes,
    poly: int,
    width: int,
    init: int = 0,
    refin: bool = False,
    refout: bool = False,
    xorout: int = 0,
) -> int:
    """CRC of octets in the usual parameter model; `refin`: least significant bit of an octet first."""
    order = range(8) if refin else range(7, -1, -1)
    register = crc_bits([(octet >> i) & 1 for octet in data for i in order], poly, width, init)
    return (_reverse(register, width) if refout else register) ^ xorout


_REVERSED_OCTETS = bytes(_reverse(i, 8) for i in range(256))
_TABLE_16 = [crc(bytes([i]), 0x1021, 16) for i in range(256)]
_TABLE_32 = [crc(bytes([i]), 0x04C11DB7, 32) for i in range(256)]


def _crc32_msb_first(data: bytes) -> int:
    """CRC-32 register, initial all ones, MSB first, by the table that the bitwise engine made."""
    register = 0xFFFFFFFF
    for octet in data:
        register = ((register << 8) & 0xFFFFFFFF) ^ _TABLE_32[(register >> 24) ^ octet]
    return register


def hec16(data: bytes) -> int:
    """cHEC, tHEC, eHEC of GFP: x^16+x^12+x^5+1, init 0, MSB first, no final xor (STANDARDS 6)."""
    register = 0
    for octet in data:
        register = ((register << 8) & 0xFFFF) ^ _TABLE_16[(register >> 8) ^ octet]
    return register


def pfcs(data: bytes) -> int:
    """Payload FCS of GFP: CRC-32, not reflected, init all ones, complemented = CRC-32/BZIP2 (STANDARDS 6)."""
    return _crc32_msb_first(data) ^ 0xFFFFFFFF


def eth_fcs(data: bytes) -> bytes:
    """Ethernet FCS in wire order: CRC-32/ISO-HDLC, least significant octet first."""
    register = _reverse(_crc32_msb_first(data.translate(_REVERSED_OCTETS)), 32) ^ 0xFFFFFFFF
    return register.to_bytes(4, "little")


def crc7(data: bytes) -> int:
    """CRC-7 of a trail trace: x^7+x^3+1, init 0, MSB first (STANDARDS 1, trail trace)."""
    return crc(data, 0x09, 7)
