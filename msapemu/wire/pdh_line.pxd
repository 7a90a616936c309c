# cython: language_level=3
"""A line of the plesiochronous hierarchy: its signal as octets, a whole number of them in 125 us.

    E1    2048 kbit/s   32 octets     an E1 of any framing
    E2    8448 kbit/s   132 octets    four E1 (G.742)
    E3    34368 kbit/s  537 octets    four E2, of four E1 each (G.751)
    G832  34368 kbit/s  537 octets    an E3 of octets (G.832): a group
    FE    99.968 Mbit/s 1562 octets   the fibre of a media converter: a group's octets, without a frame
"""
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memset

from msapemu.wire.bearer cimport E1_OCTETS
from msapemu.wire.bitqueue cimport BitQueue, bits_get, bits_put_units, bits_waiting
from msapemu.wire.g832 cimport G832Rx, G832Tx, g832_build, g832_silent, g832_take
from msapemu.wire.group cimport GroupRx, GroupTx
from msapemu.wire.pdh_mux_rx cimport MuxRx, mux_receive, mux_silent
from msapemu.wire.pdh_mux_tx cimport MuxTx, mux_send
from msapemu.wire.status cimport LOS, EventLog, OBJ_LINE, defect_set
from msapemu.wire.synchronizer cimport Synchronizer, sync_short
from msapemu.wire.vcat_rx cimport group_bring_run, group_lose
from msapemu.wire.vcat_tx cimport group_pull_run

cdef enum PdhKind:
    PDH_E1 = 0
    PDH_E2 = 1
    PDH_E3 = 2
    PDH_G832 = 3
    PDH_FE = 4

cdef enum:
    FE_OCTETS = 1562
    PDH_LEVELS = 5              # of multiplex: that of the line, and of an E3 its four E2

cdef struct PdhCounters:
    # uint64 only
    uint64_t tx_frames          # of 125 us
    uint64_t frames             # received, of 125 us
    uint64_t silent_frames      # without a signal
    uint64_t defects            # bit mask, of the line and of every level

# ---------------------------------------------------------------- transmit

cdef struct PdhLineTx:
    PdhCounters counters        # tx_frames
    PdhKind kind
    int octets                  # in 125 us
    Synchronizer e1[16]         # e1[k].queue: what the line takes from bearer k
    MuxTx mux[5]                # of an E2, an E3: the line's, the E2s'
    Synchronizer e2[4]          # E2 -> E3
    G832Tx g832
    GroupTx *group              # FE: NULL: nothing is carried

cdef inline void pdh_line_build(PdhLineTx *t, uint8_t *out, uint64_t frames) noexcept nogil:
    """The next `frames` x `octets` octets."""
    cdef uint64_t _f, n
    t.counters.tx_frames += frames
    if t.kind == PDH_FE:
        if t.group == NULL:
            memset(out, 0, frames * FE_OCTETS)
        else:
            group_pull_run(t.group, frames, out, <uint32_t>(frames * FE_OCTETS))
        return
    if t.kind == PDH_G832:
        for _f in range(frames):
            g832_build(&t.g832, out)
            out += t.octets
        return
    if t.kind != PDH_E1:
        mux_send(&t.mux[0], out, frames * t.octets)
        return
    while frames:
        n = 1
        if not sync_short(&t.e1[0], out, E1_OCTETS):
            n = min(frames, bits_waiting(&t.e1[0].queue) // (8 * E1_OCTETS))
            bits_get(&t.e1[0].queue, out, n * E1_OCTETS)
        out += n * E1_OCTETS
        frames -= n

# ---------------------------------------------------------------- receive

cdef struct PdhLineRx:
    PdhCounters counters        # all but tx_frames
    EventLog events
    PdhKind kind
    int octets
    int taken                   # octets in this time of 125 us
    int los
    BitQueue e1[16]             # what comes of bearer k
    MuxRx mux[5]                # as in PdhLineTx
    G832Rx g832
    GroupRx *group              # FE: NULL

cdef inline void pdh_line_signal(PdhLineRx *r, bint los) noexcept nogil:
    r.los = los
    defect_set(&r.counters.defects, &r.events, OBJ_LINE, LOS, los)

cdef inline void pdh_defects(PdhLineRx *r) noexcept nogil:
    cdef int k
    if r.kind == PDH_G832:
        return                      # its defects are those of the line
    r.counters.defects = <uint64_t>r.los << LOS
    for k in range(PDH_LEVELS):
        r.counters.defects |= r.mux[k].counters.defects

cdef inline void pdh_line_parse(PdhLineRx *r, const uint8_t *octets, uint64_t count) noexcept nogil:
    """Take `count` received octets, as many as there are."""
    cdef uint64_t n, taken
    pdh_line_signal(r, False)
    while count:
        n = min(count, <uint64_t>(r.octets - r.taken))
        if r.kind == PDH_E1 and n == E1_OCTETS:
            n = count - count % E1_OCTETS
            bits_put_units(&r.e1[0], octets, count // E1_OCTETS, E1_OCTETS)
        elif r.kind == PDH_E1:
            bits_put_units(&r.e1[0], octets, 1, n)
        elif r.kind == PDH_G832:
            g832_take(&r.g832, octets, n)
        elif r.kind == PDH_FE:
            if r.group != NULL:
                group_bring_run(r.group, octets, <uint32_t>n)
        else:
            mux_receive(&r.mux[0], octets, n)
        octets += n
        count -= n
        taken = <uint64_t>r.taken + n
        r.taken = <int>(taken % <uint64_t>r.octets)
        r.counters.frames += taken // <uint64_t>r.octets
        r.events.frame += taken // <uint64_t>r.octets
    pdh_defects(r)

cdef inline void pdh_line_silent(PdhLineRx *r, uint64_t frames) noexcept nogil:
    """No signal for so many frame times: LOS, and ones in the place of what is not there (G.775, G.705)."""
    cdef uint8_t ones[32]
    cdef int i
    cdef uint64_t _f
    for i in range(32):
        ones[i] = 0xff
    pdh_line_signal(r, True)
    for _f in range(frames):
        if r.kind == PDH_E1:
            bits_put_units(&r.e1[0], ones, 1, E1_OCTETS)
        elif r.kind == PDH_G832:
            g832_silent(&r.g832)
        elif r.kind == PDH_FE:
            if r.group != NULL:
                group_lose(r.group, 0)
        else:
            mux_silent(&r.mux[0], r.octets)
        r.events.frame += 1
    r.counters.silent_frames += frames
    pdh_defects(r)
