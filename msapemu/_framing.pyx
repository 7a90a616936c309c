# cython: language_level=3
"""The framing core: an Ethernet client's frames into STM-1 octets and back, without I/O and without a clock.

`Group` is a client with its GFP-F source and sink, `LineMap` says which VC carries which group, `Line` is one STM-N
port:

    line, group = Line(), Group()
    line.apply(LineMap("vc4", [(group, ())]))
    group.send(frame); octets = line.build(8)          # 8 frames of 125 us
    line.parse(octets); frames = group.receive()

The wire formats stand in `msapemu/wire`; this file owns their memory and gives them to Python.
"""
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset

from msapemu.wire.align cimport STM1_OCTETS as _STM1_OCTETS
from msapemu.wire.gfp_f cimport (AREA_OCTETS, CID_ANY, CID_NONE, ETHERNET_HEADER, GfpFormat, SYNC, UPI_ETHERNET,
                                 gfp_fill, gfp_rx_init, gfp_take, gfp_tx_init)
from msapemu.wire.group cimport GroupRx, GroupTx
from msapemu.wire.kernels cimport crc32_msb, hec16, kernels, kernels_select
from msapemu.wire.au cimport AU4_UNIT, MAP_TUG, MAP_UNEQUIPPED, MAP_VC4, AuRx, AuTx, RxMap, TxMap, au_set, tu_fail
from msapemu.wire.line cimport (CONCATENATED, LineRx, LineTx, line_apply_rx, line_apply_tx, line_frame_build,
                                line_lose, line_take)
from msapemu.wire.moves cimport S_NONE, SPACING
from msapemu.wire.pointers cimport AU4_OFFSETS, TU12_OFFSETS, PointerRx, pointer_take
from msapemu.wire.queue cimport FrameQueue, queue_commit, queue_free, queue_front, queue_init, queue_pop, queue_reserve
from msapemu.wire.remote cimport PathRemote
from msapemu.wire.status cimport OBJ_GROUP, OBJ_LINE, OBJ_OF_AU, OBJ_TU, Event, GroupCounters, LineCounters
from msapemu.wire.trace cimport TraceRx, trace_crc7
from msapemu.wire.tu cimport PLANE_OCTETS, TU12S, tu_column, tu_tx_set
from msapemu.wire.vc12 cimport Vc12Rx
from msapemu.wire.vc4 cimport VC4_OCTETS
from msapemu.wire.vcat cimport RING_PLANES, Members

cdef enum:
    AU_ROOM = 5 * VC4_OCTETS + AU4_UNIT

cdef extern from "stdlib.h" nogil:
    void *aligned_alloc(size_t alignment, size_t size)

cdef void *aligned_zero(size_t octets) except NULL:
    """Zeroed memory for rows of 64 octets; `free` gives it back."""
    cdef void *room
    octets = (octets + 63) & ~<size_t>63
    room = aligned_alloc(64, octets)
    if room == NULL:
        raise MemoryError
    memset(room, 0, octets)
    return room

STM1_OCTETS = _STM1_OCTETS      # of an STM-1 frame; an STM-N frame has N times as many
RATES = {"stm1": 1, "stm4": 4, "stm16": 16}
JUMBO_OCTETS = 9618             # 9600 octets of payload with the Ethernet header and a VLAN tag

