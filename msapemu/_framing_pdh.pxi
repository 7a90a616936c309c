# Lines of the plesiochronous hierarchy, and the E1s that they and others bear. Included by _framing.pyx.

from msapemu.wire.bearer cimport E1_OCTETS
from msapemu.wire.g832 cimport G832Counters, G832Rx
from msapemu.wire.pdh_line cimport (PDH_E1, PDH_E2, PDH_E3, PDH_FE, PDH_G832, PDH_LEVELS, PdhCounters,
                                    pdh_line_build, pdh_line_parse, pdh_line_silent)
from msapemu.wire.pdh_mux cimport E2_SET, E3_SET, MUX_TRIBUTARIES, mux_order, mux_share
from msapemu.wire.pdh_mux_rx cimport MUX_LINE_OCTETS, MuxCounters, MuxRx
from msapemu.wire.pdh_mux_tx cimport MUX_BAND, MUX_GAIN, MuxTx

PDH_OCTETS = {"e1": 32, "e2": 132, "e3": 537, "g832": 537, "fe": 1562}           # in 125 us, by rate
PDH_COUNTERS = ("tx_frames", "frames", "silent_frames", "defects")
assert sizeof(PdhCounters) == 8 * len(PDH_COUNTERS)

MUX_COUNTERS = ("tx_frames", "frames", "fas_errors", "losses", "national", "defects")
MUX_TRIBUTARY_COUNTERS = (
    "tx_frames", "tx_positive", "tx_underflows", "tx_overflows", "tx_ais", "rx_frames", "rx_positive", "rx_overflows",
)
assert sizeof(MuxCounters) == 8 * len(MUX_COUNTERS)

G832_COUNTERS = ("frames", "losses", "fas_errors", "em_errors", "rei", "payload_type")
assert sizeof(G832Counters) == 8 * len(G832_COUNTERS)

cdef enum:
    G832_QUEUE = 4096               # octets: two frames that are searched, and what comes at once

cdef dict _PDH_KINDS = {"e1": PDH_E1, "e2": PDH_E2, "e3": PDH_E3, "g832": PDH_G832, "fe": PDH_FE}
cdef dict _PDH_E1S = {"e1": 1, "e2": 4, "e3": 16, "g832": 0, "fe": 0}
MUX_PPM_MOST = 100


cdef E1Bearer _bearer(object owner, BitQueue *tx, BitQueue *rx, const int *los, bint paced):
    cdef E1Bearer made = E1Bearer.__new__(E1Bearer)
    made.owner = owner
    made.b.tx = tx
    made.b.rx = rx
    made.b.los = los
    made.b.paced = paced
    return made


cdef class E1Bearer:
    """An E1 signal of a server layer, for a termination (FramedE1) or a connection (Fabric)."""

    def push(self, const uint8_t[::1] octets not None):
        """Send octets, first bit highest (for tests); how many were taken."""
        cdef uint64_t n = min(<uint64_t>octets.shape[0], bits_room(self.b.tx) >> 3)
        if n:
            bits_put(self.b.tx, &octets[0], n)
        return n

    def pop(self):
        """All whole octets that have come (for tests)."""
        cdef uint64_t n = bits_waiting(self.b.rx) >> 3
        out = PyBytes_FromStringAndSize(NULL, n)
        bits_get(self.b.rx, <uint8_t *>PyBytes_AS_STRING(out), n)
        return out

    @property
    def los(self):
        """There is no signal."""
        return self.b.los != NULL and self.b.los[0] != 0


