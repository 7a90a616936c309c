# The parts of the loop that know no socket and no clock, for tests: time is an argument, octets go in and come out.


cdef class ClockProbe:
    """A shelf's clock with its inputs, in virtual time (clock.pxd)."""
    cdef Clock clock
    cdef Input inputs[8]
    cdef readonly int count
    cdef readonly int reference
    cdef readonly int steps     # how often a virtual time was set anew

    def __cinit__(self, uint64_t now_ns, int inputs=0, int reference=-1, double ppm=0.0, uint64_t jitter=16,
                  uint64_t patience_ns=1_000_000_000, uint32_t oscillator=1):
        memset(&self.inputs, 0, sizeof(self.inputs))
        self.count = inputs
        self.reference = reference
        for i in range(inputs):
            self.inputs[i].patience_ns = patience_ns
        clock_start(&self.clock, now_ns, clock_rate(ppm), oscillator)
        clock_set(&self.clock, now_ns, reference >= 0, clock_rate(ppm), jitter)

    def set(self, uint64_t now_ns, int reference, double ppm, uint64_t jitter):
        self.reference = reference
        clock_set(&self.clock, now_ns, reference >= 0, clock_rate(ppm), jitter)

    def reach(self, int n, uint64_t frame, uint64_t virtual_ns=0, uint32_t oscillator=0):
        """Input n is in service, and all frames before the peer's number `frame` have come; the one before that with
        this virtual time, counted by that oscillator."""
        self.inputs[n].in_service = True
        self.inputs[n].reached = frame
        if oscillator and frame:
            heard_take(&self.inputs[n].heard, frame - 1, virtual_ns, oscillator)

    def lose(self, int n):
        self.inputs[n].in_service = False
        heard_anew(&self.inputs[n].heard)

    def look(self, uint64_t now_ns, uint64_t passed_ns=1_000_000):
        """How many frames may have left at `now_ns`; all of them leave."""
        cdef Input *reference = NULL
        cdef uint64_t target
        cdef int i
        for i in range(self.count):
            heard_learn(&self.inputs[i].heard)
        if self.reference >= 0:
            reference = &self.inputs[self.reference]
        clock_look(&self.clock, now_ns, reference)
        for i in range(self.count):
            input_follow(&self.inputs[i], &self.clock, now_ns, passed_ns, i == self.reference)
            self.steps += input_course(&self.inputs[i], &self.clock, 0) != 0
        target = self.clock.due
        for i in range(self.count):
            target = input_limit(&self.inputs[i], &self.clock, target)
        self.clock.frame = target
        return target

    @property
    def due(self):
        return self.clock.due

    @property
    def frame(self):
        return self.clock.frame

    @property
    def skipped(self):
        return self.clock.skipped

    @property
    def holdover(self):
        return bool(self.clock.holdover)

    @property
    def ppm(self):
        """How far off the rate is that holdover would go on with."""
        return (self.clock.rate / 8e-6 - 1) * 1e6

    def time(self, uint64_t frame):
        """The virtual time of an own frame, ns."""
        return time_of(&self.clock.time, frame)

    @property
    def oscillator(self):
        """By which the frames are counted: the own one, or the reference's."""
        return self.clock.time.oscillator

    def virtual(self, int n):
        """V of input n for the frame that was next at the last look: (whole frames, rest), None without one. It may be
        before the first frame of a session."""
        if not self.inputs[n].course.running:
            return None
        return <int64_t>self.inputs[n].course.frame, self.inputs[n].course.part

    def pace(self, int n):
        """Frames of input n a frame of ours."""
        return self.inputs[n].course.pace

    def offset(self, int n):
        return self.inputs[n].offset

    def stuck(self, int n):
        return bool(self.inputs[n].stuck)


