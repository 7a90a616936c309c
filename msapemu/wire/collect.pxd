# cython: language_level=3
"""The octets behind an interpreted pointer, put together as VC frames (G.783 pointer processing, sink side).

One code for the VC-4 of an AU-4, the VC-3 of a TU-3 and the VC-12 of a TU-12: octets come in runs, and the pointer
says how many of them go by until the VC's first one.
"""
from libc.stdint cimport uint8_t

from msapemu.wire.pointers cimport A_JUMP, PointerAction, PointerRx, pointer_settled
from msapemu.wire.store cimport Store, store_fail, store_write

cdef enum Collected:
    # bits
    C_WHOLE = 1                 # frame `number` - 1 is there
    C_CUT = 2                   # the pointer jumped back and cut a frame short; it keeps its number

cdef struct Collector:
    PointerRx pointer
    Store store
    int until                   # octets before the place where the pointer says the VC begins; -1: not in sight
    bint hunting                # no beginning seen since the pointer became valid
    bint jumped                 # the pointer has a new value, and the beginning that it names has not come yet
    bint gap                    # it jumped forwards: octets without meaning up to there

cdef inline void collect_lost(Collector *c) noexcept nogil:
    """No VC can be collected now (pointer lost, AIS, or the signal above failed)."""
    c.hunting = True
    c.jumped = c.gap = False
    c.until = -1
    store_fail(&c.store)

cdef inline void collect_point(Collector *c, PointerAction action, int until) noexcept nogil:
    """The pointer says: the VC begins `until` octets from here. Justification moves octets and pointer alike, so the
    value before a move holds."""
    c.jumped = action == A_JUMP
    c.until = until
    if c.jumped and until > 0 and not c.store.filled and not c.hunting:
        c.gap = True                # a frame has just ended: there is none to go on with

cdef inline bint collect_steady(const Collector *c, unsigned word) noexcept nogil:
    """This pointer word is like the one before, settled, and frames follow each other: a frame's length of octets goes
    on where the last ones ended."""
    return c.pointer.word == word and pointer_settled(&c.pointer) and not c.hunting and not c.jumped and not c.gap

cdef inline int collect(Collector *c, const uint8_t *octets, int n, int *what) noexcept nogil:
    """Use up some of `n` > 0 octets; how many. `what` tells what has come about (Collected), before the call is made
    again."""
    cdef Store *s = &c.store
    cdef int k = n
    what[0] = 0
    if c.until == 0:
        c.until = -1
        if s.filled and not c.hunting:
            what[0] = C_CUT
            s.number += 1
        if c.hunting or c.jumped:
            s.epoch += 1
        c.hunting = c.jumped = c.gap = s.failed = False
        s.filled = 0
    if 0 < c.until < k:
        k = c.until
    if not c.hunting and not c.gap:
        if s.length - s.filled < k:
            k = s.length - s.filled
        store_write(s, octets, k)
    if c.until > 0:
        c.until -= k
    if s.filled == s.length:
        s.filled = 0
        s.number += 1
        c.gap = c.jumped and c.until > 0
        what[0] |= C_WHOLE
    return k