DEFECTS = (
    "LOS", "OOF", "LOF", "RS-TIM", "MS-AIS", "MS-RDI", "MS-EXC", "MS-DEG", "AU-AIS", "AU-LOP", "HP-UNEQ", "HP-PLM",
    "HP-TIM", "HP-RDI", "HP-EXC", "HP-DEG", "LOM", "TU-AIS", "TU-LOP", "LP-UNEQ", "LP-PLM", "LP-TIM", "LP-RDI",
    "LP-EXC", "LP-DEG", "VCAT-LOM", "VCAT-SQM", "VCAT-LOA", "GFP-LFD", "CSF",
)
LINE_COUNTERS = (
    "tx_frames", "frames", "oof", "lof", "b1_errors", "b2_errors", "b3_errors", "bip2_errors", "ms_rei", "hp_rei",
    "lp_rei", "au_pointer", "au_increments", "au_decrements", "au_new_data", "h4_lom", "c2", "s1", "k1", "k2",
    "defects",
)
GROUP_COUNTERS = (
    "tx_client_frames", "tx_client_octets", "tx_idle_frames", "rx_client_frames", "rx_client_octets", "rx_idle_frames",
    "rx_management_frames", "core_hec_corrected", "core_hec_errors", "type_hec_errors", "payload_fcs_errors",
    "ethernet_fcs_errors", "sync_losses", "discarded", "rx_dropped", "differential_delay_us", "defects",
)
assert sizeof(LineCounters) == 8 * len(LINE_COUNTERS) and sizeof(GroupCounters) == 8 * len(GROUP_COUNTERS)

kernels_select(NULL)


def kernel_names():
    """The kernel variants that this machine can run, best first."""
    cdef const char *now = kernels.name
    names = [name for name in ("avx512", "avx2", "portable") if kernels_select(name.encode())]
    kernels_select(now)
    return names


def select_kernels(name=None):
    """Use the kernels of that name (None: the best); give the name in use. For tests and measurements.

    Raises ValueError when this machine has not got them.
    """
    cdef bytes text
    if name is None:
        kernels_select(NULL)
    else:
        text = name.encode()
        if not kernels_select(text):
            raise ValueError(f"no kernels named {name!r} on this machine")
    return (<bytes>kernels.name).decode()


def defect_names(mask):
    """The names of the defects in a `defects` word."""
    return tuple(name for bit, name in enumerate(DEFECTS) if mask >> bit & 1)


cdef dict _counters(const uint64_t *words, names):
    cdef dict out = {}
    cdef int i = 0
    for name in names:
        out[name] = words[i]
        i += 1
    return out


# ------------------------------------------------------------------------------------------------- groups


cdef _queue(FrameQueue *queue, const uint8_t[::1] octets):
    cdef uint32_t n = <uint32_t>octets.shape[0]
    cdef uint8_t *room
    if n + 16 > AREA_OCTETS:
        raise ValueError(f"a client frame of {n} octets does not fit a GFP frame")
    room = queue_reserve(queue, n)
    if room == NULL:
        return False
    memcpy(room, &octets[0], n)
    queue_commit(queue, n)
    return True