cdef class PdhLine:
    """Transmit and receive state of a port of the plesiochronous hierarchy; `bearers` are the E1s in its signal.

    rate "e1": 2048 kbit/s, one E1, 32 octets in 125 us; "e2": 8448 kbit/s, four E1 (G.742), 132 octets; "e3": 34 368
    kbit/s, four E2 of four E1 each (G.751), 537 octets; "g832": 34 368 kbit/s in octets (G.832), 537, and "fe": the
    fibre of a media converter, 1562 octets, both for a group (Fabric). queue_octets bounds the queues of an E1, each
    way; target_octets is what the transmit side leaves in its queue (as of an E1 in a VC-12). With target_octets=0 an
    E1 in a multiplex is taken at its nominal rate, as its bits come, and is filled up with ones.

    national: bit 12 of the frames sent. e2_ppm: by how much the clocks of the four E2 sent in an E3 are off against its
    own (None: not at all).
    """

    def __cinit__(self, rate="e1", *, uint64_t queue_octets=4096, uint64_t target_octets=0, bint national=True,
                  e2_ppm=None):
        cdef int k
        if rate not in _PDH_KINDS:
            raise ValueError(f"no rate {rate!r} of a PDH line")
        _check_queue(queue_octets, target_octets, 8 * E1_OCTETS)
        self.rate = rate
        self.tx = <PdhLineTx *>calloc(1, sizeof(PdhLineTx))
        self.rx = <PdhLineRx *>calloc(1, sizeof(PdhLineRx))
        if self.tx == NULL or self.rx == NULL:
            raise MemoryError
        self.tx.kind = self.rx.kind = _PDH_KINDS[rate]
        self.tx.octets = self.rx.octets = PDH_OCTETS[rate]
        self.e1s = _PDH_E1S[rate]
        for k in range(self.e1s):
            if not (bits_init(&self.tx.e1[k].queue, queue_octets) and bits_init(&self.rx.e1[k], queue_octets)):
                raise MemoryError
            if rate == "e1":
                sync_init(&self.tx.e1[k], 8 * target_octets, E1_GAIN, E1_BAND)
            else:
                sync_init(&self.tx.e1[k], 8 * target_octets, MUX_GAIN, MUX_BAND)
        self._multiplex(e2_ppm, national)

    cdef _multiplex(self, e2_ppm, bint national):
        """The levels of multiplex of an E2 or an E3."""
        cdef int i, k
        cdef MuxTx *tx = self.tx.mux
        cdef MuxRx *rx = self.rx.mux
        ppm = (0,) * MUX_TRIBUTARIES if e2_ppm is None else tuple(e2_ppm)
        if len(ppm) != MUX_TRIBUTARIES or any(abs(one) > MUX_PPM_MOST for one in ppm):
            raise ValueError(f"e2_ppm must be {MUX_TRIBUTARIES} values of at most {MUX_PPM_MOST}")
        if self.rate == "e2":
            self.levels = ("e2",)
            self._level(0, E2_SET, national)
        elif self.rate == "e3":
            self.levels = ("e3", "e2.1", "e2.2", "e2.3", "e2.4")
            self._level(0, E3_SET, national)
        elif self.rate == "g832":
            self.levels = ("g832",)
            self._octets()
        else:
            self.levels = ()
        for k in range(MUX_TRIBUTARIES if len(self.levels) > 1 else 0):
            self._level(1 + k, E2_SET, national)
            if not bits_init(&self.tx.e2[k].queue, MUX_LINE_OCTETS):
                raise MemoryError
            sync_init(&self.tx.e2[k], 0, MUX_GAIN, MUX_BAND)
            tx[0].tributaries[k] = &self.tx.e2[k]
            tx[0].share[k] = mux_share(&tx[0].order, ppm[k])
            rx[0].tributaries[k] = &rx[1 + k].line
            tx[0].below = tx + 1
            rx[0].below = rx + 1
        for k in range(self.e1s if self.levels else 0):
            # the E1s are those of the last levels, in their order
            i = len(self.levels) - self.e1s // MUX_TRIBUTARIES + k // MUX_TRIBUTARIES
            tx[i].tributaries[k % MUX_TRIBUTARIES] = &self.tx.e1[k]
            rx[i].tributaries[k % MUX_TRIBUTARIES] = &self.rx.e1[k]

    cdef _octets(self):
        """The frame of G.832."""
        cdef G832Rx *rx = &self.rx.g832
        if not bits_init(&rx.line, G832_QUEUE):
            raise MemoryError
        self.tx.g832.far = rx.far = &self.g832
        rx.events = &self.rx.events
        rx.defects = &self.rx.counters.defects
        self.g832.rdi = True
        _trace_send(&self.tx.g832.trace, "msapemu", False)

    cdef _level(self, int n, unsigned set_bits, bint national):
        cdef MuxTx *tx = &self.tx.mux[n]
        cdef MuxRx *rx = &self.rx.mux[n]
        cdef int j
        if not bits_init(&rx.line, MUX_LINE_OCTETS):
            raise MemoryError
        tx.order = rx.order = mux_order(set_bits)
        for j in range(MUX_TRIBUTARIES):
            tx.share[j] = mux_share(&tx.order, 0)
        tx.sent = tx.order.octets
        tx.national = national
        tx.far = rx.far = &self.far[n]
        rx.events = &self.rx.events
        rx.object = OBJ_LINE if n == 0 else OBJ_E2 + n - 1

    def __dealloc__(self):
        cdef int k
        if self.tx != NULL:
            for k in range(self.e1s):
                bits_free(&self.tx.e1[k].queue)
            for k in range(MUX_TRIBUTARIES):
                bits_free(&self.tx.e2[k].queue)
            free(self.tx)
        if self.rx != NULL:
            for k in range(self.e1s):
                bits_free(&self.rx.e1[k])
            for k in range(PDH_LEVELS):
                bits_free(&self.rx.mux[k].line)
            bits_free(&self.rx.g832.line)
            free(self.rx)

    @property
    def octets(self):
        """Octets in 125 us."""
        return self.tx.octets

    @property
    def bearers(self):
        """The E1s: E1Bearer each."""
        cdef bint alone = self.tx.kind == PDH_E1
        return tuple(_bearer(self, &self.tx.e1[k].queue, &self.rx.e1[k], &self.rx.los if alone else NULL, alone)
                     for k in range(self.e1s))

    def build(self, uint64_t frames=1):
        """The next `frames` times 125 us of the signal, as octets, first bit highest."""
        out = PyBytes_FromStringAndSize(NULL, frames * <uint64_t>self.tx.octets)
        pdh_line_build(self.tx, <uint8_t *>PyBytes_AS_STRING(out), frames)
        return out

    def parse(self, const uint8_t[::1] octets not None):
        """Take received octets, of an E1 whole times of 125 us."""
        if self.rx.kind == PDH_E1 and octets.shape[0] % self.rx.octets:
            raise ValueError(f"whole times of 125 us have a multiple of {self.rx.octets} octets")
        if octets.shape[0]:
            pdh_line_parse(self.rx, &octets[0], octets.shape[0])

    def silent(self, uint64_t frames=1):
        """So many times 125 us without a signal."""
        pdh_line_silent(self.rx, frames)

    def counters(self):
        """All counters by name (PDH_COUNTERS)."""
        cdef PdhCounters c = self.rx.counters
        c.tx_frames = self.tx.counters.tx_frames
        return _counters(<const uint64_t *>&c, PDH_COUNTERS)

    @property
    def defects(self):
        """Names of the defects that stand."""
        return defect_names(self.rx.counters.defects)

    def events(self):
        """The defects that came and went since the last call: (frame, object, defect, raised) each. The object is the
        level of multiplex, or "" for the line."""
        cdef uint32_t i
        cdef Event *event
        told = []
        for i in range(self.rx.events.count):
            event = &self.rx.events.events[i]
            where = self.levels[event.object] if event.object else ""
            told.append((event.frame, where, DEFECTS[event.defect], bool(event.raised)))
        self.rx.events.count = 0
        return told

    def level(self, str name not None):
        """The counters (MUX_COUNTERS) of a level of multiplex, its defects by name, and of a tributary those of
        MUX_TRIBUTARY_COUNTERS. Level "g832": G832_COUNTERS, "trace" (accepted, None: none), "member" (what the
        concatenation octets say; None: it carries no member of a group)."""
        cdef MuxCounters c
        cdef const H4Rx *h = &self.rx.g832.count
        cdef int n, k
        if name in self.levels and self.rate == "g832":
            told = _counters(<const uint64_t *>&self.rx.g832.counters, G832_COUNTERS)
            told["trace"] = _trace_text(&self.rx.g832.trace)
            told["member"] = _member_told(h) if self.rx.g832.group != NULL and self.rx.g832.counted else None
            return told
        if name in self.levels:
            n = self.levels.index(name)
            c = self.rx.mux[n].counters
            c.tx_frames = self.tx.mux[n].frames
            told = _counters(<const uint64_t *>&c, MUX_COUNTERS)
            told["defects"] = defect_names(told["defects"])
            return told if n == 0 else self._tributary(0, n - 1) | told
        if not self.levels or name not in (f"e1.{k + 1}" for k in range(self.e1s)):
            raise ValueError(f"no level {name!r} in an {self.rate}")
        k = int(name[3:]) - 1
        n = len(self.levels) - self.e1s // MUX_TRIBUTARIES + k // MUX_TRIBUTARIES
        return self._tributary(n, k % MUX_TRIBUTARIES)

    cdef dict _tributary(self, int n, int j):
        """Of tributary j of level n."""
        cdef const Synchronizer *s = self.tx.mux[n].tributaries[j]
        cdef MuxRx *rx = &self.rx.mux[n]
        values = (s.frames, s.positive, s.underflows, s.queue.overflows, s.ais, rx.filled[j] + rx.positive[j],
                  rx.positive[j], rx.tributaries[j].overflows)
        return dict(zip(MUX_TRIBUTARY_COUNTERS, values, strict=True))
