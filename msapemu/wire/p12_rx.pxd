# cython: language_level=3
"""Termination of an E1, sink (P12s_TT_Sk, G.705; G.706): alignment, CRC-4, alarms, and the frames.

                 FOUND       LOST   MFAS        TIMEOUT            FALSE   MOVED
    HUNT         SEARCH, or  -      -           -                  -       -
                 BASIC without CRC-4
    BASIC        -           HUNT   -           -                  -       -
    SEARCH       -           HUNT   MULTIFRAME  BASIC, or HUNT     -       -
                                                without annex B
    MULTIFRAME   -           HUNT   -           -                  HUNT    SEARCH

FOUND: frame alignment; LOST: three errored FAS in a row; MFAS: the multiframe alignment signal twice within 8 ms;
TIMEOUT: 400 ms without that; FALSE: 915 of 1000 sub-multiframes errored; MOVED: four wrong multiframe alignment signals
in a row, as after a slip by half a multiframe, which CRC-4 does not see.

In SEARCH the frames go on as they are aligned, while other places that look like a FAS are tried beside (annex B):
every 8 ms the next. When the multiframe is found at one of them, alignment moves there.

What comes is taken in runs of 256 bits: frames once there is alignment, anything before that. Every run becomes a row
of 32 octets in `rows`, ones (AIS) in the place of what is not aligned.

Frames that are as they should be, and after which nothing is decided, are taken many at a time (`p12_frames`); all
others one by one (`p12_step`).
"""
from libc.stdint cimport uint8_t, uint16_t, uint64_t
from libc.string cimport memcpy, memmove, memset

from msapemu.wire.bearer cimport Bearer, bearer_los
from msapemu.wire.bitqueue cimport BitQueue, bits_get, bits_load64, bits_peek, bits_waiting
from msapemu.wire.cas cimport CasRx, cas_lose, cas_take
from msapemu.wire.crc4 cimport crc4, crc4_frames
from msapemu.wire.p12 cimport (BASIC, CAS_SLOT, CRC4, E_FIRST, FAS, FAS_MASK, FRAME_BITS, MFAS_BITS, MFAS_LAST,
                               MFAS_MASK, MF_FRAMES, NFAS, REMOTE_ALARM, SA_BITS, SI, SMF_FRAMES, ST_BASIC, ST_HUNT,
                               ST_MULTIFRAME, ST_SEARCH, ST_UNFRAMED, TIMESLOTS, UNFRAMED, FrameState, Framing,
                               P12Counters, P12Remote)
from msapemu.wire.p12_hunt cimport (HUNT_AHEAD, MFAS_WINDOW, PLACES, Hunt, Mfas, hunt_choose, hunt_next, hunt_row,
                                    hunt_start, mfas_start, mfas_take, popcount64)
from msapemu.wire.status cimport (CAS_AIS, CAS_LOM, CAS_RAI, P12_AIS, P12_LOF, P12_LOM, P12_LOS, P12_RAI, EventLog,
                                  defect_is, defect_set)

cdef enum:
    FAS_LOST = 3                # errored FAS in a row (G.706 4.1.1)
    AIS_ZEROS = 2               # at most so many in 512 bits, twice in a row (G.775 5.2): AIS; with more, twice: none
    AIS_PERIODS = 2
    HUNTED_AGAIN = 16           # runs: 2 ms
    RAI_FRAMES = 5              # odd frames in a row with another A before it counts (2..5 in use)
    CRC_LIMIT = 915             # of CRC_WINDOW (G.706 4.3.2)
    CRC_WINDOW = 1000
    MFAS_MOVED = 4              # wrong multiframe alignment signals in a row
    SEARCH_FRAMES = 3200        # 400 ms (G.706 annex B)
    E_SILENT = 990              # of 1000 E bits that are 0, in each of E_SECONDS: the far end has no multiframe of ours
    E_SECONDS = 5
    BESIDE_LEVEL = 2            # of the search: a place beside has had the FAS three times
    SSM_SAME = 3                # nibbles in a row
    SSM_NONE = 16
    P12_ROWS = 256              # received frames that are kept: 32 ms
    WINDOW_OCTETS = 160         # 1280 bits: a double frame, and what a place beside it reaches into

cdef enum FrameEvent:
    EV_FOUND = 0
    EV_LOST = 1
    EV_MFAS = 2
    EV_TIMEOUT = 3
    EV_FALSE = 4
    EV_MOVED = 5

