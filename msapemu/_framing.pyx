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
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t, uintptr_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset

from msapemu.wire.align cimport STM1_OCTETS as _STM1_OCTETS
from msapemu.wire.channel cimport (CHANNEL_FILL, CHANNEL_ROOM, DCC_M, DCC_R, ORDERWIRE_M, ORDERWIRE_R, USER_F2,
                                   USER_F3, USER_R, Channel, channel_free, channel_new, channel_read, channel_write,
                                   ring_waiting)
from msapemu.wire.degrade cimport (BAD_SECONDS_LEAST, BAD_SECONDS_MOST, DEG_LEAST, DEG_MOST, EXC_LEAST, EXC_MOST,
                                   Degrade, degrade_init)
from msapemu.wire.adaptation cimport client_carrier, client_defects, client_fill, client_look, client_take
from msapemu.wire.gfp_channel cimport (CHANNELS, NO_CHANNEL, ChannelRx, ChannelTx, channel_rx_init, channel_tx_init,
                                       publish)
from msapemu.wire.gfp_f cimport SYNC, gfp_rx_init, gfp_tx_init
from msapemu.wire.gfp_frame cimport (ANY_HEADER, CID_NONE, CMF_CSF_SIGNAL, CMF_CSF_SYNC, CMF_FDI, ETHERNET_HEADER,
                                     LINEAR_HEADER, NULL_HEADER, UPI_ETHERNET, Extension, GfpFormat)
from msapemu.wire.group cimport (LCAS_OFF, LCAS_ON, LCAS_ONE_WAY, GroupRx, GroupTx, MemberRx, MemberTx,
                                 RxShape, TxShape, group_counters)
from msapemu.wire.kernels cimport crc32_msb, hec16, kernels, kernels_select, kernels_variant
from msapemu.wire.au_rx cimport AuRx, Vc12Rx, au_release_rx, columns_apply, columns_part, tus_fail
from msapemu.wire.au_tx cimport AuTx, au_release_tx, au_shape
from msapemu.wire.bank cimport BANK_KEPT, Bank
from msapemu.wire.bank_tx cimport TX_SLOTS, BankRows, BankTx, bank_init, bank_start
from msapemu.wire.collect cimport Collector, collect_lost
from msapemu.wire.container cimport (IN_E1, IN_E3, IN_RUN, IN_VC3, IN_VC4, IN_VC12, MEMBERS, TILE, Container,
                                     frame_units, members_most, members_rows, payload_pitch)
from msapemu.wire.generate cimport Generator, generate_start
from msapemu.wire.line cimport (CONCATENATED, LineRx, LineTx, line_apply_rx, line_apply_tx, line_frame_build,
                                line_lose, line_take)
from msapemu.wire.lcas cimport LcasBack
from msapemu.wire.map cimport (MAP_CROSS, MAP_SUPERVISORY, MAP_TUG, MAP_UNEQUIPPED, MAP_VC4, UNIT_CROSS, UNIT_GROUP,
                               UNIT_SUPERVISORY, UNIT_TRIBUTARY, UNIT_UNEQUIPPED, Members, RxMap, TxMap, UnitRx,
                               UnitTx)
from msapemu.wire.moves cimport BURST, S_87_3_ADD, S_BURST_3, S_NONE, S_PPM, SPACING, Mover
from msapemu.wire.pointers cimport AU4_OFFSETS, TU12_OFFSETS, PointerRx, pointer_take
from msapemu.wire.queue cimport queue_commit, queue_free, queue_front, queue_init, queue_pop, queue_reserve
from msapemu.wire.remote cimport PathRemote
from msapemu.wire.multiframe cimport H4Rx, K4Rx, Multiframe
from msapemu.wire.status cimport (HP_EXC, LP_DEG, LP_EXC, MS_DEG, MS_EXC, OBJ_AU, OBJ_E2, OBJ_GROUP, OBJ_LINE,
                                  OBJ_OF_AU, OBJ_TU, OBJ_VC3, AuCounters, ChannelCounters, Event, EventLog,
                                  GroupCounters, LineCounters, defects_clear)
from msapemu.wire.stm cimport SOH_OCTETS, StmRx, StmTx, m1_at, soh, soh_made, soh_sent, stm_tx_init
from msapemu.wire.store cimport Store
from msapemu.wire.trace cimport TRACE_LONG, TRACE_OCTETS, TraceRx, TraceTx, trace_crc7, trace_expect
from msapemu.wire.tu cimport ROW, TU12S, TUG3S, VC12_OCTETS, tu_column
from msapemu.wire.tu3 cimport TU3_OFFSETS, tu3_shape
from msapemu.wire.vc12_poh cimport (EXTENDED_GFP, EXTENDED_HDLC, EXTENDED_LAPS, K4_LOW, LABEL_EXTENDED, Vc12PohRx,
                                    Vc12PohTx, vc12_defects)
from msapemu.wire.vc4 cimport C2_GFP, C2_HDLC, C2_LAPS, G1_LOW, VC3_OCTETS, VC4_OCTETS, Vc4Rx, Vc4Tx, vc4_defects
from msapemu.wire.vcat_rx cimport RX_ROW, RX_SLACK_E1, RX_SLACK_HO, RX_SLACK_LO
from msapemu.wire.vcat_tx cimport ROW_MAP, TX_KEPT_E1, TX_KEPT_HO, TX_KEPT_LO

cdef enum:
    RX_SLOTS = 4                # VC-4s kept where nothing reads them later
    DEEP_SLOTS = 128            # of an elastic store: 16 ms
    VC12_SLOTS = BANK_KEPT      # 20 ms
    VC3_SLOTS = 136             # 17 ms

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
    "LP-EXC", "LP-DEG", "VCAT-LOM", "VCAT-SQM", "VCAT-LOA", "GFP-LFD", "CSF", "GFP-EXM", "GFP-UPM", "GFP-FDI",
    "GFP-RDI", "VCAT-MND", "PLCR", "TLCR", "PLCT", "TLCT", "FOPR", "FOPT", "VCG-MIN",
    "P12-LOS", "P12-AIS", "P12-LOF", "P12-LOM", "P12-RAI", "CAS-LOM", "CAS-RAI",
    "HDLC-LFD", "HDLC-UPM", "MUX-AIS", "MUX-LOF", "MUX-RAI", "LOPS", "PW-AC", "PW-REMOTE", "CAS-AIS",
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
    "type_hec_corrected", "extension_hec_corrected", "extension_hec_errors", "pti_mismatch", "exi_mismatch",
    "cid_mismatch", "upi_mismatch", "too_short", "too_long", "reserved_control", "rx_csf_frames", "rx_dci_frames",
    "rx_fdi_frames", "rx_rdi_frames", "rx_other_management", "syncs", "unaligned_octets", "tx_csf_frames",
    "tx_dci_frames", "tx_fdi_frames", "tx_rdi_frames", "tx_dropped", "aborts", "invalid",
)
assert sizeof(LineCounters) == 8 * len(LINE_COUNTERS) and sizeof(GroupCounters) == 8 * len(GROUP_COUNTERS)

kernels_select(NULL)


