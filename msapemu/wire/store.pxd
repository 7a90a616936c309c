# cython: language_level=3
"""A virtual container's octets as a ring of whole frames: what a pointer generator reads.

Frame n stands in slot n % `slots`, and slots follow one another, so that the ring is also a stream: octet p of it is
octet p % `length` of frame p // `length`. A VC that is built here is written frame by frame, a received one as its
octets come; any number of readers have a position of their own. Between two clocks the ring is the elastic store of
G.783: how full it is, is asked at virtual time (`Feed`), never at the time of arrival.
"""
from libc.stddef cimport size_t
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from msapemu.wire.kernels cimport kernels

cdef struct Feed:
    # virtual time of a received line, set by who drives it (`line_pace`)
    bint paced
    double ahead                # frames given to the parser beyond the virtual time of the frame that is built next
    double pace                 # frames of the line in one frame of those that are built

cdef struct Store:
    uint8_t *octets             # `most` x length
    int length                  # octets of a frame
    int slots
    int most                    # slots that there is room for
    uint64_t number             # frames completed
    int filled                  # octets of the next one
    uint32_t epoch              # counts the places where the stream does not go on from what was before
    bint failed                 # SSF: nothing comes
    # of a received VC
    const Feed *feed            # NULL: built here
    const double *waiting       # VC-4s that have come and are not in here yet, not whole ones too; NULL: none ever
    double rate                 # octets in 125 us
    void *bank                  # of a VC-12: where it is received together with others (bank.pxd)
    int column                  # of it

cdef inline uint64_t store_head(const Store *s) noexcept nogil:
    """Octets ever written."""
    return s.number * <uint64_t>s.length + <uint64_t>s.filled

cdef inline uint8_t *store_frame(const Store *s, uint64_t number) noexcept nogil:
    """Frame `number`, which must be one of the last `slots`."""
    return s.octets + <size_t>(number % <uint64_t>s.slots) * <size_t>s.length

cdef inline uint8_t *store_next(const Store *s) noexcept nogil:
    """The place of the frame that is written next."""
    return store_frame(s, s.number)

cdef inline void store_write(Store *s, const uint8_t *octets, int n) noexcept nogil:
    """`n` octets more, at most up to the end of the frame."""
    memcpy(store_next(s) + s.filled, octets, <size_t>n)
    s.filled += n

cdef inline void store_run(Store *s, const uint8_t *octets) noexcept nogil:
    """A frame's length of octets more: they end one frame and begin the next."""
    cdef int left = s.length - s.filled
    memcpy(store_next(s) + s.filled, octets, <size_t>left)
    s.number += 1
    memcpy(store_next(s), octets + left, <size_t>s.filled)

cdef inline void store_rows(Store *s, const uint8_t *octets, int apart, int n, int rows) noexcept nogil:
    """A frame's length of octets more, which stand in rows of `n` >= 64, `apart` octets from one to the next: they end
    one frame and begin the next."""
    cdef int left = s.length - s.filled, whole = left // n, part = left % n
    cdef uint8_t *at = store_next(s) + s.filled
    if whole:
        kernels.copy_rows(at, <size_t>n, octets, <size_t>apart, <size_t>n, <size_t>whole)
    octets += whole * apart
    memcpy(at + whole * n, octets, <size_t>part)
    s.number += 1
    if whole == rows:
        return
    at = store_next(s)
    memcpy(at, octets + part, <size_t>(n - part))
    kernels.copy_rows(at + n - part, <size_t>n, octets + apart, <size_t>apart, <size_t>n, <size_t>(rows - whole - 1))

cdef inline int store_room(const Store *s) noexcept nogil:
    """Octets of memory: the stream comes round to the same place after so many."""
    return s.slots * s.length

cdef inline void store_read(const Store *s, int place, uint8_t *out, int n) noexcept nogil:
    """`n` octets of the stream, from this place in the memory on."""
    cdef int left = min(store_room(s) - place, n)
    memcpy(out, s.octets + place, <size_t>left)
    if left < n:
        memcpy(out + left, s.octets, <size_t>(n - left))

cdef inline void store_fail(Store *s) noexcept nogil:
    """Nothing can be collected now."""
    s.failed = True
    s.filled = 0

cdef inline void store_deepen(Store *s) noexcept nogil:
    """Use all the room there is, for readers that stay behind: as elastic store."""
    if s.slots == s.most:
        return
    s.number %= <uint64_t>s.slots       # its slot stays the same
    s.slots = s.most
    s.epoch += 1