cdef class Group:
    """An Ethernet client with its GFP-F source and sink (G.7041).

    payload_fcs: frames carry the payload FCS (CRC-32); scramble: x^43 + 1 over the payload area, on both ways.
    upi: user payload identifier; 1 is Ethernet, whose FCS is made and checked here. cid: channel of a linear extension
    header (0..255), None for the null header, "any" for a sink that takes every channel (the source then has none).
    queue_octets bounds each of the two queues; longest is the longest client frame in octets without FCS.
    """

    def __cinit__(self, *, bint payload_fcs=False, bint scramble=True, int upi=UPI_ETHERNET, cid=None,
                  uint64_t queue_octets=1 << 20, uint32_t longest=JUMBO_OCTETS):
        cdef GfpFormat fmt
        if not 0 <= upi <= 255:
            raise ValueError("upi must be 0..255")
        if cid is None:
            fmt.cid = CID_NONE
        elif cid == "any":
            fmt.cid = CID_ANY
        elif 0 <= cid <= 255:
            fmt.cid = cid
        else:
            raise ValueError("cid must be 0..255")
        if not 1 <= longest <= AREA_OCTETS - 16:
            raise ValueError(f"longest must be 1..{AREA_OCTETS - 16}")
        fmt.payload_fcs = payload_fcs
        fmt.scramble = scramble
        fmt.ethernet = upi == UPI_ETHERNET
        fmt.upi = upi
        self.tx = <GroupTx *>calloc(1, sizeof(GroupTx))
        self.rx = <GroupRx *>calloc(1, sizeof(GroupRx))
        if self.tx == NULL or self.rx == NULL:
            raise MemoryError
        gfp_tx_init(&self.tx.gfp, &fmt)
        gfp_rx_init(&self.rx.gfp, &fmt)
        if not (queue_init(&self.tx.queue, queue_octets, longest)
                and queue_init(&self.rx.queue, queue_octets, longest)):
            raise MemoryError

    def __dealloc__(self):
        if self.tx != NULL:
            queue_free(&self.tx.queue)
            free(self.tx)
        if self.rx != NULL:
            queue_free(&self.rx.queue)
            free(self.rx)

    def send(self, const uint8_t[::1] frame not None):
        """Queue an Ethernet frame (destination address on, without FCS); False when the queue is full.

        Raises ValueError for a frame shorter than its header or longer than GFP carries.
        """
        if not self.tx.gfp.format.ethernet:
            raise ValueError("this group does not carry Ethernet: use send_raw")
        if frame.shape[0] < ETHERNET_HEADER:
            raise ValueError(f"{frame.shape[0]} octets are no Ethernet frame")
        return _queue(&self.tx.queue, frame)

    def send_raw(self, const uint8_t[::1] information not None):
        """Queue a GFP client information field as it is (no FCS is made); False when the queue is full."""
        if self.tx.gfp.format.ethernet:
            raise ValueError("this group carries Ethernet: use send")
        if information.shape[0] == 0:
            raise ValueError("an empty information field")
        return _queue(&self.tx.queue, information)

    def receive(self):
        """Take all client frames that have come (Ethernet: FCS checked and removed)."""
        cdef list frames = []
        cdef uint32_t n
        cdef uint8_t *front = queue_front(&self.rx.queue, &n)
        while front != NULL:
            frames.append(PyBytes_FromStringAndSize(<char *>front, n))
            queue_pop(&self.rx.queue)
            front = queue_front(&self.rx.queue, &n)
        return frames

    def fill(self, uint32_t octets):
        """The next `octets` of the GFP stream, as they go into a container (for tests: a mapped group is filled by its
        line)."""
        out = PyBytes_FromStringAndSize(NULL, octets)
        gfp_fill(&self.tx.gfp, &self.tx.queue, &self.tx.counters, <uint8_t *>PyBytes_AS_STRING(out), octets)
        return out

    def take(self, const uint8_t[::1] octets not None):
        """Octets of a received GFP stream, as they come out of a container."""
        if octets.shape[0]:
            gfp_take(&self.rx.gfp, &self.rx.queue, &self.rx.counters, &octets[0], <uint32_t>octets.shape[0])

    @property
    def waiting(self):
        """Client frames not yet wholly on the line."""
        return self.tx.queue.frames

    @property
    def in_sync(self):
        """The sink's delineation is in SYNC."""
        return self.rx.gfp.state == SYNC

    @property
    def delineation(self):
        """State of the sink's delineation (G.7041 6.3.1): "HUNT", "PRESYNC" or "SYNC"."""
        return ("HUNT", "PRESYNC", "SYNC")[<int>self.rx.gfp.state]

    @property
    def defects(self):
        return defect_names(self.rx.counters.defects)

    def counters(self):
        """All counters by name (GROUP_COUNTERS), both directions."""
        cdef dict out = _counters(<const uint64_t *>&self.rx.counters, GROUP_COUNTERS)
        out["tx_client_frames"] = self.tx.counters.tx_client_frames
        out["tx_client_octets"] = self.tx.counters.tx_client_octets
        out["tx_idle_frames"] = self.tx.counters.tx_idle_frames
        return out


# ------------------------------------------------------------------------------------------------- maps


def parse_member(text):
    """Column 0..62 of a VC-12 written "K.L.M" (TUG-3 1..3, TUG-2 1..7, TU-12 1..3). Raises ValueError."""
    try:
        k, l, m = (int(part) for part in text.split("."))
    except (AttributeError, ValueError):
        raise ValueError(f"{text!r} is no VC-12: K.L.M is wanted") from None
    if not (1 <= k <= 3 and 1 <= l <= 7 and 1 <= m <= 3):
        raise ValueError(f"{text!r} is no VC-12: K is 1..3, L 1..7, M 1..3")
    return tu_column(k, l, m)