def kernel_names():
    """The kernel variants that this machine can run, best first."""
    cdef unsigned i = 0
    names = []
    while kernels_variant(i) != NULL:
        names.append((<bytes>kernels_variant(i).name).decode())
        i += 1
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


cdef class Group:
    """An Ethernet client, or several by channel, with the GFP-F source and sink that they share (G.7041).

    adaptation: "gfp", or the one Ethernet client in HDLC frames, straight ("hdlc"), by LAPS (X.86; "laps"), or as
    bridged PPP (RFC 3518; "ppp"), with fcs: 16 or 32 (16; LAPS has 32), stuffing: "bit" or "octet" (bit; LAPS octet),
    lan_fcs: the frame's own FCS is carried (LAPS always does; else off), and scramble: x^43 + 1 over the whole stream
    (on with LAPS, else off). Of what follows it has queue_octets, longest and all that is of a virtually concatenated
    group.

    payload_fcs: frames carry the payload FCS (CRC-32), fcs_reversed: each of its octets with the bits in reverse order,
    fcs_inverted: not complemented, both also on receive; scramble: x^43 + 1 over the payload area, on both ways (on).
    correct_extension: single errors of the extension header are corrected. upi: user payload identifier; 1 is Ethernet,
    whose FCS is made and checked here. cid: channel of a linear extension header (0..255), None for the null header,
    "any" for a sink that takes every channel (the source then has none). channels: several CIDs instead; send, receive
    and all that is of one client is then of the first of them. queue_octets bounds each of a client's two queues;
    longest is the longest client frame in octets without FCS. csf_interval: ms between CSF frames of a client that is
    failed (100..1000); rdi: RDI is sent while the sink receives nothing.

    gfp: "f" or, transparent-mapped, "t" with one client (GFP_T_CLIENTS): "ethernet", whose frames become characters of
    a Gigabit Ethernet PCS here, or "gbe", "fc", "ficon", "escon", "dvb-asi", whose characters go in and come out.
    superblocks: in a GFP frame (None: G.7041's minimum, in a small group what it carries in a millisecond); ppm: of the
    client's clock; correct: wrong bits of superblocks are put right; characters: room for them, each way. The UPI is
    the client's.

    Of a virtually concatenated group: delay_limit_us, the differential delay that is accepted (0..256 ms). lcas: True,
    or "one-way" for a line without a way back, on which all members are sent as if the far end had them. With LCAS:
    hold_off_ms before a member that fails is given up, wtr_ms before it is taken back; minimum, fewer members than that
    carrying traffic are an alarm (VCG-MIN); mst_of_next: the status of members goes by the MFI2 that ends a control
    packet, not by that in which it begins; seed of the group identification.
    """

    def __cinit__(self, *, str adaptation="gfp", fcs=None, stuffing=None, lan_fcs=None, scramble=None,
                  bint payload_fcs=False, int upi=UPI_ETHERNET, cid=None,
                  uint64_t queue_octets=1 << 20, uint32_t longest=JUMBO_OCTETS, bint fcs_reversed=False,
                  bint fcs_inverted=False, bint correct_extension=True, csf_interval=100, bint rdi=False, channels=(),
                  gfp="f", client="ethernet", superblocks=None, ppm=0, bint correct=True, uint64_t characters=1 << 16,
                  int delay_limit_us=64_000, lcas=False, int hold_off_ms=0, int wtr_ms=0, int minimum=0,
                  bint mst_of_next=False, int seed=1):
        cdef GfpFormat fmt
        cdef Extension extension = NULL_HEADER if cid is None else ANY_HEADER if cid == "any" else LINEAR_HEADER
        channels = tuple(channels)
        _check_adaptation(adaptation, fcs, stuffing, lan_fcs, {
            "payload_fcs": payload_fcs, "upi": upi != UPI_ETHERNET, "cid": cid is not None, "channels": channels,
            "fcs_reversed": fcs_reversed, "fcs_inverted": fcs_inverted, "rdi": rdi, "gfp": gfp != "f"})
        if channels and cid is not None:
            raise ValueError("either cid or channels")
        if gfp not in ("f", "t"):
            raise ValueError(f"no GFP {gfp!r}")
        if client not in (_GFP_T_CLIENTS if gfp == "t" else ("ethernet",)):
            raise ValueError(f"no client {client!r} of GFP-{gfp.upper()}")
        if gfp == "t":
            if upi != UPI_ETHERNET or channels:
                raise ValueError(f"{'channels' if channels else 'upi'} does not go with GFP-T")
            upi = _GFP_T_CLIENTS[client][0]
        fmt = _gfp_format(payload_fcs, scramble is None or scramble, fcs_reversed, fcs_inverted, correct_extension,
                          rdi, csf_interval, LINEAR_HEADER if channels else extension)
        self.upi, self.queue_octets, self.longest = upi, queue_octets, longest
        self.tx = <GroupTx *>calloc(1, sizeof(GroupTx))
        self.rx = <GroupRx *>calloc(1, sizeof(GroupRx))
        if self.tx == NULL or self.rx == NULL:
            raise MemoryError
        self.tx.far = self.rx.far = &self.far
        self.tx.channels.sending = NO_CHANNEL
        gfp_tx_init(&self.tx.gfp, &fmt)
        gfp_rx_init(&self.rx.gfp, &fmt)
        if extension == LINEAR_HEADER:
            channels = (cid,)
        for cid in channels:
            self.add_channel(cid)
        if not channels:
            _channel_new(self, None, upi, 1, queue_octets, longest)
        if gfp == "t":
            _transparent(self, client, superblocks, ppm, correct, characters)
        _labels(self, adaptation)
        if adaptation != "gfp":
            _hdlc_client(self, fcs, stuffing, lan_fcs, scramble)
        _members_init(self, delay_limit_us, lcas, hold_off_ms, wtr_ms, minimum, mst_of_next, seed)

    def __dealloc__(self):
        cdef int k
        if self.tx != NULL and self.rx != NULL:
            for k in range(self.tx.channels.count):
                _channel_free(self.tx.channels.of[k], self.rx.channels.of[k])
            _transparent_free(self.tx.transparent, self.rx.transparent)
            _hdlc_client_free(self.tx.hdlc, self.rx.hdlc)
        free(self.tx)
        free(self.rx)

    def add_channel(self, int cid, *, uint32_t weight=1, upi=None, queue_octets=None, longest=None):
        """A further client behind channel `cid` of the linear extension header, also while the line runs; one that was
        closed is opened again as it was. weight: its share of the group's octets; the rest is the group's where it is
        not given. Raises ValueError for a channel that is there, or when the group has the null header.
        """
        cdef int k, count = self.tx.channels.count
        if self.tx.gfp.format.extension != LINEAR_HEADER:
            raise ValueError("a group with the null extension header has one client")
        if self.client is not None:
            raise ValueError("a transparent-mapped group has one client")
        for k in range(count):
            if self.tx.channels.of[k].cid == cid:
                if self.tx.channels.of[k].open:
                    raise ValueError(f"channel {cid} is used twice")
                self.rx.channels.by_cid[cid] = <uint8_t>(k + 1)
                self.tx.channels.of[k].open = True
                return _channel_of(self, k)
        _channel_new(self, cid, self.upi if upi is None else upi, weight,
                     self.queue_octets if queue_octets is None else queue_octets,
                     self.longest if longest is None else longest)
        return _channel_of(self, count)

    @property
    def channels(self):
        """Its clients, those that were closed too, in the order in which they came."""
        return tuple([_channel_of(self, k) for k in range(self.tx.channels.count)])

    def send(self, const uint8_t[::1] frame not None):
        """Queue an Ethernet frame (destination address on, without FCS); False when the queue is full.

        Raises ValueError for a frame shorter than its header or longer than GFP carries.
        """
        return _client_send(self.tx.channels.of[0], frame)

    def send_raw(self, const uint8_t[::1] information not None):
        """Queue a GFP client information field as it is (no FCS is made); False when the queue is full."""
        return _client_send_raw(self.tx.channels.of[0], information)

    def receive(self):
        """Take all client frames that have come (Ethernet: FCS checked and removed)."""
        return _client_receive(self.rx.channels.of[0])

    def send_characters(self, const uint8_t[::1] octets not None, const uint8_t[::1] control=None):
        """Queue 8B/10B characters; how many there was room for. control: one octet a character, not 0 for a control
        character; None: all are data. Control octets that are none of the twelve become 10B_ERR (FFh).
        """
        return _send_characters(self, octets, control)

    def receive_characters(self, characters=None):
        """Take characters that have come: (octets, control).

        None: all of them. A number: so many, as by a port with a clock; where fewer have come, idle is stuffed with
        client "gbe" (between frames: a frame is held until idle follows it) and K28.5 with "dvb-asi".
        """
        return _receive_characters(self, characters)

    def send_symbols(self, const uint8_t[::1] octets not None):
        """Queue the characters of 8B/10B symbols, ten bits each, bit a first, packed from the highest bit of the first
        octet; whether it is known where symbols begin. Until it is, the far end is told so (CSF).
        """
        return _send_symbols(self, octets)

    def receive_symbols(self, symbols=None):
        """Take characters that have come as symbols, packed likewise; what is not a whole octet yet stays. symbols: as
        of receive_characters.
        """
        return _receive_symbols(self, symbols)

    def transparent_counters(self):
        """All counters of a transparent-mapped group by name (GFP_T_COUNTERS), both directions."""
        return _transparent_counters(self)

    def client_failed(self, kind=None):
        """Say what the client's state is, see `ClientChannel.client_failed`."""
        _client_failed(self.tx.channels.of[0], kind)

    def fill(self, uint32_t octets, uint64_t frames=0):
        """The next `octets` of the stream, as they go into a container, `frames` line frames after the last ones
        (for tests: a mapped group is filled by its line)."""
        out = PyBytes_FromStringAndSize(NULL, octets)
        self.tx.now += frames
        client_look(self.tx)
        client_fill(self.tx, <uint8_t *>PyBytes_AS_STRING(out), octets)
        return out

    def take(self, const uint8_t[::1] octets not None, uint64_t frames=0):
        """Octets of a received stream, as they come out of a container, `frames` line frames after the last ones
        (for tests)."""
        self.rx.time += frames
        if octets.shape[0]:
            client_take(self.rx, &octets[0], <uint32_t>octets.shape[0])
        client_defects(self.rx)

    def add(self, int number, rx=False):
        """M_ADD: member `number` is to carry traffic; rx: its sink is provisioned."""
        _member_want(self, number, rx, True)

    def remove(self, int number, rx=False):
        """M_REMOVE: member `number` is no longer to carry traffic, without a frame lost; rx: its sink is no longer
        provisioned, and reported as failed."""
        _member_want(self, number, rx, False)

    def members(self):
        """The members that are attached, by number: what their source and sink are at."""
        return _members_report(self)

    @property
    def memory(self):
        """Octets of memory for members' frames: those that are to be sent, and those that wait for others."""
        return sum(room.size for room in self.rooms)

    @property
    def size(self):
        """Members that carry payload now: (sent, received)."""
        return self.tx.size, self.rx.size if self.rx.running else 0

    @property
    def waiting(self):
        """Client frames not yet wholly on the line."""
        return self.tx.channels.of[0].queue.frames

    @property
    def in_sync(self):
        """The sink's delineation is in SYNC; HDLC: flags come."""
        return self.rx.hdlc.synced if self.rx.hdlc != NULL else self.rx.gfp.state == SYNC

    @property
    def delineation(self):
        """State of the sink's delineation (G.7041 6.3.1): "HUNT", "PRESYNC" (GFP only) or "SYNC"."""
        if self.rx.hdlc != NULL:
            return "SYNC" if self.rx.hdlc.synced else "HUNT"
        return ("HUNT", "PRESYNC", "SYNC")[<int>self.rx.gfp.state]

    @property
    def defects(self):
        return defect_names(self.rx.counters.defects)

    def counters(self):
        """All counters by name (GROUP_COUNTERS), both directions."""
        cdef GroupCounters c = group_counters(self.tx, self.rx)
        return _counters(<const uint64_t *>&c, GROUP_COUNTERS)

    def data_frames(self):
        """Client data frames received with good headers, whoever they are for: by UPI, and those with a linear
        extension header by CID.
        """
        cdef int i
        return ({i: self.rx.gfp.by_upi[i] for i in range(256) if self.rx.gfp.by_upi[i]},
                {i: self.rx.gfp.by_cid[i] for i in range(256) if self.rx.gfp.by_cid[i]})


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


