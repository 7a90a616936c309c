# cython: language_level=3
"""The plan: what the loop works through each tick, as flat arrays. The Python object `Plan` keeps alive what it points
at; the loop takes a new one between two ticks."""
from libc.stdint cimport uint32_t, uint64_t

from msapemu.dataplane.e1port cimport E1Port
from msapemu.dataplane.groups cimport GroupEntry
from msapemu.dataplane.links cimport Link
from msapemu.dataplane.ports cimport Port
from msapemu.dataplane.reassembly cimport Ring
from msapemu.dataplane.region cimport Region
from msapemu.wire.fabric cimport Fabric
from msapemu.wire.map cimport RxMap, TxMap
from msapemu.wire.gfp_channel cimport ChannelRx, ChannelTx
from msapemu.wire.group cimport GroupRx
from msapemu.wire.impair_errors cimport ErrorSource
from msapemu.wire.impair_ops cimport OpTable
from msapemu.wire.line cimport LineRx, LineTx
from msapemu.wire.pdh_line cimport PdhLineRx, PdhLineTx
from msapemu.wire.status cimport EventLog

cdef struct MapChange:
    int au                  # of the line, from 0
    TxMap *tx
    RxMap *rx

cdef struct LineEntry:
    LineTx *tx              # of an STM-N line, else NULL
    LineRx *rx
    PdhLineTx *pdh_tx       # of a PDH line, else NULL
    PdhLineRx *pdh_rx
    EventLog *events        # of either
    Link *link
    # what is done once, when the plan is taken
    int levels              # of multiplex (G.742, G.751), of a PDH line
    bint looped             # what is sent is received, and what comes is not
    bint dark               # nothing is plugged in and nothing is sent: no frames are made
    bint tied               # other lines send what comes here: parsed in step with what is built
    MapChange *changes      # in this order; an AU-4 that is not among them carries what it carries already
    int change_count
    Ring ring
    bint new_faults
    uint64_t delay_frames
    const OpTable *impair   # of an STM-N line
    bint cut                # of a PDH line
    ErrorSource errors

cdef struct ClientEntry:
    Port *port
    const GroupRx *group    # NULL: no circuit
    ChannelTx *tx           # of the group
    ChannelRx *rx
    bint propagate          # a client that fails is told to the far one, and what fails here to this one

cdef struct PlanTable:
    uint64_t generation
    LineEntry *lines
    int line_count
    ClientEntry *clients
    int client_count
    GroupEntry *groups
    int group_count
    Fabric *fabric
    E1Port **e1_ports
    int e1_port_count
    bint line_timed
    int reference           # index of a line, or -1
    uint32_t oscillator     # what others know the own one by
    double rate             # frames a ns
    uint64_t tick_ns
    uint64_t jitter         # frames
    int burst               # frames built an iteration
    Region region