cdef struct P12Rx:
    P12Counters counters        # all but tx_frames
    P12Remote *far
    # settings
    Framing framing
    bint interworking           # with a far end without CRC-4 (annex B)
    bint cas_wanted
    bint stepwise               # frames are taken one by one, as they are where anything is to be decided (for tests)
    int ssm_bit                 # Sa4..Sa8 by number; 0: none is read
    # alignment
    FrameState state
    uint64_t skip               # bits to be thrown away before the next run
    bint even                   # the next frame is one with a FAS
    unsigned wrong              # errored FAS in a row
    uint64_t hunted             # runs since it was lost
    bint doubted                # the alignment before was false: others are tried first
    Hunt hunt
    # SEARCH
    uint64_t searched           # frames
    Mfas mfas
    int beside                  # another place that is tried, in bits behind the frame with the FAS; -1: none
    uint64_t beside_frames
    unsigned beside_wrong
    Mfas beside_mfas
    uint8_t window[160]         # the last 1280 bits, the frame with the FAS at 0
    # MULTIFRAME
    uint8_t frame               # of the multiframe, that comes next
    uint8_t rest                # of this sub-multiframe so far
    uint8_t mfas_bits           # Si of odd frames, newest lowest
    uint8_t mfas_wrong          # signals in a row
    bint smf_whole              # from its first frame on
    uint8_t crc                 # of the one before
    bint crc_known
    uint8_t c_bits              # received in this one
    uint64_t window_blocks
    uint64_t window_errors
    uint16_t e_zeros            # of the last `e_taken`
    uint16_t e_taken
    uint8_t e_silent            # seconds in a row
    # alarms
    unsigned zeros              # in this half of 512 bits, up to AIS_ZEROS + 1
    bint half
    uint8_t ais_same            # periods in a row that say the contrary of what is held
    uint8_t a_same
    uint8_t ssm_bits            # of this half of a multiframe
    uint8_t ssm_last
    uint8_t ssm_times
    CasRx cas
    # frames
    uint8_t rows[256][32]
    uint64_t head               # rows ever written
    int last                    # frame of the multiframe that the newest row is; -1: of none

# ---------------------------------------------------------------- states

cdef inline FrameState p12_next(const P12Rx *r, FrameEvent event) noexcept nogil:
    """The table."""
    if r.state == ST_HUNT:
        if event == EV_FOUND:
            return ST_SEARCH if r.framing == CRC4 else ST_BASIC
    elif r.state == ST_SEARCH:
        if event == EV_MFAS:
            return ST_MULTIFRAME
        if event == EV_TIMEOUT:
            return ST_BASIC if r.interworking else ST_HUNT
        if event == EV_LOST:
            return ST_HUNT
    elif r.state == ST_BASIC:
        if event == EV_LOST:
            return ST_HUNT
    elif r.state == ST_MULTIFRAME:
        if event == EV_LOST or event == EV_FALSE:
            return ST_HUNT
        if event == EV_MOVED:
            return ST_SEARCH
    return r.state

cdef inline void p12_event(P12Rx *r, FrameEvent event) noexcept nogil:
    """Go to the next state, with what a state begins with."""
    cdef FrameState before = r.state
    r.state = p12_next(r, event)
    if r.state == before:
        return
    r.wrong = 0
    if r.state == ST_HUNT:
        r.counters.losses += event == EV_LOST
        r.counters.false_alignments += event != EV_LOST
        r.doubted = event != EV_LOST
        r.hunted = 0
        hunt_start(&r.hunt)
        cas_lose(&r.cas)
        r.cas.ais = False
        r.ssm_times = 0
        r.counters.ssm = SSM_NONE
    elif r.state == ST_SEARCH or before == ST_HUNT:
        r.counters.aligned += before == ST_HUNT
        r.searched = r.beside_frames = 0
        r.beside = -1
        mfas_start(&r.mfas)
        hunt_start(&r.hunt)
    elif r.state == ST_MULTIFRAME:
        r.frame = MFAS_LAST + 1
        r.crc_known = r.smf_whole = False
        r.mfas_wrong = 0
        r.window_blocks = r.window_errors = 0
        r.e_zeros = r.e_taken = r.e_silent = 0

cdef inline bint p12_aligned(const P12Rx *r) noexcept nogil:
    """The rows are frames. With CRC-4 and without annex B, only those of a multiframe."""
    return r.state >= ST_BASIC and not (r.state == ST_SEARCH and not r.interworking)