cdef tuple _unit(text):
    """(is a VC-12, index) of "K.L.M" or, for the VC-3 in TUG-3 K, "K"."""
    if isinstance(text, str) and text in ("1", "2", "3"):
        return False, int(text) - 1
    return True, parse_member(text)


cdef class LineMap:
    """What one VC-4 carries.

    kind "unequipped" and "supervisory": an unequipped, a supervisory-unequipped VC-4; "vc4": one group in the VC-4
    (C2 1Bh); "tug": three TUG-3 (C2 02h), each 21 TU-12 or, when something names "K", a TU-3; "cross": a VC-4 that was
    received elsewhere. groups: (group, members) pairs; members are "K.L.M" or all "K" in SQ order, or {member: number}
    of a group that has members elsewhere too. With "vc4" members are (), or the number of the member that the VC-4 is.
    contiguous: the groups, or those of the members named, are of one VC each, not virtually concatenated. width: X of
    a VC-4-Xc (1, 4, 16), for all kinds but "tug". tributaries: {"K.L.M": E1, "K": E3}. cross: with "cross" (line,
    vc4), with "tug" {"K.L.M": (line, vc4, "K.L.M"), "K": (line, vc4, "K")}: what was received there is sent here, by a
    pointer of its own. supervisory: members that are supervisory-unequipped.

    Raises ValueError for members that cannot be, and for members or groups used twice.
    """

    def __cinit__(self, kind, groups=(), *, int width=1, contiguous=False, tributaries=None, cross=None,
                  supervisory=()):
        cdef Line line
        cdef UnitRx *r
        kinds = {"unequipped": MAP_UNEQUIPPED, "supervisory": MAP_SUPERVISORY, "vc4": MAP_VC4, "tug": MAP_TUG,
                 "cross": MAP_CROSS}
        if kind not in kinds:
            raise ValueError(f"no map kind {kind!r}")
        groups = tuple((group, members if isinstance(members, (dict, int)) else tuple(members))
                       for group, members in groups)
        if len(groups) != 1 if kind == "vc4" else len(groups) if kind != "tug" else len(groups) > TU12S:
            raise ValueError(f"{len(groups)} groups do not go with map kind {kind!r}")
        if width not in (1, 4, 16) or (kind == "tug" and width != 1):
            raise ValueError(f"width {width} does not go with map kind {kind!r}")
        if cross and kind not in ("cross", "tug"):
            raise ValueError(f"cross does not go with map kind {kind!r}")
        if not cross and kind == "cross":
            raise ValueError("cross is wanted: (line, vc4)")
        if (supervisory or tributaries) and kind != "tug":
            raise ValueError(f"{'supervisory' if supervisory else 'tributaries'} does not go with map kind {kind!r}")
        self.kind = kind
        self.groups = groups
        self.tx = <TxMap *>calloc(1, sizeof(TxMap))
        self.rx = <RxMap *>calloc(1, sizeof(RxMap))
        if self.tx == NULL or self.rx == NULL:
            raise MemoryError
        self.tx.kind = self.rx.kind = kinds[kind]
        self.tx.width = self.rx.width = width
        for i, (group, members) in enumerate(groups):
            if any(group is other for other, _ in groups[:i]):
                raise ValueError("a group is used twice")
            self._group(i, group, members, contiguous if isinstance(contiguous, bool) else bool(
                set(contiguous) & set(members if kind == "tug" else ())))
        self.tx.groups = self.rx.groups = len(groups)
        for member in supervisory:
            self._take(member).kind = UNIT_SUPERVISORY
            lower, index = _unit(member)
            r = &self.rx.tu12[<int>index] if lower else &self.rx.vc3[<int>index]
            r.expected = r.supervisory = True
        if kind == "cross":
            line, vc4 = cross
            self.tx.source = line.vc4_store(vc4, width)
            self.sources = (line,)
        else:
            self._cross(cross or {})
        self._tributaries(dict(tributaries or {}))
        self._check_tug3s()

    def __dealloc__(self):
        free(self.tx)
        free(self.rx)

    cdef UnitTx *_take(self, text) except NULL:
        """The transmit unit of this name, which must be free."""
        lower, n = _unit(text)
        cdef int index = n
        cdef UnitTx *u = &self.tx.tu12[index] if lower else &self.tx.vc3[index]
        if u.kind != UNIT_UNEQUIPPED:
            raise ValueError(f"VC-{12 if lower else 3} {text} is used twice")
        if not lower:
            self.tx.tu3[index] = self.rx.tu3[index] = True
        return u

    cdef _group(self, int i, Group group, members, bint contiguous):
        cdef Members *m = &self.tx.members[i]
        cdef UnitTx *u
        cdef UnitRx *r
        cdef _Kind shape
        cdef int n
        self.tx.group[i] = group.tx
        self.rx.group[i] = group.rx
        if self.kind == "vc4":
            counted = isinstance(members, int) and not contiguous
            if members and not counted:
                raise ValueError("a group in the VC-4 has no members")
            if counted and self.tx.width > 1:
                raise ValueError("a VC-4-Xc is no member of a group")
            shape = _members_kind(group, "vc4", counted)
            m.container = IN_VC4
            m.tx_kind, m.rx_kind = &shape.tx, &shape.rx
            m.size = 1
            m.numbers[0] = _member_number(shape, members if counted else 0)
            self.rx.members[i] = m[0]
            return
        if isinstance(members, int) or not members:
            raise ValueError("a group without members")
        if len({"." in member for member in members}) > 1:
            raise ValueError("a group is of VC-12s or of VC-3s, not of both")
        if contiguous and len(members) > 1:
            raise ValueError("a contiguous group has one member")
        if len(members) > MEMBERS:
            raise ValueError(f"{len(members)} members are too many")
        numbers = list(members.values()) if isinstance(members, dict) else list(range(len(members)))
        if len(set(numbers)) < len(numbers):
            raise ValueError("a member's number is used twice")
        shape = _members_kind(group, "vc12" if "." in next(iter(members)) else "vc3", not contiguous)
        m.tx_kind, m.rx_kind = &shape.tx, &shape.rx
        m.size = len(members)
        for n, text in enumerate(members):
            u = self._take(text)
            lower, index = _unit(text)
            m.container = IN_VC12 if lower else IN_VC3
            m.columns[n] = index
            m.numbers[n] = u.member = _member_number(shape, numbers[n])
            u.kind = UNIT_GROUP
            u.group = group.tx
            r = &self.rx.tu12[<int>index] if lower else &self.rx.vc3[<int>index]
            r.expected = True
            r.group = group.rx
            r.member = u.member
            r.label = LABEL_EXTENDED if lower else group.rx.c2
        self.rx.members[i] = m[0]

    cdef _cross(self, dict cross):
        cdef Line line
        cdef UnitTx *u
        lines = []
        for text, (line, vc4, member) in cross.items():
            u = self._take(text)
            if ("." in text) != ("." in member):
                raise ValueError(f"{member} of another kind cannot be sent as {text}")
            u.kind = UNIT_CROSS
            u.source = line.member_store(vc4, member)
            lines.append(line)
        self.sources = tuple(dict.fromkeys(lines))

    cdef _tributaries(self, dict tributaries):
        cdef E1 e1
        cdef E3 e3
        cdef UnitTx *u
        cdef UnitRx *r
        for text, tributary in tributaries.items():
            lower, index = _unit(text)
            if not isinstance(tributary, E1 if lower else E3):
                raise ValueError(f"VC-{12 if lower else 3} {text} carries an E{1 if lower else 3}")
            if any(tributary is other for name, other in tributaries.items() if name != text):
                raise ValueError("a tributary is used twice")
            u = self._take(text)
            u.kind = UNIT_TRIBUTARY
            r = &self.rx.tu12[<int>index] if lower else &self.rx.vc3[<int>index]
            r.expected = True
            if lower:
                e1 = tributary
                u.e1, r.e1, r.label = e1.tx, e1.rx, e1.label
            else:
                e3 = tributary
                u.e3, r.e3, r.label = e3.tx, e3.rx, C2_E3
        self.rx.tributaries = bool(tributaries)
        self.tributaries = tributaries

    cdef _check_tug3s(self):
        cdef int c
        for c in range(TU12S):
            if self.tx.tu3[c % TUG3S] and self.tx.tu12[c].kind != UNIT_UNEQUIPPED:
                raise ValueError(f"TUG-3 {c % TUG3S + 1} cannot hold a TU-3 and TU-12 {member_name(c)}")

    @property
    def width(self):
        """X of the VC-4-Xc, 1 for a VC-4."""
        return self.tx.width


