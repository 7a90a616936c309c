# Pseudowires: an E1 over packets (SAToP, CESoPSN). Included by _framing.pyx.

from msapemu.wire.cesop_e1 cimport CesopE1, cesop_e1_init
from msapemu.wire.p12_rx cimport p12_aligned
from msapemu.wire.pseudowire cimport pseudowire_next
from msapemu.wire.pw cimport (PW_BITS, PW_CESOP, PW_MULTIFRAME, PW_OCTETS, PW_PAYLOAD_MOST, PW_SATOP,
                              PW_SIGNALLING_SLOT, PW_SLOTS, RTP_TYPE, RTP_TYPE_LEAST, PwFormat)
from msapemu.wire.pw_rx cimport (BUFFERS_MOST, FILL_IDLE, FILL_LAST, RATE_MOST, STALL_FRAMES, STEP_OCTETS, PwBuffer,
                                 PwRxCounters, pw_buffers, pw_play, pw_rx_init, pw_stride, pw_take)
from msapemu.wire.pw_tx cimport PwTxCounters, cesop_put, pw_pass, pw_tx_init

PW_COUNTERS = (
    "packets", "lost", "late", "duplicates", "reordered", "malformed", "strays", "reserved", "early", "underruns",
    "overruns", "overrun_packets", "restarts", "faults", "losses", "signals", "bits", "filled", "delay_us", "failure",
    "defects",
)
PW_TX_COUNTERS = ("packets", "faults", "losses", "signals", "broken")
assert sizeof(PwRxCounters) == 8 * len(PW_COUNTERS) and sizeof(PwTxCounters) == 8 * len(PW_TX_COUNTERS)

cdef enum:
    PW_FRAME_US = 125
    PW_JITTER_MOST_US = 500_000
    PW_LOOP_MOST_MS = 1_000_000


cdef uint64_t _scattered(uint64_t seed) noexcept:
    """A number that looks like none of its neighbours' (splitmix64)."""
    seed += <uint64_t>0x9E3779B97F4A7C15
    seed = (seed ^ (seed >> 30)) * <uint64_t>0xBF58476D1CE4E5B9
    seed = (seed ^ (seed >> 27)) * <uint64_t>0x94D049BB133111EB
    return seed ^ (seed >> 31)


