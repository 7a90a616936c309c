# cython: language_level=3
"""Excessive errors and signal degrade from the parities of a trail: dEXC and dDEG (G.806 6.2.3.1).

Poisson: errors come one by one. Errored BIP bits are counted over a window and held against what a bit error ratio of
10^-x brings; cleared when a window shows no more than a ratio ten times better does.
Bursty: dDEG after so many seconds in a row with so many errored blocks, cleared after as many without; no dEXC.

Frames are counted, never time. What is not set (0) has its default.
"""
from libc.math cimport exp, sqrt
from libc.stdint cimport uint8_t, uint32_t, uint64_t

from msapemu.wire.status cimport EventLog, defect_set

cdef enum:
    EXC_LEAST = 3               # exponents x of the ratio 10^-x
    EXC_MOST = 5
    EXC_DEFAULT = 3
    DEG_LEAST = 5
    DEG_MOST = 9
    DEG_DEFAULT = 6
    # A ratio of 10^-x is found within 10 ms x 10^(x-3) in VC-3, VC-4 and STM-N, 40 ms x 10^(x-3) in a VC-12: 80 frames
    # of each. A window is half of that, so that one whole window lies in it wherever the errors begin.
    DETECTION_FRAMES = 80       # of 10^-3; ten times as many for every decade
    WINDOW_FRAMES = 40
    BAD_SECONDS_LEAST = 2
    BAD_SECONDS_MOST = 10
    BAD_SECONDS_DEFAULT = 7
    BAD_PERCENT_DEFAULT = 30    # errored blocks that make a bad second

cdef extern from * nogil:
    """
    #define MSAPEMU_Z_FALSE 4.753   /* set by a ratio ten times better: probability 10^-6 */
    #define MSAPEMU_Z_SURE 2.326    /* set, and cleared, when it should be: probability 0.99 */
    #define MSAPEMU_WORST 1e-3      /* the ratio of exponent EXC_LEAST */
    """
    const double Z_FALSE "MSAPEMU_Z_FALSE"
    const double Z_SURE "MSAPEMU_Z_SURE"
    const double WORST "MSAPEMU_WORST"

cdef struct Window:
    uint64_t frames
    uint64_t end                # frame number at which it ends
    uint64_t count              # errored BIP bits in it
    uint64_t set                # as many: the defect
    uint64_t clear              # fewer at its end: no defect

cdef struct Degrade:
    # settings
    uint8_t exc                 # exponent of dEXC
    uint8_t deg                 # exponent of dDEG
    bint bursty
    uint8_t seconds             # M: consecutive bad (good) ones that set (clear) dDEG
    uint8_t percent             # errored blocks of a second that make it bad
    # the trail
    uint32_t lanes              # BIP bits of a frame
    uint32_t bits               # that each of them covers
    uint32_t rate               # frames a second
    uint32_t blocks             # of a frame
    # state
    uint64_t frames             # counted
    uint64_t next               # the first end of a window or second
    Window excessive
    Window degraded
    uint64_t second             # frame number at which it ends
    uint64_t errored            # blocks in it
    uint8_t bad                 # seconds in a row
    uint8_t good

cdef inline double mean_errors(const Degrade *d, double ratio, uint64_t frames) noexcept nogil:
    """Errored BIP bits that so many frames show at a bit error ratio: of `bits` bits an odd number must be wrong."""
    return d.lanes * <double>frames * (1 - exp(-2 * ratio * d.bits)) / 2

cdef inline double at_least(double mean) noexcept nogil:
    """A count that errors with this mean surely reach."""
    return mean - Z_SURE * sqrt(mean)

cdef inline double at_most(double mean, double z) noexcept nogil:
    """A count that errors with this mean do not exceed: a quantile of the Poisson distribution."""
    return mean + z * sqrt(mean) + (z * z - 1) / 6

cdef inline void window_set(const Degrade *d, Window *w, int exponent) noexcept nogil:
    """Window and counts for the ratio 10^-exponent.

    As many errors as that ratio surely brings, but no more than the worst ratio brings within its own detection time,
    unless a ratio ten times better brought them by chance. A parity that cannot tell the two apart (in a VC-4-16c every
    other bit of it is wrong at 10^-4 as at 10^-3) is set by either.
    """
    cdef double ratio = WORST, least, sure, soon, by_chance
    cdef int _decade
    w.frames = WINDOW_FRAMES
    for _decade in range(EXC_LEAST, exponent):
        w.frames *= 10
        ratio /= 10
    least = mean_errors(d, ratio / 10, w.frames)
    sure = at_least(mean_errors(d, ratio, w.frames))
    soon = at_least(mean_errors(d, WORST, DETECTION_FRAMES))
    by_chance = at_most(least, Z_FALSE) + 1
    if soon < by_chance:
        soon = by_chance
    w.set = <uint64_t>(sure if sure < soon else soon)
    w.clear = <uint64_t>at_most(least, Z_SURE) + 1
    if w.clear > w.set:
        w.clear = w.set
    w.end = w.frames
    w.count = 0

