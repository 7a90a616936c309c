# cython: language_level=3
"""The sink of a pseudowire: packets into an E1 (the CE-bound interworking function of RFC 4553, RFC 5086).

Packets stand in the jitter buffer at the place that their sequence number says, so order and duplicates do not matter,
and one that has not come when it is due is lost: filled in with as many bits as it had. Bits leave by virtual time,
256 in 125 us and a bit more or less now and then, so that the buffer stays at its target: with that the sender's clock
comes out, whatever the own one is. Only differences up to RATE_MOST are taken for clocks.

    PW_IDLE       nothing has come for a second, or ever
    PW_FILLING    the first packets have come, and wait until the buffer is at its target
    PW_PLAYING

`behind`: frames that the own loop is late with. What has come meanwhile waits, and is not taken for a fast sender.
"""
from libc.stdint cimport int16_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from msapemu.wire.bitqueue cimport BitQueue, bits_get, bits_get_few, bits_put, bits_put_few, bits_room, bits_waiting
from msapemu.wire.cesop_e1 cimport CesopE1, cesop_e1_begin, cesop_e1_frame
from msapemu.wire.pw cimport (
    FRG_FIRST, FRG_WHOLE, M_RDI, M_SIGNALLING, PW_BITS, PW_CESOP, PW_GOOD, PW_MALFORMED, PW_OCTETS, PW_RESERVED,
    PW_SATOP, PW_STRAY, SIGNAL_ABCD, SIGNAL_WORD, PwFormat, PwPacket, PwRemote, PwVerdict, pw_parse, pw_signals,
)
from msapemu.wire.status cimport LOPS, PW_AC_FAULT, PW_REMOTE_LOSS, defect_is, defect_put

cdef enum PwState:
    PW_IDLE = 0
    PW_FILLING = 1
    PW_PLAYING = 2

cdef enum:
    # packet loss state (RFC 4553 6.2.2; the defaults of RFC 5604)
    LOPS_PACKETS = 10           # lost in a row: entered
    LOPS_GOOD = 2               # good ones in a row: left
    # the failure that is reported (RFC 4553 6.3)
    FAILURE_SET = 20000         # frames, 2.5 s
    FAILURE_CLEAR = 80000       # 10 s
    RESTART_PACKETS = 10        # in a row that are far from where the buffer is, for
    RESTART_AFTER = 160         # frames (20 ms) and more: the sender has begun anew. What a sender sends at once after
    #                             a stall is late too, but it comes in one lump, with the next ones in their place
    RESTART_FRAMES = 8000       # without a packet
    STALL_FRAMES = 2000         # that the buffer holds beyond its jitter: 250 ms
    BUFFERS_MOST = 16384        # places; a quarter of the sequence numbers
    STEP_OCTETS = 256           # played at a time: 1 ms
    STEP_FRAMES = 8
    RATE_MOST = 200             # ppm: what is taken for the sender's clock

cdef enum PwFill:
    FILL_IDLE = 0               # CESoPSN: a lost packet is idle code,
    FILL_LAST = 1               # or what the one before was

cdef struct PwRxCounters:
    # uint64 only
    uint64_t packets            # well-formed ones
    uint64_t lost               # not there when they were due
    uint64_t late               # come after that
    uint64_t duplicates
    uint64_t reordered          # come after one with a higher number, in time
    uint64_t malformed
    uint64_t strays
    uint64_t reserved           # of a meaning that nobody knows
    uint64_t early              # beyond the buffer
    uint64_t underruns          # the buffer ran out
    uint64_t overruns           # too much was in it: what was too much is left out
    uint64_t overrun_packets    # so many packets in all
    uint64_t restarts           # starts of the buffer
    uint64_t faults             # played ones with L
    uint64_t losses             # received ones with R
    uint64_t signals            # of signalling
    uint64_t bits               # played that were received
    uint64_t filled             # played in the place of what was not
    uint64_t delay_us           # what the buffer held last
    uint64_t failure            # 1: the failure stands that LOPS becomes
    uint64_t defects            # bit mask

cdef enum:
    BUFFER_EMPTY = 0
    BUFFER_DATA = 1
    BUFFER_FAULT = 2

cdef struct PwBuffer:
    uint8_t state
    uint8_t m
    uint8_t fragment

