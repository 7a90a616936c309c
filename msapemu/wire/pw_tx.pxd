# cython: language_level=3
"""The source of a pseudowire: an E1 into packets (the PSN-bound interworking function of RFC 4553, RFC 5086).

Packets are made as the E1 comes, so that its clock shows in their number. When nothing comes, packets that say so (L)
leave at the nominal rate; their payload may be left away.

Sequence numbers begin anywhere (RFC 4553 4.3.1). RTP time is that of the E1: 1 in 125 us, its bits counted.
"""
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memset

from msapemu.wire.ais cimport AisWatch, ais_take
from msapemu.wire.bitqueue cimport BitQueue, bits_get, bits_waiting
from msapemu.wire.bits cimport store16
from msapemu.wire.cesop_e1 cimport CesopE1
from msapemu.wire.pw cimport (
    FRG_WHOLE, M_RDI, M_SIGNALLING, PW_BITS, PW_L, PW_MULTIFRAME, PW_R, PW_SIGNALLING_SLOT, SIGNAL_ABCD,
    SIGNAL_WORD, PwFormat, PwRemote, pw_emit, pw_fragment, pw_header, pw_signals,
)

cdef enum:
    PATIENCE_FRAMES = 32        # what an E1 may come late before it has failed, two packets at least
    SIGNAL_TIMES = 3            # a change of ABCD is told so often, (RFC 5086 4.6.1)
    SIGNAL_GAP = 40             # frames (5 ms) apart,
    SIGNAL_REST = 40000         # and again every 5 s
    SIGNAL_LONG = 0xFFFF        # a duration that is this or more

cdef struct PwTxCounters:
    # uint64 only
    uint64_t packets            # of the E1
    uint64_t faults             # of them with L
    uint64_t losses             # of them with R
    uint64_t signals            # packets of signalling
    uint64_t broken             # packets begun and left, because the multiframe began elsewhere

cdef struct PwTx:
    PwTxCounters counters
    PwFormat f
    const PwRemote *remote
    uint16_t sequence
    uint64_t bits               # of the E1, sent so far
    bint suppress               # no payload where it means nothing
    uint64_t quiet              # bits that should have come since any came
    AisWatch ais
    # CESoPSN
    CesopE1 *e1                 # that is sent
    bint fault                  # no frames, or AIS: said by whoever aligns the E1
    bint rdi                    # the E1 says that its far end has failed
    uint32_t rows               # frames in the packet that is made
    uint32_t number             # of its first frame in the multiframe
    uint8_t abcd[32]            # by timeslot
    uint16_t signal_sequence
    uint32_t signal_left        # packets of signalling that are due
    uint32_t signal_wait        # frames until the next one
    uint32_t signal_age         # frames since the last change
    uint8_t packet[1536]        # made last

cdef inline void pw_tx_init(PwTx *t, const PwRemote *remote, uint16_t sequence, uint16_t signal_sequence) \
        noexcept nogil:
    """`f` and `suppress` are the caller's, everything else is zero. What has not come yet is late already."""
    t.remote = remote
    t.sequence = sequence
    t.signal_sequence = signal_sequence
    t.quiet = pw_patience(t)
    t.signal_left = SIGNAL_TIMES

cdef inline uint64_t pw_patience(const PwTx *t) noexcept nogil:
    """Bits."""
    return max(<uint64_t>2 * t.f.bits, <uint64_t>(PATIENCE_FRAMES * PW_BITS))

cdef inline void pw_pass(PwTx *t, uint64_t frames) noexcept nogil:
    """So many times 125 us go by."""
    t.quiet += PW_BITS * frames
    t.signal_wait -= <uint32_t>min(frames, <uint64_t>t.signal_wait)
    t.signal_age = <uint32_t>min(t.signal_age + frames, <uint64_t>SIGNAL_LONG)

