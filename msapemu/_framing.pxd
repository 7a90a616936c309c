# cython: language_level=3
"""Table of contents of the framing core (C level, called once a batch, no I/O, no clock).

Ownership: Python objects own the state (`Line`, `Group`, `LineMap`); the loop works on the raw pointers in them,
with the objects kept alive by its plan. All functions are noexcept and nogil; faults become counters and events.
"""
from libc.stddef cimport size_t
from libc.stdint cimport uint8_t, uint32_t, uint64_t

from msapemu.wire.bank_tx cimport BankTx
from msapemu.wire.bearer cimport Bearer, Pass
from msapemu.wire.bitqueue cimport BitQueue
from msapemu.wire.channel cimport Channel
from msapemu.wire.gfp_channel cimport ChannelRx, ChannelTx
from msapemu.wire.fabric cimport Fabric as _Fabric, LineGroup
from msapemu.wire.g832 cimport G832Remote
from msapemu.wire.group cimport GroupRx, GroupTx
from msapemu.wire.collect cimport Collector
from msapemu.wire.e1_map cimport E1Rx, E1Tx
from msapemu.wire.e3_map cimport E3Rx, E3Tx
from msapemu.wire.impair cimport Impair
from msapemu.wire.impair_ops cimport OpTable
from msapemu.wire.line cimport LineRx, LineTx
from msapemu.wire.map cimport RxMap, TxMap, UnitTx
from msapemu.wire.moves cimport Mover
from msapemu.wire.pdh_line cimport PdhLineRx, PdhLineTx
from msapemu.wire.pw cimport PwRemote
from msapemu.wire.pw_rx cimport PwRx
from msapemu.wire.pw_tx cimport PwTx
from msapemu.wire.remote cimport GroupRemote, MuxRemote, PathRemote, SectionRemote
from msapemu.wire.slots cimport P12, Slots
from msapemu.wire.store cimport Store

cdef class Group:
    """An Ethernet client, or several by channel, and their source and sink."""
    cdef GroupTx *tx
    cdef GroupRx *rx
    cdef GroupRemote far
    cdef int upi                # of a channel for which nothing else is said, as the next two
    cdef uint64_t queue_octets
    cdef uint32_t longest
    cdef readonly str adaptation    # "gfp", "hdlc", "laps", "ppp" (tx.hdlc, rx.hdlc)
    cdef readonly str client    # of a transparent-mapped group (tx.transparent, rx.transparent), else None
    cdef int delay_limit_us
    cdef dict kinds             # by kind of VC that it has been mapped to, what it needs for that
    cdef list rooms             # memory

cdef class ClientChannel:
    """A client of a group."""
    cdef ChannelTx *tx          # tx.queue: FrameQueue, client -> line (the loop fills it); tx.failed
    cdef ChannelRx *rx          # rx.queue: FrameQueue, line -> client (the loop empties it); rx.csf
    cdef readonly Group group

cdef class E1:
    """An E1 and its mapping into a VC-12."""
    cdef E1Tx *tx               # tx.sync.queue: E1 -> line
    cdef E1Rx *rx               # rx.queue: line -> E1
    cdef readonly str kind

cdef class E3:
    """An E3 and its mapping into a VC-3."""
    cdef E3Tx *tx               # tx.sync.queue: E3 -> line
    cdef E3Rx *rx               # rx.queue: line -> E3

cdef class E1Bearer:
    """An E1 signal: what a server layer has of it."""
    cdef Bearer b
    cdef object owner           # of the queues

cdef class PdhLine:
    """Transmit and receive state of a port of the plesiochronous hierarchy; the loop builds and parses it with the
    functions of wire/pdh_line.pxd.
    """
    cdef PdhLineTx *tx          # tx.counters, tx.octets: in 125 us
    cdef PdhLineRx *rx          # rx.counters, rx.events
    cdef MuxRemote far[5]       # by level of multiplex, as tx.mux, rx.mux
    cdef G832Remote g832        # rx.g832 -> tx.g832
    cdef int e1s
    cdef readonly tuple levels  # of multiplex: "e2", or "e3" and "e2.1".."e2.4"; by Event.object
    cdef _multiplex(self, e2_ppm, bint national)
    cdef _octets(self)
    cdef _level(self, int n, unsigned set_bits, bint national)
    cdef dict _tributary(self, int n, int j)
    cdef readonly str rate

