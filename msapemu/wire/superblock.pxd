# cython: language_level=3
"""64B/65B blocks and superblocks (G.7041 8.1).

    superblock  8 blocks of 8 octets, their flags (first block highest), CRC-16 over these 65 octets
    block       flag 0: eight data characters; flag 1: the control characters first, one octet each - more follow (1),
                position (3), code (4) -, then the data characters in order

One error on the line becomes two, 43 bits apart, in the descrambler; both are corrected here.
"""
from libc.stdint cimport uint8_t, uint16_t, uint64_t
from libc.string cimport memcpy

from msapemu.wire.characters cimport block_code

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

cdef inline void superblock_code(uint8_t *superblock, uint64_t flags) noexcept nogil:
    """Make blocks of the 64 characters that stand in the superblock, in place; not the CRC."""
    cdef uint8_t characters[8]
    cdef unsigned of_block, controls = 0
    cdef int k
    if flags:
        for k in range(BLOCKS):
            of_block = <unsigned>(flags >> (56 - BLOCK * k)) & 0xff
            if of_block:
                memcpy(characters, superblock + BLOCK * k, BLOCK)
                block_code(superblock + BLOCK * k, characters, of_block)
                controls |= 0x80u >> k
    superblock[FLAGS_AT] = <uint8_t>controls

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
