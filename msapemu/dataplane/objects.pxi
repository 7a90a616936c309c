# The Python objects that own what the loop works on. They live in plan.Plan and are made and dropped by the control
# thread; the loop sees the structs in them only.

from msapemu import _framing
from msapemu._framing cimport ClientChannel, Fabric, Group, Impairment, Line, LineMap, PdhLine
from msapemu.wire.map cimport UNIT_CROSS, UnitTx

LOOP_FIELDS = (
    "frame", "ticks", "late_ticks", "longest_late_us", "iterations", "held_ticks", "holdover", "reference",
    "skipped_frames", "rx_backlog", "tx_backlog", "cpu_ns", "generation", "real_time", "notices_dropped",
)
LINK_FIELDS = (
    "rx_datagrams", "tx_datagrams", "lost_frames", "late_datagrams", "foreign_datagrams", "tx_dropped", "sessions",
    "los", "silent", "delay_frames", "bit_errors", "tx_frame", "rx_frame", "rx_backlog",
    "tu_increments", "tu_decrements", "tu_new_data", "tx_increments", "tx_decrements", "tx_new_data", "time_steps",
    "transit_ns",
)
PORT_FIELDS = (
    "tap_rx_frames", "tap_rx_octets", "tap_tx_frames", "tap_tx_octets", "tap_tx_dropped", "oversize", "unmapped",
    "gone", "queue_frames", "queue_octets", "client_up", "carrier", "csf_sent",
)
LINE_FIELDS = (*_framing.LINE_COUNTERS, *LINK_FIELDS)
PDH_LINE_FIELDS = (*_framing.PDH_COUNTERS, *(f"g832_{name}" for name in _framing.G832_COUNTERS), *LINK_FIELDS)
MUX_FIELDS = _framing.MUX_COUNTERS
E1_FIELDS = _framing.P12_COUNTERS
E1_CLIENT_FIELDS = (*E1_PORT_FIELDS, *(f"pw_{name}" for name in _framing.PW_COUNTERS))
CLIENT_FIELDS = (*_framing.CHANNEL_COUNTERS, *PORT_FIELDS)
GROUP_STATE = ("lcas", "plain", "tx_members", "tx_size", "rx_members", "rx_size", "ack_timeouts")
GROUP_FIELDS = (*_framing.GROUP_COUNTERS, *(f"gfp_t_{name}" for name in _framing.GFP_T_COUNTERS), *GROUP_STATE)
MEMBER_FIELDS = (
    *(f"tx_{name}" for name in _framing.MEMBER_TX_FIELDS), *(f"rx_{name}" for name in _framing.MEMBER_RX_FIELDS)
)

cdef enum:
    MOST_LINES = 256

if sizeof(LoopCounters) != 8 * len(LOOP_FIELDS) \
        or sizeof(LinkCounters) + sizeof(LineCounters) != 8 * len(LINE_FIELDS) \
        or sizeof(PdhCounters) + sizeof(G832Counters) + sizeof(LinkCounters) != 8 * len(PDH_LINE_FIELDS) \
        or sizeof(MuxCounters) != 8 * len(MUX_FIELDS) or sizeof(P12Counters) != 8 * len(E1_FIELDS) \
        or sizeof(E1PortCounters) + sizeof(PwRxCounters) != 8 * len(E1_CLIENT_FIELDS) \
        or sizeof(ChannelCounters) + sizeof(PortCounters) != 8 * len(CLIENT_FIELDS) \
        or sizeof(GroupCounters) + sizeof(GfpTCounters) + sizeof(GroupStatus) != 8 * len(GROUP_FIELDS) \
        or sizeof(MemberTxStatus) + sizeof(MemberRxStatus) != 8 * len(MEMBER_FIELDS):
    raise ImportError("the status region's names do not fit its records; build msapemu again")


# in datagrams
LINE_TYPES = {"stm1": 1, "stm4": 4, "stm16": 16, "e1": LINE_E1, "e2": LINE_E2, "e3": LINE_E3, "g832": LINE_G832,
              "fe": LINE_FE}


