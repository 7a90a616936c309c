# cython: language_level=3
"""An E1 signal wherever it is: on a line, in a VC-12, in a multiplex, at a client port (the layer P12 of G.705).

The server layer puts what it receives into `rx`, ones while it fails, and takes what it sends out of `tx`. Whoever the
E1 is for, a termination (p12_rx.pxd) or a connection to another bearer, does it the other way round.
"""
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memset

from msapemu.wire.bitqueue cimport BitQueue, bits_get, bits_put, bits_put_units, bits_room, bits_waiting

cdef enum:
    E1_OCTETS = 32              # in 125 us (G.704 2.3)
    BEARER_RUN = 64             # octets moved at a time

cdef struct Bearer:
    BitQueue *tx
    BitQueue *rx
    const int *los              # there is no signal at all; NULL: the server layer has no such state
    bint paced                  # the server layer sends E1_OCTETS in every 125 us, whatever there is

cdef inline bint bearer_los(const Bearer *b) noexcept nogil:
    return b.los != NULL and b.los[0]

cdef inline void bearer_put(Bearer *b, const uint8_t *octets, uint64_t n) noexcept nogil:
    """Send n octets. What finds no room is lost: nobody sends this E1 on."""
    if bits_room(b.tx) < 8 * n:
        b.tx.overflows += 1
        return
    bits_put(b.tx, octets, n)

cdef inline void bearer_put_frames(Bearer *b, const uint8_t *octets, uint64_t frames) noexcept nogil:
    """Send frames, or as many of them as find room."""
    bits_put_units(b.tx, octets, frames, E1_OCTETS)

cdef inline uint64_t bearer_take(Bearer *b, uint8_t *out, uint64_t n) noexcept nogil:
    """Up to n octets of what has come."""
    cdef uint64_t whole = min(n, bits_waiting(b.rx) >> 3)
    bits_get(b.rx, out, whole)
    return whole

cdef inline void bearer_forget(Bearer *b) noexcept nogil:
    """What has come is too old to be of use."""
    b.rx.head = b.rx.tail

# ---------------------------------------------------------------- an E1 as a whole from one bearer to another

cdef struct Pass:
    Bearer *source
    Bearer *sink
    uint64_t target             # bits that stay in the source's queue when `sink` is paced: what a stall may take away
    bint flows
    uint64_t slips              # octets of ones sent because nothing was there, or left out because too much was
    uint64_t octets

cdef inline void pass_on(Pass *p, uint64_t frames) noexcept nogil:
    """Send on what has come, for so many frame times. A server layer that justifies takes all of it; one that is paced
    gets its share, so that two clocks that differ make a slip now and then (G.823)."""
    cdef uint8_t octets[64]
    cdef uint64_t n, wanted = frames * E1_OCTETS, waiting = bits_waiting(p.source.rx)
    if not p.sink.paced:
        wanted = min(waiting, bits_room(p.sink.tx)) >> 3
        if bits_room(p.sink.tx) < waiting:
            p.sink.tx.overflows += 1
            bearer_forget(p.source)
            return
    elif waiting < 8 * wanted + (0 if p.flows else p.target):
        p.slips += wanted if p.flows else 0
        p.flows = False
        memset(octets, 0xff, BEARER_RUN)
        while wanted:
            n = min(wanted, <uint64_t>BEARER_RUN)
            bearer_put(p.sink, octets, n)
            wanted -= n
        return
    elif waiting > 8 * wanted + 4 * p.target:
        p.source.rx.head += 2 * p.target
        p.slips += 2 * p.target >> 3
    p.flows = True
    p.octets += wanted
    while wanted:
        n = min(wanted, <uint64_t>BEARER_RUN)
        bits_get(p.source.rx, octets, n)
        bearer_put(p.sink, octets, n)
        wanted -= n
