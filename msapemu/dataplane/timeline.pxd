# cython: language_level=3
"""Virtual time between shelves: which frame of a peer belongs to which of our own (DESIGN 5a). No I/O, no clock.

Every frame has a *virtual time* in nanoseconds, which its datagrams carry. On a free-running shelf frame n is at base +
n / rate of its oscillator, to the nanosecond, whenever it really left; on a line-timed shelf a frame is at the time of
the reference's frame that it follows. So the frames of two shelves lie on straight lines, and what pointers, slips and
offsets come from is the slope of one against the other: stalls and late arrivals are not in it.

`TimeLine` is such a line: the own one, or that of a peer as its datagrams tell it (`Heard`). `Course` is what follows
from two of them: V, the frame of the peer (with a fraction) that belongs to the own frame which is built next. V goes

    1 a frame exactly           when both shelves count the frames of the same oscillator (`TimeLine.oscillator`)
    own period / its period     otherwise, and that without accumulating an error: V is worked out from both times anew

and it lags behind what has come by a constant: the jitter buffer, the delay of the line, and MARGIN. The time of
another host is another CLOCK_MONOTONIC, whose true rate differs by some ppm. So when the lag leaves its band, V is
slewed by at most SLEW_PPM (a difference that pointers can follow), and set anew, which is told, when even that does not
help.
"""
from libc.math cimport floor, rint
from libc.stdint cimport int64_t, uint32_t, uint64_t

cdef enum:
    MARGIN = 2              # frames that V lags beyond what must have come by then
    STRETCH = 65536         # frames (8 s): a peer's period is measured over the last one to two of them
    # how far the lag may be off before V is slewed, and before it is set anew: frames too short, frames too long
    SHORT = 12
    SHORTEST = 24
    LONG = 32
    LONGEST = 96
    SLEW_PPM = 100
    SLEW_PPM_A_FRAME = 20   # of it, for every frame that the lag is off beyond its band
    NOMINAL_NS = 125_000    # of a frame (G.707 6.1)

cdef struct TimeLine:
    uint32_t oscillator     # whose frames are counted: a random number of a free-running shelf; 0 not known
    uint64_t frame          # this frame ...
    uint64_t ns             # ... is at this time ...
    double fraction         # ... and a part of a nanosecond
    double period           # ns a frame

cdef struct Heard:
    # a peer's time line, from the datagrams of its frames
    uint32_t oscillator     # of the newest datagram; 0: none yet
    uint64_t frame
    uint64_t ns
    bint known
    TimeLine line
    uint64_t mark_frame     # what the period is measured from
    uint64_t mark_ns
    uint64_t next_frame     # what will be the mark
    uint64_t next_ns

cdef struct Course:
    bint running
    uint32_t own            # the oscillators that `constant` is for
    uint32_t peer
    int64_t constant_ns
    uint64_t at             # own frame number
    uint64_t frame          # V of it, whole frames
    double part             # and the rest, 0..1
    double pace             # V's frames a frame of ours


cdef inline double time_since(const TimeLine *t, uint64_t frame, uint64_t ns) noexcept nogil:
    """From `ns` to the time of a frame."""
    return <double><int64_t>(t.ns - ns) + (t.fraction + <double><int64_t>(frame - t.frame) * t.period)


cdef inline uint64_t time_of(const TimeLine *t, uint64_t frame) noexcept nogil:
    """The time of a frame."""
    return t.ns + <uint64_t><int64_t>rint(t.fraction + <double><int64_t>(frame - t.frame) * t.period)


cdef inline void time_base(TimeLine *t, uint64_t frame) noexcept nogil:
    """The same line, written down from this frame on: small differences are exact."""
    cdef double ns = t.fraction + <double><int64_t>(frame - t.frame) * t.period
    cdef double whole = floor(ns)
    t.frame = frame
    t.ns += <uint64_t><int64_t>whole
    t.fraction = ns - whole


cdef inline void heard_anew(Heard *h) noexcept nogil:
    """Another session: nothing is known of its times."""
    h.oscillator = 0
    h.known = False


cdef inline void heard_take(Heard *h, uint64_t frame, uint64_t ns, uint32_t oscillator) noexcept nogil:
    """The newest datagram of the line is of this frame."""
    h.frame = frame
    h.ns = ns
    h.oscillator = oscillator


