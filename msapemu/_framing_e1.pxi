# Tributaries: E1 in a VC-12, E3 in a VC-3. Included by _framing.pyx.

from msapemu.wire.bitqueue cimport (BITS_FEW, BitQueue, bits_free, bits_get, bits_get_few, bits_init, bits_put,
                                    bits_put_few, bits_room, bits_waiting)
from msapemu.wire.e1_map cimport (E1_ASYNC, E1_BAND, E1_BITS, E1_BYTE, E1_FRAME, E1_GAIN, e1_fail, e1_label, e1_pop,
                                  e1_push, e1_sink, e1_source)
from msapemu.wire.e3_map cimport C2_E3, E3_BAND, E3_BITS, E3_GAIN, e3_fail, e3_pop, e3_push, e3_sink, e3_source
from msapemu.wire.synchronizer cimport Synchronizer, sync_init

cdef enum:
    VC12_FRAME = 140
    VC12_QUARTER = 35
    VC3_FRAME = 765
    VC3_ROW = 85

TRIBUTARY_COUNTERS = (
    "tx_frames", "tx_positive", "tx_negative", "tx_underflows", "tx_overflows", "tx_ais",
    "rx_frames", "rx_positive", "rx_negative", "rx_underflows", "rx_overflows", "rx_ais",
)


cdef _check_queue(uint64_t queue_octets, uint64_t target_octets, uint64_t frame_bits):
    """A queue holds its target and what a frame takes, and two frames at least."""
    cdef uint64_t frame = frame_bits // 8 + 1
    if not 2 * frame <= queue_octets <= 1 << 30:
        raise ValueError(f"queue_octets must be {2 * frame}..{1 << 30}")
    if target_octets > queue_octets - frame:
        raise ValueError(f"target_octets must be 0..{queue_octets - frame} in a queue of {queue_octets}")


cdef tuple _tributary_counters(const Synchronizer *s, const BitQueue *rx):
    return (s.frames, s.positive, s.negative, s.underflows, s.queue.overflows, s.ais), (rx.underflows, rx.overflows)


