# cython: language_level=3
"""What an impaired fibre does to a line: a delay in frames, which the ring of received frames is long enough for, and
everything else on the way from the ring to the parser: of an STM-N line wire/impair.pxd, of a PDH line bit errors and
a cut. No I/O.
"""
from libc.stdint cimport uint8_t, uint64_t

from msapemu._framing cimport (
    impairment_pace, impairment_pass, impairment_run, impairment_set, line_parse, line_silent, pdh_parse, pdh_silent,
)
from msapemu.wire.impair cimport Impair
from msapemu.wire.impair_errors cimport ErrorSource, errors_on_line, errors_start
from msapemu.wire.impair_ops cimport OpTable
from msapemu.wire.line cimport LineRx
from msapemu.wire.pdh_line cimport PdhLineRx

cdef struct Faults:
    uint64_t delay_frames
    Impair *impair              # a LinkPort's; NULL on a link of a PDH line
    # of a PDH line
    bint cut
    ErrorSource errors


cdef inline void faults_set(Faults *f, uint64_t delay_frames, const OpTable *wanted) noexcept nogil:
    """New settings from the next frame on."""
    f.delay_frames = delay_frames
    impairment_set(f.impair, wanted)


cdef inline void faults_parse(Faults *f, LineRx *rx, const uint8_t *octets, uint64_t frames, uint64_t frame_octets) \
        noexcept nogil:
    """Give the frames to the parser as they come out of the fibre."""
    cdef const uint8_t *out
    cdef uint64_t used = 0, count = 0
    while frames:
        out = impairment_run(f.impair, octets, frames, &used, &count)
        if out == NULL:
            line_silent(rx, used)
        elif count:
            line_parse(rx, out, count)
        octets += used * frame_octets
        frames -= used


cdef inline void faults_pace(const Faults *f, double *ahead, double *pace) noexcept nogil:
    """How far the frames given to the parser are ahead of virtual time, and their pace: with what slipped."""
    impairment_pace(f.impair, ahead, pace)


cdef inline void faults_silent(Faults *f, LineRx *rx, uint64_t frames) noexcept nogil:
    """Nothing came for so many frame times."""
    impairment_pass(f.impair, frames)
    line_silent(rx, frames)


cdef inline void faults_set_pdh(Faults *f, uint64_t delay_frames, bint cut, const ErrorSource *wanted) noexcept nogil:
    """New settings of a PDH line; errors begin afresh from their seed."""
    cdef uint64_t made = f.errors.made
    f.delay_frames = delay_frames
    f.cut = cut
    f.errors = wanted[0]
    f.errors.made = made
    errors_start(&f.errors)


cdef inline void faults_parse_pdh(Faults *f, PdhLineRx *rx, uint8_t *octets, uint64_t frames, uint64_t frame_octets) \
        noexcept nogil:
    """Give the frames to the parser as they come out of the fibre; bits are flipped in place."""
    if f.cut:
        pdh_silent(rx, frames)
        return
    if f.errors.rate > 0:
        errors_on_line(&f.errors, octets, frames * frame_octets)
    pdh_parse(rx, octets, frames * frame_octets)


cdef inline uint64_t faults_errors(const Faults *f) noexcept nogil:
    """Bits inverted on the line."""
    return f.errors.made if f.impair == NULL else f.impair.counters.line_errors