cdef inline void heard_learn(Heard *h) noexcept nogil:
    """Bring the peer's time line up to the newest datagram. Times are whole nanoseconds, so its period is known to one
    nanosecond in the frames that it is measured over; what is off by more is another rate, which begins there."""
    cdef TimeLine *t = &h.line
    cdef uint64_t frames
    cdef double off, tolerance
    if h.oscillator == 0:
        return
    if not h.known or t.oscillator != h.oscillator or h.frame < t.frame:
        if not h.known:
            t.period = NOMINAL_NS
        h.known = True
        t.oscillator = h.oscillator
        h.mark_frame = h.next_frame = h.frame
        h.mark_ns = h.next_ns = h.ns
    elif h.frame > t.frame:
        frames = h.frame - t.frame
        off = <double><int64_t>(h.ns - t.ns) - <double>frames * t.period
        tolerance = 2.0
        if t.frame > h.mark_frame:
            tolerance += 2.0 * <double>frames / <double>(t.frame - h.mark_frame)
        if t.frame == h.mark_frame or off > tolerance or off < -tolerance:
            h.mark_frame = h.next_frame = t.frame
            h.mark_ns = h.next_ns = t.ns
        elif h.frame - h.next_frame >= STRETCH:
            h.mark_frame = h.next_frame
            h.mark_ns = h.next_ns
            h.next_frame = h.frame
            h.next_ns = h.ns
        t.period = <double><int64_t>(h.ns - h.mark_ns) / <double>(h.frame - h.mark_frame)
    t.frame = h.frame
    t.ns = h.ns
    t.fraction = 0.0


cdef inline void course_put(Course *c, int64_t frame, double part) noexcept nogil:
    """Have V there."""
    cdef double whole = floor(part)
    c.frame = <uint64_t>(frame + <int64_t>whole)
    c.part = part - whole


cdef inline void course_tie(Course *c, const TimeLine *own, const TimeLine *peer) noexcept nogil:
    """Work out the constant between the two time lines from V."""
    c.own = own.oscillator
    c.peer = peer.oscillator
    c.constant_ns = <int64_t>rint(time_since(own, c.at, peer.ns)
                                  - (<double><int64_t>(c.frame - peer.frame) + c.part) * peer.period)


cdef inline int64_t course_look(Course *c, const TimeLine *own, const Heard *heard, uint64_t at, int64_t awaited) \
        noexcept nogil:
    """V for own frame `at`, the next to be built; `awaited`: the peer's frame that must have come before that leaves.
    Gives by how many frames V was set anew, 0 when it was not."""
    cdef const TimeLine *peer = &heard.line
    cdef int64_t target = awaited - MARGIN
    cdef uint64_t frames
    cdef double off, slew = 0.0
    cdef bint traced = not heard.known or peer.oscillator == own.oscillator
    if not c.running:
        c.running = True
        c.at = at
        course_put(c, target, 0.0)
        if not traced:
            course_tie(c, own, peer)
        c.pace = 1.0 if traced else own.period / peer.period
        return 0
    frames = at - c.at
    off = <double>(target - <int64_t>c.frame) - c.part - <double>frames * c.pace
    if off > LONG:
        slew = 1e-6 * min((off - LONG) * SLEW_PPM_A_FRAME, <double>SLEW_PPM)
    elif off < -SHORT:
        slew = 1e-6 * max((off + SHORT) * SLEW_PPM_A_FRAME, -<double>SLEW_PPM)
    if traced:
        c.own = c.peer = 0
        course_put(c, <int64_t>(c.frame + frames), c.part + slew * <double>frames)
        c.at = at
        c.pace = 1.0 + slew
    else:
        if c.own != own.oscillator or c.peer != peer.oscillator:
            course_tie(c, own, peer)        # from where V was
        c.constant_ns -= <int64_t>rint(slew * <double>frames * peer.period)
        c.at = at
        course_put(c, <int64_t>peer.frame, time_since(own, at, peer.ns + <uint64_t>c.constant_ns) / peer.period)
        c.pace = own.period / peer.period + slew
    if -SHORTEST <= off <= LONGEST:
        return 0
    frames = c.frame
    course_put(c, target, 0.0)
    if not traced:
        course_tie(c, own, peer)
    return target - <int64_t>frames


cdef inline uint64_t course_limit(const Course *c, uint64_t given) noexcept nogil:
    """How many own frames may be built from here on before V comes to a frame that has not been given to the parser,
    `given` being the number of the first of those."""
    cdef double frames = (<double><int64_t>(given - c.frame) - c.part) / c.pace
    return <uint64_t>frames if frames > 0 else 0


cdef inline double course_ahead(const Course *c, uint64_t given) noexcept nogil:
    """How many frames, of which `given` is the number of the next, have been given to the parser beyond V."""
    return <double><int64_t>(given - c.frame) - c.part
