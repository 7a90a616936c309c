"""The framing core: an Ethernet client's frames into STM-1 octets and back, without I/O and without a clock.

Octets are taken from any contiguous buffer of octets. A frame of an STM-N is 2430 N octets and lasts 125 us.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Literal

_Octets = bytes | bytearray | memoryview
_Trace = str | bytes
_Failure = Literal["signal", "sync", "forward"]
_Action = Literal["keep", "increment", "decrement", "jump", "none"]

STM1_OCTETS: int
RATES: dict[str, int]
JUMBO_OCTETS: int
ADAPTATIONS: tuple[str, ...]
DEFECTS: tuple[str, ...]
LINE_COUNTERS: tuple[str, ...]
GROUP_COUNTERS: tuple[str, ...]
CHANNEL_COUNTERS: tuple[str, ...]
SEQUENCES: tuple[str, ...]
MEMBER_TX_FIELDS: tuple[str, ...]
MEMBER_RX_FIELDS: tuple[str, ...]
SOURCE_STATES: tuple[str, ...]
SINK_STATES: tuple[str, ...]
CONTROLS: dict[int, str]
LONGEST_DELAY_US: int
LONGEST_HOLD_OFF_MS: int
LONGEST_WTR_MS: int
LCAS_SOURCE: dict[str, tuple[str, ...]]
LCAS_SINK: dict[str, tuple[str, ...]]
REMOTE_DEFECTS: tuple[str, ...]

class Group:
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
    Raises ValueError for values out of range.
    """

    def __init__(
        self,
        *,
        adaptation: Literal["gfp", "hdlc", "laps", "ppp"] | str = "gfp",
        fcs: Literal[16, 32] | int | None = None,
        stuffing: Literal["bit", "octet"] | str | None = None,
        lan_fcs: bool | None = None,
        scramble: bool | None = None,
        payload_fcs: bool = False,
        upi: int = 1,
        cid: int | Literal["any"] | None = None,
        queue_octets: int = 1 << 20,
        longest: int = 9618,
        fcs_reversed: bool = False,
        fcs_inverted: bool = False,
        correct_extension: bool = True,
        csf_interval: int = 100,
        rdi: bool = False,
        channels: Iterable[int] = (),
        gfp: Literal["f", "t"] | str = "f",
        client: str = "ethernet",
        superblocks: int | None = None,
        ppm: float = 0,
        correct: bool = True,
        characters: int = 1 << 16,
        delay_limit_us: int = 64_000,
        lcas: bool | Literal["one-way"] = False,
        hold_off_ms: int = 0,
        wtr_ms: int = 0,
        minimum: int = 0,
        mst_of_next: bool = False,
        seed: int = 1,
    ) -> None: ...
    @property
    def adaptation(self) -> str:
        """One of ADAPTATIONS."""

    @property
    def client(self) -> str | None:
        """The client of a transparent-mapped group; None of a frame-mapped one."""

    def send_characters(self, octets: _Octets, control: _Octets | None = None) -> int:
        """Queue 8B/10B characters; how many there was room for. control: one octet a character, not 0 for a control
        character; None: all are data. Control octets that are none of the twelve become 10B_ERR (FFh).
        """

    def receive_characters(self, characters: int | None = None) -> tuple[bytes, bytes]:
        """Take characters that have come: (octets, control).

        None: all of them. A number: so many, as by a port with a clock; where fewer have come, idle is stuffed with
        client "gbe" (between frames: a frame is held until idle follows it) and K28.5 with "dvb-asi".
        """

    def send_symbols(self, octets: _Octets) -> bool:
        """Queue the characters of 8B/10B symbols, ten bits each, bit a first, packed from the highest bit of the first
        octet; whether it is known where symbols begin. Until it is, the far end is told so (CSF).
        """

    def receive_symbols(self, symbols: int | None = None) -> bytes:
        """Take characters that have come as symbols, packed likewise; what is not a whole octet yet stays. symbols: as
        of receive_characters.
        """

    def transparent_counters(self) -> dict[str, int]:
        """All counters of a transparent-mapped group by name (GFP_T_COUNTERS), both directions."""

    def add_channel(
        self,
        cid: int,
        *,
        weight: int = 1,
        upi: int | None = None,
        queue_octets: int | None = None,
        longest: int | None = None,
    ) -> ClientChannel:
        """A further client behind channel `cid` of the linear extension header, also while the line runs; one that was
        closed is opened again as it was. weight: its share of the group's octets (1..255); the rest is the group's
        where it is not given. Raises ValueError for a channel that is there, or when the group has the null header.
        """

    def send(self, frame: _Octets) -> bool:
        """Queue an Ethernet frame (destination address on, without FCS); False when the queue is full.

        Raises ValueError for a frame shorter than its header or longer than GFP carries.
        """

    def send_raw(self, information: _Octets) -> bool:
        """Queue a GFP client information field as it is (no FCS is made); False when the queue is full."""

    def receive(self) -> list[bytes]:
        """Take all client frames that have come (Ethernet: FCS checked and removed)."""

    def client_failed(self, kind: _Failure | None = None) -> None:
        """Say what the client's state is, see `ClientChannel.client_failed`."""

    def fill(self, octets: int, frames: int = 0) -> bytes:
        """The next `octets` of the stream, as they go into a container, `frames` line frames after the last ones
        (for tests).
        """

    def take(self, octets: _Octets, frames: int = 0) -> None:
        """Octets of a received stream, as they come out of a container, `frames` line frames after the last ones
        (for tests).
        """

    def counters(self) -> dict[str, int]:
        """All counters by name (GROUP_COUNTERS), both directions."""

    def data_frames(self) -> tuple[dict[int, int], dict[int, int]]:
        """Client data frames received with good headers, whoever they are for: by UPI, and those with a linear
        extension header by CID.
        """

    def add(self, number: int, rx: bool = False) -> None:
        """M_ADD: member `number` is to carry traffic; rx: its sink is provisioned."""

    def remove(self, number: int, rx: bool = False) -> None:
        """M_REMOVE: member `number` is no longer to carry traffic, without a frame lost; rx: its sink is no longer
        provisioned, and reported as failed."""

    def members(self) -> dict[int, dict[str, dict[str, Any]]]:
        """The members that are attached, by number: what their source ("tx") and sink ("rx") are at.

        tx: attached, state (SOURCE_STATES), ctrl (CONTROLS), sq, mst ("OK", "FAIL"). rx: attached, state (SINK_STATES),
        ctrl, sq, delay_us (behind the first of the members), alive, tsf, lom, sqm, mnd, packets, crc_errors. state,
        ctrl and mst are None without LCAS.
        """

    @property
    def memory(self) -> int:
        """Octets of memory for members' frames: those that are to be sent, and those that wait for others."""

    @property
    def size(self) -> tuple[int, int]:
        """Members that carry payload now: sent, received."""

    @property
    def channels(self) -> tuple[ClientChannel, ...]:
        """Its clients, those that were closed too, in the order in which they came."""

    @property
    def waiting(self) -> int:
        """Client frames not yet wholly on the line."""

    @property
    def in_sync(self) -> bool:
        """The sink's delineation is in SYNC; HDLC: flags come."""

    @property
    def delineation(self) -> Literal["HUNT", "PRESYNC", "SYNC"]:
        """State of the sink's delineation (G.7041 6.3.1): "HUNT", "PRESYNC" (GFP only) or "SYNC"."""

    @property
    def defects(self) -> tuple[str, ...]:
        """The group's defects now."""

