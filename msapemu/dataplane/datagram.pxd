# cython: language_level=3
"""The one datagram of a link between shelves: a header of 48 octets, network order, without padding, then `count`
octets of the line.

    offset  octets
         0       4  magic "MSAP"
         4       1  version of this format, 2
         5       1  kind: 0 frames, 1 hold (alive, but waiting: no frame is due), 2 closing (the sender stops)
         6       2  line type: N of STM-N; 257 E1, 258 E2 (G.742), 259 E3 (G.751), 260 E3 (G.832), 261 media converter
         8       4  session: random, new with each start of the sender, never 0
        12       4  the sender's line: slot << 16 | port
        16       8  frame number of the sender; in a hold and a closing datagram the number of the next frame
        24       2  offset of the first octet in its frame
        26       2  count: octets that follow (0 in a hold and a closing datagram)
        28       4  oscillator by which the sender's frames are counted: random, never 0; shelves that are timed by one
                    another have the same
        32       8  CLOCK_MONOTONIC of the sender, ns, when it sent
        40       8  virtual time of the frame, ns (timeline.pxd)

A 2430-octet STM-1 frame goes in two datagrams of 1263 octets, an STM-N frame in 2 N of them: offset is a multiple of
1215, count is 1215. So do the 1562 octets of a media converter in 125 us, in twos of 781. The signals of the others are
as long in 125 us (E1 32, E2 132, E3 537 octets) as fits in one datagram several times: count is of one or more of these
times, which are numbered and called frames, as many as fit in 1215 octets at most; offset is 0. Frame numbers go
up by one a frame and never back in a session. Datagrams of another version, of another line type or of a wrong length
are dropped and counted.
"""
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from msapemu.dataplane.linetype cimport LineType

cdef extern from "<endian.h>" nogil:
    uint16_t be16toh(uint16_t)
    uint32_t be32toh(uint32_t)
    uint64_t be64toh(uint64_t)
    uint16_t htobe16(uint16_t)
    uint32_t htobe32(uint32_t)
    uint64_t htobe64(uint64_t)

cdef enum:
    MAGIC_AT = 0
    VERSION_AT = 4
    KIND_AT = 5
    TYPE_AT = 6
    SESSION_AT = 8
    LINE_AT = 12
    FRAME_AT = 16
    OFFSET_AT = 24
    COUNT_AT = 26
    OSCILLATOR_AT = 28
    TIME_AT = 32
    VIRTUAL_AT = 40
    HEADER = 48

    MAGIC = 0x4D534150
    VERSION = 2

cdef enum Kind:
    FRAMES = 0
    HOLD = 1
    CLOSING = 2

cdef struct Datagram:
    uint8_t kind
    uint16_t type           # code of a LineType
    uint32_t session
    uint32_t line
    uint64_t frame
    uint32_t offset
    uint32_t count
    uint32_t oscillator
    uint64_t time_ns
    uint64_t virtual_ns


cdef inline uint16_t get16(const uint8_t *p) noexcept nogil:
    cdef uint16_t v
    memcpy(&v, p, 2)
    return be16toh(v)


cdef inline uint32_t get32(const uint8_t *p) noexcept nogil:
    cdef uint32_t v
    memcpy(&v, p, 4)
    return be32toh(v)


cdef inline uint64_t get64(const uint8_t *p) noexcept nogil:
    cdef uint64_t v
    memcpy(&v, p, 8)
    return be64toh(v)


cdef inline void put16(uint8_t *p, uint16_t v) noexcept nogil:
    v = htobe16(v)
    memcpy(p, &v, 2)


cdef inline void put32(uint8_t *p, uint32_t v) noexcept nogil:
    v = htobe32(v)
    memcpy(p, &v, 4)


cdef inline void put64(uint8_t *p, uint64_t v) noexcept nogil:
    v = htobe64(v)
    memcpy(p, &v, 8)


cdef inline bint datagram_parse(Datagram *d, const uint8_t *octets, uint64_t length, const LineType *t) noexcept nogil:
    """The header of a datagram of `length` octets; False when it is not one of ours, of a line of type `t`."""
    if length < HEADER or get32(octets + MAGIC_AT) != MAGIC or octets[VERSION_AT] != VERSION:
        return False
    d.kind = octets[KIND_AT]
    d.type = get16(octets + TYPE_AT)
    d.session = get32(octets + SESSION_AT)
    d.line = get32(octets + LINE_AT)
    d.frame = get64(octets + FRAME_AT)
    d.offset = get16(octets + OFFSET_AT)
    d.count = get16(octets + COUNT_AT)
    d.oscillator = get32(octets + OSCILLATOR_AT)
    d.time_ns = get64(octets + TIME_AT)
    d.virtual_ns = get64(octets + VIRTUAL_AT)
    if d.type != t.code:
        return False
    if d.session == 0 or d.oscillator == 0 or d.count != length - HEADER or d.frame >> 62 or d.virtual_ns >> 63:
        return False
    if d.kind == FRAMES and t.chunks > 1:
        return d.count == t.chunk and d.offset < t.frame and d.offset % t.chunk == 0
    if d.kind == FRAMES:
        return d.offset == 0 and 0 < d.count <= t.frames * t.frame and d.count % t.frame == 0
    return d.kind <= CLOSING and d.count == 0


cdef inline void datagram_emit(const Datagram *d, uint8_t *octets) noexcept nogil:
    """The header, 48 octets."""
    put32(octets + MAGIC_AT, MAGIC)
    octets[VERSION_AT] = VERSION
    octets[KIND_AT] = d.kind
    put16(octets + TYPE_AT, d.type)
    put32(octets + SESSION_AT, d.session)
    put32(octets + LINE_AT, d.line)
    put64(octets + FRAME_AT, d.frame)
    put16(octets + OFFSET_AT, <uint16_t>d.offset)
    put16(octets + COUNT_AT, <uint16_t>d.count)
    put32(octets + OSCILLATOR_AT, d.oscillator)
    put64(octets + TIME_AT, d.time_ns)
    put64(octets + VIRTUAL_AT, d.virtual_ns)
