# Client ports that are an E1. Included by loop.pyx.

from msapemu._framing cimport E1Bearer, Pseudowire
from msapemu.dataplane.e1port cimport (
    E1PORT_FILES, E1PORT_NOTHING, E1PORT_PACKETS, E1PORT_STREAM, NOBODY, E1Port, E1PortCounters, e1_exchange, e1_peek,
    e1_store, e1port_receive, e1port_send,
)
from msapemu.wire.bitqueue cimport BitQueue, bits_free, bits_init

E1_PORT_FIELDS = (
    "rx_octets", "rx_filled", "tx_octets", "tx_dropped", "rx_datagrams", "tx_datagrams", "tx_refused", "connections",
    "defects",
)
assert sizeof(E1PortCounters) == 8 * len(E1_PORT_FIELDS)

cdef enum:
    E1_PORT_QUEUE = 8192        # octets, each way: 32 ms

cdef dict _E1_PORT_KINDS = {"nothing": E1PORT_NOTHING, "packets": E1PORT_PACKETS, "stream": E1PORT_STREAM,
                            "files": E1PORT_FILES}


cdef class E1ClientPort:
    """A port that is an E1: `kind` "packets" (a Pseudowire over the connected UDP socket `fd`), "stream" (clients are
    given with `attach`), "files" (`fd` is read, `out` written, -1: neither), or "nothing". Descriptors do not block and
    stay the caller's. `bearer` is the E1."""
    cdef E1Port port
    cdef BitQueue to_end        # but of packets, which have their own
    cdef BitQueue from_end
    cdef readonly Pseudowire pseudowire
    cdef readonly str kind

    def __cinit__(self, str kind not None, Pseudowire pseudowire=None, *, int fd=-1, int out=-1):
        cdef E1Port *p = &self.port
        if (kind == "packets") != (pseudowire is not None):
            raise ValueError("packets are of a pseudowire, and of nothing else")
        p.kind = _E1_PORT_KINDS[kind]
        p.fd = fd
        p.out = out
        p.offered = p.done = NOBODY
        self.kind = kind
        self.pseudowire = pseudowire
        if not (bits_init(&self.to_end, E1_PORT_QUEUE) and bits_init(&self.from_end, E1_PORT_QUEUE)):
            raise MemoryError
        p.tx, p.rx = &self.to_end, &self.from_end
        if pseudowire is not None:
            p.tx, p.rx = &pseudowire.sent, &pseudowire.received
            p.pw_tx, p.pw_rx = pseudowire.tx, pseudowire.rx

    def __dealloc__(self):
        bits_free(&self.to_end)
        bits_free(&self.from_end)

    @property
    def bearer(self):
        """The E1, as an E1Bearer. A pseudowire makes packets as bits come, everything else takes them at the shelf's
        pace."""
        cdef E1Bearer made = E1Bearer.__new__(E1Bearer)
        made.owner = self
        made.b.tx = self.port.tx
        made.b.rx = self.port.rx
        made.b.los = &self.port.los
        made.b.paced = self.pseudowire is None
        return made

    def attach(self, int fd):
        """Give it a client, a connected stream socket that does not block; False: it has one already."""
        if self.connected:
            return False
        e1_store(&self.port.offered, fd)
        return True

    def detached(self):
        """The descriptor of a client that has gone, to be closed; -1: none."""
        return e1_exchange(&self.port.done, NOBODY)

    @property
    def connected(self):
        """It has a client, or one that has gone and waits to be closed."""
        return e1_peek(&self.port.offered) != NOBODY or e1_peek(&self.port.done) != NOBODY \
            or e1_peek(&self.port.fd) != NOBODY

    def counters(self):
        """All counters by name (E1_PORT_FIELDS)."""
        cdef const uint64_t *words = <const uint64_t *>&self.port.counters
        return {name: words[i] for i, name in enumerate(E1_PORT_FIELDS)}

    @property
    def defects(self):
        """Names of the defects that stand."""
        return _framing.defect_names(self.port.counters.defects)

    def receive(self, uint64_t frames=1, uint64_t behind=0):
        """As the loop does it (for tests)."""
        cdef udp_rx *rx = <udp_rx *>calloc(1, sizeof(udp_rx))
        if rx == NULL:
            raise MemoryError
        with nogil:
            e1port_receive(&self.port, rx, frames, behind)
        free(rx)

    def send(self, uint64_t frames=1):
        """As the loop does it (for tests)."""
        with nogil:
            e1port_send(&self.port, frames)