class ClientChannel:
    """One client of a group: the only one, or one of those that share it by channel (CID). A group gives it."""

    def send(self, frame: _Octets) -> bool:
        """Queue an Ethernet frame (destination address on, without FCS); False when the queue is full.

        Raises ValueError for a frame shorter than its header or longer than GFP carries.
        """

    def send_raw(self, information: _Octets) -> bool:
        """Queue a GFP client information field as it is (no FCS is made); False when the queue is full."""

    def receive(self) -> list[bytes]:
        """Take all client frames that have come (Ethernet: FCS checked and removed)."""

    def client_failed(self, kind: _Failure | None = None) -> None:
        """Say what the client's state is: None (good), "signal" (loss of client signal), "sync" (loss of character
        synchronisation), "forward" (it reports a defect from further on). The far end is told; frames that wait are
        dropped.
        """

    def counters(self) -> dict[str, int]:
        """All counters by name (CHANNEL_COUNTERS), both directions."""

    def close(self) -> None:
        """Carry nothing for this channel any more, either way; what waits is dropped. `Group.add_channel` opens it
        again. Raises ValueError for the client of a group without channels.
        """

    @property
    def group(self) -> Group:
        """The group."""

    @property
    def cid(self) -> int | None:
        """Its channel; None behind the null extension header."""

    @property
    def open(self) -> bool:
        """It was not closed."""

    @property
    def waiting(self) -> int:
        """Client frames not yet wholly on the line."""

    @property
    def csf(self) -> Literal["signal", "sync"] | None:
        """What the far end says of its client."""

    @property
    def fdi(self) -> bool:
        """The far client reports a forward defect."""

    @property
    def rdi(self) -> bool:
        """The far client's sink reports that it receives nothing."""

    @property
    def carrier(self) -> bool:
        """The client has a signal, as far as this end is told: no server failure, LFD, CSF or FDI."""

class LineMap:
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

    def __init__(
        self,
        kind: Literal["unequipped", "supervisory", "vc4", "tug", "cross"] | str,
        groups: Iterable[tuple[Group, Sequence[str] | Mapping[str, int] | int]] = (),
        *,
        width: int = 1,
        contiguous: bool | Collection[str] = False,
        tributaries: Mapping[str, E1 | E3] | None = None,
        cross: tuple[Line, int] | Mapping[str, tuple[Line, int, str]] | None = None,
        supervisory: Sequence[str] = (),
    ) -> None: ...
    @property
    def tributaries(self) -> dict[str, E1 | E3]:
        """The tributaries by member."""

    @property
    def sources(self) -> tuple[Line, ...]:
        """The lines whose received VCs it sends on."""

    @property
    def kind(self) -> str:
        """The kind that it was made with."""

    @property
    def groups(self) -> tuple[tuple[Group, tuple[str, ...] | dict[str, int] | int], ...]:
        """The groups and their members, as given."""

    @property
    def width(self) -> int:
        """X of the VC-4-Xc, 1 for a VC-4."""