def member_name(column):
    """The "K.L.M" of column 0..62."""
    return f"{column % 3 + 1}.{column // 3 % 7 + 1}.{column // 21 + 1}"


cdef class LineMap:
    """What one VC-4 carries.

    kind "unequipped": an unequipped VC-4; "vc4": one group in the VC-4 (C2 1Bh); "tug": 63 TU-12 (C2 02h), each group
    in virtually concatenated VC-12s. groups: (group, members) pairs; members are "K.L.M" in SQ order, () with "vc4".
    width: X of a VC-4-Xc (1, 4, 16), which "vc4" and "unequipped" may be. Raises ValueError for members that are no
    VC-12, and for members or groups used twice.
    """

    def __cinit__(self, kind, groups=(), *, int width=1):
        cdef int i, n, c
        cdef Group group
        cdef Members *m
        kinds = {"unequipped": MAP_UNEQUIPPED, "vc4": MAP_VC4, "tug": MAP_TUG}
        if kind not in kinds:
            raise ValueError(f"no map kind {kind!r}")
        groups = tuple((group, tuple(members)) for group, members in groups)
        if len(groups) != 1 if kind == "vc4" else len(groups) if kind == "unequipped" else len(groups) > TU12S:
            raise ValueError(f"{len(groups)} groups do not go with map kind {kind!r}")
        if width not in (1, 4, 16) or (kind == "tug" and width != 1):
            raise ValueError(f"width {width} does not go with map kind {kind!r}")
        self.kind = kind
        self.groups = groups
        self.tx = <TxMap *>calloc(1, sizeof(TxMap))
        self.rx = <RxMap *>calloc(1, sizeof(RxMap))
        if self.tx == NULL or self.rx == NULL:
            raise MemoryError
        self.tx.kind = self.rx.kind = kinds[kind]
        self.tx.width = self.rx.width = width
        for i, (group, members) in enumerate(groups):
            m = &self.tx.members[i]
            if any(group is other for other, _ in groups[:i]):
                raise ValueError("a group is used twice")
            if kind == "tug" and not members:
                raise ValueError("a group without members")
            if kind == "vc4" and members:
                raise ValueError("a group in the VC-4 has no members")
            for n, text in enumerate(members):
                c = parse_member(text)
                if self.tx.equipped[c]:
                    raise ValueError(f"VC-12 {text} is used twice")
                self.tx.equipped[c] = 1
                self.tx.sq[c] = n
                m.columns[n] = c
            m.size = len(members)
            m.in_order = m.size == TU12S and all(m.columns[n] == n for n in range(TU12S))
            self.rx.members[i] = m[0]
            self.tx.group[i] = group.tx
            self.rx.group[i] = group.rx
        self.tx.groups = self.rx.groups = len(groups)
        memcpy(self.rx.expected, self.tx.equipped, sizeof(self.rx.expected))

    def __dealloc__(self):
        free(self.tx)
        free(self.rx)

    @property
    def width(self):
        """X of the VC-4-Xc, 1 for a VC-4."""
        return self.tx.width


# ------------------------------------------------------------------------------------------------- lines


def trace_octets(text):
    """The 16 octets of a trail trace: CRC-7 and up to 15 characters, padded with spaces. Raises ValueError."""
    cdef bytes octets
    if len(text) > 15 or not text.isascii() or not text.isprintable():
        raise ValueError(f"{text!r} is no trace: at most 15 printable ASCII characters")
    octets = b"\x80" + text.encode("ascii").ljust(15)
    return bytes([0x80 | trace_crc7(<const uint8_t *>octets)]) + octets[1:]


cdef void _trace_expect(TraceRx *t, text):
    cdef bytes octets
    if text is not None:
        octets = trace_octets(text)
        memcpy(t.expected, <const uint8_t *>octets, 16)
        t.compare = True