cdef class FramedE1:
    """The termination of an E1."""
    cdef P12 *e                 # e.rx.counters, but for tx_frames (e.tx.frame) and slips (e.slips)
    cdef readonly E1Bearer bearer

cdef class E1Pass:
    """A whole E1 sent on."""
    cdef Pass *p
    cdef readonly E1Bearer sink
    cdef readonly E1Bearer source

cdef class Fabric:
    """What a shelf does with E1s. The loop works on `f` with fabric_apply, fabric_receive and fabric_transmit of
    wire/fabric.pxd; f.events has what happened, by the place of an E1 in `e1s`, or OBJ_E1_GROUP and the place of a
    group in `groups`.
    """
    cdef _Fabric *f
    cdef tuple kept             # e1s, passes, slots, members, runs, lines
    cdef readonly tuple groups
    cdef list rooms             # memory
    cdef uint8_t *_room(self, size_t octets) except NULL
    cdef FramedE1 _known(self, e)
    cdef _slots(self, Slots *s, sink, source)
    cdef _groups(self)
    cdef _line(self, LineGroup *l, PdhLine line, Group group, number, list groups)

cdef class Pseudowire:
    """One end of a pseudowire. The loop works on `tx` and `rx` with the functions of wire/pw_tx.pxd, wire/pw_rx.pxd."""
    cdef PwTx *tx
    cdef PwRx *rx
    cdef PwRemote remote
    cdef BitQueue sent          # E1 -> packets
    cdef BitQueue received      # packets -> E1
    cdef _make(self)
    cdef _begin(self, bint rtp, uint64_t jitter_us, seed, bint suppress, uint64_t loop_ms, payload_type, expect_type,
                ssrc, uint32_t expect_ssrc, sequence, uint64_t queue_octets)
    cdef bytes _packet(self, uint32_t octets)

cdef class Satop(Pseudowire):
    """Of an unframed E1."""

cdef class Cesop(Pseudowire):
    """Of timeslots of a framed E1."""

cdef class OctetChannel:
    """Overhead octets that carry a user's stream. The loop or a port works on `channel` with the functions of
    wire/channel.pxd: channel_write and channel_read from one thread each, while another builds and parses the line.
    """
    cdef Channel *channel       # the line's states name it, and the line keeps this object
    cdef readonly str name

cdef class LineMap:
    """What one VC-4(-Xc) carries: which client or other VC in which VC. Immutable; keeps alive what it refers to."""
    cdef TxMap *tx
    cdef RxMap *rx
    cdef readonly str kind
    cdef readonly tuple groups
    cdef readonly dict tributaries
    cdef readonly tuple sources     # lines whose received VCs it sends on
    cdef UnitTx *_take(self, text) except NULL
    cdef _group(self, int i, Group group, members, bint contiguous)
    cdef _cross(self, dict cross)
    cdef _tributaries(self, dict tributaries)
    cdef _check_tug3s(self)

