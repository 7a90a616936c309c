# cython: language_level=3
"""An E1 as the member of a group (G.7043, G.8040): the payload of a CRC-4 multiframe, and its concatenation octet.

The octet in timeslot 1 of the multiframe's first frame carries what H4 of a VC-4 does, once a multiframe (lcas.pxd).
"""
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memcpy

from msapemu.wire.group cimport GroupRx, GroupTx, RxShape, TxShape
from msapemu.wire.multiframe cimport E1_LOM, H4Rx, h4_reset, h4_vcat_take
from msapemu.wire.p12 cimport MF_FRAMES, ST_MULTIFRAME, TIMESLOTS
from msapemu.wire.p12_rx cimport P12_ROWS, P12Rx
from msapemu.wire.vcat_rx cimport group_bring, group_lose
from msapemu.wire.vcat_tx cimport group_pull

cdef enum:
    CONCATENATION = 1           # the octet, in the multiframe

# ---------------------------------------------------------------- source

cdef struct E1MemberTx:
    GroupTx *group              # NULL: the E1 is no member
    const TxShape *shape
    uint8_t number
    bint begun                  # `multiframe` is the one that is being sent
    uint8_t multiframe[512]

cdef inline void member_row(E1MemberTx *m, uint64_t frame, uint8_t *row) noexcept nogil:
    """Timeslots 1 to 31 of that frame. The group is asked at the beginning of a multiframe."""
    cdef unsigned at = frame % MF_FRAMES
    if at == 0:
        m.multiframe[CONCATENATION] = group_pull(m.group, m.number, m.multiframe)
        m.begun = True
    if m.begun:
        memcpy(row + 1, m.multiframe + TIMESLOTS * at + 1, TIMESLOTS - 1)

# ---------------------------------------------------------------- sink

cdef struct E1MemberRx:
    GroupRx *group              # NULL
    const RxShape *shape
    uint8_t number
    int have                    # frames of this multiframe
    H4Rx count
    uint8_t multiframe[512]

cdef inline void member_take(E1MemberRx *m, const P12Rx *r, int n) noexcept nogil:
    """The newest n rows of the E1, of one sub-multiframe when they are in multiframe."""
    cdef const uint8_t *rows = r.rows[(r.head - <uint64_t>n) % P12_ROWS]
    cdef int first = r.last + 1 - n
    if r.last >= 0 and (first == m.have or first == 0):
        memcpy(m.multiframe + TIMESLOTS * first, rows, <size_t>(n * TIMESLOTS))
        m.have = r.last + 1
    if r.state != ST_MULTIFRAME:
        if m.have >= 0:
            h4_reset(&m.count)
        m.have = -1
        group_lose(m.group, m.number)
    elif r.last == MF_FRAMES - 1 and m.have == MF_FRAMES:
        h4_vcat_take(&m.count, m.multiframe[CONCATENATION], E1_LOM)
        group_bring(m.group, m.number, m.multiframe, &m.count.m)