# ------------------------------------------------------------------------------------------------- lines


SEQUENCES = ("inc", "dec", "alternate", "87-3", "ndf", "burst3", "transient", "87-3-add", "87-3-cancel")


cdef Mover _mover(given, double ppm, int steps) except *:
    """From a ("kind", N) pair or None, or from how far a VC is off; `steps` pointer steps make a VC."""
    cdef Mover m
    m.sequence = S_NONE
    m.every = 1
    m.steps = ppm * 1e-6 * steps
    if given is not None and ppm:
        raise ValueError("a pointer moves by a sequence or by a clock, not by both")
    if ppm:
        m.sequence = S_PPM
        if abs(m.steps) * SPACING > 1:
            raise ValueError(f"{ppm:g} ppm are more than a pointer can follow")
    if given is None:
        return m
    kind, every = given
    if kind not in SEQUENCES:
        raise ValueError(f"{kind!r} is no pointer sequence: {', '.join(SEQUENCES)}")
    m.sequence = SEQUENCES.index(kind) + 1
    least = SPACING * (BURST if m.sequence == S_BURST_3 else 2 if m.sequence == S_87_3_ADD else 1)
    if every < least:
        raise ValueError(f"pointer sequence {kind}: at least {least} opportunities apart, not {every}")
    m.every = every
    return m