class Line:
    """One STM-N port: transmit and receive state, apart but for what the far end is told (REI, RDI).

    rate: "stm1", "stm4" or "stm16". j0, j1, j2: trail traces sent (a text of 15 characters, in J1 62, or 1, 16, in J1
    64 octets); expect_*: traces awaited (TIM), None for none. s1: octet S1 sent (SSM in bits 5-8). section, vc4, vc3,
    vc12: further settings as of `set` and, for all VCs of a kind, of `set_path`. au_pointer: 0..782, sent in every
    AU-4. tu_pointers: one for all TU-12 (0..139) and TU-3 (0..764), or {"K.L.M": value, "K": value} (0 for those not
    named), the same in every VC-4, or of VC-4 number V alone {"V:K.L.M": value, "V:K": value}. au_sequence,
    tu_sequence: (kind, N) moves every pointer of VCs built here each N opportunities (frames of an AU-4 or TU-3,
    multiframes of a TU-12), kind one of SEQUENCES; au_ppm, tu_ppm move them
    as if the VCs' clock were so much faster. delays: {"K.L.M": frames, "K": frames}, VCs that are sent so much later
    than the others, in frames of their own (500 us, 125 us), named likewise; {number: frames} for a VC-4.
    monitored: read the overhead of VC-12s that nothing here ends, too. one_by_one: handle no VC-12s together, which is
    slow and makes no difference (for tests).
    It starts with unequipped VC-4s. Raises ValueError for values out of range.
    """

    def __init__(
        self,
        *,
        rate: Literal["stm1", "stm4", "stm16"] | str = "stm1",
        j0: _Trace = "msapemu",
        j1: _Trace = "msapemu",
        j2: _Trace = "msapemu",
        s1: int = 0x0B,
        au_pointer: int = 522,
        tu_pointers: int | Mapping[str, int] = 0,
        au_sequence: tuple[str, int] | None = None,
        tu_sequence: tuple[str, int] | None = None,
        au_ppm: float = 0,
        tu_ppm: float = 0,
        delays: Mapping[Any, int] | None = None,
        expect_j0: _Trace | None = None,
        expect_j1: _Trace | None = None,
        expect_j2: _Trace | None = None,
        monitored: bool = True,
        one_by_one: bool = False,
        section: Mapping[str, Any] | None = None,
        vc4: Mapping[str, Any] | None = None,
        vc3: Mapping[str, Any] | None = None,
        vc12: Mapping[str, Any] | None = None,
    ) -> None: ...
    def apply(self, map: LineMap, vc4: int = 1) -> None:
        """Carry what `map` says in VC-4 number `vc4` from the next frame on. A group with the same members goes on.

        A VC-4-Xc begins at 1, 1 + X, 1 + 2 X, ... Raises ValueError when it does not, and for a VC-4 that the line does
        not have or that a VC-4-Xc from a lower one takes up.
        """

    def pace(self, ahead: float, rate: float = 1.0) -> None:
        """Virtual time of this line, for cross-connections of what it receives, before the next `build` of any line.

        ahead: frames that `parse` was given beyond the one that corresponds to the frame which is built next (>= 0,
        fractions count); rate: frames of this line in one frame of those that are built. Without a call what has come
        is due when the `build` that follows ends.
        """

    def build(self, frames: int) -> bytes:
        """The next `frames` STM-N frames as they stand on the line: `frames` x 2430 N octets."""

    def build_into(self, out: bytearray | memoryview) -> None:
        """Build into a buffer of whole frames (a multiple of 2430 N octets, else ValueError) instead of a new one."""

    def parse(self, octets: _Octets) -> None:
        """Take received octets, any number of them, at any bit alignment."""

    def silent(self, frames: int) -> None:
        """`frames` frame times without a signal."""

    def set(self, **values: Any) -> None:
        """Settings of the sections, from the next frame on. Raises ValueError, and then changes nothing.

        Sent: j0 (trace), s1, k1, k2, e1, f1, e2, d1..d12 (octets; an open channel goes before), soh {(a, b, c): octet}
        for any S(a,b,c) that has no meaning of its own. Received: expect_j0 (trace or None), tim_ais (RS-TIM inserts
        AIS; off), and for MS-EXC and MS-DEG exc (3..5, exponent; 3), deg (5..9; 6), bursty (off), bad_seconds (2..10;
        7), bad_percent (30).
        """

    def set_path(self, vc4: int = 1, member: str | None = None, **values: Any) -> None:
        """Settings of a VC-4, or of its VC-12 "K.L.M" or VC-3 "K", from its next frame on. Raises ValueError, and then
        changes nothing.

        A VC-4 and a VC-3 send j1 (trace), c2 (None: by the map), g1 (its spare bits), f2, f3, k3, n1, and await
        expect_j1, expect_c2 (None: by the map); a VC-12 sends j2, label, rfi, n2, k4 (bits 3-8), and awaits expect_j2,
        expect_label. All: e_rdi (enhanced RDI, both ways; off), tim_ais (TIM inserts AIS; on), exc, deg, bursty,
        bad_seconds, bad_percent as in `set`.
        """

    def overhead(self, vc4: int | None = None, member: str | None = None) -> dict[str, Any]:
        """What was received: of the sections, of VC-4 number `vc4`, or of its VC-12 "K.L.M" or VC-3 "K".

        Accepted values by name, traces as the octets of their form (1, 16, 64; None: none yet), "rdi" one of
        REMOTE_DEFECTS; in "octets" those of the last frame; of the sections in "soh" all overhead columns, 9 rows of
        9 N octets.
        """

    def gids(self, vc4: int = 1, member: str | None = None) -> tuple[int, list[int | None]]:
        """Of the LCAS control packets received in VC-4 number `vc4`, or in its VC-12 "K.L.M" or VC-3 "K": the count of
        the newest, and the group identifications from it backwards, None where no right packet came; packets that one
        group sends at a time have the same. Counts go to 256, or 32 (VC-12).
        """

    def channel(
        self,
        name: str,
        *,
        vc4: int = 1,
        member: str | None = None,
        octets: int = 65536,
        fill: int | None = None,
    ) -> OctetChannel:
        """Open a channel of overhead octets, or give the one that is open: "dcc-r", "dcc-m", "e1", "e2", "f1", or "f2",
        "f3" of a VC-4 or its VC-3 "K". octets: room each way, when it is new; fill: sent when nothing waits (FFh).
        """

    def events(self) -> list[tuple[int, str, str, Literal["raise", "clear"]]]:
        """The defect events since the last call: (frame, object, defect, "raise" or "clear")."""

    def counters(self) -> dict[str, int]:
        """All counters by name (LINE_COUNTERS), both directions."""

    def report(self, vc4: int = 1) -> dict[str, Any]:
        """What the receive side found, in the shape of the decode report: line, "au", "vc12".

        "vc12" is that of VC-4 number `vc4`; on STM-4 and STM-16 every element of "au" also has its own.
        """

    @property
    def defects(self) -> tuple[str, ...]:
        """The line's and the AU-4s' defects now."""

    @property
    def map(self) -> LineMap:
        """The map applied last to the first VC-4."""

    @property
    def maps(self) -> list[LineMap | None]:
        """The map applied last, by AU-4; None where an AU-4-Xc from a lower one reaches."""

    @property
    def rate(self) -> str:
        """The rate that it was made with."""