cdef _trace_text(const TraceRx *t):
    """The accepted trace without its padding, None before one was accepted."""
    if not t.known:
        return None
    return (<const char *>t.value)[1:16].rstrip(b" \0").decode("ascii", "replace")


SEQUENCES = ("inc", "dec", "alternate", "87-3", "ndf")


cdef tuple _sequence(given):
    """(Sequence, every) of a ("kind", N) pair or None."""
    if given is None:
        return S_NONE, 1
    kind, every = given
    if kind not in SEQUENCES:
        raise ValueError(f"{kind!r} is no pointer sequence: {', '.join(SEQUENCES)}")
    if every < SPACING:
        raise ValueError(f"a pointer moves at most once in {SPACING} frames, not every {every}")
    return SEQUENCES.index(kind) + 1, every


cdef class Line:
    """One STM-N port: transmit and receive state, apart but for what the far end is told (REI, RDI).

    rate: "stm1", "stm4" or "stm16". j0, j1, j2: trail traces sent (15 characters); expect_*: traces awaited (TIM),
    None for none. s1: SSM nibble sent. au_pointer: 0..782, sent in every AU-4. tu_pointers: 0..139, one for all VC-12
    or {"K.L.M": value} (0 for those not named), the same in every VC-4. au_sequence: (kind, N) moves every AU-4
    pointer each N >= 4 frames, kind one of SEQUENCES. It starts with unequipped VC-4s; `apply` a `LineMap`. Start
    state as for a line file: BIPs of the first frame are 0.
    """

    def __cinit__(self, *, str rate="stm1", str j0="msapemu", str j1="msapemu", str j2="msapemu", int s1=0x0B,
                  int au_pointer=522, tu_pointers=0, au_sequence=None, expect_j0=None, expect_j1=None, expect_j2=None):
        cdef uint16_t pointers[63]
        cdef bytes octets
        cdef int c, k, n
        cdef AuTx *tx
        cdef AuRx *rx
        cdef LineMap nothing = LineMap("unequipped")
        if rate not in RATES:
            raise ValueError(f"{rate!r} is no line rate: {', '.join(RATES)}")
        if not 0 <= au_pointer < AU4_OFFSETS:
            raise ValueError(f"AU-4 pointer {au_pointer} is not in 0..{AU4_OFFSETS - 1}")
        if not 0 <= s1 <= 255:
            raise ValueError("s1 must be 0..255")
        named = {} if isinstance(tu_pointers, int) else {parse_member(m): p for m, p in tu_pointers.items()}
        for c in range(TU12S):
            value = tu_pointers if isinstance(tu_pointers, int) else named.get(c, 0)
            if not 0 <= value < TU12_OFFSETS:
                raise ValueError(f"TU-12 pointer {value} is not in 0..{TU12_OFFSETS - 1}")
            pointers[c] = value
        au_moves = _sequence(au_sequence)
        self.rate = rate
        self.maps = [nothing] * RATES[rate]
        n = RATES[rate]
        self.tx = <LineTx *>aligned_zero(sizeof(LineTx))
        self.rx = <LineRx *>aligned_zero(sizeof(LineRx))
        self.tx.n = self.rx.n = self.tx.stm.n = self.rx.stm.n = n
        self.rx.aligner.n = n
        self.tx.au = <AuTx *>aligned_zero(n * sizeof(AuTx))
        self.rx.au = <AuRx *>aligned_zero(n * sizeof(AuRx))
        self.paths = <PathRemote *>aligned_zero(n * sizeof(PathRemote))
        # an AU-4: 3 VC-4s of stream, one with justification and H3, one received
        self.octets = <uint8_t *>aligned_zero(n * AU_ROOM)
        self.tx.far = self.rx.far = &self.far
        self.tx.stm.s1 = s1
        octets = trace_octets(j0)
        memcpy(self.tx.stm.j0, <const uint8_t *>octets, 16)
        _trace_expect(&self.rx.stm.j0, expect_j0)
        for k in range(n):
            tx = &self.tx.au[k]
            rx = &self.rx.au[k]
            tx.far = rx.far = &self.paths[k]
            tx.width = rx.width = 1
            tx.map = nothing.tx
            tx.mover.sequence, tx.mover.every = au_moves
            # side by side with those of its neighbours, so that an AU-4-Xc has X times the room
            tx.stream = self.octets + 3 * VC4_OCTETS * k
            tx.moved = self.octets + 3 * VC4_OCTETS * n + (VC4_OCTETS + AU4_UNIT) * k
            rx.vc = self.octets + (4 * VC4_OCTETS + AU4_UNIT) * n + VC4_OCTETS * k
            au_set(tx, au_pointer)
            octets = trace_octets(j1)
            memcpy(tx.vc4.j1, <const uint8_t *>octets, 16)
            octets = trace_octets(j2)
            memcpy(tx.vc12.j2, <const uint8_t *>octets, 16)
            tu_tx_set(&tx.tu, pointers)
            rx.map = nothing.rx
            rx.log = &self.rx.events
            rx.object = OBJ_OF_AU * k
            rx.hunting = True
            rx.until_j1 = -1
            rx.ring = <uint8_t *>aligned_zero(RING_PLANES * PLANE_OCTETS)
            _trace_expect(&rx.vc4.j1, expect_j1)
            tu_fail(rx)
            for c in range(TU12S):
                _trace_expect(&rx.vc12[c].j2, expect_j2)
                rx.vc12[c].hunting = True
                rx.vc12[c].until_v5 = -1

    def __dealloc__(self):
        cdef int k
        if self.rx != NULL:
            if self.rx.au != NULL:
                for k in range(self.rx.n):
                    free(self.rx.au[k].ring)
            free(self.rx.au)
        if self.tx != NULL:
            free(self.tx.au)
        free(self.tx)
        free(self.rx)
        free(self.paths)
        free(self.octets)

    def apply(self, LineMap map not None, int vc4=1):
        """Carry what `map` says in VC-4 number `vc4` from the next frame on. A group with the same members goes on.

        A VC-4-Xc begins at 1, 1 + X, 1 + 2 X, ... Raises ValueError when it does not, and for a VC-4 that the line
        does not have or that a VC-4-Xc from a lower one takes up.
        """
        cdef int k = vc4 - 1, n = self.tx.n, i, width = map.tx.width
        if not 0 <= k < n or k % width or k + width > n:
            raise ValueError(f"{self.rate} has no VC-4{f'-{width}c' if width > 1 else ''} at {vc4}")
        if self.maps[k] is None:
            raise ValueError(f"VC-4 {vc4} is taken by a VC-4-Xc")
        nothing = LineMap("unequipped")
        for i in range(k + 1, k + width):
            if self.maps[i] is None:
                continue
            if self.maps[i].width > 1:
                raise ValueError(f"VC-4 {i + 1} is taken by a VC-4-Xc")
            self.apply(nothing, i + 1)
        before = self.maps[k].width
        line_apply(self.tx, self.rx, k, map.tx, map.rx)
        for i in range(k + 1, k + before):
            self.maps[i] = nothing
        for i in range(k + 1, k + width):
            self.maps[i] = None
        self.maps[k] = map

    def build(self, uint64_t frames):
        """The next `frames` STM-N frames as they stand on the line: `frames` x 2430 N octets."""
        out = PyBytes_FromStringAndSize(NULL, frames * _STM1_OCTETS * self.tx.n)
        cdef uint8_t *octets = <uint8_t *>PyBytes_AS_STRING(out)
        with nogil:
            line_build(self.tx, octets, frames)
        return out

    def build_into(self, uint8_t[::1] out not None):
        """Build into a buffer of whole frames (a multiple of 2430 N octets; ValueError otherwise) instead of a new
        one.
        """
        cdef uint64_t length = _STM1_OCTETS * self.tx.n, frames = out.shape[0] // length
        if out.shape[0] % length:
            raise ValueError(f"{out.shape[0]} octets are no whole number of frames")
        if frames:
            with nogil:
                line_build(self.tx, &out[0], frames)

    def parse(self, const uint8_t[::1] octets not None):
        """Take received octets, any number of them, at any bit alignment."""
        cdef uint64_t n = octets.shape[0]
        cdef const uint8_t *first
        if n:
            first = &octets[0]
            with nogil:
                line_parse(self.rx, first, n)

    def silent(self, uint64_t frames):
        """`frames` frame times without a signal."""
        line_silent(self.rx, frames)

    def events(self):
        """The defect events since the last call: (frame, object, defect, "raise" or "clear")."""
        cdef list out = []
        cdef Event *e
        cdef uint32_t i
        for i in range(self.rx.events.count):
            e = &self.rx.events.events[i]
            out.append((e.frame, object_name(e.object), DEFECTS[e.defect], "raise" if e.raised else "clear"))
        self.rx.events.count = 0
        return out

    @property
    def map(self):
        """The map applied last to the first VC-4."""
        return self.maps[0]

    @property
    def defects(self):
        """The line's and the AU-4s' defects now."""
        return defect_names(self.rx.counters.defects)

    def counters(self):
        """All counters by name (LINE_COUNTERS), both directions."""
        cdef dict out = _counters(<const uint64_t *>&self.rx.counters, LINE_COUNTERS)
        out["tx_frames"] = self.tx.counters.tx_frames
        return out

    def report(self, int vc4=1):
        """What the receive side found, in the shape of the decode report (DESIGN 6.3): line, "au", "vc12".

        "vc12" is that of VC-4 number `vc4`; on STM-4 and STM-16 every element of "au" also has its own.
        """
        cdef LineRx *r = self.rx
        cdef int k
        if not 1 <= vc4 <= r.n:
            raise ValueError(f"{self.rate} has no VC-4 {vc4}")
        au = [_au_report(&r.au[k]) for k in range(r.n)]
        if r.n > 1:
            for k in range(r.n):
                au[k]["concatenated"] = r.concatenated[k] == CONCATENATED
                au[k]["vc12"] = _vc12s_report(&r.au[k])
        return {
            "frames": r.counters.frames,
            "aligned_at_bit": r.aligner.first_bit if r.aligner.ever else None,
            "oof": r.counters.oof, "lof": r.counters.lof,
            "b1_errors": r.counters.b1_errors, "b2_errors": r.counters.b2_errors, "rei": r.counters.ms_rei,
            "j0": _trace_text(&r.stm.j0), "s1": r.counters.s1, "k1": r.counters.k1, "k2": r.counters.k2,
            "au": au,
            "vc12": _vc12s_report(&r.au[vc4 - 1]),
        }