cdef struct PwRx:
    PwRxCounters counters
    PwFormat f
    PwRemote *remote
    PwState state
    PwFill fill
    uint8_t idle                # code of idle timeslots
    uint8_t cas_idle            # ABCD of them
    bint rdi                    # M of what is played
    # the jitter buffer
    PwBuffer *buffer
    uint8_t *room               # `stride` octets a packet
    uint64_t buffers            # power of two
    uint64_t stride
    uint64_t next               # number of the packet that is played next; the sequence number and what it has run over
    uint64_t high               # beyond the highest that has come
    uint64_t misplaced          # packets in a row that were far from there,
    uint64_t misplaced_at       # since this frame
    uint64_t frames             # played
    uint64_t quiet              # frames since a packet came
    uint64_t good               # packets in a row
    uint64_t lost               # in a row
    uint64_t faulty_frames      # of LOPS, or without it while the failure stands
    int64_t target              # bits
    # what is being played
    BitQueue play
    uint64_t seen               # `high` when the loop looked last
    double off                  # bits that the buffer was off its target then
    double owed                 # bits
    double rate                 # bits a frame beyond PW_BITS: what the sender's clock is off by
    double gain                 # of the loop: bits a frame for a bit that the buffer is off its target; 0: no loop
    # CESoPSN
    CesopE1 *e1                 # that comes out
    uint8_t abcd[32]
    uint8_t last[1440]          # of the packet before

cdef inline void pw_rx_init(PwRx *r, PwRemote *remote, uint64_t jitter_frames, uint64_t loop_frames) noexcept nogil:
    """`f`, `fill`, idle codes, the buffer (pw_buffers) and `play` are the caller's; everything else is zero.

    A packet may be `jitter_frames` later than the first one was. `loop_frames`: in about that time the loop takes the
    buffer back to its target; 0: the own clock is the sender's.
    """
    r.remote = remote
    r.target = <int64_t>(PW_BITS * jitter_frames + r.f.bits)
    r.gain = 1.0 / loop_frames if loop_frames else 0.0
    memset(r.abcd, r.cas_idle, 32)
    memset(r.last, r.idle, 1440)

cdef inline uint64_t pw_buffers(const PwFormat *f, uint64_t jitter_frames) noexcept nogil:
    """Places that the buffer needs."""
    cdef uint64_t n = 16, frames = 4 * jitter_frames + STALL_FRAMES
    while n < BUFFERS_MOST and n * f.bits < PW_BITS * frames:
        n <<= 1
    return n

cdef inline uint64_t pw_stride(const PwFormat *f) noexcept nogil:
    return f.payload + pw_signals(f, FRG_WHOLE)

# ---------------------------------------------------------------- packets come

cdef inline void pw_restart(PwRx *r, uint16_t sequence) noexcept nogil:
    cdef uint64_t i
    for i in range(r.buffers):
        r.buffer[i].state = BUFFER_EMPTY
    r.next = r.high = (<uint64_t>1 << 32) + sequence
    r.misplaced = r.seen = 0
    r.owed = r.off = 0
    r.state = PW_FILLING
    r.counters.restarts += 1

cdef inline void pw_signals_take(PwRx *r, const PwPacket *p) noexcept nogil:
    """Application states: the newest word of a timeslot counts."""
    cdef const uint8_t *at = p.payload
    cdef uint32_t i
    r.counters.signals += 1
    for i in range(r.f.slots):
        if SIGNAL_ABCD <= at[0] < SIGNAL_ABCD + 16:
            r.abcd[r.f.slot[i]] = at[0] - SIGNAL_ABCD
        at += SIGNAL_WORD

cdef inline bint pw_misplaced(PwRx *r, uint64_t *counter) noexcept nogil:
    """One more packet that is far from the buffer's place: whether the sender has begun anew."""
    counter[0] += 1
    if r.misplaced == 0:
        r.misplaced_at = r.frames
    r.misplaced += 1
    return r.misplaced >= RESTART_PACKETS and r.frames - r.misplaced_at >= RESTART_AFTER

cdef inline uint64_t pw_place(PwRx *r, uint16_t sequence) noexcept nogil:
    """The number of a packet; 0: it is not for the buffer."""
    cdef int64_t off
    cdef uint64_t number
    if r.state == PW_IDLE:
        pw_restart(r, sequence)
    off = <int16_t>(sequence - <uint16_t>r.next)
    number = r.next + off
    if off < 0 and r.state == PW_FILLING and r.high - number <= r.buffers:
        r.next = number                 # nothing has been played yet
    elif off < 0:
        if not pw_misplaced(r, &r.counters.late):
            return 0
        pw_restart(r, sequence)
        return r.next
    elif off >= <int64_t>r.buffers:
        if not pw_misplaced(r, &r.counters.early):
            return 0
        pw_restart(r, sequence)
        return r.next
    r.misplaced = 0
    return number