cdef class _Room:
    """Zeroed memory; large pages of it are there when they are first written."""
    cdef uint8_t *octets
    cdef readonly size_t size

    def __cinit__(self, size_t octets):
        self.size = octets
        self.octets = <uint8_t *>calloc(octets, 1)
        if self.octets == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.octets)


cdef void _store(Store *s, uint8_t *room, int length, int slots):
    s.octets = room
    s.length = length
    s.slots = s.most = slots


cdef void _store_tx(Store *s, Generator *g, uint8_t *room, int delay, unsigned pointer):
    """A VC that is built here and sent `delay` frames later, behind this pointer."""
    _store(s, room, g.shape.length, TX_SLOTS + delay)
    s.number = 1 + delay
    generate_start(g, s, pointer)


cdef list _by_vc4(given, int n):
    """What is given for TUs in every VC-4, or in one "V:...": for each of n VC-4s."""
    if isinstance(given, int):
        return [given] * n
    everywhere = {text: value for text, value in given.items() if ":" not in text}
    out = [dict(everywhere) for _ in range(n)]
    for text, value in given.items():
        if ":" in text:
            vc4, _, text = text.partition(":")
            if not vc4.isdecimal() or not 1 <= int(vc4) <= n:
                raise ValueError(f"there is no VC-4 {vc4!r}")
            out[int(vc4) - 1][text] = value
    return out


cdef tuple _unit_values(given, what, int most12, int most3):
    """By column and by TUG-3: one value for all, or those named."""
    cdef list of12 = [0] * TU12S
    cdef list of3 = [0] * TUG3S
    if isinstance(given, int):
        of12, of3 = [given] * TU12S, [given] * TUG3S
        named = {"1.1.1": given}
    else:
        named = dict(given)
    for text, value in named.items():
        lower, index = _unit(text)
        if not 0 <= value < (most12 if lower else most3):
            raise ValueError(f"TU-{12 if lower else 3} {what} {value} is not in 0..{(most12 if lower else most3) - 1}")
        if not isinstance(given, int):
            (of12 if lower else of3)[index] = value
    return of12, of3


