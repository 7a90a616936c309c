# cython: language_level=3
"""STM-N frame alignment on a stream of octets, at any bit offset (G.707 6.2, G.783 10.2.2, G.806).

HUNT looks for A1 A1 A1 A2 A2 A2, the border of the 3N A1 and the 3N A2, at every bit. A match makes a CANDIDATE; when
the pattern stands one frame later too, the aligner is IN. There it looks at four octets about the border: OOF after 5
errored ones in a row.
"""
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memcpy, memset

from msapemu.wire.kernels cimport kernels

cdef enum:
    A1 = 0xF6
    A2 = 0x28
    STM1_OCTETS = 2430
    PATTERN_OCTETS = 6
    OOF_ERRORED = 5             # frames (G.783: 625 us)

cdef extern from * nogil:
    """
    #define MSAPEMU_PATTERN 0xF6F6F6282828ull
    #define MSAPEMU_PATTERN_MASK 0xFFFFFFFFFFFFull
    """
    const uint64_t PATTERN "MSAPEMU_PATTERN"
    const uint64_t PATTERN_MASK "MSAPEMU_PATTERN_MASK"

cdef enum AlignState:
    ALIGN_HUNT = 0
    ALIGN_CANDIDATE = 1
    ALIGN_IN = 2

cdef struct Aligner:
    unsigned n                  # of STM-N
    AlignState state
    unsigned shift              # bits by which the stream is late against its octets, 0..7
    uint64_t window             # the last 64 bits, in HUNT
    uint64_t octets             # octets of the stream taken
    uint64_t first_bit          # stream position of the first frame ever aligned
    bint ever
    unsigned errored            # errored framing patterns in a row
    unsigned have               # octets in `frame`
    uint64_t hunted             # octets out of frame; the line sets it back after 3 ms in frame
    uint8_t previous            # last octet of the stream, for the shift
    uint8_t frame[38931]        # a frame, and the next one up to the end of the pattern
    uint8_t shown[38880]        # the frame that made the candidate true

cdef inline bint framing_errored(const uint8_t *pattern) noexcept nogil:
    """The octets about the A1/A2 border differ from A1 A1 A2 A2; `pattern` is where A1 A1 A1 A2 A2 A2 should stand."""
    return pattern[1] != A1 or pattern[2] != A1 or pattern[3] != A2 or pattern[4] != A2

cdef inline bint framing_whole(const uint8_t *pattern) noexcept nogil:
    return pattern[0] == A1 and pattern[5] == A2 and not framing_errored(pattern)

cdef inline uint64_t align_hunt(Aligner *a, const uint8_t *octets, uint64_t n) noexcept nogil:
    """Look for the pattern; how many octets were used up (all of them when nothing was found)."""
    cdef uint64_t i, window = a.window
    cdef unsigned late, have = 3 * (a.n - 1) + PATTERN_OCTETS
    for i in range(n):
        window = (window << 8) | octets[i]
        for late in range(8):
            if ((window >> late) & PATTERN_MASK) == PATTERN:
                if 8 * (a.octets + i + 1) < 8 * have + late:
                    continue        # the stream began within these A1s: the next frame is the first whole one
                a.shift = (8 - late) & 7
                # `late` bits of the last octet belong to what follows the pattern
                a.state = ALIGN_CANDIDATE
                a.previous = octets[i]
                # the A1s before the three that were seen are taken for granted: they went by
                a.have = have
                memset(a.frame, A1, 3 * a.n)
                memset(a.frame + 3 * a.n, A2, 3)
                a.octets += i + 1
                a.hunted += i + 1
                a.window = 0
                if not a.ever:
                    a.first_bit = a.octets * 8 - ((8 - a.shift) & 7) - 8 * a.have
                return i + 1
    a.window = window
    a.octets += n
    a.hunted += n
    if n:
        a.previous = octets[n - 1]
    return n

cdef inline void align_lose(Aligner *a) noexcept nogil:
    """Back to HUNT."""
    a.state = ALIGN_HUNT
    a.window = 0
    a.have = 0
    a.errored = 0

cdef inline void align_shift(Aligner *a, uint8_t *out, const uint8_t *octets, uint64_t n) noexcept nogil:
    """The next `n` > 0 octets of the stream, brought into line with the frame (`a.shift` is not zero)."""
    out[0] = <uint8_t>((a.previous << a.shift) | (octets[0] >> (8 - a.shift)))
    if n > 1:
        kernels.shift_bits(out + 1, octets + 1, n - 1, a.shift)
    a.previous = octets[n - 1]

cdef inline const uint8_t *align_take(Aligner *a, const uint8_t **octets, uint64_t *n) noexcept nogil:
    """Use up octets until one frame stands aligned (returned, good until the next call) or none are left (NULL).

    The caller looks at `state` and `errored` to see OOF; a frame whose framing was the fifth errored one is not
    returned.
    """
    cdef const uint8_t *frame
    cdef uint64_t k
    cdef unsigned whole
    cdef unsigned length = STM1_OCTETS * a.n
    cdef unsigned pattern = 3 * (a.n - 1)       # its place in the frame
    while n[0]:
        if a.state == ALIGN_HUNT:
            k = align_hunt(a, octets[0], n[0])
            octets[0] += k
            n[0] -= k
            if a.state == ALIGN_HUNT:
                return NULL
            continue
        if a.state == ALIGN_IN and a.shift == 0 and a.have == 0 and n[0] >= length:
            frame = octets[0]
            octets[0] += length
            n[0] -= length
            a.octets += length
        else:
            whole = length + (pattern + PATTERN_OCTETS if a.state == ALIGN_CANDIDATE else 0)
            k = whole - a.have
            if k > n[0]:
                k = n[0]
            if a.shift:
                align_shift(a, a.frame + a.have, octets[0], k)
            else:
                memcpy(a.frame + a.have, octets[0], k)
            a.have += <unsigned>k
            a.octets += k
            if a.state == ALIGN_CANDIDATE:
                a.hunted += k
            octets[0] += k
            n[0] -= k
            if a.have < whole:
                return NULL
            if a.state == ALIGN_CANDIDATE:
                if not framing_whole(a.frame + length + pattern):
                    align_lose(a)
                    continue
                a.state = ALIGN_IN
                a.ever = True
                a.errored = 0
                memcpy(a.shown, a.frame, length)
                a.have = pattern + PATTERN_OCTETS
                memcpy(a.frame, a.frame + length, a.have)
                return a.shown
            a.have = 0
            frame = a.frame
        if framing_errored(frame + pattern):
            a.errored += 1
            if a.errored >= OOF_ERRORED:
                align_lose(a)
                return NULL
        else:
            a.errored = 0
        return frame
    return NULL