cdef inline PwVerdict pw_take(PwRx *r, const uint8_t *octets, uint64_t length) noexcept nogil:
    """One datagram that came."""
    cdef PwPacket p
    cdef PwBuffer *b
    cdef uint64_t number
    cdef PwVerdict verdict = pw_parse(&r.f, octets, length, &p)
    if verdict != PW_GOOD:
        r.counters.malformed += verdict == PW_MALFORMED
        r.counters.strays += verdict == PW_STRAY
        r.counters.reserved += verdict == PW_RESERVED
        return verdict
    r.counters.packets += 1
    r.counters.losses += p.loss
    if p.m == M_SIGNALLING:
        pw_signals_take(r, &p)
        return PW_GOOD
    number = pw_place(r, p.sequence)
    if number == 0:
        return PW_GOOD
    b = &r.buffer[number & (r.buffers - 1)]
    if b.state != BUFFER_EMPTY:
        r.counters.duplicates += 1
        return PW_GOOD
    r.quiet = 0
    if number >= r.high:
        r.high = number + 1
        defect_put(&r.counters.defects, PW_REMOTE_LOSS, p.loss)
    else:
        r.counters.reordered += 1
    b.state = BUFFER_FAULT if p.fault else BUFFER_DATA
    b.m = <uint8_t>p.m
    b.fragment = <uint8_t>p.fragment
    memcpy(r.room + (number & (r.buffers - 1)) * r.stride, p.payload, p.octets)
    return PW_GOOD

# ---------------------------------------------------------------- frames of CESoPSN

cdef inline void cesop_frames(PwRx *r, const uint8_t *payload) noexcept nogil:
    """Frames of the E1 with the timeslots of a packet in them; NULL: without."""
    cdef uint8_t row[32]
    cdef uint32_t _i, k
    for _i in range(r.f.frames):
        memset(row, r.idle, PW_OCTETS)
        if payload != NULL:
            for k in range(r.f.slots):
                row[r.f.slot[k]] = payload[k]
            payload += r.f.slots
        cesop_e1_frame(r.e1, row, r.rdi, r.abcd)
        bits_put(&r.play, row, PW_OCTETS)

cdef inline void cesop_abcd(PwRx *r, const uint8_t *signals) noexcept nogil:
    """The signalling substructure of a multiframe."""
    cdef uint32_t i
    for i in range(r.f.slots):
        r.abcd[r.f.slot[i]] = signals[i >> 1] & 0x0f if i & 1 else signals[i >> 1] >> 4

cdef inline void cesop_play(PwRx *r, const PwBuffer *b, const uint8_t *payload) noexcept nogil:
    """A packet that has come."""
    r.rdi = b.m == M_RDI
    if b.state == BUFFER_FAULT:
        cesop_frames(r, NULL)
        return
    if r.f.cas and (b.fragment == FRG_WHOLE or b.fragment == FRG_FIRST):
        cesop_e1_begin(r.e1)
    if pw_signals(&r.f, b.fragment):
        cesop_abcd(r, payload + r.f.payload)
    if r.fill == FILL_LAST:
        memcpy(r.last, payload, r.f.payload)
    cesop_frames(r, payload)

# ---------------------------------------------------------------- bits leave

cdef inline void pw_lose(PwRx *r) noexcept nogil:
    """A packet is not there."""
    r.good = 0
    r.lost += 1
    if r.lost == LOPS_PACKETS:
        defect_put(&r.counters.defects, LOPS, True)
        defect_put(&r.counters.defects, PW_AC_FAULT, False)
        defect_put(&r.counters.defects, PW_REMOTE_LOSS, False)
        r.remote.loss = True
        memset(r.abcd, r.cas_idle, 32)

cdef inline void pw_find(PwRx *r, bint fault) noexcept nogil:
    """A packet is there."""
    r.lost = 0
    r.good += 1
    if r.good == LOPS_GOOD:
        defect_put(&r.counters.defects, LOPS, False)
        r.remote.loss = False
    r.counters.faults += fault
    defect_put(&r.counters.defects, PW_AC_FAULT, fault)

cdef inline void pw_fill_in(PwRx *r) noexcept nogil:
    """In the place of a packet: ones (RFC 4553 6.2.2); of CESoPSN idle code, or the packet before (RFC 5086 5.2)."""
    cdef uint8_t ones[1440]
    r.counters.filled += r.f.bits
    if r.f.kind == PW_SATOP:
        memset(ones, 0xff, r.f.payload)
        bits_put(&r.play, ones, r.f.payload)
        return
    r.rdi = False
    cesop_frames(r, r.last if r.fill == FILL_LAST and r.lost < LOPS_PACKETS else NULL)

cdef inline void pw_next(PwRx *r) noexcept nogil:
    """Put the bits of the next packet into `play`."""
    cdef PwBuffer *b = &r.buffer[r.next & (r.buffers - 1)]
    cdef uint8_t *payload = r.room + (r.next & (r.buffers - 1)) * r.stride
    if r.state != PW_PLAYING:
        pw_fill_in(r)
        return
    r.counters.underruns += r.next == r.high
    r.next += 1
    if b.state == BUFFER_EMPTY:
        r.counters.lost += 1
        pw_lose(r)
        pw_fill_in(r)
        return
    pw_find(r, b.state == BUFFER_FAULT)
    if r.f.kind == PW_CESOP:
        cesop_play(r, b, payload)
        r.counters.bits += r.f.bits
    elif b.state == BUFFER_FAULT:
        pw_fill_in(r)
    else:
        bits_put(&r.play, payload, r.f.payload)
        r.counters.bits += r.f.bits
    b.state = BUFFER_EMPTY