class PointerInterpreter:
    """The pointer interpreter alone, one word at a time: kind "au4" or "tu12" (for tests)."""

    def __init__(self, kind: Literal["au4", "tu12"] | str) -> None: ...
    def take(self, word: int) -> _Action:
        """One received word, and what becomes of the octets that follow it."""

    @property
    def state(self) -> Literal["START", "NORM", "AIS", "LOP"]:
        """State of the interpreter (G.783 Annex A); START until anything was accepted."""

    @property
    def value(self) -> int:
        """The value accepted last."""

def kernel_names() -> list[str]:
    """The kernel variants that this machine can run, best first."""

def select_kernels(name: str | None = None) -> str:
    """Use the kernels of that name (None: the best); give the name in use. For tests and measurements.

    Raises ValueError when this machine has not got them.
    """

def defect_names(mask: int) -> tuple[str, ...]:
    """The names of the defects in a `defects` word."""

def parse_member(text: str) -> int:
    """Column 0..62 of a VC-12 written "K.L.M" (TUG-3 1..3, TUG-2 1..7, TU-12 1..3). Raises ValueError."""

def member_name(column: int) -> str:
    """The "K.L.M" of column 0..62."""

def trace_octets(text: str) -> bytes:
    """The 16 octets of a trail trace: CRC-7 and up to 15 characters, padded with spaces. Raises ValueError."""

def trace_text(octets: bytes | None) -> str | None:
    """The text of a trace of 16 or 64 octets without its padding; None of a trace of one octet, or of none."""

def object_name(number: int) -> str:
    """The name of an event's object: "line", "au.K", "au.K/vc12.K.L.M", "group.N".

    N counts the groups of the map from 0; those of another AU-4 than the first are "au.K/group.N".
    """

def kernel(name: str, octets: _Octets, state: int = 0, shift: int = 1, of: Sequence[int] | None = None) -> Any:
    """Run one kernel on its own (for tests). The scramblers give (octets, state), the frame's passes (octets, BIP-8,
    BIP-24N). `of`: of rows, which octet of a run stands in which column."""

KERNELS: tuple[str, ...]

def repeat_kernel(name: str, n: int, rounds: int = 1) -> int:
    """Run one of KERNELS `rounds` times over n octets (for measurements); the octets of a round."""

GFP_T_COUNTERS: tuple[str, ...]
GFP_T_CLIENTS: tuple[str, ...]
ERR_OCTET: int
PAD_OCTET: int

def encode_8b10b(
    octets: _Octets, control: _Octets | None = None, positive: bool = False
) -> tuple[list[int], bool]:
    """Symbols of ten bits (bit a highest) of characters, and whether the running disparity is positive after them.

    control: one octet a character, not 0 for a control character; None: all are data. Control octets that are none of
    the twelve give the illegal code that stands for 10B_ERR.
    """

def decode_8b10b(symbols: Iterable[int], positive: bool = False) -> tuple[bytes, bytes, bool]:
    """(octets, control, running disparity positive) of symbols; what is no code of the disparity is 10B_ERR (FFh)."""

def encode_superblocks(octets: _Octets, control: _Octets | None = None) -> bytes:
    """Superblocks of 67 octets with their CRC; the last one is filled up with 65B_PAD (for tests)."""

def decode_superblocks(superblocks: _Octets, correct: bool = True) -> tuple[bytes, bytes, list[int]]:
    """(octets, control, corrected bits of each superblock) (for tests). 65B_PAD is left in; -1 is what could not be
    corrected, and its characters are 10B_ERR, as those of a block that is none."""

def superblocks_least(client: str, overhead: int = 8) -> int:
    """How many superblocks a GFP frame has at least for all characters of a client to go into the smallest group that
    can carry them: G.7041's minima with 8 octets of core and payload header, more with a longer one or a payload FCS.
    """

class Pcs:
    """The Gigabit Ethernet PCS (IEEE 802.3 clause 36) alone, frames to characters and back (for tests).

    short_gaps: one idle ordered set between frames, as where the group is slower than the client. longest: frame in
    octets without FCS. Raises ValueError for a frame without a header.
    """

    def __init__(self, *, short_gaps: bool = False, longest: int = ...) -> None: ...
    def send(self, frame: _Octets) -> bool:
        """Queue a frame (destination address on, without FCS); False when the queue is full."""

    def fill(self, characters: int) -> tuple[bytes, bytes]:
        """The next characters: (octets, control), control one octet a character."""

    def take(self, octets: _Octets, control: _Octets | None = None) -> None:
        """Characters that came."""

    def receive(self) -> list[bytes]:
        """The good frames that have come, without FCS."""

    @property
    def configuring(self) -> bool:
        """Configuration ordered sets come: the far end negotiates."""

    def counters(self) -> dict[str, int]:
        """The pcs_ counters of a transparent group, and those of frames that every group has."""

TRIBUTARY_COUNTERS: tuple[str, ...]

