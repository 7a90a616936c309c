# Framed E1s, timeslots, and the fabric that joins them. Included by _framing.pyx.

from msapemu.wire.bearer cimport Pass
from msapemu.wire.crc4 cimport SMF_OCTETS, crc4, crc4_frames
from msapemu.wire.e1_member cimport E1MemberRx
from msapemu.wire.fabric cimport (OBJ_E1_GROUP, Fabric as _Fabric, LineGroup, Member, fabric_apply, fabric_leave,
                                  fabric_receive, fabric_transmit)
from msapemu.wire.p12 cimport BASIC, CRC4, ST_HUNT, ST_UNFRAMED, TIMESLOTS, UNFRAMED, FrameState, P12Counters
from msapemu.wire.p12_rx cimport P12_ROWS, SSM_NONE, FrameEvent, P12Rx, p12_next
from msapemu.wire.runs cimport Run
from msapemu.wire.slots cimport P12, Slots

P12_COUNTERS = (
    "tx_frames", "frames", "aligned", "losses", "fas_errors", "crc_blocks", "crc_errors", "e_bits", "false_alignments",
    "slips", "state", "sa", "ssm", "defects",
)
assert sizeof(P12Counters) == 8 * len(P12_COUNTERS)
P12_STATES = ("UNFRAMED", "HUNT", "BASIC", "SEARCH", "MULTIFRAME")
FRAMINGS = {"unframed": UNFRAMED, "basic": BASIC, "crc4": CRC4}
MOST_TIMESLOTS = 31


P12_EVENTS = ("FOUND", "LOST", "MFAS", "TIMEOUT", "FALSE", "MOVED")


def p12_arrows(framing="crc4", bint interworking=True):
    """The state machine of the receiver: by state and event, the next state (for tests)."""
    cdef P12Rx r
    cdef int state, event
    memset(&r, 0, sizeof(P12Rx))
    r.framing = FRAMINGS[framing]
    r.interworking = interworking
    told = {}
    for state in range(1, len(P12_STATES)):
        r.state = <FrameState>state
        told[P12_STATES[state]] = {
            P12_EVENTS[event]: P12_STATES[<int>p12_next(&r, <FrameEvent>event)] for event in range(len(P12_EVENTS))}
    return told


