# cython: language_level=3
"""64B/65B blocks and superblocks (G.7041 8.1).

    superblock  8 blocks of 8 octets, their flags (first block highest), CRC-16 over these 65 octets
    block       flag 0: eight data characters; flag 1: the control characters first, one octet each - more follow (1),
                position (3), code (4) -, then the data characters in order

`kernels.superblock_code` makes one and `kernels.superblock_read` reads one (kernels.h), but for the CRC. One error on
the line becomes two, 43 bits apart, in the descrambler; both are corrected here.
"""
from libc.stdint cimport uint8_t, uint16_t

cdef extern from "wire/superblock.h" nogil:
    ctypedef struct Accused "msapemu_accused":
        uint16_t bit
        uint8_t errors
    uint16_t superblock_syndrome "msapemu_superblock_syndrome"(const uint8_t *superblock) noexcept
    Accused superblock_accused "msapemu_superblock_accused"(uint16_t syndrome) noexcept

cdef enum:
    SUPERBLOCK = 67             # octets
    CHARACTERS = 64             # in a superblock
    BLOCKS = 8
    BLOCK = 8                   # characters, and octets
    FLAGS_AT = 64
    ERROR_SPACING = 43          # bits: x^43 + 1

cdef inline int superblock_correct(uint8_t *superblock) noexcept nogil:
    """Put right what the CRC accuses; how many bits, or -1 when that cannot be told."""
    cdef Accused found = superblock_accused(superblock_syndrome(superblock))
    cdef int _i, bit = found.bit
    if found.errors == 0:
        return -1
    for _i in range(found.errors):
        superblock[bit >> 3] ^= 0x80 >> (bit & 7)
        bit += ERROR_SPACING
    return found.errors