cdef class Line:
    """One STM-N port: transmit and receive state, apart but for what the far end is told (REI, RDI).

    rate: "stm1", "stm4" or "stm16". j0, j1, j2: trail traces sent (a text of 15 characters, in J1 62, or 1, 16, in J1
    64 octets); expect_*: traces awaited (TIM), None for none. s1: octet S1 sent. section, vc4, vc3, vc12: further
    settings as of `set` and, for all VCs of a kind, of `set_path`. au_pointer: 0..782, sent in every AU-4.
    tu_pointers: one for all TU-12 (0..139) and TU-3 (0..764), or {"K.L.M": value, "K": value} (0 for those not
    named), the same in every VC-4, or of VC-4 number V alone {"V:K.L.M": value, "V:K": value}. au_sequence,
    tu_sequence: (kind, N) moves every pointer of VCs built here each N opportunities (frames of an AU-4 or TU-3,
    multiframes of a TU-12), kind one of SEQUENCES; au_ppm, tu_ppm move them
    as if the VCs' clock were so much faster. delays: {"K.L.M": frames, "K": frames}, VCs that are sent so much later
    than the others, in frames of their own (500 us, 125 us), named likewise; {number: frames} for a VC-4.
    monitored: read the overhead of VC-12s that nothing here ends, too. one_by_one: handle no VC-12s together, which is
    slow and makes no difference (for tests). It starts with unequipped VC-4s; `apply` a
    `LineMap`. Start state as for a line file: BIPs of the first frame are 0.
    """

    def __cinit__(self, *, str rate="stm1", j0="msapemu", j1="msapemu", j2="msapemu", int s1=0x0B,
                  int au_pointer=522, tu_pointers=0, au_sequence=None, tu_sequence=None, double au_ppm=0,
                  double tu_ppm=0, delays=None, expect_j0=None, expect_j1=None, expect_j2=None, bint monitored=True,
                  bint one_by_one=False, section=None, vc4=None, vc3=None, vc12=None):
        cdef int k, c, n
        cdef LineMap nothing = LineMap("unequipped")
        if rate not in RATES:
            raise ValueError(f"{rate!r} is no line rate: {', '.join(RATES)}")
        if not 0 <= au_pointer < AU4_OFFSETS:
            raise ValueError(f"AU-4 pointer {au_pointer} is not in 0..{AU4_OFFSETS - 1}")
        self.rate = rate
        self.maps = [nothing] * RATES[rate]
        self.rooms = []
        n = RATES[rate]
        self.tx = <LineTx *>aligned_zero(sizeof(LineTx))
        self.rx = <LineRx *>aligned_zero(sizeof(LineRx))
        self.tx.n = self.rx.n = self.rx.stm.n = n
        stm_tx_init(&self.tx.stm, n)
        self.rx.aligner.n = n
        self.tx.au = <AuTx *>aligned_zero(n * sizeof(AuTx))
        self.rx.au = <AuRx *>aligned_zero(n * sizeof(AuRx))
        self.tx.far = self.rx.far = &self.far
        delays = dict(delays or {})
        late = {k: delays.pop(k) for k in range(1, n + 1) if k in delays}
        if any(not 0 <= frames < 4096 for frames in late.values()):
            raise ValueError("VC-4 delay is not in 0..4095")
        self._transmit(
            au_pointer,
            [_unit_values(of, "pointer", TU12_OFFSETS, TU3_OFFSETS) for of in _by_vc4(tu_pointers, n)],
            [_unit_values(of, "delay", 1024, 4096) for of in _by_vc4(delays, n)],
            late, one_by_one, nothing)
        self._receive(nothing, monitored, one_by_one)
        self._moves(_mover(au_sequence, au_ppm, AU4_OFFSETS), _mover(tu_sequence, tu_ppm, TU12_OFFSETS),
                    _mover(tu_sequence, tu_ppm, TU3_OFFSETS))
        self._set({"j0": j0, "expect_j0": expect_j0, "s1": s1, **(section or {})})
        higher = {"j1": j1, "expect_j1": expect_j1}
        lower = {"j2": j2, "expect_j2": expect_j2, **(vc12 or {})}
        for k in range(n):
            self._set_vc4(k, {**higher, **(vc4 or {})})
            for c in range(TUG3S):
                self._set_vc3(k, c, {**higher, **(vc3 or {})})
            for c in range(TU12S):
                self._set_vc12(k, c, lower)

    cdef uint8_t *_room(self, size_t octets) except NULL:
        cdef _Room room = _Room(octets)
        self.rooms.append(room)
        return room.octets

    cdef _transmit(self, int au_pointer, list pointers, list delays, dict late, bint one_by_one, LineMap nothing):
        cdef int k, c, n = self.tx.n
        cdef AuTx *t
        cdef PathRemote *paths = <PathRemote *>self._room(n * (1 + TU12S + TUG3S) * sizeof(PathRemote))
        # side by side with those of its neighbours, so that an AU-4-Xc has X times the room
        cdef uint8_t *vc4s = self._room(n * TX_SLOTS * VC4_OCTETS)
        for k in range(n):
            t = &self.tx.au[k]
            t.map = nothing.tx
            t.width = 1
            t.far = self.rx.au[k].far = paths
            t.g.shape = au_shape(1)
            t.late = t.ahead = late.get(k + 1, 0)
            _store_tx(&t.store, &t.g, self._room((TX_SLOTS + t.late) * VC4_OCTETS) if t.late
                      else vc4s + k * TX_SLOTS * VC4_OCTETS, <int>t.late, au_pointer)
            for c in range(TU12S):
                self.rx.au[k].vc12[c].far = paths + 1 + c
            t.bank.one_by_one = one_by_one
            self._bank(&t.bank, paths + 1, delays[k][0], pointers[k][0])
            for c in range(TUG3S):
                t.vc3[c].far = self.rx.au[k].vc3[c].far = paths + 1 + TU12S + c
                t.vc3[c].g.shape = tu3_shape()
                _store_tx(&t.vc3[c].store, &t.vc3[c].g, self._room((TX_SLOTS + <int>delays[k][1][c]) * VC3_OCTETS),
                          delays[k][1][c], pointers[k][1][c])
            paths += 1 + TU12S + TUG3S

    cdef _bank(self, BankTx *b, PathRemote *far, list delays, list pointers):
        cdef int c, slots = TX_SLOTS + <int>max(delays)
        cdef uintptr_t rows = (<uintptr_t>self._room(sizeof(BankRows) + ROW) + ROW - 1) & ~<uintptr_t>(ROW - 1)
        bank_init(b, <BankRows *>rows, self._room((ROW * slots + 1) * VC12_OCTETS), far, max(delays))
        for c in range(TU12S):
            bank_start(b, c, delays[c], pointers[c])

    cdef _receive(self, LineMap nothing, bint monitored, bint one_by_one):
        cdef int k, c, n = self.rx.n
        cdef AuRx *r
        cdef Store *s
        cdef uint8_t *vc4s = self._room(n * DEEP_SLOTS * VC4_OCTETS)
        cdef uint8_t *vc12s
        cdef uint8_t *vc3s
        for k in range(n):
            r = &self.rx.au[k]
            r.map = nothing.rx
            r.log = &self.rx.events
            r.object = OBJ_OF_AU * k
            r.width = 1
            r.monitored = monitored
            r.one_by_one = one_by_one
            r.bank = <Bank *>((<uintptr_t>self._room(sizeof(Bank) + 63) + 63) & ~<uintptr_t>63)
            self._collector(&r.c, vc4s + k * DEEP_SLOTS * VC4_OCTETS, VC4_OCTETS, DEEP_SLOTS, NULL)
            r.c.store.slots = RX_SLOTS
            vc12s = self._room((TU12S * VC12_SLOTS + 1) * VC12_OCTETS)     # what is read goes beyond the last one
            for c in range(TU12S):
                self._collector(&r.vc12[c].trail.c, vc12s + c * VC12_SLOTS * VC12_OCTETS, VC12_OCTETS, VC12_SLOTS,
                                &r.waiting12)
                s = r.bank.store[c] = &r.vc12[c].trail.c.store
                s.rate = VC12_OCTETS / 4.0
                s.bank = r.bank
                s.column = c
                r.vc12[c].trail.tsf = True
                r.vc12[c].poh.expected_extended = EXTENDED_GFP
            vc3s = self._room(TUG3S * VC3_SLOTS * VC3_OCTETS)
            for c in range(TUG3S):
                self._collector(&r.vc3[c].trail.c, vc3s + c * VC3_SLOTS * VC3_OCTETS, VC3_OCTETS, VC3_SLOTS,
                                &r.waiting3)
                r.vc3[c].trail.tsf = True
            columns_apply(r)
            tus_fail(r)

    cdef void _collector(self, Collector *c, uint8_t *room, int length, int slots, const double *waiting):
        _store(&c.store, room, length, slots)
        c.store.feed = &self.rx.feed
        c.store.waiting = waiting
        c.store.rate = length
        collect_lost(c)

    cdef void _moves(self, Mover au, Mover tu12, Mover tu3):
        cdef int k, c
        for k in range(self.tx.n):
            self.tx.au[k].g.mover = au
            for c in range(TU12S):
                self.tx.au[k].bank.vc12[c].g.mover = tu12
            for c in range(TUG3S):
                self.tx.au[k].vc3[c].g.mover = tu3

    def __dealloc__(self):
        if self.rx != NULL:
            free(self.rx.au)
        if self.tx != NULL:
            free(self.tx.au)
        free(self.tx)
        free(self.rx)

    cdef Store *vc4_store(self, int vc4, int width) except NULL:
        """Where VC-4(-Xc) number `vc4` is received, as an elastic store."""
        if not 1 <= vc4 <= self.rx.n or (vc4 - 1) % width or vc4 - 1 + width > self.rx.n:
            raise ValueError(f"{self.rate} has no VC-4{f'-{width}c' if width > 1 else ''} at {vc4}")
        return &self.rx.au[vc4 - 1].c.store

    cdef Store *member_store(self, int vc4, member) except NULL:
        """Where VC-12 "K.L.M" or VC-3 "K" of VC-4 number `vc4` is received."""
        if not 1 <= vc4 <= self.rx.n:
            raise ValueError(f"{self.rate} has no VC-4 {vc4}")
        lower, index = _unit(member)
        if lower:
            return &self.rx.au[vc4 - 1].vc12[<int>index].trail.c.store
        return &self.rx.au[vc4 - 1].vc3[<int>index].trail.c.store

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

    def pace(self, double ahead, double rate=1.0):
        """Virtual time of this line, for cross-connections of what it receives, before the next `build` of any line.

        ahead: frames that `parse` was given beyond the one that corresponds to the frame which is built next (>= 0,
        fractions count); rate: frames of this line in one frame of those that are built. Without a call what has come
        is due when the `build` that follows ends.
        """
        line_pace(self.rx, ahead, rate)

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

    cdef _set(self, dict values):
        _section_set(&self.tx.stm, &self.rx.stm, &self.rx.counters, &self.rx.events, values)

    cdef _set_vc4(self, int k, dict values):
        cdef AuRx *r = &self.rx.au[k]
        _vc4_set(&self.tx.au[k].poh, &r.poh, False, &r.counters, r.log, r.object + OBJ_AU, values)

    cdef _set_vc3(self, int k, int c, dict values):
        cdef AuRx *r = &self.rx.au[k]
        _vc4_set(&self.tx.au[k].vc3[c].poh, &r.vc3[c].poh, True, &r.vc3[c].counters, r.log, r.object + OBJ_VC3 + c,
                 values)

    cdef _set_vc12(self, int k, int c, dict values):
        cdef AuRx *r = &self.rx.au[k]
        self._rest()
        _vc12_set(&self.tx.au[k].bank.vc12[c].poh, &r.vc12[c].poh, r.map.tu12[c].expected, r.log, r.object + OBJ_TU + c,
                  values)
        self.tx.au[k].bank.stale = True

    cdef void _rest(self):
        """Bring up to date what is known of VC-12s of which many frames are counted together."""
        cdef int k
        for k in range(self.rx.n):
            columns_part(&self.rx.au[k], self.rx.au[k].bank.steady, self.rx.au[k].bank.now)

    cdef int _number(self, vc4) except -1:
        """VC-4 number `vc4` counted from 0."""
        if not 1 <= vc4 <= self.tx.n:
            raise ValueError(f"{self.rate} has no VC-4 {vc4}")
        return vc4 - 1

    def set(self, **values):
        """Settings of the sections, from the next frame on. Raises ValueError, and then changes nothing.

        Sent: j0 (trace), s1, k1, k2, e1, f1, e2, d1..d12 (octets; an open channel goes before), soh {(a, b, c): octet}
        for any S(a,b,c) that has no meaning of its own. Received: expect_j0 (trace or None), tim_ais (RS-TIM inserts
        AIS; off), and for MS-EXC and MS-DEG exc (3..5, exponent; 3), deg (5..9; 6), bursty (off), bad_seconds (2..10;
        7), bad_percent (30).
        """
        self._set(values)

    def set_path(self, int vc4=1, member=None, **values):
        """Settings of a VC-4, or of its VC-12 "K.L.M" or VC-3 "K", from its next frame on. Raises ValueError, and then
        changes nothing.

        A VC-4 and a VC-3 send j1 (trace), c2 (None: by the map), g1 (its spare bits), f2, f3, k3, n1, and await
        expect_j1, expect_c2 (None: by the map); a VC-12 sends j2, label, rfi, n2, k4 (bits 3-8), and awaits expect_j2,
        expect_label. All: e_rdi (enhanced RDI, both ways; off), tim_ais (TIM inserts AIS; on), exc, deg, bursty,
        bad_seconds, bad_percent as in `set`.
        """
        cdef int k = self._number(vc4)
        if member is None:
            self._set_vc4(k, values)
            return
        lower, index = _unit(member)
        if lower:
            self._set_vc12(k, index, values)
        else:
            self._set_vc3(k, index, values)

    def overhead(self, vc4=None, member=None):
        """What was received: of the sections, of VC-4 number `vc4`, or of its VC-12 "K.L.M" or VC-3 "K".

        Accepted values by name, traces as the octets of their form (1, 16, 64; None: none yet); in "octets" those of
        the last frame; of the sections in "soh" all overhead columns, 9 rows of 9 N octets.
        """
        cdef AuRx *r
        self._rest()
        if vc4 is None:
            return _section_overhead(&self.rx.stm)
        r = &self.rx.au[self._number(vc4)]
        if member is None:
            return _vc4_overhead(&r.poh)
        lower, index = _unit(member)
        return _vc12_overhead(&r.vc12[<int>index].poh) if lower else _vc4_overhead(&r.vc3[<int>index].poh)

    def gids(self, int vc4=1, member=None):
        """Of the LCAS control packets received in VC-4 number `vc4`, or in its VC-12 "K.L.M" or VC-3 "K": the count of
        the newest, and the group identifications from it backwards, None where no right packet came; packets that one
        group sends at a time have the same. Counts go to 256, or 32 (VC-12).
        """
        cdef AuRx *r = &self.rx.au[self._number(vc4)]
        self._rest()
        if member is None:
            return _gids(&r.multiframe.m, MFI_FRAMES, MFI_CYCLE)
        lower, index = _unit(member)
        if lower:
            return _gids(&r.vc12[<int>index].poh.multiframe.m, K4_FRAMES, K4_CYCLE)
        return _gids(&r.vc3[<int>index].multiframe.m, MFI_FRAMES, MFI_CYCLE)

    def channel(self, str name, *, int vc4=1, member=None, uint64_t octets=CHANNEL_ROOM, fill=None):
        """Open a channel of overhead octets, or give the one that is open: "dcc-r", "dcc-m", "e1", "e2", "f1", or "f2",
        "f3" of a VC-4 or its VC-3 "K". octets: room each way, when it is new; fill: sent when nothing waits (FFh).
        """
        cdef int k = self._number(vc4), c
        if name not in _PATH_CHANNELS:
            return _section_channel(self.rooms, &self.tx.stm, &self.rx.stm, name, octets, fill)
        if member is None:
            return _path_channel(self.rooms, &self.tx.au[k].poh, &self.rx.au[k].poh, name, octets, fill)
        lower, c = _unit(member)
        if lower:
            raise ValueError(f"a VC-12 has no channel {name!r}")
        return _path_channel(self.rooms, &self.tx.au[k].vc3[c].poh, &self.rx.au[k].vc3[c].poh, name, octets, fill)

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
        self._rest()
        au = [_au_report(&r.au[k]) for k in range(r.n)]
        if r.n > 1:
            for k in range(r.n):
                au[k]["concatenated"] = r.concatenated[k] == CONCATENATED
                au[k]["vc12"] = _vc12s_report(&r.au[k])
                au[k]["vc3"] = _vc3s_report(&r.au[k])
        return {
            "frames": r.counters.frames,
            "aligned_at_bit": r.aligner.first_bit if r.aligner.ever else None,
            "oof": r.counters.oof, "lof": r.counters.lof,
            "b1_errors": r.counters.b1_errors, "b2_errors": r.counters.b2_errors, "rei": r.counters.ms_rei,
            "j0": _trace_text(&r.stm.j0), "s1": r.counters.s1, "k1": r.counters.k1, "k2": r.counters.k2,
            "au": au,
            "vc12": _vc12s_report(&r.au[vc4 - 1]),
            "vc3": _vc3s_report(&r.au[vc4 - 1]),
        }


