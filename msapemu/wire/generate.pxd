# cython: language_level=3
"""The octets of a VC behind a pointer that is made here (G.783 pointer processing, source side; G.707 8.1.6).

One code for AU-4, TU-3 and TU-12. The VC comes out of a `Store`: one that is built here, which has always enough and
moves the pointer by a sequence only, or a received one (a cross-connection), whose fill at virtual time moves it. At
most one move in four opportunities; where the stream does not go on, the new place is told with NDF; while nothing
comes, AIS goes out.
"""
from libc.stddef cimport size_t
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memset

from msapemu.wire.moves cimport M_DEC, M_INC, M_NDF, M_NONE, S_NONE, SPACING, Move, Mover, move_at
from msapemu.wire.pointers cimport (NDF_ENABLED, NDF_NORMAL, POINTER_AIS, POINTER_DECREMENT, POINTER_INCREMENT,
                                    pointer_word)
from msapemu.wire.store cimport Store, store_head, store_read, store_room

cdef struct Shape:
    # one of AU-4(-Xc), TU-3, TU-12
    int length                  # octets of the VC
    int unit                    # octets a pointer step moves
    int before                  # octets of an opportunity that come before the place of offset 0
    int lag                     # octets that an elastic store keeps in hand at virtual time
    int hysteresis              # octets about that in which the pointer rests

cdef struct Generator:
    Shape shape
    const Store *source         # NULL: nothing is to be sent, AIS
    Mover mover                 # of a VC that is built here
    uint64_t at                 # place in the stream of the octet that goes out next
    int phase                   # the same in its frame
    int place                   # and in the memory of the store
    uint32_t epoch              # of the source, when `at` was chosen
    bint running                # `at` holds
    int filler                  # octets without meaning that go out before the frame that begins at
    uint64_t filler_at          # this place
    uint8_t quiet               # opportunities since the last move, saturating
    uint64_t increments
    uint64_t decrements
    uint64_t new_data
    # the opportunity at hand
    uint16_t word
    bint ais
    Move move
    int takes                   # octets that it carries
    bint settled                # the next one is like it, unless it moves

cdef inline void generate_from(Generator *g, const Store *source) noexcept nogil:
    """Send this VC from the next opportunity on; one that is sent already goes on."""
    if g.source == source:
        return
    g.source = source
    g.running = False

cdef inline void generate_place(Generator *g, uint64_t at) noexcept nogil:
    """Go on from this place in the stream."""
    g.at = at
    g.phase = <int>(at % <uint64_t>g.shape.length)
    g.place = <int>(at % <uint64_t>store_room(g.source))

cdef inline void generate_advance(Generator *g, int n) noexcept nogil:
    """So many octets, no more than a frame, have gone out."""
    cdef int room = store_room(g.source)
    g.at += <uint64_t>n
    g.phase += n
    if g.phase >= g.shape.length:
        g.phase -= g.shape.length
    g.place += n
    if g.place >= room:
        g.place -= room

cdef inline void generate_start(Generator *g, const Store *source, unsigned pointer) noexcept nogil:
    """Send a VC that is built here, from its frame 1 on (frame 0 is zeros), with this pointer."""
    g.source = source
    generate_place(g, <uint64_t>(g.shape.length - (g.shape.before + g.shape.unit * <int>pointer) % g.shape.length))
    g.epoch = source.epoch
    g.running = True
    g.settled = False
    g.filler = 0
    g.quiet = 255

cdef inline bint generate_has(const Generator *g) noexcept nogil:
    """The source has all octets that an opportunity may take, and they are not yet overwritten."""
    cdef const Store *s = g.source
    cdef uint64_t head = store_head(s)
    return g.at + <uint64_t>(g.shape.length + g.shape.unit) <= head \
        and g.at + <uint64_t>(s.length * (s.slots - 1)) >= head

cdef inline uint64_t generate_behind(const Store *s, int turn, int turns) noexcept nogil:
    """The head of a received VC's stream at virtual time; turn of `turns` frames that are built together."""
    cdef double ahead = <double>(turns - 1 - turn)
    cdef double head
    if s.feed.paced:
        ahead = s.feed.ahead - <double>turn * s.feed.pace
    if s.waiting != NULL:
        ahead -= s.waiting[0]
    head = <double>store_head(s) - ahead * s.rate
    return <uint64_t>head if head > 0 else 0

cdef inline void generate_sync(Generator *g, uint64_t head) noexcept nogil:
    """Choose a place in the source's stream to go on from."""
    cdef uint64_t lag = <uint64_t>g.shape.lag
    if head < lag:
        return                  # so much has not come yet
    head -= lag
    generate_place(g, head - head % <uint64_t>g.shape.unit)
    g.epoch = g.source.epoch
    g.filler = 0
    g.running = generate_has(g)

