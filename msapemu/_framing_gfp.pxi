# The clients of a group and its GFP format. Included by _framing.pyx.

_FRAMES_IN_MS = 8               # line frames
# `ChannelTx.failed` and `ChannelRx.csf` in words
_FAILURES = {None: 0, "signal": CMF_CSF_SIGNAL, "sync": CMF_CSF_SYNC, "forward": CMF_FDI}
CHANNEL_COUNTERS = (
    "tx_client_frames", "tx_client_octets", "tx_dropped", "tx_csf_frames", "tx_dci_frames", "tx_fdi_frames",
    "tx_rdi_frames", "rx_client_frames", "rx_client_octets", "rx_dropped", "rx_csf_frames", "rx_dci_frames",
    "rx_fdi_frames", "rx_rdi_frames", "rx_other_management", "payload_fcs_errors", "ethernet_fcs_errors",
    "upi_mismatch", "too_short", "too_long", "csf", "defects",
)
assert sizeof(ChannelCounters) == 8 * len(CHANNEL_COUNTERS)


cdef GfpFormat _gfp_format(bint payload_fcs, bint scramble, bint fcs_reversed, bint fcs_inverted,
                           bint correct_extension, bint rdi, csf_interval, Extension extension) except *:
    cdef GfpFormat f
    if not 100 <= csf_interval <= 1000:
        raise ValueError("csf_interval must be 100..1000 ms")
    f.payload_fcs = payload_fcs
    f.scramble = scramble
    f.fcs_reversed = fcs_reversed
    f.fcs_inverted = fcs_inverted
    f.correct_extension = correct_extension
    f.rdi = rdi
    f.csf_interval = csf_interval * _FRAMES_IN_MS
    f.extension = extension
    return f


cdef _client_queue(ChannelTx *c, const uint8_t[::1] octets):
    cdef uint32_t n = <uint32_t>octets.shape[0]
    cdef uint8_t *room
    if octets.shape[0] > c.most:
        raise ValueError(f"a client frame of {octets.shape[0]} octets is longer than {c.most}")
    room = queue_reserve(&c.queue, n)
    if room == NULL:
        return False
    memcpy(room, &octets[0], n)
    queue_commit(&c.queue, n)
    return True


cdef _client_send(ChannelTx *c, const uint8_t[::1] frame):
    if not c.ethernet:
        raise ValueError("this client is not Ethernet: use send_raw")
    if frame.shape[0] < ETHERNET_HEADER:
        raise ValueError(f"{frame.shape[0]} octets are no Ethernet frame")
    return _client_queue(c, frame)


cdef _client_send_raw(ChannelTx *c, const uint8_t[::1] information):
    if c.ethernet:
        raise ValueError("this client is Ethernet: use send")
    if information.shape[0] == 0:
        raise ValueError("an empty information field")
    return _client_queue(c, information)


cdef list _client_receive(ChannelRx *c):
    return _frames(&c.queue)


cdef _client_failed(ChannelTx *c, kind):
    if kind not in _FAILURES:
        raise ValueError(f"no client failure {kind!r}")
    c.failed = _FAILURES[kind]