class E1:
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
    Raises ValueError for values out of range.
    """

    def __init__(
        self, kind: Literal["async", "byte"] | str = "async", *, queue_octets: int = 4096, target_octets: int = 512
    ) -> None: ...
    def push(self, octets: _Octets) -> int:
        """Bits for the VC-12, first bit highest; how many octets were taken, in kind "byte" in whole frames of 32.

        What finds no room is not taken and counts as an overflow: a caller that can wait looks at `room` before.
        """

    def pop(self, octets: int | None = None) -> bytes:
        """What has come: all whole octets of it, or `octets` at most, where less counts as an underflow.

        In kind "byte" whole frames of 32 octets.
        """

    def counters(self) -> dict[str, int]:
        """All counters by name (TRIBUTARY_COUNTERS).

        A frame is a VC-12 frame; positive and negative are justifications (a bit less, a bit more); an overflow is a
        push cut short (tx) or a frame that found no room (rx), an underflow the queue running out (tx) or a pop cut
        short (rx); ais counts bits.
        """

    def build(self, poh: _Octets | None = None, frames: int = 1) -> bytes:
        """The next VC-12 frames, 140 octets each, with the four path overhead octets given (for tests)."""

    def parse(self, frames: _Octets) -> None:
        """Take received VC-12 frames of 140 octets (for tests)."""

    def fail(self, frames: int = 4) -> None:
        """That many E1 frame times (125 us; 4 are a VC-12 frame) without a trail: AIS comes out (for tests)."""

    @property
    def kind(self) -> str:
        """The kind that it was made with."""

    @property
    def bearer(self) -> E1Bearer:
        """The E1 that the VC-12 carries."""

    @property
    def label(self) -> int:
        """The signal label that goes with the mapping (V5 bits 5-7)."""

    @property
    def room(self) -> int:
        """Octets that `push` would take."""

    @property
    def waiting(self) -> int:
        """Octets pushed and not yet wholly in a VC-12."""

    @property
    def ready(self) -> int:
        """Octets that `pop` would give."""

    @property
    def o_bits(self) -> int:
        """The eight O bits (overhead communication channel of kind "async") to send, 0..255.

        Those of octet 36 highest, then those of octet 71. Setting them raises ValueError in kind "byte".
        """

    @o_bits.setter
    def o_bits(self, value: int) -> None: ...
    @property
    def o_bits_received(self) -> int:
        """The O bits of the VC-12 frame received last."""

class E3:
    """An E3 (34 368 kbit/s, any framing) and its asynchronous mapping into a VC-3, both directions (G.707 10.1.2.1).

    The path signal label is 4. queue_octets bounds each of the two queues. target_octets is as of an E1: 0 takes what
    is there, 4296 bits a VC-3 frame; the default is 2 ms. Raises ValueError for values out of range.
    """

    def __init__(self, *, queue_octets: int = 1 << 15, target_octets: int = 8592) -> None: ...
    def push(self, octets: _Octets) -> int:
        """Bits for the VC-3, first bit highest; how many octets were taken.

        What finds no room is not taken and counts as an overflow: a caller that can wait looks at `room` before.
        """

    def pop(self, octets: int | None = None) -> bytes:
        """What has come: all whole octets of it, or `octets` at most, where less counts as an underflow."""

    def counters(self) -> dict[str, int]:
        """All counters by name (TRIBUTARY_COUNTERS), as of an E1; justifications are counted by sub-frame."""

    def build(self, poh: _Octets | None = None, frames: int = 1) -> bytes:
        """The next VC-3 frames, 765 octets each, with the nine path overhead octets given (for tests)."""

    def parse(self, frames: _Octets) -> None:
        """Take received VC-3 frames of 765 octets (for tests)."""

    def fail(self, frames: int = 1) -> None:
        """That many VC-3 frame times (125 us) without a trail: AIS comes out (for tests)."""

    @property
    def label(self) -> int:
        """The signal label that goes with the mapping (C2)."""

    @property
    def room(self) -> int:
        """Octets that `push` would take."""

    @property
    def waiting(self) -> int:
        """Octets pushed and not yet wholly in a VC-3."""

    @property
    def ready(self) -> int:
        """Octets that `pop` would give."""

class TributaryQueue:
    """The queue of bits that stands before and behind a mapping, alone (for tests).

    Raises ValueError for more than there is room for, or than is there.
    """

    def __init__(self, octets: int) -> None: ...
    def put(self, octets: _Octets) -> None:
        """Put in whole octets."""

    def put_few(self, bits: int, n: int) -> None:
        """Put in the n lowest bits, 56 at most, highest first."""

    def get(self, octets: int) -> bytes:
        """Take out whole octets."""

    def get_few(self, n: int) -> int:
        """Take out n bits, 1 to 56, as a number."""

    @property
    def waiting(self) -> int:
        """Bits in it."""

ALARMS: tuple[str, ...]
ERROR_LAYERS: tuple[str, ...]
_Entries = Iterable[Mapping[str, Any]]

class Impairment:
    """A tester in through mode on one direction of a line: aligned frames in, octets out.

    rate: "stm1", "stm4" or "stm16"; further what `set` takes. docs/impairments.md has the names and keys. Raises
    ValueError for what cannot be.
    """

    def __init__(
        self,
        *,
        rate: Literal["stm1", "stm4", "stm16"] | str = "stm1",
        seed: int = 1,
        ber: float = 0.0,
        burst: int = 1,
        cut: bool = False,
        ppm: float = 0.0,
        errors: _Entries = (),
        force: _Entries = (),
        alarms: _Entries = (),
        slip: _Entries = (),
        lose: _Entries = (),
    ) -> None: ...
    def set(
        self,
        *,
        seed: int = 1,
        ber: float = 0.0,
        burst: int = 1,
        cut: bool = False,
        ppm: float = 0.0,
        errors: _Entries = (),
        force: _Entries = (),
        alarms: _Entries = (),
        slip: _Entries = (),
        lose: _Entries = (),
    ) -> None:
        """Do this, and nothing else, from the next frame on; what was set before in the same words goes on undisturbed.

        seed: of all errors. ber: bit error ratio of the line, no parity put right, in bursts of `burst` bits. cut: no
        signal. ppm: a frame comes twice (or, negative, not at all) as often as the offset makes one. Lists of mappings:
        errors {"layer" or "octet", "rate" or "count", "burst", "au", "tu"}; force {"octet", "value", "mask", "au",
        "tu"}; alarms {"name", "au", "tu", "value", "trace", "rate"}; slip {"frames"}; lose {"octets"}; each with
        "start", "duration", "period", "repeat" in frames. Raises ValueError, and nothing changes.
        """

    def clear(self) -> None:
        """Nothing from the next frame on. Parities that were changed go on being put right."""

    def run(self, octets: _Octets) -> list[bytes | int]:
        """Whole frames in; what comes out of the fibre in order: octets, or how many frame times have no signal."""

    def apply(self, octets: _Octets) -> bytes:
        """Whole frames in, octets out; zeros where there is no signal."""

    def silent(self, frames: int) -> None:
        """`frames` frame times in which nothing came in."""

    def counters(self) -> dict[str, int]:
        """By name: frames taken, line_errors (bits), slips (frames), lost_octets, dark (frames without a signal)."""

    def errors_made(self) -> list[int]:
        """Bits inverted by each entry of `errors` but those of layer "line", then by each alarm made of errors."""

    def pace(self, ahead: float = 0.0, rate: float = 1.0) -> tuple[float, float]:
        """For `Line.pace` of the receiver: (ahead, rate) of the frames that came -> those of the frames given to it."""

    @property
    def busy(self) -> bool:
        """Anything is set, or parities are still put right."""

    @property
    def rate(self) -> str:
        """The rate that it was made with."""

class OctetChannel:
    """Overhead octets that carry a user's stream, both ways. `Line.channel` opens it; it moves as the line is built and
    parsed. One thread may write and one read while the line works.
    """

    def write(self, octets: _Octets) -> int:
        """Queue octets to be sent; how many there was room for."""

    def read(self, most: int | None = None) -> bytes:
        """Take the octets that have come, at most `most` of them."""

    @property
    def signal(self) -> bool:
        """Of a V.35 port: the line has a signal (circuit 109)."""

    def counters(self) -> dict[str, int]:
        """Octets: sent, sent as fill, received, dropped for want of room; and those that wait on each side."""

    @property
    def fill(self) -> int:
        """The octet that is sent when nothing waits."""

    @fill.setter
    def fill(self, value: int) -> None:
        """Raises ValueError for a value that is no octet."""

    @property
    def name(self) -> str:
        """The name that it was opened by."""

class Hdlc:
    """Frames to a continuous stream, and back: flags, FCS, and zero insertion or escaped octets (ISO/IEC 13239, RFC
    1662). The stream is in octets, their most significant bit first; the octets of a frame are sent with the least
    significant bit first, escaped ones as they are.

    longest: octets of the longest frame that is taken, without FCS. fcs: 16, 32, or None for frames without. stuffing:
    "bit" or "octet".
    """

    def __init__(
        self,
        longest: int = 1600,
        *,
        fcs: Literal[16, 32] | int | None = 16,
        stuffing: Literal["bit", "octet"] | str = "bit",
    ) -> None: ...
    def send(self, frame: _Octets, *, abort: bool = False) -> None:
        """Queue a frame, of two octets at least. abort: it breaks off behind the last of these octets."""

    def fill(self, octets: int | None = None) -> bytes:
        """The next octets of the stream: the frames that wait, and flags. None: as many as the frames take with the
        flag behind the last, and none when no frame waits.
        """

    def take(self, octets: _Octets) -> None:
        """Octets of the stream that came."""

    def receive(self) -> list[bytes]:
        """The good frames that have come since the last call, without FCS."""

    @property
    def waiting_octets(self) -> int:
        """Of the stream, with frames in them."""

    def counters(self) -> dict[str, int]:
        """tx_frames: queued. rx_frames, rx_octets: good ones. fcs_errors, aborts, too_long, invalid (too short, or no
        whole number of octets): what came and is no frame.
        """

P12_COUNTERS: tuple[str, ...]
P12_STATES: tuple[str, ...]
P12_EVENTS: tuple[str, ...]
FRAMINGS: dict[str, int]
MOST_TIMESLOTS: int

def p12_arrows(framing: str = "crc4", interworking: bool = True) -> dict[str, dict[str, str]]:
    """The state machine of the receiver: by state and event, the next state (for tests)."""

def crc4_of(smf: _Octets) -> int:
    """CRC-4 of the 256 octets of a sub-multiframe whose C bits are zeros (for tests)."""

class FramedE1:
    """The termination of an E1: frame, CRC-4 multiframe and alarms of a bearer's signal, both ways (G.704, G.706).

    framing: "crc4", "basic" or "unframed". interworking: a far end without CRC-4 is recognised after 400 ms (G.706
    annex B). cas: timeslot 16 carries channel associated signalling. idle: of timeslots that nothing is sent in. sa:
    Sa4..Sa8 that are sent, Sa4 highest. ssm: nibble that is sent, in Sa bit `ssm_bit`, where it is also read; ssm_bit
    0: neither. Raises ValueError for values out of range.
    """

    def __init__(
        self,
        bearer: E1Bearer,
        framing: str = "crc4",
        *,
        interworking: bool = True,
        cas: bool = False,
        idle: int = 0xFF,
        sa: int = 0x1F,
        ssm: int = 15,
        ssm_bit: int = 0,
    ) -> None: ...
    def abcd(self) -> dict[int, int]:
        """Received signalling by timeslot: 1..15 and 17..31."""

    def set_abcd(self, values: dict[int, int]) -> None:
        """Signalling to send, by timeslot; a connection that carries signalling goes before it."""

    def counters(self) -> dict[str, int]:
        """All counters by name (P12_COUNTERS)."""

    def rows(self, most: int = 256) -> bytes:
        """The newest received frames, 32 octets each, at most `most` (for tests)."""

    def member(self) -> dict[str, Any] | None:
        """As the member of a group: what its concatenation octets say; None: it is none."""

    @property
    def idle(self) -> int:
        """The octet of timeslots that carry nothing."""

    @idle.setter
    def idle(self, value: int) -> None: ...
    @property
    def sa(self) -> int:
        """Sa4..Sa8 that are sent, Sa4 highest."""

    @sa.setter
    def sa(self, value: int) -> None: ...
    @property
    def ssm(self) -> int:
        """SSM that is sent."""

    @ssm.setter
    def ssm(self, value: int) -> None: ...
    @property
    def ais(self) -> bool:
        """Ones are sent in place of everything."""

    @ais.setter
    def ais(self, value: bool) -> None: ...
    @property
    def alarm(self) -> bool:
        """A is sent whatever is received."""

    @alarm.setter
    def alarm(self, value: bool) -> None: ...
    @property
    def bearer(self) -> E1Bearer:
        """The one that it was made with."""

    @property
    def framing(self) -> str:
        """As it was made."""

    @property
    def stepwise(self) -> bool:
        """Received frames are taken one by one, also those that could be taken many at a time (for tests)."""

    @stepwise.setter
    def stepwise(self, value: bool) -> None: ...
    @property
    def state(self) -> str:
        """Of the receiver: one of P12_STATES."""

    @property
    def defects(self) -> tuple[str, ...]:
        """Names of the defects that stand."""

    @property
    def far_end_deaf(self) -> bool:
        """The far end's E bits say that it receives no multiframe of ours (G.706 B.2.3)."""

