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

from msapemu.wire.moves cimport M_DEC, M_INC, M_NDF, M_NONE, SPACING, Move, Mover, move_at
from msapemu.wire.pointers cimport (NDF_ENABLED, NDF_NORMAL, POINTER_AIS, POINTER_DECREMENT, POINTER_INCREMENT,
                                    pointer_word)
from msapemu.wire.store cimport Store, store_head, store_read

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

cdef inline void generate_from(Generator *g, const Store *source) noexcept nogil:
    """Send this VC from the next opportunity on; one that is sent already goes on."""
    if g.source == source:
        return
    g.source = source
    g.running = False

cdef inline void generate_start(Generator *g, const Store *source, unsigned pointer) noexcept nogil:
    """Send a VC that is built here, from its frame 1 on (frame 0 is zeros), with this pointer."""
    g.source = source
    g.at = <uint64_t>(g.shape.length - (g.shape.before + g.shape.unit * <int>pointer) % g.shape.length)
    g.epoch = source.epoch
    g.running = True
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
    g.at = head - lag
    g.at -= g.at % <uint64_t>g.shape.unit
    g.epoch = g.source.epoch
    g.filler = 0
    g.running = generate_has(g)

cdef inline int generate_named(const Generator *g, uint64_t *start) noexcept nogil:
    """Octets from the place of offset 0 to the frame that the pointer names, and where in the stream that begins."""
    cdef uint64_t length = <uint64_t>g.shape.length
    cdef uint64_t p = (g.at + length - 1) // length * length
    cdef int far = <int>(p - g.at) + (g.filler if g.filler_at <= p else 0)
    if far < g.shape.before:
        p += length
        far = <int>(p - g.at) + (g.filler if g.filler_at <= p else 0)
    start[0] = p
    return far - g.shape.before

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
        g.at = s.number * <uint64_t>s.length
        g.epoch = s.epoch
        g.filler = 0
        g.running = fresh = True
    if g.ais or not g.running:
        g.ais = True
        g.running = False
        g.word = POINTER_AIS
        return
    ahead = generate_named(g, &start)
    value = ahead // g.shape.unit
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

cdef inline uint64_t generate_needs(const Generator *g) noexcept nogil:
    """How many frames the source must have, when it is built here, before the octets are taken."""
    cdef uint64_t length = <uint64_t>g.shape.length
    return (g.at + <uint64_t>g.takes + length - 1) // length

cdef inline void generate_take(Generator *g, uint8_t *out, int n) noexcept nogil:
    """The next `n` octets of the opportunity; all ones with AIS."""
    cdef int k
    if g.ais:
        memset(out, 0xff, <size_t>n)
        return
    while g.filler and g.at + <uint64_t>n > g.filler_at:
        k = <int>(g.filler_at - g.at)
        store_read(g.source, g.at, out, k)
        g.at += <uint64_t>k
        out += k
        n -= k
        k = g.filler if g.filler < n else n
        memset(out, 0, <size_t>k)
        g.filler -= k
        out += k
        n -= k
    store_read(g.source, g.at, out, n)
    g.at += <uint64_t>n

cdef inline const uint8_t *generate_run(Generator *g, int n) noexcept nogil:
    """The next `n` octets of the opportunity where they stand, when they stand together and nothing comes between;
    else NULL, and nothing is taken."""
    cdef const Store *s = g.source
    cdef uint64_t start
    if g.ais or g.filler:
        return NULL
    start = g.at % (<uint64_t>s.slots * <uint64_t>s.length)
    if start + <uint64_t>n > <uint64_t>s.slots * <uint64_t>s.length:
        return NULL
    g.at += <uint64_t>n
    return s.octets + start