cdef dict _path_report(const Collector *c, const AuCounters *count, const Vc4Rx *poh):
    return {
        "pointer": c.pointer.value, "increments": c.pointer.increments, "decrements": c.pointer.decrements,
        "new_data": c.pointer.new_data, "j1": _trace_text(&poh.j1), "c2": count.c2,
        "b3_errors": count.b3_errors, "rei": count.rei, "rdi": poh.rdi.value != 0,
    }


cdef dict _au_report(const AuRx *r):
    cdef dict out = _path_report(&r.c, &r.counters, &r.poh)
    out["h4_lom"] = r.counters.h4_lom
    out["sq"] = _sq(&r.multiframe.m)
    out["lcas"] = _lcas_report(&r.multiframe.m, False)
    out["tug3"] = [("tu3", "tu12")[r.npi[k].value] if r.npi[k].known else None for k in range(TUG3S)]
    return out


cdef dict _vc3s_report(const AuRx *r):
    cdef dict out = {}
    cdef int k
    for k in range(TUG3S):
        if r.vc3[k].trail.c.store.number:
            out[str(k + 1)] = _path_report(&r.vc3[k].trail.c, &r.vc3[k].counters, &r.vc3[k].poh)
            out[str(k + 1)]["sq"] = _sq(&r.vc3[k].multiframe.m)
            out[str(k + 1)]["lcas"] = _lcas_report(&r.vc3[k].multiframe.m, False)
    return out