cdef class E1:
    """An E1 (2048 kbit/s, any framing) and its mapping into a VC-12, both directions (G.707 10.1.4).

    kind "async": any 2048 kbit/s bit stream within +-100 ppm and more of the VC-12 (signal label 2). "byte": E1 frames
    of 32 octets, timeslot 0 first, in step with the VC-12 (label 4); frames go in and come out whole, and one in a
    clock that differs runs over or out. queue_octets bounds each of the two queues.

    target_octets is what the source leaves in its queue. Until that much and a frame have come, and again after the
    queue has run out, it sends AIS (ones); then a VC-12 frame takes 1023, 1024 or 1025 bits, so that the queue stays
    near the target. It is a delay, and has to cover what the port brings at a time: the default is 2 ms.
    With target_octets=0 the source takes what is there, 1024 bits a frame and never another number: the first bit
    pushed is the first bit of the E1 in the first frame built after it, nothing is waited for, and where the bits end
    the frame goes on in ones. So a file is put on a line: push before building, as much as `room` allows; when all is
    pushed, build on until `waiting` is 0. More pushed after that begins with the frame built next.
    """

    def __cinit__(self, kind="async", *, uint64_t queue_octets=4096, uint64_t target_octets=512):
        kinds = {"async": E1_ASYNC, "byte": E1_BYTE}
        if kind not in kinds:
            raise ValueError(f"no kind {kind!r} of E1 mapping")
        _check_queue(queue_octets, target_octets, E1_BITS)
        self.kind = kind
        self.tx = <E1Tx *>calloc(1, sizeof(E1Tx))
        self.rx = <E1Rx *>calloc(1, sizeof(E1Rx))
        if self.tx == NULL or self.rx == NULL:
            raise MemoryError
        self.tx.kind = self.rx.kind = kinds[kind]
        if not (bits_init(&self.tx.sync.queue, queue_octets) and bits_init(&self.rx.queue, queue_octets)):
            raise MemoryError
        sync_init(&self.tx.sync, 8 * target_octets, E1_GAIN, E1_BAND)

    def __dealloc__(self):
        if self.tx != NULL:
            bits_free(&self.tx.sync.queue)
            free(self.tx)
        if self.rx != NULL:
            bits_free(&self.rx.queue)
            free(self.rx)

    @property
    def bearer(self):
        """The E1 that the VC-12 carries: an E1Bearer."""
        return _bearer(self, &self.tx.sync.queue, &self.rx.queue, NULL, self.tx.kind == E1_BYTE)

    @property
    def label(self):
        """The signal label that goes with the mapping (V5 bits 5-7)."""
        return e1_label(self.tx.kind)

    def push(self, const uint8_t[::1] octets not None):
        """Bits for the VC-12, first bit highest; how many octets were taken, in kind "byte" in whole frames of 32.

        What finds no room is not taken and counts as an overflow: a caller that can wait looks at `room` before.
        """
        if octets.shape[0] == 0:
            return 0
        return e1_push(self.tx, &octets[0], octets.shape[0])

    def pop(self, octets=None):
        """What has come: all whole octets of it, or `octets` at most, where less counts as an underflow.

        In kind "byte" whole frames of 32 octets.
        """
        cdef uint64_t n = self.ready if octets is None else octets
        out = bytearray(min(n, self.ready))
        cdef uint8_t[::1] view = out
        n = e1_pop(self.rx, &view[0] if out else NULL, n)
        return bytes(out[:n])

    @property
    def room(self):
        """Octets that `push` would take."""
        cdef uint64_t octets = bits_room(&self.tx.sync.queue) >> 3
        return octets - octets % E1_FRAME if self.tx.kind == E1_BYTE else octets

    @property
    def waiting(self):
        """Octets pushed and not yet wholly in a VC-12."""
        return (bits_waiting(&self.tx.sync.queue) + 7) >> 3

    @property
    def ready(self):
        """Octets that `pop` would give."""
        cdef uint64_t octets = bits_waiting(&self.rx.queue) >> 3
        return octets - octets % E1_FRAME if self.rx.kind == E1_BYTE else octets

    @property
    def o_bits(self):
        """The eight O bits (overhead communication channel of kind "async") to send, 0..255."""
        return self.tx.o_bits

    @o_bits.setter
    def o_bits(self, int value):
        if self.tx.kind != E1_ASYNC:
            raise ValueError("only the asynchronous mapping has O bits")
        if not 0 <= value <= 255:
            raise ValueError("O bits are 0..255")
        self.tx.o_bits = value

    @property
    def o_bits_received(self):
        """The O bits of the VC-12 frame received last."""
        return self.rx.o_bits

    def counters(self):
        """All counters by name (TRIBUTARY_COUNTERS). A frame is a VC-12 frame; positive and negative are justifications
        (a bit less, a bit more); an overflow is a push cut short (tx) or a frame that found no room (rx), an underflow
        the queue running out (tx) or a pop cut short (rx); ais counts bits."""
        tx, (underflows, overflows) = _tributary_counters(&self.tx.sync, &self.rx.queue)
        rx = (self.rx.frames, self.rx.positive, self.rx.negative, underflows, overflows, self.rx.ais)
        return dict(zip(TRIBUTARY_COUNTERS, tx + rx, strict=True))

    def build(self, poh=None, int frames=1):
        """The next VC-12 frames, 140 octets each, with the four path overhead octets given (zeros by default; for
        tests: a mapped E1 is read by its line)."""
        out = bytearray(frames * VC12_FRAME)
        cdef uint8_t[::1] octets = out
        cdef int i
        for i in range(frames):
            e1_source(self.tx, &octets[i * VC12_FRAME])
        out[::VC12_QUARTER] = bytearray(bytes(4) if poh is None else poh) * frames
        return bytes(out)

    def parse(self, const uint8_t[::1] frames not None):
        """Take received VC-12 frames of 140 octets (for tests)."""
        cdef Py_ssize_t at
        if frames.shape[0] % VC12_FRAME:
            raise ValueError(f"a VC-12 frame has {VC12_FRAME} octets")
        for at in range(0, frames.shape[0], VC12_FRAME):
            e1_sink(self.rx, &frames[at])

    def fail(self, uint64_t frames=4):
        """That many E1 frame times (125 us; 4 are a VC-12 frame) without a trail: AIS comes out (for tests)."""
        e1_fail(self.rx, frames)


