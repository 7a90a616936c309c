# HDLC frames in the octets of a channel. Included by _framing.pyx.

from libc.stddef cimport size_t
from libc.stdlib cimport malloc

from msapemu.wire.hdlc cimport (HdlcFormat, HdlcRx, HdlcTx, hdlc_break, hdlc_close, hdlc_flag, hdlc_flags, hdlc_part,
                                hdlc_room, hdlc_rx_init, hdlc_rx_room, hdlc_take, hdlc_tx_init)

cdef enum:
    HDLC_LONGEST = 1600


cdef class Hdlc:
    """Frames to a continuous stream, and back: flags, FCS, and zero insertion or escaped octets (ISO/IEC 13239, RFC
    1662). The stream is in octets, their most significant bit first; the octets of a frame are sent with the least
    significant bit first, escaped ones as they are.

    longest: octets of the longest frame that is taken, without FCS. fcs: 16, 32, or None for frames without. stuffing:
    "bit" or "octet".
    """

    cdef HdlcTx tx
    cdef HdlcRx rx
    cdef bytearray waiting      # octets of the stream that have frames in them
    cdef list received
    cdef uint64_t tx_frames

    def __cinit__(self, uint64_t longest=HDLC_LONGEST, *, fcs=16, stuffing="bit"):
        cdef HdlcFormat f
        if not 2 <= longest <= 1 << 24:
            raise ValueError(f"longest must be 2..{1 << 24}")
        if fcs not in _FCS_LENGTHS:
            raise ValueError(f"fcs must be 16, 32 or None, not {fcs!r}")
        if stuffing not in _STUFFINGS:
            raise ValueError(f"stuffing must be bit or octet, not {stuffing!r}")
        f.fcs = _FCS_LENGTHS[fcs]
        f.octets = _STUFFINGS[stuffing]
        f.laps = False
        hdlc_tx_init(&self.tx, &f)
        hdlc_rx_init(&self.rx, &f, <uint8_t *>malloc(hdlc_rx_room(&f, longest)), longest)
        if self.rx.unstuffer.room == NULL:
            raise MemoryError
        self.waiting = bytearray()
        self.received = []

    def __dealloc__(self):
        free(self.rx.unstuffer.room)

    cdef bytes _flags(self, Py_ssize_t octets):
        out = PyBytes_FromStringAndSize(NULL, octets)
        hdlc_flags(&self.tx, <uint8_t *>PyBytes_AS_STRING(out), octets)
        return out

    def send(self, const uint8_t[::1] frame not None, *, abort=False):
        """Queue a frame, of two octets at least. abort: it breaks off behind the last of these octets."""
        cdef uint64_t n = frame.shape[0]
        cdef uint8_t *first
        cdef uint8_t *at
        if n < 2:
            raise ValueError("a frame has two octets at least")
        out = PyBytes_FromStringAndSize(NULL, 1 + hdlc_room(&self.tx, n))
        first = at = <uint8_t *>PyBytes_AS_STRING(out)
        if not (self.tx_frames or self.waiting):
            at = hdlc_flag(&self.tx, at)
        at = hdlc_part(&self.tx, &frame[0], n, at)
        at = hdlc_break(&self.tx, at) if abort else hdlc_close(&self.tx, at)
        self.waiting += out[:at - first]
        self.tx_frames += 1

    def fill(self, octets=None):
        """The next octets of the stream: the frames that wait, and flags. None: as many as the frames take with the
        flag behind the last, and none when no frame waits.
        """
        cdef Py_ssize_t n, have
        if octets is None:
            octets = len(self.waiting) + (self.tx.stuffer.bits > 0) if self.waiting else 0
        if octets < 0:
            raise ValueError("octets must not be negative")
        n = octets
        have = min(n, <Py_ssize_t>len(self.waiting))
        out = bytes(self.waiting[:have]) + self._flags(n - have)
        del self.waiting[:have]
        return out

    def take(self, const uint8_t[::1] octets not None):
        """Octets of the stream that came."""
        cdef size_t left = octets.shape[0]
        cdef const uint8_t *at
        cdef uint64_t length
        if left == 0:
            return
        at = &octets[0]
        while True:
            length = hdlc_take(&self.rx, &at, &left)
            if length == 0:
                return
            self.received.append((<const char *>self.rx.unstuffer.room)[:length])

    def receive(self):
        """The good frames that have come since the last call, without FCS."""
        received = self.received
        self.received = []
        return received

    @property
    def waiting_octets(self):
        """Of the stream, with frames in them."""
        return len(self.waiting)

    def counters(self):
        """tx_frames: queued. rx_frames, rx_octets: good ones. fcs_errors, aborts, too_long, invalid (too short, or no
        whole number of octets): what came and is no frame.
        """
        return {"tx_frames": self.tx_frames, "rx_frames": self.rx.count.frames, "rx_octets": self.rx.count.octets,
                "fcs_errors": self.rx.count.fcs_errors, "aborts": self.rx.count.aborts,
                "too_long": self.rx.count.too_long, "invalid": self.rx.count.invalid}