cdef inline int generate_named(const Generator *g, uint64_t *start) noexcept nogil:
    """Octets from the place of offset 0 to the frame that the pointer names, and where in the stream that begins."""
    cdef int far = g.shape.length - g.phase if g.phase else 0
    cdef int filler = g.filler if g.filler and g.filler_at <= g.at + <uint64_t>far else 0
    if far + filler < g.shape.before:
        far += g.shape.length
        filler = g.filler if g.filler and g.filler_at <= g.at + <uint64_t>far else 0
    start[0] = g.at + <uint64_t>far
    return far + filler - g.shape.before

cdef inline Move generate_wants(Generator *g, uint64_t head) noexcept nogil:
    """What the fill of the elastic store asks for."""
    cdef int64_t fill = <int64_t>(head - g.at) - g.shape.lag
    if g.quiet < SPACING - 1:
        return M_NONE
    if fill > g.shape.hysteresis:
        return M_DEC
    if fill < -g.shape.hysteresis:
        return M_INC
    return M_NONE

cdef inline void generate_point(Generator *g, uint64_t number, int turn, int turns) noexcept nogil:
    """Opportunity `number`: choose the pointer word and how many octets go out behind it."""
    cdef const Store *s = g.source
    cdef uint64_t start, head = 0
    cdef int ahead, value
    cdef bint fresh = False
    if g.settled and g.running and s.feed == NULL and g.mover.sequence == S_NONE:
        if g.quiet < 255:
            g.quiet += 1
        return
    g.settled = False
    g.move = M_NONE
    g.takes = g.shape.length
    g.ais = s == NULL or s.failed or s.length != g.shape.length
    if not g.ais and s.feed != NULL:
        head = generate_behind(s, turn, turns)
        if not g.running or g.epoch != s.epoch or not generate_has(g):
            g.running = False
            generate_sync(g, head)
            fresh = True
    elif not g.ais and not g.running:
        # built here: from the frame that is complete next
        generate_place(g, s.number * <uint64_t>s.length)
        g.epoch = s.epoch
        g.filler = 0
        g.running = fresh = True
    if g.ais or not g.running:
        g.ais = True
        g.running = False
        g.word = POINTER_AIS
        return
    ahead = generate_named(g, &start)
    value = ahead if g.shape.unit == 1 else ahead // g.shape.unit
    if fresh:
        g.word = pointer_word(<unsigned>value, NDF_ENABLED)
        g.new_data += 1
        g.quiet = 0
        return
    g.move = move_at(&g.mover, number) if s.feed == NULL else generate_wants(g, head)
    if g.move == M_NDF and value == g.shape.length // g.shape.unit - 1:
        g.move = M_INC          # a new value of 0 would name a place in this opportunity, not in the next
    if g.quiet < 255:
        g.quiet += 1
    g.word = pointer_word(<unsigned>value, NDF_NORMAL)
    if g.move == M_NONE:
        g.settled = g.filler == 0
        return
    g.quiet = 0
    if g.move == M_NDF:
        g.filler = g.shape.unit
        g.filler_at = start
        g.word = pointer_word(<unsigned>(value + 1), NDF_ENABLED)
        g.new_data += 1
    elif g.move == M_INC:
        g.takes -= g.shape.unit
        g.word ^= POINTER_INCREMENT
        g.increments += 1
    else:
        g.takes += g.shape.unit
        g.word ^= POINTER_DECREMENT
        g.decrements += 1

cdef inline bint generate_lacks(const Generator *g, uint64_t frames) noexcept nogil:
    """A source that is built here must have more than so many frames before the octets are taken."""
    return frames * <uint64_t>g.shape.length < g.at + <uint64_t>g.takes

cdef inline void generate_take(Generator *g, uint8_t *out, int n) noexcept nogil:
    """The next `n` octets of the opportunity; all ones with AIS."""
    cdef int k
    if g.ais:
        memset(out, 0xff, <size_t>n)
        return
    while g.filler and g.at + <uint64_t>n > g.filler_at:
        k = <int>(g.filler_at - g.at)
        store_read(g.source, g.place, out, k)
        generate_advance(g, k)
        out += k
        n -= k
        k = g.filler if g.filler < n else n
        memset(out, 0, <size_t>k)
        g.filler -= k
        out += k
        n -= k
    store_read(g.source, g.place, out, n)
    generate_advance(g, n)

cdef inline const uint8_t *generate_run(Generator *g, int n) noexcept nogil:
    """The next `n` octets of the opportunity where they stand, when they stand together and nothing comes between;
    else NULL, and nothing is taken."""
    cdef const Store *s = g.source
    cdef const uint8_t *octets = s.octets + g.place
    if g.ais or g.filler or g.place + n > store_room(s):
        return NULL
    generate_advance(g, n)
    return octets
