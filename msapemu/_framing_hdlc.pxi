# HDLC frames in the octets of a channel. Included by _framing.pyx.

from libc.stdlib cimport malloc

from msapemu.wire.hdlc cimport (HDLC_FCS, HDLC_FLAG, HdlcRx, HdlcTx, hdlc_mark, hdlc_room, hdlc_send, hdlc_start,
                                hdlc_take)

cdef enum:
    HDLC_LONGEST = 1600


cdef class Hdlc:
    """Frames to a continuous stream of bits, and back: flags, zero insertion, FCS-16 (ISO/IEC 13239). The stream is in
    octets, their most significant bit first; the octets of a frame are sent with the least significant bit first.

    longest: octets of the longest frame that is taken, without FCS.
    """

    cdef HdlcTx tx
    cdef HdlcRx rx
    cdef bytearray waiting      # octets of the stream that have frames in them
    cdef list received
    cdef uint64_t tx_frames

    def __cinit__(self, uint64_t longest=HDLC_LONGEST):
        if not 2 <= longest <= 1 << 24:
            raise ValueError(f"longest must be 2..{1 << 24}")
        hdlc_start(&self.rx, <uint8_t *>malloc(longest + HDLC_FCS), longest)
        if self.rx.room == NULL:
            raise MemoryError
        self.waiting = bytearray()
        self.received = []

    def __dealloc__(self):
        free(self.rx.room)

    cdef bytes _flags(self, Py_ssize_t octets):
        out = PyBytes_FromStringAndSize(NULL, octets)
        cdef uint8_t *at = <uint8_t *>PyBytes_AS_STRING(out)
        cdef Py_ssize_t i
        for i in range(octets):
            at = hdlc_mark(&self.tx, HDLC_FLAG, at)
        return out

    def send(self, const uint8_t[::1] frame not None, *, abort=False):
        """Queue a frame, of two octets at least. abort: it breaks off behind the last of these octets."""
        cdef uint64_t n = frame.shape[0]
        if n < 2:
            raise ValueError("a frame has two octets at least")
        if not (self.tx_frames or self.waiting):
            self.waiting += self._flags(1)
        out = PyBytes_FromStringAndSize(NULL, hdlc_room(n))
        n = hdlc_send(&self.tx, &frame[0], n, abort, <uint8_t *>PyBytes_AS_STRING(out))
        self.waiting += out[:n]
        self.tx_frames += 1

    def fill(self, octets=None):
        """The next octets of the stream: the frames that wait, and flags. None: as many as the frames take with the
        flag behind the last, and none when no frame waits.
        """
        cdef Py_ssize_t n, have
        if octets is None:
            octets = len(self.waiting) + (self.tx.bits > 0) if self.waiting else 0
        if octets < 0:
            raise ValueError("octets must not be negative")
        n = octets
        have = min(n, <Py_ssize_t>len(self.waiting))
        out = bytes(self.waiting[:have]) + self._flags(n - have)
        del self.waiting[:have]
        return out

    def take(self, const uint8_t[::1] octets not None):
        """Octets of the stream that came."""
        cdef Py_ssize_t i
        cdef uint64_t length
        for i in range(octets.shape[0]):
            length = hdlc_take(&self.rx, octets[i])
            if length:
                self.received.append((<const char *>self.rx.room)[:length])

    def receive(self):
        """The good frames that have come since the last call, without FCS."""
        received = self.received
        self.received = []
        return received

    def counters(self):
        """tx_frames: queued. rx_frames, rx_octets: good ones. fcs_errors, aborts, too_long, invalid (too short, or no
        whole number of octets): what came and is no frame.
        """
        return {"tx_frames": self.tx_frames, "rx_frames": self.rx.count.frames, "rx_octets": self.rx.count.octets,
                "fcs_errors": self.rx.count.fcs_errors, "aborts": self.rx.count.aborts,
                "too_long": self.rx.count.too_long, "invalid": self.rx.count.invalid}
