# cython: language_level=3
"""The payload of the VCs, E1s and E3s that groups are made of, and how a group's octets are dealt out to them (G.707
11, G.7043).

An octet of the group goes to each member in turn, in sequence order. So octet j of every member, side by side, are a
row of the group's octets, and dealing is a transposition.
"""
from libc.stdint cimport uint8_t
from libc.string cimport memcpy, memset

from msapemu.wire.kernels cimport kernels

cdef enum Container:
    IN_VC12 = 0
    IN_VC3 = 1
    IN_VC4 = 2
    IN_E1 = 3                   # a CRC-4 multiframe of an E1 (G.7043)
    IN_E3 = 4                   # a frame of an E3 (G.832)
    IN_RUN = 5                  # octets of whatever there is, not concatenated: timeslots, an E3 or a fibre

cdef enum:
    MEMBERS = 63                # of one group, at most
    TILE = 16                   # octets each way that the transposition works on at once
    # VC-12: 140 octets, path overhead at 0, 35, 70, 105
    C12_OCTETS = 136            # payload octets
    C12_RUN = 34                # of them behind each path overhead octet
    # VC-3, VC-4: 9 rows, the first octet of each is path overhead
    C3_OCTETS = 756
    C3_RUN = 84
    C4_OCTETS = 2340
    C4_RUN = 260
    # E1: 16 frames of 32 octets, timeslot 0 first; timeslot 1 of the first frame is the concatenation octet
    E1_PAYLOAD = 495
    E1_FIRST = 2                # octets of the first frame before the payload
    E1_TS0 = 1                  # of every other frame
    E1_ROW = 32
    E1_ROWS = 16
    # E3: a concatenation octet, then payload
    E3_PAYLOAD = 529

cdef inline int payload_octets(Container kind) noexcept nogil:
    return (C12_OCTETS if kind == IN_VC12 else C3_OCTETS if kind == IN_VC3 else C4_OCTETS if kind == IN_VC4
            else E1_PAYLOAD if kind == IN_E1 else E3_PAYLOAD if kind == IN_E3 else TILE)

cdef inline int payload_pitch(Container kind) noexcept nogil:
    """Octets of memory that a payload takes up: whole tiles."""
    return (payload_octets(kind) + TILE - 1) // TILE * TILE

cdef inline int members_most(Container kind) noexcept nogil:
    """Members that a group has room for."""
    return MEMBERS if kind == IN_VC12 else 48 if kind == IN_VC3 else 8 if kind == IN_E3 else 1 if kind == IN_RUN else 16

cdef inline int members_rows(Container kind) noexcept nogil:
    """The same in whole tiles."""
    return (members_most(kind) + TILE - 1) // TILE * TILE

cdef inline int frame_units(Container kind) noexcept nogil:
    """Frame times of 125 us that a VC, or a multiframe of an E1, takes."""
    return 4 if kind == IN_VC12 else E1_ROWS if kind == IN_E1 else 1

cdef inline void payload_put(Container kind, const uint8_t *payload, uint8_t *frame) noexcept nogil:
    """Write the payload of a VC about its path overhead."""
    cdef int i
    if kind == IN_E1:
        memcpy(frame + E1_FIRST, payload, E1_ROW - E1_FIRST)
        for i in range(1, E1_ROWS):
            memcpy(frame + E1_ROW * i + E1_TS0, payload + (E1_ROW - E1_TS0) * i - 1, E1_ROW - E1_TS0)
    elif kind == IN_E3:
        memcpy(frame + 1, payload, E3_PAYLOAD)
    elif kind == IN_VC12:
        for i in range(4):
            memcpy(frame + 1 + i * (C12_RUN + 1), payload + i * C12_RUN, C12_RUN)
    elif kind == IN_VC3:
        for i in range(9):
            memcpy(frame + 1 + i * (C3_RUN + 1), payload + i * C3_RUN, C3_RUN)
    else:
        for i in range(9):
            memcpy(frame + 1 + i * (C4_RUN + 1), payload + i * C4_RUN, C4_RUN)

cdef inline void payload_clear(Container kind, uint8_t *frame) noexcept nogil:
    """A payload of zeros; the path overhead is written later."""
    memset(frame, 0, 4 * (C12_RUN + 1) if kind == IN_VC12 else 9 * (C3_RUN + 1) if kind == IN_VC3
           else 9 * (C4_RUN + 1) if kind == IN_VC4 else E1_ROW * E1_ROWS if kind == IN_E1 else E3_PAYLOAD + 1)

cdef inline void payload_get(Container kind, const uint8_t *frame, uint8_t *payload) noexcept nogil:
    cdef int i
    if kind == IN_E1:
        memcpy(payload, frame + E1_FIRST, E1_ROW - E1_FIRST)
        for i in range(1, E1_ROWS):
            memcpy(payload + (E1_ROW - E1_TS0) * i - 1, frame + E1_ROW * i + E1_TS0, E1_ROW - E1_TS0)
    elif kind == IN_E3:
        memcpy(payload, frame + 1, E3_PAYLOAD)
    elif kind == IN_VC12:
        for i in range(4):
            memcpy(payload + i * C12_RUN, frame + 1 + i * (C12_RUN + 1), C12_RUN)
    elif kind == IN_VC3:
        for i in range(9):
            memcpy(payload + i * C3_RUN, frame + 1 + i * (C3_RUN + 1), C3_RUN)
    else:
        for i in range(9):
            memcpy(payload + i * C4_RUN, frame + 1 + i * (C4_RUN + 1), C4_RUN)

cdef inline void deal(const uint8_t *octets, int size, int each, uint8_t *parts, int pitch) noexcept nogil:
    """Octet j * size + i becomes octet j of part i, j < each; the parts stand `pitch` octets apart.

    Reads up to TILE octets, and as many rows, more than there are, and writes whole tiles of parts.
    """
    if size == 1:
        memcpy(parts, octets, <size_t>each)
        return
    kernels.transpose(parts, <size_t>pitch, octets, <size_t>size, <unsigned>pitch,
                      <unsigned>((size + TILE - 1) // TILE * TILE))

cdef inline void gather(const uint8_t *parts, int pitch, int size, int each, uint8_t *octets) noexcept nogil:
    """The other way round. Writes up to TILE octets, and as many rows, more than there are."""
    cdef int n, j, i, last = (size - 1) // TILE * TILE
    if size == 1:
        memcpy(octets, parts, <size_t>each)
        return
    # a tile is as wide as it is: what it writes beyond its row is written again by the tiles that follow
    for n in range((each + TILE - 1) // TILE):
        j = n * TILE
        i = last
        while i >= 0:
            kernels.transpose(octets + j * size + i, <size_t>size, parts + i * pitch + j, <size_t>pitch, TILE, TILE)
            i -= TILE
