# cython: language_level=3
"""Termination of an E1, source (P12s_TT_So, G.705): timeslot 0, signalling and CRC-4 about what the timeslots carry.

A frame is made in `rows`, where the timeslots are put first (slots.pxd): those that nothing is put in have the idle
code.
"""
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memset

from msapemu.wire.bearer cimport Bearer, bearer_put_frames
from msapemu.wire.cas cimport CasTx, cas_octet
from msapemu.wire.crc4 cimport crc4, crc4_frames
from msapemu.wire.p12 cimport (CAS_SLOT, CRC4, E_FIRST, E_SECOND, FAS, MFAS_BITS, MF_FRAMES, NFAS, REMOTE_ALARM, SI,
                               SMF_FRAMES, TIMESLOTS, UNFRAMED, Framing, P12Remote)

cdef enum:
    TX_ROWS = 64                # frames made at a time, at most

cdef struct P12Tx:
    P12Remote *far
    # settings
    Framing framing
    bint cas_wanted
    uint8_t idle                # of timeslots that carry nothing
    uint8_t sa                  # Sa4..Sa8, Sa4 highest
    uint8_t ssm                 # nibble
    int ssm_bit                 # Sa4..Sa8 by number; 0: SSM is not sent
    bint ais                    # ones are sent in place of it all
    bint alarm                  # A is sent whatever comes
    # the multiframe
    uint64_t frame              # sent
    uint8_t rest                # of this sub-multiframe so far
    uint8_t crc                 # of the one before
    CasTx cas
    uint8_t rows[64][32]

cdef inline uint8_t si_bit(P12Tx *t, unsigned frame) noexcept nogil:
    """Si of that frame of the CRC-4 multiframe."""
    if frame & 1 == 0:
        return SI if t.crc >> (3 - frame % SMF_FRAMES // 2) & 1 else 0
    if frame < E_FIRST:
        return SI if MFAS_BITS >> (5 - frame // 2) & 1 else 0
    if not t.far.e_valid:
        return 0
    if t.far.errored:
        t.far.errored -= 1
        return 0
    return SI

cdef inline uint8_t p12_ts0(P12Tx *t, unsigned frame) noexcept nogil:
    """Timeslot 0 of that frame of a multiframe. Without CRC-4 Si is 1, as G.704 has it across a border."""
    cdef uint8_t si = si_bit(t, frame) if t.framing == CRC4 else SI
    cdef uint8_t sa = t.sa
    if frame & 1 == 0:
        return si | FAS
    if t.ssm_bit:
        sa &= <uint8_t>~(1 << (8 - t.ssm_bit))
        sa |= <uint8_t>((t.ssm >> (3 - frame % SMF_FRAMES // 2) & 1) << (8 - t.ssm_bit))
    return si | NFAS | sa | (REMOTE_ALARM if t.alarm or t.far.alarm else 0)

cdef inline void p12_idle(P12Tx *t, uint64_t frames) noexcept nogil:
    """Begin the next frames."""
    memset(t.rows, t.idle, frames * TIMESLOTS)

cdef inline void p12_finish(P12Tx *t, uint8_t *rows, uint64_t n) noexcept nogil:
    """Timeslots 0 and 16 of the next n frames, of one sub-multiframe, and their part in the CRC."""
    cdef unsigned frame = t.frame % MF_FRAMES
    cdef unsigned at = frame % SMF_FRAMES
    cdef uint64_t f
    t.frame += n
    for f in range(n):
        rows[TIMESLOTS * f] = p12_ts0(t, frame + <unsigned>f)
        if t.cas_wanted:
            rows[TIMESLOTS * f + CAS_SLOT] = cas_octet(&t.cas, frame + <unsigned>f, t.far.cas_alarm)
    if t.framing == CRC4:
        t.rest = crc4_frames(t.rest if at else 0, rows, n)
        if at + n == SMF_FRAMES:
            t.crc = crc4(t.rest, t.crc)

cdef inline void p12_send(P12Tx *t, Bearer *b, uint64_t frames) noexcept nogil:
    """Send the frames that stand in `rows`."""
    cdef uint64_t n, made = 0
    if t.framing == UNFRAMED:
        t.frame += frames
        made = frames
    while made < frames:
        n = min(frames - made, SMF_FRAMES - t.frame % SMF_FRAMES)
        p12_finish(t, t.rows[made], n)
        made += n
    if t.ais:
        memset(t.rows, 0xff, frames * TIMESLOTS)
    bearer_put_frames(b, t.rows[0], frames)
