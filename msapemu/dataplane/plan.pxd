# cython: language_level=3
"""The plan: what the loop works through each tick, as flat arrays. The Python object `Plan` keeps alive what it points
at; the loop takes a new one between two ticks."""
from libc.stdint cimport uint64_t

from msapemu.dataplane.links cimport Link
from msapemu.dataplane.ports cimport Port
from msapemu.dataplane.reassembly cimport Ring
from msapemu.dataplane.region cimport Region
from msapemu.wire.map cimport RxMap, TxMap
from msapemu.wire.group cimport GroupRx, GroupTx
from msapemu.wire.impair_ops cimport OpTable
from msapemu.wire.line cimport LineRx, LineTx

cdef struct LineEntry:
    LineTx *tx
    LineRx *rx
    Link *link
    # what is done once, when the plan is taken
    TxMap *tx_map           # NULL: the line carries what it carries already
    RxMap *rx_map
    Ring ring
    bint new_faults
    uint64_t delay_frames
    const OpTable *impair

cdef struct ClientEntry:
    Port *port
    GroupTx *tx             # NULL: no circuit
    GroupRx *rx

cdef struct PlanTable:
    uint64_t generation
    LineEntry *lines
    int line_count
    ClientEntry *clients
    int client_count
    bint line_timed
    int reference           # index of a line, or -1
    double rate             # frames a ns
    uint64_t tick_ns
    uint64_t jitter         # frames
    Region region