cdef inline int64_t pw_level(const PwRx *r, uint64_t behind) noexcept nogil:
    """Bits in the buffer, but for those that are late by no fault of the sender's."""
    return (<int64_t>(r.high - r.next)) * r.f.bits + <int64_t>bits_waiting(&r.play) - <int64_t>(PW_BITS * behind)

cdef inline void pw_skip(PwRx *r, int64_t level) noexcept nogil:
    """Far too much is in the buffer: leave out packets, down to the target."""
    cdef int64_t n = (level - r.target) // r.f.bits
    r.counters.overruns += 1
    r.off = 0
    while n > 0 and r.next < r.high:
        r.buffer[r.next & (r.buffers - 1)].state = BUFFER_EMPTY
        r.next += 1
        r.counters.overrun_packets += 1
        n -= 1

cdef inline void pw_steer(PwRx *r, int64_t level, uint64_t frames) noexcept nogil:
    """The loop, for so many frames: proportional and integral, critically damped. Bits owed add up in `owed`. The
    buffer is looked at when a packet has come; one that has not says nothing about the sender's clock."""
    cdef double most = RATE_MOST * 1e-6 * PW_BITS
    if r.gain == 0:
        return
    if r.high > r.seen:
        r.seen = r.high
        r.off = <double>max(-r.target, min(r.target, level - r.target))
    elif r.quiet * PW_BITS > 2 * r.f.bits:
        r.off = 0
    r.rate += 0.25 * r.gain * r.gain * r.off * frames
    r.rate = max(-most, min(most, r.rate))
    r.owed += max(-most, min(most, r.rate + r.gain * r.off)) * frames

cdef inline void pw_look(PwRx *r, uint64_t frames, uint64_t behind) noexcept nogil:
    """Before so many frames are played: does the buffer start, stop, or hold too much?"""
    cdef int64_t level = pw_level(r, behind)
    r.frames += frames
    r.quiet += frames
    r.counters.delay_us = <uint64_t>max(level, <int64_t>0) * 125 // PW_BITS
    if r.quiet >= RESTART_FRAMES:
        r.state = PW_IDLE
    if r.state == PW_FILLING and level >= r.target:
        r.state = PW_PLAYING
    if r.state != PW_PLAYING:
        # packets are awaited, and are as good as lost
        if r.lost < LOPS_PACKETS and r.quiet * PW_BITS >= (r.lost + 1) * r.f.bits:
            pw_lose(r)
        return
    if level > 2 * r.target + <int64_t>(2 * r.f.bits + STEP_FRAMES * PW_BITS):
        pw_skip(r, level)
    else:
        pw_steer(r, level, frames)

cdef inline void pw_persist(PwRx *r, uint64_t frames) noexcept nogil:
    """The failure: LOPS that stands for FAILURE_SET, until it has been away for FAILURE_CLEAR."""
    if defect_is(r.counters.defects, LOPS) == (r.counters.failure != 0):
        r.faulty_frames = 0
        return
    r.faulty_frames += frames
    if r.faulty_frames >= <uint64_t>(FAILURE_CLEAR if r.counters.failure else FAILURE_SET):
        r.counters.failure ^= 1
        r.faulty_frames = 0

cdef inline void pw_move(PwRx *r, BitQueue *out, uint64_t octets, int more) noexcept nogil:
    """So many octets, and some bits more or less, from `play` to `out`."""
    cdef uint8_t room[256]
    while bits_waiting(&r.play) < 8 * octets + more:
        pw_next(r)
    if bits_room(out) < 8 * octets + more:
        out.overflows += 1
        r.play.head += 8 * octets + more
        return
    if more:
        octets -= 1
        bits_put_few(out, bits_get_few(&r.play, 8 + more), 8 + more)
    bits_get(&r.play, room, octets)
    bits_put(out, room, octets)

cdef inline void pw_play(PwRx *r, BitQueue *out, uint64_t frames, uint64_t behind) noexcept nogil:
    """So many times 125 us of the E1 into `out`; `behind`: frames that are due already and are played later."""
    cdef uint64_t n
    cdef int more
    while frames:
        n = min(frames, <uint64_t>STEP_FRAMES)
        frames -= n
        pw_look(r, n, behind + frames)
        pw_persist(r, n)
        more = <int>r.owed
        more = max(-4, min(4, more))
        r.owed -= more
        pw_move(r, out, PW_OCTETS * n, more)
