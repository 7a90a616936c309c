# cython: language_level=3
"""What one VC-4 carries, for each direction: the connections and mappings of a plan, as the core takes them."""
from libc.stdint cimport uint8_t

from msapemu.wire.container cimport Container
from msapemu.wire.e1_map cimport E1Rx, E1Tx
from msapemu.wire.e3_map cimport E3Rx, E3Tx
from msapemu.wire.group cimport GroupRx, GroupTx, RxShape, TxShape
from msapemu.wire.store cimport Store

cdef enum MapKind:
    MAP_UNEQUIPPED = 0
    MAP_VC4 = 1                 # one group in the VC-4 or VC-4-Xc, or the VC-4 is a member of one
    MAP_TUG = 2                 # three TUG-3, each a TU-3 or 21 TU-12
    MAP_CROSS = 3               # a VC-4 received elsewhere
    MAP_SUPERVISORY = 4         # supervisory-unequipped

cdef enum UnitKind:
    # a TU-12 or TU-3
    UNIT_UNEQUIPPED = 0
    UNIT_SUPERVISORY = 1
    UNIT_GROUP = 2              # member of a group
    UNIT_TRIBUTARY = 3          # E1 or E3
    UNIT_CROSS = 4              # a VC received elsewhere

cdef struct Members:
    # of one group, those in this VC-4
    Container container
    const TxShape *tx_kind
    const RxShape *rx_kind
    int size
    uint8_t columns[63]         # column of the TU-12, or TUG-3 counted from 0; 0 of a VC-4
    uint8_t numbers[63]         # which members of the group they are

cdef struct UnitTx:
    UnitKind kind
    GroupTx *group              # UNIT_GROUP
    uint8_t member              # of it
    const Store *source         # UNIT_CROSS
    E1Tx *e1                    # UNIT_TRIBUTARY in a VC-12
    E3Tx *e3                    # in a VC-3

cdef struct UnitRx:
    bint expected               # its defects are reported
    bint supervisory            # a supervisory-unequipped VC is expected
    GroupRx *group              # NULL: no group
    uint8_t member              # of it
    uint8_t label               # the one that is expected
    E1Rx *e1                    # NULL: no tributary
    E3Rx *e3

cdef struct TxMap:
    MapKind kind
    int width                   # 1, or X of a VC-4-Xc
    int groups
    GroupTx *group[63]
    Members members[63]
    Store *source               # MAP_CROSS
    bint tu3[3]                 # the TUG-3 holds a TU-3
    UnitTx tu12[63]             # by column
    UnitTx vc3[3]

cdef struct RxMap:
    MapKind kind
    int width
    int groups
    GroupRx *group[63]
    Members members[63]
    bint tributaries            # there is an E1 or E3
    bint tu3[3]
    UnitRx tu12[63]
    UnitRx vc3[3]

cdef inline bint map_sends(const TxMap *m, const GroupTx *g, uint8_t number) noexcept nogil:
    """Member `number` of the group is in it."""
    cdef int i, n
    for i in range(m.groups):
        if m.group[i] == g:
            for n in range(m.members[i].size):
                if m.members[i].numbers[n] == number:
                    return True
    return False

cdef inline bint map_receives(const RxMap *m, const GroupRx *g, uint8_t number) noexcept nogil:
    cdef int i, n
    for i in range(m.groups):
        if m.group[i] == g:
            for n in range(m.members[i].size):
                if m.members[i].numbers[n] == number:
                    return True
    return False