cdef dict _au_report(const AuRx *r):
    return {
        "pointer": r.pointer.value, "increments": r.pointer.increments, "decrements": r.pointer.decrements,
        "new_data": r.pointer.new_data, "j1": _trace_text(&r.vc4.j1), "c2": r.counters.c2,
        "b3_errors": r.counters.b3_errors, "rei": r.counters.rei, "rdi": r.vc4.rdi.value != 0,
        "h4_lom": r.counters.h4_lom,
    }


cdef dict _vc12s_report(const AuRx *r):
    cdef int c
    return {member_name(c): _vc12_report(&r.vc12[c])
            for c in sorted(range(TU12S), key=member_name) if r.vc12[c].number}


cdef dict _vc12_report(const Vc12Rx *v):
    return {
        "pointer": v.pointer.value, "increments": v.pointer.increments, "decrements": v.pointer.decrements,
        "new_data": v.pointer.new_data, "j2": _trace_text(&v.j2), "label": v.label.value,
        "extended_label": v.extended_label.value if v.extended_label.known else None,
        "bip2_errors": v.bip2_errors, "rei": v.rei, "rdi": v.rdi.value != 0,
        "sq": v.sq.value if v.sq.known else None, "lcas": None,
    }


def object_name(number):
    """The name of an event's object: "line", "au.K", "au.K/vc12.K.L.M", "group.N" (N counts
    the groups of the map from 0; of another AU-4 than the first "au.K/group.N")."""
    au, local = divmod(number, OBJ_OF_AU)
    if local >= OBJ_GROUP:
        return f"au.{au + 1}/group.{local - OBJ_GROUP}" if au else f"group.{local - OBJ_GROUP}"
    if local >= OBJ_TU:
        return f"au.{au + 1}/vc12.{member_name(local - OBJ_TU)}"
    return "line" if number == OBJ_LINE else f"au.{au + 1}"


