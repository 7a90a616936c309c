# cython: language_level=3
"""E1 in a VC-12 (G.707 10.1.4.1 asynchronous, 10.1.4.3 byte-synchronous mapping of 2048 kbit/s).

A VC-12 frame is four quarters of 35 octets: path overhead, one octet, 32 of the E1, one fixed stuff octet (R).
Byte-synchronous, the 32 octets are an E1 frame, timeslot 0 first. Asynchronous, they are 1024 bits anyhow aligned, and
the octet after J2, N2 and K4 says whether the last quarter holds one more or one less (justification):

    octet 36   C1 C2 O O O O R R
    octet 71   C1 C2 O O O O R R
    octet 106  C1 C2 R R R R R S1
    octet 107  S2 and 7 bits of the E1

C1 = 000: S1 is a bit of the E1; 111: it is stuff. C2 and S2 likewise. Nominal is S1 stuff, S2 a bit: what the
bit-synchronous mapping fixes as C1 = 1, C2 = 0.
"""
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memcpy, memset

from msapemu.wire.bitqueue cimport (BitQueue, bits_get, bits_get_few, bits_offer, bits_put, bits_put_few, bits_room,
                                    bits_want)
from msapemu.wire.synchronizer cimport Synchronizer, sync_error, sync_justify, sync_short

cdef enum E1Kind:
    E1_ASYNC
    E1_BYTE

cdef enum:
    # a VC-12 frame, by octet
    E1_QUARTER = 35             # octets of a quarter
    E1_DATA = 2                 # where in its quarter the E1 begins
    E1_RUN = 32                 # octets of the E1 in a quarter
    E1_STUFF = 34               # R, the last octet of a quarter; octet 1 of it carries C bits, or is R
    E1_CONTROL_1 = 36
    E1_CONTROL_2 = 71
    E1_CONTROL_3 = 106          # with S1
    E1_S2 = 107
    E1_LAST = 108               # 31 octets
    E1_OCTETS = 128             # of the E1 in a frame of 500 us, nominal
    E1_BITS = 1024
    E1_FRAME = 32               # octets of an E1 frame
    # a control octet
    E1_C1 = 0x80
    E1_C2 = 0x40
    E1_O_SHIFT = 2              # O bits: bits 3-6
    E1_O = 0x0f
    E1_S1 = 0x01
    # C bits by what a frame carries (C = 1: stuff)
    E1_NOMINAL = 0x80           # S2 alone is a bit: 1024
    E1_POSITIVE = 0xC0          # neither is: 1023
    E1_NEGATIVE = 0x00          # both are: 1025
    # signal labels (V5 bits 5-7)
    LABEL_ASYNCHRONOUS = 2
    LABEL_BYTE_SYNCHRONOUS = 4
    # the synchronizer
    E1_GAIN = 11
    E1_BAND = 64                # bits

cdef inline int e1_label(E1Kind kind) noexcept nogil:
    return LABEL_BYTE_SYNCHRONOUS if kind == E1_BYTE else LABEL_ASYNCHRONOUS

cdef inline uint8_t majority3(uint8_t a, uint8_t b, uint8_t c) noexcept nogil:
    """Bit by bit what two of three say."""
    return (a & b) | (a & c) | (b & c)

# ---------------------------------------------------------------- source

cdef struct E1Tx:
    Synchronizer sync           # sync.queue: E1 -> VC-12
    E1Kind kind
    uint8_t o_bits              # sent: the four of octet 36, then the four of octet 71

cdef inline void e1_frame_begin(E1Tx *e, uint8_t *frame, uint8_t control) noexcept nogil:
    """All of a VC-12 but its path overhead and the bits of the E1."""
    cdef int q
    for q in range(4):
        frame[E1_QUARTER * q + 1] = 0
        frame[E1_QUARTER * q + E1_STUFF] = 0
    if e.kind == E1_ASYNC:
        frame[E1_CONTROL_1] = control | (e.o_bits >> 4) << E1_O_SHIFT
        frame[E1_CONTROL_2] = control | (e.o_bits & E1_O) << E1_O_SHIFT
        frame[E1_CONTROL_3] = control