cdef LineType _line_type(rate) except *:
    cdef LineType t
    if not line_type(&t, LINE_TYPES.get(rate, 0)):
        raise ValueError(f"{rate!r} is no rate of a line: {', '.join(LINE_TYPES)}")
    return t


def datagram_length(rate):
    """Octets of a full datagram of a line of that rate, the header among them."""
    cdef LineType t = _line_type(rate)
    return HEADER + datagram_octets(&t)


cdef class FrameRing:
    """Memory for the frames that a line of `rate` has received and not parsed: `frames` of them (a power of two)."""
    cdef Ring ring
    cdef readonly int frames
    cdef readonly str rate

    def __cinit__(self, int frames, str rate="stm1"):
        if frames < 1 or frames & (frames - 1):
            raise ValueError("a power of two")
        self.ring.type = _line_type(rate)
        self.rate = rate
        self.frames = frames
        self.ring.size = <uint64_t>frames
        self.ring.octets = <uint8_t *>calloc(frames, frame_octets(&self.ring))
        self.ring.got = <uint32_t *>calloc(frames, sizeof(uint32_t))
        if self.ring.octets == NULL or self.ring.got == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.ring.octets)
        free(self.ring.got)


cdef class LinkPort:
    """A line's link: `fd` a connected UDP socket (-1: nothing plugged in), `line` slot << 16 | port."""
    cdef Link link
    cdef FrameRing ring         # in use until a plan with another one has been taken
    cdef Impairment impairment  # of what is received; None of a PDH line

    def __cinit__(self, int fd, uint32_t line, uint64_t silence_limit_us, uint32_t session, FrameRing ring not None):
        self.ring = ring
        self.link.fd = fd
        self.link.line = line
        self.link.own_session = session
        self.link.rx.ring = ring.ring
        link_start(&self.link)
        self.set_limit(silence_limit_us)
        if ring.ring.type.code <= 16:
            self.impairment = Impairment(rate=ring.rate)
            self.link.faults.impair = self.impairment.state

    def set_limit(self, uint64_t silence_limit_us):
        self.link.limit_ns = silence_limit_us * 1000
        # a peer that lives but gets nowhere waits for others, each for its own limit
        self.link.input.patience_ns = 4 * self.link.limit_ns

    def farewell(self, uint64_t frame, uint32_t session):
        """Tell the peer that this side stops, and be `session` for whoever is the peer next."""
        cdef udp_tx *tx
        cdef TimeLine nobody
        cdef int i
        if self.link.fd < 0:
            return
        memset(&nobody, 0, sizeof(TimeLine))
        nobody.oscillator = self.link.own_session
        tx = <udp_tx *>calloc(1, sizeof(udp_tx))
        if tx == NULL:
            raise MemoryError
        for i in range(3):
            link_tell(&self.link, tx, CLOSING, frame, &nobody, sys_now_ns())
        self.link.own_session = session
        free(tx)


cdef class ClientPort:
    """A client port on descriptor `fd`; `longest` is the longest frame in octets, without FCS. `control` and `watched`:
    by what its client's state is asked (carrier.h); `own_carrier`: that is the TAP itself."""
    cdef Port port

    def __cinit__(self, int fd, bint nic, uint32_t longest, int control, int watched, bint own_carrier):
        memset(&self.port, 0, sizeof(Port))
        self.port.fd = fd
        self.port.nic = nic
        self.port.longest = longest
        self.port.control = control
        self.port.watched = watched
        self.port.own_carrier = own_carrier
        self.port.counters.client_up = self.port.counters.carrier = 1      # until it is looked at
        if longest + 1 > SCRATCH:
            raise ValueError("frame too long")

    def set_longest(self, uint32_t longest):
        self.port.longest = longest

    def let_go(self):
        """The loop has it no more: whoever has the TAP next has its carrier."""
        carrier_give(&self.port, True)

    @property
    def gone(self):
        """The interface is not there any more."""
        return self.port.counters.gone != 0