cdef class LinkProbe:
    """The receive side of a link without a socket (links.pxd): datagrams in, frames out."""
    cdef Link link
    cdef FrameRing ring

    def __cinit__(self, int frames=64, uint64_t limit_ns=250_000_000, str rate="stm1"):
        self.ring = FrameRing(frames, rate)
        self.link.fd = -1
        self.link.limit_ns = limit_ns
        self.link.rx.ring = self.ring.ring
        link_start(&self.link)

    def take(self, const uint8_t[::1] datagram, uint64_t now_ns=0):
        """One datagram: (False when the ring is full, what changed)."""
        cdef Change change = NOTHING
        cdef const uint8_t *octets = &datagram[0] if datagram.shape[0] else NULL
        taken = link_take(&self.link, octets, datagram.shape[0], now_ns, &change)
        return taken, change

    def hear(self, uint64_t passed_ns, bint heard, int error=0):
        return link_hear(&self.link, passed_ns, heard, error)

    def close_hole(self, uint64_t now_ns, uint64_t patience_ns):
        link_close_hole(&self.link, now_ns, patience_ns)

    def make_room(self):
        link_make_room(&self.link)

    def move(self, FrameRing ring not None):
        """Go on in another ring."""
        reassembly_move(&self.link.rx, ring.ring)
        self.ring = ring

    def frames(self):
        """The octets that can be parsed now; they are taken out."""
        out = bytearray()
        while True:
            n = reassembly_ready(&self.link.rx)
            if n == 0:
                return bytes(out)
            out += (<const uint8_t *>reassembly_front(&self.link.rx))[:n * frame_octets(&self.ring.ring)]
            reassembly_pop(&self.link.rx, n)

    @property
    def los(self):
        return bool(self.link.los)

    @property
    def reached(self):
        return self.link.input.reached

    @property
    def next(self):
        return self.link.rx.next

    @property
    def waiting(self):
        return self.link.rx.high - self.link.rx.next

    def counters(self):
        self.link.counters.lost_frames = self.link.rx.lost_frames
        words = <uint64_t *>&self.link.counters
        return {name: words[i] for i, name in enumerate(LINK_FIELDS)}


cdef class PortProbe:
    """A client port with a queue of its own (ports.pxd), on any descriptor that keeps frames apart: `longest` octets in
    a frame, `limit` octets in the queue; `batched`: as a TAP where the kernel has batches, else one by one."""
    cdef Port port
    cdef FrameQueue queue
    cdef batch many

    def __cinit__(self, int fd, uint32_t longest, uint64_t limit, bint batched):
        memset(&self.port, 0, sizeof(Port))
        memset(&self.many, 0, sizeof(batch))
        self.many.ring = -1
        self.port.fd = fd
        self.port.longest = longest
        if not queue_init(&self.queue, limit, longest + 1):
            raise MemoryError
        if batched:
            batch_open(&self.many)

    def __dealloc__(self):
        batch_close(&self.many)
        queue_free(&self.queue)

    @property
    def batched(self):
        return self.many.ring >= 0

    def take(self):
        port_take(&self.port, &self.queue, &self.many)

    def give(self):
        port_give(&self.port, &self.queue, &self.many)

    def put(self, bytes frame not None):
        """A frame for `give`; False: the queue is full."""
        cdef uint8_t *room = queue_reserve(&self.queue, <uint32_t>len(frame))
        if room == NULL:
            return False
        memcpy(room, <const uint8_t *>frame, len(frame))
        queue_commit(&self.queue, <uint32_t>len(frame))
        return True

    def frames(self, int most):
        """Up to so many frames, which leave the queue."""
        cdef uint32_t length
        cdef uint8_t *frame
        out = []
        while len(out) < most:
            frame = queue_front(&self.queue, &length)
            if frame == NULL:
                break
            out.append((<const uint8_t *>frame)[:length])
            queue_pop(&self.queue)
        return out

    def counters(self):
        words = <uint64_t *>&self.port.counters
        return {name: words[i] for i, name in enumerate(PORT_FIELDS)}


def emit_datagram(int kind, uint32_t session, uint32_t line, uint64_t frame, uint32_t offset, bytes octets not None,
                  uint64_t time_ns=0, str rate="stm1", uint32_t oscillator=1, uint64_t virtual_ns=0):
    """A datagram as the loop would send it (datagram.pxd)."""
    cdef Datagram d
    cdef uint8_t header[HEADER]
    d.kind = <uint8_t>kind
    d.type = <uint16_t><int>LINE_TYPES[rate]
    d.session = session
    d.line = line
    d.frame = frame
    d.offset = offset
    d.count = len(octets)
    d.oscillator = oscillator
    d.time_ns = time_ns
    d.virtual_ns = virtual_ns
    datagram_emit(&d, header)
    return (<const uint8_t *>header)[:HEADER] + octets


def port_frame_checksum(bytes frame not None, uint32_t start, uint32_t at):
    """A frame with the checksum finished that its sender left to hardware (ports.h)."""
    out = bytearray(frame)
    port_checksum(out, len(frame), start, at)
    return bytes(out)