class E1Pass:
    """A whole E1 sent on, one way: what comes of `source` goes out of `sink`. target_octets: what waits before it goes
    on into a signal that takes no justification, for a stall of the source."""

    def __init__(self, sink: E1Bearer, source: E1Bearer, *, target_octets: int = 512) -> None: ...
    def counters(self) -> dict[str, int]:
        """Octets sent on, and those put in or left out because the two clocks differ."""

    @property
    def sink(self) -> E1Bearer:
        """Where it goes out."""

    @property
    def source(self) -> E1Bearer:
        """Where it comes from."""

def v35_channel(timeslots: int, *, octets: int = 0) -> OctetChannel:
    """The user's side of a V.35 port of n x 64 kbit/s. octets: room each way (0: 250 ms)."""

_Timeslots = tuple[FramedE1, Sequence[int]] | OctetChannel

class Fabric:
    """What a shelf does with E1s: terminations, whole E1s sent on, timeslots, and groups in E1s.

    e1s: FramedE1 each; passes: E1Pass each; slots: (sink, source) each, one way, both a pair (FramedE1, timeslots) or a
    V.35 channel, which has as many as the other has; members: (FramedE1, Group, number) each, of groups over E1s; runs:
    (FramedE1, Group, timeslots) each: octets of a group that is not concatenated; lines: (PdhLine of rate "g832" or
    "fe", Group, number of the member, or None: not concatenated) each. Immutable; what it has in common with the one
    before goes on. Raises ValueError for what cannot be.
    """

    def __init__(
        self,
        e1s: Iterable[FramedE1] = (),
        passes: Iterable[E1Pass] = (),
        slots: Iterable[tuple[_Timeslots, _Timeslots]] = (),
        members: Iterable[tuple[FramedE1, Group, int]] = (),
        runs: Iterable[tuple[FramedE1, Group, Sequence[int]]] = (),
        lines: Iterable[tuple[PdhLine, Group, int | None]] = (),
    ) -> None: ...
    def apply(self, before: Fabric | None = None) -> None:
        """Have it in place of `before`, between two calls of the next ones."""

    def release(self) -> None:
        """Have nothing in its place: its groups go on without it."""

    def receive(self) -> None:
        """Take what the bearers have brought; after all lines have been parsed."""

    def transmit(self, frames: int = 1) -> None:
        """Make the next frames and send them; before lines are built for as many times 125 us."""

    def events(self) -> list[tuple[int, FramedE1 | Group, str, bool]]:
        """The defects that came and went since the last call: (frame, object, defect, raised) each."""

    @property
    def groups(self) -> tuple[Group, ...]:
        """All groups in it."""