cdef inline void e1_source(E1Tx *e, uint8_t *frame) noexcept nogil:
    """Fill the 136 payload octets of the next VC-12 frame (140 octets; V5 J2 N2 K4 are left alone).

    AIS (ones) takes the place of bits that have not come.
    """
    cdef BitQueue *queue = &e.sync.queue
    cdef uint8_t octets[128]
    cdef uint64_t last
    cdef int q
    cdef int more = 0
    e.sync.frames += 1
    if sync_short(&e.sync, octets, E1_OCTETS):
        e1_frame_begin(e, frame, E1_NOMINAL)
        for q in range(4):
            memcpy(frame + E1_QUARTER * q + E1_DATA, octets + E1_RUN * q, E1_RUN)
        return
    if e.kind == E1_ASYNC:
        more = sync_justify(&e.sync, sync_error(&e.sync, E1_BITS), E1_BITS)
    e1_frame_begin(e, frame, E1_NOMINAL if more == 0 else E1_NEGATIVE if more > 0 else E1_POSITIVE)
    bits_get(queue, frame + E1_DATA, E1_RUN)
    bits_get(queue, frame + E1_QUARTER + E1_DATA, E1_RUN)
    bits_get(queue, frame + 2 * E1_QUARTER + E1_DATA, E1_RUN)
    if more == 0:
        bits_get(queue, frame + 3 * E1_QUARTER + E1_DATA, E1_RUN)
        return
    last = bits_get_few(queue, 8 + more)
    frame[E1_CONTROL_3] |= <uint8_t>(last >> 8)         # S1, or stuff: 0
    frame[E1_S2] = <uint8_t>last                        # S2, or stuff: 0
    bits_get(queue, frame + E1_LAST, E1_RUN - 1)

cdef inline uint64_t e1_push(E1Tx *e, const uint8_t *octets, uint64_t n) noexcept nogil:
    """Bits for the source; how many octets were taken (byte-synchronous: whole E1 frames)."""
    return bits_offer(&e.sync.queue, octets, n, E1_FRAME if e.kind == E1_BYTE else 1)

# ---------------------------------------------------------------- sink

cdef struct E1Rx:
    BitQueue queue              # VC-12 -> E1; overflows: frames that found no room
    E1Kind kind
    uint8_t o_bits              # received last, as those sent
    uint64_t frames             # read
    uint64_t positive           # of 1023 bits
    uint64_t negative           # of 1025 bits
    uint64_t ais                # ones sent on in place of a failed trail's bits

cdef inline void e1_sink(E1Rx *e, const uint8_t *frame) noexcept nogil:
    """The bits of one received VC-12 frame (140 octets). R bits are ignored."""
    cdef uint8_t control = E1_NOMINAL
    cdef uint64_t last
    cdef unsigned n = 8         # bits of octets 106 and 107
    e.frames += 1
    if e.kind == E1_ASYNC:
        control = majority3(frame[E1_CONTROL_1], frame[E1_CONTROL_2], frame[E1_CONTROL_3]) & (E1_C1 | E1_C2)
        e.o_bits = <uint8_t>((((frame[E1_CONTROL_1] >> E1_O_SHIFT) & E1_O) << 4)
                             | ((frame[E1_CONTROL_2] >> E1_O_SHIFT) & E1_O))
        n = 9 - (control & E1_C1 != 0) - (control & E1_C2 != 0)
    if bits_room(&e.queue) < E1_BITS - 8 + n:
        e.queue.overflows += 1
        return
    bits_put(&e.queue, frame + E1_DATA, E1_RUN)
    bits_put(&e.queue, frame + E1_QUARTER + E1_DATA, E1_RUN)
    bits_put(&e.queue, frame + 2 * E1_QUARTER + E1_DATA, E1_RUN)
    if control == E1_NOMINAL:
        bits_put(&e.queue, frame + 3 * E1_QUARTER + E1_DATA, E1_RUN)
        return
    e.positive += n == 7
    e.negative += n == 9
    last = frame[E1_S2]
    if control & E1_C2:
        last &= 0x7f
    if not control & E1_C1:
        last |= <uint64_t>(frame[E1_CONTROL_3] & E1_S1) << (n - 1)
    bits_put_few(&e.queue, last, n)
    bits_put(&e.queue, frame + E1_LAST, E1_RUN - 1)

cdef inline void e1_fail(E1Rx *e, uint64_t e1_frames) noexcept nogil:
    """The trail has failed for that many times 125 us (4: a VC-12 frame): AIS at nominal rate (G.783, all ones).

    To be called from the frame on in which the defect is found: AIS is due within 250 us of it.
    """
    cdef uint8_t ones[32]
    memset(ones, 0xff, E1_FRAME)
    while e1_frames:
        if bits_room(&e.queue) < 8 * E1_FRAME:
            e.queue.overflows += 1
        else:
            bits_put(&e.queue, ones, E1_FRAME)
            e.ais += 8 * E1_FRAME
        e1_frames -= 1

cdef inline uint64_t e1_pop(E1Rx *e, uint8_t *out, uint64_t n) noexcept nogil:
    """Up to n octets of what has come; how many (byte-synchronous: whole E1 frames)."""
    return bits_want(&e.queue, out, n, E1_FRAME if e.kind == E1_BYTE else 1)
