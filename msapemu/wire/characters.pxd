# cython: language_level=3
"""Characters of 8B/10B clients, and a ring of them between a port and a group (G.7041 clause 8).

A character is an octet and a flag, 1 for a control character: what GFP-T carries. Eight flags stand in an octet, 64 in
a word, the first character's highest. Two control characters are no 8B/10B codes and have octets of their own:
10B_ERR FFh and 65B_PAD 00h.
"""
from libc.stdint cimport uint8_t, uint16_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset

cdef extern from "wire/characters.h" nogil:
    enum:
        OCTET_ERR "MSAPEMU_OCTET_ERR"
        OCTET_PAD "MSAPEMU_OCTET_PAD"
        CODE_ERR "MSAPEMU_CODE_ERR"
        CONTROL_10B "MSAPEMU_10B_CONTROL"
        POSITIVE_10B "MSAPEMU_10B_POSITIVE"
    const uint8_t *CODE_OF "msapemu_code_of"
    const uint16_t (*ENCODE_10B "msapemu_encode_10b")[512]
    const uint16_t (*DECODE_10B "msapemu_decode_10b")[1024]
    unsigned flags_of "msapemu_flags_of"(const uint8_t *octets) noexcept
    void flags_to "msapemu_flags_to"(uint8_t *octets, unsigned flags) noexcept

cdef enum:
    K28_5 = 0xBC                # the comma
    K27_7 = 0xFB                # /S/
    K29_7 = 0xFD                # /T/
    K23_7 = 0xF7                # /R/
    K30_7 = 0xFE                # /V/
    D5_6 = 0xC5                 # /I1/ is K28.5 D5.6 and turns the running disparity
    D16_2 = 0x50                # /I2/ is K28.5 D16.2 and does not
    D21_5 = 0xB5                # /C1/ begins K28.5 D21.5
    D2_2 = 0x42                 # /C2/ begins K28.5 D2.2

cdef extern from * nogil:
    """
    #define MSAPEMU_FIRST ((uint64_t)1 << 63)
    """
    const uint64_t FIRST "MSAPEMU_FIRST"    # the flag of the first of 64 characters

cdef struct CharacterRing:
    # one writer, one reader
    uint8_t *octets
    uint8_t *flags              # 0 or 1
    uint64_t size               # power of two
    uint64_t head               # characters ever read
    uint64_t tail               # characters ever written

cdef inline bint ring_init(CharacterRing *r, uint64_t least) noexcept nogil:
    """Room for `least` characters; False when memory is out."""
    cdef uint64_t size = 64
    while size < least:
        size <<= 1
    r.octets = <uint8_t *>calloc(2, size)
    r.flags = r.octets + size
    r.size = size if r.octets != NULL else 0
    r.head = r.tail = 0
    return r.octets != NULL

cdef inline void ring_free(CharacterRing *r) noexcept nogil:
    free(r.octets)
    r.octets = NULL
    r.size = 0

cdef inline uint64_t ring_waiting(const CharacterRing *r) noexcept nogil:
    return r.tail - r.head

cdef inline uint64_t ring_room(const CharacterRing *r) noexcept nogil:
    return r.size - (r.tail - r.head)

cdef inline void ring_put(CharacterRing *r, uint8_t octet, bint control) noexcept nogil:
    """One character; there is room."""
    r.octets[r.tail & (r.size - 1)] = octet
    r.flags[r.tail & (r.size - 1)] = control
    r.tail += 1

cdef inline void ring_put_data(CharacterRing *r, const uint8_t *octets, uint64_t n) noexcept nogil:
    """n data characters; there is room."""
    cdef uint64_t at = r.tail & (r.size - 1)
    cdef uint64_t first = r.size - at if r.size - at < n else n
    memcpy(r.octets + at, octets, first)
    memcpy(r.octets, octets + first, n - first)
    memset(r.flags + at, 0, first)
    memset(r.flags, 0, n - first)
    r.tail += n

cdef inline uint64_t ring_take(CharacterRing *r, uint8_t *octets, unsigned n) noexcept nogil:
    """The next n characters, 64 at most, that are there; their flags."""
    cdef uint8_t flags[64]
    cdef uint64_t at = r.head & (r.size - 1), out = 0
    cdef uint64_t first = r.size - at if r.size - at < n else n
    cdef unsigned i
    memcpy(octets, r.octets + at, first)
    memcpy(octets + first, r.octets, n - first)
    memcpy(flags, r.flags + at, first)
    memcpy(flags + first, r.flags, n - first)
    memset(flags + n, 0, 64 - n)
    for i in range(0, 64, 8):
        out = (out << 8) | flags_of(flags + i)
    r.head += n
    return out
