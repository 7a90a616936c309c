# cython: language_level=3
"""Types of lines: how long a frame of 125 us is, and in which pieces it goes.

A frame of an STM-N goes in chunks of 1215 octets, and so does what is longer than one. Of a PDH line, as many whole
frames as fit in 1215 octets go together.
"""
from libc.stdint cimport uint32_t

cdef enum:
    CHUNK = 1215            # most octets of the line in one datagram; with the header they fit an MTU of 1500
    STM1_FRAME = 2430       # octets of an STM-1 frame (G.707 6.2); an STM-N frame has N times as many

    # codes in datagrams: N of STM-N, and beyond them
    LINE_E1 = 257
    LINE_E2 = 258
    LINE_E3 = 259
    LINE_G832 = 260
    LINE_FE = 261

cdef struct LineType:
    uint32_t code
    uint32_t frame          # octets of a frame
    uint32_t chunk          # octets of the pieces of a frame
    uint32_t chunks         # pieces of a frame
    uint32_t frames         # that a datagram holds at most, where a frame is one piece; else 1


cdef inline bint line_type(LineType *t, uint32_t code) noexcept nogil:
    """The type of that code; False: there is none."""
    t.code = code
    t.chunks = 1
    if code == 1 or code == 4 or code == 16:
        t.frame = STM1_FRAME * code
        t.chunks = 2 * code
    elif code == LINE_E1:
        t.frame = 32
    elif code == LINE_E2:
        t.frame = 132
    elif code == LINE_E3 or code == LINE_G832:
        t.frame = 537
    elif code == LINE_FE:
        t.frame = 1562
        t.chunks = 2
    else:
        return False
    t.chunk = t.frame // t.chunks
    t.frames = CHUNK // t.frame if t.chunks == 1 else 1
    return True


cdef inline uint32_t datagram_octets(const LineType *t) noexcept nogil:
    """Octets of the line in a full datagram."""
    return t.frames * t.chunk