# ---------------------------------------------------------------- alarms

cdef inline void p12_zeros(P12Rx *r, const uint8_t *row) noexcept nogil:
    """Those of one more row, as far as they matter."""
    cdef int w
    for w in range(4):
        if r.zeros > AIS_ZEROS:
            break
        r.zeros += 64 - popcount64(bits_load64(row + 8 * w))

cdef inline void p12_ais(P12Rx *r, const uint8_t *row, bint los, EventLog *log, int obj) noexcept nogil:
    """Count zeros, by 512 bits."""
    cdef bint ais = defect_is(r.counters.defects, P12_AIS)
    if los:
        r.zeros = r.ais_same = 0
        return
    p12_zeros(r, row)
    r.half = not r.half
    if r.half:
        return
    if (r.zeros <= AIS_ZEROS) == ais:
        r.ais_same = 0
    else:
        r.ais_same += 1
        if r.ais_same == AIS_PERIODS:
            r.ais_same = 0
            defect_set(&r.counters.defects, log, obj, P12_AIS, not ais)
    r.zeros = 0

cdef inline void p12_no_ais(P12Rx *r, const uint8_t *rows, uint64_t n) noexcept nogil:
    """n rows, of which every 512 bits end with too many zeros: a FAS has three."""
    if n + r.half >= 2:
        r.ais_same = 0
    r.half ^= n & 1
    r.zeros = 0
    if r.half:
        p12_zeros(r, rows + (n - 1) * TIMESLOTS)

cdef inline void p12_cas_alarms(P12Rx *r, EventLog *log, int obj) noexcept nogil:
    """Those of timeslot 16."""
    defect_set(&r.counters.defects, log, obj, CAS_AIS, r.cas.ais and r.state >= ST_BASIC)
    defect_set(&r.counters.defects, log, obj, CAS_LOM, r.cas_wanted and r.state >= ST_BASIC and not r.cas.aligned
               and not r.cas.ais)
    defect_set(&r.counters.defects, log, obj, CAS_RAI, r.cas.alarm)

cdef inline void p12_alarms(P12Rx *r, bint los, EventLog *log, int obj) noexcept nogil:
    """The defects that follow from the state; of what one explains the others are not told (G.705)."""
    cdef bint ais, again, lom
    defect_set(&r.counters.defects, log, obj, P12_LOS, los)
    if los and defect_is(r.counters.defects, P12_AIS):
        defect_set(&r.counters.defects, log, obj, P12_AIS, False)
    if r.framing == UNFRAMED:
        return
    ais = los or defect_is(r.counters.defects, P12_AIS)
    # a search that begins again because no multiframe was found goes on as long as frame alignment is found again
    again = r.doubted and r.hunted < HUNTED_AGAIN
    lom = r.state == ST_SEARCH and r.searched >= 2 * MFAS_WINDOW
    if defect_is(r.counters.defects, P12_LOM) and again and (r.state == ST_SEARCH or r.state == ST_HUNT):
        lom = True
    defect_set(&r.counters.defects, log, obj, P12_LOF, r.state == ST_HUNT and not again and not ais)
    defect_set(&r.counters.defects, log, obj, P12_LOM, lom and not ais)
    p12_cas_alarms(r, log, obj)
    if r.state == ST_HUNT:
        r.a_same = 0
        defect_set(&r.counters.defects, log, obj, P12_RAI, False)
    # what the far end is told: A until there is alignment, E once there is a multiframe (annex B)
    r.far.alarm = not p12_aligned(r) or los
    r.far.cas_alarm = r.cas_wanted and not r.cas.aligned
    r.far.e_valid = r.state == ST_MULTIFRAME
    if not r.far.e_valid:
        r.far.errored = 0
    r.counters.state = r.state

cdef inline void p12_remote(P12Rx *r, uint8_t ts0, EventLog *log, int obj) noexcept nogil:
    """A and Sa of an odd frame."""
    cdef bint now = ts0 & REMOTE_ALARM != 0
    r.counters.sa = ts0 & SA_BITS
    if now == defect_is(r.counters.defects, P12_RAI):
        r.a_same = 0
        return
    r.a_same += 1
    if r.a_same >= RAI_FRAMES:
        r.a_same = 0
        defect_set(&r.counters.defects, log, obj, P12_RAI, now)