# ------------------------------------------------------------------------------------------------- C level

cdef void line_build(LineTx *tx, uint8_t *out, uint64_t frames) noexcept nogil:
    while frames:
        line_frame_build(tx, out)
        out += _STM1_OCTETS * tx.n
        frames -= 1


cdef void line_parse(LineRx *rx, const uint8_t *octets, uint64_t count) noexcept nogil:
    line_take(rx, octets, count)


cdef void line_silent(LineRx *rx, uint64_t frames) noexcept nogil:
    line_lose(rx, frames)


cdef void line_apply(LineTx *tx, LineRx *rx, int au, TxMap *tx_map, RxMap *rx_map) noexcept nogil:
    line_apply_tx(tx, au, tx_map)
    line_apply_rx(rx, au, rx_map)


# ------------------------------------------------------------------------------------------------- for tests

cdef class PointerInterpreter:
    """The pointer interpreter alone, one word at a time: kind "au4" or "tu12"."""

    cdef PointerRx p
    cdef unsigned offsets
    cdef bint check_ss

    def __cinit__(self, kind):
        self.offsets = {"au4": AU4_OFFSETS, "tu12": TU12_OFFSETS}[kind]
        self.check_ss = kind == "tu12"

    def take(self, unsigned word):
        """One received word: "keep", "increment", "decrement", "jump" or "none"."""
        return ("keep", "increment", "decrement", "jump", "none")[
            <int>pointer_take(&self.p, word, self.offsets, self.check_ss)]

    @property
    def state(self):
        return ("START", "NORM", "AIS", "LOP")[<int>self.p.state]

    @property
    def value(self):
        return self.p.value


