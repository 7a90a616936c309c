# cython: language_level=3
"""The synchronizer: how many bits of a tributary go into each container, so that its queue stays near a target.

The tributary's clock is not the container's. What comes stands in a queue, and each container takes one bit more or
less than nominal (justification) by how far the queue is from its target; a frame of a multiplex, where nominal is no
whole number, takes a bit more or not. Ports fill the queue in lumps of a batch, so
that its fill is a saw; the control therefore

    smooths       `mean` follows the fill over SMOOTHED containers (first order)
    holds still   nothing is owed while the mean is within `band` of the target: no hunting
    is gentle     beyond it, bits are owed in proportion, 1 in 2^gain of the excess a container and 1 in 4 at most;
                  a bit owed in full is a justification. The spacing is as even as the rate is

Justifications are of one sign for one sign of the frequency difference. The fill settles band + 2^gain x (bits a
container that the rates differ by) away from the target: 274 bits for an E1 at 100 ppm.
"""
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memset

from msapemu.wire.bitqueue cimport BitQueue, bits_get, bits_get_few, bits_waiting

cdef enum:
    SMOOTHED_BITS = 8
    SMOOTHED = 1 << 8           # containers: 128 ms of VC-12, 11 ms of sub-frames of a VC-3
    OWED_BITS = 20
    ONE_BIT = 1 << 20           # a bit, as `owed` counts
    GENTLE = 1 << 18            # a quarter of it: 244 ppm of an E1, 175 ppm of an E3

cdef struct Synchronizer:
    BitQueue queue              # port -> container
    uint64_t target             # bits left in the queue by a frame; 0: nothing is waited for, and nothing is justified
    unsigned gain
    int64_t band                # bits
    bint dry                    # AIS is sent until the queue holds the target and a frame
    int64_t mean                # how far the fill is from the target, smoothed; SMOOTHED times
    int64_t owed                # bits, ONE_BIT times; above 0: more have come than nominal
    uint64_t frames             # built
    uint64_t positive           # justifications: one bit less than nominal
    uint64_t negative           # one bit more
    uint64_t underflows         # times the queue ran out
    uint64_t ais                # ones sent in the place of bits that did not come

cdef inline void sync_init(Synchronizer *s, uint64_t target, unsigned gain, int64_t band) noexcept nogil:
    s.target = target
    s.gain = gain
    s.band = band
    s.dry = True

cdef inline bint sync_flows(Synchronizer *s, uint64_t frame) noexcept nogil:
    """Whether the next frame, of `frame` bits nominal, carries bits of the queue."""
    if s.dry and bits_waiting(&s.queue) >= (s.target + frame if s.target else <uint64_t>1):
        s.dry = False
        s.mean = s.owed = 0
    return not s.dry

cdef inline bint sync_short(Synchronizer *s, uint8_t *octets, uint64_t n) noexcept nogil:
    """Whether the next frame cannot be all of the queue; then the n octets of a nominal one: what there is, then ones.

    Bits that come while the queue fills up again stay in it.
    """
    cdef uint64_t bits = bits_waiting(&s.queue) if sync_flows(s, 8 * n) else 0
    cdef uint64_t whole = bits >> 3
    cdef unsigned few = bits & 7
    if bits >= 8 * n:
        return False
    memset(octets, 0xff, n)
    s.ais += 8 * n - bits
    if s.dry:
        return True
    s.underflows += 1
    s.dry = True
    bits_get(&s.queue, octets, whole)
    if few:
        octets[whole] = <uint8_t>((bits_get_few(&s.queue, few) << (8 - few)) | (0xff >> few))
    return True

cdef inline int64_t sync_error(const Synchronizer *s, uint64_t frame) noexcept nogil:
    """How far from the target a frame of that many bits leaves the queue."""
    return <int64_t>bits_waiting(&s.queue) - <int64_t>(s.target + frame)

cdef inline void sync_owe(Synchronizer *s, int64_t error) noexcept nogil:
    """One container more, which leaves the queue `error` bits from its target."""
    cdef int64_t mean, excess, more
    s.mean += error - (s.mean >> SMOOTHED_BITS)
    mean = s.mean >> SMOOTHED_BITS
    excess = mean - s.band if mean > s.band else mean + s.band if mean < -s.band else 0
    more = excess * (1 << (OWED_BITS - s.gain))
    s.owed += max(-GENTLE, min(GENTLE, more))

cdef inline int sync_justify(Synchronizer *s, int64_t error, uint64_t nominal) noexcept nogil:
    """Bits above nominal that the next container takes: -1, 0 or 1. The queue holds the nominal ones."""
    if s.target == 0:
        return 0
    sync_owe(s, error)
    if s.owed >= ONE_BIT and bits_waiting(&s.queue) > nominal:
        s.owed -= ONE_BIT
        s.negative += 1
        return 1
    if s.owed <= -ONE_BIT:
        s.owed += ONE_BIT
        s.positive += 1
        return -1
    return 0

cdef inline int sync_fill(Synchronizer *s, int64_t error, int64_t share) noexcept nogil:
    """Whether the next frame of a multiplex has a bit in the place for justification (1) or stuff (0). Nominally a
    `share` of the frames has (ONE_BIT times)."""
    if s.target:
        sync_owe(s, error)
    s.owed += share
    if s.owed >= ONE_BIT:
        s.owed -= ONE_BIT
        return 1
    s.positive += 1
    return 0
