# cython: language_level=3
"""What one VC-4 carries, for each direction: the connections and mappings of a plan, as the core takes them."""
from libc.stdint cimport uint8_t

from msapemu.wire.e1_map cimport E1Rx, E1Tx
from msapemu.wire.e3_map cimport E3Rx, E3Tx
from msapemu.wire.group cimport GroupRx, GroupTx
from msapemu.wire.store cimport Store
from msapemu.wire.vcat cimport Members

cdef enum MapKind:
    MAP_UNEQUIPPED = 0
    MAP_VC4 = 1                 # one group in the VC-4 or VC-4-Xc
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

cdef struct UnitTx:
    UnitKind kind
    bint counted                # member of a virtually concatenated group, not a contiguous one
    uint8_t sq
    uint8_t group
    const Store *source         # UNIT_CROSS
    E1Tx *e1                    # UNIT_TRIBUTARY in a VC-12
    E3Tx *e3                    # in a VC-3

cdef struct UnitRx:
    bint expected               # its defects are reported
    bint supervisory            # a supervisory-unequipped VC is expected
    bint counted
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
