# cython: language_level=3
"""Remote information: what a sink wants its far end to be told (G.783 RI_REI, RI_RDI).

The sink half adds, the source half sends and takes away: the only state that the two halves share.
"""
from libc.stdint cimport uint8_t, uint32_t, uint64_t

from msapemu.wire.status cimport HP_PLM, HP_TIM, HP_UNEQ, LP_UNEQ, defect_is

cdef enum RemoteDefect:
    R_NONE = 0
    R_SERVER = 1                # the path's server signal has failed (AIS, LOP, SSF)
    R_CONNECTIVITY = 2          # UNEQ, TIM
    R_PAYLOAD = 3               # PLM; told by enhanced RDI only
    R_UNTOLD = 4                # received only: one-bit RDI, which does not tell the first two apart

cdef enum:
    # enhanced RDI: bits 5-7 of G1 and of K4 (G.707 9.3.1.4, 9.3.2.4). The last bit is the middle one inverted, which
    # tells it from the one-bit form, whose bits 6 and 7 are alike.
    E_RDI_NONE = 0b001
    E_RDI_SERVER = 0b101
    E_RDI_CONNECTIVITY = 0b110
    E_RDI_PAYLOAD = 0b010
    ONE_BIT_RDI = 0b100
    E_RDI_BITS = 0b111

cdef struct SectionRemote:
    uint32_t rei                # errored B2 bits not yet told
    bint rdi

cdef struct PathRemote:
    # one a VC
    uint32_t rei                # errored B3 bits, or errored VC-12, not yet told
    uint8_t rdi                 # a RemoteDefect

cdef struct GroupRemote:
    # a group with its clients
    bint failed                 # the sink receives nothing: SSF or LFD

cdef struct MuxRemote:
    # a multiplex (G.742, G.751)
    bint failed                 # the sink has no frames: RAI

cdef inline uint8_t rei_take(uint32_t *pending, uint32_t most) noexcept nogil:
    """The count that goes out now, at most `most`."""
    cdef uint32_t n = pending[0] if pending[0] < most else most
    pending[0] -= n
    return <uint8_t>n

cdef inline uint8_t rdi_code(uint8_t kind, bint enhanced) noexcept nogil:
    """Bits 5-7 of G1 or K4 for a RemoteDefect. One-bit RDI has no word for a payload defect."""
    if not enhanced:
        return ONE_BIT_RDI if kind == R_SERVER or kind == R_CONNECTIVITY else 0
    return (E_RDI_SERVER if kind == R_SERVER else E_RDI_CONNECTIVITY if kind == R_CONNECTIVITY
            else E_RDI_PAYLOAD if kind == R_PAYLOAD else E_RDI_NONE)

cdef inline uint8_t rdi_kind(uint8_t code) noexcept nogil:
    """The RemoteDefect that received bits 5-7 tell; 100 and 111 come from a far end with one-bit RDI."""
    return (R_PAYLOAD if code == E_RDI_PAYLOAD else R_CONNECTIVITY if code == E_RDI_CONNECTIVITY
            else R_SERVER if code == E_RDI_SERVER else R_UNTOLD if code & ONE_BIT_RDI else R_NONE)

cdef inline uint8_t path_remote(uint64_t defects, bint lower) noexcept nogil:
    """What the far end is told of a path whose server signal is good: aRDI <- dUNEQ or dTIM; enhanced also dPLM."""
    if lower:
        defects >>= LP_UNEQ - HP_UNEQ       # the defects of both layers stand in the same order
    if defect_is(defects, HP_UNEQ) or defect_is(defects, HP_TIM):
        return R_CONNECTIVITY
    return R_PAYLOAD if defect_is(defects, HP_PLM) else R_NONE