PDH_OCTETS: dict[str, int]
PDH_COUNTERS: tuple[str, ...]
PW_COUNTERS: tuple[str, ...]
PW_TX_COUNTERS: tuple[str, ...]
MUX_COUNTERS: tuple[str, ...]
MUX_TRIBUTARY_COUNTERS: tuple[str, ...]
MUX_PPM_MOST: int
G832_COUNTERS: tuple[str, ...]

class E1Bearer:
    """An E1 signal of a server layer, for a termination or a connection; had from whatever carries it."""

    def push(self, octets: _Octets) -> int:
        """Send octets, first bit highest (for tests); how many were taken."""

    def pop(self) -> bytes:
        """All whole octets that have come (for tests)."""

    @property
    def los(self) -> bool:
        """There is no signal."""

class Pseudowire:
    """One end of a pseudowire that carries an E1 over packets: `Satop` or `Cesop`. `bearer` is the E1."""

    @property
    def bearer(self) -> E1Bearer:
        """The E1 that the pseudowire carries: an E1Bearer."""

    def packets(self, frames: int = 1) -> list[bytes]:
        """The datagrams that are due after so many times 125 us: of what is in `bearer`, and where nothing
        has come for too long those that say so."""

    def take(self, packet: _Octets) -> None:
        """A datagram that came: its UDP payload."""

    def play(self, frames: int = 1, behind: int = 0) -> None:
        """So many times 125 us of the E1, into `bearer`. behind: frames that are late already, and are played later."""

    def counters(self) -> dict[str, int]:
        """All counters by name: PW_COUNTERS of what came, PW_TX_COUNTERS with "tx_" before them."""

    @property
    def defects(self) -> tuple[str, ...]:
        """Names of the defects that stand: LOPS, PW-AC (L comes), PW-REMOTE (R comes)."""

    @property
    def rate_ppm(self) -> float:
        """How far the sender's clock is off the own one, as the loop has it."""

    @property
    def payload(self) -> int:
        """Octets of the E1 in a packet, without those of signalling."""

