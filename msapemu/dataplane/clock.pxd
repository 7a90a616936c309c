# cython: language_level=3
"""Virtual time: the shelf's frame clock (DESIGN 5a). No I/O; the time is an argument.

A frame of STM-1 is 125 us and time is counted in frames. `Clock.due` says how many frames should have left by now:
by the own oscillator (CLOCK_MONOTONIC, `rate`) on a free-running shelf, by the frame numbers of the reference on a
line-timed one, and by the last rate measured while the reference is silent (holdover). `Clock.frame` says how many
have left. Frame n may leave once every input in service has reached n - jitter, so a stall of a neighbour holds the
shelf back instead of making it invent octets.

Each peer counts its own frames; `Input.offset` maps its numbers on ours. It is set when the first frames of a session
come (`anchor`); it goes back at once when frames come earlier than that (they are late by what the machines add, never
early), and forth once a second by the least gap of that second (`re-centre`): that follows two oscillators that differ,
while a stall, which passes, moves nothing.

What leaves when is one thing, what it belongs to another: pointers and slips come from the virtual times of frames
(timeline.pxd), in which there are no arrivals. `Clock.time` is the shelf's own line of them, `Input.heard` a peer's,
and `Input.course` says which frame of the peer belongs to the own one that is built next.
"""
from libc.stdint cimport INT64_MAX, int64_t, uint32_t, uint64_t

from msapemu.dataplane.timeline cimport (
    Course, Heard, TimeLine, course_look, time_base, time_of,
)

cdef enum:
    POINTS = 16             # seconds over which the reference's rate is measured
    WINDOW = 8000           # frames between two points and between two re-centrings: one second
    BACKLOG = 8000          # frames; what a shelf was late beyond this is given up
    MULTIFRAME = 4          # frames (G.707 8.3.8)

cdef struct Input:
    bint in_service         # set by the link: frames come, or the peer says that it waits
    bint anchored
    bint stuck              # alive without progress for so long that nobody waits for it any more
    uint64_t reached        # peer's number after the newest frame received
    int64_t offset          # peer's number + offset = own number
    int64_t least_gap       # of the running window
    uint64_t window_end     # own frame
    uint64_t progress       # `reached` at the last look
    uint64_t stuck_ns
    uint64_t patience_ns
    Heard heard
    Course course

cdef struct Clock:
    uint64_t frame          # frames that have left
    uint64_t due            # frames that should have left; never goes back
    uint64_t jitter         # frames
    uint64_t skipped        # frames given up
    bint line_timed
    bint holdover
    # the own oscillator, or what stands in for it: due = base_frame + rate * (now - base_ns)
    double rate             # frames a ns
    double base_frame
    uint64_t base_ns
    # what is learned from the reference: the least delayed arrival of each second
    double nominal          # frames a ns, the own oscillator's
    bint window_open
    uint64_t window_end     # own frame
    double best_phase
    uint64_t best_ns
    uint64_t best_frame
    uint64_t points_ns[POINTS]
    uint64_t points_frame[POINTS]
    uint64_t points         # ever taken
    # virtual time
    uint32_t oscillator     # the own one
    TimeLine time
    bint followed           # it is the reference's, moved by `followed_offset` frames and `shift_ns`
    int64_t followed_offset
    int64_t shift_ns


cdef inline double clock_rate(double ppm) noexcept nogil:
    """Frames a nanosecond of an oscillator that is `ppm` off."""
    return 8e-6 * (1.0 + ppm * 1e-6)


cdef inline double frame_ns(double rate) noexcept nogil:
    """Virtual nanoseconds of a frame at so many frames a nanosecond."""
    return 1.0 / rate