cdef inline void p12_ssm(P12Rx *r, unsigned frame, uint8_t ts0) noexcept nogil:
    """SSM: a nibble in one Sa bit, from frames 1 and 9 on."""
    r.ssm_bits = <uint8_t>((r.ssm_bits << 1 | (ts0 >> (8 - r.ssm_bit) & 1)) & 15)
    if frame % SMF_FRAMES != SMF_FRAMES - 1:
        return
    r.ssm_times = r.ssm_times + 1 if r.ssm_bits == r.ssm_last and r.ssm_times < SSM_SAME else 1
    r.ssm_last = r.ssm_bits
    if r.ssm_times == SSM_SAME:
        r.counters.ssm = r.ssm_bits

# ---------------------------------------------------------------- CRC-4

cdef inline void p12_e_bit(P12Rx *r, bint good) noexcept nogil:
    if not good:
        r.counters.e_bits += 1
        r.e_zeros += 1
    r.e_taken += 1
    if r.e_taken == CRC_WINDOW:
        r.e_silent = min(r.e_silent + 1, E_SECONDS) if r.e_zeros > E_SILENT else 0
        r.e_taken = r.e_zeros = 0

cdef inline void p12_block(P12Rx *r) noexcept nogil:
    """A sub-multiframe has ended: its C bits tell of the one before."""
    if r.crc_known:
        r.counters.crc_blocks += 1
        r.window_blocks += 1
        if r.crc != r.c_bits:
            r.counters.crc_errors += 1
            r.window_errors += 1
            r.far.errored += 1
    r.crc = crc4(r.rest, r.c_bits)
    r.crc_known = r.smf_whole
    r.c_bits = 0
    if r.window_blocks == CRC_WINDOW:
        if r.window_errors >= CRC_LIMIT:
            p12_event(r, EV_FALSE)
        r.window_blocks = r.window_errors = 0

