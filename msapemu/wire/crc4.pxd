# cython: language_level=3
"""CRC-4 of an E1 sub-multiframe (G.704 2.3.3): x^4 + x + 1, start 0, first bit highest, over 2048 bits.

x^15 = 1 modulo the polynomial, so 256 bits further on weighs as much as one bit further on, and 64 bits as much as
four. The four words of a frame are four columns: each is multiplied by x and the next frame's word is added; what
leaves a word above comes back at x^4. So only one word is divided at the end of some frames.

Bits C1..C4 count as zeros. They are taken in as they are, and what they weigh is taken out again.
"""
from libc.stdint cimport uint8_t, uint64_t

from msapemu.wire.bitqueue cimport bits_load64

cdef enum:
    SMF_OCTETS = 256            # 8 frames of 32
    FRAME_OCTETS = 32

cdef extern from * nogil:
    """
    /* four bits times x^4, and what is left of them */
    static const unsigned char msapemu_crc4[16] = {0, 3, 6, 5, 12, 15, 10, 9, 11, 8, 13, 14, 7, 4, 1, 2};
    /* what is left of C1 x^7 + C2 x^5 + C3 x^3 + C4 x: bits 1 of frames 0, 2, 4, 6 */
    static const unsigned char msapemu_crc4_own[16] = {0, 2, 8, 10, 6, 4, 14, 12, 11, 9, 3, 1, 13, 15, 5, 7};
    """
    const uint8_t crc4_table "msapemu_crc4"[16]
    const uint8_t crc4_own "msapemu_crc4_own"[16]

cdef inline uint64_t times_x(uint64_t word) noexcept nogil:
    return (word << 1) ^ ((word >> 63) << 4)

cdef inline uint64_t times_x4(uint64_t word) noexcept nogil:
    return (word ^ (word >> 60)) << 4

cdef inline uint8_t crc4_frames(uint8_t rest, const uint8_t *frames, uint64_t n) noexcept nogil:
    """What is left of a sub-multiframe so far, with n frames more; `rest`: of those before."""
    cdef uint64_t a = 0, b = 0, c = 0, d = rest
    cdef uint64_t _f
    for _f in range(n):
        a = times_x(a) ^ bits_load64(frames)
        b = times_x(b) ^ bits_load64(frames + 8)
        c = times_x(c) ^ bits_load64(frames + 16)
        d = times_x(d) ^ bits_load64(frames + 24)
        frames += FRAME_OCTETS
    d ^= times_x4(c ^ times_x4(b ^ times_x4(a)))
    d = (d >> 60) ^ (d << 4 >> 4)
    d = (d >> 30) ^ (d & 0x3fffffff)
    d = (d >> 15) ^ (d & 0x7fff)
    return crc4_table[crc4_table[crc4_table[d >> 12] ^ (d >> 8 & 15)] ^ (d >> 4 & 15)] ^ (d & 15)

cdef inline uint8_t crc4(uint8_t rest, uint8_t c_bits) noexcept nogil:
    """The CRC of a sub-multiframe; `c_bits`: those that stand in it."""
    return crc4_table[rest ^ crc4_own[c_bits]]
