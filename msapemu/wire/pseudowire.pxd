# cython: language_level=3
"""A pseudowire of either kind: its next packet."""
from libc.stdint cimport uint8_t, uint32_t

from msapemu.wire.bitqueue cimport BitQueue
from msapemu.wire.cesop_e1 cimport cesop_e1_next
from msapemu.wire.pw cimport PW_SATOP
from msapemu.wire.pw_tx cimport PwTx, cesop_dry, cesop_put, cesop_signal, satop_next

cdef inline uint32_t cesop_next(PwTx *t) noexcept nogil:
    """Of the E1's frames, or one of idle code because there are none, or of signalling."""
    cdef const uint8_t *row
    cdef uint32_t octets = 0
    cdef int number = -1
    while octets == 0:
        row = cesop_e1_next(t.e1, &number, &t.fault, &t.rdi)
        if row == NULL:
            break
        octets = cesop_put(t, row, number)
    if octets == 0:
        octets = cesop_dry(t, t.e1.tx.idle)
    return octets if octets else cesop_signal(t)

cdef inline uint32_t pseudowire_next(PwTx *t, BitQueue *q) noexcept nogil:
    """The next packet that is due into `packet`, and its octets; 0: none is. `q`: the E1."""
    return satop_next(t, q) if t.f.kind == PW_SATOP else cesop_next(t)