class Satop(Pseudowire):
    """One end of a SAToP pseudowire (RFC 4553): the bits of an E1, whatever they are.

    payload: octets in a packet. rtp: with an RTP header, before the control word. jitter_us: so much later than the
    first packet any other may be. loop_ms: in about that time the buffer goes back to its middle, and so the sender's
    clock is found; 0: it is the own one. suppress: packets that say that the E1 has failed carry no payload. seed:
    where sequence numbers begin, and the SSRC; or sequence and ssrc say so. expect_type, expect_ssrc: of what comes
    (0: any). Raises ValueError for values out of range.
    """

    def __init__(
        self,
        payload: int = 256,
        *,
        rtp: bool = False,
        jitter_us: int = 4000,
        seed: int = 0,
        suppress: bool = False,
        loop_ms: int = 10000,
        payload_type: int = 96,
        expect_type: int = 0,
        ssrc: int | None = None,
        expect_ssrc: int = 0,
        sequence: int | None = None,
        queue_octets: int = 8192,
    ) -> None: ...

class Cesop(Pseudowire):
    """One end of a CESoPSN pseudowire (RFC 5086): chosen timeslots of a framed E1.

    timeslots: their numbers, in the order of sending (None: 1..31). frames: of the E1 in a packet. framing: of the E1,
    "crc4" or "basic". cas: ABCD of the timeslots are in the payload (16 frames are a multiframe; fewer, a divisor of
    it, make fragments). signalling: ABCD go in packets of their own instead. fill: what a lost packet is, "idle" code
    or "last", the packet before. idle, cas_idle: code and ABCD of a timeslot for which nothing comes. The rest is as of
    a Satop.
    """

    def __init__(
        self,
        timeslots: Iterable[int] | None = None,
        frames: int = 8,
        *,
        framing: str = "crc4",
        cas: bool = False,
        signalling: bool = False,
        fill: str = "idle",
        idle: int = 0xFF,
        cas_idle: int = 13,
        rtp: bool = False,
        jitter_us: int = 4000,
        seed: int = 0,
        suppress: bool = False,
        loop_ms: int = 10000,
        payload_type: int = 96,
        expect_type: int = 0,
        ssrc: int | None = None,
        expect_ssrc: int = 0,
        sequence: int | None = None,
        queue_octets: int = 8192,
    ) -> None: ...
    def send(self, rows: _Octets, number: int = 0) -> list[bytes]:
        """The datagrams that frames make, 32 octets each, beside those of `bearer` (for tests); the first one has
        `number` in the CAS multiframe."""

    def failed(self, fault: bool, rdi: bool = False) -> None:
        """The E1 that `send` is given has failed (fault), or says that its far end has (rdi) (for tests)."""

    @property
    def rdi(self) -> bool:
        """The far E1 says that its far end has failed."""

    @property
    def framed(self) -> bool:
        """The E1 in `bearer` is aligned: its frames are sent."""

    @property
    def abcd(self) -> dict[int, int]:
        """ABCD that came, by timeslot."""

class PdhLine:
    """Transmit and receive state of a port of the plesiochronous hierarchy; `bearers` are the E1s in its signal.

    rate "e1": 2048 kbit/s, one E1, 32 octets in 125 us; "e2": 8448 kbit/s, four E1 (G.742), 132 octets; "e3": 34 368
    kbit/s, four E2 of four E1 each (G.751), 537 octets; "g832": 34 368 kbit/s in octets (G.832), 537, and "fe": the
    fibre of a media converter, 1562 octets, both for a group (Fabric). queue_octets bounds the queues of an E1, each
    way; target_octets is what the transmit side leaves in its queue (as of an E1 in a VC-12). With target_octets=0 an
    E1 in a multiplex is taken at its nominal rate, as its bits come, and is filled up with ones.

    national: bit 12 of the frames sent. e2_ppm: by how much the clocks of the four E2 sent in an E3 are off against its
    own (None: not at all), up to MUX_PPM_MOST. Raises ValueError for values out of range.
    """

    def __init__(
        self,
        rate: str = "e1",
        *,
        queue_octets: int = 4096,
        target_octets: int = 0,
        national: bool = True,
        e2_ppm: Sequence[float] | None = None,
    ) -> None: ...
    def build(self, frames: int = 1) -> bytes:
        """The next `frames` times 125 us of the signal, as octets, first bit highest."""

    def parse(self, octets: _Octets) -> None:
        """Take received octets, of an E1 whole times of 125 us."""

    def silent(self, frames: int = 1) -> None:
        """So many times 125 us without a signal."""

    def counters(self) -> dict[str, int]:
        """All counters by name (PDH_COUNTERS)."""

    def events(self) -> list[tuple[int, str, str, bool]]:
        """The defects that came and went since the last call: (frame, object, defect, raised) each.

        The object is the level of multiplex, or "" for the line.
        """

    def level(self, name: str) -> dict[str, Any]:
        """The counters (MUX_COUNTERS) of a level of multiplex, its defects by name, and of a tributary those of
        MUX_TRIBUTARY_COUNTERS.

        A frame is one of the level that carries the tributary; positive counts frames whose justification bit is stuff,
        tx_ais bits. Level "g832": G832_COUNTERS, "trace" (accepted, None: none), "member" (what the concatenation
        octets say; None: it carries no member of a group). Raises ValueError for a name that is neither in `levels` nor
        "e1.1".."e1.16".
        """

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels of multiplex: of an E2 "e2", of an E3 "e3" and "e2.1".."e2.4"; of G.832 "g832"."""

    @property
    def rate(self) -> str:
        """The rate that it was made with."""

    @property
    def octets(self) -> int:
        """Octets in 125 us."""

    @property
    def bearers(self) -> tuple[E1Bearer, ...]:
        """The E1s."""

    @property
    def defects(self) -> tuple[str, ...]:
        """Names of the defects that stand."""