cdef class BitErrors:
    """What a PDH line goes through: bit errors at `rate`, `burst` bits in a row, from `seed`; or it is cut."""
    cdef ErrorSource errors
    cdef bint cut

    def __cinit__(self, double rate=0.0, uint32_t burst=1, uint64_t seed=1, bint cut=False):
        self.errors.rate = rate
        self.errors.burst = burst
        self.errors.seed = seed
        self.cut = cut


cdef class Plan:
    """What the loop works through each tick.

    lines       (Line or PdhLine, LinkPort, maps, FrameRing, faults, tied, looped, dark) each; maps: (VC-4 from 0,
                LineMap that is sent, LineMap that is received) of those that change, in that order; faults: None, or
                (delay_frames, Impairment, of a PdhLine BitErrors) to have from now on; tied: what the line receives is
                sent on by lines; looped: what it sends it receives itself; dark: what it sends nobody receives, and it
                carries nothing
    oscillator  what other shelves know the own one by: a random number, never 0, the same as long as the shelf runs
    clients     (ClientPort, ClientChannel or None, propagate) each; propagate: link state goes from end to end
    groups      (Group, numbers of its members) each
    fabric      what is done with E1s
    e1_ports    E1ClientPort each
    reference   index of the line that times the shelf, or -1
    region      writable buffer: the status region's file, mapped
    """
    cdef PlanTable table
    cdef readonly list lines
    cdef readonly list clients
    cdef readonly list groups
    cdef readonly Fabric fabric
    cdef readonly list e1_ports
    cdef const uint8_t[::1] region

    def __cinit__(self, uint64_t generation, list lines, list clients, list groups, Fabric fabric not None,
                  list e1_ports, bint line_timed, int reference, uint32_t oscillator, double ppm, uint64_t tick_us,
                  uint64_t jitter_ticks, uint8_t[::1] region, uint64_t slots_at, uint64_t slot_octets):
        cdef int i, k
        cdef uint32_t widest = STM1_FRAME
        cdef E1ClientPort e1_port
        cdef LinkPort link
        cdef LineMap sent, received
        cdef FrameRing ring
        cdef ClientPort port
        cdef Group group
        cdef ClientChannel channel
        cdef LineEntry *entry
        cdef PlanTable *t = &self.table
        if len(lines) > MOST_LINES or not -1 <= reference < len(lines):
            raise ValueError("lines")
        self.lines = lines
        self.clients = clients
        self.groups = groups
        self.fabric = fabric
        self.e1_ports = e1_ports
        self.region = region
        t.fabric = fabric.f
        t.generation = generation
        t.lines = <LineEntry *>calloc(len(lines) + 1, sizeof(LineEntry))
        t.clients = <ClientEntry *>calloc(len(clients) + 1, sizeof(ClientEntry))
        t.groups = <GroupEntry *>calloc(len(groups) + 1, sizeof(GroupEntry))
        t.e1_ports = <E1Port **>calloc(len(e1_ports) + 1, sizeof(E1Port *))
        if t.lines == NULL or t.clients == NULL or t.groups == NULL or t.e1_ports == NULL:
            raise MemoryError
        t.line_count = len(lines)       # from here on __dealloc__ frees what the lines hold
        for i, (line, link, maps, ring, faults, tied, looped, dark) in enumerate(lines):
            entry = &t.lines[i]
            _entry_line(entry, line)
            entry.link = &link.link
            entry.tied = tied
            entry.looped = looped
            entry.dark = dark
            entry.changes = <MapChange *>calloc(len(maps) + 1, sizeof(MapChange))
            if entry.changes == NULL:
                raise MemoryError
            for k, sent, received in maps:
                entry.changes[entry.change_count].au = k
                entry.changes[entry.change_count].tx = sent.tx
                entry.changes[entry.change_count].rx = received.rx
                entry.change_count += 1
            if ring.rate != line.rate:
                raise ValueError("a ring of another rate than the line's")
            widest = max(widest, ring.ring.type.frame)
            entry.ring = ring.ring
            if faults is not None:
                entry.new_faults = True
                entry.delay_frames = faults[0]
                _entry_faults(entry, faults[1])
        for i, (port, channel, propagate) in enumerate(clients):
            t.clients[i].port = &port.port
            t.clients[i].propagate = propagate
            if channel is not None:
                t.clients[i].group = channel.group.rx
                t.clients[i].tx = channel.tx
                t.clients[i].rx = channel.rx
        t.client_count = len(clients)
        for i, (group, numbers) in enumerate(groups):
            t.groups[i].tx = group.tx
            t.groups[i].rx = group.rx
            t.groups[i].count = len(numbers)
            for k, number in enumerate(numbers):
                t.groups[i].numbers[k] = number
        t.group_count = len(groups)
        for i, e1_port in enumerate(e1_ports):
            t.e1_ports[i] = &e1_port.port
        t.e1_port_count = len(e1_ports)
        t.line_timed = line_timed
        t.reference = reference
        t.oscillator = oscillator
        t.rate = clock_rate(ppm)
        t.tick_ns = tick_us * 1000
        t.jitter = (jitter_ticks * tick_us + 124) // 125
        t.burst = min(BURST, <int>(OUT * STM1_FRAME // widest))
        t.region.base = &region[0]
        t.region.slots_at = slots_at
        t.region.slot_octets = slot_octets

    def __dealloc__(self):
        cdef int i
        for i in range(self.table.line_count):
            free(self.table.lines[i].changes)
        free(self.table.lines)
        free(self.table.clients)
        free(self.table.groups)
        free(self.table.e1_ports)

    def taken(self):
        """To be called when the loop has taken it: what the links hold on to from now on."""
        cdef LinkPort link
        cdef FrameRing ring
        for line, link, maps, ring, _, _, _, _ in self.lines:
            link.ring = ring
            for k, sent, received in maps:
                line.maps[k] = sent, received   # an AU-4 that an AU-4-Xc takes up still points at the maps it had


cdef void _entry_line(LineEntry *entry, line) except *:
    cdef Line stm
    cdef PdhLine pdh
    if isinstance(line, PdhLine):
        pdh = line
        entry.pdh_tx, entry.pdh_rx = pdh.tx, pdh.rx
        entry.events = &pdh.rx.events
        entry.levels = 0 if pdh.rate == "g832" else len(pdh.levels)
        return
    stm = line
    entry.tx, entry.rx = stm.tx, stm.rx
    entry.events = &stm.rx.events


cdef void _entry_faults(LineEntry *entry, impairment) except *:
    cdef BitErrors errors
    if entry.pdh_rx != NULL:
        errors = impairment
        entry.cut = errors.cut
        entry.errors = errors.errors
        return
    entry.impair = (<Impairment?>impairment).wanted


def cross_over(LineMap sent not None, dict cross):
    """Have a map of kind "tug" send what is received elsewhere in place of what it sends now: {"K.L.M" or "K": (line,
    vc4, the same)}. Its groups go on; what they put into these members is not sent. Before the map is in use."""
    cdef Line line
    cdef UnitTx *u
    cdef int number
    lines = []
    for member, (line, vc4, source) in cross.items():
        if "." in member:
            number = _framing.parse_member(member)
            u = &sent.tx.tu12[number]
        else:
            u = &sent.tx.vc3[<int>int(member) - 1]
        u.kind = UNIT_CROSS
        u.source = line.member_store(vc4, source)
        lines.append(line)
    sent.sources = (*sent.sources, *lines)


cdef class Loop:
    """The loop; `bell` is an eventfd that it rings when there are notices or a plan was taken."""
    cdef LoopState *state

    def __cinit__(self, int bell):
        self.state = <LoopState *>calloc(1, sizeof(LoopState))
        if self.state == NULL:
            raise MemoryError
        self.state.bell = bell
        batch_open(&self.state.many)        # or frames go one by one
        self.state.rx = <udp_rx *>calloc(1, sizeof(udp_rx))
        self.state.tx = <udp_tx *>calloc(1, sizeof(udp_tx))
        self.state.out = <uint8_t *>calloc(OUT, STM1_FRAME)
        self.state.scratch = <uint8_t *>calloc(1, SCRATCH)
        self.state.fds = <pollfd *>calloc(MOST_LINES, sizeof(pollfd))
        if self.state.rx == NULL or self.state.tx == NULL or self.state.out == NULL \
                or self.state.scratch == NULL or self.state.fds == NULL:
            raise MemoryError

    def __dealloc__(self):
        if self.state != NULL:
            batch_close(&self.state.many)
            free(self.state.rx)
            free(self.state.tx)
            free(self.state.out)
            free(self.state.scratch)
            free(self.state.fds)
            free(self.state)

    def offer(self, Plan plan not None):
        """Have this plan taken at the next tick; `plan` and all it was made of must live until another was taken."""
        if sys_put(&self.state.offered, &plan.table) != NULL:
            raise RuntimeError("the plan before has not been taken")

    @property
    def generation(self):
        """Generation of the plan in force; 0 before the first."""
        return sys_load(&self.state.taken)

    @property
    def running(self):
        return sys_load(&self.state.running) != 0

    @property
    def frame(self):
        """Frames that have left."""
        return sys_load(&self.state.clock.frame)

    @property
    def real_time(self):
        """What the machine gave: bit 0 SCHED_FIFO, bit 1 locked memory."""
        return self.state.counters.real_time

    @property
    def batched(self):
        """Whether frames of TAPs go by the batch."""
        return self.state.many.ring >= 0

    def run(self):
        """Run until `stop` is called; a plan must have been offered. Holds no GIL."""
        if self.state.offered == NULL:
            raise RuntimeError("no plan")
        with nogil:
            run_loop(self.state)

    def stop(self):
        """The loop tells its peers, and returns within a tick."""
        sys_store(&self.state.stop, 1)

    def notices(self):
        """What has happened since the last call: (generation, mono_ns, frame, count, kind, index, object, code, raised)
        each."""
        cdef Notices *n = &self.state.notices
        cdef uint64_t tail = sys_load(&n.tail)
        cdef Notice *one
        told = []
        while n.head < tail:
            one = &n.ring[n.head % NOTICE_ROOM]
            told.append((one.generation, one.mono_ns, one.frame, one.count, one.kind, one.index, one.object, one.code,
                         bool(one.raised)))
            sys_store(&n.head, n.head + 1)
        return told


def limit_queue(ClientChannel channel not None, uint64_t octets):
    """Have no more than so many octets wait for the line, or as many as there is room for."""
    cdef uint64_t most = (channel.tx.queue.size - 4 * (<uint64_t>channel.group.longest + 16)) // 2
    channel.tx.queue.limit = min(octets, most)


def open_port(netns, str name not None, behind, int mtu, int queue, bint nic, bint again):
    """Make or attach an interface (netif.h): (0, fd, existed, mtu, control, watched), or (errno, stage)."""
    cdef netif_result result
    cdef const char *place = NULL
    cdef const char *watched = NULL
    cdef int error
    encoded = name.encode()
    if netns is not None:
        path = netns.encode()
        place = path
    if behind is not None:
        other = behind.encode()
        watched = other
    error = netif_open(place, encoded, watched, mtu, queue, nic, again, &result)
    if error:
        return (-error, result.stage)
    return (0, result.fd, bool(result.existed), result.mtu, result.control, result.watched)


NETIF_STAGES = {"netns": NETIF_NETNS, "device": NETIF_DEVICE, "attach": NETIF_ATTACH, "settings": NETIF_SETTINGS,
                "back": NETIF_BACK, "watched": NETIF_WATCHED}