cdef class Line:
    """Transmit and receive state of one STM-N port."""
    cdef LineTx *tx             # tx.counters
    cdef LineRx *rx             # rx.counters, rx.events
    cdef SectionRemote far
    cdef list rooms             # memory
    cdef readonly str rate
    cdef readonly list maps     # the map applied last, by AU-4; None where an AU-4-Xc from a lower one reaches
    cdef uint8_t *_room(self, size_t octets) except NULL
    cdef _transmit(self, int au_pointer, list pointers, list delays, dict late, bint one_by_one, LineMap nothing)
    cdef _bank(self, BankTx *b, PathRemote *far, list delays, list pointers)
    cdef _receive(self, LineMap nothing, bint monitored, bint one_by_one)
    cdef void _rest(self)
    cdef void _collector(self, Collector *c, uint8_t *room, int length, int slots, const double *waiting)
    cdef void _moves(self, Mover au, Mover tu12, Mover tu3)
    cdef _set(self, dict values)
    cdef _set_vc4(self, int k, dict values)
    cdef _set_vc3(self, int k, int c, dict values)
    cdef _set_vc12(self, int k, int c, dict values)
    cdef int _number(self, vc4) except -1
    cdef Store *vc4_store(self, int vc4, int width) except NULL
    cdef Store *member_store(self, int vc4, member) except NULL

# Build the next `frames` STM-N frames into out (2430 N octets each, scrambled).
cdef void line_build(LineTx *tx, uint8_t *out, uint64_t frames) noexcept nogil
# Take received line octets (any number; whole frames in alignment are the fast path).
cdef void line_parse(LineRx *rx, const uint8_t *octets, uint64_t count) noexcept nogil
# `frames` frame times without a signal (LOS): raises LOS, moves the receive frame count and the timers on.
cdef void line_silent(LineRx *rx, uint64_t frames) noexcept nogil
# Virtual time of the line for cross-connections, before a batch of `line_build`s: how many frames have been given to
# its parser beyond the one that corresponds to the frame that is built next (not negative; fractions count), and how
# many of its frames go by in one frame of the lines that are built.
cdef void line_pace(LineRx *rx, double ahead, double pace) noexcept nogil
# Change what the line carries, between two calls of the above. Groups and VCs in both maps keep their state.
# `au` counts from 0. The maps (and the groups in them) must outlive their use; `Line.maps` keeps only what `Line.apply`
# was given.
cdef void line_apply(LineTx *tx, LineRx *rx, int au, TxMap *tx_map, RxMap *rx_map) noexcept nogil

# The line will not be built and parsed any more: the groups of which it carries members go on without these. To be
# called while its maps and groups are still there, before others take its members' places or it is let go of.
cdef void line_release(LineTx *tx, LineRx *rx) noexcept nogil

# The next `frames` times 125 us of a PDH line into out, as received octets into its parser, and without a signal.
cdef void pdh_build(PdhLineTx *tx, uint8_t *out, uint64_t frames) noexcept nogil
cdef void pdh_parse(PdhLineRx *rx, const uint8_t *octets, uint64_t count) noexcept nogil
cdef void pdh_silent(PdhLineRx *rx, uint64_t frames) noexcept nogil
# A shelf's E1s (wire/fabric.pxd): have `wanted` in place of `before` (NULL: of nothing); after all lines were parsed;
# before they are built.
cdef void e1s_apply(_Fabric *wanted, _Fabric *before) noexcept nogil
cdef void e1s_receive(_Fabric *f) noexcept nogil
cdef void e1s_transmit(_Fabric *f, uint64_t frames) noexcept nogil

cdef class Impairment:
    """What one direction of a line goes through."""
    cdef Impair *state          # state.busy: anything is to be done
    cdef OpTable *wanted        # set last
    cdef uint8_t *room
    cdef readonly str rate

# Take up to `frames` aligned frames (at least one; `used` says how many): `count` octets at the place returned, good
# until the next call; NULL: `used` frame times without a signal.
cdef const uint8_t *impairment_run(Impair *m, const uint8_t *octets, uint64_t frames, uint64_t *used,
                                   uint64_t *count) noexcept nogil
# `frames` frame times in which nothing came.
cdef void impairment_pass(Impair *m, uint64_t frames) noexcept nogil
# `ahead` and `pace` of a line (see line_pace), of the frames that came -> of those that were given out, slips counted.
cdef void impairment_pace(const Impair *m, double *ahead, double *pace) noexcept nogil
# Do what `wanted` (that of another Impairment of the same rate) says from the next frame on.
cdef void impairment_set(Impair *m, const OpTable *wanted) noexcept nogil