cdef inline void p12_si(P12Rx *r, unsigned frame, uint8_t ts0) noexcept nogil:
    """Bit 1 of that frame of a multiframe: C, E, or one of the alignment signal."""
    if frame & 1 == 0:
        r.c_bits |= <uint8_t>(ts0 >> 7 << (3 - frame % SMF_FRAMES // 2))
    elif frame >= E_FIRST:
        p12_e_bit(r, ts0 >> 7)
    else:
        r.mfas_bits = <uint8_t>(r.mfas_bits << 1 | ts0 >> 7)
        if frame == MFAS_LAST:
            r.mfas_wrong = r.mfas_wrong + 1 if r.mfas_bits & MFAS_MASK != MFAS_BITS else 0

cdef inline void p12_crc(P12Rx *r, const uint8_t *rows, unsigned at, uint64_t n) noexcept nogil:
    """n frames of a sub-multiframe, from frame `at` on."""
    if at == 0:
        r.smf_whole = True
        r.rest = 0
    r.rest = crc4_frames(r.rest, rows, n)
    if at + n == SMF_FRAMES:
        p12_block(r)

cdef inline void p12_multiframe(P12Rx *r, const uint8_t *row) noexcept nogil:
    """A frame in multiframe."""
    p12_si(r, r.frame, row[0])
    p12_crc(r, row, r.frame % SMF_FRAMES, 1)
    r.frame = (r.frame + 1) % MF_FRAMES
    if r.mfas_wrong == MFAS_MOVED:
        p12_event(r, EV_MOVED)

# ---------------------------------------------------------------- the search for the multiframe (annex B)

cdef inline unsigned window_bits(const uint8_t *octets, unsigned bit) noexcept nogil:
    """Eight bits from any one on."""
    return ((<unsigned>octets[bit >> 3] << 8 | octets[(bit >> 3) + 1]) >> (8 - (bit & 7))) & 0xff

cdef inline void p12_move(P12Rx *r) noexcept nogil:
    """The multiframe is at the place beside: frame 11 begins 256 bits behind it, and three frames of the window end
    behind that."""
    p12_event(r, EV_MFAS)
    if r.beside >= FRAME_BITS:
        r.skip = <uint64_t>r.beside - FRAME_BITS
        r.frame = MFAS_LAST + 2
        r.even = False
    else:
        r.skip = <uint64_t>r.beside
        r.frame = MFAS_LAST + 3
        r.even = True

cdef inline void p12_beside(P12Rx *r) noexcept nogil:
    """After an odd frame, which is the last of five in the window: look at the place beside in the double frame that
    the second of them begins, or look for another one."""
    cdef unsigned fas, odd
    cdef int place
    if r.beside >= 0:
        fas = window_bits(r.window, FRAME_BITS + <unsigned>r.beside)
        odd = window_bits(r.window, 2 * FRAME_BITS + <unsigned>r.beside)
        r.beside_wrong = r.beside_wrong + 1 if fas & FAS_MASK != FAS else 0
        r.beside_frames += 2
        if mfas_take(&r.beside_mfas, odd >> 7):
            p12_move(r)
            return
        if r.beside_wrong < FAS_LOST and r.beside_frames < 2 * MFAS_WINDOW:
            return
    # the search counts places from the newest run on, which is the odd frame; `beside` counts from the one before
    place = hunt_next(&r.hunt, BESIDE_LEVEL, (r.beside + FRAME_BITS) % PLACES if r.beside >= 0 else FRAME_BITS)
    place = (place + FRAME_BITS) % PLACES if place >= 0 else 0
    r.beside = place if place else -1
    r.beside_frames = r.beside_wrong = 0
    mfas_start(&r.beside_mfas)

cdef inline void p12_search(P12Rx *r, const uint8_t *row, bint even) noexcept nogil:
    """A frame while the multiframe is looked for; `row` goes on with the next 8 bits."""
    r.searched += 1
    memmove(r.window, r.window + TIMESLOTS, WINDOW_OCTETS - TIMESLOTS)
    memcpy(r.window + WINDOW_OCTETS - TIMESLOTS, row, TIMESLOTS)
    hunt_row(&r.hunt, row)
    if not even:
        if mfas_take(&r.mfas, row[0] >> 7):
            p12_event(r, EV_MFAS)
            return
        if r.searched >= WINDOW_OCTETS // TIMESLOTS:
            p12_beside(r)
    if r.state == ST_SEARCH and r.searched >= SEARCH_FRAMES:
        p12_event(r, EV_TIMEOUT)

# ---------------------------------------------------------------- frames

cdef inline void p12_found(P12Rx *r, bint even) noexcept nogil:
    """Out of frame: is there a place where the frames begin? The one behind the run that was looked at is the next.
    `even`: by the alignment before that run would have been a frame with a FAS."""
    cdef int place = hunt_choose(&r.hunt, (0 if even else FRAME_BITS) if r.doubted else PLACES - 1)
    if place < 0:
        return
    r.even = place >= FRAME_BITS
    r.skip = <uint64_t>(place % FRAME_BITS)
    p12_event(r, EV_FOUND)

cdef inline void p12_frame(P12Rx *r, const uint8_t *row, EventLog *log, int obj) noexcept nogil:
    """A frame in alignment."""
    cdef bint even = r.even
    r.even = not even
    if even:
        if row[0] & FAS_MASK == FAS:
            r.wrong = 0
        else:
            r.wrong += 1
            r.counters.fas_errors += 1
            if r.wrong == FAS_LOST:
                p12_event(r, EV_LOST)
                return
    else:
        p12_remote(r, row[0], log, obj)
        if r.ssm_bit and r.state == ST_MULTIFRAME:
            p12_ssm(r, r.frame, row[0])
    if r.cas_wanted:
        cas_take(&r.cas, row[CAS_SLOT])
    if r.state == ST_MULTIFRAME:
        r.last = r.frame
        p12_multiframe(r, row)
    elif r.state == ST_SEARCH:
        p12_search(r, row, even)

cdef inline bint p12_step(P12Rx *r, Bearer *b, EventLog *log, int obj) noexcept nogil:
    """The next run of 256 bits; False: it has not come yet. A search looks a little further than the run."""
    cdef BitQueue *q = b.rx
    cdef uint8_t row[40]
    cdef uint8_t *kept = r.rows[r.head % P12_ROWS]
    cdef bint searching = r.state == ST_HUNT or r.state == ST_SEARCH
    cdef bint los = bearer_los(b)
    cdef bint even = r.even
    if bits_waiting(q) < r.skip + FRAME_BITS + (HUNT_AHEAD if searching else 0):
        return False
    q.head += r.skip
    r.skip = 0
    bits_get(q, row, TIMESLOTS)
    if searching:
        bits_get(q, row + TIMESLOTS, 1)
        q.head -= HUNT_AHEAD
    r.counters.frames += 1
    r.last = -1
    p12_ais(r, row, los, log, obj)
    if r.state == ST_HUNT:
        hunt_row(&r.hunt, row)
        r.hunted += 1
        memset(kept, 0xff, TIMESLOTS)
        r.even = not even
        p12_found(r, even)
    else:
        if r.state != ST_UNFRAMED:
            p12_frame(r, row, log, obj)
        if p12_aligned(r) or r.state == ST_UNFRAMED:
            memcpy(kept, row, TIMESLOTS)
        else:
            memset(kept, 0xff, TIMESLOTS)
    r.head += 1
    p12_alarms(r, los, log, obj)
    return True

# ---------------------------------------------------------------- many frames at a time

cdef inline bint p12_steady(const P12Rx *r, const Bearer *b) noexcept nogil:
    """In frame, and nothing is under way that a good frame, or the first of two that follow, could decide."""
    if r.state != ST_BASIC and (r.state != ST_MULTIFRAME or r.mfas_wrong):
        return False
    if r.skip or r.stepwise or bearer_los(b):
        return False
    if defect_is(r.counters.defects, P12_LOS) or defect_is(r.counters.defects, P12_AIS):
        return False
    # nor 512 bits that might be AIS: this frame has a FAS, or they have zeros enough
    return not r.half or r.zeros > AIS_ZEROS or r.even

cdef inline bint p12_good(unsigned frame, uint8_t ts0, bint alarm) noexcept nogil:
    """Whether that frame of a multiframe begins as it should, and as those before did. Of `E_FIRST` and those behind it
    only whether it is even matters, as of all without a multiframe."""
    if frame & 1 == 0:
        return ts0 & FAS_MASK == FAS
    if (ts0 & REMOTE_ALARM != 0) != alarm:
        return False
    return frame >= E_FIRST or ts0 >> 7 == (MFAS_BITS >> (5 - frame // 2)) & 1

cdef inline uint64_t p12_frames(P12Rx *r, Bearer *b, uint64_t most, EventLog *log, int obj) noexcept nogil:
    """The next frames as far as they are good, at most to the end of the sub-multiframe; how many (0: p12_step takes
    the next one)."""
    cdef BitQueue *q = b.rx
    cdef uint8_t *rows = r.rows[r.head % P12_ROWS]
    cdef bint multiframe = r.state == ST_MULTIFRAME
    cdef bint alarm = defect_is(r.counters.defects, P12_RAI)
    cdef unsigned first = r.frame if multiframe else E_FIRST + r.even
    cdef unsigned frame = first
    cdef uint64_t n = 0
    cdef uint8_t ts0
    if not p12_steady(r, b):
        return 0
    most = min(min(most, bits_waiting(q) // FRAME_BITS), P12_ROWS - r.head % P12_ROWS)
    if multiframe:
        most = min(most, SMF_FRAMES - first % SMF_FRAMES)
    while n < most:
        ts0 = bits_peek(q, n * FRAME_BITS)
        if not p12_good(frame, ts0, alarm):
            break
        if frame & 1:
            r.counters.sa = ts0 & SA_BITS
            if r.ssm_bit and multiframe:
                p12_ssm(r, frame, ts0)
        if r.cas_wanted:
            cas_take(&r.cas, bits_peek(q, n * FRAME_BITS + 8 * CAS_SLOT))
            p12_cas_alarms(r, log, obj)
        if multiframe:
            p12_si(r, frame, ts0)
            frame += 1
        else:
            frame ^= 1
        n += 1
    if n == 0:
        return 0
    bits_get(q, rows, n * TIMESLOTS)
    p12_no_ais(r, rows, n)
    r.counters.frames += n
    if n > 1 or r.even:
        r.wrong = 0
    if n > 1 or not r.even:
        r.a_same = 0
    r.even ^= n & 1
    r.last = -1
    if multiframe:
        r.last = <int>frame - 1
        r.frame = frame % MF_FRAMES
        p12_crc(r, rows, first % SMF_FRAMES, n)
    if not p12_aligned(r):
        memset(rows + (n - 1) * TIMESLOTS, 0xff, TIMESLOTS)
    r.head += n
    p12_alarms(r, False, log, obj)
    return n

cdef inline uint64_t p12_take(P12Rx *r, Bearer *b, uint64_t most, EventLog *log, int obj) noexcept nogil:
    """The next frame or frames, at most so many; how many came."""
    cdef uint64_t n = p12_frames(r, b, most, log, obj)
    return n if n else <uint64_t>p12_step(r, b, log, obj)
