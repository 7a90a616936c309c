# cython: language_level=3
"""Bounded queue of the bits of a tributary (E1, E3) between its port and its container.

Bits stand packed in octets, first bit highest. One producer, one consumer, both on the loop's thread; each moves runs
of octets at whatever bit the queue stands, or a few bits.
"""
from libc.stdint cimport uint8_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy

cdef extern from * nogil:
    """
    #include <string.h>

    static inline uint64_t msapemu_bits_load64(const uint8_t *p)
    {
        uint64_t word;
        memcpy(&word, p, 8);
    #if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        word = __builtin_bswap64(word);
    #endif
        return word;
    }

    static inline void msapemu_bits_store64(uint8_t *p, uint64_t word)
    {
    #if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        word = __builtin_bswap64(word);
    #endif
        memcpy(p, &word, 8);
    }

    /* out[i] = the low bits of in[i], shifted up, and the high ones of in[i + 1]; shift 1..7, n a multiple of 8. The
     * octets of a word are shifted together, and what comes from a neighbour is masked: compilers do several words
     * at a time. */
    static inline void msapemu_bits_shift(uint8_t *restrict out, const uint8_t *restrict in, uint64_t n, unsigned shift)
    {
        const uint64_t each = 0x0101010101010101;
        const uint64_t high = (0xff << shift & 0xff) * each, low = (0xff >> (8 - shift)) * each;
        for (uint64_t i = 0; i < n; i += 8) {
            uint64_t here, after;
            memcpy(&here, in + i, 8);
            memcpy(&after, in + i + 1, 8);
            here = (here << shift & high) | (after >> (8 - shift) & low);
            memcpy(out + i, &here, 8);
        }
    }
    """
    uint64_t bits_load64 "msapemu_bits_load64"(const uint8_t *p) noexcept
    void bits_store64 "msapemu_bits_store64"(uint8_t *p, uint64_t word) noexcept
    void bits_shift "msapemu_bits_shift"(uint8_t *out, const uint8_t *octets, uint64_t n, unsigned shift) noexcept

cdef enum:
    BITS_SPARE = 2              # octets never filled: the octet that head and tail share, and the one after the tail
    BITS_FEW = 56               # so many at most in one word, whatever bit they begin at

cdef struct BitQueue:
    uint8_t *room               # `size` octets, and one more that repeats the first
    uint64_t size               # power of two
    uint64_t head               # bits ever taken out
    uint64_t tail               # bits ever put in
    uint64_t limit              # bits that it may hold
    uint64_t overflows          # times that what came did not fit
    uint64_t underflows         # times that less was there than was wanted

cdef inline bint bits_init(BitQueue *q, uint64_t limit_octets) noexcept nogil:
    """An empty queue for that many octets; False when memory is out."""
    cdef uint64_t size = 64
    while size < limit_octets + BITS_SPARE:
        size <<= 1
    q.room = <uint8_t *>calloc(1, size + 1)
    q.size = size if q.room != NULL else 0
    q.limit = 8 * limit_octets
    q.head = q.tail = q.overflows = q.underflows = 0
    return q.room != NULL

cdef inline void bits_free(BitQueue *q) noexcept nogil:
    free(q.room)
    q.room = NULL
    q.size = 0

cdef inline uint64_t bits_waiting(const BitQueue *q) noexcept nogil:
    return q.tail - q.head

cdef inline uint64_t bits_room(const BitQueue *q) noexcept nogil:
    return q.limit - (q.tail - q.head)

# ---------------------------------------------------------------- producer

cdef inline void bits_shift_in(uint8_t *out, unsigned shift, const uint8_t *octets, uint64_t n) noexcept nogil:
    """Write `octets` from bit `shift` (0..7) of out[0] on, whose bits before it stay; out[n] may be written too."""
    cdef uint64_t i, words
    if shift == 0:
        memcpy(out, octets, n)
        return
    if n == 0:
        return
    out[0] = <uint8_t>(out[0] & (0xff00 >> shift)) | (octets[0] >> shift)
    words = (n - 1) & ~<uint64_t>7
    bits_shift(out + 1, octets, words, 8 - shift)
    for i in range(1 + words, n):
        out[i] = <uint8_t>((octets[i - 1] << (8 - shift)) | (octets[i] >> shift))
    out[n] = <uint8_t>(octets[n - 1] << (8 - shift))