def kernel(name, const uint8_t[::1] octets not None, uint64_t state=0, unsigned shift=1):
    """Run one kernel on its own: "bip8", "bip24", "crc32", "crc32_msb", "hec16", "rows64", "scramble43",
    "descramble43", "shift". The scramblers give (octets, state)."""
    cdef size_t n = octets.shape[0]
    cdef const uint8_t *p = &octets[0] if n else NULL
    cdef uint8_t out[64]
    if name == "bip8":
        return kernels.bip8(p, n)
    if name == "crc32":
        return <uint32_t>~kernels.crc32(0xffffffff, p, n)
    if name == "crc32_msb":
        return <uint32_t>~crc32_msb(0xffffffff, p, n)
    if name == "hec16":
        return hec16(<uint16_t>((p[0] << 8) | p[1]))
    if name == "bip24":
        kernels.bip24n(out, p, <unsigned>(n // _STM1_OCTETS))
        return out[:3 * (n // _STM1_OCTETS)]
    if name == "rows64":
        kernels.xor_rows64(out, p, n // 64)
        return out[:64]
    result = PyBytes_FromStringAndSize(NULL, n)
    if name == "scramble43":
        kernels.scramble43(&state, <uint8_t *>PyBytes_AS_STRING(result), p, n)
        return result, state
    if name == "descramble43":
        kernels.descramble43(&state, <uint8_t *>PyBytes_AS_STRING(result), p, n)
        return result, state
    if name == "shift":
        # the first octet has none before it and is passed over
        kernels.shift_bits(<uint8_t *>PyBytes_AS_STRING(result) + 1, p + 1, n - 1, shift)
        return result[1:]
    raise ValueError(name)


include "_framing_e1.pxi"