cdef class ClientChannel:
    """One client of a group: the only one, or one of those that share it by channel (CID). A group gives it."""

    def __init__(self):
        raise TypeError("a group gives its channels")

    def send(self, const uint8_t[::1] frame not None):
        """Queue an Ethernet frame (destination address on, without FCS); False when the queue is full.

        Raises ValueError for a frame shorter than its header or longer than GFP carries.
        """
        return _client_send(self.tx, frame)

    def send_raw(self, const uint8_t[::1] information not None):
        """Queue a GFP client information field as it is (no FCS is made); False when the queue is full."""
        return _client_send_raw(self.tx, information)

    def receive(self):
        """Take all client frames that have come (Ethernet: FCS checked and removed)."""
        return _client_receive(self.rx)

    def client_failed(self, kind=None):
        """Say what the client's state is: None (good), "signal" (loss of client signal), "sync" (loss of character
        synchronisation), "forward" (it reports a defect from further on). The far end is told; frames that wait are
        dropped.
        """
        _client_failed(self.tx, kind)

    def counters(self):
        """All counters by name (CHANNEL_COUNTERS), both directions."""
        cdef ChannelCounters c = self.rx.counters
        c.tx_client_frames = self.tx.counters.tx_client_frames
        c.tx_client_octets = self.tx.counters.tx_client_octets
        c.tx_dropped = self.tx.counters.tx_dropped
        c.tx_csf_frames = self.tx.counters.tx_csf_frames
        c.tx_dci_frames = self.tx.counters.tx_dci_frames
        c.tx_fdi_frames = self.tx.counters.tx_fdi_frames
        c.tx_rdi_frames = self.tx.counters.tx_rdi_frames
        return _counters(<const uint64_t *>&c, CHANNEL_COUNTERS)

    def close(self):
        """Carry nothing for this channel any more, either way; what waits is dropped. `Group.add_channel` opens it
        again. Raises ValueError for the client of a group without channels.
        """
        if self.tx.cid == CID_NONE:
            raise ValueError("the client of a group without channels cannot be closed")
        self.group.rx.channels.by_cid[self.tx.cid] = 0
        self.tx.open = False

    @property
    def cid(self):
        """Its channel; None behind the null extension header."""
        return None if self.tx.cid == CID_NONE else self.tx.cid

    @property
    def open(self):
        """It was not closed."""
        return self.tx.open

    @property
    def waiting(self):
        """Client frames not yet wholly on the line."""
        return self.tx.queue.frames

    @property
    def csf(self):
        """What the far end says of its client: None, "signal" or "sync"."""
        return (None, "signal", "sync")[self.rx.csf]

    @property
    def fdi(self):
        """The far client reports a forward defect."""
        return self.rx.fdi != 0

    @property
    def rdi(self):
        """The far client's sink reports that it receives nothing."""
        return self.rx.rdi != 0

    @property
    def carrier(self):
        """The client has a signal, as far as this end is told: no server failure, LFD, CSF or FDI."""
        return client_carrier(self.group.rx, self.rx)


cdef ClientChannel _channel_of(Group group, int k):
    """The group's channel k. It keeps the group; the group does not keep it."""
    cdef ClientChannel channel = ClientChannel.__new__(ClientChannel)
    channel.group, channel.tx, channel.rx = group, group.tx.channels.of[k], group.rx.channels.of[k]
    return channel


cdef _channel_new(Group group, cid, int upi, uint32_t weight, uint64_t queue_octets, uint32_t longest):
    """Append a channel to the group; a loop that works on the group sees it when it is whole."""
    cdef int at = group.tx.channels.count
    cdef int number = CID_NONE if cid is None else cid
    cdef ChannelTx *tx
    cdef ChannelRx *rx
    if not 0 <= upi <= 255:
        raise ValueError("upi must be 0..255")
    if cid is not None and not 0 <= number <= 255:
        raise ValueError("cid must be 0..255")
    if not 1 <= weight <= 255:
        raise ValueError("weight must be 1..255")
    if at == CHANNELS:
        raise ValueError(f"a group has at most {CHANNELS} channels")
    tx = <ChannelTx *>calloc(1, sizeof(ChannelTx))
    rx = <ChannelRx *>calloc(1, sizeof(ChannelRx))
    try:
        if tx == NULL or rx == NULL:
            raise MemoryError
        channel_tx_init(tx, &group.tx.gfp.format, number, upi, weight)
        channel_rx_init(rx, number, upi, longest)
        if not 1 <= longest <= tx.most:
            raise ValueError(f"longest must be 1..{tx.most}")
        if not (queue_init(&tx.queue, queue_octets, longest) and queue_init(&rx.queue, queue_octets, longest)):
            raise MemoryError
    except BaseException:
        _channel_free(tx, rx)
        raise
    group.tx.channels.of[at] = tx
    group.rx.channels.of[at] = rx
    publish(&group.tx.channels.count, at + 1)
    publish(&group.rx.channels.count, at + 1)
    if cid is not None:
        group.rx.channels.by_cid[number] = <uint8_t>(at + 1)


cdef void _channel_free(ChannelTx *tx, ChannelRx *rx) noexcept:
    if tx != NULL:
        queue_free(&tx.queue)
        free(tx)
    if rx != NULL:
        queue_free(&rx.queue)
        free(rx)