cdef _sq(const Multiframe *m):
    """None without a count of frames: the VC is not virtually concatenated."""
    return m.sq.value if m.known and m.sq.known else None


cdef dict _vc12s_report(const AuRx *r):
    cdef int c
    return {member_name(c): _vc12_report(&r.vc12[c])
            for c in sorted(range(TU12S), key=member_name) if r.vc12[c].trail.c.store.number}


cdef dict _vc12_report(const Vc12Rx *v):
    cdef const PointerRx *p = &v.trail.c.pointer
    cdef const K4Rx *k4 = &v.poh.multiframe
    return {
        "pointer": p.value, "increments": p.increments, "decrements": p.decrements,
        "new_data": p.new_data, "j2": _trace_text(&v.poh.j2), "label": v.poh.label.value,
        "extended_label": k4.extended_label.value if k4.extended_label.known else None,
        "bip2_errors": v.poh.bip2_errors, "rei": v.poh.rei, "rdi": v.poh.rdi.value != 0,
        "sq": _sq(&k4.m), "lcas": _lcas_report(&k4.m, True),
    }


def object_name(number):
    """The name of an event's object: "line", "au.K", "au.K/vc12.K.L.M", "au.K/vc3.K", "group.N" (N counts the groups
    of the map from 0; of another AU-4 than the first "au.K/group.N")."""
    au, local = divmod(number, OBJ_OF_AU)
    if local >= OBJ_GROUP:
        return f"au.{au + 1}/group.{local - OBJ_GROUP}" if au else f"group.{local - OBJ_GROUP}"
    if local >= OBJ_VC3:
        return f"au.{au + 1}/vc3.{local - OBJ_VC3 + 1}"
    if local >= OBJ_TU:
        return f"au.{au + 1}/vc12.{member_name(local - OBJ_TU)}"
    return "line" if number == OBJ_LINE else f"au.{au + 1}"


# ------------------------------------------------------------------------------------------------- C level

cdef void line_build(LineTx *tx, uint8_t *out, uint64_t frames) noexcept nogil:
    cdef uint64_t turn
    for turn in range(frames):
        line_frame_build(tx, <int>turn, <int>frames, out)
        out += _STM1_OCTETS * tx.n


cdef void pdh_build(PdhLineTx *tx, uint8_t *out, uint64_t frames) noexcept nogil:
    pdh_line_build(tx, out, frames)


cdef void pdh_parse(PdhLineRx *rx, const uint8_t *octets, uint64_t count) noexcept nogil:
    pdh_line_parse(rx, octets, count)


cdef void pdh_silent(PdhLineRx *rx, uint64_t frames) noexcept nogil:
    pdh_line_silent(rx, frames)


cdef void e1s_apply(_Fabric *wanted, _Fabric *before) noexcept nogil:
    fabric_apply(wanted, before)


cdef void e1s_receive(_Fabric *f) noexcept nogil:
    fabric_receive(f)


cdef void e1s_transmit(_Fabric *f, uint64_t frames) noexcept nogil:
    fabric_transmit(f, frames)


cdef void line_pace(LineRx *rx, double ahead, double pace) noexcept nogil:
    rx.feed.paced = True
    rx.feed.ahead = ahead
    rx.feed.pace = pace


cdef void line_parse(LineRx *rx, const uint8_t *octets, uint64_t count) noexcept nogil:
    line_take(rx, octets, count)


cdef void line_silent(LineRx *rx, uint64_t frames) noexcept nogil:
    line_lose(rx, frames)


cdef void line_apply(LineTx *tx, LineRx *rx, int au, TxMap *tx_map, RxMap *rx_map) noexcept nogil:
    line_apply_tx(tx, au, tx_map)
    line_apply_rx(rx, au, rx_map)


cdef void line_release(LineTx *tx, LineRx *rx) noexcept nogil:
    cdef int k
    for k in range(tx.n):
        if tx.au[k].width:
            au_release_tx(&tx.au[k])
        if rx.au[k].width:
            au_release_rx(&rx.au[k])


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


def _rows_kernel(name, const uint8_t[::1] octets, of):
    cdef size_t size = sum(column < 64 for column in of)
    cdef size_t count = octets.shape[0] // (size if name == "rows_deal" else 64)
    cdef const uint8_t[::1] columns = bytes(of) + bytes(64 - len(of)) if name == "rows_gather" else \
        bytes(of) + b"\xff" * (64 - len(of))
    cdef const uint8_t[::1] room = bytes(octets) + bytes(64)
    cdef uint8_t[::1] out = bytearray(64 * count + 64)
    if name == "rows_deal":
        kernels.rows_deal(&out[0], &room[0], count, <unsigned>size, &columns[0])
        return bytes(out[:64 * count])
    kernels.rows_gather(&out[0], &room[0], count, <unsigned>size, &columns[0])
    return bytes(out[:size * count])


def kernel(name, const uint8_t[::1] octets not None, uint64_t state=0, unsigned shift=1, of=None):
    """Run one kernel on its own: "bip8", "bip24", "crc32", "crc32_msb", "frame_send", "frame_receive", "hec16",
    "rows64", "rows_deal", "rows_gather", "scramble43", "descramble43", "shift", "turns". The scramblers give (octets,
    state), the frame's passes (octets, BIP-8, BIP-24N). `of`: of rows, which octet of a run stands in which column."""
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
    if name == "turns":
        return kernels.turns(p, n)
    if name == "rows64":
        kernels.xor_rows64(out, p, n // 64)
        return out[:64]
    if name in ("rows_deal", "rows_gather"):
        return _rows_kernel(name, octets, of)
    result = PyBytes_FromStringAndSize(NULL, n)
    if name == "frame_send":
        memcpy(PyBytes_AS_STRING(result), p, n)
        bip = kernels.frame_send(out, <uint8_t *>PyBytes_AS_STRING(result), <unsigned>(n // _STM1_OCTETS))
        return result, bip, out[:3 * (n // _STM1_OCTETS)]
    if name == "frame_receive":
        bip = kernels.frame_receive(out, <uint8_t *>PyBytes_AS_STRING(result), p, <unsigned>(n // _STM1_OCTETS))
        return result, bip, out[:3 * (n // _STM1_OCTETS)]
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


include "_framing_characters.pxi"
include "_framing_e1.pxi"
include "_framing_gfp.pxi"
include "_framing_gfp_t.pxi"
include "_framing_hdlc.pxi"
include "_framing_hdlc_client.pxi"
include "_framing_impair.pxi"
include "_framing_overhead.pxi"
include "_framing_p12.pxi"
include "_framing_pdh.pxi"
include "_framing_pw.pxi"
include "_framing_vcat.pxi"