def crc4_of(const uint8_t[::1] smf not None):
    """CRC-4 of the 256 octets of a sub-multiframe whose C bits are zeros (for tests)."""
    if smf.shape[0] != SMF_OCTETS:
        raise ValueError(f"a sub-multiframe has {SMF_OCTETS} octets")
    return crc4(crc4_frames(0, &smf[0], SMF_OCTETS // TIMESLOTS), 0)


cdef list _timeslots(timeslots, int first, int last):
    numbers = list(timeslots)
    if not numbers or len(set(numbers)) != len(numbers) or not all(first <= n <= last for n in numbers):
        raise ValueError(f"timeslots are different ones of {first}..{last}, not {numbers}")
    return numbers


cdef dict _member_told(const H4Rx *h):
    """What concatenation octets say, as H4 does of a VC."""
    return {
        "known": bool(h.m.known), "mfi": h.m.mfn if h.m.known else None, "sq": h.m.sq.value if h.m.sq.known else None,
        "lcas": _lcas_report(&h.m, False), "crc_errors": h.m.crc_errors,
    }


cdef class FramedE1:
    """The termination of an E1: frame, CRC-4 multiframe and alarms of a bearer's signal, both ways (G.704, G.706).

    framing: "crc4", "basic" or "unframed". interworking: a far end without CRC-4 is recognised after 400 ms (G.706
    annex B). cas: timeslot 16 carries channel associated signalling. idle: of timeslots that nothing is sent in. sa:
    Sa4..Sa8 that are sent, Sa4 highest. ssm: nibble that is sent, in Sa bit `ssm_bit`, where it is also read; ssm_bit
    0: neither. Raises ValueError for values out of range.
    """

    def __cinit__(self, E1Bearer bearer not None, framing="crc4", *, bint interworking=True, bint cas=False,
                  int idle=0xff, int sa=0x1f, int ssm=15, int ssm_bit=0):
        if framing not in FRAMINGS:
            raise ValueError(f"no framing {framing!r} of an E1")
        if not 0 <= ssm <= 15 or ssm_bit not in (0, 4, 5, 6, 7, 8):
            raise ValueError("SSM is 0..15 in Sa bit 4..8 (0: none)")
        self.e = <P12 *>calloc(1, sizeof(P12))
        if self.e == NULL:
            raise MemoryError
        self.bearer = bearer
        self.e.bearer = bearer.b
        self.e.tx.far = self.e.rx.far = &self.e.far
        self.e.tx.framing = self.e.rx.framing = FRAMINGS[framing]
        self.e.rx.state = ST_UNFRAMED if framing == "unframed" else ST_HUNT
        self.e.rx.counters.state = self.e.rx.state
        self.e.rx.interworking = interworking
        self.e.tx.cas_wanted = self.e.rx.cas_wanted = cas and framing != "unframed"
        self.e.tx.ssm_bit = self.e.rx.ssm_bit = ssm_bit
        self.e.tx.ssm = <uint8_t>ssm
        self.e.rx.counters.ssm = SSM_NONE
        self.e.rx.last = -1
        self.e.far.alarm = framing != "unframed"
        self.e.far.cas_alarm = self.e.rx.cas_wanted
        memset(self.e.rx.rows, 0xff, sizeof(self.e.rx.rows))
        memset(self.e.tx.cas.abcd, 0b1101, sizeof(self.e.tx.cas.abcd))
        self.idle = idle
        self.sa = sa

    def __dealloc__(self):
        free(self.e)

    @property
    def framing(self):
        """As it was made."""
        return next(name for name, value in FRAMINGS.items() if value == <int>self.e.tx.framing)

    @property
    def idle(self):
        """The octet of timeslots that carry nothing."""
        return self.e.tx.idle

    @idle.setter
    def idle(self, int value):
        self.e.tx.idle = _octet("idle", value)

    @property
    def sa(self):
        """Sa4..Sa8 that are sent, Sa4 highest."""
        return self.e.tx.sa

    @sa.setter
    def sa(self, int value):
        if not 0 <= value <= 31:
            raise ValueError("sa is 0..31")
        self.e.tx.sa = <uint8_t>value

    @property
    def ssm(self):
        """SSM that is sent."""
        return self.e.tx.ssm

    @ssm.setter
    def ssm(self, int value):
        if not 0 <= value <= 15:
            raise ValueError("ssm is 0..15")
        self.e.tx.ssm = <uint8_t>value

    @property
    def ais(self):
        """Ones are sent in place of everything."""
        return self.e.tx.ais != 0

    @ais.setter
    def ais(self, bint value):
        self.e.tx.ais = value

    @property
    def alarm(self):
        """A is sent whatever is received."""
        return self.e.tx.alarm != 0

    @alarm.setter
    def alarm(self, bint value):
        self.e.tx.alarm = value

    @property
    def stepwise(self):
        """Received frames are taken one by one, also those that could be taken many at a time (for tests)."""
        return self.e.rx.stepwise != 0

    @stepwise.setter
    def stepwise(self, bint value):
        self.e.rx.stepwise = value

    @property
    def state(self):
        """Of the receiver: one of P12_STATES."""
        return P12_STATES[<int>self.e.rx.state]

    @property
    def defects(self):
        """Names of the defects that stand."""
        return defect_names(self.e.rx.counters.defects)

    @property
    def far_end_deaf(self):
        """The far end's E bits say that it receives no multiframe of ours (G.706 B.2.3)."""
        return self.e.rx.e_silent >= 5

    def abcd(self):
        """Received signalling by timeslot: 1..15 and 17..31."""
        return {n: self.e.rx.cas.abcd[n] for n in range(1, TIMESLOTS) if n != 16}

    def set_abcd(self, dict values not None):
        """Signalling to send, by timeslot; a connection that carries signalling goes before it."""
        for n, value in values.items():
            if not (1 <= n < TIMESLOTS and n != 16 and 0 <= value <= 15):
                raise ValueError(f"no signalling {value} in timeslot {n}")
            self.e.tx.cas.abcd[<int>n] = <uint8_t>value

    def counters(self):
        """All counters by name (P12_COUNTERS)."""
        cdef P12Counters c = self.e.rx.counters
        c.tx_frames = self.e.tx.frame
        c.slips = self.e.slips
        return _counters(<const uint64_t *>&c, P12_COUNTERS)

    def rows(self, uint64_t most=P12_ROWS):
        """The newest received frames, 32 octets each, at most `most` (for tests)."""
        cdef uint64_t i, n = min(most, min(self.e.rx.head, <uint64_t>P12_ROWS))
        return b"".join(self.e.rx.rows[(self.e.rx.head - n + i) % P12_ROWS][:TIMESLOTS] for i in range(n))

    def member(self):
        """As the member of a group: what its concatenation octets say, as of a member in a VC; None: it is none."""
        cdef const E1MemberRx *m = &self.e.member_rx
        if m.group == NULL:
            return None
        return _member_told(&m.count)


cdef class E1Pass:
    """A whole E1 sent on, one way: what comes of `source` goes out of `sink`. target_octets: what waits before it goes
    on into a signal that takes no justification, for a stall of the source."""

    def __cinit__(self, E1Bearer sink not None, E1Bearer source not None, *, uint64_t target_octets=512):
        self.sink = sink
        self.source = source
        self.p = <Pass *>calloc(1, sizeof(Pass))
        if self.p == NULL:
            raise MemoryError
        self.p.sink = &sink.b
        self.p.source = &source.b
        self.p.target = 8 * target_octets

    def __dealloc__(self):
        free(self.p)

    def counters(self):
        """Octets sent on, and those put in or left out because the two clocks differ."""
        return {"octets": self.p.octets, "slips": self.p.slips}


def v35_channel(int timeslots, *, uint64_t octets=0):
    """The user's side of a V.35 port of n x 64 kbit/s: an OctetChannel. octets: room each way (0: 250 ms)."""
    cdef OctetChannel made = OctetChannel.__new__(OctetChannel)
    if not 1 <= timeslots <= MOST_TIMESLOTS:
        raise ValueError(f"a V.35 port has 1..{MOST_TIMESLOTS} timeslots")
    made.channel = channel_new(octets or 2000 * <uint64_t>timeslots)
    if made.channel == NULL:
        raise MemoryError
    made.name = "v35"
    return made


cdef class Fabric:
    """What a shelf does with E1s: terminations, whole E1s sent on, timeslots, and groups in E1s.

    e1s: FramedE1 each; passes: E1Pass each; slots: (sink, source) each, one way, both a pair (FramedE1, timeslots) or a
    V.35 channel, which has as many as the other has; members: (FramedE1, Group, number) each, of groups over E1s; runs:
    (FramedE1, Group, timeslots) each: octets of a group that is not concatenated; lines: (PdhLine of rate "g832" or
    "fe", Group, number of the member, or None: not concatenated) each. Immutable; what it has in common with the one
    before goes on. Raises ValueError for what cannot be.
    """

    def __cinit__(self, e1s=(), passes=(), slots=(), members=(), runs=(), lines=()):
        cdef int i
        cdef FramedE1 e
        cdef E1Pass p
        self.f = <_Fabric *>calloc(1, sizeof(_Fabric))
        if self.f == NULL:
            raise MemoryError
        self.kept = (list(e1s), list(passes), list(slots), list(members), list(runs), list(lines))
        self.rooms = []
        self.f.events = <EventLog *>self._room(sizeof(EventLog))
        self.f.e1s = <P12 **>self._room(len(self.kept[0]) * sizeof(void *))
        for e in self.kept[0]:
            self.f.e1s[self.f.e1_count] = e.e
            self.f.e1_count += 1
        if self.f.e1_count > OBJ_E1_GROUP:
            raise ValueError(f"a fabric has {OBJ_E1_GROUP} E1s at most")
        self.f.passes = <Pass **>self._room(len(self.kept[1]) * sizeof(void *))
        for p in self.kept[1]:
            self.f.passes[self.f.pass_count] = p.p
            self.f.pass_count += 1
        self.f.slots = <Slots *>self._room(len(self.kept[2]) * sizeof(Slots))
        for sink, source in self.kept[2]:
            self._slots(&self.f.slots[self.f.slots_count], sink, source)
            self.f.slots_count += 1
        self._groups()

    def __dealloc__(self):
        free(self.f)

    cdef uint8_t *_room(self, size_t octets) except NULL:
        cdef _Room room = _Room(octets + 1)
        self.rooms.append(room)
        return room.octets

    cdef FramedE1 _known(self, e):
        if e not in self.kept[0]:
            raise ValueError("an E1 that is not among `e1s`")
        return e

    cdef _slots(self, Slots *s, sink, source):
        cdef int i
        ports = isinstance(sink, OctetChannel), isinstance(source, OctetChannel)
        if all(ports):
            raise ValueError("timeslots go through an E1")
        put = None if ports[0] else _timeslots(sink[1], 1, TIMESLOTS - 1)
        taken = None if ports[1] else _timeslots(source[1], 1, TIMESLOTS - 1)
        s.n = <int>len(put if taken is None else taken)
        put = list(range(s.n)) if put is None else put
        taken = list(range(s.n)) if taken is None else taken
        if len(put) != len(taken):
            raise ValueError(f"{len(taken)} timeslots into {len(put)}")
        if ports[0]:
            s.to_user = (<OctetChannel>sink).channel
        else:
            s.sink = self._known(sink[0]).e
        if ports[1]:
            s.from_user = (<OctetChannel>source).channel
        else:
            s.source = self._known(source[0]).e
        for i in range(s.n):
            s.put[i], s.taken[i] = put[i], taken[i]
        s.together = s.n > 1 and all(put[i] - i == put[0] and taken[i] - i == taken[0] for i in range(s.n))

    cdef _groups(self):
        cdef Group group
        cdef FramedE1 e
        cdef _Kind kind
        cdef Member *m
        cdef Run *r
        cdef int i
        self.f.members = <Member *>self._room(len(self.kept[3]) * sizeof(Member))
        self.f.runs = <Run *>self._room(len(self.kept[4]) * sizeof(Run))
        self.f.lines = <LineGroup *>self._room(len(self.kept[5]) * sizeof(LineGroup))
        self.f.groups = <GroupRx **>self._room(sum(map(len, self.kept[3:])) * sizeof(void *))
        groups = []
        taken = set()
        for one, group, number in self.kept[3]:
            e = self._known(one)
            if e.e.tx.framing != CRC4:
                raise ValueError("a member of a group is framed with CRC-4")
            if id(e) in taken or (id(group), number) in taken:
                raise ValueError("a member that is taken twice")
            taken |= {id(e), (id(group), number)}
            kind = _members_kind(group, "e1", True)
            m = &self.f.members[self.f.member_count]
            m.e1, m.tx, m.rx, m.tx_shape, m.rx_shape = e.e, group.tx, group.rx, &kind.tx, &kind.rx
            m.number = _member_number(kind, number)
            self.f.member_count += 1
            if group not in groups:
                groups.append(group)
        for one, group, timeslots in self.kept[4]:
            e = self._known(one)
            if group in groups:
                raise ValueError("a group that is not concatenated is in one place")
            kind = _members_kind(group, "run", False)
            r = &self.f.runs[self.f.run_count]
            r.e1, r.tx, r.rx, r.tx_shape, r.rx_shape = e.e, group.tx, group.rx, &kind.tx, &kind.rx
            numbers = _timeslots(timeslots, 1, TIMESLOTS - 1)
            r.n = <int>len(numbers)
            for i in range(r.n):
                r.slots[i] = numbers[i]
            self.f.run_count += 1
            groups.append(group)
        for line, group, number in self.kept[5]:
            self._line(&self.f.lines[self.f.line_count], line, group, number, groups)
            self.f.line_count += 1
            if group not in groups:
                groups.append(group)
        for group in groups:
            self.f.groups[self.f.group_count] = group.rx
            self.f.group_count += 1
        self.groups = tuple(groups)

    cdef _line(self, LineGroup *l, PdhLine line, Group group, number, list groups):
        cdef _Kind kind
        if line.rate != "g832" and (line.rate != "fe" or number is not None):
            raise ValueError(f"no such group in a line of rate {line.rate}")
        if number is None and group in groups:
            raise ValueError("a group that is not concatenated is in one place")
        kind = _members_kind(group, "run" if number is None else "e3", number is not None)
        l.line_tx, l.line_rx, l.tx, l.rx = line.tx, line.rx, group.tx, group.rx
        l.tx_shape, l.rx_shape = &kind.tx, &kind.rx
        l.number = 0 if number is None else _member_number(kind, number)

    def apply(self, Fabric before=None):
        """Have it in place of `before`, between two calls of the next ones."""
        fabric_apply(self.f, before.f if before is not None else NULL)

    def release(self):
        """Have nothing in its place: its groups go on without it."""
        fabric_leave(self.f, NULL)

    def receive(self):
        """Take what the bearers have brought; after all lines have been parsed."""
        fabric_receive(self.f)

    def transmit(self, uint64_t frames=1):
        """Make the next frames and send them; before lines are built for as many times 125 us."""
        fabric_transmit(self.f, frames)

    def events(self):
        """The defects that came and went since the last call: (frame, object, defect, raised) each; the object is the
        FramedE1 or the Group."""
        cdef uint32_t i
        cdef int obj
        told = []
        for i in range(self.f.events.count):
            obj = self.f.events.events[i].object
            one = self.groups[obj - OBJ_E1_GROUP] if obj >= OBJ_E1_GROUP else self.kept[0][obj]
            told.append((self.f.events.events[i].frame, one, DEFECTS[self.f.events.events[i].defect],
                         bool(self.f.events.events[i].raised)))
        self.f.events.count = 0
        return told