cdef inline void degrade_next(Degrade *d) noexcept nogil:
    d.next = d.second
    if not d.bursty:
        d.next = d.excessive.end if d.excessive.end < d.degraded.end else d.degraded.end

cdef inline void degrade_fail(Degrade *d) noexcept nogil:
    """The trail has failed: what was counted is not to be mixed with what comes after it."""
    d.excessive.count = d.degraded.count = d.errored = 0
    d.excessive.end = d.excessive.frames
    d.degraded.end = d.degraded.frames
    d.frames = d.bad = d.good = 0
    d.second = d.rate
    degrade_next(d)

cdef inline void degrade_init(Degrade *d, uint32_t lanes, uint32_t bits, uint32_t rate, uint32_t blocks) noexcept nogil:
    """Begin anew, with the settings as they are: `rate` frames a second, each of `lanes` parities over `bits` bits and
    of `blocks` blocks.
    """
    d.lanes = lanes
    d.bits = bits
    d.rate = rate
    d.blocks = blocks
    window_set(d, &d.excessive, d.exc if d.exc else EXC_DEFAULT)
    window_set(d, &d.degraded, d.deg if d.deg else DEG_DEFAULT)
    degrade_fail(d)

cdef inline void window_end(Window *w, uint64_t *defects, EventLog *log, int obj, int defect) noexcept nogil:
    if w.count < w.clear:
        defect_set(defects, log, obj, defect, False)
    w.count = 0
    w.end += w.frames

cdef inline void second_end(Degrade *d, uint64_t *defects, EventLog *log, int obj, int deg) noexcept nogil:
    cdef uint8_t wanted = d.seconds if d.seconds else BAD_SECONDS_DEFAULT
    cdef uint64_t percent = d.percent if d.percent else BAD_PERCENT_DEFAULT
    if 100 * d.errored >= percent * d.rate * d.blocks:
        d.good = 0
        d.bad += d.bad < wanted
        if d.bad == wanted:
            defect_set(defects, log, obj, deg, True)
    else:
        d.bad = 0
        d.good += d.good < wanted
        if d.good == wanted:
            defect_set(defects, log, obj, deg, False)
    d.errored = 0
    d.second += d.rate

cdef inline void degrade_errors(Degrade *d, unsigned errors, uint64_t *defects, EventLog *log, int obj,
                                int exc) noexcept nogil:
    """A frame with errored BIP bits. A window that has shown enough need not be waited for."""
    if d.bursty:
        d.errored += errors if d.blocks > 1 else 1
        return
    d.excessive.count += errors
    if d.excessive.count >= d.excessive.set:
        defect_set(defects, log, obj, exc, True)
    d.degraded.count += errors
    if d.degraded.count >= d.degraded.set:
        defect_set(defects, log, obj, exc + 1, True)

cdef inline void degrade_end(Degrade *d, uint64_t *defects, EventLog *log, int obj, int exc) noexcept nogil:
    if d.bursty:
        second_end(d, defects, log, obj, exc + 1)
    else:
        if d.frames == d.excessive.end:
            window_end(&d.excessive, defects, log, obj, exc)
        if d.frames == d.degraded.end:
            window_end(&d.degraded, defects, log, obj, exc + 1)
    degrade_next(d)

cdef inline void degrade_rest(Degrade *d, uint64_t n, uint64_t *defects, EventLog *log, int obj,
                              int exc) noexcept nogil:
    """`n` more frames without errors, of which only the last may end something."""
    d.frames += n
    if d.frames == d.next:
        degrade_end(d, defects, log, obj, exc)

cdef inline void degrade_take(Degrade *d, unsigned errors, uint64_t *defects, EventLog *log, int obj,
                              int exc) noexcept nogil:
    """One more frame with so many errored BIP bits. `exc`: dEXC of the layer; dDEG is the one after it."""
    if errors:
        degrade_errors(d, errors, defects, log, obj, exc)
    degrade_rest(d, 1, defects, log, obj, exc)