cdef inline void clock_start(Clock *c, uint64_t now_ns, double rate, uint32_t oscillator) noexcept nogil:
    """Frame 0 is due now. `oscillator` is a random number, never 0: what others know this one by."""
    c.frame = c.due = c.skipped = 0
    c.rate = c.nominal = rate
    c.base_frame = 0.0
    c.base_ns = now_ns
    c.points = 0
    c.window_open = False
    c.line_timed = c.holdover = False
    c.jitter = 16
    c.oscillator = c.time.oscillator = oscillator
    c.time.frame = 0
    c.time.ns = now_ns
    c.time.fraction = 0.0
    c.time.period = frame_ns(rate)
    c.followed = False


cdef inline uint64_t clock_own(const Clock *c, uint64_t now_ns) noexcept nogil:
    """Frames due by the own oscillator."""
    cdef double frames = c.base_frame + c.rate * <double>(<int64_t>(now_ns - c.base_ns))
    return <uint64_t>frames if frames > 0 else 0


cdef inline void clock_set(Clock *c, uint64_t now_ns, bint line_timed, double rate, uint64_t jitter) noexcept nogil:
    """New settings from now on, without a step."""
    cdef double frames = c.base_frame + c.rate * <double>(<int64_t>(now_ns - c.base_ns))
    c.jitter = jitter
    if c.line_timed == line_timed and (line_timed or c.nominal == rate):
        c.nominal = rate
        return
    # a shelf that was line-timed may stand above its own line; it must not wait until that has caught up
    if frames < <double>c.due:
        frames = <double>c.due
    c.base_frame = frames
    c.base_ns = now_ns
    c.rate = c.nominal = rate
    c.line_timed = line_timed
    if not line_timed:
        time_base(&c.time, c.frame)
        c.time.oscillator = c.oscillator
        c.time.period = frame_ns(rate)
        c.followed = False
    c.holdover = line_timed
    c.points = 0
    c.window_open = False


cdef inline void clock_learn(Clock *c, uint64_t now_ns, uint64_t frame) noexcept nogil:
    """The reference stands at `frame`. Arrivals come late by what the machines add, so the earliest of each second
    counts; the rate is the slope over the last POINTS seconds, held within 500 ppm of the own oscillator."""
    cdef double phase = <double>frame - c.rate * <double>(<int64_t>(now_ns - c.base_ns)) - c.base_frame
    cdef uint64_t newest, oldest
    cdef double rate
    if not c.window_open:
        c.window_open = True
        c.window_end = frame + WINDOW
        c.best_phase = phase
        c.best_ns = now_ns
        c.best_frame = frame
        if c.points == 0:
            c.base_ns = now_ns
            c.base_frame = <double>frame
            c.best_phase = 0
        return
    if phase > c.best_phase:
        c.best_phase = phase
        c.best_ns = now_ns
        c.best_frame = frame
        if c.points == 0:
            # nothing better is known than what has come so far
            c.base_ns = now_ns
            c.base_frame = <double>frame
            c.best_phase = 0
    if frame < c.window_end:
        return
    c.window_open = False
    newest = c.points % POINTS
    c.points_ns[newest] = c.best_ns
    c.points_frame[newest] = c.best_frame
    c.points += 1
    oldest = c.points % POINTS if c.points > POINTS else 0
    if c.points > 1 and c.points_ns[newest] > c.points_ns[oldest]:
        rate = <double>(c.points_frame[newest] - c.points_frame[oldest]) \
            / <double>(c.points_ns[newest] - c.points_ns[oldest])
        c.rate = max(min(rate, c.nominal * 1.0005), c.nominal * 0.9995)
    c.base_ns = c.best_ns
    c.base_frame = <double>c.best_frame


cdef inline void clock_follow(Clock *c, const Input *reference) noexcept nogil:
    """The own time line is the reference's, without a step: what one is called is no concern of the other."""
    cdef const TimeLine *peer = &reference.heard.line
    cdef int64_t at
    if not reference.heard.known:
        c.followed = False
        return
    if not c.followed or c.followed_offset != reference.offset or c.time.oscillator != peer.oscillator:
        at = <int64_t>c.frame - reference.offset
        c.shift_ns = <int64_t>(time_of(&c.time, c.frame) - time_of(peer, <uint64_t>at))
        c.followed_offset = reference.offset
        c.followed = True
    c.time = peer[0]
    c.time.frame = <uint64_t>(<int64_t>peer.frame + reference.offset)
    c.time.ns += <uint64_t>c.shift_ns