cdef class Pseudowire:
    """One end of a pseudowire that carries an E1 over packets: `Satop` or `Cesop`. `bearer` is the E1."""

    cdef _begin(self, bint rtp, uint64_t jitter_us, seed, bint suppress, uint64_t loop_ms, payload_type, expect_type,
                ssrc, uint32_t expect_ssrc, sequence, uint64_t queue_octets):
        """Everything but what the kind has set in `tx.f`, and in `rx`."""
        cdef PwFormat *f = &self.tx.f
        cdef uint64_t chance = _scattered(seed)
        cdef uint64_t jitter = (jitter_us + PW_FRAME_US - 1) // PW_FRAME_US
        if jitter_us > PW_JITTER_MOST_US:
            raise ValueError(f"jitter_us must be 0..{PW_JITTER_MOST_US}")
        if loop_ms > PW_LOOP_MOST_MS:
            raise ValueError(f"loop_ms must be 0..{PW_LOOP_MOST_MS}")
        for kind in (payload_type, expect_type or RTP_TYPE_LEAST):
            if not RTP_TYPE_LEAST <= kind < RTP_TYPE:
                raise ValueError(f"a dynamic payload type is {RTP_TYPE_LEAST}..{RTP_TYPE - 1}")
        _check_queue(queue_octets, 0, max(<uint64_t>f.bits, <uint64_t>8 * STEP_OCTETS))
        f.rtp = rtp
        f.payload_type = payload_type
        f.expect_type = expect_type
        f.ssrc = <uint32_t>(chance >> 32) if ssrc is None else ssrc
        f.expect_ssrc = expect_ssrc
        self.rx.f = f[0]
        self.rx.buffers = pw_buffers(f, jitter)
        self.rx.stride = pw_stride(f)
        self.rx.buffer = <PwBuffer *>calloc(self.rx.buffers, sizeof(PwBuffer))
        self.rx.room = <uint8_t *>calloc(self.rx.buffers, self.rx.stride)
        if self.rx.buffer == NULL or self.rx.room == NULL:
            raise MemoryError
        if not (bits_init(&self.sent, queue_octets) and bits_init(&self.received, queue_octets)
                and bits_init(&self.rx.play, 2 * STEP_OCTETS + f.bits // 8)):
            raise MemoryError
        self.tx.suppress = suppress
        pw_tx_init(self.tx, &self.remote, <uint16_t>chance if sequence is None else sequence, <uint16_t>(chance >> 16))
        pw_rx_init(self.rx, &self.remote, jitter, 8 * loop_ms)

    cdef _make(self):
        self.tx = <PwTx *>calloc(1, sizeof(PwTx))
        self.rx = <PwRx *>calloc(1, sizeof(PwRx))
        if self.tx == NULL or self.rx == NULL:
            raise MemoryError

    def __dealloc__(self):
        if self.rx != NULL:
            free(self.rx.buffer)
            free(self.rx.room)
            bits_free(&self.rx.play)
        bits_free(&self.sent)
        bits_free(&self.received)
        if self.tx != NULL:
            free(self.tx.e1)
        free(self.tx)
        free(self.rx)

    cdef bytes _packet(self, uint32_t octets):
        return (<const char *>self.tx.packet)[:octets]

    @property
    def bearer(self):
        """The E1 that the pseudowire carries: an E1Bearer."""
        return _bearer(self, &self.sent, &self.received, NULL, False)

    def packets(self, uint64_t frames=1):
        """The datagrams that are due after so many times 125 us: of what is in `bearer`, and where nothing
        has come for too long those that say so."""
        cdef uint32_t octets
        made = []
        pw_pass(self.tx, frames)
        octets = pseudowire_next(self.tx, &self.sent)
        while octets:
            made.append(self._packet(octets))
            octets = pseudowire_next(self.tx, &self.sent)
        return made

    def take(self, const uint8_t[::1] packet not None):
        """A datagram that came: its UDP payload."""
        cdef uint8_t nothing = 0
        pw_take(self.rx, &packet[0] if packet.shape[0] else &nothing, packet.shape[0])

    def play(self, uint64_t frames=1, uint64_t behind=0):
        """So many times 125 us of the E1, into `bearer`. behind: frames that are late already, and are played later."""
        pw_play(self.rx, &self.received, frames, behind)

    def counters(self):
        """All counters by name: PW_COUNTERS of what came, PW_TX_COUNTERS with "tx_" before them."""
        cdef PwRxCounters rx = self.rx.counters
        cdef PwTxCounters tx = self.tx.counters
        sent = _counters(<const uint64_t *>&tx, PW_TX_COUNTERS)
        return _counters(<const uint64_t *>&rx, PW_COUNTERS) | {f"tx_{name}": sent[name] for name in sent}

    @property
    def defects(self):
        """Names of the defects that stand: LOPS, PW-AC (L comes), PW-REMOTE (R comes)."""
        return defect_names(self.rx.counters.defects)

    @property
    def rate_ppm(self):
        """How far the sender's clock is off the own one, as the loop has it."""
        return self.rx.rate / PW_BITS * 1e6

    @property
    def payload(self):
        """Octets of the E1 in a packet, without those of signalling."""
        return self.tx.f.payload


cdef class Satop(Pseudowire):
    """One end of a SAToP pseudowire (RFC 4553): the bits of an E1, whatever they are.

    payload: octets in a packet. rtp: with an RTP header, before the control word. jitter_us: so much later than the
    first packet any other may be. loop_ms: in about that time the buffer goes back to its middle, and so the sender's
    clock is found; 0: it is the own one. suppress: packets that say that the E1 has failed carry no payload. seed:
    where sequence numbers begin, and the SSRC; or sequence and ssrc say so. expect_type, expect_ssrc: of what comes
    (0: any). Raises ValueError for values out of range.
    """

    def __cinit__(self, uint32_t payload=256, *, bint rtp=False, uint64_t jitter_us=4000, uint64_t seed=0,
                  bint suppress=False, uint64_t loop_ms=10000, int payload_type=96, int expect_type=0, ssrc=None,
                  uint32_t expect_ssrc=0, sequence=None, uint64_t queue_octets=8192):
        if not PW_OCTETS <= payload <= PW_PAYLOAD_MOST:
            raise ValueError(f"payload must be {PW_OCTETS}..{PW_PAYLOAD_MOST} octets")
        self._make()
        self.tx.f.kind = PW_SATOP
        self.tx.f.payload = payload
        self.tx.f.bits = 8 * payload
        self._begin(rtp, jitter_us, seed, suppress, loop_ms, payload_type, expect_type, ssrc, expect_ssrc, sequence,
                    queue_octets)


cdef class Cesop(Pseudowire):
    """One end of a CESoPSN pseudowire (RFC 5086): chosen timeslots of a framed E1.

    timeslots: their numbers, in the order of sending (None: 1..31). frames: of the E1 in a packet. framing: of the E1,
    "crc4" or "basic". cas: ABCD of the timeslots are in the payload (16 frames are a multiframe; fewer, a divisor of
    it, make fragments). signalling: ABCD go in packets of their own instead. fill: what a lost packet is, "idle" code
    or "last", the packet before. idle, cas_idle: code and ABCD of a timeslot for which nothing comes. The rest is as of
    a Satop.
    """

    def __cinit__(self, timeslots=None, uint32_t frames=8, *, framing="crc4", bint cas=False, bint signalling=False,
                  fill="idle", uint8_t idle=0xFF, int cas_idle=0b1101, bint rtp=False, uint64_t jitter_us=4000,
                  uint64_t seed=0, bint suppress=False, uint64_t loop_ms=10000, int payload_type=96, int expect_type=0,
                  ssrc=None, uint32_t expect_ssrc=0, sequence=None, uint64_t queue_octets=8192):
        slots = tuple(range(1, PW_SLOTS + 1) if timeslots is None else timeslots)
        cdef uint32_t i
        if not slots or len(set(slots)) != len(slots) or not all(1 <= slot <= PW_SLOTS for slot in slots):
            raise ValueError(f"timeslots must be different numbers of 1..{PW_SLOTS}")
        if (cas or signalling) and PW_SIGNALLING_SLOT in slots:
            raise ValueError(f"with signalling timeslot {PW_SIGNALLING_SLOT} cannot be carried")
        if cas and signalling:
            raise ValueError("signalling goes in the payload or in packets of its own, not both")
        if not 1 <= frames or frames * len(slots) > PW_PAYLOAD_MOST - PW_OCTETS or frames > 256:
            raise ValueError(f"frames of {len(slots)} timeslots must be "
                             f"1..{min(256, (PW_PAYLOAD_MOST - PW_OCTETS) // len(slots))}")
        if cas and PW_MULTIFRAME % frames:
            raise ValueError(f"with CAS frames must divide {PW_MULTIFRAME}")
        if fill not in ("idle", "last"):
            raise ValueError(f"fill must be 'idle' or 'last', not {fill!r}")
        if framing not in ("crc4", "basic"):
            raise ValueError(f"framing must be 'crc4' or 'basic', not {framing!r}")
        if not 0 <= cas_idle <= 15:
            raise ValueError("cas_idle must be 0..15")
        self._make()
        self.tx.e1 = self.rx.e1 = <CesopE1 *>calloc(1, sizeof(CesopE1))
        if self.tx.e1 == NULL:
            raise MemoryError
        cesop_e1_init(self.tx.e1, &self.sent, FRAMINGS[framing], cas or signalling, idle, cas_idle)
        self.tx.f.kind = PW_CESOP
        self.tx.f.payload = frames * len(slots)
        self.tx.f.bits = PW_BITS * frames
        self.tx.f.frames = frames
        self.tx.f.slots = len(slots)
        for i in range(self.tx.f.slots):
            self.tx.f.slot[i] = slots[i]
        self.tx.f.cas = cas
        self.tx.f.signalling = signalling
        self.rx.fill = FILL_LAST if fill == "last" else FILL_IDLE
        self.rx.idle = idle
        self.rx.cas_idle = cas_idle
        self._begin(rtp, jitter_us, seed, suppress, loop_ms, payload_type, expect_type, ssrc, expect_ssrc, sequence,
                    queue_octets)

    def send(self, const uint8_t[::1] rows not None, uint32_t number=0):
        """The datagrams that frames make, 32 octets each, beside those of `bearer` (for tests); the first one has
        `number` in the CAS multiframe."""
        cdef Py_ssize_t at
        cdef uint32_t octets
        if rows.shape[0] % PW_OCTETS:
            raise ValueError(f"a frame has {PW_OCTETS} octets")
        made = []
        for at in range(0, rows.shape[0], PW_OCTETS):
            octets = cesop_put(self.tx, &rows[at], number % PW_MULTIFRAME)
            if octets:
                made.append(self._packet(octets))
            number += 1
        return made

    def failed(self, bint fault, bint rdi=False):
        """The E1 that `send` is given has failed (fault), or says that its far end has (rdi) (for tests)."""
        self.tx.fault = fault
        self.tx.rdi = rdi

    @property
    def rdi(self):
        """The far E1 says that its far end has failed."""
        return bool(self.rx.rdi)

    @property
    def framed(self):
        """The E1 in `bearer` is aligned: its frames are sent."""
        return p12_aligned(&self.tx.e1.rx)

    @property
    def abcd(self):
        """ABCD that came, by timeslot."""
        return {self.rx.f.slot[i]: self.rx.abcd[self.rx.f.slot[i]] for i in range(self.rx.f.slots)}
