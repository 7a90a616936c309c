# cython: language_level=3
"""CRC-4 of an E1 sub-multiframe (G.704 2.3.3): x^4 + x + 1, start 0, first bit highest, over 2048 bits.

x^15 = 1 modulo the polynomial, so octets that stand a multiple of 15 apart weigh the same (8 x 15 bits are 8 times 15):
the 256 octets are folded on 15 of them, and only these are divided.
"""
from libc.stdint cimport uint8_t, uint64_t

from msapemu.wire.bitqueue cimport bits_load64, bits_store64

cdef enum:
    SMF_OCTETS = 256            # 8 frames of 32
    FOLD = 15

cdef extern from * nogil:
    """
    /* what is left of four bits, by the remainder before them and the bits together */
    static const unsigned char msapemu_crc4[16] = {0, 3, 6, 5, 12, 15, 10, 9, 11, 8, 13, 14, 7, 4, 1, 2};
    """
    const uint8_t crc4_table "msapemu_crc4"[16]

cdef inline uint8_t crc4(const uint8_t *smf) noexcept nogil:
    """Of the 256 octets of a sub-multiframe, in which C1..C4 are zeros."""
    cdef uint64_t low = 0, high = 0
    cdef uint8_t folded[16]
    cdef uint8_t crc = 0
    cdef int i
    for i in range(SMF_OCTETS // FOLD):
        low ^= bits_load64(smf + 1 + FOLD * i)
        high ^= bits_load64(smf + 8 + FOLD * i)     # octet 7 of the 15 is in both
    bits_store64(folded + 7, high)
    bits_store64(folded, low)
    folded[FOLD - 1] ^= smf[0]
    for i in range(FOLD):
        crc = crc4_table[crc ^ (folded[i] >> 4)]
        crc = crc4_table[crc ^ (folded[i] & 15)]
    return crc