cdef class E3:
    """An E3 (34 368 kbit/s, any framing) and its asynchronous mapping into a VC-3, both directions (G.707 10.1.2.1).

    The path signal label is 4. queue_octets bounds each of the two queues. target_octets is as of an E1: 0 takes what
    is there, 4296 bits a VC-3 frame; the default is 2 ms.
    """

    def __cinit__(self, *, uint64_t queue_octets=1 << 15, uint64_t target_octets=8592):
        _check_queue(queue_octets, target_octets, E3_BITS)
        self.tx = <E3Tx *>calloc(1, sizeof(E3Tx))
        self.rx = <E3Rx *>calloc(1, sizeof(E3Rx))
        if self.tx == NULL or self.rx == NULL:
            raise MemoryError
        if not (bits_init(&self.tx.sync.queue, queue_octets) and bits_init(&self.rx.queue, queue_octets)):
            raise MemoryError
        sync_init(&self.tx.sync, 8 * target_octets, E3_GAIN, E3_BAND)

    def __dealloc__(self):
        if self.tx != NULL:
            bits_free(&self.tx.sync.queue)
            free(self.tx)
        if self.rx != NULL:
            bits_free(&self.rx.queue)
            free(self.rx)

    @property
    def label(self):
        """The signal label that goes with the mapping (C2)."""
        return C2_E3

    def push(self, const uint8_t[::1] octets not None):
        """Bits for the VC-3, first bit highest; how many octets were taken.

        What finds no room is not taken and counts as an overflow: a caller that can wait looks at `room` before.
        """
        if octets.shape[0] == 0:
            return 0
        return e3_push(self.tx, &octets[0], octets.shape[0])

    def pop(self, octets=None):
        """What has come: all whole octets of it, or `octets` at most, where less counts as an underflow."""
        cdef uint64_t n = self.ready if octets is None else octets
        out = bytearray(min(n, self.ready))
        cdef uint8_t[::1] view = out
        n = e3_pop(self.rx, &view[0] if out else NULL, n)
        return bytes(out[:n])

    @property
    def room(self):
        """Octets that `push` would take."""
        return bits_room(&self.tx.sync.queue) >> 3

    @property
    def waiting(self):
        """Octets pushed and not yet wholly in a VC-3."""
        return (bits_waiting(&self.tx.sync.queue) + 7) >> 3

    @property
    def ready(self):
        """Octets that `pop` would give."""
        return bits_waiting(&self.rx.queue) >> 3

    def counters(self):
        """All counters by name (TRIBUTARY_COUNTERS), as of an E1; justifications are counted by sub-frame."""
        tx, (underflows, overflows) = _tributary_counters(&self.tx.sync, &self.rx.queue)
        rx = (self.rx.frames, self.rx.positive, self.rx.negative, underflows, overflows, self.rx.ais)
        return dict(zip(TRIBUTARY_COUNTERS, tx + rx, strict=True))

    def build(self, poh=None, int frames=1):
        """The next VC-3 frames, 765 octets each, with the nine path overhead octets given (zeros by default; for
        tests: a mapped E3 is read by its line)."""
        out = bytearray(frames * VC3_FRAME)
        cdef uint8_t[::1] octets = out
        cdef int i
        for i in range(frames):
            e3_source(self.tx, &octets[i * VC3_FRAME])
        out[::VC3_ROW] = bytearray(bytes(9) if poh is None else poh) * frames
        return bytes(out)

    def parse(self, const uint8_t[::1] frames not None):
        """Take received VC-3 frames of 765 octets (for tests)."""
        cdef Py_ssize_t at
        if frames.shape[0] % VC3_FRAME:
            raise ValueError(f"a VC-3 frame has {VC3_FRAME} octets")
        for at in range(0, frames.shape[0], VC3_FRAME):
            e3_sink(self.rx, &frames[at])

    def fail(self, uint64_t frames=1):
        """That many VC-3 frame times (125 us) without a trail: AIS comes out (for tests)."""
        while frames:
            e3_fail(self.rx)
            frames -= 1


cdef class TributaryQueue:
    """The queue of bits that stands before and behind a mapping, alone (for tests).

    Raises ValueError for more than there is room for, or than is there.
    """

    cdef BitQueue q

    def __cinit__(self, uint64_t octets):
        if not bits_init(&self.q, octets):
            raise MemoryError

    def __dealloc__(self):
        bits_free(&self.q)

    def put(self, const uint8_t[::1] octets not None):
        """Put in whole octets."""
        if 8 * <uint64_t>octets.shape[0] > bits_room(&self.q):
            raise ValueError("no room")
        if octets.shape[0]:
            bits_put(&self.q, &octets[0], octets.shape[0])

    def put_few(self, uint64_t bits, unsigned n):
        """Put in the n lowest bits, 56 at most, highest first."""
        if n > BITS_FEW or n > bits_room(&self.q) or bits >> n:
            raise ValueError("no room")
        bits_put_few(&self.q, bits, n)

    def get(self, uint64_t octets):
        """Take out whole octets."""
        if 8 * octets > bits_waiting(&self.q):
            raise ValueError("not there")
        out = PyBytes_FromStringAndSize(NULL, octets)
        bits_get(&self.q, <uint8_t *>PyBytes_AS_STRING(out), octets)
        return out

    def get_few(self, unsigned n):
        """Take out n bits, 1 to 56, as a number."""
        if not 1 <= n <= BITS_FEW or n > bits_waiting(&self.q):
            raise ValueError("not there")
        return bits_get_few(&self.q, n)

    @property
    def waiting(self):
        """Bits in it."""
        return bits_waiting(&self.q)