cdef inline void bits_put(BitQueue *q, const uint8_t *octets, uint64_t n) noexcept nogil:
    """Put in n octets. There must be room for them."""
    cdef uint64_t at = (q.tail >> 3) & (q.size - 1)
    cdef unsigned shift = q.tail & 7
    cdef uint64_t to_end = q.size - at
    q.tail += 8 * n
    if n < to_end:
        bits_shift_in(q.room + at, shift, octets, n)
        return
    bits_shift_in(q.room + at, shift, octets, to_end)
    q.room[0] = q.room[q.size]
    bits_shift_in(q.room, shift, octets + to_end, n - to_end)

cdef inline void bits_put_units(BitQueue *q, const uint8_t *octets, uint64_t units, uint64_t n) noexcept nogil:
    """Put in as many units of n octets as there is room for. Each other one is lost, and an overflow."""
    cdef uint64_t fit = min(units, bits_room(q) // (8 * n))
    bits_put(q, octets, fit * n)
    q.overflows += units - fit

cdef inline void bits_put_few(BitQueue *q, uint64_t bits, unsigned n) noexcept nogil:
    """Put in the n lowest bits (BITS_FEW at most, the others zero), highest first. There must be room for them."""
    cdef uint64_t at = q.tail >> 3
    cdef unsigned shift = q.tail & 7
    cdef uint64_t before = q.room[at & (q.size - 1)] & (0xff00 >> shift)
    cdef uint64_t word = (before << 56) | ((bits << 1) << (63 - shift - n))
    cdef int octets = (shift + n + 7) >> 3
    q.tail += n
    while octets > 0:
        q.room[at & (q.size - 1)] = <uint8_t>(word >> 56)
        word <<= 8
        at += 1
        octets -= 1

# ---------------------------------------------------------------- consumer

cdef inline void bits_shift_out(uint8_t *out, const uint8_t *octets, unsigned shift, uint64_t n) noexcept nogil:
    """The n octets that begin at bit `shift` (0..7) of octets[0]; octets[n] is read too."""
    cdef uint64_t i, words = n & ~<uint64_t>7
    if shift == 0:
        memcpy(out, octets, n)
        return
    bits_shift(out, octets, words, shift)
    for i in range(words, n):
        out[i] = <uint8_t>((octets[i] << shift) | (octets[i + 1] >> (8 - shift)))

cdef inline void bits_get(BitQueue *q, uint8_t *out, uint64_t n) noexcept nogil:
    """Take out n octets. They must be there."""
    cdef uint64_t at = (q.head >> 3) & (q.size - 1)
    cdef unsigned shift = q.head & 7
    cdef uint64_t to_end = q.size - at
    q.head += 8 * n
    if n < to_end:
        bits_shift_out(out, q.room + at, shift, n)
        return
    q.room[q.size] = q.room[0]
    bits_shift_out(out, q.room + at, shift, to_end)
    bits_shift_out(out + to_end, q.room, shift, n - to_end)

cdef inline uint8_t bits_peek(const BitQueue *q, uint64_t bits) noexcept nogil:
    """The octet that begins so many bits behind the next one. It must be there."""
    cdef uint64_t at = (q.head + bits) >> 3
    cdef unsigned two = <unsigned>q.room[at & (q.size - 1)] << 8 | q.room[(at + 1) & (q.size - 1)]
    return <uint8_t>(two >> (8 - ((q.head + bits) & 7)))

cdef inline uint64_t bits_get_few(BitQueue *q, unsigned n) noexcept nogil:
    """Take out n bits (1 to BITS_FEW), the last one lowest. They must be there."""
    cdef uint64_t at = q.head >> 3
    cdef unsigned shift = q.head & 7
    cdef uint64_t word = 0
    cdef int octets = (shift + n + 7) >> 3
    cdef int left = 64
    while octets > 0:
        left -= 8
        word |= <uint64_t>q.room[at & (q.size - 1)] << left
        at += 1
        octets -= 1
    q.head += n
    return (word << shift) >> (64 - n)

# ---------------------------------------------------------------- whole octets, for ports

cdef inline uint64_t bits_offer(BitQueue *q, const uint8_t *octets, uint64_t n, uint64_t unit) noexcept nogil:
    """Put in as many of n octets as there is room for, in whole units; how many. Units refused are an overflow."""
    cdef uint64_t taken = min(n, bits_room(q) >> 3)
    taken -= taken % unit
    if taken < n - n % unit:
        q.overflows += 1
    bits_put(q, octets, taken)
    return taken

cdef inline uint64_t bits_want(BitQueue *q, uint8_t *out, uint64_t n, uint64_t unit) noexcept nogil:
    """Take out as many of n octets as are there, in whole units; how many. Units missing are an underflow."""
    cdef uint64_t given = min(n, bits_waiting(q) >> 3)
    given -= given % unit
    if given < n - n % unit:
        q.underflows += 1
    bits_get(q, out, given)
    return given
