# cython: language_level=3
"""The Gigabit Ethernet PCS, transmit side (IEEE 802.3 clause 36): queued frames to a stream of characters.

    /S/ 55h x 6 D5h   destination address ... FCS   /T/ /R/ [/R/]   /I/ ...

Frames and idles begin on even characters, so a frame of odd length has a second /R/. Frames are padded to 64 octets
and between two there are 12 octets on average, of which /T/ is the first. The first idle behind a frame is /I1/ when
it finds the running disparity positive; all others are /I2/.
"""
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from msapemu.wire.characters cimport D5_6, D16_2, FIRST, K23_7, K28_5, K29_7
from msapemu.wire.kernels cimport kernels
from msapemu.wire.queue cimport FrameQueue, queue_front, queue_pop
from msapemu.wire.status cimport ChannelCounters

cdef enum:
    PREAMBLE_OCTETS = 8         # /S/ is the first
    PADDED_OCTETS = 60          # the least of a frame without its FCS
    GAP = 12                    # characters between two frames: 96 bits
    GAP_LEAST = 2               # idle that stays between two frames where idles are left out: one /I/

cdef extern from * nogil:
    """
    static const uint8_t msapemu_preamble[8] = {0xFB, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0xD5};
    static const uint8_t msapemu_zeros[64];
    """
    const uint8_t *PREAMBLE "msapemu_preamble"
    const uint8_t *ZEROS "msapemu_zeros"

cdef struct PcsTx:
    uint32_t head_left          # of the preamble
    const uint8_t *info         # in the queue
    uint32_t info_left
    uint32_t pad_left
    uint8_t tail[4]             # FCS
    uint32_t tail_left
    uint32_t end_octets         # /T/ and /R/s
    uint32_t end_left
    uint32_t gap                # characters of idle that the frame wants behind it
    uint32_t gap_left
    uint32_t shorter            # characters by which that is less than it should be
    uint64_t left_out           # characters of idle, ever
    bint frame                  # a frame is under way
    bint positive               # the next idle finds the running disparity so
    bint second                 # K28.5 went out last
    bint owed                   # the last gap behind an odd frame was one character too long

cdef inline void pcs_start(PcsTx *p, const uint8_t *info, uint32_t n, bint behind) noexcept nogil:
    cdef uint32_t fcs, idle
    p.frame = True
    p.info = info
    p.info_left = n
    p.pad_left = PADDED_OCTETS - n if n < PADDED_OCTETS else 0
    fcs = ~kernels.crc32(kernels.crc32(0xffffffff, info, n), ZEROS, p.pad_left)
    p.tail[0] = <uint8_t>fcs
    p.tail[1] = <uint8_t>(fcs >> 8)
    p.tail[2] = <uint8_t>(fcs >> 16)
    p.tail[3] = <uint8_t>(fcs >> 24)
    p.head_left = PREAMBLE_OCTETS
    p.tail_left = 4
    # it was negative before /S/, and neither preamble, padding, /T/ nor /R/ turn it
    p.positive = (kernels.turns(info, n) ^ kernels.turns(p.tail, 4)) != 0
    if (n + p.pad_left) & 1:
        p.end_octets = 3
        idle = GAP - 4 if p.owed else GAP - 2
        p.owed = not p.owed
    else:
        p.end_octets = 2
        idle = GAP - 2
    p.end_left = p.end_octets
    p.gap = GAP_LEAST if behind else idle
    p.shorter = idle - p.gap

cdef inline uint64_t pcs_idle(PcsTx *p, uint8_t *out, unsigned at, unsigned n) noexcept nogil:
    """n characters of idle at place `at` of 64; their flags."""
    cdef uint64_t flags = 0
    cdef unsigned end = at + n
    while at < end:
        if p.second:
            out[at] = D5_6 if p.positive else D16_2
            p.second = p.positive = False
        else:
            out[at] = K28_5
            flags |= FIRST >> at
            p.second = True
        at += 1
    return flags

cdef inline uint64_t pcs_take(PcsTx *p, FrameQueue *q, ChannelCounters *count, bint behind, uint8_t *out,
                              unsigned n) noexcept nogil:
    """The next n characters, 64 at most; their flags. behind: there are more characters than can be sent, so idle
    that need not be is left out."""
    cdef uint64_t flags = 0
    cdef unsigned at = 0, k, left
    cdef uint32_t length
    cdef const uint8_t *front
    while at < n:
        left = n - at
        if p.frame:
            if p.head_left:
                k = p.head_left if p.head_left < left else left
                if p.head_left == PREAMBLE_OCTETS:
                    flags |= FIRST >> at
                memcpy(out + at, PREAMBLE + PREAMBLE_OCTETS - p.head_left, k)
                p.head_left -= k
            elif p.info_left:
                k = p.info_left if p.info_left < left else left
                memcpy(out + at, p.info, k)
                p.info += k
                p.info_left -= k
            elif p.pad_left:
                k = p.pad_left if p.pad_left < left else left
                memset(out + at, 0, k)
                p.pad_left -= k
            elif p.tail_left:
                k = p.tail_left if p.tail_left < left else left
                memcpy(out + at, p.tail + 4 - p.tail_left, k)
                p.tail_left -= k
            else:
                k = 1
                flags |= FIRST >> at
                out[at] = K29_7 if p.end_left == p.end_octets else K23_7
                p.end_left -= 1
                if p.end_left == 0:
                    p.frame = False
                    p.gap_left = p.gap
                    p.left_out += p.shorter
                    count.tx_client_frames += 1
                    queue_pop(q)
        elif p.gap_left or p.second:
            k = p.gap_left if p.gap_left else 1
            if k > left:
                k = left
            flags |= pcs_idle(p, out, at, k)
            p.gap_left -= k if p.gap_left else 0
        else:
            front = queue_front(q, &length)
            if front != NULL:
                pcs_start(p, front, length, behind)
                count.tx_client_octets += length
                continue
            k = left
            flags |= pcs_idle(p, out, at, k)
        at += k
    return flags

cdef inline bint pcs_idles(const PcsTx *p, const FrameQueue *q) noexcept nogil:
    """What comes next is /I2/ and nothing else, until a frame is queued."""
    return not (p.frame or p.gap_left or p.second or p.positive or q.frames)

cdef inline void pcs_abort(PcsTx *p) noexcept nogil:
    """The client failed: what was under way is given up, and idle comes next."""
    p.frame = p.second = p.positive = False
    p.head_left = p.info_left = p.pad_left = p.tail_left = p.end_left = p.gap_left = 0
