# Lines of the plesiochronous hierarchy, and the E1s that they and others bear. Included by _framing.pyx.

from msapemu.wire.bearer cimport E1_OCTETS
from msapemu.wire.pdh_line cimport PDH_E1, PdhCounters, pdh_line_build, pdh_line_parse, pdh_line_silent

PDH_OCTETS = {"e1": 32}         # in 125 us, by rate
PDH_COUNTERS = ("tx_frames", "frames", "silent_frames", "defects")
assert sizeof(PdhCounters) == 8 * len(PDH_COUNTERS)

cdef dict _PDH_KINDS = {"e1": PDH_E1}
cdef dict _PDH_E1S = {"e1": 1}


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

    rate "e1": 2048 kbit/s, one E1, 32 octets in 125 us. queue_octets bounds the queues of an E1, each way;
    target_octets is what the transmit side leaves in its queue (as of an E1 in a VC-12).
    """

    def __cinit__(self, rate="e1", *, uint64_t queue_octets=4096, uint64_t target_octets=0):
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
            sync_init(&self.tx.e1[k], 8 * target_octets, E1_GAIN, E1_BAND)

    def __dealloc__(self):
        cdef int k
        if self.tx != NULL:
            for k in range(self.e1s):
                bits_free(&self.tx.e1[k].queue)
            free(self.tx)
        if self.rx != NULL:
            for k in range(self.e1s):
                bits_free(&self.rx.e1[k])
            free(self.rx)

    @property
    def octets(self):
        """Octets in 125 us."""
        return self.tx.octets

    @property
    def bearers(self):
        """The E1s: E1Bearer each."""
        return tuple(_bearer(self, &self.tx.e1[k].queue, &self.rx.e1[k], &self.rx.los, self.tx.kind == PDH_E1)
                     for k in range(self.e1s))

    def build(self, uint64_t frames=1):
        """The next `frames` times 125 us of the signal, as octets, first bit highest."""
        out = PyBytes_FromStringAndSize(NULL, frames * <uint64_t>self.tx.octets)
        pdh_line_build(self.tx, <uint8_t *>PyBytes_AS_STRING(out), frames)
        return out

    def parse(self, const uint8_t[::1] octets not None):
        """Take received octets: whole times of 125 us."""
        if octets.shape[0] % self.rx.octets:
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
        """The defects that came and went since the last call: (frame, defect, raised) each."""
        cdef uint32_t i
        told = [(self.rx.events.events[i].frame, DEFECTS[self.rx.events.events[i].defect],
                 bool(self.rx.events.events[i].raised)) for i in range(self.rx.events.count)]
        self.rx.events.count = 0
        return told
