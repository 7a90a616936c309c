# cython: language_level=3
"""Channel associated signalling in timeslot 16 (G.704 5.1.3.2): a multiframe of 16 frames.

    frame 0       0000 x y x x            0000: its alignment signal; y: multiframe alarm
    frame n       abcd of timeslot n, abcd of timeslot n + 16
"""
from libc.stdint cimport uint8_t

from msapemu.wire.bits cimport popcount
from msapemu.wire.p12 cimport CAS_ALARM, CAS_SPARE, MF_FRAMES

cdef enum:
    CAS_LOST = 2                # multiframe alignment signals in a row that are wrong (G.732)
    CAS_PERSISTENCE = 3         # of y
    CAS_AIS_ZEROS = 3           # at most so many in 16 octets, twice in a row: AIS; with more, twice: none (G.775)
    CAS_AIS_PERIODS = 2
    CAS_BLOCKED = 0b1101        # abcd of a timeslot out of service (Q.421: blocked)

cdef struct CasTx:
    uint8_t abcd[32]            # by timeslot

cdef inline uint8_t cas_octet(const CasTx *c, unsigned frame, bint alarm) noexcept nogil:
    """Timeslot 16 of that frame of the multiframe; `alarm`: y."""
    if frame == 0:
        return CAS_SPARE | (CAS_ALARM if alarm else 0)
    return <uint8_t>(c.abcd[frame] << 4 | c.abcd[frame + 16])

cdef struct CasRx:
    bint aligned
    bint before                 # the timeslot before had a one in it
    uint8_t frame               # of the multiframe, that comes next
    uint8_t wrong               # alignment signals in a row
    uint8_t y                   # received last
    uint8_t y_same              # times in a row, saturating
    bint alarm                  # y, accepted
    bint zeros                  # timeslot 16 of this multiframe has been all zeros so far
    uint8_t abcd[32]
    bint ais                    # timeslot 16 is ones
    uint8_t ais_frames          # of this period
    uint8_t ais_zeros           # in it, up to CAS_AIS_ZEROS + 1
    uint8_t ais_same            # periods in a row that say the contrary of what is held

cdef inline void cas_ones(CasRx *c, uint8_t octet) noexcept nogil:
    """AIS in timeslot 16."""
    c.ais_zeros = <uint8_t>min(c.ais_zeros + popcount(<uint8_t>~octet), <unsigned>(CAS_AIS_ZEROS + 1))
    c.ais_frames += 1
    if c.ais_frames < MF_FRAMES:
        return
    c.ais_same = c.ais_same + 1 if (c.ais_zeros <= CAS_AIS_ZEROS) != c.ais else 0
    if c.ais_same == CAS_AIS_PERIODS:
        c.ais = not c.ais
        c.ais_same = 0
    c.ais_frames = c.ais_zeros = 0

cdef inline void cas_lose(CasRx *c) noexcept nogil:
    c.aligned = c.before = c.alarm = False
    c.wrong = c.y_same = 0

cdef inline void cas_begin(CasRx *c, uint8_t octet) noexcept nogil:
    """Frame 0."""
    cdef uint8_t y = octet & CAS_ALARM
    if y != c.y:
        c.y = y
        c.y_same = 0
    if c.y_same < CAS_PERSISTENCE:
        c.y_same += 1
        if c.y_same == CAS_PERSISTENCE:
            c.alarm = y != 0

cdef inline void cas_take(CasRx *c, uint8_t octet) noexcept nogil:
    """Timeslot 16 of one more frame. Found by the first alignment signal behind an octet that is not zero; lost after
    two wrong ones, or a multiframe of zeros (G.732 5.2)."""
    cas_ones(c, octet)
    if not c.aligned:
        if octet & 0xf0 == 0 and c.before:
            c.aligned = True
            c.frame = 1
            c.wrong = 0
            c.zeros = octet == 0
            cas_begin(c, octet)
        c.before = octet != 0
        return
    if c.frame == 0:
        if octet & 0xf0:
            c.wrong += 1
        else:
            c.wrong = 0
            cas_begin(c, octet)
        if c.wrong >= CAS_LOST or c.zeros:
            cas_lose(c)
            return
        c.zeros = octet == 0
    else:
        c.zeros &= octet == 0
        c.abcd[c.frame] = octet >> 4
        c.abcd[c.frame + 16] = octet & 15
    c.frame = (c.frame + 1) % MF_FRAMES