cdef inline uint32_t pw_finish(PwTx *t, bint fault, int m, int fragment, uint32_t octets) noexcept nogil:
    """The header of the packet whose payload stands in its place; the octets of all of it."""
    cdef int flags = m
    if fault:
        flags = PW_L
        t.counters.faults += 1
        if t.suppress:
            octets = 0
            fragment = FRG_WHOLE
    if t.remote.loss:
        flags |= PW_R
        t.counters.losses += 1
    octets += pw_emit(&t.f, t.packet, flags, fragment, t.sequence, <uint32_t>(t.bits // PW_BITS), octets)
    t.sequence += 1
    t.bits += t.f.bits
    t.counters.packets += 1
    return octets

cdef inline bint pw_is_dry(PwTx *t) noexcept nogil:
    """Whether a packet is due although nothing has come."""
    if t.quiet < pw_patience(t) + t.f.bits:
        return False
    t.quiet -= t.f.bits
    return True

# ---------------------------------------------------------------- SAToP

cdef inline uint32_t satop_next(PwTx *t, BitQueue *q) noexcept nogil:
    """The next packet of what waits in `q` into `packet`: its octets; 0: none is due.

    An E1 that is AIS is a fault of the attachment circuit; a packet that is not ones altogether goes as it is.
    """
    cdef uint8_t *payload = t.packet + pw_header(&t.f)
    if bits_waiting(q) >= t.f.bits:
        t.quiet = 0
        bits_get(q, payload, t.f.payload)
        return pw_finish(t, ais_take(&t.ais, payload, t.f.payload), 0, FRG_WHOLE, t.f.payload)
    if not pw_is_dry(t):
        return 0
    memset(payload, 0xff, t.f.payload)
    return pw_finish(t, True, 0, FRG_WHOLE, t.f.payload)

# ---------------------------------------------------------------- CESoPSN

cdef inline void cesop_learn(PwTx *t, uint32_t slot, uint8_t abcd) noexcept nogil:
    if t.abcd[slot] != abcd:
        t.abcd[slot] = abcd
        t.signal_left = SIGNAL_TIMES
        t.signal_wait = 0
        t.signal_age = 0

cdef inline uint32_t cesop_close(PwTx *t, bint fault) noexcept nogil:
    """The packet is full."""
    cdef int fragment = pw_fragment(&t.f, t.number)
    cdef uint32_t signals = pw_signals(&t.f, fragment)
    cdef uint8_t *at = t.packet + pw_header(&t.f) + t.f.payload
    cdef uint32_t i
    memset(at, 0, signals)
    if signals:
        for i in range(t.f.slots):
            at[i >> 1] |= t.abcd[t.f.slot[i]] << (0 if i & 1 else 4)
    t.rows = 0
    t.number = (t.number + t.f.frames) % PW_MULTIFRAME
    return pw_finish(t, fault, M_RDI if t.rdi else 0, fragment, t.f.payload + signals)

cdef inline uint32_t cesop_put(PwTx *t, const uint8_t *row, int known) noexcept nogil:
    """One frame of the E1, 32 octets, with its number in the CAS multiframe; negative: none is known, and it is taken
    for the next one. The octets of `packet`, when that is full now; else 0."""
    cdef uint8_t *at
    cdef uint32_t i, number = <uint32_t>known if known >= 0 else (t.number + t.rows) % PW_MULTIFRAME
    t.quiet = 0
    if known > 0 and (t.f.cas or t.f.signalling):
        cesop_learn(t, number, row[PW_SIGNALLING_SLOT] >> 4)
        cesop_learn(t, number + 16, row[PW_SIGNALLING_SLOT] & 0x0f)
    if t.f.cas and (t.rows == 0 or t.number + t.rows != number):
        t.counters.broken += t.rows > 0
        t.rows = 0
        if number % t.f.frames:
            return 0
        t.number = number
    at = t.packet + pw_header(&t.f) + t.f.slots * t.rows
    for i in range(t.f.slots):
        at[i] = row[t.f.slot[i]]
    t.rows += 1
    if t.rows < t.f.frames:
        return 0
    return cesop_close(t, t.fault)

cdef inline uint32_t cesop_dry(PwTx *t, uint8_t idle) noexcept nogil:
    """A packet of idle code that is due because no frames come; 0: none is."""
    if not pw_is_dry(t):
        return 0
    memset(t.packet + pw_header(&t.f), idle, t.f.payload)
    return cesop_close(t, True)

cdef inline uint32_t cesop_signal(PwTx *t) noexcept nogil:
    """A packet of application states, when one is due (RFC 5086 4.6); else 0."""
    cdef uint8_t *at = t.packet + pw_header(&t.f)
    cdef uint32_t i, octets = SIGNAL_WORD * t.f.slots
    if not t.f.signalling or t.signal_wait or t.rows:
        return 0
    t.signal_left -= t.signal_left > 0
    t.signal_wait = SIGNAL_GAP if t.signal_left else SIGNAL_REST
    for i in range(t.f.slots):
        at[0] = SIGNAL_ABCD + t.abcd[t.f.slot[i]]
        at[1] = 0
        store16(at + 2, t.signal_age)
        at += SIGNAL_WORD
    octets += pw_emit(&t.f, t.packet, M_SIGNALLING | (PW_R if t.remote.loss else 0), FRG_WHOLE, t.signal_sequence,
                      <uint32_t>(t.bits // PW_BITS), octets)
    t.signal_sequence += 1
    t.counters.signals += 1
    return octets
