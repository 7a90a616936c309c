# cython: language_level=3
"""The framed E1 whose timeslots a CESoPSN pseudowire carries: it is terminated at the pseudowire, both ways.

Frames of the E1 that goes into packets are found by p12_rx.pxd; of the one that comes out of them p12_tx.pxd makes
timeslot 0, and timeslot 16 where there is signalling.
"""
from libc.stdint cimport uint8_t
from libc.string cimport memcpy, memset

from msapemu.wire.bearer cimport Bearer
from msapemu.wire.bitqueue cimport BitQueue
from msapemu.wire.p12 cimport CRC4, MF_FRAMES, SA_BITS, ST_HUNT, Framing, P12Remote
from msapemu.wire.p12_rx cimport P12_ROWS, SSM_NONE, P12Rx, p12_aligned, p12_step
from msapemu.wire.p12_tx cimport P12Tx, p12_finish
from msapemu.wire.status cimport P12_RAI, EventLog, defect_is

cdef struct CesopE1:
    Bearer bearer               # `rx` only: the E1 that goes into packets
    P12Rx rx
    P12Tx tx
    P12Remote far
    EventLog events             # not told: the E1 ends in this shelf, and there its alarms are

cdef inline void cesop_e1_init(CesopE1 *e, BitQueue *q, Framing framing, bint cas, uint8_t idle, uint8_t cas_idle) \
        noexcept nogil:
    """Everything else is zero."""
    e.bearer.rx = q
    e.tx.far = e.rx.far = &e.far
    e.tx.framing = e.rx.framing = framing
    e.tx.cas_wanted = e.rx.cas_wanted = cas
    e.tx.idle = idle
    e.tx.sa = SA_BITS
    e.rx.state = ST_HUNT
    e.rx.interworking = True
    e.rx.counters.ssm = SSM_NONE
    e.rx.last = -1
    e.far.alarm = True
    memset(e.tx.cas.abcd, cas_idle, 32)

cdef inline const uint8_t *cesop_e1_next(CesopE1 *e, int *number, bint *fault, bint *rdi) noexcept nogil:
    """The next frame that goes into packets, NULL: it has not come; its number in the CAS multiframe, -1: none is
    known; whether it is no frame at all (ones), and whether the E1's far end has failed."""
    if not p12_step(&e.rx, &e.bearer, &e.events, 0):
        return NULL
    e.events.count = 0
    number[0] = (e.rx.cas.frame + MF_FRAMES - 1) % MF_FRAMES if e.rx.cas_wanted and e.rx.cas.aligned else -1
    fault[0] = not p12_aligned(&e.rx)
    rdi[0] = defect_is(e.rx.counters.defects, P12_RAI)
    return e.rx.rows[(e.rx.head - 1) % P12_ROWS]

cdef inline void cesop_e1_begin(CesopE1 *e) noexcept nogil:
    """The next frame that comes out is the first of a CAS multiframe."""
    e.tx.frame += (MF_FRAMES - e.tx.frame % MF_FRAMES) % MF_FRAMES

cdef inline void cesop_e1_frame(CesopE1 *e, uint8_t *row, bint rdi, const uint8_t *abcd) noexcept nogil:
    """Complete a frame that comes out."""
    e.tx.alarm = rdi
    memcpy(e.tx.cas.abcd, abcd, 32)
    p12_finish(&e.tx, row, 1)