cdef inline void clock_look(Clock *c, uint64_t now_ns, Input *reference) noexcept nogil:
    """Move `due` on to now. `reference` NULL: free-running."""
    cdef uint64_t due
    cdef uint64_t late
    cdef bint follows = reference != NULL and reference.in_service and reference.anchored and not reference.stuck
    if follows:
        due = reference.reached + reference.offset
    else:
        due = clock_own(c, now_ns)
    if due > c.frame + BACKLOG:
        late = due - c.frame - BACKLOG
        if follows:
            reference.offset -= late
        else:
            c.base_frame -= <double>late
        if due - late > c.due:
            c.skipped += late
        due -= late
    if follows:
        clock_learn(c, now_ns, due)
        clock_follow(c, reference)
    else:
        c.followed = False
        time_base(&c.time, c.frame)
    c.holdover = c.line_timed and not follows
    if due > c.due:
        c.due = due


cdef inline bint input_follow(Input *i, Clock *c, uint64_t now_ns, uint64_t passed_ns, bint is_reference) \
        noexcept nogil:
    """Look at an input after `clock_look`; `passed_ns` have passed since the last look. True: newly anchored."""
    cdef int64_t gap
    cdef uint64_t expected
    cdef bint anchored_now = False
    if not i.in_service:
        i.anchored = i.stuck = False
        i.stuck_ns = 0
        return False
    if i.reached != i.progress:
        i.progress = i.reached
        i.stuck_ns = 0
        if i.stuck:
            i.stuck = i.anchored = False
    else:
        i.stuck_ns += passed_ns
        if i.stuck_ns > i.patience_ns:
            i.stuck = True
    if i.stuck:
        return False
    if not i.anchored:
        i.anchored = anchored_now = True
        i.offset = <int64_t>c.due - <int64_t>i.reached
        i.least_gap = INT64_MAX
        i.window_end = c.frame + WINDOW
        if is_reference:
            # in step with the peer's TU multiframes: a VC-12 that comes whole in a tick can be answered in it
            i.offset += -i.offset & (MULTIFRAME - 1)
            c.due = <uint64_t>(<int64_t>i.reached + i.offset)
            c.points = 0
            c.window_open = False
    if is_reference:
        return anchored_now
    # a reference that stalls holds `due`, which says nothing about the other inputs
    expected = max(c.due, clock_own(c, now_ns)) if c.line_timed else c.due
    gap = <int64_t>expected - <int64_t>i.reached - i.offset
    if gap < 0:
        i.offset += gap
        gap = 0
    if gap < i.least_gap:
        i.least_gap = gap
    if c.frame >= i.window_end:
        i.offset += i.least_gap
        i.least_gap = INT64_MAX
        i.window_end = c.frame + WINDOW
    return anchored_now


cdef inline uint64_t input_limit(const Input *i, const Clock *c, uint64_t target) noexcept nogil:
    """How many frames may have left as far as this input says: at most `target`, but never fewer than have."""
    cdef int64_t limit
    if not i.in_service or not i.anchored or i.stuck:
        return target
    limit = <int64_t>i.reached + i.offset + <int64_t>c.jitter
    if limit < <int64_t>c.frame:
        return c.frame
    return <uint64_t>limit if <uint64_t>limit < target else target


cdef inline int64_t input_course(Input *i, Clock *c, uint64_t delay) noexcept nogil:
    """Where V is for the frame that is built next; `delay` frames of the peer lie in the line. After `input_follow`.
    Gives by how many frames it was set anew, 0: it was not."""
    if not i.in_service or not i.anchored or i.stuck:
        i.course.running = False
        return 0
    return course_look(&i.course, &c.time, &i.heard, c.frame,
                       <int64_t>c.frame - i.offset - <int64_t>c.jitter - <int64_t>delay)
